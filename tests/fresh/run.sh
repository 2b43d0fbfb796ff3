#!/usr/bin/env bash
# Proof on a bare system: makes a minimal Debian 12, clones the current commit into
# it with git, and runs the two commands of the README there.
#
#   tests/fresh/run.sh                    ./dev serve, the whole ./dev test, and a call at the printed address
#   tests/fresh/run.sh --serve            only ./dev serve
#   tests/fresh/run.sh --call             ./dev serve and the call, with none but the shortest tests
#   tests/fresh/run.sh --test [SUITE...]  only ./dev test, of these suites
#
# Needs root and mmdebstrap, some 10 GB in TMPDIR, and port 8080 free. How this
# machine reaches Debian's and npm's servers is passed on; nothing else is.
set -euo pipefail

project=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
started=$SECONDS

say() { printf 'fresh: %s (%s s)\n' "$*" "$((SECONDS - started))"; }
fail() {
    printf 'fresh: %s\n' "$*" >&2
    exit 1
}

parts=("$@")
((EUID == 0)) || fail "this needs root, for a system of its own"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install --no-install-recommends mmdebstrap"

work=$(mktemp -d "${TMPDIR:-/tmp}/visavis-fresh.XXXXXX")
root=$work/root
inside=

# Everything is mounted in a namespace that ends with its first process, so there is nothing to unmount.
clean_up() {
    if [[ -n $inside ]]; then
        kill -KILL "$inside" 2>/dev/null || true
        wait "$inside" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# How apt reaches its servers here: proxies and the like, but no other habits of this machine.
apt_settings() {
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check-|ForceIPv)' || true
}

# This machine's Debian mirror, if it is a Debian 12 itself.
sources() {
    # shellcheck source=/dev/null
    [[ $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == bookworm ]] || return 0
    local file
    for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        if [[ -s $file ]]; then
            echo "$file"
            return
        fi
    done
}

make_root() {
    apt_settings >"$work/apt.conf"
    local mirror
    mirror=$(sources)
    mmdebstrap --quiet --variant=minbase --include=git,ca-certificates --aptopt="$work/apt.conf" \
        bookworm "$root" ${mirror:+"$mirror"} || fail "mmdebstrap could not make a Debian 12"
    cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    [[ ! -f ~/.npmrc ]] || cp ~/.npmrc "$root/root/.npmrc"
    mkdir "$root/mnt/source"
}

# Only what npm, apt and git need to reach the network: every other variable stays outside.
passed_on() {
    local name
    while IFS= read -r name; do
        case ${name,,} in
        http_proxy | https_proxy | no_proxy | npm_config_* | node_extra_ca_certs | ssl_cert_* | git_ssl_cainfo)
            printf '%s=%s\0' "$name" "${!name}"
            ;;
        esac
    done < <(compgen -e)
}

# Runs inside a mount and process namespace: mounts, then hands over to inside.sh in the new root.
enter() {
    # shellcheck disable=SC2016
    local mounts='
        set -eu
        mount --bind "$1" "$1"
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/run"
        mount --bind -o ro "$2" "$1/mnt/source"
        root=$1
        shift 2
        exec chroot "$root" "$@"'
    local -a variables
    mapfile -d '' -t variables < <(passed_on)
    # In the background and waited for, so that a signal is handled at once.
    unshare --mount --pid --fork --kill-child bash -c "$mounts" enter "$root" "$project" \
        env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${variables[@]}" "$@" </dev/null &
    inside=$!
    local status=0
    wait "$inside" || status=$?
    inside=
    return "$status"
}

say "making a minimal Debian 12"
make_root
say "cloning $(git -C "$project" rev-parse --short HEAD)"
enter git clone --quiet /mnt/source /root/visavis
enter bash /root/visavis/tests/fresh/inside.sh "${parts[@]}"
say "done"

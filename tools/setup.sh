# Installs what a ./dev command needs: Debian packages from the one list, npm
# packages from the lock files. Sourced by ./dev; must run on a bare Debian 12,
# so it uses nothing but bash, coreutils and dpkg.

readonly kPackageList=tools/debian-packages.txt
readonly kOldestNode=18
readonly kLogs=build/logs
readonly kStamps=build/stamps
readonly kUnpacked=build/packages
readonly kHeartbeatSeconds=15

say() { printf '%s\n' "$*"; }
fail() {
    printf 'visavis: %s\n' "$*" >&2
    exit 1
}

# A second clone on this machine finds in ccache what the first has compiled: paths count from the project's
# folder, and precompiled headers are allowed.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

# Every few seconds, while a step runs: how long, and the last thing it printed.
heartbeat() {
    local title=$1 log=$2 waited=0 last
    while sleep "$kHeartbeatSeconds"; do
        waited=$((waited + kHeartbeatSeconds))
        last=$(tail -c 300 "$log" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | cut -c 1-100)
        say "   ... $title, $waited s${last:+: $last}"
    done
}

# step "Title" "what is wrong if it fails" command...: runs it with its output in
# build/logs, shows progress, and on failure the end of the log and the one line.
step() {
    local title=$1 wrong=$2 status=0 started=$SECONDS
    shift 2
    mkdir -p "$kLogs"
    local log="$kLogs/${title//[^A-Za-z0-9]/_}.log"
    : >"$log"
    say "==> $title"
    heartbeat "$title" "$log" &
    local beat=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    # The heartbeat's sleep must go too, or it would hold a pipe to our output open.
    { kill "$(cat /proc/$beat/task/$beat/children 2>/dev/null)" "$beat" && wait "$beat"; } 2>/dev/null || true
    if ((status != 0)); then
        tail -n 40 "$log" >&2
        fail "$wrong (whole output: $log)"
    fi
    say "    done in $((SECONDS - started)) s"
}

# Prints the packages of the named sections, one line each as in the list.
packages_of() {
    local wanted=" $* " line section=
    while IFS= read -r line; do
        line=${line%%#*}
        line=${line%"${line##*[![:space:]]}"}
        [[ -z $line ]] && continue
        if [[ $line =~ ^\[(.*)\]$ ]]; then
            section=${BASH_REMATCH[1]}
        elif [[ $wanted == *" $section "* ]]; then
            printf '%s\n' "$line"
        fi
    done <"$kPackageList"
}

missing_packages() {
    local -A installed=()
    local name rest
    while read -r name rest; do
        [[ $rest == "install ok installed" ]] && installed[${name%%:*}]=1
    done < <(dpkg-query -W -f '${binary:Package} ${Status}\n' 2>/dev/null)
    while read -r name rest; do
        [[ -n ${installed[$name]:-} ]] && continue
        [[ $rest == or-command:* ]] && command -v "${rest#or-command:}" >/dev/null && continue
        printf '%s\n' "$name"
    done < <(packages_of "$@")
}

apt_install() {
    "${kAsRoot[@]}" apt-get update -q &&
        "${kAsRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
}

# install_debian section...: what is missing of these sections of the list.
install_debian() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
        fail "this needs Debian 12 or a system like it: there is no apt-get here"
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) && return
    local by_hand="apt-get install --no-install-recommends ${missing[*]}"
    if ((EUID == 0)); then
        kAsRoot=()
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }; }; then
        kAsRoot=(sudo)
    else
        fail "Debian packages are missing and only root can install them; run as root: $by_hand"
    fi
    say "Missing Debian packages: ${missing[*]}"
    step "Installing ${#missing[@]} Debian packages" \
        "Debian packages could not be installed; is the network up? Try as root: $by_hand" \
        apt_install "${missing[@]}"
}

# Downloads the packages of [unpacked] and puts their files into build/packages, which joins the PATH.
unpack_debian() {
    local missing wanted stamp="$kStamps/unpacked"
    export PATH="$PATH:$PWD/$kUnpacked/usr/bin"
    mapfile -t missing < <(missing_packages unpacked)
    ((${#missing[@]} == 0)) && return
    wanted=${missing[*]}
    [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
    step "Unpacking ${missing[*]}" "${missing[*]} could not be downloaded; is the network up?" unpack "${missing[@]}"
    mkdir -p "$kStamps"
    printf '%s\n' "$wanted" >"$stamp"
}

unpack() {
    mkdir -p "$kUnpacked/archives" && (cd "$kUnpacked/archives" && apt-get download -q "$@") || return
    local archive
    for archive in "$kUnpacked"/archives/*.deb; do dpkg-deb --extract "$archive" "$kUnpacked" || return; done
}

# install_npm folder: its locked packages, if the lock file or node changed since the last time.
install_npm() {
    local folder=$1
    [[ -f $folder/package-lock.json ]] || return 0
    local major
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || fail "node does not run: see node --version"
    ((major >= kOldestNode)) || fail "node $major is too old, $kOldestNode or newer is needed"
    local stamp="$kStamps/npm-${folder//\//-}" wanted
    wanted="node $major $(sha256sum <"$folder/package-lock.json")"
    [[ -d $folder/node_modules && -f $stamp && $(<"$stamp") == "$wanted" ]] && return
    step "Installing the npm packages of $folder" \
        "npm packages could not be installed; is the network up? Try: cd $folder && npm ci" \
        env -C "$folder" npm ci --no-audit --no-fund --no-progress
    mkdir -p "$kStamps"
    printf '%s\n' "$wanted" >"$stamp"
}

# One compiler needs up to 1.5 GB; more at once than memory holds is slower than fewer.
build_jobs() {
    local memory_kb cores jobs
    cores=$(nproc)
    memory_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    jobs=$((memory_kb / 1500000))
    ((jobs < 1)) && jobs=1
    ((jobs > cores)) && jobs=$cores
    say "${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}"
}

# build_preset preset [target...]: configures when the presets changed, builds.
build_preset() {
    local preset=$1 stamp wanted
    shift
    stamp="$kStamps/preset-$preset"
    wanted=$(sha256sum <CMakePresets.json)
    if [[ ! -f build/$preset/build.ninja || ! -f $stamp || $(<"$stamp") != "$wanted" ]]; then
        step "Configuring the $preset build" "CMake could not configure the $preset build" cmake --preset "$preset"
        mkdir -p "$kStamps"
        printf '%s\n' "$wanted" >"$stamp"
    fi
    step "Building ${*:-everything} ($preset)" "the $preset build failed" \
        cmake --build "build/$preset" -j "$(build_jobs)" ${1:+--target "$@"}
    show_first_load "$preset" "$@"
}

# What the page weighs, where the page was among what was built.
show_first_load() {
    local figures=build/$1/web/first_load.txt
    shift
    [[ -f $figures && (" $* " == "  " || " $* " == *" visavis "*) ]] || return 0
    say "    $(<"$figures")"
}

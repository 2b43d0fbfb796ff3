#!/usr/bin/env bash
# Runs inside the bare system that run.sh makes: the README's two commands, with
# nothing installed but git, and what a person would look at afterwards.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

readonly kAddress=http://localhost:8080
readonly kFirstServeSeconds=1200
readonly kSecondServeSeconds=20
readonly kCallSeconds=60 # README: within a minute
readonly kStopSeconds=30

say() { printf 'fresh: %s\n' "$*"; }
fail() {
    printf 'fresh: %s\n' "$*" >&2
    exit 1
}

# serve LIMIT: starts ./dev serve and returns when it has printed the address.
serve() {
    local limit=$1 started=$SECONDS line
    mkfifo serve.out
    ./dev serve >serve.out 2>&1 &
    server=$!
    exec {output}<serve.out
    rm serve.out
    while read -r -t "$((limit - SECONDS + started))" -u "$output" line; do
        printf '  | %s\n' "$line"
        if [[ $line == *$kAddress* ]]; then
            say "./dev serve printed its address after $((SECONDS - started)) s"
            return
        fi
    done
    kill "$server" 2>/dev/null || true
    fail "./dev serve did not print $kAddress; it ended, or $limit s were not enough"
}

stop() {
    local status=0
    kill -TERM "$server"
    (sleep "$kStopSeconds" && kill -KILL "$server") 2>/dev/null &
    local watchdog=$!
    cat <&"$output" | sed 's/^/  | /'
    wait "$server" || status=$?
    kill "$watchdog" 2>/dev/null || true
    exec {output}<&-
    ((status == 0)) || fail "the server ended with code $status on SIGTERM"
    say "the server stopped on SIGTERM"
}

look() {
    node --input-type=module -e '
        const base = process.argv[1];
        const page = await fetch(base + "/");
        const text = await page.text();
        const health = await fetch(base + "/healthz");
        const policy = page.headers.get("content-security-policy") ?? "";
        const script = /src="([^"]+\.js)"/.exec(text);
        const code = script ? (await fetch(new URL(script[1], base))).status : 0;
        if (page.status !== 200 || health.status !== 200 || code !== 200 || !policy.includes("default-src")) {
            console.error(`page ${page.status}, script ${code}, health ${health.status}, policy "${policy}"`);
            process.exit(1);
        }' "$kAddress" || fail "the page is not served as it should be"
    say "the page, its script and /healthz answer"
}

try_serve() {
    serve "$kFirstServeSeconds"
    look
    stop
    serve "$kSecondServeSeconds"
    stop
}

try_test() {
    local started=$SECONDS
    ./dev test "$@" </dev/null
    say "./dev test $* took $((SECONDS - started)) s"
}

# Once the tests have brought the browsers: the call that a newcomer makes.
try_call() {
    local started took
    serve "$kSecondServeSeconds"
    started=$SECONDS
    node tests/fresh/call.mjs "$kAddress" || fail "no call came about at $kAddress"
    took=$((SECONDS - started))
    say "a video call at $kAddress took $took s from the browsers' start to its end"
    ((took < kCallSeconds)) || fail "that is more than the minute in which a newcomer is in a call"
    stop
}

case ${1:-} in
--serve) try_serve ;;
--test) try_test "${@:2}" ;;
--call)
    try_serve
    try_test layers
    try_call
    ;;
"")
    try_serve
    try_test
    try_call
    ;;
*) fail "there is no option '$1'" ;;
esac

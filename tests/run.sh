#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test: the second command of the README.
#
#     sh tests/run.sh                 installs what is missing, builds, runs all suites
#     sh tests/run.sh --ci            that, and what only CI does; a missing partner fails
#     sh tests/run.sh --coverage      which lines of the library the tests reach
#     sh tests/run.sh --valgrind      the unit tests under valgrind
#     sh tests/run.sh --fuzz SECONDS  fuzzing, as long as wanted
#
# Each step is a script in tests/steps/ that runs alone too. Logs stay in build-logs/. The last
# line is 'N passed, N failed', with ', N skipped' when something was.
set -eu
cd "$(dirname "$0")/.."
. tests/support/packages.sh

logs=$PWD/build-logs
begin_all=$(date +%s)

usage() {
    sed -n '4,13s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# step NAME COMMAND…: runs a command, keeps its log, and writes down minutes and counts
step() {
    name=$1
    shift
    [ ! -e "$logs/stopped" ] || exit 130
    begin=$(date +%s)
    # A process group of its own, so that stop_all reaches all of it.
    setsid "$@" >"$logs/$name.log" 2>&1 </dev/null &
    echo $! >"$logs/$name.pid"
    status=0
    wait $! || status=$?
    rm -f "$logs/$name.pid"
    [ ! -e "$logs/stopped" ] || exit 130
    count=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$logs/$name.log" | tail -n 1)
    case "$status $count" in
    "0 ") count="1 passed, 0 failed" ;;
    0*) ;;
    *" failed"*", 0 failed"* | *" 0 failed"*) count="$count, 1 more failed" ;;
    *" passed"*) ;;
    *) count="0 passed, 1 failed" ;;
    esac
    echo "$name $(($(date +%s) - begin)) $count" >>"$logs/results"
    if [ "$status" = 0 ]; then
        echo "$name: $count"
    else
        echo "$name: $count; the end of build-logs/$name.log:"
        grep -E '^(failed|FAILED|ERROR)' "$logs/$name.log" | head -n 20 | sed 's/^/    /'
        tail -n 60 "$logs/$name.log" | sed 's/^/    /'
    fi
}

script() {
    [ -e "tests/steps/$1.sh" ] || return 0
    step "$1" sh "tests/steps/$1.sh"
}

# On Ctrl-C: ends the running steps with all that they started; the lanes begin no other.
stop_all() {
    trap '' INT TERM HUP
    : >"$logs/stopped"
    for file in "$logs"/*.pid; do
        [ ! -e "$file" ] || kill -TERM "-$(cat "$file")" 2>/dev/null || true
    done
    wait
    echo "Stopped. What was done so far stands in build-logs/." >&2
    exit 130
}

# What others made and we start against our builds is installed while the house is built.
partners() {
    [ -n "${EVC_CI:-}" ] && [ -e tests/partners/install.sh ] || return 0
    step partners sh tests/partners/install.sh
}

house() {
    partners &
    script build
    wait
    script asan
    script release
}

# The second lane of CI: what needs neither the partners nor the builds of the house.
others() {
    script clang
    script tidy
    script cppcheck
    script analyzer
    script scripts
    script primitives
    script tsan
    step i386 sh tests/i386.sh
    step bare sh tests/bare.sh
    script fuzz
}

# The table of minutes, and the sum of all results as the last line.
closing() {
    echo
    awk '{
        name = $1; seconds = $2; $1 = $2 = ""
        printf "%-12s %5.1f min  %s\n", name, seconds / 60, $0
    }' "$logs/results"
    awk -v s=$(($(date +%s) - begin_all)) 'BEGIN {printf "%-12s %5.1f min\n\n", "all", s / 60}'
    grep -h '^skipped: ' "$logs"/*.log | sort -u || true
    awk '{
        for (i = 3; i < NF; i++) {
            if ($(i + 1) ~ /^passed/) passed += $i
            if ($(i + 1) ~ /^failed/) failed += $i
            if ($(i + 1) ~ /^skipped/) skipped += $i
            if ($(i + 1) == "more") failed += $i
        }
    } END {
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0 || passed == 0
    }' "$logs/results"
}

case ${1:-} in
'' | --ci) ;;
--coverage)
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_COVERAGE
    exec sh tests/steps/coverage.sh
    ;;
--valgrind)
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_VALGRIND
    exec sh tests/steps/valgrind.sh
    ;;
--fuzz)
    [ -n "${2:-}" ] || usage
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_CI
    exec sh tests/steps/fuzz.sh "$2"
    ;;
*) usage ;;
esac

rm -rf "$logs"
mkdir -p "$logs"
trap stop_all INT TERM HUP
if [ "${1:-}" = --ci ]; then
    export EVC_CI=1
    # shellcheck disable=SC2086
    step packages sh -c ". tests/support/packages.sh && install_packages \$PACKAGES_BUILD \
        \$PACKAGES_TEST \$PACKAGES_CI"
    house &
    others &
else
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD $PACKAGES_TEST
    house &
fi
wait
closing

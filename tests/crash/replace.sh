#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: replace.sh KILL-AT-SYSCALL REPLACE-FILE
#
# Replaces a file, then makes one where none is, and is killed at each system call on the way.
# Each time the file must be the old one (or none) or the new one, and the next replacement
# must leave nothing besides.
set -eu
killer=$1
replacer=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder" "$folder.line"' EXIT

fail() {
    echo "replace.sh: $kind, stop $stop: $1" >&2
    ls -la "$folder" >&2
    exit 1
}

# What stands before and its mode; without the two, nothing.
prepare() {
    rm -f "$folder/f"
    [ $# -eq 0 ] || printf '%s' "$1" >"$folder/f"
    [ $# -eq 0 ] || chmod "$2" "$folder/f"
}

content() {
    if [ -e "$folder/f" ]; then cat "$folder/f"; else echo none; fi
}

# check BEFORE MODE
check() {
    case $(content) in
    "$1") old=$((old + 1)) ;;
    new) new=$((new + 1)) ;;
    *) fail "the file is neither old nor new" ;;
    esac
    [ ! -e "$folder/f" ] || [ "$(stat -c %a "$folder/f")" = "$2" ] || fail "the mode is another"
    "$replacer" "$folder/f" next || fail "the next replacement failed"
    [ "$(ls -A "$folder")" = f ] || fail "a temporary was left"
}

# kill_everywhere KIND BEFORE MODE [exclusive]
kill_everywhere() {
    kind=$1
    old=0
    new=0
    stop=1
    while :; do
        if [ "$2" = none ]; then prepare; else prepare "$2" "$3"; fi
        status=0
        "$killer" "$stop" "$replacer" "$folder/f" new ${4:+"$4"} >"$folder.line" || status=$?
        [ $status -eq 0 ] || break
        check "$2" "$3"
        stop=$((stop + 1))
    done
    [ "$status" -eq 1 ] || fail "the command could not be run"
    [ "$(content)" = new ] || fail "the undisturbed run did not write the file"
    echo "$kind: killed at $((stop - 1)) stops: $old times the old state, $new times the new one"
    # Both must come up, or the kills were not where they matter.
    if [ $old -eq 0 ] || [ $new -eq 0 ]; then fail "the kills did not meet both states"; fi
}

kill_everywhere replaced old 640
kill_everywhere made none 600 exclusive

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: replace.sh KILL-AT-SYSCALL REPLACE-FILE
#
# Replaces a file and is killed at each system call on the way. Each time the file must be the
# old or the new one, and the next replacement must leave nothing besides.
set -eu
killer=$1
replacer=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
old=0
new=0

fail() {
    echo "replace.sh: stop $stop: $1" >&2
    ls -la "$folder" >&2
    exit 1
}

stop=1
while :; do
    printf old >"$folder/f"
    chmod 640 "$folder/f"
    status=0
    "$killer" "$stop" "$replacer" "$folder/f" new >"$folder.line" || status=$?
    content=$(cat "$folder/f")
    [ $status -eq 0 ] || break
    case $content in
    old) old=$((old + 1)) ;;
    new) new=$((new + 1)) ;;
    *) fail "the file is neither old nor new" ;;
    esac
    [ "$(stat -c %a "$folder/f")" = 640 ] || fail "the mode changed"
    "$replacer" "$folder/f" next || fail "the next replacement failed"
    [ "$(ls -A "$folder")" = f ] || fail "a temporary was left"
    stop=$((stop + 1))
done
[ "$status" -eq 1 ] || fail "the command could not be run"
[ "$content" = new ] || fail "the undisturbed run did not replace the file"
rm -f "$folder.line"
echo "killed at $((stop - 1)) stops: $old times the old file, $new times the new one"
# Both must come up, or the kills were not where they matter.
[ $old -gt 0 ] && [ $new -gt 0 ]

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: rewrap.sh KILL-AT-SYSCALL REWRAP-FILE
#
# Rewraps a message and is killed at each system call on the way. Each time the file must be the
# old message or a new one that opens, and the next rewrap must leave nothing besides.
set -eu
killer=$1
rewrapper=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
file=$folder/message/f
mkdir "$folder/message"
"$rewrapper" make "$folder/old"
old=0
new=0

fail() {
    echo "rewrap.sh: stop $stop: $1" >&2
    ls -la "$folder/message" >&2
    exit 1
}

stop=1
while :; do
    cp "$folder/old" "$file"
    status=0
    "$killer" "$stop" "$rewrapper" rewrap "$file" >"$folder/line" || status=$?
    "$rewrapper" check "$file" || fail "the message does not open"
    [ $status -eq 0 ] || break
    if cmp -s "$folder/old" "$file"; then
        old=$((old + 1))
    else
        new=$((new + 1))
    fi
    # The next one sees to what was left; to try it once for each state is enough.
    if [ "$(ls -A "$folder/message")" != f ]; then
        "$rewrapper" rewrap "$file" || fail "the next rewrap failed"
        "$rewrapper" check "$file" || fail "the message does not open after the next rewrap"
        [ "$(ls -A "$folder/message")" = f ] || fail "a temporary was left"
    fi
    stop=$((stop + 1))
done
[ "$status" -eq 1 ] || fail "the program could not be run"
! cmp -s "$folder/old" "$file" || fail "the undisturbed run did not rewrap"
echo "killed at $((stop - 1)) stops: $old times the old message, $new times a new one"
# Both must come up, or the kills were not where they matter.
[ $old -gt 0 ] && [ $new -gt 0 ]

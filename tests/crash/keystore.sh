#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: keystore.sh KILL-AT-SYSCALL CHANGE-KEYSTORE OPERATION
#
# Changes a key store and is killed at each system call on the way. Each time the file must be the
# old or the new one, open whole, and be private; and the next change must work and leave nothing
# besides the store and its lock.
set -eu
killer=$1
changer=$2
operation=$3
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
folder=$base/folder
store=$folder/store
line=$base/line
old=0
new=0
stop=0

fail() {
    echo "keystore.sh: $operation, stop $stop: $1" >&2
    ls -la "$folder" >&2
    exit 1
}

begin() {
    rm -rf "$folder"
    mkdir "$folder"
    [ ! -e "$base/before" ] || cp -p "$base/before" "$store"
}

# What the store is: "none", or what change-keystore says, which opens all of it.
state() {
    if [ -e "$store" ]; then
        "$changer" state "$store" || echo broken
    else
        echo none
    fi
}

# The next change, whatever was left. A store that is not there can be made.
go_on() {
    next=protect
    [ -e "$store" ] || next=create
    "$changer" "$next" "$store" || fail "the next change, $next, failed"
    [ -z "$(find "$folder" -type f ! -name store ! -name store.lock)" ] || fail "a temporary was left"
}

# The store before and after an undisturbed change.
begin
if [ "$operation" != create ]; then
    "$changer" create "$store"
    if [ "$operation" != add ]; then
        "$changer" add "$store"
    fi
    cp -p "$store" "$base/before"
fi
state_before=$(state)
"$changer" "$operation" "$store"
state_after=$(state)
[ "$state_before" != "$state_after" ] || fail "it changes nothing"

while :; do
    stop=$((stop + 1))
    begin
    status=0
    "$killer" -m "$stop" "$changer" "$operation" "$store" >"$line" || status=$?
    [ "$status" -eq 0 ] || break
    [ -z "$(find "$folder" -type f -perm /077)" ] || fail "a file is not private"
    if [ -e "$base/before" ] && cmp -s "$base/before" "$store"; then
        old=$((old + 1))
    else
        case $(state) in
        "$state_before") old=$((old + 1)) ;;
        "$state_after") new=$((new + 1)) ;;
        *) fail "the store is neither the old nor the new one" ;;
        esac
    fi
    if [ -n "$(find "$folder" -type f ! -name store)" ]; then
        go_on
    fi
done
[ "$status" -eq 1 ] || fail "the command could not be run"
grep -q '^ended with status 0 ' "$line" || fail "the undisturbed run failed"
[ "$(state)" = "$state_after" ] || fail "the undisturbed run did not change the store"
echo "$operation: killed at $((stop - 1)) stops: $old times the old store, $new times the new one"
# Both must come up, or the kills were not where they matter.
[ $old -gt 0 ] && [ $new -gt 0 ]

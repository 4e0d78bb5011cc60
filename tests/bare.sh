#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bare.sh [--all]: the README's first command works on a bare Debian 12. With --all the second
# one too; partners that are missing there are listed as skipped.
#
# Makes a minimal root with debootstrap in a temporary folder, clones the last commit into it
# and runs the commands there as root. Needs root; takes minutes; leaves nothing.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo sh tests/bare.sh "$@"
folder=$(mktemp -d)
trap 'rm -rf --one-file-system "$folder"' EXIT
trap 'exit 1' INT TERM HUP
home=/srv/libenvcrypt

minutes() {
    now=$(date +%s)
    awk -v s=$((now - begin)) -v name="$1" 'BEGIN {printf "bare: %s took %.1f min\n", name, s / 60}'
    begin=$now
}

inside() {
    sh tests/debian-root.sh run "$folder/root" "$arch" -- sh -c "cd $home && $1"
}

begin=$(date +%s)
arch=$(dpkg --print-architecture)
[ -z "$(git status --porcelain)" ] || echo "bare: tests the last commit, not what is uncommitted"
sh tests/debian-root.sh make "$folder/root" "$arch" >"$folder/log" 2>&1 || {
    tail -n 30 "$folder/log"
    exit 1
}
git clone -q --no-hardlinks . "$folder/root$home"
minutes "making the root"
inside "EVC_CI= sh examples/quickstart.sh"
minutes "the first command"
inside "EVC_CI= sh examples/quickstart.sh"
minutes "the first command once more"
count=2
if [ "${1:-}" = --all ]; then
    inside "EVC_CI= sh tests/run.sh"
    minutes "the second command"
    count=3
fi
echo "$count passed, 0 failed"

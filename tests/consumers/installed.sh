#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# installed.sh BUILD: installs the build into a temporary folder and proves that programs
# in several languages build against that tree and run. Prints TAP.
#
# C and C++ are built here. Every other language has a folder examples/<language>/ with a script
# installed.sh of its own, which is called in that folder with
#   PKG_CONFIG_PATH, PKG_CONFIG_SYSROOT_DIR   so that `pkg-config libenvcrypt` finds the tree
#   LD_LIBRARY_PATH                           where libenvcrypt.so.0 is
#   EVC_PREFIX                                the installed prefix (EVC_PREFIX/include/envcrypt/…)
#   EVC_SCRATCH                               an empty folder for what it makes
# and exits with 0, or with 77 when the language is not on this machine; its last line of output
# then says how to get it. With EVC_CI set, 77 counts as a failure.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
number=0

# result STATUS NAME: one line of TAP; the output of a failure follows as comments
result() {
    number=$((number + 1))
    case $1 in
    0) echo "ok $number $2" ;;
    77)
        if [ -n "${EVC_CI:-}" ]; then
            echo "not ok $number $2: missing partner"
        else
            echo "ok $number $2 # SKIP $(tail -n 1 "$scratch/log")"
        fi
        ;;
    *)
        echo "not ok $number $2"
        sed 's/^/# /' "$scratch/log"
        ;;
    esac
}

# try NAME COMMAND…: runs a command and reports it
try() {
    name=$1
    shift
    status=0
    "$@" >"$scratch/log" 2>&1 </dev/null || status=$?
    result "$status" "$name"
}

consumer_c() {
    # shellcheck disable=SC2046
    "${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror "$here/consumer.c" -o "$scratch/c99" \
        $(pkg-config --cflags --libs libenvcrypt)
    "$scratch/c99"
}

consumer_static() {
    # Our archive against the shared libraries of others: what those would need as archives
    # (libcurl a dozen more) is not asked for.
    others=$(pkg-config --print-requires-private libenvcrypt | sed 's/ .*//')
    # shellcheck disable=SC2046,SC2086
    "${CC:-cc}" -std=c99 "$here/consumer.c" -o "$scratch/static" \
        $(pkg-config --cflags --libs libenvcrypt |
            sed 's/-lenvcrypt/-Wl,-Bstatic -lenvcrypt -Wl,-Bdynamic/') \
        $(pkg-config --libs $others) -pthread
    if readelf -d "$scratch/static" | grep libenvcrypt; then
        return 1
    fi
    "$scratch/static"
}

consumer_cxx() {
    # shellcheck disable=SC2046
    "${CXX:-c++}" -std=c++17 -Wall -Wextra -Wpedantic -Werror "$here/consumer.cpp" \
        -o "$scratch/cxx17" $(pkg-config --cflags --libs libenvcrypt)
    "$scratch/cxx17"
}

consumer_language() {
    EVC_SCRATCH=$(mktemp -d "$scratch/XXXXXX")
    export EVC_SCRATCH
    cd "$(dirname "$1")"
    sh ./installed.sh
}

try "the build installs" meson install -C "$build" --no-rebuild --destdir "$scratch/tree"
library=$(find "$scratch/tree" -name libenvcrypt.so)
EVC_PREFIX=$(cd "$(dirname "$(find "$scratch/tree" -name envcrypt.h)")/../.." && pwd)
LD_LIBRARY_PATH=$(dirname "$library")
PKG_CONFIG_PATH=$LD_LIBRARY_PATH/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$scratch/tree
export EVC_PREFIX LD_LIBRARY_PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

try "a C99 program" consumer_c
[ ! -e "$LD_LIBRARY_PATH/libenvcrypt.a" ] ||
    try "a C99 program with the archive" consumer_static
try "a C++17 program" consumer_cxx
for script in "$root"/examples/*/installed.sh; do
    [ -e "$script" ] || continue
    try "$(basename "$(dirname "$script")")" consumer_language "$script"
done
echo "1..$number"

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
#
# What the steps of tests/run.sh share. Each step is a script that runs alone too; its last
# line is 'N passed, N failed'.
set -eu
cd "$(dirname "$0")/../.."
jobs=$(nproc)

# configure FOLDER OPTION…: sets a build folder up, or gives an old one these options
configure() {
    folder=$1
    shift
    [ -z "${EVC_CI:-}" ] || set -- -Dwerror=true "$@"
    if [ -e "$folder/build.ninja" ]; then
        meson configure "$folder" "$@"
    else
        meson setup "$folder" "$@"
    fi
}

# The folder of clang, fuzz targets included, with the headers that the build makes: what needs
# compile commands or a parse needs no more.
configure_clang() {
    CC=clang-14 CXX=clang++-14 configure build-fuzz -Dfuzz=true -Dtests=true -Dprograms=true \
        -Db_lundef=false -Db_sanitize=address,undefined
    build build-fuzz include/envcrypt/error_codes.h lib/api/constants.inc
}

# build FOLDER TARGET…
build() {
    folder=$1
    shift
    ninja --quiet -j "$jobs" -C "$folder" "$@"
}

# suites FOLDER OPTION…: runs tests and ends the step with their count
suites() {
    folder=$1
    shift
    meson test -C "$folder" --no-rebuild --num-processes "$jobs" --quiet --print-errorlogs "$@" || true
    python3 tests/support/count.py "$folder"
}

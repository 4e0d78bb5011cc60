#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# i386.sh: a 32-bit build of the whole library but for the plugin, its unit tests and all vectors.
#
# In a Debian root of its own, not by foreign packages on this machine: those must have the
# very versions of the native ones, which a mirror does not always have, and they stay.
# The root is kept in build-i386-root/, the build is build-i386/. Needs root.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo ${EVC_CI:+EVC_CI="$EVC_CI"} sh tests/i386.sh
root=build-i386-root
if [ ! -e $root/.made ]; then
    rm -rf --one-file-system $root
    sh tests/debian-root.sh make $root i386 \
        gcc,libc6-dev,meson,ninja-build,pkg-config,libssl-dev,libsodium-dev,libjansson-dev,libcurl4-openssl-dev,libyaml-dev,check,python3-h2,python3-cffi-backend,python3-cryptography
    touch $root/.made
fi
set --
vectors=$(cd .. && pwd)/shared/vectors
[ ! -d "$vectors" ] || set -- --bind "$vectors" srv/shared/vectors
sh tests/debian-root.sh run $root i386 --bind "$PWD" srv/libenvcrypt "$@" -- sh -c '
    set -eu
    cd /srv/libenvcrypt
    [ -e build-i386/build.ninja ] ||
        meson setup build-i386 -Dplugin=false -Dprograms=false \
            -Ddocs=false -Db_sanitize=undefined
    [ -z "${EVC_CI:-}" ] || meson configure build-i386 -Dwerror=true
    ninja --quiet -C build-i386
    meson test -C build-i386 --no-rebuild --print-errorlogs --suite unit --suite vectors ||
        true
    python3 tests/support/count.py build-i386'

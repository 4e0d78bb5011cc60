#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh clone to an encrypted file: the first command of the README.
#
#     sh examples/quickstart.sh
#
# Installs the Debian packages that are missing, builds into build/, and runs the first job.
# Works as root and with sudo; a second run takes seconds.
set -eu
cd "$(dirname "$0")/.."
. tests/support/packages.sh

say() {
    printf '\n== %s\n' "$1"
}

say "1. Packages: a compiler, meson, OpenSSL, libsodium, jansson, libcurl"
# shellcheck disable=SC2086
install_packages $PACKAGES_BUILD
echo "All are there."

say "2. The build: the library to build/lib, the command to build/examples/envcrypt"
[ -e build/build.ninja ] || meson setup build
ninja -C build
ls -l build/lib/libenvcrypt.so.0

say "3. The first job"
sh examples/first-job.sh

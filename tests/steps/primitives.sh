#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The smallest build: primitives, messages and the local key store. The gate 'needed' proves
# that it needs OpenSSL, libsodium, jansson and the C library alone; 'exports' and the ABI
# suite prove that it shows the same functions as the full build.
. "$(dirname "$0")/step.sh"
configure build-primitives -Dcloud=false -Dk8s=false -Dcluster=false -Dplugin=false \
    -Dprograms=false -Ddocs=false
meson compile -C build-primitives --ninja-args=--quiet envcrypt:shared_library envcrypt:static_library
readelf -d build-primitives/lib/libenvcrypt.so | grep NEEDED
suites build-primitives --suite gates --suite abi

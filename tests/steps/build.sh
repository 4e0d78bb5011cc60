#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The two builds of every run: build-asan/ with sanitizers, build/ as it is shipped.
. "$(dirname "$0")/step.sh"
configure build-asan -Db_sanitize=address,undefined -Db_lundef=true
build build-asan
configure build
build build
echo "2 passed, 0 failed"

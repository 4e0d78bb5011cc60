#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# clang-format and clang-tidy 14 over the library, the programs and the tests.
. "$(dirname "$0")/step.sh"
git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror
run-clang-tidy-14 -quiet -p build-fuzz -j "$jobs" "^$PWD/(lib|examples|tests)/"
echo "2 passed, 0 failed"

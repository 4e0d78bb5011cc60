#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# clang-format 14 over all C; clang-tidy 14 over the library, the programs and the tests. Which
# kind of finding is whose stands in doc/internals.md.
. "$(dirname "$0")/step.sh"
configure_clang
status=0
git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror || status=1
run-clang-tidy-14 -quiet -p build-fuzz -j "$jobs" "^$PWD/(lib|examples|tests)/" || status=1
[ $status = 0 ] && echo "1 passed, 0 failed"

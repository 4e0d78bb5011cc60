#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cppcheck over the library and the programs, with the compile commands of step clang.
. "$(dirname "$0")/step.sh"
mkdir -p build-cppcheck
cppcheck --project=build-fuzz/compile_commands.json --cppcheck-build-dir=build-cppcheck \
    -j "$jobs" --quiet --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
    -i tests --error-exitcode=2
echo "1 passed, 0 failed"

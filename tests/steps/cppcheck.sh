#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cppcheck over the library and the programs, with the compile commands of step clang.
# Addresses of locals that outlive them are found by gcc -Wdangling-pointer and ASan; cppcheck
# also reports those that are taken back in time.
. "$(dirname "$0")/step.sh"
mkdir -p build-cppcheck
cppcheck --project=build-fuzz/compile_commands.json --cppcheck-build-dir=build-cppcheck \
    -j "$jobs" --quiet --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=autoVariables --suppress=unmatchedSuppression \
    -i tests --error-exitcode=2
echo "1 passed, 0 failed"

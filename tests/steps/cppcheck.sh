#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/step.sh"
mkdir -p build-cppcheck
cppcheck --project=build/compile_commands.json --cppcheck-build-dir=build-cppcheck \
    -j "$jobs" --quiet --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
    -i tests --error-exitcode=2
echo "1 passed, 0 failed"

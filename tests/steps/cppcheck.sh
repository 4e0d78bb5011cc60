#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cppcheck over the library and the programs, with the compile commands of step clang. Which
# kind of finding is whose stands in doc/internals.md; so null pointers, uninitialised values
# inside of a function and the life of blocks are left to clang-tidy and to gcc. Addresses of
# locals that outlive them are found by gcc -Wdangling-pointer and ASan; cppcheck also reports
# those that are taken back in time.
. "$(dirname "$0")/step.sh"
configure_clang
mkdir -p build-cppcheck
set --
for kind in nullPointer nullPointerRedundantCheck nullPointerDefaultArg uninitvar legacyUninitvar \
    memleak memleakOnRealloc resourceLeak deallocuse deallocret doubleFree mismatchAllocDealloc \
    autoVariables missingIncludeSystem unmatchedSuppression; do
    set -- "$@" "--suppress=$kind"
done
cppcheck --project=build-fuzz/compile_commands.json --cppcheck-build-dir=build-cppcheck \
    -j "$jobs" --quiet --enable=warning,performance,portability "$@" \
    -i tests --error-exitcode=2
echo "1 passed, 0 failed"

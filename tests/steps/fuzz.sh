#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fuzz.sh [SECONDS]: the kept corpus, then new inputs for SECONDS in all, shared by all targets.
. "$(dirname "$0")/step.sh"
[ -e build-fuzz/build.ninja ] || sh tests/steps/clang.sh
build build-fuzz
sh tests/fuzz/run.sh build-fuzz "${1:-60}"

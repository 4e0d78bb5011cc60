#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What needs a build without sanitizers: ABI, installed tree, locked memory, limits, benches.
. "$(dirname "$0")/step.sh"
suites build --suite release

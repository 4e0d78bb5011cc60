#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# All suites but those of the release build, under AddressSanitizer and UBSan.
. "$(dirname "$0")/step.sh"
suites build-asan --no-suite release

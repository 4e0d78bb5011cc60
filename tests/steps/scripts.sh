#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Our scripts under shellcheck.
. "$(dirname "$0")/step.sh"
# shellcheck disable=SC2046
shellcheck -x -P SCRIPTDIR -S style $(git ls-files '*.sh' .ci/run .ci/abi-accept)
echo "1 passed, 0 failed"

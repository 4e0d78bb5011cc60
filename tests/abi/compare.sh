#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# compare.sh LIBRARY: the library keeps the promise of tests/abi/libenvcrypt.abi.
# EVC_INCLUDE holds the folders of public headers, with colons between them.
set -eu
baseline=$(dirname "$0")/libenvcrypt.abi

skip() {
    echo "$1" >&2
    [ -z "${EVC_CI:-}" ] || exit 1
    exit 77
}

command -v abidiff >/dev/null || skip "abidiff is missing: apt install abigail-tools"
[ -e "$baseline" ] || skip "there is no $baseline yet; .ci/abi-accept makes it"

headers=
for folder in $(echo "$EVC_INCLUDE" | tr : ' '); do
    headers="$headers --headers-dir2 $folder/envcrypt"
done
# Any status but 0 is a break: a changed parameter alone gives 4, as an added symbol does.
# shellcheck disable=SC2086
if ! abidiff --no-added-syms --drop-private-types $headers "$baseline" "$1"; then
    echo "The ABI changed. If that is meant, run .ci/abi-accept and commit what it writes." >&2
    exit 1
fi

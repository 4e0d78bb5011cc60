#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# wycheproof.sh PROGRAM FOLDER: runs the program on every vector file of FOLDER/wycheproof.
# Without the data it is a skip (77), but a failure where EVC_CI is set.
set -eu

program=$1
folder=$2/wycheproof
if ! ls "$folder"/*_test.json >/dev/null 2>&1; then
    echo "no vectors in $folder; get the folder testvectors_v1 of" \
        "https://github.com/C2SP/wycheproof there, or set -Dvectors=DIR to what holds it"
    [ -z "${EVC_CI:-}" ] || exit 1
    exit 77
fi
exec "$program" "$folder"/*_test.json

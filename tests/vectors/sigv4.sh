#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sigv4.sh PROGRAM FOLDER: runs the program on FOLDER/sigv4. Without the data it is a skip (77),
# but a failure where EVC_CI is set.
set -eu

program=$1
folder=$2/sigv4
if ! [ -d "$folder/aws-signing-test-suite-v4" ]; then
    echo "no vectors in $folder; get the folder tests/aws-signing-test-suite/v4 of" \
        "https://github.com/awslabs/aws-c-auth there, or set -Dvectors=DIR to what holds it"
    [ -z "${EVC_CI:-}" ] || exit 1
    exit 77
fi
exec "$program" "$folder"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# esdk.sh PROGRAM FOLDER…: the program over each folder of messages.
set -eu
program=$1
shift
for folder in "$@"; do
    if [ ! -e "$folder/manifest.json" ]; then
        echo "no messages in $folder; get those in the tests of Amazon's Encryption SDKs" \
            "(github.com/aws/aws-encryption-sdk-c and its siblings) there in the form of" \
            "tests/vectors/esdk, or set -Dvectors=DIR to what holds esdk/fetched and esdk/generated"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 77
    fi
done
for folder in "$@"; do
    "$program" "$folder"
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# esdk.sh PROGRAM FOLDER…: the program over each folder of messages.
set -eu
program=$1
shift
for folder in "$@"; do
    if [ ! -e "$folder/manifest.json" ]; then
        echo "no messages in $folder: they come from the test folders of Amazon's Encryption SDKs" \
            "(github.com/aws/aws-encryption-sdk-c and its siblings); -Dvectors=DIR names their place"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 77
    fi
done
for folder in "$@"; do
    "$program" "$folder"
done

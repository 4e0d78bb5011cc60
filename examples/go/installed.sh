#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the Go example against an installed library; called by tests/consumers/installed.sh.
set -eu
for go in go /usr/local/go/bin/go /usr/lib/go/bin/go; do
    if command -v "$go" >/dev/null 2>&1; then
        GOFLAGS=-mod=mod GOCACHE=${GOCACHE:-$EVC_SCRATCH/cache} "$go" test -count=1 ./...
        exit 0
    fi
done
echo "Go is missing: apt-get install golang-go"
exit 77

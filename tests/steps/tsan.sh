#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What threads share, under ThreadSanitizer: the unit tests that start threads.
. "$(dirname "$0")/step.sh"
configure build-tsan -Db_sanitize=thread -Db_lundef=true
tests='api/call api/callbacks api/threads auth/chain base/arena-shared base/wait envelope/bulk
    kms/bulk kms/call kms/dek_cache kms/local kms/serve net/hosted net/meter net/net
    net/operation net/retry net/skew net/watch'
targets=
for name in $tests; do
    targets="$targets tests/unit/test-$(echo "$name" | tr / -)"
done
# shellcheck disable=SC2086
build build-tsan $targets
# Without a process of its own for each test: ThreadSanitizer knows one process.
export CK_FORK=no
# shellcheck disable=SC2086
suites build-tsan $tests

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The first job: a file is encrypted, inspected, rewrapped and decrypted with a local key store.
set -eu
cd "$(dirname "$0")/.."
[ ! -x build/examples/envcrypt ] || build/examples/envcrypt --version

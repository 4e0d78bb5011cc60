#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds IBM's two Go clients of its Kubernetes service into build-partners/iks/, as a program that
# does what it is told. Does nothing when that was done from these sources.
set -eu
cd "$(dirname "$0")"
. ../go.sh
go_partner iks "IBM's Go client"
go_build -ldflags '-s -w' .
go_done

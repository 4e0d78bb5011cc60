#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the API server, its KMS plugin and their helpers (Go, on Kubernetes' published modules)
# into build-partners/kubeserver/. Does nothing when that was done from these sources.
set -eu
cd "$(dirname "$0")"
. ../go.sh
go_partner kubeserver 'The API server'
version=$(sed -n 's|^\tk8s.io/apiserver v0\.||p' go.mod)
go_build -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v1.$version" ./...
(cd alpha && go_build -ldflags '-s -w' .)
go_done

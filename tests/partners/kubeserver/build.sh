#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the API server, its KMS plugin and their helpers (Go, on Kubernetes' published modules)
# into build-partners/kubeserver/. Does nothing when that was done from these sources. Without a
# Go that can, it says so and why, and leaves them out; in CI that is a failure.
set -eu
cd "$(dirname "$0")"
to=$PWD/../../../build-partners/kubeserver
wanted=$(find . -name '*.go' -o -name 'go.*' -o -name build.sh | LC_ALL=C sort | xargs cat | sha256sum)
if [ "$(cat "$to/installed" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

without() {
    mkdir -p "$to"
    rm -f "$to/installed"
    echo "$1" | tee "$to/missing"
    [ -z "${EVC_CI:-}" ] || exit 1
    exit 0
}

needed=1.26
go='' found=''
for candidate in go /usr/local/go/bin/go; do
    has=$(GOTOOLCHAIN=local "$candidate" env GOVERSION 2>/dev/null | sed 's/^go//')
    if [ -n "$has" ] && [ "$(printf '%s\n%s\n' "$needed" "$has" | sort -V | head -n 1)" = "$needed" ]; then
        go=$candidate
        break
    fi
    found=${found:-$has}
done
[ -n "$go" ] || without "The API server of these tests needs Go $needed or later; there is ${found:-none}"

rm -rf "$to"
mkdir -p "$to"
version=$(sed -n 's|^\tk8s.io/apiserver v0\.||p' go.mod)
export GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
"$go" build -trimpath -o "$to/" \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v1.$version" ./...
(cd alpha && "$go" build -trimpath -o "$to/" -ldflags '-s -w' .)
echo "$wanted" >"$to/installed"

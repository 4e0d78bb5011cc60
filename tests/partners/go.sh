# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# For the scripts that build partners written in Go, which source it in their own folder:
#   go_partner NAME WHAT            names build-partners/NAME ($to); ends the script when that was built
#                                   from these sources. WHAT is what tests call it when there is no Go
#   go_build PACKAGES AND OPTIONS   builds into it
#   go_done                         keeps from which sources, after the last of these
# Without a Go that can, it says so and why, and leaves the partner out; in CI that is a failure.

go_partner() {
    to=$PWD/../../../build-partners/$1
    go_sources=$(find . -name '*.go' -o -name 'go.*' -o -name build.sh | LC_ALL=C sort | xargs cat | sha256sum)
    if [ "$(cat "$to/installed" 2>/dev/null)" = "$go_sources" ]; then
        exit 0
    fi
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
    rm -rf "$to"
    mkdir -p "$to"
    if [ -z "$go" ]; then
        echo "$2 of these tests needs Go $needed or later; there is ${found:-none}" | tee "$to/missing"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 0
    fi
}

go_build() {
    GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0 "$go" build -trimpath -o "$to/" "$@"
}

go_done() {
    echo "$go_sources" >"$to/installed"
}

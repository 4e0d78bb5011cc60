# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
#
# The Debian 12 packages that the house is built and tested with, and how they are installed.
# Sourced by examples/quickstart.sh and tests/run.sh.

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config python3
    libcurl4-openssl-dev libssl-dev libsodium-dev libjansson-dev libyaml-dev check"
PACKAGES_TEST="g++ abigail-tools binutils git openssl python3-cffi python3-h2 python3-pytest"
PACKAGES_CI="clang-14 clang-tidy-14 clang-tools-14 clang-format-14 libclang-rt-14-dev
    cppcheck debootstrap etcd-client etcd-server faketime fish iproute2 mandoc python3-venv
    shellcheck zsh"
# Large, and often there by other ways.
command -v go >/dev/null || [ -x /usr/local/go/bin/go ] || PACKAGES_CI="$PACKAGES_CI golang-go"
command -v kubectl >/dev/null || PACKAGES_CI="$PACKAGES_CI kubernetes-client"
command -v npm >/dev/null || PACKAGES_CI="$PACKAGES_CI nodejs npm"
PACKAGES_COVERAGE="gcovr"
PACKAGES_VALGRIND="valgrind"

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# missing_packages PACKAGE…: those that are not installed
missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            echo "$package"
    done
}

# install_packages PACKAGE…: installs what is missing; asks the network only then
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian, so these packages are yours to install: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    set -- $missing
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "Some packages are missing, and there is no sudo to install them; as root run:" >&2
        echo "    apt-get install --no-install-recommends $*" >&2
        return 1
    fi
    echo "Installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update ||
        echo "apt-get update failed in part; trying with what it got"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
}

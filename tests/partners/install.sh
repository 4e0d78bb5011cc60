#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what others made and our tests talk to, into build-partners/: the Encryption SDKs and
# the clients for Python (PyPI) and JavaScript (npm) of cloud providers and Kubernetes, in the
# versions that requirements.txt and package-lock.json name, Kubernetes' own API server, and IBM's
# Go clients of its Kubernetes service.
# Does nothing when they are there.
set -eu
cd "$(dirname "$0")/../.."
partners=$PWD/build-partners
lists=$PWD/tests/partners
wanted=$(cat "$lists/requirements.txt" "$lists/package-lock.json" | sha256sum)
if [ "$(cat "$partners/installed" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$partners/installed" "$partners/venv" "$partners/node"
    mkdir -p "$partners/node"
    python3 -m venv "$partners/venv"
    "$partners/venv/bin/pip" install --quiet --disable-pip-version-check -r "$lists/requirements.txt"
    cp "$lists/package.json" "$lists/package-lock.json" "$partners/node/"
    npm ci --prefix "$partners/node" --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$wanted" >"$partners/installed"
fi
sh "$lists/kubeserver/build.sh"
sh "$lists/iks/build.sh"

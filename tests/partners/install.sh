#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what others made and our tests talk to, into build-partners/: Amazon's Encryption SDKs
# for Python (PyPI) and JavaScript (npm), in the versions that the lock files name. Does nothing
# when they are there.
set -eu
cd "$(dirname "$0")/../.."
partners=$PWD/build-partners
esdk=$PWD/tests/partners/esdk
wanted=$(cat "$esdk/requirements.txt" "$esdk/package-lock.json" | sha256sum)
if [ "$(cat "$partners/installed" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
rm -rf "$partners"
mkdir -p "$partners/node"
python3 -m venv "$partners/venv"
"$partners/venv/bin/pip" install --quiet --disable-pip-version-check -r "$esdk/requirements.txt"
cp "$esdk/package.json" "$esdk/package-lock.json" "$partners/node/"
npm ci --prefix "$partners/node" --ignore-scripts --no-audit --no-fund --loglevel=error
echo "$wanted" >"$partners/installed"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the Python example against an installed library; called by tests/consumers/installed.sh.
set -eu
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import cffi, pytest' 2>/dev/null; then
        PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider --rootdir=. .
        exit 0
    fi
done
echo "Python's cffi and pytest are missing: apt-get install python3-cffi python3-pytest"
exit 77

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SOURCE_ROOT FOLDER [PYTEST OPTION…]: the pytest tests of tests/partners/FOLDER, or of a
# file there, if the partners are installed.
set -eu
source=$1
folder=$2
shift 2
partners=$source/build-partners
if [ ! -e "$partners/installed" ]; then
    echo "The partners of these tests are missing: sh tests/partners/install.sh (needs python3-venv and npm)"
    [ -z "${EVC_CI:-}" ] || exit 1
    exit 77
fi
case $folder in
kubeserver | kubernetes/* | inventory | clusters/* | waits | stored | */test_real.py)
    # The reason stands where the server would: Go may be missing or too old.
    if [ ! -e "$partners/kubeserver/installed" ]; then
        cat "$partners/kubeserver/missing" 2>/dev/null ||
            echo "The API server of these tests is missing: sh tests/partners/install.sh"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 77
    fi
    for needed in etcd kubectl; do
        [ "$folder" != stored ] || break
        if ! command -v "$needed" >/dev/null; then
            echo "There is no $needed (Debian's packages etcd-server and kubernetes-client)"
            [ -z "${EVC_CI:-}" ] || exit 1
            exit 77
        fi
    done
    ;;
iks/*)
    if [ ! -e "$partners/iks/installed" ]; then
        cat "$partners/iks/missing" 2>/dev/null ||
            echo "IBM's Go clients are missing: sh tests/partners/install.sh"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 77
    fi
    ;;
esac
case $folder in
waits | clusters/test_picture.py)
    if ! command -v faketime >/dev/null; then
        echo "There is no faketime (Debian's package faketime)"
        [ -z "${EVC_CI:-}" ] || exit 1
        exit 77
    fi
    ;;
esac
# A cluster of a test leaves more than a hundred megabytes: only what failed is worth that.
EVC_NODE_FOLDER=$partners/node PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=$source/tests/partners${PYTHONPATH:+:$PYTHONPATH} \
    exec "$partners/venv/bin/python" -m pytest -q -p no_skips -p no:cacheprovider -o tmp_path_retention_policy=failed \
    "$source/tests/partners/$folder" "$@"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Coverage of the library by all suites: a page in build-coverage/coverage/index.html.
. "$(dirname "$0")/step.sh"
configure build-coverage -Db_coverage=true --buildtype=debug
build build-coverage
find build-coverage -name '*.gcda' -delete
meson test -C build-coverage --no-rebuild --num-processes "$jobs" --no-suite release || true
mkdir -p build-coverage/coverage
gcovr --root . --filter 'lib/' --object-directory build-coverage --print-summary \
    --html-details build-coverage/coverage/index.html
python3 tests/support/count.py build-coverage

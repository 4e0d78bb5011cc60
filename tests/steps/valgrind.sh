#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The unit suite under valgrind's memcheck: reads of uninitialised memory, which the
# sanitizers of gcc do not see.
. "$(dirname "$0")/step.sh"
configure build
meson setup --reconfigure build # a folder may be older than the valgrind on this machine
build build
meson test -C build --no-rebuild --num-processes "$jobs" --suite unit --setup valgrind || true
python3 tests/support/count.py build valgrind

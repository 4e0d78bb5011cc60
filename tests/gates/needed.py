#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Needed: a build names no more shared libraries than its parts may use.

    needed.py LIBRARY [PART…]     PART: cloud k8s cluster plugin

A build without any part needs libcrypto, libsodium, libjansson and the C library alone.
"""
import re
import sys

from house import run

ALWAYS = {'libcrypto', 'libsodium', 'libjansson', 'libc', 'libgcc_s'}
PARTS = {
    'cloud': {'libcurl', 'libssl'},
    'k8s': {'libcurl', 'libssl', 'libyaml-0'},
    'cluster': set(),
    'plugin': {'libnghttp2', 'libmicrohttpd'},
}
SANITIZERS = {'libasan', 'libubsan', 'libtsan', 'libm'}


def main(library, *parts):
    allowed = ALWAYS.union(*(PARTS[part] for part in parts))
    needed = re.findall(r'\(NEEDED\).*\[(.+?)\.so[^\]]*\]', run('readelf', '-d', library))
    if 'libasan' in needed or 'libubsan' in needed:
        allowed |= SANITIZERS
    names = [name for name in needed if not name.startswith('ld-linux')]
    for name in set(names) - allowed:
        print(f'{library} needs {name}, which a build with parts '
              f'({" ".join(parts) or "none"}) must not', file=sys.stderr)
    print('needs', ' '.join(names))
    return 1 if set(names) - allowed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

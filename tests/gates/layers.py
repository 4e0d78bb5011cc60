#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers: what a folder of lib/ may call, include and take from third parties.

The rules come from the build (`layer_uses` of each lib/<layer>/meson.build). Third-party
libraries are listed here, one row for each library, because a header says nothing of the
library that it belongs to.
"""
import re
import sys

from house import Violation, includes, ours, parse_house, place_of_use, report

# Headers of a library, and the only files of lib/ that may include them.
THIRD_PARTY = [
    ('OpenSSL', r'openssl/(ssl|tls1|dtls1|srtp)[^/]*\.h', ['net/tls.c']),
    ('OpenSSL', r'openssl/.*', ['crypto/', 'net/tls.c']),
    ('libsodium', r'sodium(\.h|/.*)', ['base/', 'crypto/']),
    ('jansson', r'jansson.*\.h', ['codec/']),
    ('libyaml', r'yaml\.h', ['codec/']),
    ('libcurl', r'curl/.*', ['net/']),
    ('libnghttp2', r'nghttp2/.*', ['plugin/']),
    ('libmicrohttpd', r'microhttpd\.h', ['plugin/']),
]

# Headers of the C library and the kernel. A header that is neither here nor above is refused,
# so that a new library cannot slip in.
SYSTEM = re.compile(r'''(
    assert|complex|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|
    stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|time|wchar|wctype|
    dirent|endian|fcntl|fnmatch|getopt|glob|grp|langinfo|netdb|poll|pthread|pwd|sched|
    semaphore|spawn|strings|syslog|termios|unistd|
    (sys|linux|netinet|arpa|net|asm)/[a-z0-9_/-]+
    )\.h''', re.X)


def link_gate(house):
    """An undefined symbol of ours must be defined in the layer or in those that it uses."""
    defined = {layer: {s.name for s in house.symbols(layer) if s.kind not in 'Uvw'}
               for layer in house.archives}
    for layer in house.archives:
        allowed = {layer} | house.rules[layer]
        for symbol in house.symbols(layer):
            if symbol.kind != 'U' or not ours(symbol.name):
                continue
            if any(symbol.name in defined.get(a, ()) for a in allowed):
                continue
            owners = [o for o in defined if symbol.name in defined[o]]
            where = (f'of layer {owners[0]}, which its meson.build does not name in layer_uses'
                     if owners else 'that no layer defines')
            place = place_of_use(house.archives[layer], symbol.object, symbol.name)
            path, line = place or (house.source_of(layer, symbol.object), 0)
            yield Violation(path, line, f'layer {layer} calls {symbol.name} {where}')


def include_gate(house):
    """A quoted include names a layer that the file's layer uses, or a public header."""
    absent = {path.split('/')[1] for path in house.files('lib')} - set(house.rules)
    for path in house.files('lib'):
        layer = path.split('/')[1]
        allowed = {layer, 'envcrypt'} | house.rules.get(layer, set())
        for include in includes(house.read(path)):
            if not include.quoted:
                continue
            folder, slash, _ = include.name.partition('/')
            if not slash or folder in ('.', '..'):
                yield Violation(path, include.line, f'"{include.name}": write "layer/module.h"')
            elif folder in absent:
                pass  # of files that this build leaves out; the full build looks at them
            elif folder not in allowed and layer in house.rules:
                yield Violation(path, include.line,
                                f'layer {layer} includes "{include.name}" of layer {folder}, '
                                'which its meson.build does not name in layer_uses')
    for path in house.files('include'):
        for include in includes(house.read(path)):
            if include.quoted and not include.name.startswith('envcrypt/'):
                yield Violation(path, include.line,
                                f'a public header includes "{include.name}" of the inside')
            elif not include.quoted and include.name not in ('stddef.h', 'stdint.h'):
                yield Violation(path, include.line,
                                f'a public header includes <{include.name}>')
    for path in house.files('examples'):
        for include in includes(house.read(path)):
            if include.quoted and include.name.split('/')[0] in house.rules:
                yield Violation(path, include.line,
                                f'an example includes "{include.name}" of the inside')


def third_party_gate(house):
    """A library's headers are included only in the layer that design names for it."""
    for path in house.files('lib'):
        inside = path[len('lib/'):]
        for include in includes(house.read(path)):
            if include.quoted or SYSTEM.fullmatch(include.name):
                continue
            row = next((r for r in THIRD_PARTY if re.fullmatch(r[1], include.name)), None)
            if row is None:
                yield Violation(path, include.line,
                                f'<{include.name}>: a header that the gate does not know; '
                                'tests/gates/layers.py lists who may include what')
            elif not any(inside == p or (p.endswith('/') and inside.startswith(p))
                         for p in row[2]):
                yield Violation(path, include.line,
                                f'<{include.name}> of {row[0]} belongs to '
                                + ' and '.join('lib/' + p for p in row[2]))


if __name__ == '__main__':
    HOUSE, _ = parse_house(__doc__)
    sys.exit(report(HOUSE, link_gate, include_gate, third_party_gate))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports: what the library shows is exactly what the headers promise and describe.

The symbol map, the ENVCRYPT_API declarations and the dynamic symbols are one set; each symbol
is a function defined in lib/api; each declaration says its parameters and its result; nothing
in a public header is out of reach of a foreign function interface.
"""
import re
import sys

from house import Violation, line_of, parse_house, report, run, strip_comments

MAP = 'lib/api/libenvcrypt.map'
DECLARATION = re.compile(r'(?<!#define )\bENVCRYPT_API\b([^;{]*);', re.S)
CALLBACK = re.compile(r'\btypedef\b([^;{}()]*\(\s*\*\s*(\w+)\s*\)[^;{}]*);', re.S)
NEEDS_COMMENT = re.compile(
    r'^(?:typedef\b|enum\b|struct\b|ENVCRYPT_API\b|#define ENVCRYPT_(?!\w*_H$|API\b))', re.M)
ENUM = re.compile(r'\benum\s+\w+\s*\{(.*?)\}', re.S)
# What cgo, cffi or ctypes cannot do, or what would freeze a layout.
FORBIDDEN = [
    (r'\binline\b', 'an inline function'),
    (r'\.\.\.', 'a variadic function'),
    (r'\bva_list\b', 'a va_list'),
    (r'\b(?:struct|union)\s+\w*\s*\{', 'a struct or union with members'),
    (r'\b(?:_Bool|bool)\b', 'a bool'),
    (r'\bENVCRYPT_API\s+extern\b', 'exported data'),
    (r'\blong double\b|\b(?:unsigned )?long\b', 'a long, whose size differs by platform'),
]


def map_symbols(house):
    """{symbol: line} of the symbol map."""
    text = strip_comments(house.read(MAP))
    return {m.group(1): line_of(text, m.start(1))
            for m in re.finditer(r'^\s*([A-Za-z_]\w*)\s*;', text, re.M)}


def public_headers(house):
    return house.files('include', ends=('.h', '.h.in'))


def declarations(house):
    """(path, line, name, result, parameters, comment) of each ENVCRYPT_API declaration."""
    for path in public_headers(house):
        text = house.read(path)
        code = strip_comments(text)
        for match in DECLARATION.finditer(code):
            shape = split_function(match.group(1))
            if shape:
                yield (path, line_of(code, match.start()), *shape,
                       comment_before(text, match.start()))
        for match in CALLBACK.finditer(code):
            start = match.group(1).index('(')
            result = match.group(1)[:start].strip()
            rest = match.group(1)[match.group(1).index(')') + 1:]
            yield (path, line_of(code, match.start()), match.group(2), result,
                   parameter_names(rest), comment_before(text, match.start()))


def split_function(text):
    match = re.match(r'\s*(.*?)\b(\w+)\s*(\(.*\))\s*$', text, re.S)
    return match and (match.group(2), match.group(1).strip(), parameter_names(match.group(3)))


def parameter_names(text):
    inner = text.strip()[1:-1].strip()
    if inner in ('', 'void'):
        return []
    return [re.search(r'(\w+)\s*(?:\[[^\]]*\])?\s*$', part).group(1)
            for part in inner.split(',')]


def comment_before(text, offset):
    """The documentation comment that ends right before a place, or ''."""
    before = text[:offset].rstrip()
    if not before.endswith('*/'):
        return ''
    start = before.rfind('/*')
    return before[start:] if before.startswith('/**', start) else ''


def symbol_gate(house, library=None):
    """Map = declarations = dynamic symbols; all are functions of lib/api."""
    wanted = map_symbols(house)
    declared = {name: (path, line) for path, line, name, *_ in declarations(house)
                if name.startswith('envcrypt_') and not name.endswith('_fn')}
    for name in declared.keys() - wanted.keys():
        yield Violation(*declared[name], f'{name} is declared but not in {MAP}')
    for name in wanted.keys() - declared.keys():
        yield Violation(MAP, wanted[name], f'{name} is in the map but no header declares it')
    if 'api' in house.archives:
        made = {s.name for s in house.symbols('api') if s.kind == 'T'}
        for name in wanted.keys() - made:
            yield Violation(MAP, wanted[name], f'{name} is no function defined in lib/api')
        for name in {n for n in made if n.startswith('envcrypt_')} - wanted.keys():
            yield Violation('lib/api', 0, f'{name} is defined but not in {MAP}')
    for layer in house.archives:
        for symbol in house.symbols(layer):
            prefix = 'envcrypt_' if layer == 'api' else 'evc_'
            if symbol.kind in 'Uvw' or symbol.name.startswith(('evc_', prefix)):
                continue
            # The compiler, sanitizers and coverage add such.
            if not symbol.name.startswith(('__', 'DW.ref.')):
                yield Violation(house.source_of(layer, symbol.object), 0,
                                f'global symbol {symbol.name} does not begin with {prefix}')
    if library:
        shown = {}
        for line in run('nm', '-D', '--defined-only', '-P', library).splitlines():
            name, kind = line.split()[:2]
            if kind != 'A':  # the version nodes
                shown[name.partition('@')[0]] = kind
        for name in shown.keys() - wanted.keys():
            yield Violation(MAP, 0, f'the library shows {name}, which the map does not name')
        for name in wanted.keys() - shown.keys():
            yield Violation(MAP, wanted[name], f'the library does not show {name}')
        for name, kind in shown.items():
            if kind != 'T' and name in wanted:
                yield Violation(MAP, wanted[name], f'{name} is not a function (nm: {kind})')


def comment_gate(house):
    """Everything public has a comment; a function's names each parameter and the result."""
    for path in public_headers(house):
        text = house.read(path)
        if '\n * @file\n' not in text:
            yield Violation(path, 1, 'the header has no block with @file')
        code = strip_comments(text)
        for match in NEEDS_COMMENT.finditer(code):
            if not comment_before(text, match.start()):
                line = code[match.start():].partition('\n')[0]
                yield Violation(path, line_of(code, match.start()),
                                f'no documentation comment right before: {line}')
        for match in ENUM.finditer(code):
            for value in re.finditer(r'^\s*(ENVCRYPT_\w+)[^\n]*', match.group(1), re.M):
                at = match.start(1) + value.start(1)
                rest = text[at:text.index('\n', at)]
                if '/**<' not in rest and not comment_before(text, at):
                    yield Violation(path, line_of(text, at), f'{value.group(1)} has no comment')
    for path, line, name, result, parameters, comment in declarations(house):
        if not comment:
            yield Violation(path, line, f'{name} has no documentation comment')
            continue
        described = re.findall(r'@param(?:\[[a-z,]+\])?\s+(\w+)', comment)
        for parameter in parameters:
            if parameter not in described:
                yield Violation(path, line, f'{name}: no @param for {parameter}')
        for parameter in described:
            if parameter not in parameters:
                yield Violation(path, line, f'{name}: @param {parameter} is no parameter')
        if (result != 'void') != ('@return' in comment):
            yield Violation(path, line, f'{name}: ' + (
                'no @return' if result != 'void' else '@return of a void function'))


def binding_gate(house):
    """No public header holds what a binding cannot use."""
    for path in public_headers(house):
        code = strip_comments(house.read(path))
        for pattern, name in FORBIDDEN:
            for match in re.finditer(pattern, code):
                yield Violation(path, line_of(code, match.start()),
                                f'{name} cannot be in a public header')


if __name__ == '__main__':
    HOUSE, OPTIONS = parse_house(
        __doc__, lambda parser: parser.add_argument('--library', help='libenvcrypt.so'))

    def symbols(house):
        return symbol_gate(house, OPTIONS.library)
    sys.exit(report(HOUSE, symbols, comment_gate, binding_gate))

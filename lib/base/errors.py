#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns errors.def into the public constants (header) or the page of errors (page).

    errors.py errors.def header|page        writes to standard output
    errors.py errors.def check errors.md    fails when the page is not that of the list
"""
import contextlib
import io
import re
import sys

CLASS = re.compile(r'^EVC_CLASS\((\w+), (\d+), "(.*)"\)$', re.M)
ERROR = re.compile(r'^EVC_ERROR\((\w+), (\d+), (\w+), "(.*)"\)$', re.M)
RETIRED = re.compile(r'^EVC_RETIRED\((\w+), (\d+)\)$', re.M)


def fail(reason):
    sys.exit(f'errors.def: {reason}')


def check_unique(pairs):
    for column in zip(*pairs):
        if len(set(column)) != len(column):
            fail('a number or a name appears twice')


def read(path):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    classes = [(n, int(i), s) for n, i, s in CLASS.findall(text)]
    errors = [(n, int(i), c, s) for n, i, c, s in ERROR.findall(text)]
    retired = [(n, int(i)) for n, i in RETIRED.findall(text)]
    check_unique([c[:2] for c in classes])
    check_unique([e[:2] for e in errors] + retired)
    for word, found in (('CLASS', classes), ('ERROR', errors), ('RETIRED', retired)):
        if text.count(f'\nEVC_{word}(') != len(found):
            fail(f'a line EVC_{word} does not have the form that the head of the file shows')
    names = {name for name, _, _ in classes}
    for name, _, error_class, _ in errors:
        if error_class not in names:
            fail(f'{name}: unknown class {error_class}')
    return classes, errors


def enumeration(lines):
    """Joins (declaration, comment) pairs by commas; C99 permits none after the last."""
    for index, (declaration, comment) in enumerate(lines):
        comma = ',' if index + 1 < len(lines) else ''
        print(f'    {declaration}{comma} /**< {comment} */')
    print('};')


def header(classes, errors):
    print('/* SPDX-License-Identifier: Apache-2.0 */')
    print('/* Made by the build from lib/base/errors.def. Do not edit. */')
    print('/**\n * @file\n * The codes and classes of errors.\n */')
    print('#ifndef ENVCRYPT_ERROR_CODES_H\n#define ENVCRYPT_ERROR_CODES_H\n')
    print('/** Success. */\n#define ENVCRYPT_OK 0\n')
    print('/** What programs branch on. */\nenum envcrypt_error_class {')
    enumeration([(f'ENVCRYPT_CLASS_{n} = {i}', s) for n, i, s in classes])
    print('\n/** Codes; the number of a code never changes. */\nenum envcrypt_error_code {')
    enumeration([(f'ENVCRYPT_E_{n} = -{i}', f'{c}: {s}') for n, i, c, s in errors])
    print('\n#endif')


def page(classes, errors):
    print('<!-- SPDX-License-Identifier: Apache-2.0 -->')
    print('# Errors\n')
    print('Made from `lib/base/errors.def`; the tests of the build compare the two.\n')
    print('## Classes\n\n| class | number | meaning |\n|---|---|---|')
    for name, number, meaning in classes:
        print(f'| `ENVCRYPT_CLASS_{name}` | {number} | {meaning} |')
    print('\n## Codes\n\n| code | number | class | what it says |\n|---|---|---|---|')
    for name, number, error_class, sentence in errors:
        print(f'| `ENVCRYPT_E_{name}` | −{number} | {error_class} | {sentence} |')


def check(classes, errors, path):
    made = io.StringIO()
    with contextlib.redirect_stdout(made):
        page(classes, errors)
    with open(path, encoding='utf-8') as file:
        if file.read() != made.getvalue():
            fail(f'{path} is older; write it anew: python3 lib/base/errors.py '
                 'lib/base/errors.def page > doc/errors.md')


if __name__ == '__main__':
    sys.stdout.reconfigure(encoding='utf-8')
    commands = {'header': header, 'page': page, 'check': check}
    commands[sys.argv[2]](*read(sys.argv[1]), *sys.argv[3:])

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns errors.def into the public constants (header) or the page of errors (page)."""
import re
import sys

CLASSES = """ARGUMENT STATE NOMEM IO FORMAT AUTHENTICITY POLICY CONFIG CREDENTIALS DENIED
NOT_FOUND KEY_STATE WRONG_KEY CONFLICT THROTTLED QUOTA UNAVAILABLE PROTOCOL TIMEOUT CANCELED
UNSUPPORTED INTERNAL""".split()

CLASS_TEXTS = {
    'ARGUMENT': 'the caller passed something wrong',
    'STATE': 'the object cannot do this now',
    'NOMEM': 'memory is out',
    'IO': 'the system failed to read or write',
    'FORMAT': 'the input is malformed',
    'AUTHENTICITY': 'the input was changed, or belongs to another key or context',
    'POLICY': 'a limit or rule, the caller\'s or the default one, forbids it',
    'CONFIG': 'the configuration is wrong',
    'CREDENTIALS': 'what was presented does not open or was not accepted',
    'DENIED': 'permission is missing',
    'NOT_FOUND': 'it does not exist',
    'KEY_STATE': 'the key is disabled, destroyed or not ready',
    'WRONG_KEY': 'it was made with another key',
    'CONFLICT': 'somebody else changed or holds it',
    'THROTTLED': 'the service asks for fewer calls',
    'QUOTA': 'a limit of a service or of the format is used up',
    'UNAVAILABLE': 'the service cannot be reached or is down',
    'PROTOCOL': 'the service answered what it must not',
    'TIMEOUT': 'the deadline passed',
    'CANCELED': 'the caller canceled',
    'UNSUPPORTED': 'this build or version cannot do it',
    'INTERNAL': 'a rule inside the library or a callback was broken',
}

ENTRY = re.compile(r'^EVC_ERROR\((\w+), (\d+), (\w+), "(.*)"\)$', re.M)
RETIRED = re.compile(r'^EVC_RETIRED\((\w+), (\d+)\)$', re.M)


def read(path):
    text = open(path, encoding='utf-8').read()
    entries = [(n, int(i), c, s) for n, i, c, s in ENTRY.findall(text)]
    numbers = [i for _, i, _, _ in entries] + [int(i) for _, i in RETIRED.findall(text)]
    names = [n for n, _, _, _ in entries]
    if len(set(numbers)) != len(numbers) or len(set(names)) != len(names):
        sys.exit('errors.def: a number or a name appears twice')
    for name, _, error_class, _ in entries:
        if error_class not in CLASSES:
            sys.exit(f'errors.def: {name}: unknown class {error_class}')
    if text.count('\nEVC_ERROR(') != len(entries):
        sys.exit('errors.def: a line does not have the form EVC_ERROR(name, n, class, "…")')
    return entries


def header(entries):
    print('/* SPDX-License-Identifier: Apache-2.0 */')
    print('/* Made by the build from lib/base/errors.def. Do not edit. */')
    print('/**\n * @file\n * The codes and classes of errors.\n */')
    print('#ifndef ENVCRYPT_ERROR_CODES_H\n#define ENVCRYPT_ERROR_CODES_H\n')
    print('/** Success. */\n#define ENVCRYPT_OK 0\n')
    print('/** What programs branch on. */\nenum envcrypt_error_class {')
    for number, name in enumerate(CLASSES, 1):
        comma = ',' if number < len(CLASSES) else ''
        print(f'    ENVCRYPT_CLASS_{name} = {number}{comma} /**< {CLASS_TEXTS[name]} */')
    print('};\n\n/** Codes; the number of a code never changes. */\nenum envcrypt_error_code {')
    for index, (name, number, error_class, sentence) in enumerate(entries):
        comma = ',' if index + 1 < len(entries) else ''
        print(f'    ENVCRYPT_E_{name} = -{number}{comma} /**< {error_class}: {sentence} */')
    print('};\n\n#endif')


def page(entries):
    print('# Errors\n')
    print('Made from `lib/base/errors.def`; the build\'s tests compare the two.\n')
    print('## Classes\n\n| class | number | meaning |\n|---|---|---|')
    for number, name in enumerate(CLASSES, 1):
        print(f'| `ENVCRYPT_CLASS_{name}` | {number} | {CLASS_TEXTS[name]} |')
    print('\n## Codes\n\n| code | number | class | what it says |\n|---|---|---|---|')
    for name, number, error_class, sentence in entries:
        print(f'| `ENVCRYPT_E_{name}` | −{number} | {error_class} | {sentence} |')


if __name__ == '__main__':
    {'header': header, 'page': page}[sys.argv[2]](read(sys.argv[1]))

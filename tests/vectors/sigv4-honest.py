#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the program sigv4 can fail.

    sigv4-honest.py PROGRAM FOLDER

Changes one expectation, or one thing that is signed, in a copy of FOLDER/sigv4, for each case
and each file of it, and looks whether the program tells. Speaks TAP.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COUNTS = re.compile(r'^(\d+) passed, (\d+) failed$')
SUITE = 'aws-signing-test-suite-v4'
EXPECTED = ['header-canonical-request.txt', 'header-string-to-sign.txt', 'header-signature.txt',
            'header-signed-request.txt', 'query-canonical-request.txt', 'query-string-to-sign.txt',
            'query-signature.txt']
CROSS = 'kms-cross-signed.json'


class Tap:
    def __init__(self):
        self.number = 0

    def tell(self, name, good, why=''):
        self.number += 1
        print(f'{"ok" if good else "not ok"} {self.number} {name}')
        if not good and why:
            print(''.join(f'# {line}\n' for line in why.splitlines()), end='')


def run(program, folder):
    """(exit status, passed, failed, all of the output)."""
    done = subprocess.run([program, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, check=False)
    lines = done.stdout.splitlines()
    found = COUNTS.match(lines[-1]) if lines else None
    passed, failed = map(int, found.groups()) if found else (-1, -1)
    return done.returncode, passed, failed, done.stdout


def turned(text):
    """The text with its last hexadecimal digit changed."""
    at = max(i for i, c in enumerate(text) if c in '0123456789abcdef')
    return text[:at] + ('0' if text[at] != '0' else '1') + text[at + 1:]


def turned_request(text):
    """The last digit of the signature in the Authorization header."""
    head, mark, rest = text.partition('Signature=')
    return head + mark + turned(rest[:64]) + rest[64:]


def check_suite(tap, program, folder, total):
    for case in sorted(p for p in (folder / SUITE).iterdir() if p.is_dir()):
        for name in EXPECTED:
            path = case / name
            kept = path.read_text(encoding='utf-8')
            change = turned_request if name == 'header-signed-request.txt' else turned
            path.write_text(change(kept), encoding='utf-8')
            status, passed, failed, output = run(program, folder)
            tap.tell(f'{case.name}: another {name} fails',
                     (status, passed, failed) == (1, total - 1, 1), output)
            path.write_text(kept, encoding='utf-8')


def check_cross(tap, program, folder, total):
    path = folder / CROSS
    kept = path.read_text(encoding='utf-8')
    for index, one in enumerate(json.loads(kept)):
        for member in one['expect']:
            cases = json.loads(kept)
            cases[index]['expect'][member] = turned(cases[index]['expect'][member])
            path.write_text(json.dumps(cases), encoding='utf-8')
            status, passed, failed, output = run(program, folder)
            tap.tell(f'{one["id"]}: another {member} fails',
                     (status, passed, failed) == (1, total - 1, 1), output)
    path.write_text(kept, encoding='utf-8')


def check_missing(tap, program, folder):
    case = folder / SUITE / 'get-vanilla'
    for name in ['request.txt', 'context.json', *EXPECTED]:
        (case / name).rename(case / 'away')
        tap.tell(f'a missing {name} is told', run(program, folder)[0] == 2)
        (case / 'away').rename(case / name)
    (folder / CROSS).write_text('[]', encoding='utf-8')
    tap.tell('an empty list is told', run(program, folder)[0] == 2)
    shutil.rmtree(folder / SUITE)
    tap.tell('a missing folder is told', run(program, folder)[0] == 2)
    (folder / SUITE).mkdir()
    tap.tell('an empty folder is told', run(program, folder)[0] == 2)


def main(program, vectors):
    source = pathlib.Path(vectors, 'sigv4')
    if not (source / SUITE).is_dir():
        if os.environ.get('EVC_CI') == '1':
            sys.exit(f'no vectors in {source}')
        print(f'1..0 # SKIP no vectors in {source}; sigv4.sh says where from')
        return 0
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, 'sigv4')
        shutil.copytree(source, folder)
        cases = (sum(1 for p in (folder / SUITE).iterdir() if p.is_dir()) +
                 len(json.loads((folder / CROSS).read_text(encoding='utf-8'))))
        status, passed, failed, output = run(program, folder)
        tap.tell('every case is counted', (status, passed, failed) == (0, cases, 0), output)
        check_suite(tap, program, folder, cases)
        check_cross(tap, program, folder, cases)
        check_missing(tap, program, folder)
    print(f'1..{tap.number}')
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

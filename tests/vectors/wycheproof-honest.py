#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that the program wycheproof can fail.

    wycheproof-honest.py PROGRAM FOLDER

Takes each file of FOLDER/wycheproof, changes one thing in a copy (the verdict of a case, its
expected output, the schema, the count), and looks whether the program tells. Speaks TAP.
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COUNTS = re.compile(r'^(\d+) passed, (\d+) failed$')
OUTPUTS = ('okm', 'sig', 'tag', 'ct', 'msg')  # the last things of a case that must fit


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = False

    def tell(self, name, good, why=''):
        self.number += 1
        self.failed |= not good
        print(f'{"ok" if good else "not ok"} {self.number} {name}')
        if not good and why:
            print(''.join(f'# {line}\n' for line in why.splitlines()), end='')


def run(program, path):
    """(exit status, passed, failed, all of the output) for one file."""
    done = subprocess.run([program, str(path)], stdout=subprocess.PIPE,
                          universal_newlines=True, check=False)
    lines = done.stdout.splitlines()
    found = COUNTS.match(lines[-1]) if lines else None
    passed, failed = map(int, found.groups()) if found else (-1, -1)
    return done.returncode, passed, failed, done.stdout


def cases(vectors):
    for group in vectors['testGroups']:
        for test in group['tests']:
            yield group, test


def is_ruled_out(group):
    """The library takes no such IV, whatever the file says."""
    return group['type'] == 'AeadTest' and group['ivSize'] not in (96, 192)


def first(vectors, result):
    """Where the first case of that verdict stands, but for those ruled out."""
    for index, (group, test) in enumerate(cases(vectors)):
        if test['result'] == result and not is_ruled_out(group):
            return index
    return None


def changed(vectors, index, change):
    copied = copy.deepcopy(vectors)
    change(list(cases(copied))[index][1])
    return copied


def flip(test):
    test['result'] = 'invalid' if test['result'] == 'valid' else 'valid'


def damage(test):
    name = next(n for n in OUTPUTS if test.get(n))
    test[name] = f'{int(test[name][:2], 16) ^ 1:02x}' + test[name][2:]


def changes(vectors):
    """(what, changed copy, exit status, count of failures or None for any) for a file."""
    valid = first(vectors, 'valid')
    invalid = first(vectors, 'invalid')
    yield 'a valid case called invalid fails', changed(vectors, valid, flip), 1, 1
    yield 'a valid case with another output fails', changed(vectors, valid, damage), 1, 1
    yield 'a verdict of no known name fails', changed(
        vectors, valid, lambda test: test.update(result='good')), 1, 1
    if invalid is not None:
        yield 'an invalid case called valid fails', changed(vectors, invalid, flip), 1, 1
    cut = copy.deepcopy(vectors)
    next(g for g in cut['testGroups'] if g['tests'])['tests'].pop()
    yield 'a missing case is told', cut, 2, None
    yield 'a missing member is told', changed(
        vectors, valid, lambda test: test.pop('tcId')), 2, None
    yield 'an unknown schema is told', dict(vectors, schema='other_schema.json'), 2, None
    yield 'an unknown algorithm is told', dict(vectors, algorithm='ROT13'), 2, None


def check_file(tap, program, path, folder):
    vectors = json.loads(path.read_text(encoding='utf-8'))
    status, passed, failed, output = run(program, path)
    tap.tell(f'{path.name}: every case is counted',
             (status, failed) == (0, 0) and passed == sum(1 for _ in cases(vectors)), output)
    copied = folder / path.name
    for what, other, wanted, failures in changes(vectors):
        copied.write_text(json.dumps(other), encoding='utf-8')
        status, passed, failed, output = run(program, copied)
        good = status == wanted and (failures is None or failed == failures)
        tap.tell(f'{path.name}: {what}', good, f'exit {status}\n{output}')


def main(program, vectors):
    files = sorted(pathlib.Path(vectors, 'wycheproof').glob('*_test.json'))
    if not files:
        if os.environ.get('EVC_CI') == '1':
            sys.exit(f'no vectors in {vectors}/wycheproof')
        print(f'1..0 # SKIP no vectors in {vectors}/wycheproof; wycheproof.sh says where from')
        return 0
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        for path in files:
            check_file(tap, program, path, pathlib.Path(name))
        broken = pathlib.Path(name, 'broken.json')
        broken.write_text(files[0].read_text(encoding='utf-8')[:-100], encoding='utf-8')
        tap.tell('a file that is no JSON is told', run(program, broken)[0] == 2)
        tap.tell('a missing file is told', run(program, broken.with_suffix('.none'))[0] == 2)
    print(f'1..{tap.number}')
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

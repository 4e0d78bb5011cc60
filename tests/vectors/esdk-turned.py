# SPDX-License-Identifier: Apache-2.0
"""esdk-turned.py PROGRAM FOLDER…: would the program see a wrong result?

Each folder's manifest is changed so that it expects what is not so; every message must count as
failed then. Folders that are not there are left out: esdk.sh says so.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile


FACTS = ['format', 'suite', 'content', 'frame_length', 'edk_count', 'encryption_context',
         'ciphertext_len']
CHANGES = {int: lambda value: value + 1, str: lambda value: value + '0',
           dict: lambda value: {**value, 'other': 'pair'}}


def turn(test):
    test['expect'] = 'failure' if test['expect'] == 'success' else 'success'


def expect_another_plaintext(test):
    """Of another message, a byte longer or cut; what must fail still fails."""
    test['plaintext'] = 'another'


def another_header():
    """Changes one fact of each entry that has any: the next one in the next entry."""
    number = 0

    def change(test):
        nonlocal number
        names = [name for name in FACTS if name in test]
        if names:
            name = names[number % len(names)]
            test[name] = CHANGES[type(test[name])](test[name])
            number += 1
    return change


def run(program, folder, tests, manifest):
    """The program's exit status and last line, over the folder with other tests."""
    with tempfile.TemporaryDirectory() as place:
        for name in os.listdir(folder):
            if name != 'manifest.json':
                os.symlink(os.path.join(os.path.abspath(folder), name), os.path.join(place, name))
        with open(os.path.join(place, 'another'), 'wb') as file:
            file.write(b'no message holds this')
        with open(os.path.join(place, 'manifest.json'), 'w', encoding='utf-8') as file:
            json.dump({**manifest, 'tests': tests}, file)
        done = subprocess.run([program, place], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-1]


def check(program, folder):
    with open(os.path.join(folder, 'manifest.json'), encoding='utf-8') as file:
        manifest = json.load(file)
    tests = manifest['tests']
    good = sum(test['expect'] == 'success' for test in tests)
    facts = sum(any(name in test for name in FACTS) for test in tests)
    for change, passed in ((turn, 0), (expect_another_plaintext, len(tests) - good),
                           (another_header(), len(tests) - facts)):
        changed = copy.deepcopy(tests)
        for test in changed:
            change(test)
        told = run(program, folder, changed, manifest)
        wanted = (1, f'{passed} passed, {len(tests) - passed} failed')
        if told != wanted:
            print(f'{folder}: {told}, not {wanted}')
            return False
    return True


def main():
    folders = [folder for folder in sys.argv[2:] if os.path.exists(f'{folder}/manifest.json')]
    sys.exit(0 if folders and all(check(sys.argv[1], folder) for folder in folders) else 1)


main()

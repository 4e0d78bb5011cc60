# SPDX-License-Identifier: Apache-2.0
"""Stored values that Kubernetes' own transformers wrote, opened by our program.

    stored.py check PROGRAM FILE    PROGRAM is tests/partners/stored/stored.c; prints TAP
    stored.py tells PROGRAM FILE    the same with a wrong text expected, which must be told
    stored.py make PROGRAM FILE     PROGRAM is tests/partners/kubeserver/stored; writes the file

The file has a JSON object a line: what the programs are told, with the text as "plain" and what
it became as "data". Keys are random, and protect nothing but these texts.
"""
import base64
import itertools
import json
import os
import subprocess
import sys

PLACE = '/registry/secrets/default/s1'
# What Kubernetes writes, or wrote, and what it is read as.
WRITTEN = {'aescbc': 'aescbc', 'aesgcm': 'aesgcm', 'secretbox': 'secretbox', 'kms v1': 'kms v1',
           'kms v1 cbc': 'kms v1', 'kms v2': 'kms v2', 'kms v2 key': 'kms v2'}


def text_of(data):
    return base64.b64encode(data).decode()


def ask(child, order):
    child.stdin.write(json.dumps(order) + '\n')
    child.stdin.flush()
    return json.loads(child.stdout.readline())


def start(program):
    return subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def make(program, path):
    child = start(program)
    with open(path, 'w', encoding='utf-8') as file:
        for written, size in itertools.product(WRITTEN, (0, 11, 12, 300)):
            aes = written in ('aescbc', 'aesgcm')
            for key, form, name in itertools.product(
                    (16, 24, 32) if aes else (32,), ('raw', 'edk') if written.startswith('kms') else ('none',),
                    ('key',) if written.startswith('kms v2') else ('key', 'a:b')):
                order = {'provider': written, 'name': name, 'key': text_of(os.urandom(key)), 'form': form,
                         'place': PLACE}
                plain = text_of(b'k8s\0' + os.urandom(size))
                value = ask(child, {'op': 'write', 'data': plain, **order})['data']
                file.write(json.dumps({**order, 'provider': WRITTEN[written], 'written': written,
                                       'plain': plain, 'data': value}) + '\n')
    child.stdin.close()
    child.wait()


def spoil(vector):
    """What must not open: a changed last byte, and where that is bound another place."""
    data = bytearray(base64.b64decode(vector['data']))
    if vector['written'] not in ('aescbc', 'kms v1 cbc'):
        # The type of the seed stands last, before it the text.
        data[data.rindex(b'kek-1') - 3 if vector['provider'] == 'kms v2' else -1] ^= 1
        yield 'changed', {**vector, 'data': text_of(bytes(data))}
    if vector['provider'] in ('aesgcm', 'kms v2') or vector['written'] == 'kms v1':
        yield 'elsewhere', {**vector, 'place': PLACE + '2'}


def checks(child, vector):
    order = {'op': 'read', **vector}
    yield 'opens', ask(child, order) == {'data': vector['plain']}
    for how, wrong in spoil(vector):
        yield f'is refused when it is {how}', ask(child, {'op': 'read', **wrong}) == {
            'error': 'ENVCRYPT_E_STORED_AUTH'}


def tells(child, vector):
    wrong = text_of(base64.b64decode(vector['plain']) + b'!')
    yield 'is told', next(checks(child, {**vector, 'plain': wrong})) == ('opens', False)


def check(program, path, each=checks):
    child = start(program)
    count = failures = 0
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            vector = json.loads(line)
            for what, holds in each(child, vector):
                count += 1
                failures += not holds
                print(f"{'ok' if holds else 'not ok'} {count} - {vector['written']} in line {number} {what}")
    child.stdin.close()
    failures += child.wait() != 0
    print(f'1..{count}')
    return failures > 0 or count == 0


if __name__ == '__main__':
    sys.exit({'make': make, 'check': check, 'tells': lambda *given: check(*given, each=tells)}[
        sys.argv[1]](*sys.argv[2:]))

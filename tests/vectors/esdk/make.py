#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the messages of this folder with Amazon's SDKs for Python and JavaScript.

    build-partners/venv/bin/python tests/vectors/esdk/make.py

after `sh tests/partners/install.sh`. The layout is the one that the program esdk reads: manifest.json,
keys.json, ciphertexts/, plaintexts/. Every run makes other bytes; the committed ones were made once.
"""
import base64
import json
import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, '..', '..', '..')
sys.path.insert(0, os.path.join(root, 'tests', 'partners', 'esdk'))
os.environ.setdefault('EVC_NODE_FOLDER', os.path.join(root, 'build-partners', 'node'))
os.environ['NODE_PATH'] = os.path.join(os.environ['EVC_NODE_FOLDER'], 'node_modules')

import sdk  # noqa: E402
import test_exchange  # noqa: E402

SUITES = test_exchange.SUITES
PADDINGS = {1: 'pkcs1', 2: 'oaep-sha1', 3: 'oaep-sha256', 4: 'oaep-sha384', 5: 'oaep-sha512'}
CONTEXT = {'purpose': 'vector', 'größe': 'ß', 'Z': 'sorted by bytes'}


def store(folder, name, data):
    path = os.path.join(here, folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)
    return f'{folder}/{name}'


def make_keys():
    private = rsa.generate_private_key(65537, 2048)
    keys = {f'aes-{8 * size}': {'type': 'aes', 'bits': 8 * size,
                                'material_b64': base64.b64encode(os.urandom(size)).decode()}
            for size in (16, 24, 32)}
    keys['rsa-2048'] = {
        'type': 'rsa', 'bits': 2048,
        'private_pem': private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode(),
        'public_pem': private.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo).decode()}
    return keys


def unwrap_of(name, padding=None):
    kind = {'type': 'raw-rsa', 'padding': PADDINGS[padding]} if padding else {'type': 'raw-aes'}
    return {**kind, 'key': name, 'namespace': 'vectors', 'name': name}


def request_key(keys, unwrap):
    key = {'type': unwrap['type'], 'namespace': unwrap['namespace'], 'name': unwrap['name']}
    if unwrap['type'] == 'raw-aes':
        return {**key, 'material': keys[unwrap['key']]['material_b64']}
    padding = next(n for n, text in PADDINGS.items() if text == unwrap['padding'])
    return {**key, 'padding': padding, 'public_pem': keys[unwrap['key']]['public_pem'],
            'private_pem': keys[unwrap['key']]['private_pem']}


class Folder:
    """The manifest in the making."""

    def __init__(self):
        self.keys = make_keys()
        self.tests = []

    def add(self, writer, answer, suite, unwraps, size, frame):
        plain = os.urandom(size)
        made = answer({'op': 'encrypt', 'suite': suite, 'frame': frame, 'context': CONTEXT,
                       'keys': [request_key(self.keys, u) for u in unwraps],
                       'plain': base64.b64encode(plain).decode()})
        message = base64.b64decode(made['data'])
        name = f'{writer}-{suite:04x}-{"-".join(u["type"][4:] for u in unwraps)}-n{size}-f{frame}'
        self.tests.append({
            'id': name, 'set': writer, 'expect': 'success',
            'ciphertext': store('ciphertexts', name + '.bin', message),
            'plaintext': store('plaintexts', name + '.bin', plain),
            'encryption_context': CONTEXT,
            'unwrap': unwraps[0] if len(unwraps) == 1 else {'type': 'any', 'of': unwraps}})
        return message

    def add_failure(self, name, message, unwrap, reason, **more):
        self.tests.append({
            'id': name, 'set': 'changed', 'expect': 'failure', 'reason': reason,
            'ciphertext': store('ciphertexts', name + '.bin', bytes(message)),
            'unwrap': unwrap, **more})

    def write(self):
        for name, content in ('keys.json', self.keys), ('manifest.json', {
                'schema': 'envcrypt-esdk-vectors/1', 'keys': 'keys.json', 'tests': self.tests}):
            with open(os.path.join(here, name), 'w', encoding='utf-8') as file:
                json.dump(content, file, indent=1, ensure_ascii=False)
                file.write('\n')


def flipped(message, at):
    changed = bytearray(message)
    changed[at] ^= 1
    return changed


def main():
    folder = Folder()
    javascript = test_exchange.Program(['node', os.path.join(root, 'tests/partners/esdk/sdk.js')])
    aes = unwrap_of('aes-256')
    for suite in SUITES:
        folder.add('python', sdk.answer, suite, [aes], 700, 256)
        folder.add('javascript', javascript.answer, suite, [unwrap_of('aes-128'), aes], 300, 100)
    for padding in PADDINGS:
        folder.add('python', sdk.answer, 0x0478, [unwrap_of('rsa-2048', padding)], padding, 128)
        folder.add('javascript', javascript.answer, 0x0578,
                   [unwrap_of('aes-192'), unwrap_of('rsa-2048', padding)], 10 * padding, 16)
    for size in 0, 255, 256, 257:
        folder.add('python', sdk.answer, 0x0178, [aes], size, 256)
        folder.add('javascript', javascript.answer, 0x0478, [aes], size, 256)
    folder.add('python', sdk.answer, 0x0178, [aes], 500, 0)
    good = folder.add('python', sdk.answer, 0x0478, [aes], 600, 128)
    signed = folder.add('python', sdk.answer, 0x0578, [aes], 601, 128)
    folder.add_failure('changed-header', flipped(good, 60), aes, 'one bit of the header')
    folder.add_failure('changed-frame', flipped(good, len(good) - 60), aes, 'one bit of the body')
    folder.add_failure('changed-signature', flipped(signed, len(signed) - 1), aes,
                       'one bit of the signature')
    folder.add_failure('cut', good[:-1], aes, 'the last byte is missing')
    folder.add_failure('longer', good + b'\0', aes, 'a byte follows the end')
    folder.add_failure('other-key', good, {**aes, 'key': 'rsa-2048', 'type': 'raw-rsa',
                                           'padding': 'oaep-sha256'}, 'not wrapped under this key')
    folder.add_failure('signed-refused', signed, aes, 'a signed message where none is allowed',
                       api='unsigned-only')
    javascript.close()
    folder.write()


main()

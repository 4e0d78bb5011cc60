#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Encrypted data keys of published messages, unwrapped by another implementation.

    edks.py FOLDER > edks.json

FOLDER holds messages in the layout of the shared ESDK vectors (fetched/, generated/). For
each message below the script takes one encrypted data key out of the header, unwraps it
with Python's cryptography package, and writes the fields and the data key in hex. Nothing
here is taken from the library that the answers test.
"""
import base64
import json
import os
import struct
import sys

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

WANTED = [  # folder, id of the message
    ('fetched', 'dafny-2b58c34f-7022'),  # branch key, data keys of 32, 16 and 24 bytes
    ('fetched', 'dafny-1d236d62-d06d'),
    ('fetched', 'dafny-f82f34ed-1dc0'),
    ('fetched', 'dafny-4a4a5ca4-a690'),  # AES-128
    ('fetched', 'dafny-08388b35-5d14'),  # AES-256, pairs that are not stored, signed
    ('generated', 'c-0478-wrap-g-aes-192'),
    ('generated', 'c-0478-ec-utf16trap'),
    ('generated', 'c-0478-ec-emptyvalue'),
    ('generated', 'c-0178-ec-many'),
    ('fetched', 'dafny-c9060636-d0ac'),  # RSA: PKCS #1, OAEP with SHA-1, 256, 384, 512
    ('fetched', 'dafny-08ca097e-2cc3'),
    ('fetched', 'dafny-3158ef16-e0a9'),
    ('fetched', 'dafny-a3bd312a-5462'),
    ('fetched', 'dafny-dc8275b8-6639'),
]
OAEP = {'oaep-sha1': hashes.SHA1, 'oaep-sha256': hashes.SHA256,
        'oaep-sha384': hashes.SHA384, 'oaep-sha512': hashes.SHA512}
HIERARCHY = b'aws-kms-hierarchy'


class Reader:
    """A cursor over big-endian fields."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size:self.at]

    def u16(self):
        return struct.unpack('>H', self.take(2))[0]

    def bytes16(self):
        return self.take(self.u16())


def read_header(message):
    """The stored context and the encrypted data keys."""
    r = Reader(message)
    r.take(1 + 2 + 16 if r.take(1) == b'\1' else 2 + 32)  # type, suite, message id
    context, pairs = {}, Reader(r.bytes16())
    for _ in range(pairs.u16() if pairs.data else 0):
        name = pairs.bytes16()
        context[name.decode()] = pairs.bytes16().decode()
    edks = [(r.bytes16(), r.bytes16(), r.bytes16()) for _ in range(r.u16())]
    return context, edks


def serialize(context):
    if not context:
        return b''
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(
        struct.pack('>H', len(t)) + t for pair in pairs for t in pair)


def unwrap_raw_aes(kek, edk, context):
    return AESGCM(kek).decrypt(edk[1][-12:], edk[2], serialize(context))


def unwrap_rsa(pem, edk, kind):
    key = serialization.load_pem_private_key(pem.encode(), None)
    if kind == 'pkcs1':
        return key.decrypt(edk[2], padding.PKCS1v15())
    h = OAEP[kind]()
    return key.decrypt(edk[2], padding.OAEP(padding.MGF1(h), h, None))


def hierarchy_cipher(branch_key, salt):
    """The wrapping key: one block of SP 800-108 in counter mode."""
    mac = hmac.HMAC(branch_key, hashes.SHA256())
    mac.update(b'\0\0\0\1' + HIERARCHY + b'\0' + salt + b'\0\0\1\0')
    return AESGCM(mac.finalize())


def unwrap_hierarchy(branch_key, edk, context):
    salt, iv, version, sealed = edk[2][:16], edk[2][16:28], edk[2][28:44], edk[2][44:]
    aad = HIERARCHY + edk[1] + version + serialize(context)
    return hierarchy_cipher(branch_key, salt).decrypt(iv, sealed, aad)


def made_hierarchy():
    """The published messages under a branch key have no context; this one has."""
    branch_key, key, name = bytes(range(32)), bytes(range(100, 132)), b'branch'
    salt, iv, version = bytes(range(16)), bytes(range(20, 32)), bytes(range(40, 56))
    context = {'purpose': 'test', 'Zone': 'eu'}
    sealed = hierarchy_cipher(branch_key, salt).encrypt(
        iv, key, HIERARCHY + name + version + serialize(context))
    return {'id': 'made-hierarchy-context', 'type': 'hierarchy', 'context': context,
            'provider': HIERARCHY.hex(), 'info': name.hex(),
            'ciphertext': (salt + iv + version + sealed).hex(), 'kek': branch_key.hex(),
            'name': name.decode(), 'key': key.hex()}


def find_edk(edks, how):
    for edk in edks:
        if how['type'] == 'hierarchy' and edk[0] == HIERARCHY:
            return edk
        if how['type'] != 'hierarchy' and edk[0] == how['namespace'].encode() \
                and edk[1].startswith(how['name'].encode()):
            return edk
    raise KeyError(how)


def entry(folder, test, keys):
    with open(os.path.join(folder, test['ciphertext']), 'rb') as file:
        context, edks = read_header(file.read())
    context.update(test.get('reproduced_encryption_context') or {})
    how = test['unwrap'] if test['unwrap']['type'] != 'any' else test['unwrap']['of'][0]
    key = keys[how['key']]
    edk = find_edk(edks, how)
    made = {'id': test['id'], 'type': how['type'], 'context': context,
            'provider': edk[0].hex(), 'info': edk[1].hex(), 'ciphertext': edk[2].hex()}
    if how['type'] == 'raw-rsa':
        made['padding'] = how['padding']
        made['kek'] = how['key']
        data_key = unwrap_rsa(key['private_pem'], edk, how['padding'])
    else:
        kek = base64.b64decode(key['material_b64'])
        made['kek'] = kek.hex()
        unwrap = unwrap_raw_aes if how['type'] == 'raw-aes' else unwrap_hierarchy
        data_key = unwrap(kek, edk, context)
    made['name'] = edk[1].decode() if how['type'] != 'raw-aes' else edk[1][:-20].decode()
    made['key'] = data_key.hex()
    return made


def main(root):
    made, pems = [made_hierarchy()], {}
    for part in ('fetched', 'generated'):
        folder = os.path.join(root, part)
        with open(os.path.join(folder, 'manifest.json'), encoding='utf-8') as file:
            tests = json.load(file)['tests']
        with open(os.path.join(folder, 'keys.json'), encoding='utf-8') as file:
            keys = json.load(file)
        for test in tests:
            if (part, test['id']) in WANTED:
                made.append(entry(folder, test, keys))
                if made[-1]['type'] == 'raw-rsa':
                    pems[made[-1]['kek']] = keys[made[-1]['kek']]
    rsa = {name: {half: key[half] for half in ('private_pem', 'public_pem')}
           for name, key in pems.items()}
    json.dump({'rsa': rsa, 'edks': made}, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == '__main__':
    main(sys.argv[1])

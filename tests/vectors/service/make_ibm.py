#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Encrypted data keys of IBM's key services, byte by byte from doc/format.md.

    make_ibm.py > ibm.json

Nothing here is taken from the library: Python's struct, hashlib and base64 alone.
"""
import base64
import hashlib
import json
import struct

INSTANCE = '1e0a7b9c-0000-4000-8000-000000000001'
CRN = ('crn:v1:bluemix:public:kms:us-south:a/f047b55a:' + INSTANCE +
       ':key:2291e4ae-a14c-4af9-88f0-27c0cb2739e2')
VERSION = '4a0225e9-17a0-46c1-ace7-f25bcf4237d4'
WRAPPED_AT = 1700000000
CIPHERTEXT = base64.b64encode(
    json.dumps({'ciphertext': 'c2VjcmV0', 'iv': 'aXY=', 'version': '4.0.0',
                'handle': '2291e4ae-a14c-4af9-88f0-27c0cb2739e2'}).encode()).decode()

CASES = [
    ('no context', {}, VERSION),
    ('one pair', {'tenant': 'blue'}, VERSION),
    ('sorted by the bytes of the names', {'b': '2', 'a': '1', 'B': '3', 'é': '4', '😀': '5',
                                          '\ufb33': '6'}, VERSION),
    ('an empty value', {'purpose': ''}, VERSION),
    ('longer than what the service takes as one text', {'k' * 300: 'v' * 3000}, VERSION),
    ('the service tells no version', {'tenant': 'blue'}, ''),
]


def bytes16(value):
    return struct.pack('>H', len(value)) + value


def serialize(context):
    if not context:
        return b''
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(bytes16(n) + bytes16(v) for n, v in pairs)


def aad(context):
    digest = hashlib.sha256(b'envcrypt-context-1\0' + serialize(context)).digest()
    return [base64.b64encode(digest).decode()] if context else []


def edk(context, version):
    info = (b'\x01' + bytes16(CRN.encode()) + bytes16(version.encode()) +
            (b'\x02' if context else b'\x00') + struct.pack('>Q', WRAPPED_AT))
    return bytes16(b'envcrypt-ibm-kp') + bytes16(info) + bytes16(CIPHERTEXT.encode())


print(json.dumps({
    'key_id': CRN, 'wrapped_at': WRAPPED_AT, 'ciphertext': CIPHERTEXT,
    'cases': [{'name': name, 'context': context, 'version': version, 'aad': aad(context),
               'edk': edk(context, version).hex()} for name, context, version in CASES],
}, indent=1, sort_keys=True))

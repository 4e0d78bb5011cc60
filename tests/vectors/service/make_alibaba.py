#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Encrypted data keys of Alibaba Cloud KMS, byte by byte from doc/format.md, and the parameter
EncryptionContext that goes with each.

    make_alibaba.py > alibaba.json

Nothing here is taken from the library: Python's struct, hashlib, base64 and json alone.
"""
import base64
import hashlib
import json
import struct

ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/key-hzz62ee817bvyyr5x7a0k'
VERSION = '2ab1a983-7072-4bbc-a582-584b5bd8a7b1'
WRAPPED_AT = 1700000001
MOST = 8192  # characters of JSON that are sent as they are

# As the service's documentation shows it: base64 of the version's id and binary.
CIPHERTEXT = base64.b64encode(VERSION.encode() + bytes(range(200, 256))).decode()


def filled(characters, letter):
    """One pair whose JSON has that many characters."""
    return {'a': letter * (characters - len('{"a":""}'))}


CASES = [
    ('no context', {}, VERSION),
    ('one pair', {'tenant': 'blue'}, VERSION),
    ('sorted by the bytes of the names', {'b': '2', 'a': '1', 'B': '3', 'é': '4', '😀': '5',
                                          '\ufb33': '6'}, VERSION),
    ('what JSON escapes', {'quote': '"\\/', 'lines': '\n\r\t', 'form': 'a b&c=d+e%f'}, VERSION),
    ('an empty value', {'purpose': ''}, VERSION),
    ('the longest map', filled(MOST, 'x'), VERSION),
    ('the shortest hash', filled(MOST + 1, 'x'), VERSION),
    ('the longest map counts characters', filled(MOST, 'é'), VERSION),
    ('the shortest hash of other letters', filled(MOST + 1, 'é'), VERSION),
    ('the service tells no version', {'tenant': 'blue'}, ''),
]


def bytes16(value):
    return struct.pack('>H', len(value)) + value


def serialize(context):
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(bytes16(n) + bytes16(v) for n, v in pairs)


def compact(context):
    in_order = dict(sorted(context.items(), key=lambda pair: pair[0].encode()))
    return json.dumps(in_order, ensure_ascii=False, separators=(',', ':'))


def form_of(context):
    """The form's number, and the parameter."""
    if not context:
        return 0, None
    if len(compact(context)) <= MOST:
        return 1, compact(context)
    digest = hashlib.sha256(b'envcrypt-context-1\0' + serialize(context)).digest()
    return 2, compact({'envcrypt-context': base64.b64encode(digest).decode()})


def case(name, context, version):
    form, parameter = form_of(context)
    info = (b'\x01' + bytes16(ARN.encode()) + bytes16(version.encode()) + bytes([form]) +
            struct.pack('>Q', WRAPPED_AT))
    edk = bytes16(b'envcrypt-alibaba-kms') + bytes16(info) + bytes16(CIPHERTEXT.encode())
    return {'name': name, 'context': context, 'version': version, 'parameter': parameter,
            'edk': edk.hex()}


print(json.dumps({'key_id': ARN, 'wrapped_at': WRAPPED_AT, 'ciphertext': CIPHERTEXT,
                  'cases': [case(*one) for one in CASES]}, indent=1, sort_keys=True, ensure_ascii=False))

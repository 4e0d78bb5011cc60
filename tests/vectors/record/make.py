# SPDX-License-Identifier: Apache-2.0
"""Makes record.json: wrapped-key records by an implementation that shares nothing with the
library.

    python3 -m venv venv && venv/bin/pip install cryptography
    venv/bin/python tests/vectors/record/make.py > tests/vectors/record/record.json

Written from doc/format.md. The encrypted data keys are in the layout of the raw AES keyring of
the AWS Encryption SDK. All input is drawn from SHA-256 of labels, so a second run makes the
same file.
"""
import hashlib
import hmac
import json
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY, VALUES = 1, 2


def draw(label, size):
    """Bytes that look random and are the same in every run."""
    out = b''
    while len(out) < size:
        out += hashlib.sha256(f'{label} {len(out)}'.encode()).digest()
    return out[:size]


def bytes16(value):
    return struct.pack('>H', len(value)) + value


def serialize(context):
    if not context:
        return b''
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(bytes16(n) + bytes16(v) for n, v in pairs)


def raw_aes(kek, namespace, name, iv, context, data_key):
    wrapped = AESGCM(kek).encrypt(iv, data_key, serialize(context))
    info = name.encode() + struct.pack('>II', 128, 12) + iv
    return bytes16(namespace.encode()) + bytes16(info) + bytes16(wrapped)


def record(purpose, context, edks, data_key):
    covered = (b'EK\x01' + bytes([purpose]) + bytes16(serialize(context))
               + struct.pack('>H', len(edks)) + b''.join(edks))
    mac_key = HKDF(algorithm=hashes.SHA512(), length=32, salt=None,
                   info=b'envcrypt-wrapped-key-1 mac').derive(data_key)
    return covered + hmac.new(mac_key, covered, hashlib.sha256).digest()


def main():
    cases = [
        ('key-16', KEY, {}, 16, 1),
        ('key-24', KEY, {'purpose': 'test'}, 24, 1),
        ('key-32', KEY, {'purpose': 'test', 'tenant': 'α'}, 32, 1),
        ('values', VALUES, {'table': 'users'}, 32, 1),
        ('values-without-context', VALUES, {}, 32, 1),
        ('three-recipients', KEY, {'b': '1', 'B': '2'}, 32, 3),
    ]
    records = []
    for name, purpose, context, size, recipients in cases:
        data_key = draw(f'{name} key', size)
        keys = [{'namespace': 'vectors', 'name': f'key-{i}',
                 'material': draw(f'{name} kek {i}', 32).hex()} for i in range(recipients)]
        edks = [raw_aes(bytes.fromhex(k['material']), k['namespace'], k['name'],
                        draw(f'{name} iv {i}', 12), context, data_key)
                for i, k in enumerate(keys)]
        records.append({
            'id': name, 'purpose': purpose, 'context': context, 'keys': keys,
            'data_key': data_key.hex(),
            'record': record(purpose, context, edks, data_key).hex(),
        })
    print(json.dumps({'records': records}, indent=1))


if __name__ == '__main__':
    main()

# SPDX-License-Identifier: Apache-2.0
"""Makes value.json: sealed values by an implementation that shares nothing with the library.

    python3 -m venv venv && venv/bin/pip install cryptography
    venv/bin/python tests/vectors/value/make.py > tests/vectors/value/value.json

Written from doc/format.md and the specification of XAES-256-GCM (c2sp.org/XAES-256-GCM).
All input is drawn from SHA-256 of labels, so a second run makes the same file.
"""
import hashlib
import json
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

LABEL = b'envcrypt-value-1'


def draw(label, size):
    """Bytes that look random and are the same in every run."""
    out = b''
    while len(out) < size:
        out += hashlib.sha256(f'{label} {len(out)}'.encode()).digest()
    return out[:size]


def hmac_sha512(key, message):
    mac = HMAC(key, hashes.SHA512())
    mac.update(message)
    return mac.finalize()


def derive(data_key):
    """X and C: HKDF with SHA-512 and no salt; each output fits one block."""
    prk = hmac_sha512(bytes(64), data_key)
    return [hmac_sha512(prk, LABEL + info + b'\x01')[:32] for info in (b' key', b' commit')]


def serialize(context):
    if not context:
        return b''
    out = struct.pack('>H', len(context))
    for name, value in sorted((n.encode(), v.encode()) for n, v in context.items()):
        out += struct.pack('>H', len(name)) + name + struct.pack('>H', len(value)) + value
    return out


def aes_block(key, block):
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return cipher.update(block) + cipher.finalize()


def xaes_subkey(key, nonce):
    """CMAC of two one-block messages: the counter, 'X', 0 and half of the nonce."""
    zero = int.from_bytes(aes_block(key, bytes(16)), 'big')
    k1 = (zero << 1) & ((1 << 128) - 1) ^ (0x87 if zero >> 127 else 0)
    halves = []
    for counter in (1, 2):
        message = struct.pack('>H', counter) + b'X\x00' + nonce[:12]
        halves.append(aes_block(key, (int.from_bytes(message, 'big') ^ k1).to_bytes(16, 'big')))
    return b''.join(halves)


def check_xaes():
    """The first vector of the specification."""
    key, nonce = b'\x01' * 32, b'ABCDEFGHIJKLMNOPQRSTUVWX'
    sealed = AESGCM(xaes_subkey(key, nonce)).encrypt(nonce[12:], b'XAES-256-GCM', None)
    assert sealed.hex() == 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'


def seal(data_key, context, nonce, plaintext):
    x, commitment = derive(data_key)
    aad = LABEL + b'\x00\x01' + commitment + serialize(context)
    body = AESGCM(xaes_subkey(x, nonce)).encrypt(nonce[12:], plaintext, aad)
    return commitment, b'\x01' + commitment + nonce + body


def main():
    cases = [
        ('empty', {}, 0),
        ('one-byte', {}, 1),
        ('one-block', {'table': 'users'}, 16),
        ('token', {'table': 'users', 'column': 'token', 'row': '4711'}, 47),
        ('empty-context-value', {'tenant': ''}, 32),
        ('order-by-bytes',
         {'b': '1', 'B': '2', 'ab': '3', 'a': '4', 'ä': '5', '𐐷': '6', '～': '7'}, 33),
        ('long-context', {f'name-{i:03}': 'v' * (i % 50) for i in range(150)}, 100),
        ('one-kibibyte', {'table': 'users'}, 1024),
        ('several-kibibytes', {'table': 'users'}, 5000),
    ]
    check_xaes()
    values = []
    for name, context, size in cases:
        data_key = draw(f'{name} key', 32)
        nonce = draw(f'{name} nonce', 24)
        plaintext = draw(f'{name} plaintext', size)
        commitment, value = seal(data_key, context, nonce, plaintext)
        values.append({
            'id': name, 'context': context, 'data_key': data_key.hex(),
            'commitment': commitment.hex(), 'plaintext': plaintext.hex(),
            'value': value.hex(),
        })
    print(json.dumps({'values': values}, indent=1))


if __name__ == '__main__':
    main()

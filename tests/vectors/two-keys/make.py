#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes messages whose every tag holds under two data keys, one for each of two recipients.

    python3 -m venv venv && venv/bin/pip install cryptography
    venv/bin/python tests/vectors/two-keys/make.py

AES-GCM does not commit to its key: with one free block the tags under two keys are made equal. So a
message of a suite without commitment gives each recipient another plaintext (CVE-2020-8897). The
same message of suite 0478 is readable for the one whose data key it commits to, and for nobody
else. Nothing of the library is used; all input is drawn from SHA-256 of labels, so a second run
makes the same files. The layout of the folder is the one that the program esdk reads.
"""
import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.hmac import HMAC

here = os.path.dirname(os.path.abspath(__file__))
ZEROS = bytes(12)
FIRST, SECOND = b'pay Alice 1 coin', b'pay Mallory all!'


def draw(label, size):
    """Bytes that look random and are the same in every run."""
    out = b''
    while len(out) < size:
        out += hashlib.sha256(f'two-keys {label} {len(out)}'.encode()).digest()
    return out[:size]


def bytes16(value):
    return struct.pack('>H', len(value)) + value


# -- GHASH (NIST SP 800-38D, 6.3 and 6.4), with blocks as numbers --

def multiply(x, y):
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xe1 << 120 if y & 1 else 0)
    return z


def power(x, n):
    result = 1 << 127
    while n:
        if n & 1:
            result = multiply(result, x)
        x = multiply(x, x)
        n >>= 1
    return result


def invert(x):
    return power(x, (1 << 128) - 2)


def block(key, data):
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(cipher.update(data), 'big')


def blocks(data):
    data += bytes(-len(data) % 16)
    return [int.from_bytes(data[i:i + 16], 'big') for i in range(0, len(data), 16)]


def hashed(aad, cipher):
    lengths = len(aad) << 67 | len(cipher) << 3
    return blocks(aad) + blocks(cipher) + [lengths]


def tag_of(key, iv, inputs):
    h = block(key, bytes(16))
    total = 0
    for one in inputs:
        total = multiply(total ^ one, h)
    return total ^ block(key, iv + b'\0\0\0\1')


def collide(keys, iv, inputs, free):
    """The block number free of inputs that makes both tags equal, and the tag."""
    inputs = inputs[:free] + [0] + inputs[free + 1:]
    left, right = (tag_of(key, iv, inputs) for key in keys)
    factors = [power(block(key, bytes(16)), len(inputs) - free) for key in keys]
    found = multiply(left ^ right, invert(factors[0] ^ factors[1]))
    inputs[free] = found
    tags = [tag_of(key, iv, inputs) for key in keys]
    assert tags[0] == tags[1]
    return found.to_bytes(16, 'big'), tags[0].to_bytes(16, 'big')


# -- the message --

def derive(suite, message_id, data_key):
    """Content key and commitment."""
    if suite == 0x0178:
        info = struct.pack('>H', suite) + message_id
        return HKDF(hashes.SHA256(), 32, None, info).derive(data_key), b''
    extract = HMAC(message_id, hashes.SHA512())
    extract.update(data_key)
    prk = extract.finalize()
    return [HKDFExpand(hashes.SHA512(), 32, info).derive(prk)
            for info in (struct.pack('>H', suite) + b'DERIVEKEY', b'COMMITKEY')]


def wrap(kek, name, data_key):
    iv = draw(f'iv {name}', 12)
    info = name.encode() + struct.pack('>II', 128, 12) + iv
    return bytes16(b'two-keys') + bytes16(info) + bytes16(AESGCM(kek).encrypt(iv, data_key, b''))


def make_header(suite, message_id, edks, commitment, content_keys):
    old = suite == 0x0178
    start = (b'\1\x80' if old else b'\2') + struct.pack('>H', suite) + message_id + bytes(2)
    start += struct.pack('>H', 3) + b''.join(edks) + bytes16(b'nobody')
    # The free block is the last EDK's ciphertext, and stands at a multiple of 16.
    start += bytes16(b'-' * (-(len(start) + 4) % 16)) + struct.pack('>H', 16)
    end = (b'\2' + bytes(4) + b'\x0c' if old else b'\2') + struct.pack('>I', 4096) + commitment
    free, tag = collide(content_keys, ZEROS, hashed(start + bytes(16) + end, b''),
                        len(start) // 16)
    return start + free + end + (ZEROS if old else b'') + tag


def key_stream(key, iv, size):
    cipher = Cipher(algorithms.AES(key), modes.CTR(iv + b'\0\0\0\2')).encryptor()
    return cipher.update(bytes(size))


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def make_body(message_id, content_keys):
    """One final frame: a block that one reads, a block that the other reads, a free one."""
    iv = bytes(8) + struct.pack('>I', 1)
    aad = message_id + b'AWSKMSEncryptionClient Final Frame' + struct.pack('>IQ', 1, 48)
    streams = [key_stream(key, iv, 48) for key in content_keys]
    cipher = xor(FIRST, streams[0]) + xor(SECOND, streams[1][16:])
    free, tag = collide(content_keys, iv, hashed(aad, cipher + bytes(16)),
                        len(blocks(aad)) + 2)
    cipher += free
    frame = b'\xff\xff\xff\xff' + struct.pack('>I', 1) + iv + struct.pack('>I', 48)
    return frame + cipher + tag, [xor(cipher, stream) for stream in streams]


def make(suite, keks):
    message_id = draw(f'id {suite}', 16 if suite == 0x0178 else 32)
    data_keys = [draw(f'{suite} {name}', 32) for name in keks]
    derived = [derive(suite, message_id, data_key) for data_key in data_keys]
    content_keys = [content_key for content_key, _ in derived]
    edks = [wrap(kek, name, data_key)
            for (name, kek), data_key in zip(keks.items(), data_keys)]
    header = make_header(suite, message_id, edks, derived[0][1], content_keys)
    body, plaintexts = make_body(message_id, content_keys)
    return header + body, plaintexts


def store(folder, name, data):
    os.makedirs(os.path.join(here, folder), exist_ok=True)
    with open(os.path.join(here, folder, name), 'wb') as file:
        file.write(data)
    return f'{folder}/{name}'


def main():
    keks = {name: draw(name, 32) for name in ('first', 'second')}
    tests = []
    for suite in 0x0178, 0x0478:
        message, plaintexts = make(suite, keks)
        ciphertext = store('ciphertexts', f'{suite:04x}.bin', message)
        for number, name in enumerate(keks):
            policies = ['require-encrypt-allow-decrypt', 'require-encrypt-require-decrypt']
            for policy in policies:
                good = suite == 0x0178 and policy == policies[0] or suite == 0x0478 and number == 0
                entry = {
                    'id': f'{suite:04x}-{name}-{policy}', 'set': 'two-keys',
                    'expect': 'success' if good else 'failure', 'ciphertext': ciphertext,
                    'format': 1 if suite == 0x0178 else 2, 'suite': f'{suite:04x}',
                    'content': 'framed', 'frame_length': 4096, 'edk_count': 3,
                    'encryption_context': {}, 'policy': policy,
                    'unwrap': {'type': 'raw-aes', 'key': name, 'namespace': 'two-keys',
                               'name': name}}
                if good:
                    entry['plaintext'] = store('plaintexts', f'{suite:04x}-{name}.bin',
                                               plaintexts[number])
                tests.append(entry)
    keys = {name: {'type': 'aes', 'bits': 256, 'material_b64': base64.b64encode(kek).decode()}
            for name, kek in keks.items()}
    for name, content in (('keys.json', keys),
                          ('manifest.json', {'keys': 'keys.json', 'tests': tests})):
        with open(os.path.join(here, name), 'w', encoding='utf-8') as file:
            json.dump(content, file, indent=1)
            file.write('\n')


if __name__ == '__main__':
    main()

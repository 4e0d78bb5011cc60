#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the golden messages of key services whose EDKs are of our own layout.

    make.py FOLDER      needs aws-encryption-sdk (PyPI)

Amazon's SDK writes each message; what stands here is the EDK alone, written from doc/format.md
without the library: provider id, info, and how the context is given to the service. golden.json
says for each message what the service must be asked and what it answers; tests/command replays
it. The answers are invented: the point is that a message and a request look like this, for ever.
"""
import base64
import hashlib
import json
import os
import struct
import sys

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey, EncryptedDataKey, MasterKeyInfo

NONE, MAP, HASH = 0, 1, 2
CRN = ('crn:v1:bluemix:public:kms:eu-de:a/0123456789abcdef0123456789abcdef:'
       '11111111-2222-4333-8444-555555555555:key:99999999-8888-4777-8666-555555555555')
ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/key-hzz62f1cb66fa42qoabcd'
WRAPPED_AT = 1767225600  # 2026-01-01T00:00:00Z


def text16(text):
    return struct.pack('>H', len(text.encode())) + text.encode()


def serialized(context):
    """structures.md, "Serialization": nothing for an empty one, else sorted by UTF-8 bytes."""
    if not context:
        return b''
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(
        struct.pack('>H', len(part)) + part for pair in pairs for part in pair)


def context_hash(context):
    digest = hashlib.sha256(b'envcrypt-context-1\0' + serialized(context)).digest()
    return base64.b64encode(digest).decode()


def info(key_id, version, form):
    return b'\x01' + text16(key_id) + text16(version) + bytes([form]) + struct.pack('>Q', WRAPPED_AT)


def make_key(provider, key_id, version, form, asked):
    """A master key class of the SDK; asked gets what the service would see of the context."""

    class Key(MasterKey):
        provider_id = provider
        _config_class = type('Config', (MasterKeyConfig,), {
            'provider_id': provider, '__init__': lambda self: MasterKeyConfig.__init__(self, key_id)})

        def __init__(self, **_):
            pass

        def __new__(cls, **_):
            return super().__new__(cls, config=cls._config_class())

        def _generate_data_key(self, algorithm, encryption_context):
            plain = os.urandom(algorithm.kdf_input_len)
            ciphertext = base64.b64encode(os.urandom(90))
            asked.update(context=dict(encryption_context), ciphertext=ciphertext.decode(),
                         plaintext=base64.b64encode(plain).decode())
            return DataKey(MasterKeyInfo(provider, info(key_id, version, form)), plain, ciphertext)

        def _encrypt_data_key(self, data_key, algorithm, encryption_context):
            return EncryptedDataKey(data_key.key_provider, data_key.encrypted_data_key)

        def _decrypt_data_key(self, *_):
            raise NotImplementedError

    return Key()


def cases():
    ascii_context = {'purpose': 'golden', 'tenant': 'blue'}
    wide = {'größe': '42', '😀': 'sorted by bytes', '｡': 'not by UTF-16', 'empty': ''}
    long = {'quotes': '"' * 5000}  # more than 8,192 characters of JSON, not of bytes
    ibm = ('envcrypt-ibm-kp', CRN, '7e7e7e7e-0000-4000-8000-000000000001')
    alibaba = ('envcrypt-alibaba-kms', ARN, '2ab1a983-7072-4bbc-a582-584b5bd80001')
    yield 'ibm-no-context', *ibm, NONE, {}
    yield 'ibm-context', *ibm, HASH, ascii_context
    yield 'ibm-wide-context', *ibm, HASH, wide
    yield 'alibaba-no-context', *alibaba, NONE, {}
    yield 'alibaba-context', *alibaba, MAP, ascii_context
    yield 'alibaba-wide-context', *alibaba, MAP, wide
    yield 'alibaba-hashed-context', *alibaba, HASH, ascii_context
    yield 'alibaba-long-context', *alibaba, HASH, long


def sent(provider, form, context):
    """What the service is given of the context (design of doc/format.md)."""
    if form == NONE:
        return None
    if provider == 'envcrypt-ibm-kp':
        return [context_hash(context)]
    return dict(context) if form == MAP else {'envcrypt-context': context_hash(context)}


def main(folder):
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    golden = []
    for name, provider, key_id, version, form, context in cases():
        asked = {}
        key = make_key(provider, key_id, version, form, asked)
        plain = f'the plaintext of {name}'.encode()
        message, header = client.encrypt(
            source=plain, key_provider=key, encryption_context=context,
            algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY)
        assert header.encryption_context == asked['context'] == context
        with open(os.path.join(folder, name + '.esdk'), 'wb') as file:
            file.write(message)
        golden.append({
            'message': name + '.esdk', 'provider': provider, 'key_id': key_id,
            'key_version': version, 'form': form, 'wrapped_at': WRAPPED_AT,
            'ciphertext': asked['ciphertext'], 'context': sent(provider, form, context),
            'plaintext_key': asked['plaintext'], 'plain': plain.decode()})
    with open(os.path.join(folder, 'golden.json'), 'w', encoding='utf-8') as file:
        json.dump(golden, file, indent=1, ensure_ascii=True)
        file.write('\n')


if __name__ == '__main__':
    main(sys.argv[1])

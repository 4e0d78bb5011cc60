# SPDX-License-Identifier: Apache-2.0
"""The requests of Alibaba's clients as kept files: golden/CLIENT.json, a list of objects with action,
method, parameters (query and form) and headers. What differs from run to run is a {word}."""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = ('[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeySpec","Values":["Aliyun_AES_256"]}]')
CONTEXT = {'purpose': 'test', 'tenant': 'a b&c=d'}
CALLS = [
    ('Encrypt', {'KeyId': '{main}', 'Plaintext': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='}),
    ('Encrypt', {'KeyId': '{main}', 'Plaintext': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
                 'EncryptionContext': CONTEXT}),
    ('Decrypt', {'CiphertextBlob': '{ciphertext}'}),
    ('Decrypt', {'CiphertextBlob': '{bound}', 'EncryptionContext': CONTEXT}),
    ('GenerateDataKey', {'KeyId': '{main}', 'NumberOfBytes': 32}),
    ('GenerateDataKeyWithoutPlaintext', {'KeyId': '{main}', 'NumberOfBytes': 32}),
    ('ReEncrypt', {'CiphertextBlob': '{bound}', 'DestinationKeyId': '{main}',
                   'SourceEncryptionContext': CONTEXT, 'DestinationEncryptionContext': CONTEXT}),
    ('DescribeKey', {'KeyId': '{main}'}),
    ('ListKeyVersions', {'KeyId': '{main}', 'PageNumber': 1, 'PageSize': 100}),
    ('ListKeys', {'PageNumber': 1, 'PageSize': 100}),
    ('ListKeys', {'Filters': FILTERS, 'PageNumber': 1, 'PageSize': 100}),
    ('ListAliases', {'PageNumber': 1, 'PageSize': 100}),
    ('ListAliasesByKeyId', {'KeyId': '{main}', 'PageNumber': 1, 'PageSize': 100}),
    ('CreateKey', {'KeySpec': 'Aliyun_AES_256', 'Description': 'made by a test'}),
    ('CreateKey', {'KeySpec': 'Aliyun_AES_256', 'ProtectionLevel': 'HSM',
                   'DKMSInstanceId': 'kst-test', 'EnableAutomaticRotation': True,
                   'RotationInterval': '30d', 'Tags': '[{"TagKey":"a","TagValue":"b"}]'}),
    ('CreateAlias', {'AliasName': 'alias/golden', 'KeyId': '{main}'}),
    ('UpdateAlias', {'AliasName': 'alias/golden', 'KeyId': '{main}'}),
    ('UpdateRotationPolicy', {'KeyId': '{main}', 'EnableAutomaticRotation': True,
                              'RotationInterval': '30d'}),
    ('UpdateRotationPolicy', {'KeyId': '{main}', 'EnableAutomaticRotation': False}),
    ('SetDeletionProtection', {'ProtectedResourceArn': '{main}', 'EnableDeletionProtection': True}),
    ('DescribeAccountKmsStatus', {}),
    ('DisableKey', {'KeyId': '{other}'}),
    ('EnableKey', {'KeyId': '{other}'}),
    ('ScheduleKeyDeletion', {'KeyId': '{other}', 'PendingWindowInDays': 7}),
    ('CancelKeyDeletion', {'KeyId': '{other}'}),
]
VOLATILE = {'x-acs-date': '{date}', 'x-acs-signature-nonce': '{nonce}', 'host': '{host}',
            'Timestamp': '{date}', 'SignatureNonce': '{nonce}', 'Signature': '{signature}'}
UNIMPORTANT = {'user-agent', 'content-length', 'connection', 'accept-encoding', 'x-sdk-client',
               'x-sdk-invoke-type', 'transfer-encoding'}
EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'


def fill(value, words):
    """The words of a call replaced by what this run has for them."""
    if isinstance(value, str):
        return words.get(value, value)
    return value


def normalize(request, words):
    """A request as the fake kept it, without what differs from run to run."""
    back = {text: word for word, text in words.items()}

    def plain(name, value):
        if name in VOLATILE:
            return VOLATILE[name]
        if name == 'authorization':
            return re.sub('Signature=[0-9a-f]{64}', 'Signature={signature}', value)
        if name == 'x-acs-content-sha256' and value != EMPTY_SHA256:
            return '{sha256}'
        return back.get(value, value)

    return {
        'action': request['action'], 'method': request['method'],
        'query': {name: plain(name, value) for name, value in sorted(request['query'].items())},
        'form': {name: plain(name, value) for name, value in sorted(request['form'].items())},
        'headers': {name: plain(name, value)
                    for name, value in sorted(request['headers'].items())
                    if name not in UNIMPORTANT},
    }


def path(client, folder):
    return os.path.join(folder, 'golden', client + '.json')


def load(client, folder=HERE):
    with open(path(client, folder), encoding='utf-8') as file:
        return json.load(file)


def save(client, requests, folder=HERE):
    with open(path(client, folder), 'w', encoding='utf-8') as file:
        json.dump(requests, file, indent=1, ensure_ascii=False)
        file.write('\n')

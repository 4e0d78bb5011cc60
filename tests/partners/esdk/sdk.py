# SPDX-License-Identifier: Apache-2.0
"""Amazon's Encryption SDK for Python behind the protocol of exchange.c, as a function."""
import base64

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import (AlgorithmSuite, EncryptionKeyType,
                                            WrappingAlgorithm)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey

AES = {16: WrappingAlgorithm.AES_128_GCM_IV12_TAG16_NO_PADDING,
       24: WrappingAlgorithm.AES_192_GCM_IV12_TAG16_NO_PADDING,
       32: WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING}
RSA = {1: WrappingAlgorithm.RSA_PKCS1,
       2: WrappingAlgorithm.RSA_OAEP_SHA1_MGF1,
       3: WrappingAlgorithm.RSA_OAEP_SHA256_MGF1,
       4: WrappingAlgorithm.RSA_OAEP_SHA384_MGF1,
       5: WrappingAlgorithm.RSA_OAEP_SHA512_MGF1}


def open_key(key, writes):
    """A master key; an RSA one has one half, by what it is used for."""
    if key['type'] == 'raw-aes':
        material = base64.b64decode(key['material'])
        wrapping = WrappingKey(AES[len(material)], material, EncryptionKeyType.SYMMETRIC)
    elif writes:
        wrapping = WrappingKey(RSA[key['padding']], key['public_pem'].encode(),
                               EncryptionKeyType.PUBLIC)
    else:
        wrapping = WrappingKey(RSA[key['padding']], key['private_pem'].encode(),
                               EncryptionKeyType.PRIVATE)
    return RawMasterKey(provider_id=key['namespace'], key_id=key['name'], wrapping_key=wrapping)


def answer(request):
    """The answer to one request; failures are exceptions."""
    writes = request['op'] == 'encrypt'
    first, *others = [open_key(key, writes) for key in request['keys']]
    for other in others:
        first.add_master_key_provider(other)
    suite = request.get('suite', 0x0478)
    policy = (CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT if suite >= 0x0400
              else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
    client = EncryptionSDKClient(commitment_policy=policy)
    if writes:
        data, _ = client.encrypt(source=base64.b64decode(request['plain']), key_provider=first,
                                 encryption_context=request['context'],
                                 algorithm=AlgorithmSuite.get_by_id(suite),
                                 frame_length=request['frame'])
        return {'ok': True, 'data': base64.b64encode(data).decode()}
    data, header = client.decrypt(source=base64.b64decode(request['message']),
                                  key_provider=first)
    return {'ok': True, 'data': base64.b64encode(data).decode(),
            'context': dict(header.encryption_context)}

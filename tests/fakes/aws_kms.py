#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""AWS KMS (API 2014-11-01) as it is documented and as its answers were recorded, on a loopback port,
and GetCallerIdentity of STS (API 2011-06-15) on the same one.

    aws_kms.py [--tls CERT KEY]

Writes one line of JSON with what a client needs (URL, access keys, keys) to standard output, and
ends when its standard input does. The Region is that of the signature: there are keys in two.
POST /_fake with a JSON object changes what the service is like (see Fake.control); GET /_fake
tells what it was asked, and answered. No client of Amazon's sends those.

It shows what moto does not: key states, dry runs, pages, key material, IncorrectKeyException,
expired credentials, clock skew, throttling with HTTP 400, and the texts of real errors. It is
judged by boto3 and by the JavaScript SDK in tests/partners/aws, and knows nothing of ours.
"""
import base64
import hashlib
import html
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aws_signing import ACCOUNT, KEYS, Refusal, identity, partition, verify

OTHER_ACCOUNT = '444455556666'
REGION, OTHER_REGION = 'eu-central-1', 'us-east-1'
STS_XMLNS = 'https://sts.amazonaws.com/doc/2011-06-15/'
# What STS calls what KMS calls otherwise ("Common errors" of both references).
STS_CODES = {
    'UnrecognizedClientException': ('InvalidClientTokenId', 403),
    'InvalidSignatureException': ('SignatureDoesNotMatch', 403),
    'ExpiredTokenException': ('ExpiredToken', 403),
    'MissingAuthenticationTokenException': ('MissingAuthenticationToken', 403),
    'IncompleteSignatureException': ('IncompleteSignature', 400),
    'UnknownOperationException': ('InvalidAction', 400),
    'AccessDeniedException': ('AccessDenied', 403),
}
LIMITS = {'ListKeys': (1000, 100), 'ListAliases': (100, 50), 'ListGrants': (100, 50),
          'ListKeyRotations': (1000, 100)}
# What works with a key of another account, whose policy allows it.
ACROSS = {'CreateGrant', 'ListGrants', 'GetKeyRotationStatus'}
USES_DATA = {'Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'}
GRANT_OPERATIONS = {'Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext',
                    'ReEncryptFrom', 'ReEncryptTo', 'CreateGrant', 'RetireGrant', 'DescribeKey'}


class Cut(Exception):
    """The connection is closed in the place of an answer."""


def invalid(what):
    return Refusal('ValidationException', f'1 validation error detected: {what}')


# --- keys -----------------------------------------------------------------------------------------

class Key:
    def __init__(self, region, request=None, key_id=None, account=ACCOUNT):
        request = request or {}
        multi = request.get('MultiRegion', False)
        self.region, self.account = region, account
        self.id = key_id or ('mrk-' + uuid.uuid4().hex if multi else str(uuid.uuid4()))
        self.multi = self.id.startswith('mrk-')
        self.primary = region
        self.spec = request.get('KeySpec', 'SYMMETRIC_DEFAULT')
        self.usage = request.get('KeyUsage', 'ENCRYPT_DECRYPT')
        self.description = request.get('Description', '')
        self.tags = request.get('Tags', [])
        self.state = 'Enabled'
        self.deletion = None
        self.created = time.time()
        self.rotates, self.period = False, 365
        self.on_demand = 0
        self.materials = []  # id, key, date, kind; oldest first
        self.grants = []
        self.used = None
        self.shared = account == ACCOUNT
        self.told = {}  # members of KeyMetadata that are told otherwise
        self.policy = request.get('Policy') or json.dumps(
            {'Version': '2012-10-17', 'Id': 'key-default-1', 'Statement': [
                {'Sid': 'Enable IAM User Permissions', 'Effect': 'Allow', 'Action': 'kms:*',
                 'Principal': {'AWS': f'arn:aws:iam::{account}:root'}, 'Resource': '*'}]})
        self.add_material(None)

    def add_material(self, kind):
        self.materials.append((hashlib.sha256(os.urandom(32)).hexdigest(),
                               AESGCM.generate_key(256), time.time() if kind else None, kind))

    @property
    def arn(self):
        return f'arn:{partition(self.region)}:kms:{self.region}:{self.account}:key/{self.id}'

    @property
    def current(self):
        return self.materials[-1]

    def metadata(self, replicas=()):
        out = {'AWSAccountId': self.account, 'KeyId': self.id, 'Arn': self.arn,
               'CreationDate': self.created, 'Enabled': self.state == 'Enabled',
               'Description': self.description, 'KeyUsage': self.usage, 'KeyState': self.state,
               'Origin': 'AWS_KMS', 'KeyManager': 'CUSTOMER', 'KeySpec': self.spec,
               'CustomerMasterKeySpec': self.spec, 'MultiRegion': self.multi}
        if self.spec == 'SYMMETRIC_DEFAULT':
            out['EncryptionAlgorithms'] = ['SYMMETRIC_DEFAULT']
            out['CurrentKeyMaterialId'] = self.current[0]
        if self.deletion:
            out['DeletionDate'] = self.deletion
        if self.multi:
            out['MultiRegionConfiguration'] = {
                'MultiRegionKeyType': 'PRIMARY' if self.primary == self.region else 'REPLICA',
                'PrimaryKey': {'Arn': self.arn.replace(self.region, self.primary),
                               'Region': self.primary},
                'ReplicaKeys': [{'Arn': r.arn, 'Region': r.region} for r in replicas]}
        return {**out, **self.told}

    def demand(self, usage='ENCRYPT_DECRYPT'):
        texts = {'PendingDeletion': 'is pending deletion.',
                 'PendingReplicaDeletion': 'is pending replica deletion.',
                 'PendingImport': 'is pending import.', 'Unavailable': 'is unavailable.',
                 'Creating': 'is creating.'}
        if self.state == 'Disabled':
            raise Refusal('DisabledException', f'{self.arn} is disabled.')
        if self.state in texts:
            raise Refusal('KMSInvalidStateException', f'{self.arn} {texts[self.state]}')
        if self.usage != usage or self.spec != 'SYMMETRIC_DEFAULT':
            raise Refusal('InvalidKeyUsageException',
                          f'{self.arn} key usage is {self.usage} which is not valid for this operation.')


def context_of(request, name='EncryptionContext'):
    context = request.get(name) or {}
    if not isinstance(context, dict) or not all(isinstance(v, str) for v in context.values()):
        raise Refusal('SerializationException', None)
    return json.dumps(sorted(context.items())).encode() if context else b''


def bytes_of(request, name, most, needed=True):
    text = request.get(name)
    if text is None and not needed:
        return b''
    if not isinstance(text, str):
        raise invalid(f"Value at '{name[0].lower() + name[1:]}' failed to satisfy constraint: "
                      'Member must not be null')
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refusal('SerializationException', None) from None
    if not 1 <= len(data) <= most:
        raise invalid(f"Value at '{name}' failed to satisfy constraint: Member must have length less "
                      f'than or equal to {most}')
    return data


def text_of(data):
    return base64.b64encode(data).decode()


def dry_run(request):
    if request.get('DryRun'):
        raise Refusal('DryRunOperationException',
                      'The request would have succeeded, but the DryRun option is set.')


class Fake:
    def __init__(self):
        self.lock = threading.RLock()
        self.reset()

    def reset(self):
        self.keys = {}  # (region, id): Key
        self.aliases = {}  # (region, name): id, created, updated
        self.clock_s = 0
        self.expired, self.unknown, self.denied = set(), set(), set()
        self.faults = []
        self.requests = []
        self.page_size = None
        self.wrong_key_id = False
        self.key_1 = self.add(Key(REGION))
        self.key_2 = self.add(Key(REGION))
        self.foreign = self.add(Key(REGION, account=OTHER_ACCOUNT))
        self.multi = self.add(Key(REGION, {'MultiRegion': True}))
        self.replicate(self.multi, OTHER_REGION, {})
        self.rsa = self.add(Key(REGION, {'KeySpec': 'RSA_2048'}))
        self.hmac = self.add(Key(REGION, {'KeySpec': 'HMAC_256', 'KeyUsage': 'GENERATE_VERIFY_MAC'}))
        self.aliases[REGION, 'alias/one'] = [self.key_1.id, time.time(), time.time()]

    def add(self, key):
        self.keys[key.region, key.id] = key
        return key

    def hello(self):
        return {'region': REGION, 'other_region': OTHER_REGION, 'account': ACCOUNT,
                'access': {k: {'secret': s, 'token': t} for k, (s, t) in KEYS.items()},
                'key_1': self.key_1.arn, 'key_2': self.key_2.arn, 'foreign': self.foreign.arn,
                'multi': self.multi.arn, 'rsa': self.rsa.arn, 'hmac': self.hmac.arn}

    def control(self, order):
        """reset; clock_s; wrong_key_id: answers name key_2; expired, unknown: access keys; denied: operations; page_size; states:
        {ARN: state}; rotate: [ARN]; told: {ARN: members of KeyMetadata}; shared: ARNs of another account's keys whose policy
        allows us; policies: {ARN: text}; gone: ARNs; revoked: ARNs whose grants end; aliases: {name: ARN}; faults: [{code,
        message, status, times, operation}, or with lost (done, but the connection closed) or cut (not done, and closed)]."""
        if order.get('reset'):
            self.reset()
        self.clock_s = order.get('clock_s', self.clock_s)
        self.page_size = order.get('page_size', self.page_size)
        self.wrong_key_id = order.get('wrong_key_id', self.wrong_key_id)
        for name in ('expired', 'unknown', 'denied'):
            if name in order:
                setattr(self, name, set(order[name]))
        for arn, state in order.get('states', {}).items():
            self.by_arn(arn).state = state
        for arn in order.get('rotate', []):
            self.by_arn(arn).add_material('AUTOMATIC')
        for arn, members in order.get('told', {}).items():
            self.by_arn(arn).told = members
        for arn, policy in order.get('policies', {}).items():
            self.by_arn(arn).policy = policy
        for arn in order.get('shared', []):
            self.by_arn(arn).shared = True
        for arn in order.get('revoked', []):
            self.by_arn(arn).grants.clear()
        for arn in order.get('gone', []):
            del self.keys[arn.split(':')[3], arn.rsplit('/', 1)[1]]
        for alias, arn in order.get('aliases', {}).items():
            self.aliases[arn.split(':')[3], alias] = [self.by_arn(arn).id, time.time(), time.time()]
        self.faults.extend(order.get('faults', []))
        return self.hello()

    def by_arn(self, arn):
        return self.keys[arn.split(':')[3], arn.rsplit('/', 1)[1]]

    # --- finding ---

    @staticmethod
    def arn_of(region, what):
        return f'arn:{partition(region)}:kms:{region}:{ACCOUNT}:{what}'

    def find(self, region, name, operation, aliases=True):
        """The key that a request means, for one whose account may differ."""
        if not isinstance(name, str) or not name:
            raise invalid("Value null at 'keyId' failed to satisfy constraint: Member must not be null")
        wanted = name
        if name.startswith('arn:'):
            match = re.fullmatch(r'arn:aws[a-z-]*:kms:([a-z0-9-]+):([0-9]{12}):(key/|)(.+)', name)
            if not match:
                raise Refusal('InvalidArnException', f'{name} is not a valid ARN')
            if match[1] != region:
                raise Refusal('NotFoundException', f'Invalid arn {match[1]}')
            wanted = match[4]
        if wanted.startswith('alias/'):
            if not aliases:
                raise Refusal('NotFoundException', f'Invalid keyId {wanted}')
            entry = self.aliases.get((region, wanted))
            if not entry:
                raise Refusal('NotFoundException', f'Alias {self.arn_of(region, wanted)} is not found.')
            wanted = entry[0]
        key = self.keys.get((region, wanted))
        if not key or (key.account != ACCOUNT and not name.startswith('arn:')):
            raise Refusal('NotFoundException',
                          f"Key '{self.arn_of(region, 'key/' + wanted)}' does not exist")
        if key.account != ACCOUNT and operation not in USES_DATA | {'DescribeKey'} and \
                not (key.shared and operation in ACROSS):
            raise self.denial(operation, key.arn)
        return key

    @staticmethod
    def denial(operation, arn):
        return Refusal('AccessDeniedException', f'User: arn:aws:iam::{ACCOUNT}:user/tester is not '
                       f'authorized to perform: kms:{operation} on resource: {arn} because no '
                       f'identity-based policy allows the kms:{operation} action', member='Message')

    # --- data ---

    @staticmethod
    def seal(key, data, context):
        material, secret, _, _ = key.current
        iv = os.urandom(12)
        return (b'\x01' + len(key.id).to_bytes(1, 'big') + key.id.encode() + bytes.fromhex(material)
                + iv + AESGCM(secret).encrypt(iv, data, context))

    def unseal(self, region, blob, context, wanted, operation):
        """The key, the material's id and the data."""
        try:
            size = blob[1]
            key = self.keys.get((region, blob[2:2 + size].decode()))
            material = blob[2 + size:34 + size].hex()
            iv, rest = blob[34 + size:46 + size], blob[46 + size:]
        except (IndexError, UnicodeDecodeError):
            raise Refusal('InvalidCiphertextException') from None
        if blob[0] != 1:
            raise Refusal('InvalidCiphertextException')
        if not key:
            raise Refusal('AccessDeniedException', 'The ciphertext refers to a customer master key that '
                          'does not exist, does not exist in this region, or you are not allowed to '
                          'access.', member='Message')
        if wanted is not None and wanted is not key:
            raise Refusal('IncorrectKeyException', 'The key ID in the request does not identify a CMK '
                          'that can perform this operation.')
        key.demand()
        secrets = [m[1] for m in key.materials if m[0] == material]
        try:
            return key, material, AESGCM(secrets[0]).decrypt(iv, rest, context)
        except (IndexError, InvalidTag, ValueError):
            raise Refusal('InvalidCiphertextException') from None

    def op_Encrypt(self, region, request):
        data = bytes_of(request, 'Plaintext', 4096)
        key = self.find(region, request.get('KeyId'), 'Encrypt')
        key.demand()
        dry_run(request)
        key.used = ('Encrypt', time.time())
        return {'CiphertextBlob': text_of(self.seal(key, data, context_of(request))),
                'KeyId': key.arn, 'EncryptionAlgorithm': 'SYMMETRIC_DEFAULT'}

    def op_Decrypt(self, region, request):
        blind = request.get('DryRun') and request.get('DryRunModifiers') == ['IGNORE_CIPHERTEXT']
        wanted = None
        if request.get('KeyId') is not None or blind:
            wanted = self.find(region, request.get('KeyId'), 'Decrypt')
        if blind:
            wanted.demand()
            dry_run(request)
        key, material, data = self.unseal(region, bytes_of(request, 'CiphertextBlob', 6144),
                                          context_of(request), wanted, 'Decrypt')
        dry_run(request)
        key.used = ('Decrypt', time.time())
        return {'KeyId': key.arn, 'Plaintext': text_of(data), 'KeyMaterialId': material,
                'EncryptionAlgorithm': 'SYMMETRIC_DEFAULT'}

    def op_GenerateDataKey(self, region, request, seen=True):
        size, spec = request.get('NumberOfBytes'), request.get('KeySpec')
        if (size is None) == (spec is None):
            raise Refusal('ValidationException',
                          'Please specify either number of bytes or key spec.')
        size = size if size is not None else {'AES_256': 32, 'AES_128': 16}.get(spec, 0)
        if not isinstance(size, int) or not 1 <= size <= 1024:
            raise invalid(f"Value '{size}' at 'numberOfBytes' failed to satisfy constraint: Member must "
                          'have value less than or equal to 1024')
        key = self.find(region, request.get('KeyId'), 'GenerateDataKey')
        key.demand()
        dry_run(request)
        data = os.urandom(size)
        key.used = ('GenerateDataKey', time.time())
        out = {'CiphertextBlob': text_of(self.seal(key, data, context_of(request))),
               'KeyId': key.arn, 'KeyMaterialId': key.current[0]}
        if seen:
            out['Plaintext'] = text_of(data)
        return out

    def op_GenerateDataKeyWithoutPlaintext(self, region, request):
        return self.op_GenerateDataKey(region, request, seen=False)

    def op_ReEncrypt(self, region, request):
        source = request.get('SourceKeyId')
        wanted = self.find(region, source, 'ReEncrypt') if source is not None else None
        target = self.find(region, request.get('DestinationKeyId'), 'ReEncrypt')
        key, material, data = self.unseal(region, bytes_of(request, 'CiphertextBlob', 6144),
                                          context_of(request, 'SourceEncryptionContext'), wanted,
                                          'ReEncrypt')
        target.demand()
        dry_run(request)
        sealed = self.seal(target, data, context_of(request, 'DestinationEncryptionContext'))
        return {'CiphertextBlob': text_of(sealed), 'SourceKeyId': key.arn, 'KeyId': target.arn,
                'SourceEncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
                'DestinationEncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
                'SourceKeyMaterialId': material, 'DestinationKeyMaterialId': target.current[0]}

    # --- keys ---

    def replicas_of(self, key):
        return [k for k in self.keys.values() if k.id == key.id and k.region != key.primary]

    def op_DescribeKey(self, region, request):
        key = self.find(region, request.get('KeyId'), 'DescribeKey')
        return {'KeyMetadata': key.metadata(self.replicas_of(key))}

    @staticmethod
    def check_policy(text):
        try:
            statements = json.loads(text)['Statement']
            principals = json.dumps([s['Principal'] for s in statements])
        except (ValueError, KeyError, TypeError):
            raise Refusal('MalformedPolicyDocumentException', 'Syntax errors in policy.') from None
        if f'arn:aws:iam::{ACCOUNT}:root' not in principals:
            raise Refusal('MalformedPolicyDocumentException', 'The new key policy will not allow you to '
                          'update the key policy in the future.')
        if '/nobody' in principals:
            raise Refusal('MalformedPolicyDocumentException',
                          'Policy contains a statement with one or more invalid principals.')

    def op_CreateKey(self, region, request):
        if 'Policy' in request:
            self.check_policy(request['Policy'])
        return {'KeyMetadata': self.add(Key(region, request)).metadata()}

    def replicate(self, key, region, request):
        if (region, key.id) in self.keys:
            raise Refusal('AlreadyExistsException',
                          f'Key already exists in {region}: {key.id}')
        replica = Key(region, request, key.id)
        replica.primary, replica.materials = key.region, key.materials
        return self.add(replica)

    def op_ReplicateKey(self, region, request):
        key = self.find(region, request.get('KeyId'), 'ReplicateKey', aliases=False)
        if not key.multi or key.primary != region:
            raise Refusal('UnsupportedOperationException',
                          f'{key.arn} is not a multi-Region primary key.')
        if 'Policy' in request:
            self.check_policy(request['Policy'])
        replica = self.replicate(key, request.get('ReplicaRegion'), request)
        replica.state = 'Creating'
        return {'ReplicaKeyMetadata': replica.metadata(self.replicas_of(key)),
                'ReplicaPolicy': replica.policy, 'ReplicaTags': replica.tags}

    def page(self, operation, request, items, name):
        most, default = LIMITS[operation]
        limit = request.get('Limit', default)
        if not isinstance(limit, int) or not 1 <= limit <= most:
            raise invalid(f"Value '{limit}' at 'limit' failed to satisfy constraint: Member must have "
                          f'value less than or equal to {most}')
        limit = min(limit, self.page_size or limit)
        marker = request.get('Marker')
        start = 0
        if marker is not None:
            if not re.fullmatch(r'from-[0-9]+', marker):
                raise Refusal('InvalidMarkerException', f'Could not deserialize marker {marker}')
            start = int(marker[5:])
        out = {name: items[start:start + limit], 'Truncated': start + limit < len(items)}
        if out['Truncated']:
            out['NextMarker'] = f'from-{start + limit}'
        return out

    def op_ListKeys(self, region, request):
        items = [{'KeyId': k.id, 'KeyArn': k.arn} for k in self.keys.values()
                 if k.region == region and k.account == ACCOUNT]
        return self.page('ListKeys', request, items, 'Keys')

    def op_ListAliases(self, region, request):
        wanted = None
        if request.get('KeyId') is not None:
            wanted = self.find(region, request['KeyId'], 'ListAliases', aliases=False).id
        items = [{'AliasName': name, 'AliasArn': self.arn_of(region, name),
                  'TargetKeyId': key, 'CreationDate': created, 'LastUpdatedDate': updated}
                 for (where, name), (key, created, updated) in sorted(self.aliases.items())
                 if where == region and wanted in (None, key)]
        if wanted is None:
            items.append({'AliasName': 'alias/aws/s3',
                          'AliasArn': self.arn_of(region, 'alias/aws/s3')})
        return self.page('ListAliases', request, items, 'Aliases')

    @staticmethod
    def alias_name(request):
        name = request.get('AliasName', '')
        if not re.fullmatch(r'alias/[a-zA-Z0-9/_-]+', name) or len(name) > 256 or \
                name.startswith('alias/aws/'):
            raise Refusal('InvalidAliasNameException', 'Alias must start with the prefix "alias/".')
        return name

    def op_CreateAlias(self, region, request):
        name = self.alias_name(request)
        key = self.find(region, request.get('TargetKeyId'), 'CreateAlias', aliases=False)
        if (region, name) in self.aliases:
            raise Refusal('AlreadyExistsException', f'An alias with the name '
                          f'{self.arn_of(region, name)} already exists')
        self.aliases[region, name] = [key.id, time.time(), time.time()]

    def op_UpdateAlias(self, region, request):
        name = self.alias_name(request)
        key = self.find(region, request.get('TargetKeyId'), 'UpdateAlias', aliases=False)
        if (region, name) not in self.aliases:
            raise Refusal('NotFoundException', f'Alias {self.arn_of(region, name)} is not found.')
        self.aliases[region, name][0] = key.id
        self.aliases[region, name][2] = time.time()

    def managed(self, region, request, operation):
        return self.find(region, request.get('KeyId'), operation, aliases=False)

    def op_GetKeyPolicy(self, region, request):
        key = self.managed(region, request, 'GetKeyPolicy')
        return {'Policy': key.policy, 'PolicyName': 'default'}

    def op_PutKeyPolicy(self, region, request):
        key = self.managed(region, request, 'PutKeyPolicy')
        self.check_policy(request.get('Policy'))
        key.policy = request['Policy']

    def op_CreateGrant(self, region, request):
        key = self.managed(region, request, 'CreateGrant')
        operations = request.get('Operations')
        if not operations or not set(operations) <= GRANT_OPERATIONS:
            raise invalid("Value at 'operations' failed to satisfy constraint: Member must satisfy enum "
                          'value set')
        if not re.fullmatch(r'arn:aws:iam::[0-9]{12}:(root|(user|role)/.+)', request['GranteePrincipal']):
            raise Refusal('InvalidArnException', 'ARN does not refer to a valid principal: '
                          + request['GranteePrincipal'])
        if key.told.get('KeyManager') == 'AWS':
            raise self.denial('CreateGrant', key.arn)
        if key.state == 'PendingDeletion':
            key.demand()
        dry_run(request)
        grant = {'GrantId': hashlib.sha256(os.urandom(8)).hexdigest(), 'KeyId': key.arn,
                 'GranteePrincipal': request['GranteePrincipal'], 'Operations': operations,
                 'IssuingAccount': f'arn:aws:iam::{ACCOUNT}:root', 'CreationDate': time.time(),
                 'Name': request.get('Name', '')}
        key.grants.append(grant)
        return {'GrantId': grant['GrantId'], 'GrantToken': text_of(os.urandom(90))}

    def op_ListGrants(self, region, request):
        key = self.managed(region, request, 'ListGrants')
        items = [g for g in key.grants
                 if request.get('GranteePrincipal') in (None, g['GranteePrincipal'])
                 and request.get('GrantId') in (None, g['GrantId'])]
        return self.page('ListGrants', request, items, 'Grants')

    # --- versions and states ---

    def op_EnableKeyRotation(self, region, request):
        key = self.managed(region, request, 'EnableKeyRotation')
        key.demand()
        period = request.get('RotationPeriodInDays', 365)
        if not isinstance(period, int) or not 90 <= period <= 2560:
            raise invalid("Value at 'rotationPeriodInDays' failed to satisfy constraint")
        key.rotates, key.period = True, period

    def op_GetKeyRotationStatus(self, region, request):
        key = self.managed(region, request, 'GetKeyRotationStatus')
        out = {'KeyId': key.arn, 'KeyRotationEnabled': key.rotates}
        if key.rotates:
            out['RotationPeriodInDays'] = key.period
            out['NextRotationDate'] = key.created + key.period * 86400
        return out

    def op_RotateKeyOnDemand(self, region, request):
        key = self.managed(region, request, 'RotateKeyOnDemand')
        key.demand()
        if key.primary != region:
            raise Refusal('UnsupportedOperationException', f'{key.arn} is not a primary key.')
        if key.on_demand == 25:
            raise Refusal('LimitExceededException', 'You have exceeded the number of on-demand '
                          'rotations for this key.')
        key.on_demand += 1
        key.add_material('ON_DEMAND')
        return {'KeyId': key.id}

    def op_ListKeyRotations(self, region, request):
        key = self.managed(region, request, 'ListKeyRotations')
        whole = request.get('IncludeKeyMaterial') == 'ALL_KEY_MATERIAL'
        items = []
        for material, _, date, kind in reversed(key.materials):
            if kind or whole:
                item = {'KeyId': key.id, 'KeyMaterialId': material,
                        'KeyMaterialState': 'CURRENT' if material == key.current[0]
                        else 'NON_CURRENT'}
                if kind:
                    item.update(RotationDate=date, RotationType=kind)
                items.append(item)
        return self.page('ListKeyRotations', request, items, 'Rotations')

    def op_GetKeyLastUsage(self, region, request):
        key = self.managed(region, request, 'GetKeyLastUsage')
        out = {'KeyId': key.id, 'TrackingStartDate': key.created, 'KeyCreationDate': key.created}
        if key.used:
            out['KeyLastUsage'] = {'Operation': key.used[0], 'Timestamp': key.used[1],
                                   'KmsRequestId': str(uuid.uuid4())}
        return out

    def op_EnableKey(self, region, request):
        key = self.managed(region, request, 'EnableKey')
        if key.state != 'Disabled':
            key.demand()
        key.state = 'Enabled'

    def op_DisableKey(self, region, request):
        key = self.managed(region, request, 'DisableKey')
        if key.state != 'Disabled':
            key.demand(key.usage)
        key.state = 'Disabled'

    def op_ScheduleKeyDeletion(self, region, request):
        key = self.managed(region, request, 'ScheduleKeyDeletion')
        days = request.get('PendingWindowInDays', 30)
        if not isinstance(days, int) or not 7 <= days <= 30:
            raise invalid("Value at 'pendingWindowInDays' failed to satisfy constraint")
        if key.state == 'PendingDeletion':
            key.demand()
        key.state, key.deletion = 'PendingDeletion', time.time() + days * 86400
        return {'KeyId': key.arn, 'KeyState': key.state, 'DeletionDate': key.deletion,
                'PendingWindowInDays': days}

    def op_CancelKeyDeletion(self, region, request):
        key = self.managed(region, request, 'CancelKeyDeletion')
        if key.state != 'PendingDeletion':
            raise Refusal('KMSInvalidStateException', f'{key.arn} is not pending deletion.')
        key.state, key.deletion = 'Disabled', None
        return {'KeyId': key.arn}

    # --- requests ---

    def take_fault(self, operation):
        """Whether the answer gets lost."""
        for fault in self.faults:
            if fault.get('operation') in (None, operation):
                fault['times'] = fault.get('times', 1) - 1
                if fault['times'] <= 0:
                    self.faults.remove(fault)
                if fault.get('cut'):
                    raise Cut
                if fault.get('lost'):
                    return True
                raise Refusal(fault['code'], fault.get('message'), fault.get('status', 400))
        return False

    def answer(self, method, path, headers, body):
        operation = headers.get('x-amz-target', '').removeprefix('TrentService.')
        entry = {'operation': operation, 'headers': headers, 'body': body.decode()}
        self.requests.append(entry)
        lost = self.take_fault(operation)
        region, _ = verify(self, method, path, headers, body)
        function = getattr(self, 'op_' + operation, None)
        if not function or method != 'POST' or path != '/':
            raise Refusal('UnknownOperationException')
        try:
            request = json.loads(body)
        except ValueError:
            raise Refusal('SerializationException') from None
        if operation in self.denied:
            raise self.denial(operation, request.get('KeyId', '*'))
        entry['answer'] = function(region, request)
        if self.wrong_key_id:
            entry['answer']['KeyId'] = self.key_2.arn
        if lost:
            raise Cut
        return entry['answer']

    def answer_sts(self, path, headers, body):
        """GetCallerIdentity, which takes no permission: denied is what no policy can do."""
        form = dict(urllib.parse.parse_qsl(body.decode()))
        operation = form.get('Action', '')
        self.requests.append({'operation': operation, 'headers': headers, 'body': body.decode()})
        self.take_fault(operation)
        _, key_id = verify(self, 'POST', path, headers, body, 'sts')
        if (operation, form.get('Version'), path) != ('GetCallerIdentity', '2011-06-15', '/'):
            raise Refusal('UnknownOperationException')
        return identity(key_id)


def sts_body(wants_json, result=None, refusal=None):
    """The query protocol: XML, or the same members in JSON for who accepts it."""
    request_id = str(uuid.uuid4())
    if refusal:
        code, _ = STS_CODES.get(refusal.body['__type'], (refusal.body['__type'], 400))
        message = refusal.body.get('message', code)
        if wants_json:
            return json.dumps({'Error': {'Code': code, 'Message': message, 'Type': 'Sender'},
                               'RequestId': request_id})
        return (f'<ErrorResponse xmlns="{STS_XMLNS}"><Error><Type>Sender</Type><Code>{code}</Code>'
                f'<Message>{html.escape(message)}</Message></Error>'
                f'<RequestId>{request_id}</RequestId></ErrorResponse>')
    if wants_json:
        return json.dumps({'GetCallerIdentityResponse': {
            'GetCallerIdentityResult': result, 'ResponseMetadata': {'RequestId': request_id}}})
    members = ''.join(f'<{n}>{v}</{n}>' for n, v in result.items())
    return (f'<GetCallerIdentityResponse xmlns="{STS_XMLNS}"><GetCallerIdentityResult>{members}'
            f'</GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId>'
            '</ResponseMetadata></GetCallerIdentityResponse>')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms

    def log_message(self, *_):
        pass

    def reply(self, status, data, request_id=None):
        self.send_text(status, '' if data is None else json.dumps(data),
                       'application/x-amz-json-1.1', request_id)

    def send_text(self, status, text, kind, request_id=None, more=()):
        body = text.encode()
        self.send_response_only(status)
        self.send_header('Date', time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(
            time.time() + self.server.fake.clock_s)))
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        if request_id:
            self.send_header('x-amzn-RequestId', request_id)
        for name, value in dict(more).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get('content-length', 0)))

    def do_GET(self):
        fake = self.server.fake
        with fake.lock:
            requests = list(fake.requests)
        self.reply(200, {'requests': requests})

    def do_sts(self, headers, body):
        fake, json_kind = self.server.fake, 'application/json'
        wants_json = headers.get('accept') == json_kind
        with fake.lock:
            try:
                status, text = 200, sts_body(wants_json, fake.answer_sts(self.path, headers, body))
            except Refusal as refusal:
                status = STS_CODES.get(refusal.body['__type'], (None, refusal.status))[1]
                text = sts_body(wants_json, refusal=refusal)
        self.send_text(status, text, json_kind if wants_json else 'text/xml')

    def do_POST(self):
        fake, body = self.server.fake, self.body()
        headers = {k.lower(): v for k, v in self.headers.items()}
        form = headers.get('content-type', '').startswith('application/x-www-form-urlencoded')
        if form and self.path != '/_fake':
            self.do_sts(headers, body)
            return
        with fake.lock:
            if self.path == '/_fake':
                self.reply(200, fake.control(json.loads(body)))
                return
            try:
                status, data = 200, fake.answer('POST', self.path, headers, body)
            except Refusal as refusal:
                status, data = refusal.status, refusal.body
            except Cut:
                self.close_connection = True
                return
        self.reply(status, data, str(uuid.uuid4()))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a client that goes away is part of the tests


def start(fake, handler=Handler, tls=()):
    """A server of the fake on a port of its own, in a thread, and its URL; tls: certificate and key."""
    server = Server(('127.0.0.1', 0), handler)
    server.fake = fake
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server, f'{"https" if tls else "http"}://127.0.0.1:{server.server_address[1]}'


def main(arguments, fake, handler=Handler):
    """Serves until the standard input ends."""
    server, url = start(fake, handler, arguments[1:3] if arguments[:1] == ['--tls'] else ())
    print(json.dumps({'url': url, **fake.hello()}), flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == '__main__':
    main(sys.argv[1:], Fake())

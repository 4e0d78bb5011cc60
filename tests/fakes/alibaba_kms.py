#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Alibaba Cloud KMS (API 2016-01-20) as it is documented, on a loopback port.

    alibaba_kms.py [--tls CERT KEY]

Writes one line of JSON with what a client needs (ports, access keys, keys) to standard output, and
ends when its standard input does. Port "shared" is the gateway of a Region, "dedicated" the one of
the KMS instance kst-test. Access keys: see KEYS. POST /_fake with a JSON object changes what the
service is like (see Fake.control); GET /_fake tells what it was asked, and answered. No client of Alibaba's
sends those.

It is judged by Alibaba's own clients in tests/partners/alibaba, and knows nothing of ours.
"""
import base64
import collections
import datetime
import json
import os
import re
import sys
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from alibaba_gateway import Gateway, Rpc, start  # noqa: E402
from alibaba_signing import Refusal  # noqa: E402

REGION, ACCOUNT, INSTANCE = 'cn-hangzhou', '1234567890123456', 'kst-test'
OTHER_ACCOUNT = '9999999999999999'
KEYS = {  # access key id: secret, token
    'LTAI-fixed': ('fixed-secret', None),
    'STS.temporary': ('temporary-secret', 'temporary+token/=='),
    'STS.renewed': ('renewed-secret', 'renewed+token/=='),
    'LTAI-nobody': ('nobody-secret', None),
}
DEDICATED = {'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'Encrypt', 'Decrypt'}
SYMMETRIC = ('Aliyun_AES_256', 'Aliyun_AES_128', 'Aliyun_AES_192', 'Aliyun_SM4')
ASYMMETRIC = ('RSA_2048', 'RSA_3072', 'EC_P256', 'EC_P256K', 'EC_SM2')
CONTEXT_MAX = 8192


def invalid(name):
    return Refusal(400, 'InvalidParameter', f'The specified parameter {name} is not valid.')


class MasterKey:
    def __init__(self, account, **settings):
        self.id = settings.get('id') or 'key-hzz' + uuid.uuid4().hex[:20]
        self.arn = f'acs:kms:{REGION}:{account}:key/{self.id}'
        self.account = account
        self.spec = settings.get('spec', 'Aliyun_AES_256')
        self.usage = settings.get('usage', 'ENCRYPT/DECRYPT')
        self.origin = settings.get('origin', 'Aliyun_KMS')
        self.level = settings.get('level', 'SOFTWARE')
        self.instance = settings.get('instance')
        self.description = settings.get('description', '')
        self.tags = settings.get('tags', [])
        self.state = 'PendingImport' if self.origin == 'EXTERNAL' else 'Enabled'
        self.rotation, self.interval = 'Disabled', None
        self.protected = False
        self.creator, self.material_ends = account, ''
        self.delete_date = None
        self.created = now_text()
        self.versions = collections.OrderedDict()
        self.rotate()

    def rotate(self):
        self.primary = str(uuid.uuid4())
        self.versions[self.primary] = (AESGCM.generate_key(256), now_text())

    def metadata(self):
        out = {
            'Arn': self.arn, 'KeyId': self.id, 'KeyState': self.state, 'KeySpec': self.spec,
            'KeyUsage': self.usage, 'Origin': self.origin, 'ProtectionLevel': self.level,
            'PrimaryKeyVersion': self.primary, 'CreationDate': self.created,
            'Creator': self.creator, 'Description': self.description, 'DeleteDate': '',
            'MaterialExpireTime': self.material_ends, 'AutomaticRotation': self.rotation,
            'LastRotationDate': self.versions[self.primary][1],
            'DeletionProtection': 'Enabled' if self.protected else 'Disabled'}
        if self.delete_date:
            out['DeleteDate'] = self.delete_date
        if self.interval:
            out['RotationInterval'] = self.interval
            out['NextRotationDate'] = now_text(int(self.interval[:-1]))
        if self.instance:
            out['DKMSInstanceId'] = self.instance
        return out

    def demand(self, symmetric=True):
        refused = {'Disabled': 'Rejected.Disabled', 'PendingDeletion': 'Rejected.PendingDeletion',
                   'PendingImport': 'Rejected.PendingImport', 'Unavailable': 'Rejected.Unavailable'}
        if self.state in refused:
            raise Refusal(409, refused[self.state], f'The request was rejected because the key state '
                          f'is {self.state}.')
        if symmetric and (self.spec not in SYMMETRIC or self.usage != 'ENCRYPT/DECRYPT'):
            raise Refusal(400, 'UnsupportedOperation', 'This action is not supported by the key.')


def now_text(later_s=0):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=later_s)
    return when.strftime('%Y-%m-%dT%H:%M:%SZ')


def read_context(parameters, name='EncryptionContext'):
    """Canonical bytes of the pairs. They are one parameter of JSON text."""
    if any(key.startswith(name + '.') for key in parameters):
        raise invalid(name)  # flattened, as the Node client does: the service wants JSON
    text = parameters.get(name)
    if text is None:
        return b''
    try:
        pairs = json.loads(text)
    except ValueError:
        raise invalid(name) from None
    if len(text) > CONTEXT_MAX or not isinstance(pairs, dict) or not all(
            isinstance(value, str) for value in pairs.values()):
        raise invalid(name)
    return json.dumps(pairs, sort_keys=True).encode() if pairs else b''


def read_number(parameters, name, low, high, default):
    text = parameters.get(name, str(default))
    if not re.fullmatch(r'[0-9]{1,9}', text) or not low <= int(text) <= high:
        raise invalid(name)
    return int(text)


def read_flag(parameters, name, default=None):
    """Alibaba's Python client writes True, the others true."""
    text = parameters.get(name, default)
    if text is None or text.lower() not in ('true', 'false'):
        raise invalid(name)
    return text.lower() == 'true'


def page(parameters, items, most, name, inner):
    number = read_number(parameters, 'PageNumber', 1, 10 ** 8, 1)
    size = read_number(parameters, 'PageSize', 1, most, 10)
    return {name: {inner: items[(number - 1) * size:number * size]}, 'TotalCount': len(items),
            'PageNumber': number, 'PageSize': size}


class Fake(Gateway):
    """The keys of an account in a Region, and two gateways to them."""

    def __init__(self, more_keys=None):
        self.callers = KEYS | (more_keys or {})
        super().__init__(self.callers)
        self.access['LTAI-nobody'].denied = {'*'}
        self.status = 'Enabled'
        self.public = True  # keys of instances may be used through the shared gateway
        self.watchers = []  # called with action, access key and key of what was encrypted or decrypted
        self.aliases = {}
        self.keys = {}
        for name, settings in {
                'main': {}, 'other': {}, 'rsa': {'spec': 'RSA_2048', 'usage': 'SIGN/VERIFY'},
                'instance': {'instance': INSTANCE}, 'external': {'origin': 'EXTERNAL'},
                'uuid': {'id': str(uuid.uuid4())}}.items():
            key = self.add(MasterKey(ACCOUNT, **settings))
            self.aliases['alias/' + name] = key.id
        self.foreign = self.add(MasterKey(OTHER_ACCOUNT))
        self.shared, self.dedicated = Kms(self, 'shared'), Kms(self, 'dedicated')

    def add(self, key):
        self.keys[key.id] = key
        return key

    def facts(self):
        return {'region': REGION, 'account': ACCOUNT, 'instance': INSTANCE,
                'access': {key: list(value) for key, value in self.callers.items()},
                'keys': {name[6:]: self.keys[key].arn for name, key in self.aliases.items()},
                'foreign': self.foreign.arn}

    def control(self, order):
        """
        As Gateway. status, public; state: {ARN: KeyState}; key: {ARN: {attribute: value}}; rotate: ARN.
        """
        super().control(order)
        if order.get('reset'):
            self.status, self.public = 'Enabled', True
        for name in ('status', 'public'):
            setattr(self, name, order.get(name, getattr(self, name)))
        for arn, state in order.get('state', {}).items():
            self.find(arn).state = state
        for arn, changes in order.get('key', {}).items():
            for name, value in changes.items():
                setattr(self.find(arn), name, value)
        if 'rotate' in order:
            self.find(order['rotate']).rotate()
        return {}

    def find(self, name):
        if name is None:
            raise Refusal(400, 'MissingParameter', 'The parameter KeyId is needed.')
        if name.startswith('alias/'):
            if name not in self.aliases:
                raise Refusal(404, 'Forbidden.AliasNotFound', 'The specified Alias is not found.')
            name = self.aliases[name]
        arn = re.fullmatch(r'acs:kms:([a-z0-9-]+):([0-9]+):key/([A-Za-z0-9-]+)', name)
        key = self.keys.get(arn[3] if arn else name)
        if not key or (arn and key.arn != name) or (not arn and key.account != ACCOUNT):
            raise Refusal(404, 'Forbidden.KeyNotFound', 'The specified Key is not found.')
        return key


class Kms(Rpc):
    """The service, through the gateway of a Region ("shared") or of an instance ("dedicated")."""

    version = '2016-01-20'

    def __init__(self, fake, name):
        super().__init__(fake)
        self.fake, self.name, self.dedicated = fake, name, name == 'dedicated'

    def perform(self, action, key_id, request):
        fake = self.fake
        method, parameters = self.method(action, request)
        fake.demand(action, key_id, Refusal(
            403, 'Forbidden.NoPermission', 'This operation is forbidden by permission system.'))
        if fake.status != 'Enabled' and action != 'DescribeAccountKmsStatus':
            raise Refusal(403, 'Forbidden.InDebt' if fake.status == 'InDebt'
                          else 'Forbidden.KmsServiceNotEnabled', 'The service is not enabled.')
        if self.dedicated and action not in DEDICATED:
            raise Refusal(400, 'UnsupportedOperation', 'This action is not supported.')
        if read_flag(parameters, 'DryRun', 'false'):
            raise Refusal(400, 'DryRunOperationError', 'The request would have succeeded.')
        answer = method(parameters, key_id)
        if action in DEDICATED:
            for watch in fake.watchers:
                watch(action, key_id, fake.find(answer['KeyId']))
        return 200, answer

    def find(self, name, to_use=False):
        key = self.fake.find(name)
        if to_use:
            self.check_gateway(key)
        return key

    def check_gateway(self, key):
        if self.dedicated != bool(key.instance) and (self.dedicated or not self.fake.public):
            raise Refusal(400, 'UnsupportedOperation', 'This action is not supported through this '
                          'gateway.')

    def seal(self, key, plaintext, context):
        iv = os.urandom(12)
        sealed = AESGCM(key.versions[key.primary][0]).encrypt(iv, plaintext, context)
        blob = base64.b64encode(key.primary.encode() + iv + sealed).decode()
        return {'CiphertextBlob': blob, 'KeyId': key.id, 'KeyVersionId': key.primary}

    def unseal(self, text, context):
        if text is None:
            raise Refusal(400, 'MissingParameter', 'The parameter CiphertextBlob is needed.')
        try:
            blob = base64.b64decode(text, validate=True)
        except ValueError:
            raise invalid('CiphertextBlob') from None
        version = blob[:36].decode('ascii', 'replace')
        for key in self.fake.keys.values():
            if version in key.versions:
                self.check_gateway(key)
                key.demand()
                try:
                    return key, version, AESGCM(key.versions[version][0]).decrypt(
                        blob[36:48], blob[48:], context)
                except (InvalidTag, ValueError):
                    break
        raise invalid('CiphertextBlob')

    def do_encrypt(self, parameters, _):
        key = self.find(parameters.get('KeyId'), True)
        key.demand()
        try:
            plaintext = base64.b64decode(parameters['Plaintext'], validate=True)
        except KeyError:
            raise Refusal(400, 'MissingParameter', 'The parameter Plaintext is needed.') from None
        except ValueError:
            raise invalid('Plaintext') from None
        if not 0 < len(plaintext) <= 6144:
            raise invalid('Plaintext')
        return self.seal(key, plaintext, read_context(parameters))

    def do_decrypt(self, parameters, _):
        key, version, plaintext = self.unseal(
            parameters.get('CiphertextBlob'), read_context(parameters))
        return {'Plaintext': base64.b64encode(plaintext).decode(), 'KeyId': key.id,
                'KeyVersionId': version}

    def do_generate_data_key(self, parameters, _):
        key = self.find(parameters.get('KeyId'), True)
        key.demand()
        spec = parameters.get('KeySpec', 'AES_256')
        if spec not in ('AES_256', 'AES_128'):
            raise invalid('KeySpec')
        size = read_number(parameters, 'NumberOfBytes', 1, 1024, 32 if spec == 'AES_256' else 16)
        plaintext = os.urandom(size)
        return self.seal(key, plaintext, read_context(parameters)) | {
            'Plaintext': base64.b64encode(plaintext).decode()}

    def do_generate_data_key_without_plaintext(self, parameters, _):
        answer = self.do_generate_data_key(parameters, None)
        del answer['Plaintext']
        return answer

    def do_re_encrypt(self, parameters, _):
        source = read_context(parameters, 'SourceEncryptionContext')
        target = read_context(parameters, 'DestinationEncryptionContext')
        _, _, plaintext = self.unseal(parameters.get('CiphertextBlob'), source)
        key = self.find(parameters.get('DestinationKeyId'), True)
        key.demand()
        return self.seal(key, plaintext, target)

    def do_describe_key(self, parameters, _):
        return {'KeyMetadata': self.find(parameters.get('KeyId')).metadata()}

    def do_list_keys(self, parameters, _):
        try:
            filters = json.loads(parameters.get('Filters', '[]'))
            wanted = [(item['Key'], item['Values']) for item in filters]
        except (ValueError, KeyError, TypeError):
            raise invalid('Filters') from None
        known = {'KeyState': 'KeyState', 'KeySpec': 'KeySpec', 'KeyUsage': 'KeyUsage',
                 'ProtectionLevel': 'ProtectionLevel', 'DKMSInstanceId': 'DKMSInstanceId'}
        items = []
        for key in self.fake.keys.values():
            facts = key.metadata() | {
                'CreatorType': 'User' if key.creator.isdigit() else 'Service'}
            if any(name not in known and name != 'CreatorType' for name, _ in wanted):
                raise invalid('Filters')
            if key.account == ACCOUNT and all(facts.get(name, '') in values
                                              for name, values in wanted):
                items.append({'KeyId': key.id, 'KeyArn': key.arn})
        return page(parameters, items, 100, 'Keys', 'Key')

    def do_list_key_versions(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        items = [{'KeyId': key.id, 'KeyVersionId': version, 'CreationDate': created}
                 for version, (_, created) in reversed(key.versions.items())]
        return page(parameters, items, 101, 'KeyVersions', 'KeyVersion')

    def do_create_key(self, parameters, _):
        spec = parameters.get('KeySpec', 'Aliyun_AES_256')
        usage = parameters.get('KeyUsage', 'ENCRYPT/DECRYPT')
        tags = json.loads(parameters.get('Tags', '[]'))
        if spec not in SYMMETRIC + ASYMMETRIC:
            raise invalid('KeySpec')
        if parameters.get('ProtectionLevel', 'SOFTWARE') not in ('SOFTWARE', 'HSM'):
            raise invalid('ProtectionLevel')
        if not isinstance(tags, list) or any(set(tag) != {'TagKey', 'TagValue'} for tag in tags):
            raise invalid('Tags')
        if len(self.fake.keys) >= 200:
            raise Refusal(400, 'Rejected.LimitExceeded', 'The request was rejected because user '
                          'create resource has reach the limit.')
        key = self.fake.add(MasterKey(
            ACCOUNT, spec=spec, usage=usage, origin=parameters.get('Origin', 'Aliyun_KMS'),
            level=parameters.get('ProtectionLevel', 'SOFTWARE'), tags=tags,
            instance=parameters.get('DKMSInstanceId'),
            description=parameters.get('Description', '')))
        if read_flag(parameters, 'EnableAutomaticRotation', 'false'):
            self.set_rotation(key, parameters)
        return {'KeyMetadata': key.metadata()}

    def set_rotation(self, key, parameters):
        match = re.fullmatch(r'([0-9]{1,9})([dhms])', parameters.get('RotationInterval', ''))
        seconds = int(match[1]) * {'d': 86400, 'h': 3600, 'm': 60, 's': 1}[match[2]] if match else 0
        if not 7 * 86400 <= seconds <= 730 * 86400:
            raise invalid('RotationInterval')
        key.rotation, key.interval = 'Enabled', f'{seconds}s'

    def do_update_rotation_policy(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        key.demand()
        if read_flag(parameters, 'EnableAutomaticRotation'):
            self.set_rotation(key, parameters)
        else:
            key.rotation, key.interval = 'Disabled', None
        return {}

    def do_set_deletion_protection(self, parameters, _):
        resource = parameters.get('ProtectedResourceArn', '')
        if not resource.startswith('acs:kms:'):
            raise invalid('ProtectedResourceArn')
        key = self.find(resource)
        key.protected = read_flag(parameters, 'EnableDeletionProtection')
        return {}

    def check_alias(self, name):
        if not re.fullmatch(r'alias/[A-Za-z0-9_/-]{1,249}', name or '') or name.startswith(
                'alias/acs'):
            raise invalid('AliasName')

    def do_create_alias(self, parameters, _):
        self.check_alias(parameters.get('AliasName'))
        if parameters['AliasName'] in self.fake.aliases:
            raise Refusal(409, 'Rejected.AlreadyExist', 'The alias exists.')
        self.fake.aliases[parameters['AliasName']] = self.find(parameters.get('KeyId')).id
        return {}

    def do_update_alias(self, parameters, _):
        self.check_alias(parameters.get('AliasName'))
        if parameters['AliasName'] not in self.fake.aliases:
            raise Refusal(404, 'Forbidden.AliasNotFound', 'The specified Alias is not found.')
        self.fake.aliases[parameters['AliasName']] = self.find(parameters.get('KeyId')).id
        return {}

    def alias_items(self, key_id=None):
        return [{'AliasName': name, 'KeyId': key,
                 'AliasArn': f'acs:kms:{REGION}:{ACCOUNT}:{name}'}
                for name, key in self.fake.aliases.items() if key_id in (None, key)]

    def do_list_aliases(self, parameters, _):
        return page(parameters, self.alias_items(), 100, 'Aliases', 'Alias')

    def do_list_aliases_by_key_id(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        return page(parameters, self.alias_items(key.id), 100, 'Aliases', 'Alias')

    def do_describe_account_kms_status(self, _, __):
        return {'AccountStatus': self.fake.status}

    def do_enable_key(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        if key.state == 'PendingDeletion':
            raise Refusal(409, 'Rejected.PendingDeletion', 'The key waits to be deleted.')
        key.state = 'Enabled'
        return {}

    def do_disable_key(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        if key.state == 'PendingDeletion':
            raise Refusal(409, 'Rejected.PendingDeletion', 'The key waits to be deleted.')
        key.state = 'Disabled'
        return {}

    def do_schedule_key_deletion(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        days = read_number(parameters, 'PendingWindowInDays', 7, 366, 0)
        if key.protected:
            raise Refusal(409, 'Rejected.DeletionProtection', 'The key is protected from deletion.')
        key.state, key.delete_date = 'PendingDeletion', now_text(days * 86400)
        return {}

    def do_cancel_key_deletion(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        if key.state != 'PendingDeletion':
            raise Refusal(409, 'Rejected.StateModifiedFailed', 'The key is not to be deleted.')
        key.state, key.delete_date = 'Enabled', None
        return {}


def main(arguments):
    tls = arguments[1:3] if arguments[:1] == ['--tls'] else None
    fake = Fake()
    facts = fake.facts() | {name: start(fake, getattr(fake, name), tls)
                            for name in ('shared', 'dedicated')}
    print(json.dumps(facts), flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main(sys.argv[1:])

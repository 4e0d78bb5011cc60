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
import copy
import datetime
import email.utils
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

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from alibaba_signing import Key, Refusal, Request, Verifier  # noqa: E402

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
            'Creator': self.account, 'Description': self.description, 'DeleteDate': '',
            'MaterialExpireTime': '', 'AutomaticRotation': self.rotation,
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


class Fake:
    """The state of the service; one lock around each request."""

    def __init__(self):
        self.lock = threading.Lock()
        self.clock_s = 0
        self.access = {key: Key(*value) for key, value in KEYS.items()}
        self.access['LTAI-nobody'].denied = {'*'}
        self.verifier = Verifier(self.access, lambda: time.time() + self.clock_s)
        self.requests = []
        self.faults = []
        self.status = 'Enabled'
        self.public = True  # keys of instances may be used through the shared gateway
        self.aliases = {}
        self.keys = {}
        for name, settings in {
                'main': {}, 'other': {}, 'rsa': {'spec': 'RSA_2048', 'usage': 'SIGN/VERIFY'},
                'instance': {'instance': INSTANCE}, 'external': {'origin': 'EXTERNAL'},
                'uuid': {'id': str(uuid.uuid4())}}.items():
            key = self.add(MasterKey(ACCOUNT, **settings))
            self.aliases['alias/' + name] = key.id
        self.foreign = self.add(MasterKey(OTHER_ACCOUNT))

    def add(self, key):
        self.keys[key.id] = key
        return key

    def facts(self):
        return {'region': REGION, 'account': ACCOUNT, 'instance': INSTANCE,
                'access': {key: list(value) for key, value in KEYS.items()},
                'keys': {name[6:]: self.keys[key].arn for name, key in self.aliases.items()},
                'foreign': self.foreign.arn}

    # --- what the tests change ---

    def control(self, order):
        """
        faults: [{action, times, status, code, headers, body, change, sleep_s, close}] are used up one by one;
        "change" replaces members of a good answer, null takes one away. clock_s, status, public;
        access: {id: {active, expired}}; state: {ARN: KeyState}; rotate: ARN; reset: true.
        """
        if order.get('reset'):
            self.requests, self.faults, self.clock_s = [], [], 0
            self.status, self.public = 'Enabled', True
            for key in self.access.values():
                key.active, key.expired = True, False
        self.faults += order.get('faults', [])
        for name in ('clock_s', 'status', 'public'):
            setattr(self, name, order.get(name, getattr(self, name)))
        for key_id, changes in order.get('access', {}).items():
            for name, value in changes.items():
                setattr(self.access[key_id], name, set(value) if name == 'denied' else value)
        for arn, state in order.get('state', {}).items():
            self.find(arn).state = state
        if 'rotate' in order:
            self.find(order['rotate']).rotate()
        return {}

    def take_fault(self, action):
        for fault in self.faults:
            if fault.get('action', action) == action and fault.get('times', 1) > 0:
                fault['times'] = fault.get('times', 1) - 1
                return fault
        return None

    # --- the service ---

    def answer(self, request, dedicated):
        """Status, object of the answer, and the fault that is to be played."""
        key_id, action = self.verifier.verify(request)
        parameters = request.parameters()
        fault = self.take_fault(action)
        self.requests.append({
            'method': request.method, 'gateway': 'dedicated' if dedicated else 'shared',
            'action': action, 'access_key': key_id, 'query': dict(request.query),
            'form': dict(request.form), 'headers': request.headers})
        if fault and 'code' in fault:
            raise Refusal(fault.get('status', 400), fault['code'], 'As the test wants it.')
        if fault and 'status' in fault and 'change' not in fault:
            return fault['status'], None, fault
        version = request.headers.get('x-acs-version') or parameters.get('Version')
        method = getattr(self, 'do_' + re.sub(r'(?<!^)(?=[A-Z])', '_', action).lower(), None)
        if version != '2016-01-20' or not method:
            raise Refusal(404, 'InvalidAction.NotFound', 'Specified api is not found.')
        if self.access[key_id].denied & {action, '*'}:
            raise Refusal(403, 'Forbidden.NoPermission', 'This operation is forbidden by permission '
                          'system.')
        if self.status != 'Enabled' and action != 'DescribeAccountKmsStatus':
            raise Refusal(403, 'Forbidden.InDebt' if self.status == 'InDebt'
                          else 'Forbidden.KmsServiceNotEnabled', 'The service is not enabled.')
        if dedicated and action not in DEDICATED:
            raise Refusal(400, 'UnsupportedOperation', 'This action is not supported.')
        if read_flag(parameters, 'DryRun', 'false'):
            raise Refusal(400, 'DryRunOperationError', 'The request would have succeeded.')
        answer = method(parameters, dedicated)
        answer['RequestId'] = str(uuid.uuid4())
        if fault and 'change' in fault:
            for name, value in fault['change'].items():
                answer[name] = value
                if value is None:
                    del answer[name]
        self.requests[-1]['answer'] = dict(answer)
        return fault.get('status', 200) if fault else 200, answer, fault

    def find(self, name, dedicated=False, gateway=False):
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
        if gateway:
            self.check_gateway(key, dedicated)
        return key

    def check_gateway(self, key, dedicated):
        if dedicated != bool(key.instance) and (dedicated or not self.public):
            raise Refusal(400, 'UnsupportedOperation', 'This action is not supported through this '
                          'gateway.')

    def seal(self, key, plaintext, context):
        iv = os.urandom(12)
        sealed = AESGCM(key.versions[key.primary][0]).encrypt(iv, plaintext, context)
        blob = base64.b64encode(key.primary.encode() + iv + sealed).decode()
        return {'CiphertextBlob': blob, 'KeyId': key.id, 'KeyVersionId': key.primary}

    def unseal(self, text, context, dedicated):
        if text is None:
            raise Refusal(400, 'MissingParameter', 'The parameter CiphertextBlob is needed.')
        try:
            blob = base64.b64decode(text, validate=True)
        except ValueError:
            raise invalid('CiphertextBlob') from None
        version = blob[:36].decode('ascii', 'replace')
        for key in self.keys.values():
            if version in key.versions:
                self.check_gateway(key, dedicated)
                key.demand()
                try:
                    return key, version, AESGCM(key.versions[version][0]).decrypt(
                        blob[36:48], blob[48:], context)
                except (InvalidTag, ValueError):
                    break
        raise invalid('CiphertextBlob')

    def do_encrypt(self, parameters, dedicated):
        key = self.find(parameters.get('KeyId'), dedicated, True)
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

    def do_decrypt(self, parameters, dedicated):
        key, version, plaintext = self.unseal(
            parameters.get('CiphertextBlob'), read_context(parameters), dedicated)
        return {'Plaintext': base64.b64encode(plaintext).decode(), 'KeyId': key.id,
                'KeyVersionId': version}

    def do_generate_data_key(self, parameters, dedicated):
        key = self.find(parameters.get('KeyId'), dedicated, True)
        key.demand()
        spec = parameters.get('KeySpec', 'AES_256')
        if spec not in ('AES_256', 'AES_128'):
            raise invalid('KeySpec')
        size = read_number(parameters, 'NumberOfBytes', 1, 1024, 32 if spec == 'AES_256' else 16)
        plaintext = os.urandom(size)
        return self.seal(key, plaintext, read_context(parameters)) | {
            'Plaintext': base64.b64encode(plaintext).decode()}

    def do_generate_data_key_without_plaintext(self, parameters, dedicated):
        answer = self.do_generate_data_key(parameters, dedicated)
        del answer['Plaintext']
        return answer

    def do_re_encrypt(self, parameters, dedicated):
        source = read_context(parameters, 'SourceEncryptionContext')
        target = read_context(parameters, 'DestinationEncryptionContext')
        _, _, plaintext = self.unseal(parameters.get('CiphertextBlob'), source, dedicated)
        key = self.find(parameters.get('DestinationKeyId'), dedicated, True)
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
        for key in self.keys.values():
            facts = key.metadata() | {'CreatorType': 'User'}
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
        if len(self.keys) >= 200:
            raise Refusal(400, 'Rejected.LimitExceeded', 'The request was rejected because user '
                          'create resource has reach the limit.')
        key = self.add(MasterKey(
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
        if parameters['AliasName'] in self.aliases:
            raise Refusal(409, 'Rejected.AlreadyExist', 'The alias exists.')
        self.aliases[parameters['AliasName']] = self.find(parameters.get('KeyId')).id
        return {}

    def do_update_alias(self, parameters, _):
        self.check_alias(parameters.get('AliasName'))
        if parameters['AliasName'] not in self.aliases:
            raise Refusal(404, 'Forbidden.AliasNotFound', 'The specified Alias is not found.')
        self.aliases[parameters['AliasName']] = self.find(parameters.get('KeyId')).id
        return {}

    def alias_items(self, key_id=None):
        return [{'AliasName': name, 'KeyId': key,
                 'AliasArn': f'acs:kms:{REGION}:{ACCOUNT}:{name}'}
                for name, key in self.aliases.items() if key_id in (None, key)]

    def do_list_aliases(self, parameters, _):
        return page(parameters, self.alias_items(), 100, 'Aliases', 'Alias')

    def do_list_aliases_by_key_id(self, parameters, _):
        key = self.find(parameters.get('KeyId'))
        return page(parameters, self.alias_items(key.id), 100, 'Aliases', 'Alias')

    def do_describe_account_kms_status(self, _, __):
        return {'AccountStatus': self.status}

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


def to_xml(answer):
    inner = ''.join(f'<{name}>{value}</{name}>' for name, value in answer.items())
    return f"<?xml version='1.0' encoding='UTF-8'?><Error>{inner}</Error>".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    fake, dedicated = None, False

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + self.fake.clock_s, usegmt=True)

    def send(self, status, body, kind='application/json', extra=None):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def read_body(self):
        if self.headers.get('Transfer-Encoding', '').lower() != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = b''
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.read_body()
        if url.path == '/_fake':
            with self.fake.lock:
                if self.command == 'POST':
                    answer = self.fake.control(json.loads(body))
                else:
                    answer = copy.deepcopy(self.fake.requests)
            self.send(200, json.dumps(answer).encode())
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, url.query, headers, body)
        fault = None
        try:
            with self.fake.lock:
                status, answer, fault = self.fake.answer(request, self.dedicated)
        except Refusal as refusal:
            status = refusal.status
            answer = {'HttpStatus': status, 'Code': refusal.code, 'Message': refusal.message,
                      'RequestId': str(uuid.uuid4()), 'HostId': headers.get('host', '')}
        self.reply(request, status, answer, fault or {})

    def reply(self, request, status, answer, fault):
        if fault.get('sleep_s'):
            time.sleep(fault['sleep_s'])
        if fault.get('close'):
            self.close_connection = True
            self.connection.close()
            return
        if 'body' in fault:
            self.send(status, fault['body'].encode(), extra=fault.get('headers'))
            return
        wants_json = 'json' in (request.headers.get('accept', '') +
                                dict(request.query + request.form).get('Format', '')).lower()
        if answer is None:
            self.send(status, b'', extra=fault.get('headers'))
        elif wants_json:
            self.send(status, json.dumps(answer).encode(), extra=fault.get('headers'))
        else:
            self.send(status, to_xml(answer), 'text/xml', fault.get('headers'))

    do_GET = do_POST = serve


def start(fake, dedicated, tls):
    handler = type('Gateway', (Handler,), {'fake': fake, 'dedicated': dedicated})
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main(arguments):
    tls = arguments[1:3] if arguments[:1] == ['--tls'] else None
    fake = Fake()
    facts = fake.facts() | {'shared': start(fake, False, tls), 'dedicated': start(fake, True, tls)}
    print(json.dumps(facts), flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main(sys.argv[1:])

# SPDX-License-Identifier: Apache-2.0
"""Our library, through its public interface alone, against the service that Alibaba's own clients
judged (test_fake.py), and against those clients: what either wrapped the other unwraps, and the
requests are theirs, field by field (golden/).

EVC_CLIENT names the program that does what it is told (../client.c), EVC_COMMAND the command.
"""
import base64
import json
import os
import struct
import subprocess
import sys
import urllib.parse

import golden
import pytest
from clients import OpenApiClient, PopClient, PythonClient, Service

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
# pylint: disable=wrong-import-position
from ours import Client, Failed  # noqa: E402

pytestmark = pytest.mark.skipif('EVC_CLIENT' not in os.environ,
                                reason='built without key services of clouds')

CONTEXT = {'tenant': 'ü & = 7', 'purpose': 'test'}
LONG = {'a': '"' * 4200}  # its JSON is longer than a context may be for the service
SECRETS = ('fixed-secret', 'temporary-secret', 'temporary+token/==', 'renewed-secret')


@pytest.fixture(scope='module', name='running')
def fixture_running():
    service = Service()
    yield service
    service.close()


@pytest.fixture(name='service')
def fixture_service(running):
    running.ask({'reset': True})
    yield running
    running.ask({'reset': True,
                 'state': {arn: 'Enabled' for name, arn in running.facts['keys'].items()
                           if name in ('main', 'other', 'uuid', 'instance')}})


def environment(service, access='LTAI-fixed', **more):
    who = service.access(access)
    out = {'ALIBABA_CLOUD_ACCESS_KEY_ID': who['id'],
           'ALIBABA_CLOUD_ACCESS_KEY_SECRET': who['secret'],
           'ALIBABA_CLOUD_ECS_METADATA_DISABLED': 'true'}
    if who['token']:
        out['ALIBABA_CLOUD_SECURITY_TOKEN'] = who['token']
    return out | more


class Ours(Client):
    """Says at its end that no secret was in a log line or an error."""

    def __init__(self, service, folder, access='LTAI-fixed', **more):
        super().__init__(folder, **environment(service, access, **more))
        self.texts = []

    def ask(self, op, **members):
        try:
            return super().ask(op, **members)
        except Failed as failed:
            self.texts.append(json.dumps(failed.reply))
            raise

    def end(self):
        super().end()
        shown = json.dumps(self.log) + ''.join(self.texts)
        assert not [secret for secret in SECRETS if secret in shown]


@pytest.fixture(name='ours')
def fixture_ours(service, tmp_path):
    client = Ours(service, tmp_path)
    yield client
    client.end()


def key_uri(service, name='main', gateway='shared', path=None, scheme='http', **options):
    options['endpoint'] = f'{scheme}://{service.host(gateway)}'
    path = path or '/' + service.facts['keys'][name]
    return f'alibaba-kms://{path}?' + urllib.parse.urlencode(options)


def service_uri(service):
    return key_uri(service, path=service.facts['region'])


def requests_of(service, action):
    return [one for one in service.ask() if one['action'] == action]


def failing(function, *arguments, **more):
    with pytest.raises(Failed) as caught:
        function(*arguments, **more)
    return caught.value


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        assert self.at <= len(self.data)
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), 'big')

    def bytes16(self):
        return self.take(self.number(2))


def read_edk(record):
    """Key info and ciphertext of a wrapped-key record's only EDK, as doc/format.md has them."""
    reader = Reader(record)
    assert reader.take(3) == b'EK\x01'
    reader.take(1)
    reader.bytes16()
    assert reader.number(2) == 1
    assert reader.bytes16() == b'envcrypt-alibaba-kms'
    info, ciphertext = Reader(reader.bytes16()), reader.bytes16()
    assert info.take(1) == b'\x01'
    facts = {'key_id': info.bytes16().decode(), 'version': info.bytes16().decode(),
             'form': info.number(1), 'wrapped_s': info.number(8)}
    assert info.at == len(info.data)
    return facts, ciphertext.decode()


# --- round trips ---------------------------------------------------------------------------------

@pytest.mark.parametrize('access', ['LTAI-fixed', 'STS.temporary'])
@pytest.mark.parametrize('signature', ['v3', 'v1'])
@pytest.mark.parametrize('context', [{}, CONTEXT, LONG])
def test_messages_come_back(service, tmp_path, access, signature, context):
    ours = Ours(service, tmp_path, access)
    opened = ours.open(key_uri(service, signature=signature))
    assert opened['key_id'] == service.arn
    assert opened['provider_id'] == 'envcrypt-alibaba-kms'
    message = ours.data('encrypt', b'plain text', context=context)
    assert ours.data('decrypt', message, context=context) == b'plain text'
    ours.end()
    assert {one['access_key'] for one in service.ask()} == {access}


@pytest.mark.parametrize('path, name', [
    ('{region}/alias/main', 'main'), ('{region}/{id}', 'main'), ('{region}/{arn}', 'main'),
    ('/{arn}', 'main'), ('{region}/{id}', 'uuid')])
def test_every_uri_pins_the_arn(service, ours, path, name):
    arn = service.facts['keys'][name]
    path = path.format(region=service.facts['region'], arn=arn, id=arn.rpartition('/')[2])
    assert ours.open(key_uri(service, path=path))['key_id'] == arn


def test_a_key_of_another_account_is_used_by_its_arn(service, ours):
    assert ours.open(key_uri(service, path='/' + service.facts['foreign']))['key_id'] == \
        service.facts['foreign']
    assert ours.data('decrypt', ours.data('encrypt', b'x')) == b'x'


def test_an_alias_that_moves_changes_nothing(service, ours):
    ours.open(key_uri(service, path='cn-hangzhou/alias/main'))
    PythonClient(service).call('UpdateAlias', {
        'AliasName': 'alias/main', 'KeyId': service.facts['keys']['other']})
    try:
        assert read_edk(ours.data('make-record'))[0]['key_id'] == service.arn
    finally:
        PythonClient(service).call('UpdateAlias', {'AliasName': 'alias/main', 'KeyId': service.arn})


@pytest.mark.parametrize('kind', [PythonClient, OpenApiClient, PopClient])
@pytest.mark.parametrize('context', [{}, CONTEXT])
def test_alibabas_clients_unwrap_what_we_wrapped(service, ours, kind, context):
    ours.open(key_uri(service))
    record = ours.data('make-record', context=context)
    key = ours.data('open-record', record, context=context)
    facts, ciphertext = read_edk(record)
    asked = {'CiphertextBlob': ciphertext} | ({'EncryptionContext': context} if context else {})
    answer = kind(service).call('Decrypt', asked)
    assert base64.b64decode(answer['Plaintext']) == key
    assert facts['version'] == answer['KeyVersionId']
    assert facts['form'] == (1 if context else 0)


def test_a_long_context_is_given_as_a_hash(service, ours):
    ours.open(key_uri(service))
    record = ours.data('make-record', context=LONG)
    assert read_edk(record)[0]['form'] == 2
    sent = requests_of(service, 'Encrypt')[-1]['form']['EncryptionContext']
    assert list(json.loads(sent)) == ['envcrypt-context']
    assert len(ours.data('open-record', record, context=LONG)) == 32


# --- requests ------------------------------------------------------------------------------------

def same_as_golden(sent, kept):
    """Every parameter and every header that means something, but for the order of the signed ones."""
    assert sent['method'] == kept['method']
    assert sent['form'] == kept['form']
    assert sent['query'] == kept['query'] == {}
    for name, value in kept['headers'].items():
        if name == 'x-acs-credentials-provider':
            continue  # tells the service which of Alibaba's own classes gave the credentials
        if name == 'content-type' and not kept['form']:
            continue  # of no body; Alibaba's other clients leave it away
        if name == 'authorization':
            value = value.replace('x-acs-credentials-provider;', '')
            value = value if kept['form'] else value.replace('content-type;', '')
        assert sent['headers'][name] == value, name


GOLDEN_ACTIONS = [
    ('list-keys', {}, 'ListKeys', 0),
    ('list-keys', {'state': 'Enabled', 'spec': 'Aliyun_AES_256'}, 'ListKeys', 1),
    ('list-aliases', {}, 'ListAliases', 0),
    ('list-aliases', {'key': '{main}'}, 'ListAliasesByKeyId', 0),
    ('describe-key', {'key': '{main}'}, 'DescribeKey', 0),
    ('list-versions', {'key': '{main}'}, 'ListKeyVersions', 0),
    ('generate-wrapped-key', {'key': '{main}'}, 'GenerateDataKeyWithoutPlaintext', 0),
    ('create-key', {'description': 'made by a test'}, 'CreateKey', 0),
    ('create-key', {'level': 'HSM', 'instance': 'kst-test', 'rotation-days': '30', 'tags': 'a=b'},
     'CreateKey', 1),
    ('create-alias', {'alias': 'alias/golden', 'key': '{main}'}, 'CreateAlias', 0),
    ('update-alias', {'alias': 'alias/golden', 'key': '{main}'}, 'UpdateAlias', 0),
    ('rotation-policy', {'key': '{main}', 'days': '30'}, 'UpdateRotationPolicy', 0),
    ('rotation-policy', {'key': '{main}', 'days': '0'}, 'UpdateRotationPolicy', 1),
    ('set-deletion-protection', {'key': '{main}', 'enable': 'true'}, 'SetDeletionProtection', 0),
    ('account-status', {}, 'DescribeAccountKmsStatus', 0),
    ('enable-key', {'key': '{other}'}, 'EnableKey', 0),
]


@pytest.mark.parametrize('action, arguments, wanted, which', GOLDEN_ACTIONS)
def test_actions_are_asked_for_as_alibabas_client_does(service, ours, action, arguments, wanted,
                                                       which):
    words = {'{' + name + '}': arn for name, arn in service.facts['keys'].items()}
    arguments = {name: golden.fill(value, words) for name, value in arguments.items()}
    ours.run(service_uri(service), action, **arguments)
    kept = [one for one in golden.load('openapi') if one['action'] == wanted][which]
    sent = [golden.normalize(one, words) for one in requests_of(service, wanted)][0]
    same_as_golden(sent, kept)
    if action == 'set-deletion-protection':
        ours.run(service_uri(service), action, **(arguments | {'enable': 'false'}))


@pytest.mark.parametrize('operation, action, which', [
    ('make-record', 'Encrypt', 1), ('open-record', 'Decrypt', 1), ('encrypt', 'GenerateDataKey', 0),
    ('rewrap-record', 'ReEncrypt', 0)])
def test_data_keys_are_asked_for_as_alibabas_client_does(service, ours, operation, action, which):
    ours.open(key_uri(service))
    context = {} if operation == 'encrypt' else golden.CONTEXT
    data = b'x' if operation == 'encrypt' else ours.data('make-record', context=context)
    words = {'{' + name + '}': arn for name, arn in service.facts['keys'].items()}
    if operation != 'encrypt':
        words['{bound}'] = read_edk(data)[1]
        sent = requests_of(service, 'Encrypt')[-1]
        words['AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='] = sent['form']['Plaintext']
    if operation != 'make-record':
        ours.data(operation, data, context=context)
    kept = [one for one in golden.load('openapi') if one['action'] == action][which]
    same_as_golden(golden.normalize(requests_of(service, action)[-1], words), kept)


def test_nothing_of_a_key_is_in_a_url(service, ours):
    ours.open(key_uri(service, signature='v1'))
    ours.data('open-record', ours.data('make-record', context=CONTEXT), context=CONTEXT)
    for one in service.ask():
        assert not {'Plaintext', 'CiphertextBlob', 'EncryptionContext', 'KeyId'} & set(one['query'])


def test_every_request_has_a_nonce_of_its_own(service, ours):
    service.ask({'faults': [{'action': 'DescribeKey', 'status': 500, 'code': 'InternalFailure',
                             'times': 2}]})
    ours.open(key_uri(service))
    nonces = [one['headers']['x-acs-signature-nonce'] for one in service.ask()]
    assert len(nonces) == 3 == len(set(nonces))


# --- versions, rewrapping ------------------------------------------------------------------------

def test_records_go_to_the_newest_version_inside_of_the_service(service, ours):
    ours.open(key_uri(service))
    record = ours.data('make-record', context=CONTEXT)
    service.ask({'rotate': service.arn})
    again = ours.data('rewrap-record', record)
    assert read_edk(again)[0]['version'] != read_edk(record)[0]['version']
    assert len(requests_of(service, 'ReEncrypt')) == 1 == len(requests_of(service, 'Encrypt'))
    assert ours.data('open-record', again, context=CONTEXT) == ours.data(
        'open-record', record, context=CONTEXT)


def test_a_description_has_all_versions(service, ours):
    ours.open(key_uri(service, 'other'))
    for _ in range(101):
        service.ask({'rotate': service.facts['keys']['other']})
    answer = ours.ask('describe', key='k')
    metadata = PythonClient(service).call('DescribeKey', {'KeyId': service.facts['keys']['other']})
    assert len(answer['versions']) >= 102
    assert answer['versions'][answer['current']] == metadata['KeyMetadata']['PrimaryKeyVersion']
    assert [one['form']['PageNumber'] for one in requests_of(service, 'ListKeyVersions')] == ['1', '2']


def test_rotation_is_by_policy(service, ours):
    ours.open(key_uri(service))
    failed = failing(ours.ask, 'rotate', key='k')
    assert failed.code == 'UNSUPPORTED' and 'rotation policy' in failed.reply['text']


# --- errors --------------------------------------------------------------------------------------

def test_throttles_are_waited_for(service, ours):
    service.ask({'faults': [{'action': 'DescribeKey', 'status': 429, 'code': 'Rejected.Throttling',
                             'headers': {'x-ratelimit-user-api': 'Limit:1,TimeLeft:20'}}]})
    assert ours.open(key_uri(service))['key_id'] == service.arn


def test_throttles_without_end_are_told(service, ours):
    ours.open(key_uri(service))
    service.ask({'faults': [{'status': 429, 'code': 'Rejected.Throttling', 'times': 99}]})
    failed = failing(ours.data, 'make-record')
    assert failed.code == 'THROTTLED' and failed.reply['retryable']
    assert failed.reply['provider_code'] == 'Rejected.Throttling'


@pytest.mark.parametrize('status, code', [
    (503, 'ServiceUnavailableTemporary'), (500, 'InternalFailure'), (400, 'SignatureNonceUsed')])
def test_passing_trouble_passes(service, ours, status, code):
    ours.open(key_uri(service))
    service.ask({'faults': [{'action': 'Encrypt', 'status': status, 'code': code}]})
    assert ours.data('make-record')
    assert len(requests_of(service, 'Encrypt')) == 2


@pytest.mark.parametrize('clock_s', [86400, 1200, -1200])
def test_the_clock_of_the_service_is_taken(service, ours, clock_s):
    service.ask({'clock_s': clock_s})
    ours.open(key_uri(service))
    assert ours.data('decrypt', ours.data('encrypt', b'x')) == b'x'


@pytest.mark.parametrize('state, code', [
    ('Disabled', 'KEY_DISABLED'), ('PendingDeletion', 'KEY_PENDING_DELETION'),
    ('PendingImport', 'KEY_PENDING_IMPORT'), ('Unavailable', 'KEY_UNAVAILABLE')])
def test_states_of_keys_are_told(service, ours, state, code):
    ours.open(key_uri(service))
    record = ours.data('make-record')
    service.ask({'state': {service.arn: state}})
    failed = failing(ours.data, 'make-record')
    assert (failed.code, failed.reply['key_state']) == (code, state)
    failed = failing(ours.data, 'open-record', record)
    assert (failed.code, failed.reply['key_state']) == (code, state) or \
        failed.reply['causes'][0]['key_state'] == state
    assert failing(ours.ask, 'probe', key='k').code == code
    service.ask({'state': {service.arn: 'Enabled'}})
    assert len(ours.data('open-record', record)) == 32


def test_credentials_that_expire_during_work_are_told(service, tmp_path):
    ours = Ours(service, tmp_path, 'STS.temporary')
    ours.open(key_uri(service))
    service.ask({'access': {'STS.temporary': {'expired': True}}})
    failed = failing(ours.data, 'make-record')
    assert failed.code == 'AUTH'
    assert failed.reply['provider_code'] == 'InvalidSecurityToken.Expired'
    ours.end()


def test_renewed_credentials_of_a_file_are_taken(service, tmp_path):
    """A process that runs for long does not hold a token that is over."""
    def write(access):
        who = service.access(access)
        profile = {'name': 'p', 'mode': 'StsToken', 'access_key_id': who['id'],
                   'access_key_secret': who['secret'], 'sts_token': who['token'],
                   'region_id': 'cn-hangzhou'}
        file = tmp_path / 'config.json'
        file.write_text(json.dumps({'current': 'p', 'profiles': [profile]}))
        file.chmod(0o600)
        return str(file)

    path = write('STS.temporary')
    ours = Client(tmp_path, ALIBABA_CLOUD_CONFIG_FILE=path,
                  ALIBABA_CLOUD_ECS_METADATA_DISABLED='true')
    ours.open(key_uri(service))
    write('STS.renewed')
    service.ask({'access': {'STS.temporary': {'expired': True}}})
    try:
        ours.data('make-record')
        used = requests_of(service, 'Encrypt')[-1]['access_key']
    except Failed as failed:
        used = failed.code
    ours.end()
    assert used == 'STS.renewed'


@pytest.mark.parametrize('order, code', [
    ({'status': 'InDebt'}, 'BILLING'), ({'status': 'NotEnabled'}, 'BILLING'),
    ({'access': {'LTAI-fixed': {'active': False}}}, 'AUTH'),
    ({'access': {'LTAI-fixed': {'denied': ['DescribeKey']}}}, 'DENIED')])
def test_what_bars_an_account_is_told(service, ours, order, code):
    service.ask(order)
    try:
        failed = failing(ours.open, key_uri(service))
    finally:
        service.ask({'access': {'LTAI-fixed': {'active': True, 'denied': []}}})
    assert failed.code == code
    if code == 'DENIED':
        assert 'kms:DescribeKey' in failed.reply['text']


def test_wrong_secrets_are_told(service, tmp_path):
    ours = Ours(service, tmp_path, ALIBABA_CLOUD_ACCESS_KEY_SECRET='wrong-secret')
    failed = failing(ours.open, key_uri(service))
    assert (failed.code, failed.reply['provider_code']) == ('AUTH', 'SignatureDoesNotMatch')
    ours.end()


def test_another_context_is_refused_by_the_service(service, ours):
    ours.open(key_uri(service))
    record = ours.data('make-record', context=CONTEXT)
    changed = record.replace(b'purpose', b'purpos3')
    failed = failing(ours.data, 'open-record', changed)
    codes = [failed.code] + [cause['code'] for cause in failed.reply['causes']]
    assert any(code.endswith('CONTEXT') for code in codes), failed.reply
    assert requests_of(service, 'Decrypt')


CHANGES = [
    ({'KeyId': 'key-hzz0000'}, 'KEY_MISMATCH'),
    ({'KeyId': 'acs:kms:cn-beijing:1234567890123456:key/key-hzz0000'}, 'KEY_MISMATCH'),
    ({'KeyId': None}, 'PROTOCOL'),
    ({'Plaintext': base64.b64encode(bytes(range(1, 32))).decode()}, 'BAD_DEK'),
    ({'Plaintext': base64.b64encode(bytes(range(1, 65))).decode()}, 'BAD_DEK'),
    ({'Plaintext': base64.b64encode(bytes(32)).decode()}, 'BAD_DEK'),
    ({'Plaintext': ''}, 'PROTOCOL'),
    ({'Plaintext': 'not base64'}, 'PROTOCOL'),
    ({'Plaintext': None}, 'PROTOCOL'),
    ({'KeyVersionId': 7}, 'PROTOCOL'),
]


@pytest.mark.parametrize('change, code', CHANGES)
def test_wrong_answers_are_not_used(service, ours, change, code):
    ours.open(key_uri(service))
    message = ours.data('encrypt', b'x')
    service.ask({'faults': [{'action': 'Decrypt', 'change': change}]})
    failed = failing(ours.data, 'decrypt', message)
    codes = [failed.code] + [cause['code'].replace('ENVCRYPT_E_', '')
                             for cause in failed.reply['causes']]
    assert code in codes, failed.reply
    assert len(requests_of(service, 'Decrypt')) == 1


GOOD = '{"Plaintext":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=","KeyId":"%s"}'


@pytest.mark.parametrize('body', [
    '', '{', '[]', 'null', '<html>error</html>', GOOD[:-1], GOOD + ' {}',
    '{"KeyId":"%s",' + GOOD[1:], '{"\\u004beyId":"x",' + GOOD[1:],
    '{"a":' + '[' * 5000 + ']' * 5000 + ',' + GOOD[1:],
    '{"a":"' + 'x' * 70000 + '",' + GOOD[1:], '\ufeff' + GOOD])
def test_malformed_answers_are_the_protocols_fault(service, ours, body):
    ours.open(key_uri(service))
    message = ours.data('encrypt', b'x')
    body = body.replace('%s', service.arn)
    service.ask({'faults': [{'action': 'Decrypt', 'status': 200, 'body': body}]})
    failed = failing(ours.data, 'decrypt', message)
    codes = [failed.code] + [cause['code'].replace('ENVCRYPT_E_', '')
                             for cause in failed.reply['causes']]
    assert 'PROTOCOL' in codes, failed.reply


def test_a_slow_answer_is_given_up(service, ours):
    ours.open(key_uri(service, **{'attempt-timeout-ms': '300'}))
    service.ask({'faults': [{'action': 'Encrypt', 'sleep_s': 2, 'change': {}, 'times': 9}]})
    assert failing(ours.data, 'make-record').code in ('NET_BROKEN', 'TIMEOUT')


# --- gateways ------------------------------------------------------------------------------------

def test_an_instance_wraps_and_unwraps(service, ours):
    ours.open(key_uri(service, 'instance', 'dedicated', instance='kst-test'))
    record = ours.data('make-record', context=CONTEXT)
    assert ours.data('decrypt', ours.data('encrypt', b'x')) == b'x'
    again = ours.data('rewrap-record', record)
    assert ours.data('open-record', again, context=CONTEXT) == ours.data(
        'open-record', record, context=CONTEXT)
    ours.ask('probe', key='k')
    assert {one['action'] for one in service.ask()} == {'Encrypt', 'Decrypt', 'GenerateDataKey'}
    assert {one['gateway'] for one in service.ask()} == {'dedicated'}


def test_what_an_instance_wrapped_the_shared_gateway_opens(service, ours):
    ours.open(key_uri(service, 'instance', 'dedicated', instance='kst-test'), key='dedicated')
    ours.open(key_uri(service, 'instance'), key='shared')
    message = ours.data('encrypt', b'x', key='dedicated')
    assert ours.data('decrypt', message, key='shared') == b'x'
    service.ask({'public': False})
    failed = failing(ours.data, 'decrypt', message, key='shared')
    texts = failed.reply['text'] + ''.join(cause['text'] for cause in failed.reply['causes'])
    assert 'option instance' in texts
    assert ours.data('decrypt', message, key='dedicated') == b'x'


def make_ca(folder):
    """A CA and a certificate of 127.0.0.1 under it."""
    def openssl(*arguments):
        subprocess.run(['openssl', *arguments], cwd=folder, check=True, capture_output=True)
    extensions = folder / 'ext'
    extensions.write_text('subjectAltName=IP:127.0.0.1\n')
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem',
            '-subj', '/CN=private CA', '-days', '2')
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'csr.pem',
            '-subj', '/CN=gateway')
    openssl('x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
            '-out', 'cert.pem', '-days', '2', '-extfile', 'ext')
    return folder / 'cert.pem', folder / 'key.pem', folder / 'ca.pem'


def test_a_private_ca_is_trusted_where_it_is_named(tmp_path):
    certificate, key, ca = make_ca(tmp_path)
    service = Service(str(ca), str(certificate), str(key))
    ours = Ours(service, tmp_path)
    try:
        uri = {'name': 'instance', 'gateway': 'dedicated', 'scheme': 'https', 'instance': 'kst-test'}
        ours.open(key_uri(service, **uri), key='untrusted')
        failed = failing(ours.data, 'make-record', key='untrusted')
        assert 'TLS' in [failed.code] + [cause['code'].replace('ENVCRYPT_E_', '')
                                         for cause in failed.reply['causes']]
        ours.open(key_uri(service, **uri, **{'ca-file': str(ca)}), key='trusted')
        assert len(ours.data('open-record', ours.data('make-record', key='trusted'),
                             key='trusted')) == 32
    finally:
        ours.end()
        service.close()


# --- memory --------------------------------------------------------------------------------------

def answered(service, action):
    return base64.b64decode(requests_of(service, action)[-1]['answer']['Plaintext'])


def holds_no_key(ours, service):
    """By default (memory=strict)."""
    message = ours.data('encrypt', b'x', context=CONTEXT)
    key = answered(service, 'GenerateDataKey')
    ours.holds_no_copy(key, 'after it was generated')
    ours.data('decrypt', message, context=CONTEXT)
    assert answered(service, 'Decrypt') == key
    ours.holds_no_copy(key, 'after the unwrap')
    ours.data('make-record', context=CONTEXT)
    sent = base64.b64decode(requests_of(service, 'Encrypt')[-1]['form']['Plaintext'])
    ours.holds_no_copy(sent, 'after the wrap')


def test_no_data_key_stays_in_memory(service, ours):
    ours.open(key_uri(service))
    holds_no_key(ours, service)


def test_no_data_key_that_came_by_tls_stays_in_memory(tmp_path):
    certificate, key, ca = make_ca(tmp_path)
    service = Service(str(ca), str(certificate), str(key))
    ours = Ours(service, tmp_path)
    try:
        ours.open(key_uri(service, scheme='https', **{'ca-file': str(ca)}))
        holds_no_key(ours, service)
    finally:
        ours.end()
        service.close()


# --- key stores, services, the command -----------------------------------------------------------

def test_a_key_protects_a_key_store(service, ours, tmp_path):
    path = str(tmp_path / 'store.json')
    ours.open(key_uri(service))
    ours.ask('make-store', key='k', path=path)
    ours.ask('open-store', key='k', path=path)
    service.ask({'rotate': service.arn})
    ours.ask('rewrap-store', key='k', path=path)
    ours.ask('open-store', key='k', path=path)
    service.ask({'state': {service.arn: 'Disabled'}})
    failing(ours.ask, 'open-store', key='k', path=path)


def test_keys_are_listed_in_pages(service, ours):
    official = PythonClient(service)
    total = official.call('ListKeys', {'PageSize': 1})['TotalCount']
    for _ in range(101 - total):
        official.call('CreateKey', {'Description': 'one of many'})
    rows = ours.run(service_uri(service), 'list-keys')
    pages = [one['form']['PageNumber'] for one in requests_of(service, 'ListKeys')
             if one['form'].get('PageSize') == '100']
    assert len(rows) >= 101 and pages == ['1', '2']
    assert len({row['arn'] for row in rows}) == len(rows)
    main = [row for row in rows if row['arn'] == service.arn][0]
    assert 'alias/main' in main['aliases'].split(',')


def test_deleting_is_not_for_everybody(service, ours):
    failed = failing(ours.run, service_uri(service), 'schedule-deletion', key=service.arn)
    assert failed.code == 'CONFIRMATION'
    assert not requests_of(service, 'ScheduleKeyDeletion')


def command(service, folder, *arguments, code=0):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith('ALI')}
    done = subprocess.run([os.environ['EVC_COMMAND'], *arguments], text=True, capture_output=True,
                          env=inherited | environment(service) | {'HOME': str(folder)}, timeout=60)
    assert done.returncode == code, done.stderr
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
    return done.stdout


needs_command = pytest.mark.skipif('EVC_COMMAND' not in os.environ,
                                   reason='built without programs')


@needs_command
def test_the_command_checks_a_key(service, tmp_path):
    out = command(service, tmp_path, 'key', 'check', '--json', key_uri(service))
    assert '"failed"' not in out.replace('"failed": 0', '').replace('"failed":0', '')


@needs_command
def test_the_command_encrypts_and_decrypts(service, tmp_path):
    plain, sealed = tmp_path / 'plain', tmp_path / 'sealed'
    plain.write_text('text')
    command(service, tmp_path, 'encrypt', '-k', key_uri(service), '-o', str(sealed), str(plain))
    assert command(service, tmp_path, 'decrypt', '-k', key_uri(service), str(sealed)) == 'text'


@needs_command
def test_the_command_lists_keys(service, tmp_path):
    assert service.arn in command(service, tmp_path, 'key', 'list', '--json', service_uri(service))

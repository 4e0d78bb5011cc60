# SPDX-License-Identifier: Apache-2.0
"""Our client against the fake service that boto3 and JavaScript judged (test_fake.py)."""
import base64
import json

import ours
import pytest
from services import Access, Boto

CONTEXT = {'tenant': 'blue', 'größe': '42'}
ROLE = 'arn:aws:iam::111122223333:role/app'


@pytest.fixture
def client(our, fake):
    return our(fake)


def refused(code, function, *arguments, **members):
    with pytest.raises(ours.Failed) as caught:
        function(*arguments, **members)
    assert caught.value.code == code, caught.value
    return caught.value.reply


def everything(reply):
    """The error and its causes, the most telling of which a message's error may hide."""
    return [reply] + reply['causes']


def told(reply, provider_code):
    found = [e for e in everything(reply) if e['provider_code'] == provider_code]
    assert found, reply
    return found[0]


def wrap(client, arn):
    client.key(arn)
    return client.data('encrypt', b'plain', context=CONTEXT)


# --- data ---

def test_what_is_encrypted_decrypts(client, fake):
    message = wrap(client, fake.key_1)
    assert client.data('decrypt', message, context=CONTEXT) == b'plain'
    assert fake.asked() == ['GenerateDataKey', 'Decrypt']


def test_the_service_gets_the_whole_context_and_the_key(client, fake):
    client.data('decrypt', wrap(client, fake.key_1), context=CONTEXT)
    for request in fake.requests():
        body = json.loads(request['body'])
        assert body['KeyId'] == fake.key_1
        assert CONTEXT.items() <= body['EncryptionContext'].items()


def test_a_record_is_wrapped_and_rewrapped_by_the_service(client, fake):
    client.key(fake.key_1)
    record = client.data('make-record', context=CONTEXT)
    again = client.data('rewrap-record', record)
    assert client.data('open-record', again, context=CONTEXT) \
        == client.data('open-record', record, context=CONTEXT)
    assert fake.asked()[:3] == ['Encrypt', 'Decrypt', 'ReEncrypt']


def test_an_alias_that_moves_changes_nothing(client, fake):
    client.open('aws-kms://eu-central-1/alias/one')
    message = client.data('encrypt', b'plain')
    fake.control(aliases={'alias/one': fake.key_2})
    assert client.data('decrypt', message) == b'plain'
    client.data('encrypt', b'more')
    assert json.loads(fake.requests('GenerateDataKey')[-1]['body'])['KeyId'] == fake.key_1
    assert len(fake.requests('DescribeKey')) == 1
    client.open('aws-kms://eu-central-1/alias/one', 'later')
    refused('NO_KEY', client.data, 'decrypt', message, 'later')


def test_a_replica_opens_what_its_primary_wrapped(client, fake):
    message = wrap(client, fake.multi)
    client.open('aws-kms://us-east-1/' + fake.multi, 'there')
    assert client.data('decrypt', message, 'there', CONTEXT) == b'plain'
    last = json.loads(fake.requests('Decrypt')[-1]['body'])
    assert last['KeyId'] == fake.multi.replace('eu-central-1', 'us-east-1')


def test_a_key_of_another_account_works_by_its_arn(client, fake):
    assert client.data('decrypt', wrap(client, fake.foreign), context=CONTEXT) == b'plain'


@pytest.mark.parametrize('kind', ['rsa', 'hmac'])
def test_a_key_of_another_kind_is_refused(client, fake, kind):
    arn = getattr(fake, kind)
    refused('KEY_UNSUITABLE', client.open, 'aws-kms://eu-central-1/' + arn.split('/')[1])
    client.key(arn)
    told(refused('KEY_UNSUITABLE', client.data, 'encrypt', b'x'), 'InvalidKeyUsageException')


def test_the_services_own_words_are_never_shown(client, fake):
    client.key(fake.key_1)
    fake.control(faults=[{'code': 'ValidationException', 'message': 'planted-words'}])
    reply = refused('REQUEST_REFUSED', client.data, 'encrypt', b'x')
    assert 'planted' not in json.dumps(reply) + json.dumps(client.log)


# --- key stores ---

def test_a_key_store_that_a_key_protects_opens_with_one_call(client, fake, tmp_path):
    client.key(fake.key_1)
    client.ask('make-store', key='k', path=str(tmp_path / 'store.json'))
    before = len(fake.asked())
    client.ask('open-store', key='k', path=str(tmp_path / 'store.json'))
    assert fake.asked()[before:] == ['Decrypt']


def test_a_rotated_key_wraps_its_store_anew_by_the_service(client, fake, tmp_path):
    path = tmp_path / 'store.json'
    client.key(fake.key_1)
    client.ask('make-store', key='k', path=str(path))
    client.ask('rotate', key='k')
    client.ask('rewrap-store', key='k', path=str(path))
    assert 'ReEncrypt' in fake.asked()
    protector = json.loads(path.read_text())['protectors'][0]
    opened = Boto(fake).call(
        'Decrypt', CiphertextBlob=base64.b64decode(protector['wrapped']), KeyId=fake.key_1,
        EncryptionContext={'envcrypt-store': json.loads(path.read_text())['id'],
                           'envcrypt-protector': protector['id']})
    assert opened['KeyMaterialId'] == client.ask('describe', key='k')['versions'][-1]


# --- errors ---

@pytest.mark.parametrize('state, code, name', [
    ('Disabled', 'KEY_DISABLED', 'DisabledException'),
    ('PendingDeletion', 'KEY_PENDING_DELETION', 'KMSInvalidStateException'),
    ('PendingImport', 'KEY_PENDING_IMPORT', 'KMSInvalidStateException'),
    ('Unavailable', 'KEY_UNAVAILABLE', 'KMSInvalidStateException'),
    ('Creating', 'KEY_NOT_READY', 'KMSInvalidStateException'),
])
def test_each_state_of_a_key_has_its_error(client, fake, state, code, name):
    message = wrap(client, fake.key_1)
    fake.control(states={fake.key_1: state})
    reply = refused(code, client.data, 'encrypt', b'x')
    assert reply['key_state'] == state and reply['provider_code'] == name
    assert reply['http'] == 400 and reply['request_id']
    assert told(refused(code, client.data, 'decrypt', message, context=CONTEXT),
                name)['key_state'] == state
    assert refused(code, client.ask, 'probe', key='k')['key_state'] == state
    fake.control(states={fake.key_1: 'Enabled'})
    assert client.data('decrypt', message, context=CONTEXT) == b'plain'


def test_a_blob_of_another_key_is_a_wrong_key(client, fake):
    """The message names key 2, its blob is of key 1."""
    message = wrap(client, fake.key_1)
    forged = message.replace(fake.key_1.encode(), fake.key_2.encode())
    assert forged != message
    client.key(fake.key_2, 'two')
    reply = refused('KEY_MISMATCH', client.data, 'decrypt', forged, 'two', CONTEXT)
    assert told(reply, 'IncorrectKeyException')
    assert reply['class'] == 'WRONG_KEY'


def test_a_changed_blob_is_told(client, fake):
    message = bytearray(wrap(client, fake.key_1))
    at = message.index(fake.key_1.encode()) + len(fake.key_1) + 2 + 100
    message[at] ^= 1
    reply = refused('NO_KEY', client.data, 'decrypt', bytes(message), context=CONTEXT)
    assert told(reply, 'InvalidCiphertextException')['code'] == 'ENVCRYPT_E_CONTEXT'


@pytest.mark.parametrize('operation, order', [
    ('GenerateDataKey', 'encrypt'), ('Decrypt', 'decrypt'), ('Encrypt', 'make-record'),
])
def test_a_missing_permission_is_named(client, fake, operation, order):
    message = wrap(client, fake.key_1)
    fake.control(denied=[operation])
    reply = refused('DENIED', client.data, order, message, context=CONTEXT)
    assert any('kms:' + operation in e['text'] for e in everything(reply))
    assert 'is not authorized' not in json.dumps(reply)


def test_who_may_not_reencrypt_wraps_anew(client, fake):
    client.key(fake.key_1)
    record = client.data('make-record')
    fake.control(denied=['ReEncrypt'])
    assert client.data('rewrap-record', record) != record
    assert fake.asked()[1:4] == ['Decrypt', 'ReEncrypt', 'Encrypt']


def test_wrong_credentials_are_told(our, fake):
    for access, name in ((Access('AKIAFIXED', 'planted-wrong'), 'InvalidSignatureException'),
                         (Access('AKIANOBODY', 'planted-x'), 'UnrecognizedClientException'),
                         (Access('ASIATEMPORARY', 'temporary-secret', 'planted-token'),
                          'UnrecognizedClientException')):
        client = our(fake, access)
        client.key(fake.key_1)
        reply = refused('AUTH', client.data, 'encrypt', b'x')
        assert told(reply, name)
        assert 'planted' not in json.dumps(reply) + json.dumps(client.log)


def test_expired_credentials_are_told(our, fake):
    client = our(fake, fake.access_of('ASIATEMPORARY'))
    client.key(fake.key_1)
    message = client.data('encrypt', b'plain')
    fake.control(expired=['ASIATEMPORARY'])
    reply = refused('AUTH', client.data, 'decrypt', message)
    assert told(reply, 'ExpiredTokenException')


def test_credentials_that_expire_are_renewed(our, fake, tmp_path):
    """The program that gives credentials gives others when it is asked again."""
    temporary, renewed = (fake.access_of(n) for n in ('ASIATEMPORARY', 'ASIARENEWED'))
    for name, access in (('now', temporary), ('later', renewed)):
        (tmp_path / name).write_text(json.dumps({
            'Version': 1, 'AccessKeyId': access.id, 'SecretAccessKey': access.secret,
            'SessionToken': access.token, 'Expiration': '2099-01-01T00:00:00Z'}))
    config = tmp_path / 'config'
    config.write_text(f'[default]\ncredential_process = cat {tmp_path}/now\n')
    client = our(fake, Access('', ''), AWS_CONFIG_FILE=str(config))
    client.key(fake.key_1)
    message = client.data('encrypt', b'plain')
    (tmp_path / 'later').rename(tmp_path / 'now')
    fake.control(expired=['ASIATEMPORARY'])
    assert client.data('decrypt', message) == b'plain'
    assert fake.asked() == ['GenerateDataKey', 'Decrypt', 'Decrypt']


@pytest.mark.parametrize('skew', [-86400, -600, 600, 86400])
def test_a_wrong_clock_is_corrected(client, fake, skew):
    client.key(fake.key_1)
    fake.control(clock_s=skew)
    message = client.data('encrypt', b'plain')
    assert client.data('decrypt', message) == b'plain'
    assert fake.asked() == ['GenerateDataKey', 'GenerateDataKey', 'Decrypt']


@pytest.mark.parametrize('fault', [
    {'code': 'ThrottlingException', 'message': 'You have exceeded the rate at which you may call '
     'KMS. Reduce the frequency of your calls.'},
    {'code': 'KMSInternalException', 'status': 500},
    {'code': 'DependencyTimeoutException', 'status': 503},
    {'code': 'KeyUnavailableException', 'status': 500},
])
def test_passing_trouble_is_retried(client, fake, fault):
    client.key(fake.key_1)
    fake.control(faults=[{**fault, 'times': 2}])
    assert client.data('encrypt', b'plain')
    assert len(fake.asked()) == 3


def test_throttling_that_lasts_is_told(client, fake):
    client.key(fake.key_1)
    fake.control(faults=[{'code': 'ThrottlingException', 'times': 3}])
    reply = refused('THROTTLED', client.data, 'encrypt', b'x')
    assert reply['retryable'] and len(fake.asked()) == 3


def test_a_resource_quota_is_not_retried(client, fake):
    client.key(fake.key_1)
    fake.control(faults=[{'code': 'LimitExceededException', 'times': 9}])
    refused('SERVICE_QUOTA', client.data, 'encrypt', b'x')
    assert len(fake.asked()) == 1


# --- versions ---

def test_describe_tells_versions_and_the_current_one(client, fake):
    client.key(fake.key_1)
    first = client.ask('describe', key='k')
    client.ask('rotate', key='k')
    then = client.ask('describe', key='k')
    assert len(first['versions']) == 1 and first['current'] == 0
    assert then['versions'][0] == first['versions'][0]
    assert len(then['versions']) == 2 and then['current'] == 1


def test_describe_goes_without_the_permission_to_list_versions(client, fake):
    fake.control(denied=['ListKeyRotations'])
    client.key(fake.key_1)
    assert len(client.ask('describe', key='k')['versions']) == 1


def test_a_rotation_is_sent_once(client, fake):
    client.key(fake.key_1)
    fake.control(faults=[{'code': 'KMSInternalException', 'status': 500}])
    refused('SERVICE_DOWN', client.ask, 'rotate', key='k')
    assert fake.asked() == ['RotateKeyOnDemand']


def test_the_26th_rotation_is_one_too_many(client, fake):
    client.key(fake.key_1)
    for _ in range(25):
        client.ask('rotate', key='k')
    refused('SERVICE_QUOTA', client.ask, 'rotate', key='k')


def test_probe_goes_without_the_permission_to_describe(client, fake):
    fake.control(denied=['DescribeKey'])
    client.key(fake.key_1)
    client.ask('probe', key='k')
    assert fake.asked() == ['DescribeKey', 'Encrypt']
    assert json.loads(fake.requests('Encrypt')[0]['body'])['DryRun'] is True


# --- actions, compared with what boto3 says ---

def test_list_keys_goes_through_all_pages(client, fake):
    fake.control(page_size=2)
    rows = client.act('list-keys')
    boto = Boto(fake)
    for row in rows:
        metadata = boto.call('DescribeKey', KeyId=row['arn'])['KeyMetadata']
        assert row['state'] == metadata['KeyState'] and row['key'] == metadata['KeyId']
        assert row['version'] == metadata.get('CurrentKeyMaterialId')
    assert len(rows) == 5 and len(fake.requests('ListKeys')) == 3
    assert [r['aliases'] for r in rows if r['arn'] == fake.key_1] == ['alias/one']


def test_a_key_is_made_with_policy_and_alias(client, fake):
    made = client.act('create-key', description='mine', tags='a=1', alias='new', allow=ROLE)[0]
    boto = Boto(fake)
    policy = json.loads(boto.call('GetKeyPolicy', KeyId=made['arn'],
                                  PolicyName='default')['Policy'])
    assert [s['Sid'] for s in policy['Statement']] \
        == ['Enable IAM User Permissions', 'Allow use of the key']
    assert policy['Statement'][1]['Principal'] == {'AWS': [ROLE]}
    assert client.act('describe-key', key='alias/new')[0]['arn'] == made['arn']
    assert client.act('get-key-policy', key='alias/new')[0]['policy'] \
        == boto.call('GetKeyPolicy', KeyId=made['arn'], PolicyName='default')['Policy']


def test_a_policy_with_a_stranger_is_refused_and_the_key_named(client, fake):
    reply = refused('REQUEST_REFUSED', client.act, 'create-key',
                    allow='arn:aws:iam::111122223333:user/nobody')
    assert 'arn:aws:kms:eu-central-1:111122223333:key/' in reply['text']
    assert told(reply, 'MalformedPolicyDocumentException')


def test_a_multi_region_key_is_made_and_replicated(client, fake):
    made = client.act('create-key', multi_region='true')[0]
    assert made['key'].startswith('mrk-') and made['multi-region'] == 'PRIMARY'
    replica = client.act('replicate-key', key=made['arn'], to_region='us-east-1')[0]
    assert replica['arn'] == made['arn'].replace('eu-central-1', 'us-east-1')
    refused('SERVICE_CONFLICT', client.act, 'replicate-key', key=made['arn'],
            to_region='us-east-1')
    assert client.act('describe-key', key=made['arn'])[0]['replicas'] == replica['arn']


def test_aliases_are_made_moved_and_listed(client, fake):
    client.act('create-alias', alias='two', key=fake.key_1)
    refused('SERVICE_CONFLICT', client.act, 'create-alias', alias='two', key=fake.key_2)
    client.act('update-alias', alias='two', key=fake.key_2)
    rows = client.act('list-aliases')
    assert {r['alias']: r['key'] for r in rows} == {
        'alias/one': fake.key_1.split('/')[1], 'alias/two': fake.key_2.split('/')[1],
        'alias/aws/s3': None}
    assert [r['alias'] for r in client.act('list-aliases', key=fake.key_2)] == ['alias/two']


def test_grants_are_tried_made_and_listed_over_pages(client, fake):
    tried = client.act('create-grant', key=fake.key_1, grantee=ROLE, dry_run='true')[0]
    assert tried['grant'] is None and client.act('list-grants', key=fake.key_1) == []
    for name in 'abc':
        client.act('create-grant', key='alias/one', grantee=ROLE + name,
                   operations='Decrypt,DescribeKey')
    fake.control(page_size=2)
    rows = client.act('list-grants', key=fake.key_1)
    assert [r['grantee'] for r in rows] == [ROLE + n for n in 'abc']
    assert rows[0]['operations'] == 'Decrypt,DescribeKey'
    fake.control(denied=['CreateGrant'])
    reply = refused('DENIED', client.act, 'create-grant', key=fake.key_1, grantee=ROLE,
                    dry_run='true')
    assert 'kms:CreateGrant' in reply['text']


def test_rotation_is_set_and_told(client, fake):
    client.act('enable-rotation', key=fake.key_1, days='90')
    status = client.act('rotation-status', key='alias/one')[0]
    assert (status['rotates'], status['days']) == ('true', '90')
    client.act('rotate-key', key=fake.key_1)
    rows = client.act('list-versions', key=fake.key_1)
    assert [r['state'] for r in rows] == ['NON_CURRENT', 'CURRENT']
    assert [r['rotation'] for r in rows] == [None, 'ON_DEMAND']


def test_the_last_use_is_told(client, fake):
    assert client.act('last-usage', key=fake.key_1)[0]['operation'] is None
    client.data('decrypt', wrap(client, fake.key_1), context=CONTEXT)
    assert client.act('last-usage', key=fake.key_1)[0]['operation'] == 'Decrypt'


def test_a_wrapped_key_that_nobody_saw_opens(client, fake):
    row = client.act('generate-wrapped-key', key='alias/one', bytes='24', context='a=1,b=2')[0]
    opened = Boto(fake).call('Decrypt', CiphertextBlob=base64.b64decode(row['wrapped']),
                             EncryptionContext={'a': '1', 'b': '2'})
    assert len(opened['Plaintext']) == 24 and opened['KeyMaterialId'] == row['version']


def test_what_can_cost_a_cluster_is_not_run_from_here(client, fake):
    for action in ('disable-key', 'schedule-deletion'):
        refused('CONFIRMATION', client.act, action, key=fake.key_1)
    assert fake.asked() == []
    boto = Boto(fake)
    boto.call('DisableKey', KeyId=fake.key_1)
    assert client.act('enable-key', key=fake.key_1)[0]['state'] == 'Enabled'
    boto.call('ScheduleKeyDeletion', KeyId=fake.key_1)
    assert client.act('cancel-deletion', key=fake.key_1)[0]['state'] == 'Disabled'


# --- check ---

def test_a_check_tells_the_identity_as_boto3_does(our, fake):
    for key_id in ('AKIAFIXED', 'ASIATEMPORARY'):
        client, boto = our(fake, fake.access_of(key_id)), Boto(fake, fake.access_of(key_id), of='sts')
        client.key(fake.key_1)
        told = boto.call('GetCallerIdentity')
        row = client.check()['identity']
        assert row['result'] == 'ok'
        assert row['detail'] == f"{told['Arn']} (user id {told['UserId']})"
        boto.close()


@pytest.mark.parametrize('fault', [
    {'code': 'AccessDeniedException', 'message': 'x'}, {'code': 'InternalFailure', 'status': 500}])
def test_an_identity_that_is_not_told_is_no_failure(client, fake, fault):
    client.key(fake.key_1)
    fake.control(faults=[{**fault, 'operation': 'GetCallerIdentity', 'times': 99}])
    rows = client.check()
    assert rows['identity']['result'] == 'unknown' and rows['identity']['detail']
    assert {row['result'] for step, row in rows.items() if step != 'identity'} == {'ok'}


def test_credentials_that_sts_refuses_are_told_as_that(client, fake):
    client.key(fake.key_1)
    fake.control(unknown=['AKIAFIXED'])
    rows = client.check()
    assert rows['identity']['result'] == 'unknown'
    assert 'InvalidClientTokenId' in rows['identity']['detail']
    assert rows['describe']['result'] == 'failed'
    assert rows['wrap']['result'] == 'skipped'  # it would be refused for the same reason


# --- memory ---

def answered(fake, operation):
    return base64.b64decode(fake.requests(operation)[-1]['answer']['Plaintext'])


def holds_no_key(client, fake):
    """By default (memory=strict)."""
    message = client.data('encrypt', b'plain', context=CONTEXT)
    key = answered(fake, 'GenerateDataKey')
    client.holds_no_copy(key, 'after it was generated')
    client.data('decrypt', message, context=CONTEXT)
    assert answered(fake, 'Decrypt') == key
    client.holds_no_copy(key, 'after the unwrap')
    client.data('make-record', context=CONTEXT)
    sent = base64.b64decode(json.loads(fake.requests('Encrypt')[-1]['body'])['Plaintext'])
    client.holds_no_copy(sent, 'after the wrap')


def test_no_data_key_stays_in_memory(client, fake):
    client.key(fake.key_1)
    holds_no_key(client, fake)


def test_no_data_key_that_came_by_tls_stays_in_memory(our, fake_by_tls):
    client = our(fake_by_tls)
    client.key(fake_by_tls.key_1, ca_file=fake_by_tls.ca)
    holds_no_key(client, fake_by_tls)


def test_no_data_key_of_an_answer_that_is_refused_stays_in_memory(client, fake):
    client.key(fake.key_1)
    message = client.data('encrypt', b'plain')
    key = answered(fake, 'GenerateDataKey')
    fake.control(wrong_key_id=True)
    refused('KEY_MISMATCH', client.data, 'decrypt', message)
    assert answered(fake, 'Decrypt') == key
    client.holds_no_copy(key, 'after the refusal')

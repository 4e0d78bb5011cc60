# SPDX-License-Identifier: Apache-2.0
"""Our client against moto, which checks signatures with botocore's signer and permissions by IAM."""
import json

import aws_encryption_sdk
import botocore.session
import ours
import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from services import REGION, Access

CONTEXT = {'tenant': 'blue', 'größe': '42'}


@pytest.fixture
def client(our, moto):
    return our(moto)


def refused(code, function, *arguments, **members):
    with pytest.raises(ours.Failed) as caught:
        function(*arguments, **members)
    assert caught.value.code == code, caught.value
    return caught.value.reply


def test_what_is_encrypted_decrypts(client, moto):
    client.key(moto.key)
    message = client.data('encrypt', b'plain', context=CONTEXT)
    assert client.data('decrypt', message, context=CONTEXT) == b'plain'


def test_session_credentials_work(our, moto):
    client = our(moto, moto.session)
    client.key(moto.key)
    assert client.data('decrypt', client.data('encrypt', b'plain')) == b'plain'


@pytest.mark.parametrize('change', ['secret', 'token', 'id'])
def test_wrong_credentials_are_refused(our, moto, change):
    client = our(moto, moto.session._replace(**{change: 'ASIAWRONGWRONGWRONGX'}))
    client.key(moto.key)
    reply = refused('AUTH', client.data, 'encrypt', b'x')
    assert reply['http'] == 403


def test_a_right_secret_after_a_wrong_one(our, moto):
    wrong = our(moto, Access(moto.access.id, 'wrong'))
    wrong.key(moto.key)
    refused('AUTH', wrong.data, 'encrypt', b'x')
    right = our(moto)
    right.key(moto.key)
    assert right.data('encrypt', b'x')


def test_a_missing_permission_is_named(our, moto):
    moto._post('/moto-api/reset-auth', b'100000')
    moto.client('iam').put_user_policy(
        UserName='tester', PolicyName='all', PolicyDocument=json.dumps(
            {'Version': '2012-10-17', 'Statement': [
                {'Effect': 'Allow', 'Action': 'kms:GenerateDataKey', 'Resource': '*'}]}))
    moto._post('/moto-api/reset-auth', b'0')
    client = our(moto)
    client.key(moto.key)
    message = client.data('encrypt', b'plain')
    reply = refused('DENIED', client.data, 'decrypt', message)
    assert any('kms:Decrypt' in e['text'] for e in [reply] + reply['causes'])


def test_another_context_is_refused(client, moto):
    client.key(moto.key)
    record = client.data('make-record', context=CONTEXT)
    changed = record.replace(b'blue', b'bleu')
    assert changed != record
    reply = refused('NO_KEY', client.data, 'open-record', changed)
    assert reply['causes'][0]['code'] == 'ENVCRYPT_E_CONTEXT'


def test_another_key_is_refused(client, moto):
    client.key(moto.key)
    message = client.data('encrypt', b'plain')
    client.key(moto.other, 'other')
    refused('NO_KEY', client.data, 'decrypt', message, 'other')


def test_a_disabled_key_that_still_opens_is_found_by_its_state(client, moto):
    """moto decrypts with a disabled key, as no service should."""
    client.key(moto.key)
    message = client.data('encrypt', b'plain')
    moto.client(access=moto.access).disable_key(KeyId=moto.key.split('/')[1])
    assert client.data('decrypt', message) == b'plain'
    assert refused('KEY_DISABLED', client.ask, 'probe', key='k')['key_state'] == 'Disabled'


def test_an_alias_is_pinned_while_it_moves(client, moto):
    boto = moto.client(access=moto.access)
    boto.create_alias(AliasName='alias/one', TargetKeyId=moto.key)
    client.open(f'aws-kms://{REGION}/alias/one')
    boto.update_alias(AliasName='alias/one', TargetKeyId=moto.other)
    message = client.data('encrypt', b'plain')
    client.key(moto.key, 'named')
    assert client.data('decrypt', message, 'named') == b'plain'


def test_a_multi_region_key_wraps_in_the_region_that_is_named(client, moto):
    """moto opens no blob of a multi-Region key; the fake service shows that."""
    boto = moto.client(access=moto.access)
    key = boto.create_key(MultiRegion=True)['KeyMetadata']['Arn']
    boto.replicate_key(KeyId=key.split('/')[1], ReplicaRegion='us-east-1')
    client.open('aws-kms://us-east-1/' + key)
    assert key.replace(REGION, 'us-east-1').encode() in client.data('encrypt', b'plain')


def test_a_record_is_rewrapped_by_the_service(client, moto):
    client.key(moto.key)
    record = client.data('make-record', context=CONTEXT)
    again = client.data('rewrap-record', record)
    assert again != record
    assert client.data('open-record', again, context=CONTEXT) \
        == client.data('open-record', record, context=CONTEXT)


def test_keys_are_managed(client, moto):
    made = client.act('create-key', description='mine', alias='new',
                      allow='arn:aws:iam::123456789012:user/tester')[0]
    assert made['arn'] in [row['arn'] for row in client.act('list-keys')]
    assert client.act('describe-key', key='alias/new')[0]['description'] == 'mine'
    assert 'user/tester' in client.act('get-key-policy', key=made['arn'])[0]['policy']
    client.act('enable-rotation', key=made['arn'], days='90')
    assert client.act('rotation-status', key=made['arn'])[0]['rotates'] == 'true'
    client.act('rotate-key', key=made['arn'])
    client.act('list-versions', key=made['arn'])
    client.act('create-grant', key=made['arn'], grantee='arn:aws:iam::123456789012:role/role')
    assert len(client.act('list-grants', key=made['arn'])) == 1


# --- messages of Amazon's Encryption SDK for Python under aws-kms keyrings ---

@pytest.fixture
def provider(moto, monkeypatch):
    """Master keys of the SDK, which is sent to moto."""
    monkeypatch.setenv('AWS_ENDPOINT_URL_KMS', moto.url)
    session = botocore.session.Session()
    session.set_credentials(moto.access.id, moto.access.secret)
    return lambda *arns: aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(
        key_ids=list(arns), botocore_session=session)


SDK = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.mark.parametrize('size', [0, 1, 5000])
def test_the_sdk_opens_what_we_write(client, moto, provider, size):
    client.key(moto.key)
    message = client.data('encrypt', bytes(size), context=CONTEXT)
    plain, header = SDK.decrypt(source=message, key_provider=provider(moto.key))
    assert plain == bytes(size)
    assert CONTEXT.items() <= dict(header.encryption_context).items()
    edk = next(iter(header.encrypted_data_keys))
    assert edk.key_provider.provider_id == 'aws-kms'
    assert edk.key_provider.key_info == moto.key.encode()


@pytest.mark.parametrize('size', [0, 1, 5000])
def test_we_open_what_the_sdk_writes(client, moto, provider, size):
    message, _ = SDK.encrypt(source=bytes(size), encryption_context=CONTEXT,
                             key_provider=provider(moto.key))
    client.key(moto.key)
    assert client.data('decrypt', message, context=CONTEXT) == bytes(size)


def test_we_open_what_the_sdk_writes_for_two_keys(client, moto, provider):
    """The second key's data key is one that Encrypt wrapped."""
    message, _ = SDK.encrypt(source=b'plain',
                             key_provider=provider(moto.key, moto.other))
    client.key(moto.other)
    assert client.data('decrypt', message) == b'plain'


def test_a_check_tells_the_identity_in_xml_too(our, moto):
    """moto answers in XML whatever is accepted, and checks the signature."""
    for access, arn in ((moto.access, 'arn:aws:iam::123456789012:user/tester'),
                        (moto.session, 'arn:aws:sts::123456789012:assumed-role/role/session')):
        client = our(moto, access)
        client.key(moto.key)
        row = client.check()['identity']
        assert row['result'] == 'ok' and row['detail'].startswith(arn + ' (user id ')

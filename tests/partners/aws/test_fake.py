# SPDX-License-Identifier: Apache-2.0
"""boto3 and the JavaScript SDK judge the fake service: they succeed and fail where AWS says."""
import pytest
from services import CLIENTS, Access, Boto, Failed

CONTEXT = {'tenant': 'blue', 'größe': '42'}
PLAIN = bytes(range(32))


@pytest.fixture(params=CLIENTS, ids=[kind.name for kind in CLIENTS])
def start(request, fake):
    clients = []

    def of(access=None, region='eu-central-1'):
        clients.append(request.param(fake, access, region))
        return clients[-1]

    yield of
    for client in clients:
        client.close()


@pytest.fixture
def client(start):
    return start()


def unhex(value):
    """JavaScript's bytes come in hex, boto3's as they are."""
    return bytes.fromhex(value) if isinstance(value, str) else value


def seal(client, key, context=CONTEXT):
    return unhex(client.call('Encrypt', KeyId=key, Plaintext=PLAIN,
                             EncryptionContext=context)['CiphertextBlob'])


def refused(code, client, operation, **members):
    with pytest.raises(Failed) as caught:
        client.call(operation, **members)
    assert caught.value.code == code, caught.value
    return str(caught.value)


def test_what_is_encrypted_decrypts(client, fake):
    opened = client.call('Decrypt', CiphertextBlob=seal(client, fake.key_1),
                         EncryptionContext=CONTEXT, KeyId=fake.key_1)
    assert unhex(opened['Plaintext']) == PLAIN
    assert opened['KeyId'] == fake.key_1
    assert len(opened['KeyMaterialId']) == 64


def test_a_data_key_decrypts(client, fake):
    made = client.call('GenerateDataKey', KeyId='alias/one', NumberOfBytes=24)
    opened = client.call('Decrypt', CiphertextBlob=unhex(made['CiphertextBlob']))
    assert opened['Plaintext'] == made['Plaintext'] and len(unhex(made['Plaintext'])) == 24
    unseen = client.call('GenerateDataKeyWithoutPlaintext', KeyId=fake.key_1, KeySpec='AES_256')
    assert 'Plaintext' not in unseen


def test_another_context_is_an_invalid_ciphertext(client, fake):
    for context in ({'tenant': 'red'}, {}, {'tenant': 'blue'}, {**CONTEXT, 'more': 'x'}):
        refused('InvalidCiphertextException', client, 'Decrypt', EncryptionContext=context,
                CiphertextBlob=seal(client, fake.key_1))


def test_a_changed_blob_is_an_invalid_ciphertext(client, fake):
    blob = seal(client, fake.key_1)
    refused('InvalidCiphertextException', client, 'Decrypt', EncryptionContext=CONTEXT,
            CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]))


def test_a_key_that_did_not_wrap_is_the_incorrect_key(client, fake):
    refused('IncorrectKeyException', client, 'Decrypt', EncryptionContext=CONTEXT,
            CiphertextBlob=seal(client, fake.key_1), KeyId=fake.key_2)


def test_reencrypt_changes_key_and_context(client, fake):
    moved = client.call('ReEncrypt', CiphertextBlob=seal(client, fake.key_1),
                        SourceKeyId=fake.key_1, SourceEncryptionContext=CONTEXT,
                        DestinationKeyId=fake.key_2)
    assert (moved['SourceKeyId'], moved['KeyId']) == (fake.key_1, fake.key_2)
    opened = client.call('Decrypt', CiphertextBlob=unhex(moved['CiphertextBlob']))
    assert unhex(opened['Plaintext']) == PLAIN


def test_a_replica_opens_what_its_primary_wrapped(start, fake):
    blob = seal(start(), fake.multi)
    there = fake.multi.replace('eu-central-1', 'us-east-1')
    opened = start(region='us-east-1').call('Decrypt', CiphertextBlob=blob, KeyId=there,
                                            EncryptionContext=CONTEXT)
    assert opened['KeyId'] == there


def test_a_key_of_another_region_is_not_there(start, fake):
    client = start(region='us-east-1')
    refused('NotFoundException', client, 'Encrypt', KeyId=fake.key_1, Plaintext=PLAIN)
    refused('AccessDeniedException', client, 'Decrypt', CiphertextBlob=seal(start(), fake.key_1),
            EncryptionContext=CONTEXT)


@pytest.mark.parametrize('state, code', [
    ('Disabled', 'DisabledException'),
    ('PendingDeletion', 'KMSInvalidStateException'),
    ('PendingImport', 'KMSInvalidStateException'),
    ('Unavailable', 'KMSInvalidStateException'),
    ('Creating', 'KMSInvalidStateException'),
])
def test_a_key_in_that_state_does_nothing_and_can_be_described(client, fake, state, code):
    blob = seal(client, fake.key_1)
    fake.control(states={fake.key_1: state})
    refused(code, client, 'Decrypt', CiphertextBlob=blob, EncryptionContext=CONTEXT)
    refused(code, client, 'GenerateDataKey', KeyId=fake.key_1, KeySpec='AES_256')
    assert client.call('DescribeKey', KeyId=fake.key_1)['KeyMetadata']['KeyState'] == state


def test_keys_of_other_kinds_do_not_encrypt(client, fake):
    refused('InvalidKeyUsageException', client, 'Encrypt', KeyId=fake.hmac, Plaintext=PLAIN)
    refused('InvalidKeyUsageException', client, 'GenerateDataKey', KeyId=fake.rsa,
            KeySpec='AES_256')


def test_a_dry_run_says_that_it_would_have_worked(client, fake):
    refused('DryRunOperationException', client, 'Encrypt', KeyId=fake.key_1, Plaintext=PLAIN,
            DryRun=True)
    refused('DryRunOperationException', client, 'CreateGrant', KeyId=fake.key_1, DryRun=True,
            GranteePrincipal='arn:aws:iam::111122223333:role/app', Operations=['Decrypt'])
    fake.control(states={fake.key_1: 'Disabled'})
    refused('DisabledException', client, 'Encrypt', KeyId=fake.key_1, Plaintext=PLAIN, DryRun=True)


def test_what_is_denied_is_named(client, fake):
    fake.control(denied=['Decrypt'])
    text = refused('AccessDeniedException', client, 'Decrypt', CiphertextBlob=b'x')
    assert 'kms:Decrypt' in text


def test_wrong_credentials_are_refused(start, fake):
    call = {'operation': 'ListKeys'}
    refused('InvalidSignatureException', start(Access('AKIAFIXED', 'wrong')), **call)
    refused('UnrecognizedClientException', start(Access('AKIANOBODY', 'x')), **call)
    refused('UnrecognizedClientException', start(Access('ASIATEMPORARY', 'temporary-secret', 'x')),
            **call)
    temporary = fake.access_of('ASIATEMPORARY')
    assert start(temporary).call('ListKeys')['Keys']
    fake.control(expired=['ASIATEMPORARY'])
    refused('ExpiredTokenException', start(temporary), **call)


def test_a_clock_that_is_wrong_is_refused(fake):
    """boto3 does not correct its clock; JavaScript does, below."""
    for skew in (-600, 600):
        fake.control(clock_s=skew)
        text = refused('InvalidSignatureException', Boto(fake), 'ListKeys')
        assert ('not yet current' if skew < 0 else 'Signature expired') in text


def test_a_client_that_corrects_its_clock_gets_through(fake):
    client = CLIENTS[1](fake)
    fake.control(clock_s=600)
    assert client.call('ListKeys')['Keys']
    client.close()


@pytest.mark.parametrize('fault', [
    {'code': 'ThrottlingException', 'message': 'You have exceeded the rate at which you may call '
     'KMS. Reduce the frequency of your calls.'},
    {'code': 'KMSInternalException', 'status': 500},
])
def test_passing_trouble_is_retried(client, fake, fault):
    fake.control(faults=[{**fault, 'times': 2}])
    assert client.call('ListKeys')['Keys']
    assert fake.asked() == ['ListKeys'] * 3


def test_lists_come_in_pages(client, fake):
    fake.control(page_size=2)
    keys, marker = [], {}
    while True:
        page = client.call('ListKeys', **marker)
        keys += page['Keys']
        if not page['Truncated']:
            break
        marker = {'Marker': page['NextMarker']}
    assert len(keys) == 5 and len(fake.requests('ListKeys')) == 3
    refused('InvalidMarkerException', client, 'ListKeys', Marker='nonsense')


def test_grants_come_in_pages(client, fake):
    for name in 'abc':
        client.call('CreateGrant', KeyId=fake.key_1, Operations=['Decrypt'],
                    GranteePrincipal=f'arn:aws:iam::111122223333:role/{name}')
    page = client.call('ListGrants', KeyId=fake.key_1, Limit=2)
    assert page['Truncated']
    rest = client.call('ListGrants', KeyId=fake.key_1, Limit=2, Marker=page['NextMarker'])
    assert len(page['Grants'] + rest['Grants']) == 3 and not rest['Truncated']


def test_a_rotated_key_has_new_material_and_opens_old_blobs(client, fake):
    blob = seal(client, fake.key_1)
    before = client.call('DescribeKey', KeyId=fake.key_1)['KeyMetadata']['CurrentKeyMaterialId']
    client.call('RotateKeyOnDemand', KeyId=fake.key_1)
    after = client.call('DescribeKey', KeyId=fake.key_1)['KeyMetadata']['CurrentKeyMaterialId']
    assert before != after
    opened = client.call('Decrypt', CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert opened['KeyMaterialId'] == before
    listed = client.call('ListKeyRotations', KeyId=fake.key_1,
                         IncludeKeyMaterial='ALL_KEY_MATERIAL')['Rotations']
    assert [r['KeyMaterialId'] for r in listed] == [after, before]


def test_a_key_lives_and_dies(client, fake):
    key = client.call('CreateKey', MultiRegion=True)['KeyMetadata']['Arn']
    client.call('CreateAlias', AliasName='alias/new', TargetKeyId=key)
    refused('AlreadyExistsException', client, 'CreateAlias', AliasName='alias/new', TargetKeyId=key)
    client.call('ReplicateKey', KeyId=key, ReplicaRegion='us-east-1')
    client.call('EnableKeyRotation', KeyId=key, RotationPeriodInDays=90)
    assert client.call('GetKeyRotationStatus', KeyId=key)['RotationPeriodInDays'] == 90
    client.call('DisableKey', KeyId=key)
    client.call('EnableKey', KeyId=key)
    client.call('ScheduleKeyDeletion', KeyId=key, PendingWindowInDays=7)
    client.call('CancelKeyDeletion', KeyId=key)
    assert client.call('DescribeKey', KeyId=key)['KeyMetadata']['KeyState'] == 'Disabled'


def test_a_policy_that_locks_everybody_out_is_refused(client, fake):
    refused('MalformedPolicyDocumentException', client, 'PutKeyPolicy', KeyId=fake.key_1,
            Policy='{"Statement": []}', PolicyName='default')
    policy = client.call('GetKeyPolicy', KeyId=fake.key_1, PolicyName='default')['Policy']
    client.call('PutKeyPolicy', KeyId=fake.key_1, Policy=policy, PolicyName='default')


# --- STS ---

@pytest.mark.parametrize('key_id, arn, user_id', [
    ('AKIAFIXED', 'arn:aws:iam::111122223333:user/fixed', 'AIDAFIXED'),
    ('ASIATEMPORARY', 'arn:aws:sts::111122223333:assumed-role/role/me', 'AROAROLE:me')])
def test_sts_tells_who_asks(fake, key_id, arn, user_id):
    client = Boto(fake, fake.access_of(key_id), of='sts')
    told = client.call('GetCallerIdentity')
    assert (told['Arn'], told['UserId'], told['Account']) == (arn, user_id, fake.account)
    client.close()


@pytest.mark.parametrize('change, code', [
    ({'secret': 'wrong'}, 'SignatureDoesNotMatch'), ({'id': 'AKIAWRONG'}, 'InvalidClientTokenId'),
    ({'token': 'wrong'}, 'InvalidClientTokenId')])
def test_sts_refuses_wrong_credentials(fake, change, code):
    client = Boto(fake, fake.access._replace(**change), of='sts')
    refused(code, client, 'GetCallerIdentity')
    client.close()

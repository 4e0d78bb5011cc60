# SPDX-License-Identifier: Apache-2.0
"""Alibaba's own clients judge the fake service: they succeed and fail where the documentation says."""
import base64
import datetime
import uuid

import pytest
from clients import (
    CLIENTS, NEWER, Failed, NodeClient, OpenApiClient, PopClient, PythonClient, Service)

PLAIN = base64.b64encode(bytes(range(32))).decode()
CONTEXT = {'purpose': 'test', 'tenant': 'ü & = 7'}


@pytest.fixture(scope='module', name='running')
def fixture_running():
    service = Service()
    yield service
    service.close()


@pytest.fixture(name='service')
def fixture_service(running):
    running.ask({'reset': True})
    return running


def refused(code, function, *arguments):
    with pytest.raises(Failed) as caught:
        function(*arguments)
    assert caught.value.code == code


def seal(client, service, **more):
    return client.call('Encrypt', {'KeyId': service.arn, 'Plaintext': PLAIN} | more)


@pytest.mark.parametrize('kind', CLIENTS)
def test_what_is_encrypted_decrypts(kind, service):
    client = kind(service)
    sealed = seal(client, service)
    opened = client.call('Decrypt', {'CiphertextBlob': sealed['CiphertextBlob']})
    assert opened['Plaintext'] == PLAIN
    assert opened['KeyVersionId'] == sealed['KeyVersionId']
    assert service.arn.endswith('key/' + opened['KeyId'])


@pytest.mark.parametrize('kind', CLIENTS)
def test_temporary_credentials_are_taken(kind, service):
    assert seal(kind(service, 'STS.temporary'), service)['CiphertextBlob']


@pytest.mark.parametrize('kind', CLIENTS)
@pytest.mark.parametrize('change, code', [
    ({'secret': 'wrong'}, 'SignatureDoesNotMatch'),
    ({'id': 'LTAI-unknown'}, 'InvalidAccessKeyId.NotFound'),
    ({'token': 'wrong'}, 'InvalidSecurityToken.Malformed'),
])
def test_wrong_credentials_are_refused(kind, change, code, service):
    refused(code, seal, kind(service, 'STS.temporary', **change), service)


@pytest.mark.parametrize('kind', CLIENTS)
@pytest.mark.parametrize('order, code', [
    ({'access': {'STS.temporary': {'expired': True}}}, 'InvalidSecurityToken.Expired'),
    ({'access': {'STS.temporary': {'active': False}}}, 'InvalidAccessKeyId.Inactive'),
    ({'clock_s': 1000}, 'InvalidTimeStamp.Expired'),
    ({'clock_s': -1000}, 'InvalidTimeStamp.Expired'),
    ({'status': 'NotEnabled'}, 'Forbidden.KmsServiceNotEnabled'),
    ({'status': 'InDebt'}, 'Forbidden.InDebt'),
    ({'faults': [{'status': 429, 'code': 'Rejected.Throttling', 'times': 9}]},
     'Rejected.Throttling'),
])
def test_state_of_account_and_service_shows(kind, order, code, service):
    service.ask(order)
    refused(code, seal, kind(service, 'STS.temporary'), service)


@pytest.mark.parametrize('kind', CLIENTS)
def test_a_clock_within_the_window_is_fine(kind, service):
    service.ask({'clock_s': 840})
    assert seal(kind(service), service)


@pytest.mark.parametrize('kind', CLIENTS)
@pytest.mark.parametrize('state, code', [
    ('Disabled', 'Rejected.Disabled'), ('PendingDeletion', 'Rejected.PendingDeletion'),
    ('PendingImport', 'Rejected.PendingImport'), ('Unavailable', 'Rejected.Unavailable')])
def test_key_states_are_held(kind, state, code, service):
    client = kind(service)
    sealed = seal(client, service)
    service.ask({'state': {service.arn: state}})
    try:
        refused(code, seal, client, service)
        refused(code, client.call, 'Decrypt', {'CiphertextBlob': sealed['CiphertextBlob']})
        described = client.call('DescribeKey', {'KeyId': service.arn})
        assert described['KeyMetadata']['KeyState'] == state
    finally:
        service.ask({'state': {service.arn: 'Enabled'}})


@pytest.mark.parametrize('kind', CLIENTS)
def test_permissions_are_held(kind, service):
    refused('Forbidden.NoPermission', seal, kind(service, 'LTAI-nobody'), service)


@pytest.mark.parametrize('kind', CLIENTS)
def test_unknown_keys_and_aliases_are_refused(kind, service):
    client = kind(service)
    for key_id, code in [('key-none', 'Forbidden.KeyNotFound'),
                         ('alias/none', 'Forbidden.AliasNotFound'),
                         (service.arn.replace('hangzhou', 'beijing'), 'Forbidden.KeyNotFound')]:
        refused(code, client.call, 'DescribeKey', {'KeyId': key_id})


@pytest.mark.parametrize('kind', NEWER)
def test_context_must_be_equal_and_its_order_is_free(kind, service):
    client = kind(service)
    sealed = seal(client, service, EncryptionContext=CONTEXT)['CiphertextBlob']
    turned = dict(reversed(CONTEXT.items()))
    opened = client.call('Decrypt', {'CiphertextBlob': sealed, 'EncryptionContext': turned})
    assert opened['Plaintext'] == PLAIN
    for context in ({'purpose': 'test'}, CONTEXT | {'more': ''}, {}):
        refused('InvalidParameter', client.call, 'Decrypt',
                {'CiphertextBlob': sealed, 'EncryptionContext': context})
    refused('InvalidParameter', client.call, 'Decrypt', {'CiphertextBlob': sealed})


def test_a_flattened_context_is_refused(service):
    refused('InvalidParameter', lambda: seal(NodeClient(service), service,
                                             EncryptionContext=CONTEXT))


@pytest.mark.parametrize('size, fits', [(8192, True), (8193, False)])
def test_a_context_has_at_most_8192_characters(size, fits, service):
    context = {'a': 'b' * (size - len('{"a":""}'))}
    client = PopClient(service)
    if fits:
        assert seal(client, service, EncryptionContext=context)
    else:
        refused('InvalidParameter', lambda: seal(client, service, EncryptionContext=context))


@pytest.mark.parametrize('kind', CLIENTS)
def test_data_keys_are_generated(kind, service):
    client = kind(service)
    made = client.call('GenerateDataKey', {'KeyId': service.arn, 'NumberOfBytes': 24})
    assert len(base64.b64decode(made['Plaintext'])) == 24
    opened = client.call('Decrypt', {'CiphertextBlob': made['CiphertextBlob']})
    assert opened['Plaintext'] == made['Plaintext']
    bare = client.call('GenerateDataKeyWithoutPlaintext', {'KeyId': service.arn})
    assert 'Plaintext' not in bare
    refused('InvalidParameter', client.call, 'GenerateDataKey',
            {'KeyId': service.arn, 'NumberOfBytes': 1025})


@pytest.mark.parametrize('kind', NEWER)
def test_reencrypt_goes_to_the_newest_version(kind, service):
    client = kind(service)
    sealed = seal(client, service)
    service.ask({'rotate': service.arn})
    again = client.call('ReEncrypt', {'CiphertextBlob': sealed['CiphertextBlob'],
                                      'DestinationKeyId': service.arn})
    assert again['KeyVersionId'] != sealed['KeyVersionId']
    opened = client.call('Decrypt', {'CiphertextBlob': again['CiphertextBlob']})
    assert opened['Plaintext'] == PLAIN


@pytest.mark.parametrize('kind', NEWER)
def test_the_dedicated_gateway_does_four_things(kind, service):
    arn = service.facts['keys']['instance']
    client = kind(service, gateway='dedicated')
    sealed = client.call('Encrypt', {'KeyId': arn, 'Plaintext': PLAIN})
    blob = {'CiphertextBlob': sealed['CiphertextBlob']}
    assert client.call('Decrypt', blob)['Plaintext'] == PLAIN
    refused('UnsupportedOperation', client.call, 'ReEncrypt', blob | {'DestinationKeyId': arn})
    refused('UnsupportedOperation', client.call, 'DescribeKey', {'KeyId': arn})
    refused('UnsupportedOperation', client.call, 'Encrypt',
            {'KeyId': service.arn, 'Plaintext': PLAIN})


def test_a_key_of_an_instance_needs_public_access_on_the_shared_gateway(service):
    arn = service.facts['keys']['instance']
    client = PythonClient(service)
    assert client.call('Encrypt', {'KeyId': arn, 'Plaintext': PLAIN})
    service.ask({'public': False})
    refused('UnsupportedOperation', client.call, 'Encrypt', {'KeyId': arn, 'Plaintext': PLAIN})


@pytest.mark.parametrize('kind', CLIENTS)
def test_lists_are_paged(kind, service):
    client = kind(service)
    for _ in range(3):
        service.ask({'rotate': service.arn})
    seen = []
    for number in range(1, 50):
        answer = client.call('ListKeyVersions', {
            'KeyId': service.arn, 'PageNumber': number, 'PageSize': 3})
        seen += [item['KeyVersionId'] for item in answer['KeyVersions']['KeyVersion']]
        if len(seen) == answer['TotalCount']:
            break
    assert len(set(seen)) == len(seen) == answer['TotalCount'] >= 4
    refused('InvalidParameter', client.call, 'ListKeys', {'PageSize': 101})


@pytest.mark.parametrize('kind', NEWER)
def test_filters_select(kind, service):
    client = kind(service)
    made = client.call('CreateKey', {'KeySpec': 'EC_P256', 'KeyUsage': 'SIGN/VERIFY'})
    answer = client.call('ListKeys', {
        'Filters': '[{"Key":"KeySpec","Values":["EC_P256","EC_P256K"]}]', 'PageSize': 100})
    found = [key['KeyArn'] for key in answer['Keys']['Key']]
    assert made['KeyMetadata']['Arn'] in found and service.arn not in found
    refused('InvalidParameter', client.call, 'ListKeys',
            {'Filters': '[{"Key":"Colour","Values":["red"]}]'})
    refused('InvalidParameter', client.call, 'ListKeys', {'Filters': 'red'})


@pytest.mark.parametrize('kind', NEWER)
def test_a_key_lives(kind, service):
    client = kind(service)
    name = 'alias/' + uuid.uuid4().hex
    key = client.call('CreateKey', {'Description': 'made by a test'})['KeyMetadata']
    assert (key['KeySpec'], key['KeyState']) == ('Aliyun_AES_256', 'Enabled')
    client.call('CreateAlias', {'AliasName': name, 'KeyId': key['KeyId']})
    client.call('UpdateAlias', {'AliasName': name, 'KeyId': key['KeyId']})
    listed = client.call('ListAliases', {'PageSize': 100})['Aliases']['Alias']
    assert name in [item['AliasName'] for item in listed]
    client.call('UpdateRotationPolicy', {
        'KeyId': key['KeyId'], 'EnableAutomaticRotation': True, 'RotationInterval': '30d'})
    described = client.call('DescribeKey', {'KeyId': name})['KeyMetadata']
    assert (described['AutomaticRotation'], described['RotationInterval']) == ('Enabled', '2592000s')
    refused('InvalidParameter', client.call, 'UpdateRotationPolicy', {
        'KeyId': key['KeyId'], 'EnableAutomaticRotation': True, 'RotationInterval': '6d'})
    client.call('SetDeletionProtection', {
        'ProtectedResourceArn': key['Arn'], 'EnableDeletionProtection': True})
    refused('Rejected.DeletionProtection', client.call, 'ScheduleKeyDeletion',
            {'KeyId': key['KeyId'], 'PendingWindowInDays': 7})
    client.call('SetDeletionProtection', {
        'ProtectedResourceArn': key['Arn'], 'EnableDeletionProtection': False})
    client.call('DisableKey', {'KeyId': key['KeyId']})
    client.call('EnableKey', {'KeyId': key['KeyId']})
    client.call('ScheduleKeyDeletion', {'KeyId': key['KeyId'], 'PendingWindowInDays': 7})
    described = client.call('DescribeKey', {'KeyId': key['KeyId']})['KeyMetadata']
    assert described['KeyState'] == 'PendingDeletion'
    assert datetime.datetime.fromisoformat(described['DeleteDate'])
    client.call('CancelKeyDeletion', {'KeyId': key['KeyId']})


@pytest.mark.parametrize('kind', NEWER)
def test_the_account_has_a_status(kind, service):
    client = kind(service)
    assert client.call('DescribeAccountKmsStatus', {})['AccountStatus'] == 'Enabled'


@pytest.mark.parametrize('kind', NEWER)
def test_a_dry_run_never_succeeds(kind, service):
    refused('DryRunOperationError', lambda: seal(kind(service), service, DryRun='true'))


@pytest.mark.parametrize('kind', [PythonClient, OpenApiClient])
def test_a_request_that_comes_twice_is_refused(kind, service):
    """The clients never do that, so their own request is sent again, as it was."""
    import urllib.error
    import urllib.parse
    import urllib.request
    kind(service).call('DescribeKey', {'KeyId': service.arn})
    sent = service.ask()[-1]
    again = urllib.request.Request(
        f'http://{service.host()}/?' + urllib.parse.urlencode(sent['query']), method='POST',
        data=urllib.parse.urlencode(sent['form']).encode() if sent['form'] else None,
        headers={name: value for name, value in sent['headers'].items()
                 if name not in ('content-length', 'connection')})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(again, timeout=10)
    assert b'SignatureNonceUsed' in caught.value.read()
    caught.value.close()

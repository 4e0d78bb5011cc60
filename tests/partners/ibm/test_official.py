# SPDX-License-Identifier: Apache-2.0
"""IBM's own client judges our imitation of the service: it must succeed where the documentation
says so, and fail as documented. And its requests are the golden ones."""
import base64
import io
import json
import os
import subprocess

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import ContainerAuthenticator, IAMAuthenticator
from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

import golden
from ibm_key_protect import INSTANCE, KEY

DEK = base64.b64encode(bytes(range(1, 33))).decode()
HASH = base64.b64encode(b'h' * 32).decode()
KEY_TYPE = 'application/vnd.ibm.kms.key+json'
POLICY_TYPE = 'application/vnd.ibm.kms.policy+json'


def client_of(fake, api_key='api-key-of-a-manager', authenticator=None):
    client = IbmKeyProtectApiV2(authenticator or IAMAuthenticator(api_key, url=fake.url))
    client.set_service_url(fake.url)
    return client


@pytest.fixture
def client(fake):
    return client_of(fake)


def body(**members):
    return io.BytesIO(json.dumps(members).encode())


def wrap(client, key=KEY, **members):
    return client.wrap_key(key, INSTANCE, key_action_wrap_body=body(**members)).get_result()


def unwrap(client, key=KEY, **members):
    return client.unwrap_key(key, INSTANCE, key_action_unwrap_body=body(**members)).get_result()


def rotate(client, key=KEY):
    return client.rotate_key(key, INSTANCE, key_action_rotate_body=io.BytesIO(b''),
                             prefer='return=minimal')


def create(client, **members):
    members = {'type': KEY_TYPE, 'extractable': False, **members}
    return client.create_key(
        INSTANCE, body(metadata={'collectionType': KEY_TYPE, 'collectionTotal': 1},
                       resources=[members]),
        prefer='return=representation').get_result()['resources'][0]


def refused(call, status, code):
    with pytest.raises(ApiException) as caught:
        call()
    assert caught.value.status_code == status
    reasons = caught.value.http_response.json()['resources'][0]['reasons']
    assert reasons[0]['code'] == code


# -- keys that wrap ----------------------------------------------------------------------------

def test_what_was_wrapped_is_unwrapped(client):
    wrapped = wrap(client, plaintext=DEK)
    assert 'plaintext' not in wrapped
    assert unwrap(client, ciphertext=wrapped['ciphertext'])['plaintext'] == DEK


def test_a_key_that_the_service_makes_has_32_bytes(client):
    made = wrap(client)
    assert len(base64.b64decode(made['plaintext'])) == 32
    again = unwrap(client, ciphertext=made['ciphertext'])
    assert again['plaintext'] == made['plaintext']


def test_an_alias_names_its_key(client):
    wrapped = wrap(client, key='alias-of-one', plaintext=DEK)
    assert unwrap(client, ciphertext=wrapped['ciphertext'])['plaintext'] == DEK


@pytest.mark.parametrize('aad', [[], ['b'], ['a', 'b'], ['ab'], ['b', 'a'] + ['']])
def test_additional_data_must_be_the_same(client, aad):
    wrapped = wrap(client, plaintext=DEK, aad=['b', 'a'])
    refused(lambda: unwrap(client, ciphertext=wrapped['ciphertext'], aad=aad), 422,
            'UNPROCESSABLE_CIPHERTEXT_ERR')
    assert unwrap(client, ciphertext=wrapped['ciphertext'], aad=['b', 'a'])['plaintext'] == DEK


def test_additional_data_is_limited(client):
    wrap(client, plaintext=DEK, aad=['x' * 255] * 255)
    refused(lambda: wrap(client, plaintext=DEK, aad=['x' * 256]), 400, 'INVALID_FIELD_ERR')
    refused(lambda: wrap(client, plaintext=DEK, aad=['x'] * 256), 400, 'INVALID_FIELD_ERR')


def test_a_wrapped_key_of_another_key_is_refused(client):
    other = create(client, name='other')['id']
    wrapped = wrap(client, key=other, plaintext=DEK)['ciphertext']
    refused(lambda: unwrap(client, ciphertext=wrapped), 422, 'UNPROCESSABLE_CIPHERTEXT_ERR')


def test_a_standard_key_does_not_wrap(client):
    key = create(client, name='readable', extractable=True)['id']
    refused(lambda: wrap(client, key=key, plaintext=DEK), 400, 'KEY_ROOT_REQ_ERR')


# -- versions ----------------------------------------------------------------------------------

def test_after_a_rotation_an_unwrap_gives_a_replacement(client):
    old = wrap(client, plaintext=DEK)
    assert rotate(client).get_status_code() == 204
    reply = unwrap(client, ciphertext=old['ciphertext'])
    assert reply['keyVersion'] == old['keyVersion']
    assert reply['rewrappedKeyVersion'] != old['keyVersion']
    newest = unwrap(client, ciphertext=reply['ciphertext'])
    assert newest['plaintext'] == DEK and 'ciphertext' not in newest


def test_a_rewrap_takes_the_newest_version(client):
    old = wrap(client, plaintext=DEK)
    rotate(client)
    reply = client.rewrap_key(KEY, INSTANCE, key_action_rewrap_body=body(
        ciphertext=old['ciphertext'])).get_result()
    assert 'plaintext' not in reply
    assert reply['keyVersion'] == old['keyVersion'] != reply['rewrappedKeyVersion']


def test_a_key_is_rotated_once_an_hour(client, fake):
    rotate(client)  # the first is not limited
    refused(lambda: rotate(client), 409, 'KEY_ROTATION_NOT_PERMITTED')
    fake.offset += 3600
    rotate(client_of(fake))


def test_an_imported_key_is_rotated_with_material_only(client, fake):
    key = fake.add_key('imported', imported=True).id
    refused(lambda: rotate(client, key), 400, 'KEY_PAYLOAD_REQ_ERR')


def test_versions_are_listed_newest_first_and_in_pages(client, fake):
    key = fake.keys[KEY]
    for _ in range(4):
        key.add_version()
    seen = []
    for offset in (0, 2, 4):
        reply = client.get_key_versions(KEY, INSTANCE, limit=2, offset=offset,
                                        total_count=True).get_result()
        assert reply['metadata']['totalCount'] == 5
        seen += [v['id'] for v in reply['resources']]
    assert seen == [v[0] for v in reversed(key.versions)]


def test_versions_of_a_key_that_is_not_active_are_asked_for_by_name(client, fake):
    fake.keys[KEY].state = 2
    refused(lambda: client.get_key_versions(KEY, INSTANCE), 409, 'KEY_ACTION_INVALID_STATE_ERR')
    client.get_key_versions(KEY, INSTANCE, all_key_states=True)


# -- states ------------------------------------------------------------------------------------

@pytest.mark.parametrize('state, wraps, unwraps', [
    (0, (409, 'KEY_ACTION_INVALID_STATE_ERR'), (409, 'KEY_ACTION_INVALID_STATE_ERR')),
    (2, (409, 'KEY_ACTION_INVALID_STATE_ERR'), (409, 'KEY_ACTION_INVALID_STATE_ERR')),
    (3, (400, 'KEY_EXPIRED_ERR'), None),
    (5, (410, 'KEY_DELETED_ERR'), (410, 'KEY_DELETED_ERR')),
])
def test_states_limit_what_a_key_does(client, fake, state, wraps, unwraps):
    text = wrap(client, plaintext=DEK)['ciphertext']
    fake.keys[KEY].state = state
    refused(lambda: wrap(client, plaintext=DEK), *wraps)
    if unwraps:
        refused(lambda: unwrap(client, ciphertext=text), *unwraps)
    else:
        assert unwrap(client, ciphertext=text)['plaintext'] == DEK
    assert client.get_key_metadata(KEY, INSTANCE).get_result()['resources'][0]['state'] == state


def test_a_key_is_disabled_and_enabled_half_a_minute_later(client, fake):
    client.disable_key(KEY, INSTANCE)
    refused(lambda: client.enable_key(KEY, INSTANCE), 409, 'REQ_TOO_EARLY_ERR')
    fake.offset += 30
    client.enable_key(KEY, INSTANCE)
    wrap(client, plaintext=DEK)


def test_a_deleted_key_comes_back_within_30_days(client, fake):
    text = wrap(client, plaintext=DEK)['ciphertext']
    client.delete_key(KEY, INSTANCE, prefer='return=minimal')
    fake.offset += 29 * 86400
    client = client_of(fake)
    client.restore_key(KEY, INSTANCE)
    assert unwrap(client, ciphertext=text)['plaintext'] == DEK
    client.delete_key(KEY, INSTANCE, prefer='return=minimal')
    fake.offset += 31 * 86400
    refused(lambda: client_of(fake).restore_key(KEY, INSTANCE), 400, 'KEY_RESTORE_EXPIRED')


def test_a_key_that_protects_something_is_not_deleted(client, fake):
    fake.keys[KEY].registrations.append({'keyId': KEY, 'resourceCrn': 'crn:v1:cluster',
                                         'preventKeyDeletion': False})
    refused(lambda: client.delete_key(KEY, INSTANCE), 409, 'PROTECTED_RESOURCE_ERR')
    client.delete_key(KEY, INSTANCE, force=True)


def test_registrations_are_found_by_their_resource(client, fake):
    key, other = fake.keys[KEY], fake.add_key('two')
    key.register('crn:v1:bluemix:public:containers-kubernetes:us-south:a/1:cluster-one::')
    key.register('crn:v1:bluemix:public:cloud-object-storage:global:a/1:store:bucket:b', True)
    other.register('crn:v1:bluemix:public:containers-kubernetes:us-south:a/1:cluster-two::')

    def found(**more):
        rows = client.get_registrations_all_keys(INSTANCE, **more).get_result().get('resources', [])
        return [r['resourceCrn'].split(':')[7] for r in rows]
    assert found() == ['cluster-one', 'store', 'cluster-two']
    assert found(url_encoded_resource_crn_query='crn:v1:bluemix:public:containers-kubernetes:'
                                                'us-south:a/1:cluster-two:*:*') == ['cluster-two']
    assert found(prevent_key_deletion=True) == ['store']
    refused(lambda: found(url_encoded_resource_crn_query='crn:*'), 400, 'INVALID_QUERY_PARAM_ERR')
    rows = client.get_registrations(KEY, INSTANCE).get_result()['resources']
    assert [r['keyVersion']['id'] for r in rows] == [key.versions[-1][0]] * 2


def test_a_resource_registers_anew_with_a_new_version(client, fake):
    key = fake.keys[KEY]
    key.register('crn:v1:cluster')
    fake.offset += 60
    key.add_version()
    key.register('crn:v1:cluster')
    row, = client_of(fake).get_registrations(KEY, INSTANCE).get_result()['resources']
    assert row['keyVersion']['id'] == key.versions[-1][0] != key.versions[0][0]
    assert row['lastUpdated'] > row['creationDate']


def test_services_are_told_what_is_done_with_a_key(client, fake):
    seen = []
    fake.listeners.append(lambda key, event: seen.append((key.id, event)))
    rotate(client)
    client.disable_key(KEY, INSTANCE)
    fake.offset += 30
    client.enable_key(KEY, INSTANCE)
    fake.offset += 3600
    client = client_of(fake)
    client.sync_associated_resources(KEY, INSTANCE)
    client.delete_key(KEY, INSTANCE)
    fake.offset += 30
    client.restore_key(KEY, INSTANCE)
    assert seen == [(KEY, e) for e in ('rotate', 'disable', 'enable', 'sync', 'delete', 'restore')]


def test_a_key_is_synced_once_an_hour_and_not_within_one_of_a_change(fake):
    fake.still = 1_800_000_000
    fake.keys[KEY].changed = fake.now()
    fake.offset = 3599
    refused(lambda: client_of(fake).sync_associated_resources(KEY, INSTANCE), 409,
            'REQ_TOO_EARLY_ERR')
    fake.offset = 3600
    client_of(fake).sync_associated_resources(KEY, INSTANCE)
    fake.offset = 7199
    refused(lambda: client_of(fake).sync_associated_resources(KEY, INSTANCE), 409,
            'REQ_TOO_EARLY_ERR')


def dual_auth(client):
    client.put_policy(KEY, INSTANCE, {
        'metadata': {'collectionType': POLICY_TYPE, 'collectionTotal': 1},
        'resources': [{'type': POLICY_TYPE, 'dualAuthDelete': {'enabled': True}}]},
        policy='dualAuthDelete')


def test_dual_authorisation_takes_two_people(client, fake):
    refused(lambda: client.set_key_for_deletion(KEY, INSTANCE), 409, 'NOT_DUAL_AUTH_ERR')
    dual_auth(client)
    refused(lambda: client.delete_key(KEY, INSTANCE), 409, 'AUTHORIZATIONS_NOT_MET')
    client.set_key_for_deletion(KEY, INSTANCE)
    refused(lambda: client.delete_key(KEY, INSTANCE), 409, 'AUTHORIZATIONS_NOT_MET')
    client_of(fake, 'api-key-of-a-writer').set_key_for_deletion(KEY, INSTANCE)
    shown = client.get_key_metadata(KEY, INSTANCE).get_result()['resources'][0]
    assert shown['dualAuthDelete']['enabled'] and shown['dualAuthDelete']['keySetForDeletion']
    client.delete_key(KEY, INSTANCE)


def test_an_authorisation_ends_after_seven_days_or_when_taken_back(client, fake):
    writer = client_of(fake, 'api-key-of-a-writer')
    dual_auth(client)
    writer.set_key_for_deletion(KEY, INSTANCE)
    writer.unset_key_for_deletion(KEY, INSTANCE)
    refused(lambda: client.delete_key(KEY, INSTANCE), 409, 'AUTHORIZATIONS_NOT_MET')
    writer.set_key_for_deletion(KEY, INSTANCE)
    fake.offset += 7 * 86400 + 60
    refused(lambda: client_of(fake).delete_key(KEY, INSTANCE), 409, 'AUTHORIZATIONS_NOT_MET')


# -- who asks ----------------------------------------------------------------------------------

def test_an_unknown_api_key_gets_no_token(fake):
    with pytest.raises(ApiException) as caught:
        wrap(client_of(fake, 'no such key'), plaintext=DEK)
    assert caught.value.status_code == 400
    assert caught.value.http_response.json()['errorCode'] == 'BXNIM0415E'


def test_a_reader_wraps_and_does_not_rotate(fake):
    client = client_of(fake, 'api-key-of-a-reader')
    wrap(client, plaintext=DEK)
    refused(lambda: rotate(client), 401, 'UNAUTHORIZED_ERR')


def test_who_has_no_role_or_names_another_instance_is_refused_alike(fake):
    refused(lambda: wrap(client_of(fake, 'api-key-of-a-stranger'), plaintext=DEK), 401,
            'UNAUTHORIZED_ERR')
    client = client_of(fake)
    refused(lambda: client.get_key_metadata(KEY, 'f' * 8), 401, 'UNAUTHORIZED_ERR')


def test_a_token_that_expired_is_refused(client, fake):
    wrap(client, plaintext=DEK)
    fake.tokens.clear()
    refused(lambda: wrap(client, plaintext=DEK), 401, 'UNAUTHORIZED_ERR')


def test_a_compute_resource_token_gives_one_too(fake, tmp_path):
    (tmp_path / 'token').write_text('cr-token-1')
    fake.cr_tokens['cr-token-1'] = 'Reader'
    client = client_of(fake, authenticator=ContainerAuthenticator(
        cr_token_filename=str(tmp_path / 'token'), iam_profile_name='profile', url=fake.url))
    wrap(client, plaintext=DEK)


# -- lists and makers --------------------------------------------------------------------------

def test_keys_are_filtered(client, fake):
    create(client, name='readable', extractable=True)
    create(client, name='Blue-Key')
    fake.keys[KEY].state = 2

    def names(**filters):
        reply = client.get_keys(INSTANCE, **filters).get_result()
        return sorted(k['name'] for k in reply.get('resources', []))
    assert names() == ['Blue-Key', 'one', 'readable']
    assert names(extractable=False) == ['Blue-Key', 'one']
    assert names(state=[2, 5]) == ['one']
    assert names(search='blue') == ['Blue-Key']
    assert names(search='ALIAS-of') == ['one']
    assert names(search='nothing') == []


def test_keys_are_listed_in_pages(client, fake):
    for i in range(4):
        fake.add_key(f'key {i}')
    pages = [client.get_keys(INSTANCE, limit=2, offset=o).get_result() for o in (0, 2, 4)]
    assert [len(p['resources']) for p in pages] == [2, 2, 1]


def test_a_key_is_made_as_it_was_asked_for(client):
    made = create(client, name='made', description='for tests', aliases=['made-alias'])
    assert made['state'] == 1 and not made['extractable'] and 'payload' not in made
    found = client.get_key_metadata('made-alias', INSTANCE).get_result()['resources'][0]
    assert found['id'] == made['id'] and found['description'] == 'for tests'


@pytest.mark.parametrize('members', [{'name': 'x'}, {'name': 'x' * 91},
                                     {'name': 'ok', 'description': 'd'},
                                     {'name': 'ok', 'aliases': ['no spaces']}])
def test_what_a_key_cannot_be_is_refused(client, members):
    refused(lambda: create(client, **members), 400, 'INVALID_FIELD_ERR')


def test_an_alias_is_unique(client):
    client.create_key_alias(KEY, 'second', INSTANCE)
    refused(lambda: client.create_key_alias(KEY, 'second', INSTANCE), 409,
            'KEY_ALIAS_NOT_UNIQUE_ERR')
    client.delete_key_alias(KEY, 'second', INSTANCE)
    client.create_key_alias(KEY, 'second', INSTANCE)


def policy(client, **rotation):
    client.put_policy(KEY, INSTANCE, {
        'metadata': {'collectionType': POLICY_TYPE, 'collectionTotal': 1},
        'resources': [{'type': POLICY_TYPE, 'rotation': rotation}]}, policy='rotation')
    return client.get_policy(KEY, INSTANCE, policy='rotation').get_result()['resources'][0]


def test_a_rotation_policy_is_kept(client):
    assert policy(client, enabled=True, interval_month=3)['rotation'] == {
        'enabled': True, 'interval_month': 3}
    assert policy(client, enabled=False)['rotation']['enabled'] is False
    refused(lambda: policy(client, enabled=True, interval_month=13), 400, 'INVALID_FIELD_ERR')


# -- golden requests ---------------------------------------------------------------------------

ASKING = {
    'wrap': lambda c: wrap(c, plaintext=DEK),
    'wrap-aad': lambda c: wrap(c, plaintext=DEK, aad=[HASH]),
    'unwrap': lambda c: unwrap(c, ciphertext=wrap(c, plaintext=DEK)['ciphertext']),
    'unwrap-aad': lambda c: unwrap(
        c, ciphertext=wrap(c, plaintext=DEK, aad=[HASH])['ciphertext'], aad=[HASH]),
    'rewrap': lambda c: c.rewrap_key(KEY, INSTANCE, key_action_rewrap_body=body(
        ciphertext=wrap(c, plaintext=DEK)['ciphertext'])),
    'rotate': rotate,
    'metadata': lambda c: c.get_key_metadata(KEY, INSTANCE),
    'metadata-ring': lambda c: c.get_key_metadata(KEY, INSTANCE, x_kms_key_ring='default'),
    'versions': lambda c: c.get_key_versions(KEY, INSTANCE, limit=200, offset=0,
                                             all_key_states=True),
    'list': lambda c: c.get_keys(INSTANCE, limit=200, offset=0, state=[1, 2],
                                 extractable=False, search='one'),
    'list-root': lambda c: c.get_keys(INSTANCE, limit=200, offset=0, extractable=False),
    'create': lambda c: create(c, name='made', description='for tests', aliases=['made-alias'],
                               expirationDate='2099-01-02T03:04:05Z'),
    'create-alias': lambda c: c.create_key_alias(KEY, 'second', INSTANCE),
    'delete-alias': lambda c: c.delete_key_alias(KEY, 'alias-of-one', INSTANCE),
    'get-policy': lambda c: c.get_policy(KEY, INSTANCE, policy='rotation'),
    'set-policy': lambda c: policy(c, enabled=True, interval_month=3),
    'registrations': lambda c: c.get_registrations(KEY, INSTANCE, limit=200, offset=0),
    'registrations-all': lambda c: c.get_registrations_all_keys(
        INSTANCE, limit=200, offset=0, url_encoded_resource_crn_query='crn:v1:x'),
    'registrations-every': lambda c: c.get_registrations_all_keys(INSTANCE, limit=200, offset=0),
    'disable': lambda c: c.disable_key(KEY, INSTANCE),
    'delete': lambda c: c.delete_key(KEY, INSTANCE, force=True, prefer='return=minimal'),
    'port': lambda c: c.get_allowed_ip_port(INSTANCE),
}


@pytest.mark.parametrize('name', sorted(ASKING))
def test_golden_requests_are_those_of_the_official_client(client, fake, name):
    ASKING[name](client)
    entries = [e for e in fake.log if e['path'].startswith('/api/')]
    if name == 'set-policy':  # the get that follows it is another one
        entries.pop()
    golden.check_official(name, entries[-1])


def test_golden_token_is_that_of_the_official_client(client, fake):
    client.get_key_metadata(KEY, INSTANCE)
    golden.check_official('token', next(e for e in fake.log if e['path'] == '/identity/token'))


def test_golden_enable_and_restore(client, fake):
    fake.keys[KEY].state = 2
    fake.offset += 60
    client.enable_key(KEY, INSTANCE)
    golden.check_official('enable', fake.log[-1])
    client.delete_key(KEY, INSTANCE)
    fake.offset += 60
    client.restore_key(KEY, INSTANCE, prefer='return=minimal')
    golden.check_official('restore', fake.log[-1])


def test_the_client_for_node_agrees(fake):
    done = subprocess.run(
        ['node', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'keys.js'), fake.url,
         INSTANCE, KEY],
        env={**os.environ, 'NODE_PATH': os.path.join(os.environ['EVC_NODE_FOLDER'],
                                                     'node_modules')},
        stdout=subprocess.PIPE, check=True, timeout=120)
    assert json.loads(done.stdout) == {
        'wrap': 200, 'unwrap': 200, 'same': True, 'other aad': 'UNPROCESSABLE_CIPHERTEXT_ERR',
        'metadata': 200, 'rotate': 204, 'rotate again': 'KEY_ROTATION_NOT_PERMITTED',
        'unwrap the old': 200, 'replaced': True, 'keys': 200, 'listed': 1, 'disable': 204,
        'wrap when disabled': 'KEY_ACTION_INVALID_STATE_ERR',
        'enable at once': 'REQ_TOO_EARLY_ERR', 'another instance': 'UNAUTHORIZED_ERR'}

# SPDX-License-Identifier: Apache-2.0
"""Our client, through the public interface alone, against the service that IBM's own client
judged (test_official.py). Requests are compared with those of IBM's client, field by field."""
import base64
import hashlib
import http.server
import json
import re
import struct
import threading
import urllib.parse

import pytest

import golden
from ibm_key_protect import INSTANCE, KEY, Fake
from ours import Client, Failed
from test_official import body, client_of

CONTEXT = {'tenant': 'blue', 'purpose': 'test'}
MANAGER = 'api-key-of-a-manager'


def query(fake, **more):
    options = {'iam-url': fake.url, 'endpoint': fake.url, 'resource-controller': fake.url, **more}
    return '?' + urllib.parse.urlencode({n: v for n, v in options.items() if v})


def uri_of(fake, key=KEY, **more):
    return f'ibm-kp://us-south/{INSTANCE}/{key}' + query(fake, **more)


def service_of(fake, **more):
    return f'ibm-kp://us-south/{INSTANCE}' + query(fake, **more)


@pytest.fixture
def ours(tmp_path):
    client = Client(tmp_path, KEY_PROTECT_APIKEY=MANAGER)
    yield client
    client.end()


@pytest.fixture
def opened(ours, fake):
    ours.open(uri_of(fake))
    return ours


def failing(call):
    with pytest.raises(Failed) as caught:
        call()
    return caught.value


def asked(fake, part):
    return [e for e in fake.log if part in e['path']]


# -- an independent reader of what we write ------------------------------------------------------

def bytes16(data, at):
    size, = struct.unpack_from('>H', data, at)
    return data[at + 2:at + 2 + size], at + 2 + size


def serialize(context):
    if not context:
        return b''
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    return struct.pack('>H', len(pairs)) + b''.join(
        struct.pack('>H', len(t)) + t for pair in pairs for t in pair)


def aad_of(context):
    digest = hashlib.sha256(b'envcrypt-context-1\0' + serialize(context)).digest()
    return base64.b64encode(digest).decode()


def edk_of(record):
    """The only EDK of a wrapped-key record (doc/format.md)."""
    assert record[:3] == b'\x45\x4b\x01'
    _, at = bytes16(record, 4)
    assert struct.unpack_from('>H', record, at) == (1,)
    provider, at = bytes16(record, at + 2)
    info, at = bytes16(record, at)
    text, at = bytes16(record, at)
    assert len(record) == at + 32
    key_id, at = bytes16(info, 1)
    version, at = bytes16(info, at)
    form, when = struct.unpack_from('>BQ', info, at)
    return {'provider': provider.decode(), 'key_id': key_id.decode(),
            'version': version.decode(), 'form': form, 'when': when, 'text': text.decode()}


# -- round trips -------------------------------------------------------------------------------

@pytest.mark.parametrize('context', [{}, CONTEXT, {'n' * 300: 'v' * 3000}])
def test_messages_go_round(opened, context):
    message = opened.data('encrypt', b'hello', context=context)
    assert opened.data('decrypt', message, context=context) == b'hello'


def test_every_form_of_uri_opens_the_same_key(ours, fake):
    crn = fake.keys[KEY].crn
    forms = [uri_of(fake), uri_of(fake, 'alias-of-one'),
             f'ibm-kp:///{crn}' + query(fake), uri_of(fake, **{'key-ring': 'default'}),
             f'ibm-kp:///{crn}' + query(fake, **{'find-endpoint': 'true', 'endpoint': None})]
    for i, form in enumerate(forms):
        reply = ours.open(form, key=str(i))
        assert reply['key_id'] == crn
        assert reply['provider_id'] == 'envcrypt-ibm-kp'
    message = ours.data('encrypt', b'hello', key='0')
    for i in range(len(forms)):
        assert ours.data('decrypt', message, key=str(i)) == b'hello'


def test_the_environment_names_the_service(tmp_path, fake):
    ours = Client(tmp_path, KEY_PROTECT_APIKEY=MANAGER, KEY_PROTECT_URL=fake.url)
    ours.open(uri_of(fake, endpoint=None))
    ours.data('encrypt', b'hello')
    ours.end()


def test_another_implementation_reads_our_edk(opened, fake):
    """Python takes the record apart, IBM's client opens what is in it."""
    record = opened.data('make-record', context=CONTEXT)
    edk = edk_of(record)
    assert edk['provider'] == 'envcrypt-ibm-kp' and edk['form'] == 2
    assert edk['key_id'] == fake.keys[KEY].crn
    assert edk['version'] == fake.keys[KEY].versions[-1][0]
    assert abs(edk['when'] - fake.now()) < 60
    reply = client_of(fake).unwrap_key(KEY, INSTANCE, key_action_unwrap_body=body(
        ciphertext=edk['text'], aad=[aad_of(CONTEXT)])).get_result()
    assert base64.b64decode(reply['plaintext']) == opened.data('open-record', record,
                                                               context=CONTEXT)


def test_without_a_context_there_is_no_additional_data(opened, fake):
    edk = edk_of(opened.data('make-record'))
    assert edk['form'] == 0
    assert 'aad' not in asked(fake, '/wrap')[-1]['body']


def test_another_context_does_not_open(opened):
    record = opened.data('make-record', context=CONTEXT)
    failed = failing(lambda: opened.data('open-record', record,
                                         context={**CONTEXT, 'tenant': 'red'}))
    assert failed.reply['class'] == 'AUTHENTICITY'


def test_changed_text_of_the_service_is_refused_by_it(opened, fake):
    record = bytearray(opened.data('make-record', context=CONTEXT))
    at = record.index(edk_of(bytes(record))['text'].encode()) + 20
    record[at] = ord('A') if record[at] != ord('A') else ord('B')
    failed = failing(lambda: opened.data('open-record', bytes(record), context=CONTEXT))
    assert failed.code == 'NO_KEY'
    assert failed.reply['causes'][0]['code'] == 'ENVCRYPT_E_CONTEXT'
    assert failed.reply['causes'][0]['provider_code'] == 'UNPROCESSABLE_CIPHERTEXT_ERR'


# -- rotation ----------------------------------------------------------------------------------

def test_old_versions_open_after_a_rotation(opened, fake):
    message = opened.data('encrypt', b'hello', context=CONTEXT)
    opened.ask('rotate', key='k')
    assert opened.data('decrypt', message, context=CONTEXT) == b'hello'
    assert len(fake.keys[KEY].versions) == 2


def test_a_record_is_rewrapped_under_the_newest_version(opened, fake):
    record = opened.data('make-record', context=CONTEXT)
    key = opened.data('open-record', record, context=CONTEXT)
    opened.ask('rotate', key='k')
    again = opened.data('rewrap-record', record)
    assert edk_of(again)['version'] == fake.keys[KEY].versions[-1][0]
    assert edk_of(record)['version'] == fake.keys[KEY].versions[0][0]
    assert opened.data('open-record', again, context=CONTEXT) == key


def test_a_second_rotation_says_when_it_may_come(opened, fake):
    opened.ask('rotate', key='k')
    failed = failing(lambda: opened.ask('rotate', key='k'))
    assert failed.code == 'SERVICE_CONFLICT'
    assert failed.reply['provider_code'] == 'KEY_ROTATION_NOT_PERMITTED'
    assert 3500000 < failed.reply['retry_after_ms'] <= 3600000
    assert 'try again after 20' in failed.reply['text']
    assert len(asked(fake, '/rotate')) == 2


def test_an_imported_key_is_not_rotated_here(ours, fake):
    key = fake.add_key('imported', imported=True).id
    ours.open(uri_of(fake, key))
    failed = failing(lambda: ours.ask('rotate', key='k'))
    assert failed.reply['provider_code'] == 'KEY_PAYLOAD_REQ_ERR'
    assert 'imported' in failed.reply['text']


def test_versions_are_described_oldest_first(opened, fake):
    for _ in range(2):
        fake.keys[KEY].add_version()
    reply = opened.ask('describe', key='k')
    assert reply['versions'] == [v[0] for v in fake.keys[KEY].versions]
    assert reply['state'] == 1 and reply['current'] == 2


def test_many_versions_come_in_pages(opened, fake):
    for _ in range(450):
        fake.keys[KEY].add_version()
    reply = opened.ask('describe', key='k')
    assert reply['versions'] == [v[0] for v in fake.keys[KEY].versions]
    assert [e['query']['offset'] for e in asked(fake, '/versions')] == ['0', '200', '400']


# -- a key store that the key protects ------------------------------------------------------------

def test_one_unwrap_opens_a_key_store_and_the_service_rewraps_it(opened, fake, tmp_path):
    path = str(tmp_path / 'store.json')
    opened.ask('make-store', key='k', path=path)
    opened.ask('rotate', key='k')
    fake.log.clear()
    opened.ask('rewrap-store', key='k', path=path)
    golden_entry = golden.normal(newest(fake, '/rewrap'))
    assert len(golden_entry['body'].pop('aad')) == 1
    with open(golden.path_of('rewrap'), encoding='utf-8') as file:
        assert golden_entry == json.load(file)
    assert len(asked(fake, '/rewrap')) == 1 and not asked(fake, '/wrap')
    fake.log.clear()
    opened.ask('open-store', key='k', path=path)
    assert len(asked(fake, '/actions/')) == 1
    version, text = fake.keys[KEY].versions[-1][0], open(path, encoding='utf-8').read()
    assert version in base64_texts(text)


def base64_texts(text):
    """All that stands in base64 in a JSON text, as one text."""
    out = ''
    for word in re.findall(r'"([A-Za-z0-9+/=]{16,})"', text):
        try:
            out += base64.b64decode(word, validate=True).decode('latin-1')
        except ValueError:
            pass
    return out


# -- states ------------------------------------------------------------------------------------

@pytest.mark.parametrize('state, code, name', [
    (0, 'KEY_NOT_READY', 'Pre-activation'), (2, 'KEY_DISABLED', 'Suspended'),
    (3, 'KEY_DECRYPT_ONLY', 'Deactivated'), (5, 'KEY_DESTROYED', 'Destroyed')])
def test_a_key_that_does_not_wrap_says_why(opened, fake, state, code, name):
    message = opened.data('encrypt', b'hello')
    fake.keys[KEY].state = state
    failed = failing(lambda: opened.data('encrypt', b'hello'))
    assert failed.code == code and failed.reply['key_state'] == name
    if state == 3:
        assert opened.data('decrypt', message) == b'hello'
    else:
        assert failing(lambda: opened.data('decrypt', message)).code == code
    assert failing(lambda: opened.ask('probe', key='k')).code == code


def test_a_key_that_was_disabled_is_opened_and_described(ours, fake):
    fake.keys[KEY].state = 2
    ours.open(uri_of(fake))
    reply = ours.ask('describe', key='k')
    assert reply['state'] == 2 and len(reply['versions']) == 1


def test_a_key_disabled_in_mid_run_works_again_when_it_is_enabled(opened, fake):
    message = opened.data('encrypt', b'hello')
    fake.keys[KEY].state = 2
    assert failing(lambda: opened.data('decrypt', message)).reply['class'] == 'KEY_STATE'
    fake.keys[KEY].state = 1
    assert opened.data('decrypt', message) == b'hello'


def test_a_probe_sends_no_data_key(opened, fake):
    opened.ask('probe', key='k')
    assert not asked(fake, '/wrap') and not asked(fake, '/unwrap')


# -- opening -----------------------------------------------------------------------------------

def test_a_standard_key_is_not_opened(ours, fake):
    key = fake.add_key('readable', extractable=True).id
    failed = failing(lambda: ours.open(uri_of(fake, key)))
    assert failed.code == 'KEY_UNSUITABLE' and 'root keys' in failed.reply['text']


def test_a_key_that_is_not_there_is_not_opened(ours, fake):
    assert failing(lambda: ours.open(uri_of(fake, 'nobody'))).code == 'KEY_NOT_FOUND'


def test_an_alias_that_moves_later_stays_with_its_key(ours, fake):
    ours.open(uri_of(fake, 'alias-of-one'))
    other = fake.add_key('other')
    fake.keys[KEY].aliases.clear()
    other.aliases.append('alias-of-one')
    assert edk_of(ours.data('make-record'))['key_id'] == fake.keys[KEY].crn


def test_another_key_than_the_asked_one_is_refused(ours, fake):
    other = fake.add_key('other')
    fake.keys[KEY].id = other.id  # what the service shows under both ids
    fake.find_key = lambda name, ring=None: fake.keys[KEY]
    assert failing(lambda: ours.open(uri_of(fake))).code == 'KEY_MISMATCH'


@pytest.mark.parametrize('uri', [
    'ibm-kp://us-south', f'ibm-kp://us-south/{INSTANCE}', 'ibm-kp:///', 'ibm-kp:///crn:v1',
    f'ibm-kp://us-south/{INSTANCE}/a/b', f'ibm-kp://us_south/{INSTANCE}/{KEY}',
    f'ibm-kp://us-south/{INSTANCE}/..%2fx', f'ibm-kp://us-south/{INSTANCE}/{KEY}#x',
    f'ibm-kp:///crn:v1:bluemix:public:kms:us-south:a/1:{INSTANCE}::'])
def test_uris_of_no_key_are_refused(ours, fake, uri):
    assert failing(lambda: ours.open(uri)).code == 'URI'
    assert not fake.log


def test_options_are_checked(ours, fake):
    assert failing(lambda: ours.open(uri_of(fake, endpont='x'))).code == 'UNKNOWN_OPTION'
    assert failing(lambda: ours.open(uri_of(fake, private='yes'))).code == 'ARGUMENT'
    assert failing(lambda: ours.open(uri_of(fake, **{'private-port': '8888'}))).code == 'ARGUMENT'
    assert failing(lambda: ours.open(uri_of(fake, **{'key-ring': 'a/b'}))).code == 'ARGUMENT'
    assert not fake.log


# -- who asks ----------------------------------------------------------------------------------

def test_one_token_serves_all_calls(opened, fake):
    for _ in range(5):
        opened.data('decrypt', opened.data('encrypt', b'hello'))
    assert len(asked(fake, '/identity/token')) == 1


def test_a_token_that_expires_in_mid_run_is_renewed_once(opened, fake):
    message = opened.data('encrypt', b'hello')
    fake.tokens.clear()
    assert opened.data('decrypt', message) == b'hello'
    assert len(asked(fake, '/identity/token')) == 2


def test_a_wrong_api_key_is_told_so(tmp_path, fake):
    ours = Client(tmp_path, KEY_PROTECT_APIKEY='planted-api-key')
    failed = failing(lambda: ours.open(uri_of(fake)))
    assert failed.reply['class'] in ('CREDENTIALS', 'CONFIG')
    assert 'planted-api-key' not in json.dumps(failed.reply) + '\n'.join(ours.log)
    ours.end()


def test_who_has_no_role_is_told_so(tmp_path, fake):
    ours = Client(tmp_path, KEY_PROTECT_APIKEY='api-key-of-a-stranger')
    failed = failing(lambda: ours.open(uri_of(fake)))
    assert failed.code == 'AUTH' and failed.reply['provider_code'] == 'UNAUTHORIZED_ERR'
    assert 'role' in failed.reply['text']
    ours.end()


def test_no_secret_is_shown(opened, fake):
    record = opened.data('make-record', context=CONTEXT)
    fake.faults.append({'match': '/unwrap', 'status': 500, 'count': 9, 'code': 'INTERNAL',
                        'body': 'planted-reply'})
    failed = failing(lambda: opened.data('open-record', record, context=CONTEXT))
    shown = json.dumps(failed.reply) + '\n'.join(opened.log)
    for secret in [MANAGER, *fake.tokens, 'planted-reply',
                   asked(fake, '/wrap')[-1]['body']['plaintext']]:
        assert secret not in shown


def test_no_data_key_stays_in_memory(opened, fake):
    """By default (memory=strict), neither as bytes nor as the text that went over the line."""
    message = opened.data('encrypt', b'hello', context=CONTEXT)
    sent = base64.b64decode(asked(fake, '/wrap')[-1]['body']['plaintext'])
    opened.holds_no_copy(sent, 'after the wrap')
    opened.data('decrypt', message, context=CONTEXT)
    opened.holds_no_copy(sent, 'after the unwrap')
    assert opened.copies(fake.keys[KEY].crn.encode()) > 0  # what is no secret is found


# -- trouble -----------------------------------------------------------------------------------

@pytest.mark.parametrize('status', [429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(opened, fake, status):
    fake.faults.append({'match': '/wrap', 'status': status, 'count': 1,
                        'body': '<html>gateway</html>'})
    opened.data('encrypt', b'hello')
    assert len(asked(fake, '/wrap')) == 2


@pytest.mark.parametrize('status', [400, 403, 404, 409, 422, 501])
def test_other_trouble_is_not(opened, fake, status):
    fake.faults.append({'match': '/wrap', 'status': status, 'count': 1,
                        'body': '<html>no</html>'})
    failing(lambda: opened.data('encrypt', b'hello'))
    assert len(asked(fake, '/wrap')) == 1


def test_a_rotation_is_not_sent_twice(opened, fake):
    fake.faults.append({'match': '/rotate', 'status': 503, 'count': 1})
    assert failing(lambda: opened.ask('rotate', key='k')).code == 'SERVICE_DOWN'
    assert len(asked(fake, '/rotate')) == 1


@pytest.mark.parametrize('reply', [
    '', '{', '[]', 'null', '{"plaintext":"AQID"', '{"plaintext":"AQID","plaintext":"AQID"}',
    '{"plaintext":"' + 'A' * 70000 + '"}', '{"plaintext":"AQ ID"}'])
def test_replies_that_are_none_are_refused(opened, fake, reply):
    message = opened.data('encrypt', b'hello')
    fake.faults.append({'match': '/unwrap', 'status': 200, 'body': reply, 'count': 9})
    failed = failing(lambda: opened.data('decrypt', message))
    assert failed.reply['class'] == 'PROTOCOL'
    assert len(asked(fake, '/unwrap')) == 1


@pytest.mark.parametrize('size', [0, 15, 16, 31, 33, 64])
def test_a_data_key_of_wrong_length_is_refused(opened, fake, size):
    message = opened.data('encrypt', b'hello')
    plaintext = base64.b64encode(b'k' * size).decode()
    fake.faults.append({'match': '/unwrap', 'status': 200, 'count': 9,
                        'body': json.dumps({'plaintext': plaintext}).replace(' ', '')})
    assert failing(lambda: opened.data('decrypt', message)).code == 'BAD_DEK'


# -- Hyper Protect Crypto Services ---------------------------------------------------------------

@pytest.fixture
def hpcs():
    service = Fake(hpcs=True).start()
    yield service
    service.stop()


def test_the_end_of_hyper_protect_is_told_once_an_open(ours, hpcs):
    crn = hpcs.keys[KEY].crn
    ours.open(f'ibm-kp:///{crn}' + query(hpcs, endpoint=None))  # by the resource controller
    ours.data('decrypt', ours.data('encrypt', b'hello'))
    assert len([line for line in ours.log if '2027-03-28' in line]) == 1
    assert asked(hpcs, '/v2/resource_instances/')


def test_a_context_is_never_left_out_silently(ours, hpcs):
    hpcs.refuse_aad = True
    ours.open(uri_of(hpcs))
    ours.data('make-record')
    failed = failing(lambda: ours.data('make-record', context=CONTEXT))
    assert failed.code == 'UNSUPPORTED' and 'encryption context' in failed.reply['text']


def test_an_endpoint_that_nobody_knows_is_asked_for(ours, hpcs):
    hpcs.instances = [{'guid': INSTANCE, 'crn': 'crn', 'extensions': {}}]
    failed = failing(lambda: ours.open(f'ibm-kp:///{hpcs.keys[KEY].crn}' +
                                       query(hpcs, endpoint=None)))
    assert failed.code == 'ENDPOINT' and 'option endpoint' in failed.reply['text']


# -- managing keys -----------------------------------------------------------------------------

def test_keys_are_listed_and_filtered(ours, fake):
    fake.add_key('readable', extractable=True)
    fake.keys[KEY].state = 2
    rows = ours.run(service_of(fake), 'list-keys')
    assert sorted(r['name'] for r in rows) == ['one', 'readable']
    rows = ours.run(service_of(fake), 'list-keys', type='root', state='disabled', search='alias')
    assert [(r['key'], r['crn'], r['state'], r['aliases'], r['type']) for r in rows] == [
        (KEY, fake.keys[KEY].crn, 'Suspended', 'alias-of-one', 'root')]
    assert ours.run(service_of(fake), 'list-keys', state='active', type='root') == []
    failed = failing(lambda: ours.run(service_of(fake), 'list-keys', state='asleep'))
    assert failed.code == 'ARGUMENT'


def test_many_keys_come_in_pages(ours, fake):
    for i in range(450):
        fake.add_key(f'key {i}')
    rows = ours.run(service_of(fake), 'list-keys')
    assert len({r['key'] for r in rows}) == 451


def test_a_key_is_made_described_and_named(ours, fake):
    made, = ours.run(service_of(fake), 'create-key', name='made', alias='made-alias',
                     description='for tests')
    assert made['type'] == 'root' and made['state'] == 'Active'
    ours.run(service_of(fake), 'create-alias', key=made['key'], alias='second')
    found, = ours.run(service_of(fake), 'describe-key', key='second')
    assert found['key'] == made['key'] and found['aliases'] == 'made-alias,second'
    assert found['description'] == 'for tests'
    ours.run(service_of(fake), 'delete-alias', key=made['crn'], alias='second')
    assert failing(lambda: ours.run(service_of(fake), 'describe-key',
                                    key='second')).code == 'KEY_NOT_FOUND'


def test_a_key_is_rotated_and_its_versions_listed(ours, fake):
    row, = ours.run(service_of(fake), 'rotate-key', key='alias-of-one')
    versions = ours.run(service_of(fake), 'list-versions', key=KEY)
    assert [v['state'] for v in versions] == ['older', 'current']
    assert versions[1]['version'] == row['version'] == fake.keys[KEY].versions[-1][0]
    failed = failing(lambda: ours.run(service_of(fake), 'rotate-key', key=KEY))
    assert failed.code == 'SERVICE_CONFLICT' and 'try again after 20' in failed.reply['text']


def test_a_rotation_policy_is_set_and_read(ours, fake):
    row, = ours.run(service_of(fake), 'rotation-status', key=KEY)
    assert (row['rotates'], row['months']) == ('false', None)
    ours.run(service_of(fake), 'rotation-policy', key=KEY, months='3')
    row, = ours.run(service_of(fake), 'rotation-status', key=KEY)
    assert (row['rotates'], row['months']) == ('true', '3')
    row, = ours.run(service_of(fake), 'rotation-policy', key=KEY, months='off')
    assert row['rotates'] == 'false'
    for months in ('0', '13', '-1', 'x', '1 '):
        assert failing(lambda m=months: ours.run(service_of(fake), 'rotation-policy',
                                                 key=KEY, months=m)).code == 'ARGUMENT'


def test_registrations_are_listed(ours, fake):
    fake.keys[KEY].registrations.append({
        'keyId': KEY, 'resourceCrn': 'crn:v1:cluster', 'preventKeyDeletion': True,
        'keyVersion': {'id': fake.keys[KEY].versions[0][0]},
        'creationDate': '2024-01-02T03:04:05.678Z'})
    for args in ({'key': KEY}, {}):
        row, = ours.run(service_of(fake), 'list-registrations', **args)
        assert row['resource'] == 'crn:v1:cluster' and row['prevents-deletion'] == 'true'
        assert row['created'] == '2024-01-02T03:04:05Z'


def test_a_deleted_key_is_restored_and_a_disabled_one_enabled(ours, fake):
    key = fake.keys[KEY]
    key.state, key.deleted = 5, fake.now()
    failed = failing(lambda: ours.run(service_of(fake), 'restore-key', key=KEY))
    assert failed.reply['provider_code'] == 'REQ_TOO_EARLY_ERR'
    assert '30 seconds' in failed.reply['text']
    key.changed -= 60
    assert ours.run(service_of(fake), 'restore-key', key=KEY)[0]['state'] == 'Active'
    key.state, key.changed = 2, fake.now() - 60
    assert ours.run(service_of(fake), 'enable-key', key=KEY)[0]['state'] == 'Active'


@pytest.mark.parametrize('action', ['disable-key', 'delete-key'])
def test_what_only_a_cluster_may_judge_is_refused(ours, fake, action):
    failed = failing(lambda: ours.run(service_of(fake), action, key=KEY))
    assert failed.reply['class'] == 'POLICY'
    assert fake.keys[KEY].state == 1
    assert not asked(fake, '/api/')


def test_instances_are_listed_page_by_page(ours, fake):
    fake.instances = [{'guid': f'g{i}', 'name': f'n{i}', 'region_id': 'eu-de', 'state': 'active',
                       'crn': f'crn:v1:bluemix:public:{s}:eu-de:a/1:g{i}::',
                       'extensions': {'endpoints': {'public': 'https://x'}}}
                      for i in range(150) for s in [('kms', 'hs-crypto', 'cloud-object-storage')
                                                    [i % 3]]]
    rows = ours.run('ibm-kp://us-south' + query(fake), 'list-instances')
    assert len(rows) == 100  # the third is no key service
    assert {r['service'] for r in rows} == {'key-protect', 'hyper-protect'}
    assert len(asked(fake, '/v2/resource_instances')) == 2


def test_the_private_port_is_found_and_used(ours, fake):
    """Endpoint by the resource controller, port by the instance."""
    uri = uri_of(fake, **{'private': 'true', 'find-endpoint': 'true', 'endpoint': None})
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                         fake.server.RequestHandlerClass) as other:
        threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
        fake.private_port = other.server_address[1]
        ours.open(uri)
        assert len(asked(fake, '/allowed_ip_port')) == 1
        message = ours.data('encrypt', b'hello')
        assert ours.data('decrypt', message) == b'hello'
        other.shutdown()
    assert failing(lambda: ours.open(uri, key='2')).code == 'NET_CONNECT'  # nobody is there now


def test_the_private_port_is_shown(ours, fake):
    assert ours.run(service_of(fake), 'show-private-port') == []
    fake.private_port = 8888
    assert ours.run(service_of(fake), 'show-private-port') == [{'private-port': '8888'}]


def test_an_action_on_keys_needs_an_instance(ours, fake):
    failed = failing(lambda: ours.run('ibm-kp://us-south' + query(fake), 'list-keys'))
    assert failed.code == 'URI' and 'list-instances' in failed.reply['text']


# -- golden requests ---------------------------------------------------------------------------

def newest(fake, part):
    return asked(fake, part)[-1]


def test_requests_are_those_of_the_official_client(ours, fake):
    ours.open(uri_of(fake))
    record = ours.data('make-record')
    ours.data('open-record', record)
    golden.check_ours('metadata', newest(fake, '/metadata'))
    golden.check_ours('unwrap', newest(fake, '/unwrap'))
    ours.ask('describe', key='k')
    golden.check_ours('versions', newest(fake, '/versions'))


def without_values(entry, *names):
    """Data keys and hashes are others than those of the golden run."""
    return {**entry, 'body': {n: (type(v).__name__ if n in names else v)
                              for n, v in entry['body'].items()}}


@pytest.mark.parametrize('context, name', [({}, 'wrap'), (CONTEXT, 'wrap-aad')])
def test_wraps_are_those_of_the_official_client(ours, fake, context, name):
    ours.open(uri_of(fake))
    ours.data('make-record', context=context)
    with open(golden.path_of(name), encoding='utf-8') as file:
        expected = json.load(file)
    entry = golden.normal(newest(fake, '/wrap'))
    assert without_values(entry, 'plaintext', 'aad') == without_values(expected, 'plaintext',
                                                                       'aad')
    assert context == {} or entry['body']['aad'] == [aad_of(context)]


def test_a_key_ring_is_named_as_by_the_official_client(ours, fake):
    ours.open(uri_of(fake, **{'key-ring': 'default'}))
    golden.check_ours('metadata-ring', newest(fake, '/metadata'))


ACTIONS = [
    ('list', 'list-keys', {'state': 'active,suspended', 'type': 'root', 'search': 'one'}, '/keys'),
    ('create', 'create-key', {'name': 'made', 'description': 'for tests', 'alias': 'made-alias',
                              'expires': '2099-01-02T03:04:05Z'}, '/keys'),
    ('create-alias', 'create-alias', {'key': KEY, 'alias': 'second'}, '/aliases/'),
    ('delete-alias', 'delete-alias', {'key': KEY, 'alias': 'alias-of-one'}, '/aliases/'),
    ('rotate', 'rotate-key', {'key': KEY}, '/rotate'),
    ('get-policy', 'rotation-status', {'key': KEY}, '/policies'),
    ('set-policy', 'rotation-policy', {'key': KEY, 'months': '3'}, '/policies'),
    ('registrations', 'list-registrations', {'key': KEY}, '/registrations'),
    ('registrations-all', 'list-registrations', {'resource': 'crn:v1:x'}, '/registrations'),
    ('port', 'show-private-port', {}, '/allowed_ip_port'),
]


@pytest.mark.parametrize('name, action, args, part', ACTIONS)
def test_actions_are_those_of_the_official_client(ours, fake, name, action, args, part):
    ours.run(service_of(fake), action, **args)
    golden.check_ours(name, newest(fake, part))


def test_enable_and_restore_are_those_of_the_official_client(ours, fake):
    key = fake.keys[KEY]
    key.state, key.changed = 2, fake.now() - 60
    ours.run(service_of(fake), 'enable-key', key=KEY)
    golden.check_ours('enable', newest(fake, '/enable'))
    key.state, key.deleted, key.changed = 5, fake.now(), fake.now() - 60
    ours.run(service_of(fake), 'restore-key', key=KEY)
    golden.check_ours('restore', newest(fake, '/restore'))


def test_the_token_is_asked_for_as_by_the_official_client(ours, fake):
    ours.open(uri_of(fake))
    golden.check_ours('token', newest(fake, '/identity/token'))

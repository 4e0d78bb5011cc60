# SPDX-License-Identifier: Apache-2.0
"""What the Python example promises, run against an installed library."""
import gc
import multiprocessing
import os
import sys
import threading

import envcrypt
import pytest

CONTEXT = {'purpose': 'test', 'größe': 'ß'}


@pytest.fixture(name='client')
def make_client():
    return envcrypt.Client()


def xor(data):
    """A key service for tests: it hides nothing."""
    return bytes(b ^ 0x5a for b in data)


def serve_now(call):
    if call.operation == envcrypt.lib.ENVCRYPT_OP_WRAP:
        call.finish_wrapped(xor(call.input))
    else:
        call.finish_key(xor(call.input))


def test_round_trip_with_a_context(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    message = keyring.encrypt(b'plain', CONTEXT)
    assert keyring.decrypt(message, CONTEXT) == b'plain'


def test_another_context_is_an_error_with_a_class(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    message = keyring.encrypt(b'plain', CONTEXT)
    with pytest.raises(envcrypt.Error) as caught:
        keyring.decrypt(message, {'purpose': 'other'})
    assert caught.value.error_class == 'AUTHENTICITY'


def test_an_error_names_its_cause(client):
    message = client.keyring(client.raw_aes('test', 'key', os.urandom(32))).encrypt(b'plain')
    other = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    with pytest.raises(envcrypt.Error) as caught:
        other.decrypt(message)
    assert (caught.value.code, caught.value.cause.code) == ('ENVCRYPT_E_NO_KEY',
                                                           'ENVCRYPT_E_UNWRAP')


def test_a_constant_is_known_by_name():
    assert envcrypt.constant('CLASS_POLICY') == envcrypt.lib.ENVCRYPT_CLASS_POLICY


def test_a_custom_key_service_finishes_in_its_callback(client):
    keyring = client.keyring(client.custom('acme', 'key-1', serve_now))
    assert keyring.decrypt(keyring.encrypt(b'plain', CONTEXT)) == b'plain'


def test_a_custom_key_service_sees_the_context(client):
    seen = []

    def serve(call):
        seen.append(call.context)
        serve_now(call)

    client.keyring(client.custom('acme', 'key-1', serve)).encrypt(b'plain', CONTEXT)
    assert seen == [CONTEXT]


def test_a_custom_key_service_finishes_later_on_another_thread(client):
    def serve(call):
        threading.Timer(0.05, serve_now, [call]).start()

    keyring = client.keyring(client.custom('acme', 'key-1', serve))
    assert keyring.decrypt(keyring.encrypt(b'plain')) == b'plain'


def test_a_custom_key_service_is_forgotten_with_its_key(client):
    key = client.custom('acme', 'key-1', serve_now)
    assert len(envcrypt._handles) == 1
    del key
    gc.collect()
    assert not envcrypt._handles


def test_a_custom_key_service_that_is_refused_is_forgotten(client):
    with pytest.raises(envcrypt.Error):
        client.custom('aws-kms', 'key-1', serve_now)
    assert not envcrypt._handles


def test_text_with_a_nul_is_refused(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    with pytest.raises(ValueError):
        keyring.encrypt(b'plain', {'purpose': 'a\0b'})


def test_an_error_of_a_custom_key_service_arrives_with_its_code(client):
    def serve(call):
        call.fail('E_KEY_DISABLED', 'Disabled', 'the key was switched off')

    with pytest.raises(envcrypt.Error) as caught:
        client.keyring(client.custom('acme', 'key-1', serve)).encrypt(b'plain')
    assert caught.value.code == 'ENVCRYPT_E_KEY_DISABLED'


def test_an_exception_in_a_callback_becomes_an_error(client, capsys):
    def serve(call):
        raise RuntimeError('no luck')

    with pytest.raises(envcrypt.Error) as caught:
        client.keyring(client.custom('acme', 'key-1', serve)).encrypt(b'plain')
    assert caught.value.code == 'ENVCRYPT_E_CALLBACK' and 'no luck' in capsys.readouterr().err


def test_a_custom_key_service_lives_as_long_as_a_keyring_needs_it(client):
    gc.collect()
    served = len(envcrypt._handles)
    keyring = client.keyring(client.custom('acme', 'key-1', lambda call: serve_now(call)))
    gc.collect()
    assert keyring.decrypt(keyring.encrypt(b'plain')) == b'plain'
    assert len(envcrypt._handles) == served + 1
    del keyring
    gc.collect()
    assert len(envcrypt._handles) == served


def test_a_message_of_nothing(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    assert keyring.decrypt(keyring.encrypt(b'')) == b''


def use_old_keyring(keyring, results):
    try:
        keyring.encrypt(b'plain')
        results.put('worked')
    except envcrypt.Error as error:
        results.put(error.code)


def free_old_handles(handles, results):
    for handle in handles:
        envcrypt.ffi.release(handle)
    results.put('freed')


def use_new_client(results):
    client = envcrypt.Client()
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    results.put(keyring.decrypt(keyring.encrypt(b'plain')))


def in_child(work, *args):
    fork = multiprocessing.get_context('fork')
    results = fork.Queue()
    child = fork.Process(target=work, args=(*args, results))
    child.start()
    result = results.get(timeout=60)
    child.join(60)
    assert child.exitcode == 0
    return result


def test_a_handle_of_the_parent_is_a_named_error_in_a_forked_child(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    assert in_child(use_old_keyring, keyring) == 'ENVCRYPT_E_FORKED'


def test_handles_of_the_parent_can_be_freed_in_a_forked_child(client):
    keyring = client.keyring(client.custom('acme', 'key-1', serve_now))
    assert in_child(free_old_handles, [keyring._keyring, client._client]) == 'freed'
    assert keyring.decrypt(keyring.encrypt(b'plain')) == b'plain'


def test_a_forked_child_works_with_a_client_of_its_own(client):
    assert in_child(use_new_client) == b'plain'


def test_the_parent_works_on_after_a_fork(client):
    keyring = client.keyring(client.raw_aes('test', 'key', os.urandom(32)))
    in_child(use_old_keyring, keyring)
    assert keyring.decrypt(keyring.encrypt(b'plain')) == b'plain'


def is_left_out(make):
    """Whether the library was built without what makes that."""
    try:
        make()
    except envcrypt.Error as error:
        return error.code == 'ENVCRYPT_E_NOT_BUILT'
    return False


needs_kube = pytest.mark.skipif(is_left_out(envcrypt.Client().kube),
                                reason='built without -Dk8s=true')
needs_cluster = pytest.mark.skipif(
    is_left_out(lambda: envcrypt.Client().cluster('eks://eu-central-1')),
    reason='built without -Dcluster=true')


@pytest.fixture(name='cloud')
def imitate_eks(monkeypatch):
    """An imitation of EKS with the plain cluster prod."""
    sys.path.append(os.path.join(os.path.dirname(__file__), '..', '..', 'tests', 'fakes'))
    import eks  # pylint: disable=import-outside-toplevel
    service = eks.Service()
    secret = service.fake.hello()['access']['AKIAFIXED']['secret']
    for name, value in (('ACCESS_KEY_ID', 'AKIAFIXED'), ('SECRET_ACCESS_KEY', secret),
                        ('ENDPOINT_URL', service.url), ('EC2_METADATA_DISABLED', 'true')):
        monkeypatch.setenv('AWS_' + name, value)
    yield service
    service.close()


@needs_cluster
def test_a_cluster_is_encrypted_and_heard_of(client, cloud, tmp_path):
    cluster = client.cluster('eks://eu-central-1/prod', state_dir=str(tmp_path))
    assert cluster.status()['standing'] == 'default-key'
    phases = []
    key = cloud.fake.hello()['key_1']
    report = cluster.enable(lambda so_far: phases.append(so_far['phase']), key=key, confirm='prod',
                            encrypt_existing_secrets='no', wait='no')
    assert report['update']['phase'] == 'running' and 'changing' in phases
    assert len(cloud.requests('AssociateEncryptionConfig')) == 1


@needs_cluster
def test_a_change_that_is_not_confirmed_says_what_it_would_do(client, cloud, tmp_path):
    cluster = client.cluster('eks://eu-central-1/prod', state_dir=str(tmp_path))
    with pytest.raises(envcrypt.Error) as caught:
        cluster.enable(key=cloud.fake.hello()['key_1'], encrypt_existing_secrets='no')
    assert caught.value.code == 'ENVCRYPT_E_CONFIRMATION' and caught.value.report['steps']
    assert cloud.requests('AssociateEncryptionConfig') == []


@needs_cluster
def test_an_exception_of_who_hears_ends_the_run_and_arrives(client, cloud, tmp_path):
    cluster = client.cluster('eks://eu-central-1/prod', state_dir=str(tmp_path))

    def hear(_):
        raise KeyError('enough')

    with pytest.raises(KeyError):
        cluster.enable(hear, key=cloud.fake.hello()['key_1'], confirm='prod',
                       encrypt_existing_secrets='no')
    assert cloud.requests('AssociateEncryptionConfig') == [] and not envcrypt._handles


@needs_cluster
def test_a_record_of_a_disabled_key_that_is_damaged_is_told(client, tmp_path):
    assert client.recover(state_dir=str(tmp_path)) == []
    (tmp_path / 'iks-0.endangered').write_text('{')
    row, = client.recover(state_dir=str(tmp_path))
    assert row['state'] == 'unreadable' and row['file'] == str(tmp_path / 'iks-0.endangered')


@needs_kube
def test_an_api_server_that_is_not_there_is_an_error_with_a_class(client):
    kube = client.kube(server='http://127.0.0.1:1')
    with pytest.raises(envcrypt.Error) as caught:
        kube.reencrypt(dry_run='yes', lease='')
    assert caught.value.error_class == 'UNAVAILABLE'

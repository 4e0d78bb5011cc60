# SPDX-License-Identifier: Apache-2.0
"""Keys of key services: against IBM's service as tests/fakes imitate it, and against nothing."""
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

sys.path.insert(0, os.path.join(os.environ['EVC_SOURCE'], 'tests', 'fakes'))
# pylint: disable=wrong-import-position
import ibm_key_protect  # noqa: E402

AWS = 'aws-kms:///arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555'


class Cloud:
    """IBM's service, and a folder with the command that has an API key for it."""

    def __init__(self, folder, role='manager'):
        self.fake = ibm_key_protect.Fake().start()
        self.folder = folder
        options = f'?endpoint={self.fake.url}&iam-url={self.fake.url}'
        self.key = self.fake.keys[ibm_key_protect.KEY]
        self.uri = f'ibm-kp:///{self.key.crn}{options}'
        self.service = f'ibm-kp://us-south/{self.fake.instance}{options}'
        self.environment = {'KEY_PROTECT_APIKEY': f'api-key-of-a-{role}'}

    def run(self, *args, **more):
        return self.folder.run(*args, environment=self.environment, **more)

    def json(self, *args, **more):
        return json.loads(self.run(*args, '--json', **more).out)

    def rotate(self):
        self.key.add_version()


@pytest.fixture
def cloud(folder):
    made = Cloud(folder)
    yield made
    made.fake.stop()


@pytest.fixture
def second(folder):
    made = Cloud(folder)
    yield made
    made.fake.stop()


def steps(cloud, *args, **more):
    return {row['step']: row for row in cloud.json('key', 'check', cloud.uri, *args, **more)['steps']}


# --- check ---------------------------------------------------------------------------------------

def test_check_proves_each_step_and_shows_no_secret(cloud):
    text = cloud.run('key', 'check', cloud.uri).text
    for step in ('credentials', 'open', 'describe', 'wrap', 'unwrap', 'rewrap'):
        assert [line for line in text.splitlines() if line.startswith(step)][0].split()[1] == 'ok'
    assert 'refused, as it must be' in text
    assert cloud.environment['KEY_PROTECT_APIKEY'] not in text


def test_check_says_where_credentials_come_from(cloud):
    assert 'environment' in steps(cloud)['credentials']['detail']


def test_check_tells_whom_the_token_is_of(cloud):
    row = steps(cloud)['identity']
    assert row['result'] == 'ok'
    assert row['detail'] == ('IBMid-0000000000, subject manager@example.com, account '
                             f'{ibm_key_protect.ACCOUNT}; as the token says, not verified')


def test_check_tells_how_long_each_step_took(cloud):
    assert all(row['milliseconds'] >= 0 for row in steps(cloud).values()
               if row['result'] == 'ok')


def test_check_says_once_that_nobody_answers(folder):
    found = json.loads(folder.run('key', 'check', AWS + '?endpoint=http://127.0.0.1:9', '--json',
                                  environment={'AWS_ACCESS_KEY_ID': 'AKIDEXAMPLE',
                                               'AWS_SECRET_ACCESS_KEY': 'secret'}, code=8).out)
    results = {row['step']: (row['result'], row['error']) for row in found['steps']}
    assert results['describe'] == ('failed', 'ENVCRYPT_E_NET_CONNECT') and found['failed'] == 1
    assert results['wrap'] == results['rewrap'] == ('skipped', None)


def test_check_ends_at_missing_credentials(folder):
    found = folder.run('key', 'check', AWS + '?credentials=', code=3).text
    assert found.count('no credentials') == 1


def test_a_key_that_there_is_not_is_looked_for_at_the_service(cloud):
    uri = cloud.uri.replace(ibm_key_protect.KEY, '00000000-0000-4000-8000-000000000000')
    err = cloud.run('key', 'describe', uri, code=3).err
    assert 'key list' in err and 'keystore' not in err


@pytest.mark.parametrize('given, meant', [
    (AWS[len('aws-kms:///'):], AWS), ('crn:v1:x', 'ibm-kp:///crn:v1:x'),
    ('acs:kms:x', 'alibaba-kms:///acs:kms:x')])
def test_an_id_without_a_scheme_is_told_its_uri(folder, given, meant):
    folder.write('plain', b'text')
    assert meant in folder.run('encrypt', 'plain', '-o', 'm', '-k', given, code=2).err


def test_encrypting_needs_a_key_and_not_only_a_region(folder):
    folder.write('plain', b'text')
    err = folder.run('encrypt', 'plain', '-o', 'm', '-k', 'aws-kms://eu-central-1', code=2).err
    assert 'names no key' in err


def test_the_deadline_of_the_command_is_its_timeout(folder):
    err = folder.run('key', 'list', 'aws-kms://eu-central-1', '--net', 'deadline-ms=5', code=2).err
    assert '--timeout' in err


def test_output_that_nobody_takes_is_an_error(cloud):
    done = subprocess.run(['sh', '-c', '"$0" "$@" >&-', os.environ['EVC_COMMAND'], 'key', 'list',
                           cloud.service], env={**os.environ, **cloud.environment},
                          capture_output=True, check=False)
    assert done.returncode == 1 and b'standard output' in done.stderr


def test_check_without_credentials_says_where_it_looked(cloud):
    cloud.environment = {}
    found = steps(cloud, code=3)
    assert found['credentials']['result'] == 'failed'
    assert 'KEY_PROTECT_APIKEY' in found['credentials']['detail']


def test_check_of_a_stranger_fails(cloud):
    cloud.environment = {'KEY_PROTECT_APIKEY': 'api-key-of-a-stranger'}
    found = steps(cloud, code=3)
    assert found['credentials']['result'] == 'ok'
    assert found['open']['result'] == 'failed'


def test_check_of_a_disabled_key_fails(cloud):
    cloud.key.state = 2
    assert 'failed' in {row['result'] for row in steps(cloud, code=3).values()}


def test_check_of_a_key_store(store):
    text = store.run('key', 'check', 'keys.json#main', '--key-file', 'key.bin').text
    assert 'refused, as it must be' in text and 'failed' not in text


# --- nothing there -------------------------------------------------------------------------------

def refusing_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize('uri, code, told', [
    ('alibaba-kms://', 2, 'ENVCRYPT_E_'),
    ('ibm-kp://nowhere', 2, 'ENVCRYPT_E_'),
    ('gcp-kms://x', 2, 'ENVCRYPT_E_URI'),
    ('ibm-kp:///crn:v1:x?endpiont=y', 2, 'endpoint'),
])
def test_wrong_uri_is_explained(folder, uri, code, told):
    folder.write('f', b'x')
    assert told in folder.run('encrypt', 'f', '-o', 'g', '-r', uri, code=code).err
    assert folder.names() == ['f']


def test_no_credentials_is_told_with_what_to_do(cloud):
    cloud.environment = {}
    cloud.folder.write('f', b'x')
    err = cloud.run('encrypt', 'f', '-o', 'g', '-r', cloud.uri, code=3).err
    assert 'ENVCRYPT_E_NO_CREDENTIALS' in err and 'envcrypt key check' in err


def test_a_service_that_is_away_has_an_exit_code_of_its_own(cloud):
    away = cloud.uri.replace(f'endpoint={cloud.fake.url}',
                             f'endpoint=http://127.0.0.1:{refusing_port()}')
    began = time.monotonic()
    err = cloud.run('key', 'describe', away, '--net', 'max-attempts=1', code=8).err
    assert 'ENVCRYPT_E_NET_CONNECT' in err
    assert time.monotonic() - began < 5


def test_timeout_holds_for_a_service_that_is_silent(cloud):
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        away = cloud.uri.replace(f'endpoint={cloud.fake.url}',
                                 f'endpoint=http://127.0.0.1:{silent.getsockname()[1]}')
        began = time.monotonic()
        assert 'TIMEOUT' in cloud.run('key', 'describe', away, '--timeout', '1', code=1).err
        assert time.monotonic() - began < 5


@pytest.mark.parametrize('given, told', [
    ('max-attempt=3', 'max-attempts'),
    ('max-attempts=0', 'from 1 to 100'),
    ('proxy=socks5://x', 'http://HOST:PORT'),
    ('memory', 'NAME=VALUE'),
    ('client-cert=c.pem', 'client-key'),
])
def test_settings_of_the_network_are_checked(folder, given, told):
    assert told in folder.run('key', 'describe', AWS, '--net', given, code=2).err


# --- messages ------------------------------------------------------------------------------------

def test_messages_under_a_key_service_and_a_local_key(cloud, tmp_path):
    cloud.folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin')
    cloud.folder.write('f', b'hello')
    local = ('--recipient', 'keys.json#main', '--key-file', 'key.bin')
    cloud.run('encrypt', 'f', '-o', 'g', '--recipient', cloud.uri, *local, '-c', 'a=b')
    assert cloud.run('decrypt', 'g', '--recipient', cloud.uri).out == b'hello'
    cloud.fake.stop()
    assert cloud.folder.run('decrypt', 'g', *local).out == b'hello'


def test_rewrap_from_a_local_key_to_a_key_service(cloud):
    cloud.folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin')
    cloud.folder.write('f', b'hello')
    local = ('-k', 'keys.json#main', '--key-file', 'key.bin')
    cloud.folder.run('encrypt', 'f', '-o', 'g', *local)
    cloud.run('rewrap', 'g', *local, '--to', cloud.uri)
    assert cloud.run('decrypt', 'g', '-k', cloud.uri).out == b'hello'
    cloud.folder.run('decrypt', 'g', *local, code=3)


def test_a_key_disabled_in_mid_run_leaves_files_whole_and_works_on_later(cloud):
    names = ('a', 'b')
    for name in names:
        cloud.folder.write('f', b'content of ' + name.encode())
        cloud.run('encrypt', 'f', '-o', name, '--recipient', cloud.uri)
    before = [cloud.folder.read(name) for name in names]
    cloud.key.state = 2
    err = cloud.run('rewrap', '--all', *names, '--recipient', cloud.uri, code=6).err
    assert 'ENVCRYPT_E_KEY_DISABLED' in err
    assert before == [cloud.folder.read(name) for name in names]
    cloud.key.state = 1
    cloud.run('rewrap', '--all', *names, '--recipient', cloud.uri)
    for name, old in zip(names, before):
        assert cloud.folder.read(name) != old
        assert cloud.run('decrypt', name, '--recipient', cloud.uri).out == (
            b'content of ' + name.encode())


def test_inspect_asks_the_service_which_version_is_current(cloud):
    cloud.folder.write('f', b'hello')
    cloud.run('encrypt', 'f', '-o', 'g', '-k', cloud.uri)
    assert cloud.json('inspect', 'g', '-k', cloud.uri)['current'] == ['unknown']
    told = cloud.json('inspect', 'g', '-k', cloud.uri, '--ask')
    assert told['current'] == ['yes'] and told['rewrap_due'] == 'no'
    cloud.rotate()
    told = cloud.json('inspect', 'g', '-k', cloud.uri, '--ask', code=7)
    assert told['current'] == ['no'] and told['rewrap_due'] == 'yes'
    cloud.run('rewrap', 'g', '-k', cloud.uri, '--all')
    assert cloud.json('inspect', 'g', '-k', cloud.uri, '--ask')['current'] == ['yes']


# --- key stores ----------------------------------------------------------------------------------

def protector(cloud, store='keys.json'):
    with open(cloud.folder / store, encoding='utf-8') as file:
        return [p for p in json.load(file)['protectors'] if p['type'] == 'kms']


def test_a_key_service_protects_a_store(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    listed = cloud.json('keystore', 'list', 'keys.json', '--with', cloud.uri)
    assert listed['authenticated'] is False
    assert listed['protectors'][0]['key-id'] == cloud.key.crn
    assert cloud.key.crn in cloud.run('keystore', 'list', 'keys.json').text
    cloud.folder.write('f', b'hello')
    cloud.run('encrypt', 'f', '-o', 'g', '-k', 'keys.json#main', '--with', cloud.uri)
    assert cloud.run('decrypt', 'g', '-k', 'keys.json#main', '--with', cloud.uri).out == b'hello'


def test_opening_costs_one_unwrap(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    before = [r for r in cloud.fake.log if 'unwrap' in str(r)]
    cloud.run('keystore', 'rotate', 'keys.json', 'main', '--with', cloud.uri)
    assert len([r for r in cloud.fake.log if 'unwrap' in str(r)]) == len(before) + 1


def test_either_of_two_services_opens_while_the_other_is_down(cloud, second):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    # Two services with the same key, so that the second one answers for a key of its own.
    second.key.id = '11111111-2222-4333-8444-555555555555'
    second.fake.keys = {second.key.id: second.key}
    second.uri = second.uri.replace(ibm_key_protect.KEY, second.key.id)
    cloud.run('keystore', 'protect', 'keys.json', '--with', second.uri, '--open-with', cloud.uri)
    both = ('--with', cloud.uri, '--with', second.uri, '--net', 'max-attempts=1')
    cloud.run('keystore', 'check', 'keys.json', *both)
    second.fake.faults.append({'match': 'unwrap', 'status': 500, 'body': '', 'count': 99})
    assert 'main' in cloud.run('keystore', 'list', 'keys.json', *both).text
    checked = cloud.json('keystore', 'check', 'keys.json', *both, code=3)
    reasons = [p.get('reason') for p in checked['protectors']]
    assert [bool(r) for r in reasons] == [False, True]
    second.fake.faults.clear()
    cloud.fake.faults.append({'match': 'unwrap', 'status': 500, 'body': '', 'count': 99})
    assert 'main' in cloud.run('keystore', 'list', 'keys.json', *both).text


def test_rewrap_after_a_rotation_changes_one_entry(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    before = protector(cloud)
    fingerprint = cloud.json('keystore', 'list', 'keys.json', '--with', cloud.uri)['fingerprint']
    shutil.copy(cloud.folder / 'keys.json', cloud.folder / 'old.json')
    cloud.rotate()
    told = cloud.json('keystore', 'rewrap', 'keys.json', '--with', cloud.uri)
    assert told == {'store': told['store'], 'fingerprint': fingerprint, 'rewrapped': 1}
    after = protector(cloud)
    assert after[0]['wrapped'] != before[0]['wrapped'] and after[0]['id'] == before[0]['id']
    assert after[0]['info'] != before[0]['info']  # it names the new version
    for store in ('keys.json', 'old.json'):
        cloud.run('keystore', 'check', store, '--with', cloud.uri)


def test_rewrap_needs_the_key_of_the_store(cloud):
    cloud.folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin')
    err = cloud.run('keystore', 'rewrap', 'keys.json', '--key-file', 'key.bin', code=2).err
    assert '--with' in err
    cloud.run('keystore', 'rewrap', 'keys.json', '--key-file', 'key.bin', '--with', cloud.uri,
              code=3)


def test_a_forged_store_is_refused_when_it_is_pinned(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--name', 'mine', '--with', cloud.uri)
    fingerprint = cloud.json('keystore', 'list', 'keys.json', '--with', cloud.uri)['fingerprint']
    # Whoever may encrypt under the key can do this.
    cloud.run('keystore', 'create', 'forged.json', '--name', 'mine', '--with', cloud.uri)
    os.replace(cloud.folder / 'forged.json', cloud.folder / 'keys.json')
    text = cloud.run('keystore', 'list', 'keys.json', '--with', cloud.uri).text
    assert 'ORIGIN NOT PROVEN' in text
    err = cloud.run('keystore', 'list', 'keys.json', '--with', cloud.uri,
                    '--fingerprint', fingerprint, code=4).err
    assert 'ENVCRYPT_E_STORE_FINGERPRINT' in err


def test_a_key_is_exchanged_for_a_passphrase(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    old = protector(cloud)[0]['id']
    cloud.folder.write('pass', b'open sesame\n')
    cloud.run('keystore', 'protect', 'keys.json', '--replace', old, '--open-with', cloud.uri,
              '--new-passphrase-file', 'pass', '--argon2', '1:8')
    cloud.run('keystore', 'list', 'keys.json', '--with', cloud.uri, code=3)
    cloud.folder.run('keystore', 'list', 'keys.json', '--passphrase-file', 'pass')


def test_protecting_twice_by_one_key_is_told(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    again = ['keystore', 'protect', 'keys.json', '--open-with', cloud.uri, '--with', cloud.uri]
    assert 'protected the store already' in cloud.run(*again).err


def test_protecting_by_something_else_is_not(cloud):
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    cloud.folder.write('pass', b'a passphrase\n')
    told = cloud.run('keystore', 'protect', 'keys.json', '--open-with', cloud.uri,
                     '--new-passphrase-file', 'pass', '--argon2', '1:8')
    assert 'already' not in told.err


# --- management ----------------------------------------------------------------------------------

def test_list_and_describe(cloud):
    rows = cloud.json('key', 'list', cloud.service)['rows']
    assert [row['name'] for row in rows] == ['one']
    assert cloud.key.id in cloud.run('key', 'list', cloud.service).text
    told = cloud.json('key', 'describe', cloud.uri)
    assert told['key'] == cloud.key.crn and told['state'] == 'enabled'
    assert told['versions'][-1]['current'] is True


def test_create_is_told_and_confirmed_first(cloud):
    err = cloud.run('key', 'create', cloud.service, '--name', 'new', code=5).err
    assert 'create-key' in err and 'name=new' in err and '--yes' in err
    cloud.run('key', 'create', cloud.service, '--name', 'new', '--dry-run')
    assert len(cloud.fake.keys) == 1
    made = cloud.json('key', 'create', cloud.service, '--name', 'new', '--yes')['rows']
    assert made[0]['name'] == 'new' and len(cloud.fake.keys) == 2


def test_rotate_is_told_and_confirmed_first(cloud):
    assert 'new version' in cloud.run('key', 'rotate', cloud.uri, code=5).err
    cloud.run('key', 'rotate', cloud.uri, '--dry-run')
    assert len(cloud.key.versions) == 1
    told = cloud.json('key', 'rotate', cloud.uri, '--yes')
    assert len(told['versions']) == 2 == len(cloud.key.versions)


def test_run_lists_the_actions_of_a_service(cloud):
    actions = {a['action']: a for a in cloud.json('key', 'run', cloud.service)['actions']}
    assert actions['list-keys']['changes'] is False
    assert actions['delete-key']['guarded'] is True
    assert 'guarded: not from here' in cloud.run('key', 'run', cloud.service).text


def test_run_passes_arguments(cloud):
    rows = cloud.json('key', 'run', cloud.service, 'describe-key', 'key=alias-of-one')['rows']
    assert rows[0]['name'] == 'one'
    assert '"key"' in cloud.run('key', 'run', cloud.service, 'describe-key', code=2).err
    assert 'did you mean' in cloud.run('key', 'run', cloud.service, 'list-kyes', code=2).err


def test_an_argument_that_there_is_not_is_told_before_one_that_is_missing(cloud):
    err = cloud.run('key', 'run', cloud.service, 'describe-key', 'kye=one', code=2).err
    assert 'takes no argument "kye"' in err


@pytest.mark.parametrize('action', ['list', 'run'])
def test_lists_fit_a_terminal(cloud, action):
    cloud.run('key', 'create', cloud.service, '--name', 'second', '--yes')
    lines = cloud.run('key', action, cloud.service).text.splitlines()
    assert len(lines) > 2 and max(map(len, lines)) <= 80


def test_run_tells_arguments_and_rights_of_each_action(cloud):
    told = ' '.join(cloud.run('key', 'run', cloud.service).text.split())
    assert 'changes; needs service role Writer name [alias] [description] [expires]' in told


def test_an_action_that_the_service_has_not(cloud):
    assert 'key run' in cloud.run('key', 'policy', cloud.service, code=2).err


def test_a_policy_is_printed_for_other_programs(folder):
    told = folder.run('key', 'policy', 'aws-kms://eu-central-1', '--arg', 'account=111122223333',
                      '--allow', 'arn:aws:iam::111122223333:role/app')
    assert json.loads(told.out)['Version'] == '2012-10-17'


@pytest.mark.parametrize('action', ['delete-key', 'disable-key'])
def test_what_loses_a_key_is_refused(cloud, action):
    err = cloud.run('key', 'run', cloud.service, action, 'key=alias-of-one', '--yes', code=5).err
    assert 'clusters' in err
    assert cloud.key.state == 1


def test_no_secret_in_any_message(cloud):
    secret = cloud.environment['KEY_PROTECT_APIKEY']
    for args in (('key', 'list', cloud.service), ('key', 'check', cloud.uri),
                 ('key', 'run', cloud.service, 'list-kyes')):
        process = cloud.folder.start(*args, environment=cloud.environment)
        out, err = process.communicate(timeout=60)
        assert secret.encode() not in out + err
    for token in cloud.fake.tokens:
        assert token.encode() not in out + err


# --- two clouds ----------------------------------------------------------------------------------

@pytest.fixture
def aws():
    """AWS KMS as it is imitated: the URI of a key, and the environment with an access key."""
    if not importlib.util.find_spec('cryptography') and not os.environ.get('EVC_CI'):
        pytest.skip('apt-get install python3-cryptography')
    program = os.path.join(os.environ['EVC_SOURCE'], 'tests', 'fakes', 'aws_kms.py')
    with subprocess.Popen([sys.executable, program], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(timeout=20)


def aws_uri(aws):
    return f"aws-kms:///{aws['key_1']}?endpoint={aws['url']}"


def aws_environment(aws):
    key_id, key = next(iter(aws['access'].items()))
    return {'AWS_ACCESS_KEY_ID': key_id, 'AWS_SECRET_ACCESS_KEY': key['secret'],
            'AWS_ENDPOINT_URL_STS': aws['url']}


def test_a_store_that_two_clouds_protect_opens_by_either(cloud, aws):
    cloud.environment |= aws_environment(aws)
    uri = aws_uri(aws)
    cloud.run('keystore', 'create', 'keys.json', '--with', cloud.uri)
    cloud.run('keystore', 'protect', 'keys.json', '--with', uri, '--open-with', cloud.uri)
    both = ('--with', cloud.uri, '--with', uri, '--net', 'max-attempts=1')
    cloud.run('keystore', 'check', 'keys.json', *both)
    cloud.fake.faults.append({'match': 'unwrap', 'status': 500, 'body': '', 'count': 99})
    assert 'main' in cloud.run('keystore', 'list', 'keys.json', *both).text
    cloud.folder.write('f', b'hello')
    cloud.run('encrypt', 'f', '-o', 'g', '-k', 'keys.json#main', *both)
    cloud.fake.faults.clear()
    assert cloud.run('decrypt', 'g', '-k', 'keys.json#main', '--with', cloud.uri).out == b'hello'


def test_a_store_forged_under_a_key_of_aws_is_refused_when_it_is_pinned(folder, aws):
    more = {'environment': aws_environment(aws)}
    uri = aws_uri(aws)
    folder.run('keystore', 'create', 'keys.json', '--name', 'mine', '--with', uri, **more)
    listed = folder.run('keystore', 'list', 'keys.json', '--with', uri, '--json', **more)
    fingerprint = json.loads(listed.out)['fingerprint']
    folder.run('keystore', 'create', 'forged.json', '--name', 'mine', '--with', uri, **more)
    os.replace(folder / 'forged.json', folder / 'keys.json')
    err = folder.run('keystore', 'list', 'keys.json', '--with', uri, '--fingerprint', fingerprint,
                     code=4, **more).err
    assert 'ENVCRYPT_E_STORE_FINGERPRINT' in err


def test_check_of_a_key_of_aws(folder, aws):
    more = {'environment': aws_environment(aws)}
    told = json.loads(folder.run('key', 'check', aws_uri(aws), '--json', **more).out)
    assert told['failed'] == 0
    assert {row['step'] for row in told['steps'] if row['result'] == 'ok'} >= {
        'credentials', 'open', 'identity', 'describe', 'generate', 'wrap', 'unwrap', 'wrong-context', 'rewrap'}
    assert [row['step'] for row in told['steps']][:3] == ['credentials', 'open', 'identity']
    assert 'arn:aws:iam::111122223333:user/fixed' in told['steps'][2]['detail']
    assert more['environment']['AWS_SECRET_ACCESS_KEY'] not in json.dumps(told)


def test_check_goes_on_where_nobody_tells_the_identity(folder, aws):
    with socket.create_server(('127.0.0.1', 0)) as nobody:  # accepts and stays silent
        silent = f'http://127.0.0.1:{nobody.getsockname()[1]}'
        began = time.monotonic()
        run = folder.run('key', 'check', aws_uri(aws), '--json',
                         environment=aws_environment(aws) | {'AWS_ENDPOINT_URL_STS': silent})
        assert 4 < time.monotonic() - began < 15
    told = json.loads(run.out)
    assert told['failed'] == 0 and told['steps'][2]['result'] == 'unknown'


@pytest.mark.parametrize('denied, steps_without', [
    ('Decrypt', {'unwrap': 'kms:Decrypt', 'wrong-context': 'kms:Decrypt'}),
    ('Encrypt', {'wrap': 'kms:Encrypt'}),
    ('GenerateDataKey', {'generate': 'kms:GenerateDataKey'}),
])
def test_check_names_the_permission_that_is_missing(folder, aws, denied, steps_without):
    order = json.dumps({'denied': [denied]}).encode()
    request = urllib.request.Request(aws['url'] + '/_fake', order, method='POST')
    urllib.request.urlopen(request).close()
    told = json.loads(folder.run('key', 'check', aws_uri(aws), '--json', code=3,
                                 environment=aws_environment(aws)).out)
    missing = {row['step']: row['permission'] for row in told['steps'] if row['permission']}
    assert missing == steps_without

# SPDX-License-Identifier: Apache-2.0
"""The keystore commands: the life of keys and of what opens them."""
import json
import os
import re
import subprocess

import pytest

ARGON2 = ('--argon2', '1:8')
KEY_FILE = ('--key-file', 'key.bin')


def listing(store, *args):
    return json.loads(store.run('keystore', 'list', 'keys.json', '--json', *args).out)


def rsa_pair(folder, *options):
    """escrow.key and escrow.pem, made by openssl."""
    subprocess.run(['openssl', 'genpkey', '-quiet', '-algorithm', 'RSA', '-pkeyopt',
                    'rsa_keygen_bits:3072', '-out', 'escrow.key', *options],
                   cwd=folder.path, check=True, stderr=subprocess.DEVNULL)
    source = options[options.index('-pass') + 1] if '-pass' in options else 'pass:'
    subprocess.run(['openssl', 'pkey', '-in', 'escrow.key', '-passin', source, '-pubout', '-out',
                    'escrow.pem'], cwd=folder.path, check=True)
    os.chmod(folder / 'escrow.key', 0o600)


def test_create_says_how_to_go_on(folder):
    text = folder.run('keystore', 'create', 'keys.json', '--name', 'my-app',
                      '--make-key-file', 'key.bin').text
    assert 'my-app' in text
    assert re.search(r'\b[0-9a-f]{32}\b', text)
    line = re.search('envcrypt encrypt FILE -o FILE.enc (.*)', text).group(1)
    folder.write('FILE', b'text')
    folder.run('encrypt', 'FILE', '-o', 'FILE.enc', *line.split())


def test_create_json(folder):
    made = json.loads(folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin',
                                 '--first-key', 'files', '--json').out)
    assert re.fullmatch('[0-9a-f]{32}', made['fingerprint'])
    assert made['path'] == folder / 'keys.json'
    assert made['key'] == 'files'
    assert re.fullmatch('store-[0-9a-f]{8}', made['store'])


def test_created_files_are_private(store):
    assert store.mode('keys.json') == 0o600
    assert store.mode('key.bin') == 0o600
    assert len(store.read('key.bin')) == 32


def test_create_leaves_an_existing_store(store):
    before = store.read('keys.json')
    err = store.run('keystore', 'create', 'keys.json', *KEY_FILE, code=1).err
    assert 'exists already' in err
    assert store.read('keys.json') == before


def test_create_leaves_an_existing_key_file(folder):
    folder.write('key.bin', b'precious')
    folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin', code=1)
    assert folder.read('key.bin') == b'precious'
    assert folder.names() == ['key.bin']


def test_failed_create_removes_the_key_file_it_made(folder):
    folder.run('keystore', 'create', 'keys.json', '--make-key-file', 'key.bin', '--name', 'A B',
               code=2)
    assert folder.names() == []


def test_create_without_terminal_names_the_options(folder):
    err = folder.run('keystore', 'create', 'keys.json', code=2).err
    assert 'terminal' in err and '--help' in err
    assert folder.names() == []


@pytest.mark.parametrize('cost', ['1:7', '0:8', '17:8', '1:1025', '1', '1:', ':8', 'x:8'])
def test_argon2_outside_of_its_limits(folder, cost):
    folder.write('pass', b'a passphrase\n')
    err = folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass', '--argon2',
                     cost, code=2).err
    assert '--argon2' in err


def test_passphrase_file_opens_by_its_first_line(folder):
    folder.write('pass', b'a passphrase\nsomething else\n')
    folder.write('same', b'a passphrase')
    folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass', *ARGON2)
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-file', 'same')
    folder.write('other', b'a passphrase ')
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-file', 'other', code=3)


def test_passphrase_descriptor(folder):
    folder.write('pass', b'a passphrase\nrest')
    with open(folder / 'pass', 'rb') as file:
        number = file.fileno()
        folder.run('keystore', 'create', 'keys.json', '--passphrase-fd', str(number), *ARGON2,
                   pass_fds=[number])
        assert os.lseek(number, 0, os.SEEK_CUR) == len(b'a passphrase\n')
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-fd', '0',
               stdin=b'a passphrase\n')


def test_raw_key_descriptor(folder):
    raw = bytes(range(32))
    folder.run('keystore', 'create', 'keys.json', '--raw-key-fd', '0', stdin=raw)
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--raw-key-fd', '0', stdin=raw)
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--raw-key-fd', '0', stdin=raw[::-1],
               code=3)
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--raw-key-fd', '0', stdin=raw[:31],
               code=2)


@pytest.mark.parametrize('option', ['--passphrase-file', '--key-file'])
def test_secret_file_that_others_can_read(store, option):
    store.write('open.key', b'0123456789abcdef0123456789abcdef', 0o640)
    err = store.run('keystore', 'rotate', 'keys.json', 'main', option, 'open.key', code=5).err
    assert '0600' in err or 'chmod 600' in err


def test_store_that_others_can_read(store):
    os.chmod(store / 'keys.json', 0o644)
    err = store.run('keystore', 'list', 'keys.json', code=5).err
    assert '0600' in err


def test_empty_passphrase(folder):
    folder.write('pass', b'\n')
    assert 'empty' in folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass',
                                 code=2).err


@pytest.mark.parametrize('number', ['-1', 'x', '99999999'])
def test_descriptor_that_is_none(store, number):
    store.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-fd=' + number, code=2)


def test_list_without_protector_says_not_verified(store):
    assert 'NOT VERIFIED' in store.run('keystore', 'list', 'keys.json').text
    assert listing(store)['verified'] is False
    assert listing(store)['fingerprint'] is None


def test_list_with_protector_is_verified(store):
    text = store.run('keystore', 'list', 'keys.json', *KEY_FILE).text
    assert 'NOT VERIFIED' not in text
    assert 'opened the store' in text
    assert re.search(r'^main +wrap +1 +enabled .* wraps$', text, re.M)
    found = listing(store, *KEY_FILE)
    assert found['verified'] is True
    assert found['keys'][0]['versions'][0]['current'] is True


def test_versions_live_and_die(store):
    def states():
        return [v['state'] for v in listing(store, *KEY_FILE)['keys'][0]['versions']]

    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE)
    store.run('keystore', 'disable', 'keys.json', 'main/1', *KEY_FILE)
    assert states() == ['disabled', 'enabled']
    store.run('keystore', 'enable', 'keys.json', 'main/1', *KEY_FILE)
    assert states() == ['enabled', 'enabled']
    err = store.run('keystore', 'destroy', 'keys.json', 'main/1', '--confirm', 'main/1',
                    *KEY_FILE).err
    assert 'copies' in err
    assert states() == ['destroyed', 'enabled']


def test_change_of_a_version_says_what_wraps_now(store):
    def told(*words):
        return store.run('keystore', *words, *KEY_FILE).err

    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE)
    assert told('disable', 'keys.json', 'main/2').endswith('main/1 wraps\n')
    assert 'no version of main wraps' in told('disable', 'keys.json', 'main/1')
    assert told('enable', 'keys.json', 'main/2').endswith('main/2 wraps\n')
    assert told('destroy', 'keys.json', 'main/1', '--confirm', 'main/1').endswith('main/2 wraps\n')


@pytest.mark.parametrize('words, wanted', [
    (['rotate', 'keys.json', 'main'], {'key': 'main', 'version': 2, 'state': 'enabled'}),
    (['disable', 'keys.json', 'main/1'], {'key': 'main', 'version': 1, 'state': 'disabled'}),
    (['enable', 'keys.json', 'main/1'], {'key': 'main', 'version': 1, 'state': 'enabled'}),
    (['add', 'keys.json', 'more'], {'key': 'more', 'version': 1, 'state': 'enabled'}),
    (['destroy', 'keys.json', 'main/1', '--confirm', 'main/1'],
     {'key': 'main', 'version': 1, 'state': 'destroyed'}),
])
def test_change_as_json(store, words, wanted):
    assert json.loads(store.run('keystore', *words, *KEY_FILE, '--json').out) == wanted


def test_quiet_change_says_nothing(store):
    done = store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, '-q')
    assert (done.out, done.err) == (b'', '')


def test_destroy_wants_confirmation(store):
    before = store.read('keys.json')
    err = store.run('keystore', 'destroy', 'keys.json', 'main/1', *KEY_FILE, code=5).err
    assert '--confirm main/1' in err
    store.run('keystore', 'destroy', 'keys.json', 'main/1', '--confirm', 'main', *KEY_FILE, code=5)
    assert store.read('keys.json') == before


@pytest.mark.parametrize('version', ['main', 'main/', 'main/0', '/1', 'main/x', 'main/4294967296'])
def test_version_that_is_none(store, version):
    assert 'NAME/VERSION' in store.run('keystore', 'disable', 'keys.json', version, *KEY_FILE,
                                       code=2).err


def test_key_that_is_not_there(store):
    store.run('keystore', 'rotate', 'keys.json', 'none', *KEY_FILE, code=3)
    store.run('keystore', 'disable', 'keys.json', 'main/2', *KEY_FILE, code=3)


def test_branch_key(store):
    store.run('keystore', 'add', 'keys.json', 'tenants', '--kind', 'branch', *KEY_FILE)
    store.run('keystore', 'rotate', 'keys.json', 'tenants', *KEY_FILE)
    kinds = {k['name']: k['kind'] for k in listing(store)['keys']}
    assert kinds == {'main': 'wrap', 'tenants': 'branch'}
    assert '--kind' in store.run('keystore', 'add', 'keys.json', 'x', '--kind', 'other',
                                 *KEY_FILE, code=2).err


def test_imported_key_opens_and_writes_on_demand(store):
    store.write('raw', bytes(range(32)))
    args = ('--namespace', 'their-app', '--key-name', 'their-key', '--material', 'raw')
    store.run('keystore', 'import', 'keys.json', 'reads', *args, *KEY_FILE)
    store.write('plain', b'text')
    store.run('encrypt', 'plain', '-o', 'x', '-k', 'keys.json#reads', *KEY_FILE, code=5)
    store.run('keystore', 'import', 'keys.json', 'again', *args, '--writes', *KEY_FILE, code=1)
    store.run('keystore', 'rotate', 'keys.json', 'reads', *KEY_FILE, code=5)
    store.run('keystore', 'create', 'two.json', *KEY_FILE)
    store.run('keystore', 'import', 'two.json', 'writes', *args, '--writes', *KEY_FILE)
    store.run('encrypt', 'plain', '-o', 'x', '-k', 'two.json#writes', *KEY_FILE)
    assert store.run('decrypt', 'x', '-k', 'keys.json#reads', *KEY_FILE).out == b'text'


def test_import_wants_its_options(store):
    err = store.run('keystore', 'import', 'keys.json', 'x', *KEY_FILE, code=2).err
    assert '--namespace' in err and '--material' in err
    store.write('raw', bytes(33))
    store.run('keystore', 'import', 'keys.json', 'x', '--namespace', 'a', '--key-name', 'b',
              '--material', 'raw', *KEY_FILE, code=2)


def test_protect_adds_another_way_in(store):
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--make-key-file', 'second.bin')
    store.run('keystore', 'rotate', 'keys.json', 'main', '--key-file', 'second.bin')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE)


def test_protect_wants_a_new_protector(store):
    assert '--new-' in store.run('keystore', 'protect', 'keys.json', *KEY_FILE, code=2).err
    assert '--replace' in store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--drop', 'x',
                                    '--make-key-file', 'k', code=2).err
    assert 'k' not in store.names()


def test_replace_re_keys_the_store(store):
    old = listing(store, *KEY_FILE)
    text = store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--replace',
                     old['protectors'][0]['id'], '--make-key-file', 'new.bin').text
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, code=3)
    new = listing(store, '--key-file', 'new.bin')
    assert new['fingerprint'] != old['fingerprint']
    assert new['fingerprint'] in text
    assert len(new['protectors']) == 1


def test_unprotect_wants_what_stays(store):
    first = listing(store)['protectors'][0]['id']
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--make-key-file', 'second.bin')
    err = store.run('keystore', 'unprotect', 'keys.json', first, *KEY_FILE, code=3).err
    assert '--drop' in err
    store.run('keystore', 'unprotect', 'keys.json', first, '--key-file', 'second.bin')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, code=3)
    assert 'last' in store.run('keystore', 'unprotect', 'keys.json',
                               listing(store)['protectors'][0]['id'], '--key-file', 'second.bin',
                               code=5).err


def test_unprotect_drops_what_is_lost(store):
    for name in 'second.bin', 'third.bin':
        store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--make-key-file', name)
    ids = [p['id'] for p in listing(store)['protectors']]
    store.run('keystore', 'unprotect', 'keys.json', ids[1], '--drop', ids[2], *KEY_FILE)
    assert [p['id'] for p in listing(store)['protectors']] == ids[:1]


def test_keep_store_key_says_what_it_does_not_do(store):
    first = listing(store, *KEY_FILE)
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--make-key-file', 'second.bin')
    text = store.run('keystore', 'unprotect', 'keys.json', first['protectors'][0]['id'],
                     '--keep-store-key', '--key-file', 'second.bin').text
    assert 'old copy' in text
    assert listing(store, '--key-file', 'second.bin')['fingerprint'] == first['fingerprint']


def test_fingerprint_pins_the_store(store):
    mark = listing(store, *KEY_FILE)['fingerprint']
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, '--fingerprint', mark)
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, '--fingerprint', '0' * 32,
              code=4)
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, '--fingerprint', 'x', code=2)


def test_recovery_key(store):
    rsa_pair(store)
    mark = listing(store, *KEY_FILE)['fingerprint']
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--new-rsa-public', 'escrow.pem')
    recover = ('keystore', 'recover', 'keys.json', '--rsa-private', 'escrow.key',
               '--make-key-file', 'new.bin')
    assert '--fingerprint' in store.run(*recover, code=5).err
    store.run(*recover, '--fingerprint', 'f' * 32, code=4)
    store.run(*recover, '--confirm', 'another', code=5)
    assert 'new.bin' not in store.names()
    store.run(*recover, '--fingerprint', mark)
    store.run('keystore', 'rotate', 'keys.json', 'main', '--key-file', 'new.bin')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE, code=3)
    assert '--rsa-private' in store.run('keystore', 'recover', 'keys.json', '--make-key-file', 'x',
                                        code=2).err


def test_recovery_by_the_name_of_the_store(store):
    rsa_pair(store)
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--new-rsa-public', 'escrow.pem')
    store.run('keystore', 'recover', 'keys.json', '--rsa-private', 'escrow.key',
              '--make-key-file', 'new.bin', '--confirm', 'my-app')


def test_recovery_key_with_a_passphrase(store):
    rsa_pair(store, '-aes-256-cbc', '-pass', 'pass:of the escrow')
    store.write('pass', b'of the escrow\n')
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--new-rsa-public', 'escrow.pem')
    check = ('keystore', 'check', 'keys.json', '--rsa-private', 'escrow.key')
    assert '--rsa-passphrase-file' in store.run(*check, code=3).err
    store.run(*check, '--rsa-passphrase-file', 'pass')
    store.write('wrong', b'of another\n')
    store.run(*check, '--rsa-passphrase-file', 'wrong', code=3)


def test_store_opened_by_a_recovery_key_is_not_proven(store):
    rsa_pair(store)
    store.run('keystore', 'create', 'rsa.json', '--rsa-public', 'escrow.pem')
    text = store.run('keystore', 'list', 'rsa.json', '--rsa-private', 'escrow.key').text
    assert 'ORIGIN NOT PROVEN' in text
    store.write('plain', b'text')
    err = store.run('encrypt', 'plain', '-o', 'x', '-k', 'rsa.json#main', '--rsa-private',
                    'escrow.key').err
    assert 'proves no origin' in err


def test_check_proves_each_protector(store):
    store.run('keystore', 'protect', 'keys.json', *KEY_FILE, '--make-key-file', 'second.bin')
    both = ('--key-file', 'second.bin')
    found = json.loads(store.run('keystore', 'check', 'keys.json', *KEY_FILE, '--json').out)
    assert [p['opens'] for p in found['protectors']] == [True, False]
    assert (found['versions'], found['broken_versions']) == (1, 0)
    text = store.run('keystore', 'check', 'keys.json', *KEY_FILE, *both).text
    assert len(re.findall(r' yes$', text, re.M)) == 2


def test_check_tells_of_a_protector_that_opens_nothing(store):
    store.write('other.bin', bytes(range(32)))
    err = store.run('keystore', 'check', 'keys.json', *KEY_FILE, '--key-file', 'other.bin',
                    code=3).err
    assert 'key-file' in err


def test_check_with_the_wrong_secret_blames_the_secret(store):
    store.write('other.bin', bytes(range(32)))
    done = store.run('keystore', 'check', 'keys.json', '--key-file', 'other.bin', code=3)
    assert 'does not open' in done.err
    assert 'good copy' not in done.err
    assert 'not tried' in done.text


@pytest.mark.parametrize('name, content, code', [
    ('not JSON', b'hello', 4),
    ('empty', b'', 4),
    ('later', b'{"format": "envcrypt-keystore-9"}\n', None),
    ('changed', None, 4),
])
def test_damaged_store(store, name, content, code):
    good = store.read('keys.json')
    if content is None:
        content = good.replace(b'"enabled"', b'"disabled"')
        assert content != good
    store.write('keys.json', content)
    done = store.start('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE)
    _, err = done.communicate(timeout=60)
    assert done.returncode == code if code else done.returncode in (1, 4)
    assert b'keys.json' in err


def test_store_that_is_missing(folder):
    folder.write('key.bin', bytes(32))
    assert 'nothing.json' in folder.run('keystore', 'list', 'nothing.json', code=1).err


def test_two_rotations_at_once_both_survive(store):
    running = [store.start('keystore', 'rotate', 'keys.json', 'main', *KEY_FILE)
               for _ in range(4)]
    for process in running:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert len(listing(store)['keys'][0]['versions']) == 5

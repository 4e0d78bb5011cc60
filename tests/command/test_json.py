# SPDX-License-Identifier: Apache-2.0
"""--json: whatever happens, programs read JSON, and the same exit code."""
import json
import os

import pytest

from conftest import Store

KEY = Store.KEY
OPENS = KEY[2:]


def only(done):
    """The one line of output, parsed."""
    assert done.out.count(b'\n') == 1 and done.out.endswith(b'\n')
    return json.loads(done.out)


# Each command with something wrong: its exit code and the name of what failed.
FAILURES = [
    (['encrypt', 'none', '-o', 'x', *KEY], 1, 'ENVCRYPT_E_FILE_NOT_FOUND'),
    (['encrypt', 'plain', '-o', 'm', *KEY], 1, 'ENVCRYPT_E_FILE_EXISTS'),
    (['encrypt', 'plain', '-o', 'link', *KEY], 5, 'ENVCRYPT_E_FILE_TYPE'),
    (['encrypt', 'plain', '-o', 'x'], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['encrypt', 'plain', '-o', 'x', '--nonsense'], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['encrypt', 'plain', *KEY], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['encrypt', 'plain', '-o', 'x', *KEY, '-c', 'aws-crypto-a=b'], 2,
     'ENVCRYPT_E_CONTEXT_RESERVED'),
    (['decrypt', 'plain', '-o', 'x', *KEY], 4, 'ENVCRYPT_E_NOT_A_MESSAGE'),
    (['decrypt', 'm', '-o', 'x', *KEY, '-c', 'a=other'], 4, 'ENVCRYPT_E_CONTEXT_MISMATCH'),
    (['decrypt', 'm', '-o', 'x', '-k', 'keys.json#none', *OPENS], 3, 'ENVCRYPT_E_KEY_NOT_FOUND'),
    (['cat', 'm', '-o', 'x', *KEY, '--range', '99'], 2, 'ENVCRYPT_E_RANGE'),
    (['inspect', 'plain'], 4, 'ENVCRYPT_E_NOT_A_MESSAGE'),
    (['inspect', 'm', '-k', 'none.json#main'], 1, 'ENVCRYPT_E_FILE_NOT_FOUND'),
    (['rewrap', 'plain', *KEY], 4, 'ENVCRYPT_E_NOT_A_MESSAGE'),
    (['rewrap', '--shard', '1', 'm', *KEY], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['seal', 'plain', '-o', 'x', '--record', 'none', *KEY], 1, 'ENVCRYPT_E_FILE_NOT_FOUND'),
    (['open', 'plain', '-o', 'x', '--record', 'm', *KEY], 4, 'ENVCRYPT_E_RECORD'),
    (['keystore', 'create', 'keys.json', *OPENS], 1, 'ENVCRYPT_E_FILE_EXISTS'),
    (['keystore', 'list', 'plain'], 5, 'ENVCRYPT_E_FILE_TOO_OPEN'),
    (['keystore', 'list', 'm'], 4, 'ENVCRYPT_E_STORE_FORMAT'),
    (['keystore', 'list', 'keys.json', '--key-file', 'other.bin'], 3, 'ENVCRYPT_E_STORE_LOCKED'),
    (['keystore', 'add', 'keys.json', 'main', *OPENS], 1, 'ENVCRYPT_E_KEY_EXISTS'),
    (['keystore', 'rotate', 'keys.json', 'none', *OPENS], 3, 'ENVCRYPT_E_KEY_NOT_FOUND'),
    (['keystore', 'disable', 'keys.json', 'main/9', *OPENS], 3, 'ENVCRYPT_E_KEY_NOT_FOUND'),
    (['keystore', 'enable', 'keys.json', 'main', *OPENS], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['keystore', 'destroy', 'keys.json', 'main/1', *OPENS], 5, 'ENVCRYPT_E_CONFIRMATION'),
    (['keystore', 'destroy', 'keys.json', 'main/1', *OPENS, '--confirm', 'x'], 5,
     'ENVCRYPT_E_CONFIRMATION'),
    (['keystore', 'import', 'keys.json', 'x', *OPENS], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['keystore', 'protect', 'keys.json', *OPENS], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['keystore', 'unprotect', 'keys.json', '0' * 16, *OPENS], 2, None),
    (['keystore', 'recover', 'keys.json', *OPENS], 2, 'ENVCRYPT_E_ARGUMENT'),
    (['keystore', 'check', 'keys.json', '--fingerprint', '0' * 32, *OPENS], 4,
     'ENVCRYPT_E_STORE_FINGERPRINT'),
]


@pytest.mark.parametrize('args, code, name', FAILURES, ids=lambda v: ' '.join(v)
                         if isinstance(v, list) else str(v))
def test_failure_is_an_object_with_the_exit_code(store, args, code, name):
    store.encrypt('m', b'text', '-c', 'a=b')
    store.write('plain', b'text', 0o644)
    store.write('other.bin', bytes(range(32)))
    os.symlink('plain', store / 'link')
    done = store.start(*args, '--json')
    out, err = done.communicate(timeout=60)
    found = json.loads(out)
    assert out.count(b'\n') == 1
    assert found['status'] == 'failed'
    assert found['exit_code'] == done.returncode
    assert found['message'] in err.decode()
    if name:
        assert (done.returncode, found['error']) == (code, name)
    else:
        assert found['error'].startswith('ENVCRYPT_E_')


def test_failure_has_no_object_without_the_option(store):
    assert store.run('inspect', 'none', code=1).out == b''


def test_file_that_failed_keeps_its_place(store):
    store.encrypt('a', b'text')
    store.encrypt('b', b'text')
    for command in ['inspect'], ['rewrap', *KEY]:
        done = store.run(*command, 'a', 'none', 'b', '--json', code=6)
        found = [json.loads(line) for line in done.out.splitlines()]
        assert [f['file'] for f in found] == ['a', 'none', 'b']
        assert found[1]['exit_code'] == 1


def test_commands_that_write_data_tell_where(store):
    store.write('plain', b'text')
    for args in (['encrypt', 'plain', '-o', 'm'], ['decrypt', 'm', '-o', 'a'],
                 ['cat', 'm', '-o', 'b'], ['seal', 'plain', '-o', 's', '--new-record', 'r'],
                 ['open', 's', '-o', 'c', '--record', 'r']):
        found = only(store.run(*args, '--json', *KEY))
        assert (found['input'], found['output']) == (args[1], args[3])
    assert store.read('a') == store.read('b') == store.read('c') == b'text'


@pytest.mark.parametrize('args', [['decrypt', 'm'], ['cat', 'm'], ['encrypt', 'm'],
                                  ['seal', 'm', '--new-record', 'r'], ['open', 'm'],
                                  ['decrypt', 'm', '-o', '-'], ['decrypt', 'm', '-o', '/dev/stdout']])
def test_data_and_json_do_not_share_standard_output(store, args):
    store.encrypt('m', b'plaintext')
    done = store.run(*args, '--json', *KEY, code=2)
    assert only(done)['exit_code'] == 2
    assert '-o FILE' in done.err


def test_standard_input_is_null(store):
    assert only(store.run('encrypt', '-o', 'm', '--json', *KEY, stdin=b'x'))['input'] is None


@pytest.mark.parametrize('name', ['quote " backslash \\', 'line\nend', 'tab\t\x01\x7f', 'ä€𝄞'])
def test_names_come_back(store, name):
    store.write('plain', b'text')
    assert only(store.run('encrypt', 'plain', '-o', name, '--json', *KEY))['output'] == name
    assert only(store.run('inspect', name, '--json'))['file'] == name


def test_context_comes_back(store):
    pairs = {'quote "': '\\ \x1b[31m \x9b \u2028', 'ä': '', 'last': 'a=b\n'}
    store.encrypt('m', b'text', *(f'-c{name}={value}' for name, value in pairs.items()))
    header = only(store.run('inspect', 'm', '--json'))['header']
    assert {p['name']: p['value'] for p in header['encryption_context']} == pairs


def test_names_that_are_not_utf8_are_still_json(store):
    bad = os.fsdecode(b'a\xff\xc3b\xed\xa0\x80')
    store.write('plain', b'text')
    found = only(store.run('encrypt', 'plain', '-o', bad, '--json', *KEY))
    assert found['output'] == 'a\ufffd\ufffdb\ufffd\ufffd\ufffd'
    assert only(store.run('inspect', bad + 'x', '--json', code=1))['exit_code'] == 1


def test_deadline_is_told(store):
    os.mkfifo(store / 'pipe')
    found = only(store.run('encrypt', 'pipe', '-o', 'm', '--timeout', '1', '--json', *KEY, code=1))
    assert (found['error'], found['exit_code']) == ('ENVCRYPT_E_TIMEOUT', 1)


def test_broken_protector_leaves_one_report(store):
    store.write('other.bin', bytes(range(32)))
    done = store.run('keystore', 'check', 'keys.json', *OPENS, '--key-file', 'other.bin', '--json',
                     code=3)
    assert only(done)['broken_versions'] == 0

# SPDX-License-Identifier: Apache-2.0
"""Key stores that are damaged, foreign, too open, too new, changed by hand, or in use."""
import fcntl
import json
import os
import re
import subprocess

import pytest

from conftest import Store

KEY = Store.KEY
OPENS = KEY[2:]


def rotate(store, code, *more):
    """What the command says when it must not change the store, which stays as it is."""
    before = store.read('keys.json')
    err = store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS, *more, code=code).err
    assert store.read('keys.json') == before
    return err


def edit(store, old, new, count=1):
    text = store.read('keys.json').decode()
    assert re.search(old, text)
    store.write('keys.json', re.sub(old, new, text, count=count).encode())


@pytest.fixture
def used(store):
    """A store with a disabled version, and a message under it."""
    store.encrypt('m', b'text')
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    store.run('keystore', 'disable', 'keys.json', 'main/1', *OPENS)
    return store


# What somebody does to the file with an editor.
EDITS = {
    'version re-enabled': ('"disabled"', '"enabled"'),
    'current version disabled': ('"enabled"', '"disabled"'),
    'newer number for an old version': ('"version": 1', '"version": 3'),
    'versions exchanged': (r'("version": )1(.*?"version": )2', r'\g<1>2\g<2>1'),
    'date': (r'("state": "disabled",\s+"created": ")2', r'\g<1>3'),
    'name of the key': ('"name": "main"', '"name": "other"'),
    'name of the store': ('"name": "my-app"', '"name": "your-app"'),
    'kind of the key': ('"kind": "wrap"', '"kind": "branch"'),
    'id of the store': (r'("id": ")[0-9a-f]', r'\1x'),
    'space at an end of line': (',\n', ', \n'),
    'MAC': (r'("mac": ").', r'\1x'),
    'MAC left out': (r',\s+"mac": "[0-9a-f]+"', ''),
    'wrapped key': (r'("wrapped": ")(.)', r'\1x'),
    'member twice': (r'("format": 1,)', r'\1 \1'),
    'member that is not known': (r'("format": 1,)', r'\1 "more": 2,'),
}


@pytest.mark.parametrize('change', EDITS)
def test_edit_by_hand_is_noticed_before_a_key_is_used(used, change):
    old, new = EDITS[change]
    text = used.read('keys.json').decode()
    changed = re.sub(old, new, text, count=1, flags=re.S)
    if changed == text:  # an x in the place of an x
        pytest.fail('nothing was changed')
    used.write('keys.json', changed.encode())
    for args in (['decrypt', 'm', *KEY], ['encrypt', 'm', *KEY], ['rewrap', 'm', *KEY],
                 ['keystore', 'list', 'keys.json', *OPENS],
                 ['keystore', 'check', 'keys.json', *OPENS]):
        done = used.start(*args)
        out, err = done.communicate(timeout=60)
        assert done.returncode in (3, 4), args
        assert out == b''
        assert re.search(rb'\[ENVCRYPT_E_STORE_(MAC|FORMAT|LOCKED)\]', err), err
    rotate(used, done.returncode)


@pytest.mark.parametrize('change', ['version re-enabled', 'newer number for an old version',
                                    'versions exchanged', 'current version disabled'])
def test_moved_marks_are_told_as_a_change_outside(used, change):
    old, new = EDITS[change]
    text = used.read('keys.json').decode()
    used.write('keys.json', re.sub(old, new, text, count=1, flags=re.S).encode())
    err = rotate(used, 4)
    assert 'ENVCRYPT_E_STORE_MAC' in err or 'ENVCRYPT_E_STORE_FORMAT' in err
    assert 'restore a good copy' in err or 'damaged' in err


def test_file_that_is_cut_anywhere(store):
    whole = store.read('keys.json')
    for size in [*range(0, len(whole) - 1, 97), len(whole) - 2]:
        store.write('keys.json', whole[:size])
        done = store.start('keystore', 'list', 'keys.json', *OPENS)
        assert done.communicate(timeout=60)[1].count(b'[ENVCRYPT_E_STORE_FORMAT]') == 1, size
        assert done.returncode == 4


def test_store_of_a_later_format(store):
    edit(store, '"format": 1', '"format": 2')
    err = rotate(store, 4)
    assert 'ENVCRYPT_E_STORE_NEWER' in err and 'upgrade' in err


@pytest.mark.parametrize('content', [
    b'', b'\n', b'hello', b'{}', b'[]', b'null', b'{"type": "other"}', b'\x00' * 100,
    b'\xef\xbb\xbf{}', b'{"format": 1, "type": "envcrypt-keystore"}'])
def test_file_that_is_no_key_store(store, content):
    store.write('keys.json', content)
    assert 'ENVCRYPT_E_STORE_FORMAT' in rotate(store, 4)


def test_file_that_is_huge(store):
    with open(store / 'keys.json', 'r+b') as file:
        file.truncate(1 << 40)
    done = store.start('keystore', 'list', 'keys.json')
    err = done.communicate(timeout=60)[1]
    assert done.returncode in (4, 5) and b'[ENVCRYPT_E_' in err


def test_store_of_somebody_else_in_its_place(store):
    store.encrypt('m', b'text')
    mark = json.loads(store.run('keystore', 'list', 'keys.json', '--json', *OPENS).out)
    os.unlink(store / 'keys.json')
    store.run('keystore', 'create', 'keys.json', '--name', 'my-app', *OPENS)
    err = rotate(store, 4, '--fingerprint', mark['fingerprint'])
    assert 'ENVCRYPT_E_STORE_FINGERPRINT' in err
    uri = f'local://{store.path}/keys.json?fingerprint={mark["fingerprint"]}#main'
    assert 'ENVCRYPT_E_STORE_FINGERPRINT' in store.run('encrypt', '-k', uri, *OPENS, stdin=b'x',
                                                       code=4).err
    # The same names, other keys.
    done = store.run('decrypt', 'm', *KEY, code=3)
    assert (done.out, 'ENVCRYPT_E_' in done.err) == (b'', True)


def test_message_newer_than_the_copy_of_the_store(store):
    """A rollback cannot be told from the file; what the newer version wrapped tells of it."""
    old = store.read('keys.json')
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    store.encrypt('m', b'text')
    store.write('keys.json', old)
    err = store.run('decrypt', 'm', *KEY, code=3).err
    assert 'ENVCRYPT_E_KEY_NOT_FOUND' in err and 'newer copy of the store' in err


@pytest.mark.parametrize('mode', [0o604, 0o640, 0o602, 0o620, 0o666])
def test_store_that_others_reach(store, mode):
    os.chmod(store / 'keys.json', mode)
    assert '[ENVCRYPT_E_FILE_TOO_OPEN]' in rotate(store, 5)
    assert '[ENVCRYPT_E_FILE_TOO_OPEN]' in store.run('encrypt', *KEY, stdin=b'', code=5).err


@pytest.mark.parametrize('what', ['link', 'pipe', 'folder'])
def test_store_that_is_no_file(store, what):
    os.rename(store / 'keys.json', store / 'real')
    if what == 'link':
        os.symlink('real', store / 'keys.json')
    elif what == 'pipe':
        os.mkfifo(store / 'keys.json', 0o600)
    else:
        os.mkdir(store / 'keys.json', 0o700)
    done = store.start('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    _, err = done.communicate(timeout=30)
    assert done.returncode in (1, 5) and b'[ENVCRYPT_E_' in err


def test_version_that_is_disabled_and_destroyed(used):
    err = used.run('decrypt', 'm', *KEY, code=3).err
    assert 'ENVCRYPT_E_KEY_DISABLED' in err and 'enable' in err
    used.run('keystore', 'destroy', 'keys.json', 'main/1', '--confirm', 'main/1', *OPENS)
    assert 'ENVCRYPT_E_KEY_DESTROYED' in used.run('decrypt', 'm', *KEY, code=3).err


def test_store_that_another_process_changes_now(store):
    """Reading goes on; writing waits, for as long as --timeout says."""
    store.encrypt('m', b'text')
    with open(store / 'keys.json.lock', 'wb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert store.run('decrypt', 'm', *KEY).out == b'text'
        err = rotate(store, 1, '--timeout', '1')
        assert 'keys.json.lock' in err and 'ENVCRYPT_E_TIMEOUT' in err
        waiting = store.start('keystore', 'rotate', 'keys.json', 'main', *OPENS)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=0.5)
    assert waiting.wait(timeout=60) == 0
    waiting.communicate()
    assert len(json.loads(store.run('keystore', 'list', 'keys.json', '--json').out)
               ['keys'][0]['versions']) == 2


def test_wait_for_another_process_can_be_interrupted(store):
    with open(store / 'keys.json.lock', 'wb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = store.start('keystore', 'rotate', 'keys.json', 'main', *OPENS)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=0.5)
        waiting.send_signal(2)
        assert waiting.wait(timeout=20) == -2
        waiting.communicate()


def test_kill_at_any_time_leaves_a_whole_store(store):
    """Whatever the moment: the old file or the new one, and the next writer goes on."""
    for i in range(20):
        running = store.start('keystore', 'rotate', 'keys.json', 'main', *OPENS)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=0.0005 * i)
            raise subprocess.TimeoutExpired('it was quicker', 0)
        running.kill()
        running.communicate()
        store.run('keystore', 'check', 'keys.json', *OPENS)
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    assert store.names() == ['key.bin', 'keys.json']


def test_list_of_a_hostile_file_is_harmless(store):
    """Nobody has vouched for what stands in it."""
    for place in '"name": "my-app"', '"name": "main"', '"type": "key-file"', '"kind": "wrap"':
        text = store.read('keys.json').decode()
        hostile = place.rstrip('"') + r'\u001b[2J\u202e"'
        store.write('bad.json', text.replace(place, hostile, 1).encode())
        done = store.start('keystore', 'list', 'bad.json')
        for shown in done.communicate(timeout=60):
            assert b'\x1b' not in shown and '\u202e'.encode() not in shown
        assert done.returncode in (0, 4)

# SPDX-License-Identifier: Apache-2.0
"""Names, kinds and modes of files; files that change; many files; disks that are full."""
import contextlib
import json
import os
import resource
import shutil
import subprocess
import time

import pytest

from conftest import COMMAND, ENVIRONMENT, Store, small_disk

KEY = Store.KEY
OPENS = KEY[2:]
BOTH_WAYS = pytest.mark.parametrize('source', [['plain'], []], ids=['file', 'pipe'])


@pytest.mark.parametrize('name', [
    b'a\xff\xfe', b'-o', b'--json', b' spaces and\ttab ', b'line\nend', b'$(touch x)`"\'',
    '\u202eäö€'.encode(), b'n' * 255])
def test_any_name_is_a_name(store, name):
    name = os.fsdecode(name)
    store.write('plain', b'text')
    store.run('encrypt', '-o', name, *KEY, '--', 'plain')
    os.unlink(store / 'plain')
    assert store.run('decrypt', *KEY, '--', name).out == b'text'
    store.run('decrypt', *KEY, '-o', 'plain', '--', name)
    assert store.read('plain') == b'text'
    store.run('rewrap', '--all', *KEY, '--', name)
    store.run('encrypt', '-f', '-o', name, *KEY, stdin=b'by pipe')
    assert store.run('decrypt', *KEY, '--', name).out == b'by pipe'
    assert sorted(store.names()) == sorted(['key.bin', 'keys.json', 'plain', name])


def test_name_that_is_too_long(store):
    store.write('plain', b'text')
    before = store.names()
    for source in ['plain'], []:
        store.run('encrypt', *source, '-o', 'n' * 256, *KEY, stdin=b'text', code=1)
    assert store.names() == before


def test_device_name_of_standard_output(store):
    message = store.run('encrypt', '-o', '/dev/stdout', *KEY, stdin=b'text').out
    store.write('m', message)
    for name in '/dev/stdout', '/dev/fd/1':
        assert store.run('decrypt', 'm', '-o', name, *KEY).out == b'text'


def test_named_pipes(store):
    os.mkfifo(store / 'in')
    writer = subprocess.Popen(['sh', '-c', 'printf text >in'], cwd=store.path)
    message = store.run('encrypt', 'in', *KEY).out
    assert writer.wait(timeout=20) == 0
    store.write('m', message)
    os.mkfifo(store / 'out')
    reader = subprocess.Popen(['cat', 'out'], cwd=store.path, stdout=subprocess.PIPE)
    with open(store / 'out', 'wb') as out:
        done = store.start('decrypt', 'm', *KEY, stdout=out)
        assert done.wait(timeout=60) == 0
    done.communicate()
    assert reader.communicate(timeout=20)[0] == b'text'


@BOTH_WAYS
def test_pipe_link_and_folder_as_output_say_what_to_do(store, source):
    store.write('plain', b'text')
    os.mkfifo(store / 'pipe')
    os.symlink('plain', store / 'link')
    for name in 'pipe', 'link', '/dev/null':
        for force in [], ['-f']:
            err = store.run('encrypt', *source, '-o', name, *force, *KEY, stdin=b'text', code=5).err
            assert 'redirect standard output' in err and 'ENVCRYPT_E_FILE_TYPE' in err
    assert 'is a folder' in store.run('encrypt', *source, '-o', '.', '-f', *KEY, code=2).err
    assert store.read('plain') == b'text'


@BOTH_WAYS
def test_file_of_two_names_is_not_replaced(store, source):
    store.write('plain', b'text')
    store.write('out', b'precious')
    os.link(store / 'out', store / 'other name')
    assert 'hard links' in store.run('encrypt', *source, '-o', 'out', '-f', *KEY, stdin=b'text',
                                     code=5).err
    assert store.read('out') == b'precious'


@BOTH_WAYS
@pytest.mark.parametrize('mask', [0, 0o777])
def test_output_is_private_under_any_umask(store, source, mask):
    store.write('plain', b'text')
    store.run('encrypt', *source, '-o', 'out', *KEY, stdin=b'text',
              preexec_fn=lambda: os.umask(mask))
    assert store.mode('out') == 0o600


@BOTH_WAYS
def test_replaced_file_becomes_private(store, source):
    store.write('plain', b'text')
    store.write('out', b'old', 0o666)
    store.run('encrypt', *source, '-o', 'out', '-f', *KEY, stdin=b'text')
    assert store.mode('out') == 0o600


@BOTH_WAYS
def test_output_over_the_input(store, source):
    store.write('plain', b'text')
    with open(store / 'plain', 'rb') as stdin:
        done = store.start('encrypt', *source, '-o', 'plain', '-f', *KEY, stdin=stdin)
        done.communicate(timeout=60)
    if done.returncode == 0:
        assert store.run('decrypt', 'plain', *KEY).out == b'text'
    else:
        assert store.read('plain') == b'text'


@pytest.mark.parametrize('args', [['encrypt'], ['encrypt', 'm'], ['decrypt', 'm'], ['cat', 'm'],
                                  ['decrypt']], ids=' '.join)
def test_standard_output_that_is_the_input(store, args):
    """Without the check `decrypt m >> m` goes on for ever."""
    store.encrypt('m', b'text' * 100000)
    before = store.read('m')
    with open(store / 'm', 'rb') as stdin, open(store / 'm', 'ab') as stdout:
        done = store.start(*args, *KEY, stdin=stdin, stdout=stdout)
        err = done.communicate(timeout=60)[1]
    assert done.returncode == 2
    assert b'same file' in err
    assert store.read('m') == before


def test_files_that_say_that_they_are_empty(store):
    """Files in /proc have no size and yet bytes."""
    with open('/proc/version', 'rb') as file:
        wanted = file.read()
    store.run('encrypt', '/proc/version', '-o', 'm', *KEY)
    assert store.run('decrypt', 'm', *KEY).out == wanted


def test_standard_input_that_was_read_in_part(store):
    store.write('plain', b'head\n' + b'body' * 100000)
    with open(store / 'plain', 'rb', buffering=0) as stdin:
        assert stdin.read(5) == b'head\n'
        done = store.start('encrypt', *KEY, stdin=stdin)
        message = done.communicate(timeout=60)[0]
    assert done.returncode == 0
    assert store.run('decrypt', *KEY, stdin=message).out == b'body' * 100000


@pytest.mark.parametrize('change', ['shorter', 'longer', 'other'])
@pytest.mark.parametrize('how', ['file', 'pipe'])
def test_input_that_changes_while_it_is_read(store, how, change):
    with open(store / 'plain', 'wb') as file:
        file.truncate(8 << 30)
    before = store.names()
    with open(store / 'plain', 'rb') as stdin:
        running = store.start('encrypt', *(['plain'] if how == 'file' else []), '-o', 'm', *KEY,
                              stdin=stdin)
    limit = time.monotonic() + 20
    while store.names() == before and time.monotonic() < limit:
        time.sleep(0.01)
    with open(store / 'plain', 'r+b') as file:
        if change == 'shorter':
            file.truncate(1 << 20)
        elif change == 'longer':
            file.truncate(1 << 20)
            file.truncate((1 << 20) + 5)
        else:
            file.write(b'x')
            file.truncate(4096)
            file.truncate(8 << 20)
    _, err = running.communicate(timeout=100)
    assert running.returncode == 1
    assert b'[ENVCRYPT_E_FILE_CHANGED]' in err
    assert store.names() == before


def test_change_at_the_end_of_50_megabytes(store):
    """Not one byte of it gets into a file; what a pipe got before is authentic."""
    with open(store / 'plain', 'wb') as file:
        for i in range(50):
            file.write(bytes([i]) * 1000000)
    store.run('encrypt', 'plain', '-o', 'm', *KEY)
    with open(store / 'm', 'r+b') as file:
        file.seek(-20, os.SEEK_END)
        byte = file.read(1)
        file.seek(-20, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
    before = store.names()
    seen = set()
    running = store.start('decrypt', 'm', '-o', 'out', *KEY)
    while running.poll() is None:
        seen.update(store.names())
    assert running.returncode == 4
    assert b'ENVCRYPT_E_FRAME_AUTH' in running.communicate()[1]
    assert 'out' not in seen
    assert store.names() == before
    out = store.run('decrypt', 'm', *KEY, code=4).out
    with open(store / 'plain', 'rb') as file:
        plain = file.read()
    assert len(out) < len(plain) and plain.startswith(out)


def test_rewrap_keeps_owner_and_mode(store):
    store.encrypt('m', b'text')
    store.run('seal', '--new-record', 'r', *KEY, stdin=b'value')
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    owner = (12345, 23456) if os.getuid() == 0 else (os.getuid(), os.getgid())
    for name in 'm', 'r':
        os.chmod(store / name, 0o640)
        os.chown(store / name, *owner)
    store.run('rewrap', 'm', 'r', *KEY)
    for name in 'm', 'r':
        found = os.stat(store / name)
        assert (store.mode(name), found.st_uid, found.st_gid) == (0o640, *owner), name
    assert '2 files: 0 rewrapped, 2 kept' in store.run('rewrap', 'm', 'r', *KEY).err


@pytest.mark.parametrize('kind', ['message', 'record'])
def test_rewrap_of_a_link_leaves_it(store, kind):
    store.encrypt('m', b'text')
    store.run('seal', '--new-record', 'r', *KEY, stdin=b'value')
    os.symlink({'message': 'm', 'record': 'r'}[kind], store / 'link')
    store.run('rewrap', '--all', 'link', *KEY, code=5)
    assert os.path.islink(store / 'link')


def test_thousand_files_with_few_descriptors(store):
    store.encrypt('m', b'text')
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    os.mkdir(store / 'many')
    for i in range(1000):
        shutil.copy(store / 'm', store / f'many/{i}')
    done = store.run('rewrap', *KEY, '--json', *(f'many/{i}' for i in range(1000)),
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32)))
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [f['file'] for f in found] == [f'many/{i}' for i in range(1000)]
    assert {f['status'] for f in found} == {'rewrapped'}
    assert len(os.listdir(store / 'many')) == 1000


def test_forgotten_null_option_is_named(store):
    """Cut at the first NUL, all files but one would be left out without a word."""
    store.encrypt('a', b'text')
    done = store.run('rewrap', '--all', '--files-from', '-', *KEY, stdin=b'a\0b\0', code=2)
    assert '--null' in done.err
    assert done.out == b''


def test_lines_of_names_that_hold_line_ends_are_not_forged(store):
    bad = 'a\nkept       other'
    store.encrypt('m', b'text')
    os.rename(store / 'm', store / bad)
    assert store.run('rewrap', bad, *KEY).text == 'kept       a\\x0akept       other  (current)\n'
    assert store.run('inspect', bad).text.splitlines()[0] == 'a\\x0akept       other'


def fill(path):
    with contextlib.suppress(OSError), open(path, 'wb', buffering=0) as file:
        while file.write(bytes(4096)) == 4096:
            pass


def test_full_disk_leaves_the_key_store(store):
    with small_disk(store, '64k'):
        shutil.copy(store / 'keys.json', store / 'small')
        os.chmod(store / 'small/keys.json', 0o600)
        store.run('keystore', 'list', 'small/keys.json', *OPENS)
        before = store.read('small/keys.json')
        fill(store / 'small/filler')
        for words in ['rotate', 'small/keys.json', 'main'], ['add', 'small/keys.json', 'more']:
            err = store.run('keystore', *words, *OPENS, code=1).err
            assert '[ENVCRYPT_E_NO_SPACE]' in err
        assert store.read('small/keys.json') == before
        os.unlink(store / 'small/filler')
        store.run('keystore', 'rotate', 'small/keys.json', 'main', *OPENS)
        assert sorted(os.listdir(store / 'small')) == ['keys.json', 'keys.json.lock']


def test_full_disk_leaves_what_is_rewrapped(store):
    store.encrypt('m', b'text' * 10000)
    store.run('keystore', 'rotate', 'keys.json', 'main', *OPENS)
    with small_disk(store, '64k'):
        shutil.copy(store / 'm', store / 'small')
        fill(store / 'small/filler')
        assert '[ENVCRYPT_E_NO_SPACE]' in store.run('rewrap', 'small/m', *KEY, code=1).err
        assert store.read('small/m') == store.read('m')
        assert sorted(os.listdir(store / 'small')) == ['filler', 'm']


def test_new_record_is_not_left_when_the_value_cannot_be_written(store):
    store.write('out', b'precious')
    store.run('seal', '--new-record', 'r', '-o', 'out', *KEY, stdin=b'value', code=1)
    assert 'r' not in store.names()


def test_passphrase_and_data_on_one_standard_input(folder):
    folder.write('pass', b'a passphrase\n')
    folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass', '--argon2', '1:8')
    key = ('-k', 'keys.json#main', '--passphrase-fd', '0')
    message = folder.run('encrypt', *key, stdin=b'a passphrase\ntext\n').out
    assert folder.run('decrypt', *key, stdin=b'a passphrase\n' + message).out == b'text\n'


@pytest.mark.parametrize('secret', [b'a\0b', b'\0', b'\xff\xfe\r', b'p' * 4096])
def test_same_bytes_are_the_same_passphrase_by_file_and_descriptor(folder, secret):
    folder.write('pass', secret + b'\nrest')
    folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass', '--argon2', '1:8')
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-fd', '0', stdin=secret)
    if len(secret) > 1:
        folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-fd', '0',
                   stdin=secret[:1], code=3)


def test_passphrase_that_is_too_long(folder):
    folder.write('pass', b'p' * 4097)
    for option, stdin in [(['--passphrase-file', 'pass'], b''),
                          (['--passphrase-fd', '0'], b'p' * 4097)]:
        folder.run('keystore', 'create', 'keys.json', *option, stdin=stdin, code=2)
    assert folder.names() == ['pass']


def test_closed_pipe_inside_a_shell_pipeline(store):
    """The pipeline ends at once, and only the writer's exit code tells of it."""
    with open(store / 'plain', 'wb') as file:
        file.truncate(1 << 30)
    done = subprocess.run(['bash', '-c', '"$0" encrypt plain "$@" | head -c 1 | wc -c; '
                           'echo ${PIPESTATUS[*]}', COMMAND, *KEY],
                          cwd=store.path, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True, timeout=60)
    assert done.stdout.split() == [b'1', b'1', b'0', b'0']
    assert done.stderr.count(b'\n') == 1

# SPDX-License-Identifier: Apache-2.0
"""encrypt, decrypt, inspect and cat: files, pipes, and what goes wrong with them."""
import base64
import contextlib
import json
import os
import resource
import shutil
import subprocess

import pytest

from conftest import Store, small_disk

KEY = Store.KEY
SIZES = [0, 1, 4096, 4097, 262143, 262144, 262145, 1500000]


def some(size):
    return bytes(i * 7 % 251 for i in range(min(size, 65536))) * (size // 65536 + 1)


@pytest.mark.parametrize('size', SIZES)
def test_files_and_pipes_are_the_same(store, size):
    plain = some(size)[:size]
    store.write('plain', plain)
    store.run('encrypt', 'plain', '-o', 'by-file', *KEY)
    by_pipe = store.run('encrypt', *KEY, stdin=plain).out
    store.write('by-pipe', by_pipe)
    for name in 'by-file', 'by-pipe':
        assert store.run('decrypt', name, *KEY).out == plain
        assert store.run('decrypt', *KEY, stdin=store.read(name)).out == plain
        store.run('decrypt', name, '-o', 'out', '-f', *KEY)
        assert store.read('out') == plain


def test_output_files_are_private(store):
    store.write('plain', b'text', 0o644)
    store.run('encrypt', 'plain', '-o', 'a', *KEY)
    store.run('encrypt', '-o', 'b', *KEY, stdin=b'text')
    store.run('decrypt', 'a', '-o', 'c', *KEY)
    store.run('decrypt', '-o', 'd', *KEY, stdin=store.read('a'))
    assert [store.mode(n) for n in 'abcd'] == [0o600] * 4


@pytest.mark.parametrize('source', [['plain'], []])
def test_existing_output_needs_force(store, source):
    store.write('plain', b'text')
    store.write('out', b'precious')
    err = store.run('encrypt', *source, '-o', 'out', *KEY, stdin=b'text', code=1).err
    assert '--force' in err
    assert store.read('out') == b'precious'
    store.run('encrypt', *source, '-o', 'out', '--force', *KEY, stdin=b'text')
    assert store.run('decrypt', 'out', *KEY).out == b'text'


@pytest.mark.parametrize('source', [['plain'], []])
def test_output_that_is_no_file(store, source):
    store.write('plain', b'text')
    store.write('target', b'precious')
    os.symlink('target', store / 'link')
    for name in 'link', '/dev/null', '.':
        done = store.start('encrypt', *source, '-o', name, '-f', *KEY)
        _, err = done.communicate(timeout=60)
        assert done.returncode in (1, 2, 5), err
    assert store.read('target') == b'precious'
    assert 'folder' in store.run('encrypt', '-o', 'none/x', *KEY, stdin=b'', code=1).err


def test_dash_is_standard_input_and_output(store):
    message = store.run('encrypt', '-', '-o', '-', *KEY, stdin=b'text').out
    assert store.run('decrypt', '-', '-o', '-', *KEY, stdin=message).out == b'text'


def test_input_may_be_a_link(store):
    store.write('plain', b'text')
    os.symlink('plain', store / 'link')
    store.run('encrypt', 'link', '-o', 'out', *KEY)
    assert store.run('decrypt', 'out', *KEY).out == b'text'


def test_several_recipients(store):
    for name in 'second', 'third':
        store.run('keystore', 'add', 'keys.json', name, *KEY[2:])
    store.write('plain', b'text')
    store.run('encrypt', 'plain', '-o', 'out', *KEY, '-r', 'keys.json#second', '-k',
              'keys.json#main')
    for name in 'main', 'second':
        assert store.run('decrypt', 'out', '-k', 'keys.json#' + name, *KEY[2:]).out == b'text'
    store.run('decrypt', 'out', '-k', 'keys.json#third', *KEY[2:], code=3)


def test_uri_of_a_key(store):
    path = store.path.replace(' ', '%20')
    message = store.run('encrypt', '-k', f'local://{path}/keys.json#main', *KEY[2:],
                        stdin=b'text').out
    assert store.run('decrypt', *KEY, stdin=message).out == b'text'


def test_store_path_with_special_characters(store):
    os.rename(store / 'keys.json', store / 'my keys #1 100%.json')
    key = ('-k', 'my keys #1 100%.json#main', *KEY[2:])
    message = store.run('encrypt', *key, stdin=b'text').out
    assert store.run('decrypt', *key, stdin=message).out == b'text'


def test_key_without_name_only_decrypts(store):
    message = store.run('encrypt', *KEY, stdin=b'text').out
    assert store.run('decrypt', '-k', 'keys.json', *KEY[2:], stdin=message).out == b'text'
    assert '#NAME' in store.run('encrypt', '-k', 'keys.json', *KEY[2:], code=2).err


@pytest.mark.parametrize('key, code', [
    ('none.json#main', 1), ('keys.json#none', 3), ('local:///', 2), ('http://x/#y', 2),
    ('keys.json#', 2),
])
def test_key_that_is_none(store, key, code):
    store.run('encrypt', '-k', key, *KEY[2:], code=code)


def test_no_key_says_how_to_get_one(store):
    assert 'keystore create' in store.run('encrypt', code=2).err


def test_store_without_passphrase_names_the_options(store):
    err = store.run('encrypt', '-k', 'keys.json#main', code=3).err
    assert '--key-file' in err


def test_wrong_key_file(store):
    store.write('other.bin', bytes(range(32)))
    err = store.run('encrypt', '-k', 'keys.json#main', '--key-file', 'other.bin', code=3).err
    assert 'ENVCRYPT_E_STORE_LOCKED' in err


def test_context_is_bound(store):
    store.encrypt('m', b'text', '-c', 'purpose=demo', '-c', 'empty=', '-c', 'a=b=c')
    for good in [], ['-c', 'purpose=demo'], ['-c', 'a=b=c', '-c', 'empty=']:
        assert store.run('decrypt', 'm', *KEY, *good).out == b'text'
    store.run('decrypt', 'm', *KEY, '-c', 'purpose=other', code=4)
    assert 'pairs' in store.run('decrypt', 'm', *KEY, '-c', 'more=x', code=3).err


@pytest.mark.parametrize('pair', ['nothing', '=x', 'aws-crypto-x=y'])
def test_context_pair_that_is_none(store, pair):
    store.run('encrypt', *KEY, '-c', pair, stdin=b'', code=2)


def test_context_pair_given_twice(store):
    store.run('encrypt', *KEY, '-c', 'a=b', '-c', 'a=c', stdin=b'', code=2)


def test_required_pair_is_not_stored(store):
    store.encrypt('m', b'text', '-c', 'tenant=blue', '--require', 'tenant')
    assert b'blue' not in store.read('m')
    pair = ('-c', 'tenant=blue')
    assert store.run('decrypt', 'm', *KEY, *pair).out == b'text'
    store.run('decrypt', 'm', *KEY, '-c', 'tenant=red', code=3)
    store.run('decrypt', 'm', *KEY, code=3)


def test_signed_message(store):
    store.encrypt('m', b'text' * 5000, '--suite', '0578')
    assert store.run('decrypt', 'm', *KEY).out == b'text' * 5000
    store.run('decrypt', 'm', *KEY, '--unsigned-only', code=5)
    assert '--frames-only' in store.run('cat', 'm', *KEY, code=5).err
    assert store.run('cat', 'm', '--frames-only', '--range', '4:8', *KEY).out == b'texttext'


@pytest.mark.parametrize('args', [
    ['--suite', '0178'], ['--frame-length', '0'], ['--frame-length', '5G'], ['--max-edks', '0'],
    ['--max-frame', 'x'], ['--threads', '257'], ['--threads', '0'],
])
def test_setting_outside_of_its_limits(store, args):
    assert args[0] in store.run('encrypt', *KEY, *args, stdin=b'', code=2).err or \
        args[0] == '--suite'


def test_threads_make_a_message_that_reads_alike(store):
    plain = some(3000000)
    store.encrypt('m', plain, '--threads', '2', '--frame-length', '64K')
    store.run('decrypt', 'm', '-o', 'out', '--threads', '2', *KEY)
    assert store.read('out') == plain


@pytest.fixture
def foreign(store):
    """name(suite, frame) puts a message of Amazon's SDK and its plaintext into the folder, which
    the key `theirs` opens."""
    vectors = os.path.join(os.environ['EVC_SOURCE'], 'tests/vectors/esdk')
    with open(os.path.join(vectors, 'keys.json'), encoding='utf-8') as file:
        store.write('raw', base64.b64decode(json.load(file)['aes-256']['material_b64']))
    store.run('keystore', 'import', 'keys.json', 'theirs', '--namespace', 'vectors', '--key-name',
              'aes-256', '--material', 'raw', *KEY[2:])

    def name(case):
        shutil.copy(os.path.join(vectors, f'ciphertexts/{case}.bin'), store / 'm')
        with open(os.path.join(vectors, f'plaintexts/{case}.bin'), 'rb') as file:
            return file.read()
    store.name = name
    return store


THEIRS = ('-k', 'keys.json#theirs', *KEY[2:])
ALLOW = ('--policy', 'allow-decrypt')


@pytest.mark.parametrize('suite', ['0014', '0078', '0114', '0178', '0214', '0378'])
def test_message_without_commitment_needs_the_policy(foreign, suite):
    plain = foreign.name(f'python-{suite}-aes-n700-f256')
    for command in (['decrypt', 'm'], ['decrypt', 'm', '-o', 'out'], ['cat', 'm'],
                    ['rewrap', 'm', '--to', 'keys.json#main']):
        err = foreign.run(*command, *THEIRS, code=5).err
        assert 'ENVCRYPT_E_POLICY_COMMITMENT' in err and '--policy allow-decrypt' in err
    assert foreign.run('decrypt', 'm', *THEIRS, *ALLOW).out == plain


def test_rewrap_of_a_message_without_commitment_makes_it_commit(foreign):
    plain = foreign.name('python-0178-aes-n700-f256')
    done = foreign.run('rewrap', 'm', *THEIRS, '--to', 'keys.json#main', *ALLOW, '--json')
    assert json.loads(done.out)['status'] == 'rewrapped'
    assert foreign.run('decrypt', 'm', *KEY).out == plain


def test_rewrap_under_a_key_that_only_opens_names_the_option(foreign):
    foreign.name('python-0478-aes-n700-f256')
    assert '--to' in foreign.run('rewrap', 'm', *THEIRS, code=5).err


def test_message_without_frames(foreign):
    plain = foreign.name('python-0178-aes-n500-f0')
    assert foreign.run('decrypt', 'm', *THEIRS, *ALLOW).out == plain
    assert 'one piece' in foreign.run('inspect', 'm').text
    assert 'ENVCRYPT_E_POLICY_UNFRAMED' in foreign.run('cat', 'm', *THEIRS, *ALLOW, code=5).err
    assert 'ENVCRYPT_E_LIMIT_FRAME' in foreign.run('decrypt', 'm', *THEIRS, *ALLOW, '--max-frame',
                                                   '499', code=5).err
    foreign.run('decrypt', 'm', *THEIRS, *ALLOW, '--max-frame', '500')


@pytest.mark.parametrize('policy', ['forbid', '', 'ALLOW-DECRYPT'])
def test_policy_that_is_none(store, policy):
    assert '--policy' in store.run('decrypt', *KEY, '--policy=' + policy, code=2).err


def test_frame_at_its_limit_and_past_it(store):
    store.encrypt('m', b'x' * 9000, '--frame-length', '4096')
    store.run('decrypt', 'm', *KEY, '--max-frame', '4096')
    for command in (['decrypt', 'm'], ['decrypt', 'm', '-o', 'x'], ['cat', 'm'],
                    ['rewrap', 'm', '--all']):
        err = store.run(*command, *KEY, '--max-frame', '4095', code=5).err
        assert 'ENVCRYPT_E_LIMIT_FRAME' in err and '--max-frame' in err


def test_recipients_at_their_limit_and_past_it(store):
    names = [f'k{i}' for i in range(17)]
    for name in names:
        store.run('keystore', 'add', 'keys.json', name, *KEY[2:])
    keys = [word for name in names for word in ('-k', 'keys.json#' + name)]
    store.run('encrypt', *keys[:32], *KEY[2:], '-o', 'm', stdin=b'text')
    assert store.run('decrypt', 'm', '-k', 'keys.json#k15', *KEY[2:]).out == b'text'
    assert 'ENVCRYPT_E_LIMIT_EDKS' in store.run('encrypt', *keys, *KEY[2:], stdin=b'text',
                                                code=5).err
    store.run('encrypt', *keys, *KEY[2:], '--max-edks', '17', '-o', 'n', stdin=b'text')
    for command in ['decrypt', *KEY[2:], '-k', 'keys.json'], ['inspect']:
        assert '--max-edks' in store.run(*command, 'n', code=5).err
        store.run(*command, 'n', '--max-edks', '17')


@pytest.mark.parametrize('how', ['file', 'pipe', 'pipe to file'])
@pytest.mark.parametrize('damage', ['cut', 'last byte', 'middle', 'header', 'longer'])
def test_damaged_message_gives_no_file(store, how, damage):
    message = bytearray(store.read(store.encrypt('m', some(100000), '--frame-length', '4096')))
    if damage == 'cut':
        message = message[:-5000]
    elif damage == 'longer':
        message += b'x'
    else:
        message[{'last byte': -1, 'middle': len(message) // 2, 'header': 40}[damage]] ^= 1
    store.write('bad', bytes(message))
    before = store.names()
    args = {'file': ['bad', '-o', 'out'], 'pipe': [], 'pipe to file': ['-o', 'out']}[how]
    done = store.run('decrypt', *args, *KEY, stdin=bytes(message), code=4)
    assert '[ENVCRYPT_E_' in done.err
    assert store.names() == before
    assert some(100000).startswith(done.out)


@pytest.mark.parametrize('content', [b'', b'hello', b'\x02', b'AgV4' * 30])
def test_input_that_is_no_message(store, content):
    store.write('x', content)
    store.run('decrypt', 'x', '-o', 'out', *KEY, code=4)
    store.run('decrypt', *KEY, stdin=content, code=4)
    store.run('inspect', 'x', code=4)
    store.run('cat', 'x', *KEY, code=4)


# Root without the right to pass over modes.
NO_PRIVILEGE = ('setpriv', '--bounding-set', '-dac_override,-dac_read_search') \
    if os.getuid() == 0 else ()


def test_missing_input(store):
    assert 'nothing' in store.run('encrypt', 'nothing', '-o', 'x', *KEY, code=1).err
    assert 'nothing' in store.run('decrypt', 'nothing', *KEY, code=1).err
    assert 'folder' in store.run('decrypt', '.', *KEY, code=2).err


def test_unreadable_input_and_folder(store):
    store.write('closed', b'text', 0)
    for args in ['closed', '-o', 'x'], ['closed']:
        err = store.run('encrypt', *args, *KEY, code=1, wrapper=NO_PRIVILEGE).err
        assert 'closed' in err and 'ermi' in err
    os.mkdir(store / 'sub', 0o500)
    store.write('plain', b'text')
    for args in ['plain'], []:
        store.run('encrypt', *args, '-o', 'sub/x', *KEY, stdin=b'', code=1, wrapper=NO_PRIVILEGE)
    os.chmod(store / 'keys.json', 0)
    store.run('keystore', 'list', 'keys.json', code=1, wrapper=NO_PRIVILEGE)


def test_json_of_encrypt_and_decrypt(store):
    store.write('plain', b'text')
    made = json.loads(store.run('encrypt', 'plain', '-o', 'm', '--json', *KEY).out)
    assert made == {'input': 'plain', 'output': 'm'}
    read = json.loads(store.run('decrypt', 'm', '-o', 'out', '--json', *KEY).out)
    assert read['header']['verified'] is True
    assert read['header']['suite'] == '0x0478'
    assert '--json needs -o' in store.run('decrypt', 'm', '--json', *KEY, code=2).err


def test_closed_pipe_is_an_error(store):
    store.encrypt('m', some(4000000))
    done = subprocess.run(
        ['sh', '-c', '{ "$0" decrypt m "$@"; echo $? >code; } 2>err | head -c 1',
         os.environ['EVC_COMMAND'], *KEY], cwd=store.path, stdout=subprocess.PIPE, check=True)
    assert len(done.stdout) == 1
    assert store.read('code') == b'1\n'
    assert b'standard output' in store.read('err')
    assert b'[ENVCRYPT_E_PIPE_CLOSED]' in store.read('err')


@pytest.mark.parametrize('args', [
    ['decrypt', 'm', *KEY], ['cat', 'm', *KEY], ['encrypt', *KEY], ['inspect', 'm'],
    ['keystore', 'list', 'keys.json'], ['keystore', '--help'], ['encrypt', '--help'],
    ['--version'],
], ids=' '.join)
def test_full_standard_output(store, args):
    store.encrypt('m', some(100000))
    with open('/dev/full', 'wb') as full:
        done = store.start(*args, stdout=full)
        _, err = done.communicate(timeout=60)
    assert done.returncode == 1
    assert b'standard output: No space left on device [ENVCRYPT_E_NO_SPACE]' in err


def test_full_disk_leaves_nothing(store):
    store.write('plain', some(1000000))
    with small_disk(store, '64k'):
        for args, stdin in [(['plain'], b''), ([], some(1000000))]:
            err = store.run('encrypt', *args, '-o', 'small/out', *KEY, stdin=stdin, code=1).err
            assert '[ENVCRYPT_E_NO_SPACE]' in err
            assert os.listdir(store / 'small') == []


def test_file_size_limit_leaves_nothing(store):
    store.write('plain', some(1000000))

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    before = store.names()
    for args in ['plain'], []:
        done = store.start('encrypt', *args, '-o', 'out', *KEY, preexec_fn=limit,
                           stdin=open(store / 'plain', 'rb'))
        done.communicate(timeout=60)
        assert done.returncode != 0
        assert store.names() == before


def test_inspect_shows_the_header(store):
    store.encrypt('m', b'text', '-c', 'purpose=demo', '--frame-length', '512')
    text = store.run('inspect', 'm').text
    for part in 'key commitment', '512', 'purpose = demo', 'my-app', 'main':
        assert part in text
    found = json.loads(store.run('inspect', 'm', '--json').out)
    assert found['file'] == 'm'
    assert found['header']['frame_length'] == 512
    assert found['header']['verified'] is False


def test_inspect_of_many_files(store):
    for name in 'a', 'b':
        store.encrypt(name, b'text')
    store.write('bad', b'nothing')
    done = store.run('inspect', 'a', 'bad', 'b', '--json', code=6)
    found = [json.loads(line) for line in done.text.splitlines()]
    assert [(f['file'], f.get('error')) for f in found] == [
        ('a', None), ('bad', 'ENVCRYPT_E_NOT_A_MESSAGE'), ('b', None)]
    assert 'bad' in done.err


def test_inspect_with_a_key_says_when_a_rewrap_is_due(store):
    store.encrypt('m', b'text')
    store.run('inspect', 'm', *KEY)
    store.run('inspect', 'm', *KEY, '--max-age', '1')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])
    assert 'current: no' in store.run('inspect', 'm', *KEY, code=7).text
    found = json.loads(store.run('inspect', 'm', '--json', *KEY, code=7).out)
    assert (found['rewrap_due'], found['current']) == ('yes', ['no'])


def test_inspect_makes_control_characters_visible(store):
    store.encrypt('m', b'text', '-c', 'a=\x1b[31mred\u202e\nsecond line')
    text = store.run('inspect', 'm').text
    assert '\\x1b[31mred' in text
    assert '\x1b' not in text and '\u202e' not in text
    assert 'a = \\x1b[31mred\\xe2\\x80\\xae\\x0asecond line' in text


@pytest.mark.parametrize('text, offset, length', [
    (None, 0, None), ('0', 0, None), ('10:5', 10, 5), ('4095:2', 4095, 2), ('0:0', 0, 0),
    ('1K:1K', 1024, 1024), ('99999', 99999, None), ('99990:100', 99990, 100),
    ('100000', 100000, None),
])
def test_cat_gives_a_range(store, text, offset, length):
    plain = some(100000)[:100000]
    store.encrypt('m', plain, '--frame-length', '4096')
    got = store.run('cat', 'm', *(['--range', text] if text else []), *KEY).out
    assert got == plain[offset:][:length]


@pytest.mark.parametrize('text', ['x', ':', '1:', '-1', '1:x', ''])
def test_cat_range_that_is_none(store, text):
    store.encrypt('m', b'text')
    store.run('cat', 'm', '--range=' + text, *KEY, code=2)


def test_cat_past_the_end(store):
    store.encrypt('m', b'text')
    store.run('cat', 'm', '--range', '5', *KEY, code=2)


def test_cat_of_a_pipe(store):
    store.encrypt('m', b'text')
    assert 'regular file' in store.run('cat', '-', *KEY, stdin=store.read('m'), code=2).err


def test_secrets_are_not_in_the_process_list(folder):
    folder.write('pass', b'a secret passphrase\n')
    folder.run('keystore', 'create', 'keys.json', '--passphrase-file', 'pass', '--argon2', '1:8')
    with open(folder / 'pass', 'rb') as secret:
        running = folder.start('encrypt', '-k', 'keys.json#main', '--passphrase-fd',
                               str(secret.fileno()), stdin=subprocess.PIPE,
                               pass_fds=[secret.fileno()])
        running.stdin.write(b'x' * 300000)
        running.stdin.flush()
        seen = b''
        for name in 'cmdline', 'environ':
            # The environment of what may not be dumped is closed to all but root.
            with contextlib.suppress(PermissionError), \
                    open(f'/proc/{running.pid}/{name}', 'rb') as file:
                seen += file.read()
        running.stdin.close()
        running.stdout.read()
        assert running.wait(timeout=60) == 0
    assert b'encrypt' in seen
    assert b'secret passphrase' not in seen


def test_no_core_file_and_no_debugger(store):
    running = store.start('encrypt', *KEY, stdin=subprocess.PIPE)
    running.stdin.write(b'x' * 300000)
    running.stdin.flush()
    running.stdout.read(10)
    with open(f'/proc/{running.pid}/limits', encoding='ascii') as file:
        limits = file.read()
    assert any(line.split()[4:6] == ['0', '0'] for line in limits.splitlines()
               if line.startswith('Max core file size'))
    # Of a process that may not be dumped, /proc belongs to root.
    assert os.stat(f'/proc/{running.pid}/environ').st_uid == 0
    running.stdin.close()
    running.stdout.read()
    assert running.wait(timeout=60) == 0

# SPDX-License-Identifier: Apache-2.0
"""rewrap: many files, shards, failures."""
import json
import os
import random

import pytest

from conftest import Store

KEY = Store.KEY


def rotated(store, *names):
    """Messages under version 1 of a key whose version 2 is current."""
    for name in names:
        store.encrypt(name, name.encode())
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])


def lines(done):
    return [json.loads(line) for line in done.text.splitlines()]


def test_stale_message_is_rewrapped_and_current_one_kept(store):
    rotated(store, 'm')
    assert 'older key version' in store.run('rewrap', 'm', *KEY).text
    after = store.read('m')
    assert store.run('rewrap', 'm', *KEY).text.startswith('kept')
    assert store.read('m') == after
    store.run('keystore', 'disable', 'keys.json', 'main/1', *KEY[2:])
    assert store.run('decrypt', 'm', *KEY).out == b'm'


def test_context_and_frames_stay(store):
    store.encrypt('m', b'text', '-c', 'a=b', '--frame-length', '512')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])
    store.run('rewrap', 'm', *KEY, '--threads', '2')
    header = json.loads(store.run('inspect', 'm', '--json').out)['header']
    assert header['frame_length'] == 512
    assert {'name': 'a', 'value': 'b'} in header['encryption_context']


def test_required_pair_is_given_again(store):
    store.encrypt('m', b'text', '-c', 'a=b', '-c', 'c=d', '--require', 'a')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])
    store.run('rewrap', 'm', *KEY, code=3)
    pair = ('-c', 'a=b')
    store.run('rewrap', 'm', *KEY, *pair)
    assert store.run('decrypt', 'm', *KEY, *pair).out == b'text'
    store.run('decrypt', 'm', *KEY, code=3)


def test_json_has_stable_members(store):
    rotated(store, 'm')
    store.write('bad', b'nothing')
    done = store.run('rewrap', 'm', 'bad', '--json', *KEY, code=6)
    good, bad = lines(done)
    assert good == {'file': 'm', 'status': 'rewrapped', 'reason': 'stale', 'signer_changed': False}
    assert bad.pop('message')
    assert bad == {'file': 'bad', 'status': 'failed', 'error': 'ENVCRYPT_E_NOT_A_MESSAGE',
                   'exit_code': 4}


def test_bad_file_does_not_stop_the_others(store):
    rotated(store, 'a', 'b', 'c')
    damaged = bytearray(store.read('b'))
    damaged[-1] ^= 1
    store.write('b', bytes(damaged))
    done = store.run('rewrap', 'a', 'b', 'missing', 'c', *KEY, code=6)
    assert '4 files: 2 rewrapped, 0 kept, 2 failed' in done.err
    assert store.read('b') == bytes(damaged)
    assert store.run('decrypt', 'c', *KEY).out == b'c'


def test_single_failure_has_its_own_code(store):
    store.write('bad', b'nothing')
    store.run('rewrap', 'bad', *KEY, code=4)
    store.run('rewrap', 'missing', *KEY, code=1)


def test_dry_run_changes_nothing(store):
    rotated(store, 'm')
    before = store.read('m')
    done = store.run('rewrap', 'm', '--dry-run', '--json', *KEY)
    assert lines(done)[0]['status'] == 'due'
    assert lines(done)[0]['reason'] == 'stale'
    assert store.read('m') == before
    store.run('rewrap', 'm', *KEY)
    assert lines(store.run('rewrap', 'm', '-n', '--json', *KEY))[0]['status'] == 'kept'


def test_all_rewraps_what_is_current(store):
    store.encrypt('m', b'text')
    before = store.read('m')
    assert lines(store.run('rewrap', 'm', '--all', '--verify', '--json', *KEY))[0]['reason'] == \
        'forced'
    assert store.read('m') != before


def test_other_recipients(store):
    store.encrypt('m', b'text')
    store.run('keystore', 'create', 'new.json', *KEY[2:])
    done = store.run('rewrap', 'm', '--json', *KEY, '--to', 'new.json#main')
    assert lines(done)[0]['reason'] == 'recipients'
    assert store.run('decrypt', 'm', '-k', 'new.json#main', *KEY[2:]).out == b'text'
    store.run('decrypt', 'm', *KEY, code=3)


def test_discovery_reads_and_to_writes(store):
    rotated(store, 'm')
    assert '#NAME' in store.run('rewrap', 'm', '-k', 'keys.json', *KEY[2:], code=2).err
    store.run('rewrap', 'm', '-k', 'keys.json', '--to', 'keys.json#main', *KEY[2:])
    store.run('inspect', 'm', *KEY)


def test_signed_message_is_signed_anew(store):
    store.encrypt('m', b'text', '--suite', '0578')
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])
    assert lines(store.run('rewrap', 'm', '--json', *KEY))[0]['signer_changed'] is True
    assert json.loads(store.run('inspect', 'm', '--json').out)['header']['suite'] == '0x0578'


def test_mode_is_kept(store):
    rotated(store, 'm')
    os.chmod(store / 'm', 0o640)
    store.run('rewrap', 'm', *KEY)
    assert store.mode('m') == 0o640


def test_record_of_values_is_rewrapped(store):
    sealed = store.run('seal', '--new-record', 'r', *KEY, stdin=b'value').out
    store.run('keystore', 'rotate', 'keys.json', 'main', *KEY[2:])
    assert store.run('rewrap', 'r', *KEY).text.startswith('rewrapped')
    assert store.run('rewrap', 'r', *KEY).text.startswith('kept')
    store.run('keystore', 'disable', 'keys.json', 'main/1', *KEY[2:])
    assert store.run('open', '--record', 'r', *KEY, stdin=sealed).out == b'value'


def test_names_from_a_list(store):
    rotated(store, 'a', 'b', 'c')
    done = store.run('rewrap', 'a', '--files-from', '-', '--json', *KEY, stdin=b'b\n\nc')
    assert [line['file'] for line in lines(done)] == ['a', 'b', 'c']
    store.write('list', b'a\0b\0')
    done = store.run('rewrap', '-0', '--files-from', 'list', '--json', *KEY)
    assert [line['status'] for line in lines(done)] == ['kept', 'kept']
    store.run('rewrap', '--files-from', 'none', *KEY, code=1)
    assert '--files-from' in store.run('rewrap', *KEY, code=2).err


def test_standard_input_is_no_file_to_rewrap(store):
    os.rename(store / store.encrypt('m', b'text'), store / '-')
    assert './-' in store.run('rewrap', '-', *KEY, stdin=store.read('-'), code=2).err
    assert store.run('rewrap', './-', *KEY).text.startswith('kept')


def test_empty_list_is_no_error(store):
    assert '0 files' in store.run('rewrap', '--files-from', '-', *KEY).err


def parts(store, names, count):
    """The names that each shard takes, seen by --dry-run over files that are missing."""
    found = []
    for index in range(1, count + 1):
        done = store.start('rewrap', '--files-from', '-', '-n', '--json', *KEY, '--shard',
                           f'{index}/{count}', stdin=-1)
        out, _ = done.communicate('\n'.join(names).encode(), timeout=60)
        found.append([json.loads(line)['file'] for line in out.decode().splitlines()])
    return found


def test_shards_share_every_file_once(store):
    names = [f'folder/{i}.enc' for i in range(200)]
    found = parts(store, names, 4)
    assert sorted(sum(found, [])) == sorted(names)
    assert min(map(len, found)) > 25


def test_shard_does_not_depend_on_the_order(store):
    names = [f'folder/{i}.enc' for i in range(60)]
    shuffled = random.Random(1).sample(names, len(names))
    assert [sorted(p) for p in parts(store, names, 3)] == \
        [sorted(p) for p in parts(store, shuffled, 3)]


@pytest.mark.parametrize('shard', ['0/3', '4/3', '1', '1/', '/3', '1/0', 'x/y', '1/1000001'])
def test_shard_that_is_none(store, shard):
    assert 'I/N' in store.run('rewrap', 'x', '--shard', shard, *KEY, code=2).err


def test_max_age(store):
    store.encrypt('m', b'text')
    assert store.run('rewrap', 'm', '--max-age', '1', *KEY).text.startswith('kept')
    for command in 'rewrap', 'inspect':  # told once, before a file is looked at
        assert store.run(command, 'm', 'm', '--max-age', 'x', *KEY, code=2).err.count('\n') == 1


def test_interrupted_list_stops_at_once(store):
    rotated(store, 'a')
    running = store.start('rewrap', '--files-from', '-', *KEY, stdin=-1)
    running.stdin.write(b'a\n')
    running.stdin.flush()
    try:
        running.wait(timeout=1)
    except Exception:  # it waits for more names
        pass
    running.send_signal(2)
    assert running.wait(timeout=20) == -2
    running.communicate()

# SPDX-License-Identifier: Apache-2.0
"""seal and open."""
import base64

import pytest

from conftest import Store

KEY = Store.KEY
MOST = 1048576


def new(store, *args, stdin=b'value'):
    return store.run('seal', '--new-record', 'r', *KEY, *args, stdin=stdin).out


@pytest.mark.parametrize('size', [0, 1, 5, 1000, MOST])
def test_value_comes_back(store, size):
    sealed = new(store, stdin=b'v' * size)
    assert len(sealed) == size + 73
    assert store.run('open', '--record', 'r', *KEY, stdin=sealed).out == b'v' * size


@pytest.mark.parametrize('size', [0, 1, 2, 3, 1000])
def test_base64_is_what_others_make(store, size):
    text = new(store, '--base64', stdin=b'v' * size)
    assert text.endswith(b'\n')
    sealed = base64.b64decode(text, validate=False)
    assert base64.b64encode(sealed) + b'\n' == text
    assert store.run('open', '--record', 'r', *KEY, stdin=sealed).out == b'v' * size
    folded = base64.encodebytes(sealed)
    assert store.run('open', '--record', 'r', '--base64', *KEY, stdin=folded).out == b'v' * size


@pytest.mark.parametrize('text', [b'A', b'AB', b'A===', b'AB=C', b'AQ==AQ==', b'AR==', b'A*==',
                                  b'AQID\0AQI='])
def test_base64_that_is_none(store, text):
    new(store)
    assert 'base64' in store.run('open', '--record', 'r', '--base64', *KEY, stdin=text, code=4).err


def test_forgotten_base64_option_is_named(store):
    text = new(store, '--base64')
    assert '--base64' in store.run('open', '--record', 'r', *KEY, stdin=text, code=4).err


def test_value_too_large(store):
    store.run('seal', '--new-record', 'r', *KEY, stdin=b'v' * (MOST + 1), code=5)
    assert 'r' not in store.names()


def test_many_values_share_a_record(store):
    new(store)
    sealed = [store.run('seal', '--record', 'r', *KEY, '-c', f'row={i}', stdin=b'x').out
              for i in range(3)]
    for i, value in enumerate(sealed):
        store.run('open', '--record', 'r', *KEY, '-c', f'row={i}', stdin=value)
    store.run('open', '--record', 'r', *KEY, '-c', 'row=1', stdin=sealed[0], code=4)
    store.run('open', '--record', 'r', *KEY, stdin=sealed[0], code=4)


def test_record_is_private_and_not_replaced(store):
    new(store)
    assert store.mode('r') == 0o600
    before = store.read('r')
    store.run('seal', '--new-record', 'r', *KEY, '-f', stdin=b'v', code=1)
    assert store.read('r') == before


def test_record_context(store):
    sealed = new(store, '--record-context', 'table=users')
    for good in [], ['--record-context', 'table=users']:
        store.run('open', '--record', 'r', *KEY, *good, stdin=sealed)
    store.run('open', '--record', 'r', *KEY, '--record-context', 'table=other', stdin=sealed,
              code=4)


def test_value_of_another_record(store):
    sealed = new(store)
    store.run('seal', '--new-record', 'other', *KEY, stdin=b'v')
    store.run('open', '--record', 'other', *KEY, stdin=sealed, code=3)


def test_changed_value_and_record(store):
    sealed = bytearray(new(store))
    sealed[-1] ^= 1
    store.run('open', '--record', 'r', *KEY, stdin=bytes(sealed), code=4)
    store.run('open', '--record', 'r', *KEY, stdin=b'', code=4)
    record = bytearray(store.read('r'))
    record[-1] ^= 1
    store.write('r', bytes(record))
    store.run('seal', '--record', 'r', *KEY, stdin=b'v', code=4)


def test_record_options(store):
    assert '--new-record' in store.run('seal', *KEY, stdin=b'v', code=2).err
    new(store)
    store.run('seal', '--record', 'r', '--new-record', 's', *KEY, stdin=b'v', code=2)
    assert '--record' in store.run('open', *KEY, stdin=b'v', code=2).err
    assert 'none' in store.run('open', '--record', 'none', *KEY, stdin=b'v', code=1).err


def test_files(store):
    store.write('value', b'secret')
    store.run('seal', 'value', '-o', 'sealed', '--new-record', 'r', '-r', 'keys.json#main',
              *KEY[2:])
    store.run('open', 'sealed', '-o', 'out', '--record', 'r', *KEY)
    assert store.read('out') == b'secret'
    assert store.mode('out') == 0o600
    store.run('open', 'sealed', '-o', 'out', '--record', 'r', *KEY, code=1)


def test_inspect_of_a_record(store):
    new(store)
    assert 'record' in store.run('inspect', 'r').text

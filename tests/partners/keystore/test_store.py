# SPDX-License-Identifier: Apache-2.0
"""Key stores both ways between the command (EVC_COMMAND) and the implementation in Python of
tests/vectors/keystore/make.py and reader.py: files, and the records and values under their keys.
"""
import json
import os
import pathlib
import secrets
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization

import reader
from reader import make

RECOVERY = pathlib.Path(make.__file__).with_name('recovery.pem')
CHEAP = ('--argon2', '2:8')
PASSPHRASE = 'größer als nötig'
CONTEXT = {'table': 'users', 'bücher': 'ja'}


class Ours:
    """The command in an empty folder, with each kind of secret in files."""

    def __init__(self, path):
        self.path = path
        self.key = secrets.token_bytes(32)
        self.write('pass', PASSPHRASE.encode() + b'\n')
        self.write('key', self.key)
        self.write('escrow.key', RECOVERY.read_bytes())
        self.rsa = serialization.load_pem_private_key(RECOVERY.read_bytes(), None)
        self.write('escrow.pem', self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        # kind: what protects on create, what opens later, and what the reader takes
        self.ways = {
            'passphrase': (('--passphrase-file', 'pass', *CHEAP), ('--passphrase-file', 'pass'),
                           PASSPHRASE.encode()),
            'key-file': (('--key-file', 'key'), ('--key-file', 'key'), self.key),
            'raw-key': (('--raw-key-fd', '0'), ('--raw-key-fd', '0'), self.key),
            'rsa': (('--rsa-public', 'escrow.pem'), ('--rsa-private', 'escrow.key'), self.rsa),
        }

    def write(self, name, content):
        path = self.path / name
        path.write_bytes(content)
        path.chmod(0o600)

    def run(self, *args, code=0, stdin=None):
        """Standard output; the raw key is on standard input unless something else is."""
        done = subprocess.run([os.environ['EVC_COMMAND'], *args], cwd=self.path, timeout=120,
                              input=self.key if stdin is None else stdin, check=False,
                              capture_output=True)
        assert done.returncode == code, (args, done)
        return done.stdout

    def read(self, kind='key-file', secret=None):
        text = (self.path / 'store').read_text(encoding='utf-8')
        return reader.Store(text, kind, secret or self.ways[kind][2])

    def listing(self, kind='key-file'):
        return json.loads(self.run('keystore', 'list', 'store', '--json', *self.ways[kind][1]))


@pytest.fixture(name='ours')
def make_ours(tmp_path):
    return Ours(tmp_path)


@pytest.fixture(name='store')
def make_store(ours):
    """A store of ours that every kind of secret opens."""
    protect = [option for on_create, _, _ in ours.ways.values() for option in on_create]
    ours.run('keystore', 'create', 'store', '--name', 'ours', *protect)
    return ours


@pytest.fixture(name='theirs')
def make_theirs(ours, monkeypatch):
    """A store of theirs that every kind of secret opens, and the keys that it holds."""
    monkeypatch.setattr(make, 'fixed', lambda label, size: secrets.token_bytes(size))
    store = make.Store()
    store.protect_by_secret('passphrase', PASSPHRASE.encode(), 2, 8192)
    store.protect_by_secret('key-file', ours.key)
    store.protect_by_secret('raw-key', ours.key)
    store.protect_by_rsa(ours.rsa)
    keys = {'main': store.add_key('main', 'wrap', ['enabled', 'disabled', 'enabled']),
            'tenant': store.add_key('tenant', 'branch', ['enabled']),
            'legacy': store.add_key('legacy', 'imported', ['enabled'], 'acme', 'größe/7', 24)}
    ours.write('store', store.text().encode())
    return store, keys


# --- ours, read by them ---


@pytest.mark.parametrize('kind', ['passphrase', 'key-file', 'raw-key', 'rsa'])
def test_each_protector_of_ours_opens(ours, kind):
    printed = json.loads(ours.run('keystore', 'create', 'store', '--json', *ours.ways[kind][0]))
    read = ours.read(kind)
    assert read.fingerprint == printed['fingerprint']
    assert read.name == printed['store']
    assert len(read.material('main', 1)) == 32


def test_all_protectors_of_ours_wrap_one_store_key(store):
    assert len({store.read(kind).s for kind in store.ways}) == 1


@pytest.mark.parametrize('kind, secret', [('passphrase', b'another'), ('key-file', bytes(32)),
                                          ('raw-key', bytes(32))])
def test_another_secret_does_not_open_ours(store, kind, secret):
    with pytest.raises(InvalidTag):
        store.read(kind, secret)


def test_versions_of_ours_are_what_the_command_says(store):
    opens = store.ways['key-file'][1]
    for change in (['rotate', 'store', 'main'], ['rotate', 'store', 'main'],
                   ['destroy', 'store', 'main/1', '--confirm', 'main/1'],
                   ['disable', 'store', 'main/2']):
        store.run('keystore', *change, *opens)
    read = store.read()
    assert read.states('main') == ['destroyed', 'disabled', 'enabled']
    assert read.material('main', 2) != read.material('main', 3)
    assert 'wrapped' not in read.key('main')['versions'][0]


def test_an_imported_key_of_ours_is_the_material(store):
    material = secrets.token_bytes(24)
    store.write('material', material)
    store.run('keystore', 'import', 'store', 'legacy', '--namespace', 'acme', '--key-name',
              'größe/7', '--material', 'material', *store.ways['key-file'][1])
    assert store.read().material('legacy', 1) == material


def test_a_rekeyed_store_of_ours_opens_by_what_stays(store):
    before = store.read()
    gone = [p['id'] for p in store.listing()['protectors'] if p['type'] == 'raw-key']
    store.run('keystore', 'unprotect', 'store', *gone, *store.ways['key-file'][1],
              *store.ways['passphrase'][1])
    for kind in ('passphrase', 'key-file', 'rsa'):
        after = store.read(kind)
        assert after.s != before.s
        assert after.material('main', 1) == before.material('main', 1)
    with pytest.raises(InvalidTag):
        store.read('raw-key')
    assert store.listing()['fingerprint'] == store.read().fingerprint


@pytest.mark.parametrize('kind', ['wrap', 'branch', 'imported'])
def test_records_and_values_of_ours_open(store, kind):
    opens = store.ways['key-file'][1]
    if kind == 'imported':
        store.write('material', secrets.token_bytes(32))
        store.run('keystore', 'import', 'store', 'k', '--namespace', 'acme', '--key-name', 'a/b',
                  '--material', 'material', '--writes', *opens)
    else:
        store.run('keystore', 'add', 'store', 'k', '--kind', kind, *opens)
    context = [option for pair in CONTEXT.items() for option in ('-c', '='.join(pair))]
    value = store.run('seal', '--new-record', 'record', '--record-context', 'table=users', '-k',
                      'store#k', *context, *opens, stdin=b'a value')
    record = reader.Record((store.path / 'record').read_bytes())
    assert record.purpose == 2
    assert record.context == make.context_bytes({'table': 'users'})
    kek = store.read().material('k', 1)
    if kind == 'branch':
        data_key = record.open_hierarchy(
            kek, 'k', store.read().key('k')['versions'][0]['branch-version'])
    elif kind == 'wrap':
        data_key = record.open_raw_aes(kek, 'ours', 'k/1')
    else:
        data_key = record.open_raw_aes(kek, 'acme', 'a/b')
    assert reader.open_value(value, data_key, CONTEXT) == b'a value'


# --- theirs, read by us ---


def test_our_command_opens_theirs_by_each_protector(ours, theirs):
    store, _ = theirs
    options = [option for _, opens, _ in ours.ways.values() for option in opens]
    found = json.loads(ours.run('keystore', 'check', 'store', '--json', *options))
    assert [p['opens'] for p in found['protectors']] == [True] * 4
    assert (found['versions'], found['broken_versions']) == (5, 0)
    for kind in ours.ways:
        assert ours.listing(kind)['fingerprint'] == store.derived(b'fingerprint', 16).hex()


def test_our_command_opens_what_they_wrapped(ours, theirs):
    _, keys = theirs
    data_key = secrets.token_bytes(32)
    versions = keys['tenant'][1]
    edks = {
        'main': make.raw_aes_edk(keys['main'][0][1], 'golden', 'main/1', CONTEXT, data_key),
        'tenant': make.hierarchy_edk(keys['tenant'][0][1], 'tenant', versions[0]['branch-version'],
                                     CONTEXT, data_key),
        'legacy': make.raw_aes_edk(keys['legacy'][0][1], 'acme', 'größe/7', CONTEXT, data_key),
    }
    for name, edk in edks.items():
        ours.write('record', reader.make_record(CONTEXT, [edk], data_key))
        # A value that the command seals under the data key of the record proves that it has it.
        value = ours.run('seal', '--record', 'record', '-k', f'store#{name}',
                         *ours.ways['key-file'][1], stdin=name.encode())
        assert reader.open_value(value, data_key, {}) == name.encode()


def test_their_store_lives_on_after_our_changes(ours, theirs):
    _, keys = theirs
    opens = ours.ways['key-file'][1]
    ours.run('keystore', 'rotate', 'store', 'main', *opens)
    ours.run('keystore', 'enable', 'store', 'main/2', *opens)
    read = ours.read()
    assert read.states('main') == ['enabled'] * 4
    for number, material in keys['main'][0].items():
        assert read.material('main', number) == material
    assert read.material('legacy', 1) == keys['legacy'][0][1]


# --- a stranger who has the public half of the recovery key ---


def test_a_forged_store_is_told_by_its_fingerprint(store, monkeypatch):
    pin = store.listing()['fingerprint']
    monkeypatch.setattr(make, 'fixed', lambda label, size: secrets.token_bytes(size))
    monkeypatch.setattr(make, 'STORE_NAME', 'ours')
    forged = make.Store()
    forged.id = store.read().id
    forged.protect_by_rsa(store.rsa)
    forged.add_key('main', 'wrap', ['enabled'])
    store.write('store', forged.text().encode())
    found = store.listing('rsa')
    assert found['verified'] is True
    assert found['authenticated'] is False
    assert found['fingerprint'] != pin
    store.run('keystore', 'list', 'store', '--fingerprint', pin, *store.ways['rsa'][1], code=4)
    store.run('keystore', 'recover', 'store', '--rsa-private', 'escrow.key', '--make-key-file', 'new',
              '--fingerprint', pin, code=4)
    store.run('keystore', 'list', 'store', *store.ways['key-file'][1], code=3)


# --- the vectors that the unit tests read ---


@pytest.mark.parametrize('name', ['record', 'value'])
def test_vectors_are_what_their_program_makes(name):
    folder = RECOVERY.parents[1] / name
    made = subprocess.run([sys.executable, folder / 'make.py'], check=True, capture_output=True)
    assert made.stdout == (folder / f'{name}.json').read_bytes()


def test_the_golden_store_is_what_its_program_makes(tmp_path, monkeypatch):
    (tmp_path / RECOVERY.name).write_bytes(RECOVERY.read_bytes())
    monkeypatch.setattr(make, 'HERE', tmp_path)
    make.main()
    for name in ('keystore.json', 'expected.json'):
        assert (tmp_path / name).read_bytes() == RECOVERY.with_name(name).read_bytes()

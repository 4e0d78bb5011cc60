# SPDX-License-Identifier: Apache-2.0
"""The three sources of stored values against a real etcd: gateway, dump, snapshot."""
import base64
import os
import subprocess

import pytest
from conftest import Etcd, Failed, Reading, pairs, run

MIB = 1024 * 1024


def sources(etcd):
    return {'gateway': etcd.access(), 'dump': [f'FILE={etcd.dump("dump.json")}'],
            'snapshot': [f'FILE={etcd.snapshot("snapshot.db")}']}


def fill(etcd):
    """With all that may be stored, and all that may have happened to it."""
    etcd.put('/registry/secrets/default/text', b'k8s\0hello')
    etcd.put('/registry/secrets/default/binary', bytes(range(256)) * 12 + os.urandom(3000))
    etcd.put('/registry/secrets/default/empty', b'')
    etcd.put('/registry/secrets/default/large', os.urandom(MIB))
    for n in range(30):
        etcd.put('/registry/secrets/default/often', b'value %d' % n)
    etcd.put('/registry/secrets/default/gone', b'x')
    etcd.ctl('del', '/registry/secrets/default/gone')
    etcd.put('/registry/secrets/default/back', b'before')
    etcd.ctl('del', '/registry/secrets/default/back')
    revision = etcd.truth()[b'/registry/secrets/default/often'][2]
    etcd.ctl('compact', str(revision))
    etcd.put('/registry/secrets/default/back', b'after')
    etcd.ctl('txn', data=b'\nput /registry/a one\nput /registry/b two\ndel /registry/secrets/default/text\n\n\n')
    etcd.put('/registry/secrets/default/text', b'again')
    etcd.put('/other/\u00fc n', b'a key with a space and more')
    etcd.put_many([(f'/registry/configmaps/ns/c{n:04}', 'v' * (1 + n % 400)) for n in range(1200)])
    etcd.ctl('del', '--prefix', '/registry/configmaps/ns/c00')


@pytest.fixture(scope='module')
def full(tmp_path_factory):
    with Etcd(tmp_path_factory.mktemp('etcd')) as etcd:
        fill(etcd)
        yield etcd


@pytest.fixture(scope='module')
def accesses(full):
    return sources(full)


@pytest.mark.parametrize('source', ['gateway', 'dump', 'snapshot'])
@pytest.mark.parametrize('prefix', ['', '/registry/', '/registry/secrets/', '/registry/configmaps/ns/c01', '/none/'])
def test_each_source_gives_what_etcdctl_says(full, accesses, source, prefix):
    truth = full.truth(prefix)
    assert bool(truth) == (prefix != '/none/')
    assert pairs(run(accesses[source], 'read', prefix)) == truth


@pytest.mark.parametrize('source', ['gateway', 'dump'])
def test_keys_come_in_their_order(accesses, source):
    keys = list(pairs(run(accesses[source], 'read', '')))
    assert keys == sorted(keys)


def test_a_snapshot_gives_keys_in_the_order_of_their_writes(accesses):
    revisions = [mod for _, _, mod in pairs(run(accesses['snapshot'], 'read', '')).values()]
    assert revisions == sorted(revisions)


@pytest.mark.parametrize('source', ['gateway', 'dump', 'snapshot'])
def test_one_key(full, accesses, source):
    value, _, mod = full.truth()[b'/registry/secrets/default/binary']
    got, = run(accesses[source], 'get', '/registry/secrets/default/binary')
    assert got == {'value': base64.b64encode(value).decode(), 'mod': mod}
    with pytest.raises(Failed) as failed:
        run(accesses[source], 'get', '/registry/secrets/default/gone')
    assert failed.value.code == 'KUBE_NOT_FOUND'


def test_a_dump_over_a_pipe(full, accesses):
    path = accesses['dump'][0].partition('=')[2]
    with subprocess.Popen(['cat', path], stdout=subprocess.PIPE) as cat:
        assert pairs(run(['FILE=-'], 'read', '', stdin=cat.stdout)) == full.truth()


def test_several_dumps_in_one_file(full, tmp_path):
    both = tmp_path / 'both.json'
    both.write_bytes(full.dump('a.json', '/registry/secrets/').read_bytes() + full.dump('b.json', '/other/').read_bytes())
    assert pairs(run([f'FILE={both}'], 'read', '')) == {**full.truth('/registry/secrets/'), **full.truth('/other/')}


@pytest.mark.parametrize('form', ['simple', 'fields', 'protobuf'])
def test_other_forms_of_etcdctl_are_refused_with_what_to_do(full, tmp_path, form):
    path = tmp_path / form
    path.write_bytes(full.ctl('get', '--prefix', '/registry/secrets/', '-w', form).stdout)
    with pytest.raises(Failed, match='dump it by: etcdctl get --prefix / -w json') as failed:
        run([f'FILE={path}'], 'read', '')
    assert failed.value.code == 'ETCD_DUMP'


def test_a_dump_with_a_limit_is_refused(full, tmp_path):
    path = tmp_path / 'limited.json'
    path.write_bytes(full.ctl('get', '--prefix', '/registry/', '--limit', '5', '-w', 'json').stdout)
    with pytest.raises(Failed, match='without --limit'):
        run([f'FILE={path}'], 'read', '')


def test_the_database_of_an_etcd_that_was_stopped(etcd):
    etcd.put_many([(f'/k{n}', str(n)) for n in range(500)])
    truth = etcd.truth()
    etcd.stop()
    assert pairs(run([f'FILE={etcd.folder}/data/member/snap/db'], 'read', '')) == truth
    etcd.start()


# --- a live etcd that changes ---

def test_all_pages_are_of_one_revision(etcd):
    etcd.put_many([(f'/k{n:03}', 'before') for n in range(300)])
    truth = etcd.truth()
    reading = Reading(etcd.access(), 'read', '/', 20)
    reading.until_paused()
    etcd.put_many([(f'/k{n:03}', 'after') for n in range(0, 300, 2)])
    etcd.ctl('del', '/k299')
    etcd.put('/k150a', b'new')
    assert pairs(reading.end(b'\n')) == truth


def test_a_revision_that_is_compacted_meanwhile_is_told(etcd):
    etcd.put_many([(f'/k{n:03}', 'before') for n in range(300)])
    reading = Reading(etcd.access(), 'read', '/', 20)
    reading.until_paused()
    etcd.put('/k000', b'after')
    etcd.ctl('compact', str(etcd.truth()[b'/k000'][2]))
    with pytest.raises(Failed, match='read again, or save a snapshot') as failed:
        reading.end(b'\n')
    assert failed.value.code == 'KUBE_EXPIRED'


def test_a_restart_between_pages_is_survived(etcd):
    etcd.put_many([(f'/k{n:03}', 'v') for n in range(300)])
    truth = etcd.truth()
    reading = Reading(etcd.access(), 'read', '/', 20)
    reading.until_paused()
    etcd.stop()
    etcd.start()
    assert pairs(reading.end(b'\n')) == truth


# --- access ---

@pytest.mark.parametrize('change', [{'CLIENT-CERT': None, 'CLIENT-KEY': None}, {'CA-FILE': 'other.pem'},
                                    {'CLIENT-CERT': 'other.pem', 'CLIENT-KEY': 'other.key'}])
def test_wrong_certificates_are_told(full, change):
    change = {name: value and full.folder / value for name, value in change.items()}
    with pytest.raises(Failed) as failed:
        run(full.access(**change), 'read', '/')
    assert failed.value.code == 'TLS'


def test_http_at_the_port_of_https_is_told(full):
    with pytest.raises(Failed) as failed:
        run([f'ENDPOINT=http://127.0.0.1:{full.port}'], 'read', '/')
    assert failed.value.code in ('REQUEST_REFUSED', 'NET_BROKEN')


def test_the_port_for_peers_is_told(full):
    with pytest.raises(Failed, match='port 2379') as failed:
        run([f'ENDPOINT=http://127.0.0.1:{full.peer_port}'], 'read', '/')
    assert failed.value.code == 'ENDPOINT'


def test_nobody_there_is_told(full):
    with pytest.raises(Failed) as failed:
        run(full.access(ENDPOINT='https://127.0.0.1:1'), 'read', '/')
    assert failed.value.code == 'NET_CONNECT'


def test_a_gateway_that_is_off_is_told(tmp_path):
    with Etcd(tmp_path, '--enable-grpc-gateway=false') as etcd:
        with pytest.raises(Failed, match='--enable-grpc-gateway') as failed:
            run(etcd.access(), 'read', '/')
        assert failed.value.code == 'ENDPOINT'


def test_accounts_of_etcd_are_told(etcd):
    etcd.ctl('user', 'add', 'root:root')
    etcd.ctl('user', 'grant-role', 'root', 'root')
    etcd.ctl('auth', 'enable')
    with pytest.raises(Failed, match='accounts are on') as failed:
        run(etcd.access(), 'read', '/')
    assert failed.value.code == 'DENIED'


# --- damage ---

def test_a_snapshot_with_any_wrong_byte_is_refused(accesses, tmp_path):
    whole = open(accesses['snapshot'][0].partition('=')[2], 'rb').read()
    copy = tmp_path / 'copy.db'
    for at in range(7, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        copy.write_bytes(damaged)
        with pytest.raises(Failed) as failed:
            run([f'FILE={copy}'], 'read', '')
        assert failed.value.code == 'ETCD_DUMP'


def test_a_snapshot_that_is_cut_is_refused(accesses, tmp_path):
    whole = open(accesses['snapshot'][0].partition('=')[2], 'rb').read()
    copy = tmp_path / 'copy.db'
    for size in [len(whole) - 1, len(whole) - 33, *range(4096, len(whole) - 5000, len(whole) // 40)]:
        copy.write_bytes(whole[:size])
        with pytest.raises(Failed) as failed:
            run([f'FILE={copy}'], 'read', '')
        assert failed.value.code == 'ETCD_DUMP'


def test_without_its_checksum_a_snapshot_is_read(full, accesses, tmp_path):
    whole = open(accesses['snapshot'][0].partition('=')[2], 'rb').read()
    copy = tmp_path / 'copy.db'
    copy.write_bytes(whole[:-32])
    assert pairs(run([f'FILE={copy}'], 'read', '')) == full.truth()


def test_without_its_checksum_damage_does_no_harm(accesses, tmp_path):
    whole = open(accesses['snapshot'][0].partition('=')[2], 'rb').read()[:-32]
    copy = tmp_path / 'copy.db'
    refused = 0
    for at in range(11, len(whole), len(whole) // 120):
        damaged = bytearray(whole)
        damaged[at - at % 4096 + at % 64] ^= 1 << at % 8  # in the head of a page
        copy.write_bytes(damaged)
        try:
            run([f'FILE={copy}'], 'read', '')
        except Failed as failed:
            assert failed.code == 'ETCD_DUMP'
            refused += 1
    assert refused


# --- memory ---

@pytest.mark.parametrize('source', ['gateway', 'dump', 'snapshot'])
def test_no_more_than_one_value_stays_in_memory(etcd, source):
    etcd.put('/a', b'small')
    for n in range(24):
        etcd.put(f'/large/{n}', os.urandom(MIB))
    access = sources(etcd)[source]
    small = Reading(access, 'read', '/a')
    small.end()
    large = Reading(access, 'read', '/')
    assert len(large.end()) == 25
    # A page of a snapshot holds two of them and more, and our program prints one in base64.
    assert large.peak_kib - small.peak_kib < 16 * 1024


@pytest.mark.parametrize('source', ['gateway', 'dump', 'snapshot'])
@pytest.mark.parametrize('size', [100, 5000, 200_000])
def test_no_value_stays_in_memory(etcd, source, size):
    etcd.put('/a', os.urandom(size))
    copies, planted = run(sources(etcd)[source], 'scan', '/a')
    assert planted['planted'] == copies['copies'] + 1, 'the scan finds nothing'
    assert copies['copies'] == 0


# --- the census ---

def test_the_census_of_a_real_etcd(etcd):
    etcd.put('/registry/secrets/a/plain', b'k8s\0')
    etcd.put('/registry/example.com/widgets/a/one', b'{}')
    etcd.put('/registry/secrets/a/damaged', b'k8s:enc:kms:v2:plug:x')
    for source, access in sources(etcd).items():
        rows = run(access, 'census', '/registry/')
        assert {(r['resource'], r['provider'], r['objects'], r['oldest']) for r in rows} == {
            ('secrets', 'identity', '1', '/registry/secrets/a/plain'),
            ('secrets', 'damaged', '1', '/registry/secrets/a/damaged'),
            ('widgets.example.com', 'identity', '1', '/registry/example.com/widgets/a/one')}, source

# SPDX-License-Identifier: Apache-2.0
"""Our lists, patches, readings, reviews, leases and migrations against Kubernetes' own API server."""
import json
import os
import subprocess
import time

import pytest

from children import wait_for

MARK = 'kms-encryption-timestamp'
EXE = os.environ.get('EVC_KUBE_OPERATIONS')


class Ours:
    def __init__(self, cluster, user='admin'):
        self.cluster, self.user = cluster, user

    def __call__(self, *arguments, **options):
        """What came of one operation; an error has the member code."""
        command = [EXE, self.cluster.url, self.cluster.ca, self.cluster.token(self.user),
                   *map(str, arguments), *(f'{name}={value}' for name, value in options.items())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return json.loads(done.stdout)

    def pages(self, limit, **options):
        token, pages = '', []
        while True:
            page = self('list', 'secrets', limit, token=token, **options)
            assert 'code' not in page, page
            pages.append(page)
            token = page['next']
            if not token:
                return pages


@pytest.fixture
def ours(cluster):
    return Ours(cluster)


def one(ours, namespace, name, **options):
    got = ours('get', 'secrets', namespace, name, **options)
    assert 'code' not in got, got
    return got


def patch(ours, got, **options):
    return ours('patch', 'secrets', got['ns'], got['name'], got['uid'], got['version'], **options)


# Lists.

def test_pages_have_every_secret_once(cluster, ours):
    made = set(cluster.create_secrets(23, ['list-a', 'list-b']))
    pages = ours.pages(10)
    seen = [(item['ns'], item['name']) for page in pages for item in page['items']]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert all(len(page['items']) <= 10 for page in pages)
    assert pages[0]['remaining'] == len(seen) - 10
    expected = cluster.secrets()
    for page in pages:
        for item in page['items']:
            metadata = expected[item['ns'], item['name']]
            assert (item['uid'], item['version']) == (metadata['uid'], metadata['resourceVersion'])


def test_page_tells_when_each_was_written(cluster, ours):
    before = int(time.time() * 1000) - 1000
    cluster.create_secrets(2, ['list-time'])
    for item in ours('list', 'secrets', 10, ns='list-time')['items']:
        assert before <= item['written_ms'] <= before + 60000


def test_list_of_nothing_is_empty(cluster, ours):
    cluster.create_namespaces('list-empty')
    page = ours('list', 'secrets', 10, ns='list-empty')
    assert page['items'] == [] and page['next'] == '' and page['version']


def test_list_is_selected_by_labels(cluster, ours):
    cluster.create_namespaces('list-labels')
    admin = cluster.client()
    for name, labels in (('one', {'a': 'b'}), ('two', {'a': 'c'})):
        answer = admin.request('POST', '/api/v1/namespaces/list-labels/secrets',
                               {'metadata': {'name': name, 'labels': labels}})
        assert answer.status == 201
    page = ours('list', 'secrets', 10, ns='list-labels', labels='a in (b, d)')
    assert [item['name'] for item in page['items']] == ['one']


def test_annotation_of_a_whole_secret_does_no_harm(cluster, ours):
    cluster.create_namespaces('list-applied')
    answer = cluster.client().request('POST', '/api/v1/namespaces/list-applied/secrets', {
        'metadata': {'name': 's', 'annotations': {
            'kubectl.kubernetes.io/last-applied-configuration': json.dumps({'data': {'a': 'x' * 200000}}),
            MARK: '2026-02-03T04:05:06+01:00'}}})
    assert answer.status == 201
    page = ours('list', 'secrets', 10, ns='list-applied', annotation=MARK)
    assert [item['mark_ms'] for item in page['items']] == [1770087906000]


def test_list_that_is_not_allowed_is_denied(cluster):
    assert Ours(cluster, 'nobody')('list', 'secrets', 10)['code'] == 'ENVCRYPT_E_DENIED'


def test_unreadable_secret_is_told_as_such(fresh):
    cluster = fresh(watch_cache=False)
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(4, ['a'])
    cluster.make_unreadable('a', 's-00001')
    ours = Ours(cluster)
    assert ours('list', 'secrets', 10)['code'] == 'ENVCRYPT_E_KUBE_UNREADABLE'
    assert ours('get', 'secrets', 'a', 's-00001')['code'] == 'ENVCRYPT_E_KUBE_UNREADABLE'
    assert one(ours, 'a', 's-00002')['name'] == 's-00002'


def test_expired_list_goes_on_behind_its_last_object(fresh):
    cluster = fresh(watch_cache=False, etcd_compaction_interval='1s')
    cluster.create_secrets(6, ['a'])
    ours = Ours(cluster)
    first = ours('list', 'secrets', 2)

    def expired():
        cluster.create_secrets(1, ['a'], prefix=f'z{time.monotonic_ns()}')
        page = ours('list', 'secrets', 2, token=first['next'])
        return page if page['restarted'] else None

    page = wait_for('that the list expires', expired, patience=30)
    assert page['items'] == [] and page['next']
    rest, token = [], page['next']
    while token:
        more = ours('list', 'secrets', 100, token=token)
        rest += [item['name'] for item in more['items']]
        token = more['next']
    assert [name for name in rest if name.startswith('s-')] == [f's-{n:05}' for n in range(2, 6)]


# Patches and readings.

def test_empty_patch_of_what_is_current_changes_nothing(cluster, ours):
    cluster.create_secrets(1, ['patch-same'])
    got = one(ours, 'patch-same', 's-00000')
    assert patch(ours, got) == {'version': got['version']}


def test_empty_patch_rewrites_what_is_stale_and_nothing_else(fresh):
    cluster = fresh()
    cluster.create_secrets(1, ['a'])
    ours = Ours(cluster)
    got = one(ours, 'a', 's-00000')
    data = cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').json()['data']
    cluster.switch_encryption('kms', 'identity')
    assert cluster.etcd_get('/registry/secrets/a/s-00000').startswith(b'k8s\0')
    after = patch(ours, got)['version']
    assert after != got['version']
    assert cluster.etcd_get('/registry/secrets/a/s-00000').startswith(b'k8s:enc:kms:v2:')
    got['version'] = after
    assert patch(ours, got)['version'] == after
    assert cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').json()['data'] == data


def test_annotation_is_written_and_read(cluster, ours):
    cluster.create_secrets(1, ['patch-mark'])
    got = one(ours, 'patch-mark', 's-00000', annotation=MARK)
    assert got['mark_ms'] == -1
    after = patch(ours, got, annotation=MARK, value='2026-02-03T04:05:06Z')['version']
    assert after != got['version']
    again = one(ours, 'patch-mark', 's-00000', annotation=MARK)
    assert (again['version'], again['mark_ms']) == (after, 1770091506000)
    managers = cluster.secrets()['patch-mark', 's-00000']['managedFields']
    assert 'libenvcrypt' in [m['manager'] for m in managers]


def test_annotation_with_a_domain_and_quotes_is_written_as_it_is(cluster, ours):
    cluster.create_secrets(1, ['patch-quotes'])
    got = one(ours, 'patch-quotes', 's-00000')
    value = 'a"b\\c é'
    assert 'code' not in patch(ours, got, annotation='eksctl.io/kms-encryption-timestamp', value=value)
    stored = cluster.secrets()['patch-quotes', 's-00000']['annotations']
    assert stored == {'eksctl.io/kms-encryption-timestamp': value}


def test_dry_run_stores_nothing(cluster, ours):
    cluster.create_secrets(1, ['patch-dry'])
    got = one(ours, 'patch-dry', 's-00000')
    assert 'code' not in patch(ours, got, annotation=MARK, value='x', dry=1)
    assert one(ours, 'patch-dry', 's-00000') == got


def test_immutable_secret_can_be_marked(cluster, ours):
    cluster.create_secrets(1, ['patch-immutable'], immutable=True)
    got = one(ours, 'patch-immutable', 's-00000')
    assert patch(ours, got, annotation=MARK, value='x')['version'] != got['version']


def test_patch_of_an_older_version_is_a_conflict(cluster, ours):
    cluster.create_secrets(1, ['patch-old'])
    got = one(ours, 'patch-old', 's-00000')
    assert 'code' not in patch(ours, got, annotation=MARK, value='x')
    assert patch(ours, got)['code'] == 'ENVCRYPT_E_KUBE_CONFLICT'


def test_patch_of_another_uid_is_a_conflict_or_invalid(cluster, ours):
    cluster.create_secrets(1, ['patch-uid'])
    got = one(ours, 'patch-uid', 's-00000')
    got['uid'] = '00000000-0000-0000-0000-000000000000'
    assert patch(ours, got)['code'] in ('ENVCRYPT_E_KUBE_CONFLICT', 'ENVCRYPT_E_KUBE_INVALID')


def test_what_is_gone_is_not_found(cluster, ours):
    cluster.create_secrets(1, ['patch-gone'])
    got = one(ours, 'patch-gone', 's-00000')
    cluster.client().request('DELETE', '/api/v1/namespaces/patch-gone/secrets/s-00000')
    assert patch(ours, got)['code'] == 'ENVCRYPT_E_KUBE_NOT_FOUND'
    assert ours('get', 'secrets', 'patch-gone', 's-00000')['code'] == 'ENVCRYPT_E_KUBE_NOT_FOUND'


def test_patch_that_is_not_allowed_is_denied(cluster, ours):
    cluster.create_secrets(1, ['patch-denied'])
    got = one(ours, 'patch-denied', 's-00000')
    assert patch(Ours(cluster, 'list-only'), got)['code'] == 'ENVCRYPT_E_DENIED'


# Discovery.

def test_resources_are_found_as_the_server_lists_them(ours):
    assert ours('find', 'namespaces') == {
        'group': '', 'version': 'v1', 'plural': 'namespaces', 'kind': 'Namespace', 'namespaced': False}
    lease = {'group': 'coordination.k8s.io', 'version': 'v1', 'plural': 'leases', 'kind': 'Lease',
             'namespaced': True}
    assert ours('find', 'leases.coordination.k8s.io') == lease
    assert ours('find', 'leases.v1.coordination.k8s.io') == lease


def test_mistyped_resource_names_the_nearest(ours):
    wrong = ours('find', 'namespace')
    assert wrong['code'] == 'ENVCRYPT_E_KUBE_NOT_FOUND' and '"namespaces"' in wrong['message']
    wrong = ours('find', 'leases.cordination.k8s.io')
    assert wrong['code'] == 'ENVCRYPT_E_KUBE_NOT_FOUND' and '"coordination.k8s.io"' in wrong['message']


# Reviews.

def test_rights_are_as_the_server_says(cluster):
    assert Ours(cluster)('review', 'secrets', 'patch') == {'right': 'yes'}
    assert Ours(cluster, 'list-only')('review', 'secrets', 'list') == {'right': 'yes'}
    assert Ours(cluster, 'list-only')('review', 'secrets', 'patch') == {'right': 'no'}
    assert Ours(cluster, 'one-namespace')('review', 'secrets', 'patch') == {'right': 'no'}
    assert Ours(cluster, 'one-namespace')('review', 'secrets', 'patch', ns='a') == {'right': 'yes'}


def test_server_without_reviews_leaves_rights_unknown(fresh):
    assert Ours(fresh(reviews=False))('review', 'secrets', 'list') == {'right': 'unknown'}


# Leases.

def lease_of(cluster, name):
    path = f'/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{name}'
    return cluster.client().get(path).json()


def test_lease_is_made_renewed_and_given_back(cluster, ours):
    assert ours('lease', 'kube-system', 'once', 'me', renew=1, keep=1) == {'taken': True}
    spec = lease_of(cluster, 'once')['spec']
    assert spec['holderIdentity'].startswith('me_') and spec['leaseDurationSeconds'] == 60
    assert spec['renewTime'] >= spec['acquireTime']
    assert ours('lease', 'kube-system', 'back', 'me') == {'taken': True}
    assert 'holderIdentity' not in lease_of(cluster, 'back')['spec']
    assert ours('lease', 'kube-system', 'back', 'me') == {'taken': True}
    assert lease_of(cluster, 'back')['spec']['leaseTransitions'] == 2


def test_lease_of_a_living_holder_is_left(cluster, ours):
    assert ours('lease', 'kube-system', 'held', 'first', keep=1) == {'taken': True}
    lost = ours('lease', 'kube-system', 'held', 'first')
    assert lost['code'] == 'ENVCRYPT_E_LEASE_HELD' and '"first_' in lost['message']
    assert lease_of(cluster, 'held')['spec']['holderIdentity'].startswith('first_')


def test_lease_of_a_dead_holder_is_taken_over(cluster, ours):
    assert ours('lease', 'kube-system', 'dead', 'first', keep=1) == {'taken': True}
    path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/dead'
    answer = cluster.client().patch(path, {'spec': {'renewTime': '2020-01-01T00:00:00.000000Z'}})
    assert answer.status == 200
    assert ours('lease', 'kube-system', 'dead', 'second', keep=1) == {'taken': True}
    assert lease_of(cluster, 'dead')['spec']['holderIdentity'].startswith('second_')


def test_one_of_many_gets_the_lease(cluster, ours):
    command = [EXE, cluster.url, cluster.ca, cluster.token('admin'), 'lease', 'kube-system', 'race', 'me', 'keep=1']
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert sorted(one.get('code', 'taken') for one in said) == ['ENVCRYPT_E_LEASE_HELD'] * 5 + ['taken']


def test_lease_without_the_right_to_it_is_denied(cluster):
    assert Ours(cluster, 'without-lease')('lease', 'kube-system', 'x', 'me')['code'] == 'ENVCRYPT_E_DENIED'


# Migrations.

def end_of(ours, version, name):
    def ended():
        state = ours('migration', version, name)
        return state if state['succeeded'] or state['failed'] else None

    return wait_for('the end of the migration', ended)


def test_server_without_migrations_has_none(fresh):
    assert Ours(fresh(migration=''))('migrations') == {'found': False, 'version': ''}


@pytest.mark.parametrize('version', ['v1', 'v1beta1'])
def test_migration_is_made_and_followed_to_its_end(fresh, version):
    cluster = fresh(migration=version)
    cluster.create_secrets(3, ['a'])
    cluster.switch_encryption('kms', 'identity')
    ours = Ours(cluster)
    assert ours('migrations') == {'found': True, 'version': version}
    name = ours('migrate', version, 'secrets')['name']
    assert name.startswith('libenvcrypt-')
    state = end_of(ours, version, name)
    assert state['succeeded'] and not state['failed'] and not state['running']
    assert all(value.startswith(b'k8s:enc:kms:v2:') for key, value in cluster.etcd_values().items()
               if '/a/' in key)


def test_migration_of_what_is_not_served_fails_with_its_reason(fresh):
    cluster = fresh(migration='v1')
    ours = Ours(cluster)
    name = ours('migrate', 'v1', 'namespaces')['name']
    state = end_of(ours, 'v1', name)
    assert state['failed'] and state['reason']

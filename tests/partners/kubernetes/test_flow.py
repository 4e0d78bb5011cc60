# SPDX-License-Identifier: Apache-2.0
"""Re-encryption on Kubernetes' own API server, seen from etcd."""
import threading
import time

import pytest
from running import Failed, ask, reencrypt, stale, under_key, verify


@pytest.fixture
def user(cluster):
    return cluster.kubeconfig('reencrypter')


def figures(report, *names):
    return tuple(report['figures'][name] for name in names)


def now():
    """The present second is over when this returns, so that what comes is later."""
    text = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    time.sleep(1.1)
    return text


# From nothing to the first rotation.

def test_everything_plain_is_stored_under_the_plugin(cluster, user):
    assert len(stale(cluster)) == 40
    report = reencrypt(user)
    assert figures(report, 'listed', 'rewritten', 'failed') == (40, 40, 0)
    assert (report['mode'], stale(cluster)) == ('rewrite', [])


def test_what_was_read_is_what_was_written(cluster, user):
    admin = cluster.client()
    before = {key: admin.get('/api/v1/namespaces/{}/secrets/{}'.format(*key)).json() for key in cluster.secrets()}
    reencrypt(user)
    for key, was in before.items():
        now = admin.get('/api/v1/namespaces/{}/secrets/{}'.format(*key)).json()
        assert now['metadata'].pop('resourceVersion') != was['metadata'].pop('resourceVersion')
        assert now == was


def test_a_second_run_writes_nothing(cluster, user):
    reencrypt(user)
    revisions = cluster.etcd_revisions()
    report = reencrypt(user, mode='rewrite')
    assert figures(report, 'listed', 'rewritten', 'current') == (40, 0, 40)
    assert cluster.etcd_revisions() == revisions


def test_a_rotated_key_makes_it_write_again(cluster, user):
    reencrypt(user)
    key = cluster.rotate_key()
    assert not under_key(cluster, key)
    report = reencrypt(user)
    assert (report['mode'], figures(report, 'rewritten')) == ('rewrite', (40,))
    assert len(under_key(cluster, key)) == 40


def test_it_comes_in_by_a_client_certificate(cluster):
    reencrypt(cluster.kubeconfig('reencrypter', by='certificate'))
    assert stale(cluster) == []


def test_it_is_proven_on_a_server_that_shows_what_is_stale(cluster, user, tmp_path):
    journal = tmp_path / 'journal'
    since = now()
    reencrypt(user, journal=journal, since=since)
    report = verify(user, journal=journal, since=since)
    assert report['outcome'] == 'proven', report['outcome_reason']


def test_what_is_stale_contradicts(cluster, user, tmp_path):
    journal = tmp_path / 'journal'
    since = now()
    plain = cluster.etcd_values()
    reencrypt(user, journal=journal, since=since)
    key = '/registry/secrets/a/s-00000'
    cluster.etcd_restore({key: plain[key]})
    report = verify(user, journal=journal, since=since)
    assert report['outcome'] == 'contradicted' and 's-00000' in report['outcome_reason']


def test_what_a_verification_stored_anew_is_proven_by_the_next(cluster, user, tmp_path):
    options = {'journal': tmp_path / 'journal', 'since': now()}
    report = verify(user, **options)
    assert report['outcome'] == 'contradicted' and 'verify once more' in report['outcome_reason'], report
    assert stale(cluster) == []
    assert verify(user, **options)['outcome'] == 'proven'
    report = reencrypt(user, **options)
    assert (report['mode'], report['outcome'], figures(report, 'rewritten')) == ('rewrite', 'proven', (0,)), report


# What etcd says.

def test_stored_values_prove_it(cluster, user, tmp_path):
    """With the journal, which knows that the server saw this change."""
    options = {'since': now(), 'journal': tmp_path / 'journal'}
    reencrypt(user, **options)
    report = verify(user, **options, **{'etcd.endpoint': cluster.etcd.url})
    assert report['outcome'] == 'proven' and report['figures']['stored'] == 40, report['outcome_reason']


def test_a_stored_value_contradicts(cluster, user):
    plain = cluster.etcd_values()
    reencrypt(user)
    cluster.etcd_restore({'/registry/secrets/a/s-00000': plain['/registry/secrets/a/s-00000']})
    report = verify(user, **{'etcd.endpoint': cluster.etcd.url})
    assert report['outcome'] == 'contradicted' and 's-00000' in report['outcome_reason'], report


def test_values_of_an_earlier_key_contradict(cluster, user):
    reencrypt(user)
    cluster.rotate_key()
    cluster.client().patch('/api/v1/namespaces/b/secrets/s-00001', {'data': {'x': 'AAAA'}})
    report = verify(user, **{'etcd.endpoint': cluster.etcd.url})
    assert report['outcome'] == 'contradicted', report['outcome_reason']


# A plugin whose key id stays.

@pytest.fixture
def constant(fresh):
    """Twenty Secrets under a key that was then rotated under its old name."""
    one = fresh(constant=True)
    one.switch_encryption('kms', 'identity')
    one.create_secrets(20, ['a', 'b'])
    one.rotate_key(constant=True)
    return one


def test_a_server_that_shows_nothing_gets_annotations(constant):
    values = constant.etcd_values()
    report = reencrypt(constant.kubeconfig('reencrypter'), since=now())
    assert report['mode'] == 'annotate' and report['mode_reason']
    after = constant.etcd_values()
    assert all(after[key] != values[key] for key in values)
    # Under the new material: its number stands before each wrapped seed.
    assert all((2).to_bytes(4, 'big') in value for value in after.values())
    assert all('kms-encryption-timestamp' in m['annotations'] for m in constant.secrets().values())


def test_after_annotations_nothing_is_proven(constant, tmp_path):
    since = now()
    options = {'journal': tmp_path / 'journal', 'since': since}
    reencrypt(constant.kubeconfig('reencrypter'), **options)
    report = verify(constant.kubeconfig('reencrypter'), **options)
    assert report['outcome'] == 'not_proven', report['outcome_reason']


def test_an_empty_second_pass_proves_nothing_there(constant, tmp_path):
    """Nothing is rewritten, and that says nothing: the key id is the old one."""
    options = {'journal': tmp_path / 'journal', 'mode': 'rewrite', 'since': now()}
    report = reencrypt(constant.kubeconfig('reencrypter'), **options)
    assert figures(report, 'rewritten') == (0,) and report['outcome'] != 'proven'
    assert verify(constant.kubeconfig('reencrypter'), **options)['outcome'] != 'proven'


def test_stored_values_prove_nothing_under_a_name_that_stays(constant):
    """A seed may be as old as the API server, whatever material the name stands for now."""
    config, etcd = constant.kubeconfig('reencrypter'), {'etcd.endpoint': constant.etcd.url}
    since = now()
    assert verify(config, since=since, **etcd)['outcome'] != 'proven'
    reencrypt(config, mode='annotate', since=since)
    report = verify(config, since=since, **etcd)
    assert report['outcome'] == 'not_proven', report['outcome_reason']


@pytest.fixture
def staying(fresh):
    """Twenty Secrets under a key that can be rotated under its name, of which the server sees nothing."""
    one = fresh(constant=True)
    one.switch_encryption('kms', 'identity')
    one.create_secrets(20, ['a', 'b'])
    return one


def material(one):
    """The numbers of the keys that seeds are wrapped under."""
    return {number for number in (1, 2) for value in one.etcd_values().values() if number.to_bytes(4, 'big') in value}


def test_a_seed_from_before_a_rotation_is_no_proof_until_the_server_is_restarted(staying, tmp_path):
    config, etcd = staying.kubeconfig('reencrypter'), {'etcd.endpoint': staying.etcd.url}
    staying.plugin.rotate()
    options = {'journal': tmp_path / 'journal', 'since': now()}
    reencrypt(config, **options)
    assert material(staying) == {1}  # annotated after the rotation, and under the seed of before
    report = verify(config, **options, **etcd)
    assert report['outcome'] == 'not_proven' and 'option restarted' in report['outcome_reason'], report
    staying.restart_server()
    options['restarted'] = now()
    assert verify(config, **options, **etcd)['outcome'] == 'not_proven'
    assert reencrypt(config, **options)['mode'] == 'annotate'
    assert material(staying) == {2}
    report = verify(config, **options, **etcd)
    assert report['outcome'] == 'proven' and 'restarted' in report['outcome_reason'], report


def test_what_was_read_before_a_rotation_finds_the_server_that_was_not_restarted(staying, tmp_path):
    config, etcd = staying.kubeconfig('reencrypter'), {'etcd.endpoint': staying.etcd.url}
    options = {'journal': tmp_path / 'journal'}
    verify(config, **options, **etcd)
    now()
    staying.plugin.rotate()
    options['since'] = now()
    reencrypt(config, **options)
    report = verify(config, **options, **etcd)
    assert report['outcome'] == 'contradicted' and 's-000' in report['outcome_reason'], report
    staying.restart_server()
    options['restarted'] = now()
    reencrypt(config, **options)
    report = verify(config, **options, **etcd)
    assert report['outcome'] == 'proven', report['outcome_reason']


def test_plain_values_do_not_hide_that_a_server_sees_no_rotation(fresh):
    """They are stale, and stored anew; what is under the key id that stays is not."""
    one = fresh(constant=True)
    one.create_secrets(2, ['a'], prefix='plain')
    one.switch_encryption('kms', 'identity')
    one.create_secrets(20, ['a', 'b'])
    one.rotate_key(constant=True)
    report = reencrypt(one.kubeconfig('reencrypter'), since=now())
    assert report['mode'] == 'annotate', report['mode_reason']
    assert 'a/plain-0000' in report['mode_reason'] and '/s-0000' in report['mode_reason'], report['mode_reason']
    assert stale(one) == [] and all((2).to_bytes(4, 'big') in value for value in one.etcd_values().values())
    assert all('kms-encryption-timestamp' in m['annotations'] for m in one.secrets().values())


def test_plain_values_that_came_later_show_no_rotation(staying, tmp_path):
    """One that an API server wrote that did not encrypt yet, say, after what is under the key id that stays."""
    config = staying.kubeconfig('reencrypter')
    staying.switch_encryption('identity', 'kms')
    staying.create_secrets(2, ['a'], prefix='plain')
    staying.switch_encryption('kms', 'identity')
    staying.rotate_key(constant=True)
    options = {'journal': tmp_path / 'journal', 'since': now()}
    report = reencrypt(config, mode='rewrite', **options)
    assert figures(report, 'rewritten') == (2,) and report['outcome'] == 'not_proven'
    report = verify(config, mode='rewrite', **options)
    assert report['outcome'] == 'not_proven' and 'plain values' in report['outcome_reason'], report
    reencrypt(config, mode='annotate', **options)
    report = verify(config, mode='rewrite', **options)
    assert report['outcome'] == 'not_proven', report['outcome_reason']


def test_plain_values_that_came_first_show_no_rotation(fresh, tmp_path):
    """They are stored anew, older than what is left alone under the key id that stays, and prove nothing
    once that was annotated."""
    one = fresh(constant=True)
    one.create_secrets(10, ['a'], prefix='plain')
    one.switch_encryption('kms', 'identity')
    one.create_secrets(10, ['b'])
    now()
    one.plugin.rotate()  # the server goes on with its seed
    config, options = one.kubeconfig('reencrypter'), {'journal': tmp_path / 'journal', 'since': now()}
    report = reencrypt(config, **options)
    assert (report['mode'], report['outcome']) == ('rewrite', 'not_proven') and figures(report, 'rewritten') == (10,)
    reencrypt(config, mode='annotate', **options)
    assert material(one) == {1}
    report = verify(config, **options, **{'etcd.endpoint': one.etcd.url})
    assert report['outcome'] == 'not_proven' and 'option restarted' in report['outcome_reason'], report
    assert verify(config, mode='rewrite', **options)['outcome'] == 'not_proven'


def test_a_key_id_that_came_with_the_change_is_told_from_one_that_was_there(cluster, user, tmp_path):
    """By what was read before: even of annotations, which show nothing."""
    etcd, options = {'etcd.endpoint': cluster.etcd.url}, {'journal': tmp_path / 'journal', 'mode': 'annotate'}
    verify(user, **options, **etcd)
    now()
    options['since'] = now()
    reencrypt(user, **options)
    report = verify(user, **options, **etcd)
    assert report['outcome'] == 'proven' and 'none was under it' in report['outcome_reason'], report
    now()
    options['since'] = now()
    reencrypt(user, **options)
    report = verify(user, **options, **etcd)
    assert report['outcome'] == 'contradicted', report['outcome_reason']


def test_the_annotation_of_eksctl_is_offered(constant):
    reencrypt(constant.kubeconfig('reencrypter'), mode='annotate', annotation='eksctl.io/kms-encryption-timestamp')
    assert all('eksctl.io/kms-encryption-timestamp' in m['annotations'] for m in constant.secrets().values())


# The cluster's own engine.

@pytest.mark.parametrize('version', ['v1', 'v1beta1'])
def test_a_migration_is_made_and_waited_for(fresh, version):
    one = fresh(migration=version)
    one.create_secrets(20, ['a'])
    one.switch_encryption('kms', 'identity')
    report = reencrypt(one.kubeconfig('admin'), mode='migrate')
    assert report['mode'] == 'migrate' and stale(one) == []


def test_a_migration_is_refused_where_there_is_none(fresh):
    one = fresh(migration='')
    one.create_secrets(2, ['a'])
    with pytest.raises(Failed) as failed:
        reencrypt(one.kubeconfig('admin'), mode='migrate')
    assert failed.value.code == 'KUBE_PREFLIGHT' and 'storagemigration.k8s.io' in failed.value.text


# What is chosen.

def test_namespaces_are_chosen(cluster, user):
    reencrypt(user, namespaces='a')
    assert len(stale(cluster)) == 20 and all('/secrets/b/' in key for key in stale(cluster))


def test_labels_choose(cluster, user):
    for name in ('s-00000', 's-00002'):
        cluster.client().patch(f'/api/v1/namespaces/a/secrets/{name}', {'metadata': {'labels': {'x': 'y'}}})
    # These two patches stored them under the plugin; put them back as stale.
    plain = {key: value for key, value in cluster.etcd_values().items() if not value.startswith(b'k8s:')}
    assert len(plain) == 38
    cluster.rotate_key()
    assert figures(reencrypt(user, selector='x=y'), 'listed', 'rewritten') == (2, 2)


def test_a_file_of_names_chooses(cluster, user, tmp_path):
    (tmp_path / 'names').write_text('a/s-00004\nb/s-00005\n')
    reencrypt(user, names_file=tmp_path / 'names')
    assert len(stale(cluster)) == 38


@pytest.mark.parametrize('resource, path', [('configmaps', 'configmaps'), ('leases.coordination.k8s.io', 'leases')])
def test_other_resources_are_rewritten(fresh, resource, path):
    one = fresh()
    one.create_secrets(8, ['a'], resource='configmaps')
    for number in range(8):
        one.client().request('POST', '/apis/coordination.k8s.io/v1/namespaces/a/leases', {
            'metadata': {'name': f'l-{number}'}})
    one.switch_encryption('kms', 'identity', resources=['secrets', 'configmaps', 'leases.coordination.k8s.io'])
    reencrypt(one.kubeconfig('admin'), resource=resource)
    assert [key for key in stale(one, path) if '/a/' in key] == []


def test_a_dry_run_counts_and_writes_nothing(cluster, user):
    revisions = cluster.etcd_revisions('/registry/')
    report = reencrypt(user, dry_run='yes')
    assert report['figures']['listed'] == 40 and report['dry_run'] is True
    assert cluster.etcd_revisions('/registry/') == revisions


@pytest.mark.parametrize('page', [1, 7, 40])
def test_pages_of_any_size_cover_all(cluster, user, page):
    assert figures(reencrypt(user, page=page), 'listed', 'rewritten') == (40, 40)
    assert stale(cluster) == []


# Rights (row 63), and the Lease (row 58).

@pytest.mark.parametrize('who, verb', [('list-only', 'patch'), ('patch-only', 'list'), ('one-namespace', 'list'),
                                       ('nobody', 'list')])
def test_a_missing_right_is_found_before_the_first_write(cluster, who, verb):
    revisions = cluster.etcd_revisions('/registry/')
    with pytest.raises(Failed) as failed:
        reencrypt(cluster.kubeconfig(who), mode='rewrite')
    assert failed.value.code == 'KUBE_PREFLIGHT' and verb in failed.value.text
    assert cluster.etcd_revisions('/registry/') == revisions


def test_rights_to_one_namespace_are_enough_for_it(cluster):
    reencrypt(cluster.kubeconfig('one-namespace'), namespaces='a')
    assert len(stale(cluster)) == 20


def test_without_reviews_it_goes_on_and_says_so(fresh):
    one = fresh(reviews=False)
    one.create_secrets(5, ['a'])
    one.switch_encryption('kms', 'identity')
    report = reencrypt(one.kubeconfig('reencrypter'))
    assert report['notes'] and stale(one) == []


def test_without_the_right_to_a_lease_it_goes_on_and_says_so(cluster):
    report = reencrypt(cluster.kubeconfig('without-lease'))
    assert any('ease' in note for note in report['notes']) and stale(cluster) == []


def test_a_lease_that_somebody_holds_keeps_it_away(cluster, user):
    made = cluster.client().request(
        'POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', {
            'metadata': {'name': 'libenvcrypt-reencrypt-secrets'}, 'spec': {
                'holderIdentity': 'somebody-else', 'leaseDurationSeconds': 60,
                'renewTime': time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime())}})
    assert made.status == 201
    with pytest.raises(Failed) as failed:
        reencrypt(user)
    assert failed.value.code == 'LEASE_HELD' and 'somebody-else' in failed.value.text
    assert len(stale(cluster)) == 40
    reencrypt(user, lease='')
    assert stale(cluster) == []


def test_the_lease_is_given_back(cluster, user):
    reencrypt(user)
    answer = cluster.client().get('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases').json()
    assert not [l for l in answer['items'] if l['spec'].get('holderIdentity')]


def test_two_at_once_do_no_harm(fresh):
    """Without a Lease, which would keep the second away."""
    one = fresh()
    one.create_secrets(300, ['a', 'b'])
    one.switch_encryption('kms', 'identity')
    reports, threads = [], []
    for _ in range(2):
        threads.append(threading.Thread(target=lambda: reports.append(
            reencrypt(one.kubeconfig('reencrypter'), lease='', mode='rewrite'))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert stale(one) == [] and [r['figures']['failed'] for r in reports] == [0, 0]
    assert set(one.etcd_writes('/registry/secrets/').values()) == {2}  # made, and rewritten once


# What others do meanwhile (rows 52–54).

def test_writers_deleters_and_creators_meanwhile(fresh):
    one = fresh()
    keys = one.create_secrets(600, ['a', 'b'])
    one.switch_encryption('kms', 'identity')
    stop = threading.Event()
    admin = one.client()

    def disturb(verb):
        number = 0
        while not stop.is_set():
            namespace, name = keys[(number * 7) % len(keys)]
            path = f'/api/v1/namespaces/{namespace}/secrets'
            if verb == 'write':
                admin.patch(f'{path}/{name}', {'data': {'n': 'AAAA' * (number % 9)}})
            elif verb == 'delete':
                admin.request('DELETE', f'{path}/{keys[(number * 13 + 5) % len(keys)][1]}')
            else:
                admin.request('POST', path, {'metadata': {'name': f'new-{number}'}})
            number += 1

    threads = [threading.Thread(target=disturb, args=(verb,)) for verb in ('write', 'delete', 'create')]
    for thread in threads:
        thread.start()
    try:
        report = reencrypt(one.kubeconfig('reencrypter'), page=50)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert report['figures']['failed'] == 0, report['failures']
    assert stale(one) == []


def test_what_cannot_be_read_is_named_and_passed_over(fresh):
    one = fresh()
    one.switch_encryption('kms', 'identity')
    one.create_secrets(30, ['a', 'b'])
    one.make_unreadable('a', 's-00010')
    key = one.rotate_key()
    report = reencrypt(one.kubeconfig('reencrypter'), page=10)
    assert len(under_key(one, key)) == 29
    assert report['figures']['failed'] >= 1 and report['outcome'] != 'proven'
    assert [f for f in report['failures'] if f['code'] == 'KUBE_UNREADABLE'], report['failures']


def test_what_is_immutable_is_rewritten_too(fresh):
    one = fresh()
    one.create_secrets(5, ['a'], immutable=True)
    one.switch_encryption('kms', 'identity')
    report = reencrypt(one.kubeconfig('reencrypter'))
    assert report['figures']['failed'] == 0 and stale(one) == []


def test_a_finalizer_is_no_obstacle(fresh):
    one = fresh()
    one.create_namespaces('a')
    one.client().request('POST', '/api/v1/namespaces/a/secrets', {
        'metadata': {'name': 's', 'finalizers': ['example.com/keep']}})
    one.client().request('DELETE', '/api/v1/namespaces/a/secrets/s')
    one.switch_encryption('kms', 'identity')
    report = reencrypt(one.kubeconfig('reencrypter'))
    assert report['figures']['failed'] == 0 and stale(one) == []


def test_nothing_there_is_no_failure(fresh):
    report = reencrypt(fresh().kubeconfig('reencrypter'))
    assert figures(report, 'listed', 'rewritten', 'failed') == (0, 0, 0)


def test_an_unknown_resource_is_named(cluster, user):
    with pytest.raises(Failed) as failed:
        reencrypt(user, resource='things.example.com')
    assert failed.value.code == 'KUBE_NOT_FOUND' and 'things' in failed.value.text


def test_a_journal_of_another_cluster_is_refused(cluster, user, fresh, tmp_path):
    reencrypt(user, journal=tmp_path / 'journal')
    other = fresh()
    other.create_secrets(2, ['a'])
    with pytest.raises(Failed) as failed:
        ask('run', other.kubeconfig('reencrypter'), journal=tmp_path / 'journal')
    assert failed.value.code == 'JOURNAL_OTHER'


def test_the_rate_is_kept(cluster, user):
    begin = time.monotonic()
    reencrypt(user, rate=20, mode='rewrite', second_pass='no')
    assert time.monotonic() - begin > 1.2

# SPDX-License-Identifier: Apache-2.0
"""The command `secrets reencrypt` through a proxy that refuses, cuts and lets lists expire: texts, exit codes."""
import pytest
from commanding import needs_command, remarks, report, secrets
from kube_proxy import cut_after, cut_before, expired, status, throttle, torn
from running import stale

pytestmark = needs_command
PATCH = {'method': 'PATCH', 'path': '/secrets/'}
LIST = {'method': 'GET', 'path': r'/secrets\?'}


@pytest.fixture
def proxy(cluster):
    with cluster.proxy(http2=True) as running:
        yield running


def reencrypt(cluster, proxy, *options, code=0):
    return secrets(cluster, 'reencrypt', '--mode', 'rewrite', '--page', '10', *options, server=proxy.url, code=code)


@pytest.mark.parametrize('fault', [throttle(1), cut_before(), cut_after(), torn(20)],
                         ids=['429', 'cut-before', 'cut-after', 'torn'])
def test_what_passes_leaves_exit_code_0_and_is_told_as_sent_again(cluster, proxy, fault):
    proxy.on(fault, **PATCH, times=3, skip=5)
    out, err = reencrypt(cluster, proxy)
    assert stale(cluster) == [] and not remarks(err)
    again, = (line for line in out.splitlines() if line.startswith('requests sent again'))
    assert int(again.split()[-1]) >= 1, out


def test_a_list_that_expires_once_is_no_matter(cluster, proxy):
    token = cluster.client().metadata_list('/api/v1/secrets?limit=20').json()['metadata']['continue']
    proxy.on(expired(token), **LIST, skip=2)
    out, err = reencrypt(cluster, proxy, '--json')
    assert report(out)['figures']['rewritten'] == 40 and stale(cluster) == [] and not err


def test_a_list_that_expires_for_ever_ends_it_and_says_how_to_go_on(cluster, proxy):
    proxy.on(expired(), method='GET', path='continue=', times=None)
    _, err = reencrypt(cluster, proxy, code=8)
    assert 'ask for larger pages' in err and 'The same command goes on' in err


def test_an_object_that_fails_for_ever_is_listed_and_the_exit_code_says_partial(cluster, proxy):
    proxy.on(status(422, 'Invalid', 'no'), method='PATCH', path='/secrets/s-00008', times=None)
    out, err = reencrypt(cluster, proxy, code=6)
    assert 's-00008' in out and 'KUBE_INVALID' in out and 'once more' in err
    assert len(stale(cluster)) == 1


def test_objects_that_fail_alike_are_listed_together(cluster, proxy):
    proxy.on(status(403, 'Forbidden', 'exceeded quota: q'), method='PATCH', path='/secrets/s-0000', times=None)
    out, _ = reencrypt(cluster, proxy, code=6)
    assert out.count('ENVCRYPT_E_DENIED') == 1 and ' and 7 more: ENVCRYPT_E_DENIED' in out
    assert 'a ResourceQuota of its namespace is used up' in out


def test_rights_that_are_gone_end_it_with_their_exit_code(cluster, proxy):
    proxy.on(status(401, 'Unauthorized', 'no'), path='/secrets/', times=None, skip=5)
    _, err = reencrypt(cluster, proxy, code=3)
    assert 'credentials' in err
    assert 0 < len(stale(cluster)) < 40


# The cluster's own engine.

@pytest.fixture
def migrating(fresh):
    cluster = fresh()
    cluster.create_secrets(20, ['a'])
    cluster.switch_encryption('kms', 'identity')
    return cluster


def test_the_cluster_migrates_when_it_is_told_to(migrating):
    out, err = secrets(migrating, 'reencrypt', '--mode', 'migrate', user='admin')
    assert stale(migrating) == [] and 'secrets verify' in err and '--etcd' in err
    assert 'mode: migrate' in out and 'outcome: not proven' in out


def test_a_migration_that_the_cluster_does_not_know_is_refused(fresh):
    cluster = fresh(migration='')
    cluster.create_secrets(2, ['a'])
    _, err = secrets(cluster, 'reencrypt', '--mode', 'migrate', user='admin', code=3)
    assert 'storagemigration.k8s.io' in err


def test_a_migration_without_the_right_to_it_is_refused_before_it_begins(migrating):
    _, err = secrets(migrating, 'reencrypt', '--mode', 'migrate', code=3)
    assert 'the right to create one is missing' in err and len(stale(migrating)) == 20

# SPDX-License-Identifier: Apache-2.0
"""Access to Kubernetes' own API server: who it takes us for, which cluster it is."""
import json
import os
import subprocess

import kubeserver
import pytest


@pytest.fixture
def server(fresh):
    return fresh()


def check(kubeconfig, *words):
    done = subprocess.run([os.environ['EVC_ACCESS'], 'check', *words], text=True, timeout=60,
                          env={**os.environ, 'KUBECONFIG': kubeconfig}, capture_output=True,
                          check=True)
    return {row['check']: row for row in json.loads(done.stdout)}


def results(found):
    return {name: row['result'] for name, row in found.items()}


def uid_of(server):
    return server.client().get('/api/v1/namespaces/kube-system').json()['metadata']['uid']


@pytest.fixture
def kube_system(server):
    listed = server.client().get('/api/v1/namespaces').json()['items']
    names = [one['metadata']['name'] for one in listed]
    if 'kube-system' not in names:
        server.create_namespaces('kube-system')
    return uid_of(server)


@pytest.mark.parametrize('by', ['token', 'certificate'])
def test_the_server_says_who_we_are_and_which_cluster_it_is(by, server, kube_system):
    found = check(server.kubeconfig('admin', by=by))
    assert results(found) == dict.fromkeys(['reach', 'version', 'identity', 'cluster'], 'ok')
    assert found['identity']['detail'].startswith('admin, groups ')
    assert 'system:authenticated' in found['identity']['detail']
    assert found['version']['detail'].startswith('v1.')
    assert found['cluster']['detail'] == kube_system


def test_who_may_not_read_kube_system_knows_the_cluster_otherwise(server):
    server.set_users({**kubeserver.USERS, 'stranger': [kubeserver.rule(['list'])]})
    found = check(server.kubeconfig('stranger'))
    assert results(found) == {'reach': 'ok', 'version': 'ok', 'identity': 'ok',
                              'cluster': 'unknown'}
    assert found['identity']['detail'].startswith('stranger, groups ')


def test_a_token_that_nobody_has_is_refused_by_name(server, tmp_path):
    with open(server.kubeconfig('admin'), encoding='utf-8') as file:
        text = file.read()
    wrong = tmp_path / 'wrong'
    wrong.write_text(text.replace(server.token('admin'), 'planted-token'), encoding='utf-8')
    found = check(str(wrong))
    assert found['reach']['result'] == 'ok'
    assert {found[name]['error'] for name in ('identity', 'cluster')} == {'ENVCRYPT_E_AUTH'}
    assert 'planted' not in json.dumps(found)


def test_another_authority_is_not_reached(server, fresh):
    other = fresh()
    found = check(server.kubeconfig('admin', ca=other.ca))
    assert results(found) == {'reach': 'failed', 'version': 'skipped', 'identity': 'skipped',
                              'cluster': 'skipped'}
    assert found['reach']['error'] == 'ENVCRYPT_E_TLS'

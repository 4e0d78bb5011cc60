# SPDX-License-Identifier: Apache-2.0
"""The imitation before a real API server: kubectl gets in with the kubeconfig that it gives, and the
Secrets that etcd holds are what IBM's service says of them."""
import os
import subprocess
import sys

import pytest
import yaml

from conftest import CLUSTER, HERE
from ibm_key_protect import KEY

sys.path.append(os.path.join(HERE, '..', 'kubeserver'))

import driving  # noqa: E402
import kubeserver  # noqa: E402
import real  # noqa: E402

ENCRYPTED = b'k8s:enc:kms:v2:'


@pytest.fixture
def kube(tmp_path):
    with kubeserver.Cluster(tmp_path / 'kube') as running:
        running.create_secrets(20, ['a', 'b'])
        yield running


def stored(kube):
    return set(kube.etcd_values().values())


def enable(cloud, cluster, key=KEY):
    cluster.change_key(cloud.keys.keys[key], True)
    cloud.advance(1000)


def test_kubectl_gets_in_with_its_kubeconfig(cluster, kube, tmp_path):
    """With its token: kubectl of today knows no auth-provider, so the id-token is moved."""
    real.Behind(cluster, kube)
    config = yaml.safe_load(cluster.kubeconfig(False, 'yaml'))
    token = config['users'][0]['user']['auth-provider']['config']['id-token']
    config['users'][0]['user'] = {'token': token}
    (tmp_path / 'config').write_text(yaml.safe_dump(config))
    (tmp_path / 'admin').write_bytes(cluster.kubeconfig(True, 'yaml'))
    for name in ('config', 'admin'):
        got = subprocess.run(['kubectl', '--kubeconfig', str(tmp_path / name), 'get', 'secrets', '-n', 'a',
                              '-o', 'name'], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        assert len(got.stdout.split()) == 10, name


def test_our_driver_gets_in_with_its_kubeconfig(cloud, cluster, kube, tmp_path):
    """By its identity token, which the service makes of a refresh token."""
    real.Behind(cluster, kube)
    driver = driving.Driver(cloud, tmp_path)
    driver.read()
    assert driver.ask('version')['version'].startswith('v1.')
    driver.end()


def test_secrets_are_written_anew_by_the_service(cloud, cluster, kube):
    behind = real.Behind(cluster, kube)
    assert not any(v.startswith(ENCRYPTED) for v in stored(kube))
    enable(cloud, cluster)
    first = stored(kube)
    assert all(v.startswith(ENCRYPTED) for v in first)
    cloud.keys.keys[KEY].tell('rotate')
    cloud.advance(2000)
    second = stored(kube)
    assert all(v.startswith(ENCRYPTED) for v in second) and not first & second
    assert behind.done == ['enabled', 'rotated']


def test_a_service_that_breaks_its_word_leaves_old_secrets(cloud, cluster, kube):
    real.Behind(cluster, kube, rewrites=False)
    before = stored(kube)
    enable(cloud, cluster)
    assert stored(kube) == before


def test_a_disabled_key_makes_the_server_unreachable(cloud, cluster, kube):
    behind = real.Behind(cluster, kube)
    enable(cloud, cluster)
    key = cloud.keys.keys[KEY]
    for state, event, reached in ((2, 'disable', False), (1, 'enable', True)):
        key.state = state
        key.tell(event)
        cloud.advance(600)
        try:
            assert kube.client().get('/api/v1/secrets').status == 200 and reached
        except OSError:
            assert not reached
    assert behind.done == ['enabled', 'unreachable', 'reachable'] and cluster.id == CLUSTER

# SPDX-License-Identifier: Apache-2.0
"""A cluster of the fake cloud whose API server is a real one: encryption is switched on, the key is
changed, encryption is switched off; the Secrets follow each time, and etcd shows it."""
import os
import sys

import pytest
from test_driver import ROLE, Refused, fixture_ours, later, other_key, puts  # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'kubeserver'))
# pylint: disable=wrong-import-position
import kubeserver  # noqa: E402

KMS, PLAIN = b'k8s:enc:kms:v2:', b'k8s\0'
SECRETS = 30


@pytest.fixture(name='kube')
def fixture_kube(tmp_path):
    made = kubeserver.Cluster(tmp_path / 'kube')
    made.create_secrets(SECRETS, ['a', 'b'])
    yield made
    made.stop()


@pytest.fixture(name='cluster')
def fixture_cluster(service, kube):
    return service.cluster(kubeconfig=kube.kubeconfig_text(), endpoint=kube.url)


@pytest.fixture(name='driver')
def fixture_driver(ours, service, cluster, tmp_path):
    """With a place to keep state in."""
    one = ours(cluster)
    ports = {'endpoint-url': 'cs', 'kms-endpoint': 'kms', 'sts-endpoint': 'sts',
             'ram-endpoint': 'ram', 'actiontrail-endpoint': 'actiontrail'}
    one.ask('open', uri=f'ack://cn-hangzhou/{cluster.id}', options={
        **{name: 'http://' + service.host(port) for name, port in ports.items()},
        'state-dir': str(tmp_path / 'state')})
    return one


def stored(kube):
    return {value[:len(KMS)] if value.startswith(KMS) else value[:len(PLAIN)]
            for value in kube.etcd_values().values()}


def switching(service, kube, change, key=None):
    """What the cloud does: it changes the API server's configuration, whose plugin then uses the key."""
    def hook(_):
        change()
        if key:
            service.order(used=[{'action': 'Encrypt', 'key': key, 'role': ROLE}])
    return {'hook': hook}


def test_on_changed_off_and_every_secret_follows(service, driver, cluster, kube):
    cluster.pace = switching(service, kube, lambda: kube.switch_encryption('kms', 'identity'),
                             service.arn)
    report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert stored(kube) == {KMS}
    assert cluster.encrypts_with() == service.key and len(puts(service)) == 1

    before = kube.etcd_revisions()
    report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    assert report['outcome'] == 'proven' and len(puts(service)) == 1

    later(service, driver, 301)
    other = service.facts['keys']['other']
    cluster.pace = switching(service, kube, kube.rotate_key, other)
    report = driver.job('flow', 'change', key=other, confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert cluster.encrypts_with() == other_key(service)
    assert all(kube.etcd_revisions()[name] > revision for name, revision in before.items())

    later(service, driver, 301)
    cluster.pace = switching(service, kube, lambda: kube.switch_encryption('identity', 'kms'))
    report = driver.job('flow', 'disable', confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert stored(kube) == {PLAIN}
    assert cluster.encrypts_with() is None and len(puts(service)) == 3


def test_nothing_is_changed_without_access_to_secrets(service, driver, cluster, kube):
    cluster.kubeconfig = kube.kubeconfig_text('nobody')
    with pytest.raises(Refused):
        driver.job('flow', 'enable', key=service.arn, confirm='shop')
    assert puts(service) == []


def test_a_cloud_that_only_says_so_proves_nothing(service, driver, cluster, kube):
    """All that it tells is as wanted, Capabilities and trail; the API server stores plain values on."""
    cluster.pace = switching(service, kube, lambda: None, service.arn)
    try:
        report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    except Refused as refused:
        report = refused.reply['report']
    assert cluster.encrypts_with() == service.key
    assert report['outcome'] in ('not_proven', 'contradicted'), report
    assert stored(kube) == {PLAIN}

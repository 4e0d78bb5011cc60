# SPDX-License-Identifier: Apache-2.0
"""A cluster of the fake cloud whose API server is a real one: encryption is switched on, the key is
changed, encryption is switched off; the Secrets follow each time, and etcd shows it."""
import os
import sys
import threading

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


@pytest.fixture(name='busy')
def fixture_busy(service, cluster):
    """The trail has that the plugin uses the key of the cluster, all the time. The service's clock goes
    before ours, as its times are told in seconds: what is used when we see the end is after it."""
    service.later(20)
    ends = threading.Event()

    def work():
        while not ends.wait(0.2):
            if cluster.encrypts_with():
                service.order(used=[{'action': 'Encrypt', 'key': cluster.encrypts_with(), 'role': ROLE}])

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ends.set()
    thread.join()


def switching(change):
    """What the cloud does: it changes the API server's configuration."""
    return {'hook': lambda _: change()}


def test_on_changed_off_and_every_secret_follows(service, driver, cluster, kube, busy):
    del busy
    cluster.pace = switching(lambda: kube.switch_encryption('kms', 'identity'))
    report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert stored(kube) == {KMS}
    assert cluster.encrypts_with() == service.key and len(puts(service)) == 1

    before = kube.etcd_revisions()
    report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    assert report['outcome'] == 'proven' and len(puts(service)) == 1

    later(service, driver, 301)
    other = service.facts['keys']['other']
    cluster.pace = switching(kube.rotate_key)
    report = driver.job('flow', 'change', key=other, confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert cluster.encrypts_with() == other_key(service)
    assert all(kube.etcd_revisions()[name] > revision for name, revision in before.items())

    later(service, driver, 301)
    cluster.pace = switching(lambda: kube.switch_encryption('identity', 'kms'))
    report = driver.job('flow', 'disable', confirm='shop')['report']
    assert report['outcome'] == 'proven', report
    assert stored(kube) == {PLAIN}
    assert cluster.encrypts_with() is None and len(puts(service)) == 3


def test_nothing_is_changed_without_access_to_secrets(service, driver, cluster, kube):
    cluster.kubeconfig = kube.kubeconfig_text('nobody')
    with pytest.raises(Refused):
        driver.job('flow', 'enable', key=service.arn, confirm='shop')
    assert puts(service) == []


def test_a_cloud_that_only_says_so_proves_nothing(service, driver, cluster, kube, busy):
    """All that it tells is as wanted, Capabilities and trail; the API server stores plain values on."""
    del busy
    cluster.pace = switching(lambda: None)
    try:
        report = driver.job('flow', 'enable', key=service.arn, confirm='shop')['report']
    except Refused as refused:
        report = refused.reply['report']
    assert cluster.encrypts_with() == service.key
    assert report['outcome'] in ('not_proven', 'contradicted'), report
    assert stored(kube) == {PLAIN}

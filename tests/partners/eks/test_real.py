# SPDX-License-Identifier: Apache-2.0
"""The fake before a real API server: who has a token of EKS gets in, and what etcd holds is what EKS
says of it."""
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'kubeserver'))

import kubeserver  # noqa: E402
import real  # noqa: E402
from children import wait_for  # noqa: E402
from clients import CommandLine  # noqa: E402
from cluster_driver import Driver  # noqa: E402

ENCRYPTED = b'k8s:enc:kms:v2:'


@pytest.fixture(scope='module')
def behind(tmp_path_factory):
    with kubeserver.Cluster(tmp_path_factory.mktemp('kube'), constant=True) as kube:
        kube.create_secrets(20, ['a', 'b'])
        with real.Behind(kube) as running:
            yield running


@pytest.fixture
def ours(behind, tmp_path):
    access = behind.access
    driver = Driver(tmp_path, AWS_ACCESS_KEY_ID=access.id, AWS_SECRET_ACCESS_KEY=access.secret,
                    AWS_ENDPOINT_URL_STS=behind.url)
    driver.open('eks://eu-central-1/prod', endpoint_url=behind.url, kms_endpoint=behind.url)
    yield driver
    driver.end()


def values(behind):
    return behind.kube.etcd_values().values()


def kubectl(behind, token):
    return subprocess.run(
        ['kubectl', '--kubeconfig', os.devnull, '--server', behind.proxy.url,
         '--certificate-authority', behind.kube.ca, '--token', token, 'get', 'secrets', '-n', 'a',
         '-o', 'name'], capture_output=True, text=True, check=False, timeout=60)


def test_kubectl_gets_in_with_a_token_of_the_command_line(behind):
    line = CommandLine(behind)
    token = line.run('get-token', '--cluster-name', 'prod')['status']['token']
    assert len(kubectl(behind, token).stdout.split()) == 10
    assert 'arn:aws:iam::111122223333:user/fixed' in behind.done
    other = line.run('get-token', '--cluster-name', 'other')['status']['token']
    assert kubectl(behind, other).returncode != 0


def test_our_driver_gets_in_with_what_eks_tells(behind, ours):
    ours.read()
    before = len(behind.done)
    reply = ours.ask('access', reach=True)
    assert reply['version'].startswith('v1.')
    assert len(behind.done) > before


def test_secrets_are_encrypted_from_then_on_and_old_ones_stay(behind, ours):
    """As it is on EKS: existing Secrets are not written anew by the service."""
    assert not any(value.startswith(ENCRYPTED) for value in values(behind))
    key = behind.hello['key_1']
    ours.read()
    ours.find_key(key=key)
    ours.begin('enable')
    wait_for('that EKS enables', lambda: ours.poll('enable')['phase'] == 'done')
    assert ('prod', key) in behind.done
    old = list(values(behind))
    assert not any(value.startswith(ENCRYPTED) for value in old)
    behind.kube.create_secrets(1, ['a'], prefix='new')
    assert sum(value.startswith(ENCRYPTED) for value in values(behind)) == 1
    assert ours.read()['key'] == key


def test_a_rotation_lasts_until_the_plugin_writes_under_the_new_key(behind, ours):
    ours.read()
    ours.find_key()
    ours.begin('rotate')
    wait_for('that KMS rotates', lambda: ours.poll('rotate')['phase'] == 'done')
    assert behind.hello['key_1'] in behind.done

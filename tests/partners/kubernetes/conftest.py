# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..'))  # ours.py
sys.path.append(os.path.join(HERE, '..', 'kubeserver'))
sys.path.append(os.path.join(HERE, '..', 'aws'))
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import kubeserver  # noqa: E402


@pytest.fixture
def fresh(tmp_path):
    """Makes clusters that no other test has."""
    made = []

    def make(**options):
        made.append(kubeserver.Cluster(tmp_path / f'cluster-{len(made)}', **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def cluster(fresh):
    """Forty plain Secrets in two namespaces, and a KMS plugin that writes from now on."""
    one = fresh()
    one.create_secrets(40, ['a', 'b'])
    one.switch_encryption('kms', 'identity')
    return one


def pytest_addoption(parser):
    parser.addoption('--all', action='store_true', help='kill at every point of the run of a thousand')


@pytest.fixture
def every_point(request):
    return request.config.getoption('--all')

# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import kubeserver  # noqa: E402


@pytest.fixture(scope='module')
def cluster(tmp_path_factory):
    """One cluster for the tests of a file; each test has namespaces of its own."""
    with kubeserver.Cluster(tmp_path_factory.mktemp('cluster')) as running:
        yield running


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

# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
for folder in (('..',), ('..', 'aws'), ('..', 'kubeserver'), ('..', '..', 'fakes')):
    sys.path.append(os.path.join(HERE, *folder))

import kubeserver  # noqa: E402
import places  # noqa: E402


@pytest.fixture
def make(tmp_path):
    """make(kind): a cluster at a cloud, with an API server of its own in which twelve plain Secrets are."""
    made = []

    def one(kind, secrets=12, namespaces=('a', 'b')):
        made.append(kubeserver.Cluster(tmp_path / 'kube', constant=kind is places.Eks))
        made[0].create_secrets(secrets, namespaces)
        made.append(kind(made[0], tmp_path))
        return made[1]

    yield one
    for each in reversed(made):
        each.stop()


def pytest_addoption(parser):
    parser.addoption('--all', action='store_true', help='kill at every call on the files of state')


@pytest.fixture
def step(request):
    """Odd, so that calls are met before they are done and after."""
    return 1 if request.config.getoption('--all') else 17

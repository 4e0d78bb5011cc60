# SPDX-License-Identifier: Apache-2.0
import contextlib
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
for folder in (('..',), ('..', 'aws'), ('..', 'kubeserver'), ('..', '..', 'fakes')):
    sys.path.append(os.path.join(HERE, *folder))

import kubeserver  # noqa: E402
import places  # noqa: E402


@contextlib.contextmanager
def making(folder):
    """make(kind): a cluster at a cloud, with an API server of its own in which twelve plain Secrets are."""
    made = []

    def one(kind, secrets=12, namespaces=('a', 'b')):
        made.append(kubeserver.Cluster(folder / 'kube', constant=kind is places.Eks))
        made[0].create_secrets(secrets, namespaces)
        made.append(kind(made[0], folder))
        return made[1]

    yield one
    for each in reversed(made):
        each.stop()


@pytest.fixture
def make(tmp_path):
    with making(tmp_path) as one:
        yield one


def pytest_addoption(parser):
    parser.addoption('--all', action='store_true',
                     help='flows of both ways are killed at each request and each call on the files of state')


def pytest_generate_tests(metafunc):
    """way: by what a flow is begun; by the command alone where there is one, unless all is wanted."""
    if 'way' in metafunc.fixturenames:
        ways = ['command', 'api'] if metafunc.config.getoption('--all') else ['command']
        metafunc.parametrize('way', ways if 'EVC_AHEAD' in os.environ else ['api'])
    if 'fault' in metafunc.fixturenames:
        module = metafunc.module
        metafunc.parametrize('fault', [name for name in module.FAULTS if name not in module.SELDOM
                                       or metafunc.config.getoption('--all')])


@pytest.fixture
def step(request):
    """Odd, so that calls are met before they are done and after."""
    return 1 if request.config.getoption('--all') else 101

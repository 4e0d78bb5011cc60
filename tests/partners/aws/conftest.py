# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..'))  # ours.py
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import certificates  # noqa: E402
import services  # noqa: E402


@pytest.fixture(scope='session')
def running():
    service = services.FakeService()
    yield service
    service.close()


@pytest.fixture
def fake(running):
    """The fake service as it is at its start."""
    running.control(reset=True)
    return running


@pytest.fixture
def fake_by_tls(tmp_path):
    """One of its own, whose authority is the attribute ca."""
    maker = certificates.Maker(str(tmp_path))
    maker.authority('ca')
    maker.leaf('server', 'ca', certificates.HOSTS, certificates.NOW, 'sha256')
    service = services.FakeService(maker.path('ca.pem'), *[maker.path('server.pem')] * 2)
    service.ca = maker.path('ca.pem')
    yield service
    service.close()


@pytest.fixture(scope='session')
def moto_running():
    service = services.Moto()
    yield service
    service.close()


@pytest.fixture
def moto(moto_running):
    """An empty moto that checks signatures and permissions, with one user."""
    moto_running.reset()
    return moto_running


@pytest.fixture
def our(tmp_path):
    """Starts our client with credentials; it is ended with the test."""
    clients = []

    def start(service, access=None, **environment):
        clients.append(services.Ours(tmp_path, service, access or service.access, **environment))
        return clients[-1]

    yield start
    for client in clients:
        client.end()

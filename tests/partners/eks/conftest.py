# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..', 'aws'))  # services.py
sys.path.append(os.path.join(HERE, '..'))  # ours.py
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import clients  # noqa: E402


@pytest.fixture(scope='session')
def running():
    service = clients.EksService()
    yield service
    service.close()


@pytest.fixture
def fake(running):
    """The fake service as it is at its start."""
    running.control(reset=True)
    return running


@pytest.fixture
def start(request, fake):
    """Starts a client of the kind that a test is told; it is ended with the test."""
    started = []

    def of(kind, access=None, region=clients.REGION, service='eks'):
        started.append(kind(fake, access, region, service))
        return started[-1]

    yield of
    for client in started:
        client.close()

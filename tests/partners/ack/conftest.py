# SPDX-License-Identifier: Apache-2.0
import pytest
from clients import Service


@pytest.fixture(scope='session', name='running')
def fixture_running():
    return Service()


@pytest.fixture(name='service')
def fixture_service(running):
    """With no cluster, and everybody's permissions."""
    running.order(reset=True)
    return running

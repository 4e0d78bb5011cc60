# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..'))  # kept.py
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import iks  # noqa: E402

CLUSTER = 'cexample0of0a0cluster'


@pytest.fixture
def cloud():
    """A service of its own for each test, whose clock stands still but when it is put on."""
    service = iks.Cloud().start()
    service.keys.still = 1_800_000_000
    yield service
    service.stop()


@pytest.fixture
def cluster(cloud):
    return cloud.add_cluster('mine', cluster_id=CLUSTER)

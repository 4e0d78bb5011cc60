# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..'))  # ours.py
sys.path.insert(0, os.path.join(HERE, '..', '..', 'fakes'))

import ibm_key_protect  # noqa: E402


@pytest.fixture
def fake():
    """A service of its own for each test."""
    service = ibm_key_protect.Fake().start()
    yield service
    service.stop()

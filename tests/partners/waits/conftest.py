# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import speed  # noqa: E402


@pytest.fixture
def fast(tmp_path, monkeypatch):
    """fast(provider, rate): a fake cloud and the command, whose clocks go that many times as fast."""
    made = []

    def make(provider, rate=400):
        made.append(speed.Fast(provider, tmp_path, speed.Clock(rate, monkeypatch)))
        return made[-1]

    yield make
    for one in made:
        one.place.close()

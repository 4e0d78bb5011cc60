# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..'), os.path.join(HERE, '..', 'kubeserver')]

import fast_clock  # noqa: E402
import kubeserver  # noqa: E402
import speed  # noqa: E402


@pytest.fixture
def fast(tmp_path, monkeypatch):
    """fast(provider, rate): a fake cloud and the command, whose clocks go that many times as fast."""
    made = []

    def make(provider, rate=400):
        made.append(speed.Fast(provider, tmp_path, fast_clock.Clock(rate, monkeypatch)))
        return made[-1]

    yield make
    for one in made:
        one.place.close()


@pytest.fixture
def kube(tmp_path):
    """A real API server, which encrypts since its Secrets were made."""
    with kubeserver.Cluster(tmp_path / 'kube', constant=True) as cluster:
        cluster.create_secrets(4, ['a', 'b'])
        cluster.switch_encryption('kms', 'identity')
        yield cluster

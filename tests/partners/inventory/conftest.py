# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, '..', 'kubeserver'))

import kubeserver  # noqa: E402


@pytest.fixture(scope='session')
def kube(tmp_path_factory):
    """The API server of all rows that want one, whose values are encrypted from its start; made when
    the first of them asks."""
    made = []

    def server():
        if not made:
            made.append(kubeserver.Cluster(tmp_path_factory.mktemp('kube'), constant=True))
            made[0].create_secrets(4, ['a', 'b'])
            made[0].switch_encryption('kms', 'identity')
        return made[0]

    yield server
    for one in made:
        one.stop()

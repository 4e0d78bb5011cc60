# SPDX-License-Identifier: Apache-2.0
"""Memory does not grow with the number of objects (row 62)."""
import pytest
from running import reencrypt

import kubeserver

WITHIN = 4 << 10  # KiB above what it was after the first reply over TLS


@pytest.mark.parametrize('count', [1000, 10000, 100000])
def test_memory_stays_whatever_their_number(tmp_path, count):
    with kubeserver.Generator(tmp_path / 'generator', count) as generator:
        report = reencrypt(generator.kubeconfig(), memory='yes', mode='rewrite', journal=tmp_path / 'journal')
        assert report['figures']['rewritten'] == generator.stats()['rewritten'] == count
        memory = report['memory']
        assert memory['peak'] - memory['before'] <= WITHIN, memory

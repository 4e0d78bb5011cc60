# SPDX-License-Identifier: Apache-2.0
"""Memory grows neither with the number of objects (row 62) nor with what a server sends."""
import pytest
from kube_proxy import huge
from running import reencrypt, said, start

import kubeserver

WITHIN = 4 << 10  # KiB above what it was after the first reply over TLS


@pytest.mark.parametrize('count', [1000, 10000, 100000])
def test_memory_stays_whatever_their_number(tmp_path, count):
    with kubeserver.Generator(tmp_path / 'generator', count) as generator:
        report = reencrypt(generator.kubeconfig(), memory='yes', mode='rewrite', journal=tmp_path / 'journal')
        assert report['figures']['rewritten'] == generator.stats()['rewritten'] == count
        memory = report['memory']
        assert memory['peak'] - memory['before'] <= WITHIN, memory


@pytest.mark.parametrize('http2', [False, True], ids=['http1', 'http2'])
def test_a_huge_reply_is_bounded(cluster, http2):
    with cluster.proxy(http2=http2) as proxy:
        proxy.on(huge(32 << 20), method='GET', path=r'/secrets\?', times=None)
        config = cluster.kubeconfig('reencrypter', server=proxy.url)
        memory = said(start('run', config, memory='yes', mode='rewrite'))['memory']
    assert memory['peak'] - memory['before'] < 2 * WITHIN, memory

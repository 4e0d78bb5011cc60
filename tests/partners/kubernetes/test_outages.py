# SPDX-License-Identifier: Apache-2.0
"""etcd goes away in the middle of a run, and comes back (row 56)."""
import threading

import pytest
from children import wait_for
from kube_proxy import call
from running import reencrypt, stale

COUNT = 300
PATCH = {'method': 'PATCH', 'path': '/secrets/'}


@pytest.fixture
def scene(fresh, request):
    """Plain Secrets that are to be encrypted, in an etcd of so many members."""
    one = fresh(members=request.param)
    one.create_secrets(COUNT, ['a', 'b'])
    one.switch_encryption('kms', 'identity')
    return one


def run_through(cluster, break_it, mend_it):
    """break_it in the middle of a run, mend_it when a patch came after that."""
    broken = threading.Event()
    with cluster.proxy(http2=True) as proxy:
        proxy.on(call(lambda: (break_it(), broken.set())), **PATCH, skip=100)

        def mend():
            assert broken.wait(60)
            seen = proxy.count(**PATCH)
            wait_for('a patch without etcd', lambda: proxy.count(**PATCH) > seen)
            mend_it()

        mending = threading.Thread(target=mend)
        mending.start()
        report = reencrypt(cluster.kubeconfig('reencrypter', server=proxy.url), mode='rewrite', page=50)
        mending.join()
    assert broken.is_set()
    return report


def is_done(cluster, report):
    """Nothing is lost, and nothing is stored twice: of what was in flight the server knows itself."""
    assert report['figures']['failed'] == 0, report['failures']
    assert stale(cluster) == [] and set(cluster.etcd_writes().values()) == {2}


@pytest.mark.parametrize('scene', [1], indirect=True)
def test_etcd_that_is_killed_and_starts_again_is_waited_for(scene):
    is_done(scene, run_through(scene, scene.etcd.end, scene.etcd.restart))


@pytest.mark.parametrize('scene', [3], indirect=True)
def test_a_leader_of_etcd_that_is_killed_costs_nothing(scene):
    is_done(scene, run_through(scene, lambda: scene.etcd.leader().end(), scene.etcd.leader))

# SPDX-License-Identifier: Apache-2.0
"""Secrets as large as they may be, with annotations as large as those may be (row 62), on the real server."""
import pytest
from running import reencrypt, stale
from test_memory import WITHIN

COUNT = 80
DATA = 1 << 20  # bytes of a Secret, MaxSecretSize
ANNOTATIONS = 256 << 10  # all names and values of one object, TotalAnnotationSizeLimitB
APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
MARK = len('kms-encryption-timestamp') + len('2026-01-01T00:00:00Z')


def create(cluster, count, room):
    """Secrets whose annotations leave that much room."""
    cluster.create_secrets(count, ['a', 'b'], size=DATA, annotations={
        APPLIED: 'x' * (ANNOTATIONS - len(APPLIED) - room)})


@pytest.fixture
def large(fresh):
    one = fresh()
    create(one, COUNT, MARK)
    one.switch_encryption('kms', 'identity')
    return one


def test_memory_stays_however_large_they_are(large):
    """Pages of the default size, a hundred MiB in all; first stored anew, then annotated."""
    config = large.kubeconfig('reencrypter')
    for mode in ('rewrite', 'annotate'):
        report = reencrypt(config, memory='yes', mode=mode)
        assert report['figures']['rewritten'] == COUNT and report['figures']['failed'] == 0, report['failures']
        assert report['memory']['peak'] - report['memory']['before'] <= WITHIN, (mode, report['memory'])
    assert stale(large) == []


def test_an_object_without_room_for_an_annotation_is_named(fresh):
    one = fresh()
    create(one, 2, MARK - 1)
    one.create_secrets(4, ['a'], prefix='small')
    one.switch_encryption('kms', 'identity')
    report = reencrypt(one.kubeconfig('reencrypter'), mode='annotate')
    assert {(f['namespace'], f['name'], f['code']) for f in report['failures']} == {
        ('a', 's-00000', 'KUBE_INVALID'), ('b', 's-00001', 'KUBE_INVALID')}
    assert len(stale(one)) == 2

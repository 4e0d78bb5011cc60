# SPDX-License-Identifier: Apache-2.0
"""Killed by SIGKILL before each request, after it, and at each call on the files of state, and begun
again: one change at the cloud, and all is encrypted and proven."""
import os

import pytest
from flowing import Failed
from places import EVERY, KMS, Iks

SECRETS = 3


@pytest.fixture(params=EVERY, ids=lambda kind: kind.__name__.lower())
def scene(request, make):
    """The API server encrypts from its start; what is stale is what stands in etcd."""
    place = make(request.param, SECRETS)
    place.plain = place.kube.etcd_values()
    place.kube.switch_encryption('kms', 'identity')
    place.idle = True
    return place


def reset(place):
    place.begin_anew(place.plain)
    place.turnstile.reset()
    place.writes = place.kube.etcd_writes()


def goes_on(place, where):
    """The same call again, whose end is that of a call that was never killed."""
    place.turnstile.reset()
    try:
        report = place.enable()
    except Failed as failed:
        pytest.fail(f'{where}: {failed}')
    assert report['outcome'] == 'proven', (where, report['outcome_reason'], report)
    assert report['update']['phase'] == 'done', (where, report)
    assert place.changes() == 1, where
    assert place.stored() == {KMS}, where
    counts = {key: count - place.writes[key] for key, count in place.kube.etcd_writes().items()}
    # What was in flight when it was killed may be stored once more.
    assert set(counts.values()) <= {1, 2}, (where, counts)


def killed_at(place, number, after):
    """False: it ended before."""
    place.turnstile.reset(number, after)
    flow = place.start('enable', key=place.key, confirm=place.name)
    ended = flow.until(place.turnstile.reached)
    if not ended:
        flow.child.kill()
    flow.child.communicate()
    place.turnstile.go.set()
    return not ended


def test_at_each_request(scene):
    number = 0
    while True:
        number += 1
        for after in (False, True):
            reset(scene)
            if not killed_at(scene, number, after):
                assert number > 10
                return
            goes_on(scene, f'request {number}, {"after" if after else "before"}')


def test_at_each_call_on_the_files_of_state(scene):
    stop = 0
    while True:
        stop += 1
        reset(scene)
        flow = scene.start('enable', before=[
            os.environ['EVC_KILL_AT_SYSCALL'], '-f', str(scene.state), str(stop)],
            key=scene.key, confirm=scene.name)
        ended = flow.run()
        flow.child.communicate()
        if flow.child.returncode == 1:
            assert ended and stop > 10
            return
        assert flow.child.returncode == 0
        goes_on(scene, f'call {stop}')


def test_the_requests_of_ibm_are_all_to_the_cloud(make):
    """Killed or not, nothing is ever patched there."""
    place = make(Iks, SECRETS)
    place.enable()
    assert place.patches() == 0

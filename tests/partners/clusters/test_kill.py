# SPDX-License-Identifier: Apache-2.0
"""Killed by SIGKILL before each request, after it, before each write to the files of state, and at calls
on them, and begun again: one change at the cloud, and all is encrypted and proven."""
import json
import os

import pytest
from flowing import Failed
from places import EVERY, KMS, Ack, Eks, Iks

SECRETS = 3


def prepare(make, kind):
    """The API server encrypts from its start; what is stale is what stands in etcd."""
    place = make(kind, SECRETS)
    place.plain = place.kube.etcd_values()
    place.kube.switch_encryption('kms', 'identity')
    place.idle = True
    return place


@pytest.fixture(params=EVERY, ids=lambda kind: kind.__name__.lower())
def scene(request, make):
    return prepare(make, request.param)


@pytest.fixture
def by(scene, way):
    """The scene, whose flows are command lines, or programs of the API."""
    scene.commands = way == 'command'
    return scene


def reset(place):
    place.begin_anew(place.plain)
    place.turnstile.reset()
    place.writes = place.kube.etcd_writes()


def written(place):
    return {key: count - place.writes[key] for key, count in place.kube.etcd_writes().items()}


def again(place, where):
    """As often as it says that it may be tried later: IBM's service tells nothing while a master
    starts again."""
    for _ in range(4):
        try:
            return place.enable()
        except Failed as failed:
            if failed.code != 'SERVICE_DOWN' or not isinstance(place, Iks):
                pytest.fail(f'{where}: {failed}')
            place.advance(30_000)
    return pytest.fail(f'{where}: the service stays down')


def is_unfinished(place):
    """Whether there is a journal of a re-encryption that did not come to its end."""
    for path in place.state.glob('*.journal'):
        lines = path.read_text().splitlines()
        return len(lines) > 1 and not any(is_end(line) for line in lines)
    return False


def is_end(line):
    try:
        return 'ended' in json.loads(line)
    except ValueError:  # torn
        return False


def goes_on(place, where):
    """The same call again, whose end is that of a call that was never killed."""
    place.turnstile.reset()
    unfinished = is_unfinished(place)
    report = again(place, where)
    assert not unfinished or report['secrets']['resumed'], (where, report['secrets'])
    assert report['outcome'] == 'proven', (where, report['outcome_reason'], report)
    assert report['update']['phase'] == 'done', (where, report)
    assert place.changes() == 1, where
    assert place.stored() == {KMS}, where
    # What was in flight when it was killed may be stored once more.
    assert set(written(place).values()) <= {1, 2}, (where, written(place))


def killed_at(place, stop, after, verb='enable', **change):
    """False: it ended before."""
    place.turnstile.reset(stop, after)
    flow = place.start(verb, **(change or {'key': place.key, 'confirm': place.name}))
    ended = flow.until(place.turnstile.reached)
    if not ended:
        flow.child.kill()
    flow.child.communicate()
    place.turnstile.go.set()
    assert not ended or flow.last and flow.last['ok'], flow.last
    return not ended


def test_at_each_request(by):
    number = 0
    while True:
        number += 1
        for after in (False, True):
            reset(by)
            if not killed_at(by, number, after):
                assert number > 10
                return
            goes_on(by, f'request {number}, {"after" if after else "before"}')


def killed_at_call(place, stop, options):
    """By kill-at-syscall. False: it ended before."""
    reset(place)
    flow = place.start('enable', before=[os.environ['EVC_KILL_AT_SYSCALL'], *options, str(stop)],
                       key=place.key, confirm=place.name)
    flow.run()
    flow.child.communicate()
    assert flow.child.returncode in (0, 1)
    return flow.child.returncode == 0


def test_before_each_write_of_a_file_of_state(by):
    """Before each write, fsync and rename that makes the record, the first journal or the report."""
    stop = 1
    while killed_at_call(by, stop, ['-w', '-f', f'{by.state}/.']):
        goes_on(by, f'write {stop}')
        stop += 1
    assert stop > 3 * 4 and by.changes() == 1


def test_at_calls_on_the_files_of_state(by, step):
    """Some of them, or by --all each: what is opened, read, locked and closed too."""
    stop = 1
    while killed_at_call(by, stop, ['-f', str(by.state)]):
        goes_on(by, f'call {stop}')
        stop += step
    assert stop > 200 and by.changes() == 1


@pytest.mark.parametrize('verb', ['reencrypt', 'verify'])
def test_what_follows_the_change_at_requests(by, verb, request):
    """As commands of their own; each sixth request, or by --all each."""
    number, places = 1, 0
    if verb == 'reencrypt' and isinstance(by, Iks):
        with pytest.raises(Failed, match='stores Secrets anew itself'):
            by.run(verb)
        return
    while True:
        reset(by)
        by.enable(encrypt_existing_secrets='yes' if verb == 'verify' else 'no')
        if not killed_at(by, number, places % 2 == 1, verb, key=by.key):
            break
        by.turnstile.reset()
        where, unfinished = f'{verb}, request {number}', is_unfinished(by)
        report = by.run(verb, key=by.key)
        assert report['outcome'] == 'proven', (where, report['outcome_reason'])
        assert not unfinished or report['secrets']['resumed'], where
        assert by.changes() == 1 and by.stored() == {KMS}, where
        number, places = number + (1 if request.config.getoption('--all') else 6), places + 1
    assert places > 1


def asks(method, path, operation=''):
    """For requests to the cloud, which are (method, path, headers, body)."""
    def holds(request):
        return isinstance(request, tuple) and request[0] == method and path in request[1] and (
            operation in str(request[2]))
    return holds


SECOND = {
    'eks-rotate': (Eks, False, asks('POST', '/', 'RotateKeyOnDemand')),
    'iks-rotate': (Iks, False, asks('POST', '/actions/rotate')),
    'iks-change': (Iks, True, asks('POST', '/enableKMS')),
    'ack-change': (Ack, True, asks('PUT', '/kms')),
}


@pytest.mark.parametrize('after', [False, True], ids=['before', 'after'])
@pytest.mark.parametrize('second', SECOND)
def test_at_the_request_of_a_rotation(make, second, after):
    """One rotation, or one change to another key, and no second one."""
    kind, changes, request = SECOND[second]
    place = make(kind, SECRETS)
    place.enable()
    place.advance(301_000)  # the time in which ACK takes no other change
    change = {'key': place.other_key(), 'confirm': place.name} if changes else {'timeout_ms': '3600000'}
    assert killed_at(place, request, after, 'rotate', **change)
    place.turnstile.reset()
    report = place.run('rotate', **change)
    assert report['update']['phase'] == 'done', report
    assert report['outcome'] == ('not_proven' if kind is Eks else 'proven'), report
    assert place.stored() == {KMS}
    assert place.changes() == (2 if changes else 1)
    if not changes:
        assert place.rotations() == 1

# SPDX-License-Identifier: Apache-2.0
"""One request of each kind goes wrong, from the first look to the proof: the flow ends as if it had not,
or fails and the same call again does; one change at the cloud in both cases."""
import re

import kube_proxy
import pytest
from conftest import making
from kube_proxy import answer
from places import EVERY, KMS
from test_kill import again, prepare, reset

ID = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|s-\d+|c0{32}')
SLOW_S, PATIENCE_MS = 0.9, 600
# What is no answer of the service ends a flow; the rest passes.
STRANGE = ('no-json', 'page', 'half', 'nothing')
SELDOM = ('half', 'nothing')  # by --all alone, as what asks API servers (see ../kubernetes)
# Not to be told from the service's own words, which accept a change.
LIES = {('nothing', '/global/v2/enableKMS')}


def operation_of(request):
    """(method, path without ids, operation), of a request to the cloud or to the API server."""
    if isinstance(request, kube_proxy.Request):
        return request.method, ID.sub('*', request.path.partition('?')[0]), ''
    method, path, headers, body = request
    told = {name.lower(): value for name, value in headers.items()}
    named = told.get('x-amz-target') or told.get('x-acs-action') or (
        re.search(rb'Action=(\w+)', body) or [b'', b''])[1].decode()
    return method, ID.sub('*', path.partition('?')[0]), named


def throttled(request):
    """As each service says it."""
    if isinstance(request, kube_proxy.Request):
        return kube_proxy.throttle(1).before(request)
    method, _, named = operation_of(request)
    text = {'message': 'Rate exceeded', 'code': 'Throttling', 'Code': 'Throttling.User',
            'Message': 'Request was denied due to user flow control.', '__type': 'ThrottlingException'}
    if named == 'GetCallerIdentity' and method == 'POST' and b'Version=2011' in request[3]:
        return answer(400, b'<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>',
                      'text/xml').before(request)
    return answer(400 if named else 429, text, x_amzn_errortype='ThrottlingException').before(request)


FAULTS = {
    'throttled': kube_proxy.Fault(before=throttled),
    'down': answer(503, b'<html>no backend</html>', 'text/html'),
    'broken': answer(500, {'message': 'internal'}),
    'cut-before': kube_proxy.cut_before(),
    'cut-after': kube_proxy.cut_after(),
    'slow': kube_proxy.slow(SLOW_S),
    'no-json': answer(200, b'yes'),
    'half': kube_proxy.change(lambda reply: reply.with_body(reply.body[:len(reply.body) // 2])),
    'page': kube_proxy.wrong_type(),
    'nothing': answer(200, b''),
}


def kinds_of(place, every):
    """[(operation, which of those)] of a flow that nothing disturbs: the first of each that asks the cloud,
    or all."""
    reset(place)
    place.enable()
    asked = [operation_of(request) for request in place.turnstile.seen
             if every or not isinstance(request, kube_proxy.Request)]
    numbered = [(one, asked[:at].count(one)) for at, one in enumerate(asked)]
    return [one for one in numbered if every or one[1] == 0]


def nth(operation, number):
    """Holds for that request alone."""
    left = [number]

    def holds(request):
        if operation_of(request) != operation:
            return False
        left[0] -= 1
        return left[0] == -1
    return holds


@pytest.fixture(name='place', scope='module', params=EVERY, ids=lambda kind: kind.__name__.lower())
def fixture_place(request, tmp_path_factory):
    with making(tmp_path_factory.mktemp('cloud')) as make:
        place = prepare(make, request.param)
        place.enable()  # the API server has its Lease from then on
        yield place


CHANGE = {('POST', 'encryption-config/associate'), ('POST', '/enableKMS'), ('PUT', '/kms')}
AWAY_MS = 180_000


class Away:
    """Holds for what the cloud is asked in the minutes after it took the change."""

    def __init__(self, place):
        self.place, self.since, self.count = place, None, 0

    def __call__(self, request):
        if isinstance(request, kube_proxy.Request):
            return False
        if self.since is None:
            if any(request[0] == method and request[1].endswith(path) for method, path in CHANGE):
                self.since = self.place.ahead_ms
            return False
        away = self.place.ahead_ms - self.since < AWAY_MS
        self.count += away
        return away


@pytest.mark.parametrize('how', ['down', 'throttled', 'cut-before'])
def test_a_cloud_that_answers_nothing_for_minutes_is_waited_for(place, how):
    reset(place)
    away = Away(place)
    place.turnstile.reset(away, fault=FAULTS[how])
    report = place.enable()
    assert away.count > 3
    assert report['outcome'] == 'proven', report['outcome_reason']
    assert place.changes() == 1 and place.stored() == {KMS}


def test_a_fault_at_each_kind_of_request(place, fault, request):
    place.options['attempt-timeout-ms'] = str(PATIENCE_MS if fault == 'slow' else 30000)
    for operation, number in kinds_of(place, request.config.getoption('--all')):
        if (fault, operation[1]) in LIES:
            continue
        where = f'{fault} at {number}th {" ".join(operation)}'
        reset(place)
        place.turnstile.reset(nth(operation, number), fault=FAULTS[fault])
        flow = place.start('enable', key=place.key, confirm=place.name)
        assert flow.run(), (where, flow.close())
        flow.close()
        assert place.turnstile.held or number > 0, where
        report = flow.last.get('report')
        if fault in STRANGE and not (flow.last['ok'] and report['outcome'] == 'proven'):
            place.turnstile.reset()
            report = again(place, where)
        else:
            assert flow.last['ok'], (where, flow.last['code'], flow.last['text'])
        assert report['outcome'] == 'proven', (where, report['outcome_reason'])
        assert report['update']['phase'] == 'done', where
        assert place.changes() == 1 and place.stored() == {KMS}, where

# SPDX-License-Identifier: Apache-2.0
"""Re-encryption through a proxy that refuses, cuts, tears, holds and lies, in both versions of HTTP."""
import json
import time

import pytest
from kube_proxy import (answer, call, call_after, change, cut_after, cut_before, drip, expired, huge, reset_before,
                        shutting_down, slow, status, throttle, torn, with_data, wrong_type)
from running import Failed, reencrypt, said, stale, start, verify

PATCH = {'method': 'PATCH', 'path': '/secrets/'}
LIST = {'method': 'GET', 'path': r'/secrets\?'}
PLANTED = 'c2VjcmV0LW9mLXRoZS1wcm94eQ'


@pytest.fixture(params=[False, True], ids=['http1', 'http2'])
def proxy(cluster, request):
    with cluster.proxy(http2=request.param) as running:
        running.config = cluster.kubeconfig('reencrypter', server=running.url)
        yield running


def run(proxy, **options):
    return reencrypt(proxy.config, **{'page': 10, 'mode': 'rewrite', **options})


def done(cluster, report, failed=0):
    """All are stored anew, each once: the plain write, and ours."""
    assert report['figures']['failed'] == failed, report['failures']
    assert stale(cluster) == []
    assert set(cluster.etcd_writes().values()) == {2}


def test_nothing_is_asked_but_metadata(cluster, proxy):
    done(cluster, run(proxy))
    asked = [r for r in proxy.requests if '/secrets' in r.path]
    assert len(asked) > 44
    for request in asked:
        assert 'as=PartialObjectMetadata' in request.headers['accept'], request
    patches = [r.json() for r in asked if r.method == 'PATCH']
    # Row 61: held to what was listed, and nothing of the object is in it.
    assert all(set(p) == {'metadata'} and set(p['metadata']) == {'uid', 'resourceVersion'} for p in patches)


def test_requests_share_connections(cluster, proxy):
    done(cluster, run(proxy, in_flight=8))
    assert proxy.accepted <= 9 and len(proxy.requests) > 44


@pytest.mark.parametrize('where', [PATCH, LIST], ids=['patch', 'list'])
@pytest.mark.parametrize('fault', [
    throttle(1), shutting_down(1), status(503, 'ServiceUnavailable'), status(500, 'InternalError'),
    status(504, 'Timeout'), status(429, 'TooManyRequests', retry_after=1), cut_before(), cut_after(), torn(20),
    reset_before(), slow(0.3), drip(50)],
    ids=['429', 'shutdown', '503', '500', '504', '429-status', 'cut-before', 'cut-after', 'torn', 'reset', 'slow',
         'drip'])
def test_one_fault_costs_nothing(cluster, proxy, where, fault):
    proxy.on(fault, **where, skip=2)
    done(cluster, run(proxy))
    assert proxy.rules[0].left == 0


def test_a_refusal_is_waited_for(cluster, proxy):
    proxy.on(throttle(2), **PATCH)
    begin = time.monotonic()
    done(cluster, run(proxy))
    assert time.monotonic() - begin > 1.9


def test_many_refusals_make_it_slower_and_no_less(cluster, proxy):
    proxy.on(throttle(1), **PATCH, times=12, skip=3)
    done(cluster, run(proxy))


def test_a_list_that_expired_goes_on_by_its_token(cluster, proxy):
    token = cluster.client().metadata_list('/api/v1/secrets?limit=20').json()['metadata']['continue']
    proxy.on(expired(token), **LIST, skip=2)
    done(cluster, run(proxy))


def test_a_list_that_expired_without_a_token_begins_anew_without_double_work(cluster, proxy):
    proxy.on(expired(), **LIST, skip=2)
    report = run(proxy, second_pass='no')
    done(cluster, report)
    assert report['figures']['listed'] == 40 and report['figures']['rewritten'] == 40
    # What was written in the first part is not written again; nor is it asked for, but for what
    # was on its way when the list began anew: most of a page.
    assert proxy.count('PATCH', '/secrets/') <= 40 + 10


def test_a_list_that_expires_for_ever_ends(cluster, proxy):
    proxy.on(expired(), method='GET', path='continue=', times=None)
    with pytest.raises(Failed):
        run(proxy)


def test_a_server_that_starts_again_is_waited_for(cluster, proxy):
    proxy.on(call(cluster.restart_server), **PATCH, skip=15)
    done(cluster, run(proxy))


def test_a_look_that_begins_anew_counts_each_object_once(cluster, proxy):
    run(proxy)
    proxy.on(expired(), method='GET', path='continue=')
    report = verify(proxy.config, page=10, mode='rewrite')
    assert proxy.rules[0].left == 0 and report['figures']['checked'] == 40


@pytest.mark.parametrize('words, advice', [
    ('admission webhook "no.example.com" denied the request: not today', 'webhook'),
    ('secrets "s-00007" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=20, '
     'limited: count/secrets=20', 'a ResourceQuota of its namespace is used up'),
    ("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", 'ValidatingAdmissionPolicy')],
    ids=['webhook', 'quota', 'policy'])
def test_one_object_that_may_not_be_written_is_named_with_who_refuses_it(cluster, proxy, words, advice):
    """Row 60: the rest is done."""
    proxy.on(status(403, 'Forbidden', words), method='PATCH', path='/secrets/s-00007', times=None)
    report = run(proxy)
    assert report['figures']['failed'] == 1 and report['outcome'] != 'proven'
    failure, = report['failures']
    assert (failure['namespace'], failure['name'], failure['code']) == ('b', 's-00007', 'DENIED')
    assert advice in failure['message'] and 'not today' not in failure['message']
    assert len(stale(cluster)) == 1


def test_one_object_that_fails_for_ever_is_named(cluster, proxy):
    proxy.on(status(422, 'Invalid', 'field is immutable'), method='PATCH', path='/secrets/s-00008', times=None)
    report = run(proxy)
    assert [(f['namespace'], f['name']) for f in report['failures']] == [('a', 's-00008')]
    assert len(stale(cluster)) == 1


# What somebody else did between the list and the patch (rows 52 and 53).

def on_first_patch_of(proxy, name, do):
    proxy.on(call(do), method='PATCH', path='/secrets/' + name)


def test_written_meanwhile_counts_as_done(cluster, proxy):
    admin = cluster.client()
    on_first_patch_of(proxy, 's-00010', lambda: admin.patch('/api/v1/namespaces/a/secrets/s-00010', {
        'metadata': {'labels': {'x': 'y'}}}))
    report = run(proxy)
    done(cluster, report)
    assert report['figures']['settled'] == 1


def test_deleted_meanwhile_counts_as_gone(cluster, proxy):
    admin = cluster.client()
    on_first_patch_of(proxy, 's-00010',
                      lambda: admin.request('DELETE', '/api/v1/namespaces/a/secrets/s-00010'))
    report = run(proxy)
    done(cluster, report)
    assert report['figures']['gone'] == 1


def test_another_object_of_that_name_is_left_to_who_made_it(cluster, proxy):
    admin, path = cluster.client(), '/api/v1/namespaces/a/secrets'

    def replace():
        admin.request('DELETE', path + '/s-00010')
        admin.request('POST', path, {'metadata': {'name': 's-00010'}})

    on_first_patch_of(proxy, 's-00010', replace)
    report = run(proxy)
    assert report['figures']['failed'] == 0 and stale(cluster) == []


@pytest.mark.parametrize('code, reason', [(409, 'Conflict'), (422, 'Invalid')])
def test_both_words_for_another_uid_are_understood(cluster, proxy, code, reason):
    """A conflict that is none by what the object says now: it is tried again."""
    proxy.on(status(code, reason, 'metadata.uid: field is immutable'), method='PATCH', path='/secrets/s-00010')
    done(cluster, run(proxy))


# Replies that are not what they should be.

@pytest.mark.parametrize('where', [PATCH, LIST], ids=['patch', 'list'])
@pytest.mark.parametrize('fault', [wrong_type(), answer(200, b'{"kind":'), answer(200, {'kind': 'Pod'}),
                                   answer(204, b''), answer(302, b'', location='https://127.0.0.1:1/')],
                         ids=['html', 'half', 'kind', 'empty', 'redirect'])
def test_a_reply_that_cannot_be_is_no_success(cluster, proxy, where, fault):
    proxy.on(fault, **where, times=None)
    try:
        report = run(proxy)
    except Failed:
        report = None
    if where is LIST:
        assert report is None or report['figures']['failed'] > 0
        assert len(stale(cluster)) == 40
    else:
        assert report is None or report['figures']['failed'] == 40


@pytest.mark.parametrize('where', [PATCH, LIST], ids=['patch', 'list'])
def test_data_in_a_reply_is_refused_and_never_shown(cluster, proxy, where):
    proxy.on(change(with_data), **where, times=None)
    process = start('run', proxy.config, page=10, mode='rewrite')
    text = json.dumps(said(process))
    assert PLANTED not in text and 'PROTOCOL' in text


def test_an_answer_about_another_object_is_refused(cluster, proxy):
    def rename(reply):
        body = reply.json()
        body['metadata']['name'] = 'other'
        return reply.with_body(json.dumps(body).encode())

    proxy.on(change(rename), method='PATCH', path='/secrets/s-00010', times=None)
    report = run(proxy)
    assert [f['code'] for f in report['failures']] == ['PROTOCOL'], report['failures']


def test_a_huge_reply_is_no_success(cluster, proxy):
    """What it takes of memory: test_memory.py."""
    proxy.on(huge(32 << 20), **LIST, times=None)
    answered = said(start('run', proxy.config, mode='rewrite'))
    assert not answered['ok'] or answered['report']['figures']['failed']
    assert len(stale(cluster)) == 40


def test_a_silent_server_is_not_waited_for_for_ever(cluster, proxy):
    proxy.on(slow(3), **PATCH, times=2)
    begin = time.monotonic()
    done(cluster, run(proxy, **{'kube.attempt-timeout-ms': 500}))
    assert time.monotonic() - begin < 20


def test_rights_that_go_in_mid_run_are_named(cluster, proxy):
    proxy.on(call_after(lambda: cluster.set_users({**cluster.users, 'reencrypter': []})), **PATCH, skip=10)
    try:
        report = run(proxy)
        assert report['figures']['failed'] > 0
    except Failed as failed:
        assert failed.code in ('DENIED', 'KUBE_PREFLIGHT')
    assert stale(cluster)

# SPDX-License-Identifier: Apache-2.0
"""The fault proxy before the API server, judged by curl in both versions of HTTP."""
import json
import subprocess
import threading

import pytest
from kube_proxy import (Hold, call, change, cut_after, cut_before, drip, expired, huge, reset_before, slow,
                        status, throttle, torn, with_data, wrong_type)

import kubeserver

LIST = '/api/v1/secrets?limit=5'


@pytest.fixture(params=[False, True], ids=['http1', 'http2'])
def proxy(cluster, request):
    cluster.create_secrets(12, ['p'])
    with cluster.proxy(http2=request.param) as running:
        running.version = '--http2' if request.param else '--http1.1'
        yield running


def curl(proxy, path, *options, fails=None):
    """(status, body) by curl; fails: its exit codes."""
    done = subprocess.run(
        ['curl', '-sS', proxy.version, '--cacert', proxy.ca, '-H', 'Authorization: Bearer token-of-admin',
         '-H', f'Accept: {kubeserver.METADATA_LIST}', '-w', '\n%{http_code} %{http_version}', '--max-time', '30',
         *options, proxy.url + path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    if fails:
        assert done.returncode in fails, done
        return None
    assert done.returncode == 0, done.stderr
    body, _, last = done.stdout.rpartition(b'\n')
    code, version = last.decode().split()
    assert version == {'--http2': '2', '--http1.1': '1.1'}[proxy.version]
    return int(code), body


def patch(proxy, name, **options):
    return curl(proxy, f'/api/v1/namespaces/p/secrets/{name}', '-X', 'PATCH', '-H', f'Accept: {kubeserver.METADATA}',
                '-H', 'Content-Type: application/merge-patch+json', '-d',
                '{"metadata":{"annotations":{"a":"%s"}}}' % name, **options)


def test_it_passes_on(proxy, cluster):
    code, body = curl(proxy, LIST)
    assert code == 200 and len(json.loads(body)['items']) == 5
    assert patch(proxy, 's-00001')[0] == 200
    assert cluster.secrets()['p', 's-00001']['annotations'] == {'a': 's-00001'}
    assert proxy.count('PATCH') == 1 and proxy.count(path='limit=5') == 1
    assert proxy.requests[0].headers['authorization'] == 'Bearer token-of-admin'


def test_large_replies_come_whole(proxy):
    proxy.on(huge(3 << 20), path='limit')
    assert len(curl(proxy, LIST)[1]) > 3 << 20


@pytest.mark.parametrize('fault, code', [
    (throttle(3), 429), (expired('token'), 410), (status(500, 'InternalError'), 500), (wrong_type(), 200)])
def test_it_answers_itself(proxy, fault, code):
    proxy.on(fault, path='limit', skip=1)
    assert [curl(proxy, LIST)[0] for _ in range(3)] == [200, code, 200]


def test_a_refusal_says_when(proxy):
    proxy.on(throttle(3))
    body = curl(proxy, LIST, '-D', '-')[1].lower()
    assert b'retry-after: 3' in body and b'"kind"' not in body


def test_an_expired_list_may_bear_a_token(proxy):
    proxy.on(expired('abc'))
    proxy.on(expired(), skip=1)
    assert [json.loads(curl(proxy, LIST)[1])['metadata'] for _ in range(2)] == [{'continue': 'abc'}, {}]


def test_what_is_cut_before_is_not_done(proxy, cluster):
    proxy.on(cut_before(), method='PATCH')
    patch(proxy, 's-00002', fails=[16, 18, 52, 56, 92])
    assert 'annotations' not in cluster.secrets()['p', 's-00002']


def test_what_is_cut_after_is_done(proxy, cluster):
    proxy.on(cut_after(), method='PATCH')
    patch(proxy, 's-00003', fails=[16, 18, 52, 56, 92])
    assert cluster.secrets()['p', 's-00003']['annotations'] == {'a': 's-00003'}


def test_a_stream_can_be_reset(proxy):
    proxy.on(reset_before(), method='PATCH')
    patch(proxy, 's-00004', fails=[52, 56, 92])


def test_a_reply_can_be_torn(proxy):
    proxy.on(torn(100))
    curl(proxy, LIST, fails=[16, 18, 56, 92])


def test_replies_can_be_slow(proxy):
    proxy.on(slow(1.5))
    curl(proxy, LIST, '--max-time', '1', fails=[28])
    proxy.on(drip(500))
    curl(proxy, LIST, '--max-time', '0.3', fails=[28])
    assert curl(proxy, LIST)[0] == 200


def test_data_can_be_planted(proxy):
    proxy.on(change(with_data))
    assert json.loads(curl(proxy, LIST)[1])['items'][0]['data']


def test_the_server_can_start_again_in_between(proxy, cluster):
    pid = cluster.server.pid
    proxy.on(call(cluster.restart_server), number=2)
    assert [curl(proxy, LIST)[0] for _ in range(3)] == [200] * 3
    assert cluster.server.pid != pid


@pytest.mark.parametrize('after', [False, True])
def test_a_request_can_be_held(proxy, cluster, after):
    name = f's-{5 + after + 2 * (proxy.version == "--http2"):05}'
    hold = proxy.on(Hold(after), method='PATCH')
    thread = threading.Thread(target=patch, args=(proxy, name))
    thread.start()
    assert hold.reached.wait(20)
    assert ('annotations' in cluster.secrets()['p', name]) == after
    hold.release()
    thread.join()
    assert 'annotations' in cluster.secrets()['p', name]


def test_a_function_can_be_the_server(cluster):
    from fault_proxy import Reply
    with cluster.proxy(upstream=lambda request: Reply(request, 200, {}, request.method.encode())) as alone:
        alone.version = '--http1.1'
        assert curl(alone, LIST) == (200, b'GET')

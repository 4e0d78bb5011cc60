# SPDX-License-Identifier: Apache-2.0
"""What does not get better ends a run by itself after two minutes, and the next run goes on there.

Each of these waits so long: they do it at once, and the tests look at what came of it.
"""
import concurrent.futures
import contextlib
import time

import commanding
import pytest
from commanding import needs_command, secrets
from kube_proxy import call, throttle
from running import Failed, reencrypt, said, stale, start

import kubeserver

pytestmark = needs_command
PATIENCE = 120  # seconds, EVC_LISTER_PATIENCE_MS
PATCH = {'method': 'PATCH', 'path': '/secrets/'}
COUNT, DONE = 120, 40  # objects, and how many are stored anew before it begins


class Ended:
    """A run that ended, and its scene."""

    def __init__(self, **members):
        self.__dict__.update(members)


def plain(folder):
    cluster = kubeserver.Cluster(folder)
    cluster.create_secrets(COUNT, ['a', 'b'])
    cluster.switch_encryption('kms', 'identity')
    return cluster


def refused(cluster, proxy):
    """By the command: 429 without an end."""
    proxy.on(throttle(1), **PATCH, times=None, skip=DONE)
    begin = time.monotonic()
    process = commanding.start(
        cluster, 'secrets', 'reencrypt', '--mode', 'rewrite', '--page', '30', '--kubeconfig',
        cluster.kubeconfig('reencrypter', server=proxy.url))
    out, err = process.communicate(timeout=3 * PATIENCE)
    return Ended(cluster=cluster, proxy=proxy, code=process.returncode, out=out.decode(), err=err.decode(),
                 seconds=time.monotonic() - begin, asked=proxy.count(**PATCH))


def without_etcd(cluster, proxy, journal):
    proxy.on(call(cluster.etcd.end), **PATCH, skip=DONE)
    options = {'mode': 'rewrite', 'journal': journal, 'page': 30, 'kube.attempt-timeout-ms': 5000}
    answer = said(start('run', cluster.kubeconfig('reencrypter', server=proxy.url), **options),
                  patience=3 * PATIENCE)
    return Ended(cluster=cluster, options=options, error=None if answer['ok'] else Failed(answer))


@pytest.fixture(scope='module')
def ends(tmp_path_factory):
    """{what went on: Ended}"""
    folder = tmp_path_factory.mktemp('patience')
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor() as pool:
        clusters = {name: stack.enter_context(plain(folder / name)) for name in ('throttle', 'etcd')}
        proxies = {name: stack.enter_context(one.proxy(http2=True)) for name, one in clusters.items()}
        begun = {'throttle': pool.submit(refused, clusters['throttle'], proxies['throttle']),
                 'etcd': pool.submit(without_etcd, clusters['etcd'], proxies['etcd'], folder / 'journal')}
        yield {name: one.result() for name, one in begun.items()}


# 429 for ever.

def test_a_429_that_never_ends_ends_the_run_by_its_name(ends):
    ended = ends['throttle']
    assert ended.code == 8, (ended.out, ended.err)
    assert 'for 120 s the API server did nothing that was asked' in ended.err and 'HTTP 429' in ended.err


def test_a_429_that_never_ends_is_not_answered_by_hammering(ends):
    """Told to come back in a second, it asks twice in a second at most, where the server could take hundreds."""
    ended = ends['throttle']
    assert 10 < ended.asked - DONE <= 2 * ended.seconds, (ended.asked, ended.seconds)


def test_after_a_429_that_ended_the_same_command_goes_on(ends):
    ended = ends['throttle']
    assert 'The same command goes on where this one stopped' in ended.err and '.journal' in ended.err
    assert len(stale(ended.cluster)) == COUNT - DONE
    ended.proxy.clear()
    secrets(ended.cluster, 'reencrypt', '--mode', 'rewrite', '--page', '30', server=ended.proxy.url)
    assert stale(ended.cluster) == [] and set(ended.cluster.etcd_writes().values()) == {2}


# etcd, for ever.

def test_etcd_that_stays_away_ends_the_run_by_its_name(ends):
    error = ends['etcd'].error
    assert error.code in ('SERVICE_DOWN', 'NET_BROKEN'), str(error)
    assert 'for 120 s the API server did nothing that was asked' in error.text


def test_when_etcd_is_back_the_run_goes_on(ends):
    ended = ends['etcd']
    ended.cluster.etcd.restart()
    ended.cluster.restart_server()
    report = reencrypt(ended.cluster.kubeconfig('reencrypter'), **ended.options)
    assert report['resumed'] and report['figures']['failed'] == 0
    assert stale(ended.cluster) == [] and set(ended.cluster.etcd_writes().values()) == {2}

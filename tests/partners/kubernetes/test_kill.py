# SPDX-License-Identifier: Apache-2.0
"""Killed by SIGKILL at every request and at every call on the journal, and gone on with (row 57)."""
import os
import subprocess

import pytest
from kube_proxy import Hold
from running import command, reencrypt, said, stale, start

IN_FLIGHT = 4


class Scene:
    """Objects that can be made stale again, and a journal."""

    def __init__(self, cluster, folder, count):
        self.cluster = cluster
        self.folder = folder
        self.folder.mkdir()
        cluster.create_secrets(count, ['a', 'b'])
        self.plain = cluster.etcd_values()
        cluster.switch_encryption('kms', 'identity')
        self.config = cluster.kubeconfig('reencrypter')
        self.options = {'in_flight': IN_FLIGHT, 'lease': '', 'journal': str(folder / 'journal'),
                        'second_pass': 'no'}

    def reset(self):
        """All are stale, and nothing was ever begun."""
        for name in os.listdir(self.folder):
            os.remove(self.folder / name)
        self.cluster.etcd_restore(self.plain)
        self.writes = self.cluster.etcd_writes()

    def written(self):
        """{how often since reset(): of how many objects}"""
        counts = {}
        for key, count in self.cluster.etcd_writes().items():
            often = count - self.writes[key]
            counts[often] = counts.get(often, 0) + 1
        return counts

    def resume(self, **more):
        """Goes on and is done: no object is lost, and none is stored twice but those in flight."""
        report = reencrypt(self.config, **self.options, **more)
        assert report['figures']['failed'] == 0, report['failures']
        assert stale(self.cluster) == []
        counts = self.written()
        twice = counts.pop(2, 0)
        assert set(counts) <= {1} and twice <= IN_FLIGHT, counts
        assert sum(counts.values()) + twice == len(self.plain)
        return report


@pytest.fixture
def scene(fresh, tmp_path, request):
    return Scene(fresh(), tmp_path / 'journals', getattr(request, 'param', 40))


def killed_at(scene, proxy, number, after, **options):
    """Starts a run that is killed when a request is about to go on, or its reply to come back.
    False: it ended before."""
    proxy.clear()
    hold = proxy.on(Hold(after), number=number)
    config = scene.cluster.kubeconfig('reencrypter', server=proxy.url)
    process = start('run', config, **{**scene.options, **options})
    while not hold.reached.wait(0.01):
        if process.poll() is not None:
            assert said(process)['ok']
            return False
    process.kill()
    process.communicate()
    hold.release()
    return True


@pytest.mark.parametrize('mode', ['rewrite', 'annotate'])
def test_killed_at_every_request_of_a_run_of_forty(scene, mode):
    options = {'page': 10, 'mode': mode}
    with scene.cluster.proxy(http2=True) as proxy:
        number, points = 1, 0
        while True:
            for after in (False, True):
                scene.reset()
                if not killed_at(scene, proxy, number, after, **options):
                    assert points >= 2 * 44  # forty patches and four pages
                    return
                points += 1
                scene.resume(**options)
            number += 1


def test_killed_at_every_call_on_the_journal(scene):
    options = {**scene.options, 'page': 10, 'mode': 'rewrite'}
    stop = 0
    while True:
        stop += 1
        scene.reset()
        killed = subprocess.run(
            [os.environ['EVC_KILL_AT_SYSCALL'], '-f', str(scene.folder), str(stop),
             *command('run', scene.config, options)], stdout=subprocess.DEVNULL, check=False, timeout=120,
            env={'PATH': os.environ['PATH'], 'HOME': str(scene.folder)})
        if killed.returncode == 1:
            break
        assert killed.returncode == 0
        scene.resume(page=10, mode='rewrite')
        assert set(os.listdir(scene.folder)) <= {'journal', 'journal.lock'}
    assert stop > 2 * 44  # at least one write for each object and page


@pytest.mark.parametrize('scene', [1000], indirect=True)
def test_killed_at_points_of_a_run_of_a_thousand(scene, every_point):
    """Twenty of them, or by --all every one."""
    options = {'page': 100, 'mode': 'rewrite'}
    with scene.cluster.proxy(http2=True) as proxy:
        config = scene.cluster.kubeconfig('reencrypter', server=proxy.url)
        scene.reset()
        reencrypt(config, **{**scene.options, **options})
        count = len(proxy.requests)
        assert count > 1010
        points = range(1, count + 1) if every_point else [count * i // 21 for i in range(1, 21)]
        for number in points:
            scene.reset()
            assert killed_at(scene, proxy, number, number % 2 == 0, **options)
            scene.resume(**options)


def test_what_was_done_is_not_asked_for_again(scene):
    """After 30 of 40, the second run has hardly more than ten left."""
    options = {'page': 10, 'mode': 'rewrite'}
    scene.reset()
    with scene.cluster.proxy(http2=True) as proxy:
        hold = proxy.on(Hold(), method='PATCH', path='/secrets/', skip=30)
        config = scene.cluster.kubeconfig('reencrypter', server=proxy.url)
        process = start('run', config, **scene.options, **options)
        assert hold.reached.wait(60)
        process.kill()
        process.communicate()
        hold.release()
        proxy.clear()
        report = reencrypt(config, **scene.options, **options)
        assert report['resumed'] is True
        assert proxy.count('PATCH', '/secrets/') <= 10 + IN_FLIGHT
    assert stale(scene.cluster) == []


def test_a_killed_run_does_not_keep_its_successor_away(scene):
    """Its Lease is still held; the one who goes on with the journal is the same holder."""
    options = {**scene.options, 'lease': 'kube-system', 'page': 10, 'mode': 'rewrite'}
    scene.reset()
    with scene.cluster.proxy(http2=True) as proxy:
        hold = proxy.on(Hold(), method='PATCH', path='/secrets/', skip=20)
        process = start('run', scene.cluster.kubeconfig('reencrypter', server=proxy.url), **options)
        assert hold.reached.wait(60)
        process.kill()
        process.communicate()
        hold.release()
    reencrypt(scene.config, **options)
    assert stale(scene.cluster) == []


def test_a_journal_serves_one_run_at_a_time(scene):
    scene.reset()
    with scene.cluster.proxy(http2=True) as proxy:
        hold = proxy.on(Hold(), method='PATCH', path='/secrets/')
        process = start('run', scene.cluster.kubeconfig('reencrypter', server=proxy.url), **scene.options)
        assert hold.reached.wait(60)
        second = said(start('run', scene.config, **scene.options))
        assert second['code'] == 'ENVCRYPT_E_FILE_BUSY'
        hold.release()
        assert said(process)['ok']


@pytest.mark.parametrize('spoil, code', [
    (lambda text: text[:-7], None), (lambda text: text[:len(text) // 2], None),
    (lambda text: text.replace(b's-000', b's-100', 1), 'JOURNAL'), (lambda text: b'nothing\n' + text, 'JOURNAL')],
    ids=['torn', 'half', 'changed', 'foreign'])
def test_a_spoilt_journal(scene, spoil, code):
    """Row 59: a torn end is dropped, anything else is refused."""
    options = {'page': 10, 'mode': 'rewrite'}
    scene.reset()
    with scene.cluster.proxy(http2=True) as proxy:
        assert killed_at(scene, proxy, 40, False, **options)
    journal = scene.folder / 'journal'
    journal.write_bytes(spoil(journal.read_bytes()))
    answered = said(start('run', scene.config, **scene.options, **options))
    if code is None:
        assert answered['ok'] and stale(scene.cluster) == []
    else:
        assert answered['code'] == f'ENVCRYPT_E_{code}' and stale(scene.cluster)

# SPDX-License-Identifier: Apache-2.0
"""Clusters at the imitated clouds with a real API server behind each, which the cloud does to what it
would. All requests of ours, to the cloud and to the API server, go through one turnstile."""
import importlib.util
import os
import shutil
import time
from datetime import datetime, timedelta, timezone
from email.utils import formatdate

import ack
import eks
import iks
import kube_proxy
from flowing import Command, Flow, Gate, Turnstile
from ibm_key_protect import KEY

HERE = os.path.dirname(os.path.abspath(__file__))
KMS, PLAIN = b'k8s:enc:kms:v2:', b'k8s\0'
ROLE = ack.ROLE.lower()
USER = 'reencrypter'  # who our flow is to the API server: with no right more than it needs


def real_of(folder):
    """What a folder of a provider has behind its imitation; each calls it the same."""
    path = os.path.join(HERE, '..', folder, 'real.py')
    spec = importlib.util.spec_from_file_location(f'real_{folder}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Place:
    """One cluster. idle: the cloud changes nothing of the API server, which stays as it is. commands:
    flows are command lines."""

    def __init__(self, kube, folder):
        self.kube, self.folder, self.idle, self.commands = kube, folder, False, False
        self.state = folder / 'state'
        self.turnstile, self.ahead_ms = Turnstile(), 0
        self.proxy = kube.proxy()
        self.proxy.on(self.turnstile, times=None)
        self.proxy.on(kube_proxy.change(self.date), times=None)
        self.gates = {}

    def date(self, reply):
        """The API server's clock is that of all."""
        reply.headers['date'] = formatdate(time.time() + self.ahead_ms / 1000, usegmt=True)
        return reply

    def stop(self):
        self.proxy.close()
        for gate in self.gates.values():
            gate.__exit__()

    def gate(self, url):
        """The address before a service."""
        if url not in self.gates:
            self.gates[url] = Gate(url, self.turnstile)
        return self.gates[url].url

    # --- flows ---

    def start(self, verb, before=(), etcd=False, **change):
        if self.commands:
            return self.command(verb, before, **change)
        options = {**self.options, 'state-dir': str(self.state)}
        words = [f'{name}={value}' for name, value in options.items()]
        words += [f'change.{name.replace("_", "-")}={value}' for name, value in change.items()]
        words += [f'ahead={self.ahead_ms}']
        words += [f'etcd={self.kube.etcd.url}'] if etcd else []
        return Flow([self.uri, verb, *words], self.folder, self.environment, self.advance, before)

    def command(self, verb, before, key=None, confirm=None, **change):
        words = ['cluster', verb, self.uri, '--json', '--state-dir', str(self.state)]
        words += ['--key', key] if key else []
        words += ['--yes'] if confirm else []
        for name, value in change.items():
            words += ['--set', f'{name.replace("_", "-")}={value}']
        for name, value in self.options.items():
            words += ['--option', f'{name}={value}']
        return Command(words, self.folder, self.environment, self.advance, self.ahead_ms, before)

    def run(self, verb, **change):
        return self.start(verb, **change).report()

    def enable(self, **change):
        return self.run('enable', key=self.key, confirm=self.name, **change)

    def advance(self, ms):
        """The clocks of both sides; what the cloud does to the API server is waited for."""
        self.ahead_ms += ms
        self.pass_time(ms // 1000 + 1)
        deadline = time.monotonic() + 60
        while any(thread and thread.is_alive() for thread in self.working()):
            assert time.monotonic() < deadline, 'the cloud does not end its work'
            time.sleep(0.02)
        return self.ahead_ms

    def now(self):
        """By the clock of flows."""
        at = datetime.now(timezone.utc) + timedelta(milliseconds=self.ahead_ms)
        return at.strftime('%Y-%m-%dT%H:%M:%SZ')

    # --- the API server ---

    def stored(self):
        """How values begin, as a set."""
        return {value[:len(KMS)] if value.startswith(KMS) else value[:len(PLAIN)]
                for value in self.kube.etcd_values().values()}

    def patches(self):
        return self.proxy.count('PATCH', '/secrets/')

    def begin_anew(self, plain):
        """As before the first change: no encryption at the cloud, the Secrets as stale as plain has
        them, and no file of ours."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.kube.etcd_restore(plain)
        self.forget()
        self.pass_time(self.ahead_ms // 1000)


class Eks(Place):
    name = 'prod'
    uri = 'eks://eu-central-1/prod'

    def __init__(self, kube, folder):
        super().__init__(kube, folder)
        self.behind = real_of('eks').Behind(kube, self.name, USER, self.proxy)
        self.fake = self.behind.service.fake
        self.behind.begin(update_s=90)
        url = self.gate(self.behind.url)
        access = self.behind.access
        self.environment = {'AWS_ACCESS_KEY_ID': access.id, 'AWS_SECRET_ACCESS_KEY': access.secret,
                            'AWS_ENDPOINT_URL_STS': url}
        self.options = {'endpoint-url': url, 'kms-endpoint': url}
        self.key = self.behind.hello['key_1']

    def stop(self):
        super().stop()
        self.behind.service.close()

    @property
    def cluster(self):
        return self.fake.named(self.name)

    def forget(self):
        self.behind.works = not self.idle
        self.behind.hello = self.behind.begin(reset=True, update_s=90)
        self.key = self.behind.hello['key_1']
        self.behind.done.clear()

    def pass_time(self, seconds):
        with self.fake.lock:
            self.fake.clock_s += seconds
            self.fake.settle()

    def working(self):
        return [*(update.hook for update in self.cluster.updates), *self.fake.rotating.values()]

    def changes(self):
        """Tokens that associations were begun with."""
        return len(self.cluster.tokens)

    def other_key(self):
        return self.behind.hello['key_2']

    def rotations(self):
        """Of its key, on demand."""
        return self.fake.by_arn(self.key).on_demand

    def requests(self):
        return len(self.behind.service.requests(eks.ASSOCIATION))


class Iks(Place):
    name = 'mine'
    uri = 'iks://mine'

    def __init__(self, kube, folder):
        super().__init__(kube, folder)
        self.cloud = iks.Cloud().start()
        self.forget()
        keys, service = self.gate(self.cloud.keys.url), self.gate(self.cloud.url)
        self.environment = {'IBMCLOUD_API_KEY': 'api-key-of-a-manager'}
        self.options = {'endpoint-url': service + '/global', 'iam-endpoint': service, 'iam-url': keys,
                        'kms-endpoint': keys, 'resource-controller': keys}
        self.key = self.cloud.keys.keys[KEY].crn

    def stop(self):
        super().stop()
        self.cloud.stop()

    @property
    def cluster(self):
        return self.cloud.clusters[0]

    def forget(self):
        with self.cloud.lock:
            self.cloud.clusters.clear()
            self.cloud.add_cluster(self.name, cluster_id='cexample0of0a0cluster', lasts=90,
                                   restarts=(20, 40))
            for key in self.cloud.keys.keys.values():
                key.unregister(self.cluster.registered_as)
        self.behind = real_of('iks').Behind(self.cluster, self.kube, USER)
        self.behind.works = not self.idle
        self.cluster.kube['server'] = self.proxy.url

    def pass_time(self, seconds):
        self.cloud.advance(seconds)

    def working(self):
        return []

    def changes(self):
        """Accepted requests of enableKMS."""
        return len(self.cluster.posts)

    def rotations(self):
        return self.behind.done.count('rotated')

    def other_key(self):
        return self.cloud.keys.add_key('two').crn


class Ack(Place):
    name = 'shop'
    audited = True  # whether the trail hears of the plugin, which is busy

    def __init__(self, kube, folder):
        super().__init__(kube, folder)
        self.fake = ack.Fake()
        self.facts = self.fake.serve()
        self.key = self.facts['keys']['main']
        secret, _ = self.facts['access']['LTAI-fixed']
        self.environment = {'ALIBABA_CLOUD_ACCESS_KEY_ID': 'LTAI-fixed',
                            'ALIBABA_CLOUD_ACCESS_KEY_SECRET': secret}
        ports = {'endpoint-url': 'cs', 'kms-endpoint': 'kms', 'sts-endpoint': 'sts', 'ram-endpoint': 'ram',
                 'actiontrail-endpoint': 'actiontrail'}
        self.options = {name: self.gate(f'http://127.0.0.1:{self.facts["ports"][port]}')
                        for name, port in ports.items()}
        self.forget()

    def forget(self):
        self.fake.control({'reset': True})
        self.cluster = self.fake.cs.add(
            id='c' + 32 * '0', name=self.name, endpoint=self.proxy.url,
            kubeconfig=self.kube.kubeconfig_text(USER, self.proxy.url))
        self.cluster.pace = {'start_s': 20, 'take_s': 90, 'hook': self.happen}
        self.uri = f'ack://cn-hangzhou/{self.cluster.id}'

    def happen(self, cluster):
        """The plugin is given its key and uses it, or is taken away."""
        _, disabled = cluster.change.wanted
        if not self.idle and disabled:
            self.kube.switch_encryption('identity', 'kms')
        elif not self.idle and cluster.encrypts_with():
            self.kube.rotate_key()
        elif not self.idle:
            self.kube.switch_encryption('kms', 'identity')

    def use(self, arn, session='kms-plugin'):
        """The trail has that the plugin did."""
        self.fake.control({'used': [{'action': 'Encrypt', 'key': arn, 'role': ROLE, 'session': session}]})

    def pass_time(self, seconds):
        with self.fake.kms.lock:
            self.fake.kms.clock_s += seconds
            self.cluster.settle(self.fake.now())
        if self.audited and self.cluster.encrypts_with():
            self.use(self.fake.kms.keys[self.cluster.encrypts_with()].arn)

    def working(self):
        return [self.cluster.change and self.cluster.change.thread]

    def changes(self):
        """Accepted updates of encryption."""
        return len(self.cluster.tasks)

    def other_key(self):
        return self.facts['keys']['other']


EVERY = [Eks, Iks, Ack]

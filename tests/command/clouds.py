# SPDX-License-Identifier: Apache-2.0
"""Clusters of three providers for tests of the command: the services as tests/fakes imitate them, and the
way to each. There is no API server behind them."""
import http.server
import json
import os
import sys
import threading

import pytest

sys.path.insert(0, os.path.join(os.environ['EVC_SOURCE'], 'tests', 'fakes'))
# pylint: disable=wrong-import-position
import ack  # noqa: E402
import eks  # noqa: E402
import ibm_key_protect  # noqa: E402
import iks  # noqa: E402
from terminal import Terminal  # noqa: E402

LATER = '--encrypt-existing-secrets=false'
NOTHING = {'AWS_EC2_METADATA_DISABLED': 'true', 'ALIBABA_CLOUD_ECS_METADATA_DISABLED': 'true'}
REGION, OTHER = eks.REGION, 'us-east-1'


class Provider:
    """A folder with the command, and the way to a fake."""

    ways, environment = (), {}

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**NOTHING, **self.environment, 'HOME': folder.path}

    def run(self, *args, **more):
        return self.folder.run(*args, *self.ways, environment=self.environment, **more)

    def events(self, *args, **more):
        return [json.loads(line) for line in self.run(*args, '--json', **more).text.splitlines()]

    def report(self, *args, **more):
        return self.events(*args, **more)[-1]['report']

    def rows(self, *args, **more):
        return self.events(*args, **more)[-1]['rows']


class Eks(Provider):
    def __init__(self, folder):
        self.fake = eks.Service()
        self.fake.control(update_s=1)
        hello = self.fake.fake.hello()
        self.key, self.other = hello['key_1'], hello['key_2']
        self.ways = ('--endpoint-url', self.fake.url, '--option', 'kms-endpoint=' + self.fake.url)
        self.environment = {'AWS_ACCESS_KEY_ID': 'AKIAFIXED', 'AWS_ENDPOINT_URL_STS': self.fake.url,
                            'AWS_SECRET_ACCESS_KEY': hello['access']['AKIAFIXED']['secret']}
        self.uri, self.place = f'eks://{REGION}/prod', f'eks://{REGION}'
        super().__init__(folder)

    def begin(self):
        self.run('cluster', 'enable', self.uri, '--key', self.key, LATER, '--yes', '--no-wait')

    def encrypt(self, name='prod', key=None):
        self.fake.control(clusters=[{'name': name, 'key': key or self.key}])

    def changes(self):
        return self.fake.requests('AssociateEncryptionConfig')

    def stop(self):
        self.fake.close()


class Iks(Provider):
    def __init__(self, folder):
        self.fake = iks.Cloud().start()
        self.cluster = self.fake.add_cluster('mine', lasts=1)
        keys = self.fake.keys
        self.key, self.instance = ibm_key_protect.KEY, keys.instance
        self.ways = ('--endpoint-url', self.fake.url + '/global', '--option', 'iam-url=' + keys.url,
                     '--option', 'iam-endpoint=' + self.fake.url, '--option',
                     'kms-endpoint=' + keys.url, '--option', 'resource-controller=' + keys.url)
        self.environment = {'IBMCLOUD_API_KEY': 'api-key-of-a-manager'}
        self.uri, self.place = 'iks://mine', 'iks://'
        self.wanted = ('-c', 'mine', '--instance-id', self.instance, '--crk', self.key)
        super().__init__(folder)

    def encrypt(self):
        """By somebody else, some time ago."""
        self.cluster.change_key(self.fake.keys.keys[self.key], True)
        self.fake.advance(3600)

    def changes(self):
        return [one['body'] for one in self.fake.log if one['path'].endswith('/enableKMS')]

    def stop(self):
        self.fake.stop()


class Ack(Provider):
    def __init__(self, folder):
        self.fake = ack.Fake()
        facts = self.fake.serve()
        self.key = facts['keys']['other']
        self.cluster = self.fake.cs.add()
        ports = {name: f'http://127.0.0.1:{port}' for name, port in self.fake.ports.items()}
        self.ways = ('--endpoint-url', ports['cs'], *(word for name in ('kms', 'sts', 'ram', 'actiontrail')
                                                      for word in ('--option', f'{name}-endpoint={ports[name]}')))
        self.environment = {'ALIBABA_CLOUD_ACCESS_KEY_ID': 'LTAI-fixed',
                            'ALIBABA_CLOUD_ACCESS_KEY_SECRET': facts['access']['LTAI-fixed'][0]}
        self.uri, self.place = f'ack://{ack.REGION}/{self.cluster.id}', f'ack://{ack.REGION}'
        super().__init__(folder)

    def stop(self):
        pass  # its servers are daemons


def provide(kind):
    def fixture(folder):
        made = kind(folder)
        yield made
        made.stop()
    return pytest.fixture(fixture)


def on_terminal(provider, *args):
    return Terminal(provider.folder.path, *args, *provider.ways, environment=provider.environment)


class Counting(http.server.ThreadingHTTPServer):
    """What is asked of an API server before a change, and no more: its version, rights, and the number of
    Secrets. What it would do then is for tests/partners, which has a real one."""

    daemon_threads = True

    def __init__(self, count):
        super().__init__(('127.0.0.1', 0), Answer)
        self.count, self.asked = count, []
        self.url = f'http://127.0.0.1:{self.server_port}'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def kubeconfig(self, folder):
        folder.write('kubeconfig', json.dumps({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'c',
            'clusters': [{'name': 'k', 'cluster': {'server': self.url}}],
            'users': [{'name': 'u', 'user': {'token': 't'}}],
            'contexts': [{'name': 'c', 'context': {'cluster': 'k', 'user': 'u'}}]}).encode())
        return ('--kubeconfig', 'kubeconfig')

    def stop(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        self.server.asked.append(self.command + ' ' + self.path)
        self.rfile.read(int(self.headers.get('content-length', 0)))
        if self.path.startswith('/version'):
            body = {'major': '1', 'minor': '30', 'gitVersion': 'v1.30.0'}
        elif self.command == 'POST':
            body = {'kind': 'SelfSubjectAccessReview', 'apiVersion': 'authorization.k8s.io/v1',
                    'status': {'allowed': True}}
        else:
            body = {'kind': 'PartialObjectMetadataList', 'apiVersion': 'meta.k8s.io/v1',
                    'metadata': {'resourceVersion': '7', 'continue': 'c',
                                 'remainingItemCount': self.server.count - 1},
                    'items': [{'kind': 'PartialObjectMetadata', 'apiVersion': 'meta.k8s.io/v1', 'metadata': {
                        'name': 's', 'namespace': 'a', 'uid': 'u', 'resourceVersion': '5',
                        'creationTimestamp': '2026-01-31T12:00:00Z'}}]}
        text = json.dumps(body).encode()
        self.send_response(201 if self.command == 'POST' else 200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PATCH = do_GET

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass

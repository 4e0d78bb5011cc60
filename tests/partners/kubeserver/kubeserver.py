# SPDX-License-Identifier: Apache-2.0
"""A cluster for tests: etcd, Kubernetes' own API server (server/) and a KMS v2 plugin (plugin/).

    with kubeserver.Cluster(folder) as cluster:
        cluster.create_secrets(1000, ['a', 'b'])
        cluster.switch_encryption(cluster.encryption('kms', 'identity'))
        subprocess.run(['kubectl', '--kubeconfig', cluster.kubeconfig('admin'), 'get', 'secrets', '-A'])
        cluster.etcd_values('/registry/secrets/')    # {key: bytes as they are stored}

Everything is on loopback, on free ports, and ends with the test, or when the test dies.
"""
import base64
import concurrent.futures
import contextlib
import http.client
import json
import os
import shutil
import ssl
import sys
import tempfile
import threading
import urllib.parse

from children import Child, wait_for
from etcd_server import Etcd, Members
from kms_plugin import CONSTANT_KEY_ID, Plugin

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, '..', '..', 'fakes')
PROGRAMS = os.path.join(HERE, '..', '..', '..', 'build-partners', 'kubeserver')

PLUGIN = 'kubeserver'  # its name in configurations, and so in stored values

METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'

ANY = ['*']


def rule(verbs, resources=('secrets',), groups=('',), namespaces=('*',), paths=()):
    return {'verbs': list(verbs), 'groups': list(groups), 'resources': list(resources),
            'namespaces': list(namespaces), 'paths': list(paths)}


# What a re-encryption needs of leases, and of the namespace whose uid names the cluster.
LEASES = rule(['get', 'create', 'update', 'patch', 'delete'], ['leases'], ['coordination.k8s.io'],
              ['kube-system'])
CLUSTER = rule(['get'], ['namespaces'])

# Users and what they may do; each has the token "token-of-NAME" and a client certificate.
USERS = {
    'admin': [rule(ANY, ANY, ANY, ANY, ANY)],
    'reencrypter': [rule(['list', 'get', 'patch']), LEASES, CLUSTER],
    'without-lease': [rule(['list', 'get', 'patch']), CLUSTER],
    'list-only': [rule(['list', 'get']), LEASES, CLUSTER],
    'patch-only': [rule(['patch']), LEASES, CLUSTER],
    'one-namespace': [rule(['list', 'get', 'patch'], namespaces=['a']), LEASES],
    'nobody': [],
}


def missing():
    """Why there can be no cluster, or None."""
    if not os.path.exists(os.path.join(PROGRAMS, 'installed')):
        with contextlib.suppress(OSError):
            with open(os.path.join(PROGRAMS, 'missing'), encoding='utf-8') as file:
                return file.read().strip()
        return 'The API server is not built: sh tests/partners/install.sh'
    if not shutil.which('etcd'):
        return "There is no etcd (Debian's package etcd-server)"
    return None


def program(name):
    return os.path.join(PROGRAMS, name)


def write_kubeconfig(path, server, ca, who, namespace=None):
    """who: members of a user. JSON is YAML."""
    place = {'namespace': namespace} if namespace else {}
    with open(path, 'w', encoding='utf-8', opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
        json.dump({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'kubeserver',
            'clusters': [{'name': 'kubeserver', 'cluster': {'server': server, 'certificate-authority': ca}}],
            'users': [{'name': 'user', 'user': who}],
            'contexts': [{'name': 'kubeserver', 'context': {'cluster': 'kubeserver', 'user': 'user', **place}}]}, file)
    return path


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Client:
    """Plain HTTPS to the server as one user; a connection for each thread."""

    def __init__(self, cluster, user):
        self.port, self.user = cluster.port, user
        self.context = ssl.create_default_context(cafile=cluster.ca)
        self.local = threading.local()

    def request(self, method, path, body=None, content='application/json', accept='application/json'):
        headers = {'Authorization': f'Bearer token-of-{self.user}', 'Accept': accept}
        if body is not None:
            headers['Content-Type'] = content
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        for last in (False, True):
            connection = getattr(self.local, 'connection', None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPSConnection(
                    '127.0.0.1', self.port, context=self.context, timeout=60)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return Response(answer.status, dict(answer.getheaders()), answer.read())
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if last:
                    raise

    def get(self, path, **options):
        return self.request('GET', path, **options)

    def metadata(self, path):
        """An object without its data."""
        return self.get(path, accept=METADATA)

    def metadata_list(self, path):
        return self.get(path, accept=METADATA_LIST)

    def patch(self, path, body, kind='merge'):
        return self.request('PATCH', path, body, content={
            'merge': 'application/merge-patch+json', 'json': 'application/json-patch+json',
            'strategic': 'application/strategic-merge-patch+json',
            'apply': 'application/apply-patch+yaml'}[kind])


class Cluster:
    """
    constant: the plugin's key id never changes, as EKS's. service: URL of what wraps for the plugin.
    members: of etcd, 1 or 3. users: as USERS. More options go to the server: watch_cache=False, migration='v1beta1',
    reviews=False, webhooks=True, etcd_compaction_interval='2s', feature_gates='X=false' …
    """

    def __init__(self, folder=None, constant=False, service=None, members=1, users=None, **options):
        self.own = folder is None
        self.folder = str(folder) if folder else tempfile.mkdtemp(prefix='kubeserver-')
        os.makedirs(self.folder, exist_ok=True)
        # The path of a socket has at most 107 bytes, which folders of pytest go beyond.
        self.sockets = tempfile.mkdtemp(prefix='kms-')
        self.options = options
        self.port = 0
        self.server = self.plugin = self.etcd = None
        self._write('encryption.yaml', json.dumps(self.encryption('identity')))
        self.set_users(users or USERS)
        try:
            self.etcd = Etcd(self.folder) if members == 1 else Members(self.folder)
            self.plugin = Plugin(program('plugin'), self.sockets, constant, service)
            self.start_server()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        """At once, as whoever reads it may read it at any time."""
        with open(self._path(name + '.new'), 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(self._path(name + '.new'), self._path(name))
        return self._path(name)

    # The server.

    def start_server(self):
        command = [program('server'), '--state', self.folder, '--access', self._path('users.json'),
                   '--port', str(self.port), '--etcd-servers', self.etcd.url,
                   '--encryption-provider-config', self._path('encryption.yaml')]
        for name, value in self.options.items():
            value = str(value).lower() if isinstance(value, bool) else value
            command.append(f'--{name.replace("_", "-")}={value}')
        self.server = Child(command, self._path('server.log'))
        line = self.server.process.stdout.readline()
        if not line:
            raise AssertionError('the server does not start: ' + self.server.last_words())
        said = json.loads(line)
        self.port, self.ca = said['port'], os.path.join(said['pki'], 'ca.crt')
        self.url = f'https://127.0.0.1:{self.port}'

    def stop_server(self, kill=False):
        if self.server:
            self.server.end(kill)

    def restart_server(self, kill=False, **options):
        """The same server at the same port; options change those of before."""
        self.stop_server(kill)
        self.options.update(options)
        self.start_server()

    def stop(self):
        for child in (self.server, self.plugin, self.etcd):
            if child:
                child.end()
        shutil.rmtree(self.sockets, ignore_errors=True)
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    # Who comes in.

    def set_users(self, users):
        """{name: rules}; the server sees it at once."""
        self.users = users
        self._write('users.json', json.dumps({'users': [
            {'name': name, 'token': f'token-of-{name}', 'groups': [], 'rules': rules}
            for name, rules in users.items()]}))

    def token(self, user):
        return f'token-of-{user}'

    def certificate(self, user):
        """(certificate, key), files of PEM."""
        pki = os.path.dirname(self.ca)
        return os.path.join(pki, user + '.crt'), os.path.join(pki, user + '.key')

    def kubeconfig(self, user='admin', by='token', server=None, ca=None, namespace=None):
        """Path of a kubeconfig; by: token, or certificate. server and ca: of a proxy before it."""
        certificate, key = self.certificate(user)
        who = ({'token': self.token(user)} if by == 'token' else
               {'client-certificate': certificate, 'client-key': key})
        name = f'kubeconfig-{user}-{by}' + (f'-{server.rpartition(":")[2]}' if server else '')
        return write_kubeconfig(self._path(name), server or self.url, ca or self.ca, who, namespace)

    def kubeconfig_text(self, user='admin', server=None):
        """As clouds give it: one text with the certificates in it."""
        with open(self.ca, 'rb') as file:
            authority = base64.b64encode(file.read()).decode()
        return json.dumps({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'c',
            'clusters': [{'name': 'k', 'cluster': {'server': server or self.url,
                                                   'certificate-authority-data': authority}}],
            'users': [{'name': 'u', 'user': {'token': self.token(user)}}],
            'contexts': [{'name': 'c', 'context': {'cluster': 'k', 'user': 'u'}}]})

    def proxy(self, http2=False, upstream=None):
        """tests/fakes/kube_proxy.py before the server, with the server's own certificate. Needs h2."""
        if FAKES not in sys.path:
            sys.path.append(FAKES)
        import kube_proxy
        return kube_proxy.KubeProxy(upstream or self.url, self.ca, self.certificate('server'), http2)

    def client(self, user='admin'):
        return Client(self, user)

    # Encryption.

    def provider(self, kind):
        """One entry of providers: identity, kms, aescbc, aesgcm, secretbox."""
        if kind == 'identity':
            return {'identity': {}}
        if kind == 'kms':
            return {'kms': {'apiVersion': 'v2', 'name': PLUGIN, 'timeout': '3s',
                            'endpoint': f'unix://{self.sockets}/kms'}}
        secret = base64.b64encode(kind.encode().ljust(32, b'-')).decode()
        return {kind: {'keys': [{'name': 'key1', 'secret': secret}]}}

    def encryption(self, *kinds, resources=('secrets',)):
        """A configuration whose first provider writes."""
        return {'apiVersion': 'apiserver.config.k8s.io/v1', 'kind': 'EncryptionConfiguration',
                'resources': [{'resources': list(resources),
                               'providers': [self.provider(kind) for kind in kinds]}]}

    def switch_encryption(self, *kinds, resources=('secrets',)):
        """Puts a configuration in (kinds, or one made by encryption()) and waits until the server
        writes by it."""
        config = kinds[0] if isinstance(kinds[0], dict) else self.encryption(*kinds, resources=resources)
        self._write('encryption.yaml', json.dumps(config))
        self._until_written(self._prefix_of(config['resources'][0]['providers'][0]))

    @staticmethod
    def _prefix_of(provider):
        (kind, settings), = provider.items()
        if kind == 'identity':
            return b'k8s\0'
        if kind == 'kms':
            return f'k8s:enc:kms:{settings["apiVersion"]}:{settings["name"]}:'.encode()
        return f'k8s:enc:{kind}:v1:{settings["keys"][0]["name"]}:'.encode()

    def _until_written(self, prefix, contains=b''):
        """Until a new Secret is stored so. It is taken away again."""
        admin = self.client()
        path = '/api/v1/namespaces/kube-system/secrets'

        def written():
            answer = admin.request('POST', path, {'metadata': {'generateName': 'canary-'}})
            if answer.status != 201:
                return False
            name = answer.json()['metadata']['name']
            value = self.etcd_get(f'/registry/secrets/kube-system/{name}')
            admin.request('DELETE', f'{path}/{name}')
            return value.startswith(prefix) and contains in value

        wait_for(f'that values are stored as {prefix!r}', written, children=[self.server])

    def rotate_key(self, constant=False):
        """A new key in the plugin, which the server writes under when this returns. constant: it keeps
        its key id, so that the server does not see it until it is started again, and
        that is done."""
        before = self.plugin.state()
        if constant != (before['key_id'] == CONSTANT_KEY_ID):
            self.plugin.end()
            self.plugin.start(constant)
        state = self.plugin.rotate()
        if constant:
            self.restart_server()
            self._until_written(b'k8s:enc:kms:v2:', state['keys'].to_bytes(4, 'big'))
        else:
            self.touch_encryption()
            self._until_written(b'k8s:enc:kms:v2:', b'\x12' + bytes([len(state['key_id'])]) +
                                state['key_id'].encode())
        return state['key_id']

    def touch_encryption(self):
        """The server opens its providers anew when the file's content changed: so it sees a key id at
        once, not in the minute after."""
        with open(self._path('encryption.yaml'), encoding='utf-8') as file:
            text = file.read()
        self._write('encryption.yaml', text + '\n')

    # What is stored.

    def etcd_get(self, key):
        """The stored value, or b''."""
        found = self.etcd.range(key.encode())
        return found[0][1] if found else b''

    def etcd_values(self, prefix='/registry/secrets/'):
        return {key.decode(): value for key, value, _ in self.etcd.prefix(prefix.encode())}

    def etcd_revisions(self, prefix='/registry/secrets/'):
        """{key: mod_revision}: what was written since is what differs."""
        return {key.decode(): revision for key, _, revision in self.etcd.prefix(prefix.encode())}

    def etcd_restore(self, values):
        """What etcd_values() gave stands there again, so that it is as stale as it was."""
        self.etcd.put_many({key.encode(): value for key, value in values.items()})

    def etcd_writes(self, prefix='/registry/secrets/'):
        """{key: how often it was written since it was made}: what a run did twice shows here."""
        return {key.decode(): count for key, count in self.etcd.writes(prefix.encode()).items()}

    def make_unreadable(self, namespace, name):
        """A Secret whose stored value was another's: the server cannot authenticate it."""
        others = [v for k, v in self.etcd_values().items() if not k.endswith(f'/{namespace}/{name}')
                  and v.startswith(b'k8s:enc:')]
        self.etcd.put(f'/registry/secrets/{namespace}/{name}'.encode(), others[0])

    # Objects.

    def create_namespaces(self, *names):
        admin = self.client()
        for name in names:
            answer = admin.request('POST', '/api/v1/namespaces', {'metadata': {'name': name}})
            assert answer.status in (201, 409), answer.body

    def create_secrets(self, count, namespaces=('default',), size=16, prefix='s', resource='secrets',
                       annotations=None, **members):
        """NAMESPACE/PREFIX-00000 …, dealt to the namespaces in turn; gives [(namespace, name)]."""
        self.create_namespaces(*[n for n in namespaces if n not in ('default', 'kube-system')])
        admin = self.client()
        data = base64.b64encode(os.urandom(size)).decode()

        def create(number):
            where, name = namespaces[number % len(namespaces)], f'{prefix}-{number:05}'
            answer = admin.request('POST', f'/api/v1/namespaces/{where}/{resource}', {
                'metadata': {'name': name, 'annotations': annotations or {}}, 'data': {'value': data}, **members})
            assert answer.status in (201, 409), answer.body
            return where, name

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(create, range(count)))

    def secrets(self, user='admin', resource='secrets'):
        """{(namespace, name): metadata} of all, in pages."""
        client, found, token = self.client(user), {}, ''
        while True:
            answer = client.metadata_list(f'/api/v1/{resource}?limit=500&continue={urllib.parse.quote(token)}')
            assert answer.status == 200, answer.body
            page = answer.json()
            for item in page['items']:
                found[item['metadata']['namespace'], item['metadata']['name']] = item['metadata']
            token = page['metadata'].get('continue', '')
            if not token:
                return found


class Generator:
    """generator/: lists of any length, made as they are asked for."""

    def __init__(self, folder, count):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.child = Child([program('generator'), '--state', self.folder, '--count', str(count)],
                           os.path.join(self.folder, 'generator.log'))
        said = json.loads(self.child.process.stdout.readline())
        self.port, self.ca = said['port'], os.path.join(said['pki'], 'ca.crt')
        self.url = f'https://127.0.0.1:{self.port}'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.end()

    def kubeconfig(self):
        return write_kubeconfig(os.path.join(self.folder, 'kubeconfig'), self.url, self.ca, {'token': 'any'})

    def client(self):
        return Client(self, 'admin')

    def stats(self):
        """How often each method came, and how many objects were rewritten."""
        return self.client().get('/stats').json()

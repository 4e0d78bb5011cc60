# SPDX-License-Identifier: Apache-2.0
"""A server that keeps what it is asked, and three clients that ask it by the same kubeconfig:
kubectl, the Python client, and ours."""
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))

import certificates  # noqa: E402

INHERITED = ('PATH', 'LD_LIBRARY_PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'LANG')
# What says who asks, and nothing that only one client adds.
TOLD = ('authorization', 'impersonate-')
VERSION = {'major': '1', 'minor': '37', 'gitVersion': 'v1.37.2', 'buildDate': '-', 'compiler': '-',
           'gitCommit': '-', 'gitTreeState': '-', 'goVersion': '-', 'platform': '-'}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def do_GET(self):
        owner = self.server.owner
        peer = self.connection.getpeercert() if owner.tls else None
        subject = dict(pair for part in (peer or {}).get('subject', ()) for pair in part)
        owner.asked.append({
            'path': self.path,
            'client': subject.get('commonName'),
            'told': sorted((name.lower(), value) for name, value in self.headers.items()
                           if name.lower().startswith(TOLD)),
        })
        status = owner.statuses.pop(0) if owner.statuses else 200
        body = json.dumps(VERSION if status == 200
                          else {'kind': 'Status', 'apiVersion': 'v1', 'status': 'Failure',
                                'reason': 'Unauthorized', 'code': status}).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Server:
    def __init__(self, maker=None, leaf='server'):
        self.asked = []
        self.statuses = []
        self.tls = maker is not None
        self.server = Quiet(('127.0.0.1', 0), Handler)
        self.server.owner = self
        if maker:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(maker.path(leaf + '.pem'))
            context.load_verify_locations(maker.path('ca.pem'))
            context.verify_mode = ssl.CERT_OPTIONAL
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f'{"https" if maker else "http"}://127.0.0.1:{self.server.server_port}'
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        """Since the last time; without what kubectl asks for its own sake."""
        asked, self.asked = self.asked, []
        return [one for one in asked if '?' not in one['path']]


@pytest.fixture(scope='session')
def maker(tmp_path_factory):
    made = certificates.Maker(str(tmp_path_factory.mktemp('certificates')))
    made.authority('ca')
    made.leaf('server', 'ca', certificates.HOSTS, certificates.NOW, 'sha256')
    made.leaf('other', 'ca', 'DNS:kube.test', certificates.NOW, 'sha256')
    made.leaf('client', 'ca', 'DNS:client', certificates.NOW, 'sha256')
    made.leaf('long', 'ca', 'DNS:long', certificates.NOW, 'sha256',
              key=('rsa', 'rsa_keygen_bits:6144'))
    made.leaf('second', 'ca', 'DNS:second', certificates.NOW, 'sha256')
    return made


def serving(*arguments):
    server = Server(*arguments)
    yield server
    server.close()


@pytest.fixture(scope='session')
def tls_server(maker):
    yield from serving(maker)


@pytest.fixture(scope='session')
def other_server(maker):
    """Its certificate is for kube.test."""
    yield from serving(maker, 'other')


@pytest.fixture(scope='session')
def plain_server():
    yield from serving()


class Tunnels:
    """A proxy for CONNECT that keeps what it is asked, and leads everybody to one server."""

    def __init__(self, port):
        self.asked = []
        self.port = port
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self.listener.getsockname()[1]}'
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        head = b''
        with near:
            while b'\r\n\r\n' not in head:
                got = near.recv(65536)
                if not got:
                    return
                head += got
            self.asked.append(head.decode())
            with socket.create_connection(('127.0.0.1', self.port)) as far:
                near.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
                back = threading.Thread(target=self.pump, args=(far, near), daemon=True)
                back.start()
                self.pump(near, far)
                back.join()

    @staticmethod
    def pump(source, sink):
        try:
            while got := source.recv(65536):
                sink.sendall(got)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def take(self):
        asked, self.asked = self.asked, []
        return asked

    def close(self):
        self.listener.close()


@pytest.fixture
def tunnels(other_server):
    made = Tunnels(other_server.server.server_port)
    yield made
    made.close()


class Clients:
    """Each asks for /version with KUBECONFIG set, and gives what the server saw and whether it
    worked; what went wrong is kept in self.why."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.why = ''
        self.variables = {}

    def environment(self, kubeconfig):
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**kept, 'HOME': self.folder, 'KUBECONFIG': kubeconfig,
                'AWS_EC2_METADATA_DISABLED': 'true', 'AWS_REGION': 'eu-west-1',
                'AWS_ACCESS_KEY_ID': 'AKIDEXAMPLE', 'AWS_SECRET_ACCESS_KEY': 'planted-secret',
                **self.variables}

    def run(self, command, kubeconfig):
        return subprocess.run(command, cwd=self.folder, env=self.environment(kubeconfig),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)

    def kubectl(self, kubeconfig, **wish):
        flags = [f'--{name}={value}' for name, value in wish.items()]
        done = self.run(['kubectl', 'get', '--raw', '/version', *flags], kubeconfig)
        self.why = done.stderr
        return done.returncode == 0

    def ours(self, kubeconfig, *words, **wish):
        done = self.run([os.environ['EVC_ACCESS'], 'ask', *(words or ['allow']),
                         *[f'{name}={value}' for name, value in wish.items()]], kubeconfig)
        assert done.returncode == 0, done.stderr
        self.reply = json.loads(done.stdout)
        self.why = self.reply.get('messages')
        return 'version' in self.reply

    def python(self, kubeconfig, **wish):
        script = ('import sys\n'
                  'from kubernetes import client, config\n'
                  'config.load_kube_config(context=sys.argv[1] or None)\n'
                  'client.VersionApi().get_code()\n')
        done = self.run([sys.executable, '-c', script, wish.get('context', '')], kubeconfig)
        self.why = done.stderr
        return done.returncode == 0


@pytest.fixture
def clients(tmp_path):
    if not shutil.which('kubectl'):
        pytest.skip('there is no kubectl (Debian: kubernetes-client)')
    return Clients(tmp_path)

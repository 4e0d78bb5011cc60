# SPDX-License-Identifier: Apache-2.0
"""A real etcd on loopback, with TLS and client certificates, and our program beside it."""
import base64
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest


def pytest_configure():
    missing = [name for name in ('etcd', 'etcdctl', 'openssl') if not shutil.which(name)]
    if missing:
        pytest.exit(f'{", ".join(missing)} missing: apt-get install etcd-server etcd-client openssl',
                    returncode=1 if os.environ.get('EVC_CI') else 77)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def make_certificates(folder):
    """An authority, and of it a server's and a client's certificate."""
    def openssl(*args):
        subprocess.run(['openssl', *args], cwd=folder, check=True, capture_output=True)

    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', *key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=authority')
    openssl('req', '-x509', *key, '-keyout', 'other.key', '-out', 'other.pem', '-days', '2', '-subj', '/CN=other')
    (folder / 'extensions').write_text('subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
    for name in ('server', 'client'):
        openssl('req', *key, '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj', f'/CN={name}')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
                '-out', f'{name}.pem', '-days', '2', '-extfile', 'extensions')


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    """In the child: no etcd is left behind, whatever happens to the tests."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Etcd:
    def __init__(self, folder, *options):
        self.folder = folder
        self.options = options
        self.port = free_port()
        self.peer_port = free_port()
        self.child = None
        make_certificates(folder)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def endpoint(self):
        return f'https://127.0.0.1:{self.port}'

    def start(self):
        environment = {n: v for n, v in os.environ.items() if not n.startswith('ETCD')}
        with open(self.folder / 'etcd.log', 'ab') as log:
            self.child = subprocess.Popen(
                ['etcd', '--data-dir', self.folder / 'data', '--listen-client-urls', self.endpoint,
                 '--advertise-client-urls', self.endpoint,
                 '--listen-peer-urls', f'http://127.0.0.1:{self.peer_port}',
                 '--initial-advertise-peer-urls', f'http://127.0.0.1:{self.peer_port}',
                 '--initial-cluster', f'default=http://127.0.0.1:{self.peer_port}',
                 '--cert-file', self.folder / 'server.pem', '--key-file', self.folder / 'server.key',
                 '--trusted-ca-file', self.folder / 'ca.pem', '--client-cert-auth', *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                preexec_fn=end_with_parent)
        until = time.monotonic() + 60
        while self.ctl('endpoint', 'health', check=False).returncode != 0:
            assert self.child.poll() is None and time.monotonic() < until, 'etcd does not start; see etcd.log'
            time.sleep(0.1)

    def stop(self):
        if self.child:
            self.child.terminate()
            self.child.wait(timeout=60)

    def ctl(self, *args, data=None, check=True):
        environment = {n: v for n, v in os.environ.items() if not n.startswith('ETCD')}
        done = subprocess.run(
            ['etcdctl', '--endpoints', self.endpoint, '--cacert', self.folder / 'ca.pem',
             '--cert', self.folder / 'client.pem', '--key', self.folder / 'client.key', *args],
            input=data, stdin=subprocess.DEVNULL if data is None else None, capture_output=True, check=False,
            env={**environment, 'ETCDCTL_API': '3'}, timeout=120)
        assert not check or done.returncode == 0, done.stderr.decode()
        return done

    def put(self, key, value):
        if value:
            self.ctl('put', key, data=value)
        else:
            self.ctl('put', key, '--', '')

    def put_many(self, pairs):
        """Of plain texts, in transactions of a hundred."""
        for at in range(0, len(pairs), 100):
            puts = ''.join(f'put {key} {value}\n' for key, value in pairs[at:at + 100])
            self.ctl('txn', data=f'\n{puts}\n\n'.encode())

    def dump(self, name, prefix=''):
        path = self.folder / name
        path.write_bytes(self.ctl('get', '--prefix', prefix, '-w', 'json').stdout)
        return path

    def snapshot(self, name):
        self.ctl('snapshot', 'save', self.folder / name)
        return self.folder / name

    def truth(self, prefix=''):
        """What etcdctl says, read by Python's own JSON."""
        reply = json.loads(self.ctl('get', '--prefix', prefix, '-w', 'json').stdout)
        return {base64.b64decode(kv['key']): (base64.b64decode(kv.get('value', '')), kv['create_revision'],
                                              kv['mod_revision'])
                for kv in reply.get('kvs', [])}

    def access(self, **change):
        options = {'ENDPOINT': self.endpoint, 'CA-FILE': self.folder / 'ca.pem',
                   'CLIENT-CERT': self.folder / 'client.pem', 'CLIENT-KEY': self.folder / 'client.key', **change}
        return [f'{name}={value}' for name, value in options.items() if value]


class Failed(Exception):
    def __init__(self, reply):
        super().__init__(reply['text'])
        self.code = reply['code'].replace('ENVCRYPT_E_', '')


def environment_of_ours():
    return {**os.environ, 'AWS_EC2_METADATA_DISABLED': 'true', 'ALIBABA_CLOUD_ECS_METADATA_DISABLED': 'true'}


class Reading:
    """Our program, which may be made to wait behind some pairs."""
    def __init__(self, access, *args, stdin=subprocess.PIPE):
        self.child = subprocess.Popen([os.environ['EVC_ETCD'], *access, *map(str, args)], stdin=stdin,
                                      stdout=subprocess.PIPE, env=environment_of_ours())
        self.lines = []

    def until_paused(self):
        for line in self.child.stdout:
            self.lines.append(json.loads(line))
            if 'paused' in self.lines[-1]:
                self.lines.pop()
                return
        raise AssertionError('it ended without a pause')

    def end(self, order=None):
        if order:
            self.child.stdin.write(order)
            self.child.stdin.flush()
        self.lines += [json.loads(line) for line in self.child.stdout]
        code = self.child.wait(timeout=120)
        if code:
            assert code == 1, f'our program ended with {code}'
            raise Failed(self.lines[-1])
        self.peak_kib = self.lines.pop()['peak_kib']
        return self.lines


def run(access, *args, **options):
    return Reading(access, *args, **options).end()


def pairs(lines):
    found = {}
    for line in lines:
        key = base64.b64decode(line['key'])
        assert key not in found, 'a key came twice'
        found[key] = (base64.b64decode(line['value']), line['create'], line['mod'])
    return found


@pytest.fixture
def etcd(tmp_path):
    """One of its own for each test."""
    with Etcd(tmp_path) as server:
        yield server

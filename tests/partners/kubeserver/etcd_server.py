# SPDX-License-Identifier: Apache-2.0
"""Debian's etcd, and what is in it."""
import base64
import contextlib
import http.client
import json
import os

from children import Child, free_port, wait_for


class Etcd:
    """Debian's etcd, and its gateway of JSON over HTTP."""

    def __init__(self, folder, name='default', members=None):
        """members: {name: URL for its peers} of a cluster; all are begun before one lives."""
        self.folder, self.name = folder, name
        self.members = members or {name: f'http://127.0.0.1:{free_port()}'}
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}'
        self.child = None
        self.begin()
        if not members:
            self.await_it()

    def begin(self):
        """Also again, with what it held, after end()."""
        peer = self.members[self.name]
        self.child = Child(
            ['etcd', '--name', self.name, '--data-dir', os.path.join(self.folder, f'etcd-{self.name}'),
             '--log-level', 'error', '--logger', 'zap',
             '--listen-client-urls', self.url, '--advertise-client-urls', self.url,
             '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer,
             '--initial-cluster', ','.join(f'{name}={url}' for name, url in self.members.items()),
             '--quota-backend-bytes', str(8 << 30), '--max-request-bytes', str(8 << 20)],
            os.path.join(self.folder, f'etcd-{self.name}.log'), ETCD_UNSUPPORTED_ARCH='arm64')

    def await_it(self):
        wait_for('etcd', self._lives, children=[self.child])

    def restart(self):
        self.begin()
        self.await_it()

    def is_leader(self):
        status = self.ask('/v3/maintenance/status', {})
        return status['header']['member_id'] == status.get('leader')

    def _lives(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask('/v3/maintenance/status', {})
        return None

    def ask(self, path, question):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        try:
            connection.request('POST', path, json.dumps(question))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise AssertionError(f'etcd answered {answer.status}: {text!r}')
            return json.loads(text)
        finally:
            connection.close()

    def range(self, key, end=None, limit=0):
        """[(key, value, mod_revision)]"""
        question = {'key': base64.b64encode(key).decode(), 'limit': limit}
        if end is not None:
            question['range_end'] = base64.b64encode(end).decode()
        return [(base64.b64decode(kv['key']), base64.b64decode(kv.get('value', '')), int(kv['mod_revision']))
                for kv in self.ask('/v3/kv/range', question).get('kvs', [])]

    def prefix(self, prefix):
        found, at, end = [], prefix, prefix[:-1] + bytes([prefix[-1] + 1])
        while True:
            some = self.range(at, end, 1000)
            found += some
            if len(some) < 1000:
                return found
            at = some[-1][0] + b'\0'

    def put(self, key, value):
        self.ask('/v3/kv/put', {'key': base64.b64encode(key).decode(),
                                'value': base64.b64encode(value).decode()})

    def put_many(self, values):
        """{key: value}"""
        waiting = list(values.items())
        for at in range(0, len(waiting), 100):
            self.ask('/v3/kv/txn', {'success': [{'requestPut': {
                'key': base64.b64encode(key).decode(), 'value': base64.b64encode(value).decode()}}
                for key, value in waiting[at:at + 100]]})

    def writes(self, prefix):
        """{key: how often it was written since it was made}"""
        return {base64.b64decode(kv['key']): int(kv['version']) for kv in self.ask('/v3/kv/range', {
            'key': base64.b64encode(prefix).decode(), 'keys_only': True,
            'range_end': base64.b64encode(prefix[:-1] + bytes([prefix[-1] + 1])).decode()}).get('kvs', [])}

    def delete(self, key):
        self.ask('/v3/kv/deleterange', {'key': base64.b64encode(key).decode()})

    def compact(self):
        """Forgets all but the newest revision, as the server does every five minutes."""
        revision = self.ask('/v3/kv/range', {'key': 'AA=='})['header']['revision']
        self.ask('/v3/kv/compaction', {'revision': revision, 'physical': True})

    def end(self):
        self.child.end(kill=True)


class Members:
    """An etcd of three members; what is asked of it is asked of one that lives."""

    def __init__(self, folder):
        peers = {f'm{number}': f'http://127.0.0.1:{free_port()}' for number in range(3)}
        self.all = [Etcd(folder, name, peers) for name in peers]
        for member in self.all:
            member.await_it()

    @property
    def url(self):
        return ','.join(member.url for member in self.all)

    def leader(self):
        """The one that leads; there may be none for a moment."""
        def found():
            for member in self.all:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if member.child.running() and member.is_leader():
                        return member
            return None
        return wait_for('a leader of etcd', found)

    def __getattr__(self, name):
        return getattr(next(member for member in self.all if member.child.running()), name)

    def end(self):
        for member in self.all:
            member.end()

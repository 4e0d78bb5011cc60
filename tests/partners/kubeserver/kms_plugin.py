# SPDX-License-Identifier: Apache-2.0
"""The KMS v2 plugin of Go (plugin/): how it is started, told what to do, and done without."""
import contextlib
import http.client
import json
import os
import socket

from children import Child, wait_for

CONSTANT_KEY_ID = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d'


class Plugin:
    """Our KMS v2 plugin of Go."""

    def __init__(self, program, folder, constant=False, service=None):
        self.program, self.folder = program, folder
        self.socket = os.path.join(folder, 'kms')
        self.keys = os.path.join(folder, 'kms-keys')
        self.service = service
        self.child = None
        self.start(constant)

    def start(self, constant=False):
        command = [self.program, '--socket', self.socket, '--keys', self.keys]
        if constant:
            command += ['--constant-key-id', CONSTANT_KEY_ID]
        if self.service:
            command += ['--service', self.service]
        self.child = Child(command, os.path.join(self.folder, 'plugin.log'))
        wait_for('the plugin', self._lives, children=[self.child])

    def _lives(self):
        with contextlib.suppress(OSError):
            return self.state()
        return None

    def ask(self, method, path):
        connection = http.client.HTTPConnection('localhost')
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.settimeout(30)
            connection.sock.connect(self.socket + '.control')
            connection.request(method, path)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            return json.loads(answer.read())
        finally:
            connection.close()

    def state(self):
        """{"key_id", "keys", "calls": {"status", "encrypt", "decrypt"}, "fails"}"""
        return self.ask('GET', '/state')

    def rotate(self):
        return self.ask('POST', '/rotate')

    def fails(self, *calls):
        """From now on these calls fail: status, encrypt, decrypt; none: all work."""
        return self.ask('POST', '/fails?calls=' + ','.join(calls))

    def unwrap(self, wrapped):
        """What the plugin's Decrypt gives, without it: of the key files. Needs cryptography."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        number = int.from_bytes(wrapped[:4], 'big')
        with open(os.path.join(self.keys, f'key-{number}'), 'rb') as file:
            return AESGCM(file.read()).decrypt(wrapped[4:16], wrapped[16:], wrapped[:4])

    def end(self):
        self.child.end()

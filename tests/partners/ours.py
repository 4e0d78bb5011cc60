# SPDX-License-Identifier: Apache-2.0
"""Our client (client.c) as a child process that is told what to do in JSON lines."""
import base64
import json
import os
import subprocess

CLOUD_VARIABLES = ('IBM', 'KEY_PROTECT', 'AWS_', 'AMAZON_', 'ALIBABA_CLOUD_', 'ALICLOUD_', 'http_proxy',
                   'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY')


def environment(folder, **more):
    """Of a program that acts on clusters: nothing of whoever runs the tests leads it to a cloud."""
    inherited = {n: v for n, v in os.environ.items()
                 if not n.startswith(CLOUD_VARIABLES) and n != 'KUBECONFIG'}
    return {**inherited, 'HOME': str(folder), 'AWS_EC2_METADATA_DISABLED': 'true',
            'ALIBABA_CLOUD_ECS_METADATA_DISABLED': 'true', **more}


def masked(secret):
    """As client.c wants to be told of secrets, so that it does not find its own orders."""
    return base64.b64encode(bytes(b ^ 0xa5 for b in secret)).decode()


class Failed(Exception):
    def __init__(self, reply):
        super().__init__(reply['text'])
        self.reply = reply
        self.code = reply['code'].replace('ENVCRYPT_E_', '')


class Client:
    def __init__(self, folder, **environment):
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(CLOUD_VARIABLES)}
        self.child = subprocess.Popen(
            [os.environ['EVC_CLIENT']], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**inherited, 'HOME': str(folder), **environment})
        self.log = []

    def ask(self, op, **members):
        self.child.stdin.write(json.dumps({'op': op, **members}) + '\n')
        self.child.stdin.flush()
        reply = json.loads(self.child.stdout.readline())
        self.log += reply['log']
        if not reply['ok']:
            raise Failed(reply)
        return reply

    def open(self, uri, key='k', **options):
        return self.ask('open', key=key, uri=uri,
                        options={n.replace('_', '-'): v for n, v in options.items()})

    def data(self, op, data=b'', key='k', context=None):
        reply = self.ask(op, key=key, context=context or {},
                         data=base64.b64encode(data).decode())
        return base64.b64decode(reply['data'])

    def copies(self, secret):
        """How often the bytes stand in the child's writable memory."""
        return self.ask('scan', data=masked(secret))['copies']

    def plant(self, secret):
        """Puts a copy there, which copies() must find; an empty one takes it away."""
        self.ask('plant', data=masked(secret))

    def holds_no_copy(self, key, when):
        """Of a data key that the service had: neither its bytes nor the text that goes over the line.
        That the scan would have found one is shown by one that is planted after it."""
        assert len(key) == 32
        for secret in (key, base64.b64encode(key)):
            assert self.copies(secret) == 0, when
            self.plant(secret)
            assert self.copies(secret) == 1, 'the scan finds nothing'
            self.plant(b'')
            assert self.copies(secret) == 0, 'the planted copy stays'

    def check(self, key='k'):
        """The rows of a check, by their steps."""
        return {row['step']: row for row in self.ask('check', key=key)['rows']}

    def run(self, uri, action, **args):
        return self.ask('run', uri=uri, action=action,
                        args={n.replace('_', '-'): v for n, v in args.items()})['rows']

    def end(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=60) == 0

# SPDX-License-Identifier: Apache-2.0
"""Our client (client.c) as a child process that is told what to do in JSON lines."""
import base64
import json
import os
import subprocess

CLOUD_VARIABLES = ('IBM', 'KEY_PROTECT', 'http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY',
                   'HTTPS_PROXY', 'ALL_PROXY')


class Failed(Exception):
    def __init__(self, reply):
        super().__init__(reply['text'])
        self.reply = reply
        self.code = reply['code'].replace('ENVCRYPT_E_', '')


class Client:
    def __init__(self, folder, **environment):
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(CLOUD_VARIABLES)}
        self.child = subprocess.Popen(
            [os.environ['EVC_IBM_CLIENT']], cwd=folder, text=True,
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
        """How often the bytes stand in the child's writable memory. It is told them masked."""
        masked = base64.b64encode(bytes(b ^ 0xa5 for b in secret)).decode()
        return self.ask('scan', data=masked)['copies']

    def run(self, uri, action, **args):
        return self.ask('run', uri=uri, action=action,
                        args={n.replace('_', '-'): v for n, v in args.items()})['rows']

    def end(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=60) == 0

# SPDX-License-Identifier: Apache-2.0
"""Our driver (driver.c) as a child process that is told what to do in JSON lines."""
import json
import os
import subprocess

FOREIGN = ('IBM', 'KEY_PROTECT', 'http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY',
           'HTTPS_PROXY', 'ALL_PROXY', 'KUBECONFIG')


class Failed(Exception):
    def __init__(self, reply):
        super().__init__(' / '.join(reply['texts']))
        self.reply, self.code = reply, reply['code'].replace('ENVCRYPT_E_', '')


class Driver:
    """cloud: an iks.Cloud, whose clock is put on by advance() for both sides."""

    def __init__(self, cloud, folder, api_key='api-key-of-a-manager', uri='iks://mine', **options):
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(FOREIGN)}
        self.cloud = cloud
        self.child = subprocess.Popen(
            [os.environ['EVC_IKS_DRIVER']], cwd=folder, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**inherited, 'HOME': str(folder), 'IBMCLOUD_API_KEY': api_key})
        self.ask('wall', seconds=cloud.now())
        self.ask('open', uri=uri, options={
            'endpoint-url': cloud.url + '/global', 'iam-url': cloud.keys.url,
            'iam-endpoint': cloud.url, 'kms-endpoint': cloud.keys.url,
            'resource-controller': cloud.keys.url,
            **{n.replace('_', '-'): v for n, v in options.items()}})

    def ask(self, op, **members):
        self.child.stdin.write(json.dumps({'op': op, **members}) + '\n')
        self.child.stdin.flush()
        reply = json.loads(self.child.stdout.readline())
        if not reply['ok']:
            raise Failed(reply)
        return reply

    def advance(self, seconds):
        self.cloud.advance(seconds)
        self.ask('wall', seconds=self.cloud.now())

    def want(self, **options):
        """A change, the cluster as it is now, and its key."""
        self.ask('change', options={n.replace('_', '-'): v for n, v in options.items()})
        self.ask('read')
        return self.ask('find-key')['key']

    def begin(self, verb):
        return self.ask('begin', verb=verb)['update']

    def wait(self, verb, most=60):
        """Polls each minute until the change is over; all that was seen."""
        seen = []
        for _ in range(most):
            seen.append(self.ask('poll', verb=verb)['update'])
            if seen[-1]['phase'] in ('done', 'failed'):
                return seen
            self.advance(60)
        raise AssertionError(seen[-1])

    def end(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=60) == 0

# SPDX-License-Identifier: Apache-2.0
"""A driver of lib/cluster (cluster-driver.c) as a child process that is told what to do."""
import json
import os
import subprocess

from ours import environment


class Refused(Exception):
    """reply: all that the driver gave, with what it gave before it failed."""

    def __init__(self, reply):
        super().__init__(reply['text'])
        self.reply, self.code = reply, reply['code'].replace('ENVCRYPT_E_', '')


class Driver:
    def __init__(self, folder, **variables):
        self.child = subprocess.Popen(
            [os.environ['EVC_CLUSTER_DRIVER']], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment(folder, **variables))

    def ask(self, op, **members):
        self.child.stdin.write(json.dumps({'op': op} | members) + '\n')
        self.child.stdin.flush()
        reply = json.loads(self.child.stdout.readline())
        if not reply['ok']:
            raise Refused(reply)
        return reply

    def open(self, uri, **options):
        return self.ask('open', uri=uri,
                        options={n.replace('_', '-'): v for n, v in options.items()})

    def read(self):
        return self.ask('read')['state']

    def job(self, op, verb, **change):
        return self.ask(op, verb=verb,
                        change={n.replace('_', '-'): v for n, v in change.items()})

    def find_key(self, **change):
        return self.ask('find-key', change=change)['key']

    def check(self, verb, **change):
        """The rows by what was looked at, and the code of the first refusal."""
        reply = self.job('check', verb, **change)
        return {row['check']: row for row in reply['rows']}, reply['refusal']

    def begin(self, verb, **change):
        return self.job('begin', verb, **change)['update']

    def poll(self, verb, **change):
        return self.job('poll', verb, **change)['update']

    def end(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=60) == 0
        self.child.stdout.close()

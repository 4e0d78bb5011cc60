# SPDX-License-Identifier: Apache-2.0
"""Programs that are asked and answer in JSON lines."""
import json
import os
import subprocess


class Program:
    def __init__(self, command, folder=None, environment=None):
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding='utf-8')

    def answer(self, request):
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


def node(script):
    """One for Node.js with the packages of EVC_NODE_FOLDER."""
    return Program(['node', script], environment={
        **os.environ, 'NODE_PATH': os.path.join(os.environ['EVC_NODE_FOLDER'], 'node_modules')})

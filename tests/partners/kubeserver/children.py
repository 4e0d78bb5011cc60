# SPDX-License-Identifier: Apache-2.0
"""Programs that a test starts, which end with it, also when it is killed."""
import concurrent.futures
import os
import socket
import subprocess
import time

PATIENCE = 60  # seconds that a start or a reload may take on a busy machine


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


# A child gets its signal when the thread that started it ends: this one lives as long as we do.
_STARTER = concurrent.futures.ThreadPoolExecutor(1)


class Child:
    """A program that ends when it is told to, when its input ends, and when we die."""

    def __init__(self, command, log, **environment):
        self.log = log
        with open(log, 'ab') as file:
            # Without the variables of proxies, tokens and clusters of whoever runs the tests.
            self.process = _STARTER.submit(
                subprocess.Popen, ['setpriv', '--pdeathsig', 'KILL', *command], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=file,
                env={'PATH': os.environ['PATH'], 'HOME': os.path.dirname(log), **environment}).result()

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def last_words(self):
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()[-3000:]

    def end(self, kill=False):
        if self.running():
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def wait_for(what, condition, patience=PATIENCE, children=()):
    """Until the condition gives something true, which is given back."""
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        for child in children:
            if not child.running():
                raise AssertionError(f'{what}: a program ended: {child.last_words()}')
        if time.monotonic() > end:
            raise AssertionError(f'{what} did not come about in {patience} seconds')
        time.sleep(0.02)

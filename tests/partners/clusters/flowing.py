# SPDX-License-Identifier: Apache-2.0
"""A flow as a process, of the API (flow.c) or of the command: it is told the time, and can be killed
at each request that it sends."""
import json
import os
import socket
import subprocess
import tempfile
import threading

from fault_proxy import FaultProxy
from kube_proxy import Cut
from ours import environment


class Failed(Exception):
    def __init__(self, said):
        super().__init__(f'{said["code"]}: {said["text"]}')
        self.code = said['code'].replace('ENVCRYPT_E_', '')
        self.text, self.report = said['text'], said.get('report')


class Turnstile:
    """What all requests of a flow go through, those to the cloud and those to the API server. The
    one with the number `stop`, or for which it holds, is held, and its connection ends: before it
    goes on, so that nobody hears it, or (after) when it was answered."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self, stop=None, after=False, fault=None):
        """fault: what becomes of that request instead (kube_proxy.Fault)."""
        with self.lock:
            self.count, self.stop, self.late, self.held = 0, stop, after, None
            self.fault, self.seen = fault, []
            self.reached, self.go = threading.Event(), threading.Event()

    def cut(self):
        self.reached.set()
        self.go.wait(60)
        return Cut()

    def before(self, request):
        with self.lock:
            self.count += 1
            self.seen.append(request)
            if self.stop(request) if callable(self.stop) else self.count == self.stop:
                self.held = request
        if self.held is not request:
            return None
        if self.fault:
            return self.fault.before(request)
        return None if self.late else self.cut()

    def after(self, reply):
        if self.held is not reply.request:
            return reply
        if self.fault:
            return self.fault.after(reply)
        return self.cut() if self.late else reply


class Gate(FaultProxy):
    """Before a service of the cloud."""

    def __init__(self, upstream, turnstile):
        super().__init__(upstream)
        self.turnstile = turnstile

    def forward(self, request):
        answer = self.turnstile.before(request) or self.turnstile.after(super().forward(request))
        if isinstance(answer, Cut):
            raise ConnectionAbortedError
        return answer


class Flow:
    """By the API. advance(ms): the cloud's clock goes on, and what is due is done; by how much it is
    ahead, in ms."""

    def __init__(self, words, folder, variables, advance, before=()):
        self.advance = advance
        self.child = subprocess.Popen(
            [*before, os.environ['EVC_FLOW'], *words], cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(folder, **variables))
        self.pauses, self.last = 0, None

    def run(self):
        """Until its end; True if it said what came of it, False if it was killed."""
        for line in self.child.stdout:
            if not line.startswith('{'):
                continue
            said = json.loads(line)
            if 'pause' not in said:
                self.last = said
                break
            self.pauses += 1
            try:
                self.child.stdin.write(f'{self.advance(said["pause"])}\n')
                self.child.stdin.flush()
            except (BrokenPipeError, ValueError):  # it was killed
                break
        return self.last is not None

    def until(self, reached):
        """True: it ended; False: reached was set, and it goes on."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        while thread.is_alive() and not reached.is_set():
            thread.join(0.005)
        return not reached.is_set()

    def close(self):
        out, err = self.child.communicate(timeout=60)
        assert not err, err[-3000:]
        return out

    def report(self):
        assert self.run(), self.close()
        self.close()
        if not self.last['ok']:
            raise Failed(self.last)
        return self.last['report']


class Command(Flow):
    """By the command line of envcrypt, with its clocks ahead by ahead_ms (ahead.c)."""

    def __init__(self, words, folder, variables, advance, ahead_ms, before=()):
        self.advance = advance
        self.keeper, other = socket.socketpair()
        self.out, self.err = (tempfile.TemporaryFile('w+', dir=folder) for _ in range(2))
        with other:
            self.child = subprocess.Popen(
                [*before, os.environ['EVC_COMMAND'], *words], cwd=folder, pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, env=environment(
                    folder, LD_PRELOAD=os.environ['EVC_AHEAD'],
                    EVC_CLOCK=f'{other.fileno()} {ahead_ms}', **variables))
        self.pauses, self.last = 0, None

    def run(self):
        with self.keeper, self.keeper.makefile('rw') as asked:
            try:
                for line in asked:
                    self.pauses += 1
                    asked.write(f'{self.advance(int(line))}\n')
                    asked.flush()
            except (BrokenPipeError, ConnectionResetError):  # it was killed
                pass
        self.child.wait(60)
        self.out.seek(0)
        lines = [line for line in self.out.read().splitlines() if line.startswith('{')]
        said = json.loads(lines[-1]) if lines else {}
        if said.get('status') == 'failed':
            self.last = {'ok': False, 'code': said['error'], 'text': said['message']}
        elif said.get('event') == 'report':
            self.last = {'ok': self.child.returncode == 0, 'report': said['report']}
        return self.last is not None

    def close(self):
        self.child.wait(60)
        self.err.seek(0)
        return self.err.read()

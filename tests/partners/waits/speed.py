# SPDX-License-Identifier: Apache-2.0
"""The command under Debian's faketime, whose clock goes many times as fast as that of this machine, on
a fake cloud whose clock goes as fast. So the command waits for hours, and the test for seconds.

On such a clock a moment of a busy machine is a long time. Nothing is judged by that: the command gives
each answer all the time that it can be told to, and the tests look at how long it waited at least.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time
from email.utils import formatdate

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'inventory'))
# pylint: disable=wrong-import-position
from places import PLACES  # noqa: E402, which knows where the others are
from runs import COMMAND, environment_of  # noqa: E402

HANG_S = 120
PATIENT = ['--option', 'attempt-timeout-ms=3600000', '--option', 'connect-timeout-ms=3600000']


class Dated(list):
    """Requests as a fake keeps them, each with the time at which it came."""

    def append(self, entry):
        entry['at'] = time.time()
        super().append(entry)


def logs(place):
    """The fakes of a place, and what each has its requests in."""
    if hasattr(place, 'service'):
        return [(place.service.fake, 'requests')]
    if hasattr(place, 'cloud'):
        return [(place.cloud, 'log'), (place.cloud.keys, 'log')]
    return [(place.fake.kms, 'requests')]


def name_of(entry):
    """As the cloud calls the operation; at IBM, method and path."""
    return entry.get('operation') or entry.get('action') or f'{entry["method"]} {entry["path"]}'


class Done:
    """What came of a command: report is that of its JSON."""

    def __init__(self, code, out, err, asked):
        self.code, self.out, self.err = code, out, err
        self.asked = sorted(asked, key=lambda entry: entry['at'])
        told = [json.loads(line) for line in out.splitlines() if line.startswith('{')]
        self.report = next((one['report'] for one in reversed(told) if 'report' in one), {})

    def __repr__(self):
        return f'exit {self.code}\n{self.out[-3000:]}\n{self.err}\n' + '\n'.join(
            f'{entry["at"] - self.asked[0]["at"]:9.1f} {name_of(entry)}' for entry in self.asked)

    def times(self, name):
        """Of the requests with such a name."""
        return [entry['at'] for entry in self.asked if re.fullmatch(name, name_of(entry))]


class Fast:
    """A cloud and commands on it, at one speed."""

    def __init__(self, provider, folder, clock):
        self.clock, self.place = clock, PLACES[provider](str(folder))
        for fake, name in logs(self.place):
            setattr(fake, name, Dated())

    def start(self, line, *more):
        """line: as in the inventory."""
        words = [word.format(**self.place.names) for word in line.split()]
        return subprocess.Popen(
            [*self.clock.faketime(), COMMAND, *words, *more, '--json', *self.place.way, *PATIENT],
            cwd=self.place.folder, env=environment_of(self.place), text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self, process):
        """That it comes by itself is a part of each test."""
        try:
            out, err = process.communicate(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f'it does not end: {out[-3000:]}{err}') from None
        return Done(process.returncode, out, err,
                    [entry for fake, name in logs(self.place) for entry in getattr(fake, name)])

    def dated(self, reply):
        """The clock of an API server is that of all."""
        reply.headers['date'] = formatdate(self.clock.now(), usegmt=True)
        return reply

    def kill(self, process):
        """The command, which is the child of faketime; that ends with it."""
        with open(f'/proc/{process.pid}/task/{process.pid}/children', encoding='ascii') as file:
            os.kill(int(file.read()), signal.SIGKILL)
        return self.end(process)

    def run(self, line, *more):
        return self.end(self.start(line, *more))

# SPDX-License-Identifier: Apache-2.0
"""Runs the command on a fake cloud of its own, and says whether what was expected came of it."""
import contextlib
import os
import pty
import select
import shlex
import signal
import subprocess
import threading
import time

from places import PLACES, path_matches  # which knows where the others are
from ours import CLOUD_VARIABLES  # isort: skip

COMMAND = os.environ.get('EVC_COMMAND', '')
LONGEST_S = 180
SERVER = threading.Lock()  # one re-encryption at a time works on an API server


class Wrong(Exception):
    """What was expected did not come."""


class Done:
    """What the command said. On a terminal all is in out."""

    def __init__(self, code, out, err, asked):
        self.code, self.out, self.err, self.asked = code, out, err, asked

    def __repr__(self):
        return f'exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}\n--- asked\n' + '\n'.join(
            f'{one.method} {one.path} {one.fields}' for one in self.asked)


def flat(text):
    """Without the layout of tables and lines."""
    return ' '.join(text.split())


# --- the command ---

def environment_of(place):
    inherited = {n: v for n, v in os.environ.items()
                 if not n.startswith(CLOUD_VARIABLES) and n not in ('KUBECONFIG', 'XDG_STATE_HOME')}
    return {**inherited, 'HOME': place.folder, 'AWS_EC2_METADATA_DISABLED': 'true',
            'ALIBABA_CLOUD_ECS_METADATA_DISABLED': 'true', **place.environment}


def words_of(line, place):
    """The command line as a shell takes it, on the fake cloud in the place of the real one."""
    words = shlex.split(line.format(**place.names))
    if words[0] != 'envcrypt':
        raise Wrong(f'no command line of envcrypt: {line}')
    return [COMMAND, *words[1:], *(place.way if is_of_clusters(words) else [])]


def is_of_clusters(words):
    """Others are led to the fake key service by the environment."""
    return words[1] == 'cluster' or words[1:3] in (
        ['key', 'disable'], ['key', 'enable'], ['key', 'schedule-deletion'],
        ['key', 'cancel-deletion'])


def run_piped(words, place):
    done = subprocess.run(words, cwd=place.folder, env=environment_of(place), text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=LONGEST_S,
                          check=False, start_new_session=True)
    return done.returncode, done.stdout, done.stderr


def run_typed(words, place, typed):
    """On a terminal, where it asks for the name of the cluster."""
    pid, terminal = pty.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.chdir(place.folder)
            os.execve(words[0], words, environment_of(place))
        os._exit(127)
    seen, limit, open_ = '', time.monotonic() + LONGEST_S, True
    while open_:
        if time.monotonic() > limit:
            os.kill(pid, signal.SIGKILL)
            open_ = False
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # nobody holds the other end any more
                piece = b''
            open_ = open_ and bool(piece)
            seen += piece.decode('utf-8', 'replace')
        if typed and 'to go on: ' in seen:
            os.write(terminal, (typed + '\n').encode())
            typed = None
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), seen, seen


def perform(provider, given, line, folder, kube):
    """given: words of places.py, and typed=NAME for a terminal. The place, closed, and what was done."""
    words = given.split() if given != '-' else []
    typed = [word[6:] for word in words if word.startswith('typed=')]
    words = [word for word in words if not word.startswith('typed=')]
    server = any(word.partition('=')[0] == 'api' for word in words)
    with SERVER if server else contextlib.nullcontext():
        if server:
            time.sleep(1.1)  # times of objects are whole seconds, and theirs shall be of another run
        place = PLACES[provider](folder)
        try:
            place.given(words, kube() if server else None)
            told = words_of(line, place)
            code, out, err = run_typed(told, place, typed[0]) if typed else run_piped(told, place)
            return place, Done(code, out, err, place.asked())
        finally:
            place.close()


# --- what is expected ---

def matching(done, text):
    """Requests of METHOD PATH [NAME=VALUE | ~TEXT]…"""
    method, path, *wanted = shlex.split(text)
    found = [one for one in done.asked if one.method == method and path_matches(path, one.path)]
    for want in wanted:
        name, equals, value = want.partition('=')
        if want.startswith('~'):
            found = [one for one in found if want[1:] in one.body]
        elif not equals:
            raise Wrong(f'no field: {want}')
        else:
            found = [one for one in found if one.fields.get(name) == value]
    return found


def check(clause, place, done):
    kind, _, text = clause.strip().partition(' ')
    for name, value in place.names.items():
        text = text.replace('{' + name + '}', value)
    if kind == 'exit':
        good = done.code == int(text)
    elif kind == 'says':
        good = flat(text) in flat(done.out + done.err)
    elif kind == 'silent':
        good = flat(text) not in flat(done.out + done.err)
    elif kind in ('sends', 'once', 'never'):
        count = len(matching(done, text))
        good = {'sends': count > 0, 'once': count == 1, 'never': count == 0}[kind]
    else:
        raise Wrong(f'no such expectation: {clause}')
    if not good:
        raise Wrong(f'{clause}\n{done!r}')


def check_all(expected, place, done):
    for clause in expected.split(' ; '):
        check(clause, place, done)

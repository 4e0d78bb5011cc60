# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: a folder, a key store in it, and ways to run it."""
import contextlib
import os
import signal
import stat
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

COMMAND = os.environ['EVC_COMMAND']
# What the program must not depend on, and what its messages are compared in.
ENVIRONMENT = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent',
               'TERM': 'xterm'}
for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'):
    if name in os.environ:
        ENVIRONMENT[name] = os.environ[name]

# Under nohup, or in the background of a shell, signals are ignored, and programs inherit that.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)

# What needs a part that is not built is not collected.
PARTS = os.environ.get('EVC_PARTS', 'cloud,k8s,cluster').split(',')
collect_ignore = (([] if 'cloud' in PARTS else ['test_key.py'])
                  + ([] if 'cluster' in PARTS else ['test_cluster.py', 'test_cluster_rights.py',
                                                   'test_cluster_telling.py'])
                  + ([] if 'k8s' in PARTS else ['test_etcd.py', 'test_k8s_config.py', 'test_secrets.py']))


class Result:
    """What a run of the command ended with."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err.decode('utf-8')

    @property
    def text(self):
        return self.out.decode('utf-8')

    def __repr__(self):
        return f'<exit {self.code}, {len(self.out)} bytes out, stderr {self.err!r}>'


class Folder:
    """An empty folder that the command runs in."""

    def __init__(self, path):
        self.path = str(path)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def write(self, name, content, mode=0o600):
        with open(self / name, 'wb') as file:
            file.write(content)
        os.chmod(self / name, mode)
        return name

    def read(self, name):
        with open(self / name, 'rb') as file:
            return file.read()

    def mode(self, name):
        return stat.S_IMODE(os.stat(self / name).st_mode)

    def names(self):
        """All files but the locks of key stores, which stay."""
        return sorted(n for n in os.listdir(self.path) if not n.endswith('.lock'))

    def start(self, *args, wrapper=(), environment=(), **more):
        """The running command, started by a wrapper if there is one; it has no terminal."""
        more.setdefault('stdin', subprocess.DEVNULL)
        more.setdefault('stdout', subprocess.PIPE)
        more.setdefault('stderr', subprocess.PIPE)
        return subprocess.Popen([*wrapper, COMMAND, *args], cwd=self.path, env={**ENVIRONMENT, **dict(environment)},
                                start_new_session=True, **more)

    def run(self, *args, code=0, stdin=b'', **more):
        """Runs the command to its end and checks its exit code; None: any."""
        process = self.start(*args, stdin=subprocess.PIPE, **more)
        out, err = process.communicate(stdin, timeout=120)
        result = Result(process.returncode, out or b'', err or b'')
        assert code in (result.code, None), f'{args}: {result}'
        return result


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


class Store(Folder):
    """A folder with the key store keys.json, which key.bin opens, and its key main."""

    KEY = ('-k', 'keys.json#main', '--key-file', 'key.bin')

    def encrypt(self, name, content, *args):
        """A message file."""
        plain = self.write(name + '.plain', content)
        self.run('encrypt', plain, '-o', name, *self.KEY, *args)
        os.unlink(self / plain)
        return name


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    made.run('keystore', 'create', 'keys.json', '--name', 'my-app', '--make-key-file', 'key.bin')
    return made


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many bytes at small/."""
    os.mkdir(folder / 'small')
    try:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'none', folder / 'small'],
                       check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('no mount of a tmpfs here')
    try:
        yield
    finally:
        subprocess.run(['umount', folder / 'small'], check=True)

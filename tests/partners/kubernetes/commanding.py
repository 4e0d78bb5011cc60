# SPDX-License-Identifier: Apache-2.0
"""The command as a program that a test starts on a cluster, and what it says."""
import json
import os
import subprocess
import time

import pytest
from children import wait_for
from running import stale

needs_command = pytest.mark.skipif('EVC_COMMAND' not in os.environ, reason='built without -Dprograms=true')
NOW = '%Y-%m-%dT%H:%M:%SZ'


def environment(cluster):
    return {'PATH': os.environ['PATH'], 'HOME': cluster.folder, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm',
            **{n: v for n, v in os.environ.items() if n.endswith('SAN_OPTIONS')}}


def start(cluster, *words, variables=None, **more):
    """A process; variables: more of them than it needs to run."""
    more.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.Popen([os.environ['EVC_COMMAND'], *words], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**environment(cluster), **(variables or {})},
                            cwd=cluster.folder, start_new_session=True, **more)


def run(cluster, *words, code=0, variables=None):
    process = start(cluster, *words, variables=variables)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, (words, process.returncode, out[-2000:], err[-2000:])
    return out.decode(), err.decode()


def secrets(cluster, verb, *options, user='reencrypter', code=0, server=None):
    """server: of a proxy before the cluster's."""
    return run(cluster, 'secrets', verb, '--kubeconfig', cluster.kubeconfig(user, server=server), *options,
               code=code)


def until_left(cluster, most):
    """Until a run has left no more than that many stale."""
    wait_for(f'that {most} are left', lambda: len(stale(cluster)) <= most)


def remarks(err):
    """What it says on standard error besides events of its progress, of which there are some."""
    lines = err.splitlines()
    events = [line for line in lines if line.startswith('{"event": "progress"')]
    assert events
    return '\n'.join(line for line in lines if line not in events).strip()


def report(out):
    last = json.loads(out.splitlines()[-1])
    assert last['event'] == 'report'
    return last['report']


def now():
    """A time; what is written from here on is later."""
    text = time.strftime(NOW, time.gmtime())
    time.sleep(1.1)
    return text

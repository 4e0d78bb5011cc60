# SPDX-License-Identifier: Apache-2.0
"""Our re-encryption (reencrypt.c) as a program that a test starts, and what it says."""
import json
import os
import subprocess

PREFIX = b'k8s:enc:kms:v2:kubeserver:'


class Failed(Exception):
    def __init__(self, said):
        super().__init__(f'{said["code"]}: {said["text"]}')
        self.code = said['code'].replace('ENVCRYPT_E_', '')
        self.text = said['text']
        self.report = said.get('report')


def command(what, kubeconfig, options):
    return [os.environ['EVC_REENCRYPT'], what, kubeconfig,
            *[f'{name.replace("_", "-")}={value}' for name, value in options.items()]]


def start(what, kubeconfig, before=(), **options):
    """A process; before: what it is started by."""
    return subprocess.Popen(
        [*before, *command(what, kubeconfig, options)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={'PATH': os.environ['PATH'], 'HOME': os.path.dirname(kubeconfig),
                                     **{n: v for n, v in os.environ.items() if n.endswith('SAN_OPTIONS')}})


def said(process, patience=120):
    out, err = process.communicate(timeout=patience)
    assert process.returncode in (0, 1), (process.returncode, err[-3000:])
    assert not err, err[-3000:]
    return json.loads(out)


def ask(what, kubeconfig, **options):
    """The report, with `memory` in it if that was asked for."""
    answer = said(start(what, kubeconfig, **options))
    if not answer['ok']:
        raise Failed(answer)
    for failure in answer['report'].get('failures', []):
        failure['code'] = failure['code'].replace('ENVCRYPT_E_', '')
    if 'memory' in answer:
        answer['report']['memory'] = answer['memory']
    return answer['report']


def reencrypt(kubeconfig, **options):
    return ask('run', kubeconfig, **options)


def verify(kubeconfig, **options):
    return ask('verify', kubeconfig, **options)


def stale(cluster, resource='secrets'):
    """Keys of etcd whose values are not under the plugin, those of the server's own aside."""
    return [key for key, value in cluster.etcd_values(f'/registry/{resource}/').items()
            if not value.startswith(PREFIX)]


def under_key(cluster, key_id):
    """Keys of etcd whose values are under that key of the plugin."""
    field = b'\x12' + bytes([len(key_id)]) + key_id.encode()
    return [key for key, value in cluster.etcd_values().items() if value.startswith(PREFIX) and field in value]

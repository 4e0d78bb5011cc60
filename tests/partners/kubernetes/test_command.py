# SPDX-License-Identifier: Apache-2.0
"""The command on Kubernetes' own API server: secrets, etcd, k8s config."""
import base64
import json
import os
import pty
import signal
import subprocess
import time

from commanding import needs_command, now, report, run, secrets, start, until_left
from running import stale

pytestmark = needs_command


def test_all_is_stored_anew_and_told(cluster):
    out, _ = secrets(cluster, 'reencrypt')
    assert stale(cluster) == []
    assert cluster.url in out and 'mode: rewrite: ' in out and 'outcome: ' in out
    assert ['stored', 'anew', '40'] in [line.split() for line in out.splitlines()]


def test_dry_run_counts_and_writes_nothing(cluster):
    before = cluster.etcd_revisions('/registry/')
    out, err = secrets(cluster, 'reencrypt', '--dry-run')
    assert cluster.etcd_revisions('/registry/') == before
    assert '40' in out and 'Nothing was written' in err


def test_lines_of_json_end_with_the_report(cluster):
    out, err = secrets(cluster, 'reencrypt', '--json')
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line['event'] for line in lines[:-1]} == {'progress'}
    assert report(out)['figures']['rewritten'] == 40 and report(out)['failures'] == []
    assert not err


def test_namespaces_are_chosen(cluster):
    secrets(cluster, 'reencrypt', '-N', 'a', '--mode', 'rewrite')
    assert all('/secrets/b/' in key for key in stale(cluster)) and len(stale(cluster)) == 20


def test_names_without_a_namespace_are_refused_before_anything_is_written(cluster, tmp_path):
    names = tmp_path / 'names'
    names.write_text('a/s-00000\ns-00001\n')
    before = cluster.etcd_revisions('/registry/')
    _, err = secrets(cluster, 'reencrypt', '--names', str(names), code=2)
    assert 'write NAMESPACE/NAME' in err
    assert cluster.etcd_revisions('/registry/') == before


def test_what_fails_is_listed_and_the_exit_code_says_partial(cluster):
    secrets(cluster, 'reencrypt', '--no-journal')
    cluster.rotate_key()
    cluster.make_unreadable('a', 's-00000')
    out, err = secrets(cluster, 'reencrypt', '--no-journal', code=6)
    assert 's-00000' in out or '(list)' in out
    assert 'KUBE_UNREADABLE' in out and 'once more' in err


def test_a_missing_right_is_told_before_anything_is_written(cluster):
    before = cluster.etcd_revisions('/registry/')
    _, err = secrets(cluster, 'reencrypt', user='list-only', code=3)
    assert 'patch' in err
    assert cluster.etcd_revisions('/registry/') == before


def test_interrupted_it_says_how_to_go_on_and_goes_on(cluster):
    cluster.rotate_key()
    process = start(cluster, 'secrets', 'reencrypt', '--kubeconfig', cluster.kubeconfig('reencrypter'),
                    '--mode', 'rewrite', '--rate', '10', '--page', '10')
    until_left(cluster, 30)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert b'The same command goes on' in err and b'.journal' in err
    left = len(stale(cluster))
    assert 0 < left < 40
    out, _ = secrets(cluster, 'reencrypt', '--mode', 'rewrite', '--page', '10', '--json')
    assert report(out)['resumed'] and stale(cluster) == []


def test_a_bar_shows_how_far_it_is(cluster):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [os.environ['EVC_COMMAND'], 'secrets', 'reencrypt', '--kubeconfig', cluster.kubeconfig('reencrypter'),
         '--rate', '20', '--mode', 'rewrite'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
        env={'PATH': os.environ['PATH'], 'HOME': cluster.folder, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'})
    os.close(theirs)
    seen = b''
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert b'storing anew' in seen and b' of 40' in seen and b'left' in seen


def test_verify_has_an_exit_code_for_each_outcome(cluster):
    plain = cluster.etcd_values()
    since = now()
    secrets(cluster, 'reencrypt', '--since', since)
    live = ('--etcd', cluster.etcd.url)
    out, _ = secrets(cluster, 'verify', '--since', since, *live)
    assert 'outcome: proven' in out
    assert ['values', 'read', 'from', 'etcd', '40'] in [line.split() for line in out.splitlines()]
    assert ['objects', '0'] not in [line.split() for line in out.splitlines()]
    out, _ = secrets(cluster, 'verify', '--since', since)
    assert 'outcome: proven' in out
    out, _ = secrets(cluster, 'verify', '--no-journal', code=9)
    assert 'outcome: not proven' in out
    cluster.etcd_restore({'/registry/secrets/a/s-00000': plain['/registry/secrets/a/s-00000']})
    out, _ = secrets(cluster, 'verify', '--since', since, *live, code=10)
    assert 'outcome: contradicted' in out and 's-00000' in out


def test_annotations_are_not_proven_without_etcd(cluster):
    since = now()
    secrets(cluster, 'reencrypt', '--mode', 'annotate', '--since', since,
            '--annotation', 'eksctl.io/kms-encryption-timestamp')
    assert stale(cluster) == []
    for metadata in cluster.secrets().values():
        assert metadata['annotations']['eksctl.io/kms-encryption-timestamp'] > since
    secrets(cluster, 'verify', '--since', since, '--annotation', 'eksctl.io/kms-encryption-timestamp', code=9)


def test_annotations_are_verified_without_a_journal_by_whoever_may_only_list(cluster):
    before = now()
    secrets(cluster, 'reencrypt', '--mode', 'annotate', '--no-journal')
    words = ('--mode', 'annotate', '--no-journal', '--since')
    out, _ = secrets(cluster, 'verify', *words, before, user='list-only', code=9)
    assert 'each object was written after the change' in out
    time.sleep(1.1)  # times have whole seconds
    out, _ = secrets(cluster, 'verify', *words, now(), user='list-only', code=10)
    assert '40 objects' in out and 'were not written since the change' in out


# What etcd holds.

def test_what_etcdctl_prints_of_one_value_is_inspected_and_opened(cluster):
    cluster.switch_encryption('secretbox', 'kms', 'identity')
    secrets(cluster, 'reencrypt', '--no-journal')
    os.chmod(os.path.join(cluster.folder, 'encryption.yaml'), 0o600)
    key = '/registry/secrets/a/s-00000'
    value = subprocess.run(['etcdctl', '--endpoints', cluster.etcd.url, 'get', key, '--print-value-only'],
                           stdout=subprocess.PIPE, env={'PATH': os.environ['PATH'], 'ETCDCTL_API': '3'}, check=True)
    with open(os.path.join(cluster.folder, 'value'), 'wb') as file:
        file.write(value.stdout)
    out, _ = run(cluster, 'etcd', 'inspect', '--raw', 'value', '--json')
    assert json.loads(out)['provider'] == 'secretbox'
    run(cluster, 'etcd', 'decrypt', key, '--raw', 'value', '--config', 'encryption.yaml', '-o', 'plain')
    with open(os.path.join(cluster.folder, 'plain'), 'rb') as file:
        assert file.read().startswith(b'k8s\0')


def etcd(cluster, *words, code=0):
    return run(cluster, 'etcd', *words, '--etcd', cluster.etcd.url, code=code)[0]


def test_inspect_tells_the_key_of_each_value(cluster):
    secrets(cluster, 'reencrypt')
    key = cluster.plugin.state()['key_id']
    lines = [json.loads(line) for line in etcd(cluster, 'inspect', '--json').splitlines()]
    assert {line['key'] for line in lines} == set(cluster.etcd_values())
    assert {(line['provider'], line['name'], line['key_id']) for line in lines} == {('kms v2', 'kubeserver', key)}
    assert {line['revision'] for line in lines} == set(cluster.etcd_revisions().values())


def test_census_counts_what_is_stored(cluster):
    secrets(cluster, 'reencrypt', '-N', 'a', '--mode', 'rewrite')
    census = json.loads(etcd(cluster, 'census', '--json'))
    assert {row['provider']: row['objects'] for row in census['census']} == {'kms v2': 20, 'identity': 20}
    assert [row['objects'] for row in census['keys']] == [20]


def test_decrypt_gives_what_the_server_serves(fresh):
    cluster = fresh()
    for kind in ('aescbc', 'aesgcm', 'secretbox'):
        cluster.switch_encryption(kind, 'identity')
        (where, name), = cluster.create_secrets(1, prefix=kind)
        served = cluster.client().get(f'/api/v1/namespaces/{where}/secrets/{name}').json()
        os.chmod(os.path.join(cluster.folder, 'encryption.yaml'), 0o600)
        etcd(cluster, 'decrypt', f'/registry/secrets/{where}/{name}', '--config', 'encryption.yaml',
             '-o', kind + '.bin', '-q')
        with open(os.path.join(cluster.folder, kind + '.bin'), 'rb') as file:
            opened = file.read()
        assert opened.startswith(b'k8s\0') and base64.b64decode(served['data']['value']) in opened
        assert served['metadata']['uid'].encode() in opened


# The file that turns encryption on.

def test_the_server_takes_what_generate_makes(cluster):
    socket = cluster.provider('kms')['kms']['endpoint']
    for order, prefix in (('rollout', b'k8s\0'), ('steady', b'k8s:enc:kms:v2:kubeserver:'),
                          ('disable', b'k8s\0')):
        out, _ = run(cluster, 'k8s', 'config', 'generate', '--name', 'kubeserver', '--socket', socket,
                     '--order', order)
        cluster._write('encryption.yaml', out)
        cluster._until_written(prefix)
        run(cluster, 'k8s', 'config', 'check', 'encryption.yaml', '--kube-version', '1.31')


def test_explain_reads_the_file_of_the_server(cluster):
    out, _ = run(cluster, 'k8s', 'config', 'explain', 'encryption.yaml', '--json')
    rows = json.loads(out)['rows']
    assert [(row['provider'], row['role']) for row in rows] == [('kms v2', 'writes'), ('identity', 'reads')]

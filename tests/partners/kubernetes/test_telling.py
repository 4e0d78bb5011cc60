# SPDX-License-Identifier: Apache-2.0
"""What the command tells a person and a program of a re-encryption: of selections that are
misspelt, of other runs, of what is proven and how it would be, of what failed and what to do."""
import json
import os
import pty
import re
import shlex
import signal
import subprocess

import pytest
from commanding import environment, needs_command, now, report, run, secrets, start, until_left

pytestmark = needs_command
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'doc', 'secrets.md')


def begin(cluster, *options):
    """A run of ten patches a second."""
    return start(cluster, 'secrets', 'reencrypt', '--kubeconfig', cluster.kubeconfig('reencrypter'),
                 '--mode', 'rewrite', '--rate', '10', *options)


# Selections.

@pytest.mark.parametrize('more', [[], ['--dry-run'], ['--mode', 'rewrite']])
@pytest.mark.parametrize('options, told', [
    (['-N', 'teem-a'], 'teem-a (no such namespace)'),
    (['-N', 'kube-system'], 'namespaces: kube-system)'),
    (['-l', 'app=teh-shop'], 'selector: app=teh-shop'),
    (['--names', 'names'], 'names: a/s-0000, b/s-1'),
])
def test_a_selection_of_nothing_is_no_success(cluster, options, told, more):
    with open(os.path.join(cluster.folder, 'names'), 'w', encoding='utf-8') as file:
        file.write('a/s-0000\nb/s-1\n')
    before = cluster.etcd_revisions('/registry/secrets/')
    _, err = secrets(cluster, 'reencrypt', *options, *more, code=2)
    assert told in err and 'ENVCRYPT_E_KUBE_NOT_FOUND' in err
    assert cluster.etcd_revisions('/registry/secrets/') == before


def test_a_verification_of_nothing_proves_nothing_and_says_why(cluster):
    out, _ = secrets(cluster, 'verify', '-N', 'teem-a', code=9)
    assert 'teem-a (no such namespace)' in out


@pytest.mark.parametrize('options', [[], ['--dry-run'], ['--mode', 'rewrite']])
def test_a_cluster_without_any_is_fine_and_told(fresh, options):
    one = fresh()
    out, err = secrets(one, 'reencrypt', *options)
    assert 'note: there are no secrets in this cluster' in out
    assert 'secrets verify' not in err


def test_what_is_missing_of_a_selection_is_named(cluster):
    out, _ = secrets(cluster, 'reencrypt', '-N', 'a', '-N', 'bb')
    assert 'bb (no such namespace)' in out
    names = os.path.join(cluster.folder, 'names')
    with open(names, 'w', encoding='utf-8') as file:
        file.write('a/s-00000\nb/s-00001\nb/s-2\n')
    out, _ = secrets(cluster, 'reencrypt', '--names', names)
    assert '1 of the 3 objects in the file' in out and 'b/s-2' in out


def test_a_selector_that_the_server_refuses_is_told_as_one(cluster):
    _, err = secrets(cluster, 'reencrypt', '-l', 'a b', code=2)
    assert 'label selector' in err


# Journals.

def journal_of(cluster, *options):
    out, _ = secrets(cluster, 'reencrypt', '--json', '--mode', 'rewrite', *options)
    return report(out)['journal']


def test_the_journal_is_of_what_is_selected_not_of_a_path(cluster):
    def write(name, text):
        with open(os.path.join(cluster.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)

    write('one', 'a/s-00000\nb/s-00001\n')
    write('two', '# the same\nb/s-00001\na/s-00000\n')
    first = journal_of(cluster, '--names', 'one')
    assert os.path.dirname(first) == os.path.join(cluster.folder, '.local/state/envcrypt')
    assert journal_of(cluster, '--names', 'two') == first
    write('one', 'a/s-00000\n')
    assert journal_of(cluster, '--names', 'one') != first
    _, err = secrets(cluster, 'reencrypt', '--names', 'one', '--journal', first, code=2)
    assert 'JOURNAL_OTHER' in err and 'selection' in err and '--journal' in err
    assert journal_of(cluster) != journal_of(cluster, '-N', 'a')
    assert journal_of(cluster, '-N', 'a', '-N', 'b') == journal_of(cluster, '-N', 'b', '-N', 'a')


def test_a_full_disk_for_the_journal_ends_the_run_and_says_where(cluster):
    small = os.path.join(cluster.folder, 'small')
    os.mkdir(small)
    by = [] if os.geteuid() == 0 else ['sudo', '-n']
    try:
        subprocess.run([*by, 'mount', '-t', 'tmpfs', '-o', f'size=4k,mode=700,uid={os.geteuid()}', 'none', small],
                       check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('a tmpfs cannot be mounted here')
    try:
        _, err = secrets(cluster, 'reencrypt', '--journal', 'small/j', code=1)
    finally:
        subprocess.run([*by, 'umount', small], check=True)
    assert 'small/j' in err and 'ENVCRYPT_E_NO_SPACE' in err


# Other runs.

@pytest.mark.parametrize('first, second, told', [
    (['--journal', 'j', '--lease', 'none'], ['--journal', 'j', '--lease', 'none'], 'ENVCRYPT_E_FILE_BUSY'),
    (['--journal', 'j'], ['--journal', 'k'], 'ENVCRYPT_E_LEASE_HELD'),
])
def test_another_run_at_work_has_one_exit_code(cluster, first, second, told):
    process = begin(cluster, *first)
    until_left(cluster, 35)
    _, err = secrets(cluster, 'reencrypt', *second, code=8)
    assert told in err
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


# On a terminal.

def on_terminal(cluster, *options, interrupt=None):
    """Its exit code, and all that it showed; interrupt: ^C is typed when this was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cluster.folder)
        os.execve(os.environ['EVC_COMMAND'], [
            'envcrypt', 'secrets', 'reencrypt', '--kubeconfig', cluster.kubeconfig('reencrypter'), '--mode', 'rewrite',
            '--rate', '10', *options], environment(cluster))
    seen = b''
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
        if interrupt and interrupt in seen:
            os.write(terminal, b'\x03')
            interrupt = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()


def test_a_terminal_is_left_as_it_was_by_ctrl_c(cluster):
    code, seen = on_terminal(cluster, interrupt=b'10 of 40')
    assert code == -signal.SIGINT
    before, _, after = seen.rpartition('\r\x1b[K')    # the echo of ^C may stand within a line of progress
    assert '^C' in before and '\x1b' not in after
    assert 'The same command goes on' in after and after.endswith('envcrypt: interrupted\r\n')


def test_the_rate_of_a_resumed_run_is_its_own(cluster):
    on_terminal(cluster, interrupt=b'20 of 40')
    code, seen = on_terminal(cluster)
    assert code == 0
    rates = [int(rate) for rate in re.findall(r'storing anew: .* of 40, (\d+)/s', seen)]
    assert rates and max(rates) <= 20


# What is proven.

def test_the_verify_that_is_printed_proves_what_the_run_did_not(cluster):
    since = now()
    out, err = secrets(cluster, 'reencrypt', '--one-pass', '--mode', 'rewrite')
    assert 'outcome: not proven' in out
    line = re.search(r'^  envcrypt (secrets verify .*--etcd .*)$', err, re.M).group(1)
    words = shlex.split(line.replace('TIME', since).replace('https://HOST:2379', cluster.etcd.url))
    out, _ = run(cluster, *words)
    assert 'outcome: proven' in out


def test_the_verify_that_is_printed_has_the_options_of_the_run(cluster):
    with open(os.path.join(cluster.folder, "o'names"), 'w', encoding='utf-8') as file:
        file.write('a/s-00000\n')
    _, err = secrets(cluster, 'reencrypt', '--names', "o'names", '-l', 'x notin (y)', '--since', now(), '-N', 'a',
                     '--mode', 'annotate', '--no-journal')
    line = re.search(r'^  envcrypt (.*)$', err, re.M).group(1)
    words = shlex.split(line)
    for name, value in (('--names', "o'names"), ('--selector', 'x notin (y)'), ('--namespace', 'a')):
        assert words[words.index(name) + 1] == value
    assert '--no-journal' in words and '--mode' not in words and 'TIME' not in line


def test_proof_can_be_required_of_a_run(cluster):
    secrets(cluster, 'reencrypt', '--require-proof')
    secrets(cluster, 'reencrypt')
    _, err = secrets(cluster, 'reencrypt', '--require-proof', '--mode', 'annotate', code=9)
    assert 'secrets verify' in err


def test_a_dry_run_has_no_verdict(cluster):
    out, _ = secrets(cluster, 'reencrypt', '--dry-run')
    assert 'outcome' not in out and 'proven' not in out


# What failed.

@pytest.fixture
def broken(cluster):
    """Four Secrets that the server cannot read."""
    secrets(cluster, 'reencrypt', '--no-journal')
    cluster.rotate_key()
    names = [f's-{number:05}' for number in (0, 2, 4, 6)]
    for name in names:
        cluster.etcd.put(f'/registry/secrets/a/{name}'.encode(),
                         cluster.etcd_values()['/registry/secrets/b/s-00001'])
    return cluster, names


def test_failures_for_one_reason_stand_together(broken):
    cluster, names = broken
    out, _ = secrets(cluster, 'reencrypt', '--no-journal', code=6)
    assert 'a/s-00000, a/s-00002, a/s-00004 and 1 more: ENVCRYPT_E_KUBE_UNREADABLE\n' in out
    assert out.count('the API server cannot read what it stored') == 1
    out, _ = secrets(cluster, 'reencrypt', '--no-journal', '--json', code=6)
    assert [failure['name'] for failure in report(out)['failures']] == names


def test_what_is_unreadable_goes_by_the_command_that_is_named(broken):
    cluster, names = broken
    out, _ = secrets(cluster, 'reencrypt', '--no-journal', code=6)
    told = re.search(r"kubectl (delete --raw '[^']*')", out).group(1)
    for name in names:
        words = shlex.split(told.replace('NAMESPACE', 'a').replace('NAME', name))
        subprocess.run(['kubectl', '--kubeconfig', cluster.kubeconfig(), *words], check=True,
                       stdout=subprocess.DEVNULL, env={'PATH': os.environ['PATH'], 'HOME': cluster.folder})
    secrets(cluster, 'reencrypt', '--no-journal')


# Lines of JSON.

def documented():
    """The objects in the json blocks of the page, in order."""
    with open(DOCUMENT, encoding='utf-8') as file:
        blocks = re.findall(r'^```json\n(.*?)^```$', file.read(), re.M | re.S)
    decoder, found = json.JSONDecoder(), []
    for block in blocks:
        at = 0
        while block[at:].strip():
            value, size = decoder.raw_decode(block[at:].lstrip())
            at += len(block[at:]) - len(block[at:].lstrip()) + size
            found.append(value)
    return found


def shape(value):
    """Names and types; null fits any."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else None
    return type(value).__name__ if value is not None else None


def fits(real, example):
    if real is None or example is None:
        return True
    if isinstance(real, dict) and isinstance(example, dict):
        return list(real) == list(example) and all(fits(real[n], example[n]) for n in real)
    if isinstance(real, list) and isinstance(example, list):
        return fits(real[0], example[0])
    return real == example


def check(real, example):
    assert fits(shape(real), shape(example)), (real, example)


def test_lines_of_runs_are_as_documented(broken):
    cluster, _ = broken
    examples = {line.get('event', line.get('status')): line for line in documented() if 'report' in line or
                'status' in line}
    assert set(examples) == {'progress', 'report', 'stopped', 'failed'}
    lines = secrets(cluster, 'reencrypt', '--json', user='without-lease', code=6)[0].splitlines()
    for line in map(json.loads, lines):
        check(line, examples[line['event']])
    assert json.loads(lines[-1])['report']['failures'] and json.loads(lines[-1])['report']['notes']
    cluster.rotate_key()
    process = begin(cluster, '--json')
    while not json.loads(process.stdout.readline())['report']['figures']['rewritten']:
        pass
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    *_, stopped, failed = map(json.loads, out.splitlines())
    check(stopped, examples['stopped'])
    check(failed, examples['failed'])
    assert (stopped['event'], failed['exit_code']) == ('stopped', 130)


def test_without_json_and_terminal_events_go_to_standard_error(cluster):
    out, err = secrets(cluster, 'reencrypt')
    events = [json.loads(line) for line in err.splitlines() if line.startswith('{')]
    assert [list(event) for event in events] == [['event', 'time', 'phase', 'seconds', 'secrets']] * len(events)
    assert {'preflight', 'writing'} <= {event['phase'] for event in events}
    assert list(events[-1]['secrets']) == ['total', 'done', 'rewritten', 'failed']
    assert 0 <= events[-1]['secrets']['done'] <= events[-1]['secrets']['total'] and '{' not in out
    cluster.rotate_key()
    assert '{' not in secrets(cluster, 'reencrypt', '--quiet')[1]


def test_lines_of_what_etcd_holds_are_as_documented(cluster):
    secrets(cluster, 'reencrypt')
    examples = documented()
    inspected, census, explained, checked = examples[-4:]
    live = ('--etcd', cluster.etcd.url, '--json')
    value = json.loads(run(cluster, 'etcd', 'inspect', *live)[0].splitlines()[0])
    assert all(isinstance(text, str) for text in value.pop('annotations').values())
    assert inspected.pop('annotations')
    check(value, inspected)
    check(json.loads(run(cluster, 'etcd', 'census', *live)[0]), census)
    check(json.loads(run(cluster, 'k8s', 'config', 'explain', 'encryption.yaml', '--json')[0]), explained)
    with open(os.path.join(cluster.folder, 'bad.yaml'), 'w', encoding='utf-8') as file:
        file.write(json.dumps(cluster.encryption('kms', 'identity')).replace('unix:', 'tcp:'))
    wrong, _ = run(cluster, 'k8s', 'config', 'check', 'bad.yaml', '--json', code=4)
    check(json.loads(wrong), checked)

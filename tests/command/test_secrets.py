# SPDX-License-Identifier: Apache-2.0
"""secrets reencrypt and verify as far as they go without an API server. With one:
tests/partners/kubeserver/."""
import json
import os
import socket
import stat

import pytest

SERVER = ('--server', 'http://127.0.0.1:1')  # where nobody listens


@pytest.fixture(params=['reencrypt', 'verify'])
def verb(request):
    return request.param


@pytest.mark.parametrize('options, told', [
    (['--mode', 'other'], 'other'),
    (['--in-flight', '0'], 'in-flight'),
    (['--in-flight', '257'], 'in-flight'),
    (['--page', '501'], 'page'),
    (['--rate', 'fast'], 'rate'),
    (['--since', 'yesterday'], 'since'),
    (['--restarted', 'yesterday'], 'restarted'),
    (['--resource', 'Secrets!'], 'resource'),
    (['--namespace', 'a,b'], 'repeat it'),
    (['--namespace', ''], 'repeat it'),
    (['--annotation', 'no/such/key'], 'annotation'),
    (['--kube', 'x'], 'NAME=VALUE'),
    (['--kube', 'tls-nam=x'], 'tls-name'),
    (['--journal', 'x', '--no-journal'], 'contradict'),
    (['extra'], 'usage: envcrypt secrets reencrypt'),
])
def test_wrong_option_is_told_before_anything_is_sent(folder, options, told):
    err = folder.run('secrets', 'reencrypt', *SERVER, '--no-journal', *options, code=2).err
    assert told in err


def test_kubeconfig_that_is_not_there_is_told(folder, verb):
    err = folder.run('secrets', verb, '--kubeconfig', 'missing', '--no-journal', code=None).err
    assert 'missing' in err


def test_kubeconfig_that_is_no_yaml_is_told_without_its_text(folder, verb):
    folder.write('config', b'users: [{token: geheim')
    err = folder.run('secrets', verb, '--kubeconfig', 'config', '--no-journal', code=None).err
    assert 'at line' in err and 'geheim' not in err


def test_kubeconfig_without_contexts_is_told(folder, verb):
    folder.write('config', b'apiVersion: v1\nkind: Config\ncontexts: []\n')
    err = folder.run('secrets', verb, '--kubeconfig', 'config', '--no-journal', code=2).err
    assert 'has no contexts' in err


def test_program_of_a_kubeconfig_is_allowed_by_the_option_that_is_named(folder, verb):
    folder.write('config', b'''
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./none}}}]
''')
    words = ('secrets', verb, '--kubeconfig', 'config', '--no-journal', '--net', 'max-attempts=1')
    err = folder.run(*words, code=5).err
    assert 'allow-exec' in err and '--allow-exec' in err
    assert 'KUBE_EXEC' not in folder.run(*words, '--allow-exec', code=None).err


def test_program_of_a_kubeconfig_that_fails_is_not_taken_for_the_network(folder, verb):
    folder.write('config', b'''
current-context: c
clusters: [{name: k, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: "false",
  interactiveMode: Never}}}]
''')
    err = folder.run('secrets', verb, '--kubeconfig', 'config', '--no-journal', '--allow-exec', code=8).err
    assert 'ended with status 1' in err and 'Credentials are those' in err and 'network' not in err


def test_server_that_is_away_is_told_with_what_to_do(folder, verb):
    result = folder.run('secrets', verb, *SERVER, '--no-journal', '--lease', 'none',
                        '--net', 'max-attempts=1', code=8)
    assert 'ENVCRYPT_E_NET_CONNECT' in result.err and result.out == b''


def test_failure_is_told_as_json(folder, verb):
    result = folder.run('secrets', verb, *SERVER, '--no-journal', '--json', '--net', 'max-attempts=1',
                        code=8)
    last = json.loads(result.text.splitlines()[-1])
    assert (last['status'], last['error']) == ('failed', 'ENVCRYPT_E_NET_CONNECT')


def test_journal_is_in_the_folder_of_states(folder):
    folder.run('secrets', 'reencrypt', *SERVER, '--net', 'max-attempts=1', code=8,
               environment={'XDG_STATE_HOME': folder / 'state'})
    made = folder / 'state/envcrypt'
    assert stat.S_IMODE(os.stat(made).st_mode) == 0o700
    folder.run('secrets', 'reencrypt', *SERVER, '--net', 'max-attempts=1', code=8,
               environment={'HOME': folder.path})
    assert os.path.isdir(folder / '.local/state/envcrypt')


def test_without_a_home_the_journal_is_asked_for(folder):
    err = folder.run('secrets', 'reencrypt', *SERVER, code=2, environment={'HOME': ''}).err
    assert '--journal' in err


def test_dry_run_makes_no_journal(folder):
    folder.run('secrets', 'reencrypt', *SERVER, '--dry-run', '--net', 'max-attempts=1', code=8,
               environment={'HOME': folder.path})
    assert os.listdir(folder.path) == []


@pytest.mark.parametrize('file', ['dump', 'missing'])
def test_verify_looks_at_the_file_of_etcd_first(folder, file):
    folder.write('dump', b'no dump')
    with socket.socket() as listening:
        listening.bind(('127.0.0.1', 0))
        listening.listen()
        listening.settimeout(0.2)
        server = f'http://127.0.0.1:{listening.getsockname()[1]}'
        result = folder.run('secrets', 'verify', '--server', server, '--no-journal', '--etcd', file,
                            code={'dump': 4, 'missing': 1}[file])
        with pytest.raises(socket.timeout):
            listening.accept()
    assert file in result.err


def test_certificates_for_etcd_without_etcd_are_refused(folder):
    """Or the verification would send patches, where it was meant to read."""
    result = folder.run('secrets', 'verify', *SERVER, '--no-journal', '--etcd-ca-file', 'ca.crt', code=2)
    assert '--etcd https://' in result.err

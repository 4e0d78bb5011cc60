# SPDX-License-Identifier: Apache-2.0
"""What kubectl, the Python client and ours make of the same kubeconfigs: the requests that
reach a server."""
import base64
import json
import os

import pytest


def b64(path):
    with open(path, 'rb') as file:
        return base64.b64encode(file.read()).decode()


class Place:
    """A folder with kubeconfigs and what they name."""

    def __init__(self, folder, maker, tls_server, other_server, plain_server):
        self.folder = str(folder)
        self.maker = maker
        self.url = tls_server.url
        self.server = tls_server
        self.other_server = other_server
        self.plain_server = plain_server
        self.write('ca.pem', maker.read('ca.pem'))
        for name in ('client', 'long', 'second'):
            self.write(name + '.crt', maker.read(name + '.crt'))
            self.write(name + '.key', maker.read(name + '.key'))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def config(self, user, cluster=None, name='config', context=None, **more):
        """One file with the context x; JSON is YAML."""
        return self.write(name, json.dumps({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'x',
            'contexts': [{'name': 'x',
                          'context': {'cluster': 'c', 'user': 'u', **(context or {})}}],
            'clusters': [{'name': 'c', 'cluster': {'server': self.url,
                                                   'certificate-authority': 'ca.pem',
                                                   **(cluster or {})}}],
            'users': [{'name': 'u', 'user': user}], **more}))

    def data(self, name):
        return b64(self.path(name))


@pytest.fixture
def place(tmp_path, maker, tls_server, other_server, plain_server):
    return Place(tmp_path / 'place', maker, tls_server, other_server, plain_server)


EXEC_V1 = {'apiVersion': 'client.authentication.k8s.io/v1', 'interactiveMode': 'Never'}


def plugin(place, status, name='plugin', version='v1'):
    answer = json.dumps({'apiVersion': 'client.authentication.k8s.io/' + version,
                         'kind': 'ExecCredential', 'status': status})
    return place.write(name, f"#!/bin/sh\necho run >> {place.path('runs')}\n"
                             f"cat <<'END'\n{answer}\nEND\n", 0o700)


# Each gives KUBECONFIG, or that and what is wished for. All three are asked, unless the name says
# otherwise: the Python client has not got all of it; kubectl asks whoever has no credentials for a
# password, and takes a raw path from the root of the server.

def a_token(p):
    return p.config({'token': 'tok.en'})


def a_token_of_16_kib(p):
    return p.config({'token': 't' * 16384})


def a_token_file_which_is_trimmed__no_python(p):
    p.write('token', '\n from-file \n\n')
    return p.config({'tokenFile': 'token'})


def a_token_file_before_a_token__no_python(p):
    p.write('token', 'from-file')
    return p.config({'token': 'tok.en', 'tokenFile': p.path('token')})


def certificate_files_beside_the_file(p):
    return p.config({'client-certificate': 'client.crt', 'client-key': './client.key'})


def certificate_files_that_are_links(p):
    os.mkdir(p.path('..2026'))
    for name in ('client.crt', 'client.key'):
        os.rename(p.path(name), p.path('..2026/' + name))
        os.symlink('..data/' + name, p.path(name))
    os.symlink('..2026', p.path('..data'))
    return p.config({'client-certificate': 'client.crt', 'client-key': 'client.key'})


def the_file_of_kubelet_which_is_both(p):
    p.write('pki/kubelet-client-1.pem', p.maker.read('client.pem'))
    os.symlink(p.path('pki/kubelet-client-1.pem'), p.path('pki/kubelet-client-current.pem'))
    both = p.path('pki/kubelet-client-current.pem')
    return p.config({'client-certificate': both, 'client-key': both})


def a_key_longer_than_4_kib(p):
    assert os.path.getsize(p.path('long.key')) > 4096
    return p.config({'client-certificate-data': p.data('long.crt'),
                     'client-key-data': p.data('long.key')})


def certificate_data(p):
    return p.config({'client-certificate-data': p.data('client.crt'),
                     'client-key-data': p.data('client.key')})


def certificate_data_in_lines(p):
    data = p.data('client.crt')
    lines = '\n      '.join(data[i:i + 64] for i in range(0, len(data), 64))
    return p.write('config', f'''
current-context: x
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{p.url}", certificate-authority: ca.pem}}}}]
users:
- name: u
  user:
    client-key-data: {p.data('client.key')}
    client-certificate-data: |
      {lines}
''')


def a_certificate_as_data_and_its_key_as_a_file(p):
    return p.config({'client-certificate-data': p.data('client.crt'), 'client-key': 'client.key'})


def a_certificate_and_a_token(p):
    return p.config({'client-certificate': 'client.crt', 'client-key': 'client.key',
                     'token': 'tok.en'})


def authority_data(p):
    return p.config({'token': 't'}, {'certificate-authority': None,
                                     'certificate-authority-data': p.data('ca.pem')})


def a_certificate_for_another_name(p):
    return p.config({'token': 't'}, {'server': p.other_server.url, 'tls-server-name': 'kube.test'})


def a_path_before_the_api__no_kubectl(p):
    return p.config({'token': 't'}, {'server': p.url + '/k8s/clusters/c-1/'})


def nobody__no_kubectl(p):
    return p.config({})


def a_context_without_a_user__no_kubectl(p):
    return p.config({'token': 't'}, context={'user': ''})


def contexts_by_name(p):
    p.config({'token': 'first'}, name='config', **{'contexts': [
        {'name': 'x', 'context': {'cluster': 'c', 'user': 'u'}},
        {'name': 'y', 'context': {'cluster': 'c', 'user': 'v'}}],
        'users': [{'name': 'u', 'user': {'token': 'first'}},
                  {'name': 'v', 'user': {'token': 'second'}}]})
    return p.path('config'), {'context': 'y'}


def a_user_by_name__no_python(p):
    contexts_by_name(p)
    return p.path('config'), {'user': 'v'}


def a_cluster_by_name__no_python(p):
    p.config({'token': 't'}, clusters=[
        {'name': 'c', 'cluster': {'server': 'https://127.0.0.1:1'}},
        {'name': 'd', 'cluster': {'server': p.url, 'certificate-authority': 'ca.pem'}}])
    return p.path('config'), {'cluster': 'd'}


def two_files(p):
    """Context and cluster in one, the user in the other, in another folder."""
    p.config({}, name='one/config', users=[], clusters=[
        {'name': 'c', 'cluster': {'server': p.url, 'certificate-authority': '../ca.pem'}}])
    p.write('two/token', 'from-two')
    p.write('two/config', json.dumps({
        'users': [{'name': 'u', 'user': {'tokenFile': 'token'}}]}))
    return p.path('one/config') + ':' + p.path('two/config')


def the_first_file_wins(p):
    p.config({'token': 'first'}, name='one')
    p.config({'token': 'second', 'as': 'nobody'}, {'server': 'https://127.0.0.1:1'}, name='two')
    return p.path('one') + ':' + p.path('two')


def the_first_file_wins_also_when_it_says_nothing__no_kubectl(p):
    p.config({}, name='one')
    p.config({'token': 'second'}, name='two')
    return p.path('one') + ':' + p.path('two')


def the_first_current_context_wins__no_python(p):
    p.write('one', json.dumps({'current-context': 'y'}))
    p.config({'token': 't'}, name='two', contexts=[
        {'name': 'x', 'context': {'cluster': 'c', 'user': 'none'}},
        {'name': 'y', 'context': {'cluster': 'c', 'user': 'u'}}])
    return p.path('one') + ':' + p.path('two')


def missing_and_empty_names_in_the_list(p):
    return '::' + p.path('missing') + ':' + p.config({'token': 't'}) + ':'


def a_relative_name(p):
    return os.path.relpath(p.config({'token': 't'}), os.path.dirname(p.folder))


def impersonation__no_python(p):
    return p.config({'token': 't', 'as': 'jane', 'as-uid': '7', 'as-groups': ['a', 'b c'],
                     'as-user-extra': {'example.org/some%key': ['v', 'w'], 'Plain': ['x']}})


def a_program(p):
    return p.config({'exec': {**EXEC_V1, 'command': plugin(p, {'token': 'by-program'})}})


def a_program_of_v1beta1(p):
    return p.config({'exec': {'apiVersion': 'client.authentication.k8s.io/v1beta1',
                              'command': plugin(p, {'token': 'by-program'}, version='v1beta1')}})


def a_program_beside_the_file(p):
    plugin(p, {'token': 'by-program'}, name='bin/plugin')
    return p.config({'exec': {**EXEC_V1, 'command': './bin/plugin'}})


def a_program_that_gives_a_certificate(p):
    status = {'clientCertificateData': open(p.path('client.crt'), encoding='ascii').read(),
              'clientKeyData': open(p.path('client.key'), encoding='ascii').read()}
    return p.config({'exec': {**EXEC_V1, 'command': plugin(p, status)}})


def a_program_that_gives_both__no_python(p):
    status = {'clientCertificateData': open(p.path('client.crt'), encoding='ascii').read(),
              'clientKeyData': open(p.path('client.key'), encoding='ascii').read(),
              'token': 'by-program'}
    return p.config({'exec': {**EXEC_V1, 'command': plugin(p, status)}})


def a_token_before_a_program__no_python(p):
    return p.config({'token': 't', 'exec': {**EXEC_V1, 'command': plugin(p, {'token': 'no'})}})


def a_certificate_before_a_program__no_python(p):
    return p.config({'client-certificate': 'client.crt', 'client-key': 'client.key',
                     'exec': {**EXEC_V1, 'command': plugin(p, {'token': 'no'})}})


def unknown_members(p):
    return p.config({'token': 't', 'later': [1]}, {'disable-compression': True, 'later': {}},
                    preferences={'colors': True}, extensions=[{'name': 'x', 'extension': {}}])


def no_credentials_over_http__no_python(p):
    return p.config({'token': 'secret'}, {'server': p.plain_server.url})


GOOD = [a_token, a_token_of_16_kib, a_token_file_which_is_trimmed__no_python, a_token_file_before_a_token__no_python,
        certificate_files_beside_the_file, certificate_files_that_are_links,
        the_file_of_kubelet_which_is_both, a_key_longer_than_4_kib, certificate_data,
        certificate_data_in_lines,
        a_certificate_as_data_and_its_key_as_a_file, a_certificate_and_a_token, authority_data,
        a_certificate_for_another_name, a_path_before_the_api__no_kubectl, nobody__no_kubectl,
        a_context_without_a_user__no_kubectl, contexts_by_name, a_user_by_name__no_python,
        a_cluster_by_name__no_python, two_files, the_first_file_wins,
        the_first_file_wins_also_when_it_says_nothing__no_kubectl,
        the_first_current_context_wins__no_python,
        missing_and_empty_names_in_the_list, a_relative_name, impersonation__no_python, a_program,
        a_program_of_v1beta1, a_program_beside_the_file, a_program_that_gives_a_certificate,
        a_program_that_gives_both__no_python, a_token_before_a_program__no_python,
        a_certificate_before_a_program__no_python, unknown_members,
        no_credentials_over_http__no_python]


def asked_by(client, place, kubeconfig, wish):
    """What the servers saw of it."""
    worked = client(kubeconfig, **wish)
    seen = [asked for server in (place.server, place.other_server, place.plain_server)
            for asked in server.take()]
    return worked, seen


def only(seen):
    assert len(seen) == 1, seen
    return {**seen[0], 'path': seen[0]['path'].replace('//', '/').rstrip('/')}


@pytest.mark.parametrize('case', GOOD, ids=lambda case: case.__name__)
def test_the_same_request_reaches_the_server(case, place, clients):
    made = case(place)
    kubeconfig, wish = made if isinstance(made, tuple) else (made, {})
    worked, seen = asked_by(clients.ours, place, kubeconfig, wish)
    assert worked, clients.why
    found = only(seen)
    for name in ('kubectl', 'python'):
        if case.__name__.endswith('__no_' + name):
            continue
        worked, seen = asked_by(getattr(clients, name), place, kubeconfig, wish)
        assert worked, clients.why
        assert found == only(seen), name


def test_something_was_compared(place, clients):
    """The server sees what these tests look at."""
    place.config({'token': 't', 'as': 'jane', 'client-certificate': 'client.crt',
                  'client-key': 'client.key'})
    assert clients.ours(place.path('config')), clients.why
    assert only(place.server.take()) == {
        'path': '/version', 'client': 'client',
        'told': [('authorization', 'Bearer t'), ('impersonate-user', 'jane')]}


# --- the proxy of the environment ---

def test_the_proxy_of_the_environment_carries_tls_and_sees_nothing_else(place, clients, tunnels):
    place.config({'token': 'tok.en'}, {'server': 'https://kube.test'})
    for name in ('HTTPS_PROXY', 'https_proxy'):
        clients.variables = {name: tunnels.url}
        for client in (clients.kubectl, clients.ours):
            assert client(place.path('config')), clients.why
            assert only(place.other_server.take())['told'] == [('authorization', 'Bearer tok.en')]
            asked = tunnels.take()
            assert {head.splitlines()[0] for head in asked} == {'CONNECT kube.test:443 HTTP/1.1'}
            assert 'tok.en' not in ''.join(asked)


@pytest.mark.parametrize('listed', ['', '0.0.0.0', '0.0.0.0/8', '0.0.0.1/31', '1.0.0.0/8', '*',
                                    '0.0.0.0:PORT', '0.0.0.0:1', '.0', 'kube.test, 0.0.0.0 '])
def test_no_proxy_means_what_it_means_to_kubectl(listed, place, clients, tunnels):
    """To 0.0.0.0 everybody connects on this machine, and nobody calls it loopback."""
    port = str(place.other_server.server.server_port)
    place.config({'token': 't'}, {'server': 'https://0.0.0.0:' + port,
                                  'tls-server-name': 'kube.test'})
    clients.variables = {'HTTPS_PROXY': tunnels.url, 'NO_PROXY': listed.replace('PORT', port)}
    found = []
    for client in (clients.kubectl, clients.ours):
        assert client(place.path('config')), clients.why
        only(place.other_server.take())
        found.append(bool(tunnels.take()))
    assert found[0] == found[1]


# --- what nobody takes ---

def no_such_context(p):
    return p.config({'token': 't'}), {'context': 'none'}


def no_such_cluster(p):
    return p.config({'token': 't'}, context={'cluster': 'none'})


def no_context_at_all(p):
    return p.config({'token': 't'}, **{'current-context': ''})


def no_server(p):
    return p.config({'token': 't'}, {'server': ''})


def broken_yaml(p):
    return p.write('config', 'contexts: [')


def a_list_that_is_none(p):
    return p.config({'token': 't'}, users={'name': 'u'})


def a_name_twice(p):
    return p.config({'token': 't'}, users=[{'name': 'u', 'user': {'token': 'a'}},
                                           {'name': 'u', 'user': {'token': 'b'}}])


def a_token_that_is_a_number(p):
    return p.config({'token': 5})


def data_that_is_no_base64(p):
    return p.config({'token': 't'}, {'certificate-authority-data': 'not base64!'})


def data_that_is_no_pem(p):
    return p.config({'token': 't'}, {'certificate-authority': None,
                                     'certificate-authority-data': 'bm8gcGVt'})


def a_certificate_without_its_key(p):
    return p.config({'client-certificate': 'client.crt'})


def groups_without_a_user(p):
    return p.config({'token': 't', 'as-groups': ['a']})


def a_program_without_a_version(p):
    return p.config({'exec': {'command': plugin(p, {'token': 't'})}})


def a_program_without_a_command(p):
    return p.config({'exec': EXEC_V1})


def a_program_of_v1_without_a_mode(p):
    return p.config({'exec': {'apiVersion': EXEC_V1['apiVersion'],
                              'command': plugin(p, {'token': 't'})}})


def a_program_that_needs_a_terminal(p):
    return p.config({'exec': {**EXEC_V1, 'interactiveMode': 'Always',
                              'command': plugin(p, {'token': 't'})}})


def a_program_that_answers_in_another_version(p):
    return p.config({'exec': {**EXEC_V1,
                              'command': plugin(p, {'token': 't'}, version='v1beta1')}})


def a_program_without_a_token(p):
    return p.config({'exec': {**EXEC_V1, 'command': plugin(p, {})}})


def a_program_with_half_a_pair(p):
    return p.config({'exec': {**EXEC_V1, 'command': plugin(
        p, {'token': 't', 'clientCertificateData': p.maker.read('client.crt')})}})


def a_program_that_fails(p):
    command = p.write('plugin', '#!/bin/sh\nexit 1\n', 0o700)
    return p.config({'exec': {**EXEC_V1, 'command': command}})


def a_program_that_is_not_there(p):
    return p.config({'exec': {**EXEC_V1, 'command': 'evc-no-such-program'}})


def an_authority_that_is_not_there(p):
    return p.config({'token': 't'}, {'certificate-authority': 'none.pem'})


def a_server_of_another_authority(p):
    return p.config({'token': 't'}, {'certificate-authority': 'client.crt'})


def a_server_of_another_name(p):
    return p.config({'token': 't'}, {'server': p.other_server.url})


BAD = [(no_such_context, 'KUBECONFIG'), (no_such_cluster, 'KUBECONFIG'),
       (no_context_at_all, 'KUBECONFIG'), (no_server, 'KUBECONFIG'), (broken_yaml, 'YAML'),
       (a_list_that_is_none, 'KUBECONFIG'), (a_name_twice, 'KUBECONFIG'),
       (a_token_that_is_a_number, 'YAML'), (data_that_is_no_base64, 'KUBECONFIG'),
       (data_that_is_no_pem, 'KUBECONFIG'), (a_certificate_without_its_key, 'KUBECONFIG'),
       (groups_without_a_user, 'KUBECONFIG'), (a_program_without_a_version, 'KUBECONFIG'),
       (a_program_without_a_command, 'KUBECONFIG'), (a_program_of_v1_without_a_mode, 'KUBECONFIG'),
       (a_program_that_needs_a_terminal, 'KUBECONFIG'),
       (a_program_that_answers_in_another_version, 'BAD_CREDENTIALS'),
       (a_program_without_a_token, 'BAD_CREDENTIALS'),
       (a_program_with_half_a_pair, 'BAD_CREDENTIALS'),
       (a_program_that_fails, 'CREDENTIALS_DOWN'),
       (a_program_that_is_not_there, 'BAD_CREDENTIALS'),
       (an_authority_that_is_not_there, 'FILE_NOT_FOUND'),
       (a_server_of_another_authority, 'TLS'), (a_server_of_another_name, 'TLS')]


@pytest.mark.parametrize('case, code', BAD, ids=lambda value: getattr(value, '__name__', ''))
def test_what_kubectl_refuses_is_refused_by_name(case, code, place, clients):
    made = case(place)
    kubeconfig, wish = made if isinstance(made, tuple) else (made, {})
    worked, seen = asked_by(clients.kubectl, place, kubeconfig, wish)
    assert not worked and not seen
    worked, seen = asked_by(clients.ours, place, kubeconfig, wish)
    assert not worked and not seen
    assert clients.reply['code'] == 'ENVCRYPT_E_' + code, clients.why


# --- what we refuse and others take, or the other way round ---

def test_a_server_that_is_not_checked_is_refused(place, clients):
    place.config({'token': 't'}, {'certificate-authority': None, 'insecure-skip-tls-verify': True})
    assert clients.kubectl(place.path('config')), clients.why
    place.server.take()
    assert not clients.ours(place.path('config'))
    assert clients.reply['code'] == 'ENVCRYPT_E_KUBE_INSECURE'
    assert not place.server.take()


def test_a_password_is_refused(place, clients):
    place.config({'username': 'me', 'password': 'planted'})
    assert clients.kubectl(place.path('config')), clients.why
    assert only(place.server.take())['told'][0][1].startswith('Basic ')
    assert not clients.ours(place.path('config'))
    assert clients.reply['code'] == 'ENVCRYPT_E_KUBECONFIG'
    assert 'planted' not in str(clients.why)


def test_a_user_that_is_named_and_not_there_is_refused(place, clients):
    """The others go on as nobody; kubectl asks for a password first."""
    place.config({'token': 't'}, context={'user': 'typo'})
    assert clients.python(place.path('config')), clients.why
    assert only(place.server.take())['told'] == []
    assert not clients.ours(place.path('config'))
    assert clients.reply['code'] == 'ENVCRYPT_E_KUBECONFIG'


def test_data_goes_before_a_file_where_both_are(place, clients):
    """kubectl wants one of them; the Python client and the description of the format take data."""
    place.write('wrong.pem', place.maker.read('client.crt'))
    place.config({'client-certificate': 'second.crt', 'client-key': 'second.key',
                  'client-certificate-data': place.data('client.crt'),
                  'client-key-data': place.data('client.key')},
                 {'certificate-authority': 'wrong.pem',
                  'certificate-authority-data': place.data('ca.pem')})
    assert not clients.kubectl(place.path('config'))
    assert 'will override' in clients.why
    assert clients.python(place.path('config')), clients.why
    wanted = only(place.server.take())
    assert clients.ours(place.path('config')), clients.why
    assert only(place.server.take()) == wanted
    assert wanted['client'] == 'client'


def test_what_was_refused_once_is_renewed_once(place, clients):
    """By ours within one request; client-go does it for the next one."""
    place.config({'exec': {**EXEC_V1, 'command': plugin(place, {'token': 'by-program'})}})
    place.server.statuses = [401]
    assert clients.ours(place.path('config')), clients.why
    assert len(place.server.take()) == 2
    with open(place.path('runs'), encoding='ascii') as runs:
        assert runs.read() == 'run\nrun\n'
    place.server.statuses = [401, 401]
    assert not clients.ours(place.path('config'))
    assert clients.reply['code'] == 'ENVCRYPT_E_AUTH'
    assert len(place.server.take()) == 2


def test_a_program_that_was_not_allowed_is_not_run(place, clients):
    place.config({'exec': {**EXEC_V1, 'command': plugin(place, {'token': 'by-program'})}})
    assert not clients.ours(place.path('config'), 'context=x')
    assert clients.reply['code'] == 'ENVCRYPT_E_KUBE_EXEC'
    assert not os.path.exists(place.path('runs'))


def test_a_token_of_eks_goes_in_the_place_of_the_program_that_makes_one(place, clients):
    """As `aws eks update-kubeconfig` writes it."""
    place.config({'exec': {
        'apiVersion': 'client.authentication.k8s.io/v1beta1', 'command': 'aws',
        'args': ['--region', 'eu-west-1', 'eks', 'get-token', '--cluster-name', 'prod']}})
    assert not clients.ours(place.path('config'), 'context=x')
    assert clients.reply['code'] == 'ENVCRYPT_E_KUBE_EXEC'
    assert 'set eks-cluster to prod' in str(clients.why)
    assert clients.ours(place.path('config'), 'eks=prod'), clients.why
    name, value = only(place.server.take())['told'][0]
    assert name == 'authorization' and value.startswith('Bearer k8s-aws-v1.')

# SPDX-License-Identifier: Apache-2.0
"""What a credential plugin is given, by kubectl and by us."""
import json

import pytest
from test_kubeconfig import Place

PROGRAM = '''#!/bin/sh
for word; do printf '%s\\n' "$word"; done > {folder}/words
env | sort > {folder}/variables
printf '%s' "$KUBERNETES_EXEC_INFO" > {folder}/told
echo '{{"apiVersion":"client.authentication.k8s.io/{version}","kind":"ExecCredential",'\\
'"status":{{"token":"by-program"}}}}'
'''


@pytest.fixture
def place(tmp_path, maker, tls_server, other_server, plain_server):
    return Place(tmp_path / 'place', maker, tls_server, other_server, plain_server)


def given(place, run):
    """What the program was given."""
    assert run()
    place.server.take()
    found = {}
    for name in ('words', 'variables', 'told'):
        with open(place.path(name), encoding='utf-8') as file:
            found[name] = file.read()
    found['variables'] = [line for line in found['variables'].splitlines()
                          if line.startswith(('EVC_', 'HOME='))]
    found['told'] = json.loads(found['told'])
    return found


@pytest.mark.parametrize('version', ['v1', 'v1beta1'])
@pytest.mark.parametrize('with_cluster', [False, True])
@pytest.mark.parametrize('authority', ['file', 'data'])
def test_a_program_is_given_the_same(version, with_cluster, authority, place, clients):
    program = place.write('plugin', PROGRAM.format(folder=place.folder, version=version), 0o700)
    cluster = {'extensions': [{'name': 'client.authentication.k8s.io/exec', 'extension': {
        'text': 'ümlaut "quoted"', 'number': 1, 'real': 1.5, 'list': [True, None, {'a': []}]}}]}
    if authority == 'data':
        cluster.update({'certificate-authority': None,
                        'certificate-authority-data': place.data('ca.pem')})
    kubeconfig = place.config({'exec': {
        'apiVersion': 'client.authentication.k8s.io/' + version, 'interactiveMode': 'IfAvailable',
        'command': program, 'args': ['get token', '', '$HOME', '--x=y'],
        'env': [{'name': 'EVC_ONE', 'value': 'a = b'}, {'name': 'HOME', 'value': '/replaced'},
                {'name': 'EVC_EMPTY', 'value': ''}],
        'provideClusterInfo': with_cluster}}, cluster)
    theirs = given(place, lambda: clients.kubectl(kubeconfig))
    assert given(place, lambda: clients.ours(kubeconfig)) == theirs
    assert ('cluster' in theirs['told']['spec']) == with_cluster

# SPDX-License-Identifier: Apache-2.0
"""k8s config explain, check and generate."""
import base64
import json
import re

import pytest

SECRET = base64.b64encode(bytes(range(32))).decode()
GOOD = '''apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - kms: {apiVersion: v2, name: my-kms, endpoint: "unix:///run/my-kms.sock", timeout: 3s}
  - secretbox:
      keys:
      - {name: old, secret: SECRET}
  - identity: {}
'''.replace('SECRET', SECRET)


@pytest.fixture
def config(folder):
    folder.write('encryption.yaml', GOOD.encode())
    return folder


def rows(result):
    return json.loads(result.text)['rows']


def test_explain_tells_who_writes_and_who_reads(config):
    told = rows(config.run('k8s', 'config', 'explain', 'encryption.yaml', '--json'))
    assert [(r['resource'], r['order'], r['provider'], r['role']) for r in told] == [
        ('secrets', 1, 'kms v2', 'writes'), ('secrets', 2, 'secretbox', 'reads'),
        ('secrets', 3, 'identity', 'reads')]
    text = config.run('k8s', 'config', 'explain', 'encryption.yaml').text
    assert re.search('^secrets +1 +kms v2 +my-kms +writes ', text, re.M)


@pytest.mark.parametrize('verb', ['explain', 'check'])
def test_keys_of_the_file_are_never_shown(config, verb):
    for options in ([], ['--json']):
        result = config.run('k8s', 'config', verb, 'encryption.yaml', *options)
        assert SECRET[:12] not in result.text + result.err


def test_check_of_a_good_file_ends_with_0(config):
    assert 'takes this file' in config.run('k8s', 'config', 'check', 'encryption.yaml').err


def test_check_of_a_bad_file_says_what_is_wrong_and_where(config):
    config.write('bad.yaml', GOOD.replace('unix:///run/my-kms.sock', 'tcp://127.0.0.1:1').encode())
    result = config.run('k8s', 'config', 'check', 'bad.yaml', code=4)
    assert result.text.startswith('error, line 6: ') and 'endpoint' in result.text
    told = rows(config.run('k8s', 'config', 'check', 'bad.yaml', '--json', code=4))
    assert (told[0]['severity'], told[0]['line']) == ('error', 6)


def test_check_follows_the_release(config):
    config.write('v1.yaml', GOOD.replace('apiVersion: v2, ', '').encode())
    result = config.run('k8s', 'config', 'check', 'v1.yaml', '--kube-version', '1.31', code=4)
    assert 'v2' in result.text
    assert 'version' in config.run('k8s', 'config', 'check', 'v1.yaml', '--kube-version', 'x',
                                   code=2).err


@pytest.mark.parametrize('content, code', [
    (b'', 'ENVCRYPT_E_ENCRYPTION_CONFIG'),
    (b'a: [b\n', 'ENVCRYPT_E_YAML'),
    (b'apiVersion: v1\nkind: Config\n', 'ENVCRYPT_E_ENCRYPTION_CONFIG'),
])
@pytest.mark.parametrize('verb', ['explain', 'check'])
def test_what_is_no_configuration_is_told(config, verb, content, code):
    config.write('other.yaml', content)
    assert code in config.run('k8s', 'config', verb, 'other.yaml', code=4).err


def test_generated_file_passes_the_check_and_writes_with_the_plugin(config):
    config.run('k8s', 'config', 'generate', '--name', 'my-kms', '--socket', 'unix:///run/my-kms.sock',
               '--resource', 'secrets', '--resource', 'configmaps', '-o', 'made.yaml')
    assert config.mode('made.yaml') == 0o600
    assert b'apiVersion: v2' in config.read('made.yaml')
    config.run('k8s', 'config', 'check', 'made.yaml', '--kube-version', '1.31')
    told = rows(config.run('k8s', 'config', 'explain', 'made.yaml', '--json'))
    assert {r['resource'] for r in told if r['role'] == 'writes' and r['provider'] == 'kms v2'} == {
        'secrets', 'configmaps'}


def test_rollout_only_reads_with_the_plugin(config):
    result = config.run('k8s', 'config', 'generate', '--name', 'my-kms', '--socket',
                        'unix:///run/my-kms.sock', '--order', 'rollout')
    config.write('made.yaml', result.out)
    told = rows(config.run('k8s', 'config', 'explain', 'made.yaml', '--json'))
    assert [r['provider'] for r in told if r['role'] == 'writes'] == ['identity']


@pytest.mark.parametrize('words, told', [
    (['--name', 'x'], '--socket'),
    (['--socket', 'unix:///x'], '--name'),
    (['--name', 'x', '--socket', 'unix:///x', '--order', 'other'], 'other'),
    (['--name', 'x', '--socket', 'unix:///x', '--json'], '-o FILE'),
])
def test_wrong_command_line_of_generate_is_explained(config, words, told):
    assert told in config.run('k8s', 'config', 'generate', *words, code=2).err


@pytest.mark.parametrize('name, socket', [('a:b', 'unix:///x'), ('x', 'tcp://x')])
def test_generate_refuses_what_the_server_would_not_take(config, name, socket):
    result = config.run('k8s', 'config', 'generate', '--name', name, '--socket', socket, code=4)
    assert result.out == b''


def test_file_that_is_not_there_is_told(config):
    assert 'missing.yaml' in config.run('k8s', 'config', 'check', 'missing.yaml', code=1).err

# SPDX-License-Identifier: Apache-2.0
"""Stored values both ways between Kubernetes' own transformers and ours, and files that its own
loader judges."""
import base64
import itertools
import json
import os
import random
import subprocess

import pytest

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'build-partners',
                        'kubeserver')
PROVIDERS = ['aescbc', 'aesgcm', 'secretbox', 'kms v1', 'kms v2']
PLACE = '/registry/secrets/default/s1'
SIZES = [0, 1, 15, 16, 17, 1000, 100_000]


class Side:
    """A program that is told what to do in JSON lines."""

    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)

    def ask(self, op, **members):
        order = {n: base64.b64encode(v).decode() if isinstance(v, bytes) else v
                 for n, v in members.items()}
        self.child.stdin.write(json.dumps({'op': op, **order}) + '\n')
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def data(self, op, **members):
        answer = self.ask(op, **members)
        assert 'error' not in answer, answer
        return base64.b64decode(answer['data'])

    def end(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=60) == 0


@pytest.fixture(scope='module')
def theirs():
    side = Side(os.path.join(PROGRAMS, 'stored'))
    yield side
    side.end()


@pytest.fixture(scope='module')
def ours():
    side = Side(os.environ['EVC_STORED'])
    yield side
    side.end()


def cases(provider):
    """Random keys, names and texts; each text begins as what Kubernetes stores."""
    chance = random.Random(provider)
    keys = [32] if provider == 'secretbox' or provider.startswith('kms') else [16, 24, 32]
    forms = ['raw', 'edk'] if provider.startswith('kms') else ['none']
    names = ['k'] if provider == 'kms v2' else ['k', 'a:b']
    for size, key, form, name in itertools.product(SIZES, keys, forms, names):
        yield {'provider': provider, 'key': chance.randbytes(key), 'form': form, 'name': name,
               'place': PLACE}, b'k8s\0' + chance.randbytes(size)


@pytest.mark.parametrize('provider', PROVIDERS)
def test_what_kubernetes_writes_is_opened(theirs, ours, provider):
    for how, plain in cases(provider):
        value = theirs.data('write', data=plain, **how)
        assert ours.data('read', data=value, **how) == plain


@pytest.mark.parametrize('provider', PROVIDERS)
def test_what_is_made_is_read_by_kubernetes(theirs, ours, provider):
    for how, plain in cases(provider):
        value = ours.data('write', data=plain, **how)
        assert theirs.data('read', data=value, **how) == plain


@pytest.mark.parametrize('old,read_as', [('kms v1 cbc', 'kms v1'), ('kms v2 key', 'kms v2')])
def test_what_old_servers_wrote_is_opened(theirs, ours, old, read_as):
    for how, plain in cases(read_as):
        value = theirs.data('write', data=plain, **{**how, 'provider': old})
        assert ours.data('read', data=value, **how) == plain


@pytest.mark.parametrize('provider', ['aesgcm', 'kms v1', 'kms v2'])
def test_both_refuse_a_value_at_another_place(theirs, ours, provider):
    how, plain = next(cases(provider))
    value = ours.data('write', data=plain, **how)
    elsewhere = {**how, 'place': PLACE + '2'}
    assert 'error' in theirs.ask('read', data=value, **elsewhere)
    assert ours.ask('read', data=value, **elsewhere) == {'error': 'ENVCRYPT_E_STORED_AUTH'}


def test_values_of_kubernetes_are_inspected(theirs, ours):
    how, plain = next(cases('kms v2'))
    value = theirs.data('write', data=plain, **how)
    assert ours.ask('inspect', data=value) == {
        'provider': 'kms v2', 'name': 'k', 'key_id': 'kek-1', 'dek_type': 2,
        'annotations': {'v.example.com': base64.b64encode(b'1').decode(), 'w.example.com': ''}}


# EncryptionConfiguration.

HEAD = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n'
RULE = '- resources: [%s]\n  providers: [%s]\n'
KEY = 'pDnSAYAAEEhR+5P+K0JRrpMYQD+gHUUpJnwuyx8lRjA='
SHORT = 'qBHo8gLG5SrU/6kdZXR9gQ=='


def kms(**members):
    given = {'apiVersion': 'v2', 'name': 'p', 'endpoint': 'unix:///nowhere', 'timeout': '100ms',
             **members}
    return json.dumps({'kms': {n: v for n, v in given.items() if v is not None}})


def local(cipher, *keys):
    return json.dumps({cipher: {'keys': [dict(zip(('name', 'secret'), key)) for key in keys]}})


IDENTITY = '{identity: {}}'
FILES = {
    'steady': HEAD + RULE % ('secrets', kms() + ',' + IDENTITY),
    'json': json.dumps({'kind': 'EncryptionConfiguration', 'apiVersion': 'apiserver.config.k8s.io/v1',
                        'resources': [{'resources': ['secrets'], 'providers': [{'identity': {}}]}]}),
    'wildcards': HEAD + RULE % ("'*.'", IDENTITY) + RULE % ("'*.apps'", IDENTITY) + RULE % ("'*.*'", IDENTITY),
    'all keys': HEAD + RULE % ('secrets', ','.join((
        local('aescbc', ('a', SHORT), ('b', KEY)), local('aesgcm', ('a', KEY)), local('secretbox', ('s', KEY))))),
    'twice in two lists': HEAD + 2 * (RULE % ('secrets', IDENTITY)),
    'block of base64': HEAD + '- resources: [secrets]\n  providers:\n  - secretbox:\n      keys:\n'
                              '      - name: k\n        secret: |\n          %s\n' % KEY,
    'spare bits': HEAD + RULE % ('secrets', local('aesgcm', ('k', SHORT[:-3] + 'R=='))),
    'two documents': HEAD + RULE % ('secrets', IDENTITY) + '---\nother: thing\n',
    'null provider': HEAD + RULE % ('secrets', '{identity: }'),
    'empty': '', 'no rules': HEAD, 'other kind': 'apiVersion: v1\nkind: Secret\n',
    'unknown member': HEAD + RULE % ('secrets', kms(naem='x')),
    'member twice': HEAD + '- resources: [a]\n  resources: [b]\n  providers: [{identity: {}}]\n',
    'case': HEAD + RULE % ('secrets', '{Identity: {}}'),
    'number for a name': HEAD + RULE % ('secrets', '{kms: {apiVersion: v2, name: 7, endpoint: "unix:///n"}}'),
    'word for a name': HEAD + RULE % ('secrets', '{kms: {apiVersion: v2, name: yes, endpoint: "unix:///n"}}'),
    'timeout is a number': HEAD + RULE % ('secrets', kms(timeout=3)),
    'timeout without unit': HEAD + RULE % ('secrets', kms(timeout='3')),
    'timeout': HEAD + RULE % ('secrets', kms(timeout='0.1s100ms')),
    'timeout of none': HEAD + RULE % ('secrets', kms(timeout='0s')),
    'negative timeout': HEAD + RULE % ('secrets', kms(timeout='-1s')),
    'null timeout': HEAD + RULE % ('secrets', '{kms: {apiVersion: v2, name: p, endpoint: "unix:///n", timeout: }}'),
    'cachesize of v2': HEAD + RULE % ('secrets', kms(cachesize=5)),
    'text for a number': HEAD + RULE % ('secrets', kms(cachesize='5')),
    'no name': HEAD + RULE % ('secrets', kms(name=None)),
    'colon': HEAD + RULE % ('secrets', kms(name='a:b')),
    'no endpoint': HEAD + RULE % ('secrets', kms(endpoint=None)),
    'tcp': HEAD + RULE % ('secrets', kms(endpoint='tcp://localhost')),
    'path only': HEAD + RULE % ('secrets', kms(endpoint='/nowhere')),
    'host': HEAD + RULE % ('secrets', kms(endpoint='unix://no/where')),
    'blank in the host': HEAD + RULE % ('secrets', kms(endpoint='unix://no where/')),
    'v3': HEAD + RULE % ('secrets', kms(apiVersion='v3')),
    'two plugins of a name': HEAD + RULE % ('secrets', kms() + ',' + kms()),
    'one plugin in two lists': HEAD + RULE % ('secrets', kms()) + RULE % ('pods', kms()),
    'no resources': HEAD + RULE % ('', IDENTITY),
    'no providers': HEAD + RULE % ('secrets', ''),
    'empty provider': HEAD + RULE % ('secrets', '{}'),
    'two providers': HEAD + RULE % ('secrets', '{identity: {}, aesgcm: {keys: []}}'),
    'no keys': HEAD + RULE % ('secrets', '{aesgcm: {}}'),
    'no key name': HEAD + RULE % ('secrets', local('aesgcm', ('', KEY))),
    'no secret': HEAD + RULE % ('secrets', local('aesgcm', ('k', ''))),
    'no base64': HEAD + RULE % ('secrets', local('aesgcm', ('k', '****'))),
    'short key': HEAD + RULE % ('secrets', local('secretbox', ('k', SHORT))),
    'odd key': HEAD + RULE % ('secrets', local('aescbc', ('k', 'c2VjcmV0'))),
    **{f'resource {name}': HEAD + RULE % (name, IDENTITY) for name in (
        "'*'", 'Secrets', 'apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations',
        'events.events.k8s.io', 'deployments.extensions', "'secrets.*'", 'secrets, secrets', "secrets, '*.'",
        "'*.*', secrets", 'secrets, secrets.', 'secrets.example', "'*.apps', deployments.apps", 'events', '1',
        "''", 'null')},
    'masked by a group': HEAD + RULE % ("'*.'", IDENTITY) + RULE % ('secrets', IDENTITY),
    'masked by all': HEAD + RULE % ("'*.*'", IDENTITY) + RULE % ('pods.apps', IDENTITY),
    'not masked': HEAD + RULE % ("'*.apps'", IDENTITY) + RULE % ('pods', IDENTITY),
}


def judged_by_kubernetes(folder, text):
    path = folder / 'config.yaml'
    path.write_text(text)
    done = subprocess.run([os.path.join(PROGRAMS, 'encryptionconfig'), path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize('name', FILES)
def test_files_are_judged_as_kubernetes_judges_them(ours, tmp_path, name):
    theirs = judged_by_kubernetes(tmp_path, FILES[name])
    answer = ours.ask('check', data=FILES[name].encode())
    accepted = 'error' not in answer and all(row['severity'] != 'error' for row in answer['rows'])
    assert accepted == theirs['ok'], (answer, theirs)


@pytest.mark.parametrize('order', ['rollout', 'steady', 'disable'])
@pytest.mark.parametrize('more', [{}, {'resources': "secrets,configmaps,*.example", 'timeout': '.3s'},
                                  {'previous-name': 'old', 'previous-endpoint': 'unix:///old'}])
def test_files_that_are_made_are_accepted_by_kubernetes(ours, tmp_path, order, more):
    text = ours.data('generate', options={'name': 'a "name" #1', 'endpoint': 'unix:///no where',
                                          'order': order, 'timeout': '200ms', **more}).decode()
    assert judged_by_kubernetes(tmp_path, text) == {'ok': True}
    assert all(row['severity'] != 'error' for row in ours.ask('check', data=text.encode())['rows'])

# SPDX-License-Identifier: Apache-2.0
"""The API server is judged first: by kubectl, by the Python client, and by plain HTTPS."""
import base64
import json
import os
import subprocess
import sys
import threading
import time

import kubernetes
import pytest

import kubeserver


def kubectl(cluster, *arguments, user='admin', by='token', fails=False, given=None):
    done = subprocess.run(
        ['kubectl', '--kubeconfig', cluster.kubeconfig(user, by), *arguments], input=given,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        env={'PATH': os.environ['PATH'], 'HOME': cluster.folder})
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def python_client(cluster, user='admin', by='token'):
    return kubernetes.client.CoreV1Api(
        kubernetes.config.new_client_from_config(cluster.kubeconfig(user, by)))


def names(cluster, namespace):
    return sorted(name for where, name in cluster.secrets() if where == namespace)


def rewrite(cluster, keys, user='admin'):
    """An empty merge patch for each, held to its uid and version; gives the names that were written."""
    client, written = cluster.client(user), []
    for (namespace, name), metadata in keys.items():
        answer = client.patch(f'/api/v1/namespaces/{namespace}/secrets/{name}', {'metadata': {
            'uid': metadata['uid'], 'resourceVersion': metadata['resourceVersion']}})
        assert answer.status == 200, answer.body
        if answer.json()['metadata']['resourceVersion'] != metadata['resourceVersion']:
            written.append((namespace, name))
    return written


def in_namespace(cluster, namespace):
    return {key: m for key, m in cluster.secrets().items() if key[0] == namespace}


# kubectl.

def test_kubectl_says_the_version(cluster):
    assert json.loads(kubectl(cluster, 'version', '-o', 'json'))['serverVersion']['gitVersion'].startswith('v1.3')


def test_kubectl_lists_resources(cluster):
    assert set(kubectl(cluster, 'api-resources', '-o', 'name').split()) == {
        'secrets', 'configmaps', 'namespaces', 'leases.coordination.k8s.io',
        'selfsubjectaccessreviews.authorization.k8s.io', 'selfsubjectreviews.authentication.k8s.io',
        'storageversionmigrations.storagemigration.k8s.io'}


def test_kubectl_applies_and_reads_back(cluster):
    cluster.create_namespaces('apply')
    kubectl(cluster, 'apply', '-n', 'apply', '-f', '-', given=json.dumps({
        'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 's'}, 'stringData': {'k': 'v'}}))
    secret = json.loads(kubectl(cluster, 'get', 'secret', '-n', 'apply', 's', '-o', 'json'))
    assert secret['data'] == {'k': base64.b64encode(b'v').decode()} and secret['type'] == 'Opaque'
    # The annotation that makes replies of metadata alone bear secrets.
    assert 'stringData' in secret['metadata']['annotations']['kubectl.kubernetes.io/last-applied-configuration']


def test_kubectl_applies_at_the_server(cluster):
    cluster.create_namespaces('ssa')
    given = json.dumps({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 's'}, 'data': {'k': 'dg=='}})
    for _ in range(2):
        assert 'serverside-applied' in kubectl(cluster, 'apply', '--server-side', '-n', 'ssa', '-f', '-', given=given)


def test_kubectl_annotates_what_it_got(cluster):
    """The pipe that EKS's guide shows."""
    cluster.create_secrets(3, ['pipe'])
    got = kubectl(cluster, 'get', 'secrets', '-n', 'pipe', '-o', 'json')
    kubectl(cluster, 'annotate', '--overwrite', '-f', '-', 'kms-encryption-timestamp=now', given=got)
    assert all(m['annotations']['kms-encryption-timestamp'] == 'now'
               for m in in_namespace(cluster, 'pipe').values())


def test_kubectl_asks_what_it_may(cluster):
    assert kubectl(cluster, 'auth', 'can-i', 'patch', 'secrets').strip() == 'yes'
    kubectl(cluster, 'auth', 'can-i', 'list', 'secrets', user='list-only')
    kubectl(cluster, 'auth', 'can-i', 'patch', 'secrets', user='list-only', fails=True)


def test_kubectl_comes_in_by_certificate(cluster):
    kubectl(cluster, 'get', 'secrets', '-n', 'default', user='list-only', by='certificate')
    assert 'forbidden' in kubectl(cluster, 'delete', 'ns', 'default', user='list-only', by='certificate', fails=True)


# The Python client.

def test_python_pages_through_all(cluster):
    cluster.create_secrets(25, ['pages'])
    api, seen, token = python_client(cluster), [], None
    while True:
        page = api.list_namespaced_secret('pages', limit=10, _continue=token)
        seen.append([item.metadata.name for item in page.items])
        token = page.metadata._continue
        if not token:
            break
    assert [len(page) for page in seen] == [10, 10, 5]
    assert sum(seen, []) == names(cluster, 'pages')


def test_python_comes_in_by_certificate(cluster):
    cluster.create_secrets(1, ['a'])
    assert python_client(cluster, 'one-namespace', 'certificate').list_namespaced_secret('a').items
    with pytest.raises(kubernetes.client.ApiException) as refused:
        python_client(cluster, 'one-namespace', 'certificate').list_secret_for_all_namespaces()
    assert refused.value.status == 403


def test_python_is_refused_what_was_written_meanwhile(cluster):
    cluster.create_secrets(1, ['conflict'])
    api = python_client(cluster)
    secret = api.read_namespaced_secret('s-00000', 'conflict')
    api.patch_namespaced_secret('s-00000', 'conflict', {'metadata': {'labels': {'x': 'y'}}})
    with pytest.raises(kubernetes.client.ApiException) as refused:
        api.replace_namespaced_secret('s-00000', 'conflict', secret)
    assert refused.value.status == 409


# What the protocol says.

def test_metadata_alone_has_no_data(cluster):
    cluster.create_secrets(2, ['meta'])
    page = cluster.client().metadata_list('/api/v1/namespaces/meta/secrets').json()
    assert page['kind'] == 'PartialObjectMetadataList' and len(page['items']) == 2
    assert all(set(item) <= {'kind', 'apiVersion', 'metadata'} for item in page['items'])


@pytest.mark.parametrize('kind', ['merge', 'strategic'])
def test_a_wrong_version_is_a_conflict(cluster, kind):
    cluster.create_secrets(1, ['version'])
    answer = cluster.client().patch('/api/v1/namespaces/version/secrets/s-00000',
                                    {'metadata': {'resourceVersion': '1'}}, kind)
    assert (answer.status, answer.json()['reason']) == (409, 'Conflict')


def test_a_wrong_uid_is_invalid(cluster):
    cluster.create_secrets(1, ['uid'])
    answer = cluster.client().patch('/api/v1/namespaces/uid/secrets/s-00000', {
        'metadata': {'uid': '00000000-0000-0000-0000-000000000000'}})
    assert (answer.status, answer.json()['reason']) == (422, 'Invalid')


def test_a_patch_makes_nothing(cluster):
    answer = cluster.client().patch('/api/v1/namespaces/default/secrets/nothing', {})
    assert (answer.status, answer.json()['reason']) == (404, 'NotFound')


def test_nothing_is_made_where_no_namespace_is(cluster):
    answer = cluster.client().request('POST', '/api/v1/namespaces/nowhere/secrets', {'metadata': {'name': 's'}})
    assert answer.status == 404


def test_a_namespace_can_be_deleted(cluster):
    cluster.create_namespaces('leaves')
    assert cluster.client().request('DELETE', '/api/v1/namespaces/leaves').status == 200
    assert cluster.client().get('/api/v1/namespaces/leaves').status == 404


def test_an_immutable_secret_takes_metadata_only(cluster):
    cluster.create_secrets(1, ['immutable'], immutable=True)
    client, path = cluster.client(), '/api/v1/namespaces/immutable/secrets/s-00000'
    assert client.patch(path, {'data': {'value': 'AAAA'}}).status == 422
    assert client.patch(path, {'metadata': {'annotations': {'a': 'b'}}}).status == 200


def test_an_unknown_body_is_refused(cluster):
    cluster.create_secrets(1, ['type'])
    answer = cluster.client().request('PATCH', '/api/v1/namespaces/type/secrets/s-00000', {}, content='text/plain')
    assert answer.status == 415


def test_a_list_expires_when_etcd_is_compacted(fresh):
    cluster = fresh(watch_cache=False, etcd_compaction_interval='0')
    cluster.create_secrets(30)
    client = cluster.client()
    token = client.metadata_list('/api/v1/secrets?limit=10').json()['metadata']['continue']
    cluster.create_secrets(1, prefix='more')
    cluster.etcd.compact()
    answer = client.metadata_list(f'/api/v1/secrets?limit=10&continue={token}')
    assert (answer.status, answer.json()['reason']) == (410, 'Expired')
    # The token that comes with it goes on at the place, in what is there now.
    again = client.metadata_list(f'/api/v1/secrets?limit=100&continue={answer.json()["metadata"]["continue"]}')
    assert again.status == 200 and len(again.json()['items']) == 20


def test_too_many_writes_at_once_are_told_to_wait(fresh):
    cluster = fresh(max_mutating_requests_inflight=1)
    cluster.create_namespaces('busy')
    answers = []

    def write(number):
        client = cluster.client()
        for i in range(40):
            answers.append(client.request('POST', '/api/v1/namespaces/busy/secrets', {
                'metadata': {'name': f'w-{number}-{i}'}, 'data': {'v': 'A' * 400000}}))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [a for a in answers if a.status == 429]
    assert refused and refused[0].headers['Retry-After'] == '1'
    assert not refused[0].body.startswith(b'{')  # text, not a Status


# Who may do what.

def may(cluster, user, verb, namespace='', resource='secrets', group=''):
    answer = cluster.client(user).request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        'apiVersion': 'authorization.k8s.io/v1', 'kind': 'SelfSubjectAccessReview',
        'spec': {'resourceAttributes': {'verb': verb, 'resource': resource, 'group': group,
                                        'namespace': namespace}}})
    assert answer.status == 201, answer.body
    return answer.json()['status'].get('allowed', False)


@pytest.mark.parametrize('user, verb, namespace, allowed', [
    ('admin', 'delete', '', True), ('list-only', 'list', '', True), ('list-only', 'patch', '', False),
    ('one-namespace', 'patch', 'a', True), ('one-namespace', 'patch', 'b', False),
    ('one-namespace', 'list', '', False), ('nobody', 'list', 'a', False)])
def test_a_review_says_what_the_server_does(cluster, user, verb, namespace, allowed):
    assert may(cluster, user, verb, namespace) == allowed


@pytest.mark.parametrize('user, allowed', [
    ('reencrypter', (200, 200)), ('list-only', (200, 403)), ('patch-only', (403, 200)), ('nobody', (403, 403))])
def test_roles_refuse(cluster, user, allowed):
    cluster.create_secrets(1, ['roles'])
    client = cluster.client(user)
    assert (client.metadata_list('/api/v1/secrets?limit=1').status,
            client.patch('/api/v1/namespaces/roles/secrets/s-00000', {}).status) == allowed


def test_roles_change_at_once(fresh):
    cluster = fresh()
    client = cluster.client('nobody')
    assert client.get('/api/v1/secrets').status == 403
    cluster.set_users({**cluster.users, 'nobody': [kubeserver.rule(['list'])]})
    assert client.get('/api/v1/secrets').status == 200


def test_the_server_says_who_asks(cluster):
    review = cluster.client('reencrypter').request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        'apiVersion': 'authentication.k8s.io/v1', 'kind': 'SelfSubjectReview'}).json()
    assert review['status']['userInfo'] == {'username': 'reencrypter', 'groups': ['system:authenticated']}


def test_who_is_unknown_is_refused(cluster):
    assert cluster.client('stranger').get('/api/v1/secrets').status == 401


def test_reviews_can_be_missing(fresh):
    cluster = fresh(reviews=False)
    assert cluster.client().request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {}).status == 404


def test_somebody_else_may_be_acted_for(cluster):
    assert json.loads(subprocess.run(
        ['curl', '-sS', '--cacert', cluster.ca, '-H', 'Authorization: Bearer token-of-admin', '-H',
         'Impersonate-User: nobody', cluster.url + '/api/v1/secrets'],
        stdout=subprocess.PIPE, check=True, timeout=30).stdout)['code'] == 403


def test_a_lease_is_held_by_its_version(cluster):
    client, path = cluster.client('reencrypter'), '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'
    lease = client.request('POST', path, {'metadata': {'name': 'one'}, 'spec': {
        'holderIdentity': 'me', 'leaseDurationSeconds': 60, 'renewTime': '2026-01-01T00:00:00.000000Z'}}).json()
    assert client.request('POST', path, {'metadata': {'name': 'one'}}).status == 409
    assert client.request('PUT', path + '/one', lease).status == 200
    lease['spec']['holderIdentity'] = 'you'
    lease['metadata']['resourceVersion'] = '1'
    assert client.request('PUT', path + '/one', lease).status == 409
    assert client.request('DELETE', path + '/one').status == 200
    assert cluster.client('without-lease').request('POST', path, {'metadata': {'name': 'one'}}).status == 403


# Encryption.

def test_values_are_stored_as_they_are(cluster):
    cluster.create_secrets(1, ['plain'])
    cluster.create_secrets(1, ['plain'], resource='configmaps')
    for resource in ('secrets', 'configmaps'):
        assert cluster.etcd_get(f'/registry/{resource}/plain/s-00000').startswith(b'k8s\0')


def test_an_empty_patch_rewrites_exactly_what_is_stale(fresh):
    cluster = fresh()
    cluster.create_secrets(50, ['a', 'b'])
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(5, ['a'], prefix='new')
    before = cluster.etcd_values()
    assert sum(v.startswith(b'k8s\0') for v in before.values()) == 50
    written = rewrite(cluster, cluster.secrets())
    assert len(written) == 50 and not [n for _, n in written if n.startswith('new')]
    after = cluster.etcd_values()
    assert all(v.startswith(b'k8s:enc:kms:v2:kubeserver:') for v in after.values())
    assert {k for k in after if after[k] != before[k]} == {f'/registry/secrets/{ns}/{n}' for ns, n in written}
    revisions = cluster.etcd_revisions()
    assert rewrite(cluster, cluster.secrets()) == []
    assert cluster.etcd_revisions() == revisions


def test_a_new_key_id_makes_all_stale(fresh):
    cluster = fresh()
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(20, ['a'])
    assert cluster.rotate_key() == 'key-2'
    assert len(rewrite(cluster, cluster.secrets())) == 20
    assert all(b'\x12\x05key-2' in v for v in cluster.etcd_values('/registry/secrets/a/').values())
    assert rewrite(cluster, cluster.secrets()) == []


def test_a_constant_key_id_makes_nothing_stale(fresh):
    """As EKS's: new material under the same name, which the server has no way to see."""
    cluster = fresh(constant=True)
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(20, ['a'])
    before = cluster.etcd_values('/registry/secrets/a/')
    cluster.rotate_key(constant=True)
    assert rewrite(cluster, in_namespace(cluster, 'a')) == []
    assert cluster.etcd_values('/registry/secrets/a/') == before
    # Only a change does it: so annotations are what EKS's guide asks for.
    answer = cluster.client().patch('/api/v1/namespaces/a/secrets/s-00000', {
        'metadata': {'annotations': {'kms-encryption-timestamp': '2026-01-01T00:00:00Z'}}})
    assert answer.status == 200
    wrapped = cluster.etcd_get('/registry/secrets/a/s-00000')
    assert b'\x1a' in wrapped and (2).to_bytes(4, 'big') in wrapped


@pytest.mark.parametrize('kind', ['aescbc', 'aesgcm', 'secretbox'])
def test_local_keys_write_and_read(fresh, kind):
    cluster = fresh()
    cluster.switch_encryption(kind, 'identity')
    cluster.create_secrets(1, ['a'])
    assert cluster.etcd_get('/registry/secrets/a/s-00000').startswith(f'k8s:enc:{kind}:v1:key1:'.encode())
    assert cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').status == 200


def test_config_maps_and_leases_can_be_encrypted(fresh):
    cluster = fresh()
    cluster.create_secrets(3, ['a'], resource='configmaps')
    cluster.switch_encryption('kms', 'identity', resources=['secrets', 'configmaps', 'leases.coordination.k8s.io'])
    assert cluster.client().patch('/api/v1/namespaces/a/configmaps/s-00000', {}).status == 200
    assert cluster.etcd_get('/registry/configmaps/a/s-00000').startswith(b'k8s:enc:kms:v2:')
    cluster.client().request('POST', '/apis/coordination.k8s.io/v1/namespaces/a/leases', {'metadata': {'name': 'l'}})
    assert cluster.etcd_get('/registry/leases/a/l').startswith(b'k8s:enc:kms:v2:')


def test_what_cannot_be_read_is_an_error_of_the_server(fresh):
    cluster = fresh()
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(5, ['a'])
    cluster.make_unreadable('a', 's-00002')
    client = cluster.client()
    assert client.get('/api/v1/namespaces/a/secrets/s-00002').status == 500
    assert client.get('/api/v1/namespaces/a/secrets/s-00001').status == 200
    answer = client.metadata_list('/api/v1/secrets')
    assert (answer.status, answer.json()['reason']) == (500, 'StorageReadError')


def test_a_failing_plugin_is_not_asked_while_its_seed_is_known(fresh):
    cluster = fresh()
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(1, ['a'])
    cluster.plugin.fails('status', 'encrypt', 'decrypt')
    calls = cluster.plugin.state()['calls'].get('decrypt', 0)
    assert cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').status == 200
    assert cluster.plugin.state()['calls'].get('decrypt', 0) == calls


def test_after_a_start_the_plugin_is_needed(fresh):
    cluster = fresh()
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(1, ['a'])
    cluster.plugin.fails('decrypt')
    cluster.restart_server()
    assert cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').status == 500
    cluster.plugin.fails()
    assert cluster.client().get('/api/v1/namespaces/a/secrets/s-00000').status == 200
    assert cluster.plugin.state()['calls']['decrypt'] >= 2


def test_the_seed_can_be_opened_without_the_plugin(fresh):
    cluster = fresh()
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(1, ['a'])
    value = cluster.etcd_get('/registry/secrets/a/s-00000')
    at = value.index((1).to_bytes(4, 'big'))  # the number of the key, where the wrapped seed begins
    length = value[at - 1]
    assert len(cluster.plugin.unwrap(value[at:at + length])) == 32


# Migrations.

@pytest.mark.parametrize('version', ['v1', 'v1beta1'])
def test_a_migration_rewrites_all(fresh, version):
    cluster = fresh(migration=version)
    cluster.create_secrets(20, ['a'])
    cluster.switch_encryption('kms', 'identity')
    client, path = cluster.client(), f'/apis/storagemigration.k8s.io/{version}/storageversionmigrations'
    made = client.request('POST', path, {'metadata': {'generateName': 'm-'}, 'spec': {
        'resource': {'group': '', 'resource': 'secrets'}}})
    assert made.status == 201, made.body

    def conditions():
        status = client.get(f'{path}/{made.json()["metadata"]["name"]}').json().get('status', {})
        return {c['type']: c['status'] for c in status.get('conditions', [])}

    kubeserver.wait_for('the migration', lambda: conditions().get('Succeeded') == 'True')
    assert conditions().get('Running', 'False') == 'False'
    assert all(v.startswith(b'k8s:enc:kms:') for v in cluster.etcd_values().values())


def test_a_migration_of_what_is_not_there_fails(cluster):
    client, path = cluster.client(), '/apis/storagemigration.k8s.io/v1/storageversionmigrations'
    client.request('POST', path, {'metadata': {'name': 'bad'}, 'spec': {
        'resource': {'group': 'nobody.example', 'resource': 'things'}}})
    kubeserver.wait_for('its end', lambda: any(
        c['type'] == 'Failed' for c in client.get(path + '/bad').json().get('status', {}).get('conditions', [])))


def test_migrations_can_be_missing(fresh):
    groups = fresh(migration='').client().get('/apis').json()['groups']
    assert 'storagemigration.k8s.io' not in [g['name'] for g in groups]


# The harness.

def test_stored_values_can_be_put_back(fresh):
    cluster = fresh()
    cluster.create_secrets(150, ['a'])
    plain, writes = cluster.etcd_values(), cluster.etcd_writes()
    cluster.switch_encryption('kms', 'identity')
    assert len(rewrite(cluster, cluster.secrets())) == 150
    cluster.etcd_restore(plain)
    assert cluster.etcd_values() == plain
    assert cluster.etcd_writes() == {key: count + 2 for key, count in writes.items()}
    assert len(rewrite(cluster, cluster.secrets())) == 150


def test_the_server_comes_back_with_all_it_had(fresh):
    cluster = fresh()
    cluster.create_secrets(3, ['a'])
    port, before = cluster.port, cluster.secrets()
    cluster.restart_server(kill=True)
    assert cluster.port == port and cluster.secrets() == before


def test_nothing_is_left_when_the_test_is_killed(tmp_path):
    """kill −9 of a process that started a cluster ends the cluster."""
    code = ('import sys; sys.path.insert(0, sys.argv[1]); import kubeserver; '
            'c = kubeserver.Cluster(sys.argv[2]); '
            'print(c.server.pid, c.plugin.child.pid, c.etcd.child.pid, flush=True); sys.stdin.read()')
    child = subprocess.Popen([sys.executable, '-c', code, kubeserver.HERE, str(tmp_path / 'c')],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pids = [int(p) for p in child.stdout.readline().split()]
    assert len(pids) == 3 and all(os.path.exists(f'/proc/{p}') for p in pids)
    child.kill()
    child.wait()
    end = time.monotonic() + 20
    while any(_lives(p) for p in pids):
        assert time.monotonic() < end, 'the cluster is still there'
        time.sleep(0.05)


def _lives(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:
        return False


# The generator and the plain client.

def test_a_generator_pages_as_the_server_does(tmp_path):
    with kubeserver.Generator(tmp_path, 2345) as generator:
        client, seen, token = generator.client(), [], ''
        while True:
            page = client.metadata_list(f'/api/v1/secrets?limit=500&continue={token}').json()
            seen += [(i['metadata']['namespace'], i['metadata']['name']) for i in page['items']]
            token = page['metadata'].get('continue', '')
            if not token:
                break
            assert page['metadata']['remainingItemCount'] == 2345 - len(seen)
        assert len(seen) == len(set(seen)) == 2345 and seen == sorted(seen)
        path = '/api/v1/namespaces/ns-00002/secrets/secret-344'
        old = client.metadata(path).json()['metadata']
        body = {'metadata': {'uid': old['uid'], 'resourceVersion': old['resourceVersion']}}
        new = client.patch(path, body).json()['metadata']
        assert new['resourceVersion'] != old['resourceVersion']
        assert client.patch(path, body).status == 409
        assert client.patch(path, {}).json()['metadata'] == new == client.metadata(path).json()['metadata']
        assert client.metadata('/api/v1/namespaces/ns-00002/secrets/secret-345').status == 404
        assert generator.stats()['rewritten'] == 1


def test_the_plain_client_rewrites_all(fresh):
    cluster = fresh()
    cluster.create_secrets(120, ['a', 'b'])
    cluster.switch_encryption('kms', 'identity')
    said = json.loads(subprocess.run(
        [kubeserver.program('plainclient'), '-kubeconfig', cluster.kubeconfig(), '-in-flight', '8', '-page', '50'],
        stdout=subprocess.PIPE, check=True, timeout=60).stdout)
    assert (said['count'], said['failed']) == (120, 0) and said['seconds'] > 0
    assert all(v.startswith(b'k8s:enc:kms:') for v in cluster.etcd_values().values())


# The reader of configurations.

@pytest.mark.parametrize('text, ok', [
    ('{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": '
     '[{"resources": ["secrets"], "providers": [{"identity": {}}]}]}', True),
    ('{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": '
     '[{"resources": ["secrets"], "providers": [{"identity": {}}], "x": 1}]}', False)])
def test_configurations_are_read_strictly(tmp_path, text, ok):
    (tmp_path / 'c').write_text(text)
    said = json.loads(subprocess.run([kubeserver.program('encryptionconfig'), str(tmp_path / 'c')],
                                     stdout=subprocess.PIPE, check=True, timeout=60).stdout)
    assert said['ok'] == ok

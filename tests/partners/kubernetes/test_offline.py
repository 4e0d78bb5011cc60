# SPDX-License-Identifier: Apache-2.0
"""Values of a live etcd, opened by our library without API server and plugin, are what the API serves."""
import base64
import json
import os
import subprocess

from running import reencrypt


def opened(cluster, prefix='/registry/secrets/'):
    """{key: what offline.c says of it}"""
    done = subprocess.run([os.environ['EVC_OFFLINE'], cluster.etcd.url, prefix, cluster.plugin.keys],
                          stdout=subprocess.PIPE, check=True, timeout=60)
    return {line['key']: line for line in map(json.loads, done.stdout.splitlines())}


def fields(message):
    """{number: [values]} of a protobuf message whose fields are lengths and varints."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        assert tag & 7 in (0, 2)
        value = varint()
        if tag & 7 == 2:
            value, at = message[at:at + value], at + value
        found.setdefault(tag >> 3, []).append(value)
    return found


def secret(text):
    """Namespace, name, uid and data of what is stored: k8s.io/api, core/v1/generated.proto."""
    assert text.startswith(b'k8s\0')
    unknown = fields(text[4:])
    raw = fields(unknown[2][0])
    meta = fields(raw[1][0])
    data = [fields(entry) for entry in raw.get(2, [])]
    return (meta[3][0].decode(), meta[1][0].decode(), meta[5][0].decode(),
            {entry[1][0].decode(): entry[2][0] for entry in data})


def served(cluster):
    items = cluster.client().get('/api/v1/secrets').json()['items']
    return {f'/registry/secrets/{i["metadata"]["namespace"]}/{i["metadata"]["name"]}': (
        i['metadata']['namespace'], i['metadata']['name'], i['metadata']['uid'],
        {name: base64.b64decode(value) for name, value in i.get('data', {}).items()}) for i in items}


def same(cluster):
    found = opened(cluster)
    assert {key: secret(base64.b64decode(line['data'])) for key, line in found.items()} == served(cluster)
    return found


def test_what_is_opened_is_what_is_served(cluster):
    """Plain values, those of a first key and those of a second one."""
    assert {line['provider'] for line in same(cluster).values()} == {'identity'}
    reencrypt(cluster.kubeconfig('reencrypter'))
    assert {(line['provider'], line['key_id']) for line in same(cluster).values()} == {('kms v2', 'key-1')}
    cluster.rotate_key()
    cluster.create_secrets(5, ['a', 'b'], prefix='later')
    assert {line['key_id'] for line in same(cluster).values()} == {'key-1', 'key-2'}
    reencrypt(cluster.kubeconfig('reencrypter'))
    assert {line['key_id'] for line in same(cluster).values()} == {'key-2'}


def test_new_material_under_an_old_name_is_opened(fresh):
    one = fresh(constant=True)
    one.switch_encryption('kms', 'identity')
    one.create_secrets(5, ['a'])
    one.rotate_key(constant=True)
    one.create_secrets(5, ['a'], prefix='later')
    assert len({line['key_id'] for line in same(one).values()}) == 1


def test_a_value_that_was_moved_is_not_opened(cluster):
    reencrypt(cluster.kubeconfig('reencrypter'))
    cluster.make_unreadable('a', 's-00002')
    found = opened(cluster)
    assert [key for key, line in found.items() if 'error' in line] == ['/registry/secrets/a/s-00002']

# SPDX-License-Identifier: Apache-2.0
"""etcd inspect, census and decrypt over files, without an API server."""
import base64
import hashlib
import json
import subprocess

import pytest

PREFIX = '/registry/secrets/'
KEY = PREFIX + 'default/s1'
AES_KEY = bytes(range(32))
# Made with Python's cryptography and read by k8s.io/apiserver (tests/unit/k8s/stored-vectors.h).
KMS_V2 = bytes.fromhex(
    '6b38733a656e633a6b6d733a76323a6c6962656e7663727970743a0a45202122232425262728292a2b2c2d2e2f'
    '303132333435363738393a3b3c3d3e3f404142434445464748494a4b6c3858a1c76e1205c12bb95415f27d2744'
    '3a2497f32e54885312056b656b2d311a0c777261707065642d7365656422120a0d762e6578616d706c652e636f'
    '6d1201312801')
CLEAR = b'k8s\0a Secret in the clear'
DAMAGED = b'k8s:enc:kms:v2:libenvcrypt:\x0a\xff'
DIGEST = hashlib.sha256(b'wrapped-seed').hexdigest()


def aescbc(plain, name='key1'):
    """A value as kube-apiserver stores it, made by openssl."""
    done = subprocess.run(['openssl', 'enc', '-aes-256-cbc', '-K', AES_KEY.hex(), '-iv', '00' * 16],
                          input=plain, stdout=subprocess.PIPE, check=True)
    return f'k8s:enc:aescbc:v1:{name}:'.encode() + bytes(16) + done.stdout


def dump(values):
    """What `etcdctl get --prefix / -w json` prints of them."""
    def text(data):
        return base64.b64encode(data).decode()

    kvs = [{'key': text(key.encode()), 'create_revision': 2 + i, 'mod_revision': 10 + i, 'version': 1,
            'value': text(value)} for i, (key, value) in enumerate(sorted(values.items()))]
    return json.dumps({'header': {'cluster_id': 1, 'member_id': 2, 'revision': 100, 'raft_term': 2},
                       'kvs': kvs, 'count': len(kvs)}).encode() + b'\n'


VALUES = {KEY: KMS_V2, PREFIX + 'default/clear': CLEAR, PREFIX + 'web/cbc': aescbc(CLEAR),
          '/registry/configmaps/default/c': CLEAR}

CONFIG = f'''apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc:
      keys:
      - name: key1
        secret: {base64.b64encode(AES_KEY).decode()}
  - identity: {{}}
'''.encode()


@pytest.fixture
def etcd(folder):
    folder.write('dump.json', dump(VALUES))
    folder.write('encryption.yaml', CONFIG)
    return folder


def lines(result):
    return [json.loads(line) for line in result.text.splitlines()]


def test_inspect_tells_what_protects_each_value(etcd):
    told = {line['key']: line for line in lines(etcd.run('etcd', 'inspect', 'dump.json', '--json'))}
    assert sorted(told) == sorted(key for key in VALUES if key.startswith(PREFIX))
    v2 = told[KEY]
    assert (v2['provider'], v2['name'], v2['key_id']) == ('kms v2', 'libenvcrypt', 'kek-1')
    assert (v2['dek_digest'], v2['dek_type']) == (DIGEST, 'seed')
    assert v2['annotations'] == {'v.example.com': '1'}
    assert v2['size'] == len(KMS_V2)
    assert told[PREFIX + 'default/clear']['provider'] == 'identity'
    assert told[PREFIX + 'default/clear']['dek_digest'] is None
    cbc = told[PREFIX + 'web/cbc']
    assert (cbc['provider'], cbc['name'], cbc['key_id']) == ('aescbc', 'key1', None)
    assert [line['revision'] for line in told.values()] == [11, 12, 13]


def test_inspect_shows_a_line_for_each_value(etcd):
    told = etcd.run('etcd', 'inspect', 'dump.json').text.splitlines()
    assert told[0].split() == ['REVISION', 'PROVIDER', 'DATA', 'KEY', 'NAME', 'KEY', 'ID', 'KEY']
    assert len(told) == 4
    row = next(line for line in told if line.endswith(KEY))
    assert row.split() == ['12', 'kms', 'v2', DIGEST[:12], 'libenvcrypt', 'kek-1', KEY]


def test_inspect_never_shows_a_value(etcd):
    for options in ([], ['--json']):
        assert b'in the clear' not in etcd.run('etcd', 'inspect', 'dump.json', *options).out


def test_inspect_looks_where_the_prefix_says(etcd):
    told = lines(etcd.run('etcd', 'inspect', 'dump.json', '--json', '--prefix', '/registry/configmaps/'))
    assert [line['key'] for line in told] == ['/registry/configmaps/default/c']
    result = etcd.run('etcd', 'inspect', 'dump.json', '--prefix', '/nothing/')
    assert result.out == b'' and '/nothing/' in result.err


def test_inspect_reads_standard_input(etcd):
    told = etcd.run('etcd', 'inspect', '-', '--json', stdin=etcd.read('dump.json'))
    assert len(lines(told)) == 3


def test_inspect_names_damaged_values_and_goes_on(etcd):
    etcd.write('dump.json', dump({**VALUES, PREFIX + 'a/damaged': DAMAGED}))
    result = etcd.run('etcd', 'inspect', 'dump.json', '--json', code=6)
    told = lines(result)
    assert len(told) == 4
    damaged = next(line for line in told if line['provider'] == 'damaged')
    assert damaged['key'] == PREFIX + 'a/damaged' and damaged['error'] == 'ENVCRYPT_E_STORED'
    assert '1 of 4' in result.err


def test_inspect_of_one_value_tells_more(etcd):
    etcd.write('value', KMS_V2)
    for result in (etcd.run('etcd', 'inspect', '--raw', 'value'),
                   etcd.run('etcd', 'inspect', '--raw', stdin=KMS_V2)):
        assert DIGEST in result.text and 'v.example.com' in result.text and 'seed' in result.text
    told = lines(etcd.run('etcd', 'inspect', '--raw', 'value', '--json'))
    assert told[0]['key'] is None and told[0]['key_id'] == 'kek-1'


def test_the_line_end_of_etcdctl_is_none_of_the_value(etcd):
    told = lines(etcd.run('etcd', 'inspect', '--raw', '--json', stdin=KMS_V2 + b'\n'))
    assert told[0]['key_id'] == 'kek-1' and told[0]['size'] == len(KMS_V2)
    result = etcd.run('etcd', 'decrypt', KEY, '--raw', '--config', 'encryption.yaml', '-q', stdin=aescbc(CLEAR) + b'\n')
    assert result.out == CLEAR


def test_a_value_may_end_in_a_line_end_itself(etcd):
    value = next(value for value in (aescbc(b'%d' % number) for number in range(10000)) if value[-1:] == b'\n')
    for given in (value, value + b'\n'):
        assert etcd.run('etcd', 'decrypt', KEY, '--raw', '--config', 'encryption.yaml', '-q', stdin=given).out.isdigit()


def test_census_counts_by_what_protects(etcd):
    told = lines(etcd.run('etcd', 'census', 'dump.json', '--json', '--prefix', '/registry/'))[0]
    counted = {(row['resource'], row['provider']): row for row in told['census']}
    assert set(counted) == {('secrets', 'kms v2'), ('secrets', 'identity'), ('secrets', 'aescbc'),
                            ('configmaps', 'identity')}
    assert counted['secrets', 'kms v2']['objects'] == 1
    assert counted['secrets', 'kms v2']['oldest'] == KEY
    assert {(row['provider'], row['name']) for row in told['keys']} == {('kms v2', 'libenvcrypt'),
                                                                      ('aescbc', 'key1')}


def test_census_says_what_would_be_lost(etcd):
    text = etcd.run('etcd', 'census', 'dump.json').text
    assert 'would be lost' in text and 'kek-1' in text


def test_decrypt_opens_a_value_with_the_keys_of_a_file(etcd):
    result = etcd.run('etcd', 'decrypt', PREFIX + 'web/cbc', 'dump.json', '--config', 'encryption.yaml')
    assert result.out == CLEAR
    assert 'aescbc does not authenticate' in result.err


def test_decrypt_writes_a_file_that_is_ours_alone(etcd):
    etcd.run('etcd', 'decrypt', PREFIX + 'web/cbc', 'dump.json', '--config', 'encryption.yaml',
             '-o', 'out', '-q')
    assert etcd.read('out') == CLEAR and etcd.mode('out') == 0o600
    err = etcd.run('etcd', 'decrypt', PREFIX + 'web/cbc', 'dump.json', '--config', 'encryption.yaml',
                   '-o', 'out', code=1).err
    assert '--force' in err


def test_decrypt_takes_one_value(etcd):
    result = etcd.run('etcd', 'decrypt', KEY, '--raw', '--config', 'encryption.yaml', '-q',
                      stdin=aescbc(b'{"kind": "Widget"}'))
    assert result.out == b'{"kind": "Widget"}'


def test_decrypt_without_the_key_names_what_is_needed(etcd):
    err = etcd.run('etcd', 'decrypt', KEY, 'dump.json', '--config', 'encryption.yaml', code=3).err
    assert 'libenvcrypt' in err and 'STORED_NO_KEY' in err


def test_decrypt_of_a_key_that_is_not_there(etcd):
    err = etcd.run('etcd', 'decrypt', PREFIX + 'no/such', 'dump.json', '--config', 'encryption.yaml',
                   code=2).err
    assert PREFIX + 'no/such' in err


def test_decrypt_refuses_a_file_of_keys_that_others_can_read(etcd):
    etcd.write('encryption.yaml', CONFIG, 0o644)
    assert 'chmod 600' in etcd.run('etcd', 'decrypt', PREFIX + 'web/cbc', 'dump.json', '--config',
                              'encryption.yaml', code=5).err


@pytest.mark.parametrize('words, told', [
    (['inspect'], '--etcd'),
    (['census'], '--etcd'),
    (['inspect', 'dump.json', '--etcd', 'https://127.0.0.1:1'], '--etcd'),
    (['inspect', '--etcd', 'dump.json'], 'URL'),
    (['inspect', 'dump.json', '--ca-file', 'x'], 'live etcd'),
    (['inspect', '--raw', '--etcd', 'https://127.0.0.1:1'], '--raw'),
    (['decrypt'], 'usage: envcrypt etcd decrypt ETCD-KEY'),
    (['decrypt', KEY], '--etcd'),
    (['inspect', '--etcd', 'http://192.0.2.1:2379'], 'https'),
])
def test_wrong_command_line_is_explained(etcd, words, told):
    assert told in etcd.run('etcd', *words, code=2).err


@pytest.mark.parametrize('content', [b'', b'{', b'no dump', b'\0' * 8192, b'[1,2]', b'{"kvs": 1}'])
def test_what_is_no_dump_is_told(etcd, content):
    etcd.write('other', content)
    assert 'ENVCRYPT_E_ETCD_DUMP' in etcd.run('etcd', 'inspect', 'other', code=4).err


def test_file_that_is_not_there_is_told(etcd):
    assert 'missing.json' in etcd.run('etcd', 'census', 'missing.json', code=1).err

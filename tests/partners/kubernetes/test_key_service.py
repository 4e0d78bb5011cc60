# SPDX-License-Identifier: Apache-2.0
"""`etcd decrypt -k KEY`: what an API server stored under a key of a key service is opened without either.

The KMS plugin of the cluster has its seeds wrapped by that key: by AWS KMS (tests/fakes/aws_kms.py, asked by
boto3) in the form of aws-encryption-provider, or in the form of the AWS Encryption SDK's raw AES keyring.
"""
import os
import struct
import subprocess

import boto3
import pytest
from children import free_port
from commanding import needs_command, run
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from services import REGION, FakeService
from test_offline import secret, served
from wrapping_service import WrappingService

pytestmark = needs_command
CONTEXT = {'cluster': 'one', 'role': 'secrets'}
KEY = '/registry/secrets/a/s-00000'


def filled(fresh, service):
    cluster = fresh(service=service.url)
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(2, ['a'])
    return cluster


def decrypt(cluster, *options, code=0, variables=None):
    """The value, or None, and what was said."""
    path = os.path.join(cluster.folder, 'out')
    _, err = run(cluster, 'etcd', 'decrypt', KEY, '--etcd', cluster.etcd.url, '-o', path, *options,
                 code=code, variables=variables)
    if not os.path.exists(path):
        return None, err
    with open(path, 'rb') as file:
        return file.read(), err


# A key of AWS KMS.

class Aws:
    """A cluster whose plugin is AWS's, and that AWS."""

    def __init__(self, fresh, service, context):
        self.service, self.context = service, context
        self.kms = boto3.client('kms', region_name=REGION, endpoint_url=service.url,
                                aws_access_key_id=service.access.id,
                                aws_secret_access_key=service.access.secret)
        self.wrapping = WrappingService(
            lambda seed: b'1' + self.kms.encrypt(KeyId=service.key_1, Plaintext=seed,
                                                 EncryptionContext=context)['CiphertextBlob'],
            lambda text: self.kms.decrypt(CiphertextBlob=text[1:], EncryptionContext=context)['Plaintext'])
        self.cluster = filled(fresh, self.wrapping)

    def decrypt(self, arn, *options, url=None, code=0):
        return decrypt(self.cluster, '-k', 'aws-kms:///' + arn, *options, code=code, variables={
            'AWS_ACCESS_KEY_ID': self.service.access.id, 'AWS_SECRET_ACCESS_KEY': self.service.access.secret,
            'AWS_EC2_METADATA_DISABLED': 'true', 'AWS_ENDPOINT_URL_KMS': url or self.service.url})

    def close(self):
        self.wrapping.close()


@pytest.fixture(scope='module')
def service():
    one = FakeService()
    yield one
    one.close()


@pytest.fixture
def aws(fresh, service):
    one = Aws(fresh, service, {})
    yield one
    one.close()


def test_a_value_under_a_key_of_aws_is_opened(aws):
    value, err = aws.decrypt(aws.service.key_1)
    assert secret(value) == served(aws.cluster)[KEY] and not err


def test_the_context_of_the_plugin_is_told(fresh, service):
    one = Aws(fresh, service, CONTEXT)
    try:
        value, _ = one.decrypt(service.key_1, '--context', 'cluster=one', '--context', 'role=secrets')
        assert secret(value) == served(one.cluster)[KEY]
    finally:
        one.close()


def test_another_context_opens_nothing(aws):
    value, err = aws.decrypt(aws.service.key_1, '--context', 'cluster=two', code=4)
    assert value is None and KEY in err


def test_another_key_of_aws_opens_nothing(aws):
    value, err = aws.decrypt(aws.service.key_2, code=3)
    assert value is None and KEY in err


def test_aws_that_is_away_is_named_and_has_its_exit_code(aws):
    url = f'http://127.0.0.1:{free_port()}'
    value, err = aws.decrypt(aws.service.key_1, url=url, code=8)
    assert value is None and url.partition('//')[2] in err


# A key of a key store, whose wrapped seeds are encrypted data keys of its.

class Store:
    """A key store of the command with an imported key, and a plugin that wraps under it."""

    def __init__(self, folder):
        self.folder = folder
        self.key = os.urandom(32)
        self.write('opener', os.urandom(32))
        self.write('kek', self.key)
        self.command('create', 'keys.json', '--name', 'store', '--key-file', 'opener')
        self.import_key('kek', 'kek')

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        (self.folder / name).chmod(0o600)

    def command(self, verb, *words):
        done = subprocess.run([os.environ['EVC_COMMAND'], 'keystore', verb, *words], cwd=self.folder,
                              capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr

    def import_key(self, name, file):
        self.command('import', 'keys.json', name, '--namespace', 'ns', '--key-name', name, '--material', file,
                     '--key-file', 'opener')

    def wrap(self, seed):
        """Layout: aws-encryption-sdk-specification, framework/raw-aes-keyring.md."""
        iv = os.urandom(12)
        info = b'kek' + struct.pack('>II', 128, 12) + iv
        fields = (b'ns', info, AESGCM(self.key).encrypt(iv, seed, b''))
        return b''.join(struct.pack('>H', len(field)) + field for field in fields)

    def unwrap(self, text):
        fields = []
        while text:
            size, = struct.unpack('>H', text[:2])
            fields.append(text[2:2 + size])
            text = text[2 + size:]
        return AESGCM(self.key).decrypt(fields[1][-12:], fields[2], b'')

    def uri(self, name):
        return f'local://{self.folder}/keys.json#{name}'


@pytest.fixture
def store(tmp_path, fresh):
    one = Store(tmp_path)
    with WrappingService(one.wrap, one.unwrap) as wrapping:
        one.cluster = filled(fresh, wrapping)
        yield one


def test_a_value_under_a_key_of_a_key_store_is_opened(store):
    value, err = decrypt(store.cluster, '-k', store.uri('kek'), '--key-file', str(store.folder / 'opener'))
    assert secret(value) == served(store.cluster)[KEY] and not err


def test_another_key_of_the_key_store_opens_nothing(store):
    store.write('other', os.urandom(32))
    store.import_key('other', 'other')
    value, err = decrypt(store.cluster, '-k', store.uri('other'), '--key-file', str(store.folder / 'opener'), code=4)
    assert value is None and 'is not one of the key "other"' in err


def test_a_key_store_that_nothing_opens_is_named(store):
    value, err = decrypt(store.cluster, '-k', store.uri('kek'), code=3)
    assert value is None and 'keys.json' in err

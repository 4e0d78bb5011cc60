# SPDX-License-Identifier: Apache-2.0
"""Messages both ways between us and Amazon's SDKs for Python and JavaScript.

EVC_EXCHANGE names our program, EVC_NODE_FOLDER the folder with node_modules. Each message is
random (suite, keys, context, sizes) and comes again with the same seed, the test's parameter.
"""
import base64
import json
import os
import random
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import sdk

MESSAGES = 200
SUITES = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578]
OUR_SUITES = [0x0478, 0x0578]
WORDS = ['tenant', 'purpose', 'größe', 'Ünï', 'a', 'A', 'b-very-long-' + 'x' * 200, '日本', '😀']


class Program:
    """A partner that speaks JSON lines."""

    def __init__(self, command, folder=None):
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding='utf-8')

    def answer(self, request):
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


@pytest.fixture(name='ours', scope='module')
def start_ours():
    program = Program([os.environ['EVC_EXCHANGE']])
    yield program
    program.close()


@pytest.fixture(name='javascript', scope='module')
def start_javascript():
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ['NODE_PATH'] = os.path.join(os.environ['EVC_NODE_FOLDER'], 'node_modules')
    program = Program(['node', os.path.join(here, 'sdk.js')])
    yield program
    program.close()


@pytest.fixture(name='rsa_pem', scope='module')
def make_rsa_pem():
    key = rsa.generate_private_key(65537, 2048)
    return (key.public_key().public_bytes(serialization.Encoding.PEM,
                                          serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()).decode())


def random_key(source, rsa_pem, number, paddings):
    key = {'namespace': source.choice(['app', 'größe', 'n' * 60]), 'name': f'key-{number}'}
    if source.random() < 0.6:
        material = source.randbytes(source.choice([16, 24, 32]))
        return {**key, 'type': 'raw-aes', 'material': base64.b64encode(material).decode()}
    return {**key, 'type': 'raw-rsa', 'padding': source.choice(paddings), 'public_pem': rsa_pem[0],
            'private_pem': rsa_pem[1]}


def random_request(seed, suites, rsa_pem, most_keys=3, paddings=(1, 2, 3, 4, 5)):
    source = random.Random(seed)
    # Python writes only frames of a multiple of 128 bytes.
    frame = source.choice([128, 256, 512, 4096, 65536])
    size = source.choice([0, 1, frame - 1, frame, frame + 1, 3 * frame, source.randint(0, 9000)])
    names = source.sample(WORDS, source.randint(0, len(WORDS)))
    return {'op': 'encrypt', 'suite': source.choice(suites), 'frame': frame,
            'keys': [random_key(source, rsa_pem, i, paddings)
                     for i in range(source.randint(1, most_keys))],
            'context': {name: source.choice(['', 'value', 'ß', 'v' * 300]) for name in names},
            'plain': base64.b64encode(source.randbytes(size)).decode()}


def pass_on(request, writer, reader):
    """One message from writer to reader; each of its keys alone must open it."""
    written = writer(request)
    assert written['ok'], written
    for key in request['keys']:
        read = reader({'op': 'decrypt', 'keys': [key], 'message': written['data']})
        assert read['ok'], read
        context = {k: v for k, v in read['context'].items() if k != 'aws-crypto-public-key'}
        assert (read['data'], context) == (request['plain'], request['context'])


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_python_reads_what_we_write(seed, ours, rsa_pem):
    pass_on(random_request(seed, OUR_SUITES, rsa_pem), ours.answer, sdk.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_we_read_what_python_writes(seed, ours, rsa_pem):
    # A raw master key of Python writes for itself alone.
    pass_on(random_request(1000 + seed, SUITES, rsa_pem, most_keys=1), sdk.answer, ours.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_javascript_reads_what_we_write(seed, ours, javascript, rsa_pem):
    # Node refuses to decrypt PKCS #1 v1.5.
    request = random_request(2000 + seed, OUR_SUITES, rsa_pem, paddings=(2, 3, 4, 5))
    pass_on(request, ours.answer, javascript.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_we_read_what_javascript_writes(seed, ours, javascript, rsa_pem):
    pass_on(random_request(3000 + seed, SUITES, rsa_pem), javascript.answer, ours.answer)


def test_all_suites_were_exchanged(rsa_pem):
    for first in 1000, 3000:
        used = {random_request(first + seed, SUITES, rsa_pem)['suite'] for seed in range(MESSAGES)}
        assert used == set(SUITES)


def test_a_changed_message_of_python_is_refused(ours, rsa_pem):
    request = random_request(7, [0x0578], rsa_pem, most_keys=1)
    data = bytearray(base64.b64decode(sdk.answer(request)['data']))
    data[-1] ^= 1
    read = ours.answer({'op': 'decrypt', 'keys': request['keys'],
                        'message': base64.b64encode(data).decode()})
    assert (read['ok'], read['code']) == (False, 'ENVCRYPT_E_SIGNATURE')

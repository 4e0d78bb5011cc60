# SPDX-License-Identifier: Apache-2.0
"""Messages both ways between us and Amazon's SDKs for Python and JavaScript.

EVC_EXCHANGE names our program, EVC_NODE_FOLDER the folder with node_modules. Each message is
random (suite, keys, context, sizes) and comes again with the same seed, the test's parameter.
"""
import base64
import os
import random
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..'))

import lines  # noqa: E402
import sdk  # noqa: E402

MESSAGES = 200
SUITES = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578]
OUR_SUITES = [0x0478, 0x0578]
FRAMES = [128, 256, 512, 4096, 65536]  # Python writes only multiples of 128
UNFRAMED = [0, *FRAMES]  # Python alone writes it
PADDINGS = (1, 2, 3, 4, 5)
WORDS = ['tenant', 'purpose', 'größe', 'Ünï', 'a', 'A', 'b-very-long-' + 'x' * 200, '日本', '😀']


@pytest.fixture(name='ours', scope='module')
def start_ours():
    program = lines.Program([os.environ['EVC_EXCHANGE']])
    yield program
    program.close()


@pytest.fixture(name='javascript', scope='module')
def start_javascript():
    program = lines.node(os.path.join(HERE, 'sdk.js'))
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


def random_request(seed, suites, rsa_pem, most_keys=3, paddings=PADDINGS, frames=FRAMES):
    source = random.Random(seed)
    frame = source.choice(frames)
    edge = frame or 512
    size = source.choice([0, 1, edge - 1, edge, edge + 1, 3 * edge, source.randint(0, 9000)])
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


EXCHANGES = {
    'we to Python': {'first': 0, 'suites': OUR_SUITES},
    # A raw master key of Python writes for itself alone.
    'Python to us': {'first': 1000, 'suites': SUITES, 'most_keys': 1, 'frames': UNFRAMED},
    # Node refuses to decrypt PKCS #1 v1.5.
    'we to JavaScript': {'first': 2000, 'suites': OUR_SUITES, 'paddings': (2, 3, 4, 5)},
    'JavaScript to us': {'first': 3000, 'suites': SUITES},
}


def request_of(exchange, seed, rsa_pem):
    settings = dict(EXCHANGES[exchange])
    return random_request(settings.pop('first') + seed, rsa_pem=rsa_pem, **settings)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_python_reads_what_we_write(seed, ours, rsa_pem):
    pass_on(request_of('we to Python', seed, rsa_pem), ours.answer, sdk.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_we_read_what_python_writes(seed, ours, rsa_pem):
    pass_on(request_of('Python to us', seed, rsa_pem), sdk.answer, ours.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_javascript_reads_what_we_write(seed, ours, javascript, rsa_pem):
    pass_on(request_of('we to JavaScript', seed, rsa_pem), ours.answer, javascript.answer)


@pytest.mark.parametrize('seed', range(MESSAGES))
def test_we_read_what_javascript_writes(seed, ours, javascript, rsa_pem):
    pass_on(request_of('JavaScript to us', seed, rsa_pem), javascript.answer, ours.answer)


@pytest.mark.parametrize('exchange', EXCHANGES)
def test_every_suite_frame_and_kind_of_key_was_exchanged(exchange, rsa_pem):
    requests = [request_of(exchange, seed, rsa_pem) for seed in range(MESSAGES)]
    settings = EXCHANGES[exchange]
    kinds = {key.get('padding') or len(base64.b64decode(key['material']))
             for request in requests for key in request['keys']}
    assert {request['suite'] for request in requests} == set(settings['suites'])
    assert {request['frame'] for request in requests} == set(settings.get('frames', FRAMES))
    assert kinds == {16, 24, 32, *settings.get('paddings', PADDINGS)}


def test_a_changed_message_of_python_is_refused(ours, rsa_pem):
    request = random_request(7, [0x0578], rsa_pem, most_keys=1)
    data = bytearray(base64.b64decode(sdk.answer(request)['data']))
    data[-1] ^= 1
    read = ours.answer({'op': 'decrypt', 'keys': request['keys'],
                        'message': base64.b64encode(data).decode()})
    assert (read['ok'], read['code']) == (False, 'ENVCRYPT_E_SIGNATURE')

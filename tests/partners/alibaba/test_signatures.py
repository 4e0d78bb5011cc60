# SPDX-License-Identifier: Apache-2.0
"""Our signatures of random requests against those of Alibaba Cloud's own clients.

EVC_ACS_SIGN names our program, EVC_NODE_FOLDER the folder with node_modules. Requests come again
with the same seed, the test's parameter.
"""
import os
import random
import sys
import urllib.parse

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..'))

import lines  # noqa: E402

REQUESTS = 300
NAMES = ['KeyId', 'Action2', 'Plaintext', 'PageNumber', 'Tags.1.Key', 'Tags.1.Value', 'a', 'Z', '_x']
ALPHABET = ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~aZ09äß日本😀\n\t'


@pytest.fixture(name='ours', scope='module')
def start_ours():
    program = lines.Program([os.environ['EVC_ACS_SIGN']])
    yield program
    program.close()


@pytest.fixture(name='theirs', scope='module')
def start_theirs():
    program = lines.node(os.path.join(HERE, 'signers.js'))
    yield program
    program.close()


def value_of(source):
    return ''.join(source.choices(ALPHABET, k=source.choice([0, 1, 8, 200])))


def request_of(signature, seed):
    source = random.Random(seed)
    pairs = [[name, value_of(source)] for name in source.sample(NAMES, source.randrange(len(NAMES)))]
    cut = source.randrange(len(pairs) + 1)
    post = source.random() < 0.7
    form = pairs[cut:] if post and source.random() < 0.7 else []
    return {
        'signature': signature,
        'url': source.choice(['https://kms.cn-hangzhou.aliyuncs.com', 'http://127.0.0.1:8443']),
        'method': 'POST' if post else 'GET',
        'query': pairs[:cut] if form else pairs,
        'form': form or None,
        'action': source.choice(['Encrypt', 'DescribeKey']),
        'version': '2016-01-20',
        'time': source.randrange(10**9, 2 * 10**9) * 1000,
        'nonce': '%032x' % source.getrandbits(128),
        'id': 'LTAI%010d' % source.randrange(10**10),
        'secret': value_of(source).encode('ascii', 'ignore').decode().strip() + 'secret',
        'token': source.choice(['', 'CAIS/' + 'token+/=' * source.randrange(1, 200)]),
    }


def printable(request):
    request['secret'] = ''.join(c for c in request['secret'] if ' ' <= c <= '~')
    return request


@pytest.mark.parametrize('seed', range(REQUESTS))
def test_v3_is_what_openapi_client_signs(ours, theirs, seed):
    request = printable(request_of('v3', seed))
    signed = ours.answer(request)
    request['body'] = signed['body']  # the wire form is ours; its hash is what is signed
    assert signed['headers']['authorization'] == theirs.answer(request)['authorization']


def as_sent(text):
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True))


@pytest.mark.parametrize('seed', range(REQUESTS))
def test_v1_is_what_pop_core_signs(ours, theirs, seed):
    request = printable(request_of('v1', seed))
    signed = ours.answer(request)
    sent = as_sent('&'.join(part for part in (signed['query'], signed['body']) if part))
    assert sent == as_sent(theirs.answer(request)['parameters'])

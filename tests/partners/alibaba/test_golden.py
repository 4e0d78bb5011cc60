# SPDX-License-Identifier: Apache-2.0
"""The kept requests are those that Alibaba's clients of today send. EVC_RECORD=1 writes them anew."""
import os

import golden
import pytest
from clients import NEWER, PopClient, Service


@pytest.fixture(scope='module', name='service')
def fixture_service():
    running = Service()
    yield running
    running.close()


@pytest.mark.parametrize('kind', NEWER)
def test_the_kept_requests_are_what_the_clients_send(kind, service):
    pop = PopClient(service)
    words = {'{' + name + '}': arn for name, arn in service.facts['keys'].items()}
    for word, more in (('{ciphertext}', {}), ('{bound}', {'EncryptionContext': golden.CONTEXT})):
        words[word] = pop.call('Encrypt', {'KeyId': service.arn, 'Plaintext': 'AAEC'} | more)[
            'CiphertextBlob']
    client = kind(service)
    before = len(service.ask())
    for action, parameters in golden.CALLS:
        if action == 'CreateAlias':
            parameters = parameters | {'AliasName': f'alias/golden-{kind.name}'}
        if action == 'UpdateAlias':
            parameters = parameters | {'AliasName': f'alias/golden-{kind.name}'}
        client.call(action, {name: golden.fill(value, words)
                             for name, value in parameters.items()})
    words['alias/golden'] = f'alias/golden-{kind.name}'
    sent = [golden.normalize(request, words) for request in service.ask()[before:]]
    if os.environ.get('EVC_RECORD'):
        golden.save(kind.name, sent)
    assert sent == golden.load(kind.name)

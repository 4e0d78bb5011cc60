# SPDX-License-Identifier: Apache-2.0
"""The kept requests are those that Amazon's clients of today send."""
import contextlib

import golden
import pytest
from clients import CLIENTS, Failed, JavaScript


@pytest.mark.parametrize('kind', CLIENTS, ids=[kind.name for kind in CLIENTS])
def test_the_kept_requests_are_what_the_clients_send(kind, start, fake):
    client = start(kind)
    words = {golden.KEY: fake.key_1}
    fake.control(update_s=0, clusters=[{'name': 'spare'}])
    for operation, members in golden.CALLS:
        if operation == 'AssociateEncryptionConfig':  # each on a cluster that is not encrypted
            fake.control(clusters=[{'name': 'prod'}])
        answer = client.call(operation, **golden.fill(members, words))
        if 'update' in answer:
            words['{update}'] = answer['update']['id']
            fake.control(updates={'prod': [{'type': 'VersionUpdate'}]})
    sent = [golden.normal(entry, words) for entry in fake.requests()]
    golden.check_official(kind.name, sent)


@pytest.mark.parametrize('kind', CLIENTS, ids=[kind.name for kind in CLIENTS])
def test_the_kept_requests_about_keys_are_what_the_clients_send(kind, start, fake):
    services = ('kms',) if kind is JavaScript else ('kms', 'sts')  # the SDK has a package for each
    started = {service: start(kind, service=service) for service in services}
    words = {golden.KEY: fake.key_1}
    calls = [call for call in golden.KEY_CALLS if call[0] in services]
    for service, operation, members in calls:
        with contextlib.suppress(Failed):  # the answer of a dry run
            started[service].call(operation, **golden.fill(members, words))
    sent = [golden.normal(entry, words) for entry in fake.requests()]
    golden.check_official(kind.name, sent, golden.KEYS, len(calls))

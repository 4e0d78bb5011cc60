# SPDX-License-Identifier: Apache-2.0
"""The kept requests are those that Alibaba's clients of today send. EVC_RECORD=1 writes them anew."""
import os
import time

import pytest
import recorded
from clients import Official


@pytest.fixture(name='words')
def fixture_words(service):
    """What the words of the calls are in this run."""
    service.fake.ram.groups['admins'] = []
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': recorded.ROLE}] * 51)
    cluster = service.cluster()
    cluster.begin((None, None), service.fake.now())
    cluster.changed = None
    trail = Official(service, 'actiontrail')
    roles = [trail.models.LookupEventsRequestLookupAttribute(key='RoleName', value=recorded.ROLE)]
    token = trail.call('LookupEvents', max_results='50', lookup_attribute=roles)['NextToken']
    now = time.time()
    return {'{cluster}': cluster.id, '{key}': service.key, '{task}': cluster.tasks[0].id,
            '{encrypted}': service.cluster(key=service.key, disabled=False).id, '{token}': token,
            '{start}': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now - 3600)),
            '{end}': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now))}


def fields_of(models, action, fields):
    """The members that are objects of the library."""
    if 'role' in fields:
        fields['lookup_attribute'] = [models.LookupEventsRequestLookupAttribute(
            key='RoleName', value=fields.pop('role'))]
    if action == 'CheckServiceRole':
        fields['roles'] = [models.CheckServiceRoleRequestRoles(name=name) for name in fields['roles']]
    return fields


@pytest.mark.parametrize('name', recorded.CALLS)
def test_the_kept_requests_are_what_the_client_sends(service, words, name):
    client = Official(service, name)
    before = len(service.asked())
    for action, path, fields in recorded.CALLS[name]:
        filled = {member: words.get(value, value) if isinstance(value, str) else value
                  for member, value in fields.items()}
        client.reply(action, *[words[word] for word in path],
                     **fields_of(client.models, action, filled))
    sent = [recorded.normalize(request, words) for request in service.asked()[before:]]
    if os.environ.get('EVC_RECORD'):
        recorded.save(name, sent)
    assert sent == recorded.load(name)

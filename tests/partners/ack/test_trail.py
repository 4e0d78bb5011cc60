# SPDX-License-Identifier: Apache-2.0
"""Alibaba's own client of ActionTrail judges what the fake tells of the use of keys."""
import datetime

import pytest
from clients import Failed, Official

ROLE = 'aliyuncsmanagedsecurityrole'


@pytest.fixture(name='trail')
def fixture_trail(service):
    return Official(service, 'actiontrail')


def attribute(trail, key, value):
    return trail.models.LookupEventsRequestLookupAttribute(key=key, value=value)


def events_of(trail, **fields):
    return trail.call('LookupEvents', **fields)['Events']


def stamp(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime('%Y-%m-%dT%H:%M:%SZ')


def refused(code, function, *arguments, **fields):
    with pytest.raises(Failed) as caught:
        function(*arguments, **fields)
    assert caught.value.code == code


def test_what_the_service_role_does_is_found_by_its_name(service, trail):
    security = Official(service, 'kms', 'STS.security')
    sealed = security.call('Encrypt', key_id=service.arn, plaintext='AAEC')['CiphertextBlob']
    security.call('Decrypt', ciphertext_blob=sealed)
    Official(service, 'kms').call('Decrypt', ciphertext_blob=sealed)
    found = events_of(trail, lookup_attribute=[attribute(trail, 'RoleName', ROLE)])
    assert [event['eventName'] for event in found] == ['Decrypt', 'Encrypt']
    assert found[0]['userIdentity']['type'] == 'assumed-role'
    assert found[0]['userIdentity']['userName'] == ROLE + ':kms-plugin'
    assert found[0]['requestParameters']['KeyId'] == service.key
    assert len(events_of(trail)) == 3


def test_events_are_paged(service, trail):
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}] * 7)
    first = trail.call('LookupEvents', max_results='3')
    second = trail.call('LookupEvents', max_results='3', next_token=first['NextToken'])
    third = trail.call('LookupEvents', max_results='3', next_token=second['NextToken'])
    seen = [event['eventId'] for page in (first, second, third) for event in page['Events']]
    assert len(set(seen)) == len(seen) == 7 and 'NextToken' not in third
    refused('InvalidParameter', trail.call, 'LookupEvents', next_token='none')


@pytest.mark.parametrize('most, fits', [('1', True), ('50', True), ('0', False), ('51', False)])
def test_a_page_has_1_to_50(service, trail, most, fits):
    del service
    if fits:
        assert events_of(trail, max_results=most) == []
    else:
        refused('InvalidParameter', trail.call, 'LookupEvents', max_results=most)


def test_events_come_late(service, trail):
    service.fake.trail.delay_s = 300
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    assert events_of(trail) == []
    service.later(301)
    assert len(events_of(trail)) == 1


def test_both_times_are_given_or_neither(service, trail):
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    assert len(events_of(trail, start_time=stamp(-60), end_time=stamp(60))) == 1
    assert events_of(trail, start_time=stamp(-3600), end_time=stamp(-60)) == []
    refused('InvalidParameter', trail.call, 'LookupEvents', start_time=stamp(-60))


def test_two_attributes_are_not_sure_to_be_taken(service, trail):
    del service
    refused('InvalidQueryParameter', trail.call, 'LookupEvents', lookup_attribute=[
        attribute(trail, 'RoleName', ROLE), attribute(trail, 'ServiceName', 'Kms')])
    refused('InvalidParameter', trail.call, 'LookupEvents', lookup_attribute=[
        attribute(trail, 'Colour', 'red')])


def test_more_than_two_calls_a_second_are_throttled(service, trail):
    service.fake.trail.a_second = 2
    with pytest.raises(Failed) as caught:
        for _ in range(20):
            events_of(trail)
    assert caught.value.code == 'Throttling.User'

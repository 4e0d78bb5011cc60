# SPDX-License-Identifier: Apache-2.0
"""ActionTrail (API 2020-07-06): LookupEvents, over what the keys of a Region were used for.

As in "LookupEvents" of its API reference: at most two attributes, of which pairs are restricted (one
is all that is sure); both times or neither, by default the last seven days; 1 to 50 results; two calls
a second. Events are there some minutes after they happened.
"""
import calendar
import time
import uuid

from alibaba_gateway import Rpc
from alibaba_signing import Refusal

DAY = 86400
ATTRIBUTES = {
    'ServiceName': lambda event: event['serviceName'],
    'EventName': lambda event: event['eventName'],
    'User': lambda event: event['userIdentity']['userName'],
    'EventId': lambda event: event['eventId'],
    'ResourceType': lambda event: event['resourceType'],
    'ResourceName': lambda event: event['resourceName'],
    'EventRW': lambda event: event['eventRW'],
    'EventAccessKeyId': lambda event: event['userIdentity']['accessKeyId'],
    'RoleName': lambda event: event['userIdentity']['userName'].split(':')[0]
                if event['userIdentity']['type'] == 'assumed-role' else None,
}


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def invalid(name):
    return Refusal(400, 'InvalidParameter', f'The parameter {name} is not valid.')


class ActionTrail(Rpc):
    """delay_s: how late events are; a_second: calls, None = any number."""

    name, version = 'actiontrail', '2020-07-06'

    def __init__(self, gateway, region, account):
        super().__init__(gateway)
        self.region, self.account = region, account
        self.delay_s, self.a_second = 0, None
        self.events = []  # (when, event), as they happened
        self.calls = []
        self.tokens = {}

    def record(self, action, access_key, key, role=None, session='session'):
        """A use of a key; by a session of a role, else by a RAM user of the access key's name."""
        when = self.gateway.now()
        who = {'type': 'assumed-role', 'userName': f'{role}:{session}',
               'principalId': f'30{abs(hash(role)) % 10 ** 12}:{session}',
               'sessionContext': {'attributes': {'mfaAuthenticated': 'false',
                                                 'creationDate': stamp(when)}}} if role else {
            'type': 'ram-user', 'userName': access_key.lower(), 'principalId': '21'}
        event_id = str(uuid.uuid4()).upper()
        self.events.append((when, {
            'eventId': event_id, 'requestId': event_id, 'eventVersion': '1',
            'eventType': 'ApiCall', 'eventName': action, 'eventTime': stamp(when),
            'eventRW': 'Read' if action == 'Decrypt' else 'Write', 'serviceName': 'Kms',
            'eventSource': f'kms-vpc.{self.region}.aliyuncs.com', 'acsRegion': self.region,
            'apiVersion': '2016-01-20', 'sourceIpAddress': '100.104.0.1', 'errorCode': '',
            'userAgent': 'AlibabaCloud', 'resourceType': 'ACS::KMS::Key', 'resourceName': key.id,
            'referencedResources': {'ACS::KMS::Key': [key.id]},
            'userIdentity': who | {'accountId': self.account, 'accessKeyId': access_key},
            'requestParameters': {'AcsProduct': 'Kms', 'RequestId': event_id, 'KeyId': key.id},
            'additionalEventData': {'Scheme': 'https'}}))

    def check_pace(self):
        now = time.monotonic()
        self.calls = [then for then in self.calls if then > now - 1] + [now]
        if self.a_second and len(self.calls) > self.a_second:
            raise Refusal(400, 'Throttling.User', 'Request was denied due to user flow control.')

    def attributes(self, parameters):
        pairs = []
        for number in range(1, 4):
            key = parameters.get(f'LookupAttribute.{number}.Key')
            value = parameters.get(f'LookupAttribute.{number}.Value')
            if (key is None) != (value is None) or (key and key not in ATTRIBUTES):
                raise invalid('LookupAttribute')
            if key:
                pairs.append((key, value))
        if len(pairs) > 1:
            raise Refusal(400, 'InvalidQueryParameter', 'This combination of attributes is not '
                          'supported.')
        return pairs

    @staticmethod
    def time_of(parameters, name):
        try:
            return calendar.timegm(time.strptime(parameters[name], '%Y-%m-%dT%H:%M:%SZ'))
        except ValueError:
            raise invalid(name) from None

    def span(self, parameters):
        now = self.gateway.now()
        if ('StartTime' in parameters) != ('EndTime' in parameters):
            raise invalid('StartTime')
        if 'StartTime' not in parameters:
            return now - 7 * DAY, now
        start, end = self.time_of(parameters, 'StartTime'), self.time_of(parameters, 'EndTime')
        if not now - 90 * DAY <= start <= end:
            raise invalid('StartTime')
        return start, end

    def found(self, parameters):
        pairs, (start, end) = self.attributes(parameters), self.span(parameters)
        now = self.gateway.now()
        return [event for when, event in self.events
                if int(start) <= when <= end + 1 and when + self.delay_s <= now and all(
                    (ATTRIBUTES[key](event) or '').lower() == value.lower()
                    for key, value in pairs)], start, end

    def do_lookup_events(self, parameters, _):
        self.check_pace()
        most = parameters.get('MaxResults', '20')
        if not most.isdigit() or not 1 <= int(most) <= 50:
            raise invalid('MaxResults')
        direction = parameters.get('Direction', 'BACKWARD')
        if direction not in ('FORWARD', 'BACKWARD'):
            raise invalid('Direction')
        asked = {name: value for name, value in parameters.items() if name.startswith('Lookup')}
        if 'NextToken' in parameters:
            if parameters['NextToken'] not in self.tokens:
                raise invalid('NextToken')
            rest, start, end, before = self.tokens[parameters['NextToken']]
            if before != asked:
                raise invalid('NextToken')
        else:
            rest, start, end = self.found(parameters)
            if direction == 'BACKWARD':
                rest = rest[::-1]
        answer = {'Events': rest[:int(most)], 'StartTime': stamp(start), 'EndTime': stamp(end)}
        if len(rest) > int(most):
            answer['NextToken'] = uuid.uuid4().hex
            self.tokens[answer['NextToken']] = rest[int(most):], start, end, asked
        return answer

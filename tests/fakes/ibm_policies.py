# SPDX-License-Identifier: Apache-2.0
"""Who may do what in an account of IBM Cloud: policies, and the access groups that have some.

What it imitates: IAM Policy Management API v1 ("Get policies by attributes") and IAM Access Groups
API v2 ("List access groups"), whose judge is IBM's client for both (tests/partners/iks). As there,
who may not read policies is given an empty list and no error, and the policies of a group are not
among those of its members.
"""
import fnmatch
import uuid

PLATFORM = ['Viewer', 'Operator', 'Editor', 'Administrator']
SERVICE = ['Reader', 'Writer', 'Manager']
GENERAL = 'crn:v1:bluemix:public:iam::::'


def role_id(name):
    return GENERAL + ('role:' if name in PLATFORM else 'serviceRole:') + name


def includes(role):
    """The roles that one is, itself among them."""
    for names in (PLATFORM, SERVICE):
        if role in names:
            return names[:names.index(role) + 1]
    return [role]


class Policies:
    """readable: whether lists are given to those who ask for them."""

    def __init__(self, account):
        self.account = account
        self.rows, self.groups = [], {}     # of policies; {group: set of members}
        self.readable = True

    def allow(self, subject, roles, service=None, kind='access', state='active', **attributes):
        """subject: an IAM id, or a group. No service: all that are IAM-enabled. attributes:
        serviceInstance, resourceGroupId, region, namespace, …; a text with * is a pattern."""
        which = 'access_group_id' if subject.startswith('AccessGroupId-') else 'iam_id'
        what = [('accountId', self.account),
                ('serviceName', service) if service else ('serviceType', 'service'),
                *attributes.items()]
        self.rows.append({
            'id': str(uuid.uuid4()), 'type': kind, 'description': '', 'state': state,
            'subjects': [{'attributes': [{'name': which, 'value': subject}]}],
            'roles': [{'role_id': role_id(name), 'display_name': name} for name in roles],
            'resources': [{'attributes': [
                {'name': name, 'value': value,
                 'operator': 'stringMatch' if '*' in value else 'stringEquals'}
                for name, value in what]}]})
        return self.rows[-1]

    def group(self, name, *members):
        group = 'AccessGroupId-' + str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        self.groups[group] = (name, set(members))
        return group

    def of_subject(self, subject):
        return [row for row in self.rows
                if row['subjects'][0]['attributes'][0]['value'] == subject]

    @staticmethod
    def covers(row, place):
        """Whether a policy speaks of a whole resource; one of a namespace does not."""
        for attribute in row['resources'][0]['attributes']:
            name, value = attribute['name'], attribute['value']
            if name == 'serviceType':
                continue
            seen = place.get(name)
            matches = (fnmatch.fnmatchcase(seen or '', value)
                       if attribute['operator'] == 'stringMatch' else seen == value)
            if not matches:
                return False
        return row['type'] == 'access' and row['state'] == 'active'

    def roles(self, iam_id, **place):
        """What a person's policies and those of his groups amount to at a place, which names
        serviceName, serviceInstance, resourceGroupId and region."""
        place['accountId'] = self.account
        subjects = [iam_id, *(g for g, (_, members) in self.groups.items() if iam_id in members)]
        return {name for subject in subjects for row in self.of_subject(subject)
                if self.covers(row, place)
                for role in row['roles'] for name in includes(role['display_name'])}

    # -- over HTTP: replies are (status, body), or None when the path is another's -------------

    def answer(self, method, path, query):
        if method != 'GET' or path not in ('/v1/policies', '/v2/groups'):
            return None
        if query.get('account_id') != self.account:
            return 403, {'trace': 'trace-1', 'errors': [
                {'code': 'insufficent_permissions', 'message': 'The account is not yours'}]}
        return self.list_policies(query) if path == '/v1/policies' else self.list_groups(query)

    def list_policies(self, query):
        rows = [row for row in self.rows if self.readable and
                row['state'] == query.get('state', 'active') and
                query.get('type') in (None, row['type']) and
                all({'name': name, 'value': query[name]} in row['subjects'][0]['attributes']
                    for name in ('iam_id', 'access_group_id') if name in query)]
        reply = {'policies': rows}
        if 'limit' in query:
            limit, start = int(query['limit']), int(query.get('start', '0'))
            reply = {'limit': limit, 'policies': rows[start:start + limit]}
            if start + limit < len(rows):
                reply['next'] = {'start': str(start + limit),
                                 'href': f'/v1/policies?start={start + limit}&limit={limit}'}
        return 200, reply

    def list_groups(self, query):
        found = [(group, name) for group, (name, members) in self.groups.items()
                 if self.readable and query.get('iam_id', next(iter(members), None)) in members]
        limit, offset = int(query.get('limit', 50)), int(query.get('offset', 0))
        return 200, {'limit': limit, 'offset': offset, 'total_count': len(found),
                     'groups': [{'id': group, 'name': name, 'account_id': self.account}
                                for group, name in found[offset:offset + limit]]}

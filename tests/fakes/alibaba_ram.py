# SPDX-License-Identifier: Apache-2.0
"""Resource Access Management (API 2015-05-01): which policies users, groups and roles have.

A user has what is attached to it and to its groups; the two are asked apart (ListPoliciesForUser,
ListGroupsForUser, ListPoliciesForGroup).
"""
from alibaba_gateway import Rpc
from alibaba_signing import Refusal


class Ram(Rpc):
    """users, groups, roles: name to list of (policy, "System" or "Custom"); member_of: user to groups."""

    name, version = 'ram', '2015-05-01'

    def __init__(self, gateway):
        super().__init__(gateway)
        self.users, self.groups, self.roles, self.member_of = {}, {}, {}, {}

    @staticmethod
    def of(parameters, name, entities, kind):
        """Names of RAM are not case-sensitive."""
        wanted = parameters.get(name)
        if not wanted:
            raise Refusal(400, f'InvalidParameter.{name}.Missing', f'{name} is needed.')
        for entity, value in entities.items():
            if entity.lower() == wanted.lower():
                return value
        raise Refusal(404, f'EntityNotExist.{kind}', f'The {kind.lower()} does not exist: {wanted}.')

    @staticmethod
    def policies(attached):
        return {'Policies': {'Policy': [
            {'PolicyName': name, 'PolicyType': kind, 'DefaultVersion': 'v1', 'Description': '',
             'AttachDate': '2026-01-31T12:00:00Z'} for name, kind in attached]}}

    def do_list_policies_for_user(self, parameters, _):
        return self.policies(self.of(parameters, 'UserName', self.users, 'User'))

    def do_list_policies_for_role(self, parameters, _):
        return self.policies(self.of(parameters, 'RoleName', self.roles, 'Role'))

    def do_list_policies_for_group(self, parameters, _):
        return self.policies(self.of(parameters, 'GroupName', self.groups, 'Group'))

    def do_list_groups_for_user(self, parameters, _):
        self.of(parameters, 'UserName', self.users, 'User')
        names = self.member_of.get(parameters['UserName'].lower(), [])
        return {'Groups': {'Group': [{'GroupName': name, 'GroupId': 'g-' + name, 'Comments': '',
                                      'JoinDate': '2026-01-31T12:00:00Z'} for name in names]}}

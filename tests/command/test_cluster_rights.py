# SPDX-License-Identifier: Apache-2.0
"""The least policy of each verb against what the command asked of the imitated services: it has all that
was called, and nothing else."""
import json

# Its fixtures. pylint: disable=unused-import,redefined-outer-name
from test_cluster import LATER, alibaba, aws  # noqa: F401,F811

SOON = ('--yes', '--set', 'timeout-ms=500')  # one look at a change, which is over then
# What a service demands of the caller beside what it is called for, and why.
DEMANDED = {
    'iam:PassRole': 'CreateCluster gives the cluster a role ("Actions defined by Amazon EKS")',
    'cs:GetClusters': 'DescribeClustersV1 takes both ("Custom RAM policies" of ACK)'}
FREE = {'GetCallerIdentity'}  # takes no permission, at AWS and at Alibaba Cloud
EKS = {'AssociateEncryptionConfig', 'CreateCluster', 'DescribeCluster', 'DescribeUpdate', 'ListClusters',
       'ListUpdates'}


def granted(policy):
    return {action for statement in policy['Statement'] for action in statement['Action']}


def rows(provider, *words):
    """Names of permissions, of which a row may have several."""
    return {name for row in provider.rows('cluster', 'permissions', *words)
            for name in row['permission'].split(', ') if ':' in name}


def agrees(provider, words, called):
    """The policy, the table and what was called."""
    policy = json.loads(provider.run('cluster', 'permissions', *words, '--policy').text)
    assert called - granted(policy) == set()
    assert granted(policy) - called - set(DEMANDED) == set()
    assert rows(provider, *words) == granted(policy)


def look_around(provider, verb, *words):
    """What comes before and after each change."""
    provider.run('cluster', 'keys', provider.place)
    provider.run('cluster', 'status', provider.uri, code=None)
    provider.run('cluster', 'preflight', provider.uri, *words, '--for', verb, LATER, code=None)
    provider.run('cluster', 'status', provider.place + '/missing', code=2)


# --- Amazon ---

def called_of_aws(aws):
    return {('eks:' if request['operation'] in EKS else 'kms:') + request['operation']
            for request in aws.fake.requests() if request['operation'] not in FREE}


def test_policy_of_enabling_on_eks_is_what_is_called(aws):
    key = ('--key', aws.key)
    look_around(aws, 'enable', *key)
    aws.fake.control(update_s=0)
    aws.run('cluster', 'enable', aws.uri, *key, LATER, *SOON)
    aws.run('cluster', 'verify', aws.uri, code=9)
    agrees(aws, [aws.uri, *key], called_of_aws(aws))


def test_policy_of_rotating_on_eks_is_what_is_called(aws):
    aws.encrypt()
    look_around(aws, 'rotate')
    aws.fake.control(updates={'prod': [{'type': 'VersionUpdate', 'lasts_s': 0}]})
    aws.run('cluster', 'rotate', aws.uri, LATER, *SOON)
    aws.run('cluster', 'verify', aws.uri, code=9)
    agrees(aws, [aws.uri, '--for', 'rotate'], called_of_aws(aws))


def test_policy_of_creating_on_eks_is_what_is_called(aws):
    words = ('--key', aws.key, '--set', 'role-arn=arn:aws:iam::111122223333:role/eks', '--set',
             'subnets=subnet-0a,subnet-0b')
    uri = aws.place + '/new'
    look_around(aws, 'create', *words)
    aws.fake.control(create_s=0)
    aws.run('cluster', 'create', uri, *words, *SOON)
    aws.fake.control(updates={'new': [{'type': 'VersionUpdate', 'lasts_s': 0}]})
    aws.run('cluster', 'verify', uri, code=9)
    agrees(aws, [uri, *words, '--for', 'create'], called_of_aws(aws))


# --- Alibaba Cloud ---

def called_of_alibaba(alibaba):
    return {request['gateway'].replace('shared', 'kms') + ':' + request['action']
            for request in alibaba.fake.kms.requests if request['action'] not in FREE}


KUBECONFIG = json.dumps({  # of nothing that listens
    'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'c',
    'clusters': [{'name': 'k', 'cluster': {'server': 'https://127.0.0.1:1'}}],
    'users': [{'name': 'u', 'user': {'token': 't'}}],
    'contexts': [{'name': 'c', 'context': {'cluster': 'k', 'user': 'u'}}]})


def as_user_with_groups(alibaba):
    """RAM is asked all that it is asked of users."""
    alibaba.fake.ram.users['ltai-fixed'] = []
    alibaba.fake.ram.groups = {'g': [('AliyunKMSCryptoAdminAccess', 'System')]}
    alibaba.fake.ram.member_of = {'ltai-fixed': ['g']}


def test_policy_of_enabling_on_ack_is_what_is_called(alibaba):
    key = ('--key', alibaba.key)
    as_user_with_groups(alibaba)
    look_around(alibaba, 'enable', *key)
    alibaba.cluster.kubeconfig = KUBECONFIG
    alibaba.run('cluster', 'enable', alibaba.uri, *key, LATER, *SOON)
    alibaba.run('cluster', 'verify', alibaba.uri, code=9)
    called = called_of_alibaba(alibaba) | {'ram:ListPoliciesForRole'}  # instead, of a role
    agrees(alibaba, [alibaba.uri, *key], called)


def test_policy_of_disabling_on_ack_is_what_is_called(alibaba):
    alibaba.cluster.key, alibaba.cluster.disabled = alibaba.key.rpartition('/')[2], False
    alibaba.cluster.kubeconfig = KUBECONFIG
    alibaba.run('cluster', 'status', alibaba.uri)
    alibaba.run('cluster', 'status', alibaba.place + '/missing', code=2)
    alibaba.run('cluster', 'preflight', alibaba.uri, '--for', 'disable', code=None)
    alibaba.run('cluster', 'disable', alibaba.uri, LATER, *SOON)
    alibaba.run('cluster', 'verify', alibaba.uri, code=9)
    agrees(alibaba, [alibaba.uri, '--for', 'disable'], called_of_alibaba(alibaba))


def test_policy_of_creating_on_ack_is_what_is_called(alibaba):
    words = ('--key', alibaba.key, '--set', 'vpc-id=vpc-1')
    uri = alibaba.place + '/new'
    as_user_with_groups(alibaba)
    look_around(alibaba, 'create', *words)
    # In less than the half minute between looks at the trail, which has nothing.
    alibaba.run('cluster', 'create', uri, *words, *SOON, '--timeout', '25')
    called = called_of_alibaba(alibaba) | {'ram:ListPoliciesForRole'}
    agrees(alibaba, [uri, *words, '--for', 'create'], called)

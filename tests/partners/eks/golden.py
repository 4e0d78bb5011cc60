# SPDX-License-Identifier: Apache-2.0
"""The requests of Amazon's clients, which all send the same ones, as kept files: golden.json of EKS and
golden-keys.json of KMS and STS, lists of objects with operation, method, path, query, headers and body.
What differs from run to run is a {word}.

EVC_WRITE_GOLDEN=1 in the environment of the tests writes it anew from what a client sends.
"""
import json
import os
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTERS, KEYS = (os.path.join(HERE, name) for name in ('golden.json', 'golden-keys.json'))
KEY = '{key}'
CONFIG = [{'resources': ['secrets'], 'provider': {'keyArn': KEY}}]
CALLS = [
    ('ListClusters', {}),
    ('ListClusters', {'maxResults': 100}),
    ('ListClusters', {'maxResults': 100, 'nextToken': 'from/+1=='}),
    ('DescribeCluster', {'name': 'prod'}),
    ('AssociateEncryptionConfig', {'clusterName': 'prod', 'encryptionConfig': CONFIG}),
    ('AssociateEncryptionConfig', {'clusterName': 'prod', 'encryptionConfig': CONFIG,
                                   'clientRequestToken': 'golden-token'}),
    ('DescribeUpdate', {'name': 'prod', 'updateId': '{update}'}),
    ('ListUpdates', {'name': 'prod'}),
    ('ListUpdates', {'name': 'prod', 'maxResults': 100, 'nextToken': 'from/+1=='}),
    ('CreateCluster', {'name': 'new', 'version': '1.31', 'encryptionConfig': CONFIG,
                       'roleArn': 'arn:aws:iam::111122223333:role/eks',
                       'clientRequestToken': 'golden-token',
                       'resourcesVpcConfig': {'subnetIds': ['subnet-0a', 'subnet-0b'],
                                              'securityGroupIds': ['sg-0'],
                                              'endpointPublicAccess': True,
                                              'endpointPrivateAccess': False,
                                              'publicAccessCidrs': ['192.0.2.0/24']}}),
]
OF_KEY = {'KeyId': KEY}
KEY_CALLS = [
    ('kms', 'DescribeKey', OF_KEY),
    ('kms', 'ListKeys', {'Limit': 1000}),
    ('kms', 'ListAliases', {'Limit': 100}),
    ('kms', 'GetKeyPolicy', {**OF_KEY, 'PolicyName': 'default'}),
    ('kms', 'ListGrants', {**OF_KEY, 'Limit': 100}),
    ('kms', 'CreateGrant', {**OF_KEY, 'GranteePrincipal': 'arn:aws:iam::111122223333:root', 'DryRun': True,
                            'Operations': ['Encrypt', 'Decrypt', 'GenerateDataKey', 'DescribeKey']}),
    ('kms', 'GetKeyLastUsage', OF_KEY),
    ('kms', 'GetKeyRotationStatus', OF_KEY),
    ('kms', 'ListKeyRotations', {**OF_KEY, 'IncludeKeyMaterial': 'ALL_KEY_MATERIAL'}),
    ('kms', 'RotateKeyOnDemand', OF_KEY),
    ('kms', 'DisableKey', OF_KEY),
    ('kms', 'EnableKey', OF_KEY),
    ('kms', 'ScheduleKeyDeletion', {**OF_KEY, 'PendingWindowInDays': 7}),
    ('kms', 'CancelKeyDeletion', OF_KEY),
    ('sts', 'GetCallerIdentity', {}),
]
# What the API gives a meaning to. Agents, attempts and encodings differ by client and call.
HEADERS = ('content-type', 'x-amz-target')


def fill(value, words):
    """Members of a call with what this run has for their words."""
    text = json.dumps(value)
    for word, real in words.items():
        text = text.replace(word, real)
    return json.loads(text)


def body_of(text):
    """Of JSON, or of a form."""
    if text.startswith('Action='):
        return dict(urllib.parse.parse_qsl(text))
    return json.loads(text) if text else None


def normal(entry, words):
    """An entry of the fake's log without what differs from run to run."""
    def plain(text):
        for word, real in words.items():
            text = text.replace(real, word)
        return text

    body = body_of(plain(entry['body']))
    if body and body.get('clientRequestToken', 'golden-token') != 'golden-token':
        body['clientRequestToken'] = '{token}'
    headers = {n: v.partition(';')[0] for n, v in entry['headers'].items() if n in HEADERS}
    if body is None:  # no content, whatever type it is said to have
        headers.pop('content-type', None)
    # The log of KMS and STS has no path, as they answer no other.
    return {'operation': entry['operation'], 'method': entry.get('method', 'POST'),
            'path': plain(entry.get('path', '/')), 'query': entry.get('query', {}), 'headers': headers,
            'body': body}


def load(path=CLUSTERS):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def check_official(name, sent, path=CLUSTERS, count=None):
    """count: how many of the kept ones it can send."""
    if os.environ.get('EVC_WRITE_GOLDEN'):
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(sent, file, indent=1, sort_keys=True)
            file.write('\n')
    assert sent == load(path)[:count], f'{name} sends other requests than those in {os.path.basename(path)}'

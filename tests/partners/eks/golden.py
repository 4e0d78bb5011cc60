# SPDX-License-Identifier: Apache-2.0
"""The requests of Amazon's clients, which all send the same ones, as a kept file: golden.json, a list of
objects with operation, method, path, query, headers and body. What differs from run to run is a {word}.

EVC_WRITE_GOLDEN=1 in the environment of the tests writes it anew from what a client sends.
"""
import json
import os

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden.json')
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
# What the API gives a meaning to. Agents, attempts and encodings differ by client and call.
HEADERS = ('content-type', 'x-amz-target')


def fill(value, words):
    """Members of a call with what this run has for their words."""
    text = json.dumps(value)
    for word, real in words.items():
        text = text.replace(word, real)
    return json.loads(text)


def normal(entry, words):
    """An entry of the fake's log without what differs from run to run."""
    def plain(text):
        for word, real in words.items():
            text = text.replace(real, word)
        return text

    body = json.loads(plain(entry['body'])) if entry['body'] else None
    if body and body.get('clientRequestToken', 'golden-token') != 'golden-token':
        body['clientRequestToken'] = '{token}'
    headers = {n: v for n, v in entry['headers'].items() if n in HEADERS}
    if body is None:  # no content, whatever type it is said to have
        headers.pop('content-type', None)
    return {'operation': entry['operation'], 'method': entry['method'], 'path': plain(entry['path']),
            'query': entry['query'], 'headers': headers, 'body': body}


def load():
    with open(FILE, encoding='utf-8') as file:
        return json.load(file)


def check_official(name, sent):
    if os.environ.get('EVC_WRITE_GOLDEN'):
        with open(FILE, 'w', encoding='utf-8') as file:
            json.dump(sent, file, indent=1, sort_keys=True)
            file.write('\n')
    assert sent == load(), f'{name} sends other requests than those in golden.json'

# SPDX-License-Identifier: Apache-2.0
"""The requests of Alibaba's clients for clusters, as kept files: golden/SERVICE.json, as
tests/partners/alibaba/golden.py keeps those for keys, with path and body beside them."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'alibaba'))
# pylint: disable=wrong-import-position
import golden  # noqa: E402

ROLE = 'aliyuncsmanagedsecurityrole'
FILTERS = ('[{"Key":"KeyState","Values":["Enabled"]},{"Key":"KeySpec","Values":["Aliyun_AES_256"]},'
           '{"Key":"KeyUsage","Values":["ENCRYPT/DECRYPT"]},{"Key":"CreatorType","Values":["User"]}]')
ALL = '[{"Key":"KeyUsage","Values":["ENCRYPT/DECRYPT"]},{"Key":"CreatorType","Values":["User"]}]'
# Action, what stands in the path, members of the request.
CALLS = {
    'cs': [
        ('DescribeClusterDetail', ['{cluster}'], {}),
        ('UpdateKMSEncryption', ['{cluster}'], {'kms_key_id': '{key}', 'disable_encryption': False}),
        ('UpdateKMSEncryption', ['{encrypted}'], {'disable_encryption': True}),
        ('DescribeClustersV1', [], {'page_number': 1, 'page_size': 50}),
        ('DescribeClustersV1', [], {'region_id': 'cn-hangzhou', 'name': 'shop',
                                    'cluster_type': 'ManagedKubernetes', 'page_number': 1,
                                    'page_size': 50}),
        ('CreateCluster', [], {
            'name': 'new', 'cluster_type': 'ManagedKubernetes', 'cluster_spec': 'ack.pro.small',
            'region_id': 'cn-hangzhou', 'encryption_provider_key': '{key}',
            'kubernetes_version': '1.34.1-aliyun.1', 'vpcid': 'vpc-1', 'vswitch_ids': ['vsw-1'],
            'container_cidr': '172.20.0.0/16', 'service_cidr': '172.21.0.0/20'}),
        ('DescribeTaskInfo', ['{task}'], {}),
        ('DescribeClusterTasks', ['{cluster}'], {'page_number': 1, 'page_size': 50}),
        ('DescribeEvents', [], {'cluster_id': '{cluster}', 'type': 'cluster_modify',
                                'page_number': 1, 'page_size': 50}),
        ('CheckServiceRole', [], {'roles': ['AliyunCSManagedSecurityRole']}),
        ('DescribeClusterUserKubeconfig', ['{cluster}'], {
            'private_ip_address': False, 'temporary_duration_minutes': 60}),
    ],
    'actiontrail': [
        ('LookupEvents', [], {'role': ROLE, 'max_results': '50'}),
        ('LookupEvents', [], {'role': ROLE, 'max_results': '50', 'direction': 'BACKWARD',
                              'start_time': '{start}', 'end_time': '{end}'}),
        ('LookupEvents', [], {'role': ROLE, 'max_results': '50', 'next_token': '{token}'}),
    ],
    'ram': [
        ('ListPoliciesForUser', [], {'user_name': 'ltai-fixed'}),
        ('ListPoliciesForRole', [], {'role_name': 'temporary'}),
        ('ListGroupsForUser', [], {'user_name': 'ltai-fixed'}),
        ('ListPoliciesForGroup', [], {'group_name': 'admins'}),
    ],
    'kms': [
        ('DescribeAccountKmsStatus', [], {}),
        ('ListKeys', [], {'filters': FILTERS, 'page_number': 1, 'page_size': 100}),
        ('ListKeys', [], {'filters': ALL, 'page_number': 1, 'page_size': 100}),
    ],
}


def normalize(request, words):
    """A request as the fake kept it, without what differs from run to run."""
    path, body = request['path'], request['body']
    for word, text in words.items():
        path, body = path.replace(text, word), body.replace(text, word)
    return {'path': path, **golden.normalize(request, words),
            'body': json.loads(body) if body else None}


def load(service):
    return golden.load(service, HERE)


def save(service, requests):
    golden.save(service, requests, HERE)

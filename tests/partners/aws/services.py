# SPDX-License-Identifier: Apache-2.0
"""Who talks to whom: the fake service and moto, and clients of both: boto3, JavaScript, ours."""
import collections
import json
import os
import ssl
import subprocess
import sys
import urllib.request

import boto3
import botocore.config
import ours
from moto.server import ThreadedMotoServer

HERE = os.path.dirname(os.path.abspath(__file__))
FAKES = os.path.join(HERE, '..', '..', 'fakes')
REGION = 'eu-central-1'

Access = collections.namedtuple('Access', 'id secret token', defaults=[None])
SWEPT = ('AWS_', 'AMAZON_')


def clean_environment():
    return {n: v for n, v in os.environ.items()
            if not n.startswith(SWEPT) and not n.lower().endswith('_proxy')}


class FakeService:
    """A program of tests/fakes as a process; by TLS with authority, certificate and key."""

    program = 'aws_kms.py'

    def __init__(self, authority=None, *certificate):
        self.context = authority and ssl.create_default_context(cafile=authority)
        tls = ['--tls', *certificate] if authority else []
        self.child = subprocess.Popen([sys.executable, os.path.join(FAKES, self.program), *tls],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.child.stdout.readline())['url']
        self.control()

    def _ask(self, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body),
                                    context=self.context) as reply:
            return json.load(reply)

    def control(self, **order):
        self.hello = self._ask('/_fake', order)
        return self.hello

    def requests(self, operation=None):
        return [r for r in self._ask('/_fake')['requests']
                if operation in (None, r['operation'])]

    def asked(self):
        return [r['operation'] for r in self.requests()]

    def __getattr__(self, name):
        return self.hello[name]

    def access_of(self, key_id):
        known = self.hello['access'][key_id]
        return Access(key_id, known['secret'], known['token'])

    @property
    def access(self):
        return self.access_of('AKIAFIXED')

    def close(self):
        self.child.stdin.close()
        assert self.child.wait(timeout=30) == 0


class Moto:
    """moto's server, which checks signatures and permissions after reset()."""

    def __init__(self):
        self.server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
        self.server.start()
        self.url = 'http://%s:%s' % self.server.get_host_and_port()

    def _post(self, path, body=b''):
        urllib.request.urlopen(urllib.request.Request(
            self.url + path, body, {'Content-Type': 'text/plain'})).close()

    def client(self, service='kms', access=Access('root', 'root'), region=REGION):
        return boto3.client(service, region_name=region, endpoint_url=self.url,
                            aws_access_key_id=access.id, aws_secret_access_key=access.secret,
                            aws_session_token=access.token,
                            config=botocore.config.Config(retries={'max_attempts': 1}))

    def reset(self):
        self._post('/moto-api/reset-auth', b'100000')  # what sets things up is not checked
        self._post('/moto-api/reset')
        iam = self.client('iam')
        iam.create_user(UserName='tester')
        iam.put_user_policy(UserName='tester', PolicyName='all', PolicyDocument=json.dumps(
            {'Version': '2012-10-17',
             'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}))
        made = iam.create_access_key(UserName='tester')['AccessKey']
        self.access = Access(made['AccessKeyId'], made['SecretAccessKey'])
        iam.create_role(RoleName='role', AssumeRolePolicyDocument=json.dumps(
            {'Version': '2012-10-17', 'Statement': [{
                'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': '*'}}]}))
        iam.put_role_policy(RoleName='role', PolicyName='all', PolicyDocument=json.dumps(
            {'Version': '2012-10-17',
             'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}))
        taken = self.client('sts').assume_role(
            RoleArn='arn:aws:iam::123456789012:role/role', RoleSessionName='session')['Credentials']
        self.session = Access(taken['AccessKeyId'], taken['SecretAccessKey'],
                              taken['SessionToken'])
        self.key = self.client().create_key()['KeyMetadata']['Arn']
        self.other = self.client().create_key()['KeyMetadata']['Arn']
        self._post('/moto-api/reset-auth', b'0')

    def close(self):
        self.server.stop()


class Ours(ours.Client):
    """Our client with fixed credentials in its environment, and short forms of URIs."""

    def __init__(self, folder, service, access, **environment):
        self.service = service
        given = {'AWS_ACCESS_KEY_ID': access.id, 'AWS_SECRET_ACCESS_KEY': access.secret,
                 'AWS_EC2_METADATA_DISABLED': 'true', 'AWS_ENDPOINT_URL_KMS': service.url,
                 'AWS_ENDPOINT_URL_STS': service.url}
        if access.token:
            given['AWS_SESSION_TOKEN'] = access.token
        super().__init__(folder, **{**given, **environment})

    def key(self, arn, key='k', **options):
        """Opens a key by its ARN, or what stands in its place."""
        return self.open(arn if '://' in arn else 'aws-kms:///' + arn, key, **options)

    def act(self, action, **args):
        return self.run(f'aws-kms://{REGION}', action, **args)


# --- clients of others ---

class Failed(Exception):
    def __init__(self, code, message=''):
        super().__init__(f'{code}: {message}')
        self.code = code


class Boto:
    name = 'boto3'

    def __init__(self, service, access=None, region=REGION, of='kms'):
        access = access or service.access
        self.client = boto3.client(
            of, region_name=region, endpoint_url=service.url, aws_access_key_id=access.id,
            aws_secret_access_key=access.secret, aws_session_token=access.token,
            config=botocore.config.Config(retries={'mode': 'standard', 'max_attempts': 3}))

    def call(self, operation, **members):
        try:
            return self.client._make_api_call(operation, members)
        except botocore.exceptions.ClientError as error:
            raise Failed(error.response['Error']['Code'],
                         error.response['Error']['Message']) from None

    def pages(self, operation, **members):
        method = botocore.xform_name(operation)
        return list(self.client.get_paginator(method).paginate(**members))

    def close(self):
        self.client.close()


class JavaScript:
    name = 'javascript'

    def __init__(self, service, access=None, region=REGION, of='kms'):
        access = access or service.access
        self.child = subprocess.Popen(
            ['node', os.path.join(HERE, 'sdk.js')], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**clean_environment(), 'NODE_NO_WARNINGS': '1'})
        self._ask({'of': of, 'region': region, 'endpoint': service.url, 'id': access.id,
                   'secret': access.secret, 'token': access.token})

    def _ask(self, order):
        self.child.stdin.write(json.dumps(order) + '\n')
        self.child.stdin.flush()
        reply = json.loads(self.child.stdout.readline())
        if 'error' in reply:
            raise Failed(reply['error'], reply['message'])
        return reply['answer']

    def call(self, operation, **members):
        return self._ask({'operation': operation, 'members': {
            n: {'bytes': v.hex()} if isinstance(v, bytes) else v for n, v in members.items()}})

    def pages(self, operation, **members):
        return self._ask({'paginator': operation, 'members': members})

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=30)


CLIENTS = (Boto, JavaScript)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Amazon EKS (API 2017-11-01) on a loopback port, as far as the encryption of Secrets goes, with the
KMS and the STS of aws_kms.py on the same one: the same keys, access keys, faults and clock.

    eks.py [--tls CERT KEY]

Writes one line of JSON with what a client needs to standard output, and ends when its standard input
does. POST /_fake with a JSON object changes what the services are like (see Fake.control), GET /_fake
tells what they were asked; POST /_fake/token with {token, cluster} tells whom an API server of EKS
would let in. A test in Python may hold the same as a Service.

An association is InProgress until the clock has gone on by update_s, then Successful, Failed or
Cancelled; the service then holds a grant on the key, and a health issue tells what has become of it.
Nobody has published what that grant looks like, what a token that is used twice for two requests
gives, and which status a cluster has meanwhile: here an AWS service principal, InvalidRequestException,
and UPDATING. It is judged by boto3, the JavaScript SDK and the AWS command line in tests/partners/eks,
and knows nothing of ours.
"""
import base64
import hashlib
import json
import os
import re
import sys
import threading
import time
import urllib.parse
import uuid

import aws_kms
from aws_kms import REGION, Cut
from aws_signing import ACCOUNT, Refusal, identity, partition, verify, verify_token

NAME = re.compile(r'[0-9A-Za-z][A-Za-z0-9\-_]*')
ASSOCIATION = 'AssociateEncryptionConfig'
STATUS = {  # of the errors that the model of the API names, and of those in front of it
    'ClientException': 400, 'InvalidParameterException': 400, 'InvalidRequestException': 400,
    'UnsupportedAvailabilityZoneException': 400, 'ResourceLimitExceededException': 400,
    'ResourceNotFoundException': 404, 'ResourceInUseException': 409, 'ThrottlingException': 429,
    'ServerException': 500, 'ServiceUnavailableException': 503, 'UnknownOperationException': 404,
}
ISSUES = {  # a key's state: the issue that it makes
    'Disabled': ('KmsKeyDisabled', 'The KMS key for the cluster is disabled.'),
    'PendingDeletion': ('KmsKeyMarkedForDeletion', 'The KMS key for the cluster is pending deletion.'),
}
SUBNETS = {'subnet-0a': 'a', 'subnet-0b': 'b', 'subnet-0c': 'c', 'subnet-0e': 'e'}
FULL_ZONE, ROOM = 'e', ('a', 'b', 'c')
CA = base64.b64encode(b'-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n').decode()


def fail(code, message, **members):
    """members: of the error's body, such as clusterName."""
    refusal = Refusal(code, message, STATUS[code])
    refusal.body.update(members)
    return refusal


class Update:
    def __init__(self, kind, params, started, lasts, outcome='Successful', errors=()):
        self.id, self.kind, self.params = str(uuid.uuid4()), kind, params
        self.started, self.ends = started, started + lasts
        self.status, self.outcome, self.errors = 'InProgress', outcome, list(errors)
        self.config = self.hook = None

    def told(self):
        return {'id': self.id, 'status': self.status, 'type': self.kind, 'params': self.params,
                'createdAt': round(self.started, 3), 'errors': self.errors}


class Cluster:
    def __init__(self, name, region, created, **facts):
        self.name, self.region, self.created = name, region, created
        self.version = facts.get('version', '1.30')
        self.status = facts.get('status', 'ACTIVE')
        self.ready = created  # from when it is ACTIVE
        self.endpoint = facts.get('endpoint') or 'https://' + hashlib.sha256(
            name.encode()).hexdigest()[:32].upper() + f'.gr7.{region}.eks.amazonaws.com'
        self.ca = facts.get('ca', CA)
        self.config = None  # what encryptionConfig tells, and the key and grant behind it
        self.key_arn = self.grant_id = None
        self.issues = facts.get('issues', [])
        self.outpost, self.connector = facts.get('outpost'), facts.get('connector')
        self.token = facts.get('token')
        self.request = facts.get('request') or {'subnetIds': ['subnet-0a', 'subnet-0b']}
        self.role = facts.get('role') or f'arn:{partition(region)}:iam::{ACCOUNT}:role/eks'
        self.tags = facts.get('tags', {})
        self.public = facts.get('public', True)
        self.updates, self.tokens = [], {}

    @property
    def arn(self):
        return f'arn:{partition(self.region)}:eks:{self.region}:{ACCOUNT}:cluster/{self.name}'

    def told(self, issues):
        out = {'name': self.name, 'arn': self.arn, 'createdAt': round(self.created, 3),
               'version': self.version, 'roleArn': self.role, 'status': self.status,
               'resourcesVpcConfig': {
                   'subnetIds': self.request.get('subnetIds', []),
                   'securityGroupIds': self.request.get('securityGroupIds', []),
                   'vpcId': 'vpc-0', 'endpointPublicAccess': self.public,
                   'endpointPrivateAccess': not self.public, 'publicAccessCidrs': ['0.0.0.0/0']},
               'platformVersion': 'eks.9', 'tags': self.tags, 'health': {'issues': issues},
               'certificateAuthority': {}}
        if self.status != 'CREATING':
            out.update(endpoint=self.endpoint, certificateAuthority={'data': self.ca})
        if self.config:
            out['encryptionConfig'] = self.config
        if self.outpost:
            out['outpostConfig'] = {'outpostArns': [self.outpost],
                                    'controlPlaneInstanceType': 'm5.large'}
        if self.connector:
            out['connectorConfig'] = {'provider': self.connector, 'activationId': str(uuid.uuid4())}
            for member in ('version', 'endpoint', 'certificateAuthority', 'resourcesVpcConfig',
                           'platformVersion'):
                out.pop(member, None)
        return out


class Fake(aws_kms.Fake):
    def __init__(self, on_enabled=None, on_rotated=None, on_request=None):
        """on_enabled(name, key_arn): called in a thread when an association is about to be Successful,
        which it is once that has returned; if it raises, Failed. on_rotated(key_arn): same, when a key
        is rotated on demand, which lasts until that has returned. on_request(operation, when): called
        for each request to EKS when it is "asked", and when it is "done" and not yet answered."""
        self.on_enabled, self.on_rotated, self.on_request = on_enabled, on_rotated, on_request
        self.rotating = {}  # ARN: thread
        super().__init__()

    def reset(self):
        super().reset()
        self.ahead_s = 0
        self.settings = {'update_s': 600, 'create_s': 900, 'outcome': 'Successful', 'errors': [],
                         'echo_key': False, 'busy_as': 'ResourceInUseException', 'early': False}
        self.clusters = {}  # (region, name): Cluster
        self.add_cluster(name='prod')
        self.add_cluster(name='old', version='1.27')

    def now(self):
        return time.time() + self.clock_s + self.ahead_s

    def add_cluster(self, name, region=REGION, key=None, **facts):
        """key: ARN or alias of what it is encrypted with from its start."""
        cluster = self.clusters[region, name] = Cluster(name, region, self.now() - 86400, **facts)
        if key:
            config = {'resources': ['secrets'], 'provider': {'keyArn': key}}
            self.encrypt(cluster, config, self.key_of(cluster, config))

    def hello(self):
        return {**super().hello(), 'clusters': {
            f'{region}/{name}': c.arn for (region, name), c in self.clusters.items()}}

    def control(self, order):
        """Besides aws_kms.Fake.control: ahead_s: by how much more the clock of clusters, but not that of
        signatures, goes before; update_s, create_s; outcome and errors of associations that begin from
        now on; echo_key: DescribeCluster tells the key as it was given; early: encryptionConfig is told
        while the update runs; busy_as: the error while another update runs; clusters: [facts of
        add_cluster]; cluster: {name: attributes}; updates: {name: [{type, lasts_s, outcome}]} that
        others begin. denied may name an operation in one Region: "us-east-1/ListClusters"."""
        super().control(order)
        self.ahead_s = order.get('ahead_s', self.ahead_s)
        self.settings.update({n: v for n, v in order.items() if n in self.settings})
        for facts in order.get('clusters', []):
            self.add_cluster(**facts)
        for name, attributes in order.get('cluster', {}).items():
            for attribute, value in attributes.items():
                setattr(self.named(name), attribute, value)
        for name, updates in order.get('updates', {}).items():
            for one in updates:
                self.named(name).updates.append(Update(
                    one['type'], one.get('params', []), self.now(), one.get('lasts_s', 600),
                    one.get('outcome', 'Successful')))
        return self.hello()

    def named(self, name):
        """A cluster by its name, or Region/name."""
        region, _, rest = name.rpartition('/')
        return self.clusters[region or REGION, rest]

    # --- keys ---

    def key_of(self, cluster, config):
        """The key that EKS may use for a cluster, or what it says otherwise."""
        name = config['provider']['keyArn']
        where = {'clusterName': cluster.name}
        if not name.startswith(('arn:', 'alias/')):
            raise fail('InvalidParameterException', 'Invalid KMS key ARN', **where)
        try:
            key = self.find(cluster.region, name, 'CreateGrant')
        except Refusal as refusal:
            if refusal.body['__type'] == 'AccessDeniedException':
                raise self.no_grant(where) from None
            raise fail('InvalidParameterException', 'Could not find the KMS key', **where) from None
        if key.told.get('KeyManager') == 'AWS' or 'CreateGrant' in self.denied:
            raise self.no_grant(where)
        if key.spec != 'SYMMETRIC_DEFAULT' or key.usage != 'ENCRYPT_DECRYPT':
            raise fail('InvalidParameterException', 'The KMS key is not symmetric', **where)
        if key.state != 'Enabled':
            raise fail('InvalidRequestException', f'The KMS key is {key.state}', **where)
        return key

    @staticmethod
    def no_grant(where):
        return fail('InvalidRequestException', 'User not authorized to perform kms:CreateGrant', **where)

    def encrypt(self, cluster, config, key):
        service = 'eks.amazonaws.com'
        grant = {'GrantId': hashlib.sha256(os.urandom(8)).hexdigest(), 'KeyId': key.arn,
                 'GranteePrincipal': service, 'GranteeServicePrincipal': service,
                 'Operations': ['Encrypt', 'Decrypt', 'DescribeKey'], 'Name': str(uuid.uuid4()),
                 'IssuingAccount': f'arn:aws:iam::{ACCOUNT}:root', 'CreationDate': self.now()}
        key.grants.append(grant)
        told = config['provider']['keyArn'] if self.settings['echo_key'] else key.arn
        cluster.config = [{'resources': ['secrets'], 'provider': {'keyArn': told}}]
        cluster.key_arn, cluster.grant_id = key.arn, grant['GrantId']

    def issues(self, cluster):
        found = list(cluster.issues)
        if cluster.key_arn:
            region, key_id = cluster.key_arn.split(':')[3], cluster.key_arn.rsplit('/', 1)[1]
            key = self.keys.get((region, key_id))
            if not key:
                code, text = 'KmsKeyNotFound', 'The KMS key for the cluster does not exist.'
            elif not any(g['GrantId'] == cluster.grant_id for g in key.grants):
                code, text = 'KmsGrantRevoked', 'The grants on the KMS key were revoked.'
            else:
                code, text = ISSUES.get(key.state, (None, None))
            if code:
                found.append({'code': code, 'message': text, 'resourceIds': [cluster.key_arn]})
        return found

    def op_RotateKeyOnDemand(self, region, request):
        key = self.managed(region, request, 'RotateKeyOnDemand')
        if key.arn in self.rotating and self.rotating[key.arn].is_alive():
            raise Refusal('ConflictException', 'A rotation of this key is in progress.')
        answer = super().op_RotateKeyOnDemand(region, request)
        if self.on_rotated:
            self.rotating[key.arn] = threading.Thread(target=self.on_rotated, args=(key.arn,),
                                                      daemon=True)
            self.rotating[key.arn].start()
        return answer

    def op_GetKeyRotationStatus(self, region, request):
        answer = super().op_GetKeyRotationStatus(region, request)
        thread = self.rotating.get(answer['KeyId'])
        if thread and thread.is_alive():
            answer['OnDemandRotationStartDate'] = time.time()
        return answer

    # --- time ---

    def settle(self):
        """What the clock has brought about."""
        for cluster in self.clusters.values():
            if cluster.status == 'CREATING' and self.now() >= cluster.ready:
                cluster.status = 'ACTIVE'
            for update in cluster.updates:
                if update.status == 'InProgress' and self.now() >= update.ends:
                    self.finish(cluster, update)

    def finish(self, cluster, update):
        if update.config and update.outcome == 'Successful' and self.on_enabled:
            if not update.hook:
                update.hook = threading.Thread(target=self.run_hook, args=(cluster, update),
                                               daemon=True)
                update.hook.start()
            if update.hook.is_alive():
                return
        update.status = update.outcome
        if cluster.status == 'UPDATING':
            cluster.status = 'ACTIVE'
        if not update.config:
            return
        if update.status != 'Successful':
            cluster.config = None
        elif not cluster.key_arn:
            self.encrypt(cluster, update.config[0], update.config[1])

    def run_hook(self, cluster, update):
        try:
            self.on_enabled(cluster.name, update.config[1].arn)
        except Exception as error:  # pylint: disable=broad-exception-caught
            update.outcome = 'Failed'
            update.errors = [{'errorCode': 'Unknown', 'errorMessage': repr(error),
                              'resourceIds': [cluster.name]}]

    # --- operations ---

    def cluster_of(self, region, name):
        if not NAME.fullmatch(name) or len(name) > 100:
            raise fail('InvalidParameterException', f'The cluster name {name} is not valid.',
                       clusterName=name)
        if (region, name) not in self.clusters:
            raise fail('ResourceNotFoundException', f'No cluster found for name: {name}.',
                       clusterName=name)
        return self.clusters[region, name]

    @staticmethod
    def config_of(body, where):
        configs = body.get('encryptionConfig')
        if not isinstance(configs, list) or len(configs) != 1 or not isinstance(configs[0], dict):
            if isinstance(configs, list) and any('provider' not in one for one in configs):
                raise fail('InvalidParameterException', 'KeyArn is required', **where)
            raise fail('InvalidParameterException', 'Exactly one encryption config is required', **where)
        provider = configs[0].get('provider') or {}
        if not provider.get('keyArn'):
            raise fail('InvalidParameterException', 'KeyArn is required', **where)
        if (configs[0].get('resources') or ['secrets']) != ['secrets']:
            raise fail('InvalidParameterException', 'Only secrets can be encrypted', **where)
        return configs[0]

    def page(self, operation, request, items, name):
        if operation in aws_kms.LIMITS:
            return super().page(operation, request, items, name)
        most = request.get('maxResults', '100')
        if not re.fullmatch(r'[0-9]{1,4}', most) or not 1 <= int(most) <= 100:
            raise fail('InvalidParameterException', 'maxResults must be from 1 to 100')
        size, start = min(int(most), self.page_size or 100), 0
        if 'nextToken' in request:
            match = re.fullmatch(r'from/\+([0-9]+)==', request['nextToken'])
            if not match:
                raise fail('InvalidParameterException', 'Invalid nextToken')
            start = int(match[1])
        out = {name: items[start:start + size]}
        if start + size < len(items):
            out['nextToken'] = f'from/+{start + size}=='
        return out

    def associate(self, region, name, query, body):
        cluster = self.cluster_of(region, name)
        where = {'clusterName': name}
        config = self.config_of(body, where)
        token = body.get('clientRequestToken') or str(uuid.uuid4())
        if token in cluster.tokens:
            update, known = cluster.tokens[token]
            if known != config:
                raise fail('InvalidRequestException', 'The client request token was already used with '
                           'other parameters', **where)
            return {'update': update.told()}
        if cluster.outpost or cluster.connector:
            raise fail('InvalidRequestException',
                       f'Cluster {name} does not support envelope encryption', **where)
        if cluster.config and not any(u.status == 'InProgress' and u.config
                                      for u in cluster.updates):
            raise fail('InvalidParameterException', 'Encryption is already enabled on the cluster',
                       **where)
        for running in cluster.updates:
            if running.status == 'InProgress':
                raise fail(self.settings['busy_as'], f'Cannot {ASSOCIATION} because cluster {name} '
                           f'currently has update {running.id} in progress', **where)
        if cluster.status != 'ACTIVE':
            raise fail('ResourceInUseException', f'Cannot {ASSOCIATION} because cluster {name} is '
                       f'{cluster.status}', **where)
        key = self.key_of(cluster, config)
        update = Update(ASSOCIATION, [{'type': 'EncryptionConfig', 'value': json.dumps(
            [{'resources': ['secrets'], 'provider': {'keyArn': config['provider']['keyArn']}}],
            separators=(',', ':'))}], self.now(), self.settings['update_s'], self.settings['outcome'],
            self.settings['errors'])
        update.config = (config, key)
        cluster.updates.append(update)
        cluster.tokens[token] = (update, config)
        cluster.status = 'UPDATING'
        if self.settings['early']:
            cluster.config = [{'resources': ['secrets'], 'provider': {'keyArn': key.arn}}]
        return {'update': update.told()}

    def describe_update(self, region, name, query, body, update_id):
        cluster = self.cluster_of(region, name)
        for update in cluster.updates:
            if update.id == update_id:
                return {'update': update.told()}
        raise fail('ResourceNotFoundException', f'No update found for ID: {update_id}',
                   clusterName=name)

    def list_updates(self, region, name, query, body):
        items = [update.id for update in self.cluster_of(region, name).updates]
        return self.page('ListUpdates', query, items, 'updateIds')

    def describe_cluster(self, region, name, query, body):
        cluster = self.cluster_of(region, name)
        return {'cluster': cluster.told(self.issues(cluster))}

    def list_clusters(self, region, query, body):
        items = [c.name for (where, _), c in sorted(self.clusters.items(), key=lambda item: item[0])
                 if where == region and (not c.connector or query.get('include') == 'all')]
        return self.page('ListClusters', query, items, 'clusters')

    def create_cluster(self, region, query, body):
        name, vpc = body.get('name'), body.get('resourcesVpcConfig') or {}
        where = {'clusterName': name}
        if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > 100:
            raise fail('InvalidParameterException', 'The cluster name is not valid.', **where)
        token, known = body.get('clientRequestToken'), self.clusters.get((region, name))
        if known and token and token == known.token:
            return {'cluster': known.told([])}
        if known:
            raise fail('ResourceInUseException', f'Cluster already exists with name: {name}', **where)
        if not re.fullmatch(r'arn:aws[a-z-]*:iam::[0-9]{12}:role/.+', body.get('roleArn') or ''):
            raise fail('InvalidParameterException', 'The role ARN is not valid.', **where)
        subnets = vpc.get('subnetIds') or []
        unknown = [s for s in subnets if s not in SUBNETS]
        if unknown:
            raise fail('InvalidParameterException', f'The subnet ID {unknown[0]!r} does not exist',
                       **where)
        zones = {SUBNETS[s] for s in subnets}
        if FULL_ZONE in zones:
            raise fail('UnsupportedAvailabilityZoneException', f'{region}{FULL_ZONE} has no room for a '
                       'cluster', validZones=[region + zone for zone in ROOM], **where)
        if len(zones) < 2:
            raise fail('InvalidParameterException',
                       'Subnets specified must be in at least two different AZs', **where)
        cluster = Cluster(name, region, self.now(), version=body.get('version', '1.30'), token=token,
                          request=vpc, role=body['roleArn'], tags=body.get('tags', {}),
                          status='CREATING', public=vpc.get('endpointPublicAccess', True))
        cluster.ready = self.now() + self.settings['create_s']
        if body.get('encryptionConfig'):
            config = self.config_of(body, where)
            self.encrypt(cluster, config, self.key_of(cluster, config))
        self.clusters[region, name] = cluster
        return {'cluster': cluster.told([])}

    ROUTES = [
        ('POST', r'/clusters', 'CreateCluster', create_cluster),
        ('GET', r'/clusters', 'ListClusters', list_clusters),
        ('GET', r'/clusters/([^/]*)', 'DescribeCluster', describe_cluster),
        ('POST', r'/clusters/([^/]*)/encryption-config/associate', ASSOCIATION, associate),
        ('GET', r'/clusters/([^/]*)/updates', 'ListUpdates', list_updates),
        ('GET', r'/clusters/([^/]*)/updates/([^/]*)', 'DescribeUpdate', describe_update),
    ]

    # --- requests ---

    def route(self, method, path):
        for wanted, pattern, operation, function in self.ROUTES:
            match = re.fullmatch(pattern, path)
            if match and wanted == method:
                return operation, function, [urllib.parse.unquote(part) for part in match.groups()]
        raise Refusal('UnknownOperationException', None, 404)

    def answer_eks(self, method, target, headers, body):
        path, _, query = target.partition('?')
        operation, function, names = self.route(method, path)
        pairs = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.requests.append({'operation': operation, 'method': method, 'path': path, 'query': pairs,
                              'headers': headers, 'body': body.decode()})
        entry = self.requests[-1]
        self.tell(operation, 'asked')
        with self.lock:
            lost = self.take_fault(operation)
            region, key_id = verify(self, method, target, headers, body, 'eks')
            if {operation, f'{region}/{operation}'} & self.denied:
                raise Refusal('AccessDeniedException', f'User: {identity(key_id)["Arn"]} is not '
                              f'authorized to perform: eks:{operation} on resource: arn:'
                              f'{partition(region)}:eks:{region}:{ACCOUNT}:cluster/'
                              f'{names[0] if names else "*"}', 403, member='Message')
            try:
                request = json.loads(body) if body else {}
            except ValueError:
                raise Refusal('SerializationException', None, 400) from None
            self.settle()
            entry['answer'] = function(self, region, *names[:1], pairs, request, *names[1:])
        self.tell(operation, 'done')
        if lost:
            raise Cut
        return entry['answer']

    def tell(self, operation, when):
        if self.on_request:
            self.on_request(operation, when)


class Handler(aws_kms.Handler):
    def serve_eks(self, body=b''):
        fake, status, kind = self.server.fake, 200, None
        headers = {k.lower(): v for k, v in self.headers.items()}
        try:
            answer = fake.answer_eks(self.command, self.path, headers, body)
        except Refusal as refusal:
            answer = dict(refusal.body)
            kind = answer.pop('__type')
            status = refusal.status
            if kind not in STATUS:  # from what stands before the service, which writes it longer
                kind += ':http://internal.amazon.com/coral/com.amazon.coral.service/'
                status = 403 if status == 400 and 'Serialization' not in kind else status
        except Cut:
            self.close_connection = True
            return
        self.send_text(status, json.dumps(answer), 'application/json', str(uuid.uuid4()),
                       {'x-amzn-ErrorType': kind} if kind else {})

    def do_GET(self):
        if self.path.startswith('/clusters'):
            self.serve_eks()
        else:
            super().do_GET()

    def do_POST(self):
        if self.path.startswith('/clusters'):
            self.serve_eks(self.body())
        elif self.path == '/_fake/token':
            order = json.loads(self.body())
            try:
                self.reply(200, verify_token(self.server.fake, order['token'], order['cluster']))
            except Refusal as refusal:
                self.reply(401, refusal.body)
        else:
            super().do_POST()


class Service:
    """The fake in this process, for tests that hang something on what happens to it."""

    def __init__(self, tls=(), **hooks):
        self.fake = Fake(**hooks)
        self.server, self.url = aws_kms.start(self.fake, Handler, tls)

    def control(self, **order):
        with self.fake.lock:
            return self.fake.control(order)

    def requests(self, operation=None):
        with self.fake.lock:
            return [r for r in self.fake.requests if operation in (None, r['operation'])]

    def token(self, token, cluster):
        """Who presents a bearer token, or Refusal."""
        return verify_token(self.fake, token, cluster)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


if __name__ == '__main__':
    aws_kms.main(sys.argv[1:], Fake(), Handler)

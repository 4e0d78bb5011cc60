#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Container Service for Kubernetes (CS, API 2015-12-15) as it is documented, with the services around it:
KMS (alibaba_kms.py), STS (alibaba_sts.py), ActionTrail (alibaba_trail.py) and RAM (alibaba_ram.py), each
on a loopback port of its own, with one set of callers, one clock and one memory of what was asked.

    ack.py [--tls CERT KEY]

Writes one line of JSON with what a client needs to standard output, and ends when its standard input
does. POST /_fake at any port changes what the services are like (Fake.control); GET /_fake tells what
they were asked. A test in the same process makes a Fake, calls serve() and sets its fields.

It is judged by Alibaba's own clients in tests/partners/ack, and knows nothing of ours.
"""
import json
import os
import re
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import alibaba_kms  # noqa: E402
import alibaba_sts  # noqa: E402
from ack_clusters import Cluster, Task  # noqa: E402
from alibaba_gateway import Rpc, start  # noqa: E402
from alibaba_ram import Ram  # noqa: E402
from alibaba_signing import Refusal  # noqa: E402
from alibaba_trail import ActionTrail  # noqa: E402

REGION, ACCOUNT = alibaba_kms.REGION, alibaba_kms.ACCOUNT
ROLE = 'AliyunCSManagedSecurityRole'
SECURITY_ROLE_KEY = 'STS.security'  # the access key that the control plane's plugin has
PRO = ('ack.pro.small', 'ack.pro.xlarge', 'ack.pro.2xlarge', 'ack.pro.4xlarge')
ROUTES = [
    ('PUT', r'/clusters/([^/]+)/kms', 'UpdateKMSEncryption'),
    ('GET', r'/clusters/([^/]+)', 'DescribeClusterDetail'),
    ('GET', r'/api/v1/clusters', 'DescribeClustersV1'),
    ('POST', r'/clusters', 'CreateCluster'),
    ('GET', r'/tasks/([^/]+)', 'DescribeTaskInfo'),
    ('GET', r'/clusters/([^/]+)/tasks', 'DescribeClusterTasks'),
    ('GET', r'/events', 'DescribeEvents'),
    ('POST', r'/ram/check-service-role', 'CheckServiceRole'),
    ('GET', r'/k8s/([^/]+)/user_config', 'DescribeClusterUserKubeconfig'),
]


def invalid(name, value=''):
    return Refusal(400, 'InvalidParameter', f'The parameter {name} is not valid: {value}.')


class Cs:
    """version: of the API. rbac: the access keys with the role that an update needs, None = all."""

    name, version = 'cs', '2015-12-15'

    def __init__(self, fake):
        self.fake = fake
        self.clusters = {}
        self.granted = {ROLE}
        self.rbac = None
        self.update_body = False  # whether an accepted update is answered with a body

    def add(self, **settings):
        cluster = Cluster(settings.pop('region', REGION), self.fake.now(), **settings)
        self.clusters[cluster.id] = cluster
        return cluster

    @staticmethod
    def dress(answer, _):
        return answer

    @staticmethod
    def refusal(refusal, request_id, _):
        return {'code': refusal.code, 'message': refusal.message, 'requestId': request_id,
                'status': refusal.status, 'accessDeniedDetail': None}

    def perform(self, action, key_id, request):
        """The path says what is asked; the header must say the same."""
        if request.headers.get('x-acs-version') != self.version:
            raise Refusal(404, 'InvalidVersion', 'Specified parameter Version is not valid.')
        for method, pattern, name in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                break
        else:
            raise Refusal(404, 'InvalidAction.NotFound', 'Specified api is not found.')
        if name != action:
            raise Refusal(400, 'InvalidAction', 'The header names another api than the path.')
        self.fake.demand(action, key_id, Refusal(
            403, 'StatusForbidden', f'not authorized to perform cs:{action}'))
        for cluster in self.clusters.values():
            cluster.settle(self.fake.now())
        query = request.parameters()
        body = self.read_body(request) if method in ('PUT', 'POST') else {}
        words = re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower()
        return getattr(self, words)(*match.groups(), query=query, body=body, key_id=key_id)

    @staticmethod
    def read_body(request):
        kind = request.headers.get('content-type', '').split(';')[0]
        try:
            body = json.loads(request.body or b'{}')
        except ValueError:
            body = None
        if not isinstance(body, dict) or (request.body and kind != 'application/json'):
            raise Refusal(400, 'BadRequest', 'The body is no object of JSON.')
        return body

    def find(self, cluster_id):
        cluster = self.clusters.get(cluster_id)
        if not cluster:
            raise Refusal(404, 'ErrorClusterNotFound', f'cluster ({cluster_id}) not found in our '
                          'records')
        return cluster

    def check_key(self, key_id):
        """As documented: Aliyun_AES_256, ENCRYPT/DECRYPT, no key of a service. Ids only."""
        key = self.fake.kms.keys.get(key_id)
        if not key or key.account != ACCOUNT:
            raise Refusal(400, 'KMSKeyNotFound', 'The specified key is not found.')
        if (key.spec, key.usage) != ('Aliyun_AES_256', 'ENCRYPT/DECRYPT') or (
                not key.creator.isdigit()):
            raise Refusal(400, 'InvalidKMSKey', 'The specified key cannot be used.')
        if key.state != 'Enabled':
            raise Refusal(400, 'InvalidKMSKeyState', f'The key is {key.state}.')
        if ROLE not in self.granted:
            raise Refusal(403, 'ErrorCheckAcl', f'The role does not exist: {ROLE}')

    def update_kmsencryption(self, cluster_id, query, body, key_id):
        del query
        cluster, now = self.find(cluster_id), self.fake.now()
        if self.rbac is not None and key_id not in self.rbac:
            raise Refusal(403, 'ForbiddenUpdateKMSState', 'Forbidden query cluster permissions: the '
                          'RBAC role of cluster administrator or O&M engineer is needed.')
        disabled, key = body.get('disable_encryption', False), body.get('kms_key_id')
        if not isinstance(disabled, bool) or set(body) - {'disable_encryption', 'kms_key_id'}:
            raise invalid('disable_encryption', disabled)
        if cluster.kind != 'ManagedKubernetes' or cluster.spec not in PRO:
            raise Refusal(400, 'ClusterNotSupport', 'The cluster does not support it.')
        if cluster.state != 'running' or cluster.change or cluster.cools(now):
            raise Refusal(409, 'ErrorClusterState', 'The cluster is being changed, or was changed less '
                          'than five minutes ago.')
        if not disabled:
            if not key:
                raise invalid('kms_key_id')
            self.check_key(key)
        cluster.begin((cluster.key if disabled else key, disabled), now)
        if not self.update_body:
            return 200, None
        return 202, {'cluster_id': cluster.id, 'task_id': cluster.tasks[-1].id,
                     'request_id': str(uuid.uuid4()).upper()}

    def describe_cluster_detail(self, cluster_id, query, body, key_id):
        del query, body, key_id
        return 200, self.find(cluster_id).detail()

    @staticmethod
    def page(query, items, default, most):
        texts = query.get('page_number', '1'), query.get('page_size', str(default))
        if not all(text.isdigit() and int(text) > 0 for text in texts) or int(texts[1]) > most:
            raise invalid('page_size', texts)
        number, size = map(int, texts)
        return items[(number - 1) * size:number * size], {
            'page_number': number, 'page_size': size, 'total_count': len(items)}

    def describe_clusters_v1(self, query, body, key_id):
        del body, key_id
        fields = {'name': 'name', 'cluster_type': 'cluster_type', 'cluster_spec': 'cluster_spec',
                  'profile': 'profile', 'region_id': 'region_id', 'cluster_id': 'cluster_id'}
        found = [detail for detail in (one.detail() for one in self.clusters.values())
                 if all(query[name] in (detail[field] if name == 'name' else [detail[field]])
                        for name, field in fields.items() if name in query)]
        found, info = self.page(query, found, 10, 50)
        return 200, {'clusters': found, 'page_info': info}

    def create_cluster(self, query, body, key_id):
        del query, key_id
        if body.get('cluster_type') != 'ManagedKubernetes' or not body.get('name'):
            raise invalid('cluster_type', body.get('cluster_type'))
        if body.get('region_id') != REGION:
            raise invalid('region_id', body.get('region_id'))
        key, spec = body.get('encryption_provider_key'), body.get('cluster_spec', 'ack.standard')
        if key:
            if spec not in PRO:
                raise Refusal(400, 'ClusterNotSupport', 'Only Pro clusters encrypt Secrets.')
            self.check_key(key)
        cluster = self.add(name=body['name'], spec=spec, state='initial',
                           profile=body.get('profile', 'Default'))
        cluster.pace = dict(self.fake.create_pace)
        cluster.begin((key, False if key else None), self.fake.now(), 'cluster_create')
        return 202, {'cluster_id': cluster.id, 'task_id': cluster.tasks[-1].id,
                     'request_id': str(uuid.uuid4()).upper()}

    def describe_task_info(self, task_id, query, body, key_id):
        del query, body, key_id
        for cluster in self.clusters.values():
            for task in cluster.tasks:
                if task.id == task_id:
                    return 200, task.whole()
        raise Refusal(404, 'TaskNotFound', 'The task is not found.')

    def describe_cluster_tasks(self, cluster_id, query, body, key_id):
        del body, key_id
        tasks, info = self.page(query, [task.brief() for task in reversed(
            self.find(cluster_id).tasks)], 50, 100)
        return 200, {'tasks': tasks, 'page_info': info, 'requestId': str(uuid.uuid4()).upper()}

    def describe_events(self, query, body, key_id):
        del body, key_id
        events = [event for cluster in self.clusters.values() for event in cluster.events
                  if query.get('cluster_id', cluster.id) == cluster.id
                  and query.get('type', event['type']) == event['type']]
        events, info = self.page(query, sorted(
            events, key=lambda event: event['time'], reverse=True), 50, 50)
        return 200, {'events': events, 'page_info': info}

    def check_service_role(self, query, body, key_id):
        del query, key_id
        names = [role.get('name') for role in body.get('roles', [])]
        return 200, {'roles': [{
            'name': name, 'granted': name in self.granted,
            'message': '' if name in self.granted else f'The role does not exist: {name}'}
            for name in names]}

    def describe_cluster_user_kubeconfig(self, cluster_id, query, body, key_id):
        del body, key_id
        minutes = query.get('TemporaryDurationMinutes', '')
        if minutes and not (minutes.isdigit() and 15 <= int(minutes) <= 4320):
            raise invalid('TemporaryDurationMinutes', minutes)
        if query.get('PrivateIpAddress', 'false').lower() not in ('true', 'false'):
            raise invalid('PrivateIpAddress')
        life = int(minutes or 3 * 365 * 1440) * 60
        return 200, {'config': self.find(cluster_id).kubeconfig,
                     'expiration': alibaba_kms.now_text(life)}


class Sts(Rpc):
    """Who somebody is, as alibaba_sts.py tells it."""

    name, version = 'sts', '2015-04-01'

    def __init__(self, fake):
        super().__init__(fake)
        self.cloud = alibaba_sts.Cloud({}, ACCOUNT)

    def do_get_caller_identity(self, _, key_id):
        return self.cloud.identity(key_id)


class Fake:
    """The services, and what they share."""

    def __init__(self):
        self.kms = alibaba_kms.Fake({SECURITY_ROLE_KEY: ('security-secret', 'security+token/==')})
        self.now, self.demand, self.access = self.kms.now, self.kms.demand, self.kms.access
        self.cs, self.sts, self.ram = Cs(self), Sts(self.kms), Ram(self.kms)
        self.trail = ActionTrail(self.kms, REGION, ACCOUNT)
        self.create_pace = {}
        self.kms.watchers.append(self.record)
        self.kms.control = self.control
        self.keys_at_first = {key_id: dict(vars(key)) for key_id, key in self.kms.keys.items()}
        self.reset_ram()
        self.ports = {}

    def reset_ram(self):
        self.ram.users = {'ltai-fixed': [('AliyunKMSCryptoAdminAccess', 'System'),
                                         ('AliyunCSFullAccess', 'System')], 'ltai-nobody': []}
        self.ram.roles = {'temporary': [('AdministratorAccess', 'System')]}
        self.ram.groups, self.ram.member_of = {}, {}

    def record(self, action, access_key, key):
        if action not in ('Encrypt', 'Decrypt', 'GenerateDataKey'):
            return
        if access_key == SECURITY_ROLE_KEY:
            self.trail.record(action, access_key, key, ROLE.lower(), 'kms-plugin')
        else:
            self.trail.record(action, access_key, key, access_key[4:]
                              if access_key.startswith('STS.') else None)

    def find(self, cluster):
        """By id or name."""
        return next(one for one in self.cs.clusters.values() if cluster in (one.id, one.name))

    def control(self, order):
        """
        As of KMS, and: cluster: [settings of new ones]; change: {id or name: {attribute: value}}; granted,
        rbac, update_body of CS; create_pace; trail: {attribute: value}; ram: {attribute: value}; used: [{action,
        key, role, session}] for the trail; task: {cluster: {code, message}} fails a task of it now. The
        answer has the ids of new clusters. reset leaves no cluster, and keys and RAM as at first.
        """
        type(self.kms).control(self.kms, order)
        if order.get('reset'):
            self.cs.clusters.clear()
            self.cs.granted, self.cs.rbac, self.cs.update_body = {ROLE}, None, False
            self.trail.events.clear()
            self.trail.calls.clear()
            self.trail.delay_s, self.trail.a_second, self.create_pace = 0, None, {}
            for key_id in self.access:
                self.access[key_id].denied = {'*'} if key_id == 'LTAI-nobody' else set()
            self.reset_ram()
            for key_id, facts in self.keys_at_first.items():
                vars(self.kms.keys[key_id]).update(facts)
        if 'granted' in order:
            self.cs.granted = set(order['granted'])
        for name in ('rbac', 'update_body'):
            setattr(self.cs, name, order.get(name, getattr(self.cs, name)))
        self.create_pace = order.get('create_pace', self.create_pace)
        for target, name in ((self.trail, 'trail'), (self.ram, 'ram')):
            for attribute, value in order.get(name, {}).items():
                setattr(target, attribute, value)
        for use in order.get('used', []):
            self.trail.record(use['action'], use.get('access_key', SECURITY_ROLE_KEY),
                              self.kms.find(use['key']), use.get('role'),
                              use.get('session', 'session'))
        made = [self.cs.add(**settings).id for settings in order.get('cluster', [])]
        for cluster, changes in order.get('change', {}).items():
            for attribute, value in changes.items():
                setattr(self.find(cluster), attribute, value)
        for name, error in order.get('task', {}).items():
            cluster = self.find(name)
            cluster.tasks.append(Task(cluster.id, 'cluster_modify', self.now()))
            cluster.tasks[-1].end(error, self.now())
        return {'clusters': made}

    def serve(self, tls=None):
        """Starts; what a client needs to know."""
        services = {'cs': self.cs, 'kms': self.kms.shared, 'sts': self.sts, 'ram': self.ram,
                    'actiontrail': self.trail}
        self.ports = {name: start(self.kms, service, tls) for name, service in services.items()}
        return self.kms.facts() | {'ports': self.ports}


def main(arguments):
    print(json.dumps(Fake().serve(arguments[1:3] if arguments[:1] == ['--tls'] else None)),
          flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    main(sys.argv[1:])

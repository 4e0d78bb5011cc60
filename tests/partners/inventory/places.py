# SPDX-License-Identifier: Apache-2.0
"""The fake clouds as the command meets them: where they are, what they were asked, and how they are
when it begins. Each row of the inventory and each refusal has a cloud of its own."""
import base64
import json
import os
import sys
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ('..', '../eks', '../aws', '../iks', '../kubeserver', '../../fakes'):
    sys.path.append(os.path.join(HERE, folder))
# pylint: disable=wrong-import-position
import ack  # noqa: E402
import aws_kms  # noqa: E402
import eks  # noqa: E402
import iks  # noqa: E402
import kube_proxy  # noqa: E402
from aws_signing import Refusal  # noqa: E402
from ibm_key_protect import IAM_IDS, INSTANCE, KEY  # noqa: E402

OLD = '2026-01-01T00:00:00Z'
NOWHERE = 'https://127.0.0.1:1'  # an API server that is out of reach
ROLE = 'arn:aws:iam::111122223333:role/eks'


def fields(value, prefix=''):
    """{dotted name: text} of JSON."""
    if not isinstance(value, (dict, list)):
        return {prefix[:-1]: value if isinstance(value, str) else json.dumps(value)}
    out = {}
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        out.update(fields(member, f'{prefix}{name}.'))
    return out


def json_or_none(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


class Request:
    """What a cloud, or an API server, was asked. words: fields of body, query and operation."""

    def __init__(self, method, path, body='', query=None, **more):
        self.method, self.path, self.body = method, path, body
        self.fields = {**fields(json_or_none(body) or {}), **(query or {}), **more}


class Place:
    """names: what a command line says in braces. prepared: whether the API server is a real one."""

    def __init__(self, folder):
        self.folder, self.names, self.environment, self.kube = str(folder), {}, {}, None
        self.proxy = None

    def given(self, words, kube):
        """Makes it as the words say, each of which is a function here: api, or key=value."""
        self.kube = kube
        if kube:
            self.names['etcd'] = kube.etcd.url
        for word in words:
            name, _, value = word.partition('=')
            getattr(self, 'given_' + name.replace('-', '_'))(*([value] if value else []))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def asked_of_server(self):
        if not self.proxy:
            return []
        with self.proxy.lock:
            return [Request(r.method, r.path.partition('?')[0], (r.body or b'').decode('utf-8', 'replace'),
                            r.query()) for r in self.proxy.requests]

    def put_proxy(self):
        self.proxy = self.kube.proxy()
        self.proxy.__enter__()
        with open(self.kube.ca, 'rb') as file:
            return file.read()

    def close(self):
        if self.proxy:
            self.proxy.__exit__()


class Eks(Place):
    def __init__(self, folder):
        super().__init__(folder)
        self.service = eks.Service()
        hello = self.hello = self.service.control(update_s=0, create_s=0, cluster={
            name: {'endpoint': NOWHERE} for name in ('prod', 'old')})
        secret = hello['access']['AKIAFIXED']['secret']
        self.environment = {
            'AWS_ACCESS_KEY_ID': 'AKIAFIXED', 'AWS_SECRET_ACCESS_KEY': secret,
            'AWS_ENDPOINT_URL_STS': self.service.url, 'AWS_ENDPOINT_URL_KMS': self.service.url}
        self.way = ['--endpoint-url', self.service.url, '--option', 'kms-endpoint=' + self.service.url]
        self.names = {'key': hello['key_1'], 'other': hello['key_2'], 'foreign': hello['foreign'],
                      'multi': hello['multi'], 'rsa': hello['rsa'], 'hmac': hello['hmac'],
                      'region': hello['region'], 'far': hello['other_region'], 'role': ROLE}

    def asked(self):
        out = []
        for one in self.service.requests():
            more = {'operation': one['operation']} if 'operation' in one else {}
            out.append(Request(one.get('method', 'POST'), one.get('path', '/'), one.get('body') or '',
                               one.get('query'), **more))
        return out + self.asked_of_server()

    def close(self):
        super().close()
        self.service.close()

    # --- how it is ---

    def admit(self, request):
        """Who has a token of EKS comes in."""
        token = request.headers.get('authorization', '').removeprefix('Bearer ')
        try:
            self.service.token(token, 'prod')
        except Refusal:
            return kube_proxy.status(401, 'Unauthorized').before(request)
        request.headers['authorization'] = 'Bearer ' + self.kube.token(self.user)
        return None

    user = 'admin'

    def given_api(self, user='admin'):
        """The API server is a real one, which lets the user in."""
        self.user = user
        ca = self.put_proxy()
        self.proxy.on(kube_proxy.Fault(before=self.admit), times=None)
        self.service.control(cluster={'prod': {'endpoint': self.proxy.url,
                                               'ca': base64.b64encode(ca).decode()}})

    def given_encrypted(self, key='key'):
        self.service.fake.add_cluster('prod', key=self.names[key])

    def given_no_keys(self):
        with self.service.fake.lock:
            self.service.fake.keys.clear()
            self.service.fake.aliases.clear()

    def given_shared(self):
        self.service.control(shared=[self.names['foreign']])

    def given_denied(self, operation):
        self.service.control(denied=[operation])

    def given_gated(self):
        statement = {'Effect': 'Allow', 'Action': 'kms:CreateGrant', 'Resource': '*',
                     'Principal': {'AWS': 'arn:aws:iam::111122223333:root'},
                     'Condition': {'Bool': {'kms:GrantIsForAWSResource': 'true'}}}
        self.service.control(policies={self.names['key']: json.dumps(
            {'Version': '2012-10-17', 'Statement': [statement]})})

    def given_key_state(self, state):
        self.service.control(states={self.names['key']: state})
        if state == 'PendingDeletion':
            self.service.control(told={self.names['key']: {'DeletionDate': 2000000000}})

    def given_aws_managed(self):
        self.service.control(told={self.names['key']: {'KeyManager': 'AWS'}})

    def given_status(self, status):
        self.service.control(cluster={'prod': {'status': status}})

    def given_outpost(self):
        self.service.control(cluster={'prod': {'outpost': 'arn:aws:outposts:x'}})

    def given_connected(self):
        self.service.control(cluster={'prod': {'connector': 'OTHER'}})

    def given_update(self, outcome='Successful'):
        """Somebody began the change with this key, which is over at once."""
        self.service.control(outcome=outcome)
        with self.service.fake.lock:
            told = self.service.fake.associate(
                self.names['region'], 'prod', {}, {'encryptionConfig': [
                    {'resources': ['secrets'], 'provider': {'keyArn': self.names['key']}}]})
        self.names['update'] = told['update']['id']

    def given_stranger(self):
        self.service.control(unknown=['AKIAFIXED'])

    def given_nobody(self):
        del self.environment['AWS_ACCESS_KEY_ID'], self.environment['AWS_SECRET_ACCESS_KEY']

    def given_far_key(self):
        """A key in another Region."""
        with self.service.fake.lock:
            key = self.service.fake.add(aws_kms.Key(self.names['far']))
        self.names['far-key'] = key.arn

    def given_far_cluster(self):
        """In the Region where the multi-Region key has its replica."""
        with self.service.fake.lock:
            self.service.fake.add_cluster('prod', region=self.names['far'], endpoint=NOWHERE)
        self.names['replica'] = self.names['multi'].replace(self.names['region'], self.names['far'])

    def given_file(self, name='prod'):
        self.write('cluster.yaml', f'''# A cluster with KMS encryption enabled
---
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig

metadata:
  name: {name}
  region: {self.names['region']}
  version: "1.30"

iam:
  serviceRoleARN: {ROLE}

vpc:
  subnets:
    private:
      {self.names['region']}a: {{ id: subnet-0a }}
      {self.names['region']}b: {{ id: subnet-0b }}

managedNodeGroups:
- name: ng
# more config

secretsEncryption:
  # KMS key used for envelope encryption of Kubernetes secrets
  keyARN: {self.names['key']}
''')

    def given_placeholders(self):
        self.write('cluster.yaml', '''apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata:
  name: prod
  region: eu-central-1
secretsEncryption:
  keyARN: arn:aws:kms:eu-central-1:<account>:key/<key>
''')

    def given_kubeconfig(self):
        """Of another cluster."""
        self.write('kubeconfig', json.dumps({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'dev',
            'clusters': [{'name': 'k', 'cluster': {'server': 'https://127.0.0.1:2'}}],
            'users': [{'name': 'u', 'user': {'token': 't'}}],
            'contexts': [{'name': 'dev', 'context': {'cluster': 'k', 'user': 'u'}}]}))


class Iks(Place):
    def __init__(self, folder):
        super().__init__(folder)
        cloud = self.cloud = iks.Cloud().start()
        self.cluster = cloud.add_cluster('mine', begins_after=2, lasts=2, restarts=None,
                                         registers_after=0, notices_after=0)
        self.environment = {'IBMCLOUD_API_KEY': 'api-key-of-a-manager'}
        self.way = ['--endpoint-url', cloud.url + '/global']
        self.way += ['--option', 'iam-url=' + cloud.keys.url, '--option', 'iam-endpoint=' + cloud.url]
        self.lead(cloud.keys)
        other = cloud.keys.add_key('two')
        self.names = {'instance': INSTANCE, 'crk': KEY, 'other': other.id, 'cluster': self.cluster.id,
                      'key': cloud.keys.keys[KEY].crn, 'other-key': other.crn}

    def lead(self, keys):
        """To a Key Protect, in the place of those of the Regions."""
        self.way = self.way[:6] + ['--option', 'kms-endpoint=' + keys.url,
                                   '--option', 'resource-controller=' + keys.url]

    def asked(self):
        out = []
        for fake in (self.cloud, *self.cloud.instances()):
            out += [Request(one['method'], one['path'], json.dumps(one['body']) if one['body'] else '',
                            one['query']) for one in fake.log]
        return out + self.asked_of_server()

    def close(self):
        super().close()
        self.cloud.stop()

    # --- how it is ---

    def given_api(self, user='admin'):
        ca = self.put_proxy()
        certificate, key = (open(p, encoding='utf-8').read() for p in self.kube.certificate(user))
        self.cluster.kube = {'server': self.proxy.url, 'ca': ca.decode(),
                             'token': self.kube.token(user), 'certificate': certificate, 'key': key}
        self.cluster.on = self.happen

    def happen(self, _cluster, event):
        """Without its root key the master answers nobody."""
        if event == 'unreachable':
            self.proxy.on(kube_proxy.Fault(before=lambda _: kube_proxy.Cut()), times=None)
        elif event == 'reachable':
            with self.proxy.lock:
                self.proxy.rules.clear()

    def given_encrypted(self, crk=KEY):
        self.cluster.change_key(self.cloud.keys.keys[self.names.get(crk, crk)], True)
        self.cloud.advance(60)

    def given_former(self):
        """It had the key, and has another one."""
        self.given_encrypted()
        self.given_encrypted(self.names['other'])
        key = self.cloud.keys.keys[KEY]
        key.register(self.cluster.crn)  # which nobody took away
        key.registrations[0].update(creationDate=OLD, lastUpdated=OLD)

    def given_kinds(self):
        self.cloud.add_cluster('old', provider='classic')
        self.cloud.add_cluster('edge', provider='satellite')

    def given_changing(self):
        self.cluster.set(lasts=3600)
        self.cluster.change_key(self.cloud.keys.keys[KEY], True)
        self.cloud.advance(60)

    def given_lasting(self):
        self.cluster.set(lasts=3600)

    def given_satellite(self):
        self.cluster.set(provider='satellite')

    def given_account(self):
        """A Key Protect of another account."""
        other = self.cloud.add_instance()
        self.keep(other, 'far')

    def given_hpcs(self):
        self.keep(self.cloud.add_instance(account=self.cloud.account, hpcs=True), 'hpcs')
        self.cloud.policies.allow(IAM_IDS['Manager'], ['Viewer', 'Reader'], 'hs-crypto')

    def keep(self, other, name):
        other.tokens = self.cloud.tokens  # one that its owner lets in
        self.lead(other)
        key = next(iter(other.keys.values()))
        self.names.update({name + '-instance': other.instance, name + '-crk': key.id,
                           name + '-account': other.account, name + '-key': key.crn})

    def given_key_state(self, state):
        self.cloud.keys.keys[KEY].state = int(state)

    def given_standard(self):
        self.cloud.keys.keys[KEY].extractable = True

    def given_expires(self):
        self.cloud.keys.keys[KEY].expires = self.cloud.now() + 10 * 86400 - 60

    def given_touched(self):
        """Something was done with the key just now."""
        self.cloud.keys.keys[KEY].changed = self.cloud.now()

    def given_rotated(self):
        self.cloud.keys.keys[KEY].rotated = self.cloud.now()

    def given_viewer(self):
        self.environment['IBMCLOUD_API_KEY'] = 'api-key-of-a-reader'

    def given_stranger(self):
        self.environment['IBMCLOUD_API_KEY'] = 'api-key-of-nobody'

    def given_broken(self):
        self.cluster.tell(self.cloud.now(), masterHealth='error', masterState='update_failed')

    def given_disabled(self):
        """And it noticed."""
        self.given_encrypted()
        self.given_key_state('2')
        self.cloud.keys.keys[KEY].tell('disable')
        self.cloud.advance(60)


class Ack(Place):
    def __init__(self, folder):
        super().__init__(folder)
        self.fake = ack.Fake()
        facts = self.fake.serve()
        with self.fake.kms.lock:
            self.cluster = self.fake.cs.add()
        secret = facts['access']['LTAI-fixed'][0]
        self.environment = {'ALIBABA_CLOUD_ACCESS_KEY_ID': 'LTAI-fixed',
                            'ALIBABA_CLOUD_ACCESS_KEY_SECRET': secret}
        hosts = {name: f'http://127.0.0.1:{port}' for name, port in facts['ports'].items()}
        self.way = ['--endpoint-url', hosts['cs']]
        for option, name in {'kms-endpoint': 'kms', 'sts-endpoint': 'sts', 'ram-endpoint': 'ram',
                             'actiontrail-endpoint': 'actiontrail'}.items():
            self.way += ['--option', f'{option}={hosts[name]}']
        self.names = {'region': facts['region'], 'cluster': self.cluster.id}
        for name, arn in facts['keys'].items():
            self.names.update({'key' if name == 'main' else name: arn,
                               'id' if name == 'main' else name + '-id': arn.rpartition('/')[2]})

    def order(self, **order):
        with self.fake.kms.lock:
            self.fake.control(order)

    def asked(self):
        with self.fake.kms.lock:
            return [Request(one['method'], one['path'], one['body'], {**one['query'], **one['form']},
                            operation=one['action'])
                    for one in self.fake.kms.requests] + self.asked_of_server()

    # --- how it is ---

    def given_api(self, user='admin'):
        ca = base64.b64encode(self.put_proxy()).decode()
        self.cluster.endpoint = self.proxy.url
        self.cluster.kubeconfig = json.dumps({
            'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'c',
            'clusters': [{'name': 'k', 'cluster': {'server': self.proxy.url,
                                                   'certificate-authority-data': ca}}],
            'users': [{'name': 'u', 'user': {'token': self.kube.token(user)}}],
            'contexts': [{'name': 'c', 'context': {'cluster': 'k', 'user': 'u'}}]})

    def given_encrypted(self, name='id'):
        self.cluster.key, self.cluster.disabled = self.names[name], False

    def given_used(self):
        """ActionTrail tells that the control plane used the key."""
        self.order(used=[{'action': 'Encrypt', 'key': self.names['key'],
                          'role': 'aliyuncsmanagedsecurityrole'}])

    def given_spec(self, spec):
        self.cluster.spec = spec

    def given_changed(self):
        """Less than five minutes ago."""
        self.cluster.begin((self.names['id'], False), self.fake.now())

    def given_key_state(self, state):
        self.order(state={self.names['key']: state})

    def given_rotates(self):
        self.order(key={self.names['key']: {'rotation': 'Enabled', 'interval': '31536000s'}})

    def given_service_key(self):
        self.order(key={self.names['key']: {'creator': 'secretsmanager'}})

    def given_no_role(self):
        self.order(granted=[])

    def given_account(self, status):
        self.order(status=status)

    def given_no_rbac(self):
        self.order(rbac=[])

    def given_state(self, state):
        self.cluster.state = state

    def given_no_policy(self):
        self.order(ram={'users': {'ltai-fixed': [('AliyunCSFullAccess', 'System')]}})

    def given_no_keys(self):
        with self.fake.kms.lock:
            self.fake.kms.keys.clear()
            self.fake.kms.aliases.clear()

    def given_stranger(self):
        self.environment['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] = 'wrong'


PLACES = {'eks': Eks, 'iks': Iks, 'ack': Ack}


def path_matches(pattern, path):
    """A star stands for one part of the path."""
    wanted, given = pattern.split('/'), urllib.parse.unquote(path).split('/')
    return len(wanted) == len(given) and all(w in ('*', g) for w, g in zip(wanted, given))

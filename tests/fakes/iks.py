#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""IBM Cloud Kubernetes Service as far as the encryption of Secrets goes, with the IAM, the Key
Protect and the resource controller of ibm_key_protect.py behind it, on ports of the loopback
interface.

    iks.py                        prints {"url": …, "keys": …, "cluster": …, …} and serves

What it imitates: the API of containers.cloud.ibm.com/global, by IBM's two clients for it, which
are its judges (tests/partners/iks). What clusters do over time stands in iks_cluster.py. Codes of
errors that begin with F are of this file; the others were seen in public reports, and nothing
public says what the service calls the rest.

    cloud = iks.Cloud().start()
    cluster = cloud.add_cluster('mine', lasts=900, fails='update_failed')
    cloud.advance(60)             # its clock; masters change when their time has come

A test sets fields at any time; another process posts JSON to /fake/set ({"advance": seconds,
"cluster": {name: {field: value}}, "fault": {…}}) and reads /fake/log.
"""
import http.server
import json
import sys
import threading
import uuid

import ibm_key_protect
from ibm_key_protect import IAM_IDS, Refusal
from ibm_policies import Policies
from iks_cluster import BUSY, SERVICE, Cluster

LOST = ('The specified cluster could not be found. If applicable, make sure that you target the '
        'correct account and resource group.')


class Fault(Refusal):
    """A refusal of the service's own form."""

    def __init__(self, status, code, description, kind='General', recovery=''):
        super().__init__(status, code, description)
        self.kind, self.recovery = kind, recovery


class Cloud:
    """The service. keys: the Key Protect (and IAM) of the account, whose clock is the clock.

    empty_reply     enableKMS answers with no body; else {} and 201
    authorizes      whether the service may read Key Protect of its own account; else E09c0
    """

    def __init__(self, keys=None):
        self.keys = keys or ibm_key_protect.Fake()
        self.account = self.keys.account
        self.others = []            # Key Protects of other accounts, and further ones of this
        self.clusters = []
        self.policies = Policies(self.account)
        self.empty_reply = False
        self.authorizes = True
        self.faults, self.log = [], []
        self.lock = self.keys.lock
        self.tokens = self.keys.tokens
        self.keys.listeners.append(self.key_event)
        for role, service in (('Administrator', 'Manager'), ('Editor', 'Writer'),
                              ('Viewer', 'Reader')):
            self.policies.allow(IAM_IDS[service], [role, service], SERVICE)
            self.policies.allow(IAM_IDS[service], [role, service], 'kms')
        outer = self

        class Handler(Exchange):
            fake = outer

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'

    def start(self):
        self.keys.start()
        threading.Thread(target=self.server.serve_forever, args=(0.02,),
                         daemon=True).start()
        return self

    def stop(self):
        for server in (self.server, self.keys.server, *(other.server for other in self.others)):
            server.shutdown()
            server.server_close()

    def now(self):
        return self.keys.now()

    def advance(self, seconds):
        with self.lock:
            self.keys.offset += seconds
            self.settle()

    def settle(self):
        for cluster in self.clusters:
            cluster.settle()

    def add_cluster(self, name, **options):
        self.clusters.append(Cluster(self, name, **options))
        return self.clusters[-1]

    def add_instance(self, instance=None, account=None, **options):
        """Another Key Protect, by default of another account, which has its own API keys."""
        other = ibm_key_protect.Fake(
            instance=instance or str(uuid.uuid4()), account=account or uuid.uuid4().hex,
            clock=self.keys, **options).start()
        other.listeners.append(self.key_event)
        if other.account == self.account:
            other.tokens = self.tokens
        self.others.append(other)
        return other

    def instances(self):
        return [self.keys, *self.others]

    def key_event(self, key, event):
        with self.lock:
            self.settle()
            for cluster in self.clusters:
                cluster.key_event(key, event)

    def control(self, orders):
        if 'fault' in orders:
            self.faults.append(dict(orders['fault']))
        for name, fields in orders.get('cluster', {}).items():
            next(c for c in self.clusters if name in (c.name, c.id)).set(**fields)
        self.advance(orders.get('advance', 0))
        return {}


class Exchange(ibm_key_protect.Exchange):
    """One connection."""

    def route(self, path, query, body):
        if path == '/fake/log':
            return 200, self.fake.log, {}
        if path == '/fake/set':
            return 200, self.fake.control(json.loads(body)), {}
        self.fake.settle()
        self.receive(path, query, body)
        asked = self.fake.policies.answer(self.command, path, query)
        if asked:
            self.role()
            return (*asked, {})
        operations = {
            ('GET', '/v2/getKMSInstances'): self.kms_instances,
            ('GET', '/v2/getCRKs'): self.root_keys,
            ('POST', '/v2/enableKMS'): self.enable_kms,
            ('GET', '/v2/getCluster'): self.get_cluster,
            ('GET', '/v2/vpc/getClusters'): self.get_clusters,
            ('GET', '/v2/classic/getClusters'): self.get_clusters,
            ('GET', '/v2/satellite/getClusters'): self.get_clusters,
            ('POST', '/v2/applyRBACAndGetKubeconfig'): self.kubeconfig,
            ('GET', '/v2/getKubeconfig'): self.kubeconfig,
        }
        operation = operations.get((self.command, path.removeprefix('/global')))
        if not operation or not path.startswith('/global/'):
            raise Fault(404, 'F0404', 'There is no such page.')
        self.who = IAM_IDS[self.role()]
        if self.headers.get('x-auth-resource-account') not in (None, '', self.fake.account):
            raise Fault(404, 'A0006', LOST, 'Authentication')
        self.path_asked = path
        return operation(query, self.members(body))

    def role(self):
        try:
            return super().role()
        except Refusal:
            raise Fault(401, 'F0401', 'The IAM access token is missing, invalid or expired.',
                        'Authentication', "To log in, run 'ibmcloud login'.") from None

    @staticmethod
    def refuse(refusal):
        if refusal.code is None:
            return refusal.status, refusal.message.encode(), refusal.headers
        return refusal.status, {
            'incidentID': str(uuid.uuid4()), 'code': refusal.code,
            'description': refusal.message, 'terseDescription': '',
            'type': getattr(refusal, 'kind', 'General'),
            'recoveryCLI': getattr(refusal, 'recovery', '')}, refusal.headers

    def members(self, body):
        if self.command != 'POST':
            return None
        if self.headers.get('content-type', '').split(';')[0] != 'application/json':
            raise Fault(415, 'F0415', 'JSON is wanted.')
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise Fault(400, 'F0400', 'The request body is not an object of JSON.')
        return parsed

    # -- clusters -----------------------------------------------------------------------------

    def need(self, cluster, role):
        has = self.fake.policies.roles(
            self.who, serviceName=SERVICE, serviceInstance=cluster.id, region=cluster.region,
            resourceGroupId=cluster.resource_group)
        if 'Viewer' not in has:
            raise Fault(404, 'G0004', LOST)
        if role not in has:
            raise Fault(403, 'F0403', f'You need the {role} role for this cluster.',
                        'Authentication')

    def find(self, name, role):
        """By id, or by a name that is one cluster's in the resource group of the request."""
        group = self.headers.get('x-auth-resource-group')
        found = [c for c in self.fake.clusters if name in (c.id, c.name) and
                 group in (None, '', c.resource_group)]
        if len(found) != 1:
            raise Fault(404, 'G0004', LOST, recovery='To list the clusters you have access to, '
                                                     "run 'ibmcloud ks cluster ls'.")
        self.need(found[0], role)
        return found[0]

    def get_cluster(self, query, _body):
        cluster = self.find(query.get('cluster', ''), 'Viewer')
        if cluster.silent:
            raise Fault(503, 'A0002', 'Could not connect to a backend service. Try again later.')
        return 200, cluster.show('v1-compatible' in query), {}

    def get_clusters(self, query, _body):
        kind = self.path_asked.split('/')[-2]
        wanted = query.get('provider')
        rows = [c.listed() for c in self.fake.clusters
                if c.provider.startswith(kind) and wanted in (None, c.provider) and
                'Viewer' in self.fake.policies.roles(
                    self.who, serviceName=SERVICE, serviceInstance=c.id, region=c.region,
                    resourceGroupId=c.resource_group)]
        return 200, rows, {}

    def kubeconfig(self, query, body):
        """The refresh token is what the token for the API server is made with."""
        asked = body if body is not None else query
        known = {'cluster', 'format', 'admin', 'network', 'endpointType'}
        if set(asked) - known:
            raise Fault(400, 'F0400', 'The request has unknown members.')
        cluster = self.find(asked.get('cluster', ''), 'Viewer')
        if self.headers.get('x-auth-refresh-token') not in self.fake.keys.refresh_tokens:
            raise Fault(401, 'F0401', 'The IAM refresh token is missing or invalid.',
                        'Authentication')
        if cluster.silent or not cluster.reachable:
            raise Fault(500, 'A0002', 'Could not connect to a backend service. Try again later.')
        style = asked.get('format', 'json')
        if style not in ('json', 'yaml', 'zip'):
            raise Fault(400, 'F0400', 'The format is not one of yaml and zip.')
        return 200, cluster.kubeconfig(str(asked.get('admin', '')).lower() == 'true', style), {}

    # -- keys ---------------------------------------------------------------------------------

    def kms_instances(self, _query, _body):
        return 200, [{'instance_id': i.instance, 'name': 'keys of tests', 'region': 'us-south',
                      'service': 'hs-crypto' if i.hpcs else 'kms'}
                     for i in self.fake.instances() if i.account == self.fake.account], {}

    def instance_of(self, instance, account):
        for fake in self.fake.instances():
            if (fake.instance, fake.account) == (instance, account):
                return fake
        raise Fault(404, 'F0409', 'Could not look up the key management service instance.', 'KMS')

    def root_keys(self, query, _body):
        fake = self.instance_of(query.get('kms_instance', ''), self.fake.account)
        return 200, [{'crk_id': key.id, 'name': key.name} for key in fake.keys.values()
                     if not key.extractable and key.current_state() == 1], {}

    def enable_kms(self, _query, body):
        known = {'cluster': str, 'crk_id': str, 'instance_id': str, 'private_endpoint': bool,
                 'account_id': str}
        for name, value in body.items():
            if not isinstance(value, known.get(name, ())):
                raise Fault(400, 'F0400', f'The request has no {name} of this kind.')
        for name in ('cluster', 'crk_id', 'instance_id'):
            if not body.get(name):
                raise Fault(400, 'F0400', f'The request lacks {name}.')
        cluster = self.find(body['cluster'], 'Administrator')
        key = self.usable_key(cluster, body)
        cluster.posts.append(body)
        cluster.change_key(key, body.get('private_endpoint', False))
        return (200, None, {}) if self.fake.empty_reply else (201, {}, {})

    def usable_key(self, cluster, body):
        if cluster.changing or cluster.master['masterState'] in BUSY:
            raise Fault(409, 'F0410', 'The cluster is busy with another change.', 'Cluster')
        if cluster.master['masterState'] != 'deployed':
            raise Fault(409, 'F0411', 'The master of the cluster is not deployed.', 'Cluster')
        if 'account_id' in body and cluster.provider == 'satellite':
            raise Fault(400, 'G3917', 'Cluster provider not permitted for given operation.',
                        'Cluster')
        if not self.fake.authorizes:
            raise Fault(401, 'E09c0', 'Not authorized to access the Key Management Service. Create '
                        'an IBM Cloud IAM authorization policy to give the source Kubernetes '
                        'Service delegate access to the target Key Management Service, and try '
                        'again.', 'Authentication')
        fake = self.instance_of(body['instance_id'], body.get('account_id', self.fake.account))
        key = fake.keys.get(body['crk_id'])
        if key is None or key.extractable:
            raise Fault(404, 'F0412', 'The root key could not be found in the instance.', 'KMS')
        if key.current_state() != 1:
            raise Fault(409, 'F0413', 'The root key is not active.', 'KMS')
        if key.id in cluster.used:
            raise Fault(409, 'F0414', 'The root key was used for this cluster before. Choose '
                        'another one.', 'KMS')
        return key


def main():
    cloud = Cloud().start()
    cluster = cloud.add_cluster('mine')
    print(json.dumps({'url': cloud.url, 'keys': cloud.keys.url, 'cluster': cluster.id,
                      'instance': cloud.keys.instance, 'key': ibm_key_protect.KEY}), flush=True)
    sys.stdin.read()
    cloud.stop()


if __name__ == '__main__':
    main()

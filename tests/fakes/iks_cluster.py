# SPDX-License-Identifier: Apache-2.0
"""A cluster of IBM Cloud Kubernetes Service, as its service (iks.py) tells of it: what its master
and its key do to it as time goes on. By the documentation ("Protecting sensitive information in
your cluster", "Cluster states"); kubeconfigs as they are downloaded (bluemix-go's ConfigFile).
"""
import base64
import io
import json
import time
import uuid
import zipfile

SERVICE = 'containers-kubernetes'
GROUP = '8b7a3c5d9e1f4a2b8c6d0e9f1a2b3c4d'
IN_PROGRESS = 'Key management service feature enablement in progress.'
BUSY = {'deploying', 'updating', 'deleting'}


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%S+0000', time.gmtime(seconds))


def yaml(value, indent=''):
    """Of dictionaries, lists of them and texts."""
    if isinstance(value, list):
        return ''.join(f'{indent}- {yaml(item, indent + "  ").lstrip()}' for item in value)
    if not value:
        return indent + '{}\n'
    out = ''
    for name, member in value.items():
        if isinstance(member, dict) and not member:
            out += f'{indent}{name}: {{}}\n'
        elif isinstance(member, (dict, list)):
            out += f'{indent}{name}:\n{yaml(member, indent + "  " * isinstance(member, dict))}'
        else:
            out += f'{indent}{name}: {json.dumps(member)}\n'
    return out


class Cluster:
    """A cluster, which changes as the clock goes on. Seconds, unless said otherwise:

    begins_after    from an accepted change until the master begins it: Ready, as before, till then
    lasts           how long it is busy then
    restarts        (from, to) since the beginning: getCluster fails meanwhile
    enabled_early   the feature is told as enabled when the change begins, not when it ends
    registers_after from the end until Key Protect names the cluster; None: never
    fails           the state of the master in which a change ends, instead of deployed
    notices_after   from a key's disabling, enabling or rotation until the cluster does something
    when_disabled   its state then: warning or critical
    kube            of the API server: server, ca, token, certificate, key; but for the first and
                    the token they are PEM
    on              called with the cluster and enabled, rotated, unreachable or reachable
    """

    def __init__(self, cloud, name, provider='vpc-gen2', cluster_id=None, **options):
        self.cloud, self.name, self.provider = cloud, name, provider
        self.id = cluster_id or 'c' + uuid.uuid4().hex[:19]
        self.region, self.resource_group = 'us-south', GROUP
        self.created = cloud.now()
        self.state = 'normal'
        self.master = {'masterHealth': 'normal', 'masterState': 'deployed', 'masterStatus': 'Ready',
                       'masterStatusModifiedDate': stamp(self.created),
                       'modifiedDate': stamp(self.created)}
        self.enabled, self.key, self.private = False, None, None
        self.used = set()           # root keys that it has, or had
        self.posts = []             # bodies of accepted changes
        self.events = []            # (when, what is done), in the order of time
        self.begins_after, self.lasts, self.restarts = 20, 600, (60, 120)
        self.enabled_early, self.registers_after, self.fails = True, 30, None
        self.notices_after, self.when_disabled = 600, 'warning'
        self.only_hoisted = False
        self.registered_as = self.crn
        self.kube = {'server': 'https://127.0.0.1:1', 'ca': '', 'token': 'token-of-admin',
                     'certificate': '', 'key': ''}
        self.on = lambda cluster, event: None
        self.changing, self.silent, self.reachable = False, False, True
        self.set(**options)

    def set(self, **options):
        for name, value in options.items():
            if name not in vars(self):
                raise ValueError(f'a cluster has no {name}')
            setattr(self, name, value)

    @property
    def crn(self):
        return (f'crn:v1:bluemix:public:{SERVICE}:{self.region}:a/{self.cloud.account}'
                f':{self.id}::')

    # -- time ---------------------------------------------------------------------------------

    def at(self, when, action):
        self.events.append((when, action))
        self.events.sort(key=lambda event: event[0])

    def settle(self):
        while self.events and self.events[0][0] <= self.cloud.now():
            when, action = self.events.pop(0)
            action(when)

    def tell(self, when, **members):
        self.master.update(members, modifiedDate=stamp(when))
        if 'masterStatus' in members:
            self.master['masterStatusModifiedDate'] = stamp(when)

    # -- what happens -------------------------------------------------------------------------

    def change_key(self, key, private):
        """An accepted enableKMS."""
        self.used.add(key.id)
        old, self.key, self.private, self.changing = self.key, key, private, True
        self.at(self.cloud.now() + self.begins_after, lambda at: self.begin(at, old, 'enabled'))

    def begin(self, when, old, event):
        self.changing = True
        self.tell(when, masterState='updating', masterStatus=IN_PROGRESS)
        if self.enabled_early and not self.fails:
            self.enabled = True
        for silent, after in zip((True, False), self.restarts or ()):
            self.at(when + after, lambda _, silent=silent: setattr(self, 'silent', silent))
        self.at(when + self.lasts, lambda at: self.end(at, old, event))

    def end(self, when, old, event):
        self.changing = self.silent = False
        if self.fails:
            self.tell(when, masterState=self.fails, masterHealth='error',
                      masterStatus='Master update failed.')
            return
        self.enabled = True
        self.tell(when, masterState='deployed', masterStatus='Ready', masterHealth='normal')
        self.on(self, event)
        if self.registers_after is not None:
            self.at(when + self.registers_after, lambda _: self.register(old))

    def register(self, old):
        if old and old is not self.key:
            old.unregister(self.registered_as)
        self.key.register(self.registered_as)

    def key_event(self, key, event):
        """Key Protect tells that something was done with a key."""
        if key is not self.key:
            return
        when = self.cloud.now() + self.notices_after
        if event == 'rotate':
            self.at(when, lambda at: self.begin(at, key, 'rotated'))
        else:
            self.at(when, self.look_at_key)

    def look_at_key(self, when):
        works = self.key.current_state() == 1
        if works == self.reachable:
            return
        self.reachable = works
        self.state = 'normal' if works else self.when_disabled
        self.tell(when, masterHealth='normal' if works else 'error',
                  masterStatus='Ready' if works else 'The master cannot use its root key.')
        self.on(self, 'reachable' if works else 'unreachable')

    # -- what is told -------------------------------------------------------------------------

    def show(self, hoisted=False):
        endpoints = {'publicServiceEndpointEnabled': True, 'privateServiceEndpointEnabled': False,
                     'publicServiceEndpointURL': self.kube['server'], 'privateServiceEndpointURL': ''}
        nested = {'lifecycle': dict(self.master), 'serviceEndpoints': endpoints,
                  'features': {'keyProtectEnabled': self.enabled, 'pullSecretApplied': True}}
        out = {**self.listed(), 'crn': self.crn, 'masterURL': self.kube['server'], 'isPaid': True,
               'serviceSubnet': '172.21.0.0/16', 'podSubnet': '172.17.0.0/18', 'addons': [],
               'ingress': {'hostname': '', 'secretName': ''}}
        if hoisted:
            for members in nested.values():
                out.update(members)
            out['serverURL'] = self.kube['server'] if self.provider == 'classic' else ''
        if not hoisted or not self.only_hoisted:
            out.update(nested)
        return out

    def listed(self):
        """In a list: without its features and its master's life."""
        return {'id': self.id, 'name': self.name, 'region': self.region, 'provider': self.provider,
                'type': 'kubernetes', 'state': self.state, 'status': 'All Workers Normal',
                'location': 'Dallas', 'createdDate': stamp(self.created), 'workerCount': 2,
                'resourceGroup': self.resource_group, 'resourceGroupName': 'Default',
                'masterKubeVersion': '1.33.4_1530', 'targetVersion': '1.33.4_1530'}

    def kubeconfig(self, admin, style):
        def data(name):
            return base64.b64encode(self.kube[name].encode()).decode()
        server, place = self.kube['server'], f'{self.name}/{self.id}'
        if admin:
            who = {'client-certificate-data': data('certificate'), 'client-key-data': data('key')}
        else:
            who = {'auth-provider': {'name': 'oidc', 'config': {
                'client-id': 'kube', 'client-secret': 'kube', 'id-token': self.kube['token'],
                'idp-issuer-url': 'https://iam.cloud.ibm.com/identity',
                'refresh-token': 'refresh-token-of-kube'}}}
        config = {
            'apiVersion': 'v1', 'kind': 'Config', 'preferences': {}, 'current-context': place,
            'clusters': [{'name': place, 'cluster': {
                'server': server, 'certificate-authority-data': data('ca')}}],
            'contexts': [{'name': place, 'context': {
                'cluster': place, 'namespace': 'default', 'user': 'me@example.com'}}],
            'users': [{'name': 'me@example.com', 'user': who}]}
        if style == 'json':
            return json.dumps(config).encode()
        if style == 'yaml':
            return yaml(config).encode()
        config['clusters'][0]['cluster'] = {'server': server, 'certificate-authority': 'ca.pem'}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w') as archive:
            archive.writestr(f'kube-config-{self.name}.yaml', yaml(config))
            archive.writestr('ca.pem', self.kube['ca'])
        return packed.getvalue()

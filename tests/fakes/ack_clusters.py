# SPDX-License-Identifier: Apache-2.0
"""Clusters of ACK as time passes: what an update of encryption does to one, by the service's clock.

As documented ("UpdateKMSEncryption", API 2015-12-15; its notes): a change turns the state to updating and
back to running; the next one is refused for five minutes after its end. What is not documented is a
setting: the delay before a change starts, how long it takes, how it ends.
"""
import json
import threading
import time
import uuid

COOL_DOWN_S = 300


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%S+00:00', time.gmtime(seconds))


class Task:
    """What the service does on a cluster. error: {code, message} when it failed."""

    def __init__(self, cluster, kind, now):
        self.id = 'T-' + uuid.uuid4().hex[:24]
        self.cluster, self.kind = cluster, kind
        self.state, self.error = 'running', None
        self.created = self.updated = now

    def end(self, error, now):
        self.state, self.error, self.updated = ('failed' if error else 'success'), error, now

    def brief(self):
        out = {'task_id': self.id, 'task_type': self.kind, 'state': self.state,
               'created': stamp(self.created), 'updated': stamp(self.updated)}
        return out | ({'error': self.error} if self.error else {})

    def whole(self):
        return self.brief() | {
            'cluster_id': self.cluster, 'events': [], 'parameters': {}, 'stages': [
                {'state': self.state, 'start_time': stamp(self.created), 'message': '',
                 'end_time': '' if self.state == 'running' else stamp(self.updated)}]}


class Change:
    """One update of encryption, from when it was accepted. hook: runs as the change becomes true, in
    a thread of its own; the change ends when it returns, and fails when it raises."""

    def __init__(self, wanted, task, now, pace):
        self.wanted, self.task, self.hook = wanted, task, pace.get('hook')
        self.meanwhile = 'initial' if task.kind == 'cluster_create' else 'updating'
        self.starts = now + pace.get('start_s', 0)
        self.ends = self.starts + pace.get('take_s', 0)
        self.outcome, self.error = pace.get('outcome', 'running'), pace.get('error')
        self.silent = pace.get('silent', False)  # nothing happens, ever
        self.thread, self.failed = None, False

    def run(self, cluster):
        try:
            self.hook(cluster)
        except Exception as error:  # pylint: disable=broad-except
            print(f'the hook of {cluster.id}: {error!r}', flush=True)
            self.failed = True

    def worked(self, cluster):
        """None as long as the hook runs."""
        if self.outcome != 'running' or not self.hook:
            return self.outcome == 'running'
        if not self.thread:
            self.thread = threading.Thread(target=self.run, args=(cluster,), daemon=True)
            self.thread.start()
        return None if self.thread.is_alive() else not self.failed


class Cluster:
    def __init__(self, region, now, **settings):
        self.id = settings.get('id') or 'c' + uuid.uuid4().hex
        self.region, self.created = region, now
        self.name = settings.get('name', 'shop')
        self.kind = settings.get('kind', 'ManagedKubernetes')
        self.spec = settings.get('spec', 'ack.pro.small')
        self.profile = settings.get('profile', 'Default')
        self.version = settings.get('version', '1.34.1-aliyun.1')
        self.state = settings.get('state', 'running')
        self.protected = settings.get('protected', False)
        self.endpoint = settings.get('endpoint', 'https://127.0.0.1:1')  # of its API server
        self.kubeconfig = settings.get('kubeconfig', '')
        self.key, self.disabled = settings.get('key'), settings.get('disabled')
        self.capabilities = settings.get('capabilities', {})  # others
        self.flag_as_text = settings.get('flag_as_text', False)  # "false" instead of false
        self.meta = settings.get('meta')  # a text instead of the whole meta_data
        self.pace = {}  # of the changes to come: start_s, take_s, outcome, error, silent, hook
        self.change, self.changed = None, None  # when the last one ended
        self.tasks, self.events = [], []

    def tell(self, kind, level, reason, message, now):
        self.events.append({
            'event_id': 'e-' + uuid.uuid4().hex, 'type': kind, 'source': '', 'cluster_id': self.id,
            'subject': self.id, 'time': stamp(now),
            'data': {'level': level, 'message': message, 'reason': reason}})

    def begin(self, wanted, now, kind='cluster_modify'):
        """Accepts a change to (key, disabled)."""
        self.tasks.append(Task(self.id, kind, now))
        self.change = Change(wanted, self.tasks[-1], now, self.pace)
        self.tell('cluster_modify', 'info', 'Start', 'Start to update the cluster.', now)
        self.settle(now)

    def settle(self, now):
        """Makes true what the clock has brought."""
        change = self.change
        if not change or change.silent or now < change.starts:
            return
        self.state = change.meanwhile
        if now < change.ends:
            return
        worked = change.worked(self)
        if worked is None:
            return
        if worked:
            self.key, self.disabled = change.wanted
            self.state = 'running'
        else:
            self.state = change.outcome if change.outcome != 'running' else 'updating_failed'
        error = None if worked else change.error or {
            'code': 'UpdateFailed', 'message': 'The components of the control plane did not start.'}
        change.task.end(error, now)
        self.tell('cluster_modify', 'info' if worked else 'error', 'Finish' if worked else 'Failed',
                  'The cluster was updated.' if worked else error['message'], now)
        self.change, self.changed = None, now

    def cools(self, now):
        return self.changed is not None and now < self.changed + COOL_DOWN_S

    def encrypts_with(self):
        return self.key if self.key and not self.disabled else None

    def meta_data(self):
        if self.meta is not None:
            return self.meta
        capabilities = dict(self.capabilities)
        if self.key is not None:
            capabilities['EncryptionKMSKeyId'] = self.key
        if self.disabled is not None:
            capabilities['DisableEncryption'] = (
                str(self.disabled).lower() if self.flag_as_text else self.disabled)
        return json.dumps({'AuditProjectName': 'k8s-log-' + self.id, 'Capabilities': capabilities,
                           'CloudMonitorVersion': 'v1', 'KubernetesVersion': self.version})

    def detail(self):
        return {
            'cluster_id': self.id, 'name': self.name, 'region_id': self.region,
            'state': self.state, 'cluster_type': self.kind, 'cluster_spec': self.spec,
            'profile': self.profile, 'current_version': self.version, 'init_version': self.version,
            'next_version': '', 'meta_data': self.meta_data(),
            'master_url': json.dumps({'api_server_endpoint': self.endpoint,
                                      'intranet_api_server_endpoint': ''}),
            'deletion_protection': self.protected, 'created': stamp(self.created),
            'updated': stamp(self.changed or self.created), 'vpc_id': 'vpc-2zeg8nf1ukc0fco4z',
            'resource_group_id': 'rg-acfm3mkrure', 'size': 3, 'tags': [],
            'network_mode': 'vpc', 'timezone': 'Asia/Shanghai'}

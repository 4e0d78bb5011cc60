# SPDX-License-Identifier: Apache-2.0
"""An API server as those from 1.30 to 1.34 were: storagemigration.k8s.io/v1alpha1 in front of a newer one.

    with AlphaMigrations(cluster) as migrations:
        cluster.kubeconfig('admin', server=migrations.url)

The group is answered by tests/partners/kubeserver/alpha, by the types of its last module; all else goes
to the cluster's server. A migration is carried out when it was asked about once: as
kube-controller-manager's controller does, each object is patched with nothing.
"""
import http.client
import json
import os
import subprocess
import urllib.parse

import kube_proxy
from fault_proxy import Reply

GROUP = '/apis/storagemigration.k8s.io'


class AlphaMigrations:
    def __init__(self, cluster, program, ends='Succeeded', reason='StorageVersionMigrationSucceeded'):
        self.cluster, self.ends, self.reason = cluster, ends, reason
        self.child = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', program], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
        self.address = urllib.parse.urlsplit(json.loads(self.child.stdout.readline())['url'])
        self.proxy = cluster.proxy()
        self.forward = self.proxy._forward
        self.proxy._forward = self._route
        self.url = self.proxy.url
        self.posted = []  # bodies
        self.polls = 0

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=30)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _say(self, name, kind, reason=''):
        status, body = self._ask('POST', '/say?' + urllib.parse.urlencode(
            {'name': name, 'type': kind, 'reason': reason}))
        assert status == 200, body

    def _route(self, request):
        if not request.path.startswith(GROUP):
            return self.forward(request)
        path = urllib.parse.urlsplit(request.path).path
        status, body = self._ask(request.method, path, request.body or None)
        if request.method == 'POST' and status == 201:
            self.posted.append(request.json())
            self._say(json.loads(body)['metadata']['name'], 'Running')
        elif 'storageversionmigrations/' in path and status == 200:
            self.polls += 1
            if self.polls == 2:
                self._carry_out(path.rpartition('/')[2])
        return Reply(request, status, {'content-type': 'application/json'}, body)

    def _carry_out(self, name):
        if self.ends == 'Succeeded':
            admin = self.cluster.client()
            for namespace, secret in self.cluster.secrets():
                admin.patch(f'/api/v1/namespaces/{namespace}/secrets/{secret}', {})
        self._say(name, self.ends, self.reason)

    def close(self):
        self.proxy.close()
        self.child.stdin.close()
        self.child.wait(timeout=20)
        self.child.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

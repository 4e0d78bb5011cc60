# SPDX-License-Identifier: Apache-2.0
"""A real API server (../kubeserver) as the cluster behind the imitation: what IBM's service does to
it when it takes a root key, a new version of one, or loses it."""


def rewrite(kube):
    """Every Secret is written as it is, which stores it anew."""
    admin = kube.client()
    for namespace, name in kube.secrets():
        path = f'/api/v1/namespaces/{namespace}/secrets/{name}'
        answer = admin.get(path)
        assert admin.request('PUT', path, answer.json()).status == 200, path


class Behind:
    """kube: a kubeserver.Cluster, which the cluster's kubeconfigs lead to as user. rewrites: whether
    the service keeps its word and writes existing Secrets anew; works: whether it changes how the API
    server stores them. done: what happened, in order."""

    def __init__(self, cluster, kube, user='admin', rewrites=True):
        self.kube, self.rewrites, self.works, self.done = kube, rewrites, True, []
        certificate, key = (self.text(path) for path in kube.certificate(user))
        cluster.kube = {'server': kube.url, 'ca': self.text(kube.ca), 'token': kube.token(user),
                        'certificate': certificate, 'key': key}
        cluster.on = self.happen

    @staticmethod
    def text(path):
        with open(path, encoding='utf-8') as file:
            return file.read()

    def happen(self, _cluster, event):
        self.done.append(event)
        if self.works:
            self.change(event)
        if self.rewrites and event in ('enabled', 'rotated'):
            rewrite(self.kube)

    def change(self, event):
        if event == 'enabled':
            if self.done.count('enabled') > 1:  # another root key
                self.kube.rotate_key()
            else:
                self.kube.switch_encryption('kms', 'identity')
        elif event == 'rotated':
            self.kube.rotate_key()
        elif event == 'unreachable':
            self.kube.stop_server()
        elif event == 'reachable':
            self.kube.start_server()

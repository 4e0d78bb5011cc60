# SPDX-License-Identifier: Apache-2.0
"""A real API server (../kubeserver) as the cluster behind the fake EKS: what EKS does to it when it
takes a key, and when that key is rotated."""
import base64

import eks
import kube_proxy
from aws_signing import Refusal
from services import Access, Boto


class Behind:
    """kube: a kubeserver.Cluster whose plugin keeps its key id, as that of EKS does. Before it stands
    what EKS puts there: who presents a token of EKS for this cluster comes in as user. done: what
    happened, in order. works: whether the service does what it says to the API server."""

    def __init__(self, kube, name='prod', user='admin', proxy=None):
        self.kube, self.name, self.done, self.works = kube, name, [], True
        self.service = eks.Service(on_enabled=self.enabled, on_rotated=self.rotated)
        self.proxy = proxy or kube.proxy()
        self.proxy.on(kube_proxy.Fault(before=lambda request: self.admit(request, user)), times=None)
        self.url = self.service.url
        self.hello = self.begin()

    def begin(self, update_s=0, **order):
        """Once more from nothing, if reset is ordered; what clients need to know."""
        authority = base64.b64encode(self.text(self.kube.ca)).decode()
        return self.service.control(update_s=update_s, **order, cluster={
            self.name: {'endpoint': self.proxy.url, 'ca': authority}})

    def __enter__(self):
        self.proxy.__enter__()
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.service.close()

    @staticmethod
    def text(path):
        with open(path, 'rb') as file:
            return file.read()

    def access_of(self, key_id):
        known = self.hello['access'][key_id]
        return Access(key_id, known['secret'], known['token'])

    @property
    def access(self):
        return self.access_of('AKIAFIXED')

    def boto(self, of='eks'):
        return Boto(self, of=of)

    # --- what EKS does ---

    def admit(self, request, user):
        token = request.headers.get('authorization', '').removeprefix('Bearer ')
        try:
            who = self.service.token(token, self.name)
        except Refusal:
            return kube_proxy.status(401, 'Unauthorized').before(request)
        self.done.append(who['Arn'])
        request.headers['authorization'] = 'Bearer ' + self.kube.token(user)
        return None

    def enabled(self, name, key_arn):
        if self.works:
            self.kube.switch_encryption('kms', 'identity')
        self.done.append((name, key_arn))

    def rotated(self, key_arn):
        if self.works:
            self.kube.rotate_key(constant=True)
        self.done.append(key_arn)

# SPDX-License-Identifier: Apache-2.0
"""Our driver (../cluster_driver.py), pointed at an imitation, whose clock is also its clock."""
import time

import cluster_driver
from cluster_driver import Refused


class Driver(cluster_driver.Driver):
    """cloud: an iks.Cloud. What was wanted last is the change of all that follows."""

    def __init__(self, cloud, folder, api_key='api-key-of-a-manager', uri='iks://mine', **options):
        super().__init__(folder, IBMCLOUD_API_KEY=api_key)
        self.cloud, self.change, self.ahead = cloud, {}, 0
        self.set_clock()
        self.open(uri, **{
            'endpoint_url': cloud.url + '/global', 'iam_url': cloud.keys.url,
            'iam_endpoint': cloud.url, 'kms_endpoint': cloud.keys.url,
            'resource_controller': cloud.keys.url, **options})

    def ask(self, op, **members):
        return super().ask(op, **({'change': self.change} | members))

    def set_clock(self):
        ahead = int((self.cloud.now() - time.time()) * 1000)
        self.ask('clock', ms=ahead - self.ahead)
        self.ahead = ahead

    def advance(self, seconds):
        self.cloud.advance(seconds)
        self.set_clock()

    def want(self, **options):
        """A change, the cluster as it is now, and its key."""
        self.change = {n.replace('_', '-'): v for n, v in options.items()}
        self.ask('forget')
        self.read()
        return self.ask('find-key')['key']

    def checked(self, verb):
        """The code of the first refusal without its prefix, or None; and all that is said."""
        reply = self.ask('check', verb=verb)
        code = reply['refusal'] and reply['refusal'].replace('ENVCRYPT_E_', '')
        return code, ' / '.join(row['detail'] for row in reply['rows'])

    def begun(self, verb):
        return self.ask('begin', verb=verb)['update']

    def wait(self, verb, most=60):
        """Polls each minute until the change is over; all that was seen."""
        seen = []
        for _ in range(most):
            reply = self.ask('poll', verb=verb)
            seen.append({**reply['update'], 'passes': reply.get('passes', False)})
            if seen[-1]['phase'] in ('done', 'failed'):
                return seen
            self.advance(60)
        raise AssertionError(seen[-1])

    def refused(self, call):
        """(code, text, the reply) of a call that must fail."""
        try:
            call()
        except Refused as refusal:
            return refusal.code, str(refusal), refusal.reply
        raise AssertionError('it did not fail')

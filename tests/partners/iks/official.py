# SPDX-License-Identifier: Apache-2.0
"""IBM's clients, pointed at an imitation: its two Go clients by the program of main.go, those of
its platform services and of Key Protect in this process."""
import json
import os
import subprocess

from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import IamAccessGroupsV2, IamPolicyManagementV1, ResourceControllerV2
from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, '..', '..', '..', 'build-partners', 'iks', 'iks')
MANAGER = 'api-key-of-a-manager'


class Failed(Exception):
    def __init__(self, reply):
        super().__init__(reply['text'])
        self.status, self.text = reply['status'], reply['text']


class Go:
    """client: sdk (container-services-go-sdk) or bluemix (bluemix-go)."""

    def __init__(self, cloud, client, api_key=MANAGER, token=''):
        self.order = {'client': client, 'url': cloud.url + '/global', 'iam': cloud.keys.url,
                      'apikey': api_key, 'token': token}

    def ask(self, op, **args):
        done = subprocess.run([PROGRAM], input=json.dumps({**self.order, 'op': op, 'args': args}),
                              stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        reply = json.loads(done.stdout)
        if not reply['ok']:
            raise Failed(reply)
        return reply['result']


def python(cloud, client, url, api_key=MANAGER):
    opened = client(IAMAuthenticator(api_key, url=cloud.keys.url))
    opened.set_service_url(url)
    return opened


def resources(cloud, **more):
    return python(cloud, lambda a: ResourceControllerV2(authenticator=a), cloud.keys.url, **more)


def policies(cloud, **more):
    return python(cloud, lambda a: IamPolicyManagementV1(authenticator=a), cloud.url, **more)


def groups(cloud, **more):
    return python(cloud, lambda a: IamAccessGroupsV2(authenticator=a), cloud.url, **more)


def keys(cloud, fake=None, **more):
    return python(cloud, IbmKeyProtectApiV2, (fake or cloud.keys).url, **more)

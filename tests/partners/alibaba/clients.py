# SPDX-License-Identifier: Apache-2.0
"""The fake service of tests/fakes, and Alibaba's own clients, each called by action and parameters."""
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

HERE = os.path.dirname(os.path.abspath(__file__))
FAKE = os.path.join(HERE, '..', '..', 'fakes', 'alibaba_kms.py')


class Failed(Exception):
    """A call that the service refused; code is the service's."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Service:
    """A running fake; by TLS with authority, certificate and key. facts: what it said when it
    started."""

    def __init__(self, authority=None, *certificate):
        self.context = authority and ssl.create_default_context(cafile=authority)
        self.scheme = 'https' if authority else 'http'
        arguments = ['--tls', *certificate] if authority else []
        self.process = subprocess.Popen([sys.executable, FAKE, *arguments], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.facts = json.loads(self.process.stdout.readline())
        self.arn = self.facts['keys']['main']

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def host(self, gateway='shared'):
        return f'127.0.0.1:{self.facts[gateway]}'

    def ask(self, order=None):
        body = None if order is None else json.dumps(order).encode()
        with urllib.request.urlopen(f'{self.scheme}://{self.host()}/_fake', body, timeout=10,
                                    context=self.context) as reply:
            return json.load(reply)

    def access(self, name):
        secret, token = self.facts['access'][name]
        return {'id': name, 'secret': secret, 'token': token}


def snake(name):
    return re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()


class PythonClient:
    """PyPI alibabacloud_kms20160120: signs V3."""

    name = 'python'

    def __init__(self, service, access='LTAI-fixed', gateway='shared', **changes):
        who = service.access(access) | changes
        self.client = Client(Config(
            access_key_id=who['id'], access_key_secret=who['secret'],
            security_token=who['token'], endpoint=service.host(gateway), protocol='HTTP',
            region_id='cn-hangzhou'))

    def call(self, action, parameters):
        # The names of the models are those of the metadata: DKMSInstanceId is dkmsinstance_id.
        own = {snake(name).replace('d_k_m_s_i', 'dkmsi'): value
               for name, value in parameters.items()}
        method = getattr(self.client, snake(action) + '_with_options')
        runtime = RuntimeOptions(autoretry=False, max_attempts=1)
        try:
            if action == 'DescribeAccountKmsStatus':
                return method(runtime).body.to_map()
            return method(getattr(models, action + 'Request')(**own), runtime).body.to_map()
        except Exception as error:  # its own classes differ from version to version
            if getattr(error, 'code', None):
                raise Failed(error.code) from None
            raise


class NodeClient:
    """npm @alicloud/kms20160120 over rpc-client: signs V1."""

    name, kind = 'kms', 'kms'

    def __init__(self, service, access='LTAI-fixed', gateway='shared', **changes):
        self.order = service.access(access) | {
            'client': self.kind, 'host': service.host(gateway)} | changes

    def call(self, action, parameters):
        order = json.dumps(self.order | {'calls': [[action, parameters]]})
        done = subprocess.run(['node', os.path.join(HERE, 'sdk.js'), order], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=60)
        result = json.loads(done.stdout)[0]
        if 'code' in result:
            code = result['code']
            # rpc-client adds a word to what the service says.
            raise Failed(code.removesuffix('Error') if self.kind == 'kms' else code)
        return result['answer']


class TextClient(NodeClient):
    """Takes texts: a map is the caller's to turn into JSON, as the documentation says."""

    def call(self, action, parameters):
        return super().call(action, {
            name: json.dumps(value, separators=(',', ':')) if isinstance(value, dict) else value
            for name, value in parameters.items()})


class OpenApiClient(TextClient):
    """npm @alicloud/openapi-client: signs V3, and sends the parameters in the form here."""

    name, kind = 'openapi', 'openapi'


class PopClient(TextClient):
    """npm @alicloud/pop-core: signs V1, and sends every parameter in the form."""

    name, kind = 'pop-core', 'pop'


CLIENTS = [PythonClient, NodeClient, OpenApiClient, PopClient]
# NodeClient flattens contexts, which is a defect of its own, and lacks calls that are newer than it.
NEWER = [PythonClient, OpenApiClient, PopClient]

# SPDX-License-Identifier: Apache-2.0
"""The fake services of tests/fakes/ack.py in this process, and Alibaba's own clients of each."""
import os
import re
import sys

from alibabacloud_actiontrail20200706 import models as trail_models
from alibabacloud_actiontrail20200706.client import Client as TrailClient
from alibabacloud_cs20151215 import models as cs_models
from alibabacloud_cs20151215.client import Client as CsClient
from alibabacloud_kms20160120 import models as kms_models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))
# pylint: disable=wrong-import-position
import ack  # noqa: E402

KINDS = {'cs': (CsClient, cs_models), 'actiontrail': (TrailClient, trail_models),
         'ram': (RamClient, ram_models), 'kms': (KmsClient, kms_models)}


class Failed(Exception):
    """A call that the service refused; code is the service's."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Service:
    """Everything that a test changes is in `fake`."""

    def __init__(self):
        self.fake = ack.Fake()
        self.facts = self.fake.serve()
        self.arn = self.facts['keys']['main']
        self.key = self.arn.rpartition('/')[2]

    def order(self, **order):
        return self.fake.control(order)

    def host(self, name):
        return f'127.0.0.1:{self.facts["ports"][name]}'

    def cluster(self, **settings):
        with self.fake.kms.lock:
            return self.fake.cs.add(**settings)

    def later(self, seconds):
        self.fake.kms.clock_s += seconds

    def asked(self):
        return self.fake.kms.requests


def snake(name):
    """As the names of the methods are made: UpdateKMSEncryption is update_kmsencryption_with_options,
    DescribeClustersV1 describe_clusters_v1with_options."""
    words = re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower()
    return words + ('with_options' if words[-1].isdigit() else '_with_options')


class Official:
    """A client of a service ("cs", "actiontrail", "ram", "kms")."""

    def __init__(self, service, name, access='LTAI-fixed', **changes):
        secret, token = service.facts['access'].get(access, ('', None))
        kind, self.models = KINDS[name]
        self.roa = name == 'cs'
        self.client = kind(Config(
            access_key_id=access, access_key_secret=changes.get('secret', secret),
            security_token=changes.get('token', token), endpoint=service.host(name),
            protocol='HTTP', region_id='cn-hangzhou'))

    def reply(self, action, *path, **fields):
        """path: what stands in it, before the members of the request."""
        method = getattr(self.client, snake(action))
        request = getattr(self.models, action + 'Request', None)
        arguments = [*path, *([request(**fields)] if request else [])]
        runtime = RuntimeOptions(autoretry=False, max_attempts=1, read_timeout=20000)
        try:
            return method(*arguments, *([{}] if self.roa else []), runtime)
        except Exception as error:  # its own classes differ from version to version
            if getattr(error, 'code', None):
                raise Failed(error.code) from None
            raise

    def call(self, action, *path, **fields):
        body = self.reply(action, *path, **fields).body
        return body.to_map() if hasattr(body, 'to_map') else body

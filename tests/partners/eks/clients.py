# SPDX-License-Identifier: Apache-2.0
"""Who talks to the fake EKS: boto3, the JavaScript SDK and the AWS command line."""
import json
import os
import re
import subprocess
import sys

import botocore
from services import (REGION, Access, Boto, Failed, FakeService, JavaScript,
                      clean_environment)

PROGRAM = os.path.join(os.path.dirname(sys.executable), 'aws')
ERROR = re.compile(r'An error occurred \((\w+)\) when calling the (\w+) operation'
                   r'(?: \(reached max retries: \d+\))?: (.*)', re.S)


class EksService(FakeService):
    program = 'eks.py'

    def token(self, token, cluster):
        return self._ask('/_fake/token', {'token': token, 'cluster': cluster})


class CommandLine:
    """aws SERVICE OPERATION; members as JSON, or words as the documentation writes them."""

    name = 'command-line'

    def __init__(self, service, access=None, region=REGION, of='eks'):
        access = access or service.access
        self.of, self.url = of, service.url
        self.environment = {
            **clean_environment(), 'AWS_ACCESS_KEY_ID': access.id, 'AWS_DEFAULT_REGION': region,
            'AWS_SECRET_ACCESS_KEY': access.secret, 'AWS_EC2_METADATA_DISABLED': 'true',
            'AWS_CONFIG_FILE': os.devnull, 'AWS_SHARED_CREDENTIALS_FILE': os.devnull,
            **({'AWS_SESSION_TOKEN': access.token} if access.token else {})}

    def run(self, *words):
        done = subprocess.run([sys.executable, PROGRAM, self.of, *words, '--endpoint-url', self.url,
                               '--output', 'json'], env=self.environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
        if done.returncode:
            match = ERROR.search(done.stderr)
            assert match, done.stderr
            raise Failed(match[1], match[3].strip())
        return json.loads(done.stdout or '{}')

    def call(self, operation, **members):
        return self.run(botocore.xform_name(operation, '-'), '--no-paginate',
                        '--cli-input-json', json.dumps(members))

    def pages(self, operation, **members):
        """One, which the program puts together of all."""
        return [self.run(botocore.xform_name(operation, '-'), '--cli-input-json', json.dumps(members))]

    def close(self):
        pass


CLIENTS = (Boto, JavaScript, CommandLine)

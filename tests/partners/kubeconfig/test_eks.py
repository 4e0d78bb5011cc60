# SPDX-License-Identifier: Apache-2.0
"""Tokens of EKS, by botocore's own signer of the same request at the same time."""
import base64
import datetime
import json
import os
import random
import subprocess
import urllib.parse
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

MOMENTS = [1700000000, 951782400, 4102444799]  # one is the 29th of February
REGIONS = {'eu-west-1': 'amazonaws.com', 'us-gov-west-1': 'amazonaws.com',
           'cn-north-1': 'amazonaws.com.cn'}
CREDENTIALS = [('AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG', None),
               ('ASIAEXAMPLE', 'abc+/=' * 6, 'FwoGZXIvYXdzE+/=' * 20)]


def ours(access, secret, session, region, cluster, moment, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith('AWS_')}
    variables = {'AWS_ACCESS_KEY_ID': access, 'AWS_SECRET_ACCESS_KEY': secret,
                 'AWS_EC2_METADATA_DISABLED': 'true', **more}
    if session:
        variables['AWS_SESSION_TOKEN'] = session
    done = subprocess.run([os.environ['EVC_ACCESS'], 'token', cluster, region, str(moment * 1000)],
                          env={**kept, **variables}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def parts(url):
    """Host and query; the order of its members is nobody's."""
    split = urllib.parse.urlsplit(url)
    members = urllib.parse.parse_qsl(split.query, keep_blank_values=True, strict_parsing=True)
    assert len({name for name, _ in members}) == len(members)
    return split.scheme, split.netloc, split.path, dict(members)


def theirs(access, secret, session, region, host, cluster, moment):
    when = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).replace(tzinfo=None)
    request = botocore.awsrequest.AWSRequest(
        'GET', f'https://{host}/', headers={'x-k8s-aws-id': cluster},
        params={'Action': 'GetCallerIdentity', 'Version': '2011-06-15'})
    signer = botocore.auth.SigV4QueryAuth(
        botocore.credentials.Credentials(access, secret, session), 'sts', region, expires=60)
    with mock.patch('botocore.auth.get_current_datetime', return_value=when):
        signer.add_auth(request)
    return request.prepare().url


def decoded(token):
    assert token.startswith('k8s-aws-v1.')
    text = token[len('k8s-aws-v1.'):]
    assert '=' not in text
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)).decode()


@pytest.mark.parametrize('moment', MOMENTS)
@pytest.mark.parametrize('region', REGIONS)
@pytest.mark.parametrize('credentials', CREDENTIALS, ids=['key', 'session'])
def test_a_token_is_what_botocore_signs(credentials, region, moment):
    token = ours(*credentials, region, 'prod-1', moment)['token']
    host = f'sts.{region}.{REGIONS[region]}'
    wanted = theirs(*credentials, region, host, 'prod-1', moment)
    assert parts(decoded(token)) == parts(wanted)
    assert len(token) <= 4096


def test_tokens_of_any_names_and_secrets_are_what_botocore_signs():
    chance = random.Random(7)
    letters = 'abcXYZ0189/+=-_.~'
    for _ in range(40):
        secret, session = (''.join(chance.choices(letters, k=chance.randrange(1, 200)))
                           for _ in range(2))
        cluster = 'a' + ''.join(chance.choices('abcXYZ019-_', k=chance.randrange(0, 99)))
        moment = chance.randrange(1000000000, 4000000000)
        token = ours('AKID', secret, session, 'eu-west-1', cluster, moment)['token']
        wanted = theirs('AKID', secret, session, 'eu-west-1', 'sts.eu-west-1.amazonaws.com',
                        cluster, moment)
        assert parts(decoded(token)) == parts(wanted)


def test_the_token_says_what_the_server_wants():
    """pkg/token/token.go of aws-iam-authenticator: the members it allows, each once, the header
    that must be signed, and a time of life from 0 to 900."""
    token = ours(*CREDENTIALS[1], 'eu-west-1', 'c', 1700000000)['token']
    _, host, path, query = parts(decoded(token))
    assert (host, path) == ('sts.eu-west-1.amazonaws.com', '/')
    assert set(query) == {
        'Action', 'Version', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires',
        'X-Amz-Security-Token', 'X-Amz-Signature', 'X-Amz-SignedHeaders'}
    assert query['X-Amz-SignedHeaders'].split(';') == ['host', 'x-k8s-aws-id']
    assert 0 <= int(query['X-Amz-Expires']) <= 900


def test_an_endpoint_of_fips_is_taken_where_it_is_configured():
    token = ours(*CREDENTIALS[0], 'us-east-1', 'c', 1700000000,
                 AWS_USE_FIPS_ENDPOINT='true')['token']
    wanted = theirs(*CREDENTIALS[0], 'us-east-1', 'sts-fips.us-east-1.amazonaws.com', 'c',
                    1700000000)
    assert parts(decoded(token)) == parts(wanted)


def test_a_session_token_that_is_too_long_is_refused():
    reply = ours('AKID', 'secret', 'planted' + 's' * 3000, 'eu-west-1', 'c', 1700000000)
    assert reply['code'] == 'ENVCRYPT_E_BAD_CREDENTIALS'
    assert 'planted' not in str(reply)

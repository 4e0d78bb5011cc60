# SPDX-License-Identifier: Apache-2.0
"""Whose the credentials are: our imitation of STS, judged by Alibaba's own clients, and `key check`
against it at STS's real address.

EVC_COMMAND names the command. Needs unshare (util-linux) with user namespaces, and ip (iproute2).
"""
import json
import os
import subprocess
import sys

import pytest
import test_credentials
from clients import Failed, OpenApiClient, PopClient

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))
# pylint: disable=wrong-import-position
import alibaba_sts  # noqa: E402

KEYS = {'LTAI-fixed': ('fixed-secret', None), 'STS.role-one': ('role-secret', 'role+token/==')}
ARNS = {'LTAI-fixed': ('acs:ram::1:user/ltai-fixed', 'RAMUser'),
        'STS.role-one': ('acs:ram::1:assumed-role/one/session', 'AssumedRoleUser')}


class Sts:
    """Stands in for the service of clients.py."""

    def __init__(self):
        self.cloud = alibaba_sts.Cloud(KEYS)
        self.server = alibaba_sts.serve(('127.0.0.1', 0), self.cloud.sts)

    def host(self, _gateway):
        return f'127.0.0.1:{self.server.server_address[1]}'

    @staticmethod
    def access(name):
        secret, token = KEYS[name]
        return {'id': name, 'secret': secret, 'token': token}


@pytest.fixture(name='sts')
def fixture_sts():
    made = Sts()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize('client', [OpenApiClient, PopClient])
@pytest.mark.parametrize('access', KEYS)
def test_alibabas_clients_are_told_who_they_are(sts, client, access):
    told = client(sts, access, version='2015-04-01').call('GetCallerIdentity', {})
    assert (told['Arn'], told['IdentityType']) == ARNS[access]
    assert told['AccountId'] == '1'


@pytest.mark.parametrize('client', [OpenApiClient, PopClient])
def test_a_wrong_secret_is_refused(sts, client):
    with pytest.raises(Failed) as caught:
        client(sts, secret='wrong', version='2015-04-01').call('GetCallerIdentity', {})
    assert caught.value.code == 'SignatureDoesNotMatch'


# --- ours ----------------------------------------------------------------------------------------

FIXED = {'ALIBABA_CLOUD_ACCESS_KEY_ID': 'LTAI-fixed',
         'ALIBABA_CLOUD_ACCESS_KEY_SECRET': 'fixed-secret'}
TEMPORARY = {'ALIBABA_CLOUD_ACCESS_KEY_ID': 'STS.temporary',
             'ALIBABA_CLOUD_ACCESS_KEY_SECRET': 'temporary-secret',
             'ALIBABA_CLOUD_SECURITY_TOKEN': 'temporary+token/=='}
CASES = {'fixed': {'environment': FIXED}, 'temporary': {'environment': TEMPORARY},
         'refused': {'environment': FIXED, 'faults': [[403, 'NoPermission']]}}


@pytest.fixture(name='checks', scope='module')
def run_checks(tmp_path_factory):
    if not test_credentials.can_unshare():
        pytest.skip(test_credentials.NO_NETWORK)
    done = subprocess.run(['unshare', '-rnm', sys.executable, os.path.join(HERE, 'inside_check.py'),
                           str(tmp_path_factory.mktemp('inside'))], check=True, timeout=120,
                          input=json.dumps(list(CASES.values())), stdout=subprocess.PIPE,
                          text=True)
    return dict(zip(CASES, json.loads(done.stdout)))


@pytest.mark.parametrize('name, detail', [
    ('fixed', 'acs:ram::1:user/ltai-fixed (RAMUser)'),
    ('temporary', 'acs:ram::1:assumed-role/temporary/session (AssumedRoleUser)')])
def test_a_check_tells_the_identity_by_sts_of_the_region(checks, name, detail):
    row = checks[name]['steps']['identity']
    assert (row['result'], row['detail']) == ('ok', detail)
    assert [line.split()[0] for line in checks[name]['saw']] == ['sts.cn-hangzhou.aliyuncs.com']


def test_an_identity_that_sts_refuses_to_tell_is_unknown(checks):
    steps = checks['refused']['steps']
    assert steps['identity']['result'] == 'unknown'
    assert 'NoPermission' in steps['identity']['detail']
    assert steps['unwrap']['result'] == 'ok'


def test_no_secret_is_shown(checks):
    shown = json.dumps(checks)
    for secret in ('fixed-secret', 'temporary-secret', 'temporary+token'):
        assert secret not in shown

# SPDX-License-Identifier: Apache-2.0
"""Alibaba Cloud's own libraries and ours under the same environment and files: the access key that
each chooses, and what it asked STS and the metadata service for, at their real addresses.

EVC_CREDENTIALS names our program. Needs unshare (util-linux) with user namespaces, and ip (iproute2).
"""
import json
import os
import subprocess
import sys
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
BOTH = ('python', 'node')
NO_NETWORK = ('a network of its own is missing: it needs unshare of util-linux with user namespaces, '
              'and ip of iproute2')

NO_ECS = {'ECS_METADATA_DISABLED': 'true'}
KEYS = {'ACCESS_KEY_ID': 'LTAI-env', 'ACCESS_KEY_SECRET': 'env-secret'}
OIDC = {'ROLE_ARN': 'acs:ram::1:role/one', 'OIDC_PROVIDER_ARN': 'acs:ram::1:oidc-provider/p',
        'OIDC_TOKEN_FILE': '{folder}/token', 'ROLE_SESSION_NAME': 'session'}
TOKEN = {'token': 'oidc.token.one'}
URI = {'CREDENTIALS_URI': 'http://127.0.0.1:8001/creds'}
CLI_KEY = {'access_key_id': 'LTAI-cli', 'access_key_secret': 'cli-secret'}
ROLE_ONE = {'ram_role_arn': 'acs:ram::1:role/one', 'ram_session_name': 'session',
            'expired_seconds': 900}
ROLE_TWO = {'ram_role_arn': 'acs:ram::1:role/two', 'ram_session_name': 'session',
            'expired_seconds': 900}
LATER = int(time.time()) + 7200
EARLIER = int(time.time()) - 60


def cli(mode, *others, **settings):
    """The CLI's file, with profile p as the current one."""
    profiles = [{'name': 'p', 'mode': mode, **settings}, *others]
    return {'.aliyun/config.json': json.dumps({'current': 'p', 'profiles': profiles})}


def ini(text, name='.alibabacloud/credentials'):
    return {name: text}


INI_KEY = '[default]\ntype = access_key\naccess_key_id = LTAI-ini\naccess_key_secret = ini-secret\n'
INI_FILE = {'CREDENTIALS_FILE': '{folder}/my-credentials'}
PROGRAM = "printf '{\"mode\":\"StsToken\",\"access_key_id\":\"STS.p\",\"access_key_secret\":\"s\"," \
    "\"sts_token\":\"t\",\"expiration\":\"2099-01-01T00:00:00Z\"}'"

# name: libraries, environment, files, our source, the access key id, what the cloud sees
FOUND = {
    'environment': (BOTH, KEYS, {}, 'environment', 'LTAI-env', []),
    'environment with a token': (BOTH, {**KEYS, 'SECURITY_TOKEN': 't'}, {}, 'environment',
                                 'LTAI-env', []),
    'environment before oidc': (BOTH, {**KEYS, **OIDC}, TOKEN, 'environment', 'LTAI-env', []),
    'oidc': (BOTH, {**OIDC, **NO_ECS}, TOKEN, 'oidc', 'STS.role-one',
             ['sts.aliyuncs.com role-one by oidc']),
    'oidc before files': (BOTH, OIDC, {**TOKEN, **cli('AK', **CLI_KEY)}, 'oidc', 'STS.role-one',
                          ['sts.aliyuncs.com role-one by oidc']),
    'oidc in a region': (BOTH, {**OIDC, 'STS_REGION': 'cn-beijing'}, TOKEN, 'oidc', 'STS.role-one',
                         ['sts.cn-beijing.aliyuncs.com role-one by oidc']),
    'oidc in a vpc': (BOTH, {**OIDC, 'STS_REGION': 'cn-beijing', 'VPC_ENDPOINT_ENABLED': 'true'},
                      TOKEN, 'oidc', 'STS.role-one',
                      ['sts-vpc.cn-beijing.aliyuncs.com role-one by oidc']),
    'half of oidc is none': (BOTH, {'ROLE_ARN': 'acs:ram::1:role/one'}, cli('AK', **CLI_KEY),
                             'cli-profile', 'LTAI-cli', []),
    'cli key': (BOTH, {}, cli('AK', **CLI_KEY), 'cli-profile', 'LTAI-cli', []),
    'cli profile by name': (BOTH, {'PROFILE': 'q'}, cli('AK', {'name': 'q', 'mode': 'AK', **CLI_KEY}),
                            'cli-profile', 'LTAI-cli', []),
    'cli before ini': (BOTH, INI_FILE, {**cli('AK', **CLI_KEY), **ini(INI_KEY, 'my-credentials')},
                       'cli-profile', 'LTAI-cli', []),
    'cli switched off': (BOTH, {**INI_FILE, 'CLI_PROFILE_DISABLED': 'true'},
                         {**cli('AK', **CLI_KEY), **ini(INI_KEY, 'my-credentials')}, 'profile',
                         'LTAI-ini', []),
    'cli token': (BOTH, {}, cli('StsToken', sts_token='t', **CLI_KEY), 'cli-profile', 'LTAI-cli', []),
    'cli role': (BOTH, {}, cli('RamRoleArn', **CLI_KEY, **ROLE_ONE), 'cli-profile', 'STS.role-one',
                 ['sts.aliyuncs.com role-one as LTAI-cli']),
    'cli role in a vpc': (BOTH, {}, cli('RamRoleArn', sts_region='cn-beijing', enable_vpc=True,
                                        **CLI_KEY, **ROLE_ONE), 'cli-profile', 'STS.role-one',
                          ['sts-vpc.cn-beijing.aliyuncs.com role-one as LTAI-cli']),
    'cli role with all': (('python',), {}, cli('RamRoleArn', external_id='x', policy='{"a":1}',
                                               **CLI_KEY, **ROLE_ONE), 'cli-profile', 'STS.role-one',
                          ['sts.aliyuncs.com role-one external x policy {"a":1} as LTAI-cli']),
    'cli role on a role': (BOTH, {}, cli('ChainableRamRoleArn',
                                         {'name': 'b', 'mode': 'RamRoleArn', **CLI_KEY, **ROLE_TWO},
                                         source_profile='b', **ROLE_ONE), 'cli-profile',
                           'STS.role-one', ['sts.aliyuncs.com role-two as LTAI-cli',
                                            'sts.aliyuncs.com role-one as STS.role-two']),
    'cli role of an instance': (BOTH, {}, cli('EcsRamRole', ram_role_name='instance-role'),
                                'cli-profile', 'STS.instance-role', ['metadata instance-role']),
    'cli oidc': (BOTH, {'ROLE_SESSION_NAME': 'session'},
                 {**TOKEN, **cli('OIDC', oidc_provider_arn='acs:ram::1:oidc-provider/p',
                                 oidc_token_file='{folder}/token', **ROLE_ONE)}, 'cli-profile',
                 'STS.role-one', ['sts.aliyuncs.com role-one by oidc']),
    'cli program': (BOTH, {}, cli('External', process_command=PROGRAM), 'cli-profile', 'STS.p', []),
    'cli cloudsso': (('python',), {},
                     cli('CloudSSO', cloud_sso_account_id='123', cloud_sso_access_config='ac-1',
                         cloud_sso_sign_in_url='https://signin-test.alibabacloudsso.com/start/login',
                         access_token='sso-access-token', cloud_sso_access_token_expire=LATER),
                     'cli-profile', 'STS.cloudsso', ['cloudsso 123 ac-1']),
    'cli oauth': (BOTH, {}, cli('OAuth', oauth_site_type='CN', oauth_access_token='oauth-access-token',
                                oauth_access_token_expire=LATER), 'cli-profile', 'STS.oauth',
                  ['oauth']),
    'cli oauth that is kept': (('python',), {},
                               cli('OAuth', oauth_site_type='CN', sts_token='t', **CLI_KEY,
                                   oauth_access_token='oauth-access-token',
                                   oauth_access_token_expire=LATER, sts_expiration=LATER),
                               'cli-profile', 'LTAI-cli', []),
    'ini key': (BOTH, INI_FILE, ini(INI_KEY, 'my-credentials'), 'profile', 'LTAI-ini', []),
    'ini key at home': (('node',), {}, ini(INI_KEY), 'profile', 'LTAI-ini', []),
    'ini key at home by python': (('python',), {}, ini(INI_KEY, '.alibabacloud/credentials.ini'),
                                  'profile', 'LTAI-ini', []),
    'ini section by name': (BOTH, {**INI_FILE, 'PROFILE': 'work'},
                            ini(INI_KEY.replace('default', 'work'), 'my-credentials'), 'profile',
                            'LTAI-ini', []),
    'ini role': (BOTH, INI_FILE,
                 ini(INI_KEY.replace('access_key\n', 'ram_role_arn\n') +
                     'role_arn = acs:ram::1:role/one\nrole_session_name = session\n',
                     'my-credentials'), 'profile', 'STS.role-one',
                 ['sts.aliyuncs.com role-one as LTAI-ini']),
    'ini role of an instance': (BOTH, INI_FILE,
                                ini('[default]\ntype = ecs_ram_role\nrole_name = instance-role\n',
                                    'my-credentials'), 'profile', 'STS.instance-role',
                                ['metadata instance-role']),
    'ini before the instance': (BOTH, {**INI_FILE, 'ECS_METADATA': 'instance-role'},
                                ini(INI_KEY, 'my-credentials'), 'profile', 'LTAI-ini', []),
    'instance': (BOTH, {}, {}, 'ecs-role', 'STS.instance-role', ['metadata instance-role']),
    'instance by name': (BOTH, {'ECS_METADATA': 'instance-role'}, {}, 'ecs-role',
                         'STS.instance-role', ['metadata instance-role']),
    'instance before uri': (BOTH, URI, {}, 'ecs-role', 'STS.instance-role',
                            ['metadata instance-role']),
    'uri': (BOTH, {**URI, **NO_ECS}, {}, 'uri', 'STS.uri', ['uri']),
}

# name: environment, files, our code; nothing is left for Alibaba's libraries to fall back to
REFUSED = {
    'oidc with another token': ({**OIDC, **NO_ECS}, {'token': 'other.token'}, 'AUTH'),
    'oidc without a token': ({**OIDC, **NO_ECS}, {}, 'BAD_CREDENTIALS'),
    'oidc of another role': ({**OIDC, **NO_ECS, 'ROLE_ARN': 'acs:ram::1:role/none'}, TOKEN,
                             'BAD_CREDENTIALS'),
    'cli role that is none': (NO_ECS, cli('RamRoleArn', **CLI_KEY,
                                          **{**ROLE_ONE, 'ram_role_arn': 'acs:ram::1:role/none'}),
                              'BAD_CREDENTIALS'),
    'cli role with a wrong secret': (NO_ECS, cli('RamRoleArn', access_key_id='LTAI-cli',
                                                 access_key_secret='wrong', **ROLE_ONE), 'AUTH'),
    'cli role with an unknown key': (NO_ECS, cli('RamRoleArn', access_key_id='LTAI-none',
                                                 access_key_secret='x', **ROLE_ONE), 'AUTH'),
    'cli cloudsso that is over': (NO_ECS, cli('CloudSSO', cloud_sso_account_id='123',
                                              cloud_sso_access_config='ac-1', access_token='x',
                                              cloud_sso_sign_in_url='https://signin-test.alibabacloudsso.com',
                                              cloud_sso_access_token_expire=EARLIER),
                                  'BAD_CREDENTIALS'),
    'cli program that fails': (NO_ECS, cli('External', process_command='false'), 'BAD_CREDENTIALS'),
    'cli mode that is none': (NO_ECS, cli('Nonsense'), 'BAD_CREDENTIALS'),
    'cli file that is none': (NO_ECS, {'.aliyun/config.json': 'nonsense'}, 'BAD_CREDENTIALS'),
    'profile that is nowhere': ({**NO_ECS, 'PROFILE': 'nobody'}, cli('AK', **CLI_KEY),
                                'BAD_CREDENTIALS'),
    'instance with another role': ({'ECS_METADATA': 'other-role'}, {}, 'BAD_CREDENTIALS'),
    'uri that is not there': ({**NO_ECS, 'CREDENTIALS_URI': 'http://127.0.0.1:8001/none'}, {},
                              'BAD_CREDENTIALS'),
    'nothing': (NO_ECS, {}, 'NO_CREDENTIALS'),
}

# name: what the cloud is like, environment, our code or source; where we differ on purpose
OURS = {
    'metadata without a token': ({'token_offered': False, 'hardened': False},
                                 {'ECS_METADATA': 'instance-role'}, 'BAD_CREDENTIALS', []),
    'metadata without a token, unasked': ({'token_offered': False, 'hardened': False}, {},
                                          'NO_CREDENTIALS', []),
    'instance without a role': ({'role': ''}, {}, 'NO_CREDENTIALS', []),
    'sts that throttles': ({'faults': [[400, 'Throttling.User'], [503, 'ServiceUnavailable']]}, OIDC,
                           'oidc', ['sts.aliyuncs.com role-one by oidc']),
    'sts that is away': ({'faults': [[503, 'ServiceUnavailable']] * 3}, OIDC, 'CREDENTIALS_DOWN', []),
    'half a key': ({}, {'ACCESS_KEY_ID': 'LTAI-env'}, 'BAD_CREDENTIALS', []),
}


def cases():
    for libraries, environment, files, *_ in FOUND.values():
        yield {'environment': environment, 'files': files, 'libraries': libraries}
    for environment, files, _ in REFUSED.values():
        yield {'environment': environment, 'files': files, 'libraries': BOTH}
    for cloud, environment, *_ in OURS.values():
        yield {'environment': environment, 'files': TOKEN, 'libraries': [], 'cloud': cloud}


def can_unshare():
    try:
        done = subprocess.run(['unshare', '-rnm', 'ip', 'link', 'set', 'lo', 'up'], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@pytest.fixture(name='results', scope='module')
def run_all(tmp_path_factory):
    """Of each case by its name."""
    if not can_unshare():
        pytest.skip(NO_NETWORK)
    environment = {**os.environ,
                   'NODE_PATH': os.path.join(os.environ['EVC_NODE_FOLDER'], 'node_modules')}
    done = subprocess.run(['unshare', '-rnm', sys.executable, os.path.join(HERE, 'inside.py'),
                           str(tmp_path_factory.mktemp('inside'))],
                          input=json.dumps(list(cases())), stdout=subprocess.PIPE, text=True,
                          env=environment, timeout=600, check=True)
    return dict(zip([*FOUND, *REFUSED, *OURS], json.loads(done.stdout)))


@pytest.mark.parametrize('name', FOUND)
def test_the_same_configuration_gives_the_same_credentials(results, name):
    libraries, _, _, source, key_id, seen = FOUND[name]
    for library in libraries:
        assert results[name][library] == [{'ok': True, 'id': key_id}, seen], library
    reply, saw = results[name]['ours']
    assert (reply['ok'], reply.get('source'), reply.get('id'), saw) == (True, source, key_id, seen), reply


@pytest.mark.parametrize('name', REFUSED)
def test_what_alibabas_libraries_refuse_is_refused(results, name):
    for library in BOTH:
        assert results[name][library][0]['ok'] is False, library
    reply, saw = results[name]['ours']
    assert (reply['ok'], reply['code'], saw) == (False, f'ENVCRYPT_E_{REFUSED[name][2]}', []), reply


@pytest.mark.parametrize('name', OURS)
def test_ours_differs_on_purpose(results, name):
    reply, saw = results[name]['ours']
    _, _, outcome, seen = OURS[name]
    got = reply['source'] if reply['ok'] else reply['code'].removeprefix('ENVCRYPT_E_')
    assert (got, saw) == (outcome, seen), reply


def test_no_secret_is_shown(results):
    shown = json.dumps([result['ours'][0] for result in results.values()])
    for secret in ('cli-secret', 'env-secret', 'ini-secret', 'secret-of', 'token+of', 'oidc.token',
                   'sso-access-token', 'oauth-access-token', 'metadata-token'):
        assert secret not in shown

# SPDX-License-Identifier: Apache-2.0
"""Our chain of AWS credentials against those of botocore and of the AWS SDK for JavaScript.

All three get the same environment, the same files and the same services (tests/fakes/
aws_credentials.py), and must choose the same access key, secret and token. EVC_CHOSEN names our
program, EVC_NODE_FOLDER the folder with node_modules.
"""
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import boto3
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / 'fakes'))
import aws_credentials as fakes  # noqa: E402  pylint: disable=wrong-import-position

ROLE = 'arn:aws:iam::111122223333:role/one'
ROLE2 = 'arn:aws:iam::111122223333:role/two'


def keys(key, secret='plain-secret'):
    return f'aws_access_key_id = {key}\naws_secret_access_key = {secret}\n'


BASE = keys('AKIABASE', 'base-secret')
ENVIRONMENT = {'AWS_ACCESS_KEY_ID': 'AKIAENV', 'AWS_SECRET_ACCESS_KEY': 'env-secret'}
WEB = {'AWS_WEB_IDENTITY_TOKEN_FILE': '{home}/web-token', 'AWS_ROLE_ARN': ROLE,
       'AWS_ROLE_SESSION_NAME': 'session'}
CONTAINER = {'AWS_CONTAINER_CREDENTIALS_FULL_URI': '{url}/container'}
IMDS = {'AWS_EC2_METADATA_DISABLED': 'false'}
SSO = ('[default]\nsso_session = my-session\nsso_account_id = 111122223333\nsso_role_name = Reader\n'
       '[sso-session my-session]\nsso_region = us-east-1\nsso_start_url = https://x.example/start\n'
       'sso_registration_scopes = sso:account:access\n')
OLD_SSO = ('[default]\nsso_start_url = https://x.example/start\nsso_region = us-east-1\n'
           'sso_account_id = 111122223333\nsso_role_name = Reader\n')
PROCESS = ('{"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "p-secret", '
           '"SessionToken": "p-token"%s}')


def program(more=''):
    return f"credential_process = {sys.executable} -c 'print(r\"\"\"{PROCESS % more}\"\"\")'\n"


class Case:
    """judges: who of the two chooses likewise; the reason of a missing one stands at the case."""

    def __init__(self, name, chosen, source, config='', credentials='', env=None, fake=None,
                 profile=None, judges=('botocore', 'js')):
        self.name, self.chosen, self.source = name, chosen, source
        self.config, self.credentials = config, credentials
        self.env, self.fake, self.profile = env or {}, fake or {}, profile
        self.judges = judges


CASES = [
    Case('environment', 'AKIAENV', 'environment', env=ENVIRONMENT),
    Case('environment with token', 'AKIAENV', 'environment',
         env={**ENVIRONMENT, 'AWS_SESSION_TOKEN': 'tok+/=='}),
    Case('environment before files', 'AKIAENV', 'environment', credentials=f'[default]\n{BASE}',
         env=ENVIRONMENT),
    Case('environment before services', 'AKIAENV', 'environment',
         env={**ENVIRONMENT, **CONTAINER, **IMDS}),
    # botocore reads the old name of the token first; JavaScript does not know it.
    Case('old name of the token', 'AKIAENV', 'environment',
         env={**ENVIRONMENT, 'AWS_SECURITY_TOKEN': 'old'}, judges=('botocore',)),
    # JavaScript skips the environment for AWS_PROFILE, botocore only for a profile in the code.
    Case('environment before AWS_PROFILE', 'AKIAENV', 'environment', credentials=f'[p]\n{BASE}',
         env={**ENVIRONMENT, 'AWS_PROFILE': 'p'}, judges=('botocore',)),
    Case('profile in the code before environment', 'AKIABASE', 'profile',
         credentials=f'[p]\n{BASE}', env=ENVIRONMENT, profile='p'),
    Case('empty variables are unset', 'AKIABASE', 'profile', credentials=f'[default]\n{BASE}',
         env={'AWS_ACCESS_KEY_ID': '', 'AWS_SECRET_ACCESS_KEY': ''}),

    Case('default profile of credentials', 'AKIABASE', 'profile', credentials=f'[default]\n{BASE}'),
    Case('default profile of config', 'AKIABASE', 'profile', config=f'[default]\n{BASE}'),
    Case('[profile default] of config', 'AKIABASE', 'profile', config=f'[profile default]\n{BASE}'),
    Case('named profile of config', 'AKIABASE', 'profile', config=f'[profile p]\n{BASE}',
         env={'AWS_PROFILE': 'p'}),
    Case('named profile of credentials', 'AKIABASE', 'profile', credentials=f'[p]\n{BASE}',
         env={'AWS_PROFILE': 'p'}),
    Case('credentials before config', 'AKIABASE', 'profile', config=f'[default]\n{keys("AKIANO")}',
         credentials=f'[default]\n{BASE}'),
    Case('token of a profile', 'AKIABASE', 'profile',
         credentials=f'[default]\n{BASE}aws_session_token = tok+/==\n'),
    Case('quoted name with spaces', 'AKIABASE', 'profile', config=f'[profile "my name"]\n{BASE}',
         env={'AWS_PROFILE': 'my name'}, judges=('botocore',)),  # JavaScript knows no spaces
    Case('comments and empty lines', 'AKIABASE', 'profile',
         credentials=f'# a\n\n; b\n[default]\n# c\n{BASE}\n'),
    Case('carriage returns', 'AKIABASE', 'profile',
         credentials=f'[default]\n{BASE}'.replace('\n', '\r\n')),
    Case('sub-keys of other settings', 'AKIABASE', 'profile',
         config=f'[default]\ns3 =\n  addressing_style = path\n{BASE}'),
    Case('no white space', 'AKIABASE', 'profile',
         credentials='[default]\naws_access_key_id=AKIABASE\naws_secret_access_key=base-secret'),
    Case('a secret with equals signs', 'AKIAEQ', 'profile',
         credentials=f'[default]\n{keys("AKIAEQ", "a=b==")}'),

    Case('role over a profile', 'ASIAROLE', 'profile', credentials=f'[base]\n{BASE}',
         config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n'),
    Case('role over a profile of config', 'ASIAROLE', 'profile',
         config=f'[profile base]\n{BASE}[profile p]\nrole_arn = {ROLE}\nsource_profile = base\n',
         env={'AWS_PROFILE': 'p'}),
    Case('role with external id and session name', 'ASIAROLE', 'profile',
         credentials=f'[base]\n{BASE}',
         config=f'[default]\nrole_arn = {ROLE}/external\nsource_profile = base\n'
                'external_id = ext\nrole_session_name = me@example.com\nduration_seconds = 900\n'),
    Case('role over a role', 'ASIAROLE2', 'profile', credentials=f'[base]\n{BASE}',
         config=f'[default]\nrole_arn = {ROLE2}\nsource_profile = mid\n'
                f'[profile mid]\nrole_arn = {ROLE}\nsource_profile = base\n'),
    Case('role over itself', 'ASIAROLE', 'profile',
         config=f'[default]\nrole_arn = {ROLE}\nsource_profile = default\n{BASE}'),
    Case('keys of a source before its role', 'ASIAROLE2', 'profile',
         config=f'[default]\nrole_arn = {ROLE2}\nsource_profile = mid\n'
                f'[profile mid]\n{BASE}role_arn = {ROLE}\nsource_profile = other\n'
                f'[profile other]\n{keys("AKIAOTHER", "other-secret")}'),
    Case('role before keys', 'ASIAROLE', 'profile', credentials=f'[base]\n{BASE}',
         config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n{keys("AKIANO")}'),
    Case('role over the environment', 'ASIAROLE', 'profile', profile='p',
         config=f'[profile p]\nrole_arn = {ROLE}\ncredential_source = Environment\n',
         env={'AWS_ACCESS_KEY_ID': 'AKIABASE', 'AWS_SECRET_ACCESS_KEY': 'base-secret'}),
    Case('role over the instance', 'ASIAROLE', 'profile', env=IMDS,
         config=f'[default]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n'),
    Case('role over the container', 'ASIAROLE', 'profile', env=CONTAINER,
         config=f'[default]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n'),
    Case('role over a program', 'ASIAROLE', 'profile',
         config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\n'
                "credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"AKIABASE\", "
                "\"SecretAccessKey\": \"base-secret\"}'\n"),
    Case('role over SSO', 'ASIAROLE', 'profile',
         config=SSO.replace('[default]', '[profile base]') +
         f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n'),
    Case('web identity of a profile', 'ASIAWEB', 'profile',
         config=f'[default]\nrole_arn = {ROLE}\nweb_identity_token_file = {{home}}/web-token\n'
                'role_session_name = session\n'),

    Case('program', 'ASIAPROCESS', 'profile', config=f'[default]\n{program()}'),
    Case('program with an end', 'ASIAPROCESS', 'profile',
         config='[default]\n' + program(', "Expiration": "2099-01-01T00:00:00Z"')),
    Case('program with an offset in its end', 'ASIAPROCESS', 'profile',
         config='[default]\n' + program(', "Expiration": "2099-01-01T00:00:00+01:00"')),
    Case('keys before a program', 'AKIABASE', 'profile', credentials=f'[default]\n{BASE}',
         config=f'[default]\n{program()}'),

    Case('SSO session', 'ASIASSO', 'profile', config=SSO),
    Case('SSO session that nears its end', 'ASIASSO', 'profile', config=SSO,
         fake={'sign_in_s': 120}),
    Case('SSO of the older form', 'ASIASSO', 'profile', config=OLD_SSO),

    Case('web identity', 'ASIAWEB', 'web-identity', env=WEB),
    Case('web identity before container', 'ASIAWEB', 'web-identity', env={**WEB, **CONTAINER}),
    Case('environment before web identity', 'AKIAENV', 'environment', env={**ENVIRONMENT, **WEB}),

    Case('container', 'ASIACONTAINER', 'container', env=CONTAINER),
    Case('container with a token', 'ASIACONTAINER', 'container',
         env={**CONTAINER, 'AWS_CONTAINER_AUTHORIZATION_TOKEN': fakes.CONTAINER_AUTH},
         fake={'container_auth': fakes.CONTAINER_AUTH}),
    Case('container with a token file', 'ASIACONTAINER', 'container',
         env={**CONTAINER, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE': '{home}/container-token',
              'AWS_CONTAINER_AUTHORIZATION_TOKEN': 'wrong'},
         fake={'container_auth': fakes.CONTAINER_AUTH}),
    Case('container before instance', 'ASIACONTAINER', 'container', env={**CONTAINER, **IMDS}),
    Case('profile before container', 'AKIABASE', 'profile', credentials=f'[default]\n{BASE}',
         env=CONTAINER),
    Case('container after a profile without credentials', 'ASIACONTAINER', 'container',
         config='[default]\nregion = eu-west-1\n', env=CONTAINER),

    Case('instance', 'ASIAIMDS', 'imds', env=IMDS),
    Case('profile before instance', 'AKIABASE', 'profile', credentials=f'[default]\n{BASE}',
         env=IMDS),
    Case('expired credentials of an instance', 'ASIAIMDS', 'imds', env=IMDS,
         fake={'lives_s': -600}),
]

# Nobody of the three finds any, each in its own words; ours by code and a part of the message.
FAILURES = [
    ('nothing', {}, 'ENVCRYPT_E_NO_CREDENTIALS', 'AWS_PROFILE'),
    ('half a pair', {'env': {'AWS_ACCESS_KEY_ID': 'A'}, 'judges': ('botocore',)},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'AWS_SECRET_ACCESS_KEY'),
    ('profile that is not there', {'env': {'AWS_PROFILE': 'nobody'}},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'nobody'),
    ('loop of profiles', {
        'config': f'[default]\nrole_arn = {ROLE}\nsource_profile = b\n'
                  f'[profile b]\nrole_arn = {ROLE}\nsource_profile = default\n'},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'back to itself'),
    ('source profile that is not there', {
        'config': f'[default]\nrole_arn = {ROLE}\nsource_profile = nobody\n'},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'neither of AWS'),
    ('both kinds of source', {
        'credentials': f'[base]\n{BASE}',
        'config': f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n'
                  'credential_source = Environment\n', 'judges': ('botocore',)},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'one of source_profile'),
    ('role with a wrong secret', {
        'credentials': f'[base]\n{keys("AKIABASE", "wrong")}',
        'config': f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n'},
     'ENVCRYPT_E_AUTH', 'SignatureDoesNotMatch'),
    ('role that is denied', {
        'credentials': f'[base]\n{BASE}',
        'config': f'[default]\nrole_arn = {ROLE}/external\nsource_profile = base\n'},
     'ENVCRYPT_E_DENIED', 'AccessDenied'),
    ('program of another version', {
        'config': "[default]\ncredential_process = echo '{\"Version\": 2}'\n"},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'Version'),
    ('program that fails', {'config': '[default]\ncredential_process = false\n'},
     'ENVCRYPT_E_CREDENTIALS_DOWN', 'status 1'),
    ('SSO after a sign-out', {'config': SSO, 'fake': {'sign_in_s': None}},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'aws sso login'),
    ('SSO of the older form that is over', {'config': OLD_SSO, 'fake': {'sign_in_s': -60}},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'aws sso login'),
    ('SSO role that is not given', {'config': SSO.replace('Reader', 'Writer')},
     'ENVCRYPT_E_DENIED', 'aws-sso'),
    ('web identity that is refused', {'env': WEB, 'fake': {'web_token': 'stale'}},
     'ENVCRYPT_E_AUTH', 'InvalidIdentityToken'),
    ('web identity without its file', {
        'env': {**WEB, 'AWS_WEB_IDENTITY_TOKEN_FILE': '{home}/none'}},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'missing'),
    ('container with a wrong token', {
        'env': CONTAINER, 'fake': {'container_auth': fakes.CONTAINER_AUTH}},
     'ENVCRYPT_E_AUTH', 'aws-container'),
    ('container that is down', {'env': CONTAINER, 'fake': {'container': 'down'}},
     'ENVCRYPT_E_CREDENTIALS_DOWN', 'aws-container'),
    ('container elsewhere by http', {
        'env': {'AWS_CONTAINER_CREDENTIALS_FULL_URI': 'http://192.0.2.1/creds'}},
     'ENVCRYPT_E_BAD_CREDENTIALS', 'FULL_URI'),
    ('instance without a role', {'env': IMDS, 'fake': {'imds': 'none'}},
     'ENVCRYPT_E_NO_CREDENTIALS', 'imds'),
    ('instance that is down', {'env': IMDS, 'fake': {'imds': 'down'}},
     'ENVCRYPT_E_CREDENTIALS_DOWN', 'aws-imds'),
]


@pytest.fixture(name='fake', scope='module')
def start_fake():
    server = fakes.start()
    yield server
    server.shutdown()


@pytest.fixture(name='place')
def make_place(tmp_path, fake):
    return Place(tmp_path, fake)


class Place:
    """A home, an environment and the state of the services."""

    def __init__(self, home, fake):
        self.home, self.fake, self.env, self.profile = home, fake, {}, None

    def control(self, state=None):
        data = json.dumps(state).encode() if state is not None else None
        with urllib.request.urlopen(self.fake.url + '/_fake', data) as reply:
            return json.loads(reply.read())

    def sign_in(self, seconds):
        cache = self.home / '.aws/sso/cache'
        cache.mkdir(parents=True)
        for name in ('my-session', 'https://x.example/start'):
            path = cache / (hashlib.sha1(name.encode()).hexdigest() + '.json')
            path.write_text(json.dumps({
                'startUrl': 'https://x.example/start', 'region': 'us-east-1',
                'accessToken': fakes.SSO_ACCESS, 'expiresAt': stamp(seconds),
                'clientId': 'client', 'clientSecret': 'client-secret',
                'registrationExpiresAt': stamp(86400), 'refreshToken': fakes.SSO_REFRESH}))
            path.chmod(0o600)

    def prepare(self, case):
        fill = {'home': str(self.home), 'url': self.fake.url}
        state = {**fakes.Fake().state, **case.fake}
        signed_in = state.pop('sign_in_s', 86400)
        web_token = state.pop('web_token', fakes.WEB_TOKEN)
        self.control(state)
        (self.home / '.aws').mkdir()
        if signed_in is not None:
            self.sign_in(signed_in)
        for name in ('config', 'credentials'):
            text = getattr(case, name).replace('{home}', str(self.home))
            path = self.home / '.aws' / name
            path.write_bytes(text.encode())
            path.chmod(0o600)
        (self.home / 'web-token').write_text(web_token)
        (self.home / 'container-token').write_text(fakes.CONTAINER_AUTH)
        services = {name: self.fake.url for name in (
            'AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_SSO', 'AWS_ENDPOINT_URL_SSO_OIDC',
            'AWS_EC2_METADATA_SERVICE_ENDPOINT')}
        self.env = {'PATH': os.environ['PATH'], 'HOME': str(self.home), 'AWS_REGION': 'us-east-1',
                    'AWS_DEFAULT_REGION': 'us-east-1', 'AWS_EC2_METADATA_DISABLED': 'true',
                    'AWS_STS_REGIONAL_ENDPOINTS': 'regional', 'NODE_NO_WARNINGS': '1',
                    'NODE_PATH': os.path.join(os.environ['EVC_NODE_FOLDER'], 'node_modules'),
                    **services, **{n: v.format(**fill) for n, v in case.env.items()}}
        self.profile = case.profile
        return self

    def run(self, command):
        done = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, check=True, timeout=120,
                              text=True)
        return json.loads(done.stdout.splitlines()[-1])

    def ours(self, *arguments):
        profile = [f'profile={self.profile}'] if self.profile else []
        return self.run([os.environ['EVC_CHOSEN'], *profile, *arguments])

    def theirs(self, judge):
        profile = [self.profile] if self.profile else []
        if judge == 'js':
            return self.run(['node', str(HERE / 'chosen.js'), *profile])
        return self.run([sys.executable, str(HERE / 'chosen.py'), *profile])


def stamp(seconds):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime('%Y-%m-%dT%H:%M:%SZ')


def same(ours, theirs):
    return {n: ours.get(n) for n in ('id', 'secret', 'token')} == \
        {n: theirs.get(n) for n in ('id', 'secret', 'token')}


@pytest.mark.parametrize('case', CASES, ids=[c.name for c in CASES])
def test_chooses_what_the_others_choose(case, place):
    place.prepare(case)
    judged = {judge: place.theirs(judge) for judge in case.judges}
    ours = place.ours()
    assert (ours.get('id'), ours.get('source')) == (case.chosen, case.source), ours
    for judge, theirs in judged.items():
        assert same(ours, theirs), (judge, ours, theirs)


@pytest.mark.parametrize('name,settings,code,text', FAILURES, ids=[f[0] for f in FAILURES])
def test_fails_where_the_others_fail(name, settings, code, text, place):
    case = Case(name, None, None, **settings)
    place.prepare(case)
    for judge in case.judges:
        theirs = place.theirs(judge)
        assert 'id' not in theirs, (judge, theirs)
    ours = place.ours()
    assert ours.get('code') == code, ours
    assert text in ours['message'], ours


def test_json_of_sts_is_read_like_its_xml(place):
    case = Case('json', None, None, env=WEB, fake={'sts': 'json'})
    ours = place.prepare(case).ours()
    assert (ours['id'], ours['account']) == ('ASIAWEB', '111122223333')
    assert abs(ours['expires_ms'] / 1000 - time.time() - 3600) < 30


def test_no_secret_stands_in_an_error(place):
    secret = 'sEcReTwOrD+/=='
    case = Case('wrong', None, None, credentials=f'[base]\n{keys("AKIABASE", secret)}',
                config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n')
    assert secret not in json.dumps(place.prepare(case).ours())


@pytest.mark.parametrize('mode', ['v1'])
def test_version_1_of_the_metadata_service_is_never_asked(mode, place):
    place.prepare(Case('v1', None, None, env=IMDS, fake={'imds': mode}))
    ours = place.ours()
    assert ours['code'] == 'ENVCRYPT_E_BAD_CREDENTIALS' and 'IMDSv2' in ours['message']
    assert place.control()['requests'] == ['PUT /latest/api/token']


def test_64_threads_make_one_call(place):
    place.prepare(Case('many', None, None, env=CONTAINER, fake={'delay_ms': 300}))
    ours = place.ours('threads=64')
    assert (ours['id'], ours['same']) == ('ASIACONTAINER', 64)
    assert place.control()['requests'] == ['GET /container']


@pytest.mark.parametrize('seconds', [-86400, -600, 600, 86400])
def test_a_clock_that_is_wrong_is_corrected_once(seconds, place):
    case = Case('clock', None, None, credentials=f'[base]\n{BASE}', fake={'clock_s': seconds},
                config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n')
    place.prepare(case)
    # What it gives ends by the clock that is right, of which a client knows only the offset.
    place.control({'clock_s': seconds, 'lives_s': 2 * 86400})
    assert place.ours().get('id') == 'ASIAROLE'
    assert place.control()['requests'] == ['POST /', 'POST /', 'as AKIABASE']


def test_a_wrong_secret_is_not_taken_for_a_wrong_clock(place):
    case = Case('secret', None, None, credentials=f'[base]\n{keys("AKIABASE", "wrong")}',
                config=f'[default]\nrole_arn = {ROLE}\nsource_profile = base\n')
    assert place.prepare(case).ours()['provider_code'] == 'SignatureDoesNotMatch'
    assert place.control()['requests'] == ['POST /']


@pytest.fixture(name='moto', scope='module')
def start_moto():
    from moto.server import ThreadedMotoServer  # pylint: disable=import-outside-toplevel
    server = ThreadedMotoServer('127.0.0.1', port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f'http://{host}:{port}'
    server.stop()


def post(url, data):
    request = urllib.request.Request(url, data.encode(), {'Content-Type': 'text/plain'})
    with urllib.request.urlopen(request) as reply:
        return reply.read()


def test_the_instance_of_moto_gives_the_same_to_all(moto, place):
    place.prepare(Case('moto', None, None, env=IMDS))
    place.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = moto
    ours = place.ours()
    assert ours.get('source') == 'imds', ours
    assert same(ours, place.theirs('botocore'))
    assert same(ours, place.theirs('js'))


def test_sts_of_moto_accepts_our_signature_and_refuses_another_secret(moto, place):
    iam = boto3.client('iam', endpoint_url=moto, region_name='us-east-1', aws_access_key_id='a',
                       aws_secret_access_key='b')
    iam.create_user(UserName='user')
    key = iam.create_access_key(UserName='user')['AccessKey']
    allow = {'Effect': 'Allow', 'Action': 'sts:AssumeRole'}
    iam.put_user_policy(UserName='user', PolicyName='p', PolicyDocument=json.dumps(
        {'Version': '2012-10-17', 'Statement': [{**allow, 'Resource': '*'}]}))
    role = iam.create_role(RoleName='r', AssumeRolePolicyDocument=json.dumps(
        {'Version': '2012-10-17', 'Statement': [{**allow, 'Principal': {'AWS': '*'}}]}))['Role']['Arn']
    config = f'[default]\nrole_arn = {role}\nsource_profile = base\n'
    place.prepare(Case('moto', None, None, config=config, credentials='[base]\n' + keys(
        key['AccessKeyId'], key['SecretAccessKey'])))
    place.env['AWS_ENDPOINT_URL_STS'] = moto
    post(moto + '/moto-api/reset-auth', '0')
    try:
        good = place.ours()
        (place.home / '.aws/credentials').write_text(
            '[base]\n' + keys(key['AccessKeyId'], 'another'))
        bad = place.ours()
    finally:
        post(moto + '/moto-api/reset-auth', 'inf')
    assert good.get('source') == 'profile' and good['id'].startswith('ASIA'), good
    assert (bad.get('code'), bad.get('provider_code')) == (
        'ENVCRYPT_E_AUTH', 'SignatureDoesNotMatch'), bad


def test_the_region_of_an_instance(place):
    place.prepare(Case('region', None, None, env=IMDS))
    for name in ('AWS_REGION', 'AWS_DEFAULT_REGION'):
        del place.env[name]
    assert place.ours('region') == {'region': 'us-west-2'}


SERVICES = {'kms': 'kms', 'sts': 'sts', 'eks': 'eks', 'sso': 'sso', 'sso_oidc': 'sso-oidc'}
REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-3', 'cn-north-1', 'cn-northwest-1',
           'us-gov-west-1', 'us-gov-east-1', 'us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1',
           'us-isof-south-1', 'eusc-de-east-1', 'mx-central-1']


def test_endpoints_are_those_of_botocore(place):
    place.prepare(Case('endpoints', None, None))
    place.env = {n: v for n, v in place.env.items() if 'ENDPOINT' not in n}
    questions = [(service, region, fips, dual) for service in SERVICES for region in REGIONS
                 for fips in (False, True) for dual in (False, True)]
    asked = '\n'.join(json.dumps([SERVICES[s], r, f, d]) for s, r, f, d in questions)
    done = subprocess.run([sys.executable, str(HERE / 'chosen.py'), 'endpoints'], input=asked,
                          env=place.env, stdout=subprocess.PIPE, check=True, text=True, timeout=300)
    compared = 0
    for question, line in zip(questions, done.stdout.splitlines(), strict=True):
        theirs = json.loads(line)
        service, region, fips, dual = question
        # Where the rules of a service have no dual-stack suffix for a partition botocore makes no
        # URL; and its data for isolated partitions changed between releases.
        if theirs is None or (dual and 'iso' in region):
            continue
        ours = place.ours('endpoint', service, region, str(fips).lower(), str(dual).lower())
        assert ours == {'url': theirs}, question
        compared += 1
    assert compared > 150

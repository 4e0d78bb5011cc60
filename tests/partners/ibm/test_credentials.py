# SPDX-License-Identifier: Apache-2.0
"""IBM's own libraries and ours under the same environment and files: whose token each gets, by
which grant, as our imitation of IAM (tests/fakes/ibm_iam.py) saw it.

EVC_CREDENTIALS names our program.
"""
import json
import os
import subprocess
import sys

import pytest

import ibm_iam

HERE = os.path.dirname(os.path.abspath(__file__))
CRN = 'crn:v1:bluemix:public:iam::a/1::profile:one'
PYTHON, NODE = 'python', 'node'
BOTH = (PYTHON, NODE)


@pytest.fixture(name='iam')
def start_iam():
    iam = ibm_iam.Iam().start()
    yield iam
    iam.stop()


class Place:
    """A home, a working folder and an environment of their own."""

    def __init__(self, folder, iam):
        self.iam = iam
        self.home, self.work = folder / 'home', folder / 'work'
        self.home.mkdir()
        self.work.mkdir()
        self.environment = {'HOME': str(self.home), 'PATH': os.environ['PATH']}
        if 'EVC_NODE_FOLDER' in os.environ:
            self.environment['NODE_PATH'] = os.path.join(os.environ['EVC_NODE_FOLDER'],
                                                         'node_modules')

    def set(self, **variables):
        for name, value in variables.items():
            self.environment[f'KEY_PROTECT_{name}'] = value

    def put(self, name, text):
        path = self.home.parent / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def run(self, command):
        """The reply, and what IAM saw meanwhile."""
        self.iam.log.clear()
        done = subprocess.run(command, cwd=self.work, env=self.environment, timeout=60, check=True,
                              stdout=subprocess.PIPE)
        return json.loads(done.stdout), list(self.iam.log)

    def official(self, which):
        command = {PYTHON: [sys.executable, os.path.join(HERE, 'official.py')],
                   NODE: ['node', os.path.join(HERE, 'official.js')]}[which]
        return self.run([*command, 'key-protect'])

    def ours(self, *options):
        return self.run([os.environ['EVC_CREDENTIALS'], 'ibm', *options])


@pytest.fixture(name='place')
def make_place(tmp_path, iam):
    place = Place(tmp_path, iam)
    place.set(AUTH_URL=iam.url)
    return place


def file_of(place, **properties):
    properties['AUTH_URL'] = place.iam.url
    return ''.join(f'KEY_PROTECT_{name}={value}\n' for name, value in properties.items())


def api_key(place):
    place.set(APIKEY='key-of-env')


def api_key_url_with_path(place):
    place.set(APIKEY='key-of-env', AUTH_URL=place.iam.url + '/identity/token')


def named_file(place):
    place.set(APIKEY='key-of-env')
    place.environment['IBM_CREDENTIALS_FILE'] = place.put(
        'named.env', file_of(place, APIKEY='key-of-file'))


def working_folder(place):
    place.set(APIKEY='key-of-env')
    place.put('work/ibm-credentials.env', file_of(place, APIKEY='key-of-file'))
    place.put('home/ibm-credentials.env', file_of(place, APIKEY='key-of-home'))


def home_folder(place):
    place.set(APIKEY='key-of-env')
    place.put('home/ibm-credentials.env', file_of(place, APIKEY='key-of-home'))


def file_of_another(place):
    place.set(APIKEY='key-of-env')
    place.put('work/ibm-credentials.env', 'OTHER_APIKEY=key-of-file\n')


def client_and_scope(place):
    place.set(APIKEY='key-of-env', CLIENT_ID='client-id', CLIENT_SECRET='client-secret', SCOPE='a b')


def pod(place, **how):
    place.set(CR_TOKEN_FILENAME=place.put('pod-token', 'pod.token.one'), **how)


def pod_by_name(place):
    pod(place, AUTH_TYPE='container', IAM_PROFILE_NAME='profile-one')


def pod_by_id(place):
    pod(place, AUTH_TYPE='Container', IAM_PROFILE_ID='Profile-1')


def pod_without_a_type(place):
    pod(place, IAM_PROFILE_ID='Profile-1')


def assume_by_id(place):
    place.set(AUTH_TYPE='iamAssume', APIKEY='key-of-env', IAM_PROFILE_ID='Profile-1')


def assume_by_name(place):
    place.set(AUTH_TYPE='iamAssume', APIKEY='key-of-env', IAM_PROFILE_NAME='profile-one',
              IAM_ACCOUNT_ID='acc-1')


def assume_with_scope(place):
    place.set(AUTH_TYPE='IAMASSUME', APIKEY='key-of-env', IAM_PROFILE_ID='Profile-1', SCOPE='s',
              CLIENT_ID='client-id', CLIENT_SECRET='client-secret')


def server(place):
    place.set(AUTH_TYPE='vpc')


def server_by_id(place):
    place.set(AUTH_TYPE='VPC', IAM_PROFILE_ID='Profile-1')


def server_by_crn(place):
    place.set(AUTH_TYPE='vpc', IAM_PROFILE_CRN=CRN)


def server_of_new_version(place):
    place.set(AUTH_TYPE='vpc', VPC_IMS_VERSION='2025-08-26')


def given_token(place):
    place.set(AUTH_TYPE='bearerToken', BEARER_TOKEN='given.token')


# what is configured, which libraries know it, our source, what IAM sees
FOUND = [
    (api_key, BOTH, 'environment', ['apikey env']),
    (api_key_url_with_path, BOTH, 'environment', ['apikey env']),
    (named_file, BOTH, 'file', ['apikey file']),
    (working_folder, BOTH, 'file', ['apikey file']),
    (home_folder, BOTH, 'file', ['apikey home']),
    (file_of_another, BOTH, 'environment', ['apikey env']),
    (client_and_scope, BOTH, 'environment', ['apikey env scope a b as a client']),
    (pod_by_name, BOTH, 'environment', ['cr-token one by name']),
    (pod_by_id, BOTH, 'environment', ['cr-token one by id']),
    (pod_without_a_type, BOTH, 'environment', ['cr-token one by id']),
    (assume_by_id, BOTH, 'environment', ['apikey env', 'assume one by id as apikey env']),
    (assume_by_name, BOTH, 'environment', ['apikey env', 'assume one by name as apikey env']),
    (assume_with_scope, BOTH, 'environment',
     ['apikey env scope s as a client', 'assume one by id as apikey env scope s as a client']),
    (server, BOTH, 'environment', ['vpc its own']),
    (server_by_id, BOTH, 'environment', ['vpc one by id']),
    (server_by_crn, BOTH, 'environment', ['vpc one by crn']),
    (server_of_new_version, (PYTHON,), 'environment', ['vpc its own at new paths']),
    (given_token, BOTH, 'environment', []),
]


def name_of(value):
    return getattr(value, '__name__', None)


@pytest.mark.parametrize('arrange, libraries, source, seen', FOUND, ids=name_of)
def test_the_same_configuration_gives_the_same_credentials(place, arrange, libraries, source, seen):
    arrange(place)
    for library in libraries:
        assert place.official(library) == ({'ok': True}, seen), library
    reply, saw = place.ours()
    assert (reply['ok'], reply.get('source'), saw) == (True, source, seen), reply


def unknown_key(place):
    place.set(APIKEY='no-such-key')


def unknown_profile(place):
    pod(place, IAM_PROFILE_NAME='nobody')


def unknown_pod(place):
    place.set(CR_TOKEN_FILENAME=place.put('pod-token', 'other.token'), IAM_PROFILE_NAME='profile-one')


def missing_pod_token(place):
    place.set(CR_TOKEN_FILENAME='/nowhere/token', IAM_PROFILE_NAME='profile-one')


def pod_without_a_profile(place):
    pod(place)


def unknown_profile_of_server(place):
    place.set(AUTH_TYPE='vpc', IAM_PROFILE_ID='nobody')


def assume_without_a_profile(place):
    place.set(AUTH_TYPE='iamAssume', APIKEY='key-of-env')


def unknown_client(place):
    place.set(APIKEY='key-of-env', CLIENT_ID='x', CLIENT_SECRET='y')


REFUSED = [
    (unknown_key, 'ENVCRYPT_E_AUTH', 'BXNIM0415E'),
    (unknown_profile, 'ENVCRYPT_E_AUTH', 'BXNIM0522E'),
    (unknown_pod, 'ENVCRYPT_E_AUTH', 'BXNIM0501E'),
    (unknown_client, 'ENVCRYPT_E_AUTH', 'BXNIM0106E'),
    (unknown_profile_of_server, 'ENVCRYPT_E_AUTH', 'invalid_trusted_profile'),
    (missing_pod_token, 'ENVCRYPT_E_BAD_CREDENTIALS', ''),
    (pod_without_a_profile, 'ENVCRYPT_E_BAD_CREDENTIALS', ''),
    (assume_without_a_profile, 'ENVCRYPT_E_BAD_CREDENTIALS', ''),
]


@pytest.mark.parametrize('arrange, code, provider_code', REFUSED, ids=name_of)
def test_what_ibms_libraries_refuse_is_refused(place, arrange, code, provider_code):
    arrange(place)
    for library in BOTH:
        assert place.official(library)[0]['ok'] is False, library
    reply, _ = place.ours()
    assert (reply['ok'], reply['code'], reply['provider_code']) == (False, code, provider_code), reply


# -- what IBM's libraries do not know


def test_the_key_of_the_cli_is_taken(place):
    place.environment['IBMCLOUD_API_KEY'] = 'key-of-cli'
    reply, saw = place.ours('iam-url=' + place.iam.url)
    assert (reply['source'], reply['detail'], saw) == ('environment', 'IBMCLOUD_API_KEY', ['apikey cli'])


def test_a_profile_of_the_options_is_assumed(place):
    place.set(APIKEY='key-of-env')
    assert place.ours('profile-id=Profile-1')[1] == ['apikey env', 'assume one by id as apikey env']


def test_new_paths_are_found_when_the_old_ones_are_gone(place):
    place.set(AUTH_TYPE='vpc')
    place.iam.faults.append((404, 'not_found'))
    assert place.ours()[1] == ['vpc its own at new paths']


def test_trouble_that_passes_is_waited_out(place):
    place.set(APIKEY='key-of-env')
    place.iam.faults += [(429, 'BXNIM0429E'), (503, 'BXNIM0503E')]
    assert place.ours()[1] == ['apikey env']


def test_trouble_that_stays_is_told(place):
    place.set(APIKEY='key-of-env')
    place.iam.faults += [(503, 'BXNIM0503E')] * 3
    reply, _ = place.ours()
    assert (reply['code'], reply['provider_code']) == ('ENVCRYPT_E_CREDENTIALS_DOWN', 'BXNIM0503E')


def test_a_file_that_others_can_read_is_warned_of(place):
    path = place.put('work/ibm-credentials.env', file_of(place, APIKEY='key-of-file'))
    os.chmod(path, 0o644)
    assert '0600' in place.ours()[0]['log'][0]


def test_a_file_that_is_named_and_missing_is_an_error(place):
    place.set(APIKEY='key-of-env')
    place.environment['IBM_CREDENTIALS_FILE'] = '/nowhere/file'
    assert place.ours()[0]['code'] == 'ENVCRYPT_E_BAD_CREDENTIALS'

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""IBM Cloud IAM and the metadata service of a VPC, as far as tokens are concerned, on one port of
the loopback interface.

    ibm_iam.py                    prints {"url": …} and serves until its input ends

What it imitates: IAM Identity Services API, "Create an IAM access token" (grants apikey, cr-token,
assume); VPC Metadata API of the versions 2022-03-01 and 2025-08-26, whose paths differ. Its judges
are IBM's own libraries (tests/partners/ibm). `log` tells who got a token by which grant.
"""
import base64
import http.server
import json
import sys
import threading
import time
import urllib.parse

API_KEYS = {'key-of-file': 'file', 'key-of-env': 'env', 'key-of-cli': 'cli', 'key-of-home': 'home'}
POD_TOKENS = {'pod.token.one': 'pod'}
PROFILES = {'id': {'Profile-1': 'one'}, 'crn': {'crn:v1:bluemix:public:iam::a/1::profile:one': 'one'},
            'name': {'profile-one': 'one'}}
ACCOUNT = 'acc-1'
CLIENT = ('client-id', 'client-secret')
NEW_PATHS_SINCE = '2025-08-26'
LIFE = 3600


def urlsafe(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


class Refusal(Exception):
    def __init__(self, status, code, text):
        super().__init__(code)
        self.status, self.code, self.text = status, code, text


def profile_of(form):
    """By exactly one name; an account belongs to a name alone."""
    given = [(kind, form[f'profile_{kind}']) for kind in PROFILES if form.get(f'profile_{kind}')]
    if len(given) != 1:
        raise Refusal(400, 'BXNIM0109E', 'Exactly one of profile_id, profile_crn and profile_name')
    kind, value = given[0]
    if value not in PROFILES[kind]:
        raise Refusal(400, 'BXNIM0522E', 'Unable to find the trusted profile')
    return kind, PROFILES[kind][value]


class Iam:
    """life: of the tokens, in seconds. faults: (status, code) of the next requests, in order."""

    def __init__(self, life=LIFE):
        self.life, self.faults, self.log = life, [], []
        self.tokens, self.identities = {}, set()
        self.requests = 0
        handler = type('Handler', (Handler,), {'iam': self})
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.url = 'http://127.0.0.1:%d' % self.server.server_address[1]

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def issue(self, who):
        now = int(time.time())
        claims = {'iam_id': who, 'iat': now, 'exp': now + self.life, 'n': len(self.tokens)}
        token = '.'.join([urlsafe(b'{"alg":"RS256","typ":"JWT"}'),
                          urlsafe(json.dumps(claims).encode()), urlsafe(b'no signature')])
        self.tokens[token] = who
        return token

    # -- IAM

    def grant(self, form, basic):
        if basic not in (None, CLIENT):
            raise Refusal(401, 'BXNIM0106E', 'The client is not known')
        kind = form.get('grant_type', '')
        if kind == 'urn:ibm:params:oauth:grant-type:apikey':
            if form.get('apikey') not in API_KEYS:
                raise Refusal(400, 'BXNIM0415E', 'Provided API key could not be found.')
            return f'apikey {API_KEYS[form["apikey"]]}'
        if kind == 'urn:ibm:params:oauth:grant-type:cr-token':
            if form.get('cr_token', '').strip() not in POD_TOKENS:
                raise Refusal(400, 'BXNIM0501E', 'The compute resource token is not valid')
            by, profile = profile_of(form)
            return f'cr-token {profile} by {by}'
        if kind == 'urn:ibm:params:oauth:grant-type:assume':
            if form.get('access_token') not in self.tokens:
                raise Refusal(400, 'BXNIM0407E', 'The token is not valid')
            by, profile = profile_of(form)
            if by == 'name' and form.get('account') != ACCOUNT:
                raise Refusal(400, 'BXNIM0109E', 'A profile name needs its account')
            if by != 'name' and form.get('account'):
                raise Refusal(400, 'BXNIM0109E', 'An account belongs to a name')
            return f'assume {profile} by {by} as {self.tokens[form["access_token"]]}'
        raise Refusal(400, 'BXNIM0101E', 'The grant is not supported')

    def token(self, headers, body):
        kind = headers.get('content-type', '').split(';')[0]
        if kind != 'application/x-www-form-urlencoded' or 'application/json' not in headers.get('accept', ''):
            raise Refusal(400, 'BXNIM0100E', 'A form is expected, and JSON asked for')
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        basic = None
        if 'authorization' in headers:
            kind, _, text = headers['authorization'].partition(' ')
            basic = tuple(base64.b64decode(text).decode().split(':', 1)) if kind == 'Basic' else 'no'
        who = self.grant(form, basic)
        if form.get('scope'):
            who += f' scope {form["scope"]}'
        if basic:
            who += ' as a client'
        self.log.append(who)
        return {'access_token': self.issue(who), 'refresh_token': 'not_supported',
                'ims_user_id': 1, 'token_type': 'Bearer', 'expires_in': self.life,
                'expiration': int(time.time()) + self.life, 'scope': 'ibm openid'}

    # -- metadata of a VPC

    def metadata(self, method, path, version, headers, body):
        new = version >= NEW_PATHS_SINCE
        if headers.get('metadata-flavor') != 'ibm':
            raise Refusal(400, 'bad_request', 'Metadata-Flavor is missing')
        if (method, path) == ('PUT', '/identity/v1/token' if new else '/instance_identity/v1/token'):
            life = json.loads(body)['expires_in']
            if not 5 <= life <= 3600:
                raise Refusal(400, 'bad_request', 'expires_in is from 5 to 3600')
            token = self.issue('an instance')
            self.identities.add(token)
            return self.instance_token(token, life)
        if (method, path) == ('POST', '/identity/v1/iam_tokens' if new
                              else '/instance_identity/v1/iam_token'):
            if headers.get('authorization', '').partition(' ')[2] not in self.identities:
                raise Refusal(401, 'unauthorized', 'The identity token is not valid')
            wish = json.loads(body)['trusted_profile'] if body else {}
            if len(wish) > 1:
                raise Refusal(400, 'bad_request', 'One name of a profile is enough')
            who = 'vpc its own'
            for kind, value in wish.items():
                if value not in PROFILES.get(kind, {}):
                    raise Refusal(400, 'invalid_trusted_profile', 'There is no such profile')
                who = f'vpc {PROFILES[kind][value]} by {kind}'
            who += ' at new paths' if new else ''
            self.log.append(who)
            return self.instance_token(self.issue(who), self.life)
        raise Refusal(404, 'not_found', 'There is nothing here')

    @staticmethod
    def instance_token(token, life):
        return {'access_token': token, 'created_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
                'expires_at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + life)),
                'expires_in': life}


class Handler(http.server.BaseHTTPRequestHandler):
    iam = None
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms

    def answer(self):
        body = self.rfile.read(int(self.headers.get('content-length') or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = urllib.parse.urlsplit(self.path)
        self.iam.requests += 1
        try:
            if self.iam.faults:
                raise Refusal(*self.iam.faults.pop(0), 'As the test wants it')
            if url.path == '/identity/token' and self.command == 'POST':
                self.reply(200, self.iam.token(headers, body))
            else:
                version = dict(urllib.parse.parse_qsl(url.query)).get('version', '')
                self.reply(200, self.iam.metadata(self.command, url.path, version, headers, body))
        except Refusal as refusal:
            self.reply(refusal.status, self.error(url.path, refusal))

    @staticmethod
    def error(path, refusal):
        if path == '/identity/token':
            return {'errorCode': refusal.code, 'errorMessage': refusal.text,
                    'context': {'requestId': 'iam-request-1'}}
        return {'errors': [{'code': refusal.code, 'message': refusal.text}], 'trace': 'trace-1'}

    def reply(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_GET = answer

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Nothing: the log of the service is what counts."""


def main():
    iam = Iam().start()
    print(json.dumps({'url': iam.url}), flush=True)
    sys.stdin.read()
    iam.stop()


if __name__ == '__main__':
    main()

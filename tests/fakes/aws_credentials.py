#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What gives AWS credentials, on one loopback port: the metadata service of EC2 (version 2), a
container's endpoint, STS, the portal and the OIDC service of IAM Identity Center.

    aws_credentials.py

Writes one line of JSON with its URL to standard output, and ends when its standard input does.
POST /_fake with a JSON object changes what the services are like (see Fake.state); GET /_fake tells
what they were asked. No client of AWS's sends those. Signatures to STS are checked, by an
implementation of its own.

It is judged by botocore and the AWS SDK for JavaScript in tests/partners/aws, and knows nothing of
ours.
"""
import datetime
import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

KEYS = {  # access key id: secret, session token
    'AKIABASE': ('base-secret', None),
    'AKIAOTHER': ('other-secret', None),
    'ASIAIMDS': ('imds-secret', 'imds-token+/=='),
    'ASIACONTAINER': ('container-secret', 'container-token+/=='),
    'ASIASSO': ('sso-secret', 'sso-token+/=='),
    'ASIAROLE': ('role-secret', 'role-token+/=='),
    'ASIAROLE2': ('role2-secret', 'role2-token+/=='),
    'ASIAWEB': ('web-secret', 'web-token+/=='),
}
SESSION_TOKEN = 'imds-session-token=='
CONTAINER_AUTH = 'Basic container-auth'
SSO_ACCESS, SSO_RENEWED, SSO_REFRESH = 'sso-access-token', 'sso-access-token-2', 'sso-refresh-token'
WEB_TOKEN = 'web.identity.token'
SIGNED = re.compile(r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?'
                    r'SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})')


class Refusal(Exception):
    def __init__(self, status, code, message=''):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def hmac_of(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(request, secret, day, region, service, names):
    """Of a request with path "/" and no query, as AWS's General Reference describes it."""
    headers = ''.join(f'{n}:{" ".join(request.headers[n].split())}\n' for n in names)
    canonical = '\n'.join([request.command, '/', '', headers, ';'.join(names),
                           hashlib.sha256(request.body).hexdigest()])
    to_sign = '\n'.join(['AWS4-HMAC-SHA256', request.headers['x-amz-date'],
                         f'{day}/{region}/{service}/aws4_request',
                         hashlib.sha256(canonical.encode()).hexdigest()])
    key = ('AWS4' + secret).encode()
    for part in (day, region, service, 'aws4_request'):
        key = hmac_of(key, part)
    return hmac_of(key, to_sign).hex()


class Fake:
    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.state = {
            'imds': 'v2',          # v2, v1 (no token is given), none (no role), down (500), bad (Code)
            'container': 'good',   # good, down
            'container_auth': '',  # what Authorization must be
            'sts': 'xml',          # xml, json
            'sts_error': '',       # a code in the place of credentials
            'delay_ms': 0,         # before each answer
            'lives_s': 3600,       # of credentials, from now
            'clock_s': 0,          # by how much STS's clock differs from this host's
        }

    def count(self, what):
        with self.lock:
            self.requests.append(what)
        time.sleep(self.state['delay_ms'] / 1000)

    def ends(self):
        return time.time() + self.state['lives_s']

    # --- EC2 ---

    def imds(self, request):
        mode = self.state['imds']
        path = request.path
        if mode == 'down':
            return 500, 'text/plain', 'trouble'
        if request.command == 'PUT' and path == '/latest/api/token':
            if 'x-aws-ec2-metadata-token-ttl-seconds' not in request.headers:
                return 400, 'text/plain', ''
            return (403, 'text/plain', '') if mode == 'v1' else (200, 'text/plain', SESSION_TOKEN)
        if mode != 'v1' and request.headers.get('x-aws-ec2-metadata-token') != SESSION_TOKEN:
            return 401, 'text/plain', ''
        if path == '/latest/meta-data/placement/region':
            return 200, 'text/plain', 'us-west-2'
        if path == '/latest/meta-data/iam/security-credentials/' and mode != 'none':
            return 200, 'text/plain', 'instance-role'
        if path == '/latest/meta-data/iam/security-credentials/instance-role':
            if mode == 'bad':
                return 200, 'application/json', json.dumps(
                    {'Code': 'AssumeRoleUnauthorizedAccess', 'Message': 'no'})
            return 200, 'application/json', json.dumps(
                {'Code': 'Success', 'Type': 'AWS-HMAC', **self.plain('ASIAIMDS')})
        return 404, 'text/plain', ''

    def plain(self, key):
        """As metadata services write credentials."""
        return {'AccessKeyId': key, 'SecretAccessKey': KEYS[key][0], 'Token': KEYS[key][1],
                'Expiration': iso(self.ends()), 'LastUpdated': iso(time.time())}

    # --- containers ---

    def container(self, request):
        if self.state['container'] == 'down':
            return 500, 'application/json', '{"code":"InternalServerError"}'
        wanted = self.state['container_auth']
        if wanted and request.headers.get('authorization') != wanted:
            return 401, 'application/json', '{"code":"Unauthorized","message":"no"}'
        return 200, 'application/json', json.dumps(self.plain('ASIACONTAINER'))

    # --- IAM Identity Center ---

    def portal(self, request):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        if request.headers.get('x-amz-sso_bearer_token') not in (SSO_ACCESS, SSO_RENEWED):
            return 401, 'application/json', json.dumps(
                {'__type': 'UnauthorizedException', 'message': 'Session token not found'})
        if query != {'role_name': ['Reader'], 'account_id': ['111122223333']}:
            return 403, 'application/json', '{"message":"No access"}'
        return 200, 'application/json', json.dumps({'roleCredentials': {
            'accessKeyId': 'ASIASSO', 'secretAccessKey': KEYS['ASIASSO'][0],
            'sessionToken': KEYS['ASIASSO'][1], 'expiration': int(self.ends() * 1000)}})

    def oidc(self, request):
        body = json.loads(request.body)
        if body.get('grantType') != 'refresh_token' or body.get('refreshToken') != SSO_REFRESH:
            return 400, 'application/json', json.dumps(
                {'error': 'invalid_grant', 'error_description': 'no'})
        return 200, 'application/json', json.dumps(
            {'accessToken': SSO_RENEWED, 'expiresIn': 28800, 'refreshToken': SSO_REFRESH,
             'tokenType': 'Bearer'})

    # --- STS ---

    def check_signature(self, request):
        found = SIGNED.fullmatch(request.headers.get('authorization', ''))
        if not found:
            raise Refusal(403, 'MissingAuthenticationToken')
        key, day, region, service, names, given = found.groups()
        if key not in KEYS:
            raise Refusal(403, 'InvalidClientTokenId')
        secret, token = KEYS[key]
        names = names.split(';')
        if token != request.headers.get('x-amz-security-token'):
            raise Refusal(403, 'InvalidClientTokenId', 'token')
        if token and 'x-amz-security-token' not in names:
            raise Refusal(403, 'SignatureDoesNotMatch', 'token is not signed')
        dated = datetime.datetime.strptime(request.headers['x-amz-date'], '%Y%m%dT%H%M%S%z')
        if abs(time.time() + self.state['clock_s'] - dated.timestamp()) > 300:
            raise Refusal(403, 'SignatureDoesNotMatch', 'Signature expired')
        if service != 'sts' or 'host' not in names or 'x-amz-date' not in names or \
                signature(request, secret, day, region, service, names) != given:
            raise Refusal(403, 'SignatureDoesNotMatch')
        return key

    def sts(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode(), strict_parsing=True))
        action = form['Action']
        try:
            if self.state['sts_error']:
                raise Refusal(400, self.state['sts_error'])
            if form['Version'] != '2011-06-15' or not 2 <= len(form['RoleSessionName']) <= 64:
                raise Refusal(400, 'ValidationError')
            if action == 'AssumeRoleWithWebIdentity':
                if form['WebIdentityToken'] != WEB_TOKEN:
                    raise Refusal(400, 'InvalidIdentityToken')
                self.count('as nobody')
                key = 'ASIAWEB'
            elif action == 'AssumeRole':
                self.count('as ' + self.check_signature(request))
                key = 'ASIAROLE2' if form['RoleArn'].endswith('/two') else 'ASIAROLE'
                if form['RoleArn'].endswith('/external') and form.get('ExternalId') != 'ext':
                    raise Refusal(403, 'AccessDenied')
            else:
                raise Refusal(400, 'InvalidAction')
        except Refusal as refusal:
            return refusal.status, 'text/xml', (
                '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
                f'<Type>Sender</Type><Code>{refusal.code}</Code><Message>{refusal.message}</Message>'
                '</Error><RequestId>r-1</RequestId></ErrorResponse>')
        return self.sts_answer(request, action, key, form)

    def sts_answer(self, request, action, key, form):
        secret, token = KEYS[key]
        if self.state['sts'] == 'json' and request.headers.get('accept') == 'application/json':
            return 200, 'application/json', json.dumps({f'{action}Response': {
                f'{action}Result': {'Credentials': {
                    'AccessKeyId': key, 'SecretAccessKey': secret, 'SessionToken': token,
                    'Expiration': float(int(self.ends()))}},
                'ResponseMetadata': {'RequestId': 'r-1'}}})
        return 200, 'text/xml', (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>'
            f'<AssumedRoleUser><Arn>{form["RoleArn"].replace(":iam:", ":sts:")}/s</Arn>'
            '<AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>'
            f'<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}'
            f'</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{iso(self.ends())}'
            f'</Expiration></Credentials></{action}Result><ResponseMetadata><RequestId>r-1'
            f'</RequestId></ResponseMetadata></{action}Response>')

    # --- all ---

    def answer(self, request):
        path = request.path.partition('?')[0]
        self.count(f'{request.command} {path}')
        if path.startswith('/latest/'):
            return self.imds(request)
        if path == '/container':
            return self.container(request)
        if path == '/federation/credentials':
            return self.portal(request)
        if path == '/token' and request.command == 'POST':
            return self.oidc(request)
        if path == '/' and request.command == 'POST':
            return self.sts(request)
        return 404, 'text/plain', ''


def iso(seconds):
    return datetime.datetime.fromtimestamp(
        int(seconds), datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms
    fake = None

    def control(self):
        if self.command == 'POST':
            with self.fake.lock:
                self.fake.state.update(json.loads(self.body))
                self.fake.requests.clear()
        with self.fake.lock:
            return 200, 'application/json', json.dumps(
                {'state': self.fake.state, 'requests': self.fake.requests})

    def serve(self):
        self.body = self.rfile.read(int(self.headers.get('content-length') or 0))
        status, kind, text = self.control() if self.path == '/_fake' else self.fake.answer(self)
        content = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp or time.time() + self.fake.state['clock_s'])

    do_GET = do_POST = do_PUT = serve  # noqa: N815

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def start():
    """A server that runs; its URL is server.url."""
    handler = type('FakeHandler', (Handler,), {'fake': Fake()})
    server = Server(('127.0.0.1', 0), handler)
    server.url = f'http://127.0.0.1:{server.server_address[1]}'
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == '__main__':
    running = start()
    print(json.dumps({'url': running.url}), flush=True)
    sys.stdin.read()
    running.shutdown()

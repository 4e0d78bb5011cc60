#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What gives credentials on Alibaba Cloud: STS (API 2015-04-01: AssumeRole and GetCallerIdentity,
signed, and AssumeRoleWithOIDC), the metadata service of ECS instances, a credentials URI, CloudSSO and the
OAuth service of the CLI, each on a port of its own.

Its judges are Alibaba's own libraries (tests/partners/alibaba). They know no other addresses than
the real ones, so the tests serve those in a network of their own. `log` tells who asked for what.
"""
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from alibaba_signing import Key, Refusal, Request, Verifier  # noqa: E402

ROLES = {'acs:ram::1:role/one': 'one', 'acs:ram::1:role/two': 'two'}
OIDC_PROVIDER, OIDC_TOKEN = 'acs:ram::1:oidc-provider/p', 'oidc.token.one'
EXTERNAL_ID = 'external'
INSTANCE_ROLE = 'instance-role'
SSO_TOKEN, SSO_ACCOUNT, SSO_ACCESS = 'sso-access-token', '123', 'ac-1'
OAUTH_TOKEN = 'oauth-access-token'
LIFE = 3600


class Cloud:
    """The access keys and what was asked for. hardened: metadata are given by token alone;
    token_offered: false = a metadata service so old that it has none."""

    def __init__(self, keys, account='1'):
        self.account = account
        self.keys = {name: Key(secret, token) for name, (secret, token) in keys.items()}
        self.verifier = Verifier(self.keys, time.time)
        self.log = []
        self.life = LIFE
        self.hardened, self.token_offered = True, True
        self.role = INSTANCE_ROLE
        self.faults = []  # (status, code) of the next requests to STS
        self.metadata_tokens = set()

    def issue(self, who):
        """Temporary keys that sign from now on."""
        key_id = f'STS.{who.replace(" ", "-")}'
        secret, token = f'secret-of-{who}', f'token+of/{who}=='
        self.keys[key_id] = Key(secret, token)
        end = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + self.life))
        return {'AccessKeyId': key_id, 'AccessKeySecret': secret, 'SecurityToken': token,
                'Expiration': end}

    # -- STS

    def sts(self, request, host):
        if self.faults:
            raise Refusal(*self.faults.pop(0), 'As the test wants it.')
        given = request.parameters()
        version = request.headers.get('x-acs-version') or given.get('Version')
        if version != '2015-04-01' or 'json' not in (
                given.get('Format', '') + request.headers.get('accept', '')).lower():
            raise Refusal(400, 'InvalidVersion', 'Version and Format.')
        if request.method not in ('GET', 'POST') or request.path.strip('/'):
            raise Refusal(404, 'InvalidAction.NotFound', 'There is nothing here.')
        if given.get('Action') == 'AssumeRoleWithOIDC':
            who = self.with_oidc(given)
        else:
            key_id, action = self.verifier.verify(request)
            if action == 'GetCallerIdentity':
                self.log.append(f'{host} identity of {key_id}')
                return self.identity(key_id)
            if action != 'AssumeRole':
                raise Refusal(404, 'InvalidAction.NotFound', 'Another action.')
            who = f'{self.assume(given)} as {key_id}'
        self.log.append(f'{host} {who}')
        return {'RequestId': 'R-1', 'AssumedRoleUser': {'Arn': 'a', 'AssumedRoleId': 'b'},
                'Credentials': self.issue(who.split(' ')[0])}

    def identity(self, key_id):
        """As in "GetCallerIdentity", Security Token Service API reference."""
        told = {'RequestId': 'R-1', 'AccountId': self.account, 'UserId': None, 'RoleId': None}
        if key_id.startswith('STS.'):
            name = f'assumed-role/{key_id[4:].removeprefix("role-")}/session'
            return told | {'IdentityType': 'AssumedRoleUser', 'PrincipalId': '33:session',
                           'RoleId': '33', 'Arn': f'acs:ram::{self.account}:{name}'}
        return told | {'IdentityType': 'RAMUser', 'PrincipalId': '21', 'UserId': '21',
                       'Arn': f'acs:ram::{self.account}:user/{key_id.lower()}'}

    @staticmethod
    def assume(given):
        role = ROLES.get(given.get('RoleArn'))
        if not role:
            raise Refusal(404, 'EntityNotExist.Role', 'The role not exists.')
        if not 900 <= int(given['DurationSeconds']) <= 43200:
            raise Refusal(400, 'InvalidParameter.DurationSeconds', 'Too short.')
        name = given.get('RoleSessionName', '')
        if not 2 <= len(name) <= 64:
            raise Refusal(400, 'InvalidParameter.RoleSessionName', 'No name of a session.')
        who = f'role-{role}'
        if given.get('ExternalId'):
            who += f' external {given["ExternalId"]}'
        if given.get('Policy'):
            who += f' policy {given["Policy"]}'
        return who

    def with_oidc(self, given):
        if given.get('OIDCProviderArn') != OIDC_PROVIDER:
            raise Refusal(404, 'EntityNotExist.OIDCProvider', 'There is no such provider.')
        if given.get('OIDCToken', '').strip() != OIDC_TOKEN:
            raise Refusal(400, 'AuthenticationFail.OIDCToken.Invalid', 'The token is not valid.')
        return f'{self.assume(given)} by oidc'

    # -- metadata of an instance

    def metadata(self, request):
        path = request.path
        roles = '/latest/meta-data/ram/security-credentials/'
        if (request.method, path) == ('PUT', '/latest/api/token') and self.token_offered:
            life = int(request.headers.get('x-aliyun-ecs-metadata-token-ttl-seconds', '0'))
            if not 1 <= life <= 21600:
                raise Refusal(400, 'Bad', 'TTL')
            token = f'metadata-token-{len(self.metadata_tokens)}'
            self.metadata_tokens.add(token)
            return token
        if request.method != 'GET':
            raise Refusal(404, 'NotFound', '')
        token = request.headers.get('x-aliyun-ecs-metadata-token')
        if token not in self.metadata_tokens and (self.hardened or token):
            raise Refusal(403, 'Forbidden', '')
        if path == roles and self.role:
            return self.role
        if self.role and path == roles + self.role:
            self.log.append(f'metadata {self.role}' + ('' if token else ' without a token'))
            return {'Code': 'Success', 'LastUpdated': '2026-01-01T00:00:00Z',
                    **self.issue(self.role)}
        raise Refusal(404, 'NotFound', '')

    # -- others

    def uri(self, request):
        if (request.method, request.path) != ('GET', '/creds'):
            raise Refusal(404, 'NotFound', '')
        self.log.append('uri')
        return {'Code': 'Success', **self.issue('uri')}

    def sign_in(self, request):
        bearer = request.headers.get('authorization', '')
        if request.method == 'POST' and request.path == '/cloud-credentials':
            if bearer != f'Bearer {SSO_TOKEN}':
                raise Refusal(401, 'InvalidToken', '')
            body = json.loads(request.body) if request.body else {}
            self.log.append(f'cloudsso {body.get("AccountId")} {body.get("AccessConfigurationId")}')
            return {'RequestId': 'R-2', 'CloudCredential': self.issue('cloudsso')}
        if request.method == 'POST' and request.path == '/v1/exchange':
            if bearer != f'Bearer {OAUTH_TOKEN}':
                raise Refusal(401, 'InvalidToken', '')
            self.log.append('oauth')
            given = self.issue('oauth')  # the libraries differ in what they look for
            return {**given, **{name[0].lower() + name[1:]: value for name, value in given.items()}}
        raise Refusal(404, 'NotFound', '')


def handler_of(answer):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        disable_nagle_algorithm = True

        def serve(self):
            body = self.rfile.read(int(self.headers.get('content-length') or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = urllib.parse.urlsplit(self.path)
            request = Request(self.command, url.path, url.query, headers, body)
            try:
                status, value = 200, answer(request, headers.get('host', ''))
            except Refusal as refusal:
                status = refusal.status
                value = {'RequestId': 'R-1', 'HostId': 'h', 'Code': refusal.code,
                         'Message': refusal.message}
            data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header('content-type', 'application/json;charset=utf-8')
            self.send_header('content-length', str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET = serve

        def log_message(self, format, *args):  # pylint: disable=redefined-builtin
            """Nothing: the log of the cloud is what counts."""
    return Handler


def serve(address, answer, certificate=None):
    """Answers at (host, port), by TLS when there is a file of certificate and key."""
    server = http.server.ThreadingHTTPServer(address, handler_of(answer))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def serve_all(cloud, certificate):
    """At the addresses that Alibaba's libraries know."""
    sts_and_others = ('127.0.0.1', 443)

    def by_host(request, host):
        if host.startswith('sts'):
            return cloud.sts(request, host)
        return cloud.sign_in(request)

    return [serve(sts_and_others, by_host, certificate),
            serve(('100.100.100.200', 80), lambda request, _: cloud.metadata(request)),
            serve(('127.0.0.1', 8001), lambda request, _: cloud.uri(request))]

# SPDX-License-Identifier: Apache-2.0
"""Checks who sent a request to a service of AWS: Signature Version 4 as its receiver sees it, in the
Authorization header, or in the query (which is what a token of EKS is). Nothing here signs, and
nothing is taken from a client.
"""
import base64
import binascii
import datetime
import hashlib
import hmac
import re
import time
import urllib.parse

ACCOUNT = '111122223333'
KEYS = {  # access key id: secret, session token
    'AKIAFIXED': ('fixed-secret', None),
    'ASIATEMPORARY': ('temporary-secret', 'temporary+token/=='),
    'ASIARENEWED': ('renewed-secret', 'renewed+token/=='),
}
USERS = {  # access key id: user id, and what follows the account in the ARN
    'AKIAFIXED': ('AIDAFIXED', 'iam', 'user/fixed'),
    'ASIATEMPORARY': ('AROAROLE:me', 'sts', 'assumed-role/role/me'),
    'ASIARENEWED': ('AROAROLE:me', 'sts', 'assumed-role/role/me'),
}
WINDOW_S = 300
TOKEN_PREFIX, TOKEN_LIFE_S = 'k8s-aws-v1.', 900


class Refusal(Exception):
    """The answer of an operation that failed. Real KMS says 400 nearly always."""

    def __init__(self, code, message=None, status=400, member='message'):
        super().__init__(code)
        self.status = status
        self.body = {'__type': code}
        if message is not None:
            self.body[member] = message


def partition(region):
    for prefix, name in (('cn-', 'aws-cn'), ('us-gov-', 'aws-us-gov'), ('eusc-', 'aws-eusc')):
        if region.startswith(prefix):
            return name
    return 'aws'


def identity(key_id):
    """Who an access key belongs to, as GetCallerIdentity tells it."""
    user_id, service, name = USERS[key_id]
    return {'Arn': f'arn:aws:{service}::{ACCOUNT}:{name}', 'UserId': user_id, 'Account': ACCOUNT}


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def stamp(when):
    return time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(when))


def moment(date):
    try:
        return datetime.datetime.strptime(date, '%Y%m%dT%H%M%SZ').replace(
            tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:
        raise Refusal('IncompleteSignatureException', 'Date must be in ISO-8601 format.') from None


def quoted(text):
    return urllib.parse.quote(text, safe='-_.~')


def canonical_query(query):
    """Of the part behind "?", which clients may write in any order and with less quoted."""
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return '&'.join(f'{name}={value}'
                    for name, value in sorted((quoted(n), quoted(v)) for n, v in pairs))


def canonical_path(path):
    """Each service but S3 quotes the path as it is on the wire once more."""
    return '/'.join(quoted(part) for part in path.split('/'))


def canonical(method, target, headers, signed, body_sha256):
    path, _, query = target.partition('?')
    lines = [method, canonical_path(path), canonical_query(query)]
    for name in signed.split(';'):
        if name not in headers:
            raise Refusal('InvalidSignatureException', 'A signed header is missing.')
        lines.append(f'{name}:{" ".join(headers[name].split())}')
    return '\n'.join(lines + ['', signed, body_sha256])


def signature(secret, date, scope, text):
    """Of a canonical request; scope: day, Region, service."""
    key = f'AWS4{secret}'.encode()
    for part in (*scope, 'aws4_request'):
        key = mac(key, part)
    return mac(key, '\n'.join(['AWS4-HMAC-SHA256', date, '/'.join((*scope, 'aws4_request')),
                               hashlib.sha256(text.encode()).hexdigest()])).hex()


def parse_authorization(header):
    match = re.fullmatch(r'AWS4-HMAC-SHA256 Credential=([^/,]+)/([0-9]{8})/([a-z0-9-]+)/([a-z0-9-]+)/'
                         r'aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})',
                         header or '')
    if not header:
        raise Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token')
    if not match:
        raise Refusal('IncompleteSignatureException',
                      "Authorization header requires 'Credential' parameter.")
    return match.groups()


def check_date(date, now):
    sent = moment(date)
    if sent < now - WINDOW_S:
        raise Refusal('InvalidSignatureException', f'Signature expired: {date} is now earlier than '
                      f'{stamp(now - WINDOW_S)} ({stamp(now)} - 5 min.)')
    if sent > now + WINDOW_S:
        raise Refusal('InvalidSignatureException', f'Signature not yet current: {date} is still later '
                      f'than {stamp(now + WINDOW_S)} ({stamp(now)} + 5 min.)')


def secret_of(fake, key_id, token):
    secret, wanted = KEYS.get(key_id, (None, None))
    if secret is None or token != wanted or key_id in fake.unknown:
        raise Refusal('UnrecognizedClientException',
                      'The security token included in the request is invalid.')
    return secret


def compare(wanted, given):
    if not hmac.compare_digest(wanted, given):
        raise Refusal('InvalidSignatureException', 'The request signature we calculated does not match '
                      'the signature you provided. Check your AWS Secret Access Key and signing method. '
                      'Consult the service documentation for details.')


def check_expiry(fake, key_id):
    if key_id in fake.expired:
        raise Refusal('ExpiredTokenException',
                      'The security token included in the request is expired')


def verify(fake, method, target, headers, body, of='kms'):
    """The Region that was signed for, and the access key. fake: says by how much its clock is off
    (clock_s), and which access keys are unknown and expired."""
    key_id, day, region, service, signed, given = parse_authorization(headers.get('authorization'))
    needed = {'host', 'x-amz-date'} | ({'x-amz-target'} if of == 'kms' else set())
    date, names = headers.get('x-amz-date', ''), set(signed.split(';'))
    if not needed <= names:
        raise Refusal('InvalidSignatureException', 'Host, date and target must be signed.')
    secret = secret_of(fake, key_id, headers.get('x-amz-security-token'))
    if 'x-amz-security-token' in headers and 'x-amz-security-token' not in names:
        raise Refusal('InvalidSignatureException', 'The token must be signed.')
    check_date(date, time.time() + fake.clock_s)
    if day != date[:8] or service != of:
        raise Refusal('InvalidSignatureException', 'Credential should be scoped to a valid Region.')
    body_sha256 = hashlib.sha256(body).hexdigest()
    if headers.get('x-amz-content-sha256', body_sha256) != body_sha256:
        raise Refusal('InvalidSignatureException', 'The hash of the body is not that of the header.')
    compare(signature(secret, date, (day, region, service),
                      canonical(method, target, headers, signed, body_sha256)), given)
    check_expiry(fake, key_id)
    return region, key_id


def verify_token(fake, token, cluster):
    """Who presents a bearer token to the API server of a cluster of EKS: the signed question of
    GetCallerIdentity that it is, whose signature covers the cluster's name (pkg/token/token.go of
    kubernetes-sigs/aws-iam-authenticator)."""
    text = token.removeprefix(TOKEN_PREFIX)
    try:
        url = urllib.parse.urlsplit(
            base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refusal('IncompleteSignatureException', 'That is no token.') from None
    given = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    scope = given.get('X-Amz-Credential', '').split('/')
    if not token.startswith(TOKEN_PREFIX) or url.scheme != 'https' or len(scope) != 5 or \
            (given.get('Action'), given.get('Version')) != ('GetCallerIdentity', '2011-06-15'):
        raise Refusal('IncompleteSignatureException', 'That is no token.')
    date, signed = given.get('X-Amz-Date', ''), given.get('X-Amz-SignedHeaders', '')
    if not {'host', 'x-k8s-aws-id'} <= set(signed.split(';')) or scope[3] != 'sts':
        raise Refusal('InvalidSignatureException', 'Host and cluster must be signed.')
    now = time.time() + fake.clock_s
    if not moment(date) - WINDOW_S <= now < moment(date) + TOKEN_LIFE_S:
        raise Refusal('ExpiredTokenException', 'The token is not current.')
    unsigned = '&'.join(part for part in url.query.split('&')
                        if not part.startswith('X-Amz-Signature='))
    asked = canonical('GET', f'{url.path or "/"}?{unsigned}',
                      {'host': url.netloc, 'x-k8s-aws-id': cluster}, signed,
                      hashlib.sha256(b'').hexdigest())
    secret = secret_of(fake, scope[0], given.get('X-Amz-Security-Token'))
    compare(signature(secret, date, scope[1:4], asked), given.get('X-Amz-Signature', ''))
    check_expiry(fake, scope[0])
    return identity(scope[0])

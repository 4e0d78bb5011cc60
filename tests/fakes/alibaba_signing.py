# SPDX-License-Identifier: Apache-2.0
"""Checks who sent a request to an Alibaba Cloud service, from the published rules alone.

ACS3-HMAC-SHA256 ("V3": everything in headers) and HMAC-SHA1 over parameters ("V1"). Nothing here
signs, and nothing is taken from a client.
"""
import base64
import datetime
import hashlib
import hmac
import urllib.parse

WINDOW_S = 15 * 60
V3 = 'ACS3-HMAC-SHA256'


class Refusal(Exception):
    """What the service answers instead of doing what was asked. fault: how it is answered."""

    def __init__(self, status, code, message, fault=None):
        super().__init__(code)
        self.status, self.code, self.message, self.fault = status, code, message, fault


class Key:
    """An access key of a caller. token: of STS credentials; expired: it is over."""

    def __init__(self, secret, token=None):
        self.secret, self.token = secret, token
        self.active = True
        self.expired = False
        self.denied = set()  # actions


class Request:
    """A request as it came. headers: lower-case names; query and form: lists of pairs."""

    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.form = []
        kind = headers.get('content-type', '').split(';')[0].strip()
        if body and kind == 'application/x-www-form-urlencoded':
            self.form = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)

    def parameters(self):
        out = {}
        for name, value in self.query + self.form:
            if name in out:
                raise Refusal(400, 'InvalidParameter', f'The parameter {name} is given twice.')
            out[name] = value
        return out


def quoted(text):
    return urllib.parse.quote(text, safe='-_.~')


def canonical_query(pairs):
    return '&'.join(f'{quoted(name)}={quoted(value)}' for name, value in sorted(pairs))


class Verifier:
    """keys: access key id to Key. now: seconds since 1970, as the service counts."""

    def __init__(self, keys, now):
        self.keys, self.now = keys, now
        self.nonces = set()

    def verify(self, request):
        """The id of the key that signed, and the action. Raises Refusal."""
        if request.headers.get('authorization', '').startswith(V3):
            return self.verify_v3(request)
        if 'Signature' in dict(request.query + request.form):
            return self.verify_v1(request)
        raise Refusal(400, 'IncompleteSignature', 'The request signature does not conform to '
                      'Aliyun standards.')

    def find(self, key_id, token):
        key = self.keys.get(key_id)
        if not key:
            raise Refusal(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.')
        if not key.active:
            raise Refusal(404, 'InvalidAccessKeyId.Inactive', 'Specified access key is disabled.')
        if (token or None) != key.token:
            raise Refusal(400, 'InvalidSecurityToken.Malformed',
                          'The specified parameter "SecurityToken.Malformed" is not valid.')
        return key

    def check_time(self, text):
        try:
            then = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ')
        except ValueError:
            raise Refusal(400, 'IllegalTimestamp',
                          'The input parameter "Timestamp" is not well formed.') from None
        then = then.replace(tzinfo=datetime.timezone.utc).timestamp()
        if abs(then - self.now()) > WINDOW_S:
            raise Refusal(400, 'InvalidTimeStamp.Expired',
                          'Specified time stamp or date value is expired.')

    def check_nonce(self, key_id, nonce):
        if not nonce:
            raise Refusal(400, 'MissingSignatureNonce', 'SignatureNonce is mandatory.')
        if (key_id, nonce) in self.nonces:
            raise Refusal(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.')
        self.nonces.add((key_id, nonce))

    def finish(self, key_id, key, good, when, nonce):
        if not good:
            raise Refusal(400, 'SignatureDoesNotMatch', 'Specified signature is not matched with '
                          'our calculation.')
        self.check_time(when)
        self.check_nonce(key_id, nonce)
        if key.expired:
            raise Refusal(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.')

    def verify_v3(self, request):
        headers = request.headers
        try:
            fields = dict(part.split('=', 1)
                          for part in headers['authorization'][len(V3) + 1:].split(','))
            key_id, names, signature = (
                fields['Credential'], fields['SignedHeaders'].split(';'), fields['Signature'])
        except (ValueError, KeyError):
            raise Refusal(400, 'IncompleteSignature', 'The Authorization is not whole.') from None
        needed = {'host'} | {name for name in headers
                             if name.startswith('x-acs-') or name == 'content-type'}
        if not needed <= set(names) or names != sorted(names):
            raise Refusal(400, 'IncompleteSignature', 'Not every header is signed, in order.')
        if headers.get('x-acs-content-sha256') != hashlib.sha256(request.body).hexdigest():
            raise Refusal(400, 'SignatureDoesNotMatch', 'The hash of the body is another one.')
        key = self.find(key_id, headers.get('x-acs-security-token'))
        if key.token and headers.get('x-acs-accesskey-id') != key_id:
            raise Refusal(400, 'IncompleteSignature', 'The access key id must stand in the headers.')
        canonical = '\n'.join([
            request.method, request.path, canonical_query(request.query),
            ''.join(f'{name}:{headers.get(name, "").strip()}\n' for name in names),
            ';'.join(names), headers['x-acs-content-sha256']])
        to_sign = f'{V3}\n{hashlib.sha256(canonical.encode()).hexdigest()}'
        wanted = hmac.new(key.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        self.finish(key_id, key, hmac.compare_digest(wanted, signature),
                    headers.get('x-acs-date', ''), headers.get('x-acs-signature-nonce'))
        return key_id, headers.get('x-acs-action', '')

    def verify_v1(self, request):
        given = request.parameters()
        if (given.get('SignatureMethod'), given.get('SignatureVersion')) != ('HMAC-SHA1', '1.0'):
            raise Refusal(400, 'IncompleteSignature', 'HMAC-SHA1, version 1.0 is expected.')
        key_id = given.get('AccessKeyId', '')
        key = self.find(key_id, given.get('SecurityToken'))
        pairs = [(name, value) for name, value in given.items() if name != 'Signature']
        to_sign = f'{request.method}&{quoted("/")}&{quoted(canonical_query(pairs))}'
        wanted = base64.b64encode(hmac.new(
            (key.secret + '&').encode(), to_sign.encode(), hashlib.sha1).digest()).decode()
        self.finish(key_id, key, hmac.compare_digest(wanted, given['Signature']),
                    given.get('Timestamp', ''), given.get('SignatureNonce'))
        return key_id, given.get('Action', '')

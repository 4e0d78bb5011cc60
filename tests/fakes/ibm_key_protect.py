#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""IBM Cloud as its key clients see it: IAM, Key Protect (and Hyper Protect Crypto Services),
and the resource controller, on one port of the loopback interface.

    ibm_key_protect.py            prints {"url": …, "instance": …, "key": …} and serves

Its judge is IBM's own client (tests/partners/ibm): that must succeed against it, and fail where
the documentation says so. What it imitates: Key Protect API v2, error page "Error messages",
"Key states", IAM identity API, Resource Controller API v2. Wrapping is a toy: no key of it
protects anything.

A test in the same process takes a Fake and sets its fields; another process posts JSON to
/fake/set ({"advance": seconds, "state": [key, 2], "fault": {...}, ...}) and reads /fake/log.
Services that registered with a key are told of what is done with it (tests/fakes/iks.py).
"""
import base64
import calendar
import hashlib
import hmac
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse
import uuid

ACCOUNT = 'f047b55a3362ac06afad8a3f2f5586ea'
INSTANCE = '1e0a7b9c-0000-4000-8000-000000000001'
KEY = '2291e4ae-a14c-4af9-88f0-27c0cb2739e2'
KEY_TYPE = 'application/vnd.ibm.kms.key+json'
POLICY_TYPE = 'application/vnd.ibm.kms.policy+json'
HOUR, DAY = 3600, 86400
TOKEN_LIFE = 3600
ROLES = ['none', 'Reader', 'Writer', 'Manager']
API_KEYS = {'api-key-of-a-manager': 'Manager', 'api-key-of-a-writer': 'Writer',
            'api-key-of-a-reader': 'Reader', 'api-key-of-a-stranger': 'none'}
IAM_IDS = {'Manager': 'IBMid-0000000000', 'Writer': 'IBMid-0000000001',
           'Reader': 'IBMid-0000000002', 'none': 'IBMid-0000000003'}
CLI = 'Basic ' + base64.b64encode(b'bx:bx').decode()  # who says so gets refresh tokens


class Refusal(Exception):
    """A reply that is no success. code None: a body that is not the service's own."""

    def __init__(self, status, code=None, message='', headers=None):
        super().__init__(code or message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def stamp(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def parse_stamp(text):
    return calendar.timegm(time.strptime(text, '%Y-%m-%dT%H:%M:%SZ'))


def urlsafe(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def strict_base64(text, what):
    try:
        data = base64.b64decode(text, validate=True)
        if base64.b64encode(data).decode() != text:
            raise ValueError
        return data
    except (ValueError, TypeError):
        raise Refusal(400, 'INVALID_FIELD_ERR', f'{what} is not base64') from None


class Key:
    """A key and its versions, oldest first."""

    def __init__(self, fake, name, extractable=False, imported=False, key_id=None, aliases=(),
                 description=None, expires=None, ring='default'):
        self.fake, self.name, self.ring = fake, name, ring
        self.id = key_id or str(uuid.uuid4())
        self.extractable, self.imported = extractable, imported
        self.aliases, self.description, self.expires = list(aliases), description, expires
        self.state = 1
        self.created = self.changed = fake.now()
        self.rotated = self.deleted = self.synced = None
        self.versions = []
        self.rotation = None
        self.registrations = []
        self.dual_auth = False      # its deletion takes two people
        self.authorized = None      # (who, when) of the first of them
        self.add_version()

    def add_version(self):
        self.versions.append((str(uuid.uuid4()), self.fake.now(), os.urandom(32)))

    @property
    def crn(self):
        service = 'hs-crypto' if self.fake.hpcs else 'kms'
        return (f'crn:v1:bluemix:public:{service}:us-south:a/{self.fake.account}'
                f':{self.fake.instance}:key:{self.id}')

    def register(self, resource, prevents_deletion=False):
        """That a resource uses the key, in its newest version; anew when it says so again."""
        old = next((r for r in self.registrations if r['resourceCrn'] == resource), {})
        self.unregister(resource)
        now, version = stamp(self.fake.now()), self.versions[-1]
        self.registrations.append({
            'keyId': self.id, 'resourceCrn': resource, 'createdBy': 'iam-ServiceId-fake',
            'creationDate': now, 'description': 'of a service', **old, 'lastUpdated': now,
            'updatedBy': 'iam-ServiceId-fake', 'preventKeyDeletion': prevents_deletion,
            'keyVersion': {'id': version[0], 'creationDate': stamp(version[1])}})

    def unregister(self, resource):
        self.registrations = [r for r in self.registrations if r['resourceCrn'] != resource]

    def tell(self, event):
        for listener in self.fake.listeners:
            listener(self, event)

    def current_state(self):
        if self.state == 1 and self.expires and self.fake.now() >= self.expires:
            self.state = 3
        return self.state

    def show(self):
        version = self.versions[-1]
        out = {
            'type': KEY_TYPE, 'id': self.id, 'name': self.name, 'aliases': self.aliases,
            'state': self.current_state(), 'extractable': self.extractable, 'crn': self.crn,
            'imported': self.imported, 'keyRingID': self.ring,
            'creationDate': stamp(self.created), 'createdBy': 'IBMid-0000000000',
            'algorithmType': 'AES',
            'algorithmMetadata': {'bitLength': '256', 'mode': 'CBC_PAD'},
            'algorithmBitSize': 256, 'algorithmMode': 'CBC_PAD',
            'lastUpdateDate': stamp(self.changed),
            'dualAuthDelete': {'enabled': self.dual_auth}, 'deleted': self.state == 5,
        }
        if self.authorized:
            out['dualAuthDelete'] |= {'keySetForDeletion': True,
                                      'authExpiration': stamp(self.authorized[1] + 7 * DAY)}
        if not self.extractable:
            out['keyVersion'] = {'id': version[0], 'creationDate': stamp(version[1])}
        if self.description:
            out['description'] = self.description
        if self.rotated:
            out['lastRotateDate'] = stamp(self.rotated)
        if self.expires:
            out['expirationDate'] = stamp(self.expires)
        if self.deleted:
            out['deletionDate'] = stamp(self.deleted)
            out['restoreExpirationDate'] = stamp(self.deleted + 30 * DAY)
        return out

    # -- wrapping ---------------------------------------------------------------------------

    @staticmethod
    def _stream(material, iv, size):
        out = b''
        while len(out) < size:
            out += hmac.new(material, b'stream' + iv + bytes([len(out) // 32]),
                            hashlib.sha256).digest()
        return out[:size]

    @staticmethod
    def _tag(material, iv, version, data, aad):
        text = json.dumps([version, data.hex(), aad]).encode()
        return hmac.new(material, b'tag' + iv + text, hashlib.sha256).digest()[:16]

    def wrap(self, plaintext, aad):
        version, _, material = self.versions[-1]
        iv = os.urandom(12)
        data = bytes(a ^ b for a, b in zip(plaintext, self._stream(material, iv, len(plaintext))))
        sealed = uuid.UUID(version).bytes + data + self._tag(material, iv, version, data, aad)
        body = {'ciphertext': base64.b64encode(sealed).decode(),
                'iv': base64.b64encode(iv).decode(), 'version': '4.0.0', 'handle': self.id}
        return base64.b64encode(json.dumps(body).encode()).decode(), version

    def unwrap(self, text, aad):
        try:
            body = json.loads(base64.b64decode(text, validate=True))
            sealed = base64.b64decode(body['ciphertext'], validate=True)
            iv = base64.b64decode(body['iv'], validate=True)
            version = str(uuid.UUID(bytes=sealed[:16]))
            data, tag = sealed[16:-16], sealed[-16:]
            material = {v[0]: v[2] for v in self.versions}[version]
            if body['handle'] != self.id or tag != self._tag(material, iv, version, data, aad):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise Refusal(422, 'UNPROCESSABLE_CIPHERTEXT_ERR',
                          'The provided ciphertext is invalid or corrupted') from None
        stream = self._stream(material, iv, len(data))
        return bytes(a ^ b for a, b in zip(data, stream)), version


class Fake:
    """The whole of it. Fields may be set by tests at any time. clock: another Fake whose clock is
    also this one's, whose account is another (account, instance)."""

    def __init__(self, hpcs=False, page_most=5000, account=ACCOUNT, instance=INSTANCE, clock=None):
        self.hpcs, self.page_most = hpcs, page_most
        self.refuse_aad = False     # an HPCS that does not know aad
        self.account, self.instance = account, instance
        self.clock = clock or self
        self.offset = 0             # seconds that its clock is ahead
        self.still = None           # its time, when it stands still but for the offset
        self.listeners = []         # called with a key and what was done with it
        self.tokens = {}            # token: (role, expiry)
        self.refresh_tokens = {}    # token: role
        self.cr_tokens = {}         # compute resource token: role
        self.keys = {}
        self.instances = None       # of the resource controller; None = the one
        self.private_port = None
        self.faults = []            # [{match, status, body, headers, count, delay, cut}]; cut: it
                                    # is done, and the connection ends without a reply
        self.log = []
        self.lock = threading.RLock()
        self.add_key('one', key_id=KEY, aliases=['alias-of-one'])
        outer = self

        class Handler(Exchange):
            fake = outer

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def now(self):
        clock = self.clock
        return (int(time.time()) if clock.still is None else clock.still) + clock.offset

    def add_key(self, name, **more):
        key = Key(self, name, **more)
        self.keys[key.id] = key
        return key

    def find_key(self, name, ring=None):
        for key in self.keys.values():
            if (key.id == name or name in key.aliases) and ring in (None, key.ring):
                return key
        raise Refusal(404, 'KEY_NOT_FOUND_ERR', 'Key does not exist')

    def issue(self, role, as_cli=False):
        now = self.now()
        claims = {'iam_id': IAM_IDS[role], 'sub': f'{role.lower()}@example.com',
                  'account': {'valid': True, 'bss': self.account}, 'iat': now,
                  'exp': now + TOKEN_LIFE, 'jti': str(uuid.uuid4()),
                  'iss': 'https://iam.cloud.ibm.com/identity'}
        token = '.'.join([urlsafe(b'{"alg":"RS256","typ":"JWT"}'),
                          urlsafe(json.dumps(claims).encode()), urlsafe(os.urandom(32))])
        self.tokens[token] = (role, now + TOKEN_LIFE)
        refresh = urlsafe(os.urandom(48)) if as_cli else 'not_supported'
        if as_cli:
            self.refresh_tokens[refresh] = role
        return {'access_token': token, 'refresh_token': refresh, 'token_type': 'Bearer',
                'expires_in': TOKEN_LIFE, 'expiration': now + TOKEN_LIFE,
                'scope': 'ibm openid'}

    def all_instances(self):
        """Of the resource controller."""
        if self.instances is not None:
            return self.instances
        service = 'hs-crypto' if self.hpcs else 'kms'
        crn = (f'crn:v1:bluemix:public:{service}:us-south:a/{self.account}'
               f':{self.instance}::')
        return [{'id': crn, 'crn': crn, 'guid': self.instance, 'name': 'keys of tests',
                 'region_id': 'us-south', 'state': 'active', 'type': 'service_instance',
                 'account_id': self.account,
                 'extensions': {'endpoints': {'public': self.url,
                                              'private': self.url}}}]

    def control(self, orders):
        """What another process asks of the tests' side."""
        self.offset += orders.get('advance', 0)
        for name in ('refuse_aad', 'hpcs', 'private_port', 'page_most'):
            if name in orders:
                setattr(self, name, orders[name])
        if 'state' in orders:
            self.find_key(orders['state'][0]).state = orders['state'][1]
        if 'rotate' in orders:
            self.find_key(orders['rotate']).add_version()
        if orders.get('expire_tokens'):
            self.tokens.clear()
        if 'fault' in orders:
            self.faults.append(dict(orders['fault']))
        return {}


def members(body, known, what):
    """Only known members, as the service decodes: "json: unknown field"."""
    for name in body:
        if name not in known:
            raise Refusal(400, 'BAD_BODY_ERR',
                          f'Invalid body data was passed: json: unknown field "{name}" in {what}')


class Exchange(http.server.BaseHTTPRequestHandler):
    """One connection."""
    fake = None
    cut = False
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms

    def log_message(self, *args):
        pass

    # -- HTTP -------------------------------------------------------------------------------

    def read_body(self):
        """By length or in chunks; some clients send an empty body as no chunks."""
        if self.headers.get('transfer-encoding', '').lower() != 'chunked':
            return self.rfile.read(int(self.headers.get('content-length') or 0))
        body = b''
        while True:
            size = int(self.rfile.readline().split(b';')[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def answer(self):
        parts = urllib.parse.urlsplit(self.path)
        body = self.read_body()
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        with self.fake.lock:
            try:
                status, reply, headers = self.route(parts.path, query, body)
            except Refusal as refusal:
                status, reply, headers = self.refuse(refusal)
        if self.cut:
            self.cut, self.close_connection = False, True
            return
        data = b'' if reply is None else reply if isinstance(reply, bytes) else json.dumps(
            reply).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Correlation-Id', self.headers.get('correlation-id', 'c0-rre-1'))
        if data:
            self.send_header('Content-Type', 'application/json')
        if status != 204:
            self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    @staticmethod
    def refuse(refusal):
        if refusal.code is None:
            return refusal.status, refusal.message.encode(), refusal.headers
        return refusal.status, {
            'metadata': {'collectionType': 'application/vnd.ibm.kms.error+json',
                         'collectionTotal': 1},
            'resources': [{'errorMsg': f'{refusal.message}. Please see `reasons` for more '
                                       'details.',
                           'reasons': [{'code': refusal.code, 'message': refusal.message,
                                        'status': refusal.status,
                                        'moreInfo': 'https://cloud.ibm.com/apidocs/key-protect'}
                                       ]}]}, refusal.headers

    def route(self, path, query, body):
        if path == '/fake/log':
            return 200, self.fake.log, {}
        if path == '/fake/set':
            return 200, self.fake.control(json.loads(body)), {}
        self.receive(path, query, body)
        if path in ('/identity/token', '/oidc/token'):
            return self.token(body)
        if path.startswith('/v2/resource_instances'):
            self.role()
            return self.instances(path, query)
        if path.startswith('/api/v2/'):
            return self.keys(path[len('/api/v2/'):], query, body)
        raise Refusal(404, None, '<html>no such page</html>')

    def receive(self, path, query, body):
        """What is the same for every request."""
        self.record(path, query, body)
        self.inject(path)
        for name in set(n.lower() for n in self.headers.keys()):
            if len(self.headers.get_all(name)) > 1:
                raise Refusal(400, None, f'<html>two headers {name}</html>')

    def record(self, path, query, body):
        try:
            shown = json.loads(body) if body else None
        except ValueError:
            shown = dict(urllib.parse.parse_qsl(body.decode('latin-1')))
        self.fake.log.append({
            'method': self.command, 'path': path, 'query': query,
            'headers': {n.lower(): v for n, v in self.headers.items()}, 'body': shown})

    def inject(self, path):
        for fault in list(self.fake.faults):
            if not re.search(fault.get('match', ''), path):
                continue
            fault['count'] = fault.get('count', 1) - 1
            if fault['count'] <= 0:
                self.fake.faults.remove(fault)
            time.sleep(fault.get('delay', 0))
            self.cut = fault.get('cut', False)
            if 'status' in fault:
                raise Refusal(fault['status'], fault.get('code'), fault.get('body', ''),
                              fault.get('headers'))

    # -- IAM --------------------------------------------------------------------------------

    def token(self, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if 'application/x-www-form-urlencoded' not in self.headers.get('content-type', ''):
            return self.iam_refusal(400, 'BXNIM0100E', 'Not a form')
        grant = form.get('grant_type', '').rpartition(':')[2]
        if grant == 'apikey':
            role = API_KEYS.get(form.get('apikey'))
        elif grant == 'cr-token' and (form.get('profile_id') or form.get('profile_name')):
            role = self.fake.cr_tokens.get(form.get('cr_token'))
        elif grant == 'assume' and any(form.get(n) for n in ('profile_id', 'profile_crn',
                                                              'profile_name')):
            role = self.fake.tokens.get(form.get('access_token'), (None,))[0]
        else:
            return self.iam_refusal(400, 'BXNIM0101E', 'Grant is not supported')
        if role is None:
            return self.iam_refusal(400, 'BXNIM0415E', 'Provided API key could not be found.')
        return 200, self.fake.issue(role, self.headers.get('authorization') == CLI), {}

    @staticmethod
    def iam_refusal(status, code, text):
        return status, {'errorCode': code, 'errorMessage': text,
                        'context': {'requestId': 'iam-request-1'}}, {}

    def role(self):
        kind, _, token = self.headers.get('authorization', '').partition(' ')
        role, expiry = self.fake.tokens.get(token, (None, 0))
        if kind != 'Bearer' or role is None or expiry <= self.fake.now():
            raise Refusal(401, 'UNAUTHORIZED_ERR',
                          'Unauthorized: The user does not have access to the specified '
                          'resource')
        return role

    def demand(self, least):
        """A role on the instance; who has none is told what who has a bad token is told."""
        role = self.role()
        if (self.headers.get('bluemix-instance') != self.fake.instance or
                ROLES.index(role) < ROLES.index(least)):
            raise Refusal(401, 'UNAUTHORIZED_ERR',
                          'Unauthorized: The user does not have access to the specified '
                          'resource')

    # -- the resource controller --------------------------------------------------------------

    def instances(self, path, query):
        rows = self.fake.all_instances()
        name = urllib.parse.unquote(path[len('/v2/resource_instances'):].lstrip('/'))
        if name:
            for row in rows:
                if name in (row['guid'], row['crn']):
                    return 200, row, {}
            return 404, {'error_code': 'RC-ServiceInstanceNotFound', 'message': 'not found',
                         'status_code': 404, 'transaction_id': 't-1'}, {}
        rows = [row for row in rows if all(
            row.get(member) == query[name] for name, member in
            (('state', 'state'), ('name', 'name'), ('guid', 'guid'), ('resource_id', 'resource_id'))
            if name in query)]
        limit, start = int(query.get('limit', 10)), int(query.get('start', 0))
        if not 1 <= limit <= 100:
            raise Refusal(400, None, 'limit is 1 to 100')
        reply = {'rows_count': len(rows[start:start + limit]),
                 'resources': rows[start:start + limit]}
        if start + limit < len(rows):
            others = {n: v for n, v in query.items() if n != 'start'}
            reply['next_url'] = '/v2/resource_instances?' + urllib.parse.urlencode(
                {**others, 'limit': limit, 'start': start + limit})
        return 200, reply, {}

    # -- keys ---------------------------------------------------------------------------------

    def page(self, rows, query, kind):
        """A part of a list, as limit and offset say."""
        limit = min(int(query.get('limit', 200)), self.fake.page_most)
        offset = int(query.get('offset', 0))
        part = rows[offset:offset + limit]
        metadata = {'collectionType': kind, 'collectionTotal': len(part)}
        if query.get('totalCount') == 'true':
            metadata['totalCount'] = len(rows)
        reply = {'metadata': metadata}
        if part:
            reply['resources'] = part
        return 200, reply, {}

    @staticmethod
    def one(row, status=200, kind=KEY_TYPE):
        return status, {'metadata': {'collectionType': kind, 'collectionTotal': 1},
                        'resources': [row]}, {}

    def body_of(self, body, known):
        if not body:
            raise Refusal(400, 'NO_BODY_ERR', 'Missing body in request')
        if 'json' not in self.headers.get('content-type', ''):
            raise Refusal(415, None, '<html>Unsupported Media Type</html>')
        try:
            parsed = json.loads(body)
        except ValueError:
            raise Refusal(400, 'BAD_BODY_ERR', 'Invalid body data was passed') from None
        members(parsed, known, 'the body')
        return parsed

    def keys(self, path, query, body):
        parts = [urllib.parse.unquote(p) for p in path.split('/')]
        ring = self.headers.get('x-kms-key-ring')
        if parts == ['keys']:
            return self.create(body) if self.command == 'POST' else self.list(query, ring)
        if parts == ['keys', 'registrations']:
            self.demand('Reader')
            rows = [r for k in self.fake.keys.values() if ring in (None, k.ring)
                    for r in k.registrations]
            return self.registrations(rows, query)
        if parts == ['instance', 'allowed_ip_port']:
            self.demand('Reader')
            port = self.fake.private_port
            return self.one({'private_endpoint_port': port} if port else {},
                            kind='application/vnd.ibm.kms.allowed_ip_metadata+json')
        if parts[0] != 'keys' or len(parts) < 2:
            raise Refusal(404, None, '<html>no such page</html>')
        return self.of_key(parts[1], parts[2:], query, body, ring)

    def of_key(self, name, what, query, body, ring):
        least = {('POST', 'actions'): 'Reader', ('POST', 'restore'): 'Manager',
                 ('POST', 'aliases'): 'Writer', ('DELETE', 'aliases'): 'Writer',
                 ('PUT', 'policies'): 'Manager', ('DELETE', None): 'Manager'}
        self.demand(least.get((self.command, what[0] if what else None), 'Reader'))
        key = self.fake.find_key(name, ring)
        action = (self.command, *what[:1])
        if action == ('POST', 'actions') and len(what) == 2:
            return self.act(key, what[1], body)
        if action == ('GET', 'metadata'):
            return self.one(key.show())
        if action == ('GET', 'versions'):
            if key.current_state() != 1 and query.get('allKeyStates') != 'true':
                raise Refusal(409, 'KEY_ACTION_INVALID_STATE_ERR', 'Key is not in a valid state')
            rows = [{'id': v[0], 'creationDate': stamp(v[1])} for v in reversed(key.versions)]
            return self.page(rows, query, 'application/vnd.ibm.kms.key.version+json')
        if action == ('GET', 'registrations'):
            return self.registrations(key.registrations, query)
        if action in (('GET', 'policies'), ('PUT', 'policies')):
            return self.policy(key, query, body)
        if action in (('POST', 'aliases'), ('DELETE', 'aliases')) and len(what) == 2:
            return self.alias(key, what[1])
        if action == ('POST', 'restore'):
            return self.restore(key)
        if action == ('DELETE',):
            return self.delete(key, query)
        raise Refusal(404, None, '<html>no such page</html>')

    def registrations(self, rows, query):
        """Of the resources that a pattern names; its first eight parts stand for themselves."""
        pattern = query.get('urlEncodedResourceCRNQuery')
        if pattern:
            if '*' in ':'.join(pattern.split(':')[:8]):
                raise Refusal(400, 'INVALID_QUERY_PARAM_ERR', 'No * in the first eight segments')
            wanted = re.compile('.*'.join(re.escape(part) for part in pattern.split('*')))
            rows = [r for r in rows if wanted.fullmatch(r['resourceCrn'])]
        if 'preventKeyDeletion' in query:
            wanted = query['preventKeyDeletion'] == 'true'
            rows = [r for r in rows if r.get('preventKeyDeletion', False) == wanted]
        return self.page(rows, query, 'application/vnd.ibm.kms.registration+json')

    def list(self, query, ring):
        self.demand('Reader')
        states = [int(s) for s in (query.get('state') or '0,1,2,3').split(',')]
        rows = []
        for key in self.fake.keys.values():
            text = ' '.join([key.name, *key.aliases]).lower()
            if (key.current_state() in states and ring in (None, key.ring) and
                    query.get('extractable', str(key.extractable).lower()) ==
                    str(key.extractable).lower() and query.get('search', '').lower() in text):
                rows.append(key.show())
        return self.page(rows, query, KEY_TYPE)

    def create(self, body):
        self.demand('Writer')
        parsed = self.body_of(body, ('metadata', 'resources'))
        rows = parsed.get('resources') or []
        if len(rows) != 1 or parsed.get('metadata', {}).get('collectionType') != KEY_TYPE:
            raise Refusal(400, 'BAD_BODY_ERR', 'Invalid body data was passed')
        if parsed['metadata'].get('collectionTotal') != len(rows):
            raise Refusal(400, 'COLLECTION_TOTAL_MISMATCH_ERR',
                          'Collection total does not match number of resources')
        row = rows[0]
        members(row, ('type', 'name', 'aliases', 'description', 'extractable', 'expirationDate',
                      'payload'), 'the key')
        if not 2 <= len(row.get('name', '')) <= 90:
            raise Refusal(400, 'INVALID_FIELD_ERR', 'name must have 2 to 90 characters')
        if row.get('description') and not 2 <= len(row['description']) <= 240:
            raise Refusal(400, 'INVALID_FIELD_ERR', 'description must have 2 to 240 characters')
        for alias in row.get('aliases', []):
            self.check_alias(alias)
        key = self.fake.add_key(
            row['name'], extractable=row.get('extractable', True), imported='payload' in row,
            aliases=row.get('aliases', []), description=row.get('description'),
            expires=parse_stamp(row['expirationDate']) if 'expirationDate' in row else None,
            ring=self.headers.get('x-kms-key-ring', 'default'))
        shown = key.show()
        if key.extractable and self.headers.get('prefer') != 'return=minimal':
            shown['payload'] = base64.b64encode(os.urandom(32)).decode()
        return self.one(shown, 201)

    def check_alias(self, alias):
        if not re.fullmatch(r'[A-Za-z0-9_-]{2,90}', alias) or re.fullmatch(
                r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', alias):
            raise Refusal(400, 'INVALID_FIELD_ERR', 'not an alias')
        if any(alias in k.aliases for k in self.fake.keys.values()):
            raise Refusal(409, 'KEY_ALIAS_NOT_UNIQUE_ERR', 'The alias is taken')

    def alias(self, key, alias):
        if self.command == 'DELETE':
            if alias not in key.aliases:
                raise Refusal(404, 'KEY_ALIAS_NOT_FOUND_ERR', 'No such alias')
            key.aliases.remove(alias)
            return 204, None, {}
        self.check_alias(alias)
        if len(key.aliases) >= 5:
            raise Refusal(409, 'KEY_ALIAS_QUOTA_ERR', 'A key has five aliases at most')
        key.aliases.append(alias)
        return self.one({'keyId': key.id, 'alias': alias, 'createdBy': 'IBMid-0000000000',
                         'creationDate': stamp(self.fake.now())}, 201,
                        'application/vnd.ibm.kms.alias+json')

    def dual_auth_policy(self, key, body):
        if self.command == 'PUT':
            rows = self.body_of(body, ('metadata', 'resources')).get('resources') or []
            if len(rows) != 1:
                raise Refusal(400, 'NUM_COLLECTION_RESOURCE_ERR', 'One resource is wanted')
            members(rows[0], ('type', 'dualAuthDelete'), 'the policy')
            key.dual_auth = rows[0]['dualAuthDelete']['enabled']
        return self.one({'id': key.id, 'crn': key.crn, 'type': POLICY_TYPE,
                         'dualAuthDelete': {'enabled': key.dual_auth}}, kind=POLICY_TYPE)

    def policy(self, key, query, body):
        if query.get('policy') == 'dualAuthDelete':
            return self.dual_auth_policy(key, body)
        if query.get('policy', 'rotation') != 'rotation':
            raise Refusal(400, 'INVALID_FIELD_ERR', 'not a policy that the fake knows')
        if self.command == 'PUT':
            rows = self.body_of(body, ('metadata', 'resources')).get('resources') or []
            if len(rows) != 1:
                raise Refusal(400, 'NUM_COLLECTION_RESOURCE_ERR', 'One resource is wanted')
            members(rows[0], ('type', 'rotation'), 'the policy')
            rotation = rows[0].get('rotation', {})
            members(rotation, ('enabled', 'interval_month'), 'the rotation')
            months = rotation.get('interval_month')
            if rotation.get('enabled', True) and not (
                    isinstance(months, int) and 1 <= months <= 12):
                raise Refusal(400, 'INVALID_FIELD_ERR', 'interval_month is 1 to 12')
            key.rotation = {**(key.rotation or {}), **rotation}
        if key.rotation is None:
            return self.page([], {}, POLICY_TYPE)
        return self.one({'id': key.id, 'crn': key.crn, 'type': POLICY_TYPE,
                         'rotation': key.rotation, 'createdBy': 'IBMid-0000000000',
                         'creationDate': stamp(key.created),
                         'lastUpdateDate': stamp(self.fake.now())}, kind=POLICY_TYPE)

    # -- what is done with a key ----------------------------------------------------------------

    def act(self, key, action, body):
        least = {'wrap': 'Reader', 'unwrap': 'Reader', 'rewrap': 'Reader', 'rotate': 'Writer',
                 'enable': 'Manager', 'disable': 'Manager', 'sync': 'Writer',
                 'setKeyForDeletion': 'Writer', 'unsetKeyForDeletion': 'Writer'}
        if action not in least:
            raise Refusal(404, None, '<html>no such action</html>')
        self.demand(least[action])
        self.check_state(key, action)
        if key.extractable:
            raise Refusal(400, 'KEY_ROOT_REQ_ERR',
                          'Requested action can only be completed with a root key')
        actions = {'setKeyForDeletion': self.set_for_deletion,
                   'unsetKeyForDeletion': self.unset_for_deletion}
        return actions.get(action, getattr(self, action, None))(key, body)

    @staticmethod
    def check_state(key, action):
        allowed = {'wrap': (1,), 'unwrap': (1, 3), 'rewrap': (1, 3), 'rotate': (1, 3),
                   'enable': (2,), 'disable': (1,)}
        allowed.setdefault(action, (1, 2, 3))
        state = key.current_state()
        if state == 5:
            raise Refusal(410, 'KEY_DELETED_ERR', 'Key has already been deleted')
        if state == 3 and action == 'wrap':
            raise Refusal(400, 'KEY_EXPIRED_ERR', 'The action could not be performed on the key '
                                                  'because the key is expired')
        if state not in allowed[action]:
            raise Refusal(409, 'KEY_ACTION_INVALID_STATE_ERR', 'Key is not in a valid state')

    def aad_of(self, parsed):
        aad = parsed.get('aad', [])
        if self.fake.refuse_aad and 'aad' in parsed:
            raise Refusal(400, 'BAD_BODY_ERR', 'json: unknown field "aad"')
        if (not isinstance(aad, list) or len(aad) > 255 or
                not all(isinstance(a, str) and len(a) <= 255 for a in aad)):
            raise Refusal(400, 'INVALID_FIELD_ERR', 'aad is up to 255 texts of 255 characters')
        return aad

    def wrap(self, key, body):
        parsed = self.body_of(body, ('plaintext', 'aad')) if body else {}
        made = 'plaintext' not in parsed
        plaintext = os.urandom(32) if made else strict_base64(parsed['plaintext'], 'plaintext')
        text, version = key.wrap(plaintext, self.aad_of(parsed))
        reply = {'ciphertext': text, 'keyVersion': {'id': version}}
        if made:
            reply['plaintext'] = base64.b64encode(plaintext).decode()
        return 200, reply, {}

    def unwrap(self, key, body):
        parsed = self.body_of(body, ('ciphertext', 'aad'))
        aad = self.aad_of(parsed)
        plaintext, version = key.unwrap(parsed.get('ciphertext', ''), aad)
        reply = {'plaintext': base64.b64encode(plaintext).decode(),
                 'keyVersion': {'id': version}}
        if version != key.versions[-1][0]:
            reply['ciphertext'], newest = key.wrap(plaintext, aad)
            reply['rewrappedKeyVersion'] = {'id': newest}
        return 200, reply, {}

    def rewrap(self, key, body):
        parsed = self.body_of(body, ('ciphertext', 'aad'))
        aad = self.aad_of(parsed)
        plaintext, version = key.unwrap(parsed.get('ciphertext', ''), aad)
        text, newest = key.wrap(plaintext, aad)
        return 200, {'ciphertext': text, 'keyVersion': {'id': version},
                     'rewrappedKeyVersion': {'id': newest}}, {}

    def rotate(self, key, body):
        now = self.fake.now()
        if key.imported and not body:
            raise Refusal(400, 'KEY_PAYLOAD_REQ_ERR', 'This root key was created with '
                                                      'user-supplied key material')
        if body and not key.imported:
            raise Refusal(400, 'BAD_BODY_ERR', 'A generated key takes no payload')
        if key.rotated and now - key.rotated < HOUR:
            raise Refusal(409, 'KEY_ROTATION_NOT_PERMITTED',
                          'This root key has been rotated within the last hour')
        key.add_version()
        key.rotated = key.changed = now
        key.tell('rotate')
        return 204, None, {}

    def sync(self, key, _body):
        """Services that registered look at their keys again."""
        now = self.fake.now()
        if now - max(key.changed, key.synced or 0) < HOUR:
            raise Refusal(409, 'REQ_TOO_EARLY_ERR',
                          'The key was updated or synced within the last hour')
        key.synced = now
        key.tell('sync')
        return 204, None, {}

    def set_for_deletion(self, key, _body):
        if not key.dual_auth:
            raise Refusal(409, 'NOT_DUAL_AUTH_ERR', 'The key is not dual auth enabled')
        key.authorized = (self.role(), self.fake.now())
        return 204, None, {}

    def unset_for_deletion(self, key, _body):
        if not key.dual_auth:
            raise Refusal(409, 'NOT_DUAL_AUTH_ERR', 'The key is not dual auth enabled')
        key.authorized = None
        return 204, None, {}

    def too_early(self, key):
        if self.fake.now() - key.changed < 30:
            raise Refusal(409, 'REQ_TOO_EARLY_ERR',
                          'The key was updated recently: Please wait and try again')

    def disable(self, key, _body):
        key.state, key.changed = 2, self.fake.now()
        key.tell('disable')
        return 204, None, {}

    def enable(self, key, _body):
        self.too_early(key)
        key.state, key.changed = 1, self.fake.now()
        key.tell('enable')
        return 204, None, {}

    def delete(self, key, query):
        if key.state == 5:
            raise Refusal(410, 'KEY_DELETED_ERR', 'Key has already been deleted')
        if any(r.get('preventKeyDeletion') for r in key.registrations):
            raise Refusal(409, 'PREV_KEY_DEL_ERR', 'A resource has a retention policy')
        if key.dual_auth and (not key.authorized or key.authorized[0] == self.role() or
                              self.fake.now() - key.authorized[1] > 7 * DAY):
            raise Refusal(409, 'AUTHORIZATIONS_NOT_MET', 'Number of authorizations required to '
                                                         'delete is not met')
        if key.registrations and query.get('force') != 'true':
            raise Refusal(409, 'PROTECTED_RESOURCE_ERR',
                          'Key is protecting one or more cloud resources')
        key.state = 5
        key.deleted = key.changed = self.fake.now()
        key.authorized = None
        key.tell('delete')
        if self.headers.get('prefer') == 'return=representation':
            return self.one(key.show())
        return 204, None, {}

    def restore(self, key):
        if key.state != 5:
            raise Refusal(409, 'KEY_ACTION_INVALID_STATE_ERR', 'Key is not in a valid state')
        if self.fake.now() - key.deleted > 30 * DAY:
            raise Refusal(400, 'KEY_RESTORE_EXPIRED', 'Key restoration has expired')
        self.too_early(key)
        key.state, key.deleted, key.changed = 1, None, self.fake.now()
        key.tell('restore')
        return self.one(key.show(), 201)


def main():
    fake = Fake(hpcs='--hpcs' in sys.argv)
    print(json.dumps({'url': fake.url, 'instance': fake.instance, 'key': KEY,
                      'crn': fake.keys[KEY].crn}), flush=True)
    fake.server.serve_forever()


if __name__ == '__main__':
    main()

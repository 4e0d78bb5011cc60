# SPDX-License-Identifier: Apache-2.0
"""The back ends that test_backends.py holds to one contract, each opened from its public URI.

A back end says what it can be asked for in the tests (`can`), makes keys, and brings about the
conditions: key states, throttling, credentials that expire, replies that are spoilt.
"""
import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.request

import envcrypt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envcrypt import ffi, lib
from fault_proxy import FaultProxy

FAKES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'fakes')


class Backend:
    """What a test may ask of every back end."""

    can = frozenset()

    def __init__(self, client, folder):
        self.client = client
        self.folder = folder
        self.secrets = []  # texts and bytes that no log and no error may show

    def close(self):
        pass

    def key(self):
        """The key under test, newly opened."""
        raise NotImplementedError

    def other_key(self):
        """Another key of the same service."""
        raise NotImplementedError

    def disable(self):
        """The key under test does nothing until enable()."""
        raise NotImplementedError

    def enable(self):
        raise NotImplementedError

    def rotate(self):
        """The key under test wraps under another version from now on."""
        raise NotImplementedError

    def is_current(self, message):
        """Whether the service says that the first EDK is under the version that wraps now."""
        info = envcrypt._open('envcrypt_message_info', lib.envcrypt_message_info_free,
                              lambda out, err: lib.envcrypt_inspect(message, len(message), ffi.NULL,
                                                                    out, err))
        keyring = self.client.keyring(self.key())
        answer = ffi.new('int32_t *')
        envcrypt._check(lambda err: lib.envcrypt_message_info_ask_current(
            info, 0, keyring._keyring, ffi.NULL, ffi.NULL, answer, err))
        return {lib.ENVCRYPT_YES: True, lib.ENVCRYPT_NO: False}.get(answer[0])

    def calls(self):
        """How many requests reached the service so far, those for the other key included."""
        raise NotImplementedError

    @staticmethod
    def split_at_edks(message):
        """What stands before the EDKs, the EDKs without their number, and what follows:
        message-header.md, version 2."""
        first = 1 + 2 + 32
        first += 2 + int.from_bytes(message[first:first + 2], 'big')
        at = first + 2
        edks = []
        for _ in range(int.from_bytes(message[first:at], 'big')):
            begin = at
            for _ in range(3):
                at += 2 + int.from_bytes(message[at:at + 2], 'big')
            edks.append(message[begin:at])
        return message[:first], edks, message[at:]


class Local(Backend):
    """A key of a key store that a key file protects."""

    name = 'local'
    can = frozenset({'disable', 'rotate'})

    def __init__(self, client, folder):
        super().__init__(client, folder)
        self.path = os.path.join(folder, 'store.json')
        raw = os.urandom(32)
        self.secrets.append(raw)
        self.protectors = envcrypt._open(
            'envcrypt_protectors', lib.envcrypt_protectors_free,
            lambda out, err: lib.envcrypt_protectors_new(client._client, out, err))
        envcrypt._check(lambda err: lib.envcrypt_protectors_add_raw_key(
            self.protectors, raw, 32, err))
        self.store = envcrypt._open(
            'envcrypt_keystore', lib.envcrypt_keystore_close,
            lambda out, err: lib.envcrypt_keystore_create(
                client._client, self.path.encode(), b'conformance', self.protectors, ffi.NULL,
                out, err))
        for name in (b'one', b'two'):
            envcrypt._check(lambda err, n=name: lib.envcrypt_keystore_add_key(
                self.store, n, lib.ENVCRYPT_KIND_WRAP, ffi.NULL, err))

    def _open_key(self, name):
        config = envcrypt._open('envcrypt_kms_config', lib.envcrypt_kms_config_free,
                                lib.envcrypt_kms_config_new)
        envcrypt._check(lambda err: lib.envcrypt_kms_config_set_protectors(
            config, self.protectors, err))
        return envcrypt._open(
            'envcrypt_kms', lib.envcrypt_kms_unref,
            lambda out, err: lib.envcrypt_kms_open(
                self.client._client, f'local://{self.path}#{name}'.encode(), config, ffi.NULL,
                out, err))

    def key(self):
        return self._open_key('one')

    def other_key(self):
        return self._open_key('two')

    def _set_enabled(self, enabled):
        envcrypt._check(lambda err: lib.envcrypt_keystore_set_enabled(
            self.store, b'one', 1, enabled, ffi.NULL, err))

    def disable(self):
        self._set_enabled(0)

    def enable(self):
        self._set_enabled(1)

    def rotate(self):
        envcrypt._check(lambda err: lib.envcrypt_kms_rotate(self.key(), ffi.NULL, err))


class Custom(Backend):
    """A key service that Python serves: AES-GCM under keys that it keeps."""

    name = 'custom'
    can = frozenset({'disable', 'throttle', 'wrong key id', 'key length', 'calls'})

    def __init__(self, client, folder):
        super().__init__(client, folder)
        self.served = 0
        self.keys = {'one': AESGCM(os.urandom(32)), 'two': AESGCM(os.urandom(32))}
        self.disabled = False
        self.throttles = 0
        self.says_key = None
        self.gives = None

    def _serve(self, name, call):
        self.served += 1
        if call.operation == lib.ENVCRYPT_OP_WRAP:
            self.secrets.append(call.input)
        if self.disabled:
            call.fail('E_KEY_DISABLED', 'Disabled', 'the key is switched off')
            return
        if self.throttles:
            self.throttles -= 1
            call.fail('E_THROTTLED', 'SlowDown', 'too many calls')
            return
        if self.says_key:
            envcrypt._check(lambda err: lib.envcrypt_call_set_key_id(
                call._call, self.says_key.encode(), err))
        bound = repr(sorted(call.context.items())).encode()
        if call.operation == lib.ENVCRYPT_OP_WRAP:
            nonce = os.urandom(12)
            call.finish_wrapped(nonce + self.keys[name].encrypt(nonce, call.input, bound))
            return
        try:
            key = self.keys[name].decrypt(call.input[:12], call.input[12:], bound)
        except InvalidTag:
            call.fail('E_CONTEXT', 'Invalid', 'it does not open')
            return
        self.secrets.append(key)
        call.finish_key(key if self.gives is None else self.gives)

    def key(self):
        return self.client.custom('conformance', 'one', lambda call: self._serve('one', call))

    def other_key(self):
        return self.client.custom('conformance', 'two', lambda call: self._serve('two', call))

    def disable(self):
        self.disabled = True

    def enable(self):
        self.disabled = False

    def throttle(self, times):
        self.throttles = times

    def say_another_key(self):
        self.says_key = 'two'

    def give_key(self, key):
        self.gives = key

    def calls(self):
        return self.served


class CredentialServer:
    """Gives credentials like a container's agent: those of `now`, as many times as asked."""

    def __init__(self, now):
        self.now = now
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.asked += 1
                body = json.dumps(outer.now).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}/credentials'
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Cloud(Backend):
    """A key of a cloud: its fake service in a process of its own, behind a proxy that spoils."""

    can = frozenset({'network', 'disable', 'throttle', 'expire', 'spoil', 'rotate', 'calls'})
    fake = None         # the file
    control_path = '/_fake'
    key_member = None   # of a reply: the data key
    environment = {}

    def __init__(self, client, folder):
        super().__init__(client, folder)
        self.options = {}  # of the keys that are opened from now on
        self.process = subprocess.Popen([sys.executable, os.path.join(FAKES, self.fake)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())
        self.proxy = FaultProxy(self.upstream())
        self.elsewhere = FaultProxy(self.upstream())  # before the other key
        self.before = dict(os.environ)
        for name in list(os.environ):
            if name.startswith(('AWS_', 'ALIBABA_', 'ALICLOUD_', 'IBM', 'KEY_PROTECT')):
                del os.environ[name]
        os.environ['HOME'] = folder
        self.prepare()

    def upstream(self):
        return self.facts['url']

    def prepare(self):
        """Credentials, by the environment."""

    def close(self):
        os.environ.clear()
        os.environ.update(self.before)
        for proxy in (self.proxy, self.elsewhere):
            proxy.__exit__()
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for body in self.proxy.bodies + self.elsewhere.bodies:
            try:
                key = json.loads(body).get(self.key_member)
            except (ValueError, AttributeError):
                continue
            if key:
                self.secrets.append(base64.b64decode(key))

    def control(self, **order):
        request = urllib.request.Request(self.upstream() + self.control_path,
                                         json.dumps(order).encode(), method='POST')
        with urllib.request.urlopen(request) as reply:
            reply.read()

    def spoil(self, fault):
        self.proxy.next(fault)

    def calls(self):
        return len(self.proxy.requests) + len(self.elsewhere.requests)

    def go_away(self):
        """Whoever asks for the key under test gets no answer; the other key is at its place."""
        self.proxy.always(lambda reply: None)

    def body_of_unwrap(self, keyring, message):
        keyring.decrypt(message)
        return self.proxy.bodies[-1]

    def give_key(self, key):
        text = base64.b64encode(key).decode()
        self.spoil(lambda reply: reply.replace_json(**{self.key_member: text}))

    def refuse(self, times, status, body):
        """The next replies are an error."""
        def fault(reply):
            reply.status, reply.body = status, json.dumps(body).encode()
            return reply
        self.proxy.next(*[fault] * times)


class Aws(Cloud):
    name = 'aws'
    fake = 'aws_kms.py'
    can = Cloud.can | {'pending deletion', 'wrong key id', 'key length', 'generate'}
    key_member = 'Plaintext'

    def _credentials(self, key_id):
        access = self.facts['access'][key_id]
        self.secrets += [access['secret'], access['token']]
        return {'AccessKeyId': key_id, 'SecretAccessKey': access['secret'],
                'Token': access['token'], 'Expiration': '2099-01-01T00:00:00Z'}

    def prepare(self):
        self.giver = CredentialServer(self._credentials('ASIATEMPORARY'))
        os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = self.giver.url

    def close(self):
        super().close()
        self.giver.close()

    def _open_key(self, which, proxy):
        return self.client.key('aws-kms:///' + self.facts[which], endpoint=proxy.url,
                               **self.options)

    def key(self):
        return self._open_key('key_1', self.proxy)

    def other_key(self):
        return self._open_key('key_2', self.elsewhere)

    def rotate(self):
        self.control(rotate=[self.facts['key_1']])

    def _set_state(self, state):
        self.control(states={self.facts['key_1']: state})

    def disable(self):
        self._set_state('Disabled')

    def enable(self):
        self._set_state('Enabled')

    def schedule_deletion(self):
        self._set_state('PendingDeletion')

    def throttle(self, times):
        self.refuse(times, 400, {'__type': 'ThrottlingException',
                                 'message': 'You have exceeded the rate at which you may call KMS.'})

    def expire_credentials(self):
        self.giver.now = self._credentials('ASIARENEWED')
        self.control(expired=['ASIATEMPORARY'])

    def expire_credentials_for_good(self):
        self.control(expired=['ASIATEMPORARY'])

    def say_another_key(self):
        self.spoil(lambda reply: reply.replace_json(KeyId=self.facts['key_2']))


class Alibaba(Cloud):
    name = 'alibaba'
    fake = 'alibaba_kms.py'
    can = Cloud.can | {'pending deletion', 'wrong key id', 'key length', 'generate'}
    key_member = 'Plaintext'

    def upstream(self):
        return f'http://127.0.0.1:{self.facts["shared"]}'

    def _credentials(self, key_id):
        secret, token = self.facts['access'][key_id]
        self.secrets += [secret, token]
        return {'Code': 'Success', 'AccessKeyId': key_id, 'AccessKeySecret': secret,
                'SecurityToken': token, 'Expiration': '2099-01-01T00:00:00Z'}

    def prepare(self):
        self.giver = CredentialServer(self._credentials('STS.temporary'))
        os.environ['ALIBABA_CLOUD_CREDENTIALS_URI'] = self.giver.url
        os.environ['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] = 'true'

    def close(self):
        super().close()
        self.giver.close()

    def _open_key(self, which, proxy):
        return self.client.key('alibaba-kms:///' + self.facts['keys'][which], endpoint=proxy.url,
                               **self.options)

    def key(self):
        return self._open_key('main', self.proxy)

    def other_key(self):
        return self._open_key('other', self.elsewhere)

    def rotate(self):
        self.control(rotate=self.facts['keys']['main'])

    def _set_state(self, state):
        self.control(state={self.facts['keys']['main']: state})

    def disable(self):
        self._set_state('Disabled')

    def enable(self):
        self._set_state('Enabled')

    def schedule_deletion(self):
        self._set_state('PendingDeletion')

    def throttle(self, times):
        self.refuse(times, 429, {'HttpStatus': 429, 'Code': 'Rejected.Throttling',
                                 'Message': 'QPS Limit Exceeded'})

    def expire_credentials(self):
        self.giver.now = self._credentials('STS.renewed')
        self.control(access={'STS.temporary': {'expired': True}})

    def expire_credentials_for_good(self):
        self.control(access={'STS.temporary': {'expired': True}})

    def say_another_key(self):
        other = self.facts['keys']['other'].rpartition('/')[2]
        self.spoil(lambda reply: reply.replace_json(KeyId=other))


class Ibm(Cloud):
    name = 'ibm'
    fake = 'ibm_key_protect.py'
    control_path = '/fake/set'
    can = Cloud.can | {'key length'}
    key_member = 'plaintext'

    def prepare(self):
        self.control()
        os.environ['IBMCLOUD_API_KEY'] = 'api-key-of-a-manager'
        self.secrets.append('api-key-of-a-manager')
        request = urllib.request.Request(
            f'{self.facts["url"]}/identity/token',
            b'grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=api-key-of-a-manager',
            {'Content-Type': 'application/x-www-form-urlencoded', 'Accept': 'application/json'})
        with urllib.request.urlopen(request) as reply:
            token = json.loads(reply.read())['access_token']
        body = {'metadata': {'collectionType': 'application/vnd.ibm.kms.key+json',
                             'collectionTotal': 1},
                'resources': [{'type': 'application/vnd.ibm.kms.key+json', 'name': 'two',
                               'extractable': False}]}
        request = urllib.request.Request(
            f'{self.facts["url"]}/api/v2/keys', json.dumps(body).encode(),
            {'authorization': 'Bearer ' + token, 'bluemix-instance': self.facts['instance'],
             'content-type': 'application/vnd.ibm.kms.key+json'})
        with urllib.request.urlopen(request) as reply:
            self.other = json.loads(reply.read())['resources'][0]['crn']

    def _open_key(self, crn, proxy):
        return self.client.key('ibm-kp:///' + crn, endpoint=proxy.url, iam_url=self.facts['url'],
                               **self.options)

    def key(self):
        return self._open_key(self.facts['crn'], self.proxy)

    def other_key(self):
        return self._open_key(self.other, self.elsewhere)

    def rotate(self):
        self.control(rotate=self.facts['key'])

    def disable(self):
        self.control(state=[self.facts['key'], 2])

    def enable(self):
        self.control(state=[self.facts['key'], 1])

    def throttle(self, times):
        self.refuse(times, 429, {'resources': [{'errorMsg': 'Too Many Requests'}]})

    def expire_credentials(self):
        self.control(expire_tokens=True)

    def expire_credentials_for_good(self):
        self.proxy.always(self._refuse_token)

    @staticmethod
    def _refuse_token(reply):
        reply.status = 401
        reply.body = json.dumps({'resources': [{'errorMsg': 'Unauthorized', 'reasons': [
            {'code': 'UNAUTHORIZED_ERR', 'message': 'expired', 'status': 401}]}]}).encode()
        return reply


ALL = [Local, Custom, Aws, Ibm, Alibaba]

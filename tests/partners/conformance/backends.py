# SPDX-License-Identifier: Apache-2.0
"""The back ends that test_backends.py holds to one contract, each opened from its public URI.

A back end says what it can be asked for in the tests (`can`), makes keys, and brings about the
conditions: key states, throttling, credentials that expire, replies that are spoilt.
"""
import os

import envcrypt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envcrypt import ffi, lib


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

    @staticmethod
    def offset_of_wrapped_key(message):
        """Where the ciphertext of the first EDK begins: message-header.md, version 2."""
        at = 1 + 2 + 32
        at += 2 + int.from_bytes(message[at:at + 2], 'big') + 2
        for _ in range(2):
            at += 2 + int.from_bytes(message[at:at + 2], 'big')
        return at + 2


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


class Custom(Backend):
    """A key service that Python serves: AES-GCM under keys that it keeps."""

    name = 'custom'
    can = frozenset({'disable', 'throttle', 'wrong key id', 'key length'})

    def __init__(self, client, folder):
        super().__init__(client, folder)
        self.keys = {'one': AESGCM(os.urandom(32)), 'two': AESGCM(os.urandom(32))}
        self.disabled = False
        self.throttles = 0
        self.says_key = None
        self.key_bytes = None

    def _serve(self, name, call):
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
        call.finish_key(key if self.key_bytes is None else os.urandom(self.key_bytes))

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

    def give_key_of(self, size):
        self.key_bytes = size


ALL = [Local, Custom]

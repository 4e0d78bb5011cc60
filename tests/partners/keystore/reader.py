# SPDX-License-Identifier: Apache-2.0
"""A reader of key stores and of what is wrapped under them, from doc/format.md alone.

It shares the primitives with tests/vectors/keystore/make.py, which writes such files, and nothing
with the library. It is strict: what the page does not allow is an AssertionError, and bytes that
are not authentic are an InvalidTag.
"""
import hashlib
import hmac
import json
import pathlib
import re
import struct
import sys
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'vectors' / 'keystore'))
import make  # noqa: E402

LAST_LINE = re.compile(r'  "mac": "([0-9a-f]{64})"\n}\n\Z')
TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ')
SEALED = {'id', 'type', 'created', 'salt', 'nonce', 'wrapped'}
PROTECTORS = {
    'passphrase': SEALED | {'passes', 'memory-kib'},
    'key-file': SEALED,
    'raw-key': SEALED,
    'rsa': {'id', 'type', 'created', 'public-key', 'fingerprint', 'wrapped'},
}


def xaes_open(key, nonce, aad, sealed):
    return AESGCM(make.xaes_subkey(key, nonce)).decrypt(nonce[12:], sealed, aad)


def members(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), 'a member stands twice'
    return dict(pairs)


def raw(entry, name, size=None):
    value = bytes.fromhex(entry[name])
    assert entry[name] == value.hex() and size in (None, len(value))
    return value


class Store:
    """A key store file. secret: bytes of a passphrase or key, or an RSA private key."""

    def __init__(self, text, kind, secret):
        end = LAST_LINE.search(text)
        assert end, 'the file does not end with the line of the MAC'
        self.document = json.loads(text, object_pairs_hook=members)
        assert list(self.document)[0] == 'format'
        assert set(self.document) == {'format', 'type', 'id', 'name', 'created', 'protectors', 'keys',
                                      'mac'}
        assert self.document['format'] == 1
        assert self.document['type'] == 'envcrypt-keystore'
        self.id = raw(self.document, 'id', 16)
        self.name = self.document['name']
        self.s = self.open_by(kind, secret)
        right = hmac.new(self.derived(b'mac', 32), text[:end.start()].encode(), hashlib.sha256)
        if not hmac.compare_digest(right.hexdigest(), end.group(1)):
            raise InvalidTag
        self.fingerprint = self.derived(b'fingerprint', 16).hex()

    def derived(self, what, size):
        return make.hkdf(self.s, self.id, b'envcrypt-keystore-1 ' + what, size)

    def open_by(self, kind, secret):
        """S, by the first protector of this kind that the secret opens."""
        for entry in self.document['protectors']:
            assert set(entry) == PROTECTORS[entry['type']] and TIME.fullmatch(entry['created'])
            if entry['type'] != kind:
                continue
            try:
                s = self.unwrap_s(entry, secret)
                assert len(s) == 32
                return s
            except (InvalidTag, ValueError):
                pass
        raise InvalidTag

    def unwrap_s(self, entry, secret):
        info = b'envcrypt-keystore-1 protector' + self.id + raw(entry, 'id', 8)
        if entry['type'] == 'rsa':
            der = secret.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            assert raw(entry, 'fingerprint', 32) == hashlib.sha256(der).digest()
            assert serialization.load_pem_public_key(
                entry['public-key'].encode()).public_numbers() == secret.public_key().public_numbers()
            return secret.decrypt(raw(entry, 'wrapped'), padding.OAEP(
                padding.MGF1(hashes.SHA256()), hashes.SHA256(), info))
        parameters = b''
        salt = raw(entry, 'salt', 16)
        if entry['type'] == 'passphrase':
            costs = entry['passes'], entry['memory-kib']
            parameters = struct.pack('>II', *costs)
            secret = make.argon2id(secret, salt, *costs)
        aad = info + bytes([make.TYPES[entry['type']]]) + parameters
        return xaes_open(make.hkdf(secret, salt, info, 32), raw(entry, 'nonce', 24), aad,
                         raw(entry, 'wrapped', 48))

    def key(self, name):
        found = [key for key in self.document['keys'] if key['name'] == name]
        assert len(found) == 1
        return found[0]

    def states(self, name):
        return [version['state'] for version in self.key(name)['versions']]

    def material(self, name, number):
        """The bytes of a version."""
        key = self.key(name)
        version = key['versions'][number - 1]
        assert version['version'] == number and TIME.fullmatch(version['created'])
        space, own = key.get('namespace', self.name), key.get('key-name', name)
        aad = (b'envcrypt-keystore-1 key\0' + self.id + make.lengthed(space) + make.lengthed(own)
               + struct.pack('>IB', number, make.KINDS[key['kind']]))
        return xaes_open(self.derived(b'wrap', 32), raw(version, 'nonce', 24), aad,
                         raw(version, 'wrapped'))


class Pieces:
    """Bytes that are taken from the front."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        piece, self.data = self.data[:size], self.data[size:]
        assert len(piece) == size
        return piece

    def number(self):
        return struct.unpack('>H', self.take(2))[0]

    def lengthed(self):
        return self.take(self.number())


class Record:
    """A wrapped-key record (doc/format.md)."""

    def __init__(self, data):
        self.covered, self.mac = data[:-32], data[-32:]
        rest = Pieces(self.covered)
        assert rest.take(3) == b'EK\1'
        self.purpose = rest.take(1)[0]
        self.context = rest.lengthed()
        self.edks = [tuple(rest.lengthed() for _ in range(3)) for _ in range(rest.number())]
        assert not rest.data

    def check(self, data_key):
        mac_key = make.hkdf(data_key, None, b'envcrypt-wrapped-key-1 mac', 32)
        if not hmac.compare_digest(hmac.digest(mac_key, self.covered, 'sha256'), self.mac):
            raise InvalidTag
        return data_key

    def open_raw_aes(self, kek, name_space, name, edk=0):
        """The data key, by an EDK of the raw AES keyring."""
        provider, info, wrapped = self.edks[edk]
        assert provider == name_space.encode()
        assert info[:-12] == name.encode() + struct.pack('>II', 128, 12)
        return self.check(AESGCM(kek).decrypt(info[-12:], wrapped, self.context))

    def open_hierarchy(self, branch_key, name, version, edk=0):
        """The data key, by an EDK of the hierarchical keyring."""
        provider, info, wrapped = self.edks[edk]
        assert provider == b'aws-kms-hierarchy' and info == name.encode()
        rest = Pieces(wrapped)
        salt, iv, named = rest.take(16), rest.take(12), rest.take(16)
        assert named == uuid.UUID(version).bytes
        kek = hmac.digest(branch_key, struct.pack('>I', 1) + b'aws-kms-hierarchy\0' + salt
                          + struct.pack('>I', 256), 'sha256')
        aad = b'aws-kms-hierarchy' + name.encode() + named + self.context
        return self.check(AESGCM(kek).decrypt(iv, rest.data, aad))


def make_record(context, edks, data_key, purpose=2):
    """A record of EDKs as make.raw_aes_edk() gives them."""
    covered = b'EK\1' + bytes([purpose])
    for part in [make.context_bytes(context)]:
        covered += struct.pack('>H', len(part)) + part
    covered += struct.pack('>H', len(edks))
    for edk in edks:
        for part in (edk['provider'].encode(), bytes.fromhex(edk['info']),
                     bytes.fromhex(edk['ciphertext'])):
            covered += struct.pack('>H', len(part)) + part
    mac_key = make.hkdf(data_key, None, b'envcrypt-wrapped-key-1 mac', 32)
    return covered + hmac.digest(mac_key, covered, 'sha256')


def open_value(value, data_key, context):
    """A small value (doc/format.md)."""
    rest = Pieces(value)
    first, commitment, nonce = rest.take(1), rest.take(32), rest.take(24)
    assert first == b'\1'
    assert commitment == make.hkdf(data_key, None, b'envcrypt-value-1 commit', 32)
    aad = b'envcrypt-value-1\0\1' + commitment + make.context_bytes(context)
    return xaes_open(make.hkdf(data_key, None, b'envcrypt-value-1 key', 32), nonce, aad, rest.data)

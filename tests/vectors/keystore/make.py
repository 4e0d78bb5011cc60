#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes keystore.json and expected.json, without any code of the library.

An implementation of the key store file from doc/format.md alone, over the PyPI package
`cryptography`. Everything that is random in a real store comes from SHA-256
of a label here, so that a second run writes the same bytes:

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cryptography
    /tmp/venv/bin/python make.py

recovery.pem is the RSA key of 3,072 bits of the fourth protector. All secrets here are public:
never use them.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = pathlib.Path(__file__).resolve().parent
STORE_NAME = "golden"
PASSPHRASE = "correct horse battery staple ✓"
CREATED = "2026-02-03T04:05:06Z"
KINDS = {"wrap": 1, "branch": 2, "imported": 3}
TYPES = {"passphrase": 1, "key-file": 2, "raw-key": 3, "rsa": 4}


def fixed(label, size):
    """Bytes that take the place of random ones."""
    out = b""
    while len(out) < size:
        out += hashlib.sha256(f"{label} {len(out)}".encode()).digest()
    return out[:size]


def hkdf(secret, salt, info, size):
    return HKDF(hashes.SHA512(), size, salt, info).derive(secret)


def argon2id(passphrase, salt, passes, memory):
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=1,
                    memory_cost=memory).derive(passphrase)


def aes_block(key, block):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def xaes_subkey(key, nonce):
    """The key of XAES-256-GCM (C2SP) for one nonce: CMAC of two blocks."""
    doubled = int.from_bytes(aes_block(key, bytes(16)), "big") << 1
    if doubled >> 128:
        doubled = (doubled & ((1 << 128) - 1)) ^ 0x87
    subkey = b""
    for counter in (1, 2):
        block = struct.pack(">H", counter) + b"X\0" + nonce[:12]
        masked = int.from_bytes(block, "big") ^ doubled
        subkey += aes_block(key, masked.to_bytes(16, "big"))
    return subkey


def xaes_seal(key, nonce, aad, plain):
    return AESGCM(xaes_subkey(key, nonce)).encrypt(nonce[12:], plain, aad)


def lengthed(text):
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def context_bytes(pairs):
    """The encryption context as the Encryption SDK serialises it."""
    if not pairs:
        return b""
    out = struct.pack(">H", len(pairs))
    for name in sorted(pairs, key=str.encode):
        out += lengthed(name) + lengthed(pairs[name])
    return out


class Store:
    def __init__(self):
        self.id = fixed("store id", 16)
        self.s = fixed("store key", 32)
        self.protectors = []
        self.keys = []

    def derived(self, what, size):
        return hkdf(self.s, self.id, b"envcrypt-keystore-1 " + what, size)

    def protector(self, name, extra):
        entry = {"id": fixed(f"protector {name}", 8).hex(), "type": name, "created": CREATED}
        entry.update(extra)
        self.protectors.append(entry)
        info = b"envcrypt-keystore-1 protector" + self.id + bytes.fromhex(entry["id"])
        return entry, info

    def protect_by_secret(self, name, secret, passes=None, memory=None):
        salt = fixed(f"salt {name}", 16)
        parameters = b""
        extra = {}
        if passes:
            secret = argon2id(secret, salt, passes, memory)
            parameters = struct.pack(">II", passes, memory)
            extra = {"passes": passes, "memory-kib": memory}
        entry, info = self.protector(name, extra)
        nonce = fixed(f"nonce {name}", 24)
        aad = info + bytes([TYPES[name]]) + parameters
        wrapped = xaes_seal(hkdf(secret, salt, info, 32), nonce, aad, self.s)
        entry.update(salt=salt.hex(), nonce=nonce.hex(), wrapped=wrapped.hex())

    def protect_by_rsa(self, key):
        public = key.public_key()
        der = public.public_bytes(serialization.Encoding.DER,
                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        pem = public.public_bytes(serialization.Encoding.PEM,
                                  serialization.PublicFormat.SubjectPublicKeyInfo)
        entry, info = self.protector("rsa", {
            "public-key": pem.decode(), "fingerprint": hashlib.sha256(der).hexdigest()})
        entry["wrapped"] = oaep(public.public_numbers(), info, self.s).hex()

    def add_key(self, name, kind, states, name_space=None, key_name=None, size=32):
        versions = []
        materials = {}
        for number, state in enumerate(states, 1):
            version = {"version": number, "state": state, "created": CREATED}
            if kind == "branch":
                version["branch-version"] = str(uuid.UUID(
                    bytes=fixed(f"uuid {name} {number}", 16), version=4))
            if state != "destroyed":
                material = fixed(f"key {name} {number}", size)
                nonce = fixed(f"nonce {name} {number}", 24)
                aad = (b"envcrypt-keystore-1 key\0" + self.id + lengthed(name_space or STORE_NAME)
                       + lengthed(key_name or name) + struct.pack(">IB", number, KINDS[kind]))
                wrapped = xaes_seal(self.derived(b"wrap", 32), nonce, aad, material)
                version.update(nonce=nonce.hex(), wrapped=wrapped.hex())
                materials[number] = material
            versions.append(version)
        entry = {"name": name, "kind": kind}
        if kind == "imported":
            entry.update({"namespace": name_space, "key-name": key_name, "writes": False})
        entry["versions"] = versions
        self.keys.append(entry)
        return materials, versions

    def text(self):
        document = {
            "format": 1, "type": "envcrypt-keystore", "id": self.id.hex(), "name": STORE_NAME,
            "created": CREATED, "protectors": self.protectors, "keys": self.keys,
        }
        head = json.dumps(document, indent=2, ensure_ascii=False).removesuffix("\n}") + ",\n"
        mac = hmac.new(self.derived(b"mac", 32), head.encode(), hashlib.sha256).hexdigest()
        return head + f'  "mac": "{mac}"\n}}\n'


def oaep(numbers, label, message):
    """RSAES-OAEP with SHA-256 (RFC 8017, 7.1.1), with a seed that does not change."""
    def mgf(seed, size):
        blocks = (hashlib.sha256(seed + struct.pack(">I", i)).digest() for i in range(size // 32 + 1))
        return b"".join(blocks)[:size]

    def xor(a, b):
        return bytes(x ^ y for x, y in zip(a, b))

    size = (numbers.n.bit_length() + 7) // 8
    seed = fixed("oaep seed", 32)
    block = hashlib.sha256(label).digest() + bytes(size - len(message) - 66) + b"\1" + message
    block = xor(block, mgf(seed, len(block)))
    seed = xor(seed, mgf(block, 32))
    number = pow(int.from_bytes(b"\0" + seed + block, "big"), numbers.e, numbers.n)
    return number.to_bytes(size, "big")


def raw_aes_edk(kek, name_space, key_name, context, data_key):
    """An EDK of the raw AES keyring."""
    iv = fixed(f"iv {key_name}", 12)
    return {
        "provider": name_space,
        "info": (key_name.encode() + struct.pack(">II", 128, 12) + iv).hex(),
        "ciphertext": AESGCM(kek).encrypt(iv, data_key, context_bytes(context)).hex(),
    }


def hierarchy_edk(branch_key, branch_key_id, version, context, data_key):
    """An EDK of the hierarchical keyring."""
    salt = fixed("hierarchy salt", 16)
    iv = fixed("hierarchy iv", 12)
    raw = uuid.UUID(version).bytes
    fixed_input = b"aws-kms-hierarchy\0" + salt
    kek = hmac.new(branch_key, struct.pack(">I", 1) + fixed_input + struct.pack(">I", 256),
                   hashlib.sha256).digest()
    aad = b"aws-kms-hierarchy" + branch_key_id.encode() + raw + context_bytes(context)
    return {
        "provider": "aws-kms-hierarchy",
        "info": branch_key_id.encode().hex(),
        "ciphertext": (salt + iv + raw + AESGCM(kek).encrypt(iv, data_key, aad)).hex(),
    }


def check_xaes():
    """The first published vector of XAES-256-GCM (c2sp.org/XAES-256-GCM)."""
    sealed = xaes_seal(bytes([1]) * 32, b"ABCDEFGHIJKLMNOPQRSTUVWX", b"", b"XAES-256-GCM")
    assert sealed.hex() == "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"


def main():
    check_xaes()
    recovery = serialization.load_pem_private_key((HERE / "recovery.pem").read_bytes(), None)
    store = Store()
    store.protect_by_secret("passphrase", PASSPHRASE.encode(), 2, 8192)
    store.protect_by_secret("key-file", fixed("key file", 32))
    store.protect_by_secret("raw-key", fixed("raw key", 32))
    store.protect_by_rsa(recovery)
    orders, _ = store.add_key("orders", "wrap", ["destroyed", "disabled", "enabled", "enabled"])
    tenant, uuids = store.add_key("tenant", "branch", ["enabled", "enabled"])
    legacy, _ = store.add_key("legacy", "imported", ["enabled"], "acme", "schlüssel 7", 16)
    (HERE / "keystore.json").write_text(store.text(), encoding="utf-8")

    context = {"purpose": "test", "bücher": "ja"}
    data_key = fixed("data key", 32)
    expected = {
        "passphrase": PASSPHRASE,
        "key-file": fixed("key file", 32).hex(),
        "raw-key": fixed("raw key", 32).hex(),
        "fingerprint": store.derived(b"fingerprint", 16).hex(),
        "mac-key": store.derived(b"mac", 32).hex(),
        "materials": {
            "orders": [None] + [orders[n].hex() for n in (2, 3, 4)],
            "tenant": [tenant[n].hex() for n in (1, 2)],
            "legacy": [legacy[1].hex()],
        },
        "context": context,
        "data-key": data_key.hex(),
        "edks": {
            "orders/3": raw_aes_edk(orders[3], STORE_NAME, "orders/3", context, data_key),
            "orders/2": raw_aes_edk(orders[2], STORE_NAME, "orders/2", context, data_key),
            "orders/4": raw_aes_edk(orders[4], STORE_NAME, "orders/4", context, data_key),
            "legacy": raw_aes_edk(legacy[1], "acme", "schlüssel 7", context, data_key),
            "tenant": hierarchy_edk(tenant[1], "tenant", uuids[0]["branch-version"], context,
                                    data_key),
        },
    }
    text = json.dumps(expected, indent=2, ensure_ascii=False)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

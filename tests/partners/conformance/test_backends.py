# SPDX-License-Identifier: Apache-2.0
"""One contract for every back end: the same tests, whatever stands behind the URI.

A test that needs a condition which a back end does not know (a file cannot throttle) is not
collected for it; `can` in backends.py is the list.
"""
import base64
import json
import os
import time

import backends
import envcrypt
import pytest

CONTEXT = {'tenant': 'violet', 'größe': '42'}


def pytest_generate_tests(metafunc):
    needs = set(getattr(metafunc.function, 'needs', ()))
    kinds = [kind for kind in backends.ALL if needs <= kind.can]
    metafunc.parametrize('backend', kinds, indirect=True, ids=[kind.name for kind in kinds])


def needs(*conditions):
    def mark(function):
        function.needs = conditions
        return function
    return mark


def forms(secret):
    """What a secret may look like in a text."""
    raw = secret.encode() if isinstance(secret, str) else secret
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield base64.b64encode(raw)
    yield repr(raw)[2:-1].encode()


@pytest.fixture
def backend(request, tmp_path, monkeypatch):
    """A back end; nothing that is logged or raised meanwhile may show one of its secrets."""
    told = []
    to_exception = envcrypt._to_exception

    def keep(error):
        exception = to_exception(error)
        told.append(repr(vars(exception)) + str(exception) if exception else '')
        return exception

    monkeypatch.setattr(envcrypt, '_to_exception', keep)
    with envcrypt.Client(log=lambda level, text: told.append(text)) as client:
        made = request.param(client, str(tmp_path))
        made.told = told
        yield made
        made.close()
    everything = '\n'.join(told).encode()
    for secret in made.secrets:
        assert not any(form in everything for form in forms(secret)), 'a secret was shown'
    assert made.secrets and told, 'nothing was planted, or nothing was said'


def encrypt(backend, plain=b'a secret', context=None):
    return backend.client.keyring(backend.key()).encrypt(plain, context or CONTEXT)


def decrypt(backend, message, key=None):
    return backend.client.keyring(key or backend.key()).decrypt(message)


def with_edks(message, change):
    """The message, with the list of EDKs that change() makes of its own."""
    before, edks, after = backends.Backend.split_at_edks(message)
    edks = change(edks)
    return before + len(edks).to_bytes(2, 'big') + b''.join(edks) + after


def damaged(edk):
    """An EDK whose ciphertext differs in its first bit."""
    at = 0
    for _ in range(2):
        at += 2 + int.from_bytes(edk[at:at + 2], 'big')
    return edk[:at + 2] + bytes([edk[at + 2] ^ 0x80]) + edk[at + 3:]


def refused(call, *codes):
    """The error of a call that must fail, and the codes along its causes must have one of codes."""
    with pytest.raises(envcrypt.Error) as caught:
        call()
    error = caught.value
    seen = []
    while error is not None:
        seen.append(error.code.removeprefix('ENVCRYPT_E_'))
        error = error.cause
    assert set(seen) & set(codes), f'{seen}: {caught.value}'
    return caught.value


# --- what every key does ---

@pytest.mark.parametrize('size', [0, 1, 100_000])
def test_what_was_encrypted_is_decrypted(backend, size):
    plain = os.urandom(size)
    assert decrypt(backend, encrypt(backend, plain)) == plain


def test_a_message_without_context_goes_there_and_back(backend):
    message = backend.client.keyring(backend.key()).encrypt(b'x', {})
    assert decrypt(backend, message) == b'x'


def test_a_context_of_many_pairs_goes_there_and_back(backend):
    context = {f'name {i}': 'v' * 100 for i in range(60)}
    assert decrypt(backend, encrypt(backend, b'x', context)) == b'x'


def test_another_key_of_the_service_opens_nothing(backend):
    message = encrypt(backend)
    refused(lambda: decrypt(backend, message, backend.other_key()), 'NO_KEY')


def test_a_changed_context_opens_nothing(backend):
    message = encrypt(backend)
    changed = message.replace(b'violet', b'Violet')
    assert changed != message
    refused(lambda: decrypt(backend, changed), 'CONTEXT', 'UNWRAP')


def test_a_changed_wrapped_key_opens_nothing(backend):
    message = with_edks(encrypt(backend, b''), lambda edks: [damaged(edks[0])])
    refused(lambda: decrypt(backend, message), 'CONTEXT', 'UNWRAP', 'HEADER_AUTH')


@needs('calls')
def test_more_edks_than_the_limit_cost_no_call(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    before = backend.calls()
    for count in (17, 65_535):
        many = with_edks(message, lambda edks, n=count: edks * n)
        refused(lambda m=many: keyring.decrypt(m), 'LIMIT_EDKS', 'LIMIT_HEADER')
    assert backend.calls() == before


@needs('calls')
def test_as_many_edks_as_the_limit_are_tried_once_each(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    before = backend.calls()
    spoilt = with_edks(message, lambda edks: [damaged(edks[0])] * 16)
    refused(lambda: keyring.decrypt(spoilt), 'CONTEXT', 'UNWRAP')
    assert backend.calls() - before <= 16


# --- key states ---

@needs('disable')
def test_a_disabled_key_opens_nothing_until_it_is_enabled(backend):
    message = encrypt(backend)
    backend.disable()
    error = refused(lambda: decrypt(backend, message), 'KEY_DISABLED')
    assert error.error_class in ('ENVCRYPT_CLASS_KEY_STATE', 'KEY_STATE')
    backend.enable()
    assert decrypt(backend, message) == b'a secret'


@needs('disable')
def test_nothing_is_encrypted_under_a_disabled_key(backend):
    keyring = backend.client.keyring(backend.key())
    backend.disable()
    refused(lambda: keyring.encrypt(b'x', CONTEXT), 'KEY_DISABLED')


@needs('rotate')
def test_both_versions_open_after_a_rotation(backend):
    old = encrypt(backend)
    backend.rotate()
    new = encrypt(backend)
    assert (decrypt(backend, old), decrypt(backend, new)) == (b'a secret', b'a secret')
    assert (backend.is_current(old), backend.is_current(new)) == (False, True)


@needs('pending deletion')
def test_a_key_that_waits_for_deletion_does_nothing(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.schedule_deletion()
    refused(lambda: keyring.decrypt(message), 'KEY_PENDING_DELETION', 'KEY_DISABLED')
    refused(lambda: keyring.encrypt(b'x', CONTEXT), 'KEY_PENDING_DELETION', 'KEY_DISABLED')


# --- trouble on the way ---

@needs('throttle', 'network')
def test_a_throttled_call_is_made_again(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.throttle(1)
    assert keyring.decrypt(message) == b'x'


@needs('throttle')
def test_throttling_without_end_is_said(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.throttle(1000)
    error = refused(lambda: keyring.decrypt(message), 'THROTTLED')
    assert error.retryable


@needs('expire')
def test_credentials_that_expire_in_mid_run_are_renewed(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.expire_credentials()
    assert keyring.decrypt(message) == b'x'


@needs('expire')
def test_credentials_that_cannot_be_renewed_are_named(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.expire_credentials_for_good()
    refused(lambda: keyring.decrypt(message), 'AUTH')


@needs('network')
def test_when_one_of_two_services_is_away_the_other_opens(backend):
    keyring = backend.client.keyring(backend.key(), backend.other_key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.go_away()
    backend.proxy.requests.clear()
    backend.elsewhere.requests.clear()
    assert keyring.decrypt(message) == b'x'
    assert backend.proxy.requests and len(backend.elsewhere.requests) == 1
    port = backend.proxy.url.rpartition(':')[2]
    assert [line for line in backend.told if 'another key opened' in line and port in line]


@needs('network')
def test_when_neither_of_two_services_opens_both_are_named(backend):
    keyring = backend.client.keyring(backend.key(), backend.other_key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.go_away()
    backend.elsewhere.always(lambda reply: reply.with_body(b''))
    error = refused(lambda: keyring.decrypt(message), 'NET_BROKEN')
    everything = []
    while error is not None:
        everything.append(str(error))
        error = error.cause
    everything = ' '.join(everything)
    for proxy in (backend.proxy, backend.elsewhere):
        assert proxy.url.rpartition(':')[2] in everything


# --- replies that must not be believed ---

@needs('wrong key id')
def test_a_reply_by_another_key_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.say_another_key()
    before = backend.calls()
    refused(lambda: keyring.decrypt(message), 'KEY_MISMATCH')
    assert backend.calls() == before + 1


@needs('key length')
@pytest.mark.parametrize('size', [1, 15, 16, 24, 31, 33, 64])
def test_a_data_key_of_another_length_is_refused(backend, size):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.give_key(os.urandom(size))
    refused(lambda: keyring.decrypt(message), 'BAD_DEK')


@needs('key length')
def test_a_data_key_of_zeros_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.give_key(bytes(32))
    refused(lambda: keyring.decrypt(message), 'BAD_DEK')


@needs('key length')
def test_another_data_key_of_the_right_length_opens_nothing(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.give_key(os.urandom(32))
    refused(lambda: keyring.decrypt(message), 'COMMITMENT')


@needs('generate')
def test_a_generated_key_of_zeros_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    backend.give_key(bytes(32))
    refused(lambda: keyring.encrypt(b'x', CONTEXT), 'BAD_DEK')


@needs('generate')
def test_a_generated_key_that_came_before_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    keyring.encrypt(b'x', CONTEXT)
    key = json.loads(backend.proxy.bodies[-1])[backend.key_member]
    backend.spoil(lambda reply: reply.replace_json(**{backend.key_member: key}))
    refused(lambda: keyring.encrypt(b'x', CONTEXT), 'BAD_DEK')


@needs('generate')
def test_a_generated_key_that_is_not_the_wrapped_one_opens_nothing(backend):
    keyring = backend.client.keyring(backend.key())
    backend.give_key(os.urandom(32))
    message = keyring.encrypt(b'x', CONTEXT)
    refused(lambda: keyring.decrypt(message), 'COMMITMENT')


@needs('spoil')
def test_the_reply_to_an_earlier_unwrap_opens_nothing(backend):
    keyring = backend.client.keyring(backend.key())
    earlier = backend.body_of_unwrap(keyring, keyring.encrypt(b'x', CONTEXT))
    message = keyring.encrypt(b'y', CONTEXT)
    backend.spoil(lambda reply: reply.with_body(earlier))
    refused(lambda: keyring.decrypt(message), 'COMMITMENT')


@needs('spoil')
@pytest.mark.parametrize('body', [
    b'', b'<html>sign in</html>', b'null', b'[]', b'{}', b'{"a":1', b'\xff\xfe', b'{"a":1}{"b":2}',
    b'[' * 10_000 + b']' * 10_000, b'[' * 1_000_000, b'\xef\xbb\xbf{}', b'{"a":"\x00"}',
    b'{' + b','.join(b'"%d":0' % i for i in range(6_000)) + b'}',
    b'{' + b','.join(b'"%d":0' % i for i in range(1_000_000)) + b'}'],
    ids=lambda body: f'{body[:12].hex()}-{len(body)}')
def test_a_reply_that_is_no_answer_is_refused(backend, body):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.spoil(lambda reply: reply.with_body(body))
    refused(lambda: keyring.decrypt(message), 'PROTOCOL', 'JSON')


@needs('spoil')
def test_a_reply_that_is_cut_off_anywhere_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    whole = backend.body_of_unwrap(keyring, message)
    for size in range(0, len(whole), 7):
        backend.spoil(lambda reply, n=size: reply.with_body(reply.body[:n]))
        refused(lambda: keyring.decrypt(message), 'PROTOCOL', 'JSON')


@needs('spoil')
def test_a_reply_past_the_cap_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.spoil(lambda reply: reply.with_body(reply.body[:-1] + b' ' * 65536 + b'}'))
    refused(lambda: keyring.decrypt(message), 'PROTOCOL')


@needs('spoil')
def test_replies_that_drip_without_end_are_given_up(backend):
    message = encrypt(backend)
    backend.options['attempt_timeout_ms'] = '1500'
    keyring = backend.client.keyring(backend.key())
    backend.proxy.always(lambda reply: reply.slowly(1))  # a byte a second: minutes for a reply
    began = time.monotonic()
    error = refused(lambda: keyring.decrypt(message), 'NET_BROKEN')
    assert time.monotonic() - began < 30
    assert error.retryable


@needs('spoil')
def test_a_reply_that_dripped_once_is_asked_for_again(backend):
    message = encrypt(backend)
    backend.options['attempt_timeout_ms'] = '1500'
    keyring = backend.client.keyring(backend.key())
    backend.spoil(lambda reply: reply.slowly(1))
    assert keyring.decrypt(message) == b'a secret'


@needs('spoil')
def test_a_member_twice_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.spoil(lambda reply: reply.with_member_twice(backend.key_member))
    refused(lambda: keyring.decrypt(message), 'PROTOCOL', 'JSON')


@needs('spoil')
def test_an_escaped_member_name_is_refused(backend):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    name = backend.key_member
    escaped = f'\\u{ord(name[0]):04x}{name[1:]}'
    backend.spoil(lambda reply: reply.with_body(
        reply.body.replace(f'"{name}"'.encode(), f'"{escaped}"'.encode())))
    refused(lambda: keyring.decrypt(message), 'PROTOCOL', 'JSON')


@needs('spoil')
@pytest.mark.parametrize('text', ['', 'A', 'AAA', 'AAAA=', 'AA A', 'AAB=', 'A-__', '=' * 8])
def test_a_key_that_is_no_canonical_base64_is_refused(backend, text):
    keyring = backend.client.keyring(backend.key())
    message = keyring.encrypt(b'x', CONTEXT)
    backend.spoil(lambda reply: reply.replace_json(**{backend.key_member: text}))
    refused(lambda: keyring.decrypt(message), 'PROTOCOL', 'JSON', 'ENCODING')

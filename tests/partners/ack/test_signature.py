# SPDX-License-Identifier: Apache-2.0
"""The checker of signatures takes a request that Alibaba's client for JavaScript signed, and no other.

A recorded PUT of UpdateKMSEncryption: it has a path, a body and a header of that client's own.
"""
import datetime
import hashlib
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', '..', 'fakes'))
# pylint: disable=wrong-import-position
from alibaba_signing import Key, Refusal, Request, Verifier  # noqa: E402

SIGNED = {
    'host': '127.0.0.1:44339', 'x-acs-action': 'UpdateKMSEncryption',
    'x-acs-version': '2015-12-15', 'x-acs-date': '2026-11-21T22:48:02Z',
    'x-acs-signature-nonce': 'b9d2847b1adf2209e3707c6032563c4a36caa0acf72785d04610103d1ae3687b',
    'x-acs-credentials-provider': 'static_ak', 'content-type': 'application/json; charset=utf-8',
}
BODY = b'{"disable_encryption":false,"kms_key_id":"key-abc"}'
SIGNATURE = '9a2ba8172e4154d51a3b1bebdc9c8bb5d16545d23d6a1dc909769717a3287eb3'
DATE = datetime.datetime(2026, 11, 21, 22, 48, 2, tzinfo=datetime.timezone.utc).timestamp()


def verify(changes=None, path='/clusters/c0123456789/kms', body=BODY, method='PUT'):
    headers = SIGNED | {'x-acs-content-sha256': hashlib.sha256(body).hexdigest()} | (changes or {})
    names = ';'.join(sorted(headers))
    headers['authorization'] = (f'ACS3-HMAC-SHA256 Credential=LTAI-test,SignedHeaders={names},'
                                f'Signature={SIGNATURE}')
    verifier = Verifier({'LTAI-test': Key('secret-test')}, lambda: DATE)
    return verifier.verify(Request(method, path, '', headers, body))


def test_a_recorded_request_is_taken():
    assert verify() == ('LTAI-test', 'UpdateKMSEncryption')


@pytest.mark.parametrize('change', [
    {'path': '/clusters/c0123456780/kms'}, {'method': 'POST'},
    {'body': BODY.replace(b'false', b'true ')}, {'changes': {'host': '127.0.0.1:44338'}},
    {'changes': {'x-acs-date': '2026-11-21T22:48:03Z'}}])
def test_one_that_was_changed_is_refused(change):
    with pytest.raises(Refusal) as caught:
        verify(**change)
    assert caught.value.code == 'SignatureDoesNotMatch'

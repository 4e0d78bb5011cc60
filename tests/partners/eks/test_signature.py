# SPDX-License-Identifier: Apache-2.0
"""The checker of signatures by a request that the JavaScript SDK signed for a path of two quotings."""
import hashlib

import aws_signing

BODY = ('{"encryptionConfig":[{"resources":["secrets"],"provider":{"keyArn":"arn:aws:kms:us-west-2:'
        '111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}],"clientRequestToken":'
        '"0ae467ff-e660-4f7f-ad30-2d3f58cb1117"}')
PATH = '/clusters/my%20cluster%2F%C3%A9/encryption-config/associate'
HEADERS = {
    'amz-sdk-invocation-id': 'f8e5072c-d046-435a-b83c-f1fbe8c0ed5a',
    'amz-sdk-request': 'attempt=1; max=3', 'content-length': '208',
    'content-type': 'application/json', 'host': '127.0.0.1:41057',
    'x-amz-content-sha256': 'f9f21718ef43b7c4b3c55ab508278674784660c4fc5b4ae47f339a7216d281b5',
    'x-amz-date': '20261121T224802Z', 'x-amz-user-agent': 'aws-sdk-js/3.1168.0'}
SIGNATURE = 'e8823a0e706ae2cf16362799d64b662c7f69dcd99d639b0532c2bb77352b2c83'


def test_a_recorded_signature_is_that_of_the_checker():
    assert hashlib.sha256(BODY.encode()).hexdigest() == HEADERS['x-amz-content-sha256']
    text = aws_signing.canonical('POST', PATH, HEADERS, ';'.join(HEADERS),
                                 HEADERS['x-amz-content-sha256'])
    assert aws_signing.signature('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', HEADERS['x-amz-date'],
                                 ('20261121', 'us-west-2', 'eks'), text) == SIGNATURE

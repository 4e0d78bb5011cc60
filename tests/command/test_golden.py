# SPDX-License-Identifier: Apache-2.0
"""Messages of key services that were made without the library open as they always will.

tests/vectors/cloud/golden.json says what the service is asked about each of them and what it
answers; a server here replays that, and nothing but the recorded question gets the answer.
"""
import base64
import http.server
import json
import os
import threading
import urllib.parse

import pytest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vectors', 'cloud')
with open(os.path.join(FOLDER, 'golden.json'), encoding='utf-8') as golden_file:
    GOLDEN = json.load(golden_file)


class Replay(http.server.BaseHTTPRequestHandler):
    """Key Protect with its IAM, and Alibaba Cloud KMS, as far as one unwrap needs them."""

    case = None

    def log_message(self, *_):
        pass

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        key = self.case['key_id'].rpartition(':')[2]
        if urllib.parse.urlsplit(self.path).path != f'/api/v2/keys/{key}/metadata':
            self.answer(404, {})
            return
        self.answer(200, {'metadata': {'collectionTotal': 1}, 'resources': [{
            'id': key, 'crn': self.case['key_id'], 'state': 1, 'extractable': False,
            'keyVersion': {'id': self.case['key_version']}}]})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        url = urllib.parse.urlsplit(self.path)
        if url.path == '/identity/token':
            self.answer(200, {'access_token': 'a.b.c', 'expires_in': 3600, 'token_type': 'Bearer'})
        elif url.path.endswith('/actions/unwrap'):
            self.unwrap(json.loads(body))
        else:
            self.alibaba(dict(urllib.parse.parse_qsl(url.query + '&' + body.decode())))

    def unwrap(self, asked):
        wanted = {'ciphertext': self.case['ciphertext']}
        if self.case['context'] is not None:
            wanted['aad'] = self.case['context']
        if asked == wanted:
            self.answer(200, {'plaintext': self.case['plaintext_key'],
                              'keyVersion': {'id': self.case['key_version']}})
        else:
            self.answer(422, {'resources': [{'reasons': [
                {'code': 'UNPROCESSABLE_CIPHERTEXT_ERR', 'status': 422}]}]})

    def alibaba(self, asked):
        arn, key = self.case['key_id'], self.case['key_id'].rpartition('/')[2]
        context = asked.get('EncryptionContext')
        if self.headers.get('x-acs-action') == 'DescribeKey':
            self.answer(200, {'RequestId': '1', 'KeyMetadata': {
                'KeyId': key, 'Arn': arn, 'KeyState': 'Enabled', 'KeySpec': 'Aliyun_AES_256',
                'KeyUsage': 'ENCRYPT/DECRYPT', 'PrimaryKeyVersion': self.case['key_version']}})
        elif (asked.get('CiphertextBlob') == self.case['ciphertext'] and
              (json.loads(context) if context else None) == self.case['context']):
            self.answer(200, {'RequestId': '1', 'Plaintext': self.case['plaintext_key'],
                              'KeyId': key, 'KeyVersionId': self.case['key_version']})
        else:
            self.answer(400, {'Code': 'InvalidParameter', 'RequestId': '1', 'Message': 'no'})


CREDENTIALS = {'IBMCLOUD_API_KEY': 'golden', 'ALIBABA_CLOUD_ACCESS_KEY_ID': 'golden',
               'ALIBABA_CLOUD_ACCESS_KEY_SECRET': 'golden'}


@pytest.fixture(params=GOLDEN, ids=[case['message'].removesuffix('.esdk') for case in GOLDEN])
def case(request):
    """A message, and a server that knows its key."""
    handler = type('Case', (Replay,), {'case': request.param})
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f'http://127.0.0.1:{server.server_address[1]}'
    scheme, more = {'envcrypt-ibm-kp': ('ibm-kp', f'&iam-url={url}'),
                    'envcrypt-alibaba-kms': ('alibaba-kms', '')}[request.param['provider']]
    handler.uri = f'{scheme}:///{request.param["key_id"]}?endpoint={url}{more}'
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_golden_message_opens(folder, case):
    path = os.path.join(FOLDER, case.case['message'])
    result = folder.run('decrypt', path, '-k', case.uri, environment=CREDENTIALS)
    assert result.text == case.case['plain']


def test_another_key_for_a_golden_message_is_refused(folder, case):
    path = os.path.join(FOLDER, case.case['message'])
    other = base64.b64encode(bytes(32 * [7])).decode()
    case.case = case.case | {'plaintext_key': other}
    result = folder.run('decrypt', path, '-k', case.uri, environment=CREDENTIALS, code=4)
    assert result.out == b''


def test_inspection_tells_key_and_version_of_a_golden_message(folder, case):
    path = os.path.join(FOLDER, case.case['message'])
    result = folder.run('inspect', '--json', path)
    assert case.case['key_version'] in result.text
    assert case.case['key_id'] in result.text

# SPDX-License-Identifier: Apache-2.0
"""A webhook of admission, as people run them beside an API server, which says what a test wants.

    with AdmissionWebhook((certificate, key), decide) as webhook:
        admin.request('POST', PATHS['Validating'], webhook.configuration('Validating', ca))

decide(request) sees the request of an AdmissionReview (admission.k8s.io/v1) and gives None, which
allows it, refuse(…), or change(…).
"""
import base64
import contextlib
import http.server
import json
import socket
import ssl
import threading

GROUP = '/apis/admissionregistration.k8s.io/v1/'
PATHS = {'Validating': GROUP + 'validatingwebhookconfigurations', 'Mutating': GROUP + 'mutatingwebhookconfigurations'}


def refuse(code=None, reason=None, message=None):
    """A refusal; the server sends its members on, and 400 where there is no code."""
    members = {'code': code, 'reason': reason, 'message': message}
    return {'allowed': False, 'status': {name: value for name, value in members.items() if value is not None}}


def change(*operations):
    """operations of a JSON patch that the object gets on its way."""
    return {'allowed': True, 'patchType': 'JSONPatch',
            'patch': base64.b64encode(json.dumps(operations).encode()).decode()}


class AdmissionWebhook:
    def __init__(self, certificate, decide):
        self.decide = decide
        self.asked = []
        self.open = set()  # connections
        inward = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        inward.load_cert_chain(*certificate)
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self.server.daemon_threads = True
        self.server.socket = inward.wrap_socket(self.server.socket, server_side=True)
        self.url = f'https://127.0.0.1:{self.server.server_address[1]}/'
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def _handler(webhook):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                webhook.open.add(self.connection)

            def finish(self):
                webhook.open.discard(self.connection)
                super().finish()

            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                request = review['request']
                webhook.asked.append(request)
                answer = webhook.decide(request) or {'allowed': True}
                body = json.dumps({'apiVersion': review['apiVersion'], 'kind': review['kind'],
                                   'response': {'uid': request['uid'], **answer}}).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def configuration(self, kind, ca, selector=None):
        """The object that makes an API server ask about Secrets (selector: with some labels); every member is
        told, as one that defaults would."""
        with open(ca, 'rb') as file:
            bundle = base64.b64encode(file.read()).decode()
        more = {'reinvocationPolicy': 'Never'} if kind == 'Mutating' else {}
        return {
            'apiVersion': 'admissionregistration.k8s.io/v1', 'kind': kind + 'WebhookConfiguration',
            'metadata': {'name': kind.lower()},
            'webhooks': [{
                'name': 'webhook.example.com', 'clientConfig': {'url': self.url, 'caBundle': bundle},
                'rules': [{'apiGroups': [''], 'apiVersions': ['v1'], 'operations': ['UPDATE'],
                           'resources': ['secrets'], 'scope': '*'}],
                'failurePolicy': 'Fail', 'matchPolicy': 'Equivalent', 'namespaceSelector': {},
                'objectSelector': selector or {},
                'sideEffects': 'None', 'timeoutSeconds': 10, 'admissionReviewVersions': ['v1'], **more}]}

    def close(self):
        """Also what an API server keeps open, by which it would still be answered."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

# SPDX-License-Identifier: Apache-2.0
"""What the services of Alibaba Cloud have in common: callers, a clock, faults that tests order, a
memory of what was asked, and HTTP on a loopback port.

A service is an object with `name`, `perform(action, key_id, request)`, which gives status and answer
(an object, or None for no body) or raises Refusal, `dress(answer, request_id)`, and
`refusal(refusal, request_id, host)`.
"""
import copy
import email.utils
import http.server
import json
import ssl
import threading
import time
import urllib.parse
import uuid

from alibaba_signing import Key, Refusal, Request, Verifier


class Gateway:
    """The state around services; one lock around each request."""

    def __init__(self, keys):
        self.lock = threading.RLock()
        self.clock_s = 0
        self.access = {key: Key(*value) for key, value in keys.items()}
        self.verifier = Verifier(self.access, self.now)
        self.requests = []
        self.faults = []

    def now(self):
        return time.time() + self.clock_s

    def control(self, order):
        """
        faults: [{action, times, status, code, headers, body, change, sleep_s, close}] are used up one by one.
        One with "code" or "status" comes instead of what was asked; "change" replaces members of a good
        answer, null takes one away; "close" cuts the connection instead of answering. clock_s;
        access: {id: {active, expired, denied}}; reset: true.
        """
        if order.get('reset'):
            self.requests, self.faults, self.clock_s = [], [], 0
            for key in self.access.values():
                key.active, key.expired = True, False
        self.faults += order.get('faults', [])
        self.clock_s = order.get('clock_s', self.clock_s)
        for key_id, changes in order.get('access', {}).items():
            for name, value in changes.items():
                setattr(self.access[key_id], name, set(value) if name == 'denied' else value)
        return {}

    def take_fault(self, action):
        for fault in self.faults:
            if fault.get('action', action) == action and fault.get('times', 1) > 0:
                fault['times'] = fault.get('times', 1) - 1
                return fault
        return None

    def demand(self, action, key_id, refusal):
        if self.access[key_id].denied & {action, '*'}:
            raise refusal

    def answer(self, service, request, request_id):
        """Status, object of the answer, and the fault that is to be played."""
        key_id, action = self.verifier.verify(request)
        fault = self.take_fault(action)
        self.requests.append({
            'method': request.method, 'gateway': service.name, 'path': request.path,
            'action': action, 'access_key': key_id, 'query': dict(request.query),
            'form': dict(request.form), 'headers': request.headers,
            'body': '' if request.form else request.body.decode('utf-8', 'replace')})
        if fault and 'code' in fault:
            raise Refusal(fault.get('status', 400), fault['code'], 'As the test wants it.', fault)
        if fault and 'status' in fault and 'change' not in fault:
            return fault['status'], None, fault
        status, answer = service.perform(action, key_id, request)
        if answer is not None:
            answer = service.dress(answer, request_id)
        if fault and 'change' in fault:
            for name, value in fault['change'].items():
                answer[name] = value
                if value is None:
                    del answer[name]
        self.requests[-1]['answer'] = copy.deepcopy(answer)
        return fault.get('status', status) if fault else status, answer, fault


class Rpc:
    """A service of one path, whose actions are methods do_…(parameters, key_id)."""

    name, version = '', ''

    def __init__(self, gateway):
        self.gateway = gateway

    def method(self, action, request):
        """What does it, and the parameters."""
        parameters = request.parameters()
        version = request.headers.get('x-acs-version') or parameters.get('Version')
        words = ''.join('_' + letter.lower() if letter.isupper() else letter for letter in action)
        method = getattr(self, 'do' + words, None)
        if version != self.version or not method or request.path != '/':
            raise Refusal(404, 'InvalidAction.NotFound', 'Specified api is not found.')
        return method, parameters

    def perform(self, action, key_id, request):
        method, parameters = self.method(action, request)
        self.gateway.demand(action, key_id, Refusal(
            403, 'NoPermission', 'You are not authorized to do this action. You should be '
            'authorized by RAM.'))
        return 200, method(parameters, key_id)

    @staticmethod
    def dress(answer, request_id):
        return answer | {'RequestId': request_id}

    @staticmethod
    def refusal(refusal, request_id, host):
        return {'HttpStatus': refusal.status, 'Code': refusal.code, 'Message': refusal.message,
                'RequestId': request_id, 'HostId': host}


def to_xml(answer):
    inner = ''.join(f'<{name}>{value}</{name}>' for name, value in answer.items())
    return f"<?xml version='1.0' encoding='UTF-8'?><Error>{inner}</Error>".encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms
    gateway, service = None, None

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.gateway.now(), usegmt=True)

    def send(self, status, body, kind='application/json', extra=None):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def read_body(self):
        if self.headers.get('Transfer-Encoding', '').lower() != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length') or 0))
        body = b''
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.read_body()
        if url.path == '/_fake':
            with self.gateway.lock:
                if self.command == 'POST':
                    answer = self.gateway.control(json.loads(body))
                else:
                    answer = copy.deepcopy(self.gateway.requests)
            self.send(200, json.dumps(answer).encode())
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, url.query, headers, body)
        request_id = str(uuid.uuid4()).upper()
        fault = None
        try:
            with self.gateway.lock:
                status, answer, fault = self.gateway.answer(self.service, request, request_id)
        except Refusal as refusal:
            status = refusal.status
            answer = self.service.refusal(refusal, request_id, headers.get('host', ''))
            fault = refusal.fault
        self.reply(request, status, answer, fault or {}, request_id)

    def reply(self, request, status, answer, fault, request_id):
        if fault.get('sleep_s'):
            time.sleep(fault['sleep_s'])
        if fault.get('close'):
            self.close_connection = True
            self.connection.close()
            return
        extra = {'x-acs-request-id': request_id} | fault.get('headers', {})
        if 'body' in fault:
            self.send(status, fault['body'].encode(), extra=extra)
            return
        wants_json = 'json' in (request.headers.get('accept', '') +
                                dict(request.query + request.form).get('Format', '')).lower()
        if answer is None:
            self.send(status, b'', extra=extra)
        elif wants_json:
            self.send(status, json.dumps(answer).encode(), extra=extra)
        else:
            self.send(status, to_xml(answer), 'text/xml', extra)

    do_GET = do_POST = do_PUT = do_DELETE = serve


def start(gateway, service, tls=None):
    """Serves on a port of the loopback interface, and tells which."""
    handler = type('Served', (Handler,), {'gateway': gateway, 'service': service})
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server.server_address[1]

# SPDX-License-Identifier: Apache-2.0
"""A proxy with TLS before an API server of Kubernetes, which does to requests what a test says.

    with KubeProxy(cluster.url, cluster.ca, certificate) as proxy:
        proxy.on(throttle(1), method='PATCH', skip=3)          # the fourth patch gets a 429
        proxy.on(cut_after(), number=7)                        # the seventh request is carried out, unanswered
        proxy.on(call(cluster.restart_server), path='limit=')  # before a list goes on
        client(proxy.url)
        proxy.count('PATCH'), proxy.requests

A rule holds for the requests that fit, `times` of them (None: all) after `skip`. It has a fault: an
object whose before(request) may give an answer in the place of the server's, and whose
after(reply) may change the server's. Answers are a Reply, or how the connection ends: Cut or Torn.

HTTP/1.1 and, with http2=True, HTTP/2 by ALPN, as the API server does; tests/fakes/h2_front.py. Tokens
go through; client certificates do not, as the proxy ends TLS.
"""
import http.client
import json
import re
import socket
import ssl
import threading
import time
import urllib.parse

from fault_proxy import Reply
from h2_front import serve_h2

HOP = {'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'te', 'upgrade'}


class Request:
    def __init__(self, number, method, path, headers, body):
        self.number = number  # from 1 on
        self.method = method
        self.path = path  # with the query
        self.headers = headers  # names in lower case
        self.body = body
        self.at = time.monotonic()

    def json(self):
        return json.loads(self.body)

    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))

    def __repr__(self):
        return f'{self.number} {self.method} {self.path}'


class Cut:
    """The connection ends without an answer; with HTTP/2 and stream=True the stream alone is reset."""

    def __init__(self, stream=False):
        self.stream = stream


class Torn:
    """The connection ends after some bytes of the reply's body."""

    def __init__(self, reply, kept):
        self.reply, self.kept = reply, kept


class Fault:
    def __init__(self, before=None, after=None):
        self._before, self._after = before, after

    def before(self, request):
        return self._before(request) if self._before else None

    def after(self, reply):
        return self._after(reply) if self._after else reply


# Answers in the place of the server's.

def answer(status, body, content='application/json', **headers):
    """headers: retry_after='1' …"""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    named = {name.replace('_', '-'): str(value) for name, value in headers.items()}
    return Fault(lambda request: Reply(request, status, {'content-type': content, **named}, body))


def status(code, reason, message='a test wants this', retry_after=None, metadata=None):
    """A Status object, as the server's errors are."""
    details = {'retryAfterSeconds': retry_after} if retry_after else {}
    headers = {'retry_after': retry_after} if retry_after else {}
    return answer(code, {
        'kind': 'Status', 'apiVersion': 'v1', 'metadata': metadata or {}, 'status': 'Failure',
        'message': message, 'reason': reason, 'details': details, 'code': code}, **headers)


def throttle(seconds=1):
    """As priority and fairness refuses: text, not a Status."""
    return answer(429, b'Too many requests, please try again later.\n', 'text/plain; charset=utf-8',
                  retry_after=seconds)


def expired(token=None):
    """410; with a token that goes on, or without one, so that the list begins anew."""
    return status(410, 'Expired', 'The provided continue parameter is too old',
                  metadata={'continue': token} if token else {})


def shutting_down(seconds=1):
    return answer(503, b'apiserver is shutting down.\n', 'text/plain; charset=utf-8', retry_after=seconds)


def wrong_type(body=b'<html>Sign in</html>', content='text/html'):
    return answer(200, body, content)


def huge(size):
    """A list whose one annotation has that many bytes."""
    def make(request):
        body = (b'{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":'
                b'[{"metadata":{"annotations":{"x":"' + b'A' * size + b'"}}}]}')
        return Reply(request, 200, {'content-type': 'application/json'}, body)
    return Fault(make)


# How a connection ends.

def cut_before():
    """The server never sees the request."""
    return Fault(before=lambda request: Cut())


def cut_after():
    """The server did it, and nobody hears of it."""
    return Fault(after=lambda reply: Cut())


def reset_before():
    """The same by a reset of the stream, HTTP/2 only."""
    return Fault(before=lambda request: Cut(stream=True))


def torn(kept):
    """The reply ends after that many bytes of its body."""
    return Fault(after=lambda reply: Torn(reply, kept))


# What is done on the way.

def slow(seconds):
    """The reply comes late."""
    return Fault(after=lambda reply: time.sleep(seconds) or reply)


def drip(pace):
    """The reply's body comes in pieces of that many bytes, ten in a second."""
    return Fault(after=lambda reply: reply.slowly(pace))


def call(function):
    """Something happens before the request goes on: the server starts again, somebody writes."""
    return Fault(before=lambda request: function() and None)


def call_after(function):
    """Something happens after the server answered and before that is heard."""
    return Fault(after=lambda reply: (function(), reply)[1])


def change(function):
    """function(reply) gives the reply, or how the connection ends."""
    return Fault(after=function)


def with_data(reply):
    """A reply that bears secrets though only metadata was asked for; for change()."""
    body = reply.json()
    for item in body.get('items', [body]):
        item['data'] = {'password': 'c2VjcmV0LW9mLXRoZS1wcm94eQ=='}
    return reply.with_body(json.dumps(body).encode())


class Hold:
    """Keeps a request, or its reply (after=True), until release(); reached says that it is there."""

    def __init__(self, after=False):
        self.reached, self._go, self._after = threading.Event(), threading.Event(), after

    def release(self):
        self._go.set()

    def before(self, _request):
        if not self._after:
            self._wait()

    def after(self, reply):
        if self._after:
            self._wait()
        return reply

    def _wait(self):
        self.reached.set()
        self._go.wait(60)


class _Rule:
    def __init__(self, fault, method, path, number, times, skip):
        self.fault, self.method, self.number = fault, method, number
        self.path = re.compile(path) if path else None
        self.left, self.skip = times, skip

    def takes(self, request):
        if (self.left == 0 or (self.method and request.method != self.method) or
                (self.number and request.number != self.number) or
                (self.path and not self.path.search(request.path))):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class KubeProxy:
    """upstream: https://… whose authority is the file ca; or a function of a Request that gives a Reply.
    certificate: files of PEM, (certificate, key)."""

    def __init__(self, upstream, ca, certificate, http2=False):
        self.upstream = upstream
        if not callable(upstream):
            self.address = urllib.parse.urlsplit(upstream)
            self.outward = ssl.create_default_context(cafile=ca)
        self.ca = ca
        self.lock = threading.Lock()
        self.requests = []
        self.rules = []
        self.open = set()  # connections
        self.accepted = 0
        self.local = threading.local()
        self.inward = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inward.load_cert_chain(*certificate)
        self.inward.set_alpn_protocols(['h2', 'http/1.1'] if http2 else ['http/1.1'])
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.url = f'https://127.0.0.1:{self.port}'
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        _end(self.listener)  # by a shutdown too, as close alone wakes no thread that accepts
        self.cut_all()

    def cut_all(self):
        """All connections end as they are."""
        with self.lock:
            gone, self.open = self.open, set()
        for sock in gone:
            _end(sock)

    def on(self, fault, method=None, path=None, number=None, times=1, skip=0):
        """path: an expression that is searched in path and query; number: of the request, from 1."""
        with self.lock:
            self.rules.append(_Rule(fault, method, path, number, times, skip))
        return fault

    def clear(self):
        """No rules, and requests are counted from 1 again."""
        with self.lock:
            self.rules.clear()
            self.requests = []
            self.accepted = 0

    def count(self, method=None, path=None):
        expression = re.compile(path or '')
        with self.lock:
            return sum(1 for r in self.requests
                       if (method is None or r.method == method) and expression.search(r.path))

    # Requests.

    def exchange(self, method, path, headers, body):
        """A Reply, a Cut or a Torn."""
        with self.lock:
            request = Request(len(self.requests) + 1, method, path, headers, body)
            self.requests.append(request)
            faults = [rule.fault for rule in self.rules if rule.takes(request)]
        for fault in faults:
            instead = fault.before(request)
            if instead is not None:
                return instead
        try:
            reply = self.upstream(request) if callable(self.upstream) else self._forward(request)
        except (OSError, http.client.HTTPException):
            return Cut()  # the server is not there
        for fault in faults:
            reply = fault.after(reply)
            if not isinstance(reply, Reply):
                break
        return reply

    def _forward(self, request):
        for kept in (True, False):
            connection = getattr(self.local, 'connection', None)
            if connection is None:
                kept = False
                connection = self.local.connection = http.client.HTTPSConnection(
                    self.address.hostname, self.address.port, context=self.outward, timeout=90)
            try:
                connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
                for name, value in request.headers.items():
                    if name not in HOP:
                        connection.putheader(name, value)
                if request.body:
                    connection.putheader('content-length', str(len(request.body)))
                connection.endheaders(request.body or None)
                got = connection.getresponse()
                headers = {n.lower(): v for n, v in got.getheaders() if n.lower() not in HOP}
                return Reply(request, got.status, headers, got.read())
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                # A connection that was kept may be old; a new one says how it is.
                if not kept:
                    raise
        raise OSError

    # Connections.

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(sock,), daemon=True).start()

    def _connection(self, plain):
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(90)
            sock = self.inward.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        with self.lock:
            self.open.add(sock)
            self.accepted += 1
        try:
            if sock.selected_alpn_protocol() == 'h2':
                serve_h2(self, sock)
            else:
                self._serve_h1(sock)
        except (OSError, ValueError):
            pass  # a client that goes away is part of the tests
        finally:
            with self.lock:
                self.open.discard(sock)
            _end(sock)

    def _serve_h1(self, sock):
        file = sock.makefile('rb')
        while True:
            line = file.readline()
            if not line:
                return
            method, path, _ = line.decode('latin-1').split(' ', 2)
            headers = {}
            for line in iter(file.readline, b'\r\n'):
                name, _, value = line.decode('latin-1').partition(':')
                headers[name.lower()] = value.strip()
            body = file.read(int(headers.get('content-length', 0)))
            result = self.exchange(method, path, headers, body)
            if isinstance(result, Cut):
                return
            reply = result.reply if isinstance(result, Torn) else result
            head = [f'HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, "Status")}']
            head += [f'{name}: {value}' for name, value in reply.headers.items()]
            head += [f'content-length: {len(reply.body)}', '', '']
            head = '\r\n'.join(head).encode('latin-1')
            if isinstance(result, Torn):
                sock.sendall(head + reply.body[:result.kept])
                return
            if not reply.pace:
                sock.sendall(head + reply.body)
                continue
            sock.sendall(head)
            for at in range(0, len(reply.body), reply.pace):
                sock.sendall(reply.body[at:at + reply.pace])
                time.sleep(0.1)


def _end(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()

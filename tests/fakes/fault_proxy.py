# SPDX-License-Identifier: Apache-2.0
"""A proxy before a fake service that spoils replies as a test tells it.

    with FaultProxy('http://127.0.0.1:4000') as proxy:
        proxy.next(lambda reply: reply.replace_json(Plaintext='AAAA'))
        …                           # the next reply is spoilt, later ones pass
        proxy.always(throttle)      # every one, until proxy.clear()

A fault takes a Reply and changes it, or gives the bytes to write in its place (raw, status line
and all), or None to close the connection without an answer. It runs for each request, which the
proxy keeps in `requests`.
"""
import http.client
import http.server
import json
import threading
import time
import urllib.parse


class Reply:
    """What the service answered: status, headers (a dict) and body (bytes)."""

    def __init__(self, request, status, headers, body):
        self.request = request  # (method, path, headers, body)
        self.status = status
        self.headers = headers
        self.body = body
        self.pace = None  # bytes of the body in a second; None = at once

    def json(self):
        return json.loads(self.body)

    def replace_json(self, **members):
        """Members of the outermost object get other values; None takes one away."""
        data = {**self.json(), **members}
        self.body = json.dumps({k: v for k, v in data.items() if v is not None}).encode()
        return self

    def slowly(self, pace):
        self.pace = pace
        return self

    def with_body(self, body):
        self.body = body
        return self

    def with_member_twice(self, name):
        """The member stands twice, with its own value both times."""
        member = f'{json.dumps(name)}: {json.dumps(self.json()[name])}, '.encode()
        self.body = b'{' + member + self.body.lstrip()[1:]
        return self


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True  # a body would wait for the head's acknowledgement, for 40 ms

    def log_message(self, *_):
        pass

    def _serve(self):
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        request = (self.command, self.path, dict(self.headers), body)
        with proxy.lock:
            proxy.requests.append(request)
            proxy.connections.add(self.client_address)
        reply = proxy.forward(request)
        proxy.bodies.append(reply.body)
        fault = proxy.take_fault()
        result = fault(reply) if fault else reply
        if result is None:
            self.close_connection = True
            return
        if isinstance(result, (bytes, bytearray)):
            self.wfile.write(result)
            self.close_connection = True
            return
        self.send_response_only(result.status)
        for name, value in result.headers.items():
            if name.lower() not in ('content-length', 'transfer-encoding', 'connection'):
                self.send_header(name, value)
        self.send_header('Content-Length', str(len(result.body)))
        self.end_headers()
        for at in range(0, len(result.body), result.pace or len(result.body) or 1):
            self.wfile.write(result.body[at:at + (result.pace or len(result.body))])
            if result.pace:
                time.sleep(1)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that goes away is part of the tests


class FaultProxy:
    def __init__(self, upstream):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.lock = threading.Lock()
        self.requests = []
        self.bodies = []  # of all replies, as the service gave them
        self.connections = set()
        self._next = []
        self._always = None
        self._server = _Server(('127.0.0.1', 0), _Handler)
        self._server.proxy = self
        self.url = f'http://127.0.0.1:{self._server.server_address[1]}'
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def next(self, *faults):
        """The next replies, one fault each."""
        with self.lock:
            self._next.extend(faults)

    def always(self, fault):
        with self.lock:
            self._always = fault

    def clear(self):
        with self.lock:
            self._next.clear()
            self._always = None
            self.requests.clear()
            self.connections.clear()

    def take_fault(self):
        with self.lock:
            return self._next.pop(0) if self._next else self._always

    def forward(self, request):
        method, path, headers, body = request
        connection = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port,
                                                timeout=30)
        try:
            # The Host that the client signed goes on as it is.
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name.lower() != 'connection':
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(request, answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

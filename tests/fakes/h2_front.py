# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 of kube_proxy.py, by python3-h2. One thread reads and writes the connection, since TLS of
Python does not bear two; each request is answered by a thread of a pool."""
import concurrent.futures
import queue
import select
import socket
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError, StreamClosedError
from h2.settings import SettingCodes

STREAMS = 250  # as Go's server lets a client have


class _Body:
    """What there is of a reply's body, how much of it was sent, and whether no more comes."""

    def __init__(self):
        self.data, self.sent, self.last = bytearray(), 0, False


class _Front:
    def __init__(self, proxy, sock):
        self.proxy = proxy
        self.sock = sock
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding='latin-1'))
        self.coming = {}  # stream: [headers, body]
        self.going = {}  # stream: _Body
        self.answers = queue.SimpleQueue()
        self.wake, self.woken = socket.socketpair()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    # In the pool.

    def answer(self, stream, headers, body):
        plain = {name: value for name, value in headers if not name.startswith(':')}
        named = dict(headers)
        plain['host'] = named.get(':authority', '')
        result = self.proxy.exchange(named[':method'], named[':path'], plain, bytes(body))
        reply = getattr(result, 'reply', result)
        if not hasattr(reply, 'body'):
            self.say(stream, 'reset' if result.stream else 'close')
            return
        self.say(stream, 'headers', reply)
        if result is not reply:
            self.say(stream, 'data', reply.body[:result.kept], False)
            self.say(stream, 'close')
            return
        pace = reply.pace or len(reply.body) or 1
        for at in range(0, len(reply.body), pace):
            self.say(stream, 'data', reply.body[at:at + pace], at + pace >= len(reply.body))
            if reply.pace:
                time.sleep(0.1)
        if not reply.body:
            self.say(stream, 'data', b'', True)

    def say(self, *what):
        self.answers.put(what)
        try:
            self.wake.send(b'.')
        except OSError:
            pass  # the connection is over

    # In the thread of the connection.

    def take(self, event):
        if isinstance(event, RequestReceived):
            self.coming[event.stream_id] = [event.headers, bytearray()]
        elif isinstance(event, DataReceived):
            self.coming[event.stream_id][1] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.pool.submit(self.answer, event.stream_id, *self.coming.pop(event.stream_id))
        elif isinstance(event, StreamReset):
            self.coming.pop(event.stream_id, None)
            self.going.pop(event.stream_id, None)
        elif isinstance(event, ConnectionTerminated):
            raise OSError('the client has ended it')

    def carry_out(self, stream, what, *rest):
        """Gives False when the connection is to end."""
        if what == 'close':
            self.pump()
            return False
        try:
            if what == 'reset':
                self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            elif what == 'headers':
                reply = rest[0]
                self.h2.send_headers(stream, [(':status', str(reply.status)), *reply.headers.items(),
                                              ('content-length', str(len(reply.body)))])
                self.going[stream] = _Body()
            elif stream in self.going:
                self.going[stream].data += rest[0]
                self.going[stream].last = rest[1]
        except (StreamClosedError, ProtocolError):
            self.going.pop(stream, None)
        return True

    def pump(self):
        """Sends what the client's windows let through."""
        for stream in list(self.going):
            try:
                if self.send(stream, self.going[stream]):
                    self.going.pop(stream)
            except (StreamClosedError, ProtocolError):
                self.going.pop(stream, None)
        self.flush()

    def send(self, stream, body):
        """True when all of it is on its way."""
        while body.sent < len(body.data) or body.last:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            some = bytes(body.data[body.sent:body.sent + room]) if room > 0 else b''
            if not some and body.sent < len(body.data):
                return False
            body.sent += len(some)
            over = body.last and body.sent == len(body.data)
            self.h2.send_data(stream, some, end_stream=over)
            if over:
                return True
        return False

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def run(self):
        self.h2.local_settings.update({SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS})
        self.h2.initiate_connection()
        self.flush()
        while True:
            if not self.sock.pending():
                select.select([self.sock, self.woken], [], [], 90)
            if self.sock.pending() or select.select([self.sock], [], [], 0)[0]:
                data = self.sock.recv(65536)
                if not data:
                    return
                for event in self.h2.receive_data(data):
                    self.take(event)
            if select.select([self.woken], [], [], 0)[0]:
                self.woken.recv(65536)
            while not self.answers.empty():
                if not self.carry_out(*self.answers.get()):
                    return
            self.pump()


def serve_h2(proxy, sock):
    front = _Front(proxy, sock)
    try:
        front.run()
    except ProtocolError:
        pass
    finally:
        front.pool.shutdown(wait=False, cancel_futures=True)
        front.wake.close()
        front.woken.close()

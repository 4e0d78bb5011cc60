# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 of the rude servers, by python3-h2: one thread reads, replies go in its order."""
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

seen_once = set()


class Side:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding='utf-8'))
        self.streams = {}
        self.waiting = []
        self.working = 0

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def take(self, event):
        if isinstance(event, RequestReceived):
            self.streams[event.stream_id] = (dict(event.headers), b'')
        elif isinstance(event, DataReceived):
            headers, body = self.streams[event.stream_id]
            self.streams[event.stream_id] = (headers, body + event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.answer(event.stream_id, *self.streams.pop(event.stream_id))

    def done(self):
        self.working -= 1
        self.server.end()

    def reply(self, stream, body, headers=()):
        self.done()
        self.h2.send_headers(stream, [(':status', '200'), ('content-type', 'application/json'),
                                      ('content-length', str(len(body))), *headers])
        while len(body) > 16384:
            self.h2.send_data(stream, body[:16384])
            body = body[16384:]
        self.h2.send_data(stream, body, end_stream=True)

    def answer(self, stream, headers, body):
        path = headers[':path']
        if self.server.streams and self.working >= self.server.streams:
            # It came before our settings did.
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
            return
        self.server.begin(str(sorted(headers.items())))
        self.working += 1
        if path == '/reset-stream':
            self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            self.done()
        elif path.startswith('/refuse-once') and path not in seen_once:
            seen_once.add(path)
            self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
            self.done()
        elif path.startswith('/goaway-once') and path not in seen_once:
            # "This request was not looked at: send it again elsewhere."
            seen_once.add(path)
            self.h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream - 2
                                     if stream > 1 else 0)
        elif path == '/goaway-after':
            self.reply(stream, b'{"ok": true}')
            self.h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream)
        elif path == '/goaway-graceful':
            # As Go's server says that it goes: what is there is answered, nothing new is taken.
            self.reply(stream, b'{"ok": true}')
            self.flush()
            self.sock.sendall(b'\0\0\x08\x07\0\0\0\0\0' + stream.to_bytes(4, 'big') + bytes(4))
        elif path == '/key':
            self.reply(stream, self.server.planted)
        elif path.startswith('/body?size='):
            self.reply(stream, b'x' * int(path.partition('=')[2]))
        elif path == '/bytes':
            self.flush()
            self.sock.sendall(b'\xff' * 64)
        elif path.startswith('/late'):
            self.waiting.append((time.monotonic() + 0.2, stream))
        else:
            self.reply(stream, body or b'{"ok": true}')

    def ripe(self):
        now = time.monotonic()
        for at, stream in [w for w in self.waiting if w[0] <= now]:
            self.waiting.remove((at, stream))
            self.reply(stream, b'{"ok": true}')

    def run(self):
        self.h2.initiate_connection()
        if self.server.streams:
            self.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self.server.streams})
        self.flush()
        self.sock.settimeout(0.05)
        while True:
            try:
                data = self.sock.recv(65536)
                if not data:
                    return
                for event in self.h2.receive_data(data):
                    self.take(event)
            except TimeoutError:
                pass
            self.ripe()
            self.flush()


def serve(server, sock):
    side = Side(server, sock)
    try:
        side.run()
    except ProtocolError:
        pass
    finally:
        for _ in range(side.working):  # those that got no reply
            server.end()

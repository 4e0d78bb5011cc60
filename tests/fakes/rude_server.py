#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Servers that do what no server should, each on a port of its own on loopback.

    rude_server.py FOLDER

makes certificates in FOLDER, prints "NAME PORT" for each server, then "ready". What a server
answers is chosen by the path of the request (class Replies). On stdin it takes

    count NAME    answers "CONNECTIONS REQUESTS": how many each server has seen
    last NAME     answers the bytes of the last request, as a JSON text
    peak NAME     answers the most requests that were in work at one time
    sni NAME      answers the name that the last client asked TLS for, "-" when it named none
    reset all     forgets what was counted

and ends when stdin does.
"""
import base64
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
import warnings
from urllib.parse import parse_qs, urlsplit

import certificates

try:
    import h2_side
except ModuleNotFoundError:  # python3-h2: then there is no server h2
    h2_side = None

# A key that no test program holds as clear text: it would find its own copy. They read it from
# the files planted-text and planted-raw, each byte XOR 0xa5.
KEY = b'the planted key of 32 bytes, look'
KEY_TEXT = base64.b64encode(KEY)
KEY_REPLY = (b'{"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/0", "Plaintext": "%s"}'
             % KEY_TEXT)

DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'


class Gone(Exception):
    """The connection ended, by either side."""


class Connection:
    """Bytes both ways, over TLS or not."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.used = False
        self.buffer = b''

    def read_some(self):
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data

    def request(self):
        while b'\r\n\r\n' not in self.buffer:
            self.read_some()
            if self.buffer[0] == 0x16 and not self.server.context:
                self.send('HTTP/1.1 400 This Is No TLS\r\n\r\n')
                self.close()
        head, _, rest = self.buffer.partition(b'\r\n\r\n')
        self.buffer = rest
        length = re.search(rb'(?im)^content-length: *(\d+)', head)
        size = int(length.group(1)) if length else 0
        while len(self.buffer) < size:
            self.read_some()
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return head.decode('latin-1'), body

    def send(self, data):
        try:
            self.sock.sendall(data if isinstance(data, bytes) else data.encode('latin-1'))
        except OSError as error:
            raise Gone from error

    def reply(self, body=b'{"ok": true}', status='200 OK', headers=(), length=None):
        head = [f'HTTP/1.1 {status}', f'Content-Length: {len(body) if length is None else length}',
                'Content-Type: application/json', *headers]
        self.send(('\r\n'.join(head) + '\r\n\r\n').encode('latin-1') + body)

    def close(self):
        """The end of TCP, without a word of TLS."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        raise Gone

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.close()
        raise Gone


def number(query, name, otherwise):
    return int(query.get(name, [otherwise])[0])


class Replies:
    """One method for each path; - in the path is _ here."""

    def ok(self, c, query, body):
        c.reply()

    def echo(self, c, query, body):
        c.reply(body)

    def status(self, c, query, body):
        c.reply(b'{"no": 1}', query['code'][0] + ' Told')

    def body(self, c, query, body):
        c.reply(b'x' * number(query, 'size', 0))

    def body_chunked(self, c, query, body):
        size = number(query, 'size', 0)
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        c.send(f'{size:x}\r\n{"x" * size}\r\n0\r\n\r\n')

    def body_in_chunks(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for _ in range(number(query, 'count', 0)):
            c.send('1000\r\n' + 'x' * 4096 + '\r\n')
        c.send('0\r\n\r\n')

    def key(self, c, query, body):
        c.reply(KEY_REPLY)

    def key_chunked(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        c.send(b'%x\r\n%s\r\n0\r\n\r\n' % (len(KEY_REPLY), KEY_REPLY))

    def key_in_pieces(self, c, query, body):
        c.send(f'HTTP/1.1 200 OK\r\nContent-Length: {len(KEY_REPLY)}\r\n\r\n')
        for piece in (KEY_REPLY[:90], KEY_REPLY[90:]):
            c.send(piece)
            time.sleep(0.05)

    def key_cut(self, c, query, body):
        c.reply(KEY_REPLY, length=len(KEY_REPLY) + 10)
        c.close()

    # --- the connection ends ---

    def close(self, c, query, body):
        c.close()

    def reset(self, c, query, body):
        c.reset()

    def close_in_head(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nContent-Le')
        c.close()

    def reset_in_head(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nContent-Le')
        c.reset()

    def close_in_body(self, c, query, body):
        c.reply(b'x' * 10, length=100)
        c.close()

    def reset_in_body(self, c, query, body):
        c.reply(b'x' * 10, length=100)
        time.sleep(0.05)
        c.reset()

    def close_in_chunk(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nxxxx')
        c.close()

    def close_after_body(self, c, query, body):
        c.reply()
        c.close()

    def close_without_length(self, c, query, body):
        """Over TLS nobody can tell a whole body from a cut one without close_notify."""
        c.send('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ok": true}')
        c.close()

    def close_if_used(self, c, query, body):
        """A connection that died while nobody looked."""
        if c.used:
            c.close()
        c.reply(body)

    def farewell_without_length(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ok": true}')
        c.sock.unwrap()
        raise Gone

    # --- slow ---

    def silent(self, c, query, body):
        time.sleep(60)

    def drip(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
        while True:
            c.send('x')
            time.sleep(1)

    def drip_head(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\n')
        while True:
            c.send('X')
            time.sleep(1)

    def late(self, c, query, body):
        time.sleep(number(query, 'ms', 0) / 1000)
        c.reply()

    # --- sizes ---

    def endless(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        while True:
            c.send('1000\r\n' + 'x' * 4096 + '\r\n')

    def endless_error(self, c, query, body):
        c.send('HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n')
        while True:
            c.send('1000\r\n' + 'x' * 4096 + '\r\n')

    def endless_without_length(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
        while True:
            c.send('x' * 4096)

    def length(self, c, query, body):
        c.reply(length=query['value'][0])

    def two_lengths(self, c, query, body):
        c.reply(b'x' * 20, length=20, headers=['Content-Length: 10'])

    def same_length_twice(self, c, query, body):
        c.reply(b'x' * 20, length=20, headers=['Content-Length: 20'])

    def encoded(self, c, query, body):
        c.reply(b'\x1f\x8b' + b'x' * 100, headers=['Content-Encoding: ' + query['by'][0]])

    def transfer_encoded(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: ' + query['by'][0] + '\r\n\r\n')
        c.close()

    # --- heads ---

    def headers(self, c, query, body):
        c.reply(headers=[f'X-{i}: v' for i in range(number(query, 'count', 0))])

    def long_header(self, c, query, body):
        c.reply(headers=['X-Long: ' + 'v' * number(query, 'size', 0)])

    def long_head(self, c, query, body):
        c.reply(headers=[f'X-{i}: ' + 'v' * 8000 for i in range(number(query, 'count', 0))])

    def bad_header(self, c, query, body):
        c.reply(headers=['this is none'])

    def control_header(self, c, query, body):
        c.reply(headers=['X-Bad: a\x01b'])

    def mixed_case(self, c, query, body):
        c.reply(headers=['X-MiXeD:  Value of It \t', 'x-mixed: second', 'X-Empty:'])

    def date(self, c, query, body):
        c.reply(headers=['Date: ' + query.get('at', [DATE])[0]])

    def date_of_cache(self, c, query, body):
        c.reply(headers=['Date: ' + DATE, 'Age: 17'])

    def interim(self, c, query, body):
        c.send('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX-Early: 1\r\n\r\n')
        c.reply()

    def trailer(self, c, query, body):
        c.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n'
               '2\r\n{}\r\n0\r\nX-Late: 1\r\nContent-Length: 7\r\n\r\n')

    def cookie(self, c, query, body):
        c.reply(headers=['Set-Cookie: a=b; Path=/',
                         'Strict-Transport-Security: max-age=1000',
                         'Alt-Svc: h2="localhost:1"'])

    def redirect(self, c, query, body):
        where = query['to'][0].replace('PORT', query['port'][0])
        c.reply(b'', query['code'][0] + ' There', headers=['Location: ' + where])

    # --- no HTTP ---

    def old(self, c, query, body):
        c.send('<html>this is HTTP/0.9</html>')
        c.close()

    def garbage(self, c, query, body):
        c.send(bytes(range(256)))
        c.close()

    def html(self, c, query, body):
        c.reply(b'<html>Bad Gateway</html>', '502 Bad Gateway')

    def nothing(self, c, query, body):
        c.reply(b'')

    def no_content(self, c, query, body):
        c.send('HTTP/1.1 204 No Content\r\n\r\n')


class Server:
    """A listening socket, and what it has seen."""

    replies = Replies()
    planted = KEY_REPLY

    def __init__(self, name, context=None, backlog=50, streams=None):
        self.name = name
        self.streams = streams  # most at a time on a connection of HTTP/2; None = many
        self.context = context
        if context:
            context.sni_callback = self.note_sni
        self.lock = threading.Lock()
        self.working = 0
        self.forget()
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=backlog)
        self.port = self.socket.getsockname()[1]

    def forget(self):
        with self.lock:
            self.connections = 0
            self.requests = 0
            self.peak = 0
            self.last = ''
            self.sni = '-'

    def note_sni(self, sock, name, context):
        with self.lock:
            self.sni = name or '-'

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            raw, _ = self.socket.accept()
            with self.lock:
                self.connections += 1
            threading.Thread(target=self.guard, args=[raw], daemon=True).start()

    def guard(self, raw):
        with raw:
            try:
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.serve(raw)
            except (Gone, OSError):
                pass

    def wrap(self, raw):
        if not self.context:
            return raw
        sock = self.context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False,
                                        do_handshake_on_connect=False)
        try:
            sock.do_handshake()
        except ssl.SSLError as error:
            # What the client sent meanwhile is read, else its end would overtake our alert.
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(2)
            while sock.recv(65536):
                pass
            raise Gone from error
        return sock

    def begin(self, seen):
        with self.lock:
            self.requests += 1
            self.last = seen
            self.working += 1
            self.peak = max(self.peak, self.working)

    def end(self):
        with self.lock:
            self.working -= 1

    def serve(self, raw):
        sock = self.wrap(raw)
        if self.context and sock.selected_alpn_protocol() == 'h2':
            h2_side.serve(self, sock)
            return
        connection = Connection(self, sock)
        while True:
            head, body = connection.request()
            self.begin(head + '\r\n\r\n' + body.decode('latin-1'))
            try:
                self.answer(connection, head, body)
            finally:
                self.end()

    def answer(self, connection, head, body):
        url = urlsplit(head.split(' ')[1])
        name = url.path.strip('/').replace('-', '_') or 'ok'
        method = getattr(self.replies, name, None)
        if not method:
            connection.reply(b'{}', '404 Not Found')
            return
        method(connection, parse_qs(url.query), body)
        connection.used = True


class Silent(Server):
    """Accepts, and never says a word."""

    def serve(self, raw):
        time.sleep(60)


class Resetting(Server):
    """Ends each connection at the first bytes of the client."""

    def serve(self, raw):
        raw.recv(1)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        raw.close()


class HangingUp(Server):
    """Ends each connection amid the first request."""

    def serve(self, raw):
        connection = Connection(self, self.wrap(raw))
        connection.read_some()
        time.sleep(0.02)
        connection.reset()


class Deaf(Server):
    """Its queue is full, so a connection is never made."""

    def start(self):
        self.kept = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(('127.0.0.1', self.port))
            self.kept.append(one)
        time.sleep(0.1)
        return self


class Closed(Server):
    """A port where nobody listens."""

    def start(self):
        self.socket.close()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(('127.0.0.1', self.port))
        return self


class Proxy(Server):
    """CONNECT; refuses ports that it is told to by credentials that say so."""

    def serve(self, raw):
        connection = Connection(self, raw)
        head, _ = connection.request()
        self.begin(head)
        self.end()
        method, where, _ = head.split(' ', 2)
        if method != 'CONNECT' or 'refused.example' in where:
            connection.reply(b'no', '403 Forbidden')
            return
        with socket.create_connection(('127.0.0.1', int(where.rpartition(':')[2]))) as other:
            connection.send('HTTP/1.1 200 Connected\r\nX-From-Proxy: 1\r\n\r\n')
            self.join(raw, other)

    def join(self, raw, other):
        back = threading.Thread(target=self.pass_on, args=[other, raw], daemon=True)
        back.start()
        self.pass_on(raw, other)
        back.join()

    def pass_on(self, one, other):
        try:
            while True:
                data = one.recv(65536)
                if not data:
                    break
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Socks(Proxy):
    """SOCKS 5 (RFC 1928), without a password; refuses what it is told to by the host's name."""

    def serve(self, raw):
        count = self.read(raw, 2)[1]
        self.read(raw, count)
        raw.sendall(b'\x05\x00')
        kind = self.read(raw, 4)[3]
        size = self.read(raw, 1)[0] if kind == 3 else {1: 4, 4: 16}[kind]
        host = self.read(raw, size)
        port = int.from_bytes(self.read(raw, 2), 'big')
        self.begin(f'{kind} {host.decode() if kind == 3 else host.hex()} {port}')
        self.end()
        code = {b'refused.example': 2, b'away.example': 4}.get(host, 0)
        reply = b'\x00\x01' + bytes(6)
        if code:
            raw.sendall(b'\x05' + bytes([code]) + reply)
            return
        with socket.create_connection(('127.0.0.1', port)) as other:
            raw.sendall(b'\x05\x00' + reply)
            self.join(raw, other)

    def read(self, raw, size):
        data = b''
        while len(data) < size:
            more = raw.recv(size - len(data))
            if not more:
                raise Gone
            data += more
        return data


def context_of(folder, certificate, alpn=('http/1.1',)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers('DEFAULT:@SECLEVEL=0')
    context.load_cert_chain(f'{folder}/{certificate}.pem')
    context.set_alpn_protocols(list(alpn))
    return context


def old_context(folder, version):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        context = context_of(folder, 'good')
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


def client_context(folder, version):
    context = context_of(folder, 'good')
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(f'{folder}/ca.pem')
    return context


def make_servers(folder):
    servers = [Server('plain'), Server('second'), Silent('mute'), Resetting('resetting'),
               Deaf('deaf', backlog=0), Closed('closed'), Proxy('proxy'), Socks('socks'),
               Server('tls', context_of(folder, 'good')),
               HangingUp('hangup', context_of(folder, 'good')),
               Server('tls10', old_context(folder, ssl.TLSVersion.TLSv1)),
               Server('tls11', old_context(folder, ssl.TLSVersion.TLSv1_1)),
               Server('tls12', old_context(folder, ssl.TLSVersion.TLSv1_2)),
               Server('mutual12', client_context(folder, ssl.TLSVersion.TLSv1_2)),
               Server('mutual', client_context(folder, ssl.TLSVersion.TLSv1_3))]
    if h2_side:
        servers.append(Server('h2', context_of(folder, 'good', ('h2', 'http/1.1'))))
        servers.append(Server('h2few', context_of(folder, 'good', ('h2', 'http/1.1')), streams=5))
    for kind in certificates.KINDS:
        if kind not in ('good', 'client'):
            servers.append(Server(kind, context_of(folder, kind)))
    return {server.name: server.start() for server in servers}


def take_orders(servers):
    for line in sys.stdin:
        what, _, name = line.strip().partition(' ')
        if what == 'reset':
            for server in servers.values():
                server.forget()
            print('done', flush=True)
            continue
        server = servers[name]
        with server.lock:
            answers = {'count': f'{server.connections} {server.requests}',
                       'last': json.dumps(server.last), 'peak': str(server.peak),
                       'sni': server.sni}
        print(answers[what], flush=True)


def write_masked(path, data):
    with open(path, 'wb') as file:
        file.write(bytes(byte ^ 0xa5 for byte in data))


def main():
    certificates.make(sys.argv[1])
    write_masked(sys.argv[1] + '/planted-text', KEY_TEXT)
    write_masked(sys.argv[1] + '/planted-raw', KEY)
    servers = make_servers(sys.argv[1])
    for server in servers.values():
        print(server.name, server.port)
    print('ready', flush=True)
    take_orders(servers)


if __name__ == '__main__':
    main()

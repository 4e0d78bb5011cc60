# SPDX-License-Identifier: Apache-2.0
"""What the KMS plugin of tests/partners/kubeserver asks to wrap and unwrap, as plugins of clouds ask theirs.

    with WrappingService(wrap, unwrap) as service:   # functions of bytes that give bytes
        kubeserver.Cluster(service=service.url)
"""
import http.server
import threading


class WrappingService:
    def __init__(self, wrap, unwrap):
        does = {'/wrap': wrap, '/unwrap': unwrap}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                answer = does[self.path](self.rfile.read(int(self.headers['Content-Length'])))
                self.send_response(200)
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

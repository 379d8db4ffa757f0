"""A web service that is not well, on a free port of 127.0.0.1, over TLS where a certificate is given:
what it answers hangs on the address that it is asked for. Prints its port, and each request."""
import http.server
import ssl
import sys

GOOD = b'{"failover": {"ip": "10.0.0.200", "active_server_ip": "10.0.0.1"}}'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, self.headers.get("Authorization"), flush=True)
        last = self.path.rsplit("/", 1)[-1]
        if last == "10.0.0.201":
            # A gigabyte.
            self.answer(200, length=1 << 30)
            try:
                for _ in range(1 << 10):
                    self.wfile.write(b"x" * (1 << 20))
            except OSError:
                pass
        elif last == "10.0.0.202":
            # To another host.
            self.answer(302, location=f"http://127.0.0.2:{sys.argv[1]}/failover/10.0.0.200")
        else:
            self.answer(200, length=len(GOOD))
            self.wfile.write(GOOD)

    def answer(self, status, length=0, location=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if location:
            self.send_header("Location", location)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer((sys.argv[2], int(sys.argv[1])), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()

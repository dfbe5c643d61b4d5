"""An HTTP server that does as it is told and remembers what it was asked, and a running riffle, for tests of HTTP."""
import http.client, http.server, json, os, signal, ssl, subprocess, threading, time

from lib.ports import free_port  # noqa: F401, for who has a peer needs one


class Riffle:
    """A config as a dict, run in a folder of its own."""
    count = 0

    def __init__(self, program, work, config, args=(), stdin=subprocess.DEVNULL, name=None, env=None):
        Riffle.count += 1
        self.dir = work
        self.path = os.path.join(work, "config%d.yaml" % Riffle.count)
        with open(self.path, "w") as f:
            f.write(config if isinstance(config, str) else json.dumps(config))  # YAML holds JSON
        self.log, self.out = [], []
        self.process = subprocess.Popen([program, "run", *args, self.path], cwd=work, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, **(env or {})})
        self.readers = []
        for pipe, kept in ((self.process.stdout, self.out), (self.process.stderr, self.log)):
            reader = threading.Thread(target=lambda p=pipe, k=kept: [k.append(line.decode("utf-8", "replace")) for line in p], daemon=True)
            reader.start()
            self.readers.append(reader)

    def says(self, text):
        return any(text in line for line in list(self.log))

    def rss(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))

    def end(self, seconds=60):
        """Stops it as Ctrl-C does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait(seconds)

    def wait(self, seconds=60):
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "stuck"
        for reader in self.readers:
            reader.join(10)
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()


def ask(port, path, body=b"", method="POST", headers=None, timeout=60, tls=None):
    """(status, headers, body); (0, …) when there was no answer. `tls`: the context of https."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=tls) if tls else http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}, b""
    finally:
        connection.close()


class Peer:
    """A server. `rule(number, request)` gives (status, headers, body) for the request of that number, from 0; or None: hangs up."""

    def __init__(self, rule=None, port=0, tls=None):
        self.requests, self.lock, self.connections = [], threading.Lock(), 0
        self.rule = rule or (lambda number, request: (200, {}, b""))
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with peer.lock:
                    peer.connections += 1

            def read_body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while True:
                    size = int(self.rfile.readline(), 16)
                    body += self.rfile.read(size)
                    self.rfile.readline()
                    if size == 0:
                        return body

            def answer(self):
                request = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": self.read_body(), "at": time.monotonic()}
                with peer.lock:
                    number = len(peer.requests)
                    peer.requests.append(request)
                said = peer.rule(number, request)
                if said is None:
                    self.close_connection = True
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                pass  # who hangs up is no news

        self.server = Server(("127.0.0.1", port), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=lambda: self.server.serve_forever(0.02), daemon=True)
        self.thread.start()

    def bodies(self):
        with self.lock:
            return [request["body"] for request in self.requests]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def tls_context(cert, key, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context

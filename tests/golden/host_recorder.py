"""The HTTP server that a recorded case talks to: answers by a script, and keeps what it was asked."""
import http.server
import threading
import time


class Recorder:
    """`script`: [status, headers, body] for each request in turn, the last for all further ones; ["sleep", s]; ["close"]."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, request):
        """Keeps the request; what to answer."""
        with self.lock:
            answer = self.script[min(len(self.requests), len(self.script) - 1)] if self.script else [200]
            self.requests.append(request)
        return answer

    def handler(recorder):  # noqa: N805: the class below has a `self` of its own
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                asked = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": read_body(self)}
                send(self, recorder.take(asked))

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        return Handler

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def read_body(request):
    if request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode("utf-8", "surrogateescape")
    parts = []
    while True:
        size = int(request.rfile.readline().split(b";")[0].strip() or b"0", 16)
        parts.append(request.rfile.read(size))
        request.rfile.readline()
        if not size:
            return b"".join(parts).decode("utf-8", "surrogateescape")


def send(request, answer):
    if answer[0] == "close":
        request.close_connection = True
        request.connection.close()
        return
    if answer[0] == "sleep":
        time.sleep(answer[1])
        answer = [200]
    status, headers, body = (answer + [{}, ""])[:3] if len(answer) < 3 else answer
    payload = body.encode("utf-8", "surrogateescape")
    try:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        if status != 204:
            request.send_header("Content-Length", str(len(payload)))
        request.end_headers()
        request.wfile.write(payload)
    except OSError:
        pass  # it no longer listens

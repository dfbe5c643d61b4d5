"""A schema registry over HTTP that speaks the two questions that are asked of one (those of Confluent and Redpanda), and can be ill."""
import base64, http.server, json, socket, threading, time, urllib.parse

from .kafka import free_ports


class Registry:
    """`subjects`: name to schema, an object or a text. `ill`: None; or a status to answer with; or a text in place of every answer; or
    a number of seconds that an answer takes (float). `asked`: the paths, in order. `user`: "name:password" that has to be shown."""

    def __init__(self, subjects=None, user=None):
        self.subjects, self.ill, self.user = dict(subjects or {}), None, user
        self.asked, self.connections = [], []
        self.port = free_ports(1)
        self.url = "http://127.0.0.1:%d" % self.port
        self.server = None
        self.start()

    def start(self):
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                registry.asked.append(self.path)
                status, body = registry.answer(urllib.parse.unquote(self.path), self.headers)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # nobody waits any more

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def process_request(self, request, client):
                registry.connections.append(request)
                super().process_request(request, client)

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        while self.connections:  # those that are kept open would be answered on
            try:
                self.connections.pop().shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.server = None

    def answer(self, path, headers):
        ill = self.ill
        if isinstance(ill, float):
            time.sleep(ill)
        if isinstance(ill, int):
            return ill, b'{"error_code":%d,"message":"ill"}' % ill
        if isinstance(ill, str):
            return 200, ill.encode()
        if self.user and headers.get("Authorization") != "Basic " + base64.b64encode(self.user.encode()).decode():
            return 401, b'{"error_code":401,"message":"who are you"}'
        if path == "/subjects":
            return 200, json.dumps(list(self.subjects)).encode()
        parts = path.split("/")
        if len(parts) == 5 and parts[1] == "subjects" and parts[3:] == ["versions", "latest"] and parts[2] in self.subjects:
            schema = self.subjects[parts[2]]
            return 200, json.dumps({"subject": parts[2], "version": 1, "id": 1, "schemaType": "JSON",
                                    "schema": schema if isinstance(schema, str) else json.dumps(schema)}).encode()
        return 404, b'{"error_code":40401,"message":"Subject not found."}'

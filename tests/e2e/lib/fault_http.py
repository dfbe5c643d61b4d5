"""Servers and clients of HTTP, for lib/faults.py."""
import json

from lib.fault_case import TLS_SPARED, Case
from lib.http_peer import Peer, ask, free_port


class HttpServer(Case):
    """One of ours, also with TLS."""
    tls = False

    def prepare(self, job):
        job.lines()
        job.port, job.got = free_port(), ""
        job.client = job.bench.peers.tls_client() if self.tls else None

    def address(self, job):
        peers = job.bench.peers
        return {"address": "127.0.0.1:%d" % job.port, **({"cert_file": peers.cert, "key_file": peers.key} if self.tls else {})}


class HttpServerIn(HttpServer):
    endless = True

    def input(self, job):
        return {"http_server": {**self.address(job), "path": "/post"}}

    def feed(self, job, left):
        """What was answered with 200 is not sent again: it has to be there."""
        for i in left:
            if i not in job.given and ask(job.port, "/post", i.encode(), timeout=6, tls=job.client)[0] == 200:
                job.given.add(i)


class Buffer(HttpServerIn):
    """What was stored is answered with 200, and outlives the run."""
    kept = True

    def config(self, job):
        return {**super().config(job), "buffer": {"sqlite": {"path": job.path("stored.sqlite")}}}


class HttpServerOut(HttpServer):
    def output(self, job):
        return {"http_server": {**self.address(job), "path": "/get", "timeout": "1s"}}

    def came(self, job):
        return job.got

    def feed(self, job, left):
        status, _, body = ask(job.port, "/get", method="GET", timeout=6, tls=job.client)
        if status == 200:
            job.got += body.decode()


class HttpClientIn(Case):
    endless = True

    def prepare(self, job):
        job.turn = 0

        def give(number, request):
            left = job.left()
            return 200, {}, left[number % len(left)].encode() if left else b""
        job.peer = Peer(give)
        job.closing.append(job.peer.stop)

    def input(self, job):
        return {"http_client": {"url": "http://127.0.0.1:%d/next" % job.peer.port, "retry_period": "50ms", "timeout": "5s"}}


class HttpClientOut(Case):
    def prepare(self, job):
        job.lines()
        job.peer = Peer()
        job.closing.append(job.peer.stop)

    def output(self, job):
        return {"http_client": {"url": "http://127.0.0.1:%d/post" % job.peer.port, "retry_period": "50ms", "timeout": "5s", "max_in_flight": 4}}

    def came(self, job):
        return b"\n".join(job.peer.bodies()).decode()


class BatchingHttp(HttpClientOut):
    """Batches of the output's own."""

    def output(self, job):
        conf = super().output(job)
        conf["http_client"]["batching"] = {"count": 5, "period": "100ms", "processors": [{"archive": {"format": "lines"}}]}
        return conf


class HttpsClientOut(HttpClientOut):
    spared = TLS_SPARED

    def prepare(self, job):
        job.lines()
        job.peer = Peer(tls=job.bench.peers.tls())
        job.closing.append(job.peer.stop)

    def output(self, job):
        return {"http_client": {"url": "https://127.0.0.1:%d/post" % job.peer.port, "retry_period": "50ms", "timeout": "5s", "max_in_flight": 4,
                                "tls": {"enabled": True, "root_cas_file": job.bench.peers.ca}}}


class HttpProcessor(Case):
    def prepare(self, job):
        job.lines()
        job.peer = Peer(lambda number, request: (200, {}, request["body"]))
        job.closing.append(job.peer.stop)

    def processors(self, job):
        return [{"http": {"url": "http://127.0.0.1:%d/" % job.peer.port, "verb": "POST", "retry_period": "50ms", "timeout": "5s"}}]


class Service(Case):
    """The service of metrics and probes, asked until it answers, beside a stream."""
    endless = True

    def prepare(self, job):
        job.port, job.pages = free_port(), ""

    def config(self, job):
        return {**super().config(job), "http": {"enabled": True, "address": "127.0.0.1:%d" % job.port}}

    def input(self, job):
        return {"generate": {"mapping": "root = %s" % json.dumps(" ".join(job.ids)), "interval": "1s"}}

    def came(self, job):
        return super().came(job) if len(job.given) == 3 else ""

    def feed(self, job, left):
        for page in ("/ready", "/metrics", "/stats"):
            if page not in job.given and ask(job.port, page, method="GET", timeout=6)[0] in (200, 404):
                job.given.add(page)


def with_tls(case):
    case.tls, case.spared = True, TLS_SPARED
    return case


def cases():
    return [HttpServerIn("http_server_in"), HttpServerOut("http_server_out"), with_tls(HttpServerIn("https_server_in")), with_tls(HttpServerOut("https_server_out")),
            Buffer("buffer_sqlite"), BatchingHttp("batching_http"), HttpClientIn("http_client_in"), HttpClientOut("http_client_out"),
            HttpsClientOut("https_client_out"), HttpProcessor("http_processor"), Service("service")]

#!/usr/bin/env python3
"""tls.py RIFFLE: servers and clients that speak TLS: http_server, the service, socket, socket_server; against curl, openssl, Python's ssl.

Prints one line a check and ends with `N passed, N failed`. Needs: openssl, curl.
"""
import json, os, shutil, socket, ssl, subprocess, sys, tempfile, threading

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Riffle, free_port

RIFFLE = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
WAIT = 30


class Certs:
    def __init__(self, folder):
        subprocess.run(["sh", os.path.join(ROOT, "tests", "servers", "certs.sh"), folder], check=True, capture_output=True)
        for name in ("ca.pem", "ca.key", "server.pem", "server.key"):
            setattr(self, name.replace(".", "_"), os.path.join(folder, name))
        self.folder = folder
        self.client = self.make("client", signed=True)
        self.stranger = self.make("stranger", signed=False)

    def make(self, name, signed):
        cert, key = (os.path.join(self.folder, name + end) for end in (".pem", ".key"))
        by = ["-CA", self.ca_pem, "-CAkey", self.ca_key] if signed else []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", *by, "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert, key

    def context(self, shown=None):
        context = ssl.create_default_context(cafile=self.ca_pem)
        if shown:
            context.load_cert_chain(*shown)
        return context

    def server_context(self, asks=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_pem, self.server_key)
        if asks:
            context.load_verify_locations(self.ca_pem)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def curl(*args, body=None):
    """(curl's exit status, status of HTTP, body)"""
    done = subprocess.run(["curl", "-sS", "-m", "60", "-w", "\n%{http_code}", *(["--data-binary", "@-"] if body is not None else []), *args], input=body,
                          capture_output=True)
    text, _, status = done.stdout.rpartition(b"\n")
    return done.returncode, int(status or 0), text


def lines(path):
    try:
        with open(path, "rb") as f:
            return f.read().splitlines()
    except OSError:
        return []


def serves(work, certs, out, service=False, output=None, **fields):
    port = free_port()
    address = {"address": "127.0.0.1:%d" % port, "cert_file": certs.server_pem, "key_file": certs.server_key}
    config = {"http": address if service else {"enabled": False},
              "input": {"http_server": {"path": "/in", **({} if service else address), **fields}}, "output": output or {"file": {"path": out}}}
    riffle = Riffle(RIFFLE, work, config)
    if not wait_for(lambda: riffle.says("input http_server is active"), WAIT):
        print("".join(riffle.log))
    return riffle, port


def asks(certs, port):
    """riffle top and riffle plugin ask a host with a certificate."""
    def top(url, **more):
        return subprocess.run([RIFFLE, "top", "--once", "--json", "--interval", "100ms", "--url", url], env=dict(os.environ, **more), capture_output=True, text=True, timeout=60)
    ours = {"SSL_CERT_FILE": certs.ca_pem}
    done = top("https://localhost:%d" % port, **ours)
    check("riffle top by TLS", done.returncode == 0 and json.loads(done.stdout)["rss_bytes"] > 0, (done.returncode, done.stderr))
    done = subprocess.run([RIFFLE, "plugin", "reload", "redact", "--url", "https://localhost:%d/" % port], env=dict(os.environ, **ours), capture_output=True, text=True, timeout=60)
    check("riffle plugin by TLS", done.returncode == 2 and "no plugin redact runs here" in done.stderr, (done.returncode, done.stderr))
    done = top("https://localhost:%d" % port)
    check("a host that nobody vouches for is not asked", done.returncode == 1 and "cannot be reached" in done.stderr and "certificate" in done.stderr and "SSL_CERT_FILE" in done.stderr,
          (done.returncode, done.stderr))
    done = top("https://127.0.0.2:%d" % port, **ours)
    check("nor one by another name", done.returncode == 1, (done.returncode, done.stderr))
    done = top("http://localhost:%d" % port)
    check("nor one in plain that speaks TLS", done.returncode == 1 and "write https://localhost:%d" % port in done.stderr, (done.returncode, done.stderr))


def test_http_server(work, certs, service):
    where = "the service's port" if service else "an address of its own"
    out = os.path.join(work, "https-%s" % service)
    riffle, port = serves(work, certs, out, service)
    url = "https://localhost:%d/in" % port
    trusts = ("--cacert", certs.ca_pem)
    check("%s: curl is answered when its message is delivered" % where, curl(*trusts, url, body=b"one")[:2] == (0, 200) and lines(out) == [b"one"], riffle.log[-3:])
    check("%s: HTTP/1.1 and TLS 1.2 too" % where, curl(*trusts, "--http1.1", "--tls-max", "1.2", url, body=b"two")[:2] == (0, 200))
    check("%s: one that does not trust us goes" % where, curl(url, body=b"no")[0] == 60)
    check("%s: older versions are refused" % where, curl(*trusts, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", url, body=b"no")[0] == 35)
    check("%s: plain HTTP is refused" % where, curl("http://localhost:%d/in" % port, body=b"no")[0] in (52, 56, 1))
    check("%s: and told" % where, wait_for(lambda: riffle.says("TLS: the handshake with 127.0.0.1"), WAIT), riffle.log[-3:])
    large = os.urandom(6000000).hex().encode()
    check("%s: a large body passes" % where, curl(*trusts, url, body=large)[:2] == (0, 200) and lines(out)[-1] == large)
    check("%s: one that is too large is answered" % where, curl(*trusts, "-H", "Expect:", url, body=b"x" * (33 << 20))[1] in (413, 0))
    results = []

    def ask(i):
        status = curl(*trusts, url, url, body=b"m%d" % i)
        results.append(status[0])
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check("%s: 20 clients with two requests a connection" % where, results == [0] * 20 and sorted(lines(out)[3:]) == sorted([b"m%d" % i for i in range(20)] * 2), results)
    for i in range(20):  # who hangs up at some point of the handshake, or of a request
        s = socket.create_connection(("127.0.0.1", port))
        if i % 2:
            s = certs.context().wrap_socket(s, server_hostname="localhost")
            s.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        s.close()
    check("%s: who hangs up hurts nobody" % where, curl(*trusts, url, body=b"last")[:2] == (0, 200) and lines(out)[-1] == b"last" and b"half" not in lines(out))
    if service:
        check("the service's own pages go by TLS as well", curl(*trusts, "https://localhost:%d/ping" % port) == (0, 200, b"pong"))
        check("and it says so", riffle.says("https://127.0.0.1:%d" % port), riffle.log[:3])
        asks(certs, port)
    check("%s: ends well" % where, riffle.end() == 0, riffle.log[-5:])


def test_http_clients(work, certs):
    out = os.path.join(work, "known")
    riffle, port = serves(work, certs, out, client_cas_file=certs.ca_pem)
    url = "https://localhost:%d/in" % port
    trusts = ("--cacert", certs.ca_pem)
    check("a client without a certificate is refused", curl(*trusts, url, body=b"no")[0] != 0)
    check("one with another authority's, too", curl(*trusts, "--cert", certs.stranger[0], "--key", certs.stranger[1], url, body=b"no")[0] != 0)
    check("and why is told", wait_for(lambda: riffle.says("the certificate of 127.0.0.1 is not accepted"), WAIT), riffle.log[-3:])
    check("one with ours is taken", curl(*trusts, "--cert", certs.client[0], "--key", certs.client[1], url, body=b"yes")[:2] == (0, 200) and lines(out) == [b"yes"])
    riffle.end()


def test_http_output(work, certs):
    port, path = free_port(), os.path.join(work, "given")
    with open(path, "w") as f:
        f.write("1\n2\n3\n")
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"file": {"paths": [path]}, "batching": {"count": 1}},
                                   "output": {"http_server": {"path": "/next", "address": "127.0.0.1:%d" % port, "cert_file": certs.server_pem, "key_file": certs.server_key}}})
    wait_for(lambda: riffle.says("output http_server is active"), WAIT)
    got = [curl("--cacert", certs.ca_pem, "https://localhost:%d/next" % port) for _ in range(3)]
    check("output http_server: each message once, by TLS", got == [(0, 200, b"%d" % i) for i in (1, 2, 3)], got)
    check("output http_server: ends well", riffle.wait(60) == 0, riffle.log[-3:])


def test_renewed(work, certs):
    """A renewed certificate counts from the next connection on; a broken one does not."""
    cert, key = os.path.join(work, "r.pem"), os.path.join(work, "r.key")
    shutil.copy(certs.server_pem, cert)
    shutil.copy(certs.server_key, key)
    out = os.path.join(work, "renewed")
    riffle, port = serves(work, certs, out, cert_file=cert, key_file=key)

    def serial():
        shown = ssl.get_server_certificate(("127.0.0.1", port))
        return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=shown.encode(), capture_output=True).stdout
    before = serial()
    with open(cert, "w") as f:
        f.write("half a certific")
    check("a file that cannot be used changes nothing", serial() == before and wait_for(lambda: riffle.says("r.pem cannot be used"), WAIT), riffle.log[-3:])
    fresh = certs.make("fresh", signed=True)
    shutil.copy(fresh[0], cert)
    shutil.copy(fresh[1], key)
    check("a renewed certificate is shown to the next", b"fresh" in serial() and b"fresh" not in before, riffle.log[-3:])
    riffle.end()


def listens(work, certs, **tls):
    port = free_port()
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"socket_server": {"network": "tls", "address": "127.0.0.1:%d" % port, "tls": tls}},
                                   "output": {"stdout": {}}})
    wait_for(lambda: riffle.says("receiving tls lines"), WAIT)
    return riffle, port


def said(riffle):
    return [line.rstrip("\n") for line in list(riffle.out)]


def s_client(port, *args, text=b""):
    return subprocess.run(["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:%d" % port, *args], input=text, capture_output=True, timeout=60)


def test_socket_server(work, certs):
    files = {"cert_file": certs.server_pem, "key_file": certs.server_key}
    riffle, port = listens(work, certs, **files)
    talker = subprocess.Popen(["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", certs.ca_pem, "-connect", "127.0.0.1:%d" % port],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    talker.stdin.write(b"a\nb\n")
    talker.stdin.flush()
    check("socket_server: lines of openssl s_client", wait_for(lambda: said(riffle) == ["a", "b"], WAIT), (said(riffle), riffle.log[-3:]))
    many = ["id-%d" % i for i in range(20000)]
    with certs.context().wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as s:
        s.sendall("".join(line + "\n" for line in many).encode() + b"rest")
    check("socket_server: lines of Python's ssl, all of them", wait_for(lambda: said(riffle)[2:20002] == many, 2 * WAIT), (len(said(riffle)), riffle.log[-3:]))
    talker.stdin.write(b"c\n")
    talker.stdin.close()
    check("socket_server: and of the first again", wait_for(lambda: "c" in said(riffle), WAIT))
    talker.kill()
    talker.wait()
    check("socket_server: ends well", riffle.end() == 0, riffle.log[-3:])
    for auth, none, stranger, ours in (("require_valid", False, False, True), ("require_any", False, True, True), ("verify_if_given", True, False, True),
                                       ("request", True, True, True)):
        riffle, port = listens(work, certs, client_auth=auth, client_cas_file=certs.ca_pem, **files)
        for name, shown, taken in (("none", None, none), ("strange", certs.stranger, stranger), ("ours", certs.client, ours)):
            try:
                with certs.context(shown).wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as s:
                    s.sendall(name.encode() + b"\n")
                    s.settimeout(60)
                    if not taken:
                        s.recv(1)
            except OSError:
                pass
            if taken:
                wait_for(lambda: name in said(riffle), WAIT)
        expected = [name for name, taken in (("none", none), ("strange", stranger), ("ours", ours)) if taken]
        check("socket_server: client_auth %s takes %s" % (auth, ", ".join(expected)), said(riffle) == expected, (said(riffle), riffle.log[-3:]))
        riffle.end()
    riffle, port = listens(work, certs, self_signed=True)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as s:
        s.sendall(b"hello\n")
        check("socket_server: self_signed", wait_for(lambda: said(riffle) == ["hello"], WAIT), riffle.log[-3:])
    riffle.end()


class TlsListener:
    """Takes connections, keeps what each says, and says what it is told to; `after`: hangs up after so many bytes, at the first connection."""

    def __init__(self, context, says=b"", after=None, port=0):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.context, self.says, self.after, self.got = context, says, after, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    self.talk(connection)
            except OSError:
                pass  # refused, or gone

    def talk(self, connection):
        mine = bytearray()
        self.got.append(mine)
        connection.sendall(self.says)
        while not self.says:
            more = connection.recv(4096)
            mine += more
            if not more or (self.after and len(mine) >= self.after):
                break
        self.after = None
        if self.says:
            connection.unwrap()

    def lines(self):
        return [line for mine in self.got for line in bytes(mine).decode().split("\n") if line]


def test_socket(work, certs):
    ids = ["id-%d" % i for i in range(5000)]
    path = os.path.join(work, "lines")
    with open(path, "w") as f:
        f.write("".join(line + "\n" for line in ids))

    def writes(port, tls, host="localhost"):
        return Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"file": {"paths": [path]}},
                                     "output": {"socket": {"network": "tcp", "address": "%s:%d" % (host, port), "tls": {"enabled": True, **tls}}}})
    ours = {"root_cas_file": certs.ca_pem}
    listener = TlsListener(certs.server_context())
    riffle = writes(listener.port, ours)
    check("socket output: all lines by TLS", riffle.wait(60 * checks.slow) == 0 and wait_for(lambda: listener.lines() == ids, WAIT), (len(listener.lines()), riffle.log[-3:]))
    listener = TlsListener(certs.server_context(), after=9000)
    riffle = writes(listener.port, ours)
    wait_for(lambda: len(listener.got) > 1 or riffle.process.poll() is not None, WAIT)
    check("socket output: a connection that breaks is made again, the end is there", riffle.wait(60 * checks.slow) == 0 and
          wait_for(lambda: ids[-1] in listener.lines() or len(listener.got) == 1, WAIT), riffle.log[-3:])
    riffle = writes(listener.port, {})
    check("socket output: a server that is not trusted is not written to", wait_for(lambda: riffle.says("certificate is not accepted"), WAIT), riffle.log[-3:])
    riffle.kill()
    asking = TlsListener(certs.server_context(asks=True))
    riffle = writes(asking.port, {**ours, "client_certs": [{"cert_file": certs.client[0], "key_file": certs.client[1]}]})
    check("socket output: with a certificate of ours", riffle.wait(60 * checks.slow) == 0 and wait_for(lambda: asking.lines() == ids, WAIT), riffle.log[-3:])
    speaker = TlsListener(certs.server_context(), says="".join(line + "\n" for line in ids).encode())
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"socket": {"network": "tcp", "address": "localhost:%d" % speaker.port,
                                   "tls": {"enabled": True, **ours}}}, "output": {"stdout": {}}})
    check("socket input: all lines by TLS, and again after each end", wait_for(lambda: said(riffle)[:10000] == ids + ids, 2 * WAIT), (len(said(riffle)), riffle.log[-3:]))
    check("socket input: ends well", riffle.end() == 0, riffle.log[-3:])


def test_lint(work, certs):
    def lint(config):
        with open(os.path.join(work, "lint.yaml"), "w") as f:
            f.write(json.dumps(config))
        done = subprocess.run([RIFFLE, "lint", "lint.yaml"], cwd=work, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr
    good = {"cert_file": certs.server_pem, "key_file": certs.server_key}
    for name, component, words in (
            ("a file that is not there", {"http_server": {"address": "127.0.0.1:1", **good, "cert_file": "/nowhere.pem"}}, "/nowhere.pem"),
            ("the key of another", {"http_server": {"address": "127.0.0.1:1", **good, "key_file": certs.client[1]}}, "key of another certificate"),
            ("a certificate without a key", {"http_server": {"address": "127.0.0.1:1", "cert_file": certs.server_pem}}, "needs a key_file"),
            ("a certificate without an address", {"http_server": good}, "without an address"),
            ("a socket_server without a certificate", {"socket_server": {"network": "tls", "address": "127.0.0.1:1"}}, "needs a certificate"),
            ("TLS over a Unix socket", {"socket": {"network": "unix", "address": "/tmp/x", "tls": {"enabled": True}}}, "not unix")):
        status, text = lint({"input": component, "output": {"drop": {}}})
        check("lint: " + name, status not in (0, -11) and words in text, text)
    status, text = lint({"http": {"cert_file": "/nowhere.pem", "key_file": certs.server_key}, "input": {"stdin": {}}, "output": {"drop": {}}})
    check("lint: the service's files", status not in (0, -11) and "/nowhere.pem" in text, text)
    status, text = lint({"http": good, "input": {"socket_server": {"network": "tls", "address": "127.0.0.1:1", "tls": good}}, "output": {"drop": {}}})
    check("lint: what is right passes", status == 0, text)


with tempfile.TemporaryDirectory() as work:
    certs = Certs(os.path.join(work, "certs"))
    test_http_server(work, certs, False)
    test_http_server(work, certs, True)
    test_http_clients(work, certs)
    test_http_output(work, certs)
    test_renewed(work, certs)
    test_socket_server(work, certs)
    test_socket(work, certs)
    test_lint(work, certs)
checks.end()

#!/usr/bin/env python3
"""opcua.py RIFFLE: the opcua input against real servers: asyncua, and riffle's own demo server.

Prints one line a check and ends with `N passed, N failed`. Servers are installed into the ignored .cache/ on first
use (tests/servers). Needs: python3-venv, openssl.
"""
import hashlib, json, os, re, signal, socket, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import check
from lib.ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SERVERS = os.path.join(ROOT, "tests", "servers")
CACHE = os.path.join(ROOT, ".cache")
PACKAGES = os.path.join(CACHE, "asyncua")
CERTS = os.path.join(CACHE, "opcua-certs")
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def wait_for(claim, seconds):
    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Stream:
    """A running riffle; lines of standard output become (payload text, meta)."""

    def __init__(self, work, port, nodes, host="127.0.0.1", **fields):
        config = {
            "http": {"enabled": False},
            "input": {"opcua": {"endpoint": "opc.tcp://%s:%d" % (host, port), "nodeIDs": nodes, **fields}},
            "output": {"stdout": {"codec": "message"}},
        }
        Stream.count = getattr(Stream, "count", 0) + 1
        path = os.path.join(work, "stream%d.yaml" % Stream.count)
        with open(path, "w") as f:
            json.dump(config, f)  # YAML holds JSON
        self.lines, self.log = [], []
        self.process = subprocess.Popen([RIFFLE, "run", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for pipe, kept in ((self.process.stdout, self.lines), (self.process.stderr, self.log)):
            threading.Thread(target=lambda p=pipe, k=kept: [k.append(x.decode("utf-8", "replace")) for x in p], daemon=True).start()

    def messages(self):
        return [(line[len('{"payload":'):line.index(',"meta":{')], json.loads(line)["meta"]) for line in list(self.lines)]

    def nodes(self):
        return {meta["opcua_attr_nodeid"] for _, meta in self.messages()}

    def says(self, text, seconds=10):
        return wait_for(lambda: any(text in line for line in list(self.log)), seconds)

    def has(self, count, seconds=10):
        return wait_for(lambda: len(self.lines) >= count, seconds)

    def end(self):
        """Stops it as Ctrl-C does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed"


class Asyncua:
    def __init__(self, work):
        self.dir, self.port = os.path.join(work, "asyncua"), free_port()

    def start(self):
        subprocess.run([os.path.join(SERVERS, "start-opcua.sh"), self.dir, str(self.port), CERTS, "asyncua"], check=True,
                       env={**os.environ, "PACKAGES": PACKAGES})

    def kill(self):
        with open(os.path.join(self.dir, "pid")) as f:
            os.kill(int(f.read()), signal.SIGKILL)

    def stop(self):
        subprocess.run([os.path.join(SERVERS, "stop.sh"), self.dir], check=False)


# ---- the recorded cases ----

def difference(case, payload, meta):
    """What is not as recorded; None: nothing."""
    if case["node"].endswith("Struct.Point"):
        if json.loads(payload) != {"x": 1.5, "y": -2.5, "label": "p"}:
            return "payload %s" % payload
    elif case["payload"] != "<live>" and payload != case["payload"]:
        return "payload %s, expected %s" % (payload, case["payload"])
    if set(meta) != set(case["meta"]):
        return "keys %s" % sorted(set(meta) ^ set(case["meta"]))
    for key, expected in case["meta"].items():
        if key == "opcua_attr_accesslevel":  # the original never reads it
            expected = "AccessLevelType(3)"
        same = STAMP.match(meta[key]) if expected == "<time>" else meta[key] == expected
        if not same:
            return "%s is %s, expected %s" % (key, meta[key], expected)
    return None


def golden(work, server):
    with open(os.path.join(ROOT, "tests", "golden", "opcua", "asyncua.jsonl")) as f:
        cases = [json.loads(line) for line in f]
    check("84 recorded cases are there", len(cases) == 84, len(cases))
    runs = []
    for mode in ("folder", "direct"):
        mine = [c for c in cases if c["mode"] == mode]
        listed = sorted({n for c in mine for n in c["nodeIDs"]})
        for subscribe in (True, False):
            runs.append((mode, subscribe, mine, Stream(work, server.port, listed, subscribeEnabled=subscribe, pollRate=300)))
    for mode, subscribe, mine, stream in runs:
        wait_for(lambda: len(stream.nodes()) >= len(mine), 15)
        first = {}
        for payload, meta in stream.messages():
            first.setdefault(meta["opcua_attr_nodeid"], (payload, meta))
        for case in mine:
            got = first.get(case["node"])
            wrong = difference(case, *got) if got else "no message; log: " + "".join(stream.log[-3:])
            check("golden %s %s %s" % (mode, "subscribe" if subscribe else "poll", case["node"]), wrong is None, wrong)
        status = stream.end()
        check("golden %s %s ends with status 0" % (mode, "subscribe" if subscribe else "poll"), status == 0, status)


# ---- trouble ----

def bad_nodes(work, server):
    stream = Stream(work, server.port, ["ns=2;s=Live.Counter", "ns=2;s=Nobody.Knows", "nonsense", "ns=2;s=Live.Text"],
                    subscribeEnabled=True)
    check("good nodes flow beside bad ones", wait_for(lambda: stream.nodes() == {"ns=2;s=Live.Counter", "ns=2;s=Live.Text"}, 10), stream.log)
    stream.end()
    log = "".join(stream.log)
    check("the unknown node has one error of its own", log.count("`ns=2;s=Nobody.Knows`: BadNodeIdUnknown") == 1, log)
    check("the malformed node is named with its place and a caret", "nonsense" in log and "does not parse" in log and "^" in log, log)


def credentials(work, server):
    wrong = Stream(work, server.port, ["ns=2;s=Live.Counter"], username="operator", password="wrong")
    check("a wrong password is refused with advice", wrong.says("check username and password"), wrong.log)
    check("and tried again", wait_for(lambda: sum("check username" in x for x in list(wrong.log)) >= 2, 10), wrong.log)
    check("without a message", not wrong.lines, wrong.lines)
    wrong.end()


def bundle():
    import base64
    with open(os.path.join(CERTS, "opcua-client.pem"), "rb") as c, open(os.path.join(CERTS, "opcua-client.key"), "rb") as k:
        return base64.b64encode(c.read() + k.read()).decode()


def security(work, server):
    with open(os.path.join(CERTS, "opcua-server.der"), "rb") as f:
        print_of_server = hashlib.sha3_512(f.read()).hexdigest()
    user = {"username": "operator", "password": "secret", "subscribeEnabled": True}
    encrypted = {**user, "securityMode": "SignAndEncrypt", "securityPolicy": "Basic256Sha256"}
    streams = {
        "None with a password": user,
        "Sign": {**user, "securityMode": "Sign", "securityPolicy": "Basic256Sha256"},
        "SignAndEncrypt": encrypted,
        "SignAndEncrypt with a certificate of ours": {**encrypted, "clientCertificate": bundle()},
        "the right fingerprint": {**encrypted, "serverCertificateFingerprint": print_of_server.upper()},
    }
    running = {name: Stream(work, server.port, ["ns=2;s=Live.Counter"], **fields) for name, fields in streams.items()}
    refused = Stream(work, server.port, ["ns=2;s=Live.Counter"], serverCertificateFingerprint="00" * 64, **encrypted)
    for name, stream in running.items():
        check("security: %s" % name, stream.has(3), stream.log)
    check("security: another fingerprint is refused", refused.says("is not the one of serverCertificateFingerprint"), refused.log)
    check("security: and nothing is read", not refused.lines)
    wanted = Stream(work, server.port, ["ns=2;s=Live.Counter"], securityPolicy="Aes256_Sha256_RsaPss", securityMode="Sign")
    check("security: what the server does not offer is said", wanted.says("it offers None/None"), wanted.log)
    for stream in list(running.values()) + [refused, wanted]:
        stream.end()


def heartbeat(work, server):
    listed = Stream(work, server.port, ["i=2258"], subscribeEnabled=True, useHeartbeat=True)
    added = Stream(work, server.port, ["ns=2;s=Scalar.Int32"], subscribeEnabled=True, useHeartbeat=True)
    check("heartbeat: a listed clock comes twice", listed.has(4), listed.log)
    groups = [m["opcua_tag_group"] for _, m in listed.messages()][:4]
    check("heartbeat: as CurrentTime and as heartbeat", groups == ["CurrentTime", "heartbeat"] * 2, groups)
    check("heartbeat: both are marked", all(m.get("opcua_heartbeat_message") == "true" for _, m in listed.messages()))
    check("heartbeat: added to other nodes", wait_for(lambda: any(m["opcua_tag_group"] == "heartbeat" for _, m in added.messages()), 5), added.lines)
    check("heartbeat: other nodes are not marked", all("opcua_heartbeat_message" not in m for _, m in added.messages()
                                                      if m["opcua_attr_nodeid"] != "i=2258"))
    listed.end()
    added.end()


def large(work, server):
    """A string of 10 MB, written by asyncua's own client."""
    script = ("import asyncio, sys\nfrom asyncua import Client, ua\nasync def main():\n"
              "    async with Client(sys.argv[1], timeout=20) as c:\n"
              "        await c.get_node('ns=2;s=Scalar.String').write_value('x' * 10000000, ua.VariantType.String)\nasyncio.run(main())\n")
    done = subprocess.run([os.path.join(PACKAGES, "bin", "python"), "-c", script, "opc.tcp://127.0.0.1:%d" % server.port],
                          capture_output=True, text=True)
    check("large: 10 MB can be written", done.returncode == 0, done.stderr[-300:])
    stream = Stream(work, server.port, ["ns=2;s=Scalar.String", "ns=2;s=Live.Counter"], subscribeEnabled=True)
    check("large: 10 MB come whole", wait_for(lambda: any(len(x) > 10000000 for x in list(stream.lines)), 20), stream.log)
    check("large: the others flow", wait_for(lambda: "ns=2;s=Live.Counter" in stream.nodes(), 5), stream.log)
    stream.end()


def unreachable(work):
    nobody = Stream(work, free_port(), ["i=85"])
    unknown = Stream(work, 4840, ["i=85"], host="no-such-host.invalid")
    check("nothing listens: the reason is said", nobody.says("Connection refused"), nobody.log)
    check("an unknown host: the reason is said", unknown.says("host `no-such-host.invalid` is not known"), unknown.log)
    began = time.monotonic()
    check("a stop ends the attempts", nobody.end() == 0 and time.monotonic() - began < 3, nobody.log)
    unknown.end()


def cut_short(work):
    """A server that says half an acknowledgement and hangs up, again and again."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        hits = []

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                hits.append(1)
                peer.recv(100)
                peer.sendall(b"ACKF\x1c\x00\x00\x00\x00\x00")
                peer.close()

        threading.Thread(target=serve, daemon=True).start()
        stream = Stream(work, listener.getsockname()[1], ["i=85"])
        check("a server that hangs up mid-message is an error, and tried again", wait_for(lambda: len(hits) >= 3, 10), stream.log)
        check("and a stop ends it", stream.end() == 0, stream.log[-3:])


def reconnect(work, server):
    stream = Stream(work, server.port, ["ns=2;s=Live.Counter"], subscribeEnabled=True)
    check("reconnect: messages before", stream.has(3), stream.log)
    server.kill()
    check("reconnect: the loss is noticed", stream.says("connection lost"), stream.log)
    time.sleep(0.5)
    server.start()
    before = len(stream.lines)
    check("reconnect: messages after the server is back", stream.has(before + 5, 20), stream.log[-5:])
    check("reconnect: ends with status 0", stream.end() == 0, stream.log[-3:])


# ---- our own server ----

def many(work):
    port = free_port()
    server = subprocess.Popen([RIFFLE, "demo", "--serve-only", "--port", str(port), "--nodes", "5000"], stdout=subprocess.PIPE)
    try:
        check("demo: serves 5000 nodes", b"5000 nodes" in server.stdout.readline())
        began = time.monotonic()
        stream = Stream(work, port, ["ns=2;s=Plant"], subscribeEnabled=True)
        check("5000 nodes are browsed and watched", wait_for(lambda: len(stream.lines) >= 5000 and len(stream.nodes()) == 5000, 20), stream.log)
        took = time.monotonic() - began
        check("5000 nodes within 5 s", took < 5, "%.1f s" % took)
        groups = {m["opcua_tag_group"] for _, m in stream.messages()}
        check("paths are joined and sanitised", "Plant.Line1.Ramps_0-100" in groups and "Plant.Area9.Ramps_0-100" in groups, sorted(groups)[:5])
        stream.end()
    finally:
        server.send_signal(signal.SIGINT)
        check("demo: ends on SIGINT", server.wait(10) == 0)


def demo():
    began = time.monotonic()
    run = subprocess.run([RIFFLE, "demo", "--seconds", "2"], capture_output=True, text=True, timeout=30)
    check("demo: ends by itself with status 0", run.returncode == 0, run.stderr)
    check("demo: about in time", time.monotonic() - began < 5)
    topics = {line.split()[0] for line in run.stdout.splitlines() if line.startswith("umh.v1.")}
    check("demo: all 42 nodes are shown", len(topics) == 42, len(topics))
    check("demo: ends with a summary", "messages out" in run.stdout and "hit rate" in run.stdout, run.stdout[-300:])


def main():
    with tempfile.TemporaryDirectory() as work:
        server = Asyncua(work)
        server.start()
        try:
            golden(work, server)
            bad_nodes(work, server)
            credentials(work, server)
            security(work, server)
            heartbeat(work, server)
            reconnect(work, server)
            large(work, server)
        finally:
            server.stop()
        unreachable(work)
        cut_short(work)
        many(work)
        demo()
    return checks.summed_up()


sys.exit(main())

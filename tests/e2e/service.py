#!/usr/bin/env python3
"""service.py RIFFLE: the service around a stream, seen from outside: who may ask it, what it calls its figures.

Prints one line a check and ends with `N passed, N failed`.
"""
import base64, hashlib, json, os, subprocess, sys, tempfile

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Riffle, ask, free_port

RIFFLE = os.path.abspath(sys.argv[1])
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ."  # of "geheim"


def text(data):
    return base64.b64encode(data).decode()


def known(name, password):
    return {"Authorization": "Basic " + text(("%s:%s" % (name, password)).encode())}


def start(work, port, http, **config):
    riffle = Riffle(RIFFLE, work, {"http": {"address": "127.0.0.1:%d" % port, **http}, "input": {"http_server": {"path": "/in"}},
                                   "output": {"file": {"path": os.path.join(work, "out")}}, **config})
    check("it starts", wait_for(lambda: riffle.says("input http_server is active"), 30), "".join(riffle.log[-5:]))
    return riffle


def test_basic_auth(work):
    scrypt = text(hashlib.scrypt(b"geheim", salt=b"salz", n=32768, r=8, p=1, dklen=32, maxmem=1 << 26))
    for algorithm, hashed, salt in (("md5", text(hashlib.md5(b"geheim").digest()), ""), ("sha256", text(hashlib.sha256(b"geheim").digest()), ""),
                                    ("scrypt", scrypt, text(b"salz")), ("bcrypt", BCRYPT, ""), ("bcrypt", text(BCRYPT.encode()), "")):
        port = free_port()
        riffle = start(work, port, {"basic_auth": {"enabled": True, "username": "plant", "password_hash": hashed, "algorithm": algorithm, "salt": salt}})
        good, bad = known("plant", "geheim"), known("plant", "geheimer")
        check("%s: the right password passes, for the service and for http_server" % algorithm,
              [ask(port, path, b"x", headers=good)[0] for path in ("/ping", "/in", "/benthos/ready", "/in")] == [200, 200, 200, 200])
        status, headers, body = ask(port, "/in", b"never", headers=bad)
        check("%s: a wrong one does not" % algorithm, status == 401 and body == b"Unauthorized\n", (status, body))
        check("%s: the answer says what is wanted" % algorithm, headers.get("WWW-Authenticate") == 'Basic realm="restricted", charset="UTF-8"', headers)
        check("%s: nor none, nor another name" % algorithm, (ask(port, "/metrics")[0], ask(port, "/in", b"never", headers=known("other", "geheim"))[0]) == (401, 401))
        check("%s: it ends well" % algorithm, riffle.end() == 0, "".join(riffle.log[-5:]))
    with open(os.path.join(work, "out"), "rb") as f:
        check("what was refused went nowhere", set(f.read().split()) == {b"x"})


def test_cors(work):
    port = free_port()
    riffle = start(work, port, {"cors": {"enabled": True, "allowed_origins": ["https://plant.example"]}})
    page = {"Origin": "https://plant.example"}
    for path in ("/ping", "/in", "/nope"):
        check("%s: the answer is for that page" % path, ask(port, path, b"y", headers=page)[1].get("Access-Control-Allow-Origin") == "https://plant.example")
        check("%s: and for no other" % path, "Access-Control-Allow-Origin" not in ask(port, path, b"y", headers={"Origin": "https://other.example"})[1])
    status, headers, _ = ask(port, "/in", method="OPTIONS", headers={**page, "Access-Control-Request-Method": "POST"})
    check("a browser may ask beforehand", status == 200 and headers.get("Access-Control-Allow-Origin") == "https://plant.example", (status, headers))
    check("it ends well", riffle.end() == 0, "".join(riffle.log[-5:]))


def figure_records(riffle, kind, name):
    return [line for line in list(riffle.log) if '"%s metric"' % kind in line and "name=%s " % name in line]


def test_metrics(work):
    port = free_port()
    mapping = 'root = if this.has_prefix("input") { deleted() } else { "x_" + this }\nmeta extra = "1"'
    riffle = start(work, port, {}, metrics={"logger": {"push_interval": "20ms"}, "mapping": mapping})
    check("a message is taken", ask(port, "/in", b"z")[0] == 200)
    series = 'x_output_sent{extra="1",label="",path="root.output"}'
    check("/metrics has the mapped names", wait_for(lambda: series.encode() + b" 1\n" in ask(port, "/metrics", method="GET")[2], 30), ask(port, "/metrics")[2])
    shown = ask(port, "/stats", method="GET")[2].decode()
    check("/stats too, and nothing that is hidden", json.loads(shown).get(series) == 1 and '"input' not in shown and '"x_input' not in shown, shown)
    check("they are logged while it runs", wait_for(lambda: any("value=1 " in line for line in figure_records(riffle, "Counter", "x_output_sent")), 30))
    check("timings have quantiles", wait_for(lambda: any("p50=" in line and "p99=" in line for line in figure_records(riffle, "Timing", "x_output_latency_ns")), 30))
    check("it ends well", riffle.end() == 0, "".join(riffle.log[-5:]))
    port = free_port()
    riffle = start(work, port, {}, metrics={"logger": {"push_interval": "1h"}, "mapping": mapping})
    check("a message is taken", ask(port, "/in", b"z")[0] == 200)
    check("it ends well", riffle.end() == 0, "".join(riffle.log[-5:]))
    after = riffle.log[max(i for i, line in enumerate(riffle.log) if "Pipeline has terminated" in line):]
    once = [record in after for record in figure_records(riffle, "Counter", "x_output_sent")]
    check("and once more at the end", once == [True], (once, after))


def test_none(work):
    port = free_port()
    riffle = start(work, port, {}, metrics={"none": {}})
    check("none: no figures", (ask(port, "/metrics")[0], ask(port, "/stats")[0], ask(port, "/ping")[0]) == (404, 404, 200))
    check("none: it ends well", riffle.end() == 0, "".join(riffle.log[-5:]))


def test_findings(work):
    path = os.path.join(work, "bad.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("http:\n  basic_auth:\n    enabled: true\n    username: a\n    password_hash: secret\n")
    told = subprocess.run([RIFFLE, "lint", path], capture_output=True, text=True, timeout=120).stderr
    check("a password in place of its hash is found", "bad.yaml(5,20) password_hash is not base64 of what sha256 makes" in told and "^" in told, told)


def main():
    with tempfile.TemporaryDirectory() as work:
        test_basic_auth(work)
        test_cors(work)
        test_metrics(work)
        test_none(work)
        test_findings(work)
    checks.end()


main()

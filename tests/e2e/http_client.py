#!/usr/bin/env python3
"""http_client.py RIFFLE: the http_client output and input and the http processor against Python's http.server.

Prints one line a check and ends with `N passed, N failed`. Needs: openssl.
"""
import gzip, json, os, queue, socket, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Peer, Riffle, ask, free_port, tls_context

RIFFLE = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
RESTS = {"retry_period": "20ms", "timeout": "2s"}


def ids(count):
    return "".join("id-%d\n" % i for i in range(count)).encode()


def sends(work, url, count=0, data=None, **fields):
    """Lines of a file, to that URL. The file is a fifo's stand-in: it ends."""
    path = os.path.join(work, "lines%d" % Riffle.count)
    with open(path, "wb") as f:
        f.write(data if data is not None else ids(count))
    config = {"http": {"enabled": False}, "input": {"file": {"paths": [path]}}, "output": {"http_client": {"url": url, **RESTS, **fields}}}
    return Riffle(RIFFLE, work, config)


def test_delivery(work):
    peer = Peer()
    riffle = sends(work, "http://127.0.0.1:%d/x" % peer.port, 3000)
    check("3000 messages are sent, and it ends", riffle.wait(60 * checks.slow) == 0, "".join(riffle.log[-3:]))
    check("each once", sorted(peer.bodies()) == sorted(ids(3000).split()), len(peer.bodies()))
    check("over connections that are kept", peer.connections <= 64, peer.connections)
    peer.stop()


def test_order(work):
    peer = Peer(lambda number, request: (500, {}, b"") if number % 7 == 3 else (200, {}, b""))
    riffle = sends(work, "http://127.0.0.1:%d/x" % peer.port, 100, max_in_flight=1)
    done = riffle.wait(60 * checks.slow)
    good = [request["body"] for number, request in enumerate(peer.requests) if number % 7 != 3]
    check("with max_in_flight 1 order is kept, failures between", done == 0 and good == ids(100).split(), (done, good[:10]))
    peer.stop()


def test_some_fail(work):
    """Of a batch what was answered is not sent again."""
    bad = threading.Event()
    peer = Peer(lambda number, request: (503, {}, b"") if request["body"] == b"id-5" and not bad.is_set() else (200, {}, b""))
    riffle = sends(work, "http://127.0.0.1:%d/x" % peer.port, 20, retries=1)
    wait_for(lambda: peer.bodies().count(b"id-5") >= 6, 20)
    bad.set()
    done = riffle.wait(60 * checks.slow)
    others = [body for body in peer.bodies() if body != b"id-5"]
    check("one that is refused for long holds nobody's place twice: the others are sent once", done == 0 and len(others) == len(set(others)) == 19,
          (done, len(others)))
    check("and the log says why", riffle.says("unexpected response code (503): 503 Service Unavailable"))
    peer.stop()


def test_request(work):
    peer = Peer(lambda number, request: (302, {"Location": "/there"}, b"") if request["path"] == "/go" else (200, {}, b""))
    url = "http://127.0.0.1:%d/" % peer.port
    script = {"processors": [{"nodered_js": {"code": "msg.site = msg.payload; return {payload: msg.payload, meta: {site: 'plant7', other: 'no'}};"}}]}
    fields = {"verb": "PUT", "headers": {"X-Site": "s-${! meta(\"site\") }", "Content-Type": "text/x"}, "metadata": {"include_prefixes": ["sit"]},
              "basic_auth": {"enabled": True, "username": "u", "password": "p"}}
    config = {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = \"hi\"", "count": 1, "interval": ""}}, "pipeline": script,
              "output": {"http_client": {"url": url + "${! meta(\"site\") }/x", **RESTS, **fields}}}
    riffle = Riffle(RIFFLE, work, config)
    check("a request is made of its message", riffle.wait(30 * checks.slow) == 0 and len(peer.requests) == 1, "".join(riffle.log))
    asked = peer.requests[0] if peer.requests else {"headers": {}, "path": "", "method": "", "body": b""}
    headers = asked["headers"]
    check("its URL, method, headers and metadata", asked["path"] == "/plant7/x" and asked["method"] == "PUT" and headers.get("X-Site") == "s-plant7" and
          headers.get("Content-Type") == "text/x" and headers.get("site") == "plant7" and headers.get("Authorization") == "Basic dTpw", asked)
    riffle = sends(work, url + "go", 1)
    check("a redirect is followed", riffle.wait(30 * checks.slow) == 0 and [r["path"] for r in peer.requests[1:]] == ["/go", "/there"])
    riffle = sends(work, url + "multi", 5, batch_as_multipart=True)
    check("a batch as one multipart request", riffle.wait(30 * checks.slow) == 0 and sum(r["body"].count(b"id-") for r in peer.requests[3:]) == 5 and
          "multipart/form-data" in peer.requests[3]["headers"]["Content-Type"], peer.requests[3:])
    peer.stop()


def test_parts(work):
    peer = Peer()
    url = "http://127.0.0.1:%d/" % peer.port
    part = {"content_type": "text/${! content() }", "content_disposition": 'form-data; name="v"', "body": "<${! content() }>"}
    riffle = sends(work, url, 2, multipart=[part, {"body": "x"}], headers={"Content-Type": "no"})
    done = riffle.wait(30 * checks.slow)
    kinds = [request["headers"]["Content-Type"] for request in peer.requests]
    bodies = sorted(request["body"].replace(kind.partition("boundary=")[2].encode(), b"MARK") for request, kind in zip(peer.requests, kinds))
    wanted = [b'--MARK\r\nContent-Type: text/id-%d\r\nContent-Disposition: form-data; name="v"\r\n\r\n<id-%d>\r\n--MARK\r\n\r\nx\r\n--MARK--\r\n' % (i, i) for i in range(2)]
    check("multipart: each message's request has the parts of the config", done == 0 and bodies == wanted, (done, kinds, bodies))
    check("multipart: what divides them is another in each", all(kind.startswith("multipart/form-data; boundary=") for kind in kinds) and len(set(kinds)) == 2, kinds)
    riffle = sends(work, url, data=b"a\tb\nfine\n", multipart=[{"content_type": "${! content().replace_all(\"\\t\", \"\\n\") }", "body": "x"}])
    done = riffle.wait(30 * checks.slow)
    check("multipart: a header with a line break fails its own message, no other", len(peer.requests) == 3 and riffle.says("character that headers may not have"),
          (done, peer.requests[2:], "".join(riffle.log)))
    riffle = sends(work, url, 1, multipart=[part], batch_as_multipart=True)
    check("multipart: not with batch_as_multipart", riffle.wait(30 * checks.slow) != 0 and riffle.says("exclude each other"), "".join(riffle.log))
    peer.stop()


def test_dump(work):
    peer = Peer(lambda number, request: (500, {"X-Why": "so"}, b"oops") if number == 0 else (200, {}, b"well"))
    url = "http://127.0.0.1:%d/d" % peer.port
    said = lambda riffle: [line for line in list(riffle.log) if "HTTP request and its answer" in line]
    riffle = sends(work, url, 1, dump_request_log_level="WARN", headers={"X-Site": "s7", "Authorization": "Bearer geheim"})
    done, lines = riffle.wait(30 * checks.slow), said(riffle)
    check("dump_request_log_level: each try is logged, with its answer", done == 0 and len(lines) == 2 and all(part in lines[0] for part in
          ("level=warn", "verb=POST", url, "X-Site: s7", "id-0", "500 Internal Server Error", "X-Why: so", "oops")) and "200 OK" in lines[1] and "well" in lines[1],
          (done, "".join(riffle.log)))
    check("dump_request_log_level: without who we say that we are", "geheim" not in "".join(riffle.log))
    riffle = sends(work, url, data=b"y" * 5000 + b"\n", dump_request_log_level="ERROR")
    check("dump_request_log_level: long texts are cut", riffle.wait(30 * checks.slow) == 0 and len(said(riffle)) == 1 and 2000 < said(riffle)[0].count("y") < 2100)
    for level in ("", "OFF", "TRACE"):
        riffle = sends(work, url, 1, dump_request_log_level=level)
        check("dump_request_log_level `%s`: nothing" % level, riffle.wait(30 * checks.slow) == 0 and not said(riffle), "".join(riffle.log))
    riffle = sends(work, "http://127.0.0.1:%d/" % free_port(), 1, dump_request_log_level="WARN")
    check("dump_request_log_level: no answer is said, too", wait_for(lambda: any("none: " in line and "onnect" in line for line in said(riffle)), 20), "".join(riffle.log))
    riffle.kill()
    peer.stop()


def test_bad_header(work):
    peer = Peer()
    config = {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = if counter() == 2 { \"a\\nEvil: 1\" } else { \"fine\" }", "count": 3, "interval": ""}},
              "output": {"http_client": {"url": "http://127.0.0.1:%d/" % peer.port, "headers": {"X": "${! content() }"}, **RESTS}}}
    riffle = Riffle(RIFFLE, work, config)
    done = riffle.wait(30 * checks.slow)
    check("a header with a line break fails its own message, no other", len(peer.requests) == 2 and "Evil" not in str(peer.requests) and
          riffle.says("character that headers may not have"), (done, peer.requests, "".join(riffle.log)))
    peer.stop()


def test_server_comes_and_goes(work):
    """Not there; then answers some and hangs up on some; stopped and started; paused: nothing is lost."""
    port = free_port()
    riffle = sends(work, "http://127.0.0.1:%d/x" % port, 2000, retries=0, timeout="1s", max_in_flight=16)
    wait_for(lambda: riffle.says("refused") or riffle.says("onnect"), 20)
    got, acked = [], set()
    for round in range(4):
        pause = threading.Event()

        def rule(number, request, round=round):
            if number % 11 == 5:
                return None
            if round == 1 and number == 40:
                pause.wait(2)
            acked.add(request["body"])
            return 200, {}, b""
        peer = Peer(rule, port)
        if round < 3:
            wait_for(lambda: len(peer.requests) > 150, 20)
        else:
            wait_for(lambda: riffle.process.poll() is not None, 60)
        peer.stop()
        pause.set()
        got += peer.bodies()
    check("a server that comes and goes: it ends when all is delivered", riffle.wait(60 * checks.slow) == 0, "".join(riffle.log[-3:]))
    check("nothing is lost", set(ids(2000).split()) <= acked, 2000 - len(acked))
    check("few come twice", len(got) - len(set(got)) < 1200, len(got) - len(set(got)))


def test_killed(work):
    """Killed while it sends: what the input was told is delivered is at the server. The input is a file that is deleted when all of it is."""
    peer = Peer()
    path = os.path.join(work, "kept")
    with open(path, "wb") as f:
        f.write(ids(3000))
    config = {"http": {"enabled": False}, "input": {"file": {"paths": [path], "delete_on_finish": True}},
              "output": {"http_client": {"url": "http://127.0.0.1:%d/" % peer.port, **RESTS}}}
    for i in range(4):
        before = len(peer.requests)
        riffle = Riffle(RIFFLE, work, config)
        wait_for(lambda: len(peer.requests) > before + 300, 20)
        riffle.kill()
    check("killed before the end, the file is still there", os.path.exists(path))
    riffle = Riffle(RIFFLE, work, config)
    check("and in the end all of it is delivered", riffle.wait(60 * checks.slow) == 0 and set(peer.bodies()) == set(ids(3000).split()) and not os.path.exists(path))
    peer.stop()


def test_slow_server(work):
    """A server ten times slower than the source: the memory stays flat."""
    def rule(number, request):
        time.sleep(0.002)
        return 200, {}, b""
    peer = Peer(rule)
    config = {"http": {"enabled": False}, "input": {"generate": {"mapping": "root.value = counter()", "interval": ""}},
              "output": {"http_client": {"url": "http://127.0.0.1:%d/" % peer.port, **RESTS}}}
    riffle = Riffle(RIFFLE, work, config)
    wait_for(lambda: len(peer.requests) > 500, 30)
    before = riffle.rss()
    wait_for(lambda: len(peer.requests) > 4000, 30)
    grown = riffle.rss() - before
    check("back-pressure: memory is flat", grown < 4 << 20 or checks.slow > 1, grown)
    check("and a stop drains", riffle.end(60 * checks.slow) == 0, "".join(riffle.log[-3:]))
    peer.stop()


def test_processor(work):
    def rule(number, request):
        if request["body"] == b"id-3":
            return 404, {}, b"none"
        return 200, {"X-Seen": "yes", "Content-Encoding": "gzip"}, gzip.compress(b"<" + request["body"] + b">")
    peer = Peer(rule)
    path = os.path.join(work, "asks")
    with open(path, "wb") as f:
        f.write(ids(50))
    for parallel in (False, True):
        http = {"url": "http://127.0.0.1:%d/" % peer.port, "retry_period": "5ms", "parallel": parallel, "extract_headers": {"include_patterns": ["^x-"]}}
        config = {"http": {"enabled": False}, "input": {"file": {"paths": [path]}}, "pipeline": {"threads": 2, "processors": [{"http": http}]},
                  "output": {"stdout": {"codec": "message"}}}
        riffle = Riffle(RIFFLE, work, config)
        done = riffle.wait(60 * checks.slow)
        said = [json.loads(line) for line in riffle.out]
        texts = [line.get("raw", line.get("payload")) for line in said]
        where = "parallel" if parallel else "one after the other"
        check("http, %s: answers take the payloads' places, in order" % where, done == 0 and
              texts == ["<id-%d>" % i if i != 3 else "id-3" for i in range(50)], (done, texts[:6]))
        check("http, %s: with status and headers as metadata" % where, said[0]["meta"].get("http_status_code") == 200 and said[0]["meta"].get("x-seen") == "yes" and
              said[3]["meta"].get("http_status_code") == 404, said[:4])
        check("http, %s: a 404 is tried four times, and told" % where, riffle.says("unexpected response code (404): 404 Not Found, Error: none"))
    check("http: 404 was asked for 8 times in all", peer.bodies().count(b"id-3") == 8)
    peer.stop()


def test_whole_batches(work):
    def parts(body, kind):
        mark = kind.partition("boundary=")[2].encode()
        return [part.partition(b"\r\n\r\n")[2][:-2] for part in body.split(b"--" + mark)[1:-1]]

    def rule(number, request):
        kind, body = request["headers"]["Content-Type"], request["body"]
        if request["path"] == "/one":
            return 200, {"X-Seen": "yes"}, b"+".join(parts(body, kind)) if "multipart" in kind else b"alone " + body
        if request["path"] == "/many":
            answers = [b"<" + part + b">" for part in parts(body, kind)] + [b"more"]
            return 200, {"Content-Type": "multipart/mixed; boundary=XX"}, b"".join(b"--XX\r\nA: b\r\n\r\n" + a + b"\r\n" for a in answers) + b"--XX--\r\n"
        return (200, {"Content-Type": "multipart/mixed; boundary=XX"}, b"--XX\r\n\r\nhalf") if request["path"] == "/broken" else (500, {}, b"no")
    peer = Peer(rule)

    def ask_about(path, size, count=4):
        http = {"url": "http://127.0.0.1:%d/%s" % (peer.port, path), "batch_as_multipart": True, "retries": 0, "extract_headers": {"include_patterns": ["^x-"]}}
        config = {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = \"m\" + counter().string()\nmeta n = counter().string()", "interval": "", "count": count, "batch_size": size}},
                  "pipeline": {"threads": 1, "processors": [{"http": http}]}, "output": {"stdout": {"codec": "message"}}}
        riffle = Riffle(RIFFLE, work, config)
        check("batch_as_multipart, %s: it ends" % path, riffle.wait(60 * checks.slow) == 0, "".join(riffle.log[-3:]))
        said = [json.loads(line) for line in riffle.out]
        return riffle, [line.get("raw", line.get("payload")) for line in said], [line["meta"] for line in said]
    _, texts, metas = ask_about("one", 2)
    check("batch_as_multipart: one request a batch, and its answer in its place", texts == ["m1+m2", "m3+m4"] and all(m["x-seen"] == "yes" and m["http_status_code"] == 200 for m in metas)
          and metas[0]["n"] != metas[1]["n"], (texts, metas))
    check("batch_as_multipart: a message alone is sent as it is", ask_about("one", 1, 2)[1] == ["alone m1", "alone m2"])
    _, texts, metas = ask_about("many", 2)
    check("batch_as_multipart: of a multipart answer each part is a message", texts == ["<m1>", "<m2>", "more", "<m3>", "<m4>", "more"] and
          metas[0]["n"] == metas[2]["n"] != metas[1]["n"], (texts, metas))
    for path, why in (("broken", "the parts of the answer are broken"), ("refused", "unexpected response code (500)")):
        riffle, texts, metas = ask_about(path, 2)
        check("batch_as_multipart, %s: all go on as they were, and why is told" % path, texts == ["m1", "m2", "m3", "m4"] and riffle.says(why), (texts, "".join(riffle.log)))
    peer.stop()


def test_input(work):
    answers = [b"a", b"", b"b"]
    peer = Peer(lambda number, request: (200, {"ETag": "e%d" % number}, answers[number] if number < len(answers) else b""))
    config = {"http": {"enabled": False}, "input": {"http_client": {"url": "http://127.0.0.1:%d/poll" % peer.port, "extract_headers": {"include_prefixes": ["etag"]}}},
              "output": {"stdout": {"codec": "message"}}}
    riffle = Riffle(RIFFLE, work, config)
    wait_for(lambda: len(riffle.out) >= 2, 20)
    time.sleep(1)
    said = [json.loads(line) for line in riffle.out]
    check("input: each answer with a body is a message", [line["raw"] for line in said] == ["a", "b"] and said[1]["meta"].get("etag") == "e2", said)
    check("input: empty answers are no busy loop", len(peer.requests) < 12 and peer.requests[0]["method"] == "GET", len(peer.requests))
    check("input: a stop ends the waiting", riffle.end(10 * checks.slow) == 0)
    peer.stop()


def test_example(work):
    """examples/http-relay.yaml, with other ports."""
    peer, port = Peer(lambda number, request: (500, {}, b"") if b"13" in request["body"] else (200, {}, b"")), free_port()
    with open(os.path.join(ROOT, "examples", "http-relay.yaml")) as f:
        text = f.read().replace(":4195", ":%d" % port).replace(":4196", ":%d" % peer.port).replace("retry_period: 1s", "retry_period: 10ms")
    riffle = Riffle(RIFFLE, work, text)
    wait_for(lambda: riffle.says("input http_server is active"), 20)
    good = ask(port, "/sites/plant7/values", b'{"value": 21}')[0]
    check("the example relays, and answers when it is delivered", good == 200 and peer.requests[0]["path"] == "/in/plant7" and
          json.loads(peer.requests[0]["body"]) == {"value": 21, "celsius": 21}, (good, peer.requests, "".join(riffle.log)))
    check("the example drops what is no value", ask(port, "/sites/plant7/values", b'{"value": "x"}')[0] == 200 and len(peer.requests) == 1)
    refused = ask(port, "/sites/plant7/values", b'{"value": 13}')
    check("the example tells who posts what the other server would not take, and no more", refused[0] in (502, 408) and b"500" not in refused[2], refused)
    riffle.kill()
    peer.stop()


class Speaker:
    """A server whose answer does not end: says what it is given, and ends or breaks off when it is told to."""

    def __init__(self, status=b"200 OK"):
        self.status, self.heads, self.talks = status, [], queue.Queue()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = connection.recv(4096)
                    if not more:
                        break
                    head += more
                self.heads.append(head)
                try:
                    connection.sendall(b"HTTP/1.1 " + self.status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
                    for said in iter(self.talks.get, b"break"):
                        connection.sendall(b"%x\r\n%s\r\n" % (len(said), said))
                        if not said:
                            break
                except OSError:
                    pass

    def say(self, *texts):
        for text in texts:
            self.talks.put(text)


def listens(work, speaker, **fields):
    more = fields.pop("more", {})
    return Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"http_client": {"url": "http://127.0.0.1:%d/s" % speaker.port, "timeout": "20s",
                                 "stream": {"enabled": True, **fields}, **more}}, "output": {"stdout": {}}})


def said(riffle):
    return [line.rstrip("\n") for line in list(riffle.out)]


def test_stream(work):
    speaker = Speaker()
    riffle = listens(work, speaker)
    speaker.say(b"a\nb", b"b\n")
    check("stream: lines come as they are said", wait_for(lambda: said(riffle) == ["a", "bb"], 30), (said(riffle), riffle.log[-3:]))
    many = ["id-%d %s" % (i, "x" * (i % 3000)) for i in range(5000)]
    text = "".join(line + "\n" for line in many).encode()
    speaker.say(*(text[i:i + 70000] for i in range(0, len(text), 70000)), b"")
    check("stream: many of them", wait_for(lambda: len(said(riffle)) >= 5002, 60) and said(riffle)[2:] == many, (len(said(riffle)), riffle.log[-3:]))
    speaker.say(b"again\n")
    check("stream: the request is made again when the server has ended it", wait_for(lambda: said(riffle)[-1:] == ["again"], 30), riffle.log[-3:])
    speaker.say(b"more\n", b"break", b"last\n")
    check("stream: and when it broke off", wait_for(lambda: said(riffle)[-1:] == ["last"], 60) and len(speaker.heads) == 3, riffle.log[-3:])
    check("stream: ends well", riffle.end() == 0, riffle.log[-3:])
    speaker = Speaker()
    riffle = listens(work, speaker, reconnect=False, scanner={"json_documents": {}}, more={"verb": "POST", "payload": "please"})
    speaker.say(b'{"a":1} {"a"', b":2}", b"")
    check("stream: another scanner, and no second request", riffle.wait(60 * checks.slow) == 0 and [json.loads(line) for line in said(riffle)] == [{"a": 1}, {"a": 2}] and
          len(speaker.heads) == 1 and speaker.heads[0].startswith(b"POST /s ") and b"Content-Length: 6" in speaker.heads[0], (said(riffle), speaker.heads, riffle.log[-3:]))
    speaker = Speaker(b"403 Forbidden")
    speaker.say(b"not you", b"", b"not you", b"")
    riffle = listens(work, speaker)
    check("stream: a refusal is told, and no message", wait_for(lambda: riffle.says("403 Forbidden, Error: not you"), 30) and said(riffle) == [], riffle.log[-3:])
    check("stream: and it can be stopped then", riffle.end() == 0, riffle.log[-3:])
    # An output that does not take anything holds the server up, and not in our memory.
    speaker = Speaker()
    fifo = os.path.join(work, "held")
    os.mkfifo(fifo)
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"http_client": {"url": "http://127.0.0.1:%d/s" % speaker.port, "stream": {"enabled": True}}},
                                   "output": {"file": {"path": fifo}}})
    line = b"y" * 999 + b"\n"
    speaker.say(*[line * 1000] * 100)
    wait_for(lambda: speaker.talks.qsize() < 100, 30)
    time.sleep(1)
    check("stream: a server is held up by who does not take its messages", not speaker.talks.empty())
    with open(fifo, "rb") as f:
        got = sum(1 for _ in zip(range(100000), f))
    check("stream: and nothing of it is lost", got == 100000, got)
    riffle.kill()


def certificates(folder):
    script = os.path.join(ROOT, "tests", "servers", "certs.sh")
    return subprocess.run(["sh", script, folder], capture_output=True, text=True)


def test_tls(work):
    made = os.path.join(work, "certs")
    said = certificates(made)
    if not check("certificates are made", said.returncode == 0, said.stderr):
        return
    ca, ca_key, cert, key, client_cert, client_key, other = (os.path.join(made, name) for name in (
        "ca.pem", "ca.key", "server.pem", "server.key", "client.pem", "client.key", "other.pem"))
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*make, "-subj", "/CN=client", "-CA", ca, "-CAkey", ca_key, "-keyout", client_key, "-out", client_cert], capture_output=True)
    subprocess.run([*make, "-subj", "/CN=other", "-keyout", os.devnull, "-out", other], capture_output=True)
    peer = Peer(tls=tls_context(cert, key))
    url = "https://localhost:%d/" % peer.port
    riffle = sends(work, url, 10, tls={"enabled": True, "root_cas_file": ca})
    check("TLS with our authority", riffle.wait(30 * checks.slow) == 0 and len(peer.requests) == 10, "".join(riffle.log[-3:]))
    for name, tls in (("the system's authorities do not know it", {"enabled": True}), ("nor does another one", {"enabled": True, "root_cas_file": other})):
        riffle = sends(work, url, 1, tls=tls)
        check("TLS: " + name, wait_for(lambda: riffle.says("certificate"), 20) and len(peer.requests) == 10, "".join(riffle.log[-3:]))
        riffle.kill()
    riffle = sends(work, url, 1, tls={"enabled": True, "skip_cert_verify": True})
    check("TLS: unless it is told not to look", riffle.wait(30 * checks.slow) == 0 and len(peer.requests) == 11)
    peer.stop()
    peer = Peer(tls=tls_context(cert, key, ca))
    url = "https://localhost:%d/" % peer.port
    riffle = sends(work, url, 1, tls={"enabled": True, "root_cas_file": ca})
    check("a server that wants a certificate of ours refuses us without", wait_for(lambda: riffle.says("root.output") and riffle.says("ailed"), 20) and not peer.requests, "".join(riffle.log[-3:]))
    riffle.kill()
    riffle = sends(work, url, 3, tls={"enabled": True, "root_cas_file": ca, "client_certs": [{"cert_file": client_cert, "key_file": client_key}]})
    check("and takes us with it", riffle.wait(30 * checks.slow) == 0 and len(peer.requests) == 3, "".join(riffle.log[-3:]))
    peer.stop()


with tempfile.TemporaryDirectory() as work:
    for test in (test_delivery, test_order, test_some_fail, test_request, test_parts, test_dump, test_bad_header, test_server_comes_and_goes, test_killed, test_slow_server,
                 test_processor, test_whole_batches, test_input, test_example, test_stream, test_tls):
        test(work)
checks.end()

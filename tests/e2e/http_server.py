#!/usr/bin/env python3
"""http_server.py RIFFLE: the http_server input with clients of other makes: Python's http.client, raw sockets.

Prints one line a check and ends with `N passed, N failed`.
"""
import os, socket, sys, tempfile, threading, time

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Peer, Riffle, ask, free_port

RIFFLE = os.path.abspath(sys.argv[1])
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1


def start(work, output, service=True, pipeline=None, **fields):
    port = free_port()
    config = {"http": {"enabled": True, "address": "127.0.0.1:%d" % (port if service else free_port())},
              "input": {"http_server": {"path": "/in", **fields}}, "output": output}
    if pipeline:
        config["pipeline"] = {"processors": pipeline}
    if not service:
        config["input"]["http_server"]["address"] = "127.0.0.1:%d" % port
    riffle = Riffle(RIFFLE, work, config)
    if not wait_for(lambda: riffle.says("input http_server is active"), 20):
        print("".join(riffle.log))
    return riffle, port


def lines(path):
    try:
        with open(path, "rb") as f:
            return f.read().splitlines()
    except OSError:
        return []


def at_once(count, ask_one):
    """Calls ask_one(i) for each i, all in threads of their own; the results."""
    results = [None] * count

    def one(i):
        results[i] = ask_one(i)
    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def test_statuses(work, service):
    where = "the service's port" if service else "an address of its own"
    out = os.path.join(work, "statuses-%s" % service)
    riffle, port = start(work, {"file": {"path": out}}, service, max_body_size="64KiB", allowed_verbs=["POST", "PUT"])
    check("%s: a message is delivered before the answer" % where, ask(port, "/in", b"one")[0] == 200 and lines(out) == [b"one"])
    check("%s: PUT is taken, GET is not" % where, ask(port, "/in", b"two", "PUT")[0] == 200 and ask(port, "/in", method="GET")[0] == 405)
    status, headers, _ = ask(port, "/in", b"x", "DELETE")
    check("%s: 405 says what is allowed" % where, status == 405 and headers.get("Allow") == "POST, PUT", headers)
    check("%s: a body that is too large is refused" % where, ask(port, "/in", b"x" * 100000)[0] in (413, 0))
    raw = socket.create_connection(("127.0.0.1", port))
    raw.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"4000\r\n" + b"y" * 0x4000 + b"\r\n") * 6 + b"0\r\n\r\n")
    check("%s: nor one that does not say how long it is" % where, b" 413 " in raw.recv(100))
    raw.close()
    check("%s: the largest that is allowed passes" % where, ask(port, "/in", b"z" * 65536)[0] == 200)
    check("%s: another path is not found" % where, ask(port, "/out", b"x")[0] == 404)
    broken = ask(port, "/in", b"--B\r\n\r\nhalf", headers={"Content-Type": "multipart/form-data; boundary=B"})
    check("%s: a multipart body that breaks off is refused, and nothing of it passes" % where, broken[0] == 400 and b"half" not in lines(out))
    body = b"".join(b"--B\r\n\r\npart %d\r\n" % i for i in range(600)) + b"--B--\r\n"
    good = ask(port, "/in", body, headers={"Content-Type": "multipart/form-data; boundary=B"})
    check("%s: 600 parts are 600 messages" % where, good[0] == 200 and lines(out)[-600:] == [b"part %d" % i for i in range(600)])
    check("%s: ends well" % where, riffle.end() == 0, "".join(riffle.log[-5:]))


def test_many(work):
    out = os.path.join(work, "many")
    riffle, port = start(work, {"file": {"path": out}})
    answers = at_once(200, lambda i: ask(port, "/in", b"m%d" % i)[0])
    check("200 clients at once are answered", answers == [200] * 200, answers)
    check("each message is there once", sorted(lines(out)) == sorted(b"m%d" % i for i in range(200)))
    threads = len(os.listdir("/proc/%d/task" % riffle.process.pid))
    check("without a thread each", threads < 40, threads)
    riffle.end()


def test_slow_clients(work):
    out = os.path.join(work, "slow")
    riffle, port = start(work, {"file": {"path": out}})
    slow = []
    for i in range(100):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n" + (b"\r\nhalf" if i % 2 else b"X-Half: "))
        slow.append(s)
    check("100 clients that do not go on hold nobody up", [ask(port, "/in", b"m%d" % i)[0] for i in range(5)] == [200] * 5)
    for s in slow:
        s.close()
    check("and when they hang up nothing of theirs passes", ask(port, "/in", b"last")[0] == 200 and len(lines(out)) == 6)
    check("ends well", riffle.end() == 0)


def test_timeout_and_bounds(work):
    """The output's server does not answer: requests wait, in bounds, and time out; then it answers."""
    go_on = threading.Event()

    def rule(number, request):
        go_on.wait(60)
        return 200, {}, b""
    # A fifo that nobody reads stands for an output that is stuck.
    fifo = os.path.join(work, "stuck")
    os.mkfifo(fifo)
    riffle, port = start(work, {"file": {"path": fifo}}, timeout="1s", max_in_flight=5)
    answers = sorted(at_once(8, lambda i: ask(port, "/in", b"t%d" % i)[0]))
    check("what cannot be delivered is answered in time, and too many are refused", set(answers) == {408, 503} and answers.count(503) == 3, answers)
    with open(fifo, "rb") as f:
        got = f.readline()
        check("what was on its way goes on when the output does", got.startswith(b"t"), got)
        riffle.end()
    go_on.set()


def test_end(work):
    """Requests whose messages cannot be written when it stops are told so."""
    riffle, port = start(work, {"file": {"path": "/dev/full"}}, timeout="60s")
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(ask(port, "/in", b"e%d" % i)[0])) for i in range(20)]
    for thread in threads:
        thread.start()
    wait_for(lambda: riffle.says("Failed to send message"))
    riffle.process.terminate()
    wait_for(lambda: riffle.says("stopping"))
    riffle.process.terminate()
    status = riffle.wait(60)
    for thread in threads:
        thread.join(30)
    check("a stop that gives up says so to each client", len(results) == 20 and set(results) <= {502, 503, 0} and 502 in results and status in (0, 1),
          (results, status))


def test_rejected(work):
    """Who sends is told what `reject` says; what a peer or a script says is nobody's outside."""
    cases = [{"check": 'this.v == "held"', "output": {"http_client": {"url": "http://127.0.0.1:%d/secret" % free_port(), "retries": 0, "timeout": "1s"}}},
             {"check": 'this.v == "thrown"', "output": {"reject_errored": {"drop": {}}}},
             {"check": "true", "output": {"reject": '${! this.v } is not wanted'}}]
    riffle, port = start(work, {"switch": {"cases": cases}}, pipeline=[{"mapping": 'root = if this.v == "thrown" { throw("secret") } else { this }'}])
    check("the text of reject is the answer", ask(port, "/in", b'{"v":"that"}')[::2] == (502, b"that is not wanted\n"))
    long = ask(port, "/in", b'{"v":"%s"}' % (b"x" * 1000))
    check("a long one is cut", long[0] == 502 and 100 < len(long[2]) < 300 and set(long[2]) == {ord("x"), ord("\n")}, long)
    for value in (b"held", b"thrown"):
        told = ask(port, "/in", b'{"v":"%s"}' % value)[::2]
        check("%s: no word of why" % value.decode(), told == (502, b"the message was not delivered\n"), told)
    answers = at_once(20, lambda i: (i, ask(port, "/in", b'{"v":"%d"}' % i)[2]))
    check("each is told of its own alone", all(body in (b"%d is not wanted\n" % i, b"the message was not delivered\n") for i, body in answers), answers)
    check("it ends well after it rejected", riffle.end() == 0, "".join(riffle.log[-5:]))


def test_kill(work):
    """Killed at random while clients post: what was answered with 200 is in the file."""
    out, acked, lock, stop = os.path.join(work, "killed"), set(), threading.Lock(), threading.Event()
    port = free_port()
    config = {"http": {"address": "127.0.0.1:%d" % port}, "input": {"http_server": {"path": "/in"}}, "output": {"file": {"path": out}}}

    def client(name):
        n = 0
        while not stop.is_set():
            n += 1
            if ask(port, "/in", b"%d-%d" % (name, n), timeout=10)[0] == 200:
                with lock:
                    acked.add(b"%d-%d" % (name, n))
            else:
                time.sleep(0.01)
    threads = [threading.Thread(target=client, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for round in range(8):
        before = len(acked)
        riffle = Riffle(RIFFLE, work, config)
        wait_for(lambda: len(acked) > before + 50, 20)
        riffle.kill()
    stop.set()
    for thread in threads:
        thread.join(30)
    there = set(lines(out))
    check("killed 8 times: nothing that was answered with 200 is lost", len(acked) > 400 and acked <= there, (len(acked), len(acked - there)))


def test_memory(work):
    riffle, port = start(work, {"drop": {}})
    at_once(8, lambda i: [ask(port, "/in", b"x" * 200000) for _ in range(20)])
    before = riffle.rss()
    at_once(8, lambda i: [ask(port, "/in", b"x" * 200000) for _ in range(100)])
    grown = riffle.rss() - before
    check("800 requests of 200 kB leave the memory flat", grown < 8 << 20 or checks.slow > 1, grown)
    riffle.end()


def test_output(work):
    """The output http_server: each message to one who asks."""
    port = free_port()
    path = os.path.join(work, "given")
    with open(path, "wb") as f:
        f.write(b"".join(b"g-%d\n" % i for i in range(300)))
    config = {"http": {"address": "127.0.0.1:%d" % port}, "input": {"file": {"paths": [path]}, "batching": {"count": 1}},
              "output": {"http_server": {"path": "/next", "timeout": "1s"}}}
    riffle = Riffle(RIFFLE, work, config)
    wait_for(lambda: riffle.says("output http_server is active"), 20)
    for i in range(20):  # who hangs up before the answer leaves the message to the next one
        s = socket.create_connection(("127.0.0.1", port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        s.sendall(b"GET /nex")
        s.close()
    check("output: POST is not taken", ask(port, "/next", b"x")[0] == 405)
    got, lock = [], threading.Lock()

    def asker(i):
        while True:
            status, _, body = ask(port, "/next", method="GET", timeout=20)
            if status != 200:
                return status
            with lock:
                got.append(body)
    ends = at_once(8, asker)
    check("output: 8 who ask get each message once", sorted(got) == sorted(b"g-%d" % i for i in range(300)), (len(got), len(set(got))))
    check("output: and are told when there are no more", set(ends) <= {503, 0} and riffle.wait(30 * checks.slow) == 0, ends)
    riffle = Riffle(RIFFLE, work, {**config, "input": {"generate": {"mapping": "root = 1", "interval": "1h", "count": 2}}})
    wait_for(lambda: riffle.says("output http_server is active"), 20)
    check("output: who asks when there is none is told so in time", ask(port, "/next", method="GET")[0] == 200 and ask(port, "/next", method="GET")[0] == 408)
    riffle.end()


def cors_is_kept(what, port, path, method, body):
    page, other = {"Origin": "https://plant.example"}, {"Origin": "https://other.example"}
    status, headers, _ = ask(port, path, body, method, headers=page)
    check("%s: an answer is for pages of the site that may ask" % what, status == 200 and headers.get("Access-Control-Allow-Origin") == page["Origin"]
          and headers.get("Vary") == "Origin", (status, headers))
    check("%s: and for those of no other" % what, "Access-Control-Allow-Origin" not in ask(port, path, body, method, headers=other)[1])
    status, headers, _ = ask(port, "/nope", method="GET", headers=page)
    check("%s: one that is not found, too" % what, (status, headers.get("Access-Control-Allow-Origin")) == (404, page["Origin"]), (status, headers))
    asks = {"Access-Control-Request-Method": "PUT"}
    status, headers, _ = ask(port, path, method="OPTIONS", headers={**page, **asks})
    check("%s: a browser may ask beforehand" % what, status == 200 and headers.get("Access-Control-Allow-Methods") == "PUT"
          and headers.get("Access-Control-Allow-Origin") == page["Origin"], (status, headers))
    check("%s: and hears nothing for another page" % what, "Access-Control-Allow-Origin" not in ask(port, path, method="OPTIONS", headers={**other, **asks})[1])


def test_cors(work):
    """Ports of their own, for web pages of two sites."""
    cors = {"enabled": True, "allowed_origins": ["https://plant.example", "https://second.example"]}
    out = os.path.join(work, "from-pages")
    riffle, port = start(work, {"file": {"path": out}}, service=False, cors=cors)
    cors_is_kept("cors, input", port, "/in", "POST", b"x")
    check("cors, input: what was asked beforehand is no message", lines(out) == [b"x", b"x"], lines(out))
    riffle.end()
    port = free_port()
    riffle = Riffle(RIFFLE, work, {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = 1", "interval": "1ms", "count": 100}},
                                   "output": {"http_server": {"address": "127.0.0.1:%d" % port, "cors": cors}}})
    wait_for(lambda: riffle.says("output http_server is active"), 20)
    cors_is_kept("cors, output", port, "/get", "GET", None)
    riffle.end()


def test_shared_port(work):
    port = free_port()

    def one(share):
        return Riffle(RIFFLE, work, {"http": {"enabled": False}, "output": {"drop": {}}, "input": {"http_server": {
            "address": "127.0.0.1:%d" % port, "path": "/in", "tcp": {"reuse_port": share}, "ws_path": "/in/ws"}}})
    first, second = one(True), one(True)
    check("tcp.reuse_port: two share a port", wait_for(lambda: all(r.says("serving HTTP messages at") for r in (first, second)), 20), second.log)
    check("tcp.reuse_port: and both serve it", all(ask(port, "/in", b"x")[0] == 200 for _ in range(20)))
    third = one(False)
    check("tcp.reuse_port: who does not say so cannot", wait_for(lambda: third.says("cannot listen"), 20), third.log)
    check("ws_path: that it is not served is said", first.says("ws_path is not served") and ask(port, "/in/ws", method="GET")[0] == 404, first.log)
    for riffle in (first, second, third):
        riffle.kill()


def test_sync_response(work):
    script = {"nodered_js": {"code": "msg.payload = 2 * msg.payload; msg.meta.st = msg.payload == 26 ? '418' : '201'; msg.meta.k1 = 'v'; return msg;"}}
    response = {"status": "${! meta(\"st\") }", "headers": {"X-Double": "${! content() }", "Content-Type": "text/x"}, "metadata_headers": {"include_patterns": ["^k"]}}
    riffle, port = start(work, {"sync_response": {}}, pipeline=[script], sync_response=response)
    status, headers, body = ask(port, "/in", b"21")
    check("sync_response: the messages are the answer", (status, body, headers.get("X-Double"), headers.get("Content-Type"), headers.get("k1")) ==
          (201, b"42", "42", "text/x", "v"), (status, headers, body))
    check("sync_response: the message says the status", ask(port, "/in", b"13")[0] == 418)
    several = ask(port, "/in", b"--B\r\n\r\n1\r\n--B\r\n\r\n2\r\n--B--\r\n", headers={"Content-Type": "multipart/form-data; boundary=B"})
    check("sync_response: several are a multipart answer", several[0] == 201 and several[1]["Content-Type"].startswith("multipart/form-data; boundary=") and
          b"\r\n\r\n2\r\n" in several[2] and b"\r\n\r\n4\r\n" in several[2], several)
    check("sync_response: many at once get each its own", at_once(100, lambda i: ask(port, "/in", b"%d" % (i + 100))[2]) == [b"%d" % (2 * i + 200) for i in range(100)])
    riffle.end()
    out = os.path.join(work, "answered")
    riffle, port = start(work, {"file": {"path": out}}, pipeline=[script, {"sync_response": {}}])
    check("sync_response as a processor: the message goes on as well", ask(port, "/in", b"4")[2] == b"8" and lines(out) == [b"8"])
    riffle.end()
    riffle, port = start(work, {"sync_response": {}}, pipeline=[script], sync_response={"status": "no"})
    check("sync_response: an answer that cannot be made is told, and a plain one given", ask(port, "/in", b"4")[::2] == (200, b"") and riffle.says("status `no`"))
    riffle.end()


with tempfile.TemporaryDirectory() as work:
    test_cors(work)
    test_shared_port(work)
    test_sync_response(work)
    test_output(work)
    test_statuses(work, True)
    test_statuses(work, False)
    test_many(work)
    test_slow_clients(work)
    test_timeout_and_bounds(work)
    test_end(work)
    test_rejected(work)
    test_kill(work)
    test_memory(work)
checks.end()

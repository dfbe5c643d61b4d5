#!/usr/bin/env python3
"""transport.py RIFFLE: socket, socket_server, subprocess and command against Python's sockets and real programs (cat, sed, sh).

Prints one line a check and ends with `N passed, N failed`.
"""
import json, os, signal, socket, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Riffle, free_port

RIFFLE = os.path.abspath(sys.argv[1])
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
QUIET = {"http": {"enabled": False}}


def ids(count, start=0):
    return ["id-%d" % i for i in range(start, start + count)]


def run(work, input, output, pipeline=None, **more):
    config = {**QUIET, "input": input, "output": output, **more}
    if pipeline:
        config["pipeline"] = {"threads": 1, "processors": pipeline}
    return Riffle(RIFFLE, work, config)


def lines_file(work, lines):
    path = os.path.join(work, "lines%d" % Riffle.count)
    with open(path, "w") as f:
        f.write("".join(line + "\n" for line in lines))
    return {"file": {"paths": [path]}}


def said(riffle):
    return [line.rstrip("\n") for line in list(riffle.out)]


class Listener:
    """Takes connections and keeps what each says. `after`: hangs up after so many bytes, at the first connection."""

    def __init__(self, address, after=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(address)
        self.socket.listen(16)
        self.got, self.after = [], after
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            mine = bytearray()
            self.got.append(mine)
            while True:
                more = connection.recv(4096)
                mine += more
                if not more or (self.after and len(mine) >= self.after):
                    break
            self.after = None
            connection.close()

    def lines(self):
        return [line for mine in self.got for line in bytes(mine).decode().split("\n") if line]


def test_output_stream(work):
    for name, network in (("TCP", "tcp"), ("a Unix socket", "unix")):
        port = free_port()
        address = ("127.0.0.1", port) if network == "tcp" else os.path.join(work, "out.sock")
        text = "127.0.0.1:%d" % port if network == "tcp" else address
        riffle = run(work, lines_file(work, ids(1000)), {"socket": {"network": network, "address": text}})
        check("output, %s: nobody there is told, and waited for" % name, wait_for(lambda: riffle.says("connect"), 20) and riffle.process.poll() is None)
        listener = Listener(address)
        check("output, %s: then all comes" % name, riffle.wait(60 * checks.slow) == 0 and wait_for(lambda: listener.lines() == ids(1000)), len(listener.lines()))
        listener.socket.close()


def test_output_broken(work):
    """The other side hangs up on the way: what is written afterwards goes to the next connection; nothing written later is lost."""
    port = free_port()
    listener = Listener(("127.0.0.1", port), after=2000)
    feed = subprocess.PIPE
    riffle = Riffle(RIFFLE, work, {**QUIET, "input": {"stdin": {}}, "output": {"socket": {"network": "tcp", "address": "127.0.0.1:%d" % port}}}, stdin=feed)
    for line in ids(400):
        riffle.process.stdin.write((line + "\n").encode())
        riffle.process.stdin.flush()
        time.sleep(0.002)
    riffle.process.stdin.close()
    done = riffle.wait(60 * checks.slow)
    wait_for(lambda: "id-399" in listener.lines())
    lost = [line for line in ids(400) if line not in listener.lines()]
    check("output: a connection that is cut is made again", done == 0 and len(listener.got) == 2 and "id-399" in listener.lines(), (done, len(listener.got)))
    check("output: what is lost is no more than what the system had taken at that instant", len(lost) < 60, len(lost))
    listener.socket.close()


def test_output_udp(work):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(10)
    riffle = run(work, lines_file(work, ids(50) + ["x" * 66000, "end"]), {"socket": {"network": "udp", "address": "127.0.0.1:%d" % receiver.getsockname()[1], "codec": "append"}})
    # Lines over 65536 bytes never come out of the file, so what is too large for a datagram is between the two bounds.
    got = [receiver.recv(70000).decode() for _ in range(51)]
    check("output, UDP: each message is a datagram", riffle.wait(30 * checks.slow) == 0 and got == ids(50) + ["end"], got[-3:])
    riffle = run(work, lines_file(work, ["y" * 65530, "end"]), {"socket": {"network": "udp", "address": "127.0.0.1:%d" % receiver.getsockname()[1], "codec": "append"}})
    check("output, UDP: one that is too large for a datagram fails alone", receiver.recv(70000) == b"end" and riffle.wait(30 * checks.slow) == 0 and
          riffle.says("too many for a datagram"), "".join(riffle.log))
    receiver.close()


def serve_once(server, parts, close=True):
    connection, _ = server.accept()
    for part in parts:
        connection.sendall(part)
        time.sleep(0.05)
    if close:
        connection.close()
    return connection


def test_input(work):
    server = socket.create_server(("127.0.0.1", 0))
    riffle = run(work, {"socket": {"network": "tcp", "address": "127.0.0.1:%d" % server.getsockname()[1]}}, {"stdout": {}})
    serve_once(server, [b"one\ntw", b"o\r\nthree"])
    serve_once(server, [b"four\n"], close=False)
    check("input: lines, over connections that end", wait_for(lambda: said(riffle) == ["one", "two", "three", "four"], 20), said(riffle))
    check("input: a stop ends the waiting", riffle.end(10 * checks.slow) == 0)
    server.close()


def test_server_stream(work):
    for network in ("tcp", "unix"):
        port = free_port()
        path = os.path.join(work, "in.sock")
        if network == "unix":
            stale = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            stale.bind(path)
            stale.close()  # its file stays
        riffle = run(work, {"socket_server": {"network": network, "address": "127.0.0.1:%d" % port if network == "tcp" else path}}, {"stdout": {}})
        check("server, %s: listens, also where a dead one left its file" % network, wait_for(lambda: riffle.says("receiving"), 20), "".join(riffle.log))

        def dial():
            if network == "tcp":
                return socket.create_connection(("127.0.0.1", port))
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.connect(path)
            return s
        guests = [dial() for _ in range(50)]
        for i, guest in enumerate(guests):
            guest.sendall(b"a-%d\nhalf-" % i)
        for i, guest in enumerate(guests):
            guest.sendall(b"b-%d\nrest-%d" % (i, i))
        for guest in guests:
            guest.close()
        expected = sorted("%s%d" % (kind, i) for i in range(50) for kind in ("a-", "half-b-", "rest-"))
        check("server, %s: 50 clients at once, their lines never mixed" % network, wait_for(lambda: len(riffle.out) >= 150, 20) and sorted(said(riffle)) == expected, len(riffle.out))
        cut = dial()
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        cut.sendall(b"cut")
        cut.close()
        last = dial()
        last.sendall(b"last\n")
        check("server, %s: one that breaks off disturbs nobody" % network, wait_for(lambda: "last" in said(riffle), 20))
        check("server, %s: ends well" % network, riffle.end(20 * checks.slow) == 0 and not (network == "unix" and os.path.exists(path)))


def test_server_address(work):
    told = os.path.join(work, "told")
    os.mkdir(told)
    more = {"cache_resources": [{"label": "places", "file": {"directory": told}}]}
    for label, key in (("", "socket_server_address"), ("lines", "lines_address")):
        source = {"label": label, "socket_server": {"network": "tcp", "address": "127.0.0.1:0", "address_cache": "places", "tcp": {"reuse_port": True}}}
        riffle = run(work, source, {"stdout": {}}, **more)
        path = os.path.join(told, key)
        check("server: address_cache has it as %s" % key, wait_for(lambda: os.path.exists(path) and open(path).read().startswith("127.0.0.1:"), 20), "".join(riffle.log))
        address = open(path).read()
        second = run(work, {"socket_server": {"network": "tcp", "address": address, "tcp": {"reuse_port": True}}}, {"stdout": {}})
        third = run(work, {"socket_server": {"network": "tcp", "address": address}}, {"stdout": {}})
        check("server: tcp.reuse_port shares it with those that say so", wait_for(lambda: second.says("receiving") and third.says("cannot listen"), 20), "".join(third.log))
        for i in range(20):
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as s:
                s.sendall(b"x-%d\n" % i)
        check("server: both have connections, and no line is lost", wait_for(lambda: sorted(said(riffle) + said(second)) == sorted("x-%d" % i for i in range(20)), 20)
              and said(riffle) and said(second), (said(riffle), said(second)))
        for one in (riffle, second, third):
            one.end(20 * checks.slow)


def test_server_datagrams(work):
    for network in ("udp", "unixgram"):
        port, path = free_port(), os.path.join(work, "dgram.sock")
        riffle = run(work, {"socket_server": {"network": network, "address": "127.0.0.1:%d" % port if network == "udp" else path}}, {"stdout": {}})
        wait_for(lambda: riffle.says("receiving"), 20)
        sender = socket.socket(socket.AF_INET if network == "udp" else socket.AF_UNIX, socket.SOCK_DGRAM)
        for bytes in (b"a\nb", b"c", b"", b"d\n", b"e\r\nf\n", b"z" * 60000):
            sender.sendto(bytes, ("127.0.0.1", port) if network == "udp" else path)
        expected = ["a", "b", "c", "d", "e", "f", "z" * 60000]
        check("server, %s: each datagram has lines of its own" % network, wait_for(lambda: said(riffle) == expected, 20), [line[:9] for line in said(riffle)])
        check("server, %s: ends well" % network, riffle.end(20 * checks.slow) == 0)


def test_subprocess_input(work):
    riffle = run(work, {"subprocess": {"name": "sh", "args": ["-c", "echo one; echo oh dear >&2; printf two; exit 3"]}}, {"stdout": {}})
    check("subprocess input: lines, and its end is that of the stream", riffle.wait(30 * checks.slow) == 0 and said(riffle) == ["one", "two"], said(riffle))
    check("subprocess input: its words and its status are told", riffle.says("oh dear") and riffle.says("exit status 3"), "".join(riffle.log))
    riffle = run(work, {"subprocess": {"name": "sh", "args": ["-c", "echo again"], "restart_on_exit": True}}, {"stdout": {}})
    check("subprocess input: is started again", wait_for(lambda: len(riffle.out) >= 3, 20))
    check("subprocess input: but not without pause", len(riffle.out) < 10 and riffle.end(20 * checks.slow) == 0, len(riffle.out))
    riffle = run(work, {"subprocess": {"name": "no-such-program"}}, {"stdout": {}})
    check("subprocess input: one that is not there ends the run", riffle.wait(20 * checks.slow) == 1 and riffle.says("no-such-program"))
    riffle = run(work, {"subprocess": {"name": "sh", "args": ["-c", "sleep 1000 & echo $!; wait"]}}, {"stdout": {}})
    wait_for(lambda: riffle.out, 20)
    child = int(said(riffle)[0])
    check("subprocess input: a stop ends it and what it started", riffle.end(30 * checks.slow) == 0 and wait_for(lambda: not os.path.exists("/proc/%d" % child) or
          open("/proc/%d/stat" % child).read().split()[2] == "Z", 10))
    riffle = run(work, {"subprocess": {"name": "sh", "args": ["-c", "yes problem | head -c 1000000 >&2; echo done"]}}, {"stdout": {}})
    check("subprocess input: many words on standard error hold nothing up", riffle.wait(60 * checks.slow) == 0 and said(riffle) == ["done"])


def test_subprocess_output(work):
    out = os.path.join(work, "sub-out")
    riffle = run(work, lines_file(work, ids(2000)), {"subprocess": {"name": "sh", "args": ["-c", "cat > " + out]}})
    check("subprocess output: all is read, and it may finish", riffle.wait(60 * checks.slow) == 0 and open(out).read().split() == ids(2000))
    # A program that reads some lines, writes them away and dies: the next one gets what it did not read.
    script = "for i in 1 2 3 4 5 6 7; do IFS= read -r l || exit 0; echo \"$l\" >> %s; done; exit 1" % os.path.join(work, "sub-dies")
    feed = Riffle(RIFFLE, work, {**QUIET, "input": {"stdin": {}}, "output": {"subprocess": {"name": "sh", "args": ["-c", script]}}}, stdin=subprocess.PIPE)
    for line in ids(100):
        feed.process.stdin.write((line + "\n").encode())
        feed.process.stdin.flush()
        time.sleep(0.02)
    feed.process.stdin.close()
    done = feed.wait(90 * checks.slow)
    got = open(os.path.join(work, "sub-dies")).read().split()
    check("subprocess output: a program that dies again and again loses nothing", done == 0 and set(got) == set(ids(100)), (done, len(set(got)), len(got)))
    riffle = run(work, lines_file(work, ids(5)), {"subprocess": {"name": "sh", "args": ["-c", "exit 1"]}}, shutdown_timeout="1s")
    check("subprocess output: one that never reads is told, and what it did not read is not said to be delivered",
          wait_for(lambda: riffle.says("exit status 1"), 20) and riffle.end(30 * checks.slow) == 1 and riffle.says("undelivered"), "".join(riffle.log[-3:]))


def test_subprocess_processor(work):
    riffle = run(work, lines_file(work, ids(1500)), {"stdout": {}}, [{"subprocess": {"name": "sed", "args": ["-u", "s/id/ID/"]}}])
    check("subprocess processor: each message through a program", riffle.wait(60 * checks.slow) == 0 and said(riffle) == [line.upper() for line in ids(1500)], len(riffle.out))
    script = "import sys\nwhile True:\n n=b''\n while True:\n  c=sys.stdin.buffer.read(1)\n  if not c: sys.exit()\n  if c==b':': break\n  n+=c\n d=sys.stdin.buffer.read(int(n)); sys.stdin.buffer.read(1)\n" \
             " d=d.replace(b'\\n',b'|'); sys.stdout.buffer.write(len(d).to_bytes(4,'big')+d); sys.stdout.buffer.flush()\n"
    config = [{"subprocess": {"name": "python3", "args": ["-c", script], "codec_send": "netstring", "codec_recv": "length_prefixed_uint32_be"}}]
    source = lines_file(work, [line + "\nmore;" for line in ids(20)])
    source["file"]["scanner"] = {"lines": {"custom_delimiter": ";\n"}}
    riffle = run(work, source, {"stdout": {}}, config)
    check("subprocess processor: netstrings and lengths carry any bytes", riffle.wait(60 * checks.slow) == 0 and said(riffle) == [line + "|more" for line in ids(20)], said(riffle)[:3])
    riffle = run(work, source, {"stdout": {"codec": "message"}}, [{"subprocess": {"name": "cat"}}])
    check("subprocess processor: what a line cannot carry fails alone", riffle.wait(60 * checks.slow) == 0 and all("netstring" in json.loads(line)["error"] for line in riffle.out) and len(riffle.out) == 20)
    riffle = run(work, lines_file(work, ids(10)), {"stdout": {}}, [{"subprocess": {"name": "sh", "args": ["-c", "read l; echo \"got $l\"; exit 1"]}}])
    done = riffle.wait(60 * checks.slow)
    check("subprocess processor: what a dying program did not answer fails, as it was, and flows on", done == 0 and said(riffle)[0] == "got id-0" and len(riffle.out) == 10 and
          riffle.says("exit status 1"), said(riffle))


def test_greeting(work):
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(30 * checks.slow)

    def hear(answer):
        connection, _ = server.accept()
        heard = connection.recv(1000)
        connection.sendall(answer)
        connection.close()
        return heard
    source = {"socket": {"network": "tcp", "address": "127.0.0.1:%d" % server.getsockname()[1], "open_message_mapping": 'root = "HELLO " + counter().string() + "\\n"'}}
    riffle = run(work, source, {"stdout": {}})
    check("open_message_mapping: is said first on each connection", [hear(b"one\n"), hear(b"two\n")] == [b"HELLO 1\n", b"HELLO 2\n"]
          and wait_for(lambda: said(riffle) == ["one", "two"], 20), said(riffle))
    riffle.end(10 * checks.slow)
    server.close()
    server = socket.create_server(("127.0.0.1", 0))  # nobody waits in its queue
    server.settimeout(30 * checks.slow)
    source["socket"]["address"] = "127.0.0.1:%d" % server.getsockname()[1]
    source["socket"]["open_message_mapping"] = "root = if counter() == 1 { throw(\"no\") } else { deleted() }"
    riffle = run(work, source, {"stdout": {}})
    server.accept()[0].close()
    connection, _ = server.accept()
    connection.sendall(b"three\n")
    check("open_message_mapping: one that fails is told, and tried again; deleted() says nothing", wait_for(lambda: said(riffle) == ["three"], 20)
          and riffle.says("open_message_mapping: "), "".join(riffle.log))
    riffle.end(10 * checks.slow)
    connection.close()
    source["socket"]["open_message_mapping"] = "root = nope("
    riffle = run(work, source, {"stdout": {}})
    check("open_message_mapping: a wrong one is found at the start", riffle.wait(20 * checks.slow) != 0, "".join(riffle.log))
    server.close()


def test_example(work):
    """examples/socket-lines.yaml, with another port."""
    port = free_port()
    with open(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "examples", "socket-lines.yaml")) as f:
        riffle = Riffle(RIFFLE, work, f.read().replace(":4000", ":%d" % port) + "http: {enabled: false}\n")
    wait_for(lambda: riffle.says("receiving"), 20)
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"one\ntwo\n")
    out = os.path.join(work, "out", "lines.txt")
    check("the example passes lines through a program", wait_for(lambda: os.path.exists(out) and open(out).read() == "line: one\nline: two\n", 20))
    check("the example ends well", riffle.end(20 * checks.slow) == 0)


def test_command(work):
    config = [{"command": {"name": "sh", "args_mapping": 'root = ["-c", "tr a-z A-Z; test $0 != x", content()]'}}]
    riffle = run(work, lines_file(work, ["abc", "x"]), {"stdout": {"codec": "message"}}, config)
    done = riffle.wait(60 * checks.slow)
    got = [json.loads(line) for line in riffle.out]
    check("command: a program a message", done == 0 and got[0]["raw"] == "ABC" and got[0]["meta"]["exit_code"] == 0, (done, got, "".join(riffle.log)))
    check("command: one that fails leaves the message as it was", got[1].get("raw") == "x" and got[1]["meta"]["exit_code"] == 1 and riffle.says("execution error: exit status 1"), got)
    riffle = run(work, lines_file(work, ["abc"]), {"stdout": {}}, [{"command": {"name": "no-such-program"}}])
    check("command: one that is not there fails the message", riffle.wait(60 * checks.slow) == 0 and said(riffle) == ["abc"] and riffle.says("no-such-program"))
    riffle = run(work, lines_file(work, ["z" * 60000]), {"stdout": {}}, [{"command": {"name": "sh", "args_mapping": 'root = ["-c", "cat; yes | head -c 200000 >&2"]'}}])
    check("command: much in, much out, many words", riffle.wait(60 * checks.slow) == 0 and said(riffle) == ["z" * 60000])


with tempfile.TemporaryDirectory() as work:
    for test in (test_output_stream, test_output_broken, test_output_udp, test_input, test_greeting, test_server_stream, test_server_address, test_server_datagrams, test_subprocess_input,
                 test_subprocess_output, test_subprocess_processor, test_example, test_command):
        test(work)
checks.end()

#!/usr/bin/env python3
"""watch.py RIFFLE: configs saved while `riffle run -w` runs them: taken over without a loss, or refused without a stop.

Prints one line a check and ends with `N passed, N failed`.
"""
import json, os, signal, socket, subprocess, sys, tempfile, threading

from lib import checks
from lib.checks import check, wait_for
from lib.http_peer import Peer, Riffle, ask, free_port

RIFFLE = os.path.abspath(sys.argv[1])
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
LEAKS = [] if checks.slow > 1 else ["--check-leaks"]  # sanitizers look for themselves
WAIT = 30


class Watched:
    """A stream of http_server or of `input`, tagged by a mapping, into a file."""

    def __init__(self, work, name, args=(), lines=None, **config):
        self.lines = lines or self.read_lines
        self.probes = 0
        self.out = os.path.join(work, name + ".out")
        self.port = free_port()
        self.config = {"http": {"address": "127.0.0.1:%d" % self.port}, "input": {"http_server": {"path": "/in"}},
                       "output": {"file": {"path": self.out}}, **config}
        self.riffle = Riffle(RIFFLE, work, self.tagged("first"), args=["-w", *LEAKS, *args])
        self.path = self.riffle.path
        check("%s: it starts" % name, self.answers("first"), self.tail())

    def tagged(self, tag):
        return json.dumps({**self.config, "pipeline": {"processors": [{"mapping": 'root = content() + " %s"' % tag}]}})

    def read_lines(self):
        try:
            with open(self.out, encoding="utf-8") as f:
                return f.read().splitlines()
        except OSError:
            return []

    def answers(self, tag):
        """A message that is sent comes out with that tag."""
        def once():
            self.probes += 1
            body = "probe%d" % self.probes
            return ask(self.port, "/in", body.encode())[0] == 200 and body + " " + tag in self.lines()
        return wait_for(once, WAIT)

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text)

    def put(self, text):
        """As editors do: beside, and renamed over it."""
        with open(self.path + "~", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(self.path + "~", self.path)

    def count(self, text):
        return sum(text in line for line in list(self.riffle.log))

    def says(self, text, times=1):
        return wait_for(lambda: self.count(text) >= times, WAIT)

    def tail(self):
        return "".join(self.riffle.log[-12:])

    def end(self, name):
        check("%s: it ends well" % name, self.riffle.end() == 0, self.tail())
        check("%s: nothing is left behind" % name, not LEAKS or self.count("no leaks"), self.tail())


class Sender(threading.Thread):
    """Sends numbers until it is stopped; keeps those that were answered with 200."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.stopping, self.acknowledged = port, threading.Event(), []
        self.start()

    def run(self):
        number = 0
        while not self.stopping.is_set():
            number += 1
            if ask(self.port, "/in", b"%d" % number)[0] == 200:
                self.acknowledged.append(number)

    def stop(self):
        self.stopping.set()
        self.join(60)


def test_nothing_is_lost(work):
    watched = Watched(work, "swaps")
    sender = Sender(watched.port)
    for swap in range(8):
        tag = "swap%d" % swap
        (watched.put if swap % 2 else watched.write)(watched.tagged(tag))
        check("%s is taken over" % tag, watched.says("Updated main config", swap + 1) and watched.answers(tag), watched.tail())
        if swap == 1:
            opened = len(os.listdir("/proc/%d/fd" % watched.riffle.process.pid))
    sender.stop()
    now = len(os.listdir("/proc/%d/fd" % watched.riffle.process.pid))
    check("swaps leave no descriptors open", now <= opened + 2, (opened, now))  # a client's connection may still be there
    got = {int(line.split()[0]) for line in watched.lines() if not line.startswith("probe")}
    lost = set(sender.acknowledged) - got
    check("what was acknowledged is there: %d messages" % len(sender.acknowledged), sender.acknowledged and not lost, sorted(lost)[:20])
    watched.end("swaps")


def test_broken(work):
    watched = Watched(work, "broken")
    good = watched.tagged("first")
    for what, text, said in (("a field that is not known", good[:-1] + ', "nope": 1}', "field nope not recognised"),
                             ("no YAML", "input: {\n", "Failed to read updated config"),
                             ("a component that is not there", json.dumps({**watched.config, "input": {"wat": {}}}), "unable to infer input type from candidates: [wat]"),
                             ("a mapping that does not compile", json.dumps({**watched.config, "input": {"generate": {"mapping": "root = ("}}}), "Rejecting updated main config"),
                             ("nothing at all", "", "Failed to read updated config")):
        before = watched.count("level=error")
        watched.put(text)
        check("%s is told" % what, watched.says(said) and watched.says("level=error", before + 1), watched.tail())
        check("%s: the old one runs on" % what, watched.answers("first"))
        check("%s: it is told once" % what, watched.count("level=error") == before + 1, watched.tail())
    check("with line and caret", watched.count("| ") > 3 and any(line.strip().endswith("^") for line in watched.riffle.log), watched.tail())
    taken = socket.create_server(("127.0.0.1", 0))
    watched.write(json.dumps({**json.loads(good), "http": {"address": "127.0.0.1:%d" % taken.getsockname()[1]}}))
    check("a port that somebody else has is told", watched.says("Rejecting updated main config: "), watched.tail())
    check("and the old one runs on", watched.answers("first"))
    taken.close()
    os.unlink(watched.path)
    check("a config that is removed is told", watched.says("no such file"), watched.tail())
    watched.write(good)
    check("put back it is what runs", watched.says("The config is again what runs") and watched.answers("first"), watched.tail())
    check("none of it was taken over", watched.count("Updated main config") == 0, watched.tail())
    watched.end("broken")


def test_everything_changes(work):
    """The service, what `--set` says, resources and the environment."""
    resources, env = os.path.join(work, "r.yaml"), os.path.join(work, "env")
    for path, text in ((resources, 'processor_resources: [{label: r, mapping: "root = content() + \\" old\\""}]'), (env, "WHO=nobody\n")):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    watched = Watched(work, "all", ["-r", resources, "-e", env, "-s", "logger.static_fields.who=set"])
    chain = {"processors": [{"resource": "r"}, {"mapping": 'root = content() + " ${WHO}"'}]}
    watched.put(json.dumps({**watched.config, "pipeline": chain}))
    check("resources and variables are read", watched.answers("old nobody"), watched.tail())
    with open(resources, "w", encoding="utf-8") as f:
        f.write('processor_resources: [{label: r, mapping: "root = content() + \\" new\\""}]')
    check("a saved resource is taken over", watched.answers("new nobody") and watched.says("Updated resource config from file"), watched.tail())
    with open(env, "w", encoding="utf-8") as f:
        f.write("WHO=somebody\n")
    check("a saved environment is taken over", watched.answers("new somebody"), watched.tail())
    said = [line for line in list(watched.riffle.log) if "level=" in line]
    check("what --set says stays", said and all("who=set" in line for line in said), watched.tail())
    watched.port = free_port()
    watched.put(json.dumps({**watched.config, "pipeline": chain, "http": {"address": "127.0.0.1:%d" % watched.port}, "logger": {"format": "json"}}))
    check("so is the service's address", watched.answers("new somebody"), watched.tail())
    check("and the form of the log", watched.says('"msg":"Updated main config"'), watched.tail())
    watched.end("all")


def test_standard_input(work):
    """A pipe that gives faster than the stream takes: what the old stream had not come to is the new one's."""
    out = os.path.join(work, "piped.out")
    configs = ["{http: {enabled: false}, input: {stdin: {}}, pipeline: {processors: [{mapping: 'root = content() + \" %d\"'}]}, output: {file: {path: %s}}}" % (n, out)
               for n in range(4)]
    riffle = Riffle(RIFFLE, work, configs[0], args=["-w", *LEAKS], stdin=subprocess.PIPE)
    stopping, sent = threading.Event(), []

    def send():
        while not stopping.is_set():
            block = range(len(sent), len(sent) + 2000)
            riffle.process.stdin.write("".join("%d\n" % n for n in block).encode())
            sent.extend(block)
        riffle.process.stdin.close()
    sender = threading.Thread(target=send, daemon=True)
    sender.start()

    def has(tag):
        try:
            with open(out, "rb") as f:
                return b" %d\n" % tag in f.read()
        except OSError:
            return False
    for n in range(1, 4):
        check("lines come through %d" % (n - 1), wait_for(lambda: has(n - 1), WAIT))
        with open(riffle.path + "~", "w", encoding="utf-8") as f:
            f.write(configs[n])
        os.rename(riffle.path + "~", riffle.path)
    check("lines come through 3", wait_for(lambda: has(3), WAIT), "".join(riffle.log[-5:]))
    stopping.set()
    sender.join(60)
    check("it ends with its input", riffle.wait() == 0, "".join(riffle.log[-5:]))
    with open(out, encoding="utf-8") as f:
        got = [int(line.split()[0]) for line in f]
    check("each of %d lines is there once, in order" % len(sent), got == sent, (len(got), len(sent)))


class Holder:
    """Takes what a stream sends; a body that has `held` in it is answered once it may be."""

    def __init__(self):
        self.release = threading.Event()
        self.peer = Peer(self.answer)

    def answer(self, _, request):
        if b"held" in request["body"]:
            self.release.wait(300)
        return 200, {}, b""

    def lines(self):
        return [body.decode() for body in self.peer.bodies()]


def test_meanwhile(work):
    """Saved, and asked to end, while a swap is going on: the old stream still delivers, for as long as the test wants."""
    holder = Holder()
    watched = Watched(work, "meanwhile", input={"http_server": {"path": "/in", "timeout": "300s"}}, shutdown_timeout="300s",
                      output={"http_client": {"url": "http://127.0.0.1:%d/" % holder.peer.port, "timeout": "300s"}}, lines=holder.lines)

    def hold(name):
        """Sends a message that stays on its way."""
        sent, stops = [], watched.count("stopping: ")
        holder.release.clear()
        sender = threading.Thread(target=lambda: sent.append(ask(watched.port, "/in", name, timeout=300)[0]), daemon=True)
        sender.start()
        check("a message is on its way", wait_for(lambda: any(line.startswith(name.decode()) for line in holder.lines()), WAIT), holder.lines()[-3:])
        return sent, sender, stops

    sent, sender, stops = hold(b"held 1")
    watched.put(watched.tagged("second"))
    check("a swap waits for it", watched.says("stopping: ", stops + 1), watched.tail())
    for at in range(20):
        watched.write(watched.tagged("then%d" % at))
    check("the old stream has not ended", watched.count("Updated main config") == 0 and not sent, watched.tail())
    holder.release.set()
    check("the last that was saved runs in the end", watched.answers("then19"), watched.tail())
    sender.join(120)
    check("what the old one had is delivered, and answered", sent == [200] and holder.lines().count("held 1 first") == 1, (sent, holder.lines()[:5]))

    sent, sender, stops = hold(b"held 2")
    taken = watched.count("Updated main config")
    watched.put(watched.tagged("never"))
    check("another swap waits", watched.says("stopping: ", stops + 1), watched.tail())
    watched.riffle.process.send_signal(signal.SIGTERM)
    check("it is asked to end meanwhile", watched.says("Received SIGTERM"), watched.tail())
    holder.release.set()
    check("then it ends well", watched.riffle.wait() == 0, watched.tail())
    sender.join(120)
    check("with what it had delivered, and answered", sent == [200] and holder.lines()[-1] == "held 2 then19", (sent, holder.lines()[-3:]))
    check("and without the next one", watched.count("Updated main config") == taken, watched.tail())
    check("nothing is left behind", not LEAKS or watched.count("no leaks"), watched.tail())
    holder.peer.stop()


def main():
    with tempfile.TemporaryDirectory() as work:
        test_nothing_is_lost(work)
        test_broken(work)
        test_everything_changes(work)
        test_standard_input(work)
        test_meanwhile(work)
    checks.end()


main()

#!/usr/bin/env python3
"""soak.py RIFFLE [--hours N | --seconds N] [--kills N] [--seed N]: what ./dev soak runs. A stream that passes messages all the time, whose memory must stay what it
was; beside it a thousand kills (tests/e2e/nothing_lost.py), peers that stand still for half a minute (tests/e2e/bad_network.py), and
then rounds of kills until the time is over.

What each part prints comes through; the last line is `N passed, N failed`. It takes as long as its parts do, some minutes, if that is more.
"""
import argparse, os, random, re, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "e2e"))

from lib import checks, lossless  # noqa: E402
from lib.mosquitto import Broker  # noqa: E402

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")
SETTLED_S = 60   # then memory is what it stays
SAMPLE_S = 2
PORTION, FIRST_PORTION = 25, 200  # messages, twenty times a second: at first more, for what grows with the first half a million of them and then never
MORE = 1.1       # of what it was
SCRIPT = "msg.payload = {value: msg.payload, length: msg.payload.length, at: new Date().toISOString()}; return msg;"


class Steady:
    """A stream between two topics, with scripts and mappings, and its memory through time."""

    def __init__(self, program, work):
        self.broker = Broker(work)
        self.broker.start()
        address = {"urls": [self.broker.url], "keepalive": 10, "qos": 1}
        self.stream = lossless.Stream(program, work, "steady", {
            "input": {"mqtt": dict(address, topics=["steady"], client_id="steady", clean_session=False)},
            "pipeline": {"processors": [{"nodered_js": {"code": SCRIPT}}, {"mapping": "root = this\nroot.key = this.value.slice(0, 2)\nmeta key = root.key"}]},
            "output": {"mqtt": dict(address, topic="steady/${! meta(\"key\") }", client_id="steady-out")}}, level="WARN")
        self.given, self.got, self.samples, self.over = 0, 0, [], threading.Event()
        self.reader = subprocess.Popen(["mosquitto_sub", "-p", str(self.broker.port), "-t", "steady/#", "-q", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.writer = subprocess.Popen(["mosquitto_pub", "-p", str(self.broker.port), "-t", "steady", "-q", "1", "-l"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.threads = [threading.Thread(target=main, daemon=True) for main in (self.write, self.read, self.sample)]
        for thread in self.threads:
            thread.start()

    def write(self):
        settled = time.monotonic() + SETTLED_S
        while not self.over.wait(0.05):
            portion = FIRST_PORTION if time.monotonic() < settled else PORTION
            self.writer.stdin.write("".join(m + "\n" for m in lossless.numbered(self.given, portion)).encode())
            self.writer.stdin.flush()
            self.given += portion

    def read(self):
        for _ in self.reader.stdout:
            self.got += 1

    def sample(self):
        start = time.monotonic()
        while not self.over.wait(SAMPLE_S):
            if not self.stream.has_ended():
                self.samples.append((time.monotonic() - start, self.stream.rss_kib()))

    def end(self):
        self.over.set()
        for thread in (self.threads[0], self.threads[2]):
            thread.join(30)
        lossless.check("steady stream: it runs to the end", not self.stream.has_ended(), self.stream.logged()[-2000:])
        lossless.check("steady stream: messages pass", self.got > self.given / 2, "%d of %d" % (self.got, self.given))
        settled = [rss for at, rss in self.samples if at >= SETTLED_S]
        first, most = (settled[0], max(settled)) if settled else (0, 0)
        lossless.check("steady stream: memory stays what it was after a minute", settled and most <= first * MORE, "%d KiB, then up to %d KiB, %d samples" % (first, most, len(settled)))
        lossless.say("steady stream: %d messages, %d KiB after a minute, %d KiB at the most" % (self.got, first, most))
        lossless.check("steady stream: it ends well", self.stream.end() == 0, self.stream.logged()[-2000:])
        for process in (self.writer, self.reader):
            process.terminate()
            process.wait(30)
        self.broker.stop()


def part(script, program, *args):
    """Runs one script; adds its sum to ours."""
    print("---- %s %s" % (script, " ".join(args)), flush=True)
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "e2e", script), program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    counts = None
    for line in process.stdout:
        counts = COUNTS.match(line) or counts
        print(line, end="", flush=True)
    status = process.wait()
    checks.passed += int(counts[1]) if counts else 0
    checks.failed += max(int(counts[2]) if counts else 1, int(status != 0))


def main():
    parser = argparse.ArgumentParser(prog="./dev soak")
    parser.add_argument("riffle")
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    args = parser.parse_args()
    program = os.path.abspath(args.riffle)
    due = time.monotonic() + max(args.seconds or args.hours * 3600, SETTLED_S + 10 * SAMPLE_S)
    with tempfile.TemporaryDirectory() as work:
        steady = Steady(program, work)
        part("nothing_lost.py", program, "--kills", str(args.kills), "--seed", str(args.seed))
        part("bad_network.py", program, "--long")
        rounds = 0
        while due - time.monotonic() > 120:
            rounds += 1
            part("nothing_lost.py", program, "--kills", "200", "--seed", str(args.seed + rounds))
        time.sleep(max(0, due - time.monotonic()))
        steady.end()
    checks.end()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""term_hard.py RIFFLE [PART…]: `riffle term` treated badly: hostile output, floods, peers that do not read, kill -9, folders of others, nonsense for a protocol.

Prints one line a check and ends with `N passed, N failed`. RIFFLE_LONG=1: the same for an hour rather than for half a minute.
"""
import json, os, pty, random, re, resource, select, signal, socket, sqlite3, struct, subprocess, sys, threading, time

from lib import checks
from lib.checks import check, wait_for
from lib.term import Home, Refused, ROOT, is_gone
from lib.terminal import Terminal

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SANITIZED = any(word in RIFFLE for word in ("asan", "tsan"))
checks.slow = 10 if SANITIZED else 1
LONG = os.environ.get("RIFFLE_LONG") == "1"
MIB = 1 << 20
SEED = int(os.environ.get("RIFFLE_SEED", "6"))

PROMPT = r"ready> $|\$ $|# $"
SLACK = 400 * MIB if SANITIZED else 0  # what a sanitizer keeps of what was freed

GRANTS = '[plugins.redact]\nenabled = true\n'
SHOUT = "function on_output(line) { return line.indexOf('q') >= 0 ? Modify(line.toUpperCase()) : Continue; }\n"

# Writes a file to its terminal as it is, then what brings any terminal back, and what the terminal answered is thrown away.
WRITER = r"""
import os, sys, termios, time, tty
before = termios.tcgetattr(0)
tty.setraw(0)
with open(sys.argv[1], "rb") as file:
    for _ in range(int(sys.argv[2])):
        file.seek(0)
        while True:
            bytes = file.read(9973)
            if not bytes:
                break
            while bytes:
                bytes = bytes[os.write(1, bytes):]
            termios.tcflush(0, termios.TCIFLUSH)
os.write(1, b"\x18\x1b\\\x18\x1bc\x1b[!p\x0f")
time.sleep(0.3)
termios.tcsetattr(0, termios.TCSAFLUSH, before)
open(sys.argv[1] + ".done", "w").close()
os.execvp("bash", ["bash", "--norc", "-i"])
"""


# ---- What the daemon is, seen from outside ----

def rss(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) * 1024


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def threads(pid):
    return len(os.listdir("/proc/%d/task" % pid))


def wakes(pid):
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as file:
            total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1))
    return total


def busy(pid, seconds=0.3):
    """The share of a processor that it takes."""
    def ticks():
        with open("/proc/%d/stat" % pid) as file:
            words = file.read().rsplit(")", 1)[1].split()
        return int(words[11]) + int(words[12])
    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    words = file.read().rsplit(")", 1)[1].split()
                if int(words[1]) == pid:
                    found.append((int(name), words[0]))
            except OSError:
                pass
    return found


def mib(bytes):
    return "%.1f MiB" % (bytes / MIB)


def answers(home, seconds=1):
    """How long the daemon takes for a word; None: too long."""
    began = time.monotonic()
    try:
        home.call("hello")
    except (OSError, EOFError):
        return None
    took = time.monotonic() - began
    return took if took < seconds * checks.slow else None


def start(settings="", plugins=None, session="s", command=("bash", "--norc", "-i"), ready=PROMPT):
    home = Home(RIFFLE, settings, plugins)
    got = home.term("new", "-d", "-s", session, *(["--", *command] if command else []))
    if got.returncode:
        check("a session", False, got.stderr)
    if ready:
        home.term("wait", session, "--text", ready)
    return home


class Raw:
    """An attached client without a terminal: frames as they are."""

    def __init__(self, home, session, **params):
        self.connection = home.connect()
        self.socket = self.connection.socket
        self.told = self.connection.call("attach", session=session, **{"columns": 80, "rows": 24, **params})
        self.left = self.connection.buffer

    def send(self, kind, bytes):
        self.socket.sendall(kind + struct.pack("<I", len(bytes)) + bytes)

    def take(self, seconds=0.5):
        """Frames that come within the time."""
        frames, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
                got = self.socket.recv(1 << 20)
                if not got:
                    break
                self.left += got
            while len(self.left) >= 5 and len(self.left) - 5 >= struct.unpack("<I", self.left[1:5])[0]:
                size = struct.unpack("<I", self.left[1:5])[0]
                frames.append((self.left[:1], self.left[5:5 + size]))
                self.left = self.left[5 + size:]
        return frames

    def is_closed(self, seconds=5):
        end = time.monotonic() + seconds * checks.slow
        while time.monotonic() < end:
            if select.select([self.socket], [], [], 0.1)[0]:
                try:
                    if not self.socket.recv(1 << 20):
                        return True
                except OSError:
                    return True
        return False

    def close(self):
        self.socket.close()


# ---- Hostile output ----

def escapes(size):
    """Sequences that no program writes."""
    r = random.Random(SEED)
    combining = "".join(chr(0x300 + i % 0x6F) for i in range(3000))
    number = lambda: r.choice(["", "0", "1", "2", "24", "80", "999", "65535", "65536", "2147483647", "2147483648", "4294967295", "18446744073709551616", "9" * 400, "-1", "1:2:3", "?"])
    numbers = lambda most: ";".join(number() for _ in range(r.randint(0, most)))
    csi = lambda: "\x1b[" + r.choice(["", "?", ">", "<", "=", "!", "$"]) + numbers(r.choice([2, 4, 40, 500])) + r.choice(["", " ", "$", "\"", "'", "!"]) + r.choice("@ABCDEFGHIJKLMPSTXZ`abcdefghilmnpqrstuvwxyz{|}~")
    osc = lambda: "\x1b]" + r.choice(["0", "2", "7", "8", "9", "52", "99", "133", "777", "4", "10", "11", "104", "1337", "99999999999", ""]) + ";" + r.choice(
        ["x" * r.randint(0, 300), "notify;a;b", "file:///%00%2e%2e/" + "%41" * 50, "A", "B", "C", "D;999999999999999999", ";http://" + "u" * 3000, "c;" + "QUJD" * 200, ";;;;", "rgb:", "\0\0"]) + r.choice(["\x07", "\x1b\\", "", "\x18", "\x9c"])
    made = [csi, csi, csi, csi, osc, osc,
            lambda: "\x1bP" + numbers(20) + r.choice("qp{|$q+q") + "z" * r.randint(0, 2000) + r.choice(["\x1b\\", "", "\x18"]),
            lambda: r.choice(["\x1b_", "\x1b^", "\x1bX"]) + "y" * r.randint(0, 500) + r.choice(["\x1b\\", ""]),
            lambda: "\x1b[?3h" + r.choice(["", "\x1b[?3l"]), lambda: "\x1bc", lambda: "\x1b[%d;%dr" % (r.randint(-5, 2000), r.randint(-5, 2000)),
            lambda: "\x1b[?%d%s" % (r.choice([1, 5, 6, 7, 25, 47, 69, 1000, 1002, 1003, 1004, 1006, 1015, 1047, 1048, 1049, 2004, 2026, 9999]), r.choice("hl")),
            lambda: "\x1b]2;title %d\x07" % r.randint(0, 10 ** 9), lambda: "\0" * r.randint(1, 200), lambda: "e" + combining[:r.randint(1, 3000)],
            lambda: "\x1b[%dX\x1b[%d@\x1b[%dP\x1b[%dL\x1b[%dM\x1b[%dS\x1b[%dT" % tuple(r.choice([0, 1, 79, 80, 81, 10 ** 9]) for _ in range(7)),
            lambda: "\x1b#8\x1b(0" + "q" * 80 + "\x1b(B", lambda: "\x1bH\x1b[3g\t\t\x1b[99999I\x1b[99999Z", lambda: "漢字" * r.randint(1, 60), lambda: "👩‍👩‍👧‍👦" * 9, lambda: "\x1b[5n\x1b[6n\x1b[c\x1b[>c\x1bZ\x05",
            lambda: "\x1b[38;2;%s;48:2::%sm" % (numbers(5), number()), lambda: "plain text, and more of it\r\n", lambda: "a token ghp_aB3dE5fG7hI9jK1mN3pQ5rS7tU9vW1xY3zA5 here\r\n", lambda: "\x1b" * r.randint(1, 50)]
    broken = [b"\xc0\x80", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe6\xbc", b"\xf0\x9f\x91", b"\x80" * 100, b"\x9b31m", b"\x90q", b"\x9d0;x\x9c"]
    out = bytearray(b"\x1b]0;" + b"o" * MIB + b"\x07" + b"\x1b]52;c;" + b"QUJD" * (MIB // 4) + b"\x07" + b"\x1bPq" + b"~" * MIB + b"\x1b\\" + b"\x1b]8;;" + b"h" * MIB)
    while len(out) < size:
        out += r.choice(broken) if r.random() < 0.05 else r.choice(made)().encode("utf-8", "surrogatepass")
    return bytes(out)


def bombard(home, name, bytes, times=1):
    """A program writes them while a client in a terminal looks on and is resized."""
    script, file = home.write("writer.py", WRITER), home.path("hostile")
    with open(file, "wb") as out:
        out.write(bytes)
    pid, before = home.pid(), rss(home.pid())
    terminal = Terminal(RIFFLE, "term", "new", "-s", name, "--", "python3", script, file, str(times), env=home.env)
    wait_for(lambda: home.call("list")["sessions"])
    worst, peak, began = 0, before, time.monotonic()
    sizes = random.Random(SEED + 1)
    if os.path.exists(file + ".done"):
        os.unlink(file + ".done")
    # A prompt alone tells nothing: random bytes look like one now and then.
    done = lambda: os.path.exists(file + ".done") and home.term("wait", name, "--text", r"\$ $|# $", "--timeout", "100ms").returncode == 0
    while not done() and time.monotonic() - began < (60 + 60 * times) * checks.slow:
        terminal.resize(sizes.choice([2, 20, 80, 132, 200]), sizes.choice([2, 5, 24, 50]))
        word = time.monotonic()
        home.call("hello")
        worst, peak = max(worst, time.monotonic() - word), max(peak, rss(pid))
    took = time.monotonic() - began
    terminal.resize(80, 24)
    print("      %s: %s in %.1f s, %.1f MiB/s; memory %s, at most %s" % (name, mib(len(bytes) * times), took, len(bytes) * times / MIB / took, mib(before), mib(peak)))
    check("%s: the daemon lives, and answers meanwhile" % name, answers(home) is not None and worst < 0.5 * checks.slow, worst)
    home.call("send", session=name, text="echo al''ive", keys=["enter"])
    check("%s: the session answers" % name, home.term("wait", name, "--text", "^alive", "--timeout", "%ds" % (10 * checks.slow)).returncode == 0, home.call("capture", session=name))
    terminal.shows("%s: the client shows it" % name, "^alive")
    check("%s: memory is bounded" % name, peak - before < 64 * MIB + SLACK, mib(peak - before))
    terminal.keys("C-\\", "d")
    terminal.shows("%s: detaching works" % name, r"ended 0")
    terminal.close()
    home.call("kill", session=name, signal="KILL")


def hostile():
    home = start(GRANTS, {"shout.js": SHOUT}, "other")
    r = random.Random(SEED)
    bombard(home, "random", r.randbytes((16 if not SANITIZED else 2) * MIB), 64 if LONG else 1)
    bombard(home, "escapes", escapes((6 if not SANITIZED else 4) * MIB), 64 if LONG else 1)
    running = {p["name"]: p["state"] for p in home.call("plugins")["plugins"]}
    check("the plugins still run", running.get("redact") == "running" and running.get("shout") == "running", running)
    home.close()


# ---- Floods ----

def until_prompt(home, terminal):
    """Seconds from Ctrl-C to a prompt. What the terminal answered was typed behind the prompt and may have scrolled it away: then
    one more Ctrl-C shows the next."""
    began = time.monotonic()
    for _ in range(20 * checks.slow):
        terminal.keys("C-c")
        try:
            home.call("wait", session="s", **{"for": "text", "pattern": r"^ready>(?!.*yes)", "timeout_ms": 500})
            break
        except Refused as error:
            if error.code != "timeout":
                raise
    return time.monotonic() - began


def empty_line(terminal):
    """What the terminal's own answers typed is thrown away, as often as more of them come."""
    for _ in range(20 * checks.slow):
        terminal.keys("C-c", "C-u", "C-l")
        time.sleep(0.2)
        if re.search(r"^ready> *$", terminal.screen(), re.M):
            return


def answers_nobody_reads():
    """A program that asks and does not read leaves little behind for what reads next."""
    home = start("", None, "s")
    script = home.write("asks.py", r"""
import os, select, time, tty
tty.setraw(0)
for _ in range(20000):
    os.write(1, b"\033[6n")
time.sleep(1)
got = 0
while select.select([0], [], [], 0.5)[0]:
    got += len(os.read(0, 65536))
os.write(1, b"left %d\r\n" % got)
""")
    home.call("send", session="s", text="python3 %s; stty sane" % script, keys=["enter"])
    check("20,000 questions are answered as far as somebody reads", home.term("wait", "s", "--text", "^left [0-9]+$", "--timeout", "%ds" % (20 * checks.slow)).returncode == 0)
    left = int(re.search(r"^left ([0-9]+)$", home.term("capture", "s").stdout, re.M)[1])
    check("and no further (%d bytes)" % left, 100 < left < 64000, left)
    home.close()


def flood():
    home = start("", None, "other")
    terminal = Terminal(RIFFLE, "term", "new", "-s", "s", env=home.env)
    terminal.shows("attached", r"^ready>")
    pid = home.pid()
    for name, line in (("yes", "yes"), ("bells", r"yes $'\a\a\a\a\a\a\a\a\a\a\a\a\a\a\a\a'"), ("titles", r"yes $'\e]2;title\a\e]2;other\a'"), ("questions", r"stty -echo; yes $'\e[6n\e[c\e[5n'; stty echo")):
        terminal.keys("C-l")
        terminal.type(line)
        terminal.keys("Enter")
        time.sleep(0.3)
        before, worst, began = rss(pid), 0, time.monotonic()
        i = 0
        while time.monotonic() - began < (60 if LONG else 0.8):
            word = time.monotonic()
            i += 1
            home.call("send", session="other", text="echo t%d" % i, keys=["enter"])
            home.call("wait", session="other", **{"for": "text", "pattern": "^t%d$" % i})
            worst = max(worst, time.monotonic() - word)
        after = rss(pid)
        took = until_prompt(home, terminal)
        check("%s: Ctrl-C gives a prompt within 1 s (%.2f s)" % (name, took), took < 1 * checks.slow, home.call("capture", session="s"))
        check("%s: another session stays smooth (%.0f ms at worst)" % (name, worst * 1000), worst < 0.15 * checks.slow, worst)
        check("%s: memory is flat (%s)" % (name, mib(after - before)), after - before < 8 * MIB + SLACK)
        home.call("send", session="s", text="stty sane; clear", keys=["enter"])
        time.sleep(0.2)
        empty_line(terminal)
    terminal.shows("the client is there", r"^ready>")
    terminal.close()
    home.close()


# ---- Peers that do not read ----

def deaf_client():
    home = start("", None, "s")
    pid = home.pid()
    deaf = Raw(home, "s", size="ignore")
    seeing = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    seeing.shows("attached", r"ready>")
    before = rss(pid)
    script = home.write("much.py", r"""
import sys
for i in range(int(sys.argv[1])):
    sys.stdout.write("\033]2;title %d\a\033]9;note %d\a\033]52;c;%s\a%0300d\r\n" % (i, i, "QUJD" * 250, i))
""")
    home.call("send", session="s", text="python3 %s %d; echo al''l" % (script, 200000 if LONG else 10000), keys=["enter"])
    check("everything is written", home.term("wait", "s", "--text", "^all$", "--timeout", "%ds" % (20 * checks.slow)).returncode == 0)
    seeing.shows("who reads sees it", r"^all$")
    home.call("send", session="s", text="yes %s | head -c %d; echo; echo mo''re" % ("y" * 60, 1 << (30 if LONG else 25)), keys=["enter"])
    check("and more", home.term("wait", "s", "--text", "^more$", "--timeout", "%ds" % (60 * checks.slow)).returncode == 0)
    check("a client that does not read costs little (%s)" % mib(rss(pid) - before), rss(pid) - before < 40 * MIB + SLACK)
    check("nor does it keep the daemon busy", busy(pid) < 0.1, busy(pid))
    deaf.close()
    check("it goes when it goes", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 1))
    # One that asks for events and answers, and does not read.
    before = rss(pid)
    events = home.connect()
    events.call("events")
    home.call("send", session="s", text=r"for i in $(seq 100000); do printf '\e]2;t%d\a' $i; done; echo do''ne", keys=["enter"])
    check("titles", home.term("wait", "s", "--text", "^done$", "--timeout", "%ds" % (30 * checks.slow)).returncode == 0)
    check("who does not read events is let go (%s)" % mib(rss(pid) - before), rss(pid) - before < 16 * MIB + SLACK)
    last = b""
    try:
        while True:
            got = events.socket.recv(1 << 20)
            if not got:
                break
            last = (last + got)[-200:]
        check("and its connection ends", True)
    except OSError as error:
        check("and its connection ends", isinstance(error, ConnectionResetError), error)
    asking = home.connect()
    asking.socket.settimeout(20)
    line = b'{"id":1,"method":"capture","params":{"session":"s","scrollback":-1}}\n'
    before = rss(pid)
    try:
        for _ in range(400 if LONG else 100):
            asking.socket.sendall(line)
    except OSError:
        pass
    time.sleep(1)
    check("one that asks and does not read answers: bounded (%s)" % mib(rss(pid) - before), rss(pid) - before < 300 * MIB + SLACK, mib(rss(pid) - before))
    asking.socket.close()
    check("the daemon answers", answers(home) is not None)
    seeing.keys("C-\\", "d")
    seeing.shows("detached", r"ended 0")
    seeing.close()
    home.close()


def deaf_program():
    home = start("", None, "s", ["python3", "-c", r"""
import hashlib, os, signal, sys, termios, tty
tty.setraw(0)
os.write(1, b"ready> ")
got = os.read(0, 1)
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.pause()
sum, count, want = hashlib.sha256(), 0, %d
while count < want:
    got = os.read(0, min(65536, want - count))
    sum.update(got)
    count += len(got)
os.write(1, b"\r\nread %%d %%s\r\n" %% (count, sum.hexdigest()[:16].encode()))
termios.tcflush(0, termios.TCIFLUSH)
while os.read(0, 65536) != b"q":
    pass
""" % MIB], ready="ready>")
    import hashlib
    home.term("new", "-d", "-s", "other", "--", "bash", "--norc", "-i")
    home.term("wait", "other", "--text", PROMPT)
    pid = home.pid()
    client = Raw(home, "s")
    home.call("send", session="s", text="x")
    time.sleep(0.3)
    text = "".join(random.Random(SEED).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=MIB)).encode()
    client.send(b"i", b"\x1b[200~" + text + b"\x1b[201~")
    time.sleep(0.2)
    check("a program that does not read keeps nobody waiting", answers(home, 0.2) is not None)
    word = time.monotonic()
    got = home.call("capture", session="s")
    check("its own session answers", time.monotonic() - word < 0.2 * checks.slow and got["lines"][0].startswith("ready>"), got)
    home.call("send", session="other", text="echo smooth", keys=["enter"])
    check("another session goes on", home.term("wait", "other", "--text", "^smooth$", "--timeout", "3s").returncode == 0)
    check("nothing spins", busy(pid) < 0.1, busy(pid))
    os.kill(home.call("list")["sessions"][1]["pid"], signal.SIGUSR1)
    wanted = "read %d %s" % (MIB, hashlib.sha256(text).hexdigest()[:16])
    check("a paste of 1 MiB is there when it reads later, every byte", home.term("wait", "s", "--text", wanted, "--timeout", "%ds" % (10 * checks.slow)).returncode == 0, home.call("capture", session="s")["lines"])
    # A program that never reads, and one who types without end.
    home.term("new", "-d", "-s", "never", "--", "sh", "-c", "stty raw -echo; echo ready; sleep 1000")
    home.term("wait", "never", "--text", "ready")
    before, said = rss(pid), None
    for _ in range(64):
        try:
            home.call("send", session="never", text="z" * (2 * MIB))
        except Refused as error:
            said = error
            break
    check("typing without end at one that never reads is refused", said and said.code == "limit" and "does not read" in said.message, said)
    check("and memory is bounded (%s)" % mib(rss(pid) - before), rss(pid) - before < 40 * MIB + SLACK)
    check("such a session can be ended", home.term("kill", "never").returncode == 0 and wait_for(lambda: "never" not in home.term("list").stdout))
    # A program that asks without end and never reads the answers.
    before = rss(pid)
    home.term("new", "-d", "-s", "asks", "--", "sh", "-c", r"stty raw -echo; yes $(printf '\033[6n\033[c\033[5n\033[6n\033[c') | tr -d '\n' | head -c %d; printf '\030\r\nasked\r\n'; sleep 1000" % ((1024 if LONG else 12) * MIB))
    check("a program that asks and never reads", home.term("wait", "asks", "--text", "asked", "--timeout", "%ds" % (60 * checks.slow)).returncode == 0)
    check("its answers do not pile up (%s)" % mib(rss(pid) - before), rss(pid) - before < 10 * MIB + SLACK)
    # Half a frame is no reason to spin.
    client.socket.sendall(b"i" + struct.pack("<I", 8 * MIB) + b"w" * (MIB // 2))
    time.sleep(0.2)
    check("half a frame: nothing spins", busy(pid) < 0.1, busy(pid))
    client.close()
    home.close()


# ---- Many ----

def many():
    home = start("", None, "keep")
    pid = home.pid()
    count, at_once = (10000 if LONG else 500) if not SANITIZED else 60, 20
    with home.connect() as c:
        first = None
        for done in range(0, count, at_once):
            ids = [c.send("new", name="t%d" % i, command=[["true"], ["sh", "-c", "exit 3"]][i % 2]) for i in range(at_once)]
            for id in ids:
                c.answer(id)
            wait_for(lambda: len(c.call("list")["sessions"]) == 1)
            if first is None and done + at_once >= min(count / 2, 500):  # threads' heaps are there by then
                first = (rss(pid), descriptors(pid), threads(pid))
        last = (rss(pid), descriptors(pid), threads(pid))
    check("%d sessions came and went" % count, [s["name"] for s in home.call("list")["sessions"]] == ["keep"])
    check("no descriptor is left of them", last[1] == first[1], (first, last))
    check("no thread", last[2] == first[2], (first, last))
    check("no memory (%s)" % mib(last[0] - first[0]), last[0] - first[0] < 3 * MIB + SLACK)
    check("no zombie", not any(state == "Z" for _, state in children(pid)), children(pid))
    before = rss(pid)
    with home.connect() as c:
        for i in range(100):
            c.call("new", command=["sleep", "1000"])
        check("100 sessions", len(c.call("list")["sessions"]) == 101)
    time.sleep(1.5)
    each = (rss(pid) - before) / 100
    check("an idle session takes little (%.0f KiB)" % (each / 1024), each < MIB + SLACK / 100)
    woken = wakes(pid)
    time.sleep(5)
    woken = (wakes(pid) - woken) / 5
    check("100 idle sessions sleep (%.1f wake-ups a second)" % woken, woken < 1, woken)
    word = time.monotonic()
    home.call("list")
    check("they are listed fast (%.0f ms)" % ((time.monotonic() - word) * 1000), time.monotonic() - word < 0.2 * checks.slow)
    began = time.monotonic()
    with home.connect() as c:
        for session in c.call("list")["sessions"]:
            c.call("kill", session=session["name"], signal="KILL")
    check("and end", wait_for(lambda: not home.call("list")["sessions"]))
    check("descriptors are given back", wait_for(lambda: descriptors(pid) < first[1]), (descriptors(pid), first))
    home.close()


def few_descriptors():
    """More is asked for than the system gives."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
    try:
        home = start("", None, "s")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    pid = home.pid()
    subprocess.run(["prlimit", "--pid", str(pid), "--nofile=64:64"], check=False)
    said, held = None, []
    with home.connect() as c:
        for _ in range(60):
            try:
                c.call("new", command=["sleep", "1000"])
            except Refused as error:
                said = error
                break
        check("without descriptors a session is refused", said and said.code == "failed", said)
        for _ in range(60):
            one = socket.socket(socket.AF_UNIX)
            try:
                one.connect(home.socket_path)
            except OSError:
                pass
            held.append(one)
        time.sleep(0.3)
        check("the daemon answers those whom it has", c.call("hello")["protocol"] == 1)
        share = busy(pid)
        check("and does not spin for those whom it cannot take (%.2f)" % share, share < 0.2)
        for one in held:
            one.close()
        names = [s["name"] for s in c.call("list")["sessions"] if s["name"] != "s"]
        for name in names:
            c.call("kill", session=name, signal="KILL")
        check("they end", wait_for(lambda: len(c.call("list")["sessions"]) == 1))
    check("and it goes on", answers(home) is not None and run_once(home))
    home.close()


def run_once(home, session="s"):
    home.call("send", session=session, text="echo go''es", keys=["enter"])
    return home.term("wait", session, "--text", "^goes$", "--timeout", "%ds" % (5 * checks.slow)).returncode == 0


# ---- kill -9 ----

def client_in_pty(home, *words):
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(RIFFLE, [RIFFLE, "term", *words], {**home.env, "TERM": "xterm-256color"})
    return pid, fd


def killed():
    home = start("", None, "s")
    r = random.Random(SEED)
    home.call("send", session="s", text="while :; do seq 1 400; sleep 0.01; done", keys=["enter"])
    for _ in range(300 if LONG else 30):
        pid, fd = client_in_pty(home, "attach", "s")
        end = time.monotonic() + r.uniform(0, 0.12)
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.01)[0]:
                try:
                    os.read(fd, 65536)
                except OSError:
                    break
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
    check("clients killed at any moment are gone", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0), home.call("list"))
    daemon = home.pid()
    check("and leave no descriptor", wait_for(lambda: descriptors(daemon) < 30), descriptors(daemon))
    for _ in range(5):  # one between two commands of a loop may be nobody's
        home.call("send", session="s", keys=["ctrl-c"])
        if home.term("wait", "s", "--quiet", "200ms", "--timeout", "1s").returncode == 0:
            break
    check("the session goes on", run_once(home))
    home.close()
    home = start("keep_scrollback = true\n", None, "k0", None)
    for i in range(1, 4):
        home.term("new", "-d", "-s", "k%d" % i)
    names = ["k%d" % i for i in range(4)]
    good = True
    for round in range(50 if LONG else 5):
        for name in names:
            home.term("wait", name, "--text", "ready> $")
            home.call("send", session=name, text=r"while :; do seq 200; printf '\e]2;%s\a' $RANDOM; cd /usr; cd /var; done", keys=["enter"])
        stop = threading.Event()

        def rename():
            i = 0
            while not stop.is_set():
                try:
                    home.call("new", name="x%d-%d" % (round, i), command=["true"])
                    home.call("resize", session="k1", columns=80 + i % 20, rows=24)
                except (OSError, EOFError, Refused):
                    pass
                i += 1
        busybody = threading.Thread(target=rename)
        pid = home.pid()
        busybody.start()
        time.sleep(r.uniform(0.05, 0.7))
        os.kill(pid, signal.SIGKILL)
        stop.set()
        busybody.join()
        with sqlite3.connect("file:%s?mode=ro" % home.path("state/riffle/sessions.db"), uri=True) as file:
            good = check("round %d: the state file is whole" % round, file.execute("pragma integrity_check").fetchall() == [("ok",)]) and good
        file.close()
        home.term("list")
        told = {s["name"]: s["state"] for s in home.call("list")["sessions"]}
        good = check("round %d: what ran is lost" % round, all(told.get(name) == "lost" for name in names), told) and good
        for name in told:
            if name not in names:
                home.term("kill", name)
        for name in names:
            home.call("restore", session=name)
        good = check("round %d: and starts again" % round, all(home.term("wait", name, "--text", "ready> $").returncode == 0 for name in names)) and good
    check("nobody else's shell is left", not any(state == "Z" for _, state in children(home.pid())))
    home.close()


# ---- Places ----

def run_daemon(home, seconds=5, **environment):
    return subprocess.run([RIFFLE, "term", "daemon"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds * checks.slow, env={**home.env, **environment})


def places():
    home = start("", None, "s")
    pid = home.pid()
    got = run_daemon(home)
    check("a second daemon leaves it to the first", got.returncode == 0 and "another daemon serves" in got.stderr and home.pid() == pid and run_once(home), got)
    os.unlink(home.socket_path)
    got = run_daemon(home)
    check("even when the socket is gone", "another daemon serves" in got.stderr and not os.path.exists(home.socket_path), got)
    os.kill(pid, signal.SIGTERM)
    check("SIGTERM ends it", wait_for(lambda: is_gone(pid)))
    check("the lock of one that ended is no obstacle", os.path.exists(home.socket_path + ".lock") and home.term("new", "-d", "-s", "t").returncode == 0)
    home.term("new", "-d", "-s", "slow", "--", "sh", "-c", "trap '' HUP; echo ready; while :; do sleep 1; done")
    home.term("wait", "slow", "--text", "ready")
    home.call("stop")
    got = home.term("list")
    check("while one ends slowly, the next is waited for", got.returncode == 0 and "slow" in got.stdout and "lost" in got.stdout, got)
    home.call("stop")
    wait_for(lambda: not os.path.exists(home.socket_path))
    with open(home.socket_path, "w") as file:
        file.write("mine")
    got = home.term("new", "-d", "-s", "t")
    check("a file in the socket's place stays", got.returncode == 1 and "no socket of ours" in got.stderr and open(home.socket_path).read() == "mine", got)
    os.unlink(home.socket_path)
    os.unlink(home.socket_path + ".lock")
    os.symlink(home.path("victim"), home.socket_path + ".lock")
    got = home.term("new", "-d", "-s", "t")
    check("a link in the lock's place is not followed", got.returncode == 1 and "lock" in got.stderr and not os.path.exists(home.path("victim")), got)
    os.unlink(home.socket_path + ".lock")
    folder = home.path("run", "riffle")
    for mode in (0o755, 0o770, 0o701):
        os.chmod(folder, mode)
        got = home.term("new", "-d", "-s", "t")
        check("a folder of mode %o is refused" % mode, got.returncode == 1 and "open to other users" in got.stderr and "chmod 700" in got.stderr, got)
    os.chmod(folder, 0o700)
    os.rename(folder, folder + ".real")
    os.symlink(folder + ".real", folder)
    got = home.term("new", "-d", "-s", "t")
    check("a folder that is a link is refused", got.returncode == 1 and "is a link" in got.stderr, got)
    os.unlink(folder)
    with open(folder, "w"):
        pass
    got = home.term("new", "-d", "-s", "t")
    check("a folder that is none is refused", got.returncode == 1 and "is no folder" in got.stderr, got)
    os.unlink(folder)
    if os.geteuid() == 0:
        os.mkdir(folder, 0o700)
        os.chown(folder, 65534, 65534)
        got = home.term("new", "-d", "-s", "t")
        check("a folder of another user is refused", got.returncode == 1 and "another user" in got.stderr, got)
        os.rmdir(folder)
    os.rename(folder + ".real", folder)
    for length, fits in ((107, True), (108, False), (5000, False)):
        path = home.path("p" * 20)
        path = path + "/" + "s" * (length - len(path) - 1)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        home.env["RIFFLE_TERM_SOCKET"] = path
        got = home.term("new", "-d", "-s", "u")
        if fits:
            check("a path of %d bytes" % length, got.returncode == 0 and home.term("stop").returncode == 0, got)
        else:
            check("a path of %d bytes is refused" % length, got.returncode == 2 and "longer than 107 bytes" in got.stderr, got)
    home.env["RIFFLE_TERM_SOCKET"] = "relative"
    got = home.term("list")
    check("a path that is not absolute is refused", got.returncode == 2 and "no absolute path" in got.stderr, got)
    del home.env["RIFFLE_TERM_SOCKET"]
    home.term("new", "-d", "-s", "t", "--", "bash", "--norc", "-i")
    check("after all that it works", home.call("hello")["protocol"] == 1)
    home.close()


# ---- The protocol abused ----

def methods(home):
    """From the manual: {method: [(parameter, type, required)]}."""
    found, name = {}, None
    for line in home.term("protocol").stdout.splitlines():
        if line.startswith("### "):
            name = line[4:]
            found[name] = []
        elif line.startswith("## "):
            name = None
        elif name:
            got = re.match(r"- `(\w+)` \(([a-z ]+?)(, required)?\):", line)
            if got:
                found[name].append((got[1], got[2], bool(got[3])))
    return found


WRONG = {
    "string": [5, 1.5, True, [], {}, ["a"], -1e300], "integer": ["5", 1.5, True, [], {}, 1e300, 1e16, "9" * 40], "boolean": [0, 1, "true", [], {}],
    "list of strings": ["x", 5, {}, [5], ["a", None], [["a"]], ["a\0b"], True], "object": ["x", 5, [], True, ["a"]],
}
RIGHT = {"string": "nobody", "integer": 1, "boolean": False, "list of strings": ["a"], "object": {"A": "b"}}
ODD = {
    "string": ["", "z", "\0", "x" * 100000, "é\u2028😀", "../..", "a\nb", "%s%n", "-1"], "integer": [0, -1, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53, 2 ** 63 - 1, -2 ** 63, 5.0, 80], "boolean": [True, False],
    "list of strings": [[], [""], ["a"] * 1000, ["x" * 100000], ["é"]], "object": [{}, {"": ""}, {"A": 5}, {"A=B": "c"}, {"A": "\0"}],
}


def wrong_types(home, table):
    wrong = []
    asked = 0
    with home.connect() as c:
        def ask(name, params):
            nonlocal asked
            asked += 1
            c.socket.sendall(json.dumps({"id": asked, "method": name, "params": params}).encode() + b"\n")
            got = c.line()
            if got.get("id") != asked or not isinstance(got.get("error"), dict) or not all(isinstance(got["error"].get(k), str) for k in ("code", "message", "hint")) or not got["error"]["message"]:
                wrong.append((name, params, got))
        for name, params in table.items():
            needed = {p: RIGHT[kind] for p, kind, required in params if required}
            for param, kind, _ in params:
                for value in WRONG[kind]:
                    ask(name, {**needed, param: value})
            for param in needed:
                ask(name, {k: v for k, v in needed.items() if k != param})
                ask(name, {**needed, param: None})
            ask(name, {**needed, "no such thing": 1})
            ask(name, {**needed, "": None})
        for name in ("", "x" * 70000, "hello\0", "HELLO", None, 5, True, [], {}):
            ask(name, {})
        for name in table:
            for params in ([], "x", 5, True):
                ask(name, params)
    check("%d requests with what is no parameter: each an error" % asked, asked > 250 and not wrong, wrong[:5])


def odd_values(home, table):
    """Of the right type, and seldom meant: answered, one way or the other."""
    r = random.Random(SEED)
    home.term("new", "-d", "-s", "odd", "--", "sh", "-c", "stty raw -echo; exec cat >/dev/null")
    names = [name for name in table if name not in ("stop", "events")]
    wrong, count = [], 60000 if LONG else 1500
    with home.connect() as c:
        for i in range(count):
            name = r.choice(names)
            params = {p: r.choice(ODD[kind]) for p, kind, required in table[name] if required or r.random() < 0.5}
            if "session" in params and r.random() < 0.8:
                params["session"] = "odd"
            if name == "attach":
                params["session"] = "nobody"  # it would take the connection with it
            if name == "kill" and params["session"] == "odd" or name == "rename" and re.fullmatch(r"[\w.:-]{1,64}", params["to"]):
                continue
            if name == "new":
                params["command"] = ["true"] if r.random() < 0.9 else params.get("command", [])
            if name == "wait":
                params["timeout_ms"] = r.choice([0, -1, 1, 5])
            if name == "record":
                params["path"] = r.choice(["", "/", "/dev/null", "/nonexistent/x", home.dir, "\0"])
            id = c.send(name, **params)
            try:
                c.answer(id)
            except Refused as error:
                if not error.message:
                    wrong.append((name, params, error))
    check("%d requests with odd values are answered" % count, not wrong, wrong[:3])
    with home.connect() as c:
        for session in c.call("list")["sessions"]:
            if session["name"] not in ("s", "odd"):
                try:
                    c.call("kill", session=session["name"], signal="KILL")
                except Refused:
                    pass
    check("what they began has ended", wait_for(lambda: len(home.call("list")["sessions"]) == 2), home.call("list"))


def bad_lines(home):
    pid = home.pid()
    with home.connect() as c:
        for text in (b"\xff\xfe\x00\x01", b"{" * 100000, b"[" * 100000 + b"]" * 100000, b'{"id":' + b"[" * 5000 + b"]" * 5000 + b',"method":"hello"}', b'{"a":' * 3000 + b"1" + b"}" * 3000, b"null", b"[]", b'"x"', b"5",
                     b'{"id":1}', b'{"id":1,"method":"hello"', b'{"id":1e999,"method":"hello"}', b'{"id":1,"method":"hello\xff"}', random.Random(SEED).randbytes(60000).replace(b"\n", b"")):
            c.socket.sendall(text + b"\n")
            got = c.line()
            if not check("no request: %r…" % text[:14], isinstance(got.get("error"), dict), got):
                break
        check("the connection goes on", c.call("hello")["protocol"] == 1)
        for id in (None, "x", [1, [2, [3]]], {"a": {"b": None}}, 2 ** 53, -1.5, "é\n"):
            c.socket.sendall(json.dumps({"id": id, "method": "hello"}).encode() + b"\r\n")
            got = c.line()
            check("the id %s comes back" % json.dumps(id), got.get("id") == id and "result" in got, got)
    before = rss(pid)
    for name in ("a line of 31 MiB is read", "and another"):
        with home.connect() as c:
            c.socket.sendall(b'{"id":1,"method":"hello","params":{"x":"' + b"a" * (31 * MIB) + b'"}}\n')
            check(name, c.line()["error"]["code"] == "invalid")
    with home.connect() as c:
        said = b""
        try:
            for _ in range(33 * 16):
                c.socket.sendall(b"a" * (MIB // 16))
        except OSError:
            pass
        try:
            while True:
                got = c.socket.recv(65536)
                if not got:
                    break
                said += got
        except OSError:
            pass
        check("one of more than 32 MiB ends the connection, with a word", b"too long" in said or said == b"", said[:200])
    check("and their memory is given back (%s)" % mib(rss(pid) - before), rss(pid) - before < 80 * MIB + SLACK)
    for half in (b'{"id":1,"met', b'{"id":1,"method":"list"}', b"\n\n\n{", b"\0" * 1000):
        c = home.connect()
        c.socket.sendall(half)
        c.socket.close()
    check("half a line and away", answers(home) is not None)


def pipelines(home):
    """Much at once on one connection keeps the others waiting for little."""
    for name, text, count in (("empty lines", b"\n" * (8 * MIB), 0), ("requests", b'{"id":1,"method":"hello"}\n' * 60000, 60000), ("nonsense", b"x\n" * 100000, 100000)):
        c = home.connect()
        got, worst = [0], 0

        def read():
            while got[0] < count + 1:
                data = c.socket.recv(1 << 18)
                if not data:
                    return
                got[0] += data.count(b"\n")
        reader = threading.Thread(target=read, daemon=True)
        writer = threading.Thread(target=lambda: c.socket.sendall(text + b'{"id":2,"method":"hello"}\n'), daemon=True)
        reader.start()
        writer.start()
        began = time.monotonic()
        while reader.is_alive() and time.monotonic() - began < 30 * checks.slow:
            word = time.monotonic()
            try:
                home.call("hello")
            except OSError:
                pass
            worst = max(worst, time.monotonic() - word)
            time.sleep(0.01)
        check("%s, many at once: all are answered (%.1f s)" % (name, time.monotonic() - began), got[0] == count + 1, got)
        check("and others wait for %.0f ms at most" % (worst * 1000), worst < 0.25 * checks.slow, worst)
        c.socket.close()


def frames(home):
    pid = home.pid()
    for name, bytes, closed in (("a length past all bounds", b"i\xff\xff\xff\xff", True), ("of 16 MiB and a byte", b"i" + struct.pack("<I", 16 * MIB + 1), True), ("of an unknown kind", b"\0\4\0\0\0abcd", False),
                                ("a size that is none", b"r\3\0\0\0abc" + b"r\0\0\0\0" + b"r\4\0\0\0\0\0\0\0" + b"r\4\0\0\0\xff\xff\xff\xff", False), ("an order that is none", b"c\5\0\0\0{\"ord" + b"c\0\0\0\0" + b"c\2\0\0\0[]", False),
                                ("an order with the wrong types", b"".join(b"c" + struct.pack("<I", len(o)) + o for o in (b'{"order":5}', b'{"order":"scroll","lines":"x"}', b'{"order":"scroll","lines":1e300}', b'{"order":"pick"}', b'{"order":"pick","plugin":5,"id":[]}')), False),
                                ("an order nested deep", b"c" + struct.pack("<I", 20000) + b"[" * 20000, False), ("JSON after attach", b'{"id":1,"method":"hello"}\n', True)):
        client = Raw(home, "s", size="ignore")
        client.send(b"c", b'{"order":"redraw"}')
        client.socket.sendall(bytes)
        if closed:
            check("frame: %s ends the client" % name, client.is_closed(), name)
        else:
            client.take(0.1)
            client.send(b"c", b'{"order":"commands"}')
            check("frame: %s is passed over" % name, wait_for(lambda: any(k == b"e" and b'"commands"' in b for k, b in client.take(0.1)), 3))
        client.close()
    client = Raw(home, "s", size="ignore")
    for size in (MIB // 4 + 1, MIB, 16 * MIB):
        client.send(b"c", b'{"order":"no such order","x":"' + b"y" * (size - 32) + b'"}')
        client.send(b"c", b'{"order":"commands"}')
        check("a frame of %s is taken" % mib(size), wait_for(lambda: any(k == b"e" and b'"commands"' in b for k, b in client.take(0.1)), 5))
    client.close()
    check("nothing spins", busy(pid) < 0.1, busy(pid))
    check("all of them are gone", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0))


def patient(home):
    """A connection, also when more than the backlog wait for one."""
    while True:
        try:
            return home.connect()
        except BlockingIOError:
            time.sleep(0.01)


def crowd(home):
    before = descriptors(home.pid())
    all = [patient(home) for _ in range(200)]
    check("200 connections are answered", all and [c.call("hello")["protocol"] for c in all] == [1] * 200)
    word = time.monotonic()
    home.call("list")
    check("and hold nobody up", time.monotonic() - word < 0.1 * checks.slow)
    for i, c in enumerate(all):
        if i % 2:
            c.socket.sendall(b'{"id":1,')
        c.socket.close()
    check("and go", wait_for(lambda: descriptors(home.pid()) <= before + 1), (before, descriptors(home.pid())))
    all, refused = [], 0
    for _ in range(1100):
        all.append(patient(home).socket)
    time.sleep(0.3)
    for c in all:
        c.setblocking(False)
        try:
            refused += c.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            refused += 1
    check("of 1100 connections 1000 are taken", 90 <= refused <= 110, refused)
    for c in all:
        c.close()
    check("room again when they have gone", wait_for(lambda: answers(home) is not None), answers(home))
    attached = [Raw(home, "s", size="ignore") for _ in range(60)]
    home.call("send", session="s", text="echo to''all", keys=["enter"])
    check("60 clients of one session all see it", all_see(attached, b"toall"))
    for client in attached:
        client.close()
    check("and go", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0))


def all_see(clients, word):
    seen = [b""] * len(clients)
    def look():
        for i, client in enumerate(clients):
            seen[i] += b"".join(b for k, b in client.take(0.005) if k == b"o")
        return all(word in text for text in seen)
    return wait_for(look)


def abuse():
    home = start("", None, "s")
    pid = home.pid()
    table = methods(home)
    check("the manual names the methods", len(table) >= 18 and ("session", "string", True) in table["attach"], table)
    wrong_types(home, table)
    bad_lines(home)
    pipelines(home)
    frames(home)
    crowd(home)
    odd_values(home, table)
    check("it is the same daemon, and the session goes on", home.pid() == pid and run_once(home))
    home.close()


def main():
    for part in (hostile, answers_nobody_reads, flood, deaf_client, deaf_program, many, few_descriptors, killed, places, abuse):
        if len(sys.argv) <= 2 or part.__name__ in sys.argv[2:]:
            began = time.monotonic()
            part()
            print("      %s took %.1f s" % (part.__name__, time.monotonic() - began), flush=True)
    checks.end()


if __name__ == "__main__":
    main()

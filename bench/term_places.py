"""Where `./dev bench term` has programs run: riffle's daemon, tmux, a bare PTY; and who looks on meanwhile."""
import fcntl
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from common import RIFFLE, TOP, die

sys.path.insert(0, str(TOP / "tests" / "e2e"))
from lib.term import Home  # noqa: E402  the daemon with a home of its own that the tests use, too

COLUMNS, ROWS = 80, 24
SCROLLBACK = 10000


def wait_for(claim, seconds=60, what="what was started"):
    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            die(f"waited {seconds} s for {what}")
        time.sleep(0.005)


class PtyReader:
    """A program in a PTY of its own; what it writes is read and thrown away."""

    def __init__(self, words, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.execvpe(words[0], words, env or os.environ)
            finally:
                os._exit(127)
        self.seen = 0
        self.answer = b""  # to a request for the terminal's attributes, as a terminal gives one
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        end = b""
        try:
            while got := os.read(self.fd, 1 << 16):
                self.seen += len(got)
                end = end + got if len(got) < 3 else got[-3:]
                if self.answer and end.endswith(b"\x1b[c"):
                    os.write(self.fd, self.answer)
        except OSError:
            pass  # the program has ended

    def close(self):
        try:
            os.kill(self.pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        self.thread.join()
        os.close(self.fd)


class SocketReader:
    """A client that reads all frames and draws nothing."""

    def __init__(self, home, session):
        self.connection = home.connect()
        self.connection.call("attach", session=session, columns=COLUMNS, rows=ROWS)
        self.connection.socket.settimeout(None)
        self.seen = 0
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        room = bytearray(1 << 18)
        while got := self.connection.socket.recv_into(room):
            self.seen += got

    def close(self):
        self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.socket.close()


class Daemon:
    """riffle's, with those plugins and no others."""

    def __init__(self, plugins=None, settings=""):
        self.home = Home(str(RIFFLE), f"scrollback_lines = {SCROLLBACK}\n{settings}", plugins)
        self.count = 0
        self.call("hello") if os.path.exists(self.home.socket_path) else self.home.term("list")
        self.pid = self.home.pid()

    def call(self, method, **params):
        return self.home.call(method, **params)

    def start(self, words):
        """A session that runs them; its name."""
        self.count += 1
        name = f"bench{self.count}"
        self.call("new", name=name, command=words, columns=COLUMNS, rows=ROWS)
        return name

    def end(self, name):
        self.call("kill", session=name)

    def attach(self, name):
        return SocketReader(self.home, name)

    def attach_client(self, name):
        return PtyReader([str(RIFFLE), "term", "attach", name], {**self.home.env, "TERM": "xterm-256color"})

    def memory(self):
        return memory_of(self.pid)

    def close(self):
        self.call("stop")
        wait_for(lambda: not os.path.exists(f"/proc/{self.pid}"), what="the daemon's end")
        shutil.rmtree(self.home.dir, ignore_errors=True)


class Tmux:
    """A server of its own, without anybody's configuration, with as long a scrollback."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="riffle-bench-tmux-")
        self.words = ["tmux", "-S", os.path.join(self.folder, "socket"), "-f", os.path.join(self.folder, "conf")]
        self.env = {k: v for k, v in os.environ.items() if k not in ("TMUX", "TMUX_PANE")} | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        with open(os.path.join(self.folder, "conf"), "w", encoding="utf-8") as file:
            file.write(f"set -g history-limit {SCROLLBACK}\nset -g status off\nset -s escape-time 0\n")
        self.count = 0
        self.start(["sleep", "100000"])
        self.pid = int(self.run("display-message", "-p", "#{pid}"))

    def run(self, *words):
        said = subprocess.run([*self.words, *words], capture_output=True, text=True, env=self.env, check=False)
        if said.returncode:
            die(f"tmux {words[0]}: {said.stderr}")
        return said.stdout

    def start(self, words):
        self.count += 1
        name = f"bench{self.count}"
        self.run("new-session", "-d", "-s", name, "-x", str(COLUMNS), "-y", str(ROWS), *words)
        return name

    def end(self, name):
        self.run("kill-session", "-t", name)

    def attach_words(self, name):
        return [*self.words, "attach", "-t", name]

    def attach(self, name):
        return PtyReader(self.attach_words(name), self.env)

    attach_client = attach

    def memory(self):
        return memory_of(self.pid)

    def close(self):
        self.run("kill-server")
        shutil.rmtree(self.folder, ignore_errors=True)


class BarePty:
    """Nobody between the program and who reads."""

    def start(self, words):
        self.reader = PtyReader(words)
        self.reader.answer = b"\x1b[?1c"
        return "bare"

    def end(self, _name):
        self.reader.close()

    def close(self):
        pass


def memory_of(pid):
    """Resident and proportional bytes."""
    found = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] in ("Rss:", "Pss:"):
                found[words[0]] = int(words[1]) * 1024
    return found["Rss:"], found["Pss:"]


def switches(pid):
    """Context switches of all threads, voluntary and not, by thread."""
    found = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            found[task] = sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
    return found

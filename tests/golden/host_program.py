"""Runs one recorded case with the program, in a folder of its own: its files, its input, its steps, its end."""
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import host_recorder

PLACES = ("@PORT@", "@SRV@", "@P3@", "@DIR@")


class Observed:
    """What came of it. `stopped`: "" it ended by itself, else the last signal that was needed."""

    def __init__(self):
        self.status, self.stopped, self.stdout, self.stderr = None, "", "", ""
        self.files, self.deleted, self.exchanges, self.requests = {}, [], [], []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def files_of(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            with open(full, "rb") as file:
                found[os.path.relpath(full, folder)] = file.read().decode("utf-8", "surrogateescape")
    return found


class Program:
    """`slow`: waits for a condition may take this many times longer; plain pauses stay."""

    def __init__(self, riffle, case, slow):
        self.riffle, self.case, self.slow = riffle, case, slow
        self.top = tempfile.mkdtemp(prefix="riffle-host-")
        self.folder = os.path.join(self.top, "work")
        self.recorder = host_recorder.Recorder(case.get("server"))
        self.places = {"@PORT@": free_port(), "@SRV@": self.recorder.port, "@P3@": free_port(), "@DIR@": self.folder}
        self.seen = Observed()
        self.process = None
        self.expected = list(case.get("exchanges", []))

    def fill(self, text):
        for place in PLACES:
            text = text.replace(place, str(self.places[place]))
        return text

    def unfill(self, text):
        for place in ("@DIR@", "@SRV@", "@PORT@", "@P3@"):
            value = str(self.places[place])
            text = text.replace(value if place == "@DIR@" else ":" + value, place if place == "@DIR@" else ":" + place)
        return text

    def write(self, path, text):
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(self.fill(text).encode("utf-8", "surrogateescape"))

    def start(self):
        os.makedirs(self.folder)
        for path, text in self.case["files"].items():
            self.write(path, text)
        self.before = files_of(self.folder)
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": self.folder, "TZ": "UTC", "LANG": "C.UTF-8"}
        env.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
        env.update(self.case.get("env", {}))
        self.out = open(os.path.join(self.top, "stdout"), "wb")
        self.err = open(os.path.join(self.top, "stderr"), "wb")
        self.process = subprocess.Popen([self.riffle] + [self.fill(word) for word in self.case["args"]], cwd=self.folder, env=env,
                                        stdin=subprocess.PIPE, stdout=self.out, stderr=self.err)

    def feed(self):
        """The input that is given at once, by a thread: it may be more than a pipe holds."""
        steps = self.case.get("steps", [])
        if any(step[0] in ("stdin", "eof") for step in steps):
            return
        text = self.case.get("stdin", "") + "".join(part * times for part, times in self.case.get("stdin_parts", []))
        threading.Thread(target=self.write_input, args=(text, True), daemon=True).start()

    def write_input(self, text, close):
        try:
            self.process.stdin.write(text.encode("utf-8", "surrogateescape"))
            self.process.stdin.flush()
            if close:
                self.process.stdin.close()
        except (OSError, ValueError):
            pass  # it has gone

    def ended_within(self, seconds):
        try:
            self.process.wait(max(0, seconds))
            return True
        except subprocess.TimeoutExpired:
            return False

    # The steps of a case.

    def wait_for_service(self):
        end = time.monotonic() + 10 * self.slow
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.places["@PORT@"])) == 0:
                    return
            time.sleep(0.02)

    def http(self, method, path, body=None, headers=None):
        port = self.places["@P3@"] if path.startswith("P3") else self.places["@PORT@"]
        path = path[2:] if path.startswith("P3") else path
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15 * self.slow)
        try:
            connection.request(method, path, body.encode("utf-8", "surrogateescape") if body is not None else None, headers or {})
            answer = connection.getresponse()
            text = self.unfill(answer.read().decode("utf-8", "surrogateescape"))
            said = {"request": f"{method} {path}", "status": answer.status, "headers": dict(answer.getheaders()), "body": text}
        except (OSError, http.client.HTTPException) as error:
            said = {"request": f"{method} {path}", "error": str(error)}
        connection.close()
        self.seen.exchanges.append(said)

    def alive(self, seconds):
        """When it is to have ended by then, it may take longer; when it is not, the pause is the recorded one."""
        at = len(self.seen.exchanges)
        to_end = at < len(self.expected) and self.expected[at].get("alive") is False
        ended = self.ended_within(max(seconds, 10 * self.slow) if to_end else seconds)
        self.seen.exchanges.append({"alive": not ended})

    def send(self, kind, text):
        with socket.socket(socket.AF_INET, kind) as peer:
            try:
                peer.connect(("127.0.0.1", self.places["@P3@"]))
                peer.sendall(text.encode("utf-8", "surrogateescape"))
            except OSError:
                pass  # seen by what does not arrive

    def replace(self, path, text):
        self.write(path + ".beside", text)
        os.rename(os.path.join(self.folder, path + ".beside"), os.path.join(self.folder, path))

    def step(self, step):
        name, words = step[0], step[1:]
        acts = {"wait": self.wait_for_service, "sleep": lambda seconds: self.ended_within(seconds), "http": self.http, "alive": self.alive,
                "stdin": lambda text: self.write_input(text, False), "eof": lambda: self.write_input("", True),
                "sig": lambda signal_name: self.process.send_signal(getattr(signal, "SIG" + signal_name)),
                "write": self.write, "mv": self.replace,
                "tcp": lambda text: self.send(socket.SOCK_STREAM, text), "udp": lambda text: self.send(socket.SOCK_DGRAM, text)}
        acts[name](*words)

    # Its end.

    def finish(self, is_done):
        """Waits until it ends, or, for a case that had to be stopped, for the recorded time; stops it. `is_done(seen)` says whether
        what is to be seen is there: until then a case that is to be stopped gets some more time."""
        case = self.case
        if "stopped" not in case:
            ended = self.ended_within(max(case.get("timeout", 3), 15) * self.slow)
        else:
            ended = self.ended_within(case.get("timeout", 3))
            end = time.monotonic() + 6 * self.slow
            while not ended and time.monotonic() < end and not is_done(self.look()):
                ended = self.ended_within(0.1)
        if not ended:
            self.seen.stopped = "TERM"
            self.process.terminate()
            if not self.ended_within(max(case.get("grace", 1), 5) * self.slow):
                self.seen.stopped = "KILL"
                self.process.kill()
                self.process.wait()
        self.seen.status = self.process.returncode
        self.look()

    def look(self):
        """What there is to see so far."""
        seen = self.seen
        for name in ("stdout", "stderr"):
            with open(os.path.join(self.top, name), "rb") as file:
                setattr(seen, name, self.unfill(file.read().decode("utf-8", "surrogateescape")))
        now = files_of(self.folder)
        seen.files = {path: self.unfill(text) for path, text in now.items() if self.before.get(path) != text}
        seen.deleted = sorted(path for path in self.before if path not in now)
        with self.recorder.lock:
            seen.requests = [dict(request, body=self.unfill(request["body"])) for request in self.recorder.requests]
        return seen

    def run(self, is_done):
        try:
            self.start()
            self.feed()
            for step in self.case.get("steps", []):
                self.step(step)
            self.finish(is_done)
        finally:
            self.close()
        return self.seen

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.write_input("", True)
            self.out.close()
            self.err.close()
        self.recorder.close()
        shutil.rmtree(self.top, ignore_errors=True)

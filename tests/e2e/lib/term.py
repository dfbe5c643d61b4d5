"""A daemon of `riffle term` with a home of its own, asked by its commands and over its socket."""
import json, os, shutil, signal, socket, subprocess, tempfile, time

from . import checks

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def is_gone(pid):
    """Also when whoever should wait for it takes a while."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Home:
    def __init__(self, riffle, settings="", plugins=None):
        self.riffle = riffle
        self.dir = tempfile.mkdtemp(prefix="riffle-term-")
        os.chmod(self.dir, 0o755)
        for name in ("run", "config/riffle/plugins", "data/riffle/plugins", "state", "cache"):
            os.makedirs(os.path.join(self.dir, name))
        os.chmod(os.path.join(self.dir, "run"), 0o700)
        system = os.path.join(self.dir, "system", "riffle")
        os.makedirs(system)
        os.symlink(os.path.join(ROOT, "plugins"), os.path.join(system, "plugins"))
        self.env = {**os.environ, "HOME": self.dir, "XDG_RUNTIME_DIR": self.path("run"), "XDG_CONFIG_HOME": self.path("config"), "XDG_DATA_HOME": self.path("data"),
                    "XDG_STATE_HOME": self.path("state"), "XDG_CACHE_HOME": self.path("cache"), "XDG_DATA_DIRS": self.path("system"), "SHELL": "/bin/bash",
                    "PS1": "ready> ", "LC_ALL": "C.UTF-8"}
        for variable in ("TMUX", "TMUX_PANE", "RIFFLE_SESSION", "RIFFLE_TERM_SOCKET", "RIFFLE_TERM_CONFIG", "RIFFLE_PLUGIN_PATH", "PROMPT_COMMAND"):
            self.env.pop(variable, None)
        self.write(".bashrc", "PS1='ready> '\n")
        self.settings(settings)
        for name, text in (plugins or {}).items():
            self.plugin(name, text)
        self.socket_path = self.path("run", "riffle", "term.sock")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def settings(self, text):
        self.write("config/riffle/term.toml", text)

    def plugin(self, name, text):
        """Saved as editors do: a new file takes the old one's place."""
        self.write("config/riffle/plugins/.new-" + name, text)
        os.rename(self.path("config/riffle/plugins/.new-" + name), self.path("config/riffle/plugins", name))

    def term(self, *words, seconds=30, input=None):
        return subprocess.run([self.riffle, "term", *words], stdin=subprocess.DEVNULL if input is None else None, input=input, capture_output=True, text=True,
                              timeout=seconds * checks.slow, env=self.env)

    def ok(self, name, *words, out=None, status=0, err=None, input=None):
        got = self.term(*words, input=input)
        parts = [] if out is None else [out] if isinstance(out, str) else out
        wrong = [] if err is None else [err] if isinstance(err, str) else err
        checks.check(name, got.returncode == status and all(p in got.stdout for p in parts) and all(p in got.stderr for p in wrong) and (wrong or not got.stderr),
                     (got.returncode, got.stdout, got.stderr))
        return got

    def connect(self):
        return Connection(self.socket_path)

    def call(self, method, **params):
        with self.connect() as connection:
            return connection.call(method, **params)

    def pid(self):
        return self.call("hello")["pid"]

    def log(self):
        try:
            with open(self.path("state", "riffle", "term.log")) as file:
                return file.read()
        except OSError:
            return ""

    def close(self):
        try:
            pid = self.pid()
            self.call("stop")
            checks.wait_for(lambda: is_gone(pid), 8)
            if not is_gone(pid):
                checks.check("the daemon ends", False, self.log()[-1500:])
                os.kill(pid, signal.SIGKILL)
        except (OSError, Refused):
            pass
        said = self.log()
        checks.check("the daemon's log has no sanitizer's report", "ERROR: " not in said and "runtime error" not in said and "WARNING: Thread" not in said, said[max(said.find("WARNING: Thread"), 0):][:3000])
        shutil.rmtree(self.dir, ignore_errors=True)


class Refused(Exception):
    def __init__(self, error):
        super().__init__(str(error))
        self.code, self.message, self.hint = error["code"], error["message"], error["hint"]


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60 * checks.slow)
        self.socket.connect(path)
        self.buffer = b""
        self.events = []
        self.id = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, **params):
        self.id += 1
        self.socket.sendall(json.dumps({"id": self.id, "method": method, "params": params}).encode() + b"\n")
        return self.id

    def line(self):
        while b"\n" not in self.buffer:
            got = self.socket.recv(1 << 16)
            if not got:
                raise EOFError("the daemon closed the connection")
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def answer(self, id):
        while True:
            got = self.line()
            if "event" in got:
                self.events.append(got)
            elif got.get("id") == id:
                if "error" in got:
                    raise Refused(got["error"])
                return got["result"]

    def call(self, method, **params):
        return self.answer(self.send(method, **params))

    def event(self, kind, seconds=10):
        """The next event of that kind."""
        end = time.monotonic() + seconds * checks.slow
        while True:
            for i, event in enumerate(self.events):
                if event["event"] == kind:
                    return self.events.pop(i)
            if time.monotonic() > end:
                return None
            self.socket.settimeout(0.2)
            try:
                got = self.line()
                if "event" in got:
                    self.events.append(got)
            except (TimeoutError, socket.timeout):
                pass
            finally:
                self.socket.settimeout(60 * checks.slow)

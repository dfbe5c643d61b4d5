#!/usr/bin/env python3
"""plugin.py RIFFLE: `riffle plugin` from the command line, as a user has it, the examples, and what the documents say.

Everything happens in a folder whose name has blanks, with a home and XDG folders of its own. Prints one line a check and ends
with `N passed, N failed`.
"""
import http.server, json, os, pty, re, select, shutil, stat, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import check

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
EXAMPLES = os.path.join(ROOT, "examples", "plugins")
DOCS = os.path.join(ROOT, "docs", "plugins")
SLOW = 10 if "asan" in RIFFLE else 1
home = {}  # the environment


def riffle(*words, text="", seconds=30, env=None):
    return subprocess.run([RIFFLE, *words], input=text, capture_output=True, text=True, timeout=seconds * SLOW, env={**home, **(env or {})})


def plugin(*words, **more):
    return riffle("plugin", *words, **more)


def expect(name, got, out=None, status=0, err=None):
    """Parts of standard output, exit status, and parts of standard error (None: it is empty)."""
    parts = [] if out is None else [out] if isinstance(out, str) else out
    good = got.returncode == status and all(part in got.stdout for part in parts)
    good = good and (got.stderr == "" if err is None else all(part in got.stderr for part in ([err] if isinstance(err, str) else err)))
    check(name, good, (got.returncode, got.stdout, got.stderr))


def write(name, text):
    if os.path.dirname(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w") as file:
        file.write(text)
    return name


def read(name):
    with open(name) as file:
        return file.read()


def set_home(folder):
    """A user who has nothing yet."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "config", "riffle", "plugins"))
    home.clear()
    home.update({name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "RIFFLE_"))})
    home.update(HOME=folder, XDG_CONFIG_HOME=os.path.join(folder, "config"), XDG_DATA_HOME=os.path.join(folder, "data"),
                XDG_CACHE_HOME=os.path.join(folder, "cache"), XDG_STATE_HOME=os.path.join(folder, "state"), XDG_CONFIG_DIRS=os.path.join(folder, "etc"),
                XDG_DATA_DIRS=os.path.join(folder, "share"), PATH=os.path.dirname(RIFFLE) + ":" + os.environ["PATH"])
    return os.path.join(folder, "config", "riffle")


# ---- Help ----

PARTS = ["list", "info", "new", "check", "test", "enable", "disable", "reload", "trust", "sign", "top"]


def helped():
    got = plugin("--help")
    expect("plugin --help lists the commands", got, ["usage: riffle plugin COMMAND", *["  %s " % part for part in PARTS]])
    for part in PARTS:
        expect("plugin %s --help" % part, plugin(part, "--help"), ["usage: riffle plugin %s " % part, "options:", "--help", "examples:"])
        expect("plugin %s: an unknown option" % part, plugin(part, "--qqqqq"), "", 2, ["unknown option --qqqqq", "riffle plugin %s --help" % part])
    expect("help plugin list", riffle("help", "plugin", "list"), "usage: riffle plugin list")
    man = riffle("help", "--man").stdout
    check("the manual page has all of them", all(".SS riffle plugin %s" % part in man for part in PARTS), man[-300:])
    expect("no command", plugin(), "", 2, "no command is given")
    expect("an unknown command", plugin("lsit"), "", 2, "did you mean list?")


# ---- new, test, check ----

def made():
    for language, ending in (("fusabi", "fsx"), ("javascript", "js")):
        for stream in (False, True):
            name = "%s-%s" % (language, "stream" if stream else "session")
            got = plugin("new", name, "--language", language, *(["--stream"] if stream else []))
            expect("new %s" % name, got, ["%s.%s" % (name, ending), "%s.test.toml" % name])
            expect("its tests pass", plugin("test", "%s.%s" % (name, ending)), ["pass  %s: " % name, " passed, 0 failed\n"])
            expect("and it has no findings", plugin("check", "%s.%s" % (name, ending)), "%s 0.1.0, %s: good" % (name, language))
            expect("new again overwrites nothing", plugin("new", name, "--language", language), "", 2, "is there already")
    expect("new: Fusabi when nothing is said", plugin("new", "plain"), "plain.fsx")
    os.mkdir("a folder")
    expect("new --dir", plugin("new", "there", "--dir", "a folder"), "a folder/there.fsx")
    expect("its tests pass by path", plugin("test", "a folder/there.fsx"), " passed, 0 failed\n")
    write("only.test.toml", "")
    expect("new: the test file is there already", plugin("new", "only"), "", 2, "only.test.toml is there already")
    check("then nothing is written", not os.path.exists("only.fsx") and read("only.test.toml") == "")
    expect("new: a name that none can be", plugin("new", "../up"), "", 2, "../up")
    expect("new: an unknown language", plugin("new", "x", "--language", "javascrpt"), "", 2, "did you mean javascript?")
    expect("new without a name", plugin("new"), "", 2, "no name is given")
    expect("new: the folder is not there", plugin("new", "x", "--dir", "nowhere"), "", 1, "nowhere")


FAILING = """
[[case]]
name = "goes wrong"
[[case.step]]
output = "one"
verdict = "drop"
text = "three"
log = "never said"
sent = "keys"
notified = "you"
error = "a mistake"
status = { clock = "12:00" }
[[case]]
name = "goes right"
[[case.step]]
output = "two"
verdict = "continue"
text = "two"
log = ""
sent = ""
notified = ""
status = { clock = "" }
"""


def tested():
    plugin("new", "same", "--language", "javascript")
    write("same.js", "// @version: 1.0.0\nfunction on_output(line) {}\n")
    write("same.test.toml", FAILING)
    got = plugin("test", "same.js")
    expect("a failing case", got, ["FAIL  same: goes wrong (same.test.toml:3)", "step 1, output (line 5)", "verdict: expected drop, got continue",
                                   'text: expected "three"', 'got      "one"', "never said", "keys", "you", "a mistake", "12:00",
                                   "pass  same: goes right", "1 passed, 1 failed\n"], 1)
    write("same.test.toml", '[[case]]\nname = "x"\n[[case.step]]\ninput = "x"\n')
    expect("a hook that the plugin does not have", plugin("test", "same.js"), ["the plugin has no on_input", "0 passed, 1 failed"], 1)
    write("same.test.toml", '[[case]]\nname = "x"\n[[case.step]]\nouptut = "x"\n')
    expect("an unknown key", plugin("test", "same.js"), "0 passed, 0 failed", 2,
           ["same.test.toml:4:1: error: ", "no key `ouptut`", "did you mean `output`?", "ouptut = ", "^"])
    os.remove("same.test.toml")
    expect("no test file", plugin("test", "same.js"), "0 passed, 0 failed", 2, ["has no tests", "same.test.toml"])
    write("throws.js", "function on_output(line) { throw new Error('no ' + line); }\nfunction on_input(keys) { for (;;); }\n")
    write("throws.test.toml", '[[case]]\nname = "says what"\n[[case.step]]\noutput = "more"\nerror = "no more"\nverdict = "continue"\n'
          '[[case.step]]\ninput = "x"\nerror = "longer than its 50 ms"\n[[case]]\nname = "unexpected"\n[[case.step]]\noutput = "less"\n')
    expect("errors, expected and not", plugin("test", "throws.js"), ["pass  throws: says what", "FAIL  throws: unexpected", "no less", "1 passed, 1 failed"], 1)
    write("broken.js", "function on_output(line) {\n")
    write("broken.test.toml", '[[case]]\nname = "x"\n[[case.step]]\noutput = "x"\n')
    expect("a plugin that does not load", plugin("test", "broken.js"), ["FAIL  broken: x", "the plugin does not load", "broken.js:"], 1)
    expect("test of nothing there is", plugin("test", "nothing.js"), "0 passed, 0 failed", 2, "nothing.js")


def checked():
    expect("check: several, one broken", plugin("check", "broken.js", "plain.fsx"), "plain 0.1.0, fusabi: good", 2, "broken.js:")
    write("odd.fsx", "// @prioritty: 5\nlet on_output line = Continue\n")
    expect("check: an unknown key", plugin("check", "odd.fsx"), "", 2, ["odd.fsx:1:", "prioritty", "did you mean", "priority"])
    write("newer.js", "// @api: 9.0\nfunction on_output(line) {}\n")
    expect("check: another API version", plugin("check", "newer.js"), "", 2, "9.0")
    write("asks.fsx", "// @capabilities: [\"run\", \"network\"]\nlet on_tick name = ignore (Process.runShell \"true\")\n")
    expect("check: what it asks for", plugin("check", "asks.fsx"), "good", 0, ["does not use: network", "not granted yet"])
    write("hooks.js", "// @hooks: [\"on_key\"]\nfunction on_key(name) {}\n")
    expect("check: a hook that is never called", plugin("check", "hooks.js"), "good", 0, "on_key is never called")
    ran = write("runs.fsx", "// @capabilities: [\"run\"]\nlet x = Process.runShell \"touch ran\"\nlet on_output line = Continue\n")
    plugin("check", ran)
    plugin("list", env={"RIFFLE_PLUGIN_PATH": os.getcwd()})
    check("neither check nor list gives it rights", not os.path.exists("ran"))
    expect("check of a missing file", plugin("check", "nothing.js"), "", 2, "nothing.js")


# ---- list, info, enable, disable ----

def listed(config):
    expect("list: no plugins", plugin("list"), ["no plugins in", os.path.join(config, "plugins")])
    for name, text in (("first.fsx", "// @priority: 10\n// @version: 1.2.3\nlet on_output line = Continue\n"),
                       ("second.js", "// @capabilities: [\"run\", \"ui\"]\nfunction on_tick(name) {}\nfunction on_output(line) {}\n"),
                       ("third.js", "function on_output(\n")):
        write(os.path.join(config, "plugins", name), text)
    got = plugin("list")
    expect("list: a table, by priority, and why one is broken", got, ["NAME", "first", "1.2.3", "fusabi", "enabled", "on_output,on_tick", "1/2", "broken"], 1,
           "third.js:")
    check("list: in order", re.search(r"^first .*\n^second .*\n^third ", got.stdout, re.M), got.stdout)
    got = plugin("list", "--json")
    rows = {row["name"]: row for row in json.loads(got.stdout)}
    check("list --json", rows["first"]["priority"] == 10 and rows["first"]["hooks"] == ["on_output"] and rows["second"]["asked"] == ["run", "ui"]
          and rows["second"]["granted"] == ["ui"] and rows["third"]["state"] == "broken" and rows["third"]["error"]
          and rows["first"]["path"] == os.path.join(config, "plugins", "first.fsx"), got.stdout)
    expect("disable", plugin("disable", "first"), "first: disabled")
    check("list says so", re.search(r"^first .* disabled ", plugin("list").stdout, re.M))
    check("the list of the user is his own", stat.S_IMODE(os.stat(os.path.join(config, "trust.toml")).st_mode) == 0o600)
    expect("a broken one can be disabled", plugin("disable", "third"), "third: disabled")
    expect("enable", plugin("enable", "first", "third"), ["first: enabled", "third: enabled"])
    expect("disable of nothing there is", plugin("disable", "frist"), "", 2, ["frist", "did you mean"])
    expect("info", plugin("info", "second"), ["second 0.1.0", "second.js", "javascript", "asks for", "run", "granted", "nobody that is trusted",
                                              "hash", "on_output, on_tick", "16384 KiB", 'name = "second"'])
    expect("info of a broken one", plugin("info", "third"), "", 2, "third.js:")
    write(os.path.join(config, "plugins", "twin.js"), "// @name: first\nfunction on_output(line) {}\n")
    got = plugin("list")
    check("a name twice: both are named", got.returncode == 1 and "taken twice" in got.stderr and "first.fsx" in got.stderr and "twin.js" in got.stderr
          and got.stdout.count(" broken ") == 3, got)
    os.remove(os.path.join(config, "plugins", "twin.js"))
    other = os.path.join(os.getcwd(), "more plugins")
    write(os.path.join(other, "elsewhere.js"), "function on_output(line) {}\n")
    check("$RIFFLE_PLUGIN_PATH", "elsewhere" in plugin("list", env={"RIFFLE_PLUGIN_PATH": other}).stdout)


# ---- trust, sign ----

def answered(words, answer):
    """riffle plugin on a terminal, where somebody answers."""
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.execve(RIFFLE, [RIFFLE, "plugin", *words], home)
        finally:
            os._exit(127)
    seen, end = b"", time.monotonic() + 10 * SLOW
    sent = False
    while time.monotonic() < end:
        ready, _, _ = select.select([fd], [], [], 0.1)
        try:
            part = os.read(fd, 4096) if ready else None
        except OSError:
            break
        if part == b"":
            break
        seen += part or b""
        if b"[y/N]" in seen and not sent:
            os.write(fd, answer)
            sent = True
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), seen.decode("utf-8", "replace")


def granted_to(name):
    return {row["name"]: row for row in json.loads(plugin("list", "--json").stdout)}[name]["granted"]


def trusted(config):
    path = write(os.path.join(config, "plugins", "wants.js"), "// @capabilities: [\"run\", \"read-files\", \"ui\"]\nfunction on_output(line) {}\n")
    got = plugin("trust", "wants")
    expect("trust: nobody to ask", got, ["asks for:", "run", "read-files"], 1, "--yes")
    check("then nothing is granted", granted_to("wants") == ["ui"], granted_to("wants"))
    status, seen = answered(["trust", "wants"], b"n\n")
    check("trust: no", status == 1 and "nothing was granted" in seen and granted_to("wants") == ["ui"], (status, seen))
    status, seen = answered(["trust", "wants"], b"y\n")
    check("trust: yes", status == 0 and sorted(granted_to("wants")) == ["read-files", "run", "ui"], (status, seen))
    write(path, read(path) + "// changed\n")
    check("other content has lost it", granted_to("wants") == ["ui"], granted_to("wants"))
    expect("trust --only --yes", plugin("trust", "wants", "--only", "read-files", "--yes"), "granted read-files, to this version")
    check("and no more", sorted(granted_to("wants")) == ["read-files", "ui"], granted_to("wants"))
    expect("trust --any-version", plugin("trust", "wants", "--any-version", "-y"), "to all versions")
    write(path, read(path) + "// changed again\n")
    check("later versions keep it", sorted(granted_to("wants")) == ["read-files", "run", "ui"], granted_to("wants"))
    expect("trust --revoke", plugin("trust", "wants", "--revoke"), "granted none")
    check("takes it back", granted_to("wants") == ["ui"], granted_to("wants"))
    expect("trust --only: unknown", plugin("trust", "wants", "--only", "rnu"), "", 2, "did you mean run?")
    expect("trust --only: not asked for", plugin("trust", "wants", "--only", "network", "-y"), "", 2, "does not ask for network")
    expect("trust of one that asks for nothing", plugin("trust", "first"), "asks for nothing")
    expect("trust of nothing there is", plugin("trust", "wnats"), "", 2, "wnats")


def signed(config):
    expect("sign --new-key", plugin("sign", "--new-key", "my key"), ["my key: secret key", "my key.pub: public key"])
    check("the secret one is for its owner alone", stat.S_IMODE(os.stat("my key").st_mode) == 0o600)
    secret = read("my key")
    expect("it is never overwritten", plugin("sign", "--new-key", "my key"), "", 1, "my key")
    check("indeed", read("my key") == secret and re.fullmatch(r"[0-9a-f]{64}\n", secret) and read("my key.pub") != secret)
    path = os.path.join(config, "plugins", "first.fsx")
    expect("sign", plugin("sign", "--key", "my key", "first"), "first.sig")
    check("the signature's form", re.fullmatch(r"riffle-signature 1 [0-9a-f]{64} [0-9a-f]{128}\n", read(os.path.join(config, "plugins", "first.sig"))))
    expect("nobody trusts it yet", plugin("info", "first"), "nobody that is trusted")
    expect("trust --key", plugin("trust", "--key", "me=my key.pub"), "me: signatures")
    check("then it is seen", re.search(r"^signed by +me$", plugin("info", "first").stdout, re.M), plugin("info", "first").stdout)
    text = read(path)
    write(path, text + "\n")
    expect("a changed file does not fit its signature, and is refused", plugin("info", "first"), "", 2, ["first.sig", "does not fit"])
    expect("signing it again mends that", plugin("sign", "--key", "my key", "first"), "first.sig")
    check("and it is seen again", re.search(r"^signed by +me$", plugin("info", "first").stdout, re.M), plugin("info", "first").stdout)
    write(path, text)
    expect("sign: no key in the file", plugin("sign", "--key", path, path), "", 2, "no Ed25519 secret key")
    expect("sign without a key", plugin("sign", "first"), "", 2, "no key is given")
    expect("trust --key: no such form", plugin("trust", "--key", "my key.pub"), "", 2, "NAME=FILE")


# ---- A running host ----

class Host(http.server.BaseHTTPRequestHandler):
    """What a host answers; what it was asked is in `asked`."""
    asked = []
    plugins = [{"name": "first", "version": "1.2.3", "language": "fusabi", "state": "running", "failures": 0, "reloads": 2, "held_bytes": 65536,
                "last_error": "", "hooks": {"on_output": {"calls": 12000, "errors": 1, "mean_ns": 140, "p50_ns": 128, "p99_ns": 2600, "worst_ns": 11000000},
                                            "on_tick": {"calls": 3, "errors": 0, "mean_ns": 900, "p50_ns": 900, "p99_ns": 900, "worst_ns": 900}}},
               {"name": "bad", "version": "0.1.0", "language": "javascript", "state": "failed", "failures": 3, "reloads": 0, "held_bytes": 1024,
                "last_error": "bad.js:3:1: it threw \x1b[31mred", "hooks": {}}]

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Host.asked.append(("GET", self.path, None))
        self.answer(200, json.dumps(Host.plugins) if self.path.endswith("/plugins") else "nothing here")

    def do_POST(self):
        Host.asked.append(("POST", self.path, self.headers.get("X-Riffle")))
        self.answer(*((404, "there is no plugin stranger\n") if "stranger" in self.path else (200, "done\n")))

    def log_message(self, *words):
        pass


def told():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    expect("reload", plugin("reload", "first", "--url", url), "first: reload, at " + url)
    expect("disable --url", plugin("disable", "first", "--url", url), ["first: disabled", "first: disable, at"])
    expect("enable --url", plugin("enable", "first", "--url", url + "/base/"), ["first: enabled", "first: enable, at"])
    check("what the host was asked", Host.asked == [("POST", "/plugins/first/reload", "1"), ("POST", "/plugins/first/disable", "1"),
                                                     ("POST", "/base/plugins/first/enable", "1")], Host.asked)
    expect("a plugin that only the host knows", plugin("disable", "remote one", "--url", url), "remote one: disable, at")
    check("its name is escaped", Host.asked[-1][1] == "/plugins/remote%20one/disable", Host.asked[-1])
    expect("one that it does not know", plugin("reload", "stranger", "--url", url), "", 2, "there is no plugin stranger")
    expect("reload without a host", plugin("reload", "first"), "", 2, "--url")
    got = plugin("top", "--url", url, "--once")
    expect("top --once", got, ["NAME", "MEDIAN", "first", "1.2.3", "running", "64 KiB", "on_output", "12000", "140 ns", "128 ns", "2.6 us", "11.0 ms",
                               "on_tick", "bad", "failed", "last error: bad.js:3:1: it threw"])
    check("what it draws cannot steer the terminal", "\x1b" not in got.stdout, repr(got.stdout))
    Host.plugins = []
    expect("top: none", plugin("top", "--url", url, "--once"), "no plugins run there")
    running = subprocess.Popen([RIFFLE, "plugin", "top", "--url", url, "--interval", "50ms"], stdout=subprocess.PIPE, text=True, env=home)
    lines = [running.stdout.readline() for _ in range(6)]
    running.terminate()
    running.wait()
    running.stdout.close()
    check("top again and again", sum("no plugins" in line for line in lines) == 3, lines)
    server.shutdown()
    server.server_close()
    expect("no host", plugin("top", "--url", url, "--once"), "", 1, ["cannot be reached", "--url"])
    expect("no URL", plugin("top", "--url", "localhost:1", "--once"), "", 2, "http://")
    expect("no interval", plugin("top", "--interval", "soon"), "", 2, "soon")


# ---- Examples and documents ----

def examples():
    names = sorted(name for name in os.listdir(EXAMPLES) if name.endswith((".fsx", ".js")))
    check("two in each language", [name.rsplit(".", 1)[1] for name in names].count("fsx") == 2 and len(names) == 4, names)
    for name in names:
        shutil.copy(os.path.join(EXAMPLES, name), "a folder")
        shutil.copy(os.path.join(EXAMPLES, name.rsplit(".", 1)[0] + ".test.toml"), "a folder")
        expect("example %s: its tests pass" % name, plugin("test", os.path.join("a folder", name)), [" passed, 0 failed\n"])
        got = plugin("check", os.path.join("a folder", name))
        check("example %s: no errors" % name, got.returncode == 0 and "good" in got.stdout, got)


def same(expected, got):
    """Compares line by line; `...` in an expected line stands for anything."""
    want, have = expected.rstrip("\n").split("\n"), got.rstrip("\n").split("\n")
    return len(want) == len(have) and all(re.fullmatch(".*".join(re.escape(part) for part in line.split("...")), other) for line, other in zip(want, have))


def run_console(name, number, text):
    """`$ command` and what it prints; a `#` line is for the reader."""
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M):
        got = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30 * SLOW, env=home, stdin=subprocess.DEVNULL)
        check("%s, block %d: %s" % (name, number, command), same(expected, got.stdout + got.stderr), (got.stdout + got.stderr, expected))


def documents():
    for name in ("guide.md", "commands.md"):
        folder = os.path.join(os.getcwd(), "for " + name)
        os.mkdir(folder)
        here = os.getcwd()
        os.chdir(folder)
        set_home(os.path.join(folder, "home"))
        blocks = re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", read(os.path.join(DOCS, name)), re.S | re.M)
        ran = 0
        for number, (kind, file, text) in enumerate(blocks, 1):
            if file:
                write(file, text)
            elif kind == "console":
                run_console(name, number, text)
                ran += 1
        check("%s has examples" % name, ran > 2, ran)
        os.chdir(here)


def main():
    if "riffle" not in riffle("version", env=os.environ).stdout:
        print("%s does not run at all\n0 passed, 1 failed" % RIFFLE)
        return 1
    with tempfile.TemporaryDirectory(prefix="plugin test ") as work:
        os.chdir(work)
        config = set_home(os.path.join(work, "a home"))
        for part in (helped, made, tested, checked, lambda: listed(config), lambda: trusted(config), lambda: signed(config), told, examples, documents):
            try:
                part()
            except (OSError, subprocess.SubprocessError, ValueError, KeyError) as problem:
                check(getattr(part, "__name__", "a part") + " came to its end", False, repr(problem))
        os.chdir(ROOT)
    return checks.summed_up()


sys.exit(main())

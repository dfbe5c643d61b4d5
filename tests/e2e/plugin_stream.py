#!/usr/bin/env python3
"""Plugins in running streams: reloads, orders over HTTP, rights, failures, with the program itself. Usage: plugin_stream.py RIFFLE"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

RIFFLE = str(pathlib.Path(sys.argv[1]).resolve())
TOP = pathlib.Path(__file__).resolve().parent.parent.parent
passed = failed = 0


def check(name, good, *said):
    global passed, failed
    passed += bool(good)
    failed += not good
    print("pass " if good else "FAIL ", name, "" if good else said, flush=True)


def wait_for(claim, seconds=20):
    """What `claim` gives once it is true, or its last answer."""
    end = time.monotonic() + seconds
    while True:
        got = claim()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.05)


class Stream:
    """A `riffle run` in a folder: what it wrote, what it logged, its HTTP service."""

    def __init__(self, folder, processors, threads=1, interval="20ms", mapping='root = {"value": counter()}'):
        self.folder = folder
        self.out, self.err = open(folder / "out", "w+"), open(folder / "err", "w+")
        config = {"http": {"address": "127.0.0.1:0"}, "input": {"generate": {"interval": interval, "mapping": mapping}},
                  "pipeline": {"threads": threads, "processors": [{"plugin": p} for p in processors]}, "output": {"stdout": {}}}
        (folder / "config.yaml").write_text(json.dumps(config))
        self.process = subprocess.Popen([RIFFLE, "run", "config.yaml"], cwd=folder, stdout=self.out, stderr=self.err)

    def log(self):
        return (self.folder / "err").read_text()

    def lines(self):
        text = (self.folder / "out").read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def url(self):
        found = wait_for(lambda: re.search(r"HTTP requests at: (http://\S+?)\"", self.log()))
        return found.group(1) if found else "http://127.0.0.1:1"

    def plugins(self):
        with urllib.request.urlopen(self.url() + "/plugins", timeout=10) as answer:
            return {row["name"]: row for row in json.load(answer)}

    def order(self, path, header=True):
        request = urllib.request.Request(self.url() + path, method="POST", headers={"X-Riffle": "1"} if header else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def command(self, *words):
        return subprocess.run([RIFFLE, "plugin", *words, "--url", self.url()], cwd=self.folder, capture_output=True, text=True, check=False)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.out.close()
        self.err.close()
        return status


COUNT = """// @name: count
let mutable n = 0
let on_reload old =
    n <- old.n
let on_message m =
    n <- n + 1
    { payload = { %s = n }; meta = m.meta }
"""


def reloads(folder):
    script = folder / "count.fsx"
    script.write_text(COUNT % "one")
    stream = Stream(folder, [{"path": "./count.fsx"}])
    check("messages come out changed", wait_for(lambda: len(stream.lines()) > 5) and "one" in stream.lines()[0], stream.log())
    script.write_text(COUNT % "two")
    check("a saved script acts", wait_for(lambda: "two" in stream.lines()[-1]), stream.log())
    numbers = [list(line.values())[0] for line in stream.lines()]
    check("and its state goes on, none lost", numbers == list(range(1, len(numbers) + 1)), numbers)
    script.write_text("let on_message m = (\n")
    check("a broken one says why, and where", wait_for(lambda: "count.fsx:1:" in stream.log() or "count.fsx(1" in stream.log()), stream.log())
    count = len(stream.lines())
    check("and the old one goes on", wait_for(lambda: len(stream.lines()) > count + 5) and "two" in stream.lines()[-1])
    time.sleep(0.3)
    check("it says so once", stream.log().count("running version goes on") == 1, stream.log())
    script.write_text(COUNT % "three")
    check("mended, it acts again", wait_for(lambda: "three" in stream.lines()[-1]))
    row = stream.plugins()["count"]
    check("/plugins counts it all", row["reloads"] == 2 and row["state"] == "running" and row["hooks"]["on_message"]["calls"] > 10, row)
    check("it ends in peace", stream.stop() == 0, stream.log())


def orders(folder):
    (folder / "mark.js").write_text("function on_message(m) { m.payload.mark = true; return m; }\n")
    stream = Stream(folder, [{"path": "./mark.js"}], threads=2)
    wait_for(stream.lines)
    check("an order without the header is refused", stream.order("/plugins/mark/disable", header=False) == 403)
    check("an order for nobody is not found", stream.order("/plugins/nobody/disable") == 404)
    check("disable", stream.order("/plugins/mark/disable") == 200)
    check("then messages are as they were", wait_for(lambda: "mark" not in stream.lines()[-1]), stream.lines()[-1:])
    got = stream.command("enable", "mark")
    check("enable, by the command", got.returncode == 0 and wait_for(lambda: "mark" in stream.lines()[-1]), got)
    got = stream.command("reload", "mark")
    check("reload, by the command", got.returncode == 0 and wait_for(lambda: stream.plugins()["mark"]["reloads"] >= 1), got)
    got = stream.command("top", "--once")
    check("top shows it", got.returncode == 0 and "mark" in got.stdout and "on_message" in got.stdout, got)
    check("it ends in peace", stream.stop() == 0, stream.log())


def misbehaves(folder):
    (folder / "bad.js").write_text("// @time: 20ms\nfunction on_message(m) { if (m.payload.value % 10 === 0) for (;;) {} if (m.payload.value % 5 === 0) "
                                   "throw new Error('five'); return m; }\n")
    stream = Stream(folder, [{"path": "./bad.js"}], interval="5ms")
    check("every message comes out all the same", wait_for(lambda: len(stream.lines()) > 60), stream.log())
    values = [line["value"] for line in stream.lines()]
    check("in order, none lost", values == list(range(values[0], values[0] + len(values))), values)
    check("what went wrong is in the log", "five" in stream.log() and "20 ms" in stream.log(), stream.log())
    row = stream.plugins()["bad"]
    check("and counted", row["hooks"]["on_message"]["errors"] > 5 and row["state"] == "running", row)
    check("it ends in peace", stream.stop() == 0)


def rights(folder):
    (folder / "files.fsx").write_text("// @capabilities: read-files\nlet on_message m = { payload = { text = File.readAll \"secret\" }; meta = m.meta }\n")
    (folder / "secret").write_text("open")
    stream = Stream(folder, [{"path": "./files.fsx"}])
    check("what was not granted cannot be called", wait_for(lambda: "read-files" in stream.log() and stream.plugins()["files"]["state"] == "failed"), stream.log())
    check("messages go on", wait_for(lambda: len(stream.lines()) > 5) and "value" in stream.lines()[-1])
    stream.stop()
    stream = Stream(folder, [{"path": "./files.fsx", "grant": ["read-files"]}])
    check("granted by the config, it can", wait_for(lambda: stream.lines() and stream.lines()[-1].get("text") in ("open", {"Ok": "open"}) or "open" in str(stream.lines()[-1:])),
          stream.log(), stream.lines()[-1:])
    stream.stop()


def lints(folder):
    for name, text, expected in (("a.fsx", "let on_message m = (\n", "a.fsx"), ("b.js", "// @prioritty: 1\nfunction on_message(m) {}\n", "did you mean `priority`"),
                                 ("c.fsx", "// @api: 9.0\nlet on_message m = m\n", "9.0")):
        (folder / name).write_text(text)
        (folder / "lint.yaml").write_text(json.dumps({"input": {"stdin": {}}, "pipeline": {"processors": [{"plugin": {"path": "./" + name}}]},
                                                      "output": {"stdout": {}}}))
        got = subprocess.run([RIFFLE, "lint", "lint.yaml"], cwd=folder, capture_output=True, text=True, check=False)
        check("lint tells of " + name, got.returncode != 0 and expected in got.stdout + got.stderr, got)


def manual():
    got = subprocess.run([RIFFLE, "list", "plugins"], capture_output=True, text=True, check=False)
    check("docs/plugins/api.md is what the program says", got.stdout == (TOP / "docs/plugins/api.md").read_text())


def main():
    with tempfile.TemporaryDirectory(prefix="plugin stream ") as name:
        for variable in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{variable}_HOME"] = os.path.join(name, variable.lower())
        os.environ.pop("RIFFLE_PLUGIN_PATH", None)
        for part in (reloads, orders, misbehaves, rights, lints):
            folder = pathlib.Path(name) / (part.__name__ + " folder")
            folder.mkdir()
            part(folder)
        manual()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())

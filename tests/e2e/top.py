#!/usr/bin/env python3
"""top.py RIFFLE: `riffle top` in a real terminal (tmux) beside a running stream, and `riffle profile` on a config and a plugin.

Prints one line a check and ends with `N passed, N failed`.
"""
import base64, functools, gzip, hashlib, http.server, json, os, re, shutil, signal, subprocess, sys, tempfile, threading, time

import lib.terminal
from lib import checks
from lib.checks import check, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SLOW = checks.slow = 10 if "asan" in RIFFLE else 1
HEAD = 5  # lines above the view
Terminal = functools.partial(lib.terminal.Terminal, columns=100, rows=30)


def riffle(*words, seconds=60, **environment):
    return subprocess.run([RIFFLE, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds * SLOW, env={**os.environ, **environment})


def expect(name, got, out=None, status=0, err=None):
    """Parts of standard output, exit status, and parts of standard error (None: it is empty)."""
    parts = [] if out is None else [out] if isinstance(out, str) else out
    good = got.returncode == status and all(part in got.stdout for part in parts)
    good = good and (got.stderr == "" if err is None else all(part in got.stderr for part in ([err] if isinstance(err, str) else err)))
    check(name, good, (got.returncode, got.stdout, got.stderr))


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


# ---- What runs ----

CONFIG = """
http: {address: "127.0.0.1:%d", debug_endpoints: %s%s}
input:
  generate:
    interval: 5ms
    mapping: |
      root = counter()
pipeline:
  threads: 1
  processors:
    - label: tags
      tag_processor:
        defaults: |
          msg.meta.location_path = "acme.plant7";
          msg.meta.data_contract = "_historian";
          msg.meta.tag_name = "x";
          return msg;
        conditions:
          - if: msg.payload %% 2 === 0
            then: |
              msg.meta.data_contract = "_production";
              return msg;
output: {drop: {}}
"""


class Stream:
    """A `riffle run` and its HTTP service. Port 0: a free one."""

    def __init__(self, port=0, debug=False, password=None):
        self.log = open("log", "w+")
        auth = password and base64.b64encode(hashlib.sha256(password.encode()).digest()).decode()
        write("stream.yaml", CONFIG % (port, str(debug).lower(), ", basic_auth: {enabled: true, username: plant, password_hash: '%s'}" % auth if auth else ""))
        self.process = subprocess.Popen([RIFFLE, "run", "stream.yaml"], stdout=subprocess.DEVNULL, stderr=self.log)
        found = wait_for(lambda: re.search(r"HTTP requests at: (http://\S+:(\d+))\"", self.said()))
        self.url, self.port = (found.group(1), int(found.group(2))) if found else ("http://127.0.0.1:1", 1)

    def said(self):
        with open("log") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30 * SLOW)
        self.log.close()


HOSTILE = "\x1b[31mred\x07\x9b2J\u202e"
ZONES = [{"name": "wait", "detail": "", "count": 2, "total_ns": 1000000, "self_ns": 1000000, "children": []},
         {"name": "chain", "detail": HOSTILE, "count": 10, "total_ns": 9000000, "self_ns": 3000000, "children": [
             {"name": "hook", "detail": "redact", "count": 10, "total_ns": 6000000, "self_ns": 6000000, "children": []}]}]
PLUGINS = [{"name": "redact" + HOSTILE, "version": "1.2.3", "language": "fusabi", "state": "running", "failures": 0, "reloads": 2, "held_bytes": 65536,
            "last_error": "bad.js:3:1: it threw " + HOSTILE, "hooks": {"on_output": {
                "calls": 12000, "errors": 7, "mean_ns": 140, "p50_ns": 128, "p99_ns": 2600, "worst_ns": 11000000}}}]
SERIES = 'label="%s",path="root.pipeline.processors.%d"'


class Host(http.server.BaseHTTPRequestHandler):
    """A host that says anything: many stages, and texts that would steer a terminal."""
    asked, zones, begun = [], True, time.monotonic()

    def metrics(self):
        seconds = time.monotonic() - Host.begun
        lines = ["process_uptime_seconds %g" % seconds, "process_start_time_seconds 1000", "process_cpu_seconds_total %g" % (seconds / 2),
                 "process_resident_memory_bytes 104857600", 'input_received{label="",path="root.input"} %d' % (seconds * 1000),
                 'fusabi_heap_bytes{plugin="redact"} 2048', "# TYPE processor_latency_ns histogram"]
        for i in range(50):
            labels = SERIES % (HOSTILE if i == 7 else "p%02d" % i, i)
            lines += ['processor_latency_ns_bucket{%s,le="+Inf"} 1' % labels, "processor_latency_ns_sum{%s} %d" % (labels, seconds * 1e6 * (i + 1)),
                      "processor_latency_ns_count{%s} %d" % (labels, seconds * 100)]
        return "\n".join(lines) + "\n"

    def do_GET(self):
        Host.asked.append(self.path)
        bodies = {"/metrics": self.metrics, "/stats": lambda: json.dumps({"processor_latency_ns{%s}" % (SERIES % ("p00", 0)): {"p50": 4242, "p99": 5151}}),
                  "/plugins": lambda: json.dumps(PLUGINS), **({"/debug/zones": lambda: json.dumps(ZONES)} if Host.zones else {})}
        body = bodies.get(self.path, lambda: "404 page not found\n")().encode()
        self.send_response(200 if self.path in bodies else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


# ---- top without a terminal ----

def printed(stream):
    got = riffle("top", "--help")
    expect("top --help", got, ["usage: riffle top ", "--url", "--interval", "--once", "--json", "examples:"])
    expect("an unknown option", riffle("top", "--onec"), "", 2, "did you mean --once?")
    expect("an argument", riffle("top", "x"), "", 2, "unexpected argument x")
    expect("no interval", riffle("top", "--interval", "soon"), "", 2, "soon")
    expect("no URL", riffle("top", "--url", "localhost:1", "--once"), "", 2, "http://")
    expect("no host", riffle("top", "--url", "http://127.0.0.1:1", "--once"), "", 1, ["cannot be reached", "--url"])
    got = riffle("top", "--url", stream.url, "--once", "--interval", "500ms")
    expect("once", got, ["riffle top  " + stream.url, "up 0m", "rss ", "STAGE", "tags", "  defaults", "  conditions[0].if", "output", "no plugins run there",
                         "ZONE", "http.debug_endpoints: true", "vm_pool_hits", "process_resident_memory_bytes"])
    check("once has no escapes", "\x1b" not in got.stdout, repr(got.stdout[:300]))
    rate = re.search(r"^in ([\d.]+)/s  out ([\d.]+)/s  errors 0/s  cpu [\d.]+%", got.stdout, re.M)
    check("once: rates", rate and 20 < float(rate.group(1)) < 400 and 20 < float(rate.group(2)) < 400, got.stdout)
    got = riffle("top", "--url", stream.url, "--once", "--json", "--interval", "500ms")
    told = json.loads(got.stdout)
    stages = {(row["processor"], row["stage"]): row for row in told["stages"]}
    check("json: rates", 20 < told["in_per_s"] < 400 and told["errors_per_s"] == 0 and told["rss_bytes"] > 1e6 and told["cpu_percent"] >= 0, told)
    check("json: stages", ("tags", "") in stages and stages["tags", "defaults"]["mean_ns"] > 0 and stages["tags", "defaults"]["p99_ns"] > 0
          and 0.2 < stages["tags", ""]["share"] <= 1, told["stages"])
    check("json: half of the messages", 0.3 < stages["tags", "conditions[0].then"]["calls_per_s"] / stages["tags", "conditions[0].if"]["calls_per_s"] < 0.7, stages)
    check("json: the rest", told["plugins"] == [] and told["zones"] is None and "queue_batches" in told["memory"], told)
    running = subprocess.Popen([RIFFLE, "top", "--url", stream.url, "--json", "--interval", "50ms"], stdout=subprocess.PIPE, text=True)
    lines = [running.stdout.readline() for _ in range(3)]
    running.terminate()
    running.wait()
    running.stdout.close()
    check("json again and again", len({json.loads(line)["uptime_s"] for line in lines}) == 3, lines)


# ---- top in a terminal ----

def lived(stream):
    terminal = Terminal(RIFFLE, "top", "--url", stream.url, "--interval", "100ms")
    try:
        screen = terminal.shows("the head", r"^riffle top +%s +up 0m" % stream.url, r"^in [1-9][\d.]*/s +out [1-9][\d.]*/s +errors 0/s +cpu [\d.]+% +rss [\d.]+ MiB",
                                r"^[▁▂▃▄▅▆▇█]{3,} in, max [\d.]+/s", r"1 stages +2 plugins +3 zones +4 memory", without=["before"])
        check("stages", re.search(r"^tags +[1-9]\d* +[\d.]+ us .*█", screen, re.M) and re.search(r"^  defaults +[1-9]", screen, re.M)
              and re.search(r"^  conditions\[0\]\.if", screen, re.M) and re.search(r"^output ", screen, re.M), screen)
        terminal.keys("2")
        terminal.shows("2: plugins", r"^PLUGIN, HOOK +CALLS +ERRORS", r"no plugins run there")
        terminal.keys("Tab")
        terminal.shows("Tab: zones, and what is missing for them", r"^ZONE ", r"http\.debug_endpoints: true")
        terminal.keys("4")
        terminal.shows("4: memory", r"^process_resident_memory_bytes +[\d.]+ MiB", r"^vm_pool_hits +tags +[\d.]+k? +[1-9]")
        terminal.keys("BTab")
        terminal.shows("Shift-Tab: back", r"^ZONE ")
        terminal.keys("1")
        terminal.keys("r")
        terminal.shows("r: sorted by time", r"by time", r"^tags conditions\[0\]\.(if|then) ")
        terminal.keys("p")
        frozen = terminal.shows("p: paused", r"up .* paused")
        time.sleep(0.5)
        check("paused stands still", terminal.screen() == frozen, terminal.screen())
        terminal.keys("p")
        terminal.shows("p again: goes on", r"^in [1-9]", without=["paused"])
        terminal.resize(60, 12)
        screen = terminal.shows("60 columns", r"^STAGE +CALLS/S +MEAN +P99 +SHARE$", without=["P50"])
        check("60 columns: nothing runs over", re.search(r"^tags .*%$", screen, re.M) and max(map(len, screen.splitlines())) <= 60 and "q quit" in screen, screen)
        terminal.resize(130, 40)
        terminal.shows("130 columns", r"^STAGE +CALLS/S +MEAN +P50 +P99 +SHARE$", r"threads \d", r"^q quit")
    finally:
        gone(stream, terminal)


def gone(stream, terminal):
    try:
        stream.stop()
        terminal.shows("the host is gone: it is waited for", r"waiting for %s for \d+ s" % stream.url, r"^tags ")
        again = Stream(stream.port)
        terminal.shows("it comes back", r"up 0m 0\ds", r"^in [1-9][\d.]*/s", without=["waiting"])
        again.stop()
        terminal.keys("q")
        terminal.shows("q ends it, and the screen is the old one", r"^before\n+ended 0\n+echo", without=["riffle top"])
    finally:
        terminal.close()


def zoned():
    stream = Stream(debug=True)
    try:
        told = json.loads(riffle("top", "--url", stream.url, "--once", "--json", "--interval", "500ms").stdout)
        names, zones = [], list(told["zones"] or [])
        while zones:
            zone = zones.pop()
            names.append(zone["name"])
            zones += zone["children"]
        check("zones of a real host", {"processor", "stage", "output_write"} <= set(names), told["zones"])
        terminal = Terminal(RIFFLE, "top", "--url", stream.url, "--interval", "100ms")
        terminal.keys("3")
        terminal.shows("its flame view", r"^processor .*[█▒▌].*%", r"^ +stage .*conditions\[0\]\.if")
        terminal.close()
    finally:
        stream.stop()


def guarded():
    """A host that wants a name and a password."""
    stream = Stream(password="p:ä \"1")
    try:
        mine, once = stream.url.replace("//", "//plant@"), ("--once", "--json", "--interval", "100ms")
        got = riffle("top", "--url", mine, *once, RIFFLE_PASSWORD="p:ä \"1")
        check("a name and a password", got.returncode == 0 and json.loads(got.stdout)["rss_bytes"] > 0, (got.returncode, got.stdout, got.stderr))
        expect("a wrong password", riffle("top", "--url", mine, *once, RIFFLE_PASSWORD="x"), "", 1, ["Unauthorized", "is plant the name", "RIFFLE_PASSWORD"])
        expect("nobody waits for another one", riffle("top", "--url", mine, "--json", RIFFLE_PASSWORD="x"), "", 1, "Unauthorized")
        expect("no name", riffle("top", "--url", stream.url, *once), "", 1, ["Unauthorized", "http://NAME@127.0.0.1:%d" % stream.port])
        expect("no password", riffle("top", "--url", mine, *once), "", 2, ["there is no password for plant", "RIFFLE_PASSWORD"])
        expect("a password in the URL", riffle("top", "--url", stream.url.replace("//", "//plant:secret@"), *once), "", 2, ["a password in it", "RIFFLE_PASSWORD"])
        expect("no name in front of @", riffle("top", "--url", stream.url.replace("//", "//@"), *once), "", 2, "no name")
        expect("orders, too", riffle("plugin", "reload", "--url", mine, "redact", RIFFLE_PASSWORD="p:ä \"1"), "", 2, "no plugin redact runs here")
    finally:
        stream.stop()


def stopped():
    """Ctrl-Z and fg, in a shell with jobs."""
    terminal = Terminal("bash", "--norc", "--noprofile", "-i", rows=12)
    try:
        terminal.keys("PS1='ready> '", "Enter")
        terminal.shows("a shell", r"^ready>")
        terminal.keys("'%s' top --url http://127.0.0.1:1" % RIFFLE, "Enter")
        terminal.shows("top in a shell", r"^riffle top", without=["ready>"])
        terminal.keys("C-z")
        terminal.shows("Ctrl-Z gives the shell its screen", r"Stopped", r"^ready>", without=["waiting for"])
        terminal.keys("fg", "Enter")
        terminal.shows("fg: it goes on", r"^riffle top", r"waiting for", without=["ready>"])
        terminal.keys("q")
        terminal.shows("q", r"^ready> *$", without=["waiting for"])
    finally:
        terminal.close()


def ended():
    for name, send in (("SIGTERM", signal.SIGTERM), ("SIGHUP", signal.SIGHUP), ("Ctrl-C", None)):
        terminal = Terminal(RIFFLE, "top", "--url", "http://127.0.0.1:1", "--interval", "100ms", rows=12)
        try:
            terminal.shows("%s: no host yet" % name, r"waiting for http://127.0.0.1:1 for", r"cannot be reached", r"hint: is a host running")
            if send:
                os.kill(terminal.pid(), send)
            else:
                terminal.keys("C-c")
            terminal.shows("%s: the terminal is as it was" % name, r"^before\n+ended \d+\n+echo", without=["waiting"])
        finally:
            terminal.close()


def hung():
    """A host that takes connections and never answers."""
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        terminal = Terminal(RIFFLE, "top", "--url", "http://127.0.0.1:%d" % server.getsockname()[1], rows=12)
        try:
            terminal.shows("a host that hangs", r"waiting for .* for [1-9] s")
            began = time.monotonic()
            terminal.keys("q")
            terminal.shows("does not hang the screen", r"^before\n+ended 0")
            check("q works at once", time.monotonic() - began < 4 * SLOW, time.monotonic() - began)
        finally:
            terminal.close()


def faked():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_address[1]
    terminal = Terminal(RIFFLE, "top", "--url", url, "--interval", "100ms", columns=110, rows=20)
    try:
        screen = terminal.shows("many stages", r"^p00 +1?\d\d +[\d.]+ us +4\.24 us +5\.15 us", r"line 1 of 50", r"cpu (4\d|5\d|6\d)%", r"rss 100 MiB")
        check("its texts do not steer the terminal", re.search(r"^ ?.?\[31mred", screen, re.M) and len(screen.splitlines()) == 20, screen)
        check("nobody asks for zones that nobody sees", "/debug/zones" not in Host.asked, Host.asked[:20])
        terminal.keys("Down", "Down")
        terminal.shows("down", r"line 3 of 50", r"^p02 ", without=[r"^p01 "])
        terminal.keys("End")
        terminal.shows("end", r"line 37 of 50", r"^p49 ")
        terminal.keys("PageUp")
        terminal.shows("page up", r"line 2\d of 50")
        terminal.keys("Home", "r")
        terminal.shows("r: the longest first", r"^p49 .*\n^p48 .*\n^p47 ")
        terminal.keys("2")
        terminal.shows("plugins", r"^redact.*1\.2\.3 fusabi running +64\.0 KiB", r"^  on_output +12\.0k +7 +140 ns +2\.60 us +11\.0 ms", r"last error: bad\.js:3:1: it threw")
        terminal.keys("3")
        screen = terminal.shows("zones", r"^chain .*█+▒+ +90\.0% +3\.00 ms", r"^  hook redact .*█+ +60\.0% +6\.00 ms", r"^wait +.*10\.0%")
        check("longest first, children below", screen.index("chain") < screen.index("hook redact") < screen.index("wait"), screen)
        terminal.keys("4")
        terminal.shows("memory of plugins", r"^fusabi_heap_bytes +redact +2\.00 KiB")
        terminal.keys("q")
        terminal.shows("ended", "ended 0")
    finally:
        terminal.close()
    got = riffle("top", "--url", url, "--once", "--interval", "100ms")
    check("printed: nothing steers a terminal", got.returncode == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", got.stdout), repr(got.stdout[-1500:]))
    told = json.loads(riffle("top", "--url", url, "--once", "--json", "--interval", "100ms").stdout)
    check("json: plugins and zones as the host has them", told["plugins"] == PLUGINS and told["zones"] == ZONES, told)
    Host.zones = False
    expect("a host without zones", riffle("top", "--url", url, "--once", "--interval", "50ms"), "debug_endpoints")
    server.shutdown()
    server.server_close()


# ---- profile ----

PROFILED = """
input:
  generate:
    interval: ""
    mapping: |
      root = counter()
pipeline:
  threads: 1
  processors:
    - tag_processor:
        defaults: |
          msg.meta.location_path = "acme.plant7";
          msg.meta.data_contract = "_historian";
          msg.meta.tag_name = "x";
          return msg;
        conditions:
          - if: msg.payload % 2 === 0
            then: |
              msg.meta.data_contract = "_production";
              return msg;
          - if: |
              (() => {
                let sum = 0;
                for (let i = 0; i < 3000; i++) sum += i % 7; // planted
                return sum < 0;
              })()
            then: |
              return msg;
output: {stdout: {}}
"""


def fields(data):
    """A protobuf message as (number, value) pairs: the wire format's varints and bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            yield key >> 3, data[at:at + length]
            at += length
        else:
            raise ValueError("wire type %d" % (key & 7))


def packed(data):
    if isinstance(data, int):
        return [data]
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    return values


def pprof(path):
    """{(function, line): ns}, by the innermost place of each sample, of a gzipped profile.proto; and its sample types."""
    with gzip.open(path) as file:
        parts = list(fields(file.read()))
    texts = [value.decode() for number, value in parts if number == 6]
    functions = {f[1]: texts[f.get(2, 0)] for f in (dict(fields(value)) for number, value in parts if number == 5)}
    locations = {}
    for location in (list(fields(value)) for number, value in parts if number == 4):
        line = dict(fields(next((v for n, v in location if n == 4), b"")))
        locations[dict(location)[1]] = (functions.get(line.get(1)), line.get(2, 0))
    types = [[texts[i] for i in (dict(fields(value)).get(1, 0), dict(fields(value)).get(2, 0))] for number, value in parts if number == 1]
    places = {}
    for sample in (list(fields(value)) for number, value in parts if number == 2):
        where = [i for n, v in sample if n == 1 for i in packed(v)]
        values = [i for n, v in sample if n == 2 for i in packed(v)]
        if where:
            places[locations[where[0]]] = places.get(locations[where[0]], 0) + values[-1]
    return places, types


def line_of(text, part):
    return 1 + text[:text.index(part)].count("\n")


def profiled():
    expect("profile --help", riffle("profile", "--help"), ["usage: riffle profile ", "--seconds", "--flame", "--pprof", "--lines", "examples:"])
    expect("nothing to profile", riffle("profile"), "", 2, "no config and no plugin is given")
    expect("no file", riffle("profile", "nowhere.yaml"), "", 2, "nowhere.yaml")
    expect("no plugin", riffle("profile", "nowhere.fsx"), "", 2, "nowhere")
    expect("no seconds", riffle("profile", "--seconds", "soon", "x.yaml"), "", 2, "soon")
    expect("no hz", riffle("profile", "--hz", "0", "x.yaml"), "", 2, "--hz 0")
    write("slow.yaml", PROFILED)
    got = riffle("profile", "slow.yaml", "--seconds", "2", "--lines", "--folded", "slow.folded")
    expect("a config with a slow condition", got, ["slow.yaml: ", " samples", "lines of scripts", "written: riffle-profile.svg, riffle-profile.pb.gz, slow.folded"])
    planted = line_of(PROFILED, "// planted")
    top = next((line for line in got.stdout.splitlines() if re.match(r" +\d+\.\d %", line)), "")
    share = float(top.split("%")[0] or 0)
    check("the planted line is the first", "slow.yaml:%d" % planted in top and "tag_processor.conditions[1].if" in top and share > 40, got.stdout)
    check("--lines has it beside its text", re.search(r"^ +\d+\.\d %% .*█.* %d \| .*// planted$" % planted, got.stdout, re.M), got.stdout)
    check("messages do not get between", "_historian" not in got.stdout.split("line |")[0].split("slow.yaml: ")[0], got.stdout[:500])
    with open("riffle-profile.svg") as file:
        flame = file.read()
    check("the flame graph", flame.lstrip().startswith(("<?xml", "<svg")) and "tag_processor.conditions[1].if" in flame and "slow.yaml:%d" % planted in flame, flame[:300])
    with open("slow.folded") as file:
        folded = file.read().splitlines()
    check("folded stacks", folded and all(re.match(r".+ \d+$", line) for line in folded) and any("tag_processor.conditions[1].if" in line for line in folded), folded[:3])
    places, types = pprof("riffle-profile.pb.gz")
    first = max(places, key=places.get) if places else None
    check("the profile for pprof", types == [["samples", "count"], ["cpu", "nanoseconds"]] and first and first[1] == planted, (types, first))
    if shutil.which("go"):
        shown = subprocess.run(["go", "tool", "pprof", "-top", "-lines", "riffle-profile.pb.gz"], capture_output=True, text=True)
        rows = shown.stdout.split("flat%")[-1].splitlines()
        check("go tool pprof agrees", shown.returncode == 0 and len(rows) > 1 and "slow.yaml:%d" % planted in rows[1], shown.stdout + shown.stderr)


def profiled_more():
    write("recorded.jsonl", '{"payload": 1, "meta": {}}\n\n{"payload": 2, "meta": {"a": "b"}}\n')
    got = riffle("profile", "slow.yaml", "--input", "recorded.jsonl", "--seconds", "0.7", "--flame", "r.svg", "--pprof", "r.pb.gz")
    expect("recorded messages", got, ["slow.yaml:%d" % line_of(PROFILED, "// planted"), "written: r.svg, r.pb.gz"])
    check("no other files", sorted(name for name in os.listdir(".") if name.startswith("r.")) == ["r.pb.gz", "r.svg"], os.listdir("."))
    began = time.monotonic()
    write("short.yaml", PROFILED.replace('interval: ""', 'interval: "", count: 300').replace("generate:\n    interval: \"\", count: 300", "generate:\n    count: 300\n    interval: \"\""))
    expect("an input that ends", riffle("profile", "short.yaml", "--seconds", "60"), "short.yaml: ")
    check("ends the run", time.monotonic() - began < 30 * SLOW)
    write("wrong.yaml", "input: {generaet: {}}\n")
    expect("a config with a mistake", riffle("profile", "wrong.yaml"), "", 2, ["wrong.yaml(1,", "generaet"])
    write("empty.jsonl", "\n")
    expect("no messages", riffle("profile", "slow.yaml", "--input", "empty.jsonl"), "", 2, "empty.jsonl")
    running = subprocess.Popen([RIFFLE, "profile", "slow.yaml", "--seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5 * (1 if SLOW == 1 else 3))
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30 * SLOW)
    check("Ctrl-C ends it, and it still reports", running.returncode == 0 and "tag_processor.conditions[1].if" in out, (running.returncode, out, err))


SLOW_PLUGIN = {"slow.js": """// @name: slow
function work(line) {
    let sum = 0;
    for (let i = 0; i < 2000; i++) sum += i % 7; // planted
    return sum < 0 ? "" : line;
}
function on_output(line) { return work(line); }
""", "slow.fsx": """// @name: slow-fusabi
let rec work n sum =
    if n = 0 then sum else work (n - 1) (sum + n % 7) // planted
let on_output line =
    if work 2000 0 < 0 then "" else line
"""}


def profiled_plugins():
    for name, text in SLOW_PLUGIN.items():
        write(name, text)
        got = riffle("profile", "./" + name, "--seconds", "1", "--lines")
        expect("the plugin %s" % name, got, ["%s: " % name, "lines of scripts", "written: riffle-profile.svg"])
        top = next((line for line in got.stdout.splitlines() if re.match(r" +\d+\.\d %", line)), "")
        check("%s: the planted line is the first" % name, "%s:%d" % (name, line_of(text, "// planted")) in top and "on_output" in top, got.stdout)
        check("%s: --lines" % name, re.search(r"█.* %d \| .*// planted" % line_of(text, "// planted"), got.stdout, re.M), got.stdout)
        places, _ = pprof("riffle-profile.pb.gz")
        check("%s: pprof" % name, places and max(places, key=places.get)[1] == line_of(text, "// planted"), sorted(places.items(), key=lambda p: -p[1])[:3])


def main():
    if "riffle" not in riffle("version").stdout:
        print("%s does not run at all\n0 passed, 1 failed" % RIFFLE)
        return 1
    with tempfile.TemporaryDirectory(prefix="top test ") as work:
        os.chdir(work)
        stream = Stream()
        for part in (lambda: printed(stream), lambda: lived(stream), zoned, guarded, stopped, ended, hung, faked, profiled, profiled_more, profiled_plugins):
            try:
                part()
            except (OSError, subprocess.SubprocessError, ValueError, KeyError, IndexError) as problem:
                check(getattr(part, "__name__", "a part") + " came to its end", False, repr(problem))
        if stream.process.poll() is None:
            stream.process.kill()
        os.chdir(ROOT)
    return checks.summed_up()


sys.exit(main())

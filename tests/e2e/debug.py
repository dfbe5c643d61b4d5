#!/usr/bin/env python3
"""debug.py RIFFLE: what can be seen of a running stream: /debug/pprof, traces, zones, metrics of plugins; by their readers.

A config with one slow condition runs; the profile must name it. `go tool pprof` reads every profile when it is there, and must be there when
RIFFLE_GO is set (./dev test installs it and Node.js); so does a trace viewer's own parser. Prints one line a check and ends with `N passed, N failed`.
"""
import gzip, http.client, json, os, re, shutil, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

from lib import checks
from lib.checks import check
from lib.ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SLOW = 10 if "asan" in RIFFLE else 1
GO = shutil.which("go")

CONFIG = """http: {address: "127.0.0.1:%d", debug_endpoints: %s}
logger: {level: ERROR}
input:
  generate:
    interval: 0s
    count: 0
    mapping: |
      root = {"value": 42, "name": "oven"}
pipeline:
  threads: 1
  processors:
    - tag_processor:
        defaults: |
          msg.meta.location_path = "acme.plant7";
          msg.meta.data_contract = "_historian";
          msg.meta.tag_name = "oven";
          return msg;
        conditions:
          - if: msg.payload > 10
            then: |
              return msg;
          - if: |
              (() => {
                let sum = 0;
                for (let i = 0; i < 3000; i++)
                  sum += i %% 7;
                return sum > 0;
              })()
            then: |
              msg.meta.virtual_path = "slow";
              return msg;
    - plugin: {path: %s}
output:
  drop: {}
"""
SLOW_LINES = (25, 26)  # the loop, and `sum += i % 7` in it
PLUGIN = "let mutable seen = 0\nlet on_message message =\n    seen <- seen + 1\n    Continue\n"


class Host:
    """`riffle run` of the config; ends with the block."""

    def __init__(self, debug):
        self.port = free_port()
        plugin = os.path.abspath("count.fsx")
        with open(plugin, "w", encoding="utf-8") as file:
            file.write(PLUGIN)
        with open("config.yaml", "w", encoding="utf-8") as file:
            file.write(CONFIG % (self.port, "true" if debug else "false", json.dumps(plugin)))

    def __enter__(self):
        self.process = subprocess.Popen([RIFFLE, "run", "config.yaml"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(200 * SLOW):
            try:
                if self.get("/ping")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("it does not answer: " + (self.process.stderr.read() if self.process.poll() is not None else "still starting"))

    def __exit__(self, *unused):
        self.process.terminate()
        try:
            self.process.wait(20 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stderr.close()

    def get(self, path, seconds=60):
        """Status, headers, body."""
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=seconds * SLOW) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


# ---- A reader of its own for pprof's format ----

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError("wire type %d" % kind)
        yield key >> 3, value


def packed(value):
    if isinstance(value, int):
        return [value]
    found, at = [], 0
    while at < len(value):
        one, at = varint(value, at)
        found.append(one)
    return found


def profile_of(body):
    """Sample types, and samples as (values, [(function, file, line), …] leaf first)."""
    strings, types, samples, locations, functions = [], [], [], {}, {}
    for number, value in fields(gzip.decompress(body)):
        if number == 6:
            strings.append(value.decode())
        elif number == 1:
            types.append(dict(fields(value)))
        elif number == 2:
            ids, values = [], []
            for key, part in fields(value):
                ids += packed(part) if key == 1 else []
                values += packed(part) if key == 2 else []
            samples.append((ids, values))
        elif number == 4:
            lines = [dict(fields(part)) for key, part in fields(value) if key == 4]
            locations[next(part for key, part in fields(value) if key == 1)] = lines
        elif number == 5:
            one = dict(fields(value))
            functions[one[1]] = (strings_later(one, 2), strings_later(one, 4))
    name = lambda index: strings[index] if index < len(strings) else "?"
    frames = {}
    for key, lines in locations.items():
        frames[key] = [(name(functions[l[1]][0]), name(functions[l[1]][1]), l.get(2, 0)) for l in lines]
    return [name(t.get(1, 0)) for t in types], [(values, [f for i in ids for f in frames[i]]) for ids, values in samples]


def strings_later(one, key):
    return one.get(key, 0)


def go_reads(name, body, *options):
    """What `go tool pprof` prints."""
    path = os.path.abspath(name + ".pb.gz")
    with open(path, "wb") as file:
        file.write(body)
    said = subprocess.run([GO, "tool", "pprof", *options, path], capture_output=True, text=True, timeout=120, check=False,
                          env=dict(os.environ, PPROF_TMPDIR=os.path.abspath("."), HOME=os.path.abspath(".")))
    return said.returncode, said.stdout + said.stderr


def go_serves(name):
    """The page of `go tool pprof -http` with the functions of a profile that go_reads() has read."""
    port = free_port()
    with subprocess.Popen([GO, "tool", "pprof", "-no_browser", "-http=127.0.0.1:%d" % port, name + ".pb.gz"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=dict(os.environ, PPROF_TMPDIR=os.path.abspath("."), HOME=os.path.abspath("."))) as server:
        try:
            for _ in range(100):
                try:
                    with urllib.request.urlopen("http://127.0.0.1:%d/ui/top?g=lines" % port, timeout=10) as answer:
                        return answer.read().decode()
                except OSError:
                    time.sleep(0.1)
            return ""
        finally:
            server.terminate()


READER = """const { buildModel } = require("@tracerbench/trace-model");
const model = buildModel(JSON.parse(require("fs").readFileSync(process.argv[2])).traceEvents);
let events = 0;
for (const process of model.processes)
  for (const thread of process.threads) {
    console.log(process.name, thread.name);
    events += thread.events.length;
  }
console.log(events);
"""


def reader_of_traces():
    """Installs the parser of a viewer of Chrome's traces."""
    with open("read.js", "w", encoding="utf-8") as file:
        file.write(READER)
    said = subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", ".", "@tracerbench/trace-model@8.0.0"],
                          capture_output=True, text=True, timeout=120, check=False)
    return check("the trace viewer's parser can be installed", said.returncode == 0, said.stdout + said.stderr)


# ---- The parts ----

def refused():
    with Host(False) as host:
        for path in ("/debug/pprof/", "/debug/pprof/profile?seconds=1", "/debug/pprof/heap", "/debug/trace?seconds=1", "/debug/zones", "/debug/pprof/cmdline"):
            check("%s is not there unless it is enabled" % path, host.get(path)[0] == 404)
        check("/metrics is", host.get("/metrics")[0] == 200)


def cpu(host):
    status, headers, body = host.get("/debug/pprof/profile?seconds=2")
    check("a CPU profile", status == 200 and body[:2] == b"\x1f\x8b", (status, body[:100]))
    types, samples = profile_of(body)
    total = sum(values[1] for values, _ in samples)
    check("its types are samples and cpu", types == ["samples", "cpu"], types)
    check("it holds most of two seconds of one busy thread", total > 0.5e9 / SLOW, total)
    slow = [(v, f) for v, f in samples if any("config.yaml" in file and line in SLOW_LINES for _, file, line in f)]
    share = sum(v[1] for v, _ in slow) / total
    check("most of it is at the planted line", share > 0.3, (share, [f[:3] for _, f in samples[:5]]))
    check("the line has its stage", any("conditions[1].if" in name for _, f in slow for name, _, _ in f), slow[:1])
    check("and native frames below it", any(name in ("rf_js_test", "rf_vm_test", "rf_shard_main", "JS_Call", "main") or name.startswith("rf_") for _, f in slow for name, _, _ in f), slow[:1])
    if GO:
        code, text = go_reads("cpu", body, "-top", "-lines")
        check("go tool pprof -top names it", code == 0 and any("config.yaml:%d" % line in "\n".join(text.splitlines()[:12]) for line in SLOW_LINES), text[:800])
        check("go tool pprof -http shows it", "config.yaml" in go_serves("cpu"))
        code, text = go_reads("cpu", body, "-tags")
        check("go tool pprof -tags shows stage and thread", code == 0 and "stage" in text and "thread" in text, text[:400])


def others(host):
    for name, kind in (("heap", "inuse_space"), ("allocs", "alloc_space"), ("goroutine", "goroutine"), ("mutex", "delay")):
        status, _, body = host.get("/debug/pprof/" + name)
        types, samples = profile_of(body) if status == 200 else ([], [])
        check("%s is a profile of %s" % (name, kind), status == 200 and kind in types, (status, types, body[:100]))
        if name in ("heap", "goroutine"):
            check("%s has something in it" % name, any(sum(values) > 0 for values, _ in samples), samples[:2])
        if name == "heap":
            everything = " ".join(f[0] for _, frames in samples for f in frames)
            check("heap counts per processor and plugin", "tag_processor processors.0: vm" in everything and "count" in everything, everything[:400])
        if name in ("heap", "allocs"):
            stages = {f[0]: values[-1] for values, frames in samples for f in frames if f[0].startswith("tag_processor.conditions[1].if")}
            check("%s counts per stage" % name, any(stages.values()), (stages, [f[0] for _, frames in samples for f in frames]))
        if name == "goroutine":
            check("goroutine has every thread", len(os.listdir("/proc/%d/task" % pid_of(host))) <= sum(values[0] for values, _ in samples) + 2)
        if GO:
            code, text = go_reads(name, body, "-top")
            check("go tool pprof reads %s" % name, code == 0 and ("flat" in text or name == "mutex"), text[:300])
    check("threads as text", b"shard" in host.get("/debug/pprof/goroutine?debug=1")[2] or b"rf_" in host.get("/debug/pprof/goroutine?debug=1")[2])
    check("cmdline", b"config.yaml" in host.get("/debug/pprof/cmdline")[2])
    status, headers, body = host.get("/debug/pprof/")
    check("the index page links them all", status == 200 and "html" in headers["Content-Type"] and all(n in body.decode() for n in ("profile", "heap", "allocs", "goroutine", "mutex", "cmdline", "trace")), body[:200])
    for path in ("/debug/pprof/profile?seconds=0", "/debug/pprof/profile?seconds=soon", "/debug/trace?seconds=1000", "/debug/pprof/profile?seconds=1&hz=0"):
        status, _, body = host.get(path)
        check("%s is refused with words" % path, status == 400 and len(body) > 10, (status, body[:100]))


def pid_of(host):
    """The process that serves: riffle hands over to riffle-stream by exec, so it is the child itself."""
    return host.process.pid


def traced(host):
    status, headers, body = host.get("/debug/trace?seconds=1")
    check("a trace", status == 200 and "json" in headers["Content-Type"], (status, body[:100]))
    events = json.loads(body)["traceEvents"]
    spans = [e for e in events if e["ph"] == "X"]
    check("every event has what readers insist on", all({"ph", "pid", "tid", "ts", "name", "cat", "args"} <= set(e) for e in events), events[:2])
    check("its zones are those of a stream", {"stage", "input_read", "output_write"} <= {e["name"] for e in spans}, sorted({e["name"] for e in spans}))
    check("stages have their names", any("conditions[1].if" in str(e["args"].get("detail", "")) for e in spans if e["name"] == "stage"),
          [e for e in spans if e["name"] == "stage"][:2])
    check("hooks of plugins have theirs", any("count" in str(e["args"].get("detail", "")) for e in spans if e["name"] == "hook"))
    check("threads are named", any(e["ph"] == "M" and e["name"] == "thread_name" for e in events))
    nested = {}
    good = True
    for e in sorted(spans, key=lambda e: (e["tid"], e["ts"], -e["dur"])):  # within a thread zones nest
        stack = nested.setdefault(e["tid"], [])
        while stack and stack[-1] <= e["ts"] + 0.0005:
            stack.pop()
        good = good and (not stack or e["ts"] + e["dur"] <= stack[-1] + 0.002)
        stack.append(e["ts"] + e["dur"])
    check("zones nest", good and len(spans) > 100, len(spans))
    if os.environ.get("RIFFLE_GO") and reader_of_traces():
        with open("trace.json", "wb") as file:
            file.write(body)
        said = subprocess.run(["node", "read.js", "trace.json"], capture_output=True, text=True, timeout=60, check=False)
        check("a trace viewer's own parser reads it", said.returncode == 0 and "riffle rf-shard" in said.stdout and int(said.stdout.split()[-1]) > 100, said.stdout + said.stderr)
    zones = json.loads(host.get("/debug/zones")[2])
    time.sleep(1)
    zones = json.loads(host.get("/debug/zones")[2])
    text = json.dumps(zones)
    check("zones added up by path", '"stage"' in text and "conditions[1].if" in text, text[:300])


def meanwhile(host):
    """A profile that takes its time holds nobody up; two at once are one too many of a kind."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(host.get("/debug/pprof/profile?seconds=3")[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
        time.sleep(0.2)
    began = time.monotonic()
    status = host.get("/metrics")[0]
    check("others are answered meanwhile", status == 200 and time.monotonic() - began < 1 * SLOW)
    for thread in threads:
        thread.join()
    check("a second profile at once is told to wait", sorted(answers) == [200, 503], answers)


def reloaded(host):
    """A plugin that is saved while it is profiled is swapped, and the profile is as good as any."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(host.get("/debug/pprof/profile?seconds=3&hz=1000")))
    thread.start()
    for version in range(4):
        time.sleep(0.5)
        with open("count.fsx", "w", encoding="utf-8") as file:
            file.write(PLUGIN.replace("seen + 1", "seen + %d" % (version + 2)))
    thread.join()
    status, _, body = answers[0]
    check("a profile over reloads", status == 200 and sum(v[0] for v, _ in profile_of(body)[1]) > 10, (status, body[:100]))
    plugins = json.loads(host.get("/plugins")[2])
    check("the reloads happened meanwhile", plugins[0]["reloads"] >= 2 and plugins[0]["hooks"]["on_message"]["errors"] == 0, plugins)


def ended():
    """The host ends while a profile and a trace are being taken."""
    with Host(True) as host:
        threads = [threading.Thread(target=quietly, args=(host, path)) for path in ("/debug/pprof/profile?seconds=60&hz=1000", "/debug/trace?seconds=60")]
        for thread in threads:
            thread.start()
        time.sleep(1)
        began = time.monotonic()
        host.process.terminate()
        status = host.process.wait(30 * SLOW)
        check("a host that is profiled ends when it is told to", status == 0 and time.monotonic() - began < 5 * SLOW, (status, time.monotonic() - began))
        for thread in threads:
            thread.join()


def quietly(host, path):
    try:
        host.get(path)
    except (OSError, http.client.HTTPException):
        pass  # it ended: that is what is looked at


def metrics(host):
    text = host.get("/metrics")[2].decode()
    for name in ("plugin_load_time_ns", "plugin_vm_exec_time_ns"):
        check("%s is counted per plugin" % name, re.search(r'%s_count\{[^}]*plugin="count"' % name, text), text[:200])
    check("per hook", re.search(r'plugin_vm_exec_time_ns_bucket\{[^}]*hook="on_message"', text))
    check("memory of VMs", "script_vm" in text or "heap_bytes" in text)


def probed():
    """Probes are in the program, and a run with them on goes on as it should."""
    program = os.path.join(os.path.dirname(RIFFLE), "riffle-stream")
    notes = subprocess.run(["readelf", "-n", program], capture_output=True, text=True, check=False).stdout
    check("the program has USDT probes", all(name in notes for name in ("zone_begin", "zone_end", "hook_failed")), notes[:300])
    with open("short.yaml", "w", encoding="utf-8") as file:
        file.write("http: {enabled: false}\nlogger: {level: ERROR}\ninput: {generate: {count: 100, interval: 0s, mapping: 'root = 1'}}\n"
                   "pipeline: {processors: [{nodered_js: {code: 'return msg;'}}]}\noutput: {drop: {}}\n")
    said = subprocess.run([RIFFLE, "run", "--probes", "--trace", "run.json", "--check-leaks", "short.yaml"], capture_output=True, text=True, timeout=30 * SLOW, check=False)
    check("run --probes --trace --check-leaks", said.returncode == 0 and "no leaks" in said.stderr, (said.returncode, said.stderr[-400:]))
    names = {e["name"] for e in json.load(open("run.json", encoding="utf-8"))["traceEvents"]} if os.path.exists("run.json") else set()
    check("the trace of the run has its zones", {"stage", "input_read", "ack"} <= names, names)
    said = subprocess.run([RIFFLE, "run", "--trace", "nowhere/run.json", "short.yaml"], capture_output=True, text=True, timeout=30 * SLOW, check=False)
    check("a trace that cannot be written ends with 1", said.returncode == 1 and "nowhere/run.json" in said.stderr, (said.returncode, said.stderr[-400:]))


def main():
    if os.environ.get("RIFFLE_GO") and not GO:
        check("go is there", False)
    with tempfile.TemporaryDirectory(prefix="riffle debug ") as folder:
        os.chdir(folder)
        parts = [refused, probed, ended]
        with Host(True) as host:
            for part in (cpu, others, traced, meanwhile, reloaded, metrics):
                try:
                    part(host)
                except Exception as error:  # a broken part must not hide the others
                    check(part.__name__, False, repr(error))
            check("it still runs", host.process.poll() is None)
        for part in parts:
            try:
                part()
            except Exception as error:
                check(part.__name__, False, repr(error))
    return checks.summed_up()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)

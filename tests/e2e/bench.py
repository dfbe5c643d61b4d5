#!/usr/bin/env python3
"""bench.py RIFFLE: `riffle bench` from the command line, as a user has it: lists, runs, reports, baselines, gates, programs.

Everything happens in a folder whose name has blanks. Prints one line a check and ends with `N passed, N failed`.
"""
import csv, html.parser, io, json, os, pty, re, select, signal, subprocess, sys, tempfile, time

from lib import checks
from lib.checks import check

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SLOW = 10 if "asan" in RIFFLE else 1
SHORT = ["--samples", "10", "--time", "20ms", "--warm-up", "10ms", "--resamples", "200"]


def bench(*words, seconds=60, env=None):
    return subprocess.run([RIFFLE, "bench", *words], capture_output=True, text=True, timeout=seconds * SLOW, env=dict(os.environ, **(env or {})),
                          stdin=subprocess.DEVNULL)


def expect(name, got, out=None, status=0, err=None):
    """Parts of standard output, exit status, and parts of standard error (None: it is empty)."""
    parts = [] if out is None else [out] if isinstance(out, str) else out
    good = got.returncode == status and all(part in got.stdout for part in parts)
    good = good and (got.stderr == "" if err is None else all(part in got.stderr for part in ([err] if isinstance(err, str) else err)))
    check(name, good, (got.returncode, got.stdout, got.stderr))


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def read(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def ids(*patterns):
    return [line.split()[0] for line in bench("--list", *patterns).stdout.splitlines()]


# ---- What there is ----

ORIGINAL = [  # the names of the suite that this answers, fifty of them
    *("plugin_loading_bytecode/" + n for n in ("minimal_bytecode", "complex_bytecode")),
    *("plugin_loading_script/" + n for n in ("minimal", "with_function", "with_hooks", "complex")),
    *("hook_dispatch_%s/%s" % (h, n) for h in ("output", "input", "resize") for n in ("no_plugins", "single_noop", "single_processing")),
    *("plugin_chaining/%s/%d" % (n, c) for n in ("noop_plugins", "processing_plugins") for c in (1, 2, 5, 10, 20)),
    *("vm_execution/" + n for n in ("direct_minimal", "direct_complex", "adapter_minimal")),
    *("script_compilation/" + n for n in ("minimal", "function", "complex")),
    *("output_throughput/%s/%d" % (n, c) for n in ("no_plugins", "single_plugin", "five_plugins") for c in (10, 100, 1000)),
    *("input_throughput/%s/%d" % (n, c) for n in ("no_plugins", "single_plugin") for c in (10, 100, 1000)),
    *("vm_cache/" + n for n in ("cache_hit", "no_cache")),
    *("realistic_workload/" + n for n in ("no_plugins", "three_plugins")),
]


def listed():
    every = ids()
    bare = {name.split(":")[0] for name in every}
    check("every name is there once", len(every) == len(set(every)) and len(every) > 150, len(every))
    check("the original's fifty are among them", len(ORIGINAL) == 50 and not [name for name in ORIGINAL if name not in bare],
          [name for name in ORIGINAL if name not in bare])
    for group in ("fusabi_", "stream_"):
        check("groups %s… are there" % group, any(name.startswith(group) for name in every))
    forms = {name.split(":")[1] for name in every if name.startswith("plugin_chaining/noop_plugins/5:")}
    check("chains run natively and in every form of script", forms == {"native", "fsx", "fzb", "js"}, forms)
    check("a part of a name", set(ids("chaining/noop")) == {n for n in every if "chaining/noop" in n})
    check("a glob of all of it", set(ids("plugin_*/5:*")) == {n for n in every if re.fullmatch(r"plugin_.*/5:.*", n)})
    check("a regular expression", set(ids("/^vm_.*(fsx|js)$/")) == {n for n in every if re.search(r"^vm_.*(fsx|js)$", n)})
    check("several are joined by or", set(ids("vm_cache", "resize")) == {n for n in every if "vm_cache" in n or "resize" in n})
    check("each has a sentence", all(len(line.split(None, 1)) == 2 for line in bench("--list").stdout.splitlines()))


def mistakes():
    expect("nothing matches", bench("nosuchthing"), "", 2, "no benchmark matches nosuchthing")
    expect("a group's name that is nearly right", bench("plugin_chainign"), "", 2, "did you mean plugin_chaining?")
    expect("a wrong expression", bench("/a(b/"), "", 2, ["pattern:1:5: error:", "| /a(b/", "^"])
    expect("an unknown option", bench("--qick"), "", 2, "did you mean --quick?")
    expect("a number out of its bounds", bench("--samples", "3"), "", 2, "--samples 3: a whole number from 10")
    expect("a duration that is none", bench("--time", "soon"), "", 2, "--time soon: a duration")
    expect("--vs alone", bench("--vs", "true"), "", 2, "--vs goes with --cmd")
    expect("a config without messages", bench(os.path.join(ROOT, "examples/replay.yaml")), "", 2, "--input")
    expect("a file that is not there", bench("./none.yaml", "--input", "x"), None, 2, "none.yaml")
    expect("help", bench("--help"), ["usage: riffle bench", "--save-baseline NAME", "riffle bench --quick plugin_chaining"])
    expect("help of diff", bench("diff", "--help"), ["usage: riffle bench diff", "A B"])
    man = subprocess.run([RIFFLE, "help", "--man"], capture_output=True, text=True, check=False).stdout
    check("the manual page has both", ".SS riffle bench [" in man and ".SS riffle bench diff [" in man, man[-300:])


# ---- Reports ----

class Balance(html.parser.HTMLParser):
    """Whether every element is closed; which pages it would load."""
    EMPTY = {"meta", "br", "hr", "img", "input", "link", "path", "circle", "line", "rect", "polyline", "polygon", "use", "stop", "wbr"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.outside, self.count = [], [], [], {}

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.outside += [value for name, value in attributes if name in ("src", "href") and value and not value.startswith("#")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.EMPTY:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


def reports():
    got = bench(*SHORT, "plugin_chaining/noop_plugins/[125]:*", "hook_dispatch_resize", "--html", "r.html", "--json", "r.json", "--csv", "r.csv", "--markdown", "r.md")
    expect("a run with all reports", got, ["plugin_chaining", "noop_plugins", "5:fsx", "native", "ns  [", "measured in"])
    check("without a terminal there is no escape sequence", "\x1b" not in got.stdout and "\r" not in got.stdout)
    report = json.loads(read("r.json"))
    check("JSON: format and machine", report["format"] == "riffle-bench-report" and report["machine"]["cores"] >= 1 and report["machine"]["fingerprint"])
    results = {r["id"]: r for r in report["results"]}
    check("JSON: each result, in the order of the run", len(results) == 12 + 9 and list(results)[0].startswith("hook_dispatch_resize"), list(results))
    one = results["plugin_chaining/noop_plugins/5:fsx"]
    check("JSON: intervals hold their figure", all(one[k]["low"] <= one[k]["point"] <= one[k]["high"] for k in ("mean", "median", "slope", "mad", "deviation")), one)
    check("JSON: five take longer than one", one["typical"]["point"] > results["plugin_chaining/noop_plugins/1:fsx"]["typical"]["point"])
    check("JSON: a call allocates nothing", all(r["memory"]["allocations"] == 0 for i, r in results.items() if i.startswith("hook_dispatch")), one["memory"])
    rows = list(csv.DictReader(io.StringIO(read("r.csv"))))
    check("CSV: a row a sample", len(rows) == 10 * len(results) and all(float(r["ns"]) > 0 and float(r["iterations"]) >= 1 for r in rows), len(rows))
    mean = [float(r["ns"]) / float(r["iterations"]) for r in rows if r["group"] == "plugin_chaining" and r["parameter"] == "5" and r["form"] == "fsx"]
    check("CSV: the samples have the mean that is reported", abs(sum(mean) / len(mean) / one["mean"]["point"] - 1) < 1e-6)
    markdown = read("r.md")
    check("Markdown: a table a group", markdown.count("| benchmark |") == 2 and "| `noop_plugins/5` fsx |" in markdown, markdown)
    page, balance = read("r.html"), Balance()
    balance.feed(page)
    check("HTML: every element is closed", not balance.wrong and not balance.open, (balance.wrong[:3], balance.open[-3:]))
    check("HTML: loads nothing from elsewhere", not balance.outside, balance.outside[:3])
    check("HTML: has pictures for each", balance.count.get("svg", 0) >= len(results), balance.count)
    check("HTML: no figure is missing", "NaN" not in page and "inf" not in re.sub(r"[a-z]*inf[a-z]+", "", page))
    got = bench(*SHORT, "hook_dispatch_resize/no", "--json", "-")
    check("a report on standard output is alone there", json.loads(got.stdout)["results"] and "hook_dispatch_resize" in got.stderr)
    expect("a report that cannot be written", bench(*SHORT, "hook_dispatch_resize/no", "--html", "nowhere/r.html"), None, 1, "nowhere/r.html")


def on_terminal():
    """A live line while it measures, which is gone at the end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", COLUMNS="80")
        os.execv(RIFFLE, [RIFFLE, "bench", "--samples", "10", "--time", "600ms", "--warm-up", "200ms", "--resamples", "200", "hook_dispatch_resize/no"])
    said, end = b"", time.monotonic() + 30 * SLOW
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                more = os.read(fd, 65536)
            except OSError:
                break
            if not more:
                break
            said += more
    status = os.waitpid(pid, 0)[1]
    text = said.decode()
    check("a terminal gets a live line and colours", status == 0 and "warming" in text and "measuring" in text and "\x1b[" in text, text[-400:])
    check("the live line is taken away", "1 measured in" in re.split(r"\x1b\[2?K|\r", text)[-1] or "1 measured" in text[-300:], text[-300:])


# ---- Baselines and gates ----

def steady(kept, times):
    """The baseline as a machine without noise would have kept it, on which everything is so many times faster."""
    kept = json.loads(kept)
    for result in kept["results"].values():
        mean = result["estimates"]["mean"]["point"] / times
        result["samples"] = [[i, i * mean * (1 + 0.002 * (k * 7 % 5 - 2)), i * mean] for k, (i, *_) in enumerate(result["samples"])]
        for name, interval in result["estimates"].items():
            if isinstance(interval, dict) and "point" in interval:
                result["estimates"][name] = {key: value / times for key, value in interval.items()}
    return kept


def baselines():
    expect("save", bench(*SHORT, "hook_dispatch_input", "--save-baseline", "main"), "measured in")
    kept = read(".riffle-bench/main.json")
    check("a baseline is JSON, a sample a line, sorted", len(json.loads(kept)["results"]) == len(ids("hook_dispatch_input")) and
          list(json.loads(kept)["results"]) == sorted(json.loads(kept)["results"]))
    check("the history has a line a result", len(read(".riffle-bench/history.jsonl").splitlines()) == len(ids("hook_dispatch_input")))
    expect("compare", bench(*SHORT, "hook_dispatch_input", "--baseline", "main"), "measured in")
    expect("compare with a file", bench(*SHORT, "hook_dispatch_input/no", "--baseline", ".riffle-bench/main.json"), "1 measured in")
    expect("no such baseline", bench(*SHORT, "hook_dispatch_input", "--baseline", "mian"), "", 2, ["no baseline mian", "did you mean main?"])
    expect("a name that is none", bench(*SHORT, "hook_dispatch_input/no", "--save-baseline", "../x"), None, 2, "no name for a baseline")
    write(".riffle-bench/steady.json", json.dumps(steady(kept, 1)))
    write(".riffle-bench/fast.json", json.dumps(steady(kept, 3)))
    gate = ["--fail-on", "ratio.low > 1.05"]
    expect("a proven regression ends with 1", bench("diff", "fast", "steady", *gate), ["slower", "gate"], 1)
    expect("an improvement does not", bench("diff", "steady", "fast", *gate), "faster", 0)
    same = bench("diff", "steady", "steady", *gate)
    check("nothing changed", same.returncode == 0 and "+0.0 %" in same.stdout and not re.search(r"(slower|faster) \[", same.stdout), same.stdout)  # the machine may have become either
    expect("diff writes reports too", bench("diff", "fast", "steady", "--json", "-"), '"change": "slower"', 0, "slower")
    other = json.loads(kept)
    other["machine"].update(fingerprint="fedcba9876543210", processor="Another One")
    write(".riffle-bench/other.json", json.dumps(other))
    expect("another machine is refused", bench("diff", "other", "main", *gate), None, 1, ["another machine", "--across-machines"])
    expect("unless one insists", bench("diff", "other", "main", "--across-machines"), "+0.0 %", 0)
    write(".riffle-bench/broken.json", kept[: len(kept) // 2])
    expect("half a file", bench("diff", "broken", "main"), None, 2, "broken.json")
    expect("a gate on a figure alone", bench(*SHORT, "hook_dispatch_input/no", "--fail-on", "now.mean > 1s"), "measured", 0)
    expect("… that fails", bench(*SHORT, "hook_dispatch_input/no", "--fail-on", "now.mean > 0.001ns"), "gate", 1)
    expect("a gate that cannot hold is said before measuring", bench("hook_dispatch_input", "--fail-on", "ratio > 1"), "", 2, "nothing to compare with")
    expect("a gate with a mistake", bench("--fail-on", "ratoi > 1"), "", 2, ["condition:1:1: error:", "| ratoi > 1", "did you mean `ratio`?"])


# ---- Programs ----

def programs():
    slow, quick = "sleep 0.3", "sleep 0.02"
    got = bench("--cmd", slow, "--vs", quick, "--runs", "8", "--resamples", "500", "--fail-on", "ratio.low > 1.5")
    expect("two programs, the slower one fails the gate", got, ["sleep 0.3", "sleep 0.02", "slower"], 1)
    expect("the quicker one does not", bench("--cmd", quick, "--vs", slow, "--runs", "8", "--resamples", "500", "--fail-on", "ratio.low > 1.5"), "faster")
    expect("one alone", bench("--cmd", "true", "--runs", "5"), "program")
    expect("a shell where the text needs one", bench("--cmd", "exit 0 | cat > /dev/null", "--runs", "3"), "program")
    expect("a program that fails", bench("--cmd", "sh -c 'echo broken >&2; exit 3'", "--runs", "3"), None, 1, ["3", "broken"])
    expect("a program that is not there", bench("--cmd", "riffle-no-such-program", "--runs", "3"), None, 1, "riffle-no-such-program")


# ---- A user's own ----

def own():
    recorded = os.path.join(ROOT, "examples/bench/recorded.jsonl")
    config = write("config.yaml", """input:
  generate: {mapping: 'root = 1'}
pipeline:
  processors:
    - tag_processor:
        defaults: |
          msg.meta.location_path = "enterprise.site";
          msg.meta.data_contract = "_historian";
          msg.meta.tag_name = msg.meta.opcua_tag_name || "tag";
          return msg;
        conditions:
          - if: msg.payload > 10
            then: msg.meta.virtual_path = "high"; return msg;
output:
  drop: {}
""")
    names = [line.split()[0] for line in bench("--list", config, "--input", recorded).stdout.splitlines()]
    check("a config has a benchmark a script, a processor, and for all", any("conditions[0].if" in n or "conditions[1].if" in n for n in names) and len(names) >= 5, names)
    expect("they run", bench(*SHORT, config, "--input", recorded), ["measured in", "defaults"])
    write("wrong.yaml", "pipeline:\n  processors:\n    - tag_processr: {}\n")
    expect("a config with a mistake", bench("./wrong.yaml", "--input", recorded), None, 2, ["wrong.yaml:3:", "did you mean"])
    write("empty.jsonl", "")
    expect("no message", bench(config, "--input", "empty.jsonl"), None, 2, "empty.jsonl")
    plugin = write("count.fsx", "let mutable seen = 0\nlet on_output line =\n    seen <- seen + 1\n    Continue\n")
    cast = os.path.join(ROOT, "examples/bench/session.cast")
    expect("a plugin on a recording", bench(*SHORT, plugin, "--input", cast), ["on_output", "load", "measured in"])
    expect("a plugin on the built-in session", bench(*SHORT, plugin), ["on_output", "measured in"])
    broken = write("fails.fsx", "let on_output line = failwith \"no\"\n")
    got = bench(*SHORT, broken)
    check("a plugin whose hook fails measures nothing", got.returncode == 1 and "fails.fsx:1" in got.stdout + got.stderr, (got.returncode, got.stdout, got.stderr))
    expect("a plugin with an error", bench("./" + write("bad.fsx", "let on_output line = (\n")), None, 2, "bad.fsx:1")
    expect("a recording that is none", bench(*SHORT, plugin, "--input", write("bad.cast", '{"version": 2, "width": 80, "height": 24}\n[1, "o"\n')), None, 2, "bad.cast:2")


def latency_and_self():
    got = bench(*SHORT, "hook_dispatch_resize/no", "--rate", "2000", "--json", "-")
    latency = json.loads(got.stdout)["results"][0]["latency"]
    check("latencies at a rate", latency and latency["count"] > 10 and latency["p50"] <= latency["p99"] <= latency["maximum"], latency)
    got = bench("--quick", "--samples", "20", "--time", "40ms", "hook_dispatch_resize/no_plugins", "--self-check", "5", "--resamples", "2000")
    check("a benchmark compared with itself", "5 comparisons of a benchmark with itself" in got.stdout, got.stdout)
    got = bench("--quick", "--samples", "20", "--time", "40ms", "observe_zones/on_trace", "--self-check", "2", "--resamples", "2000")
    check("one that a process can run only once at a time, too", "2 comparisons of a benchmark with itself" in got.stdout, got.stdout + got.stderr)
    child = subprocess.Popen([RIFFLE, "bench", "hook_dispatch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20 * SLOW)
    check("Ctrl-C ends it at once", child.returncode == 1 and "stopped" in err, (child.returncode, out[-300:], err))


def main():
    with tempfile.TemporaryDirectory(prefix="riffle bench ") as folder:
        os.chdir(folder)
        for part in (listed, mistakes, reports, on_terminal, baselines, programs, own, latency_and_self):
            try:
                part()
            except Exception as error:  # a broken part must not hide the others
                check(part.__name__, False, repr(error))
    return checks.summed_up()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)

#!/usr/bin/env python3
"""./dev bench stream: what a message costs, beside a Go program that runs the same stages on goja.

Both read the same recorded messages, run the same scripts in one thread, and throw the result away. Runs are interleaved
(riffle, goja, riffle, goja, …), so that a noisy neighbour hits both; the figures are medians. CPU is user and system time
of the whole process, its garbage collector and start-up included.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from common import CACHE, HOST, RIFFLE, TOP, die, machine, record

CASES = TOP / "bench" / "stream" / "cases.json"
GOJA = CACHE / "goja"
STANDARD_MESSAGES = 200004


def cached(path, make):
    """`path`, made by make(temporary) when it is not there; half a file is never left."""
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        make(temporary)
        temporary.rename(path)
    return path


def messages(count):
    def make(path):
        with open(path, "wb") as out:
            subprocess.run([sys.executable, TOP / "bench/stream/generate.py", str(count)], stdout=out, check=True)
    return cached(CACHE / f"messages-{count}.jsonl", make)


def build_goja():
    if not shutil.which("go"):
        die("the peer is a Go program, and there is no `go`: install Go 1.20 or newer (Debian 13: golang-go)")
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", GOJA, "."],
                   cwd=TOP / "bench/peers/goja", check=True)


def config(case, processor, source, output):
    text = {
        "input": {"file": {"paths": [str(source)], "codec": "message"}},
        "pipeline": {"threads": 1, "processors": [processor] if processor else []},
        "output": output,
        "http": {"enabled": False},
        "logger": {"level": "ERROR"},
    }
    path = CACHE / f"{case}-{next(iter(output))}.yaml"
    path.write_text(json.dumps(text, indent=1))  # JSON is YAML
    return path


def peak_bytes(pid):
    """The most memory resident since exec. (What wait() reports would include this process before the exec.)"""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def run(command):
    """CPU seconds, wall seconds and peak bytes of one run to its end."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    os.set_blocking(child.stderr.fileno(), False)
    peak, errors = 0, b""
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        errors += child.stderr.read() or b""
        if pid:
            break
        peak = max(peak, peak_bytes(child.pid))
        time.sleep(0.01)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        die(f"{command[0]} ended with {child.returncode}: {errors.decode(errors='replace')[-2000:]}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak": peak}


def first_output_seconds(command):
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first = child.stdout.read(1)
    took = time.perf_counter() - start
    child.stdout.read()
    if child.wait() or not first:
        die(f"{command[0]} printed nothing, or failed")
    return took


def median(runs, key):
    return statistics.median(r[key] for r in runs)


def spread(runs, key):
    values = [r[key] for r in runs]
    return (max(values) - min(values)) / 2 / statistics.median(values) * 100


def measure(case, processor, source, count, pairs):
    riffle = [RIFFLE, "run", config(case, processor, source, {"drop": {}})]
    goja = [GOJA, CASES, case, source]
    one = messages(1)
    riffle_first = [RIFFLE, "run", config(case, processor, one, {"stdout": {"codec": "message"}})]
    goja_first = [GOJA, "-print", CASES, case, one]
    ours, theirs, first_ours, first_theirs = [], [], [], []
    for _ in range(pairs):
        ours.append(run(riffle))
        theirs.append(run(goja))
        for _ in range(4):
            first_ours.append(first_output_seconds(riffle_first))
            first_theirs.append(first_output_seconds(goja_first))
    figures = {}
    for name, runs, firsts in (("riffle", ours, first_ours), ("goja", theirs, first_theirs)):
        figures[name] = {
            "cpu_us": median(runs, "cpu") / count * 1e6,
            "spread": spread(runs, "cpu"),
            "wall_s": median(runs, "wall"),
            "rss_mib": median(runs, "peak") / 2**20,
            "first_ms": statistics.median(firsts) * 1e3,
        }
    return figures


def table(results):
    lines = ["| case | program | CPU a message | ± | wall | peak memory | exec to first message |",
             "|---|---|---:|---:|---:|---:|---:|"]
    for case, figures in results.items():
        for name, f in figures.items():
            lines.append(f"| {case} | {name} | {f['cpu_us']:.2f} us | {f['spread']:.0f} % | {f['wall_s']:.2f} s | "
                         f"{f['rss_mib']:.1f} MiB | {f['first_ms']:.1f} ms |")
        ratio = figures["goja"]["cpu_us"] / figures["riffle"]["cpu_us"]
        lines.append(f"| {case} | goja / riffle | {ratio:.1f} x | | "
                     f"{figures['goja']['wall_s'] / figures['riffle']['wall_s']:.1f} x | "
                     f"{figures['goja']['rss_mib'] / figures['riffle']['rss_mib']:.1f} x | "
                     f"{figures['goja']['first_ms'] / figures['riffle']['first_ms']:.1f} x |")
    return "\n".join(lines)


def heading(count, pairs):
    go = subprocess.run(["go", "version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return (f"{machine()}, {go}; {count:,} messages, {pairs} interleaved pairs, medians; riffle {RIFFLE.stat().st_size / 1e6:.2f} MB "
            f"and riffle-stream {HOST.stat().st_size / 1e6:.2f} MB, "
            f"goja {GOJA.stat().st_size / 1e6:.2f} MB")


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench stream", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=STANDARD_MESSAGES)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--cases", default="a,b,c,n1,n2", help="first letters of the cases in bench/stream/cases.json, or `all`")
    parser.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args(arguments)
    cases = json.loads(CASES.read_text())
    wanted = cases if options.cases == "all" else [
        next((name for name in cases if name.split("-")[0] == key), None) or die(f"no case {key}: {', '.join(cases)}")
        for key in options.cases.split(",")]
    build_goja()
    source = messages(options.messages)
    results = {}
    for case in wanted:
        print(f"{case} …", file=sys.stderr, flush=True)
        results[case] = measure(case, cases[case], source, options.messages, options.pairs)
    text = heading(options.messages, options.pairs) + "\n\n" + table(results)
    print(text)
    if options.record:
        record("stream", text)

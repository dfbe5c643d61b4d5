"""./dev bench observe: what looking inside a running riffle costs.

- a zone that is switched off, beside the same loop without zones (`riffle bench observe_zones`)
- the profiler at 1,000 samples a second: CPU a message of a stream (three conditions on recorded messages), runs with and without in turn
- the same streams' p99 latency of the processor while a profile is taken
- a scrape of /metrics of a host with 100 plugins and 1,000 stages
"""
import argparse
import json
import os
import pathlib
import resource
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from common import HOST, TOP, die, machine, record
from stream import messages

MESSAGES = 200004


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path, seconds=120):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=seconds) as answer:
        return answer.read()


def wait_for(port):
    for _ in range(400):
        try:
            return get(port, "/ping")
        except OSError:
            time.sleep(0.01)
    die("the stream does not answer")


def stream_config(folder, port):
    """Case b of the stream benchmark, over all recorded messages and again and again."""
    case = json.loads((TOP / "bench/stream/cases.json").read_text())["b-defaults-3cond"]
    source = messages(MESSAGES)
    text = {
        "http": {"address": f"127.0.0.1:{port}", "debug_endpoints": True}, "logger": {"level": "ERROR"},
        "input": {"file": {"paths": [str(source)] * 3, "codec": "message"}},
        "pipeline": {"threads": 1, "processors": [case]}, "output": {"drop": {}},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(text))
    return path


def cpu_of(path, port, profiled):
    """Microseconds of CPU a message; with a profile that lasts as long as the stream does, if asked for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen([HOST, "run", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if profiled:
        wait_for(port)
        done = threading.Event()

        def profile():
            while not done.is_set():
                try:
                    get(port, "/debug/pprof/profile?seconds=10&hz=1000")
                except (OSError, urllib.error.URLError):
                    return  # the stream has ended

        thread = threading.Thread(target=profile)
        thread.start()
    if child.wait():
        die(child.stderr.read().decode()[-1000:])
    child.stderr.close()
    if profiled:
        done.set()
        thread.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent / (3 * MESSAGES) * 1e6


def p99(folder, profiled):
    """Of the processor, ms, over four seconds of a stream that never ends."""
    port = free_port()
    case = json.loads((TOP / "bench/stream/cases.json").read_text())["b-defaults-3cond"]
    path = folder / "endless.yaml"
    path.write_text(json.dumps({
        "http": {"address": f"127.0.0.1:{port}", "debug_endpoints": True}, "logger": {"level": "ERROR"},
        "input": {"generate": {"interval": "0s", "count": 0, "mapping": 'root = {"value": 42.5}'}},
        "pipeline": {"threads": 1, "processors": [case]}, "output": {"drop": {}},
    }))
    child = subprocess.Popen([HOST, "run", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        if profiled:
            get(port, "/debug/pprof/profile?seconds=4")  # as it comes: 100 samples a second
        else:
            time.sleep(4)
        stats = json.loads(get(port, "/stats"))
    finally:
        child.terminate()
        child.wait()
    found = [value["p99"] for key, value in flatten(stats) if "processor_latency" in key and isinstance(value, dict) and value.get("p99")]
    return max(found) if found else die("/stats has no p99 of the processor: " + json.dumps(stats)[:500])


def flatten(value, prefix=""):
    if isinstance(value, dict):
        yield prefix, value
        for key, inner in value.items():
            yield from flatten(inner, f"{prefix}.{key}" if prefix else key)


def scrape(folder):
    """Median milliseconds of /metrics with 100 plugins and 1,000 stages; and its size."""
    port = free_port()
    plugin = folder / "noop.fsx"
    plugin.write_text("let on_message message = Continue\n")
    condition = {"if": "msg.payload > 1e9", "then": "return msg;"}
    tags = {"tag_processor": {"defaults": "msg.meta.location_path = 'a'; msg.meta.data_contract = '_h'; msg.meta.tag_name = 't'; return msg;", "conditions": [condition] * 49}}
    path = folder / "many.yaml"
    plugins = [{"label": f"p{i}", "plugin": {"path": str(plugin)}} for i in range(100)]
    path.write_text(json.dumps({
        "http": {"address": f"127.0.0.1:{port}"}, "logger": {"level": "ERROR"},
        "input": {"generate": {"interval": "1ms", "count": 0, "mapping": "root = 1"}},
        "pipeline": {"threads": 1, "processors": [tags] * 10 + plugins}, "output": {"drop": {}},
    }))
    child = subprocess.Popen([HOST, "run", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(port)
        time.sleep(1)
        taken, size = [], 0
        request, room = f"GET /metrics HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode(), bytearray(4 << 20)
        with socket.create_connection(("127.0.0.1", port)) as peer:  # one connection, as Prometheus keeps it
            for _ in range(101):
                began = time.perf_counter()
                peer.sendall(request)
                size = read_answer(peer, memoryview(room))
                taken.append((time.perf_counter() - began) * 1e3)
    finally:
        child.terminate()
        child.wait()
    return statistics.median(taken), size


def read_answer(peer, room):
    """Bytes of the body; what is read is not looked at, so that the client costs little."""
    got = peer.recv_into(room)
    while b"\r\n\r\n" not in room[:got].tobytes()[:2000]:
        got += peer.recv_into(room[got:])
    head = room[:got].tobytes()[:2000].partition(b"\r\n\r\n")[0]
    size = int(head.lower().partition(b"content-length:")[2].split()[0])
    while got < len(head) + 4 + size:
        got += peer.recv_into(room[got:])
    return size


def zones():
    said = subprocess.run([HOST, "bench", "--json", "-", "--time", "2s", "observe_zones"], capture_output=True, text=True, check=True)
    found = {r["name"]: r["typical"]["point"] for r in json.loads(said.stdout)["results"]}
    return (found["off"] - found["none"]) / 100, found["on_trace"] / 100, found["on_tree"] / 100  # a hundred zones an iteration


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench observe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args(arguments)
    off, trace, tree = zones()
    with tempfile.TemporaryDirectory() as name:
        folder, port = pathlib.Path(name), free_port()
        path = stream_config(folder, port)
        plain, profiled, calm, busy = [], [], [], []
        for _ in range(options.turns):
            plain.append(cpu_of(path, port, False))
            profiled.append(cpu_of(path, port, True))
            calm.append(p99(folder, False))
            busy.append(p99(folder, True))
        scraped, size = scrape(folder)
    cost = statistics.median(b / a for a, b in zip(plain, profiled)) - 1
    slower = statistics.median(b / a for a, b in zip(calm, busy)) - 1
    rows = [
        ("a zone, switched off", f"{max(off, 0):.2f} ns", "1 ns"), ("… kept for a trace", f"{trace:.0f} ns", ""), ("… added up by path", f"{tree:.0f} ns", ""),
        ("CPU a message, no profile", f"{statistics.median(plain):.2f} us", ""),
        ("… profiled 1,000 times a second", f"{cost:+.1%}", "+2 %"),
        ("p99 of the processor while a profile is taken", f"{slower:+.1%}", "+5 %"),
        (f"/metrics of 100 plugins and 990 script stages ({size / 1e6:.1f} MB), over HTTP", f"{scraped:.2f} ms", "1 ms"),
    ]
    text = "\n".join([machine() + f"; {options.turns} turns, medians", "", "| what | riffle | target |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])
    print(text)
    if options.record:
        record("observe", text)

"""./dev bench fusabi: the Fusabi compiler and VM beside Lua, LuaJIT (interpreter), Python and the original's crates.

All do the same tasks (bench/fusabi), each in a process of its own, which prints the median CPU time of five rounds a task. The
processes take turns (ours, Lua, LuaJIT, Python, original, ours, …), so that a noisy neighbour hits all; the figures are medians
over the turns, and a ratio is the median of the ratios within a turn.
"""
import argparse
import os
import shutil
import statistics
import time

from common import RIFFLE, TOP, build_original, die, figures, machine, record

FOLDER = TOP / "bench" / "fusabi"
OURS = TOP / "build" / "bench" / "fusabi_tasks"
TASKS = ["fib25", "fib30", "list10k", "strbuild5k", "call100k", "match100k", "native100k"]
RAW = ["fib25_raw", "countdown1m_raw"]


def peers():
    """Name and command of each program that is there."""
    found = {"riffle": [OURS, FOLDER]}
    for name, command, script in (("lua", "lua5.4", "tasks.lua"), ("python", "python3", "tasks.py")):
        if not shutil.which(command):
            die(f"there is no {command} to measure against")
        found[name] = [command, FOLDER / script]
    if not shutil.which("luajit"):
        die("there is no luajit to measure against")
    found["luajit"] = ["luajit", "-joff", FOLDER / "tasks.lua"]
    found["original"] = [build_original(), FOLDER]
    return found


def seconds_of(command):
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    if os.waitpid(child, 0)[1]:
        die(f"{command[0]} failed")
    return time.perf_counter() - start


def start_up(times):
    """Median milliseconds of `riffle exec hello.fsx` and of /bin/true, in turns."""
    hello = [str(RIFFLE), "exec", str(FOLDER / "hello.fsx")]
    ours, floor = [], []
    for _ in range(times):
        ours.append(seconds_of(hello))
        floor.append(seconds_of(["/bin/true"]))
    return statistics.median(ours) * 1e3, statistics.median(floor) * 1e3


def time_text(ns):
    if ns >= 1e6:
        return f"{ns / 1e6:.2f} ms"
    return f"{ns / 1e3:.1f} us" if ns >= 1e3 else f"{ns:.1f} ns"


def median(turns, peer, task):
    return statistics.median(turn[peer][task] for turn in turns)


def ratio(turns, above, below):
    """Median over the turns of one figure in another; each is (peer, task)."""
    return statistics.median(turn[above[0]][above[1]] / turn[below[0]][below[1]] for turn in turns)


def task_table(turns):
    lines = ["| task | riffle | lua5.4 | luajit -joff | python3 | riffle / lua5.4 | original (portable form) |", "|---|---:|---:|---:|---:|---:|---:|"]
    for task in TASKS:
        original = time_text(median(turns, "original", task + "_portable")) if task != "fib30" else "-"
        cells = [time_text(median(turns, peer, task)) for peer in ("riffle", "lua", "luajit", "python")]
        lines.append(f"| {task} | {' | '.join(cells)} | {ratio(turns, ('riffle', task), ('lua', task)):.2f} | {original} |")
    return "\n".join(lines)


def against_original(turns):
    lines = ["| what | riffle | original | original / riffle |", "|---|---:|---:|---:|"]

    def row(text, task, theirs=None, scale=1.0, theirs_scale=1.0):
        ours, other = median(turns, "riffle", task) / scale, median(turns, "original", theirs or task) / theirs_scale
        factor = statistics.median((t["original"][theirs or task] / theirs_scale) / (t["riffle"][task] / scale) for t in turns)
        lines.append(f"| {text} | {time_text(ours)} | {time_text(other)} | {factor:.1f} |")

    for task in RAW:
        row(f"{task.removesuffix('_raw')}, the original's bytecode", task)
    for count in (20, 200, 2000):
        row(f"compile, a line of {count:,}", f"compile{count}", None, count, count)
        row(f"load .fzb, a line of {count:,}", f"load{count}", None, count, count)
    row("new VM with library", "newvm")
    row("host to script call", "hostcall1000", "hostcall", 1e3, 1e5)
    for count in (20, 200, 2000):
        ours, theirs = median(turns, "riffle", f"bytes{count}"), median(turns, "original", f"bytes{count}")
        lines.append(f"| bytes of .fzb, {count:,} lines | {ours:,.0f} | {theirs:,.0f} | {theirs / ours:.1f} |")
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench fusabi", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    programs = peers()
    turns = [{name: figures(command) for name, command in programs.items()} for _ in range(options.turns)]
    ours, floor = start_up(100 * options.turns)
    text = "\n\n".join([
        f"{machine()}; {options.turns} turns, medians of CPU time.", task_table(turns), against_original(turns),
        f"A new VM holds {median(turns, 'riffle', 'newvm_bytes') / 1024:.1f} KiB; a million hook calls leave {median(turns, 'riffle', 'growth_bytes'):.0f} "
        f"bytes more. `riffle exec hello.fsx` takes {ours:.2f} ms from exec to exit, /bin/true {floor:.2f} ms: {ours - floor:.2f} ms more."])
    print(text)
    if options.record:
        record("fusabi", text)

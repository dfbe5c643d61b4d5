"""./dev bench plugin: what plugins cost: loading, calls of hooks, chains of 1 to 20, throughput, a whole small session.

One process measures everything (bench/plugin/bench_plugin.c): CPU time, the median of nine rounds a figure. It is run several times and
the medians over the runs are shown, beside the target and what the original took for the same (its own plugins in Rust where
nothing else is said: its script plugins were never called). Bytecode files are loaded by the original's crates too, in turns with ours.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile

from common import RIFFLE, TOP, build_original, die, figures, machine, record

PROGRAM = TOP / "build" / "bench" / "bench_plugin"
SCRIPTS = TOP / "bench" / "plugin" / "scripts"

# Figure, what it is, target in ns, the original in ns (None: not measured there).
ROWS = [
    ("bytecode/minimal", "load a `.fzb` file, minimal", 2500, None),
    ("read/minimal", "… of it, the system's part: open, read, close", None, None),
    ("bytecode/complex", "load a `.fzb` file, complex", 2500, None),
    ("compiled/load_minimal", "load a script, minimal, compiled", 12000, None),
    ("compiled/load_with_function", "… with a function, compiled", 12000, None),
    ("compiled/load_with_hooks", "… with hooks, compiled", 12000, None),
    ("compiled/load_complex", "… complex, compiled", 12000, None),
    ("cached/load_with_hooks", "… with hooks, from the cache", 12000, None),
    ("cached/load_complex", "… complex, from the cache", 12000, None),
    ("output/no_plugins", "output hook, no plugin", 15, None),
    ("output/single_noop", "output hook, one no-op `.fsx`", 100, 170),
    ("output/single_noop_fzb", "output hook, one no-op `.fzb`", 100, 170),
    ("output/single_noop_js", "output hook, one no-op `.js`", None, None),
    ("output/single_processing", "output hook, one processing `.fsx`", 250, None),
    ("input/single_noop", "input hook, one no-op `.fsx`", 100, None),
    ("resize/single_noop", "resize hook, one no-op `.fsx`", 100, None),
    ("chain_noop/5", "chain of 5 no-op `.fsx`", 500, 590),
    ("chain_noop/20", "chain of 20 no-op `.fsx`", 2000, 2560),
    ("chain_processing/5", "chain of 5 processing `.fsx`", None, None),
    ("chain_processing/20", "chain of 20 processing `.fsx`", None, None),
    ("chain_noop_js/20", "chain of 20 no-op `.js`", None, None),
    ("lines_five_plugins/1000", "a line through 5 processing `.fsx`, one by one", 500, None),
    ("run_five_plugins/1000", "a line through 5 processing `.fsx`, in runs", 500, None),
    ("workload/no_plugins", "100 lines, 20 inputs, 2 resizes, no plugin", None, None),
    ("workload/three_plugins", "… with 3 processing `.fsx`, chain made anew", 60000, 84800),
    ("prefilter/20_not_concerned", "a line that 20 plugins with `match` do not look at", None, None),
]
COUNTS = [("allocations", "allocations in a million calls"), ("growth_blocks", "blocks left by a million calls"),
          ("growth_bytes", "bytes that a VM grew by in a million calls")]
BYTECODE = {"minimal": "let v = 42\n", "complex": "let on_output = fun text -> (10 + 20) * (30 - 5) / 3 > 0\n",
            "noop": (SCRIPTS / "noop.fsx").read_text()}


def prepare(folder):
    """The bytecode files that are loaded, made by our own compiler."""
    for name, text in BYTECODE.items():
        script = folder / f"bytecode_{name}.fsx"
        script.write_text(text)
        made = subprocess.run([RIFFLE, "compile", "-o", folder / f"bytecode_{name}.fzb", script], capture_output=True, text=True, check=False)
        if made.returncode:
            die(made.stderr)
        script.unlink()


def show(ns):
    if ns is None:
        return ""
    return f"{ns / 1000:.2f} us" if ns >= 1000 else f"{ns:.0f} ns"


def table(found, theirs):
    """`theirs`: what the original's crates took, in the same runs."""
    lines = [machine(), "", "| what | riffle | target | the original |", "|---|---|---|---|"]
    lines += [f"| {what} | {show(found[name])} | {show(target)} | {show(theirs.get(name, original))} |" for name, what, target, original in ROWS]
    lines += ["", *(f"- {what}: {found[name]:.0f}" for name, what in COUNTS),
              f"- lines a second through 5 processing `.fsx`: {1e9 / found['lines_five_plugins/1000'] / 1e6:.1f} million one by one, "
              f"{1e9 / found['run_five_plugins/1000'] / 1e6:.1f} million in runs"]
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench plugin", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of the whole (5)")
    parser.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder)
        original = build_original()
        runs = [(figures([PROGRAM, SCRIPTS, folder]), figures([original, "--loads", folder])) for _ in range(options.runs)]
    found, theirs = ({key: statistics.median(run[key] for run in some) for key in some[0]} for some in zip(*runs))
    text = table(found, theirs)
    print(text)
    if options.record:
        record("plugin", text)

"""./dev bench all: every built-in benchmark of riffle, with the targets and what the original took, as tables.

`riffle bench` measures (docs/benchmarks.md tells how). With --record the tables go into docs/performance.md, and after them those of
`stream`, `fusabi` and `plugin`, whose peers have to be there (go, cargo, lua5.4, luajit). Takes about half an hour; --quick three minutes.
"""
import argparse
import importlib
import pathlib
import subprocess
import tempfile

from common import RIFFLE, TOP, die, record


def tables(arguments):
    """Markdown of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "report.md"
        said = subprocess.run([RIFFLE, "bench", "--markdown", path, *arguments], cwd=TOP, check=False)
        if said.returncode:
            die(f"riffle bench ended with status {said.returncode}")
        return path.read_text(encoding="utf-8").strip()


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench all", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="30 samples in half a second each")
    parser.add_argument("--only-own", action="store_true", help="without stream, fusabi and plugin")
    parser.add_argument("--record", action="store_true", help="write the tables into docs/performance.md")
    parser.add_argument("patterns", nargs="*", help="parts of names: only those benchmarks")
    options = parser.parse_args(arguments)
    text = tables((["--quick"] if options.quick else []) + options.patterns)
    print(text)
    if options.record:
        record("all", text)
    if not options.only_own:
        for name in ("stream", "fusabi_tasks", "plugin_tasks"):
            importlib.import_module(name).main(["--record"] if options.record else [])

"""What the benchmarks share: where things are, what machine this is, and the page that keeps the figures."""
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache" / "bench"
RIFFLE = TOP / "build" / "riffle"
HOST = TOP / "build" / "riffle-stream"  # what `riffle run` becomes
PAGE = TOP / "docs" / "performance.md"


def die(text):
    sys.exit("bench: " + text)


def machine():
    """Date, commit, processor and cores: what a figure means nothing without."""
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "-C", TOP, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return f"{time.strftime('%Y-%m-%d')}, commit {commit.stdout.strip() or 'unknown'}, {model}, {os.cpu_count()} cores"


def figures(command):
    """What a program prints, a name and a number a line."""
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        die(f"{command[0]} failed: {said.stderr[-2000:]}")
    return {name: float(value) for name, value in (line.split() for line in said.stdout.splitlines())}


def build_original():
    """The program that runs the original's own crates (bench/peers/fusabi)."""
    if not shutil.which("cargo"):
        die("the original's crates need `cargo` (Debian: cargo)")
    # The lock file stays out of the tree: it names where packages come from.
    copy = CACHE / "fusabi-original"
    shutil.copytree(TOP / "bench/peers/fusabi", copy, dirs_exist_ok=True)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=copy, check=True,
                   env=dict(os.environ, CARGO_TARGET_DIR=str(CACHE / "cargo")))
    return CACHE / "cargo" / "release" / "fusabi-original"


def record(name, text):
    """Writes the text into the page, between the marks of that benchmark."""
    begin, end = f"<!-- ./dev bench {name} --record: begin -->", "<!-- end -->"
    page = PAGE.read_text()
    if begin not in page or end not in page[page.index(begin):]:
        die(f"{PAGE.name} has no place marked for the table of {name}")
    start = page.index(begin) + len(begin)
    PAGE.write_text(page[:start] + "\n" + text + "\n" + page[page.index(end, start):])

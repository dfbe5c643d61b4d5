#!/usr/bin/env python3
"""bench/gate.py RIFFLE: fails when riffle is proven to have become slower beside a peer of the same run.

Each gate of bench/gates.json runs both sides in turn, or takes both from one run of the same group, and compares the ratio's interval
with the ratio that was recorded: the gate fails when even the low end of the interval is above it by more than `allowed` (which `why` explains where it
is wide). Ends on a line
`N passed, N failed`.
"""
import json
import pathlib
import shlex
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
GATES = TOP / "bench" / "gates.json"


def measure(riffle, arguments):
    """The report of one run of `riffle bench`."""
    said = subprocess.run([riffle, "bench", "--quick", "--no-color", "--json", "-", *arguments], capture_output=True, text=True, cwd=TOP, check=False)
    if said.returncode or not said.stdout:
        raise RuntimeError(f"riffle bench {shlex.join(arguments)} ended with {said.returncode}: {said.stderr[-2000:]}")
    return json.loads(said.stdout)["results"]


def programs(riffle, gate):
    """The ratio of two programs, started in turn: point and low end."""
    command = gate["cmd"].replace("RIFFLE", shlex.quote(riffle))
    results = measure(riffle, ["--cmd", command, "--vs", gate["vs"], "--runs", "15"])
    ratio = next(r["comparison"]["ratio"] for r in results if r["comparison"])
    return ratio["point"], ratio["low"]


def benchmarks(riffle, gate):
    """The ratio of two benchmarks of one run: the low end is that of the one over the high end of the other."""
    results = {r["id"]: r["typical"] for r in measure(riffle, [gate["bench"], gate["peer"]])}
    ours, theirs = results[gate["bench"]], results[gate["peer"]]
    return ours["point"] / theirs["point"], ours["low"] / theirs["high"]


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    riffle = str(pathlib.Path(arguments[0]).resolve())
    passed = failed = 0
    for gate in json.loads(GATES.read_text(encoding="utf-8")):
        bound = gate["ratio"] * gate["allowed"]
        try:
            for _ in range(3):  # what is slower is so each time; a machine that was busy is not
                point, low = (programs if "cmd" in gate else benchmarks)(riffle, gate)
                if low <= bound:
                    break
        except (RuntimeError, KeyError, StopIteration, json.JSONDecodeError) as error:
            print(f"FAILED {gate['name']}: {error!r}")
            failed += 1
            continue
        good = low <= bound
        passed, failed = passed + good, failed + (not good)
        print(f"{'passed' if good else 'FAILED'} {gate['name']}: {point:.3f} (at least {low:.3f}); recorded {gate['ratio']}, fails above {bound:.3f}")
    print(f"{passed} passed, {failed} failed")
    return failed or not passed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)

#!/usr/bin/env python3
"""Runs the recorded cases of the original's flow, interpolation and HTTP against riffle.

usage: host_cases.py RIFFLE [--update] [--jobs N] [--verbose] [NAME...]

The cases are tests/golden/host/{flow,interp,http}.jsonl; README.md beside them says what is in them and what is compared. Those that
differ stand in tests/golden/host/differences.txt as `NAME: CAUSE`. The list is exact: a case in it that passes is an error, and so is
one that differs and is not in it. --update writes the list anew: causes are kept, and a new line gets what differs, for a person to
put the cause in its place.
"""
import argparse
import concurrent.futures
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import host_compare  # noqa: E402: beside this file
import host_program  # noqa: E402

FOLDER = os.path.join(HERE, "host")
LIST = os.path.join(FOLDER, "differences.txt")
KINDS = ("flow", "interp", "http")
HEAD = "# Recorded cases that riffle answers otherwise, or cannot answer yet: NAME: CAUSE. tests/golden/host_cases.py keeps the list exact.\n"


def load_cases():
    cases = []
    for kind in KINDS:
        with open(os.path.join(FOLDER, kind + ".jsonl"), encoding="utf-8") as lines:
            cases += [json.loads(line) for line in lines]
    names = [case["name"] for case in cases]
    if len(set(names)) != len(names):
        sys.exit("two cases have the same name")
    return cases


def load_differences():
    listed = {}
    with open(LIST, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, cause = line.rstrip("\n").split(": ", 1)
                if name in listed:
                    sys.exit(f"{name} is listed twice")
                listed[name] = cause
    return listed


def run_case(riffle, case, listed, slow):
    """What differs, or None."""
    def is_done(seen):
        return listed or not host_compare.complaint(case, seen, ended=False)
    try:
        return host_compare.complaint(case, host_program.Program(riffle, case, slow).run(is_done))
    except Exception as error:  # a runner that fails fails the case
        return f"the runner failed: {error!r}"


def judge(name, why, listed):
    """(the kind of result, what to print)."""
    if why and name in listed:
        return "difference", None
    if why:
        return "failed", f"{name}: {why}"
    if name in listed:
        return "failed", f"{name}: listed as different ({listed[name]}), but it passes"
    return "passed", None


def write_list(cases, results, listed):
    with open(LIST, "w", encoding="utf-8") as out:
        out.write(HEAD)
        for case in cases:
            name = case["name"]
            why = results[name] if name in results else listed.get(name)
            if why:
                out.write(f"{name}: {listed.get(name) or why.splitlines()[0]}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("riffle")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--jobs", type=int, default=4)
    options = parser.parse_intermixed_args()
    riffle = os.path.abspath(options.riffle)
    slow = 4 if "asan" in riffle or "tsan" in riffle else 1
    cases, listed = load_cases(), load_differences()
    unknown = (set(listed) | set(options.names)) - {case["name"] for case in cases}
    wanted = [case for case in cases if not options.names or case["name"] in options.names]
    # Those that are to be stopped take longest: they go first.
    order = sorted(wanted, key=lambda case: -case.get("timeout", 0) if "stopped" in case else 0)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = {case["name"]: pool.submit(run_case, riffle, case, case["name"] in listed, slow) for case in order}
        results = {name: run.result() for name, run in runs.items()}
    if options.update:
        write_list(cases, results, listed)
        listed = load_differences()
    counts = {"passed": 0, "failed": len(unknown), "difference": 0}
    for name in sorted(unknown):
        print(f"{name}: there is no such case")
    for case in wanted:
        kind, text = judge(case["name"], results[case["name"]], listed)
        counts[kind] += 1
        if options.verbose and kind == "difference":
            text = f"{case['name']}: as listed ({listed[case['name']]}): {results[case['name']]}"
        if text:
            print(text)
    print(f"{counts['difference']} listed differences")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] + counts["difference"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs the tests of a build folder and adds up the counts that each of them printed.

Usage: suite_meson.py BUILD [--name NAME] [-- ARGUMENTS OF meson test]

A test that ends badly counts as failed, whatever it printed; one without a count is one test.
The last line is `N passed, N failed`.
"""
import json
import pathlib
import re
import subprocess
import sys

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)


def count(record):
    """Passed and failed of one test program."""
    lines = COUNTS.findall(record.get("stdout") or "")
    good = record["result"] == "OK"
    passed, failed = (int(n) for n in lines[-1]) if lines else (int(good), int(not good))
    return passed, failed or int(not good)


def show(record):
    print("---", record["name"], record["result"])
    for stream in ("stdout", "stderr"):
        print((record.get(stream) or "").rstrip()[-8000:])


def main(arguments):
    more = []
    if "--" in arguments:
        more = arguments[arguments.index("--") + 1:]
        arguments = arguments[:arguments.index("--")]
    build, name = pathlib.Path(arguments[0]), "testlog"
    if arguments[1:2] == ["--name"]:
        name = arguments[2]
    for old in (build / "meson-logs").glob(name + "*.json"):
        old.unlink()
    subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--logbase", name, "--quiet", *more],
                   stdout=subprocess.DEVNULL, check=False)
    # With a wrapper meson puts its name behind ours.
    records = [json.loads(line) for log in (build / "meson-logs").glob(name + "*.json")
               for line in log.read_text(errors="replace").splitlines()]
    passed = failed = 0
    for record in records:
        good, bad = count(record)
        passed, failed = passed + good, failed + bad
        if bad:
            show(record)
    if not records:
        print("no test was run")
        failed = 1
    print(f"{len(records)} programs")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Runs the recorded lint and start-up cases of the original against riffle.

usage: lint_golden.py RIFFLE [NAME...]

Compared: exit status (zero or not), and each recorded finding (file, line, and its text within ours). Cases that differ on
purpose stand in tests/golden/host/lint-differences.txt as `NAME: CAUSE`; one that stands there and passes is an error.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "host")
PLACE = re.compile(r"^(?P<file>[^\s(]*)\((?P<line>\d+),\d+\) (?P<text>.*)$")
READ_ERROR = re.compile(r"^configuration file read error: (?P<file>[^:]+): \((?P<line>\d+),\d+\) (?P<text>.*)$", re.S)


def load_cases():
    with open(os.path.join(GOLDEN, "lint.jsonl"), encoding="utf-8") as cases:
        return [json.loads(line) for line in cases]


def load_differences():
    listed = {}
    with open(os.path.join(GOLDEN, "lint-differences.txt"), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, cause = line.rstrip("\n").split(": ", 1)
                if name in listed:
                    sys.exit(f"{name} is listed twice")
                listed[name] = cause
    return listed


def recorded_findings(case):
    """(file, line, text) of each finding the original showed; line 0: none is known."""
    found = []
    whole = READ_ERROR.match(case.get("stderr", ""))
    if whole:
        return [(whole["file"], int(whole["line"]), whole["text"])]
    texts = case.get("stderr", "").split("\n") + [log[3]["lint"] for log in case.get("logs", []) if "lint" in log[3]]
    for text in texts:
        match = PLACE.match(text)
        if match:
            found.append((match["file"], int(match["line"]), match["text"]))
    return found


def run_case(riffle, case):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in case["files"].items():
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as out:
                out.write(text.encode("utf-8", "surrogateescape"))
        env = {"PATH": "/usr/bin:/bin", "HOME": folder, "TZ": "UTC", "LANG": "C.UTF-8"}
        env.update({name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")})
        env.update(case.get("env", {}))
        process = subprocess.Popen([riffle] + case["args"], cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(case.get("stdin", "").encode(), timeout=1 if "stopped" in case else 20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
        return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def complaint(case, status, out, err):
    """Why the case does not pass, or None."""
    if status < 0 or "Sanitizer" in err:
        return f"it crashed ({status}): {err[-600:]}"
    if (status == 0) != (case["rc"] == 0):
        return f"status {status}, recorded {case['rc']}: {err.strip()[:200]}"
    ours = [PLACE.match(line) for line in err.split("\n")]
    ours = [(match["file"], int(match["line"]), match["text"]) for match in ours if match]
    for file, line, text in recorded_findings(case):
        same = [mine for mine in ours if mine[1] == line and text in mine[2] and (not file or mine[0] == file)]
        if not same:
            return f"not found: {file}({line}) {text}; ours: {ours}"
    if case["rc"] == 0 and case["args"][:1] == ["run"] and "stopped" not in case and "stdout" not in case.get("varies", []):
        if out != case.get("stdout", ""):
            return f"standard output {out!r}, recorded {case.get('stdout', '')!r}"
    return None


def main():
    arguments = sys.argv[1:]
    riffle, names = os.path.abspath(arguments[0]), arguments[1:]
    cases, listed = load_cases(), load_differences()
    passed = failed = differences = 0
    for name in set(listed) - {case["name"] for case in cases}:
        print(f"{name}: listed, but there is no such case")
        failed += 1
    for case in cases:
        name = case["name"]
        if names and name not in names:
            continue
        why = complaint(case, *run_case(riffle, case))
        if why and name in listed:
            differences += 1
        elif why:
            print(f"{name}: {why}")
            failed += 1
        elif name in listed:
            print(f"{name}: listed as different ({listed[name]}), but it passes")
            failed += 1
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, {differences} listed differences")
    return 1 if failed or (passed + differences == 0) else 0


if __name__ == "__main__":
    sys.exit(main())

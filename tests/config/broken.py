#!/usr/bin/env python3
"""Lints each broken config of this folder and compares what is shown, to the letter, with the file .expected beside it.

usage: broken.py RIFFLE
"""
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST = 50  # a folder that lost its files must not pass


def main():
    riffle = os.path.abspath(sys.argv[1])
    passed = failed = 0
    env = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
    for path in sorted(glob.glob(os.path.join(HERE, "*.yaml"))):
        name = os.path.basename(path)
        run = subprocess.run([riffle, "lint", name], cwd=HERE, env=env, capture_output=True, timeout=60)
        with open(path[:-len("yaml")] + "expected", "rb") as file:
            expected = file.read()
        if run.returncode == 2 and run.stderr == expected and run.stdout == b"":
            passed += 1
            continue
        failed += 1
        print(f"{name}: status {run.returncode}\n--- shown\n{run.stderr.decode()}--- expected\n{expected.decode()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs a command, keeps what it prints, and says when it first printed.

Usage: timed.py OUT ERR COMMAND...
Prints `status=N first=SECONDS total=SECONDS`; first is -1 when nothing came on standard output.
"""
import subprocess
import sys
import time

LIMIT_SECONDS = 3600

out_path, err_path, *command = sys.argv[1:]
start = time.monotonic()
first = -1.0
with open(out_path, "wb") as out, open(err_path, "wb") as err:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err)
    while chunk := child.stdout.read1(65536):
        if first < 0:
            first = time.monotonic() - start
        out.write(chunk)
    status = child.wait(LIMIT_SECONDS)
print(f"status={status} first={first:.3f} total={time.monotonic() - start:.3f}")

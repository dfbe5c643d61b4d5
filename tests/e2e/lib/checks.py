"""Checks that print a line each, and the sum at the end."""
import sys, time

passed = failed = 0
slow = 1  # times are this much longer: sanitizers


def check(name, claim, detail=""):
    global passed, failed
    if claim:
        passed += 1
    else:
        failed += 1
    print("%s  %s%s" % ("pass" if claim else "FAIL", name, "" if claim or detail == "" else ": " + str(detail)[:3000]), flush=True)
    return bool(claim)


def wait_for(claim, seconds=10):
    end = time.monotonic() + seconds * slow
    while True:
        got = claim()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.02)


def summed_up():
    """The exit status."""
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def end():
    sys.exit(summed_up())

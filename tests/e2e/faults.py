#!/usr/bin/env python3
"""faults.py RIFFLE [--all] [--case NAME]... [--seed N] [--only KIND:NTH:HOW]: each call to the system fails in turn, in every component (lib/faults.py).

Without --all a sample of the failures, whose seed is printed. Needs: build/tests/faults, mosquitto, mosquitto-clients, kcat, openssl.
"""
import argparse, os, random, sys, tempfile, time

from lib import checks
from lib.checks import check
from lib.fault_cases import cases
from lib.fault_peers import Peers
from lib.faults import ROOT, Bench, Fault, carry_out, plan


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("riffle")
    parser.add_argument("--all", action="store_true", help="each call; takes hours")
    parser.add_argument("--case", action="append", help="only these components")
    parser.add_argument("--runs", type=int, default=150, help="of a sample")
    parser.add_argument("--dense", type=int, default=40, help="so many calls of a kind all fail in turn")
    parser.add_argument("--parts", type=int, default=12, help="and so many of the later ones")
    parser.add_argument("--patience", type=int, help="seconds after which a run hangs")
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", help="this failure alone")
    return parser.parse_args()


def main():
    options = arguments()
    program = os.path.abspath(options.riffle)
    if os.path.basename(program) == "riffle":
        program += "-stream"
    with tempfile.TemporaryDirectory() as work:
        peers = Peers(os.path.join(ROOT, "build", "riffle-stream"), work)
        try:
            bench = Bench(program, work, peers)
            bench.patience = options.patience or bench.patience
            run(options, bench)
        finally:
            peers.end()
    checks.end()


# What was found once is looked for in each run: the component, the calls, how they fail.
FOUND = (("http_server_in", "write", range(6, 12), "EDQUOT"), ("subprocess", "write", range(4, 6), "ENOSPC:6"), ("command", "write", range(9, 11), "EIO"),
         ("http_server_in", "addrinfo", (1,), "11"), ("socket_out", "poll", range(3, 7), "EINTR:5"), ("kafka_in", "thread", (7,), "EAGAIN"), ("kafka_out", "thread", (5,), "EAGAIN"),
         ("socket_server_tcp", "accept", (1,), "EMFILE:4"), ("socket_out_tls", "write", (8, 9), "EIO"), ("socket_out_tls", "recv", (1,), "zero"), ("subprocess_in", "spawn", (2,), "ENOMEM"),
         ("https_server_out", "write", range(5, 12), "EDQUOT"), ("https_server_out", "recv", range(2, 8), "ECONNRESET"))


def choose(options, planned):
    """What is to be run of all that can fail: [(case, fault)]."""
    if options.only:
        kind, nth, how = options.only.split(":", 2)
        return [(case, Fault(kind, int(nth), how)) for case in planned]
    dice = random.Random(options.seed)
    chosen = []
    for case, faults in planned.items():
        share = len(faults) if options.all else min(len(faults), -(-options.runs // len(planned)))
        chosen += [(case, fault) for fault in dice.sample(faults, share)]
        chosen += [(case, Fault(kind, nth, how)) for name, kind, nths, how in FOUND if name == case.name for nth in nths]
    dice.shuffle(chosen)
    return chosen


def run(options, bench):
    cases_chosen = [case for case in cases() if not options.case or case.name in options.case]
    possible = plan(bench, cases_chosen, options.dense, options.parts, options.jobs)
    planned = choose(options, possible)
    print("seed %d, %d of %d failures in %d components" % (options.seed, len(planned), sum(map(len, possible.values())), len(possible)), flush=True)
    struck, ended, slow, done = 0, 0, 0, 0

    def note(outcome):
        nonlocal struck, ended, slow, done
        done += 1
        struck += bool(outcome.report and outcome.report.struck)
        ended += outcome.ended
        slow += outcome.seconds > 10
        if outcome.finding:
            print(outcome.told(bench.program), flush=True)
            check("%s %s" % (outcome.case, outcome.fault), False, outcome.finding)
        else:
            checks.passed += 1
            if options.only:
                print(outcome.told(bench.program))
            if outcome.ended or outcome.seconds > 5:
                text = next((line for line in outcome.log.splitlines() if line.strip() and "level=info" not in line), "")
                print("note  %s %s: %s%.1f s: %s" % (outcome.case, outcome.fault, "ended early, " if outcome.ended else "", outcome.seconds, text[:250]), flush=True)
        if done % 200 == 0:
            print("      %d runs" % done, flush=True)
    begun = time.monotonic()
    carry_out(bench, planned, options.jobs, note)
    print("%d runs in %.0f s: the failure struck in %d, ended %d early, took more than 10 s in %d" % (done, time.monotonic() - begun, struck, ended, slow))


main()

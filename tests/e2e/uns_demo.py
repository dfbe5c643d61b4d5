#!/usr/bin/env python3
"""uns_demo.py RIFFLE: `./dev demo --uns`, which is examples/uns/demo.sh, with mosquitto; uns.py has it with Kafka.

Prints one line a check and ends with `N passed, N failed`. Needs: mosquitto.
"""
import os, subprocess, sys, tempfile

from lib import checks
from lib.checks import check
from lib.uns_demo import ROOT, SHOWN, Demo

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SCRIPT = os.path.join(ROOT, "examples", "uns", "demo.sh")


def interrupted():
    demo = Demo(RIFFLE, "mqtt")
    check("the tags that the viewer asks for arrive through mosquitto, and no others", demo.sees(SHOWN), demo.told())
    check("it says what runs", any("plant-mqtt.yaml -> mosquitto" in line for line in demo.log), demo.log)
    check("Ctrl-C ends it with status 0", demo.interrupt() == 0, demo.told())
    check("without a complaint", len(demo.log) == 1, demo.log)
    check("and without a process that stays", demo.is_gone(), demo.left())


def timed():
    demo = Demo(RIFFLE, "mqtt", "--seconds", str(4 * checks.slow))
    check("--seconds ends it with status 0", demo.ended() == 0, demo.told())
    check("and without a process that stays", demo.is_gone(), demo.left())


def misused():
    for options in (["--seconds", "soon"], ["--broker", "pigeons"], ["--what"]):
        said = subprocess.run([SCRIPT, *options], stderr=subprocess.PIPE, text=True)
        check("%s is refused" % " ".join(options), said.returncode == 2 and "usage:" in said.stderr, said)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("sh", "python3", "mktemp", "rm", "dirname", "grep", "sleep", "setsid"):
            os.symlink("/usr/bin/" + name, os.path.join(folder, name))
        text = open(SCRIPT).read().replace("PATH=$PATH:/usr/sbin", "PATH=%s" % folder)
        copy = os.path.join(folder, "a", "b", "demo.sh")
        os.makedirs(os.path.dirname(copy))
        with open(copy, "w") as f:
            f.write(text)
        said = subprocess.run(["sh", copy], stderr=subprocess.PIPE, text=True, env={**os.environ, "RIFFLE": RIFFLE, "KAFKA": "127.0.0.1:1"})
        lines = said.stderr.splitlines()
        check("without a broker it says in one line how to get one", said.returncode == 1 and len(lines) == 1 and "apt install mosquitto" in lines[0], said)


def main():
    checks.slow = 3 if "san" in RIFFLE else 1
    for part in (misused, interrupted, timed):
        part()
    checks.end()


main()

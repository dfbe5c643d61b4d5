#!/usr/bin/env python3
"""uns_demo.py RIFFLE: `./dev demo --uns`, which is examples/uns/demo.sh, with mosquitto; uns.py has it with Kafka.

Prints one line a check and ends with `N passed, N failed`. Needs: mosquitto.
"""
import os, signal, subprocess, sys, tempfile, uuid

from lib import checks
from lib.checks import check
from lib.uns_demo import ROOT, SHOWN, Demo, marked

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
SCRIPT = os.path.join(ROOT, "examples", "uns", "demo.sh")


def interrupted():
    demo = Demo(RIFFLE, "mqtt")
    check("the tags that the viewer asks for arrive through mosquitto, and no others", demo.sees(SHOWN), demo.told())
    check("it says what runs", any("plant-mqtt.yaml -> mosquitto" in line for line in demo.log), demo.log)
    check("Ctrl-C ends it with status 0", demo.interrupt() == 0, demo.told())
    check("without a complaint", len(demo.log) == 1, demo.log)
    check("and without a process that stays", demo.is_gone(), demo.left())


def unread():
    """`demo.sh 2>&1 | head`: whoever read has gone."""
    mark = "RIFFLE_DEMO_MARK=%s" % uuid.uuid4()
    name, value = mark.split("=")
    piped = subprocess.Popen([SCRIPT, "--broker", "mqtt"], text=True, start_new_session=True, env={**os.environ, "RIFFLE": RIFFLE, name: value},
                             preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = [piped.stdout.readline() for _ in range(3)]
    check("it is read through a pipe", "plant-mqtt.yaml" in lines[0] and "umh.v1." in lines[2], lines)
    piped.stdout.close()
    try:
        piped.wait(60 * checks.slow)
    except subprocess.TimeoutExpired:
        os.killpg(piped.pid, signal.SIGTERM)
    check("whose reader goes: it ends, and leaves no process", checks.wait_for(lambda: not marked(mark), 30), marked(mark))


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
    for part in (misused, interrupted, unread, timed):
        part()
    checks.end()


main()

"""examples/uns/demo.sh, run as from a terminal: what it shows, and what it leaves behind."""
import os, re, signal, subprocess, threading, uuid

from . import checks

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
# What the viewers ask for: 6 counters and 6 ramps of the 42 tags of the demo server.
SHOWN = {"umh.v1.acme.plant7.%s%d" % (name, i) for i in range(1, 7)
         for name in ("_production.Plant.Line1.Counters.pieces", "_historian.Plant.Line1.Ramps_0-100.pressure")}
LINE = re.compile(r"(\S+)  (\S+)\n")


def keep(pipe, kept):
    for line in pipe:
        kept.append(line)


def marked(mark):
    """Command lines of the processes that run and have that in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid) as environment, open("/proc/%s/cmdline" % pid) as command:
                if mark in environment.read():
                    found.append(command.read().replace("\0", " "))
        except (OSError, UnicodeDecodeError):
            pass
    return found


class Demo:
    def __init__(self, riffle, broker, *options, **environment):
        self.mark = "RIFFLE_DEMO_MARK=%s" % uuid.uuid4()
        name, value = self.mark.split("=")
        self.lines, self.log = [], []
        # Standard output and errors apart; a session of its own has a group that Ctrl-C goes to. A test that runs in the background may
        # have been told to ignore Ctrl-C, which a shell's script then cannot change.
        self.process = subprocess.Popen([os.path.join(ROOT, "examples", "uns", "demo.sh"), "--broker", broker, *options], text=True, start_new_session=True,
                                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                                        env={**os.environ, **environment, "RIFFLE": riffle, name: value},
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=keep, args=(pipe, kept), daemon=True)
                        for pipe, kept in ((self.process.stdout, self.lines), (self.process.stderr, self.log))]
        for thread in self.threads:
            thread.start()

    def topics(self):
        return {(LINE.fullmatch(line) or [None, "not a line of a tag: " + line])[1] for line in list(self.lines)}

    def sees(self, topics, seconds=60):
        """Whether it shows all of them within the time, and nothing else."""
        checks.wait_for(lambda: self.topics() >= topics, seconds)
        return self.topics() == topics

    def told(self):
        return (self.lines[-3:], self.log[-10:])

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self, seconds=60):
        """The exit status; what was printed is complete then."""
        try:
            status = self.process.wait(seconds * checks.slow)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGTERM)
            return None
        for thread in self.threads:
            thread.join(10)
        return status

    def left(self):
        return marked(self.mark)

    def is_gone(self):
        return checks.wait_for(lambda: not self.left(), 30)

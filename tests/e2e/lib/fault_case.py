"""A run of a component under test: its folder, the ids that are to arrive, and how messages get in and out, for lib/faults.py."""
import itertools, os, time

from lib.faults import Run

IDS = 24
TLS_SPARED = ("wall",)  # certificates made a moment ago are not yet valid an hour before


class Job:
    """One run of a case: its folder, the ids that are to arrive, and what came."""
    numbers = itertools.count(1)

    def __init__(self, bench, case):
        self.number = next(Job.numbers)
        self.bench, self.case = bench, case
        self.folder = os.path.join(bench.work, "run%d" % self.number)
        os.mkdir(self.folder)
        self.ids = ["id-%d-%02d;" % (self.number, i) for i in range(IDS)]
        self.came, self.closing, self.given = "", [], set()

    def path(self, name):
        return os.path.join(self.folder, name)

    def lines(self, name="in"):
        with open(self.path(name), "w") as f:
            f.write("".join(i + "\n" for i in self.ids))
        return self.path(name)

    def left(self):
        came = self.case.came(self)
        return [i for i in self.ids if i not in came]

    def end(self):
        for close in self.closing:
            close()


def now_and_then(job, seconds):
    """True at first, and then at this distance: to repeat what may have got lost."""
    now = time.monotonic()
    if now < getattr(job, "next", 0):
        return False
    job.next = now + seconds
    return True


class Case:
    """`endless`: it runs until it is told to stop. `kept`: what it leaves on the disk counts for a second run, which is always made."""
    endless = False
    kept = False
    descriptors = 0
    spared = ()  # kinds, or KIND:HOW, that may do harm for good
    args = ()

    def __init__(self, name):
        self.name = name

    def begin(self, bench):
        job = Job(bench, self)
        self.prepare(job)
        return job

    def prepare(self, job):
        job.lines()

    def start(self, job, fault):
        return Run(job.bench, job.folder, self.config(job), fault, self.args, self.stdin(job))

    def stdin(self, job):
        return None

    def prepare_again(self, job):
        """Before the run without the fault."""

    def came(self, job):
        with open(job.path("out"), errors="replace") as f:
            return f.read()

    def feed(self, job, left):
        pass

    def input(self, job):
        return {"file": {"paths": [job.path("in")]}}

    def output(self, job):
        return {"stdout": {}}

    def processors(self, job):
        return []

    def config(self, job):
        return {"input": self.input(job), "output": self.output(job), "pipeline": {"threads": 1, "processors": self.processors(job)}}

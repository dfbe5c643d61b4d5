"""Runs of riffle in which one call to the system fails (tests/faults), and what has to hold in each."""
import errno, json, os, resource, shutil, signal, struct, subprocess, threading, time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
RECORD = struct.Struct("<24sQ")
FRAMES, FRAME_BYTES = 14, 64

# How a call of each kind may fail: names of errno, a word of plan.c, and `:N` for N calls one after another.
HOWS = {
    "socket": "EMFILE ENOBUFS EMFILE:3", "connect": "ECONNREFUSED ETIMEDOUT ENETUNREACH ECONNREFUSED:3 late",
    "accept": "EMFILE:4 ECONNABORTED EINTR", "bind": "EADDRINUSE EACCES", "listen": "EADDRINUSE", "shutdown": "ENOTCONN",
    "sockopt": "EINVAL ENOBUFS", "sockname": "ENOBUFS", "addrinfo": "2 3 10 11",
    "recv": "ECONNRESET ETIMEDOUT ENOMEM EINTR EAGAIN EAGAIN:5 short zero late",
    "send": "ECONNRESET EPIPE ENOBUFS EINTR EAGAIN EAGAIN:5 short late", "read": "EIO EINTR EAGAIN short late",
    "write": "ENOSPC EIO EDQUOT EPIPE EINTR EAGAIN ENOSPC:6 short late", "wake": "late", "poll": "EINTR ENOMEM EINTR:5 zero", "epoll": "EINTR ENOMEM",
    "open": "EMFILE EACCES ENOENT EIO EINTR EMFILE:3", "close": "EIO EINTR", "sync": "EIO ENOSPC", "rename": "EACCES ENOSPC EIO",
    "unlink": "EACCES EIO", "mkdir": "EACCES ENOSPC", "truncate": "EIO", "stat": "EACCES EIO", "seek": "EIO", "fcntl": "EINVAL",
    "ioctl": "EIO", "pipe": "EMFILE EMFILE:3", "event": "EMFILE", "spawn": "EAGAIN ENOMEM EACCES EAGAIN:3", "wait": "EINTR ECHILD",
    "thread": "EAGAIN", "sleep": "EINTR", "directory": "EACCES", "library": "ENOENT", "wall": "back forth", "mono": "forth",
}
EAI = {"2": "Name or service not known", "3": "Temporary failure in name resolution", "10": "Memory allocation failure", "11": os.strerror(errno.EMFILE)}

SAME = {"EPIPE": "has closed it", "EAGAIN": "gave it no thread", "EMFILE": "gave it no thread", "10": "out of memory"}  # in our words


# Libraries that lose memory when a call of theirs fails: open62541 what it had prepared and could not send; librdkafka a broker without a thread.
FORGETFUL = {"send": ("UA_Client_MonitoredItems_createDataChanges_async", "UA_Client_Subscriptions_create_async"), "thread": ("librdkafka",)}


class Fault:
    def __init__(self, kind, nth, how):
        self.kind, self.nth, self.how = kind, nth, how

    def __str__(self):
        return "%s:%d:%s" % (self.kind, self.nth, self.how)

    def plan(self):
        name, _, times = self.how.partition(":")
        return "%s:%d:%s%s" % (self.kind, self.nth, getattr(errno, name, name), ":" + times if times else "")

    def words(self):
        """What the system says to it; none: nothing."""
        name = self.how.split(":")[0]
        return EAI.get(name) if self.kind == "addrinfo" else os.strerror(getattr(errno, name)) if hasattr(errno, name) else None


class Report:
    """What plan.c wrote."""

    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        frames = len(data) - FRAMES * FRAME_BYTES
        records = [RECORD.unpack_from(data, at) for at in range(0, frames, RECORD.size)]
        self.counts = {name.rstrip(b"\0").decode(): count for name, count in records}
        self.struck, self.descriptors = self.counts.pop("struck", 0), self.counts.pop("descriptors", 0)
        self.where = [data[at:at + FRAME_BYTES].rstrip(b"\0").decode() for at in range(frames, len(data), FRAME_BYTES)]

    def places(self, program):
        """The functions on the stack where it struck."""
        own = os.path.basename(program)
        found = []
        for frame in self.where:
            name, _, offset = frame.partition("+")
            if name == own:
                said = subprocess.run(["addr2line", "-f", "-e", program, offset], stdout=subprocess.PIPE, text=True, check=False).stdout
                found.append(said.split("\n")[0])
            elif name and "libfaults" not in name and "san.so" not in name:
                found.append(name)
        return " < ".join(found[:6])


class Run:
    """One riffle, with or without a fault."""

    def __init__(self, bench, folder, config, fault=None, args=(), stdin=None):
        self.folder, self.bench, self.begun = folder, bench, time.monotonic()
        self.path, self.counted = os.path.join(folder, "config.yaml"), os.path.join(folder, "counted")
        self.out, self.log = os.path.join(folder, "out"), os.path.join(folder, "log")
        self.before = len(self.logged())
        with open(self.path, "w") as f:
            json.dump({"http": {"enabled": False}, "shutdown_timeout": "5s", **config}, f)  # YAML holds JSON
        forgiven = os.path.join(folder, "lsan.supp")
        with open(forgiven, "w") as f:
            f.write("".join("leak:%s\n" % name for name in FORGETFUL.get(fault.kind if fault else None, ())))
        environment = {**os.environ, "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + forgiven, **bench.environment, "RIFFLE_FAULT_FILE": self.counted, **({"RIFFLE_FAULT": fault.plan()} if fault else {})}
        with open(self.out, "ab") as out, open(self.log, "ab") as log, open(stdin or os.devnull, "rb") as source:
            self.process = subprocess.Popen([bench.program, "run", *args, self.path], cwd=folder, stdin=source, stdout=out, stderr=log,
                                            env=environment, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))

    def logged(self):
        """On standard error, or where the config wants it."""
        texts = []
        for path in (self.log, os.path.join(self.folder, "logged")):
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    texts.append(f.read())
        return "".join(texts)

    def report(self):
        return Report(self.counted)

    def over(self):
        return self.process.poll() is not None

    def wait(self, seconds):
        """The exit status; None: it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


LIBRARY = os.path.join(ROOT, "build", "tests", "faults", "libfaults.so")


def preloaded(program):
    """What a program's environment needs for its calls to fail; a sanitizer's own library comes before ours."""
    if "asan" not in program:
        return {"LD_PRELOAD": LIBRARY}
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return {"LD_PRELOAD": "%s %s" % (os.path.realpath(runtime), LIBRARY), "ASAN_OPTIONS": "detect_leaks=1:exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


class Bench:
    """What all runs share: the program, the folder, how long to wait."""

    def __init__(self, program, work, peers):
        self.program, self.work, self.peers, self.environment = program, work, peers, preloaded(program)
        self.patience = 90 if "asan" in program else 30


class Outcome:
    def __init__(self, case, fault, finding=None, seconds=0.0, report=None, status=0, log="", ended=False):
        self.case, self.fault, self.finding, self.seconds, self.report = case, fault, finding, seconds, report
        self.status, self.log, self.ended = status, log, ended

    def told(self, program):
        lines = self.log.splitlines()
        return "%s %s: %s (status %s, %.1f s)\n    at %s\n%s" % (
            self.case, self.fault, self.finding, self.status, self.seconds, self.report.places(program) if self.report else "?",
            "".join("    | %s\n" % line[:400] for line in (lines if len(lines) < 16 else lines[:8] + ["…"] + lines[-8:])))


def complaint(log, status, fault):
    """What is wrong with the end of a run."""
    if status is None:
        return "does not end"
    if "Sanitizer" in log or "runtime error:" in log:
        return "sanitizer: " + next(line for line in log.splitlines() if "Sanitizer" in line or "runtime error:" in line)[:200]
    if status < 0:
        return "killed by signal %d" % -status
    if status != 0 and fault:
        bad = [line for line in log.splitlines() if "level=info" not in line and line.strip()]
        if not bad:
            return "ends with status %d without a word" % status
        words = [fault.words(), SAME.get(fault.how.split(":")[0])]
        if words[0] and not any(word and word.lower() in line.lower() for line in bad for word in words):
            return "ends with status %d and does not say: %s" % (status, fault.words())
    return None


def pull(case, job, run, seconds):
    """Helps the messages along until all are there or the run has ended; the ids that are not there."""
    end = time.monotonic() + seconds
    while True:
        left = job.left()
        if not left or run.over() or time.monotonic() > end:
            return job.left() if run.over() else left
        case.feed(job, left)
        time.sleep(0.02)


def finish(bench, case, job, run, fault):
    """(what is wrong, exit status, ended early)"""
    left = pull(case, job, run, bench.patience)
    early = run.over()
    end = time.monotonic() + 5
    while not early and "Launching" not in run.logged()[run.before:] and time.monotonic() < end:
        time.sleep(0.02)  # before that it does not listen to signals; and the line itself may have failed
    if case.endless and not left and not early:
        run.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + bench.patience
    while not left and not case.endless and not run.over() and time.monotonic() < end:
        case.feed(job, [])  # there may be more of the same
        time.sleep(0.02)
    status = run.wait(bench.patience if not left or run.over() else 0.1)
    end = time.monotonic() + 5  # what is on its way to the peer
    while left and status == 0 and time.monotonic() < end:
        time.sleep(0.02)
        left = job.left()
    wrong = None if left and status is None else complaint(run.logged(), status, fault)
    if wrong or not left or (status and fault):
        return wrong, status, early and bool(left or case.endless)
    return "%d of %d messages never came: %s" % (len(left), len(job.ids), " ".join(sorted(left)[:3])), status, early


def attempt(bench, case, fault):
    """A run with the fault; where that one gave up, the same again without it: then nothing may be missing."""
    job = case.begin(bench)
    begun = time.monotonic()
    try:
        run = case.start(job, fault)
        finding, status, early = finish(bench, case, job, run, fault)
        seconds, log = time.monotonic() - begun, run.logged()
        report = run.report()
        ours = report.struck and not any("librdkafka" in frame for frame in report.where[:3])  # which forgets some when it gets no thread
        if not finding and fault and status == 0 and ours and report.descriptors > case.descriptors:
            finding = "%d descriptors stay open, %d without the fault" % (report.descriptors, case.descriptors)
        if not finding and (status != 0 or job.left() or case.kept):
            case.prepare_again(job)
            again = case.start(job, None)
            finding, status_again, _ = finish(bench, case, job, again, None)
            finding = finding and "without the fault again: " + finding
            if not finding and status_again != 0:
                finding = "without the fault again it ends with status %s" % status_again
            log += "\n---- again\n" + again.logged()[len(log):]
        return Outcome(case.name, fault, finding, seconds, report, status, log, early)
    finally:
        job.end()
        shutil.rmtree(job.folder, ignore_errors=True)


def faults_of(counts, dense, parts):
    """Each call of each kind; of what is called very often the first `dense`, and so many of those behind."""
    for kind, count in counts.items():
        nths = list(range(1, min(count, dense) + 1)) + sorted({dense + int((count - dense) * part / parts) for part in range(1, parts + 1)} if count > dense else ())
        for nth in nths:
            for how in HOWS[kind].split():
                yield Fault(kind, nth, how)


def spared(case, fault):
    return fault.kind in case.spared or "%s:%s" % (fault.kind, fault.how) in case.spared


def plan(bench, cases, dense, parts, jobs):
    """Runs that only count, and from them for each component all its failures."""
    with ThreadPoolExecutor(jobs) as pool:
        outcomes = list(pool.map(lambda case: attempt(bench, case, None), cases))
    planned = {}
    for case, outcome in zip(cases, outcomes):
        if outcome.finding:
            raise SystemExit("without any failure: " + outcome.told(bench.program))
        case.descriptors = outcome.report.descriptors
        planned[case] = [fault for fault in faults_of(outcome.report.counts, dense, parts) if not spared(case, fault)]
    return planned


def carry_out(bench, planned, jobs, each):
    """All runs, some side by side; each outcome to `each`, one at a time."""
    lock = threading.Lock()

    def one(pair):
        try:
            outcome = attempt(bench, *pair)
        except Exception as error:  # a finding too: the peer went away, or the tests are wrong
            outcome = Outcome(pair[0].name, pair[1], "the test failed: %r" % error)
        with lock:
            each(outcome)
    with ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(one, planned):
            pass

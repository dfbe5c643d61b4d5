#!/usr/bin/env python3
"""buffer.py RIFFLE [--long]: buffers in memory and in a file: killed, damaged, on full and read-only disks, faster in than out.

Every message has an id; what was acknowledged (HTTP 200) is compared with what the output has as sets. Prints one line a check
and ends with `N passed, N failed`.
"""
import glob, os, random, resource, shutil, signal, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import check, wait_for
from lib.faults import preloaded
from lib.http_peer import Riffle, ask, free_port

RIFFLE = os.path.abspath(sys.argv[1])
LONG = "--long" in sys.argv
ROOT = os.geteuid() == 0
checks.slow = 6 if "asan" in RIFFLE or "tsan" in RIFFLE else 1
PATIENCE = 40
random.seed(9)


def stream(work, port, buffer, output, processors=(), env=None, **more):
    """`env`: only the program itself hands it on to what it loads, not the one that starts it."""
    return Riffle(RIFFLE + "-stream" if env else RIFFLE, work, {"http": {"address": "127.0.0.1:%d" % port}, "input": {"http_server": {"path": "/in", "timeout": "60s"}}, "buffer": buffer,
                                 "pipeline": {"threads": 2, "processors": list(processors)}, "output": output, "shutdown_timeout": "2s", **more}, env=env)


def ready(port):
    return wait_for(lambda: ask(port, "/ready", method="GET", timeout=5)[0] == 200, PATIENCE)


def held(port):
    status, _, body = ask(port, "/metrics", method="GET", timeout=5)
    for line in body.decode().splitlines() if status == 200 else []:
        if line.startswith("buffer_held_messages"):
            return float(line.split()[-1])


def lines(path):
    try:
        with open(path, "rb") as f:
            return f.read().decode("utf-8", "replace").split("\n")[:-1]
    except FileNotFoundError:
        return []


class Sender:
    """Posts messages of that many bytes, one after the other, until it is stopped; `acked`: those that were answered with 200."""

    def __init__(self, port, size=200, start=0):
        self.port, self.size, self.next, self.acked, self.stopped = port, size, start, [], False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped:
            name = "id-%08d-" % self.next
            self.next += 1
            if ask(self.port, "/benthos/in", (name + "x" * self.size).encode(), timeout=PATIENCE * checks.slow)[0] == 200:
                self.acked.append(name)
            elif not self.stopped:
                time.sleep(0.05)

    def stop(self):
        self.stopped = True
        self.thread.join(PATIENCE * checks.slow)


def names(path):
    return [line[:12] for line in lines(path)]


def drained(port):
    return wait_for(lambda: held(port) == 0, PATIENCE)


def killed(work):
    port, out = free_port(), os.path.join(work, "killed.out")
    buffer = {"sqlite": {"path": os.path.join(work, "killed.sqlite"), "sync": False}}
    acked, start, rounds = set(), 0, 30 if LONG else 6
    for i in range(rounds):
        run = stream(work, port, buffer, {"file": {"path": out}}, [{"sleep": {"duration": "5ms"}}] if i % 2 else [])
        if not ready(port):
            check("it starts again after a kill", False, run.log)
            return
        sender = Sender(port, start=start)
        wait_for(lambda: len(sender.acked) > 20, PATIENCE)
        time.sleep(random.random() * 0.3)
        run.kill()
        sender.stop()
        start = sender.next
        acked |= set(sender.acked)
    run = stream(work, port, buffer, {"file": {"path": out}})
    check("it starts again after kills", ready(port), run.log)
    check("what is stored is delivered", drained(port), run.log)
    run.end()
    got = names(out)
    check("killed %d times, nothing that was acknowledged is lost (%d messages)" % (rounds, len(acked)), acked and acked <= set(got), sorted(acked - set(got))[:10])
    twice = len(got) - len(set(got))
    check("at most what was in hand comes twice", twice <= rounds * 300, twice)


def damaged(work, what, hurt):
    """Fills a buffer whose output takes nothing, kills riffle, has `hurt` change bytes, and reads what is left."""
    port, path = free_port(), os.path.join(work, what.replace(" ", "_") + ".sqlite")
    buffer = {"sqlite": {"path": path, "sync": False}}
    run = stream(work, port, buffer, {"reject": "not now"})
    ready(port)
    sender = Sender(port, size=300)
    wait_for(lambda: len(sender.acked) >= 150, PATIENCE)
    sender.stop()
    if "closed" in what:
        run.end()
    else:
        run.kill()
    lost = hurt(path)
    out = path + ".out"
    run = stream(work, port, buffer, {"file": {"path": out}})
    check("%s: it opens" % what, ready(port), run.log)
    drained(port)
    said = wait_for(lambda: run.says("damaged"), PATIENCE)
    run.end()
    missing = set(sender.acked) - set(names(out))
    check("%s: the log says so" % what, said, run.log)
    check("%s: at most %d of %d lost" % (what, lost, len(sender.acked)), len(sender.acked) >= 150 and len(missing) <= lost, sorted(missing))


def at(path, where, count=4):
    with open(path, "r+b") as f:
        f.seek(where)
        old = f.read(count)
        f.seek(where)
        f.write(bytes(b ^ 0xFF for b in old))


def body_of(path, name):
    with open(path, "rb") as f:
        return f.read().rindex(name)


def hurt_record(path):
    at(path, body_of(path, b"id-00000070-"))
    return 1


def hurt_head(path):
    at(path, 0, 100)
    return 0


def hurt_leaf(path):
    with open(path, "rb") as f:
        pages = f.read()
    leaf = next(i for i in range(16384, len(pages), 16384) if pages[i] == 0x0D)
    at(path, leaf, 12)
    return 0


def hurt_journal(path):
    at(path + "-wal", os.path.getsize(path + "-wal") // 2)
    return 1


class Disk:
    """A small disk: a tmpfs where that is allowed, else a limit on files' sizes."""

    def __init__(self, work, name):
        self.path = os.path.join(work, name)
        os.mkdir(self.path)
        self.mounted = ROOT and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.path], stderr=subprocess.DEVNULL).returncode == 0

    def start(self, make):
        """A limit goes from this process to its child, and is taken back here."""
        before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
        try:
            if not self.mounted:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (500000, resource.RLIM_INFINITY))
            return make({})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    def strike(self, sender):
        """It fills by itself."""

    def mend(self, run):
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", self.path], check=True)
        else:
            resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def end(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], stderr=subprocess.DEVNULL)


class ReadOnly:
    """A disk that turns read-only while files are open on it for writing, as after an error of its own: no mount can be told to, so the
    calls fail (tests/faults/read_only.c)."""

    def __init__(self, work, name):
        self.path, self.switch = os.path.join(work, name), os.path.join(work, name + ".read_only")
        os.mkdir(self.path)
        self.env = {**preloaded(RIFFLE), "RIFFLE_FAULT_FILE": self.path + ".counted", "RIFFLE_FAULT_READ_ONLY": self.switch}

    def start(self, make):
        return make(self.env)

    def strike(self, sender):
        if sender:
            wait_for(lambda: len(sender.acked) > 20, PATIENCE)
        self.close(self.path)

    def close(self, path):
        with open(self.switch + ".new", "w") as f:
            f.write(path)
        os.rename(self.switch + ".new", self.switch)

    def mend(self, run):
        os.remove(self.switch)

    def end(self):
        pass


def open_below(run, path):
    found, folder = [], "/proc/%d/fd" % run.process.pid
    for name in os.listdir(folder):
        try:
            found.append(os.readlink(os.path.join(folder, name)))
        except OSError:
            pass  # closed meanwhile
    return [name for name in found if name.startswith(path + "/")]


class MountedAnew(ReadOnly):
    """And it stays so for the files that are open: the path leads to others from then on, which hold the same."""

    def mend(self, run):
        check("%s: no file is open on it, so that it can be taken off" % os.path.basename(self.path), wait_for(lambda: not open_below(run, self.path), PATIENCE))
        dead = self.path + ".dead"
        os.rename(self.path, dead)
        shutil.copytree(dead, self.path)
        self.close(dead)


def stands_still(sender):
    """What was answered just before it is noted now; then nothing more."""
    time.sleep(0.5)
    count = len(sender.acked)
    time.sleep(0.5)
    return len(sender.acked) == count


def trouble(work, what, disk, buffer, output, got, says):
    """A disk that takes nothing for some time. `got()`: the names of what arrived on it; none: what is stored on it is read afterwards."""
    port, out = free_port(), disk.path + ".out"
    run = disk.start(lambda env: stream(work, port, buffer, output, env=env))
    ready(port)
    sender = Sender(port, size=20000)
    disk.strike(sender)
    check("%s: the log says so" % what, wait_for(lambda: run.says(says), PATIENCE), run.log)
    check("%s: it takes no more" % what, stands_still(sender))
    count = len(sender.acked)
    disk.mend(run)
    check("%s: it goes on by itself" % what, wait_for(lambda: len(sender.acked) > count + 5, PATIENCE), run.log)
    sender.stop()
    complaints = sum("level=error" in line for line in run.log)
    check("%s: it does not fill the log" % what, 1 <= complaints < 10, run.log)
    run.end()
    if not got:
        run = stream(work, port, buffer, {"file": {"path": out}})
        ready(port)
        drained(port)
        run.end()
    lost = set(sender.acked) - set(got() if got else names(out))
    check("%s: nothing that was acknowledged is lost (%d messages)" % (what, len(sender.acked)), sender.acked and not lost, sorted(lost)[:10])
    disk.end()


def troubles(work):
    for kind, what in ((Disk, "full disk"), (ReadOnly, "disk turned read-only"), (MountedAnew, "disk turned read-only and mounted anew")):
        disk = kind(work, what.replace(" ", "_") + "1")
        trouble(work, what, disk, {"sqlite": {"path": os.path.join(disk.path, "b.sqlite")}}, {"reject": "not now"}, None, "Failed to store messages")
        disk = kind(work, what.replace(" ", "_") + "2")
        path = os.path.join(disk.path, "out")
        trouble(work, "file output, " + what, disk, {"none": {}}, {"file": {"path": path}}, lambda p=path: names(p), "Failed to send message")
        disk = kind(work, what.replace(" ", "_") + "3")
        trouble(work, "file output with paths, " + what, disk, {"none": {}}, {"file": {"path": os.path.join(disk.path, "${! counter() % 3 }/of")}},
                lambda d=disk: [name for path in glob.glob(os.path.join(d.path, "*", "of")) for name in names(path)], "Failed to send message")


class Denied:
    """A disk that is read-only from the start, really: a mount of its own where that is allowed, else as a folder that is missing or closed."""

    def __init__(self, work, name):
        disk = self.disk = Disk(work, name)
        self.path = disk.path
        if disk.mounted:
            subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True)
        elif ROOT:  # which may write everywhere, but not where there is no folder
            os.rmdir(disk.path)
            open(disk.path, "w").close()
        else:
            os.chmod(disk.path, 0o500)

    def mend(self):
        if self.disk.mounted:
            subprocess.run(["mount", "-o", "remount,rw,size=64m", self.path], check=True)
        elif ROOT:
            os.remove(self.path)
            os.mkdir(self.path)
        else:
            os.chmod(self.path, 0o700)


def read_only(work):
    disk = Denied(work, "read_only")
    port, out = free_port(), os.path.join(work, "read_only.out")
    run = stream(work, port, {"sqlite": {"path": os.path.join(disk.path, "b.sqlite")}}, {"file": {"path": out}})
    check("read-only disk: the log says so", wait_for(lambda: run.says("Failed to connect to sqlite"), PATIENCE), run.log)
    sender = Sender(port)
    disk.mend()
    check("read-only disk: it goes on when it can be written", wait_for(lambda: len(sender.acked) > 10, PATIENCE), run.log)
    sender.stop()
    drained(port)
    run.end()
    check("read-only disk: all is there", set(sender.acked) <= set(names(out)))
    disk.disk.end()


def started_read_only(work):
    """What else is opened for writing at the start."""
    disk = ReadOnly(work, "closed")
    given, out, positions = (os.path.join(disk.path, name) for name in ("given", "out/of", "positions"))
    with open(given, "w") as f:
        f.write("".join("id-%08d-\n" % i for i in range(100)))
    disk.strike(None)
    config = {"http": {"enabled": False}, "input": {"file": {"paths": [given], "position": {"path": positions}}}, "output": {"file": {"path": out}}}
    run = Riffle(RIFFLE + "-stream", work, config, env=disk.env)
    check("files on a read-only disk: the log says so", wait_for(lambda: run.says("Read-only"), PATIENCE), run.log)
    disk.mend(run)
    check("files on a read-only disk: it goes on when it can be written", run.wait() == 0, run.log)
    check("files on a read-only disk: all is there", names(out) == ["id-%08d-" % i for i in range(100)], names(out)[:5])
    with open(given, "a") as f:
        f.write("id-more-----\n")
    Riffle(RIFFLE, work, config).wait()
    check("files on a read-only disk: the positions are there", names(out)[100:] == ["id-more-----"], names(out)[100:105])


def positions(work, kind, what):
    """Positions that cannot be noted for some time cost nothing but repetitions after a kill, and none once they are noted again."""
    disk = kind(work, kind.__name__)
    given, out, kept = (os.path.join(*path) for path in ((work, "in-" + kind.__name__), (work, "out-" + kind.__name__), (disk.path, "kept")))
    all_of_them = ["id-%08d-" % i for i in range(20000)]
    with open(given, "w") as f:
        f.write("".join(name + "\n" for name in all_of_them))
    config = {"http": {"enabled": False}, "input": {"file": {"paths": [given], "position": {"path": kept}}}, "pipeline": {"threads": 1, "processors": [{"sleep": {"duration": "2ms"}}]},
              "output": {"file": {"path": out}}}
    run = Riffle(RIFFLE + "-stream", work, config, env=disk.env)
    wait_for(lambda: len(lines(kept)) > 2, PATIENCE)
    disk.strike(None)
    check(what + ": the log says so", wait_for(lambda: run.says("cannot remember how far files were delivered"), PATIENCE), run.log)
    delivered, before = names(out), lines(kept)
    check(what + ": messages pass all the same", wait_for(lambda: len(names(out)) > len(delivered), PATIENCE), run.log)
    disk.mend(run)
    check(what + ": they are noted again by themselves", wait_for(lambda: lines(kept) != before, PATIENCE), run.log)
    run.kill()
    config["pipeline"] = {}
    Riffle(RIFFLE, work, config).wait()
    got = names(out)
    check(what + ": nothing is lost", set(got) == set(all_of_them), len(set(got)))
    twice = len([name for name in delivered if got.count(name) > 1])
    check(what + ": what was noted again does not come again", delivered and not twice, "%d of %d" % (twice, len(delivered)))


def flat(work, name, buffer):
    """A source that is far faster than the sink."""
    port = free_port()
    run = Riffle(RIFFLE, work, {"http": {"address": "127.0.0.1:%d" % port}, "input": {"generate": {"mapping": "root.text = \"%s\"" % ("x" * 500), "interval": ""}},
                                "buffer": buffer, "pipeline": {"threads": 2, "processors": [{"sleep": {"duration": "1ms"}}]}, "output": {"drop": {}}, "shutdown_timeout": "1s"})
    ready(port)

    def is_full():
        first = held(port)
        time.sleep(0.5)
        return first and held(port) <= first * 1.05

    check("%s: it fills" % name, wait_for(is_full, PATIENCE), run.log)
    begin, sizes = time.monotonic(), []
    while time.monotonic() - begin < (60 if LONG else 4):
        sizes.append(run.rss())
        time.sleep(0.2)
    check("%s: memory stays flat (%d KiB to %d KiB, %d samples)" % (name, min(sizes) // 1024, max(sizes) // 1024, len(sizes)), max(sizes) <= min(sizes) * 1.1)
    run.end()


with tempfile.TemporaryDirectory() as work:
    killed(work)
    damaged(work, "a damaged record in a closed file", hurt_record)
    damaged(work, "a damaged head in a closed file", hurt_head)
    damaged(work, "a damaged page in a closed file", hurt_leaf)
    damaged(work, "a damaged journal", hurt_journal)
    troubles(work)
    read_only(work)
    started_read_only(work)
    positions(work, ReadOnly, "positions, disk turned read-only")
    positions(work, MountedAnew, "positions, disk turned read-only and mounted anew")
    flat(work, "memory", {"memory": {"limit": "4MiB"}})
    flat(work, "sqlite", {"sqlite": {"path": os.path.join(work, "flat.sqlite"), "limit": "4MiB", "sync": False}})
checks.end()

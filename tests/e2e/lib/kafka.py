"""A real Kafka broker, kcat as the other client, and riffle's streams, for the tests of both."""
import json, os, re, signal, socket, subprocess, threading, time

from lib import ports

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "servers")


def free_ports(count):
    """The first of `count` ports in a row that nobody has."""
    return ports.free_ports(count)[0]


class Broker:
    def __init__(self, work, settings="", far=None):
        """`far`: (a port to listen on, the port that its clients are told of)."""
        self.dir = os.path.join(work, "kafka")
        self.port = free_ports(5)
        if far:
            settings += ("\nlisteners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d,FAR://127.0.0.1:%d" % (self.port, self.port + 1, far[0])
                         + "\nadvertised.listeners=PLAINTEXT://127.0.0.1:%d,FAR://127.0.0.1:%d" % (self.port, far[1])
                         + "\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAR:PLAINTEXT\n")
        self.address = "127.0.0.1:%d" % self.port
        self.signed = "127.0.0.1:%d" % (self.port + 2)  # where clients sign in
        self.tls = "127.0.0.1:%d" % (self.port + 3)
        self.mutual = "127.0.0.1:%d" % (self.port + 4)  # TLS with a certificate of ours
        self.ca = os.path.join(self.dir, "certs", "ca.pem")
        self.environment = dict(os.environ, KAFKA_SETTINGS=settings, WAIT_S="180")
        self.start()

    def start(self):
        subprocess.run([os.path.join(SERVERS, "start-kafka.sh"), self.dir, str(self.port)], check=True, env=self.environment,
                       stdin=subprocess.DEVNULL, timeout=600)

    def pid(self):
        with open(os.path.join(self.dir, "pid")) as f:
            return int(f.read())

    def signal(self, number):
        os.kill(self.pid(), number)
        while number == signal.SIGSTOP and not self.stands_still():
            time.sleep(0.01)

    def stands_still(self):
        """All of its threads: on a busy machine one may answer for a while yet."""
        tasks = "/proc/%d/task" % self.pid()
        try:
            return all(open(os.path.join(tasks, task, "stat")).read().rpartition(")")[2].split()[0] == "T" for task in os.listdir(tasks))
        except OSError:  # one that has just ended
            return False

    def kill(self):
        """As a power cut would."""
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        while os.path.exists("/proc/%d" % pid) and "Z" not in open("/proc/%d/stat" % pid).read().split(")")[1]:
            time.sleep(0.05)
        while self.listens():  # its other threads may still be on their way out
            time.sleep(0.05)

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        try:
            os.kill(self.pid(), signal.SIGCONT)
        except (OSError, ValueError):
            pass
        subprocess.run([os.path.join(SERVERS, "stop.sh"), self.dir], check=False, stderr=subprocess.DEVNULL)

    def produce(self, topic, records, *more):
        """Texts, or (key, text)."""
        keyed = records and isinstance(records[0], tuple)
        text = "".join("%s\t%s\n" % r for r in records) if keyed else "".join("%s\n" % r for r in records)
        subprocess.run(["kcat", "-b", self.address, "-P", "-t", topic] + (["-K", "\t"] if keyed else []) + list(more),
                       input=text.encode(), check=True, timeout=120)

    def consume(self, topic, *more):
        """All records there are now, in order of partition and offset."""
        done = subprocess.run(["kcat", "-b", self.address, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"] + list(more),
                              stdout=subprocess.PIPE, check=True, timeout=120)
        records = [json.loads(line) for line in done.stdout.decode("utf-8", "replace").splitlines()]
        return sorted(records, key=lambda r: (r["partition"], r["offset"]))

    def follow(self, topic):
        """Records as they come, those that are there first: a list that grows, and what ends it."""
        process = subprocess.Popen(["kcat", "-b", self.address, "-C", "-t", topic, "-o", "beginning", "-q", "-J", "-u"], stdout=subprocess.PIPE)
        records = []
        threading.Thread(target=lambda: records.extend(json.loads(line) for line in process.stdout), daemon=True).start()
        return records, process.kill


class Stream:
    """A running riffle. Lines of its standard output are kept, unless they go to `output`, a file. `library`: a folder of libraries to prefer.
    `feed`: its standard input is a pipe, for the caller to write to."""

    def __init__(self, riffle, work, config, output=None, keep=True, library=None, feed=False):
        Stream.count = getattr(Stream, "count", 0) + 1
        self.path = os.path.join(work, "stream%d.yaml" % Stream.count)
        with open(self.path, "w") as f:
            json.dump(dict({"http": {"enabled": False}, "logger": {"level": "debug"}}, **config), f)  # YAML holds JSON
        self.lines, self.log = [], []
        self.process = subprocess.Popen([riffle, "run", self.path], stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                                        stdout=open(output, "ab") if output else subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=dict(os.environ, LD_LIBRARY_PATH=library) if library else None)
        self.threads = []
        pipes = [(self.process.stderr, self.log)] + ([(self.process.stdout, self.lines)] if keep and not output else [])
        for pipe, kept in pipes:
            thread = threading.Thread(target=self.keep, args=(pipe, kept), daemon=True)
            thread.start()
            self.threads.append(thread)

    def keep(self, pipe, kept):
        for line in pipe:
            kept.append(line.decode("utf-8", "replace").rstrip("\n"))

    def messages(self):
        return [json.loads(line) for line in list(self.lines)]

    def logged(self, pattern):
        return [line for line in list(self.log) if re.search(pattern, line)]

    def rss_kib(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60):
        """The exit status; None: it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            status = None
        for thread in self.threads:
            thread.join(10)
        return status

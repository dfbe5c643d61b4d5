"""What the tests that nothing is lost are made of: numbered messages from sources that know what was taken, files of what arrived, and a
riffle that is killed. A message is `KEY:NUMBER`, such as `k3:000000000042`; the numbers of a key only grow. A line of
it is 16 bytes, which divide a page: whoever reads a file that grows sees whole lines."""
import collections, http.client, itertools, json, os, socket, subprocess, threading, time

from lib import checks
from lib.checks import wait_for

KEYS = 8
NUMBERS = itertools.count(1)
WAIT_S = 60  # for what takes a moment; sanitizers and stalled machines take longer
CHECKING = threading.Lock()  # parts run side by side


def check(*args):
    with CHECKING:
        return checks.check(*args)


def say(text):
    with CHECKING:
        print("      " + text, flush=True)


def numbered(first, count):
    return ["k%d:%012d" % (i % KEYS, i) for i in range(first, first + count)]


def lines_of(path):
    """Whole lines."""
    if not os.path.exists(path):
        return []
    with open(path, errors="replace") as f:
        return f.read().split("\n")[:-1]


def size_of(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


class Stream:
    """A riffle that can be started again. Its log goes to a file."""

    def __init__(self, program, work, name, config, level="INFO"):
        self.program, self.work, self.name = program, work, name
        self.path, self.log = os.path.join(work, name + ".yaml"), os.path.join(work, name + ".log")
        with open(self.path, "w") as f:
            json.dump({"http": {"enabled": False}, "logger": {"level": level}, **config}, f)  # YAML holds JSON
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.program, "run", self.path], cwd=self.work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)

    def logged(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def has_ended(self):
        return self.process.poll() is not None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Stops it as a service manager does; the exit status."""
        if not self.has_ended():
            self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return "killed"

    def rss_kib(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return next((int(line.split()[1]) for line in f if line.startswith("VmRSS")), 0)


# ---- Sources: `taken` are the messages that were acknowledged ----

class Source:
    """A thread that gives messages until it is told to stop; then `finish` says whether all that it gave was taken."""

    pace = 50  # portions a second

    def __init__(self, a_second):
        self.rate, self.taken, self.given, self.over = a_second, [], 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        step = max(1, self.rate // self.pace)
        while not self.over.wait(step / self.rate):
            self.give(numbered(self.given, step))
            self.given += step
        self.close()

    def finish(self):
        self.over.set()
        self.thread.join(WAIT_S * checks.slow)
        return not self.thread.is_alive() and len(self.taken) == self.given and self.given > 0


class Piped(Source):
    """A publisher that reads lines: what it has published is known when it has ended well."""

    def __init__(self, command, a_second, line=lambda message: message):
        self.line, self.sent = line, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        super().__init__(a_second)

    def give(self, messages):
        self.process.stdin.write("".join(self.line(m) + "\n" for m in messages).encode())
        self.process.stdin.flush()
        self.sent += messages

    def close(self):
        self.process.stdin.close()
        if self.process.wait(WAIT_S * checks.slow) == 0:
            self.taken = self.sent


def mqtt_session(broker, name):
    """A client's, with its subscription, before the client is there: the broker drops what comes to a topic that nobody wants."""
    subprocess.run(["mosquitto_sub", "-p", str(broker.port), "-c", "-i", name, "-t", name, "-q", "1", "-E"], check=True, timeout=WAIT_S * checks.slow)


def mqtt_source(broker, topic, a_second):
    return Piped(["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-q", "1", "-l"], a_second)


KCAT = ["kcat", "-P", "-K", "\t", "-X", "queue.buffering.max.ms=5"]


def with_key(message):
    return message.split(":")[0] + "\t" + message


def kafka_source(broker, topic, a_second):
    return Piped(KCAT + ["-b", broker.address, "-t", topic], a_second, with_key)


class PatientKafkaSource(Source):
    """The same for a broker that may be away, which kcat does not bear: what was not taken is given again, so that some is there twice."""
    pace = 5

    def __init__(self, broker, topic, a_second):
        self.command = KCAT + ["-b", broker.address, "-t", topic, "-X", "message.timeout.ms=5000"]
        super().__init__(a_second)

    def give(self, messages):
        text = "".join(with_key(m) + "\n" for m in messages).encode()
        while subprocess.run(self.command, input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            time.sleep(0.1)
        self.taken += messages

    def close(self):
        pass


class HttpSource(Source):
    """A client for each key, each with one request at a time: a message that was not answered with 200 is sent again."""

    def __init__(self, port, a_second):
        self.port, self.lock = port, threading.Lock()
        super().__init__(a_second)

    def run(self):
        clients = [threading.Thread(target=self.client, args=(key,), daemon=True) for key in range(KEYS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def client(self, key):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for number in itertools.count(key, KEYS):
            if self.over.wait(KEYS / self.rate):
                return
            message = "k%d:%012d" % (key, number)
            with self.lock:
                self.given += 1
            while not self.post(connection, message):
                connection.close()
                time.sleep(0.02)
            with self.lock:
                self.taken.append(message)

    @staticmethod
    def post(connection, message):
        try:
            connection.request("POST", "/post", message.encode())
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False


class FileSource(Source):
    """A file that grows. All that is written to it is taken: it is there for good."""

    def __init__(self, path, a_second):
        self.path = path
        open(path, "ab").close()
        super().__init__(a_second)

    def give(self, messages):
        with open(self.path, "ab") as f:
            f.write("".join(m + "\n" for m in messages).encode())
        self.taken += messages

    def close(self):
        pass


# ---- Sinks: files of lines ----

class Sink:
    def __init__(self, path, command=None):
        self.path, self.command, self.process = path, command, None
        self.start()

    def start(self):
        if self.command:
            with open(self.path, "ab") as out, open(self.path + ".log", "ab") as log:
                self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=log)

    def lines(self):
        return lines_of(self.path)

    def size(self):
        return size_of(self.path)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(WAIT_S)


def mqtt_sink(broker, work, topic):
    """With a session, and there before anything is published."""
    name = "sink%d" % next(NUMBERS)
    hello = "hello-" + name
    sink = Sink(os.path.join(work, name), ["mosquitto_sub", "-p", str(broker.port), "-t", topic, "-q", "1", "-i", name, "-c", "-k", "5"])

    def there():
        subprocess.run(["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-q", "1", "-m", hello], stderr=subprocess.DEVNULL)
        return hello in sink.lines()
    if not wait_for(there, WAIT_S):
        raise RuntimeError("mosquitto_sub does not come up")
    return sink


def kafka_sink(broker, work, topic):
    """kcat prints a record's payload: those of a key are in one partition, and so in order."""
    return Sink(os.path.join(work, "sink%d" % next(NUMBERS)), ["kcat", "-b", broker.address, "-C", "-t", topic, "-o", "beginning", "-u", "-q"])


def http_sink(work, port):
    """A server that writes each body to a file, and then answers; a process of its own, that can be killed and paused."""
    path = os.path.join(work, "sink%d" % next(NUMBERS))
    server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_sink.py")
    sink = Sink(path, ["python3", server, str(port), path])

    def there():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    if not wait_for(there, WAIT_S):
        raise RuntimeError("the HTTP server does not come up")
    return sink


# ---- What must be so in the end ----

def in_order(lines):
    """Per key, the first time each is seen; the first pair that is not, or None."""
    latest, seen = {}, set()
    for line in lines:
        key = line.split(":")[0]
        if line in seen:
            continue
        seen.add(line)
        if line < latest.get(key, ""):
            return latest[key], line
        latest[key] = line
    return None


def all_there(name, source, sink, most_doubled):
    check("%s: all that was given was taken" % name, source.finish(), "%d of %d" % (len(source.taken), source.given))
    taken = set(source.taken)
    wait_for(lambda: taken <= set(sink.lines()), WAIT_S)
    lines = [line for line in sink.lines() if not line.startswith("hello-")]
    missing = sorted(taken - set(lines))
    check("%s: every message that was acknowledged is there" % name, not missing, "%d of %d missing: %s" % (len(missing), len(taken), missing[:10]))
    strangers = set(lines) - set(numbered(0, max(1, source.given) * KEYS))
    check("%s: nothing else is" % name, not strangers, sorted(strangers)[:5])
    check("%s: the order of each key stays" % name, in_order(lines) is None, in_order(lines))
    doubled = sum(n - 1 for n in collections.Counter(lines).values())
    check("%s: what came twice is what was in work" % name, doubled <= most_doubled, "%d, %d allowed" % (doubled, most_doubled))
    say("%s: %d messages, %d came twice, %d allowed" % (name, len(taken), doubled, most_doubled))
    return doubled


def side_by_side(parts):
    """Each (function, arguments…) in a thread; what they raise is a failure."""
    def run(function, *args):
        try:
            function(*args)
        except Exception as error:
            check("%s %s" % (function.__name__, args[:1]), False, repr(error))
    threads = [threading.Thread(target=run, args=part) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

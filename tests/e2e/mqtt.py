#!/usr/bin/env python3
"""mqtt.py RIFFLE: the mqtt input and output against mosquitto, with mosquitto's own clients on the other side.

Prints one line a check and ends with `N passed, N failed`. RIFFLE_LONG=1 kills a hundred times in place of twenty and
pauses the broker for half a minute. Needs: mosquitto, mosquitto-clients, openssl.
"""
import itertools, json, os, random, signal, subprocess, sys, tempfile, threading, time

from lib import checks
from lib.checks import wait_for
from lib.mosquitto import CERTS, SERVERS, Broker, client_certificate, free_ports

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
LONG = bool(os.environ.get("RIFFLE_LONG"))
KILLS = 100 if LONG else 20
PAUSE_S = 30 if LONG else 6
WAIT_S = 40  # for what takes a moment; sanitizers and stalled machines take longer


CHECKING = threading.Lock()  # parts run side by side


def check(*args):
    with CHECKING:
        return checks.check(*args)


NUMBERS = itertools.count(1)


class Riffle:
    """A running stream; its standard output goes to a file."""

    def __init__(self, work, config, out=None):
        number = next(NUMBERS)
        self.path = os.path.join(work, "riffle%d.yaml" % number)
        self.out = out or os.path.join(work, "riffle%d.out" % number)
        self.log = self.path.replace(".yaml", ".log")
        with open(self.path, "w") as f:
            json.dump({"http": {"enabled": False}, "logger": {"level": "INFO"}, **config}, f)  # YAML holds JSON
        self.start()

    def start(self, stdin=subprocess.DEVNULL):
        with open(self.log, "ab") as log, open(self.out, "ab") as out:
            self.begun_at = log.tell()
            self.process = subprocess.Popen([RIFFLE, "run", self.path], stdin=stdin, stdout=out, stderr=log)

    def logged(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def says(self, text, times=1):
        return wait_for(lambda: self.logged().count(text) >= times, WAIT_S)

    def is_up(self):
        """Whether the process that was started last has its input: one that has just begun is ended by a signal, as any program."""
        with open(self.log, "rb") as f:
            f.seek(self.begun_at)
            return b"input mqtt is active" in f.read()

    def lines(self):
        return lines_of(self.out)

    def messages(self):
        return [json.loads(line) for line in self.lines()]

    def has(self, count):
        return wait_for(lambda: len(self.lines()) >= count, WAIT_S)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Stops it as a service manager does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed"


def lines_of(path):
    """Whole lines."""
    with open(path, errors="replace") as f:
        return f.read().split("\n")[:-1]


def mqtt(broker, **fields):
    return {"mqtt": {"urls": [broker.url], **fields}}


def publish(broker, topic, *args, lines=None, port=None):
    """With mosquitto_pub; the exit status."""
    text = None if lines is None else "".join("%s\n" % line for line in lines).encode()
    return subprocess.run(["mosquitto_pub", "-p", str(port or broker.port), "-t", topic, *args, *([] if lines is None else ["-l"])],
                          input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode


class Subscriber:
    """mosquitto_sub with its lines in a file."""

    def __init__(self, broker, work, topic, *args):
        self.out = os.path.join(work, "sub%d.out" % next(NUMBERS))
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(["stdbuf", "-oL", "mosquitto_sub", "-p", str(broker.port), "-t", topic, "-d", *args],
                                            stdout=out, stderr=subprocess.STDOUT)
        wait_for(lambda: any("received SUBACK" in line for line in lines_of(self.out)), WAIT_S)

    def lines(self):
        return [line for line in lines_of(self.out) if not line.startswith(("Client ", "Subscribed ", "Warning:", "Error:"))]

    def has(self, count):
        return wait_for(lambda: len(self.lines()) >= count, WAIT_S)

    def end(self):
        self.process.kill()
        self.process.wait()


def repeated(lines):
    return len(lines) - len(set(lines))


# ---- What messages carry ----

def carries(work, broker, protocol):
    five = protocol == "5"
    for qos in (0, 1, 2):
        r = Riffle(work, {"input": mqtt(broker, topics=["in/%d/#" % qos], qos=qos, protocol=protocol), "output": {"stdout": {"codec": "message"}}})
        r.says("input mqtt is active")
        version = ["-V", "mqttv5"] if five else []
        properties = ["-D", "publish", "user-property", "site", "b7", "-D", "publish", "content-type", "text/plain",
                      "-D", "publish", "response-topic", "re", "-D", "publish", "correlation-data", "42"] if five else []
        publish(broker, "in/%d/x" % qos, "-q", str(qos), "-m", "a \"text\"", *version, *properties)
        publish(broker, "in/%d/empty" % qos, "-q", str(qos), "-n", *version)
        r.has(2)
        got = r.messages()
        expected = {"mqtt_duplicate": False, "mqtt_qos": qos, "mqtt_retained": False, "mqtt_topic": "in/%d/x" % qos}
        if five:
            expected.update(site="b7", mqtt_content_type="text/plain", mqtt_response_topic="re", mqtt_correlation_data="42")
        meta = dict(got[0]["meta"]) if got else {}
        number = meta.pop("mqtt_message_id", None)
        check("%s, QoS %d: metadata of the message" % (protocol, qos), meta == expected and (number > 0) == (qos > 0), got)
        check("%s, QoS %d: payloads, the empty one too" % (protocol, qos), [m.get("raw", m.get("payload")) for m in got] == ["a \"text\"", ""], got)
        check("%s, QoS %d: it ends well" % (protocol, qos), r.end() == 0, r.logged())


def user_properties(work, broker):
    """As if each were set in turn: the last of a name counts, ours before theirs, an empty one is none; whatever the messages before had."""
    kinds = [
        ([("a", "1"), ("b", "2"), ("c", "3")], {"a": "1", "b": "2", "c": "3"}),
        ([("a", "1"), ("b", "2"), ("a", "4")], {"a": "4", "b": "2"}),
        ([("mqtt_topic", "x"), ("b", "2")], {"b": "2"}),
        ([("b", "2"), ("a", ""), ("c", "3")], {"b": "2", "c": "3"}),
        ([("a", ""), ("b", "2")], {"b": "2"}),
    ]
    order = [0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 4, 0, 4, 1, 0]
    r = Riffle(work, {"input": mqtt(broker, topics=["pairs/#"], qos=1, protocol="5"), "output": {"stdout": {"codec": "message"}}})
    r.says("input mqtt is active")
    for number, kind in enumerate(order):
        pairs = [word for name, value in kinds[kind][0] for word in ("-D", "publish", "user-property", name, value)]
        publish(broker, "pairs/x", "-q", "1", "-m", str(number), "-V", "mqttv5", *pairs)
    r.has(len(order))
    got = [{key: value for key, value in m["meta"].items() if not key.startswith("mqtt_") or key == "mqtt_topic"} for m in r.messages()]
    check("user properties of one message have nothing of another's", got == [{**kinds[kind][1], "mqtt_topic": "pairs/x"} for kind in order], got)
    check("user properties: it ends well", r.end() == 0, r.logged())


def sends(work, broker, protocol):
    five = protocol == "5"
    version = ["-V", "mqttv5"] if five else []
    more = {"metadata": {"include_prefixes": ["site", "line"]}, "content_type": "text/${! meta(\"kind\") }"} if five else {}
    for qos in (0, 1, 2):
        topic = "out/%s/%d" % (protocol, qos)
        sub = Subscriber(broker, work, topic + "/#", "-q", "2", *version, "-F", "%t|%q|%p" + ("|%P|%C" if five else ""))
        with open(os.path.join(work, "messages"), "w") as f:
            f.write('{"raw":"one","meta":{"place":"a","site":"b7","kind":"plain","other":"x"}}\n')
            f.write('{"raw":"two","meta":{"place":"b/c","kind":"html"}}\n')
            f.write('{"raw":"bad","meta":{"place":"#"}}\n')
            f.write('{"raw":"three","meta":{"place":"d","kind":"plain","line":5}}\n')
        r = Riffle(work, {"input": {"file": {"paths": [os.path.join(work, "messages")], "codec": "message"}},
                          "output": mqtt(broker, topic=topic + "/${! meta(\"place\") }", qos=qos, protocol=protocol, **more)})
        status = r.process.wait(WAIT_S)
        sub.has(3)
        wanted = ["%s/a|%d|one" % (topic, qos), "%s/b/c|%d|two" % (topic, qos), "%s/d|%d|three" % (topic, qos)]
        if five:
            wanted = [w + p for w, p in zip(wanted, ("|site:b7|text/plain", "||text/html", "|line:5|text/plain"))]
        check("%s, QoS %d: what was sent arrives; a bad topic fails alone" % (protocol, qos), sub.lines() == wanted and status == 0, sub.lines())
        check("%s, QoS %d: and is told" % (protocol, qos), "cannot be published to: it has a wildcard in it" in r.logged(), r.logged())
        sub.end()


def refused(work, broker):
    with open(os.path.join(work, "topics"), "w") as f:
        f.write("ok/1\nforbidden/1\nok/2\n")
    sub = Subscriber(broker, work, "ok/#", "-q", "1")
    r = Riffle(work, {"input": {"file": {"paths": [os.path.join(work, "topics")]}},
                      "output": mqtt(broker, topic="${! content() }", protocol="5")})
    status = r.process.wait(WAIT_S)
    sub.has(2)
    check("a message that the broker refuses fails alone", sub.lines() == ["ok/1", "ok/2"] and status == 0, sub.lines())
    check("and is told with the broker's reason", "the broker refused the message: not authorised" in r.logged(), r.logged())
    sub.end()


def retained(work, broker):
    publish(broker, "kept/x", "-q", "1", "-r", "-m", "old")
    r = Riffle(work, {"input": mqtt(broker, topics=["kept/#"]), "output": {"stdout": {"codec": "message"}}})
    r.has(1)
    check("a retained message says so", r.messages() and r.messages()[0]["meta"]["mqtt_retained"] is True, r.lines())
    r.end()
    with open(os.path.join(work, "flags"), "w") as f:
        f.write("true\nfalse\n")
    r = Riffle(work, {"input": {"file": {"paths": [os.path.join(work, "flags")]}},
                      "output": mqtt(broker, topic="keep/${! content() }", retained_interpolated="${! content() }")})
    r.process.wait(WAIT_S)
    sub = Subscriber(broker, work, "keep/#", "-F", "%t %r")
    sub.has(1)
    check("retained_interpolated decides for each", sub.lines() == ["keep/true 1"], sub.lines())
    sub.end()


def will(work, broker):
    sub = Subscriber(broker, work, "wills/#", "-F", "%t %q %p")
    fields = {"will": {"enabled": True, "topic": "wills/gateway", "payload": "gone", "qos": 1}}
    r = Riffle(work, {"input": mqtt(broker, topics=["x"], **fields), "output": {"drop": {}}})
    r.says("input mqtt is active")
    r.end()
    r.start()
    r.says("input mqtt is active", 2)
    time.sleep(0.3)
    check("no will after a farewell", sub.lines() == [], sub.lines())
    r.kill()
    sub.has(1)
    check("the will after a kill", sub.lines() == ["wills/gateway 0 gone"], sub.lines())
    sub.end()


# ---- Sessions and groups ----

def session(work, broker, protocol):
    name = "session-" + protocol
    r = Riffle(work, {"input": mqtt(broker, topics=[name], client_id=name, clean_session=False, protocol=protocol), "output": {"stdout": {}}})
    r.says("input mqtt is active")
    publish(broker, name, "-q", "1", "-m", "1")
    r.has(1)
    check("%s: it ends well" % protocol, r.end() == 0)
    publish(broker, name, "-q", "1", lines=range(2, 6))
    broker.stop()
    broker.start()
    r.start()
    r.has(5)
    check("%s: a session outlives us and the broker" % protocol, r.lines() == [str(i) for i in range(1, 6)], r.lines())
    r.end()


def given_up(work, broker, protocol, qos):
    """auto_replay_nacks: false: what the output refuses is over: the broker, which waits for few acknowledgements, goes on."""
    name = "given-up-%s-%d" % (protocol, qos)
    window = {"receive_maximum": 20} if protocol == "5" else {}  # mosquitto's own for 3.1.1
    r = Riffle(work, {"input": mqtt(broker, topics=[name], client_id=name, clean_session=False, protocol=protocol, qos=qos, auto_replay_nacks=False, **window),
                      "pipeline": {"processors": [{"mapping": 'root = if content().string().number() % 2 == 0 { throw("even") }'}]},
                      "output": {"reject_errored": {"stdout": {}}}})
    r.says("input mqtt is active")
    publish(broker, name, "-q", str(qos), lines=range(200))
    odd = [str(i) for i in range(1, 200, 2)]
    check("%s, QoS %d: what is refused without replay holds nobody up" % (protocol, qos), r.has(len(odd)), (len(r.lines()), r.logged()[-400:]))
    check("%s, QoS %d: and is told of" % (protocol, qos), "even" in r.logged())
    check("%s, QoS %d: a stop ends well" % (protocol, qos), r.end() == 0, r.logged()[-400:])
    publish(broker, name, "-q", str(qos), "-m", "201")
    r.start()
    r.has(len(odd) + 1)
    check("%s, QoS %d: nothing of it comes again" % (protocol, qos), r.lines() == odd + ["201"] and r.end() == 0, r.lines()[-5:])


def shared(work, broker, count):
    """`count` processes on one subscription, under load; one is killed, and started again as a supervisor would."""
    ids, topic = [str(i) for i in range(3000)], "work%d" % count
    members = [Riffle(work, {"input": mqtt(broker, topics=["$share/g/%s/#" % topic], protocol="5", client_id="%s-%d" % (topic, i), clean_session=False),
                             "pipeline": {"processors": [{"sleep": {"duration": "2ms"}}]}, "output": {"stdout": {}}}) for i in range(count)]
    for m in members:
        m.says("input mqtt is active")
    load = threading.Thread(target=publish, args=(broker, topic + "/x", "-q", "1"), kwargs={"lines": ids})
    load.start()
    check("%d sharing: all get some" % count, wait_for(lambda: all(len(m.lines()) > 50 for m in members), WAIT_S), [len(m.lines()) for m in members])
    members[-1].kill()
    others = lambda: sum(len(m.lines()) for m in members[:-1])
    before = others()
    if count > 1:
        check("%d sharing, one is killed: the others go on" % count, wait_for(lambda: others() > before + 100, WAIT_S), (before, others()))
    members[-1].start()
    got = lambda: [line for m in members for line in m.lines()]
    wait_for(lambda: set(ids) <= set(got()), WAIT_S)
    load.join()
    everything = got()
    check("%d sharing, one is killed and comes back: nothing is lost" % count, set(everything) == set(ids), (len(set(ids) - set(everything)), [len(m.lines()) for m in members]))
    check("%d sharing: twice comes at most what one had not acknowledged" % count, len(everything) - len(ids) <= 1000, len(everything))
    for m in members:
        m.end()


# ---- Who may ----

def tls(work):
    broker = Broker(work, "sealed", True)
    broker.start()
    try:
        tls_of(work, broker)
        refused(work, broker)
    finally:
        broker.stop()


def tls_of(work, broker):
    with_password = {"user": "operator", "password": "secret"}
    ca = {"root_cas_file": CERTS + "/ca.pem"}
    url = "ssl://localhost:%d" % broker.tls_port
    sub = Subscriber(broker, work, "tls/#", "-q", "1")
    with open(os.path.join(work, "sealed.txt"), "w") as f:
        f.write("".join("%d\n" % i for i in range(1000)))
    r = Riffle(work, {"input": {"file": {"paths": [os.path.join(work, "sealed.txt")]}},
                      "output": {"mqtt": {"urls": [url], "topic": "tls/x", "tls": ca, **with_password}}})
    status = r.process.wait(WAIT_S)
    sub.has(1000)
    check("TLS with a password: an output", status == 0 and sub.lines() == [str(i) for i in range(1000)], r.logged())
    sub.end()

    r = Riffle(work, {"input": {"mqtt": {"urls": ["mqtts://operator:secret@127.0.0.1:%d" % broker.tls_port], "topics": ["tls2"], "tls": ca}}, "output": {"stdout": {}}})
    r.says("input mqtt is active")
    publish(broker, "tls2", "-q", "1", lines=["x" * 100000] * 20)
    r.has(20)
    check("TLS with the password in the address: an input, large messages", r.lines() == ["x" * 100000] * 20, r.logged())
    check("TLS: it ends well", r.end() == 0)

    pair = {"cert_file": CERTS + "/client.pem", "key_file": CERTS + "/client.key"}
    r = Riffle(work, {"input": {"mqtt": {"urls": ["ssl://127.0.0.1:%d" % broker.cert_port], "topics": ["tls3"], "tls": {**ca, "client_certs": [pair]}}},
                      "output": {"stdout": {}}})
    r.says("input mqtt is active")
    publish(broker, "tls3", "-q", "1", "-m", "hello")
    r.has(1)
    check("TLS with a client certificate", r.lines() == ["hello"], r.logged())
    r.end()

    for name, fields, words in (
            ("an authority that is not trusted", {"urls": [url], **with_password}, "certificate is not accepted"),
            ("no client certificate", {"urls": ["ssl://127.0.0.1:%d" % broker.cert_port], "tls": ca}, "Failed to connect to mqtt"),
            ("a wrong password", {"urls": [url], "tls": ca, "user": "operator", "password": "wrong"}, "not authorised"),
            ("plain text to a TLS port", {"urls": ["tcp://127.0.0.1:%d" % broker.tls_port]}, "Failed to connect to mqtt")):
        r = Riffle(work, {"input": {"mqtt": {"topics": ["x"], **fields}}, "output": {"drop": {}}})
        check("%s is told" % name, r.says(words), r.logged())
        check("%s: it goes on trying, and ends when asked" % name, r.process.poll() is None and r.end() == 0, r.logged())
    r = Riffle(work, {"input": {"mqtt": {"urls": [url], "topics": ["tls4"], "tls": {"skip_cert_verify": True}, **with_password}}, "output": {"drop": {}}})
    check("skip_cert_verify takes any certificate", r.says("input mqtt is active"), r.logged())
    r.end()


def several_urls(work, broker):
    closed = free_ports(1)[0]
    r = Riffle(work, {"input": {"mqtt": {"urls": ["tcp://127.0.0.1:%d,%s" % (closed, broker.url)], "topics": ["several"]}}, "output": {"stdout": {}}})
    check("the next address is tried", r.says("input mqtt is active") and "Connection refused" in r.logged(), r.logged())
    r.end()


# ---- Nothing is lost ----

class Feed:
    """Publishes ids to the source topic from a thread, slowly enough to last; `acknowledged` are those that the broker took."""

    def __init__(self, broker, topic, count, a_second):
        self.broker, self.topic, self.count, self.rate = broker, topic, count, a_second
        self.acknowledged = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        step = max(1, self.rate // 20)
        for first in range(0, self.count, step):
            ids = ["%06d" % i for i in range(first, min(first + step, self.count))]
            while True:  # until the broker has taken them
                try:
                    if publish(self.broker, self.topic, "-q", "1", lines=ids) == 0:
                        break
                except subprocess.TimeoutExpired:
                    pass
                time.sleep(0.2)
            self.acknowledged += ids
            time.sleep(step / self.rate)


class Stream(Feed):
    """The same without a pause between: one publisher, so that at each instant some are on their way. Its broker stays."""

    def run(self):
        pub = subprocess.Popen(["mosquitto_pub", "-p", str(self.broker.port), "-t", self.topic, "-q", "1", "-l"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        step = max(1, self.rate // 200)
        for first in range(0, self.count, step):
            pub.stdin.write("".join("%06d\n" % i for i in range(first, min(first + step, self.count))).encode())
            pub.stdin.flush()
            time.sleep(step / self.rate)
        pub.stdin.close()
        if pub.wait(120) == 0:
            self.acknowledged = ["%06d" % i for i in range(self.count)]


def bridge(broker, name, protocol, qos=1):
    """From topic NAME to NAME/out."""
    return {"input": mqtt(broker, topics=[name], client_id=name, clean_session=False, qos=qos, protocol=protocol, keepalive=4, connect_timeout="5s"),
            "pipeline": {"threads": 2, "processors": []},
            "output": mqtt(broker, topic=name + "/out", qos=qos, protocol=protocol, keepalive=4, connect_timeout="5s")}


def all_there(name, feed, sub, most_repeated, what):
    feed.thread.join(180)
    wait_for(lambda: set(feed.acknowledged) <= set(sub.lines()), WAIT_S)
    got = sub.lines()
    missing = sorted(set(feed.acknowledged) - set(got))
    check("%s: every id arrives" % name, not missing and len(feed.acknowledged) == feed.count, "%d missing of %d: %s" % (len(missing), feed.count, missing[:10]))
    check("%s: nothing else arrives" % name, set(got) <= {"%06d" % i for i in range(feed.count)})
    firsts = list(dict.fromkeys(got))
    check("%s: in their order" % name, firsts == sorted(firsts))
    check("%s: %s" % (name, what), repeated(got) <= most_repeated, "%d came twice, %d allowed" % (repeated(got), most_repeated))
    print("      %d ids, %d came twice" % (len(feed.acknowledged), repeated(got)))


def killed(work, broker, protocol):
    """kill -9 at random instants."""
    name = "killed-" + protocol
    sub = Subscriber(broker, work, name + "/out", "-q", "1", "-i", name + "-sub", "-c")
    r = Riffle(work, bridge(broker, name, protocol))
    r.says("input mqtt is active")
    kills = KILLS // 2  # of each protocol
    feed = Stream(broker, name, 600 * kills, 2000)
    for _ in range(kills):
        time.sleep(random.uniform(0.05, 0.4) * checks.slow)
        r.kill()
        r.start()
    all_there("%d kills, %s" % (kills, protocol), feed, sub, 256 * kills, "at most a batch a kill comes twice")
    wait_for(r.is_up, WAIT_S)
    check("%d kills, %s: it ends well" % (kills, protocol), r.end() == 0, r.logged()[-2000:])
    sub.end()


def interrupted(work, broker, protocol, qos):
    """The broker is stopped and started again, and paused."""
    name = "interrupted-%s-%d" % (protocol, qos)
    sub = Subscriber(broker, work, name + "/out", "-q", "2", "-i", name + "-sub", "-c", "-k", "5")
    r = Riffle(work, bridge(broker, name, protocol, qos))
    r.says("input mqtt is active")
    feed = Feed(broker, name, 2500, 1000)
    wait_for(lambda: len(sub.lines()) > 100, WAIT_S)
    broker.stop()
    broker.start()
    wait_for(lambda: r.logged().count("input mqtt is active") >= 2 and r.logged().count("output mqtt is active") >= 2, WAIT_S)
    if LONG or (protocol, qos) == ("5", 1):
        broker.send(signal.SIGSTOP)
        time.sleep(PAUSE_S)
        broker.send(signal.SIGCONT)
    all_there("broker restarted, %s, QoS %d" % (protocol, qos), feed, sub, 1000, "few come twice")
    check("broker restarted, %s, QoS %d: told, and the connection is there again" % (protocol, qos), "lost" in r.logged() or "closed the connection" in r.logged(), r.logged())
    check("broker restarted, %s, QoS %d: it ends well" % (protocol, qos), r.end() == 0, r.logged()[-2000:])
    sub.end()


def stopped_while_connecting(work):
    """A broker that takes connections and says nothing: asked to end, we end."""
    broker = Broker(work, "mute")
    broker.start()
    broker.send(signal.SIGSTOP)
    try:
        r = Riffle(work, {"shutdown_timeout": "2s", "input": mqtt(broker, topics=["x"]), "output": mqtt(broker, topic="y")})
        r.says("Launching")
        time.sleep(0.5)
        start = time.monotonic()
        status = r.end()
        took = time.monotonic() - start
        check("a broker that says nothing does not keep us from ending", status == 0 and took < 10 * checks.slow, "%s after %.1f s" % (status, took))
        r = Riffle(work, {"input": mqtt(broker, topics=["x"], connect_timeout="300ms"), "output": {"drop": {}}})
        check("and is told", r.says("did not answer CONNECT within 300 ms"), r.logged())
        r.end()
    finally:
        broker.send(signal.SIGCONT)
        broker.stop()


def killed_broker(work):
    """A broker that is killed forgets what it had not saved: only that we are there again can be asked."""
    broker = Broker(work, "mortal")
    broker.start()
    r = Riffle(work, bridge(broker, "mortal", "5"))
    r.says("input mqtt is active")
    broker.send(signal.SIGKILL)
    time.sleep(0.5)
    broker.start()
    r.says("input mqtt is active", 2)
    sub = Subscriber(broker, work, "mortal/out", "-q", "1")
    publish(broker, "mortal", "-q", "1", lines=["a", "b"])
    sub.has(2)
    check("the broker is killed: it flows again", set(sub.lines()) == {"a", "b"}, r.logged())
    sub.end()
    check("the broker is killed: it ends well", r.end() == 0)
    broker.stop()


# ---- A slow pipeline ----

def rss_kib(process):
    """Of the program that does the work: `riffle` may start another."""
    children = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    with open("/proc/%s/status" % (children[0] if children else process.pid)) as f:
        return int([line for line in f if line.startswith("VmRSS")][0].split()[1])


def back_pressure(work, broker):
    fifo = os.path.join(work, "slow")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    r = Riffle(work, {"input": mqtt(broker, topics=["flood"], client_id="flood", clean_session=False, keepalive=2), "output": {"stdout": {}}}, out=fifo)
    r.says("input mqtt is active")
    count, payload = 60000, "x" * 300
    flood = threading.Thread(target=publish, args=(broker, "flood", "-q", "1"), kwargs={"lines": ("%06d%s" % (i, payload) for i in range(count))}, daemon=True)
    flood.start()
    time.sleep(3 * checks.slow)
    first = rss_kib(r.process)
    time.sleep(5 * checks.slow)
    last = rss_kib(r.process)
    check("a sink that stands still: memory does not grow", last <= first * 1.1, "%d KiB, then %d KiB" % (first, last))
    check("a sink that stands still: the connection stays", "lost" not in r.logged() and "closed" not in r.logged(), r.logged())
    got = bytearray()
    os.set_blocking(reader, True)

    def drain():
        while got.count(b"\n") < count:
            block = os.read(reader, 1 << 20)
            if not block:
                return
            got.extend(block)
    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    thread.join(WAIT_S * checks.slow)
    flood.join(60)
    ids = {line[:6] for line in bytes(got).split(b"\n") if line}
    check("a sink that stood still: then everything comes, once", len(ids) == count and got.count(b"\n") == count, "%d ids, %d lines" % (len(ids), got.count(b"\n")))
    check("a sink that stood still: it ends well", r.end() == 0, r.logged()[-2000:])
    os.close(reader)


def refused_config(work):
    path = os.path.join(work, "wrong.yaml")
    with open(path, "w") as f:
        f.write("input:\n  mqtt:\n    urls: [http://x]\n    topics: [a/#/b]\n    keepalife: 3\noutput:\n  mqtt:\n    urls: [tcp://x]\n    topic: a/+\n")
    found = subprocess.run([RIFFLE, "lint", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check("lint points at each fault", found.returncode == 2 and "cannot be published to" in found.stdout and "did you mean `keepalive`" in found.stdout, found.stdout)


def example(work, broker):
    """examples/mqtt.yaml, with its broker's address replaced."""
    with open(os.path.join(ROOT, "examples", "mqtt.yaml")) as f:
        text = f.read()
    path = os.path.join(work, "example.yaml")
    with open(path, "w") as f:
        f.write(text.replace("127.0.0.1:1883", "127.0.0.1:%d" % broker.port))
    sub = Subscriber(broker, work, "umh/#", "-q", "1", "-F", "%t %p")
    process = subprocess.Popen([RIFFLE, "run", "-s", "http.enabled=false", path], stderr=subprocess.DEVNULL)
    # Members of a group get no retained messages: what was published before they came is not for them.
    for _ in range(WAIT_S * checks.slow):
        publish(broker, "plant/line1/temperature", "-q", "1", "-m", "{\"value\": 21.5}")
        if wait_for(sub.lines, 1):
            break
    got = sub.lines()
    check("examples/mqtt.yaml passes a value on", got and got[0].startswith("umh/line1/temperature {") and "21.5" in got[0], got)
    process.send_signal(signal.SIGTERM)
    check("examples/mqtt.yaml ends well", process.wait(30) == 0)
    sub.end()


def own_broker(work, part, name, *args):
    broker = Broker(work, name)
    broker.start()
    try:
        part(work, broker, *args)
    finally:
        broker.stop()


def side_by_side(*parts):
    """Each (function, arguments…) in a thread; what they raise is a failure."""
    def run(function, *args):
        try:
            function(*args)
        except Exception as error:
            check("%s %s" % (function.__name__, args[1:]), False, repr(error))
    threads = [threading.Thread(target=run, args=part) for part in parts]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def main():
    # A program with sanitizers is some times slower.
    checks.slow = 3 if "san" in RIFFLE else 1
    subprocess.run([os.path.join(SERVERS, "certs.sh"), CERTS], check=True)
    client_certificate(CERTS)
    with tempfile.TemporaryDirectory() as work:
        broker = Broker(work)
        broker.start()
        try:
            refused_config(work)
            for protocol in ("3.1.1", "5"):
                carries(work, broker, protocol)
                sends(work, broker, protocol)
                session(work, broker, protocol)
            tls(work)
            side_by_side(*((given_up, work, broker, protocol, qos) for protocol in ("3.1.1", "5") for qos in (1, 2)))
            for part in (user_properties, retained, will, several_urls, example):
                part(work, broker)
            for count in (1, 2, 4):
                shared(work, broker, count)
            back_pressure(work, broker)  # alone: it looks at how memory changes with time
            side_by_side(
                (killed, work, broker, "3.1.1"), (killed, work, broker, "5"), (killed_broker, work), (stopped_while_connecting, work),
                (own_broker, work, interrupted, "a", "3.1.1", 1), (own_broker, work, interrupted, "b", "5", 1),
                (own_broker, work, interrupted, "c", "5", 2))
        finally:
            broker.stop()
    checks.end()


main()

#!/usr/bin/env python3
"""bad_network.py RIFFLE [--long] [--only mqtt,kafka,http]: brokers and servers that are cut off, refuse, stand still, are late, slow, paused and killed, each while
messages pass through one riffle, which goes on by itself: every message arrives, no more than what was in work comes twice, the order of
each key stays, memory is bounded. --long lets them stand still for 30 seconds.

Prints one line a check and ends with `N passed, N failed`. Needs: mosquitto, mosquitto-clients; for kafka java, mvn and kcat.
"""
import argparse, os, signal, sys, tempfile, threading, time

from lib import checks, kafka, lossless
from lib.checks import wait_for
from lib.lossless import WAIT_S, Stream, all_there, check, say
from lib.mosquitto import Broker, free_ports
from lib.proxy import Proxy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BATCH = 256  # messages of one read of an input
MORE_KIB = 16 * 1024  # that may be held while a peer does not take anything, whatever comes: queued batches, and what libraries keep


class Memory:
    """The most that a process had since this was made."""

    def __init__(self, stream):
        self.stream, self.most, self.over = stream, stream.rss_kib(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(0.1):
            self.most = max(self.most, self.stream.rss_kib())

    def end(self):
        self.over.set()
        self.thread.join()
        return self.most


class Patient:
    """A stream between proxies, and what can be done to those behind them. `stop` and `go_on` are of the peer's process; `kill` brings it back."""

    def __init__(self, program, work, name, config, proxies, source, sink, ways):
        self.name, self.proxies, self.source, self.sink, self.ways = name, proxies, source, sink, ways
        self.stream = Stream(program, work, name, config)

    def latest(self):
        """The highest number among those that arrived last."""
        size = self.sink.size()
        with open(self.sink.path, "rb") as f:
            f.seek(max(0, size - 2048))
            lines = f.read().split(b"\n")[1:-1]
        return max([int(line[3:]) for line in lines if line[:1] == b"k"], default=-1)

    def passes(self, seconds=WAIT_S):
        """Whether something arrives that is given from now on."""
        given = self.source.given
        return wait_for(lambda: self.latest() >= given, seconds)

    def set(self, **values):
        for proxy in self.proxies:
            for name, value in values.items():
                setattr(proxy, name, value)

    def cut(self):
        for _ in range(3):
            for proxy in self.proxies:
                proxy.cut()
            time.sleep(0.2)

    def bear(self, what, begin, end, seconds):
        start = time.monotonic()
        begin()
        time.sleep(seconds)
        end()
        over = time.monotonic()
        check("%s %s: it goes on by itself" % (self.name, what), self.passes() and not self.stream.has_ended(), self.stream.logged()[-2000:])
        say("%s %s: %.1f s, then %.1f s" % (self.name, what, over - start, time.monotonic() - over))


def troubles(patient, long):
    """What is done, what ends it, how long it lasts."""
    still_s = 30 if long else 2
    stop, go_on, kill = patient.ways
    nothing = lambda: None
    return [("cut off", patient.cut, nothing, 0),
            ("refused", lambda: (patient.set(refuses=True), patient.cut()), lambda: patient.set(refuses=False), 0.5),
            ("standing still", lambda: patient.set(still=True), lambda: patient.set(still=False), still_s),
            ("cut off while it stands still", lambda: patient.set(still=True), lambda: (patient.cut(), patient.set(still=False)), 1),
            ("late", lambda: patient.set(delay_s=0.2), lambda: patient.set(delay_s=0.0), 1),
            ("slow", lambda: patient.set(a_second=4000), lambda: patient.set(a_second=0), 1),
            ("paused", stop, go_on, still_s),
            ("killed", kill, nothing, 0)]


def patient_bears(patient, long):
    check("%s: messages pass" % patient.name, patient.passes(), patient.stream.logged()[-2000:])
    before, memory = patient.stream.rss_kib(), Memory(patient.stream)
    for what, begin, end, seconds in troubles(patient, long):
        patient.bear(what, begin, end, seconds)
    most = memory.end()
    logged = patient.stream.logged().count("\n")
    check("%s: few words are made of it" % patient.name, logged < 200, "%d records, the last: %s" % (logged, patient.stream.logged()[-1500:]))
    check("%s: memory is bounded" % patient.name, most <= before + MORE_KIB, "%d KiB, then up to %d KiB" % (before, most))
    connections = sum(proxy.connections for proxy in patient.proxies)
    all_there(patient.name, patient.source, patient.sink, BATCH * connections)
    check("%s: it ends well" % patient.name, patient.stream.end() == 0, patient.stream.logged()[-2000:])
    say("%s: %d connections, memory %d to %d KiB" % (patient.name, connections, before, most))
    patient.sink.end()
    for proxy in patient.proxies:
        proxy.stop()


def mqtt_config(port, **fields):
    return {"mqtt": {"urls": ["tcp://127.0.0.1:%d" % port], "qos": 1, "keepalive": 4, "connect_timeout": "2s", **fields}}


def of_mqtt(program, work, long):
    """From one broker to another. The second is stopped and started again: killed, it would forget what it had taken."""
    first, second = Broker(work, "first"), Broker(work, "second")
    first.start()
    second.start()
    near, far = Proxy(first.port), Proxy(second.port)
    config = {"input": mqtt_config(near.port, topics=["ids"], client_id="in", clean_session=False), "output": mqtt_config(far.port, topic="ids/out", client_id="out")}
    sink = lossless.mqtt_sink(second, work, "ids/out")

    def send(number):
        first.send(number)
        second.send(number)

    patient = Patient(program, work, "mqtt", config, [near, far], None, sink,
                      (lambda: send(signal.SIGSTOP), lambda: send(signal.SIGCONT), lambda: (second.stop(), second.start())))
    try:
        wait_for(lambda: "input mqtt is active" in patient.stream.logged(), WAIT_S)
        patient.source = lossless.mqtt_source(first, "ids", 600)
        patient_bears(patient, long)
    finally:
        for broker in (first, second):
            try:
                broker.send(signal.SIGCONT)
            except OSError:
                pass
            broker.stop()


def of_http(program, work, long):
    """From a broker to an HTTP server."""
    broker, port = Broker(work, "broker-http"), free_ports(1)[0]
    broker.start()
    far, sink = Proxy(port), lossless.http_sink(work, port)
    config = {"input": mqtt_config(broker.port, topics=["ids"], client_id="in", clean_session=False),
              "output": {"http_client": {"url": "http://127.0.0.1:%d/" % far.port, "max_in_flight": 1, "timeout": "2s", "retry_period": "200ms"}}}

    def kill():
        sink.kill()
        time.sleep(1)
        sink.start()

    patient = Patient(program, work, "http", config, [far], None, sink,
                      (lambda: sink.process.send_signal(signal.SIGSTOP), lambda: sink.process.send_signal(signal.SIGCONT), kill))
    try:
        wait_for(lambda: "input mqtt is active" in patient.stream.logged(), WAIT_S)
        patient.source = lossless.mqtt_source(broker, "ids", 150)
        patient_bears(patient, long)
    finally:
        broker.stop()


def of_kafka(program, work, long):
    """Between two topics of a broker that tells its clients the proxy's address."""
    inner = free_ports(1)[0]
    near = Proxy(inner)
    broker = kafka.Broker(work, far=(inner, near.port))
    broker.produce("ids-out", ["hello-topic"])
    broker.produce("ids", ["hello-topic"])
    address = "127.0.0.1:%d" % near.port
    config = {"input": {"kafka": {"addresses": [address], "topics": ["ids"], "consumer_group": "ids", "commit_period": "50ms",
                                  "group": {"session_timeout": "6s", "heartbeat_interval": "500ms"}}},
              "output": {"kafka": {"addresses": [address], "topic": "ids-out", "key": "${! meta(\"kafka_key\") }", "timeout": "3s", "idempotent_write": True,
                                   "metadata": {"exclude_prefixes": ["kafka_"]}}}}
    sink = lossless.kafka_sink(broker, work, "ids-out")

    def kill():
        broker.kill()
        sink.end()  # kcat does not bear it: another one begins at the beginning
        os.truncate(sink.path, 0)
        broker.start()
        sink.start()

    patient = Patient(program, work, "kafka", config, [near], lossless.PatientKafkaSource(broker, "ids", 1500), sink,
                      (lambda: broker.signal(signal.SIGSTOP), lambda: broker.signal(signal.SIGCONT), kill))
    try:
        patient_bears(patient, long)
    finally:
        broker.stop()


PARTS = {"mqtt": of_mqtt, "http": of_http, "kafka": of_kafka}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("riffle", nargs="?", default=os.path.join(ROOT, "build", "riffle"))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    args = parser.parse_args()
    program = os.path.abspath(args.riffle)
    checks.slow = 5 if "san" in program else 1
    with tempfile.TemporaryDirectory() as work:
        lossless.side_by_side([(PARTS[name], program, work, args.long) for name in args.only.split(",")])
    checks.end()


if __name__ == "__main__":
    main()

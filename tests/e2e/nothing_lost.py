#!/usr/bin/env python3
"""nothing_lost.py RIFFLE [--kills N] [--seconds N] [--seed N] [--only PAIR,…]: riffle is killed with -9 at random instants while messages pass through
it, for pairs of source and sink side by side. Sets of messages are compared, not counts: all that was acknowledged to the source is at
the sink, no more than what was in work came twice, and each key keeps its order.

--kills is the sum over all pairs (100), --seconds how long it is to last at least (as long as the kills take).
Prints one line a check and ends with `N passed, N failed`. Needs: mosquitto, mosquitto-clients; for kafka java, mvn and kcat.
"""
import argparse, os, random, sys, tempfile, time

from lib import checks, kafka, lossless
from lib.checks import wait_for
from lib.lossless import WAIT_S, FileSource, HttpSource, Sink, Stream, all_there, check, say
from lib.mosquitto import Broker, free_ports
from lib.proxy import Proxy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BATCH = 256  # messages of one read of an input


def mqtt_input(broker, name):
    return {"mqtt": {"urls": [broker.url], "topics": [name], "client_id": name, "clean_session": False, "qos": 1, "keepalive": 5}}


def mqtt_output(port, name):
    return {"mqtt": {"urls": ["tcp://127.0.0.1:%d" % port], "topic": name + "/out", "client_id": name + "-out", "qos": 1, "keepalive": 5}}


class Pair:
    """A source, a sink and the stream between; `most` is what may come twice for each kill; `ends`: the stream does, and is begun again."""

    def __init__(self, name, source, sink, config, most, ends=False):
        self.name, self.source, self.sink, self.config, self.most, self.ends = name, source, sink, config, most, ends


def mqtt_mqtt(world):
    name = "mqtt-mqtt"
    lossless.mqtt_session(world.mosquitto, name)
    sink = lossless.mqtt_sink(world.mosquitto, world.work, name + "/out")
    return Pair(name, lambda: lossless.mqtt_source(world.mosquitto, name, 1500), sink,
                {"input": mqtt_input(world.mosquitto, name), "output": mqtt_output(world.far(world.mosquitto.port), name)}, BATCH)


def mqtt_http(world):
    name, port = "mqtt-http", free_ports(1)[0]
    lossless.mqtt_session(world.mosquitto, name)
    return Pair(name, lambda: lossless.mqtt_source(world.mosquitto, name, 300), lossless.http_sink(world.work, port),
                {"input": mqtt_input(world.mosquitto, name),
                 "output": {"http_client": {"url": "http://127.0.0.1:%d/" % port, "max_in_flight": 1, "retry_period": "100ms"}}}, BATCH)


def http_file(world):
    name, port = "http-file", free_ports(1)[0]
    path = os.path.join(world.work, name + ".out")
    return Pair(name, lambda: HttpSource(port, 500), Sink(path),
                {"input": {"http_server": {"address": "127.0.0.1:%d" % port}}, "output": {"file": {"path": path}}}, lossless.KEYS)


def file_mqtt(world):
    name = "file-mqtt"
    path, sink = os.path.join(world.work, name + ".in"), lossless.mqtt_sink(world.mosquitto, world.work, name + "/out")
    open(path, "a").close()  # the stream may be there before the source is
    return Pair(name, lambda: FileSource(path, 2000), sink,
                {"input": {"file": {"paths": [path], "position": {"path": path + ".position"}}}, "pipeline": {"threads": 1}, "output": mqtt_output(world.far(world.mosquitto.port), name)},
                BATCH, ends=True)


def kafka_kafka(world):
    name = "kafka-kafka"
    broker = world.kafka
    broker.produce(name + "-out", ["hello-topic"])  # that it is there
    broker.produce(name, ["hello-topic"])
    return Pair(name, lambda: lossless.kafka_source(broker, name, 1000), lossless.kafka_sink(broker, world.work, name + "-out"),
                {"input": {"kafka": {"addresses": [broker.address], "topics": [name + ":0-3"], "consumer_group": name, "commit_period": "20ms"}},
                 "output": {"kafka": {"addresses": [broker.address], "topic": name + "-out", "key": "${! meta(\"kafka_key\") }",
                                      "metadata": {"exclude_prefixes": ["kafka_"]}}}}, BATCH)


PAIRS = {"mqtt-mqtt": mqtt_mqtt, "mqtt-http": mqtt_http, "http-file": http_file, "file-mqtt": file_mqtt, "kafka-kafka": kafka_kafka}


class Run:
    """The stream of a pair, which is killed and goes on."""

    def __init__(self, program, world, pair):
        self.pair, self.in_flow, self.rounds = pair, 0, 0
        self.stream = Stream(program, world.work, pair.name, pair.config)

    def goes_on(self):
        """It has not ended; one that may was begun again."""
        if not self.stream.has_ended():
            return True
        if not self.pair.ends or self.stream.process.returncode != 0:
            return False
        self.rounds += 1
        self.stream.start()
        return True

    def wait_for(self, claim, seconds):
        """True: it came to be, or the stream has ended."""
        return wait_for(lambda: not self.goes_on() or claim(), seconds)

    def kill(self, before):
        self.in_flow += self.pair.sink.size() > before
        if not self.goes_on():
            check("%s: it runs until it is killed" % self.pair.name, False, self.stream.logged()[-2000:])
        self.stream.kill()
        self.stream.start()


def killed(program, world, make, kills, mean_s, rng):
    """A kill comes a random time after the last; three of four times not before something has arrived since."""
    pair = make(world)
    run = Run(program, world, pair)
    source = pair.source()
    for _ in range(kills):
        before = pair.sink.size()
        if rng.random() < 0.75:
            run.wait_for(lambda: pair.sink.size() > before, WAIT_S)
        due = time.monotonic() + rng.uniform(0, 2 * mean_s) * checks.slow
        run.wait_for(lambda: time.monotonic() >= due, 4 * mean_s)
        run.kill(before)
    check("%s: most of the %d kills came while messages passed" % (pair.name, kills), run.in_flow >= kills / 2, run.in_flow)
    if pair.ends:
        source.finish()
        run.wait_for(lambda: set(source.taken) <= set(pair.sink.lines()), WAIT_S)
    all_there(pair.name, source, pair.sink, pair.most * kills)
    if pair.ends:
        say("%s: %d rounds ended by themselves" % (pair.name, run.rounds))
    else:
        wait_for(lambda: " is active" in run.stream.logged(), WAIT_S)
    check("%s: it ends well" % pair.name, run.stream.end() == 0, run.stream.logged()[-2000:])
    pair.sink.end()


class World:
    def __init__(self, work, names):
        self.work, self.mosquitto, self.kafka, self.proxies = work, Broker(work), None, []
        self.mosquitto.start()
        if any("kafka" in name for name in names):
            self.kafka = kafka.Broker(work)

    def far(self, port):
        """A port through which an answer takes its time: something is always on its way."""
        self.proxies.append(Proxy(port, 0.01))
        return self.proxies[-1].port

    def end(self):
        for proxy in self.proxies:
            proxy.stop()
        self.mosquitto.stop()
        if self.kafka:
            self.kafka.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("riffle", nargs="?", default=os.path.join(ROOT, "build", "riffle"))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", default=",".join(PAIRS))
    args = parser.parse_args()
    program = os.path.abspath(args.riffle)
    checks.slow = 5 if "san" in program else 1
    names = args.only.split(",")
    say("seed %d: run again with --seed %d" % (args.seed, args.seed))
    each = -(-args.kills // len(names))
    mean_s = max(0.25, args.seconds / each)
    with tempfile.TemporaryDirectory() as work:
        world = World(work, names)
        try:
            lossless.side_by_side([(killed, program, world, PAIRS[name], each, mean_s, random.Random("%d %s" % (args.seed, name))) for name in names])
        finally:
            world.end()
    checks.end()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""kafka_group.py RIFFLE: nothing lost between two topics of a real broker while members of a group come, go and are killed. Sets of ids are
compared, not counts. Kills by the hundred are in nothing_lost.py, brokers that pause and die in bad_network.py.

Prints one line a check and ends with `N passed, N failed`. Needs: java, mvn (the broker's jars are fetched once), kcat.
"""
import os, sys, tempfile, threading, time

from lib import checks, kafka
from lib.checks import check
from lib.kafka import Stream

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
checks.slow = 5 if "asan" in RIFFLE else 2


def bridge(broker, work, source, target, group, session="2s", **more):
    return Stream(RIFFLE, work, {
        "input": {"kafka": {"addresses": [broker.address], "topics": [source], "consumer_group": group, "commit_period": "100ms",
                            "group": {"session_timeout": session, "heartbeat_interval": "300ms"}}},
        "pipeline": {"processors": [{"nodered_js": {"code": "return msg;"}}]},
        "output": {"kafka": dict({"addresses": [broker.address], "topic": target, "key": "${! meta(\"kafka_key\") }", "timeout": "2s",
                                  "metadata": {"exclude_prefixes": ["kafka_"]}}, **more)}})


def in_order(records):
    """Per key: the first time each is seen, ids only grow."""
    last, seen = {}, set()
    for record in records:
        number = int(record["payload"])
        if (record["key"], number) in seen:
            continue
        seen.add((record["key"], number))
        if number < last.get(record["key"], -1):
            return False
        last[record["key"]] = number
    return True


def numbered(first, count):
    return [("k%d" % (i % 20), str(i)) for i in range(first, first + count)]


def arrived(broker, topic, total, seconds=40):
    """The records, once there are so many different ones."""
    end = time.monotonic() + seconds * checks.slow
    while True:
        records = broker.consume(topic)
        if len({r["payload"] for r in records}) >= total or time.monotonic() > end:
            return records
        time.sleep(0.5)


def lost(records, total):
    return total - len({r["payload"] for r in records} & {str(i) for i in range(total)})


class Load:
    """Produces numbered records until it is stopped."""

    def __init__(self, broker, topic, pause):
        self.broker, self.topic, self.pause = broker, topic, pause
        self.total, self.over = 0, False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over:
            self.broker.produce(self.topic, numbered(self.total, 200))
            self.total += 200
            time.sleep(self.pause)

    def stop(self):
        self.over = True
        self.thread.join()
        return self.total


def members(broker, work):
    """One member, two, four; one killed under load; three stopped one by one."""
    load = Load(broker, "shared", 0.05)
    checks.wait_for(lambda: load.total, 30)
    streams = [bridge(broker, work, "shared", "shared-out", "members", idempotent_write=True)]
    owners = lambda: [len(s.logged("read here now")) for s in streams]
    time.sleep(2)
    for count in (2, 4):
        while len(streams) < count:
            streams.append(bridge(broker, work, "shared", "shared-out", "members", idempotent_write=True))
        check("%d members share the partitions" % count, checks.wait_for(lambda: all(owners()), 30), owners())
        time.sleep(1.5)
    streams[1].kill()
    time.sleep(4)
    stopped = [s.stop() for s in streams[2:]]
    check("members that stop end with status 0", stopped == [0] * len(stopped), stopped)
    time.sleep(1)
    total = load.stop()
    records = arrived(broker, "shared-out", total)
    check("nothing is lost as members come, go and are killed", lost(records, total) == 0, (lost(records, total), total))
    check("the order of each key stays across members", in_order(records))
    twice = len(records) - total
    print("      %d of %d written twice" % (twice, total))
    check("what is written twice is bounded", twice <= 4 * 1024 + 4 * 1024, twice)  # checkpoint_limit a partition, for the kill and for one hand-over
    streams[0].stop()


def main():
    with tempfile.TemporaryDirectory() as work:
        broker = kafka.Broker(work)
        try:
            members(broker, work)
        finally:
            broker.stop()
    checks.end()


if __name__ == "__main__":
    main()

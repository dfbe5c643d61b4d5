#!/usr/bin/env python3
"""kafka.py RIFFLE: the kafka and kafka_franz inputs and outputs against a real broker, with kcat as the other client.

Prints one line a check and ends with `N passed, N failed`. Needs: java, mvn (the broker's jars are fetched once), kcat.
"""
import concurrent.futures, json, os, shutil, signal, subprocess, sys, tempfile, time

from lib import checks, kafka
from lib.checks import check, wait_for
from lib.kafka import Stream

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
checks.slow = 5 if "asan" in RIFFLE else 2


def input_of(broker, topics, name, **more):
    return {"kafka": dict({"addresses": [broker.address], "topics": topics, "consumer_group": name, "commit_period": "100ms"}, **more)}


def to_stdout(broker, work, topics, group, **more):
    return Stream(RIFFLE, work, {"input": input_of(broker, topics, group, **more), "output": {"stdout": {"codec": "message"}}})


def payload(message):
    return message["payload"] if "payload" in message else message.get("raw")


def generated(mapping, count, output, batch=1):
    return {"input": {"generate": {"mapping": mapping, "interval": "", "count": count, "batch_size": batch}}, "output": output}


def run(work, config, seconds=60):
    stream = Stream(RIFFLE, work, config)
    try:
        stream.process.wait(seconds * checks.slow)
    except Exception:
        pass
    return stream, stream.stop()


# ---- reading ----

def metadata(broker, work):
    before = int(time.time() * 1000)
    broker.produce("meta", [("key-1", "one")], "-H", "a=1", "-H", "b=", "-H", "a=2", "-p", "2")
    broker.produce("meta", ["no key"], "-p", "2")
    broker.produce("meta", [("gone", "")], "-Z", "-p", "2")
    stream = to_stdout(broker, work, ["meta"], "meta")
    wait_for(lambda: len(stream.lines) >= 3, 30)
    check("a stop ends the stream with status 0", stream.stop() == 0, stream.log[-5:])
    messages = stream.messages()
    check("each record is a message", [payload(m) for m in messages] == ["one", "no key", ""], messages)
    if len(messages) != 3:
        return
    meta = messages[0]["meta"]
    check("headers become metadata, the last of a name counts, empty ones stay", meta.get("a") == "2" and meta.get("b") == "", meta)
    check("key, topic, partition, offset and lag are metadata",
          [meta.get("kafka_" + k) for k in ("key", "topic", "partition", "offset", "lag")] == ["key-1", "meta", 2, 0, 2], meta)
    check("the time is metadata", before <= meta["kafka_timestamp_ms"] <= before + 60000
          and meta["kafka_timestamp_unix"] == meta["kafka_timestamp_ms"] // 1000, meta)
    check("a null value is a tombstone", [m["meta"]["kafka_tombstone_message"] for m in messages] == [False, False, True], messages)
    check("a record without key has the empty one", messages[1]["meta"]["kafka_key"] == "", messages[1])


def multi_headers(broker, work):
    broker.produce("multi", ["one"], "-H", "a=1", "-H", "b=", "-H", "a=2")
    config = {"input": input_of(broker, ["multi"], "multi", multi_header=True),
              "pipeline": {"processors": [{"mapping": 'meta said = metadata("a").join("+")'}, {"branch": {
                  "processors": [{"nodered_js": {"code": "msg.payload = msg.meta.a.length; return msg;"}}], "result_map": "meta count = this"}}]},
              "output": {"stdout": {"codec": "message"}}}
    stream = Stream(RIFFLE, work, config)
    wait_for(lambda: stream.lines, 30)
    stream.stop()
    meta = stream.messages()[0]["meta"] if stream.lines else {}
    check("multi_header: each header is a list", meta.get("a") == ["1", "2"] and meta.get("b") == [""], (stream.lines, stream.log[-3:]))
    check("multi_header: mappings and scripts see the list", meta.get("said") == "1+2" and meta.get("count") == 2, meta)
    check("multi_header: other metadata are as ever", meta.get("kafka_topic") == "multi", meta)


def codecs(broker, work):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        broker.produce("codecs", ["%s %d" % (codec, i) for i in range(50)], "-z", codec)
    stream = Stream(RIFFLE, work, {"input": {"kafka_franz": {"seed_brokers": [broker.address], "topics": ["codecs"]}}, "output": {"stdout": {}}})
    wait_for(lambda: len(stream.lines) >= 250, 30)
    stream.stop()
    check("every codec is read, without a group", len(set(stream.lines)) == 250, len(stream.lines))
    stream = to_stdout(broker, work, ["codecs:0-3"], "")
    wait_for(lambda: len(stream.lines) >= 250, 30)
    stream.stop()
    check("named partitions are read without a group", len(stream.lines) == 250, len(stream.lines))
    stream = Stream(RIFFLE, work, {"input": {"kafka_franz": {"seed_brokers": [broker.address], "topics": ["^code.$", "cod.cs$"], "regexp_topics": True,
                                             "consumer_group": "pattern"}}, "output": {"stdout": {}}})
    wait_for(lambda: len(stream.lines) >= 250, 30)
    stream.stop()
    check("topics can be patterns", len(stream.lines) == 250, (len(stream.lines), stream.log[-3:]))
    broker.produce("codecs-no", ["no"])
    stream = Stream(RIFFLE, work, {"input": {"redpanda": {"seed_brokers": [broker.address], "topics": ["restful"], "regexp_topics_include": ["^cod", "x{1,2}"],
                                             "regexp_topics_exclude": ["noo?$", "^xyz"], "metadata_max_age": "1s"}}, "output": {"stdout": {}}})
    wait_for(lambda: len(stream.lines) >= 250, 30)
    broker.produce("coda", ["late"])
    check("patterns need no group, and find topics that come later", wait_for(lambda: "late" in stream.lines, 30), (len(stream.lines), stream.log[-3:]))
    stream.stop()
    check("what is excluded is not read", len(stream.lines) == 251 and "no" not in stream.lines, (len(stream.lines), stream.lines[-3:]))


def restarts(broker, work):
    broker.produce("again", ["a%d" % i for i in range(100)])
    stream = to_stdout(broker, work, ["again"], "again")
    wait_for(lambda: len(stream.lines) >= 100, 30)
    stream.stop()
    broker.produce("again", ["b%d" % i for i in range(10)])
    second = to_stdout(broker, work, ["again"], "again")
    wait_for(lambda: len(second.lines) >= 10, 30)
    time.sleep(0.5)
    second.stop()
    got = [payload(m) for m in second.messages()]
    check("after a stop the group goes on where it was, nothing twice", sorted(got) == ["b%d" % i for i in range(10)], got)
    late = to_stdout(broker, work, ["again"], "late", start_from_oldest=False)
    wait_for(lambda: late.logged("read here now"), 30)
    time.sleep(1)
    broker.produce("again", ["c"])
    wait_for(lambda: late.lines, 20)
    late.stop()
    check("a new group can begin with what comes", [payload(m) for m in late.messages()] == ["c"], late.lines[:3])


def begins(broker, work):
    """start_offset, and offsets beside the topics."""
    def of(**more):
        return {"input": {"redpanda": dict({"seed_brokers": [broker.address]}, **more)}, "output": {"stdout": {"codec": "message"}}}

    broker.produce("begins", ["a%d" % i for i in range(10)], "-p", "0")
    placed = Stream(RIFFLE, work, of(topics=["begins:0:7"]))
    wait_for(lambda: len(placed.lines) >= 3, 30)
    placed.stop()
    check("an offset beside the partition is where it begins", [payload(m) for m in placed.messages()] == ["a7", "a8", "a9"], placed.lines)
    waits = Stream(RIFFLE, work, of(topics=["begins"], consumer_group="begins", start_offset="committed", commit_period="100ms"))
    check("start_offset committed: a group that has committed nothing is told so", wait_for(lambda: waits.logged("AUTO_OFFSET_RESET"), 30), waits.log[-3:])
    waits.stop()
    check("and reads nothing", waits.lines == [], waits.lines[:3])
    latest = Stream(RIFFLE, work, of(topics=["begins"], consumer_group="begins", start_offset="latest", commit_period="100ms"))
    wait_for(lambda: latest.logged("read here now"), 30)
    time.sleep(1)
    broker.produce("begins", ["b"], "-p", "0")
    wait_for(lambda: latest.lines, 20)
    latest.stop()
    check("start_offset latest: a new group begins with what comes", [payload(m) for m in latest.messages()] == ["b"], latest.lines[:3])
    broker.produce("begins", ["c"], "-p", "0")
    goes_on = Stream(RIFFLE, work, of(topics=["begins"], consumer_group="begins", start_offset="committed"))
    wait_for(lambda: goes_on.lines, 30)
    goes_on.stop()
    check("start_offset committed: a group goes on where it was", [payload(m) for m in goes_on.messages()] == ["c"], goes_on.lines[:3])


def keeps_alive(stream, port):
    """Connections to `port` on which the system counts down to a question."""
    sockets = {os.readlink("/proc/%d/fd/%s" % (stream.process.pid, fd)) for fd in os.listdir("/proc/%d/fd" % stream.process.pid)}
    rows = [line.split() for line in open("/proc/net/tcp").read().splitlines()[1:]]
    timers = [row[5].split(":")[0] for row in rows if row[2].endswith(":%04X" % port) and "socket:[%s]" % row[9] in sockets]
    return bool(timers) and all(timer == "02" for timer in timers)


def spelled_out(broker, work):
    """A config with every field, as their defaults are; and a connection whose other side is gone is noticed by the system."""
    link = {"seed_brokers": [broker.address], "client_id": "benthos", "tls": {"enabled": False}, "metadata_max_age": "5m", "request_timeout_overhead": "10s",
            "conn_idle_timeout": "20s", "tcp": {"connect_timeout": "0s", "keep_alive": {"idle": "15s", "interval": "15s", "count": 9}, "tcp_user_timeout": "0s"}}
    reads = dict(link, topics=["spelled"], regexp_topics=False, rack_id="", instance_id="", rebalance_timeout="45s", session_timeout="1m", heartbeat_interval="3s",
                 start_offset="earliest", fetch_max_bytes="50MiB", fetch_max_wait="5s", fetch_min_bytes="1B", fetch_max_partition_bytes="1MiB",
                 transaction_isolation_level="read_uncommitted", consumer_group="spelled", commit_period="5s", partition_buffer_bytes="1MB",
                 topic_lag_refresh_period="5s", auto_replay_nacks=True)
    writes = dict(link, topic="spelled", key="k", metadata={"include_prefixes": [], "include_patterns": []}, max_in_flight=256, idempotent_write=True, timeout="10s",
                  max_message_bytes="1MiB", broker_write_max_bytes="100MiB", allow_auto_topic_creation=True)
    run(work, generated('root = "v" + counter().string()', 5, {"redpanda": writes}))
    stream = Stream(RIFFLE, work, {"input": {"redpanda": reads}, "output": {"stdout": {}}})
    wait_for(lambda: len(stream.lines) >= 5, 30)
    check("redpanda: what one writes the other reads", sorted(stream.lines) == ["v%d" % i for i in range(1, 6)], (stream.lines, stream.log[-3:]))
    check("the system looks after its connections", wait_for(lambda: keeps_alive(stream, broker.port), 5), "")
    stream.stop()


def named_member(broker, work):
    """Killed, and back before the group has noticed: one with a name of its own has its partitions at once."""
    broker.produce("named", ["a%d" % i for i in range(10)])
    franz = {"kafka_franz": {"seed_brokers": [broker.address], "topics": ["named"], "consumer_group": "named", "instance_id": "gateway-1", "commit_period": "100ms",
                             "session_timeout": "45s", "metadata_max_age": "1s", "conn_idle_timeout": "20s", "fetch_max_bytes": "1MiB", "fetch_min_bytes": "1B",
                             "fetch_max_wait": "50ms", "transaction_isolation_level": "read_uncommitted"}}
    first = Stream(RIFFLE, work, {"input": franz, "output": {"stdout": {}}})
    check("fields of kafka_franz: it reads", wait_for(lambda: len(first.lines) >= 10, 30), first.log[-3:])
    time.sleep(0.5)
    first.process.kill()
    broker.produce("named", ["b"])
    second = Stream(RIFFLE, work, {"input": franz, "output": {"stdout": {}}})
    check("instance_id: one that comes back has its partitions before its session is over", wait_for(lambda: "b" in second.lines, 12), second.log[-3:])
    second.stop()
    first.stop()
    for fields, why in (({"instance_id": "x"}, "no consumer_group"), ({"fetch_max_bytes": "2GiB"}, "at most 1 GiB"), ({"fetch_max_bytes": "1MiB", "fetch_min_bytes": "2MiB"}, "no more than")):
        bad, status = run(work, {"input": {"kafka_franz": {"seed_brokers": [broker.address], "topics": ["named"], **fields}}, "output": {"stdout": {}}})
        check("%s: said before it starts" % ", ".join(fields), status != 0 and bad.logged(why), bad.log[-3:])


def unacknowledged(broker, work):
    """The output takes nothing: nothing may be committed."""
    broker.produce("held", ["h%d" % i for i in range(20)])
    full = Stream(RIFFLE, work, {"input": input_of(broker, ["held"], "held"), "output": {"file": {"path": "/dev/full"}}, "shutdown_timeout": "1s"})
    check("an output that takes nothing is waited for", wait_for(lambda: full.logged("No space left"), 30), full.log[-3:])
    full.stop()
    stream = to_stdout(broker, work, ["held"], "held")
    wait_for(lambda: len(stream.lines) >= 20, 30)
    stream.stop()
    check("what was not acknowledged comes again", len(stream.lines) == 20, len(stream.lines))


REFUSES_EVEN = {"pipeline": {"processors": [{"mapping": 'root = if content().string().number() % 2 == 0 { throw("even") }'}]},
                "output": {"reject_errored": {"stdout": {}}}}


def given_up(broker, work):
    """auto_replay_nacks: false: what the output refuses is over: it holds nobody up, and does not come again."""
    odd = [str(i) for i in range(1, 600, 2)]
    for spelling, brokers in (("kafka", "addresses"), ("kafka_franz", "seed_brokers")):
        topic = "given-up-" + spelling
        broker.produce(topic, [str(i) for i in range(600)], "-p", "0")
        config = dict(REFUSES_EVEN, input={spelling: {brokers: [broker.address], "topics": [topic], "consumer_group": topic, "commit_period": "100ms",
                      "checkpoint_limit": 50, "auto_replay_nacks": False}, "batching": {"count": 7, "period": "50ms"}})
        stream = Stream(RIFFLE, work, config)
        check("%s: what is refused without replay holds nobody up" % spelling, wait_for(lambda: len(stream.lines) >= len(odd), 30), (len(stream.lines), stream.log[-3:]))
        check("%s: and is told of" % spelling, stream.logged("even"), stream.log[-3:])
        check("%s: a stop ends well" % spelling, stream.stop() == 0 and stream.lines == odd, (stream.log[-3:], stream.lines[:5]))
        broker.produce(topic, ["601"], "-p", "0")
        again = Stream(RIFFLE, work, config)
        wait_for(lambda: again.lines, 30)
        again.stop()
        check("%s: nothing of it comes again" % spelling, again.lines == ["601"] and not again.logged("even"), (again.lines[:5], again.logged("even")[:2]))


def back_pressure(broker, work):
    for _ in range(4):
        broker.produce("flood", ["%0500d" % i for i in range(50000)])
    slow = Stream(RIFFLE, work, {"input": input_of(broker, ["flood"], "flood"), "output": {"stdout": {}}}, keep=False)  # nobody reads it
    wait_for(lambda: slow.logged("read here now"), 30)
    time.sleep(2)
    first = slow.rss_kib()
    time.sleep(3)
    check("a reader that takes nothing leaves memory flat", slow.rss_kib() <= first * 1.1, (first, slow.rss_kib()))
    check("and small", "asan" in RIFFLE or slow.rss_kib() < 48 * 1024, slow.rss_kib())
    slow.kill()


# ---- writing ----

def writing(broker, work):
    stream, status = run(work, generated('root = "v" + counter().string()\nmeta k = "key" + (counter() % 3).string()\nmeta a = "x"\nmeta b_1 = "y"', 9, {"kafka": {
        "addresses": [broker.address], "topic": "out-${! meta(\"a\") }", "key": "${! meta(\"k\") }",
        "static_headers": {"from": "riffle", "who": "${! meta(\"k\") }"}, "metadata": {"exclude_prefixes": ["b_"]}, "timestamp_ms": "1700000000000"}}, 3))
    records = broker.consume("out-x")
    check("every message is a record", status == 0 and sorted(r["payload"] for r in records) == ["v%d" % i for i in range(1, 10)], (status, records, stream.log[-3:]))
    first = next((r for r in records if r["payload"] == "v1"), None)
    if not first:
        return
    headers = dict(zip(first["headers"][::2], first["headers"][1::2]))
    check("topic and key are made for each message", first["key"] == "key1", first)
    check("metadata become headers, but those left out", headers == {"k": "key1", "a": "x", "from": "riffle", "who": "key1"}, headers)
    check("the time can be set", first["ts"] == 1700000000000, first)
    kept = all(len({r["partition"] for r in records if r["key"] == k}) == 1 for k in ("key0", "key1", "key2"))
    check("a key has one partition", kept, records)


def variants(broker, work):
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        run(work, generated('root = "%s" + counter().string()' % codec, 20, {"kafka_franz": {"seed_brokers": [broker.address], "topic": "franz",
            "compression": codec, "key": "k", "metadata": {"include_patterns": ["^x"]}}}, 20))
    records = broker.consume("franz")
    check("kafka_franz writes with every codec, idempotently", len({r["payload"] for r in records}) == 80, len(records))
    run(work, generated('root = counter()', 8, {"kafka": {"addresses": [broker.address], "topic": "turns", "partitioner": "round_robin"}}, 8))
    turns = broker.consume("turns")
    check("round_robin goes through the partitions", [sum(r["partition"] == p for r in turns) for p in range(4)] == [2, 2, 2, 2], turns)
    run(work, generated('root = counter()', 4, {"kafka": {"addresses": [broker.address], "topic": "hand", "partitioner": "manual", "partition": "${! content() }"}}, 4))
    hand = broker.consume("hand")
    check("partitions can be named, and one that is not there fails alone", [(r["partition"], r["payload"]) for r in hand] == [(1, "1"), (2, "2"), (3, "3")], hand)
    broker.produce("murmur", [("k%d" % i, "theirs") for i in range(20)], "-X", "topic.partitioner=murmur2")
    run(work, generated('root = "ours"\nmeta k = "k" + (counter() - 1).string()', 20, {"kafka_franz": {"seed_brokers": [broker.address], "topic": "murmur", "key": "${! meta(\"k\") }"}}, 20))
    places = {}
    for r in broker.consume("murmur"):
        places.setdefault(r["key"], set()).add(r["partition"])
    check("keys go where Kafka's own clients put them", len(places) == 20 and all(len(p) == 1 for p in places.values()), places)


def partitions(broker, topic):
    listed = json.loads(subprocess.run(["kcat", "-b", broker.address, "-L", "-J"], stdout=subprocess.PIPE, check=True, timeout=60).stdout)
    return next((len(row["partitions"]) for row in listed["topics"] if row["topic"] == topic), 0)


def made(broker, work):
    """custom_topic_creation, and allow_auto_topic_creation: false."""
    def of(topic, **creation):
        return {"kafka": {"addresses": [broker.address], "topic": topic, "custom_topic_creation": dict({"enabled": True}, **creation)}}

    mapping = 'root = "v" + counter().string()\nmeta t = if counter() % 2 == 0 { "made-a" } else { "made-b" }'
    for turn in (1, 2):
        stream, status = run(work, generated(mapping, 10, of("${! meta(\"t\") }", partitions=7, replication_factor=1)))
        check("missing topics are made as the config says (%d)" % turn, status == 0 and [partitions(broker, t) for t in ("made-a", "made-b")] == [7, 7], stream.log[-3:])
        check("each is made once (%d)" % turn, len(stream.logged("was missing and is made")) == (2 if turn == 1 else 0), stream.log[-5:])
    records = broker.consume("made-a") + broker.consume("made-b")
    check("and have all messages", sorted(r["payload"] for r in records) == sorted(["v%d" % i for i in range(1, 11)] * 2), len(records))
    many = Stream(RIFFLE, work, generated('root = "x"', 1, of("made-c", replication_factor=3)))
    check("one that cannot be made is told of", wait_for(lambda: many.logged("cannot make the missing topic made-c"), 30), many.log[-3:])
    check("and the broker makes no other instead", partitions(broker, "made-c") == 0, "")
    broker.produce("made-c", ["theirs"])
    many.process.wait(30 * checks.slow)
    many.stop()
    check("its message is kept until the topic is there", [r["payload"] for r in broker.consume("made-c")].count("x") == 1, many.log[-3:])
    shy = Stream(RIFFLE, work, generated('root = "x"', 1, {"redpanda": {"seed_brokers": [broker.address], "topic": "made-d", "timeout": "2s", "allow_auto_topic_creation": False}}))
    check("allow_auto_topic_creation false: it is told that the topic is missing", wait_for(lambda: shy.logged("made-d") or shy.logged("Kafka broker"), 60), shy.log[-3:])
    check("and nobody makes it", partitions(broker, "made-d") == 0, "")
    broker.produce("made-d", ["theirs"])
    shy.process.wait(60 * checks.slow)
    shy.stop()
    check("the message is kept until it is there", [r["payload"] for r in broker.consume("made-d")].count("x") == 1, shy.log[-3:])


def refused(broker, work):
    mapping = 'root = if counter() == 3 { "%s" } else { "small" }'
    for name, size, fields in (("ours", 3000, {"max_msg_bytes": 2000}), ("theirs", 1500000, {"max_msg_bytes": 2000000})):
        text = "x" * size
        stream, status = run(work, generated(mapping % text, 5, {"kafka": dict({"addresses": [broker.address], "topic": "big-" + name}, **fields)}, 5))
        records = broker.consume("big-" + name)
        check("a message that is too large by %s limit fails alone" % name, [r["payload"] for r in records] == ["small"] * 4, ([len(r["payload"]) for r in records], stream.log[-3:]))
        check("and is told of (%s)" % name, len(stream.logged("message not written")) == 1, stream.log[-3:])
    stream, status = run(work, generated('root = "x"\nmeta t = if counter() == 2 { "no topic!" } else { "fine" }', 3, {"kafka": {"addresses": [broker.address], "topic": "${! meta(\"t\") }"}}, 3))
    check("a topic that cannot be fails its message alone", len(broker.consume("fine")) == 2 and len(stream.logged("message not written")) == 1, stream.log[-4:])


def tries(broker, work):
    """max_retries: a write that gets no answer is tried so often before the next output has it."""
    broker.produce("tries", ["there"])
    config = {"input": {"stdin": {}}, "output": {"fallback": [{"kafka": {"addresses": [broker.address], "topic": "tries", "timeout": "500ms", "max_retries": 2,
              "backoff": {"initial_interval": "10ms", "max_interval": "20ms"}}}, {"stdout": {}}]}}
    stream = Stream(RIFFLE, work, config, feed=True)
    records, end = broker.follow("tries")
    sent = []

    def send():
        sent.append("message %d" % len(sent))
        stream.process.stdin.write(sent[-1].encode() + b"\n")
        stream.process.stdin.flush()

    def written():
        """One is; a machine that stalls may have let others go to the next output."""
        if len(stream.lines) >= len(sent):
            send()
        return len(records) > 1
    check("a message is written", wait_for(written, 30), stream.log[-3:])
    retried = lambda: len(stream.logged("not written, tried again"))
    broker.signal(signal.SIGSTOP)
    before = len(stream.lines), retried()
    send()
    came = wait_for(lambda: stream.lines[-1:] == sent[-1:], 30)
    broker.signal(signal.SIGCONT)
    check("one without an answer goes to the next output after its retries", came and
          wait_for(lambda: retried() - before[1] == 2 * (len(stream.lines) - before[0]), 30), stream.log[-8:])
    stream.kill()
    end()


def signing_in(broker, work):
    def of(password):
        return generated('root = "signed"', 3, {"kafka": {"addresses": [broker.signed], "topic": "signed", "sasl": {"mechanism": "PLAIN", "user": "app", "password": password}}})
    stream, status = run(work, of("secret"))
    check("a password that is right is let in", status == 0 and len(broker.consume("signed")) == 3, stream.log[-3:])
    stream = Stream(RIFFLE, work, of("wrong"))
    check("one that is wrong is told of", wait_for(lambda: stream.logged("Failed to connect to kafka.*uthentication"), 30), stream.log[-3:])
    check("without showing it", not stream.logged("wrong"), stream.logged("wrong"))
    stream.kill()
    reader = Stream(RIFFLE, work, {"input": {"kafka_franz": {"seed_brokers": [broker.signed], "topics": ["signed"], "consumer_group": "signed",
                    "sasl": [{"mechanism": "PLAIN", "username": "app", "password": "secret"}]}}, "output": {"stdout": {}}})
    check("readers sign in too", wait_for(lambda: len(reader.lines) == 3, 30), reader.log[-3:])
    reader.stop()


def tls(broker, work):
    def of(**more):
        return generated('root = "sealed"', 3, {"kafka": {"addresses": [broker.tls], "topic": "sealed", "tls": dict({"enabled": True}, **more)}})
    stream, status = run(work, of(root_cas_file=broker.ca))
    check("TLS: a broker whose authority is trusted is written to", status == 0 and len(broker.consume("sealed")) == 3, stream.log[-3:])
    stream = Stream(RIFFLE, work, of())
    check("TLS: one whose authority is not known is refused", wait_for(lambda: stream.logged("Failed to connect to kafka.*(ertificate|SSL)"), 30), stream.log[-3:])
    stream.kill()
    reader = Stream(RIFFLE, work, {"input": {"kafka": {"addresses": [broker.tls], "topics": ["sealed"], "consumer_group": "sealed",
                    "tls": {"enabled": True, "root_cas_file": broker.ca}}}, "output": {"stdout": {}}})
    check("TLS: and read from", wait_for(lambda: len(reader.lines) == 3, 30), reader.log[-3:])
    reader.stop()


def begin_topics(broker, names):
    """One record in each: a reader looks for a topic that is missing only every few seconds, and a broker takes its time to make one."""
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: broker.produce(name, ["there"]), names))


def certificate(broker, name, signed):
    """(certificate, key), of the broker's authority or of nobody's."""
    cert, key = (os.path.join(broker.dir, name + end) for end in (".pem", ".key"))
    by = ["-CA", broker.ca, "-CAkey", broker.ca[:-4] + ".key"] if signed else []
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, *by,
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def mutual(broker, work):
    """A broker that wants to see certificates, of its own authority. In steps: who was refused waits some seconds before another try."""
    right, foreign = certificate(broker, "gateway", True), certificate(broker, "stranger", False)

    def block(shown):
        more = {"client_certs": [{"cert_file": shown[0], "key_file": shown[1]}]} if shown else {}
        return {"enabled": True, "root_cas_file": broker.ca, **more}

    def both(shown, name):
        """A writer and a reader of each spelling."""
        made = {}
        for spelling, brokers in (("kafka", "addresses"), ("kafka_franz", "seed_brokers")):
            link = {brokers: [broker.mutual], "tls": block(shown)}
            topic = "%s-%s" % (name, spelling)
            made[spelling, "out"] = Stream(RIFFLE, work, generated('root = "shown"', 3, {spelling: dict(link, topic=topic)}))
            made[spelling, "in"] = Stream(RIFFLE, work, {"input": {spelling: dict(link, topics=[topic], consumer_group=topic)}, "output": {"stdout": {}}})
        return made

    def arrives(streams, spelling):
        return wait_for(lambda: len(streams[spelling, "in"].lines) == 4, 30)

    begin_topics(broker, ["%s-%s" % (name, spelling) for name in ("shown", "none", "renewed") for spelling in ("kafka", "kafka_franz")])
    changing = tuple(os.path.join(work, "changing." + end) for end in ("pem", "key"))
    for source, target in zip(foreign, changing):
        shutil.copy(source, target)
    good, none, strange = both(right, "shown"), both(None, "none"), both(changing, "renewed")
    yield
    for spelling in ("kafka", "kafka_franz"):
        check("mutual TLS: %s with the right certificate is let in, both ways" % spelling, arrives(good, spelling),
              [s.log[-3:] for s in good.values()])
        for way in ("out", "in"):
            for streams, words in ((none, "was shown none: name one in tls.client_certs"), (strange, "does not take our certificate")):
                stream = streams[spelling, way]
                check("mutual TLS: %s %s is told: %s" % (spelling, way, words),
                      wait_for(lambda: stream.logged("Failed to connect to %s: .*%s" % (spelling, words)), 30), stream.log[-3:])
    check("mutual TLS: nothing came of those that were not let in", not any(s.lines for streams in (none, strange) for s in streams.values()))
    for source, target in zip(right, changing):
        shutil.copy(source, target + ".new")
        os.rename(target + ".new", target)
    yield
    for spelling in ("kafka", "kafka_franz"):
        check("mutual TLS: %s goes on by itself once its files hold the right one" % spelling, arrives(strange, spelling),
              [s.log[-3:] for s in strange.values()])
    for streams in (good, none, strange):
        for stream in streams.values():
            stream.kill()


def newer_librdkafka(work):
    """What Debian 13 has, out of Python's package of it: where the system's is older, for SCRAM. A folder for LD_LIBRARY_PATH."""
    venv = os.path.join(ROOT, ".cache", "librdkafka")
    subprocess.run([os.path.join(ROOT, "tests", "servers", "venv.sh"), venv, "confluent-kafka==2.8.0"], check=True, timeout=600)
    found = [os.path.join(at, f) for at, _, files in os.walk(venv) for f in files if f.startswith("librdkafka-")]
    folder = os.path.join(work, "newer")
    os.mkdir(folder)
    os.symlink(found[0], os.path.join(folder, "librdkafka.so.1"))
    return folder


def scram(broker, work):
    """Kafka 4 takes SCRAM as the standard has it, and with it librdkafka from 2.6.1 on; what an older one is told is told on."""
    folder = newer_librdkafka(work)

    def streams(mechanism, password, library):
        topic = "%s-%s" % (mechanism, password)
        sasl = {"mechanism": mechanism, "password": password}
        out = generated('root = "salted"', 3, {"kafka": {"addresses": [broker.signed], "topic": topic, "sasl": dict(sasl, user="app")}})
        back = {"input": {"kafka_franz": {"seed_brokers": [broker.signed], "topics": [topic], "consumer_group": topic, "sasl": [dict(sasl, username="app")]}},
                "output": {"stdout": {}}}
        return [Stream(RIFFLE, work, config, library=library) for config in (out, back)]

    begin_topics(broker, ["SCRAM-SHA-%d-%s" % (size, password) for size in (256, 512) for password in ("secret", "wrong")])
    made = {m: (streams(m, "secret", folder), streams(m, "wrong", folder)) for m in ("SCRAM-SHA-256", "SCRAM-SHA-512")}
    for mechanism, (right, wrong) in made.items():
        check("%s: the right password is let in, both ways" % mechanism, wait_for(lambda: len(right[1].lines) == 4, 30), right[1].log[-3:] + right[0].log[-3:])
        for stream, spelling in zip(wrong, ("kafka", "kafka_franz")):
            check("%s: the wrong one is told of (%s)" % (mechanism, spelling),
                  wait_for(lambda: stream.logged("Failed to connect to %s: .*look at mechanism, user and password" % spelling), 30), stream.log[-3:])
        for stream in right + wrong:
            stream.kill()
    old = Stream(RIFFLE, work, generated('root = "x"', 1, {"kafka": {"addresses": [broker.signed], "topic": "salted-old",
                 "sasl": {"mechanism": "SCRAM-SHA-256", "user": "app", "password": "secret"}}}))
    told = lambda: old.logged("Failed to connect to kafka: .*install librdkafka 2.6.1 or newer") or old.logged("output kafka is active")
    check("SCRAM: a librdkafka that cannot is told of, with what to do", wait_for(told, 30), old.log[-3:])
    old.kill()


def let_in(broker, work):
    if "asan" in RIFFLE:  # the rest is nothing of ours that these do not run
        signing_in(broker, work)
        tls(broker, work)
        return
    certificates = mutual(broker, work)
    next(certificates)
    signing_in(broker, work)
    tls(broker, work)
    next(certificates)
    scram(broker, work)
    next(certificates, None)


def main():
    only = set(sys.argv[2:])
    with tempfile.TemporaryDirectory() as work:
        broker = kafka.Broker(work)
        try:
            for test in (metadata, multi_headers, codecs, restarts, begins, spelled_out, named_member, unacknowledged, given_up, back_pressure, writing, variants, made, refused, tries, let_in):
                if not only or test.__name__ in only:
                    begin = time.monotonic()
                    test(broker, work)
                    print("      %s: %.1f s" % (test.__name__, time.monotonic() - begin), flush=True)
        finally:
            broker.stop()
    checks.end()


if __name__ == "__main__":
    main()

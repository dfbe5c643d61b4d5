#!/usr/bin/env python3
"""uns.py RIFFLE: the uns output and input: the recorded cases of tests/golden/umh against a real broker, and a plant's tags through
the unified namespace and back, as examples/ has it.

Prints one line a check and ends with `N passed, N failed`. Needs: java, mvn (the broker's jars are fetched once), kcat.
"""
import concurrent.futures, json, os, subprocess, sys, tempfile, time

from lib import checks, kafka
from lib.checks import check, wait_for
from lib.kafka import Stream
from lib.uns_demo import SHOWN, Demo

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GOLDEN = os.path.join(ROOT, "tests", "golden", "umh")
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
checks.slow = 5 if "asan" in RIFFLE else 2


def load():
    with open(os.path.join(GOLDEN, "uns.jsonl")) as f:
        cases = [json.loads(line) for line in f]
    with open(os.path.join(GOLDEN, "uns-differences.txt")) as f:
        differences = dict(line.rstrip("\n").split(": ", 1) for line in f if not line.startswith("#"))
    return cases, differences


def verdict(case, differences, wrong):
    """`wrong`: empty when ours is as recorded."""
    name = case["name"]
    if name in differences:
        check("%s (%s)" % (name, differences[name].split(":")[0]), wrong, "listed as different, and is not")
    else:
        check(name, not wrong, wrong)


# ---- output ----

def messages_of(case):
    given = case["input"]
    if isinstance(given, list):
        return [(m["text"] if "text" in m else m["rawtext"], m["meta"]) for m in given]
    first = given["first"]["meta"]["umh_topic"]
    topic = (lambda i: "umh.v1.mill._raw.t%d" % (i % 5)) if first.endswith("t0") else (lambda i: first)
    return [('{"value":%d}' % i, {"umh_topic": topic(i)}) for i in range(given["count"])]


def shape(record):
    headers = record.get("headers", [])
    return {"partition": record["partition"], "key": record["key"], "value": record["payload"], "headers": sorted(map(list, zip(headers[::2], headers[1::2])))}


def compare_records(case, records):
    expected = case["records"]
    if isinstance(expected, list):
        return "" if records == expected else "records are %s" % records
    values = [json.loads(r["value"])["value"] for r in records]
    fine = (len(records) == expected["count"] and records[0] == expected["first"] and records[-1] == expected["last"] and values == sorted(values))
    return "" if fine else "%d records, %s to %s" % (len(records), records[:1], records[-1:])


def output_case(broker, work, case, seen):
    text = json.dumps(case["config"]).replace("BROKER", broker.address).replace("REGISTRY", "http://127.0.0.1:1")
    path = os.path.join(work, "case.yaml")
    with open(path, "w") as f:
        json.dump({"http": {"enabled": False}, "input": {"stdin": {"codec": "message"}}, "output": {"uns": json.loads(text)}}, f)
    lines = "".join(json.dumps({"raw": payload, "meta": meta}) + "\n" for payload, meta in messages_of(case))
    done = subprocess.run([RIFFLE, "run", path], input=lines.encode(), stderr=subprocess.PIPE, timeout=60 * checks.slow)
    log = done.stderr.decode("utf-8", "replace")
    everything = broker.consume("umh.messages")
    records, seen[:] = [shape(r) for r in everything[len(seen):]], everything
    if case["rc"] == 1:
        said = [line.split(") ", 1)[1] for line in case["log_errors"] if ") " in line]
        return "" if done.returncode in (1, 2) and not records and all(s in log for s in said) else "status %d, %s" % (done.returncode, log[-600:])
    reasons = [line.split("': ", 1)[1] for line in case["log_errors"] if "invalid UMH topic" in line]
    if not case["ended"] and all(r in log for r in reasons) and done.returncode == 0:
        return "it ends: %s" % log[-300:]  # the recorded one was still trying
    return compare_records(case, records) or ("" if done.returncode == case["rc"] else "status %d: %s" % (done.returncode, log[-600:]))


def outputs(broker, work, cases, differences):
    seen = []
    for case in cases:
        wrong = output_case(broker, work, case, seen)
        verdict(case, differences, wrong)
        if case["name"] == "uns-out-first-message-creates-topic":
            listed = subprocess.run(["kcat", "-b", broker.address, "-L", "-t", "umh.messages"], stdout=subprocess.PIPE, check=True).stdout
            check("the topic is made with one partition, where the broker would make four", b"with 1 partitions" in listed, listed)
        if "invalid-topic" in case["name"] or "missing" in case["name"]:
            check("%s: nothing is written" % case["name"], "it ends" in str(wrong) and len(seen) == count_before(case, seen), wrong)


def count_before(case, seen):
    """A bad case writes nothing, so all that was seen is of cases before."""
    return len([r for r in seen if r["payload"] != case["input"][0]["text"] or r["key"] != case["input"][0]["meta"].get("umh_topic")])


def bad_among_good(broker, work, case):
    before = len(broker.consume("umh.messages"))
    output_case(broker, work, case, broker.consume("umh.messages"))
    values = [r["payload"] for r in broker.consume("umh.messages")[before:]]
    check("a bad message among good ones fails alone, in order", values == [m["text"] for m in (case["input"][0], case["input"][2])], values)


# ---- input ----

def produce_all(broker, topic, case):
    for record in case["records"]:
        if "many" in record:
            broker.produce(topic, [(record["key"], '{"value":%d,"timestamp_ms":%d}' % (i, 1760000000000 + i)) for i in range(record["many"])], "-p", "0")
            continue
        if record["value"] is None:
            broker.produce(topic, [(record["key"], "")], "-p", "0", "-Z")
            continue
        headers = [part for name, value in record["headers"] for part in ("-H", "%s=%s" % (name, value))]
        key = [] if record["key"] is None else ["-k", record["key"]]
        subprocess.run(["kcat", "-b", broker.address, "-P", "-t", topic, "-p", "0"] + headers + key,
                       input=record["value"].encode() + b"\n", check=True, timeout=60)


def expected_of(case):
    wanted = case["output"]
    if isinstance(wanted, list):
        return wanted
    return [wanted["first"]] + [None] * (wanted["count"] - 2) + [wanted["last"]]


def same_message(wanted, got, topic):
    if wanted is None:
        return True
    payload = json.dumps(got["payload"], separators=(",", ":")) if "payload" in got else got.get("raw")
    meta = dict(got["meta"])
    if not meta.get("kafka_timestamp_ms", "").isdigit() or meta.get("kafka_topic") != topic:
        return False
    meta.update(kafka_timestamp_ms="<record time>", kafka_topic="<kafka topic>")
    return payload == wanted["value"] and meta == wanted["meta"]


def input_case(broker, work, case, number):
    topic = "in-%d" % number
    config = dict(case["config"], broker_address=broker.address, kafka_topic=topic, consumer_group=topic)
    if "config_error" in case:
        stream = Stream(RIFFLE, work, {"input": {"uns": config}, "output": {"stdout": {"codec": "message"}}})
        return "" if stream.process.wait(30) in (1, 2) else "it starts"
    produce_all(broker, topic, case)
    wanted = expected_of(case)
    stream = Stream(RIFFLE, work, {"input": {"uns": config}, "output": {"stdout": {"codec": "message"}}})
    wait_for(lambda: len(stream.lines) >= len(wanted) and stream.logged("read here now"), 30)
    time.sleep(1 if len(wanted) == len(stream.lines) else 0)  # for what should not come
    stream.stop()
    got = stream.messages()
    fine = len(got) == len(wanted) and all(same_message(w, g, topic) for w, g in zip(wanted, got))
    told = "deprecated" not in str(case["log_errors"]) or stream.logged("deprecated")
    return "" if fine and told else "%d messages: %s" % (len(got), got[:3])


def inputs(broker, work, cases, differences):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda pair: input_case(broker, work, pair[1], pair[0]), enumerate(cases)))
    for case, wrong in zip(cases, answers):
        verdict(case, differences, wrong)


# ---- scenarios, by name ----

def reader(broker, work, topic, group, output=None):
    return Stream(RIFFLE, work, {"input": {"uns": {"broker_address": broker.address, "kafka_topic": topic, "consumer_group": group}},
                                 "output": output or {"stdout": {}}, "shutdown_timeout": "1s"})


def numbers(stream):
    return [json.loads(line) for line in list(stream.lines)]


def put(broker, topic, values):
    broker.produce(topic, [("umh.v1.a._raw.t", json.dumps(v)) for v in values], "-p", "0")


def takes(stream, wanted, seconds=30):
    wait_for(lambda: len(stream.lines) >= len(wanted), seconds)
    time.sleep(0.3)
    return numbers(stream) == wanted


def restart(broker, work):
    put(broker, "again", [1, 2, 3])
    first = reader(broker, work, "again", "g")
    fine = takes(first, [1, 2, 3])
    first.stop()
    put(broker, "again", [4, 5])
    second = reader(broker, work, "again", "g")
    check("uns-in-group-restart", fine and takes(second, [4, 5]), (first.lines, second.lines))
    second.stop()


def restart_after_kill(broker, work):
    put(broker, "cut", [1, 2, 3])
    first = reader(broker, work, "cut", "g")
    fine = takes(first, [1, 2, 3])
    time.sleep(1.5)  # committed by now
    first.kill()
    put(broker, "cut", [4])
    second = reader(broker, work, "cut", "g")
    check("uns-in-group-restart-after-kill, in a quarter of its time", fine and takes(second, [4], 15), (first.lines, second.lines))
    second.stop()


def two_groups(broker, work):
    put(broker, "both", [1, 2])
    streams = [reader(broker, work, "both", group) for group in "ab"]
    check("uns-in-two-groups", all(takes(s, [1, 2]) for s in streams), [s.lines for s in streams])
    for s in streams:
        s.stop()


def two_members(broker, work):
    put(broker, "pair", [0])
    a = reader(broker, work, "pair", "g")
    fine = takes(a, [0])
    b = reader(broker, work, "pair", "g")
    wait_for(lambda: b.logged("read here now"), 30)
    put(broker, "pair", [1, 2, 3])
    wait_for(lambda: len(a.lines) + len(b.lines) >= 4, 30)
    worker, other = (a, b) if len(a.lines) > 1 else (b, a)
    worker.stop()
    put(broker, "pair", [4, 5])
    wait_for(lambda: len(a.lines) + len(b.lines) >= 6, 30)
    other.stop()
    check("uns-in-two-members-one-partition", fine and sorted(numbers(a) + numbers(b)) == [0, 1, 2, 3, 4, 5] and numbers(other)[-2:] == [4, 5], (a.lines, b.lines))


def refusals(broker, work):
    put(broker, "all", [1, 2])
    first = reader(broker, work, "all", "g", {"reject": "refused"})
    told = wait_for(lambda: first.logged("refused"), 30)
    first.stop()
    second = reader(broker, work, "all", "g")
    check("uns-in-nack-all-then-restart", told and takes(second, [1, 2]), second.lines)
    second.stop()
    put(broker, "one", [1, "BAD", 3])
    first = reader(broker, work, "one", "g", {"switch": {"cases": [{"check": 'this == "BAD"', "output": {"reject": "refused"}}, {"output": {"stdout": {}}}]}})
    fine = takes(first, [1, 3])
    first.stop()
    second = reader(broker, work, "one", "g")
    check("uns-in-nack-inside-one-batch", fine and takes(second, [1, "BAD", 3]), (first.lines, second.lines))
    second.stop()


def broker_down(broker, work):
    stream = Stream(RIFFLE, work, {"input": {"uns": {"broker_address": "127.0.0.1:1"}}, "output": {"drop": {}}})
    check("uns-in-broker-down: a broker that is away is told of, and not called connected",
          wait_for(lambda: stream.logged("Failed to connect to"), 20) and not stream.logged("input uns is active"), stream.log[-3:])
    check("and a stop does not wait for it", stream.stop(10 * checks.slow) == 0, stream.log[-3:])


SCENARIOS = {"uns-in-group-restart": restart, "uns-in-group-restart-after-kill": restart_after_kill, "uns-in-two-groups": two_groups,
             "uns-in-two-members-one-partition": two_members, "uns-in-nack-all-then-restart": refusals, "uns-in-nack-inside-one-batch": refusals,
             "uns-in-broker-down": broker_down}


# ---- end to end ----

def end_to_end(broker, work):
    """examples/uns with Kafka, beside a reader of everything; uns_demo.py has it with MQTT."""
    everything = Stream(RIFFLE, work, {"input": {"uns": {"broker_address": broker.address, "umh_topic": r"^umh\.v1\.acme\.plant7\.", "consumer_group": "all"}},
                                       "output": {"stdout": {"codec": "message"}}})
    demo = Demo(RIFFLE, "kafka", KAFKA=broker.address)
    check("the tags that the viewer asks for arrive through the namespace, and no others", demo.sees(SHOWN), demo.told())
    topics = lambda: {m["meta"]["umh_topic"] for m in everything.messages()}
    check("all 42 tags of the demo server are in the namespace", wait_for(lambda: len(topics()) == 42, 40), len(topics()))
    check("Ctrl-C ends all of it well", demo.interrupt() == 0, demo.told())
    check("and leaves no process", demo.is_gone(), demo.left())
    everything.stop()
    first = everything.messages()[0] if everything.lines else {"meta": {}}
    check("with who brought them, and from where", first["meta"].get("bridged_by") == "line1-gateway"
          and first["meta"].get("opcua_attr_nodeid", "").startswith("ns=2"), first)
    check("as payloads of tags", set(first.get("payload", [])) == {"timestamp_ms", "value"}, first)


def main():
    cases, differences = load()
    unknown = set(differences) - {c["name"] for c in cases}
    check("the list of differences names recorded cases", not unknown, unknown)
    with tempfile.TemporaryDirectory() as work:
        broker = kafka.Broker(work)
        try:
            begin = time.monotonic()
            outputs(broker, work, [c for c in cases if c["component"] == "output.uns" and "scenario" not in c], differences)
            bad_among_good(broker, work, next(c for c in cases if c["name"] == "uns-out-topic-exists-two-good-one-bad-order"))
            print("      outputs: %.1f s" % (time.monotonic() - begin), flush=True)
            inputs(broker, work, [c for c in cases if c["component"] == "input.uns" and "scenario" not in c], differences)
            print("      inputs: %.1f s" % (time.monotonic() - begin), flush=True)
            named = {c["name"] for c in cases if "scenario" in c}
            check("every recorded scenario is done here", named == set(SCENARIOS), named ^ set(SCENARIOS))
            for scenario in dict.fromkeys(SCENARIOS.values()):
                scenario(broker, work)
                print("      %s: %.1f s" % (scenario.__name__, time.monotonic() - begin), flush=True)
            end_to_end(broker, work)
        finally:
            broker.stop()
    checks.end()


if __name__ == "__main__":
    main()

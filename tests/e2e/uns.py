#!/usr/bin/env python3
"""uns.py RIFFLE: the uns output and input: the recorded cases of tests/golden/umh against a real broker, and a plant's tags through
the unified namespace and back, as examples/ has it.

Prints one line a check and ends with `N passed, N failed`. Needs: java, mvn (the broker's jars are fetched once), kcat.
"""
import concurrent.futures, json, os, re, subprocess, sys, tempfile, time

from lib import checks, kafka
from lib.checks import check, wait_for
from lib.kafka import Stream
from lib.registry import Registry
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
    registry = Registry(case["registry"]) if "registry" in case else None
    try:
        return output_run(broker, work, case, seen, registry.url if registry else "")
    finally:
        if registry:
            registry.stop()


def output_run(broker, work, case, seen, registry):
    text = json.dumps(case["config"]).replace("BROKER", broker.address).replace("REGISTRY", registry)
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
    # Which schema is the last one is chance there.
    refusals = [line.split("uns: ", 1)[1] for line in case["log_errors"] if "schema validation failed" in line]
    if refusals and not any(r in log for r in refusals):
        return "said otherwise: %s" % log[-800:]
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
        if "invalid-topic" in case["name"] or "missing" in case["name"] or "schema" in case["name"] and not case["ended"]:
            check("%s: nothing is written" % case["name"], "it ends" in str(wrong) and len(seen) == count_before(case, seen), wrong)


def count_before(case, seen):
    """A bad case writes nothing, so all that was seen is of cases before."""
    payload, meta = messages_of(case)[0]
    return len([r for r in seen if r["payload"] != payload or r["key"] != meta.get("umh_topic")])


def bad_among_good(broker, work, case):
    before = len(broker.consume("umh.messages"))
    output_case(broker, work, case, broker.consume("umh.messages"))
    values = [r["payload"] for r in broker.consume("umh.messages")[before:]]
    check("a bad message among good ones fails alone, in order", values == [m["text"] for m in (case["input"][0], case["input"][2])], values)


# ---- the schema registry ----

def contract(value, paths):
    """As the original's makers write theirs."""
    return {"type": "object", "properties": {"virtual_path": {"type": "string", "enum": paths},
            "fields": {"type": "object", "properties": {"value": {"type": value}, "timestamp_ms": {"type": "number"}},
                       "required": ["value", "timestamp_ms"], "additionalProperties": False}},
            "required": ["virtual_path", "fields"], "additionalProperties": False}


class Sender:
    """A uns output that is fed line by line, and what it wrote; those of one broker have sites of their own."""

    def __init__(self, broker, work, url, records, site):
        self.all, self.site, self.number = records, site, 0
        self.stream = Stream(RIFFLE, work, {"input": {"stdin": {"codec": "message"}},
                             "output": {"uns": {"broker_address": broker.address, "schema_registry_url": url}}}, feed=True)

    def send(self, topic, value, payload=None):
        self.number += 1
        line = {"raw": payload or json.dumps({"value": value, "timestamp_ms": self.number}),
                "meta": {"umh_topic": "umh.v1.%s.%s" % (self.site, topic), "data_contract_bypassed": "old"}}
        self.stream.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.stream.process.stdin.flush()

    def headers(self):
        mine = [r for r in list(self.all) if r["key"].startswith("umh.v1.%s." % self.site)]
        return [dict(zip(r["headers"][::2], r["headers"][1::2])) for r in mine]

    def verdict(self, topic, value):
        """Sends; what the record says of its contract: name and version, or why it was not checked."""
        count = len(self.headers())
        self.send(topic, value)
        if not wait_for(lambda: len(self.headers()) > count, 30):
            return "nothing is written"
        last = self.headers()[-1]
        return last["data_contract_bypass_reason"] if "data_contract_bypassed" in last else (last["data_contract_name"], last["data_contract_version"])


def registry(broker, work, records):
    held = Registry({"_pump_v1-timeseries-number": contract("number", ["temp", "a.b"]), "_pump_v1-timeseries-string": contract("string", ["name"]),
                     "_pump_v10-x": contract("number", ["temp"])}, user="me:p@ss/word")
    sender = Sender(broker, work, held.url.replace("//", "//me:p%40ss%2Fword@") + "/", records, "checked")
    logged = lambda words: sender.stream.logged(words)
    check("registry: a payload that its contract has passes, and says so", sender.verdict("_pump_v1.temp", 1) == ("_pump", "1"), sender.stream.log[-3:])
    for i in range(50):
        sender.send("_pump_v01." + ("temp" if i % 2 else "a.b"), i)
    check("registry: what is known is not asked again", wait_for(lambda: len(sender.headers()) == 51, 30) and len(held.asked) == 3, held.asked)
    check("registry: an earlier output's header of the same name is gone", "data_contract_bypassed" not in sender.headers()[-1], sender.headers()[-1])
    for value, payload, words in ((1, None, "Property 'fields' does not match the schema.*: fields.value invalid type. expected: string, given: integer"), (None, '{"value":1,"value":2,"timestamp_ms":1}', "Invalid JSON format"),
                                  (None, '{"value":1,"timestamp_ms":1},"x":1', "Invalid JSON format")):
        before = len(logged("message not written"))
        sender.send("_pump_v1.name", value, payload)
        check("registry: %s is refused, with the reason" % (payload or "a number for a string"), wait_for(lambda: len(logged("message not written")) > before, 30) and
              re.search("schema validation failed for message [0-9]+ with topic 'umh.v1.checked._pump_v1.name': .*" + words, logged("message not written")[-1]), sender.stream.log[-3:])
    check("registry: the refused are not written", sender.verdict("_pump_v1.temp", 2) == ("_pump", "1") and len(sender.headers()) == 52, sender.headers()[51:])
    held.stop()
    reason = sender.verdict("_oven_v2.temp", 1)
    check("registry: while it is away unknown contracts pass, with the reason", str(reason).startswith("failed to fetch schemas: http://127.0.0.1:"), reason)
    check("registry: and known ones are still checked", sender.verdict("_pump_v1.temp", 3) == ("_pump", "1"), sender.headers()[-1])
    check("registry: it is told of, without the password", logged("failed to fetch schemas.*asked again in") and not logged("p@ss|p%40ss"), sender.stream.log[-3:])
    held.subjects["_oven_v2-x"] = contract("number", ["temp"])
    held.start()
    check("registry: once it is back it is asked by itself", wait_for(lambda: sender.verdict("_oven_v2.temp", 1) == ("_oven", "2"), 60) and
          logged("registry answers again"), sender.stream.log[-3:])
    reason = sender.verdict("_none_v1.x", 1)
    check("registry: a contract without schemas passes", reason == "no schemas found for contract '_none' version 1", reason)
    sender.stream.kill()
    held.stop()


ILL = {  # what a registry answers, the schemas that it has, and the reason that records have then
    "an error": (500, None, "failed to fetch schemas: http.*unexpected response code .500."),
    "a refusal": (401, None, "failed to fetch schemas: http.*unexpected response code .401."),
    "nonsense": ("<html>", None, "failed to fetch schemas: http.*not that of a schema registry"),
    "nothing for long": (600.0, None, "failed to fetch schemas: http.*[Tt]imed? ?out"),
    "a schema that is none": (None, "{", "schema '_pump_v1-x' cannot be used: the schema is no JSON"),
    "a schema with a pattern that is none": (None, {"properties": {"virtual_path": {"pattern": "("}}}, "schema '_pump_v1-x' cannot be used: .*pattern"),
}


def ask_ill_registries(broker, work, records):
    made = {}
    for number, (name, (ill, schema, _)) in enumerate(ILL.items()):
        held = Registry({"_pump_v1-x": schema or contract("number", ["temp"])})
        held.ill = ill
        made[name] = (held, Sender(broker, work, held.url, records, "ill%d" % number))
        made[name][1].send("_pump_v1.temp", 1)
    return made


def ill_registries(made):
    """Each passes, and says why it was not checked."""
    for name, (held, sender) in made.items():
        wait_for(sender.headers, 30)
        reason = (sender.headers() or [{}])[0].get("data_contract_bypass_reason", "")
        check("registry: with %s payloads pass, and say why" % name, re.match(ILL[name][2], reason), (reason, sender.stream.log[-3:]))
        sender.stream.kill()
        held.stop()


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


def given_up(broker, work):
    """auto_replay_nacks: false, which is no field of its own here."""
    put(broker, "over", [1, 2, 3])
    config = {"input": {"uns": {"broker_address": broker.address, "kafka_topic": "over", "consumer_group": "over", "auto_replay_nacks": False}, "batching": {"count": 1}},
              "pipeline": {"processors": [{"mapping": 'root = if content().string().number() == 2 { throw("no") }'}]}, "output": {"reject_errored": {"stdout": {}}}}
    first = Stream(RIFFLE, work, config)
    fine = takes(first, [1, 3])
    first.stop()
    put(broker, "over", [4])
    second = Stream(RIFFLE, work, config)
    check("what is refused without replay is over", fine and takes(second, [4]), (first.lines, second.lines))
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
            records, end = broker.follow("umh.messages")
            ill = ask_ill_registries(broker, work, records)  # one of them takes its time
            registry(broker, work, records)
            ill_registries(ill)
            end()
            print("      registries: %.1f s" % (time.monotonic() - begin), flush=True)
            inputs(broker, work, [c for c in cases if c["component"] == "input.uns" and "scenario" not in c], differences)
            print("      inputs: %.1f s" % (time.monotonic() - begin), flush=True)
            named = {c["name"] for c in cases if "scenario" in c}
            check("every recorded scenario is done here", named == set(SCENARIOS), named ^ set(SCENARIOS))
            for scenario in dict.fromkeys(SCENARIOS.values()):
                scenario(broker, work)
                print("      %s: %.1f s" % (scenario.__name__, time.monotonic() - begin), flush=True)
            given_up(broker, work)
            end_to_end(broker, work)
        finally:
            broker.stop()
    checks.end()


if __name__ == "__main__":
    main()

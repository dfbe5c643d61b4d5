"""./dev bench connect: MQTT in, the scripts of case b, Kafka out, beside what the brokers pass alone.

A mosquitto and a Kafka of its own, on this machine, which all share its processors. The messages are those of `./dev bench stream`: 42
nodes, 14 metadata each as user properties of MQTT 5, QoS 1 on both sides. What the brokers pass alone is measured in the same rounds, in
turn with riffle: mosquitto from our publisher to our subscriber (bench/connect/mqtt_load.c, which cost less than mosquitto's own
clients), and Kafka from kcat; and how old messages are that pass one of them alone. Takes about four minutes; --quick one.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from common import CACHE, HOST, TOP, die, machine, record

CASES = TOP / "bench" / "stream" / "cases.json"
SERVERS = TOP / "tests" / "servers"
LOAD = TOP / "build" / "bench" / "mqtt_load"
PROBE = TOP / "build" / "bench" / "kafka_probe"
RECORDED = TOP / "bench" / "connect.json"  # for tools/load_model.py
KINDS = 42 * 24      # different messages
STAMP = b"0" * 16    # the place of a message's time, which is its value
PARTITIONS = 1
RATE = 10000         # a second, where latency is looked at
QOS = 1


# ---- The messages ----

def varint(number):
    out = b""
    while True:
        number, low = number >> 7, number & 127
        out += bytes([low | (128 if number else 0)])
        if not number:
            return out


def text(value):
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def packet(meta, qos):
    """A PUBLISH, and the place of its identifier in it."""
    topic = text("plant/" + meta["opcua_tag_path"].replace(" ", "_") + "/" + meta["opcua_tag_name"])
    properties = b"".join(b"\x26" + text(key) + text(str(value)) for key, value in meta.items())
    body = topic + (b"\0\0" if qos else b"") + varint(len(properties)) + properties + STAMP
    head = bytes([0x30 | qos << 1]) + varint(len(body))
    return head + body, len(head) + len(topic) if qos else 0


def recorded():
    """Metadata of messages, as `./dev bench stream` has them."""
    said = subprocess.run([sys.executable, TOP / "bench/stream/generate.py", str(KINDS)], capture_output=True, text=True, check=True)
    return [json.loads(line)["meta"] for line in said.stdout.splitlines()]


def write_templates(folder):
    path, sizes = folder / "templates", []
    with open(path, "wb") as out:
        for meta in recorded():
            data, id_at = packet(meta, QOS)
            sizes.append(len(data))
            out.write(struct.pack("=II", len(data), id_at) + data)
    return path, statistics.mean(sizes)


# ---- The brokers ----

def free_ports(count):
    """The first of so many in a row."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        held = [socket.socket() for _ in range(count)]
        try:
            for i, one in enumerate(held):
                one.bind(("127.0.0.1", first + i))
            return first
        except (OSError, OverflowError):
            continue
        finally:
            for one in held:
                one.close()


def mosquitto_config(folder, port):
    return (f"user {subprocess.run(['id', '-un'], capture_output=True, text=True, check=True).stdout.strip()}\nlog_dest stderr\nmax_inflight_messages 0\n"
            f"max_queued_messages 0\nlistener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")


class Brokers:
    def __init__(self, folder):
        self.folder, self.mqtt_port, self.kafka_port = folder, free_ports(1), free_ports(5)
        self.kafka = f"127.0.0.1:{self.kafka_port}"
        self.topics = 0
        (folder / "mosquitto").mkdir()
        (folder / "mosquitto" / "mosquitto.conf").write_text(mosquitto_config(folder, self.mqtt_port))
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
        subprocess.run([SERVERS / "background.sh", folder / "mosquitto", str(self.mqtt_port), "mosquitto", "-c", folder / "mosquitto" / "mosquitto.conf"],
                       check=True, env={**environment, "READY": "running"})
        # The compiler of a long-lived broker, where the tests have that of a short one.
        subprocess.run([SERVERS / "start-kafka.sh", folder / "kafka", str(self.kafka_port)], check=True,
                       env={**environment, "KAFKA_SETTINGS": f"num.partitions={PARTITIONS}", "KAFKA_HEAP": "512m", "WAIT_S": "120", "KAFKA_JAVA": "-XX:TieredStopAtLevel=4 -Xms512m -Xmn256m"})

    def stop(self):
        subprocess.run([SERVERS / "stop.sh", self.folder / "mosquitto", self.folder / "kafka"], check=False)

    def topic(self):
        """A new one, which is there. (Brokers make them when they are asked for them.)"""
        self.topics += 1
        name = f"bench-{self.topics}"
        for _ in range(100):
            said = subprocess.run(["kcat", "-b", self.kafka, "-L", "-t", name], capture_output=True, text=True, check=True).stdout
            if f"with {PARTITIONS} partitions" in said and "Broker: Leader not available" not in said:
                return name
            time.sleep(0.1)
        die("Kafka makes no topic:\n" + said)


def started(command):
    """A program of ours that has said that it is ready."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if child.stdout.readline() != "ready\n":
        die(f"{command[0]} does not get ready")
    return child


def answer(child):
    said = child.stdout.read()
    if child.wait():
        die(f"{child.args[0]} failed")
    child.stdout.close()
    return json.loads(said)


def publish(brokers, templates, count, rate):
    return subprocess.Popen([LOAD, "publish", str(brokers.mqtt_port), templates, str(count), str(rate), str(QOS)], stdout=subprocess.PIPE, text=True)


# ---- The brokers alone ----

def mqtt_alone(brokers, templates, count):
    """Messages a second from publisher to subscriber."""
    subscriber = started([LOAD, "subscribe", str(brokers.mqtt_port), str(count), str(QOS)])
    publisher = publish(brokers, templates, count, 0)
    begun = answer(publisher)
    return count / (answer(subscriber)["end_us"] - begun["begin_us"]) * 1e6


def mqtt_age_alone(brokers, templates, count):
    """At the steady rate, how old messages are at our subscriber."""
    subscriber = started([LOAD, "subscribe", str(brokers.mqtt_port), str(count), str(QOS)])
    publisher = publish(brokers, templates, count, RATE)
    answer(publisher)
    return answer(subscriber)


def kafka_age_alone(brokers, count):
    """The same of Kafka, with messages such as riffle writes."""
    topic = brokers.topic()
    probe = started([PROBE, "age", brokers.kafka, topic, str(PARTITIONS), str(count)])
    subprocess.run([PROBE, "feed", brokers.kafka, topic, str(count), str(RATE)], check=True)
    return answer(probe)


def kafka_alone(brokers, lines, count):
    """Messages a second from kcat; what it wrote is as long as what riffle writes."""
    topic = brokers.topic()
    probe = started([PROBE, "end", brokers.kafka, topic, str(PARTITIONS), str(count)])
    begin = time.time()
    subprocess.run(["kcat", "-b", brokers.kafka, "-P", "-t", topic, "-K", "\t", "-l", lines], check=True)
    return count / (answer(probe)["end_us"] / 1e6 - begin)


def write_lines(folder, count):
    path = folder / "lines"
    metas = recorded()
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            meta = metas[i % len(metas)]
            key = f"umh.v1.acme.plant7.hall2.line1.cell5._historian.{meta['opcua_tag_path']}.{meta['opcua_tag_name']}"
            out.write(key + '\t{"timestamp_ms":1790000000000,"value":1790000000000000}\n')
    return path


# ---- riffle between them ----

def config(brokers, topic, port, threads):
    case = json.loads(CASES.read_text())["b-defaults-3cond"]
    path = brokers.folder / "riffle.yaml"
    path.write_text(json.dumps({
        "http": {"address": f"127.0.0.1:{port}"}, "logger": {"level": "WARN"},
        "input": {"mqtt": {"urls": [f"tcp://127.0.0.1:{brokers.mqtt_port}"], "topics": ["#"], "protocol": 5, "qos": QOS}},
        "pipeline": {**({"threads": threads} if threads else {}), "processors": [case]},
        "output": {"kafka_franz": {"seed_brokers": [brokers.kafka], "topic": topic, "key": '${! meta("umh_topic") }'}},
    }))
    return path


class Riffle:
    def __init__(self, brokers, topic, options):
        self.port = free_ports(1)
        self.process = subprocess.Popen([options.riffle, "run", config(brokers, topic, self.port, options.threads)], stdout=subprocess.DEVNULL)
        for _ in range(1000):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                    s.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                    if b" 200 " in s.recv(100):
                        break
            except OSError:
                pass
            time.sleep(0.02)
        else:
            die("riffle does not get ready")
        self.before = self.cpu_s()

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text()).group(1)) / 1024

    def end(self):
        """CPU since it was ready, and the most that was ever resident."""
        spent, peak = self.cpu_s() - self.before, self.peak_mib()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30):
            die("riffle failed")
        return spent, peak


def flat_out(brokers, templates, count, options):
    topic = brokers.topic()
    riffle = Riffle(brokers, topic, options)
    probe = started([PROBE, "end", brokers.kafka, topic, str(PARTITIONS), str(count)])
    begun = answer(publish(brokers, templates, count, 0))
    rate = count / (answer(probe)["end_us"] - begun["begin_us"]) * 1e6
    spent, peak = riffle.end()
    return {"rate": rate, "cpu_us": spent / count * 1e6, "rss_mib": peak}


def steady(brokers, templates, count, options):
    topic = brokers.topic()
    riffle = Riffle(brokers, topic, options)
    probe = started([PROBE, "age", brokers.kafka, topic, str(PARTITIONS), str(count)])
    publisher = publish(brokers, templates, count, RATE)
    answer(publisher)
    ages = answer(probe)
    spent, peak = riffle.end()
    return {**ages, "cpu_us": spent / count * 1e6, "rss_mib": peak}


# ---- What is told ----

def summary(figures, size, options):
    """What a load model needs: medians."""
    def middle(name, key):
        return round(statistics.median(f[key] for f in figures[name]), 2)
    return {
        "machine": machine(), "provisional": options.provisional, "rounds": options.rounds, "cores": os.cpu_count(), "mqtt_packet_bytes": round(size),
        "mosquitto_per_s": round(statistics.median(figures["mqtt"])), "kafka_per_s": round(statistics.median(figures["kafka"])),
        "riffle_per_s": round(middle("flat", "rate")), "cpu_us_flat_out": middle("flat", "cpu_us"), "cpu_us_steady": middle("steady", "cpu_us"),
        "steady_per_s": RATE, "age_p50_ms": round(middle("steady", "p50_us") / 1000, 2), "age_p99_ms": round(middle("steady", "p99_us") / 1000, 2),
        "rss_mib": round(max(middle("flat", "rss_mib"), middle("steady", "rss_mib")), 1),
    }



def table(figures, size, options):
    def middle(name, key=None):
        return statistics.median(f[key] if key else f for f in figures[name])
    limit = min(middle("mqtt"), middle("kafka"))
    share = statistics.median(r["rate"] / min(m, k) for r, m, k in zip(figures["flat"], figures["mqtt"], figures["kafka"]))
    def verdict(good):
        return "✓ " if good else "✗ "
    worst = max(middle("flat", "rss_mib"), middle("steady", "rss_mib"))
    p99 = middle("steady", "p99_us") / 1000
    rows = [
        ("mosquitto alone, publisher to subscriber", f"{middle('mqtt'):,.0f} /s", ""),
        ("Kafka alone, from kcat", f"{middle('kafka'):,.0f} /s", ""),
        ("MQTT, riffle, Kafka", f"{middle('flat', 'rate'):,.0f} /s", ""),
        ("… of what the slower broker passes alone", f"{share:.0%}", verdict(share >= 0.7) + "70 %"),
        ("CPU of riffle a message, flat out", f"{middle('flat', 'cpu_us'):.2f} us", verdict(middle("flat", "cpu_us") <= 5) + "5 us"),
        (f"… at {RATE:,} a second", f"{middle('steady', 'cpu_us'):.2f} us", ""),
        (f"age of a message at Kafka's consumer, at {RATE:,} a second: p50", f"{middle('steady', 'p50_us') / 1000:.2f} ms", ""),
        ("… p99", f"{p99:.2f} ms", verdict(p99 <= 5) + "5 ms"),
        ("… p99.9", f"{middle('steady', 'p999_us') / 1000:.2f} ms", ""),
        ("… of mosquitto alone, at its subscriber: p99", f"{middle('mqtt_age', 'p99_us') / 1000:.2f} ms", ""),
        ("… of Kafka alone, from a producer that gathers as long: p99", f"{middle('kafka_age', 'p99_us') / 1000:.2f} ms", ""),
        ("most memory resident, flat out", f"{middle('flat', 'rss_mib'):.1f} MiB", verdict(worst <= 20) + "20 MiB"),
        (f"… at {RATE:,} a second", f"{middle('steady', 'rss_mib'):.1f} MiB", ""),
    ]
    head = "Provisional, on a machine that did other things as well: " if options.provisional else ""
    head += f"{machine()}; {options.rounds} rounds, medians; {size:.0f} bytes a packet of MQTT, {limit:,.0f} messages a second are the limit"
    return "\n".join([head, "", "| what | figure | target |", "|---|---:|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench connect", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=200000, help="of one measurement flat out")
    parser.add_argument("--seconds", type=int, default=8, help=f"of one measurement at {RATE} a second")
    parser.add_argument("--threads", type=int, default=0, help="pipeline.threads; 0: riffle's own choice")
    parser.add_argument("--provisional", action="store_true", help="mark the figures as taken beside other work")
    parser.add_argument("--riffle", default=HOST, help="another program to measure")
    parser.add_argument("--record", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.messages, options.seconds = 1, 60000, 4
    CACHE.mkdir(parents=True, exist_ok=True)
    figures = {"mqtt": [], "kafka": [], "flat": [], "steady": [], "mqtt_age": [], "kafka_age": []}
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = pathlib.Path(name)
        templates, size = write_templates(folder)
        lines = write_lines(folder, options.messages)
        brokers = Brokers(folder)
        try:
            kafka_alone(brokers, lines, options.messages)  # until the broker's code is compiled
            for turn in range(options.rounds):
                print(f"round {turn + 1} of {options.rounds} …", file=sys.stderr, flush=True)
                figures["mqtt"].append(mqtt_alone(brokers, templates, options.messages))
                figures["flat"].append(flat_out(brokers, templates, options.messages, options))
                figures["kafka"].append(kafka_alone(brokers, lines, options.messages))
                figures["mqtt_age"].append(mqtt_age_alone(brokers, templates, RATE * options.seconds))
                figures["steady"].append(steady(brokers, templates, RATE * options.seconds, options))
                figures["kafka_age"].append(kafka_age_alone(brokers, RATE * options.seconds))
        finally:
            brokers.stop()
    said = table(figures, size, options)
    print(said)
    if options.record:
        record("connect", said)
        RECORDED.write_text(json.dumps(summary(figures, size, options), indent=1) + "\n")
        subprocess.run([sys.executable, TOP / "tools" / "load_model.py", "--record"], check=True, stdout=subprocess.DEVNULL)

#!/usr/bin/env python3
"""load_model.py [--record | --check]: what a plant of N tags at M sites needs, worked out by a simulation, as the table of docs/scaling.md.

What riffle and the brokers cost a message is read from bench/connect.json, which `./dev bench connect --record` writes. The rest of the
assumptions stand below, in one place. Chance is seeded: the same constants give the same table. --record writes it into the page,
--check fails when the page has another one. `--tags N --sites M` works out a plant of your own.
"""
import argparse
import json
import math
import pathlib
import random
import sys
import zlib

TOP = pathlib.Path(__file__).resolve().parent.parent
CONSTANTS = TOP / "bench" / "connect.json"
PAGE = TOP / "docs" / "scaling.md"
BEGIN, END = "<!-- tools/load_model.py --record: begin -->", "<!-- end -->"

# ---- Assumptions ----

# How often tags change: (share of the tags, changes a second). The mean is what most of the sizing hangs on.
CLASSES = ((0.70, 1 / 60), (0.25, 1 / 10), (0.05, 1.0))
FLOOD_SHARE = 0.10        # of one site's tags change once more, all within a second: an alarm, a start of a line
MEMBER_CORES = 2          # of a member of the group
BUSY = 0.60               # of its cores, at the most, on average: the rest is for floods, and for catching up
BROKER_BUSY = 0.50        # of what a broker passed alone
PARTITIONS_A_MEMBER = 4   # so that what a dead member leaves is spread, and members may be added
KAFKA_BYTES = 160         # of a record in the log, with its key; before compression
RETENTION_DAYS = 7
DEAD_S = 13.0             # from a kill until others read: session_timeout and the group's new distribution
STEP_S, RUN_S, KILL_S = 0.1, 120.0, 40.0
PLANTS = (("one line", 1000, 1), ("a site", 10000, 1), ("ten sites", 100000, 10), ("a hundred sites", 1000000, 100))


class Plant:
    """How much comes, from where, on which partition."""

    def __init__(self, tags, sites, partitions):
        self.tags, self.sites, self.partitions = tags, sites, partitions
        self.rate = [0.0] * partitions
        edges, at = [], 0.0
        for share, rate in CLASSES:
            at += share
            edges.append((at, rate))
        for tag in range(tags):
            place = zlib.crc32(b"umh.v1.acme.site%d._historian.tag%d" % (tag % sites, tag))
            part = (place >> 8) % 10000 / 10000
            self.rate[place % partitions] += next((rate for edge, rate in edges if part < edge), CLASSES[-1][1])

    def mean(self):
        return sum(self.rate)

    def flood(self):
        return FLOOD_SHARE * self.tags / self.sites


class Members:
    """A consumer group: each partition has one reader at a time. Backlogs in messages."""

    def __init__(self, plant, count, per_s):
        self.plant, self.count, self.per_s = plant, count, per_s
        self.backlog = [0.0] * plant.partitions
        self.reader = [p % count for p in range(plant.partitions)]
        self.chance = random.Random(7)
        self.waits = []          # (seconds, messages), while all are there
        self.most, self.over_s = 0.0, 0.0

    def arrivals(self, rate):
        """Of one step; a sum of twelve even chances is normal enough, and the same on every machine."""
        mean = rate * STEP_S
        return max(0.0, mean + math.sqrt(mean) * (sum(self.chance.random() for _ in range(12)) - 6))

    def step(self, at, dead):
        extra = self.plant.flood() * STEP_S if 20.0 <= at < 21.0 else 0.0
        for p in range(self.plant.partitions):
            self.backlog[p] += self.arrivals(self.plant.rate[p]) + extra / self.plant.partitions
        for member in range(self.count):
            mine = [p for p in range(self.plant.partitions) if self.reader[p] == member]
            waiting = sum(self.backlog[p] for p in mine)
            if not waiting or member == dead:
                continue
            if dead is None and at < KILL_S:
                self.waits.append((waiting / self.per_s, waiting))
            left = max(0.0, 1 - self.per_s * STEP_S / waiting)
            for p in mine:
                self.backlog[p] *= left
        total = sum(self.backlog)
        if at >= KILL_S:
            self.most = max(self.most, total)

    def run(self):
        """One member is killed; when the others have caught up, and how much waited at the most."""
        survivors = max(1, self.count - 1)
        steady, caught_s = 0.0, None
        steps = round(RUN_S / STEP_S)
        for i in range(steps):
            at = i * STEP_S
            dead = None if at < KILL_S or self.count == 1 and at >= KILL_S + DEAD_S else 0
            if i == round(KILL_S / STEP_S):
                steady = sum(self.backlog)
            if i == round((KILL_S + DEAD_S) / STEP_S) and self.count > 1:
                self.reader = [r if r else 1 + p // self.count % survivors for p, r in enumerate(self.reader)]
            self.step(at, dead)
            if at > KILL_S + DEAD_S and caught_s is None and sum(self.backlog) <= max(steady * 2, self.plant.mean() * STEP_S):
                caught_s = at - KILL_S
        return caught_s

    def p99_s(self):
        total = sum(weight for _, weight in self.waits)
        gone = 0.0
        for wait, weight in sorted(self.waits):
            gone += weight
            if gone >= 0.99 * total:
                return wait
        return 0.0


def members_for(rate, constants):
    """Members of a group that are busy for no more than BUSY of their cores, two at the least: one of them may die."""
    return max(2, math.ceil(rate * constants["cpu_us_flat_out"] / 1e6 / (MEMBER_CORES * BUSY)))


def work_out(name, tags, sites, constants):
    mean = sum(share * rate for share, rate in CLASSES) * tags
    members = members_for(mean, constants)
    partitions = members * PARTITIONS_A_MEMBER
    plant = Plant(tags, sites, partitions)
    group = Members(plant, members, MEMBER_CORES * 1e6 / constants["cpu_us_flat_out"])
    caught_s = group.run()
    site_rate = plant.mean() / sites
    return {
        "plant": name, "tags": tags, "sites": sites, "rate": plant.mean(),
        "gateway": site_rate * constants["cpu_us_steady"] / 1e6, "uplink": site_rate * (KAFKA_BYTES + 60) * 8 / 1e6,
        "mosquittos": math.ceil(site_rate / (constants["mosquitto_per_s"] * BROKER_BUSY)),
        "cpu": mean * constants["cpu_us_flat_out"] / 1e6, "members": members, "partitions": partitions, "uneven": max(plant.rate) / (plant.mean() / partitions),
        "kafkas": math.ceil(plant.mean() / (constants["kafka_per_s"] * BROKER_BUSY)),
        "disk": plant.mean() * KAFKA_BYTES * 86400 * RETENTION_DAYS / 1e9, "p99": group.p99_s() + constants["age_p99_ms"] / 1e3,
        "most": group.most, "caught": caught_s,
    }


def short(number):
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def table(results, constants):
    mark = "provisional figures" if constants["provisional"] else "figures"
    rows = [
        ("tags", lambda r: f"{r['tags']:,}"), ("sites", lambda r: f"{r['sites']:,}"),
        ("messages a second, on average", lambda r: short(r["rate"])),
        ("**a site**: CPU of its gateway, of one core", lambda r: f"{r['gateway'] * 100:.2g} %"),
        ("… memory of it", lambda r: f"{constants['rss_mib']:.0f} MiB"),
        ("… uplink", lambda r: f"{short(r['uplink'])} Mbit/s"),
        ("… MQTT brokers", lambda r: f"{r['mosquittos']}"),
        ("**centre**: CPU of all members, cores", lambda r: f"{r['cpu']:.2g}"),
        (f"… members of {MEMBER_CORES} cores", lambda r: f"{r['members']}"),
        ("… partitions", lambda r: f"{r['partitions']}"),
        ("… busiest partition, times the mean", lambda r: f"{r['uneven']:.2f}"),
        ("… Kafka brokers, without replicas", lambda r: f"{r['kafkas']}"),
        (f"… log of {RETENTION_DAYS} days, one copy", lambda r: f"{short(r['disk'])} GB"),
        ("p99 from publishing to the group's end", lambda r: f"{r['p99'] * 1e3:.0f} ms"),
        ("**a member is killed**: messages waiting at most", lambda r: short(r["most"])),
        ("… caught up after", lambda r: f"{r['caught']:.0f} s" if r["caught"] else "never"),
    ]
    head = [f"From {mark} of {constants['machine']}: {constants['cpu_us_flat_out']} us of CPU a message flat out, {constants['cpu_us_steady']} us at "
            f"{constants['steady_per_s']:,} a second, {constants['mosquitto_per_s']:,} messages a second through mosquitto alone, "
            f"{constants['kafka_per_s']:,} through Kafka alone.", "",
            "| | " + " | ".join(r["plant"] for r in results) + " |", "|---|" + "---:|" * len(results)]
    return "\n".join(head + [f"| {name} | " + " | ".join(show(r) for r in results) + " |" for name, show in rows])


def recorded(page):
    start = page.index(BEGIN) + len(BEGIN)
    return start, page.index(END, start)


def main():
    parser = argparse.ArgumentParser(prog="load_model.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="write the table into docs/scaling.md")
    parser.add_argument("--check", action="store_true", help="fail unless docs/scaling.md has this table")
    parser.add_argument("--constants", type=pathlib.Path, default=CONSTANTS, help="another file in place of bench/connect.json")
    parser.add_argument("--tags", type=int, help="of a plant of your own")
    parser.add_argument("--sites", type=int, default=1)
    options = parser.parse_args()
    if options.sites < 1 or (options.tags is not None and options.tags < options.sites):
        parser.error("there is at least one site, and a tag at each")
    constants = json.loads(options.constants.read_text())
    plants = (("your plant", options.tags, options.sites),) if options.tags else PLANTS
    said = table([work_out(*plant, constants) for plant in plants], constants)
    print(said)
    page = PAGE.read_text() if options.record or options.check else ""
    if options.record:
        start, end = recorded(page)
        PAGE.write_text(page[:start] + "\n" + said + "\n" + page[end:])
    if options.check:
        start, end = recorded(page)
        if page[start:end].strip() != said:
            sys.exit("docs/scaling.md has another table: run tools/load_model.py --record")


if __name__ == "__main__":
    main()

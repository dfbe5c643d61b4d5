#!/usr/bin/env python3
"""Outputs: their batches, what they refuse, and a stop while they cannot write.

usage: outputs.py RIFFLE
"""
import os, sys, tempfile, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.checks import check, end, wait_for
from lib.http_peer import Peer, Riffle, ask, free_port
import lib.checks

riffle = os.path.abspath(sys.argv[1])
lib.checks.slow = 4


def server_config(port, service, output):
    return {"http": {"address": "127.0.0.1:%d" % service}, "input": {"http_server": {"address": "127.0.0.1:%d" % port, "path": "/in", "timeout": "60s"}},
            "pipeline": {"threads": 1}, "output": output}


def received(service):
    """Messages that the input has read."""
    text = ask(service, "/metrics", method="GET")[2].decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("input_received{"))


def post_all(port, bodies):
    """A client each; their answers by body, as they come in."""
    answers = {}

    def one(body):
        answers[body] = ask(port, "/in", body.encode(), timeout=120)[0]

    threads = [threading.Thread(target=one, args=(body,), daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    return answers, threads


def batches_of_http(work):
    peer = Peer(lambda number, request: (500 if request["body"] == b"bad" else 200, {}, b""))
    port, service = free_port(), free_port()
    run = Riffle(riffle, work, server_config(port, service, {"http_client": {
        "url": "http://127.0.0.1:%d/" % peer.port, "retries": 0, "max_in_flight": 4, "batching": {"count": 3}}}))
    wait_for(lambda: run.says("input http_server is active"))
    answers, threads = post_all(port, ["one", "bad"])
    wait_for(lambda: received(service) == 2)
    check("nothing is written before the batch is full", not wait_for(lambda: peer.requests or answers, 0.1), (peer.requests, answers))
    more, late = post_all(port, ["three"])
    for thread in threads + late:
        thread.join(60)
    answers.update(more)
    check("each client is answered when the batch was written, and only the one that was refused hears of it",
          answers.get("one") == 200 and answers.get("three") == 200 and answers.get("bad", 200) >= 500, answers)
    answers, threads = post_all(port, ["rest"])
    wait_for(lambda: received(service) == 4)
    status = run.end()
    for thread in threads:
        thread.join(60)
    check("a stop writes what waits", status == 0 and any(r["body"] == b"rest" for r in peer.requests), (status, answers, run.log[-3:]))
    check("and answers it", answers.get("rest") == 200, answers)
    peer.stop()


def batches_by_time(work):
    peer = Peer()
    run = Riffle(riffle, work, {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = counter()", "interval": "20ms"}}, "output": {
        "http_client": {"url": "http://127.0.0.1:%d/" % peer.port, "batch_as_multipart": True, "batching": {"period": "150ms"}}}})
    several = wait_for(lambda: any(r["body"].count(b"octet-stream") > 2 for r in list(peer.requests)))
    check("what came within the period goes out together", several, peer.requests[:2])
    check("and the run ends well", run.end() == 0, run.log[-3:])
    peer.stop()


def what_can_never_be_written(work):
    peer = Peer()
    kept = os.path.join(work, "kept.txt")
    url = "http://127.0.0.1:%d/${! this.name.uppercase() }" % peer.port
    run = Riffle(riffle, work, {"http": {"enabled": False}, "input": {"generate": {
        "mapping": 'root = if counter() == 2 { {"name": 5} } else { {"name": "a"} }', "interval": "", "count": 3}},
        "output": {"fallback": [{"retry": {"output": {"http_client": {"url": url}}}}, {"file": {"path": kept}}]}})
    status = run.wait()
    check("a message that can never be written goes to the next output, and is not tried again", status == 0 and os.path.exists(kept) and
          open(kept).read() == '{"name":5}\n', (status, run.log[-5:]))
    check("and the others are written", [r["path"] for r in peer.requests] == ["/A", "/A"], peer.requests)
    peer.stop()
    run = Riffle(riffle, work, {"http": {"enabled": False}, "input": {"generate": {"mapping": 'root = {"name": 5}', "interval": "", "count": 3}},
                                "output": {"broker": {"outputs": [{"http_client": {"url": url}}]}}})
    check("where there is no other it is told and dropped", run.wait() == 0 and run.says("message not written"), run.log[-5:])


def dropped_by_pattern(work):
    run = Riffle(riffle, work, {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = counter()", "interval": "", "count": 2}}, "output": {
        "drop_on": {"error_patterns": ["^yes", "^no .$"], "output": {"reject": "no ${! content() }"}}}})
    check("a message that an error's pattern drops is dropped, and which it was is told",
          run.wait() == 0 and run.says("Message dropped due to error matching pattern 1: no 1"), run.log[-3:])


def read_some(fd):
    try:
        return os.read(fd, 10)
    except BlockingIOError:
        return b""


def pipe_without_reader(work):
    path = os.path.join(work, "pipe")
    os.mkfifo(path)
    config = {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = counter()", "interval": "", "count": 1}, "processors": [{"log": {"message": "it was read"}}]},
              "output": {"file": {"path": path}}}
    run = Riffle(riffle, work, config)
    wait_for(lambda: run.says("nobody reads this pipe") and run.says("it was read"))
    status = run.end()
    check("a stop does not wait for an output that cannot be written to", status == 1 and run.says("1 message was left undelivered"), (status, run.log[-3:]))
    run = Riffle(riffle, work, config)
    wait_for(lambda: run.says("nobody reads this pipe"))
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # so that the test goes on whatever the writer does
    got = wait_for(lambda: read_some(reader), 30)
    check("a pipe is written to once somebody reads it", got == b"1\n" and run.wait() == 0, (got, run.log[-3:]))
    os.close(reader)


def fan_out(peers, **more):
    """A config that gives six numbers to all of them, each a batch."""
    clients = [{"http_client": {"url": "http://127.0.0.1:%d/" % port, "retries": 0, "timeout": "60s", "max_in_flight": 1}} for port in peers]
    return {"http": {"enabled": False}, "input": {"generate": {"mapping": "root = counter()", "interval": "1ms", "count": 6}},
            "output": {"broker": {"outputs": clients}}, **more}


NUMBERS = [b"%d" % n for n in range(1, 7)]


def members_at_once(work):
    """Each answers only when the other one has been asked the same: one after another they would never."""
    came, both = [set(), set()], threading.Condition()

    def rule(me):
        def answer(number, request):
            with both:
                came[me].add(request["body"])
                both.notify_all()
                met = both.wait_for(lambda: request["body"] in came[1 - me], 90)
            return (200 if met else 500, {}, b"")
        return answer

    peers = [Peer(rule(0)), Peer(rule(1))]
    run = Riffle(riffle, work, fan_out([peer.port for peer in peers]))
    status = run.wait(300)
    check("the members of a fan-out are asked at the same time", status == 0 and all(peer.bodies() == NUMBERS for peer in peers),
          (status, [peer.bodies() for peer in peers], run.log[-3:]))
    for peer in peers:
        peer.stop()


def member_that_is_not_there(work):
    port, first = free_port(), Peer()
    run = Riffle(riffle, work, fan_out([first.port, port]))
    check("a member gets what was read while another is not there", wait_for(lambda: first.bodies() and run.says("Failed to send message to http_client")),
          (first.bodies(), run.log[-3:]))
    second = Peer(port=port)
    status = run.wait(120)
    check("when that comes back both have each message once", status == 0 and first.bodies() == NUMBERS and second.bodies() == NUMBERS,
          (status, first.bodies(), second.bodies(), run.log[-3:]))
    first.stop()
    second.stop()


def member_that_refuses(work):
    refused, first = set(), Peer()

    def rule(number, request):
        again = request["body"] in refused
        refused.add(request["body"])
        return (200 if again else 500, {}, b"")

    second = Peer(rule)
    run = Riffle(riffle, work, fan_out([first.port, second.port]))
    status = run.wait(120)
    check("what a member refuses it alone gets again", status == 0 and first.bodies() == NUMBERS and sorted(second.bodies()) == sorted(NUMBERS * 2),
          (status, first.bodies(), second.bodies(), run.log[-3:]))
    first.stop()
    second.stop()


def refused_while_somebody_waits(work):
    """Whether who sent a message hears that an output refused it, or the output is tried until it takes it."""
    for name, output, taken in (
            ("fan_out", lambda good, bad: {"broker": {"outputs": [good, bad]}}, True),
            ("fan_out_sequential", lambda good, bad: {"broker": {"pattern": "fan_out_sequential", "outputs": [good, bad]}}, True),
            ("fan_out_fail_fast", lambda good, bad: {"broker": {"pattern": "fan_out_fail_fast", "outputs": [good, bad]}}, False),
            ("switch", lambda good, bad: {"switch": {"cases": [{"output": good, "continue": True}, {"output": bad}]}}, False),
            ("switch with retry_until_success", lambda good, bad: {"switch": {"retry_until_success": True, "cases": [{"output": good, "continue": True}, {"output": bad}]}}, True)):
        first, second = Peer(), Peer(lambda number, request: (200 if number == 2 else 500, {}, b""))
        clients = [{"http_client": {"url": "http://127.0.0.1:%d/" % peer.port, "retries": 0}} for peer in (first, second)]
        port, service = free_port(), free_port()
        run = Riffle(riffle, work, server_config(port, service, output(*clients)))
        wait_for(lambda: run.says("input http_server is active"))
        status = ask(port, "/in", b"x", timeout=120)[0]
        check("%s: what one refuses %s" % (name, "is tried again for it alone" if taken else "who sent it hears of"),
              status == 200 and first.bodies() == [b"x"] and second.bodies() == [b"x"] * 3 if taken else status >= 500 and second.bodies() == [b"x"],
              (status, first.bodies(), second.bodies(), run.log[-3:]))
        run.end()
        first.stop()
        second.stop()


def stopped_in_a_fan_out(work):
    over, first = threading.Event(), Peer()
    second = Peer(lambda number, request: (over.wait(120) and 200, {}, b""))
    run = Riffle(riffle, work, fan_out([first.port, second.port], shutdown_timeout="2s"))
    check("both were asked", wait_for(lambda: first.bodies() and second.bodies()), run.log[-3:])
    status = run.end()
    check("a stop waits for the member that does not answer no longer than it may, and tells what is left",
          status == 1 and run.says("left undelivered"), (status, run.log[-3:]))
    over.set()
    first.stop()
    second.stop()


def killed_in_a_fan_out(work):
    count, first = 400, Peer()
    with open(os.path.join(work, "lines"), "w") as f:
        f.writelines("%d\n" % n for n in range(count))
    second = Peer(lambda number, request: (time.sleep(0.002), (200, {}, b""))[1])
    config = fan_out([first.port, second.port], input={"file": {"paths": ["lines"], "position": {"path": "kept"}}})
    run = Riffle(riffle, work, config)
    check("both were asked", wait_for(lambda: len(second.bodies()) > 40), run.log[-3:])
    run.kill()
    run = Riffle(riffle, work, config)
    status = run.wait(120)
    wanted = {b"%d" % n for n in range(count)}
    check("after a kill both get the rest, and nothing is missing", status == 0 and set(first.bodies()) == wanted and set(second.bodies()) == wanted,
          (status, len(first.bodies()), len(second.bodies()), run.log[-3:]))
    first.stop()
    second.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="riffle-outputs-") as work:
        batches_of_http(work)
        batches_by_time(work)
        what_can_never_be_written(work)
        dropped_by_pattern(work)
        pipe_without_reader(work)
        members_at_once(work)
        member_that_is_not_there(work)
        member_that_refuses(work)
        refused_while_somebody_waits(work)
        stopped_in_a_fan_out(work)
        killed_in_a_fan_out(work)
    end()


if __name__ == "__main__":
    main()

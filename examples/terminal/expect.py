#!/usr/bin/env python3
"""expect.py: drives a program in a session of `riffle term`, as a person would, over the daemon's socket.

Starts a Python prompt, waits for its `>>> `, types, reads what comes back, and takes the session away again. Needs nothing but
Python and a `riffle` on the PATH; `riffle term protocol` lists all that can be asked.
"""
import json
import socket
import subprocess


class Daemon:
    """One connection: requests go out as lines of JSON, and their answers come back as such."""

    def __init__(self):
        subprocess.run(["riffle", "term", "list"], check=True, capture_output=True)  # starts a daemon when there is none
        path = subprocess.run(["riffle", "term", "socket"], check=True, capture_output=True, text=True).stdout.strip()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.last = 0

    def ask(self, method, **params):
        """Sends a request and returns its number: its answer may be read later."""
        self.last += 1
        self.socket.sendall(json.dumps({"id": self.last, "method": method, "params": params}).encode() + b"\n")
        return self.last

    def answer(self, number):
        for line in self.lines:
            got = json.loads(line)
            if got.get("id") == number:
                if "error" in got:
                    raise RuntimeError(got["error"]["message"])
                return got["result"]
        raise EOFError("the daemon has gone")

    def call(self, method, **params):
        return self.answer(self.ask(method, **params))


class Session:
    """A program in a session of its own, which ends with the `with`."""

    def __init__(self, *command):
        self.daemon = Daemon()
        self.name = self.daemon.call("new", command=list(command))["session"]["name"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.call("kill", session=self.name)

    def expect(self, pattern, seconds=10):
        return self.daemon.call("wait", session=self.name, pattern=pattern, timeout_ms=seconds * 1000, **{"for": "text"})["line"]

    def type(self, text):
        self.daemon.call("send", session=self.name, text=text, keys=["enter"])

    def screen(self):
        return [line for line in self.daemon.call("capture", session=self.name)["lines"] if line]


def main():
    with Session("python3", "-q") as python:
        python.expect(r"^>>> $")
        python.type("sum(range(101))")
        print("the sum is", python.expect(r"^\d+$"))
        python.type("1/0")
        print("and", python.expect(r"^\w+Error: .*"))
        print("the screen has", len(python.screen()), "lines")


if __name__ == "__main__":
    main()

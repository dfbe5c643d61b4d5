#!/usr/bin/env python3
"""The command line as users meet it: statuses, standard output and standard error of whole runs.

usage: command_line.py RIFFLE
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

PLAIN = "http: {enabled: false}\ninput: {stdin: {}}\noutput: {stdout: {}}\n"
ENDLESS = "input:\n  generate: {mapping: 'root = \"x\"', interval: 20ms}\noutput: {drop: {}}\n"


class Tests:
    """Each method is a test; its name is the claim."""

    def __init__(self, riffle, folder):
        self.riffle, self.folder = riffle, folder
        self.write("plain.yaml", PLAIN)
        self.write("bad.yaml", PLAIN + "nope: 1\n")
        self.write("sub/deep/bad.yml", PLAIN + "nope: 1\n")
        self.write("sub/fine.yaml", PLAIN)
        self.write("sub/note.txt", "nope: 1\n")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *arguments, text="", env=None):
        done = subprocess.run([self.riffle, *arguments], cwd=self.folder, input=text.encode(), capture_output=True, timeout=60,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def start(self, *arguments):
        return subprocess.Popen([self.riffle, *arguments], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def messages_alone_go_to_standard_output(self):
        status, out, err = self.run("run", "plain.yaml", text="a\nb\n")
        assert (status, out) == (0, "a\nb\n"), (status, out)
        first = err.split("\n")[0]
        assert "Running main config from specified file" in first and "path=plain.yaml" in first, err
        assert "Pipeline has terminated. Shutting down the service" in err.strip().split("\n")[-1], err
        assert "\x1b" not in err

    def the_old_option_for_the_file_works(self):
        assert self.run("-c", "plain.yaml", text="a\n")[:2] == (0, "a\n")
        assert self.run("run", "--config=plain.yaml", text="a\n")[:2] == (0, "a\n")

    def without_a_file_the_default_runs(self):
        assert self.run("run", "-s", "http.enabled=false", text="a\n")[:2] == (0, "a\n")

    def options_of_every_form_are_taken(self):
        for arguments in (["-soutput.stdout.codec=delim:|"], ["-s", "output.stdout.codec=delim:|"], ["--set=output.stdout.codec=delim:|"],
                          ["-set", "output.stdout.codec=delim:|"]):
            assert self.run("run", *arguments, "plain.yaml", text="a\nb\n")[:2] == (0, "a|b|"), arguments

    def environment_files_go_before_the_environment(self):
        self.write("v.env", "# c\nRIFFLE_CODEC=delim:+\n")
        self.write("env.yaml", PLAIN.replace("stdout: {}", "stdout: {codec: '${RIFFLE_CODEC}'}"))
        assert self.run("run", "-e", "v.env", "env.yaml", text="a\n", env={"RIFFLE_CODEC": "wat"})[:2] == (0, "a+")
        self.write("bad.env", "export A=1\n")
        status, _, err = self.run("run", "-e", "bad.env", "env.yaml")
        assert status == 2 and err.startswith("bad.env(1,7) "), err

    def wrong_use_is_status_2_with_a_suggestion(self):
        for arguments, word in ((["lnt"], "did you mean lint?"), (["run", "--sett", "a=b"], "did you mean --set?"), (["lint"], "no files"),
                                (["run", "a", "b"], "one config at a time"), (["plain.yaml"], "riffle run plain.yaml"), (["run", "--set"], "needs a value"),
                                (["list", "tag_procesor"], "did you mean tag_processor?"), (["list", "--format", "xml"], "unknown format"),
                                (["run", "--log.level", "loud", "plain.yaml"], "unknown log level"), (["version", "x"], "unexpected"),
                                (["run", "--chilled=1", "plain.yaml"], "takes no value"), (["lint", "none-*.yaml"], "no file matches")):
            status, out, err = self.run(*arguments)
            assert status == 2 and out == "" and word in err, (arguments, status, out, err)

    def a_bad_config_is_status_2_and_runs_nothing(self):
        status, out, err = self.run("run", "bad.yaml", text="a\n")
        assert status == 2 and out == "" and err.startswith("bad.yaml(4,1) field nope not recognised\n"), err
        assert self.run("run", "nowhere.yaml")[0] == 2
        assert self.run("run", "sub")[0] == 2

    def a_chilled_run_goes_on(self):
        status, out, err = self.run("run", "--chilled", "bad.yaml", text="a\n")
        assert (status, out) == (0, "a\n") and "bad.yaml(4,1) warning: field nope not recognised" in err, err

    def lint_takes_files_patterns_and_folders(self):
        assert self.run("lint", "plain.yaml") == (0, "", "")
        status, out, err = self.run("lint", "--verbose", "plain.yaml", "bad.yaml")
        assert (status, out) == (2, "plain.yaml: OK\nbad.yaml: FAILED\n") and err.startswith("bad.yaml(4,1) "), (out, err)
        for argument in ("sub", "sub/", "sub/...", "sub/deep/*.yml"):
            status, _, err = self.run("lint", argument)
            assert status == 2 and err.startswith("sub/deep/bad.yml(4,1) field nope"), (argument, err)
        assert self.run("lint", "*.yaml")[0] == 2

    def lint_and_run_agree_on_scripts(self):
        self.write("js.yaml", PLAIN + "pipeline: {processors: [{nodered_js: {code: 'return {'}}]}\n")
        for command in ("lint", "run"):
            status, out, err = self.run(command, "js.yaml", text="a\n")
            assert status == 2 and out == "" and err.startswith("js.yaml(4,"), (command, err)

    def help_is_there_for_all(self):
        status, out, err = self.run("--help")
        assert status == 0 and err == "" and "commands:" in out
        for command in ("run", "lint", "list", "demo", "version", "help"):
            for arguments in ([command, "--help"], [command, "-h"], ["help", command]):
                status, out, err = self.run(*arguments)
                assert status == 0 and err == "" and out.startswith(f"usage: riffle {command}"), (arguments, out, err)
        assert self.run("help", "--man")[1].startswith(".TH RIFFLE 1")
        assert self.run("version")[1] == self.run("--version")[1]

    def list_shows_what_the_tables_hold(self):
        status, out, _ = self.run("list")
        assert status == 0 and "Inputs:" in out and "  - tag_processor" in out
        assert "Outputs:" not in self.run("list", "inputs")[1]
        listed = json.loads(self.run("list", "--format", "json")[1])
        assert {row["name"] for row in listed} >= {"file", "generate", "opcua", "stdin", "nodered_js", "tag_processor", "drop", "stdout"}
        for row in listed:
            page = self.run("list", row["kind"] + "s", row["name"])[1]
            assert page.startswith(f"{row['name']} ({row['kind']})\n"), page
            assert all(field["doc"] and f"  {field['name']} (" in page for field in row["fields"]), row["name"]
            assert self.run("list", "--format", "markdown", row["kind"] + "s", row["name"])[1].startswith("# ")

    def every_example_of_a_component_passes_lint(self):
        for row in json.loads(self.run("list", "--format", "json")[1]):
            assert row["example"], row["name"]
            # Files are named as seen from the top of the sources.
            self.write("example.yaml", row["example"].replace("./examples/", os.path.join(TOP, "examples", "")))
            assert self.run("lint", "example.yaml") == (0, "", ""), (row["name"], self.run("lint", "example.yaml")[2])

    def a_signal_drains_and_ends_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start("run", "-s", "http.enabled=false", "plain.yaml")
            process.stdin.write("a\n")
            process.stdin.flush()
            assert process.stdout.readline() == "a\n"
            process.send_signal(number)
            process.wait(timeout=30)  # its input stays open
            out, err = process.communicate()
            assert process.returncode == 0 and out == "", (process.returncode, err)
            assert f"Received {number.name}, the service is closing" in err, err

    def a_port_in_use_ends_the_start_and_is_named(self):
        self.write("endless.yaml", ENDLESS)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            status, _, err = self.run("run", "-s", f"http.address={address}", "endless.yaml")
            assert status == 1 and address in err, (status, err)

    def the_service_answers_while_it_runs(self):
        self.write("endless.yaml", ENDLESS)
        process = self.start("run", "-s", "http.address=127.0.0.1:0", "endless.yaml")
        line = ""
        while "Listening for HTTP requests at: http://" not in line:
            line = process.stderr.readline()
            assert line, "it ended"
        port = int(line.split("http://127.0.0.1:")[1].split('"')[0])
        deadline, answer = time.monotonic() + 20, b""
        while b"200 OK" not in answer and time.monotonic() < deadline:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                answer = b""
                while chunk := client.recv(4096):
                    answer += chunk
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert b"200 OK" in answer and b'"path":"input"' in answer, answer
        assert process.returncode == 0

    def the_log_goes_to_its_file(self):
        self.write("log.yaml", PLAIN + "logger: {format: json, level: debug, file: {path: out.log}, static_fields: {site: a}}\n")
        status, out, err = self.run("run", "log.yaml", text="a\n")
        assert (status, out, err) == (0, "a\n", ""), err
        with open(os.path.join(self.folder, "out.log"), encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        assert records[0]["site"] == "a" and records[0]["path"] == "log.yaml"


def main():
    names = [name for name in vars(Tests) if not name.startswith("_") and name not in ("write", "run", "start")]
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                getattr(Tests(os.path.abspath(sys.argv[1]), folder), name)()
            except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as error:
                failed += 1
                print(f"{name}: {type(error).__name__}: {error}")
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""deployments.py RIFFLE: the systemd unit and the Kubernetes example hold together, and docs/scaling.md has what the load model works out.

Where systemd-analyze is installed it judges the unit, too. The last line is `N passed, N failed`.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
UNIT = TOP / "examples" / "systemd" / "riffle@.service"
MANIFEST = TOP / "examples" / "kubernetes" / "riffle-group.yaml"
MODEL = TOP / "tools" / "load_model.py"
RIFFLE = str(pathlib.Path(sys.argv[1]).resolve())
results = []


def check(name, claim, detail=""):
    results.append(bool(claim))
    if not claim:
        print(f"FAIL {name}: {str(detail)[:2000]}")


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


# ---- The part of YAML that the example is written in ----

class Lines:
    """Block mappings and lists, flow lists of words, literal texts; anything else is an error, not a guess."""

    def __init__(self, text):
        self.lines, self.at = text.splitlines(), 0

    def peek(self):
        """Indent and content of the next line with something in it; None at the end."""
        while self.at < len(self.lines) and (not self.lines[self.at].strip() or self.lines[self.at].lstrip().startswith("#")):
            self.at += 1
        if self.at == len(self.lines):
            return None
        line = self.lines[self.at]
        return len(line) - len(line.lstrip()), line.strip()

    def literal(self, indent):
        kept = []
        while self.at < len(self.lines) and (not self.lines[self.at].strip() or self.lines[self.at].startswith(" " * (indent + 1))):
            kept.append(self.lines[self.at])
            self.at += 1
        depth = min(len(line) - len(line.lstrip()) for line in kept if line.strip())
        return "\n".join(line[depth:] for line in kept) + "\n"

    def scalar(self, text, indent):
        if text == "|":
            return self.literal(indent)
        if text.startswith("["):
            return [self.scalar(part.strip(), indent) for part in re.fullmatch(r"\[(.*)\]", text).group(1).split(",")]
        if text.startswith('"'):
            return json.loads(text)
        if not re.fullmatch(r"[A-Za-z0-9/][A-Za-z0-9/._:-]*", text):
            raise ValueError(f"line {self.at}: {text}")
        return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)

    def block(self, indent):
        return self.list(indent) if self.peek()[1].startswith("- ") else self.mapping(indent)

    def list(self, indent):
        items = []
        while self.peek() and self.peek()[0] == indent and self.peek()[1].startswith("- "):
            line = self.lines[self.at]
            self.lines[self.at] = line.replace("- ", "  ", 1)
            items.append(self.block(indent + 2))
        return items

    def mapping(self, indent):
        found = {}
        while self.peek() and self.peek()[0] == indent:
            key, _, rest = self.peek()[1].partition(":")
            if not re.fullmatch(r"[A-Za-z0-9/._-]+", key) or key in found:
                raise ValueError(f"line {self.at + 1}: {key}")
            self.at += 1
            if rest.strip():
                found[key] = self.scalar(rest.strip(), indent)
            else:
                deeper = self.peek()
                if not deeper or deeper[0] <= indent:
                    raise ValueError(f"line {self.at}: {key} has nothing")
                found[key] = self.block(deeper[0])
        if self.peek() and self.peek()[0] > indent:
            raise ValueError(f"line {self.at + 1}: indented by chance")
        return found


def documents(text):
    return [Lines(part).block(0) for part in re.split(r"^---$", text, flags=re.MULTILINE)]


# ---- Kubernetes ----

def lint(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "config.yaml"
        path.write_text(text)
        return subprocess.run([RIFFLE, "lint", path], capture_output=True, text=True, check=False)


def pods(deployment, config_map):
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    config = next(iter(config_map["data"].values()))
    file = f"{container['volumeMounts'][0]['mountPath']}/{next(iter(config_map['data']))}"
    said = lint(config)
    check("the config in the ConfigMap passes lint", said.returncode == 0, said.stdout + said.stderr)
    check("lint is what judges it", lint(config.replace("topics:", "tropics:")).returncode == 2)
    check("it is a member of a group", "consumer_group:" in config)
    check("the container runs the file that is mounted", container["command"] == ["riffle", "run", file], container["command"])
    check("the volume is the ConfigMap", pod["volumes"][0]["configMap"]["name"] == config_map["metadata"]["name"] and pod["volumes"][0]["name"] == container["volumeMounts"][0]["name"])
    check("the labels are those that are selected", spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"])
    check("several of them", spec["replicas"] > 1)
    port = container["ports"][0]["containerPort"]
    check("the port is the one that the config serves on, for more than this machine", f"address: 0.0.0.0:{port}\n" in config, port)
    check("and the one that is scraped", spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == str(port))
    probes = {name: container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    check("a process that answers lives; one that is connected is ready", probes == {"startupProbe": "/ping", "livenessProbe": "/ping", "readinessProbe": "/ready"}, probes)
    check("a stop has time to drain", pod["terminationGracePeriodSeconds"] > seconds(re.search(r"shutdown_timeout: (\S+)", config).group(1)))
    limit = int(re.fullmatch(r"(\d+)Mi", container["resources"]["limits"]["memory"]).group(1))
    check("memory is bounded, well above what was measured", limit > 2 * json.loads((TOP / "bench" / "connect.json").read_text())["rss_mib"])
    check("no rights", container["securityContext"]["capabilities"] == {"drop": ["ALL"]} and container["securityContext"]["readOnlyRootFilesystem"] is True)


def kubernetes():
    found = documents(MANIFEST.read_text())
    kinds = {one["kind"]: one for one in found}
    check("the parts are those of a group", [one["kind"] for one in found] == ["ConfigMap", "Deployment", "PodDisruptionBudget"], list(kinds))
    check("each says its version and its name", all(one["apiVersion"] and one["metadata"]["name"] for one in found))
    pods(kinds["Deployment"], kinds["ConfigMap"])
    check("they are not all taken away at once", kinds["PodDisruptionBudget"]["spec"]["selector"] == kinds["Deployment"]["spec"]["selector"])


# ---- systemd ----

WANTED = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes", "Restart": "on-failure", "RestartPreventExitStatus": "2", "StateDirectory": "riffle/%i",
}


def unit_of(text):
    """Section and name to the values."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault((section, name), []).append(value)
    return found


def systemd():
    text = UNIT.read_text()
    unit = unit_of(text)
    for name, value in WANTED.items():
        check(f"the unit has {name}={value}", unit.get(("Service", name)) == [value], unit.get(("Service", name)))
    check("it runs the config of its name", unit[("Service", "ExecStart")] == ["/usr/local/bin/riffle run /etc/riffle/%i.yaml"])
    check("a stop has time to drain", seconds(unit[("Service", "TimeoutStopSec")][0]) > 20)
    if not shutil.which("systemd-analyze"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / UNIT.name
        path.write_text(text.replace("/usr/local/bin/riffle", RIFFLE).replace("/usr/local/share/doc/riffle", str(TOP)))
        said = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
        ours = [line for line in said.stderr.splitlines() if "riffle" in line]
        check("systemd finds no fault in it", not ours, ours)
        said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", path], capture_output=True, text=True, check=False)
        if "unrecognized option" not in said.stderr and "Unknown" not in said.stderr:  # older than 250
            check("systemd calls it little exposed", said.returncode == 0, said.stdout[-300:] + said.stderr[-300:])


# ---- The model ----

def model(*arguments):
    return subprocess.run([sys.executable, MODEL, *arguments], capture_output=True, text=True, check=False)


def row(said, name):
    line = next(line for line in said.stdout.splitlines() if name in line)
    return [cell.strip() for cell in line.split("|")[2:-1]]


def load_model():
    said = model("--check")
    check("docs/scaling.md has the table of the load model", said.returncode == 0, said.stderr)
    check("it goes up to a million tags at a hundred sites", row(said, "| tags |")[-1] == "1,000,000" and row(said, "| sites |")[-1] == "100")
    check("each group catches up after a kill", "never" not in row(said, "caught up"), said.stdout)
    constants = json.loads((TOP / "bench" / "connect.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "constants.json"
        path.write_text(json.dumps({**constants, "cpu_us_flat_out": 200.0}))
        dearer = model("--constants", str(path))
        check("dearer messages need more members", int(row(dearer, "members of")[-1]) > int(row(said, "members of")[-1]), dearer.stdout)
        path.write_text(json.dumps({**constants, "kafka_per_s": 1000}))
        check("a slower broker means more of them", int(row(model("--constants", str(path)), "Kafka brokers")[-1]) > 100)
    own = model("--tags", "1000000", "--sites", "100")
    check("a plant of one's own is the same plant", row(own, "members of")[0] == row(said, "members of")[-1], own.stdout)
    check("nonsense is refused", model("--tags", "1", "--sites", "5").returncode == 2)


def main():
    for part in (kubernetes, systemd, load_model):
        part()
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


sys.exit(main())

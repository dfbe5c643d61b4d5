"""Components that need no peer: files, programs, processors, for lib/faults.py."""
import json, os

from lib.fault_case import Case
from lib.faults import Run


def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


class File(Case):
    def output(self, job):
        return {"file": {"path": job.path("sub/written"), "codec": "lines"}}

    def came(self, job):
        return read(job.path("sub/written"))


class FilePaths(Case):
    """Messages say their paths."""

    def output(self, job):
        return {"file": {"path": job.path('many/${! content().re_find_all("[0-9]").index(-1) }/of'), "codec": "lines"}}

    def came(self, job):
        return "".join(read(os.path.join(folder, "of")) for folder, _, names in os.walk(job.path("many")) if "of" in names)


class FilePositions(Case):
    """Each run goes on where the one before it was; the second finds that the file has grown."""
    kept = True

    def prepare_again(self, job):
        more = [i.replace("id", "more") for i in job.ids]  # none holds one of the first
        job.ids += more
        with open(job.path("in"), "a") as f:
            f.write("".join(i + "\n" for i in more))

    def input(self, job):
        return {"file": {"paths": [job.path("in")], "position": {"path": job.path("positions")}}}


class Csv(Case):
    def prepare(self, job):
        with open(job.path("in"), "w") as f:
            f.write("a,b\n" + "".join(i + ",1\n" for i in job.ids))

    def input(self, job):
        return {"csv": {"paths": [job.path("in")]}}


class Stdin(Case):
    def input(self, job):
        return {"stdin": {}}

    def stdin(self, job):
        return job.path("in")


class SubprocessIn(Case):
    endless = True

    def input(self, job):
        return {"subprocess": {"name": "sh", "args": ["-c", "cat %s; echo words >&2" % job.path("in")], "restart_on_exit": True}}


class SubprocessOut(Case):
    def output(self, job):
        return {"subprocess": {"name": "sh", "args": ["-c", "cat >> %s" % job.path("written")]}}

    def came(self, job):
        return read(job.path("written"))


class Processors(Case):
    def __init__(self, name, processors, more=None):
        super().__init__(name)
        self.chain, self.more = processors, more or {}

    def processors(self, job):
        return json.loads(json.dumps(self.chain).replace("FOLDER", job.folder))

    def config(self, job):
        return {**super().config(job), **json.loads(json.dumps(self.more).replace("FOLDER", job.folder))}


class Command(Processors):
    spared = ("write:EPIPE",)  # a program that does not want its input is no error, and cat is not one


class Dedupe(Processors):
    spared = ("write:EPIPE",)  # which ends the run when the keys are remembered and the messages are not delivered


class Scripts(Processors):
    """What a config takes from other files."""

    def prepare(self, job):
        job.lines()
        with open(job.path("resources.yaml"), "w") as f:
            json.dump({"processor_resources": [{"label": "m", "mapping": "root = content()"}]}, f)

    def start(self, job, fault):
        return Run(job.bench, job.folder, self.config(job), fault, ("-r", job.path("resources.yaml")))


class CacheOut(Case):
    def prepare(self, job):
        job.lines()
        os.mkdir(job.path("store"))

    def output(self, job):
        return {"cache": {"target": "two", "key": "k${! content() }"}}

    def config(self, job):
        return {**super().config(job), "cache_resources": [{"label": "kept", "file": {"directory": job.path("store")}}, {"label": "near", "memory": {}},
                                                           {"label": "two", "multilevel": ["near", "kept"]}]}

    def came(self, job):
        return "\n".join(read(job.path("store/" + name)) for name in os.listdir(job.path("store")))


class Batching(Case):
    """A batch of an output of its own; each message has to be at both."""

    def output(self, job):
        return {"broker": {"pattern": "fan_out", "batching": {"count": 5, "period": "100ms"},
                           "outputs": [{"file": {"path": job.path("written")}}, {"file": {"path": job.path("again")}}]}}

    def came(self, job):
        both = [read(job.path(name)) for name in ("written", "again")]
        return "\n".join(i for i in job.ids if all(i in text for text in both))


class LogFile(Case):
    def config(self, job):
        return {**super().config(job), "logger": {"level": "DEBUG", "file": {"path": job.path("logged")}}}


def cases():
    kept = {"cache_resources": [{"label": "kept", "file": {"directory": "FOLDER"}}]}
    return [File("file"), FilePaths("file_paths"), FilePositions("file_positions"), CacheOut("cache_out"), Batching("batching_broker"), Csv("csv"), Stdin("stdin"), SubprocessIn("subprocess_in"), SubprocessOut("subprocess_out"), LogFile("logger"),
            Processors("subprocess", [{"subprocess": {"name": "cat"}}]), Command("command", [{"command": {"name": "cat"}}]),
            Processors("cache_file", [{"cache": {"resource": "kept", "operator": "set", "key": "k${! content() }", "value": "${! content() }"}},
                                      {"cache": {"resource": "kept", "operator": "get", "key": "k${! content() }"}}], kept),
            Dedupe("dedupe_file", [{"dedupe": {"cache": "kept", "key": "d${! content() }", "drop_on_err": False}}], kept),
            Processors("javascript", [{"nodered_js": {"code": "return msg;"}}, {"tag_processor": {"defaults": "msg.meta.location_path='a'; msg.meta.data_contract='_raw'; msg.meta.tag_name='t'; return msg;"}}]),
            Scripts("scripts", [{"resource": "m"}])]

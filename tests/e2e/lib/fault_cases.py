"""A small config for each component, its peer, and how messages get in and out, for lib/faults.py."""
import itertools, json, os, socket, threading, time

from lib.faults import Run
from lib.http_peer import Peer, ask, free_port

IDS = 24


class Job:
    """One run of a case: its folder, the ids that are to arrive, and what came."""
    numbers = itertools.count(1)

    def __init__(self, bench, case):
        self.number = next(Job.numbers)
        self.bench, self.case = bench, case
        self.folder = os.path.join(bench.work, "run%d" % self.number)
        os.mkdir(self.folder)
        self.ids = ["id-%d-%02d;" % (self.number, i) for i in range(IDS)]
        self.came, self.closing, self.given = "", [], set()

    def path(self, name):
        return os.path.join(self.folder, name)

    def lines(self, name="in"):
        with open(self.path(name), "w") as f:
            f.write("".join(i + "\n" for i in self.ids))
        return self.path(name)

    def left(self):
        came = self.case.came(self)
        return [i for i in self.ids if i not in came]

    def end(self):
        for close in self.closing:
            close()


class Case:
    """`endless`: it runs until it is told to stop."""
    endless = False
    descriptors = 0
    spared = ()  # kinds, or KIND:HOW, that may do harm for good
    args = ()

    def __init__(self, name):
        self.name = name

    def begin(self, bench):
        job = Job(bench, self)
        self.prepare(job)
        return job

    def prepare(self, job):
        job.lines()

    def start(self, job, fault):
        return Run(job.bench, job.folder, self.config(job), fault, self.args, self.stdin(job))

    def stdin(self, job):
        return None

    def came(self, job):
        with open(job.path("out"), errors="replace") as f:
            return f.read()

    def feed(self, job, left):
        pass

    def input(self, job):
        return {"file": {"paths": [job.path("in")]}}

    def output(self, job):
        return {"stdout": {}}

    def processors(self, job):
        return []

    def config(self, job):
        return {"input": self.input(job), "output": self.output(job), "pipeline": {"threads": 1, "processors": self.processors(job)}}


class File(Case):
    def output(self, job):
        return {"file": {"path": job.path("sub/written"), "codec": "lines"}}

    def came(self, job):
        try:
            with open(job.path("sub/written"), errors="replace") as f:
                return f.read()
        except OSError:
            return ""


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


class Listener:
    """Takes connections; what they say is kept, and each is told what is still missing."""

    def __init__(self, job, path=None):
        self.job, self.path = job, path
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.bind(path or ("127.0.0.1", 0))
        self.socket.listen(16)
        self.address = path or "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.got, self.connections = "", []
        job.closing.append(self.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.hear, args=(connection,), daemon=True).start()

    def hear(self, connection):
        try:
            while True:
                more = connection.recv(4096)
                if not more:
                    break
                self.got += more.decode()
        except OSError:
            pass
        if connection in self.connections:
            self.connections.remove(connection)
        connection.close()

    def tell(self, left):
        for connection in list(self.connections):
            try:
                connection.sendall("".join(i + "\n" for i in left).encode())
            except OSError:
                pass

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class SocketOut(Case):
    unix = False

    def prepare(self, job):
        job.lines()
        job.listener = Listener(job, job.path("s") if self.unix else None)

    def output(self, job):
        return {"socket": {"network": "unix" if self.unix else "tcp", "address": job.listener.address}}

    def came(self, job):
        return job.listener.got


def now_and_then(job, seconds):
    """True at first, and then at this distance: to repeat what may have got lost."""
    now = time.monotonic()
    if now < getattr(job, "next", 0):
        return False
    job.next = now + seconds
    return True


class SocketIn(Case):
    endless = True

    def prepare(self, job):
        job.listener = Listener(job)

    def input(self, job):
        return {"socket": {"network": "tcp", "address": job.listener.address}}

    def feed(self, job, left):
        if job.listener.connections and now_and_then(job, 0.5):
            job.listener.tell(left)


class SocketServer(Case):
    endless = True

    def __init__(self, name, network):
        super().__init__(name)
        self.network = network

    def prepare(self, job):
        job.address = job.path("s") if self.network.startswith("unix") else ("127.0.0.1", free_port())

    def input(self, job):
        return {"socket_server": {"network": self.network, "address": job.address if isinstance(job.address, str) else "%s:%d" % job.address}}

    def feed(self, job, left):
        if not now_and_then(job, 0.2):
            return
        family = socket.AF_UNIX if isinstance(job.address, str) else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM if self.network in ("tcp", "unix") else socket.SOCK_DGRAM) as s:
                s.connect(job.address)
                s.sendall("".join(i + "\n" for i in left).encode())
        except OSError:
            job.next = 0


class SubprocessIn(Case):
    endless = True

    def input(self, job):
        return {"subprocess": {"name": "sh", "args": ["-c", "cat %s; echo words >&2" % job.path("in")], "restart_on_exit": True}}


class SubprocessOut(Case):
    def output(self, job):
        return {"subprocess": {"name": "sh", "args": ["-c", "cat >> %s" % job.path("written")]}}

    def came(self, job):
        return open(job.path("written")).read() if os.path.exists(job.path("written")) else ""


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


class Scripts(Processors):
    """What a config takes from other files."""

    def prepare(self, job):
        job.lines()
        with open(job.path("resources.yaml"), "w") as f:
            json.dump({"processor_resources": [{"label": "m", "mapping": "root = content()"}]}, f)

    def start(self, job, fault):
        return Run(job.bench, job.folder, self.config(job), fault, ("-r", job.path("resources.yaml")))


class HttpServerIn(Case):
    endless = True

    def prepare(self, job):
        job.port = free_port()

    def input(self, job):
        return {"http_server": {"address": "127.0.0.1:%d" % job.port, "path": "/post"}}

    def feed(self, job, left):
        """What was answered with 200 is not sent again: it has to be there."""
        for i in left:
            if i not in job.given and ask(job.port, "/post", i.encode(), timeout=6)[0] == 200:
                job.given.add(i)


class HttpServerOut(Case):
    def prepare(self, job):
        job.lines()
        job.port, job.got = free_port(), ""

    def output(self, job):
        return {"http_server": {"address": "127.0.0.1:%d" % job.port, "path": "/get", "timeout": "1s"}}

    def came(self, job):
        return job.got

    def feed(self, job, left):
        status, _, body = ask(job.port, "/get", method="GET", timeout=6)
        if status == 200:
            job.got += body.decode()


class HttpClientIn(Case):
    endless = True

    def prepare(self, job):
        job.turn = 0

        def give(number, request):
            left = job.left()
            return 200, {}, left[number % len(left)].encode() if left else b""
        job.peer = Peer(give)
        job.closing.append(job.peer.stop)

    def input(self, job):
        return {"http_client": {"url": "http://127.0.0.1:%d/next" % job.peer.port, "retry_period": "50ms", "timeout": "5s"}}


class HttpClientOut(Case):
    def prepare(self, job):
        job.lines()
        job.peer = Peer()
        job.closing.append(job.peer.stop)

    def output(self, job):
        return {"http_client": {"url": "http://127.0.0.1:%d/post" % job.peer.port, "retry_period": "50ms", "timeout": "5s", "max_in_flight": 4}}

    def came(self, job):
        return b"\n".join(job.peer.bodies()).decode()


class HttpsClientOut(HttpClientOut):
    spared = ("wall",)  # certificates made a moment ago are not yet valid then

    def prepare(self, job):
        job.lines()
        job.peer = Peer(tls=job.bench.peers.tls())
        job.closing.append(job.peer.stop)

    def output(self, job):
        return {"http_client": {"url": "https://127.0.0.1:%d/post" % job.peer.port, "retry_period": "50ms", "timeout": "5s", "max_in_flight": 4,
                                "tls": {"enabled": True, "root_cas_file": job.bench.peers.ca}}}


class HttpProcessor(Case):
    def prepare(self, job):
        job.lines()
        job.peer = Peer(lambda number, request: (200, {}, request["body"]))
        job.closing.append(job.peer.stop)

    def processors(self, job):
        return [{"http": {"url": "http://127.0.0.1:%d/" % job.peer.port, "verb": "POST", "retry_period": "50ms", "timeout": "5s"}}]


class Service(Stdin):
    """The service of metrics and probes, asked until it answers, beside a stream."""
    endless = True

    def prepare(self, job):
        job.port, job.pages = free_port(), ""

    def config(self, job):
        return {**super().config(job), "http": {"enabled": True, "address": "127.0.0.1:%d" % job.port}}

    def input(self, job):
        return {"generate": {"mapping": "root = %s" % json.dumps(" ".join(job.ids)), "interval": "1s"}}

    def stdin(self, job):
        return None

    def came(self, job):
        return super().came(job) if len(job.given) == 3 else ""

    def feed(self, job, left):
        for page in ("/ready", "/metrics", "/stats"):
            if page not in job.given and ask(job.port, page, method="GET", timeout=6)[0] in (200, 404):
                job.given.add(page)


class LogFile(Case):
    def config(self, job):
        return {**super().config(job), "logger": {"level": "DEBUG", "file": {"path": job.path("logged")}}}


class MqttIn(Case):
    """The session is there before the run, with all messages waiting in it."""
    endless = True

    def prepare(self, job):
        job.lines()
        job.topic = "in%d" % job.number
        job.bench.peers.session("r%d" % job.number, job.topic)
        job.bench.peers.publish(job.topic, job.path("in"))

    def input(self, job):
        return {"mqtt": {"urls": [job.bench.peers.mqtt], "topics": [job.topic], "client_id": "r%d" % job.number, "clean_session": False, "qos": 1, "keepalive": 5,
                         "connect_timeout": "5s"}}


class MqttOut(Case):
    tls = False

    def prepare(self, job):
        job.lines()
        job.topic = "out%d" % job.number
        job.reader = job.bench.peers.subscribe(job)

    def output(self, job):
        more = {"tls": {"enabled": True, "root_cas_file": job.bench.peers.ca}} if self.tls else {}
        return {"mqtt": {"urls": [job.bench.peers.mqtts if self.tls else job.bench.peers.mqtt], "topic": job.topic, "client_id": "w%d" % job.number, "qos": 1,
                         "keepalive": 5, "connect_timeout": "5s", **({"user": "operator", "password": "secret"} if self.tls else {}), **more}}

    def came(self, job):
        with open(job.path("heard")) as f:
            return f.read()


class KafkaIn(Case):
    endless = True
    spared = ("thread",)  # where librdkafka 2.0 gets none at its start, it ends the program or never returns; faults.py tries those that it survives

    def prepare(self, job):
        job.lines()
        job.topic = "in%d" % job.number
        job.bench.peers.produce(job.topic, job.path("in"))

    def input(self, job):
        return {"kafka": {"addresses": [job.bench.peers.kafka], "topics": [job.topic], "consumer_group": "g%d" % job.number, "start_from_oldest": True,
                          "group": {"session_timeout": "6s", "heartbeat_interval": "1s"}}}


class KafkaOut(Case):
    spared = KafkaIn.spared

    def prepare(self, job):
        job.lines()
        job.topic = "out%d" % job.number

    def output(self, job):
        return {"kafka": {"addresses": [job.bench.peers.kafka], "topic": job.topic}}

    def came(self, job):
        return job.bench.peers.consume(job.topic) if now_and_then(job, 0.4) else ""


class OpcuaIn(Case):
    """Values of a server: `ids` are so many messages."""
    endless = True

    def __init__(self, name, subscribe):
        super().__init__(name)
        self.subscribe = subscribe

    def prepare(self, job):
        job.ids = ["a message %d" % i for i in range(IDS)]

    def input(self, job):
        return {"opcua": {"endpoint": job.bench.peers.opcua, "nodeIDs": ["ns=2;s=Plant"], "subscribeEnabled": self.subscribe, "pollRate": 200, "securityMode": "None"}}

    def came(self, job):
        with open(job.path("out")) as f:
            return "".join(job.ids[:f.read().count("\n")])


def cases():
    """In groups by what they need: nothing, mosquitto, kcat, the demo server of OPC UA."""
    kept = {"cache_resources": [{"label": "kept", "file": {"directory": "FOLDER"}}]}
    alone = [File("file"), Csv("csv"), Stdin("stdin"), SocketOut("socket_out"), SocketIn("socket_in"), SubprocessIn("subprocess_in"), SubprocessOut("subprocess_out"),
             HttpServerIn("http_server_in"), HttpServerOut("http_server_out"), HttpClientIn("http_client_in"), HttpClientOut("http_client_out"),
             HttpsClientOut("https_client_out"), HttpProcessor("http_processor"), Service("service"), LogFile("logger")]
    alone += [SocketServer("socket_server_" + network, network) for network in ("tcp", "unix", "udp", "unixgram")]
    alone += [Processors("subprocess", [{"subprocess": {"name": "cat"}}]), Command("command", [{"command": {"name": "cat"}}]),
              Processors("cache_file", [{"cache": {"resource": "kept", "operator": "set", "key": "k${! content() }", "value": "${! content() }"}},
                                        {"cache": {"resource": "kept", "operator": "get", "key": "k${! content() }"}}], kept),
              Processors("dedupe_file", [{"dedupe": {"cache": "kept", "key": "d${! content() }", "drop_on_err": False}}], kept),
              Processors("javascript", [{"nodered_js": {"code": "return msg;"}}, {"tag_processor": {"defaults": "msg.meta.location_path='a'; msg.meta.data_contract='_raw'; msg.meta.tag_name='t'; return msg;"}}]),
              Scripts("scripts", [{"resource": "m"}])]
    unix = SocketOut("socket_out_unix")
    unix.unix = True
    sealed = MqttOut("mqtt_out_tls")
    sealed.tls, sealed.spared = True, HttpsClientOut.spared
    return alone + [unix], [MqttIn("mqtt_in"), MqttOut("mqtt_out"), sealed], [KafkaIn("kafka_in"), KafkaOut("kafka_out")], [OpcuaIn("opcua_poll", False), OpcuaIn("opcua_subscribe", True)]

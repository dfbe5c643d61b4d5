"""The servers that the runs of lib/faults.py need: mosquitto, kcat's mock of Kafka, the demo server of OPC UA. Each is started at first use."""
import os, re, ssl, subprocess, threading

from lib.fault_front import KafkaFront
from lib.faults import ROOT
from lib.http_peer import free_port, tls_context
from lib.mosquitto import client_certificate

SERVERS = os.path.join(ROOT, "tests", "servers")
CERTS = os.path.join(ROOT, ".cache", "mqtt-certs")
KAFKA_JOBS = 1000  # with the topics of many more the mock answers too late


class Peers:
    def __init__(self, riffle, work):
        self.riffle, self.work, self.lock, self.stops, self.started = riffle, work, threading.RLock(), [], {}
        self.ca, self.cert, self.key = (os.path.join(CERTS, name) for name in ("ca.pem", "server.pem", "server.key"))
        self.client_pem = self.client_key = None
        self.kafka, self.kafka_jobs = None, 0

    def once(self, name, start):
        with self.lock:
            if name not in self.started:
                self.started[name] = start()
            return self.started[name]

    def end(self):
        for stop in reversed(self.stops):
            stop()

    # ---- TLS ----

    def certs(self):
        self.once("certs", self.make_certs)

    def make_certs(self):
        subprocess.run([os.path.join(SERVERS, "certs.sh"), CERTS], check=True)
        self.client_pem, self.client_key = client_certificate(CERTS)

    def tls(self):
        self.certs()
        return tls_context(self.cert, self.key)

    def tls_client(self):
        self.certs()
        return ssl._create_unverified_context()

    # ---- mosquitto ----

    def start_mosquitto(self):
        folder, ports = os.path.join(self.work, "mosquitto"), [free_port(), free_port(), free_port()]
        subprocess.run([os.path.join(SERVERS, "start-mosquitto.sh"), folder, str(ports[0]), str(ports[1]), CERTS, str(ports[2])], check=True)
        self.stops.append(lambda: subprocess.run([os.path.join(SERVERS, "stop.sh"), folder], check=False))
        return ports

    def mosquitto(self):
        self.certs()
        return self.once("mosquitto", self.start_mosquitto)

    @property
    def mqtt(self):
        return "tcp://127.0.0.1:%d" % self.mosquitto()[0]

    @property
    def mqtts(self):
        return "ssl://127.0.0.1:%d" % self.mosquitto()[1]

    def client(self, program, *args):
        return [program, "-p", str(self.mosquitto()[0]), "-q", "1", *args]

    @property
    def shown(self):
        """What shows the broker a certificate at its third port, and that port's URL."""
        return {"root_cas_file": self.ca, "client_certs": [{"cert_file": self.client_pem, "key_file": self.client_key}]}, "ssl://127.0.0.1:%d" % self.mosquitto()[2]

    def session(self, client_id, topic, tls=False):
        more = ["-p", str(self.mosquitto()[2]), "--cafile", self.ca, "--cert", self.client_pem, "--key", self.client_key] if tls else []
        subprocess.run(self.client("mosquitto_sub", "-c", "-i", client_id, "-t", topic, "-E", *more), check=True, timeout=60)

    def publish(self, topic, path):
        with open(path, "rb") as f:
            subprocess.run(self.client("mosquitto_pub", "-t", topic, "-l"), stdin=f, check=True, timeout=60)

    def subscribe(self, job):
        """What comes is in job's file `heard`; the session is there before a message is sent."""
        name = "h%d" % job.number
        self.session(name, job.topic)
        with open(job.path("heard"), "wb") as out:
            process = subprocess.Popen(self.client("mosquitto_sub", "-c", "-i", name, "-t", job.topic), stdout=out, stderr=subprocess.DEVNULL)
        job.closing.append(lambda: (process.kill(), process.wait()))

    # ---- Kafka ----

    def start_kafka(self):
        process = subprocess.Popen(["kcat", "-P", "-b", "mock", "-t", "mock", "-X", "test.mock.num.brokers=1", "-d", "mock"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.stops.append(lambda: (process.kill(), process.wait()))
        address = next(found.group(1) for found in (re.search(r"bootstrap\.servers=(\S+)", line) for line in process.stderr) if found)
        threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
        return address, KafkaFront(address, self.tls()).address

    def lend_kafka(self):
        """A broker's addresses in plain and by TLS; another one now and then."""
        with self.lock:
            if self.kafka_jobs % KAFKA_JOBS == 0:
                self.kafka = self.start_kafka()
            self.kafka_jobs += 1
            return self.kafka

    def produce(self, broker, topic, path, *more):
        subprocess.run(["kcat", "-b", broker, "-P", "-t", topic, *more, "-l", path], check=True, timeout=60)

    def consume(self, broker, topic):
        done = subprocess.run(["kcat", "-b", broker, "-C", "-t", topic, "-o", "beginning", "-e", "-q"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=False, timeout=60)
        return done.stdout

    # ---- OPC UA ----

    def start_opcua(self):
        process = subprocess.Popen([self.riffle, "demo", "--serve-only", "--port", str(free_port()), "--nodes", "5"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.stops.append(lambda: (process.kill(), process.wait()))
        return re.search(r"opc\.tcp://\S+", process.stdout.readline()).group(0)

    @property
    def opcua(self):
        return self.once("opcua", self.start_opcua)

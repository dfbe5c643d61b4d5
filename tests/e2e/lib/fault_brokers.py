"""Clients of brokers and of OPC UA servers, for lib/faults.py."""
from lib.fault_case import IDS, TLS_SPARED, Case, now_and_then
from lib.fault_kafka import MockKafka


class MqttIn(Case):
    """The session is there before the run, with all messages waiting in it."""
    endless = True
    tls = False

    def prepare(self, job):
        job.lines()
        job.topic = "in%d" % job.number
        job.bench.peers.session("r%d" % job.number, job.topic, self.tls)
        job.bench.peers.publish(job.topic, job.path("in"))

    def input(self, job):
        certificates, sealed = job.bench.peers.shown
        more = {"tls": {"enabled": True, **certificates}} if self.tls else {}
        return {"mqtt": {"urls": [sealed if self.tls else job.bench.peers.mqtt], **more, "topics": [job.topic], "client_id": "r%d" % job.number, "clean_session": False, "qos": 1, "keepalive": 5,
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


def kafka_broker(job, tls):
    return {"addresses": [job.sealed], "tls": {"enabled": True, "root_cas_file": job.bench.peers.ca}} if tls else {"addresses": [job.broker]}


class KafkaIn(Case):
    endless = True
    tls = False
    spared = ("thread",)  # where librdkafka 2.0 gets none at its start, it ends the program or never returns; faults.py tries those that it survives

    def prepare(self, job):
        job.lines()
        self.produce(job)

    def produce(self, job, *more):
        job.topic = "in%d" % job.number
        job.broker, job.sealed = job.bench.peers.lend_kafka()
        job.bench.peers.produce(job.broker, job.topic, job.path("in"), *more)

    def input(self, job):
        return {"kafka": {**kafka_broker(job, self.tls), "topics": [job.topic], "consumer_group": "g%d" % job.number, "start_from_oldest": True,
                          "group": {"session_timeout": "6s", "heartbeat_interval": "1s"}}}


class FranzIn(KafkaIn):
    def input(self, job):
        return {"kafka_franz": {"seed_brokers": [job.broker], "topics": [job.topic], "consumer_group": "g%d" % job.number, "session_timeout": "6s",
                                "heartbeat_interval": "1s", "commit_period": "200ms"}}


class UnsIn(KafkaIn):
    def prepare(self, job):
        with open(job.path("in"), "w") as f:
            f.write("".join("umh.v1.mill._raw.t%d~%s\n" % (n, i) for n, i in enumerate(job.ids)))
        self.produce(job, "-K", "~")

    def input(self, job):
        return {"uns": {"broker_address": job.broker, "kafka_topic": job.topic, "consumer_group": "g%d" % job.number, "umh_topics": ["^umh\\.v1\\.mill"]}}


class KafkaOut(Case):
    tls, more = False, {}
    spared = KafkaIn.spared

    def prepare(self, job):
        job.lines()
        job.topic = "out%d" % job.number
        job.broker, job.sealed = job.bench.peers.lend_kafka()

    def output(self, job):
        return {"kafka": {**kafka_broker(job, self.tls), "topic": job.topic, **self.more}}

    def came(self, job):
        return job.bench.peers.consume(job.broker, job.topic) if now_and_then(job, 0.4) else ""


class FranzOut(KafkaOut):
    def output(self, job):
        return {"kafka_franz": {"seed_brokers": [job.broker], "topic": job.topic}}


class UnsOut(KafkaOut):
    """All write to one topic, so each has a broker of its own."""

    def prepare(self, job):
        job.lines()
        job.topic, broker = "umh.messages", MockKafka("umh.messages", 1)
        job.closing.append(broker.end)
        job.broker = broker.address

    def output(self, job):
        return {"uns": {"broker_address": job.broker, "umh_topic": "umh.v1.mill._raw.t"}}


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


def with_tls(case):
    case.tls, case.spared = True, case.spared + TLS_SPARED
    return case


def cases():
    batches = KafkaOut("batching_kafka")
    batches.more = {"batching": {"count": 5, "period": "100ms"}}
    return [MqttIn("mqtt_in"), MqttOut("mqtt_out"), with_tls(MqttIn("mqtt_in_tls")), with_tls(MqttOut("mqtt_out_tls")), KafkaIn("kafka_in"), KafkaOut("kafka_out"),
            with_tls(KafkaIn("kafka_in_tls")), with_tls(KafkaOut("kafka_out_tls")), FranzIn("kafka_franz_in"), FranzOut("kafka_franz_out"), UnsIn("uns_in"), UnsOut("uns_out"), batches, OpcuaIn("opcua_poll", False), OpcuaIn("opcua_subscribe", True)]

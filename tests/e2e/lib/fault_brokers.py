"""Clients of brokers and of OPC UA servers, for lib/faults.py."""
from lib.fault_case import IDS, TLS_SPARED, Case, now_and_then


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
    sealed = MqttOut("mqtt_out_tls")
    sealed.tls, sealed.spared = True, TLS_SPARED
    return [MqttIn("mqtt_in"), MqttOut("mqtt_out"), sealed, KafkaIn("kafka_in"), KafkaOut("kafka_out"), OpcuaIn("opcua_poll", False), OpcuaIn("opcua_subscribe", True)]

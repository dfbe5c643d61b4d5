"""A mosquitto of one's own."""
import os, socket, subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SERVERS = os.path.join(ROOT, "tests", "servers")
CERTS = os.path.join(ROOT, ".cache", "mqtt-certs")


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Broker:
    def __init__(self, work, name="broker", sealed=False):
        self.dir, self.sealed = os.path.join(work, name), sealed
        self.port, self.tls_port, self.cert_port = free_ports(3)
        self.url = "tcp://127.0.0.1:%d" % self.port

    def start(self, **env):
        more = [str(self.tls_port), CERTS, str(self.cert_port)] if self.sealed else []
        subprocess.run([os.path.join(SERVERS, "start-mosquitto.sh"), self.dir, str(self.port), *more], check=True, env={**os.environ, **env})

    def send(self, number):
        with open(os.path.join(self.dir, "pid")) as f:
            os.kill(int(f.read()), number)

    def stop(self):
        subprocess.run([os.path.join(SERVERS, "stop.sh"), self.dir], check=False)

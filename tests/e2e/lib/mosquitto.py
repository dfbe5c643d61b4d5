"""A mosquitto of one's own."""
import os, subprocess

from lib.ports import free_ports

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SERVERS = os.path.join(ROOT, "tests", "servers")
CERTS = os.path.join(ROOT, ".cache", "mqtt-certs")


def client_certificate(folder):
    """One for clients, by the authority there (tests/servers/certs.sh), made once: the paths of it and of its key."""
    cert, key = os.path.join(folder, "client.pem"), os.path.join(folder, "client.key")
    if not os.path.exists(cert):
        new = os.path.join(folder, "client.%d" % os.getpid())
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=gateway", "-CA", os.path.join(folder, "ca.pem"),
                        "-CAkey", os.path.join(folder, "ca.key"), "-keyout", key, "-out", new, "-addext", "extendedKeyUsage=clientAuth",
                        "-addext", "basicConstraints=critical,CA:FALSE"], check=True, stderr=subprocess.DEVNULL)
        os.rename(new, cert)
    return cert, key


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

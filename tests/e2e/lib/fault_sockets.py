"""Sockets, and who is at their other end, for lib/faults.py."""
import socket, threading

from lib.fault_case import TLS_SPARED, Case, now_and_then
from lib.http_peer import free_port


class Listener:
    """Takes connections; what they say is kept, and each is told what is still missing."""

    def __init__(self, job, path=None, tls=None):
        self.job, self.path, self.tls = job, path, tls
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
            if self.tls:
                connection = self.sealed(connection)
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

    def sealed(self, connection):
        """The same connection with TLS, in its place."""
        plain, connection = connection, self.tls.wrap_socket(connection, server_side=True)
        self.connections[self.connections.index(plain)] = connection
        return connection

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
    unix = tls = False

    def prepare(self, job):
        job.lines()
        job.listener = Listener(job, job.path("s") if self.unix else None, job.bench.peers.tls() if self.tls else None)

    def output(self, job):
        more = {"tls": {"enabled": True, "root_cas_file": job.bench.peers.ca}} if self.tls else {}
        return {"socket": {"network": "unix" if self.unix else "tcp", "address": job.listener.address, **more}}

    def came(self, job):
        return job.listener.got


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
        job.client = job.bench.peers.tls_client() if self.network == "tls" else None
        job.address = job.path("s") if self.network.startswith("unix") else ("127.0.0.1", free_port())

    def input(self, job):
        peers = job.bench.peers
        more = {"tls": {"cert_file": peers.cert, "key_file": peers.key}} if self.network == "tls" else {}
        return {"socket_server": {"network": self.network, "address": job.address if isinstance(job.address, str) else "%s:%d" % job.address, **more}}

    def feed(self, job, left):
        if not now_and_then(job, 0.2):
            return
        family = socket.AF_UNIX if isinstance(job.address, str) else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM if self.network in ("udp", "unixgram") else socket.SOCK_STREAM) as s:
                s.settimeout(6)
                s.connect(job.address)
                with job.client.wrap_socket(s) if job.client else s as sealed:
                    sealed.sendall("".join(i + "\n" for i in left).encode())
        except OSError:
            job.next = 0


def cases():
    unix = SocketOut("socket_out_unix")
    unix.unix = True
    sealed, served = SocketOut("socket_out_tls"), SocketServer("socket_server_tls", "tls")
    sealed.tls, sealed.spared, served.spared = True, TLS_SPARED, TLS_SPARED
    return [SocketOut("socket_out"), unix, sealed, SocketIn("socket_in"), served] + [SocketServer("socket_server_" + n, n) for n in ("tcp", "unix", "udp", "unixgram")]

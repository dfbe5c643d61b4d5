"""TLS before a broker of Kafka that has none, such as kcat's mock."""
import select, socket, struct, threading


def address(host, port):
    """As a broker tells its clients of one."""
    return host.encode() + struct.pack(">i", port)


class KafkaFront:
    """Clients that are told of the broker's address are told of this one in its place; both are of the same length."""

    def __init__(self, broker, tls):
        host, port = broker.split(":")
        self.broker, self.tls = (host, int(port)), tls
        self.socket = socket.socket()
        self.socket.bind((host, 0))
        self.socket.listen(64)
        self.told, self.own = address(host, int(port)), address(host, self.socket.getsockname()[1])
        self.address = "%s:%d" % (host, self.socket.getsockname()[1])
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.pass_on, args=(connection,), daemon=True).start()

    def pass_on(self, connection):
        try:
            with self.tls.wrap_socket(connection, server_side=True) as client, socket.create_connection(self.broker) as broker:
                kept = {client: b"", broker: b""}
                while True:
                    for reader in [client] if client.pending() else select.select([client, broker], [], [])[0]:
                        more = reader.recv(65536)
                        if not more:
                            return
                        whole, kept[reader] = cut(kept[reader] + more)
                        if reader is client:
                            broker.sendall(whole)
                        else:
                            client.sendall(whole.replace(self.told, self.own))
        except OSError:
            pass  # who hangs up is no news


def cut(data):
    """What whole frames it begins with, each as long as its first four bytes say, and the rest."""
    at = 0
    while len(data) - at >= 4 and len(data) - at >= 4 + struct.unpack_from(">i", data, at)[0]:
        at += 4 + struct.unpack_from(">i", data, at)[0]
    return data[:at], data[at:]

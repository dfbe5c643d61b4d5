"""A TCP proxy that is a bad network: it delays, is slow, stands still, and resets connections."""
import collections, select, socket, struct, threading, time

BLOCK = 16384
HELD_BYTES = 1 << 20  # on their way in one direction; then the sender waits


class Way:
    """One direction of a connection: what was read, and when it is due."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held, self.size, self.ended = collections.deque(), 0, False


class Proxy:
    """Everything is done by one thread; the attributes may be set at any time."""

    def __init__(self, target_port, delay_s=0.0):
        self.target_port, self.delay_s = target_port, delay_s
        self.a_second = 0     # bytes each way, of a connection; 0: as fast as it goes
        self.still = False    # nothing moves, and nobody is told
        self.refuses = False  # connections are reset as they come
        self.connections = 0  # so far
        self.cuts, self.over = 0, False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.ways = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def cut(self):
        """Resets all connections."""
        self.cuts += 1

    def stop(self):
        self.over = True
        self.thread.join(10)
        self.listener.close()

    @staticmethod
    def reset(connection):
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        connection.close()

    def accept(self):
        client, _ = self.listener.accept()
        self.connections += 1
        if self.refuses:
            return self.reset(client)
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), 5)
        except OSError:
            return self.reset(client)
        for each in (client, server):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ways += [Way(client, server), Way(server, client)]

    def drop(self, way):
        for each in (way.source, way.target):
            self.reset(each)
        self.ways = [w for w in self.ways if w.source not in (way.source, way.target)]

    def read(self, way, now):
        data = way.source.recv(min(BLOCK, max(1, self.a_second // 20)) if self.a_second else BLOCK)
        way.ended = not data
        way.size += len(data)
        due = now + self.delay_s
        if self.a_second:
            due = max(due, way.held[-1][0] if way.held else now) + len(data) / self.a_second
        way.held.append((due, data))

    def write(self, way):
        due, data = way.held[0]
        sent = way.target.send(data) if data else way.target.shutdown(socket.SHUT_WR) or 0
        way.size -= sent
        if sent < len(data):
            way.held[0] = (due, data[sent:])
        else:
            way.held.popleft()

    def turn(self):
        now = time.monotonic()
        ready = [w for w in self.ways if w.held and w.held[0][0] <= now] if not self.still else []
        open_ways = [w for w in self.ways if not w.ended and w.size < HELD_BYTES] if not self.still else []
        dues = [w.held[0][0] - now for w in self.ways if w.held and w.held[0][0] > now]
        wait = min([0.05] + dues) if not self.still else 0.05
        readable, writable, _ = select.select([self.listener] + [w.source for w in open_ways], [w.target for w in ready], [], max(0.0005, wait))
        for way in [w for w in open_ways if w.source in readable] + [w for w in ready if w.target in writable]:
            if way not in self.ways:
                continue
            try:
                if way.source in readable and way in open_ways:
                    open_ways.remove(way)
                    self.read(way, now)
                else:
                    self.write(way)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(way)
        for way in [w for w in self.ways if w.ended and not w.held]:
            other = next((w for w in self.ways if w.source is way.target), None)
            if not other or (other.ended and not other.held):
                self.drop(way)
        if self.listener in readable:
            self.accept()

    def run(self):
        cuts = 0
        while not self.over:
            if cuts != self.cuts:
                cuts = self.cuts
                while self.ways:
                    self.drop(self.ways[0])
            self.turn()
        while self.ways:
            self.drop(self.ways[0])

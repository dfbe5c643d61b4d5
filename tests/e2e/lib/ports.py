"""Ports that nobody has, and that the system gives to no connection: between the look and the use seconds pass, and tests make many connections."""
import random, socket

FIRST = 10240
DICE = random.SystemRandom()  # tests that run side by side must not draw the same


def end():
    """Where those begin that the system gives away."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        return int(f.read().split()[0])


def is_free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def given_by_system(count):
    """Where there is no room below those."""
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def free_ports(count):
    """In a row, if that can be."""
    last = end() - count
    for _ in range(1000 if last > FIRST + 1000 else 0):
        first = DICE.randrange(FIRST, last)
        if all(is_free(port) for port in range(first, first + count)):
            return list(range(first, first + count))
    return given_by_system(count)


def free_port():
    return free_ports(1)[0]

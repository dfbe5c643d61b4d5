"""./dev bench term: what the terminal host costs, beside tmux and a bare PTY.

- throughput: `cat` of 100 MB in a session, until the terminal has answered a request that stands behind it, so that all of it was taken;
  with nobody attached, with a client that reads everything, and with plugins; tmux has the same size and as long a scrollback
- the time from a key to its echo, with a pause between keys
- 100 sessions in which nothing happens: wake-ups of the daemon, and its memory
- how long it takes to attach to a session with a full screen and a full scrollback
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from common import TOP, die, machine, record
from term_places import COLUMNS, ROWS, SCROLLBACK, BarePty, Daemon, PtyReader, Tmux, switches, wait_for

KEY_ECHO = TOP / "build" / "bench" / "key_echo"
SESSIONS = 100
WATCHED_S = 10

# Prints when it began and when all of it was taken. The terminal says what it is (DA1) once it has read as far as the request.
CAT = r"""stty -echo -icanon
read -r _ < "$1"
began=$EPOCHREALTIME
cat "$2"
printf '\033[c'
IFS= read -rsd c _
echo "$began $EPOCHREALTIME" > "$3.part"
mv "$3.part" "$3"
exec sleep 1000"""

NOOP = "// @version: 1.0.0\nlet on_output line = Continue\n"
MATCH = '// @version: 1.0.0\n// @match: ["never-{0}-there"]\nlet on_output line = Modify "{0}"\n'


# ---- Throughput ----

def write_lines(path, size, make):
    """A file of so many bytes, of lines that are made by number."""
    block = b"".join(make(i) for i in range(20000))
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(block)
    return path


def plain(i):
    return b"%08d %s\n" % (i, b"the quick brown fox jumps over the lazy dog, twice !"[:52])


def coloured(i):
    """What `grep -n --color=always` writes."""
    def mark(style, text):
        return b"\x1b[%sm\x1b[K%s\x1b[m\x1b[K" % (style, text)

    where = mark(b"35", b"src/file%03d.c" % (i % 1000)) + mark(b"36", b":") + mark(b"32", b"%d" % i) + mark(b"36", b":")
    return where + b"    int %s = %d;\n" % (mark(b"01;31", b"found"), i * 7)


def wide(i):
    return b"%08d %s\n" % (i, b"a line that is longer than the terminal is wide, as in a log; "[:62] * 3)


class Case:
    """One row: a place, what is shown, and who looks on."""

    def __init__(self, key, what, place, file, attach=None, beside=None):
        self.key, self.what, self.place, self.file, self.attach, self.beside = key, what, place, file, attach, beside
        self.rates = []

    def run(self, folder):
        ready, done = str(folder / "ready"), str(folder / "done")
        for path in (ready, done):
            pathlib.Path(path).unlink(missing_ok=True)
        os.mkfifo(ready)
        name = self.place.start(["bash", "-c", CAT, "cat", ready, str(self.file), done])
        reader = getattr(self.place, self.attach)(name) if self.attach else None
        time.sleep(0.3)
        with open(ready, "wb") as file:
            file.write(b"\n")
        wait_for(lambda: os.path.exists(done), 600, f"`{self.what}`")
        began, ended = (float(word) for word in pathlib.Path(done).read_text(encoding="ascii").split())
        if reader:
            reader.close()
        self.place.end(name)
        self.rates.append(os.path.getsize(self.file) / 1e6 / (ended - began))

    @property
    def rate(self):
        return statistics.median(self.rates)


def plugin_daemon(sources):
    """With those plugins, none of them told to the watcher of files."""
    return Daemon(sources, "".join(f"[plugins.{name.removesuffix('.fsx')}]\n" for name in sources))


def places():
    yield "none", Daemon()
    for count in (5, 20):
        yield f"match{count}", plugin_daemon({f"m{i}.fsx": MATCH.format(i) for i in range(count)})
        yield f"noop{count}", plugin_daemon({f"n{i}.fsx": NOOP for i in range(count)})
    yield "redact", Daemon(None, "[plugins.redact]\n")
    yield "tmux", Tmux()
    yield "bare", BarePty()


def cases(at, files):
    """All rows; `beside`: the row of tmux that a row is compared with."""
    own, tmux, lines = at["none"], at["tmux"], files["plain"]
    yield Case("bare", "a bare PTY, read and thrown away", at["bare"], lines)
    yield Case("tmux", "tmux, detached", tmux, lines)
    yield Case("tmux-attached", "tmux, its client attached", tmux, lines, "attach")
    yield Case("none", "riffle, detached", own, lines, None, "tmux")
    yield Case("none-attached", "riffle, a client that reads all frames", own, lines, "attach", "tmux-attached")
    yield Case("none-client", "riffle, its own client attached", own, lines, "attach_client", "tmux-attached")
    for count in (5, 20):
        yield Case(f"match{count}", f"… with {count} plugins whose `match` is in no line", at[f"match{count}"], lines, "attach", "tmux-attached")
        yield Case(f"noop{count}", f"… with {count} plugins that are called for each line and do nothing", at[f"noop{count}"], lines, "attach",
                   "tmux-attached")
    yield Case("redact", "… with the plugin redact", at["redact"], lines, "attach", "tmux-attached")
    for kind, what in (("coloured", "coloured lines, as of grep"), ("wide", f"lines of 195 bytes, in {COLUMNS} columns")):
        yield Case(f"tmux-{kind}", f"{what}: tmux, its client attached", tmux, files[kind], "attach")
        yield Case(f"none-{kind}", f"{what}: riffle, a client that reads all frames", own, files[kind], "attach", f"tmux-{kind}")


def throughput(folder, size, rounds):
    makes = {"plain": plain, "coloured": coloured, "wide": wide}
    files = {name: write_lines(folder / name, size, make) for name, make in makes.items()}
    at = dict(places())
    before = at["none"].memory()[0]
    rows = list(cases(at, files))
    for _ in range(rounds):
        for row in rows:
            row.run(folder)
    after = at["none"].memory()[0]
    for place in at.values():
        place.close()
    return rows, before, after


def throughput_table(size, rows, before, after):
    by_key = {row.key: row for row in rows}
    lines = [f"`cat` of {size / 1e6:.0f} MB, mostly lines of 62 bytes:", "", "| what | MB/s | beside tmux | target |", "|---|---:|---:|---|"]
    for row in rows:
        ratio = row.rate / by_key[row.beside].rate if row.beside else None
        target = "1x" if row.beside and row.attach == "attach" and row.file.name == "plain" and row.key != "redact" else ""
        lines.append(f"| {row.what} | {row.rate:.0f} | {f'{ratio:.2f}x' if ratio else ''} | {target} |")
    return lines + ["", f"The daemon without plugins held {before / 2**20:.1f} MiB before these rows, and {after / 2**20:.1f} MiB after them, when "
                    "its sessions had ended."]


# ---- Keys ----

def echo_run(keys, pause_us, back, command):
    """Nanoseconds (p50, p99, worst) of each place, with that program in a session of each."""
    daemon, tmux = Daemon(), Tmux()
    words = ["sh", "-c", command]
    own, client, other = daemon.start(words), daemon.start(words), tmux.start(words)
    environment = {**daemon.home.env, "TERM": "xterm-256color"}
    environment.pop("TMUX", None)
    said = subprocess.run([
        KEY_ECHO, str(keys), str(pause_us), str(back), f"bare=pty:{command}", f"socket=socket:{daemon.home.socket_path},{own}",
        f"client=pty:exec {daemon.home.riffle} term attach {client}", f"tmux=pty:exec {' '.join(tmux.attach_words(other))}",
    ], capture_output=True, text=True, check=False, env=environment)
    daemon.close()
    tmux.close()
    if said.returncode:
        die(f"{KEY_ECHO.name}: {said.stderr}")
    return {words[0]: [int(word) for word in words[2:]] for words in (line.split() for line in said.stdout.splitlines())}


ECHOES = [ # what, the command, the key that takes a character back
    ("the terminal's own echo (`cat`)", "exec cat", 127),
    ("the program's echo (`cat` in raw mode)", "stty -icanon -echo min 1; exec cat", 8),
]
WAYS = [("bare", "a bare PTY", ""), ("socket", "riffle's socket: from the frame INPUT to the frame DRAW", "100 us"),
        ("client", "`riffle term attach` in a PTY", ""), ("tmux", "`tmux attach` in a PTY", "")]


def keys_table(keys):
    lines = [f"From a key to its echo, {keys:,} keys a row, 1 ms between them, places in turn; \"more\" is over the bare PTY:", "",
             "| what | p50 | p99 | p99: more | target for more |", "|---|---:|---:|---:|---|"]
    for what, command, back in ECHOES:
        found = echo_run(keys, 1000, back, command)
        for key, way, target in WAYS:
            p50, p99, _ = found[key]
            more = "" if key == "bare" else f"{(p99 - found['bare'][1]) / 1e3:.0f} us"
            lines.append(f"| {what}: {way} | {p50 / 1e3:.0f} us | {p99 / 1e3:.0f} us | {more} | {target} |")
    return lines


# ---- Idle sessions ----

def idle(words):
    daemon = Daemon()
    resident, proportional = daemon.memory()
    for _ in range(SESSIONS):
        daemon.start(words)
    time.sleep(5)
    before = switches(daemon.pid)
    time.sleep(WATCHED_S)
    after = switches(daemon.pid)
    woken = sum(count - before.get(task, 0) for task, count in after.items()) / WATCHED_S
    now = daemon.memory()
    daemon.close()
    return woken, resident, now[0], (now[1] - proportional) / SESSIONS


def idle_table():
    lines = [f"{SESSIONS} sessions in which nothing happens, looked at for {WATCHED_S} s:", "",
             "| what | wake-ups a second, all threads | target | resident, a session | target | proportional, over the empty daemon's, a session |",
             "|---|---:|---|---:|---|---:|"]
    for what, words in (("`sleep 1000`", ["sleep", "1000"]), ("`bash` at its prompt", ["bash", "--norc", "-i"])):
        woken, empty, resident, share = idle(words)
        lines.append(f"| {what} | {woken:.1f} | 1 | {resident / SESSIONS / 1024:.0f} KiB (empty daemon: {empty / 2**20:.1f} MiB in all) | 1 MiB "
                     f"| {share / 1024:.0f} KiB |")
    return lines


# ---- Attaching ----

def frame_end(data, at):
    """Where the frame at that place ends; None: it is not complete."""
    if len(data) < at + 5:
        return None
    end = at + 5 + int.from_bytes(data[at + 1:at + 5], "little")
    return end if end <= len(data) else None


def attach_once(home, name):
    """Milliseconds from the request to the end of the first drawing, and that drawing's bytes."""
    with home.connect() as connection:
        connection.call("hello")
        room, data = bytearray(1 << 18), b""
        began = time.perf_counter()
        connection.send("attach", session=name, columns=COLUMNS, rows=ROWS)
        while True:
            data += room[:connection.socket.recv_into(room)]
            at = data.find(b"\n") + 1
            while at and (end := frame_end(data, at)):
                if data[at:at + 1] == b"o":
                    return (time.perf_counter() - began) * 1e3, end - at
                at = end


def redraw(times):
    daemon = Daemon()
    line = "".join(f"\\033[3{i % 8}mword-{i:04} " for i in range(8))  # 80 columns, eight colours
    program = f"for ((i = 0; i < {SCROLLBACK + ROWS}; i++)); do printf '\\n{line}\\033[m'; done; exec sleep 1000"
    name = daemon.start(["bash", "-c", program])
    wait_for(lambda: next(s for s in daemon.call("list")["sessions"] if s["name"] == name)["scrollback"] >= SCROLLBACK, what="the scrollback")
    time.sleep(1)
    found = []
    for _ in range(times):
        found.append(attach_once(daemon.home, name))
        time.sleep(0.005)
    daemon.close()
    taken = sorted(ms for ms, _ in found)
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100], found[-1][1]


def redraw_table(times):
    p50, p99, size = redraw(times)
    return [f"Attaching to a session of {COLUMNS} x {ROWS}, full of words in colours, with {SCROLLBACK:,} lines of scrollback: from the request "
            f"to the end of the first drawing ({size:,} bytes), {times} times: median {p50:.2f} ms, p99 {p99:.2f} ms (target 5 ms)."]


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench term", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of throughput, interleaved (5)")
    parser.add_argument("--quick", action="store_true", help="one round of 10 MB, 1,000 keys")
    parser.add_argument("--only", choices=("cat", "keys", "idle", "attach"), help="only that part")
    parser.add_argument("--record", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args(arguments)
    if options.record and (options.only or options.quick):
        die("--record wants everything, at full length")
    size, rounds, keys = (10**7, 1, 1000) if options.quick else (10**8, options.rounds, 20000)
    parts = []
    with tempfile.TemporaryDirectory() as name:
        if options.only in (None, "cat"):
            parts.append(throughput_table(size, *throughput(pathlib.Path(name), size, rounds)))
    if options.only in (None, "keys"):
        parts.append(keys_table(keys))
    if options.only in (None, "idle"):
        parts.append(idle_table())
    if options.only in (None, "attach"):
        parts.append(redraw_table(200))
    text = "\n\n".join([machine() + f"; {rounds} rounds, medians", *("\n".join(part) for part in parts)])
    print(text)
    if options.record:
        record("term", text)

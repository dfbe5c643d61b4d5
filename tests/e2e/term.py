#!/usr/bin/env python3
"""term.py RIFFLE: sessions of `riffle term` as people use them: commands, clients in a real terminal (tmux), real programs inside, daemons that die.

Prints one line a check and ends with `N passed, N failed`.
"""
import json, os, re, shutil, signal, subprocess, sys, time

from lib import checks
from lib.checks import check, wait_for
from lib.term import Home, Refused, ROOT
from lib.terminal import Terminal

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
checks.slow = 10 if "asan" in RIFFLE or "tsan" in RIFFLE else 1


def commands(home):
    home.ok("list, with nothing", "list", err="there are no sessions")
    home.ok("new", "new", "-d", "-s", "main")
    home.ok("a name twice", "new", "-d", "-s", "main", status=2, err=["main already", "attach main"])
    home.ok("a bad name", "new", "-d", "-s", "a b", status=2, err="no name for a session")
    home.ok("list", "list", out=["main"])
    told = json.loads(home.term("list", "--json").stdout)
    told = told["sessions"] if isinstance(told, dict) else told
    check("list --json", told[0]["name"] == "main" and told[0]["state"] == "running" and told[0]["columns"] == 80, told)
    home.ok("wait for the prompt", "wait", "main", "--text", "ready> $")
    home.ok("send", "send", "main", "echo $((6*7))", "--enter")
    home.ok("wait --text", "wait", "main", "--text", "^42$", out="42")
    home.ok("capture", "capture", "main", out="ready> echo $((6*7))\n42\n")
    home.ok("wait --timeout", "wait", "main", "--text", "never", "--timeout", "200ms", status=1, err="in time")
    home.ok("wait, no regular expression", "wait", "main", "--text", "a(", status=2, err="regular expression")
    home.ok("an unknown session", "capture", "mian", status=1, err=["no session mian", "did you mean `main`?"])
    home.ok("an unknown part", "term", status=2, err="")
    for place in ("/usr", "/var"):
        home.term("send", "main", "cd %s" % place, "--enter")
        check("the folder of a shell that tells nothing: %s" % place,
              wait_for(lambda: home.call("list")["sessions"][0]["directory"] == place), home.call("list"))
        home.call("resize", session="main", columns=80 if place == "/var" else 81, rows=24)  # has it kept, with its folder
        time.sleep(1.2)
    home.ok("rename", "rename", "main", "work")
    home.ok("renamed", "capture", "work", out="42")
    home.ok("the old name is free", "capture", "main", status=1, err="no session main")
    home.ok("scrolled", "send", "work", "clear; seq 1000", "--enter")
    home.ok("to the end", "wait", "work", "--text", "^1000$")
    got = home.ok("capture --scrollback", "capture", "work", "--scrollback", "all").stdout
    check("all of it", "\n1\n2\n3\n" in "\n" + got and "\n999\n1000\n" in got, got[:200])
    home.ok("capture --styled", "send", "work", r"printf '\e[1;31mred\e[0m\n'", "--enter")
    home.ok("red", "wait", "work", "--text", "^red")
    got = home.term("capture", "work", "--styled").stdout
    check("with colours", re.search("\x1b\\[[0-9;]*31m(\x1b\\[[0-9;]*m)*red", got), repr(got))
    home.ok("keys", "send", "work", "--keys", "ctrl-l")
    home.ok("a key that is none", "send", "work", "--keys", "ctrl-banana", status=2, err="no key `ctrl-banana`")
    home.ok("a program", "new", "-d", "-s", "one", "--", "sh", "-c", "sleep 0.3; exit 7")
    home.ok("wait --exit", "wait", "one", "--exit", "--exit-code", status=7)
    home.ok("a program that has ended at once", "new", "-d", "-s", "quick", "--", "sh", "-c", "exit 4")
    time.sleep(0.3)
    home.ok("its exit code", "wait", "quick", "--exit", "--exit-code", status=4, out="exit code 4")
    codes = []
    for i in range(20):
        home.call("new", name="brief%d" % i, command=["sh", "-c", "exit 5"])
        with home.connect() as c:
            codes.append(c.call("wait", session="brief%d" % i, **{"for": "exit"})["exit_code"])
    check("whenever one asks", codes == [5] * 20, codes)
    home.ok("an event that is none", "events", "--kind", "block-edn", status=2, err="did you mean `block-end`?")
    home.ok("no terminal", "attach", "work", status=2, err="no terminal")
    home.ok("no such program", "new", "-d", "-s", "none", "--", "no-such-program", status=1, err="no-such-program")
    home.ok("kill", "kill", "work")
    check("it is gone", wait_for(lambda: "work" not in home.term("list").stdout))
    home.ok("socket", "socket", out=home.socket_path)
    home.ok("protocol", "protocol", out=["### attach", "### wait", "block-end"])


def protocol(home):
    with home.connect() as c:
        told = c.call("hello")
        check("hello", told["protocol"] == 1 and told["pid"] > 0, told)
        for name, method, params, code, words in (
                ("an unknown method", "lsit", {}, "unknown-method", "did you mean `list`"), ("an unknown parameter", "new", {"nmae": "x"}, "invalid", "did you mean `name`"),
                ("a wrong type", "new", {"name": 5}, "invalid", "no string"), ("a missing parameter", "send", {}, "invalid", "session"),
                ("no such session", "capture", {"session": "nobody"}, "not-found", "nobody")):
            try:
                got = c.call(method, **params)
            except Refused as error:
                got = error
            check(name, isinstance(got, Refused) and got.code == code and words in got.message + got.hint, got)
        c.socket.sendall(b"{ what\n")
        got = c.line()
        check("no JSON", got["error"]["code"] == "invalid", got)
        c.call("events", kinds=["new", "exit", "title", "resize"])
        c.call("new", name="p", command=["sh", "-c", "printf '\\033]0;hi there\\007'; read x; exit 3"], columns=40, rows=10)
        check("event new", (c.event("new") or {}).get("session") == "p")
        check("event title", (c.event("title") or {}).get("title") == "hi there")
        c.call("resize", session="p", columns=50, rows=12)
        got = c.event("resize")
        check("event resize", got and (got["columns"], got["rows"]) == (50, 12), got)
        wait = c.send("wait", session="p", **{"for": "exit"})
        check("a wait holds nobody up", c.call("capture", session="p")["columns"] == 50)
        c.call("send", session="p", keys=["enter"])
        check("wait for the end", c.answer(wait)["exit_code"] == 3)
        check("event exit", (c.event("exit") or {}).get("exit_code") == 3)
    raw = home.connect()
    raw.socket.sendall(b'{"id":1,"method":"hello"}\n{"id":"x","method":"list"}\n')
    check("two requests at once", raw.line()["id"] == 1 and raw.line()["id"] == "x")
    raw.socket.close()


def clients(home):
    first = Terminal(RIFFLE, "term", "new", "-s", "c", env=home.env)
    first.shows("new attaches", r"^ready> ?$")
    first.shows("a status line", r"^ *\[?c\]?\b.*")
    first.type("echo one two")
    first.keys("Enter")
    first.shows("what is typed", r"^one two$", r"^ready> ?$")
    second = Terminal(RIFFLE, "term", "attach", "c", "--size", "ignore", env=home.env, columns=100, rows=30)
    second.shows("a second client sees the same", r"^one two", r"^ready>")
    looking = Terminal(RIFFLE, "term", "attach", "c", "--read-only", "--size", "ignore", env=home.env)
    looking.shows("a third looks on", r"^one two", r"read.only")
    looking.type("echo WRONG")
    second.type("echo from the second")
    second.keys("Enter")
    first.shows("both type", r"^from the second$", without=["WRONG"])
    looking.close()
    first.keys("C-\\", "d")
    first.shows("the detach key gives the terminal back", r"^before\n(.*\n)?ended 0\n+echo", without=["one two"])
    first.close()
    second.keys("C-\\", "d")
    second.close()
    check("the session lives", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0))
    wide = Terminal(RIFFLE, "term", "attach", "c", env=home.env, columns=120, rows=40)
    wide.shows("attached again, wider", r"^one two$", r"^from the second$")
    check("the session takes its size", wait_for(lambda: home.call("capture", session="c")["columns"] == 120), home.call("capture", session="c"))
    wide.type("tput cols; tput lines")
    wide.keys("Enter")
    wide.shows("programs know", r"^120\n39$")
    wide.resize(70, 20)
    check("and follow", wait_for(lambda: (home.call("capture", session="c")["columns"], home.call("capture", session="c")["rows"]) == (70, 19)))
    wide.type("seq 300")
    wide.keys("Enter")
    wide.shows("a long output", r"^300$")
    wide.keys("C-\\", "[")
    wide.keys("PageUp", "PageUp")
    wide.shows("the scrollback", r"^26\d$", without=[r"^300$"])
    wide.keys("q")
    wide.shows("and back", r"^300$")
    wide.keys("C-\\", "p")
    wide.shows("the palette", r"[Dd]etach")
    wide.type("detch")
    wide.shows("finds what is meant", r"[Dd]etach")
    wide.keys("Enter")
    wide.shows("and does it", r"ended 0")
    wide.close()
    # A client that is killed.
    dying = Terminal(RIFFLE, "term", "attach", "c", env=home.env)
    dying.shows("another client", r"^ready>")
    os.kill(dying.pid(), signal.SIGKILL)
    check("kill -9 of a client", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0))
    dying.close()
    dying = Terminal(RIFFLE, "term", "attach", "c", env=home.env)
    dying.shows("and another", r"^ready>")
    dying.close()
    check("SIGHUP detaches", wait_for(lambda: home.call("list")["sessions"][0]["clients"] == 0))
    last = Terminal(RIFFLE, "term", "attach", "c", env=home.env)
    last.shows("attached once more", r"^ready>")
    last.type("exit 5")
    last.keys("Enter")
    last.shows("the shell's end ends the client", r"ended 5|ended 0")
    last.close()
    own = Terminal(RIFFLE, "term", "new", "-s", "own", "--detach-key", "ctrl-a q", env=home.env)
    own.shows("a detach key of one's own", r"^ready>")
    own.keys("C-a", "q")
    own.shows("detaches", r"ended 0")
    own.close()
    home.term("kill", "own")


def daemons(home):
    home.term("new", "-d", "-s", "keep", "--directory", "/usr")
    home.term("wait", "keep", "--text", "ready> $")
    pid = home.pid()
    check("the socket is ours alone", os.stat(home.socket_path).st_mode & 0o777 == 0o600 and os.stat(os.path.dirname(home.socket_path)).st_mode & 0o777 == 0o700)
    if os.geteuid() == 0:
        os.chmod(home.path("run"), 0o711)
        os.chmod(home.path("run", "riffle"), 0o711)
        os.chmod(home.socket_path, 0o666)
        code = "import socket; s = socket.socket(socket.AF_UNIX); s.connect(%r); s.sendall(b'{\"id\":1,\"method\":\"list\"}\\n'); print(s.recv(100))" % home.socket_path
        got = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-c", code], capture_output=True, text=True, check=False)
        check("another user is sent away", "result" not in got.stdout, got)
        os.chmod(home.path("run"), 0o700)
        os.chmod(home.path("run", "riffle"), 0o700)
        os.chmod(home.socket_path, 0o600)
    shell = home.call("list")["sessions"][0]["pid"]
    time.sleep(1.2)
    os.kill(pid, signal.SIGKILL)
    check("kill -9 of the daemon ends the shells", wait_for(lambda: not os.path.exists("/proc/%d" % shell)))
    home.ok("a stale socket is no obstacle", "list", out=["keep", "lost"])
    home.ok("it says what is lost", "capture", "keep", status=1, err=["lost", "attach keep"])
    again = Terminal(RIFFLE, "term", "attach", "keep", env=home.env)
    again.shows("attach starts it again", r"^ready>")
    again.type("pwd")
    again.keys("Enter")
    again.shows("where it was", r"^/usr$")
    again.close()
    both = [subprocess.Popen([RIFFLE, "term", "list"], env=home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    home.call("stop")
    wait_for(lambda: not os.path.exists(home.socket_path))
    for one in both:
        one.communicate()
    both = [subprocess.Popen([RIFFLE, "term", "list"], env=home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [one.communicate() for one in both]
    check("four clients at once start one daemon", all("keep" in out for out, _ in said), said)
    home.term("kill", "keep")
    check("a lost one is forgotten", "keep" not in home.term("list").stdout)
    os.kill(home.pid(), signal.SIGHUP)
    check("SIGHUP does nothing to the daemon", home.call("hello")["protocol"] == 1)


def scrollback_kept(home):
    home.settings("keep_scrollback = true\n")
    home.term("stop")
    wait_for(lambda: not os.path.exists(home.socket_path))
    home.term("new", "-d", "-s", "long")
    home.term("wait", "long", "--text", "ready> $")
    home.term("send", "long", "seq 200", "--enter")
    home.term("wait", "long", "--text", "^200$")
    time.sleep(2.5 * checks.slow ** 0.3)
    os.kill(home.pid(), signal.SIGKILL)
    time.sleep(0.2)
    shutil.rmtree(home.path("run", "riffle"))  # as a new start of the machine does
    check("a session outlives the machine's restart, as lost", wait_for(lambda: "lost" in home.term("list").stdout))
    home.call("restore", session="long")
    home.term("wait", "long", "--text", "ready> $")
    lines = home.call("capture", session="long", scrollback=-1)["lines"]
    check("scrollback outlives kill -9", "100" in lines and "150" in lines, lines[-40:])
    home.term("kill", "long")


def same_as_tmux(name, home, line, keys, patterns, columns=80, rows=24, settle=None):
    """The same program in a plain terminal, and in a session that is detached and attached again on the way."""
    env = {**home.env, "TERM": "xterm-256color"}
    line = "sh " + home.write("%s.run" % name, line + "\n")
    plain = Terminal(shell=line, columns=columns, rows=rows, env=env)
    ours = Terminal(RIFFLE, "term", "new", "-s", name, "--no-status", "--", "sh", "-c", line, columns=columns, rows=rows, env=env)
    for terminal in (plain, ours):
        for pattern in patterns[:1]:
            terminal.shows("%s: %s" % (name, "plain" if terminal is plain else "in a session"), pattern)
        for key in keys:
            terminal.keys(key)
            time.sleep(0.05 * checks.slow ** 0.5)
    ours.keys("C-\\", "d")
    ours.shows("%s: detached" % name, r"ended 0")
    ours.close()
    ours = Terminal(RIFFLE, "term", "attach", name, "--no-status", columns=columns, rows=rows, env=env)
    last = ["", ""]

    def same():
        last[0], last[1] = plain.screen(styled=True), ours.screen(styled=True)
        return canonical(last[0]) == canonical(last[1]) and plain.cursor() == ours.cursor() and all(re.search(p, ours.screen(), re.M) for p in patterns[-1:])
    check("%s: attached again, it is as in a plain terminal" % name, wait_for(same, 8), "%s\n--- %s\n%s\n%s" % (plain.screen(), ours.screen(), plain.cursor(), ours.cursor()))
    plain.close()
    ours.close()
    home.call("kill", session=name, signal="KILL")


def canonical(styled):
    """Cells with their attributes, whatever the order in which sequences set them; trailing blanks do not count."""
    rows = []
    for line in styled.rstrip("\n").split("\n"):
        state, cells = set(), []
        for part in re.split("(\x1b\\[[0-9;:]*m|\x1b\\]8;[^\x1b\x07]*(?:\x1b\\\\|\x07))", line):
            if part.startswith("\x1b["):
                state = apply_sgr(state, part[2:-1])
            elif not part.startswith("\x1b]"):
                cells += [(c, frozenset(state)) for c in part]
        while cells and cells[-1][0] == " " and not any(k in str(cells[-1][1]) for k in ("bg", "7", "4")):
            cells.pop()
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def apply_sgr(state, text):
    words, state = [w for w in re.split("[;:]", text)] or ["0"], set(state)
    i = 0
    while i < len(words):
        n = int(words[i] or 0)
        kind = "fg" if 30 <= n <= 39 or 90 <= n <= 97 else "bg" if 40 <= n <= 49 or 100 <= n <= 107 else None
        if n == 0:
            state = set()
        elif kind:
            state = {s for s in state if not str(s).startswith(kind)}
            if n in (38, 48):
                size = 3 if words[i + 1] == "5" else 5
                index = words[i + 2] if size == 3 else None
                state.add(kind + (("" if int(index) > 15 else "ansi") + index if index else ",".join(words[i + 2:i + 5])))
                i += size - 1
            elif n not in (39, 49):
                state.add(kind + "ansi" + str(n % 10 + (8 if n >= 90 else 0)))
        elif n in (22, 23, 24, 25, 27, 28, 29):
            state -= {"22": {"1", "2"}}.get(str(n), {str(n - 20)})
        else:
            state.add(str(n))
        i += 1
    return state


def programs(home):
    text = home.write("text.txt", "".join("line %d of a text with wide 漢字 and combining e\u0301 marks\n" % i for i in range(1, 200)))
    same_as_tmux("less", home, "less -R %s" % text, ["PageDown", "PageDown", "k"], [r"line 1 of", r"line 4\d of"])
    same_as_tmux("vim", home, "vi -n -u NONE -c 'set nonumber ruler showmode' %s" % text, ["j", "j", "x", "x", "o", "new", "Escape", "G"], [r"line 1 of", r"line 199 of"])
    colours = home.write("colours.sh", r"""
for i in $(seq 0 255); do printf '\033[48;5;%dm%3d\033[0m ' $i $i; [ $((i % 16)) = 15 ] && echo; done
printf '\033[1mbold\033[0m \033[3mitalic\033[0m \033[4munder\033[0m \033[7mreverse\033[0m \033[9mstrike\033[0m \033[38;2;10;200;30mtrue\033[0m\n'
printf '\033[5;10r\033[10;1Hone\ntwo\nthree\033[r\033[20;3Hhere\033[?25h'
sleep 1000
""")
    same_as_tmux("colours", home, "sh %s" % colours, [], [r"here"])
    inner = "riffle-inner-%d" % os.getpid()
    same_as_tmux("tmux", home, "env -u TMUX TERM=xterm-256color tmux -L %s -f /dev/null new-session -A 'echo inside tmux; exec sleep 1000'" % inner, [], [r"inside tmux"], rows=12)
    subprocess.run(["tmux", "-L", inner, "kill-server"], capture_output=True, check=False)
    # vttest's own words say what must be seen: a frame, then letters in order at both margins. It forgets keys that come
    # before it has drawn its screen to the end.
    terminal = Terminal(RIFFLE, "term", "new", "-s", "tests", "--no-status", "--", "vttest", env=home.env)
    terminal.shows("vttest", r"Choose test type")
    terminal.keys("1", "Enter")
    terminal.shows("vttest: a frame of * and +", r"^\*{80}$", r"^\*\+{78}\*$", r"^\*\+ +E{36,} +\+\*$", r"should be a continuous|Push <RETURN>")
    home.term("wait", "tests", "--quiet", "500ms")
    terminal.keys("Enter")
    terminal.shows("vttest: after a change of columns", r"^Push <RETURN>", r"^\*\+ {34}E{42}\+\*$")
    home.term("wait", "tests", "--quiet", "500ms")
    terminal.keys("Enter")
    letters = "".join("^%s {78}%s\n" % (c, c.lower()) for c in "IJKLMNOPQRSTUVWXYZ")
    terminal.shows("vttest: autowrap", r"^Test of autowrap", letters)
    for name, pattern in (("autowrap again", letters), ("controls within sequences", r"(^A B C D E F G H I$\n){4}"), ("leading zeros", r"^This is a correct sentence$")):
        home.term("wait", "tests", "--quiet", "500ms")
        terminal.keys("Enter")
        terminal.shows("vttest: " + name, pattern, r"Push <RETURN>", without=[r"^Test of autowrap"] if "again" not in name else [])
    terminal.close()
    home.call("kill", session="tests", signal="KILL")
    for program, pattern in (("htop", r"Load average|PID"), ("vttest", r"Choose test type")):
        terminal = Terminal(RIFFLE, "term", "new", "-s", program, "--", program, env=home.env)
        terminal.shows(program, pattern)
        terminal.close()
        home.call("kill", session=program, signal="KILL")


def sequences(home):
    """What is passed on and understood: mouse, bracketed paste, titles, OSC 7, 8, 52."""
    script = home.write("modes.sh", r"""
stty raw -echo
printf '\033[?1000h\033[?1006h\033[?2004h\033]2;a title\007\033]7;file://host/var/lib\033\\\033]8;;http://example.org/\033\\link\033]8;;\033\\'
printf '\033]52;c;aGVsbG8=\007ready\r\n'
dd bs=1 count=${1:-60} 2>/dev/null | od -An -c
sleep 1000
""")
    terminal = Terminal(RIFFLE, "term", "new", "-s", "modes", "--", "sh", script, env=home.env, rows=20)
    terminal.shows("modes", r"linkready")
    check("the mouse is on in the outer terminal", wait_for(lambda: terminal.tmux("display-message", "-p", "#{mouse_standard_flag} #{mouse_sgr_flag}").strip() == "1 1"))
    check("OSC 2", wait_for(lambda: terminal.tmux("display-message", "-p", "#{pane_title}").strip() == "a title"), terminal.tmux("display-message", "-p", "#{pane_title}"))
    check("OSC 7", wait_for(lambda: home.call("list")["sessions"][0]["directory"] == "/var/lib"), home.call("list"))
    check("OSC 8", "\x1b]8;;http://example.org/" in home.term("capture", "modes", "--styled").stdout)
    terminal.tmux("set", "-s", "set-clipboard", "on")
    terminal.paste("two\nlines")
    for _ in range(8):
        terminal.keys("x", "x", "x", "x", "x", "x")
    terminal.shows("a paste is between marks", r"033\s+\[\s+2\s+0\s+0\s+~\s+t\s+w\s+o", r"033\s+\[\s*2?")
    terminal.close()
    home.call("kill", session="modes", signal="KILL")


def blocks(home):
    for shell, rc in (("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", None)):
        if rc:
            home.write(rc, "PS1='ready> '\n")
        home.ok("%s: shell-integration --install" % shell, "shell-integration", shell, "--install", out="")
        home.ok("%s: again" % shell, "shell-integration", shell, "--install", out="")
        home.term("new", "-d", "-s", shell, "--", shell, "-i")
        home.term("wait", shell, "--text", r"[>#%$] $")
        home.term("wait", shell, "--quiet", "1s")
        for line in ("echo hello", "cd /tmp", "false", "printf 'a\\nb\\n'; sleep 0.3"):
            home.term("send", shell, line, "--enter", "--wait")
            home.term("wait", shell, "--quiet", "100ms")  # the prompt stands again
        told = home.call("blocks", session=shell)["blocks"]
        check("%s: blocks" % shell, [b["command"] for b in told] == ["echo hello", "cd /tmp", "false", "printf 'a\\nb\\n'; sleep 0.3"], told)
        check("%s: exit codes" % shell, [b["exit_code"] for b in told] == [0, 0, 1, 0], told)
        check("%s: durations" % shell, told and told[-1]["duration_ms"] and 250 <= told[-1]["duration_ms"] < 3000 * checks.slow, told[-1:])
        check("%s: directories" % shell, len(told) == 4 and told[2]["directory"] == "/tmp", told)
        got = home.call("block", session=shell, number=told[-1]["number"]) if told else {}
        check("%s: the output of a block" % shell, got.get("text") == "a\nb\n", got)
        home.ok("%s: capture --block" % shell, "capture", shell, "--block", str(told[0]["number"]) if told else "1", out="hello")
        home.ok("%s: send --wait" % shell, "send", shell, "sh -c 'exit 6'", "--enter", "--wait", status=6)
        with home.connect() as c:
            wait = c.send("wait", session=shell, **{"for": "block"})
            c.call("send", session=shell, text="sh -c 'exit 9'", keys=["enter"])
            check("%s: wait for a block" % shell, c.answer(wait)["block"]["exit_code"] == 9)
        home.call("kill", session=shell, signal="KILL")
    home.write(".bashrc", "PS1='ready> '\n")


def recordings(home):
    for version in (2, 3):
        path = home.path("v%d.cast" % version)
        home.term("new", "-d", "-s", "rec", "--", "bash", "--norc", "-i")
        home.ok("record v%d" % version, "record", "rec", path, "--format", str(version))
        home.term("send", "rec", "echo recorded $((40+2))", "--enter")
        home.term("wait", "rec", "--text", "^recorded 42")
        home.ok("record --stop", "record", "rec", "--stop")
        got = home.ok("play v%d" % version, "play", path, "--speed", "100").stdout
        check("v%d has the output" % version, "recorded 42" in got, got)
        home.call("kill", session="rec", signal="KILL")
        wait_for(lambda: not home.call("list")["sessions"])
    home.term("shell-integration", "bash", "--install")
    home.term("new", "-d", "-s", "cut", "--", "bash", "-i")
    home.term("wait", "cut", "--quiet", "300ms")
    home.term("record", "cut", home.path("cut.cast"))
    for word in ("first", "second", "third"):
        home.term("send", "cut", "echo the %s" % word, "--enter")
        home.term("wait", "cut", "--text", "^the %s" % word)
        home.term("wait", "cut", "--quiet", "200ms")
    home.term("record", "cut", "--stop")
    home.ok("cut: one block", "cut", home.path("cut.cast"), "2", home.path("block.cast"), out="")
    got = home.ok("it plays", "play", home.path("block.cast"), "--speed", "100").stdout
    check("that block, and no other", "the second" in got and "the first" not in got and "the third" not in got, got)
    home.ok("no such block", "cut", home.path("cut.cast"), "9", home.path("none.cast"), status=1, err="block 9")
    home.call("kill", session="cut", signal="KILL")
    home.write(".bashrc", "PS1='ready> '\n")
    got = subprocess.run(["script", "-qec", "asciinema cat %s" % home.path("v2.cast"), "/dev/null"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    check("asciinema plays it", got.returncode == 0 and "recorded 42" in got.stdout, got)


def main():
    home = Home(RIFFLE)
    try:
        for part in (commands, protocol, clients, daemons, scrollback_kept, programs, sequences, blocks, recordings):
            if len(sys.argv) <= 2 or part.__name__ in sys.argv[2:]:
                part(home)
    finally:
        home.close()
    checks.end()


if __name__ == "__main__":
    main()

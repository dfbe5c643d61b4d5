#!/usr/bin/env python3
"""term_plugins.py RIFFLE: plugins in terminal sessions: every hook from real events, the five that come with riffle, saved files, and plugins that misbehave.

Prints one line a check and ends with `N passed, N failed`.
"""
import hashlib, json, os, re, subprocess, sys, time

from lib import checks
from lib.checks import check, wait_for
from lib.term import Home, ROOT
from lib.terminal import Terminal

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
checks.slow = 10 if "asan" in RIFFLE or "tsan" in RIFFLE else 1

PROMPT = r"ready> $|\$ $|# $"

LOOKER = """// @name: looker
// @capabilities: ["ui", "send", "screen", "store"]
// @keys: ["ctrl-t"]
// @tick: "100ms"
// @priority: 5

let note text = Log.info text

let on_load () = note "load"
let on_unload () = note "unload"
let on_output line =
    if line = "change me" then Modify "changed"
    elif line = "drop me" then Drop
    else Continue
let on_raw_output bytes = Continue
let on_input bytes =
    if bytes = "z" then Modify "Z" else Continue
let on_paste text =
    if String.contains "bad" text then Drop else Modify (text ++ "!")
let on_resize columns rows = note ("resize " ++ string columns ++ "x" ++ string rows)
let on_attach client = note "attach"
let on_detach client = note "detach"
let on_pre_command text = note ("pre " ++ text)
let on_post_command text directory code ms = note ("post " ++ text ++ " " ++ string code)
let on_key name =
    note ("key " ++ name)
    Drop
let on_tick name = Ui.status "ticks" "ticking" 1
let on_remote_command id = note ("remote " ++ id)
"""


def grants(names, *capabilities):
    return "".join('[plugins.%s]\nenabled = true\ngrant = [%s]\n' % (n, ", ".join('"%s"' % c for c in capabilities)) for n in names)


def start(settings="", plugins=None, session="s", command=None):
    home = Home(RIFFLE, settings, plugins)
    got = home.term("new", "-d", "-s", session, "--", *(command or ["bash", "--norc", "-i"]))
    if got.returncode:
        check("a session", False, got.stderr)
    home.term("wait", session, "--text", PROMPT)
    return home


def lines(home, session="s", scrollback=-1):
    return [line.rstrip() for line in home.call("capture", session=session, scrollback=scrollback)["lines"]]


def run(home, line, pattern, session="s"):
    home.call("send", session=session, text=line, keys=["enter"])
    return home.term("wait", session, "--text", pattern, "--timeout", "%ds" % (5 * checks.slow)).returncode == 0


def hooks():
    home = start(grants(["looker"], "ui", "send", "screen", "store"), {"looker.fsx": LOOKER})
    home.term("shell-integration", "bash", "--install")
    told = lambda: home.log()
    check("on_load", wait_for(lambda: 'msg="load"' in told()), told())
    check("Modify", run(home, "printf 'change me\\n'", "^changed$"), lines(home))
    check("Drop", run(home, "printf 'one\\ndrop me\\ntwo\\n'", "^two$") and "drop me" not in lines(home) and "one" in lines(home), lines(home))
    check("in order, under flood", run(home, "for i in $(seq 3000); do echo $i; echo drop me; done; echo done", "^done$"))
    got = [line for line in lines(home) if line.isdigit()]
    check("nothing lost, nothing twice", got == [str(i) for i in range(1, 3001)], (len(got), got[:5], got[-5:]))
    check("and what was dropped is nowhere", "drop me" not in lines(home))
    home.call("send", session="s", text="echo ")
    home.call("send", session="s", text="z")
    home.call("send", session="s", keys=["enter"])
    check("on_input", home.term("wait", "s", "--text", "^Z$").returncode == 0, lines(home)[-10:])
    home.call("send", session="s", text="echo bad paste", paste=True)
    home.call("send", session="s", text="echo good paste", paste=True)
    home.call("send", session="s", keys=["enter"])
    check("on_paste", home.term("wait", "s", "--text", "^good paste!$").returncode == 0 and not any("bad paste" in line for line in lines(home)), lines(home)[-10:])
    home.call("resize", session="s", columns=90, rows=30)
    check("on_resize", wait_for(lambda: "resize 90x30" in told()), told()[-500:])
    home.call("run", session="s", plugin="looker", id="looker.go")
    check("on_remote_command", wait_for(lambda: "remote looker.go" in told()))
    home.call("send", session="s", text=". %s" % home.path("config/riffle/shell/riffle.bash"), keys=["enter"])
    home.call("send", session="s", text="sh -c 'exit 4'", keys=["enter"])
    check("on_pre_command", wait_for(lambda: "pre sh -c 'exit 4'" in told()), told()[-800:])
    check("on_post_command", wait_for(lambda: "post sh -c 'exit 4' 4" in told()), told()[-800:])
    terminal = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    check("on_attach", wait_for(lambda: 'msg="attach"' in told()))
    terminal.shows("on_tick, and a status item", "ticking")
    terminal.keys("C-t")
    check("on_key", wait_for(lambda: "key ctrl-t" in told()))
    terminal.keys("C-\\", "d")
    check("on_detach", wait_for(lambda: 'msg="detach"' in told()))
    terminal.close()
    got = home.ok("plugins", "plugins", out=["looker", "on_output", "on_post_command"])
    home.call("send", session="s", text="exit", keys=["enter"])
    check("on_unload", wait_for(lambda: 'msg="unload"' in told()))
    home.close()


def saved():
    home = start("", {"shout.fsx": "let on_output line = if line = \"hey\" then Modify \"HEY 1\" else Continue\n"})
    check("a plugin in the user's folder runs", run(home, "echo hey", "^HEY 1$"), home.log())
    home.plugin("shout.fsx", "let on_output line = if line = \"hey\" then Modify \"HEY 2\" else Continue\n")
    check("saved, it acts within a second", wait_for(lambda: "loaded anew" in home.log(), 1.5), home.log())
    check("the new version", run(home, "echo hey", "^HEY 2$"))
    terminal = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    terminal.shows("attached", "HEY 2")
    home.plugin("shout.fsx", "let on_output line = if then\n")
    terminal.shows("a broken one says so", r"shout does not load|shout\.fsx:1")
    check("and the old one goes on", run(home, "echo hey; echo end", "^end$") and lines(home)[-3:].count("HEY 2") + lines(home).count("HEY 2") >= 2, lines(home)[-6:])
    terminal.close()
    home.plugin("late.js", "function on_output(line) { return line === 'late' ? Modify('in time') : Continue; }\n")
    check("a new file is a new plugin", wait_for(lambda: "plugin late: loaded" in home.log(), 3) and run(home, "echo late", "^in time$"), home.log()[-600:])
    os.unlink(home.path("config/riffle/plugins/late.js"))
    check("and one that goes is gone", wait_for(lambda: "plugin late: gone" in home.log(), 3) and run(home, "echo late", "^late$"), home.log()[-600:])
    home.close()


def misbehaving():
    home = start("", {"loop.fsx": "let rec spin n = spin (n + 1)\nlet on_output line = if line = \"spin\" then spin 0 else Continue\n",
                      "greedy.js": "let kept = []; function on_output(line) { if (line === 'eat') { for (;;) kept.push(new Array(10000).fill(line)); } return Continue; }\n",
                      "failing.fsx": "let on_output line = if line = \"fail\" then failwith \"no\" else Continue\n"})
    home.term("new", "-d", "-s", "other", "--", "bash", "--norc", "-i")
    home.term("wait", "other", "--text", PROMPT)
    home.call("send", session="s", text="for i in 1 2 3 4 5 6; do echo spin; done; echo over", keys=["enter"])
    worst = 0
    for i in range(20):
        began = time.monotonic()
        home.call("send", session="other", text="echo t%d" % i, keys=["enter"])
        home.call("wait", session="other", **{"for": "text", "pattern": "^t%d$" % i})
        worst = max(worst, time.monotonic() - began)
    check("a plugin that loops in one session leaves the other smooth", worst < 0.25 * checks.slow, worst)
    check("the session goes on", home.term("wait", "s", "--text", "^over$").returncode == 0)
    state = lambda name: next((p["state"] for p in home.call("plugins")["plugins"] if p["name"] == name), None)
    check("three times, and it is off", wait_for(lambda: state("loop") == "failed"), home.call("plugins"))
    check("one that eats memory", run(home, "for i in 1 2 3 4; do echo eat; done; echo full", "^full$") and wait_for(lambda: state("greedy") == "failed"), home.call("plugins"))
    check("one that fails each time", run(home, "for i in 1 2 3 4; do echo fail; done; echo failed", "^failed$") and wait_for(lambda: state("failing") == "failed"))
    home.ok("enabled again", "plugins", "--enable", "failing")
    check("it is", wait_for(lambda: state("failing") == "running"))
    home.close()


SECRET = "ghp_" + "aB3dE5fG7hI9jK1mN3pQ5rS7tU9vW1xY3zA5"


def redact():
    home = start("[recording]\nall = true\n" + grants(["redact"]))
    terminal = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    terminal.shows("attached", r"ready>")
    body = SECRET[4:]
    script = home.write("leak.sh", r"""
printf 'token %s end\n' '{0}'
printf 'sent '; for c in $(echo '{0}' | sed 's/./& /g'); do printf '%s' "$c"; sleep 0.01; done; echo ' bytewise'
printf 'colour \033[31m{1}\033[32m{2}\033[0m\033[1m{3}\033[0m end\n'
printf -- '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN\nqwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM1234567890ab\nshort==\n-----END RSA PRIVATE KEY-----\n'
echo all told
""".format(SECRET, SECRET[:10], SECRET[10:20], SECRET[20:]))
    home.call("send", session="s", text="sh %s" % script, keys=["enter"])
    check("it ran", home.term("wait", "s", "--text", "^all told").returncode == 0, lines(home))
    time.sleep(1.3)
    screen = terminal.screen()
    held = "\n".join(lines(home))
    cast = "".join(open(os.path.join(home.path("state/riffle/recordings"), name)).read() for name in os.listdir(home.path("state/riffle/recordings")))
    drawn = "".join(json.loads(line)[2] for line in cast.splitlines()[1:])
    plain = re.sub("\x1b\\[[0-9;]*m", "", drawn)
    for place, text in (("screen", screen), ("scrollback", held), ("recording", plain), ("log", home.log())):
        for what in (body, body[:12], body[-12:], "MIIEpAIBAAKCAQEA", "qwertyuiopasdf", "short=="):
            if not check("no secret in the %s: %s…" % (place, what[:6]), what not in text, text[-900:]):
                break
    check("what is around it stays", re.search(r"token ghp_\*+ end", held) and "bytewise" in held and re.search(r"colour ghp_\*+ end", held), held)
    terminal.close()
    again = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    again.shows("attached again: still masked", r"ghp_\*", without=[body[:8]])
    again.close()
    home.close()


def bursts(home, terminal):
    """Text and Enter at once: the shell has echoed nothing yet."""
    for i in range(1, 6):
        home.call("send", session="s", text="echo rm -rf /", keys=["enter"])
        terminal.shows("a burst asks first, %d" % i, r"[Rr]un it\?", without=["^rm -rf /"])
        terminal.keys("Escape")
        terminal.shows("and is held back, %d" % i, r"ready> echo rm -rf /\s*$", without=[r"[Rr]un it\?", "^rm -rf /"])
        terminal.keys("C-c")
        home.term("wait", "s", "--text", PROMPT)
        home.call("send", session="s", text="clear", keys=["enter"])
        terminal.shows("the next one, %d" % i, r"^ready>\s*$", without=["rm -rf"])
    home.call("send", session="s", text="echo rm -rf /\recho behind\r")
    terminal.shows("lines in one piece ask", r"[Rr]un it\?", without=["^rm -rf /"])
    check("nothing of it has run", "behind" not in lines(home), lines(home))
    terminal.keys("Down")
    terminal.keys("Enter")
    check("agreed, all of it runs", home.term("wait", "s", "--text", "^behind", "--timeout", "5s").returncode == 0 and "rm -rf /" in lines(home), lines(home))
    check("a harmless burst does not ask", run(home, "echo harm''less", "^harmless"), lines(home))


def guard():
    home = start(grants(["guard"], "ui", "send", "screen"))
    terminal = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    terminal.shows("attached", r"ready>")
    terminal.paste("echo first\necho second\n")
    terminal.shows("a paste of several lines asks first", r"[Pp]aste", without=["^first$"])
    terminal.keys("Escape")
    time.sleep(0.3)
    check("cancelled, nothing was run", "first" not in lines(home))
    terminal.paste("echo first\necho second\n")
    terminal.shows("asked again", r"[Pp]aste")
    terminal.keys("Down")  # the safe answer comes first
    terminal.keys("Enter")
    time.sleep(0.5)
    terminal.keys("Enter")
    check("agreed, it is pasted", home.term("wait", "s", "--text", "^second", "--timeout", "5s").returncode == 0, lines(home))
    terminal.keys("C-c")
    terminal.type("rm -rf / --no-preserve-root-please")
    terminal.keys("Enter")
    terminal.shows("a dangerous command asks first", r"[Rr]un")
    terminal.keys("Escape")
    time.sleep(0.5)
    terminal.keys("C-c")
    time.sleep(0.2)
    terminal.paste("echo one line")
    terminal.keys("Enter")
    terminal.shows("one line does not ask", "^one line")
    bursts(home, terminal)
    terminal.close()
    home.close()


def notify_and_audit():
    home = start(grants(["notify", "audit"], "ui", "store", "write-files", "read-files", "environment") + "[plugins.notify.config]\nseconds = 1\n")
    home.term("shell-integration", "bash", "--install")
    home.call("send", session="s", text=". %s" % home.path("config/riffle/shell/riffle.bash"), keys=["enter"])
    with home.connect() as c:
        c.call("events", kinds=["notify"])
        c.call("send", session="s", text="sleep 1.2; false", keys=["enter"])
        got = c.event("notify", 10)
        check("notify: a long command, nobody attached", got and "sleep 1.2" in got["title"] + got["body"] and "1" in got["body"] + got["title"], (got, home.log()))
    terminal = Terminal(RIFFLE, "term", "attach", "s", env=home.env)
    terminal.shows("told to who comes back", r"sleep 1\.2|while you were away")
    terminal.close()
    home.call("send", session="s", text="echo audited", keys=["enter"])
    home.term("wait", "s", "--text", "^audited")
    path = home.path("state/riffle/audit.jsonl")
    check("audit: a file", wait_for(lambda: os.path.exists(path) and "audited" in open(path).read()), home.log())
    rows = [json.loads(line) for line in open(path)] if os.path.exists(path) else []
    check("audit: what was run", any(row["command"] == "echo audited" and row["exit_code"] == 0 for row in rows) and any(row["exit_code"] == 1 for row in rows), rows)
    check("audit: a chain", len(rows) > 1 and all(b["previous"] == a["hash"] for a, b in zip(rows, rows[1:])), rows)
    home.close()


def triggers():
    home = start(grants(["triggers"], "ui", "send") + '[plugins.triggers.config]\nrules = ["ERROR => highlight red", "deploy done => notify deployed"]\n')
    check("a trigger highlights", run(home, "echo an ERROR here", "^an ERROR here"))
    got = home.term("capture", "s", "--styled").stdout
    check("in red", re.search("\x1b\\[[0-9;]*(31|41|91|101)[0-9;]*mERROR", got), got)
    with home.connect() as c:
        c.call("events", kinds=["notify"])
        c.call("send", session="s", text="echo deploy done", keys=["enter"])
        got = c.event("notify", 5)
        check("a trigger notifies", got and "deployed" in got["title"] + got["body"], got)
    home.close()


def observed():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = start('http = "127.0.0.1:%d"\ndebug_endpoints = true\n' % port + grants(["redact"]))
    run(home, "seq 5000; echo counted", "^counted")
    url = "http://127.0.0.1:%d" % port
    got = subprocess.run([RIFFLE, "top", "--url", url, "--once"], capture_output=True, text=True, env=home.env, timeout=60 * checks.slow, check=False)
    check("riffle top", "sessions 1" in got.stdout and "redact" in got.stdout and "on_output" in got.stdout and "output " in got.stdout, got)
    got = subprocess.run([RIFFLE, "top", "--url", url, "--once", "--json"], capture_output=True, text=True, env=home.env, timeout=60 * checks.slow, check=False)
    check("riffle top --json", json.loads(got.stdout)["plugins"][0]["hooks"]["on_output"]["calls"] >= 5000, got)
    got = subprocess.run([RIFFLE, "plugin", "top", "--url", url, "--once"], capture_output=True, text=True, env=home.env, timeout=60 * checks.slow, check=False)
    check("riffle plugin top", re.search(r"redact .* on_", got.stdout), got)
    with subprocess.Popen([sys.executable, "-c", "import urllib.request as u; print(len(u.urlopen(%r).read()))" % (url + "/debug/pprof/profile?seconds=1")], stdout=subprocess.PIPE) as profile:
        for _ in range(5):
            run(home, "seq 20000; echo busy", "^busy")
        out = profile.communicate()[0]
    check("a CPU profile of the daemon", int(out or 0) > 200, out)
    home.close()


def main():
    for part in (hooks, saved, misbehaving, redact, guard, notify_and_audit, triggers, observed):
        if len(sys.argv) <= 2 or part.__name__ in sys.argv[2:]:
            part()
    checks.end()


if __name__ == "__main__":
    main()

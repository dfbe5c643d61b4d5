#!/usr/bin/env python3
"""fusabi.py RIFFLE: Fusabi from the command line, as a user has it: exec, compile, check, fmt, disasm, repl, the documents' examples.

Prints one line a check and ends with `N passed, N failed`. Needs: openssl.
"""
import errno, json, os, pty, re, select, shlex, signal, stat, subprocess, sys, tempfile, time

from lib import checks
from lib.checks import check

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
CASES = os.path.join(ROOT, "tests", "golden", "fusabi")
SLOW = 10 if "asan" in RIFFLE else 1


def riffle(*words, text="", env=None, seconds=30):
    return subprocess.run([RIFFLE, *words], input=text, capture_output=True, text=True, timeout=seconds * SLOW,
                          env={**os.environ, **(env or {})})


def expect(name, got, out=None, status=0, err=None):
    """Standard output as a whole, exit status, and parts of standard error (None: it is empty)."""
    good = got.returncode == status and (out is None or got.stdout == out)
    good = good and (got.stderr == "" if err is None else all(part in got.stderr for part in ([err] if isinstance(err, str) else err)))
    check(name, good, (got.returncode, got.stdout, got.stderr))


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


# ---- exec ----

def execute():
    write("hello.fsx", 'let name = "world"\nprintfn $"hello, {name}"\n')
    expect("exec: output, then the value", riffle("exec", "hello.fsx"), "hello, world\n()\n")
    expect("exec --quiet: output alone", riffle("exec", "--quiet", "hello.fsx"), "hello, world\n")
    expect("exec -e", riffle("exec", "-e", "List.map (fun x -> x * x) [1; 2; 3]"), "[1; 4; 9]\n")
    expect("exec -: standard input", riffle("exec", "-", text="1 + 2\n"), "3\n")
    expect("exec: arguments, options among them", riffle("exec", "-q", write("args.fsx", "printfn (Script.args ())\n"), "a", "--quiet", "-x"),
           "[a; --quiet; -x]\n")
    expect("exec -e: arguments", riffle("exec", "-e", "Script.args ()", "one", "-q", "--two"), "[one; -q; --two]\n")
    write("shebang.fsx", "#!/usr/bin/env -S riffle exec\nprintfn 1\n")
    os.chmod("shebang.fsx", 0o755)
    path = os.path.dirname(RIFFLE) + ":" + os.environ["PATH"]
    got = subprocess.run(["./shebang.fsx"], capture_output=True, text=True, env=dict(os.environ, PATH=path))
    expect("a first line #! makes it a program", got, "1\n()\n")
    expect("exec: reads the console", riffle("exec", "-q", "-e", 'printfn (Console.readLine ())', text="from stdin\nmore\n"), "from stdin\n")
    got = riffle("exec", "-q", "-e", 'print "a"\nProcess.run "printf" ["b"] |> ignore\nprintfn (Process.run "echo" ["c"]).stdout')
    expect("exec: starts programs", got, "ac\n\n")
    got = riffle("exec", "-q", "-e", 'print "first "\nlet r = Process.runShell "echo second >&2; echo third"\nprintfn r.stdout')
    check("exec: output is in order", got.stdout.startswith("first third"), got)


def errors():
    write("div.fsx", "let f x = 10 / x\nlet g x =\n    f x + 1\nprintfn \"before\"\ng 0\n")
    got = riffle("exec", "div.fsx")
    expect("a run-time error: place, line, caret", got, "before\n", 1, ["div.fsx:1:", "error: Division by zero", "let f x = 10 / x", "^"])
    check("a run-time error: the calls", re.search(r"at f \(div.fsx:1.*\n.*at g \(div.fsx:3", got.stderr), got.stderr)
    got = riffle("exec", write("bad.fsx", 'let a = 1\nlet b = (a\nlet c = )\n'))
    expect("a parse error: nothing runs", got, "", 1, ["bad.fsx:", "error: ", "^"])
    got = riffle("exec", write("lex.fsx", 'printfn 1\nlet x = "abc\n'))
    expect("an unterminated string", got, "", 1, "lex.fsx:2:9: error: ")
    expect("a missing file", riffle("exec", "nothing.fsx"), "", 1, "nothing.fsx")
    expect("no file", riffle("exec"), "", 2, "no script is given")
    expect("an unknown option", riffle("exec", "--dney", "run", "hello.fsx"), "", 2, "did you mean --deny?")
    with open("latin.fsx", "wb") as file:
        file.write(b'let a = 1\nprintfn "caf\xe9"\n')
    expect("text that is not UTF-8", riffle("exec", "latin.fsx"), "", 1, "latin.fsx:2:13: error: the text is not UTF-8: byte 0xE9")
    got = riffle("exec", write("unknown.fsx", 'printfn 1\nprintfn (lenght "x")\n'))
    expect("an unknown name is an error when it runs", got, "1\n", 1, "Undefined global: lenght")
    got = riffle("exec", "--warn", "unknown.fsx")
    expect("exec --warn says so before", got, "1\n", 1, "unknown.fsx:2:10: warning: ")
    expect("exec --strict does not run it", riffle("exec", "--strict", "unknown.fsx"), "", 1, "unknown.fsx:2:10: error: ")
    got = riffle("exec", "-e", 'failwith "on purpose"')
    expect("failwith", got, "", 1, "error: on purpose")
    check("no colours into a pipe", "\033" not in got.stderr, got.stderr)


def rights():
    write("write.fsx", 'File.writeLines "made.txt" ["x"]\n')
    expect("exec may write files", riffle("exec", "-q", "write.fsx"), "")
    check("and has", os.path.exists("made.txt"))
    os.remove("made.txt")
    got = riffle("exec", "--deny", "write-files,run", "write.fsx")
    check("--deny write-files", got.returncode == 1 and not os.path.exists("made.txt") and "File.writeLines" in got.stderr, got)
    got = riffle("exec", "--deny=all", "-e", 'Process.runShell "touch made.txt"')
    check("--deny all", got.returncode == 1 and not os.path.exists("made.txt"), got)
    expect("what is not denied works", riffle("exec", "--deny", "run", "--deny", "network", "-q", "write.fsx"), "")
    expect("--deny of nothing there is", riffle("exec", "--deny", "wirte-files", "write.fsx"), "", 2, "did you mean write-files?")


def limits():
    began = time.monotonic()
    got = riffle("exec", "--time", "200ms", write("loop.fsx", "let rec spin x = spin (x + 1)\nprintfn \"on\"\nspin 0\n"))
    expect("--time ends a loop", got, "on\n", 1, "loop.fsx")
    check("--time: in time", time.monotonic() - began < 2 * SLOW)
    got = riffle("exec", "--memory", "16MiB", write("grow.fsx", "let rec grow xs = grow (1 :: xs)\ngrow []\n"))
    expect("--memory ends a hog", got, "", 1, "grow.fsx")
    expect("--time takes a duration", riffle("exec", "--time", "soon", "loop.fsx"), "", 2, "soon")
    got = riffle("exec", "-e", "let rec deep x = 1 + deep x\ndeep 0")
    expect("endless recursion", got, "", 1, "Call stack overflow")
    process = subprocess.Popen([RIFFLE, "exec", "loop.fsx"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.3 * SLOW)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20 * SLOW)
    check("Ctrl-C ends it and says where", process.returncode == 130 and out == "on\n" and "loop.fsx:1" in err, (process.returncode, out, err))
    got = subprocess.run("%s exec -e '[1 .. 1000000] |> List.iter printfn' | head -n 1" % shlex.quote(RIFFLE), shell=True, capture_output=True, text=True)
    check("a reader that goes away", got.stdout == "1\n", got)


# ---- compile ----

def compiled():
    write("report.fsx", 'let rec fact n = if n <= 1 then 1 else n * fact (n - 1)\nprintfn (fact 10)\nfact 5 / (fact 1 - 1)\n')
    got = riffle("compile", "report.fsx")
    check("compile: report.fzb", got.returncode == 0 and os.path.exists("report.fzb") and "report.fzb" in got.stdout, got)
    expect("a .fzb runs, and knows its lines", riffle("exec", "report.fzb"), "3628800\n", 1, ["Division by zero", "report.fsx:3:8"])
    size = os.path.getsize("report.fzb")
    got = riffle("compile", "--strip", "report.fsx", "-o", "small.fzb")
    check("compile --strip is smaller", got.returncode == 0 and os.path.getsize("small.fzb") < size, got)
    expect("and runs", riffle("exec", "small.fzb"), "3628800\n", 1, "Division by zero")
    write("noext", "printfn 1\n")
    riffle("compile", "noext")
    check("a name without .fsx gets .fzb", open("noext").read() == "printfn 1\n" and os.path.exists("noext.fzb"))
    expect("the script is never overwritten", riffle("compile", "report.fsx", "-o", "./report.fsx"), "", 2, "overwritten")
    expect("a script with errors makes no file", riffle("compile", "bad.fsx"), "", 1, "bad.fsx:")
    check("none", not os.path.exists("bad.fzb"))
    got = subprocess.run([RIFFLE, "compile", "report.fsx", "-o", "-"], capture_output=True)
    check("compile -o -", got.returncode == 0 and got.stdout == open("report.fzb", "rb").read())
    for name in ("list_map", "rec_fact", "match_nested"):
        if os.path.exists(os.path.join(CASES, name + ".fzb")):
            got = riffle("compile", os.path.join(CASES, name + ".fzb"), "-o", "again.fzb")
            check("a .fzb of the original becomes one of ours: " + name, got.returncode == 0, got)


def damaged():
    content = bytearray(open("report.fzb", "rb").read())
    crashes = accepted = 0
    for at in range(0, len(content), max(1, len(content) // 60)):
        for bits in (0x01, 0x80):
            changed = bytearray(content)
            changed[at] ^= bits
            open("changed.fzb", "wb").write(changed)
            got = riffle("exec", "changed.fzb")
            crashes += got.returncode < 0 or got.returncode > 2 or "Sanitizer" in got.stderr
            accepted += got.stdout != ""
    check("a damaged .fzb never crashes", crashes == 0, crashes)
    check("a damaged .fzb is refused: its hash tells", accepted == 0, accepted)
    open("cut.fzb", "wb").write(content[:len(content) // 2])
    expect("half a .fzb", riffle("exec", "cut.fzb"), "", 1, "cut.fzb")


def signed():
    for command in ("genpkey -algorithm ed25519 -out secret.pem", "pkey -in secret.pem -pubout -out public.pem",
                    "genpkey -algorithm ed25519 -out other.pem", "pkey -in other.pem -pubout -out stranger.pem"):
        subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
    write("answer.fsx", "printfn 42\n")
    got = riffle("compile", "--sign", "secret.pem", "answer.fsx", "-o", "answer.fzb")
    check("compile --sign", got.returncode == 0, got)
    expect("exec --verify: its key", riffle("exec", "-q", "--verify", "public.pem", "answer.fzb"), "42\n")
    expect("exec --verify: another key", riffle("exec", "-q", "--verify", "stranger.pem", "answer.fzb"), "", 1, "error: ")
    expect("a signed file runs without --verify too", riffle("exec", "-q", "answer.fzb"), "42\n")
    riffle("compile", "answer.fsx", "-o", "plain.fzb")
    expect("exec --verify: unsigned", riffle("exec", "-q", "--verify", "public.pem", "plain.fzb"), "", 1, "error: ")
    expect("exec --verify: a script", riffle("exec", "-q", "--verify", "public.pem", "answer.fsx"), "", 1, "signature")
    content = bytearray(open("answer.fzb", "rb").read())
    accepted = 0
    for at in range(5, len(content), 7):
        changed = bytearray(content)
        changed[at] ^= 0x10
        open("changed.fzb", "wb").write(changed)
        accepted += riffle("exec", "-q", "--verify", "public.pem", "changed.fzb").stdout != ""
    check("a changed file is refused wherever the change is", accepted == 0, accepted)
    write("key.hex", "00" * 32 + "\n")
    check("a key in hex", riffle("compile", "--sign", "key.hex", "answer.fsx", "-o", "hex.fzb").returncode == 0)
    expect("no key in the file", riffle("compile", "--sign", "answer.fsx", "answer.fsx", "-o", "x.fzb"), "", 1, ["holds no Ed25519 secret key", "openssl genpkey"])


# ---- check, fmt, disasm, list ----

def checked():
    expect("check: nothing to say", riffle("check", "hello.fsx", "report.fsx"), "")
    got = riffle("check", "bad.fsx", "lex.fsx")
    check("check: all files, several findings", got.returncode == 2 and got.stderr.count("error: ") >= 3 and "lex.fsx:2:9" in got.stderr, got)
    check("check: a sum", re.search(r"^\d+ errors, \d+ warnings?$", got.stderr, re.M), got.stderr)
    write("clash.fsx", 'let half x = x / 2\nlet word = "ten"\nprintfn (half word)\n')
    got = riffle("check", "clash.fsx")
    check("a clash of types is a warning", got.returncode == 0 and "clash.fsx:3:" in got.stderr and "warning: " in got.stderr
          and "int" in got.stderr and "string" in got.stderr, got)
    got = riffle("check", "--strict", "clash.fsx")
    check("and an error with --strict", got.returncode == 2 and "error: " in got.stderr, got)
    got = riffle("check", "--json", "clash.fsx", "bad.fsx")
    try:
        found = json.loads(got.stdout)
    except ValueError:
        found = []
    check("check --json", got.returncode == 2 and len(found) >= 2 and all(f["line"] > 0 and f["column"] > 0 and f["severity"] and f["message"]
          for f in found) and {f["file"] for f in found} == {"clash.fsx", "bad.fsx"}, got.stdout)
    expect("check --json of a good file", riffle("check", "--json", "hello.fsx"), "[]\n")
    expect("check of a .fzb verifies it", riffle("check", "report.fzb"), "")
    expect("check of a missing file", riffle("check", "nothing.fsx"), "", 1, "nothing.fsx")
    got = riffle("check", write("match.fsx", "type T = A | B of int | C\nlet f t =\n    match t with\n    | A -> 1\n    | B _ -> 2\nprintfn (f A)\n"))
    check("an incomplete match", got.returncode == 0 and "match.fsx:3:" in got.stderr and "C" in got.stderr, got)


def formatted():
    ugly = "// a comment\nlet   f x=\n        x+1 // behind\n\n\nprintfn (f   2)\n"
    write("ugly.fsx", ugly)
    os.chmod("ugly.fsx", 0o640)
    expect("fmt --check names it", riffle("fmt", "--check", "ugly.fsx"), "ugly.fsx\n", 1)
    check("and leaves it", open("ugly.fsx").read() == ugly)
    expect("fmt", riffle("fmt", "ugly.fsx"), "")
    text = open("ugly.fsx").read()
    check("fmt: laid out, comments kept", text != ugly and "// a comment" in text and "// behind" in text and "let f x =" in text, text)
    check("fmt: permissions kept", stat.S_IMODE(os.stat("ugly.fsx").st_mode) == 0o640)
    check("fmt: nothing is left beside it", not [n for n in os.listdir(".") if n.startswith("ugly.fsx.")])
    expect("fmt: again changes nothing", riffle("fmt", "--check", "ugly.fsx"), "")
    expect("fmt -", riffle("fmt", "-", text=ugly), text)
    expect("and it runs the same", riffle("exec", "-q", "ugly.fsx"), "3\n")
    before = open("bad.fsx").read()
    got = riffle("fmt", "bad.fsx")
    check("fmt: a file with errors is left alone", got.returncode == 2 and open("bad.fsx").read() == before and "bad.fsx:" in got.stderr, got)
    os.symlink("ugly.fsx", "link.fsx")
    write("ugly.fsx", ugly)
    riffle("fmt", "link.fsx")
    check("fmt: a link stays one", os.path.islink("link.fsx") and open("ugly.fsx").read() == text)
    write("shebang2.fsx", "#!/usr/bin/env -S riffle exec\nprintfn   1\n")
    riffle("fmt", "shebang2.fsx")
    check("fmt: #! stays", open("shebang2.fsx").read().startswith("#!/usr/bin/env -S riffle exec\n"), open("shebang2.fsx").read())
    stable = 0
    names = [n for n in sorted(os.listdir(CASES)) if n.endswith(".fsx")][::6]
    for name in names:
        once = riffle("fmt", "-", text=open(os.path.join(CASES, name)).read())
        stable += once.returncode == 2 or riffle("fmt", "-", text=once.stdout).stdout == once.stdout
    check("fmt: stable over recorded cases", stable == len(names), (stable, len(names)))


def shown():
    got = riffle("disasm", "report.fsx")
    check("disasm of a script", got.returncode == 0 and "fact" in got.stdout and "MUL" in got.stdout, got)
    got = riffle("disasm", "report.fzb")
    check("disasm of a .fzb", got.returncode == 0 and "fact" in got.stdout, got)
    got = riffle("list", "fusabi")
    check("list fusabi: modules", got.returncode == 0 and "List" in got.stdout and "Prim" not in got.stdout, got)
    got = riffle("list", "fusabi", "List.map")
    check("list fusabi List.map", "('a -> 'b) -> 'a list -> 'b list" in got.stdout, got)
    got = riffle("list", "--format", "json", "fusabi")
    modules = json.loads(got.stdout)
    rows = [row for module in modules for row in module["functions"]]
    check("list fusabi as JSON", len(rows) > 150 and all(row["type"] and row["doc"] and row["arity"] > 0 for row in rows), len(rows))
    examples = wrong = 0
    told = []
    for row in rows:
        code, mark, answer = (row["example"] or "").rpartition(" // ")
        if not mark or row["needs"] or row["name"].startswith("Config."):  # those speak of what was defined before
            continue
        examples += 1
        out = riffle("exec", "-e", code).stdout
        if out.rstrip("\n").split("\n")[-1] != answer:
            wrong += 1
            told.append((code, answer, out))
    check("every example of the library gives what it says", wrong == 0 and examples > 100, (examples, told[:5]))
    expect("list fusabi of nothing there is", riffle("list", "fusabi", "List.mpa"), "", 2, "List.mpa")
    with open(os.path.join(ROOT, "docs", "fusabi", "library.md")) as file:
        check("docs/fusabi/library.md is up to date", file.read() == riffle("list", "--format", "markdown", "fusabi").stdout)


def documents():
    with open(os.path.join(ROOT, "docs", "fusabi", "language.md")) as file:
        blocks = re.findall(r"```fsharp\n(.*?)```\n```output\n(.*?)```", file.read(), re.S)
    check("language.md has examples", len(blocks) > 12, len(blocks))
    for number, (code, output) in enumerate(blocks, 1):
        got = riffle("exec", "--quiet", write("doc.fsx", code))
        check("language.md, example %d" % number, got.stdout == output and got.returncode == 0, (got.stdout, got.stderr))
        got = riffle("check", "doc.fsx")
        check("language.md, example %d: no findings" % number, got.stderr == "", got.stderr)


# ---- repl ----

class Terminal:
    """riffle repl behind a pseudo terminal."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.environ.update(XDG_STATE_HOME=os.path.abspath("state"), TERM="xterm")
                os.execv(RIFFLE, [RIFFLE, "repl", *words])
            finally:
                os._exit(127)
        self.seen = ""

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def until(self, pattern, seconds=5):
        """Reads until the pattern is seen; what came since the last call."""
        end = time.monotonic() + seconds * SLOW
        while not re.search(pattern, self.plain(), re.S):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            try:
                part = os.read(self.fd, 65536) if ready else b""
            except OSError as problem:
                if problem.errno != errno.EIO:
                    raise
                part = b""
            if not part:
                return None
            self.seen += part.decode("utf-8", "replace")
        text, self.seen = self.plain(), ""
        return text

    def plain(self):
        return re.sub(r"\033\[[0-9;?]*[A-Za-z]|\r", "", self.seen)

    def end(self):
        self.send("\x04")
        end = time.monotonic() + 5 * SLOW
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            try:
                if ready and not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def typed(t, name, keys, pattern):
    t.send(keys)
    got = t.until(pattern)
    check(name, got is not None, repr(t.plain()[-300:]))
    return got


def session():
    t = Terminal()
    check("repl: a prompt", t.until(r"> $") is not None, t.plain())
    typed(t, "repl: a definition", "let x = 20\r", r"val x : int = 20\n> $")
    typed(t, "repl: later inputs see it", "x * 2 + 2\r", r"val it : int = 42\n> $")
    typed(t, "repl: it", "it + 1\r", r"val it : int = 43\n> $")
    typed(t, "repl: several lines", "let f a =\r    let b = a + 1\r    b * 2\r\r", r"val f : int -> int\n> $")
    typed(t, "repl: and calls", "f 4\r", r"int = 10\n> $")
    typed(t, "repl: output", 'printfn "hi"\r', r"\nhi\n> $")
    typed(t, "repl: a mutable name", "let mutable n = 1\r", r"val mutable n : int = 1")
    typed(t, "repl: a function changes it", "let bump () = n <- n + 1\r", r"val bump : unit -> unit")
    typed(t, "repl: it is the same for all", "bump ()\rbump ()\rn\r", r"int = 3\n> $")
    typed(t, "repl: from here too", "n <- 10\rbump ()\rn\r", r"int = 11\n> $")
    typed(t, "repl: types", "type Shape = Circle of float | Dot\r", r"type Shape")
    typed(t, "repl: stay", "let area s = match s with Circle r -> r | Dot -> 0.0\r", r"val area : Shape -> float")
    typed(t, "repl: and are the same", "area (Circle 2.0)\r", r"float = 2\n> $")
    typed(t, "repl: modules", "module M =\r    let one = 1\r\r", r"module M")
    typed(t, "repl: are seen", "M.one + 1\r", r"int = 2\n> $")
    typed(t, "repl: an error has a caret", "let y = 1 +\r\r)\r\r", r"error: .*\^.*> $")
    typed(t, "repl: a run-time error too", "let z = 1 / 0\r", r"error: Division by zero.*> $")
    typed(t, "repl: it defines nothing", "z\r", r"(Undefined|nothing defines|unknown).*> $")
    typed(t, "repl: :type", ":type List.map\r", r"\('a -> 'b\) -> 'a list -> 'b list\n> $")
    typed(t, "repl: :type runs nothing", ':type printfn "no"\r', r"\nunit\n> $")
    typed(t, "repl: :doc", ":doc List.map\r", r"List.map f xs.*> $")
    typed(t, "repl: :help", ":help\r", r":load FILE.*> $")
    typed(t, "repl: Tab completes", "List.filt\t", r"List.filter$")
    typed(t, "repl: Ctrl-C drops the line", "\x03", r"> $")
    typed(t, "repl: Tab twice lists", "List.fo\t\t", r"List.fold.*List.fo")
    typed(t, "repl: Ctrl-U clears it", "\x15" + "1 + 1\r", r"int = 2\n> $")
    typed(t, "repl: the history", "\x1b[A" + "\r", r"1 \+ 1.*int = 2\n> $")
    typed(t, "repl: editing", "let a = 15\x1b[D\x1b[D0\x05\x7f\x01\x1b[C\x1b[C\x1b[C\x1b[C\x0bk = 7\r", r"val k : int = 7\n> $")
    typed(t, "repl: searching", "\x12area (", r"area \(Circle 2.0\)")
    typed(t, "repl: the found line runs", "\r", r"float = 2\n> $")
    typed(t, "repl: names beyond ASCII", '"gr\u00fcn \u6f22\u5b57"\x1b[D\x1b[D\x7f\r', r"gr\u00fcn \u5b57.*> $")
    t.send("let rec spin x = spin x\rspin 0\r")
    time.sleep(0.5 * SLOW)
    typed(t, "repl: Ctrl-C ends a script that runs", "\x03", r"interrupted.*> $")
    typed(t, "repl: and the session goes on", "x\r", r"int = 20\n> $")
    write("lib.fsx", "let fromFile = 5\n")
    typed(t, "repl: :load", ":load lib.fsx\r", r"val fromFile : int = 5.*> $")
    write("lib.fsx", "let fromFile = 6\n")
    typed(t, "repl: :load again", ":load lib.fsx\rfromFile\r", r"val it : int = 6.*> $")
    typed(t, "repl: :reset", ":reset\rx\r", r"(Undefined|nothing defines|unknown).*> $")
    check("repl: Ctrl-D ends it", t.end() == 0)
    with open(os.path.join("state", "riffle", "fusabi_history")) as file:
        lines = file.read()
    check("repl: the history is kept", "let x = 20\n" in lines and "area (Circle 2.0)\n" in lines, lines)
    t = Terminal("--deny", "run")
    t.until(r"> $")
    typed(t, "repl: the history of earlier sessions", "\x12let x =", r"let x = 20")
    typed(t, "repl --deny", "\x03" + 'Process.runShell "true"\r', r"error: .*> $")
    t.end()


def piped():
    got = riffle("repl", text="let x = 2\nlet f y =\n    x + y\n\nf 3\n")
    expect("repl on a pipe", got, "val x : int = 2\nval f : int -> int\nval it : int = 5\n")
    got = riffle("repl", text="1 / 0\n7\n")
    check("repl on a pipe: an error, and on", got.returncode == 1 and "int = 7" in got.stdout and "Division by zero" in got.stderr, got)
    text = "".join("let v%d = %s\n" % (i, "v%d + 1" % (i - 1) if i else "0") for i in range(400)) + "v399\n"
    got = riffle("repl", text=text, seconds=60)
    check("repl: four hundred inputs", got.stdout.endswith("val it : int = 399\n"), got.stdout[-200:] + got.stderr[-300:])


def main():
    if riffle("exec", "-e", "6 * 7").stdout != "42\n":
        print("%s does not run at all\n0 passed, 1 failed" % RIFFLE)
        return 1
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for part in (execute, errors, rights, limits, compiled, damaged, signed, checked, formatted, shown, documents, piped, session):
            try:
                part()
            except (OSError, subprocess.SubprocessError, ValueError) as problem:
                check(part.__name__ + " came to its end", False, problem)
        os.chdir(ROOT)
    return checks.summed_up()


sys.exit(main())

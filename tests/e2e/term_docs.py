#!/usr/bin/env python3
"""term_docs.py RIFFLE: docs/terminal says what the code does: the manuals made of its tables, the guide's blocks, the examples.

Prints one line a check and ends with `N passed, N failed`.
"""
import os, re, subprocess, sys

from lib import checks
from lib.checks import check, wait_for
from lib.term import Home, ROOT

RIFFLE = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build", "riffle"))
DOCS = os.path.join(ROOT, "docs", "terminal")
EXAMPLES = os.path.join(ROOT, "examples", "terminal")
checks.slow = 10 if "asan" in RIFFLE or "tsan" in RIFFLE else 1


def read(*names):
    with open(os.path.join(*names), encoding="utf-8") as file:
        return file.read()


def run(home, *words, timeout=60):
    """As a reader types it: in the home, with riffle on the PATH."""
    env = {**home.env, "PATH": os.path.dirname(RIFFLE) + os.pathsep + home.env["PATH"], "PS1": "$ "}
    return subprocess.run(words, capture_output=True, text=True, timeout=timeout * checks.slow, env=env, stdin=subprocess.DEVNULL, cwd=home.path(), check=False)


def protocol(home):
    check("docs/terminal/protocol.md is what `riffle term protocol` says", read(DOCS, "protocol.md") == home.term("protocol").stdout)


def settings(home):
    """The page is made from the table that the example is made from: key, default and words of each row must be the same."""
    page, example = read(DOCS, "settings.md"), home.term("settings", "--example").stdout
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, re.S | re.M)
    check("docs/terminal/settings.md is what `riffle term settings --manual` prints", home.term("settings", "--manual").stdout == page)
    check("docs/terminal/settings.md has the file of `riffle term settings --example`", blocks == [example], example)
    rows = {}
    section = ""
    for line in page.split("\n"):
        section = (re.match(r"^## \[(\w+)\]$", line) or ["", ""])[1] if line.startswith("## ") else section
        cells = re.match(r"^\| `(\w+)` \| (.*) \| `(.*)` \| (.*) \|$", line)
        if cells:
            rows[section, cells[1]] = (cells[3], " ".join(cells[4].split()))
    section, words, keys = "", [], 0
    for line in example.split("[plugins.", 1)[0].split("\n"):
        if line.startswith("["):
            section, words = line.strip("[]"), []
        elif line.startswith("# "):
            words.append(line[2:])
        elif " = " in line:
            key, value = line.split(" = ", 1)
            check("settings.md on %s" % ".".join(filter(None, (section, key))), rows.get((section, key)) == (value, " ".join(words)), (rows.get((section, key)), value, words))
            words, keys = [], keys + 1
    check("settings.md has keys", keys > 15, keys)


def one_blank(line):
    return re.sub(" +", " ", line.rstrip())


def same(expected, got):
    """Line by line; `...` in an expected line stands for anything."""
    want, have = expected.rstrip("\n").split("\n"), got.rstrip("\n").split("\n")
    return len(want) == len(have) and all(re.fullmatch(".*".join(re.escape(part) for part in one_blank(line).split("...")), one_blank(other))
                                          for line, other in zip(want, have))


def guide(home):
    text = read(DOCS, "guide.md")
    home.write(".bashrc", "PS1='$ '\n")
    ran = 0
    for kind, file, block in re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", text, re.S | re.M):
        if file:
            home.write(file, block)
        elif kind == "console":
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                got = run(home, "sh", "-c", command)
                check("guide.md: %s" % command, same(expected, got.stdout + got.stderr), (got.stdout + got.stderr, expected))
                ran += 1
    check("guide.md has examples", ran > 20, ran)
    for name in ("guide.md", "plugins.md", "settings.md"):
        links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", read(DOCS, name))
        lost = [link for link in links if not os.path.exists(os.path.join(DOCS, link))]
        check("%s: its links lead somewhere" % name, not lost, lost)


def examples(home):
    got = run(home, "python3", os.path.join(EXAMPLES, "expect.py"))
    check("expect.py", got.returncode == 0 and "the sum is 5050" in got.stdout and "ZeroDivisionError" in got.stdout, got)
    got = run(home, "sh", os.path.join(EXAMPLES, "expect.sh"))
    check("expect.sh", got.returncode == 0 and got.stdout == "it ended with 3\n", got)
    check("they clean up", wait_for(lambda: "expect" not in home.term("list").stdout), home.term("list").stdout)
    got = subprocess.run([RIFFLE, "plugin", "test", os.path.join(EXAMPLES, "last.fsx")], capture_output=True, text=True, env=home.env, check=False)
    check("last.fsx: its tests pass", got.returncode == 0 and " passed, 0 failed\n" in got.stdout, got)
    check("last.fsx is the guide's", read(EXAMPLES, "last.fsx").split("\n\n", 1)[1] in read(DOCS, "guide.md"))


def main():
    home = Home(RIFFLE)
    try:
        for part in (protocol, settings, guide, examples):
            if len(sys.argv) <= 2 or part.__name__ in sys.argv[2:]:
                part(home)
    finally:
        home.close()
    checks.end()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks the house rules that a compiler does not: includes, lengths, names that are banned, first lines.

Usage: tools/lint.py [FILE…]   (none: every file of the tree). Prints `file:line: text`; status 1 on findings.
Lines that begin with `warning` do not count as findings.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Which folders of src/ a folder may include from, besides itself (docs: "Includes point one way").
SEES = {
    "base": set(),
    "message": {"base"},
    "observe": {"base"},
    "measure": {"base", "message", "observe"},
    "script": {"base", "message", "observe"},
    "plugin": {"base", "message", "observe", "script"},
    "stream": {"base", "message", "observe", "script", "plugin"},
    "components": {"base", "message", "observe", "script", "plugin", "stream"},
    "terminal": {"base", "message", "observe", "script", "plugin"},
    "cli": {"base", "message", "observe", "script", "plugin", "stream", "components", "measure", "terminal"},
}
BANNED = {
    "strcpy": "memcpy with a length", "strcat": "rf_buffer", "strncpy": "memcpy", "strncat": "rf_buffer",
    "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "read", "strtok": "rf_slice_find", "strtok_r": "rf_slice_find",
    "atoi": "rf_number_parse_i64", "atol": "rf_number_parse_i64", "atoll": "rf_number_parse_i64",
    "atof": "rf_number_parse_json", "alloca": "an arena",
}
# Not banned by header because libraries' own headers name them.
HEAP = {"malloc": "rf_alloc", "calloc": "rf_alloc_zero", "realloc": "rf_realloc", "strdup": "rf_strdup",
        "strndup": "rf_strndup", "asprintf": "rf_buffer_printf", "vasprintf": "rf_buffer_printf"}
ENDS = {"exit": "an error", "abort": "an error", "_exit": "an error"}
FILE_LINES_MAX, FILE_LINES_USUAL, FUNCTION_LINES_MAX, NESTING_MAX = 800, 300, 60, 4
# Written in two parts, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(?:" + "wo" + "rk|ho" + r"me)(?:/|\b)")
MUTABLE_ALLOWED = ("src/base/alloc.c", "src/observe/where.c", "src/script/javascript/overtime.c", "src/observe/profile_sampler.c", "src/cli/", "tests/")

findings = []


def report(path, line, text):
    findings.append((path, line, text))


def warn(path, line, text):
    print(f"{path}:{line}: warning: {text}")


def committed_files():
    """Files that are or could be committed, by their path from the root."""
    said = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False)
    if said.returncode == 0:
        return sorted(name for name in set(said.stdout.decode().split("\0")) if name and os.path.isfile(os.path.join(ROOT, name)))
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith((".git", ".deps", "build"))]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(found)


def read_text(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        content = file.read()
    try:
        return content.decode("utf-8") if b"\0" not in content else None
    except UnicodeDecodeError:
        return None


def without_comments_and_strings(text):
    """The same text with comments, strings and characters blanked; line numbers stay."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_test(path):
    return path.startswith("tests/") or path.endswith(("_test.c", "_fixture.c", "_fixture.h", "/fixture.c", "/fixture.h"))


def is_generated(text):
    return "written by tools/" in text.split("\n", 1)[0]


# What every text file keeps to.

def check_text(path, text):
    kind = os.path.splitext(path)[1]
    is_data = path.startswith(("tests/golden/", "fuzz/corpus/"))
    for number, line in enumerate(text.split("\n"), 1):
        if MACHINE_PATH.search(line) and not is_data:
            report(path, number, "a path of one machine")
        if kind in (".c", ".h", ".py", ".sh", ".build"):
            if line != line.rstrip():
                report(path, number, "blanks at the end of the line")
            if "\t" in line and kind in (".c", ".h"):
                report(path, number, "a tab")
    if kind in (".c", ".h", ".py", ".sh") and not text.endswith("\n"):
        report(path, text.count("\n") + 1, "no newline at the end")


def check_first_line(path, text):
    lines = text.split("\n")
    if path.endswith((".c", ".h")):
        name = re.escape(os.path.splitext(os.path.basename(path))[0])
        if not re.match(r"/\* \S.*: ", lines[0]) and not re.match(r"/\* " + name, lines[0]):
            report(path, 1, "the first line must say what the file is: /* name: … */")
    elif path.endswith((".py", ".sh")):
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if not first.startswith(("#", '"""')):
            report(path, 2, "the first line must say what the file is")


# C files.

def check_length(path, text):
    count = text.count("\n")
    if is_generated(text):
        return
    if count > FILE_LINES_MAX:
        report(path, count, f"{count} lines: two subjects ({FILE_LINES_MAX} at most)")
    elif count > FILE_LINES_USUAL and not is_test(path):
        warn(path, count, f"{count} lines; most files have less than {FILE_LINES_USUAL}")


def check_calls(path, code):
    names = dict(BANNED)
    in_product = path.startswith("src/") and not is_test(path)
    if path.startswith("src/") and path != "src/base/alloc.c":
        names.update(HEAP)
    if in_product and not path.startswith("src/cli/"):
        names.update(ENDS)
    for match in re.finditer(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(", code):
        report(path, line_of(code, match.start()), f"{match.group(1)}(): use {names[match.group(1)]}")


def functions_of(code):
    """(offset of the signature, offset of the opening brace, offset of the closing brace), for each body at file scope."""
    depth, start, opened = 0, 0, None
    for match in re.finditer(r"[{};]", code):
        mark, at = match.group(0), match.start()
        if mark == "{":
            if depth == 0 and code[start:at].rstrip().endswith(")"):
                opened = at
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth == 0 and opened is not None:
                yield start, opened, at
                opened = None
            if depth == 0:
                start = at + 1
        elif depth == 0:
            start = at + 1


def signature_start(code, start, opened):
    """Where the words of a signature begin, behind blank lines and preprocessor lines."""
    at = start
    for line in code[start:opened].split("\n"):
        if line.strip() and not line.lstrip().startswith("#") and not line.rstrip().endswith("\\"):
            return at + len(line) - len(line.lstrip())
        at += len(line) + 1
    return opened


def deepest(body):
    depth = most = 0
    for mark in re.findall(r"[{}]", body):
        depth += 1 if mark == "{" else -1
        most = max(most, depth)
    return most


def check_functions(path, text, code):
    for start, opened, closed in functions_of(code):
        first = line_of(code, signature_start(code, start, opened))
        length = line_of(code, closed) - first + 1
        above = "\n".join(text.split("\n")[max(0, first - 9):first])
        if length > FUNCTION_LINES_MAX and "long because" not in above:
            report(path, first, f"a function of {length} lines; split it, or say above it that it is long because …")
        if deepest(code[opened + 1:closed]) > NESTING_MAX:
            report(path, first, f"nested deeper than {NESTING_MAX}")


def check_state(path, code):
    """No variable at file scope, and no static one in a function, may change."""
    if path.startswith(MUTABLE_ALLOWED) or is_test(path):
        return
    for match in re.finditer(r"^[ ]*static\s+(?!inline\b|_Noreturn\b)([^;={(]*)([;={(\[])", code, flags=re.M):
        declared, mark = match.group(1), match.group(2)
        # A function, a static assertion, or the definition of a type with a body.
        if mark == "(" or (mark == "{" and not re.search(r"\bconst\b", declared) and ")" in declared):
            continue
        tail = declared[declared.rfind("*") + 1:] if "*" in declared else declared
        if not re.search(r"\bconst\b", tail):
            report(path, line_of(code, match.start(1)), "a variable that can change outlives the call: hang it on a struct, or make it const")


# Includes.

def includes_of(text):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match:
            yield number, match.group(1)


def resolve(path, name):
    for folder in ("include", "src", "tests", "bench", os.path.dirname(path)):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(ROOT, candidate)):
            return candidate
    return None


def check_includes(path, text):
    """Returns the project files that this one includes."""
    found = []
    for number, name in includes_of(text):
        target = resolve(path, name)
        if not target:
            report(path, number, f'"{name}" is no file of the tree')
            continue
        found.append(target)
        check_direction(path, number, target)
    own = path[:-2] + ".h"
    if path.endswith(".c") and found and os.path.isfile(os.path.join(ROOT, own)) and found[0] != own:
        report(path, 1, f"{os.path.basename(own)} must be the first include")
    return found


def check_direction(path, number, target):
    if path.startswith("include/") and not target.startswith("include/"):
        report(path, number, f"a public header includes {target}")
    if not path.startswith("src/") or not target.startswith("src/"):
        if path.startswith("src/") and target.startswith("tests/") and not is_test(path):
            report(path, number, f"the product includes {target}")
        return
    here, there = path.split("/")[1], target.split("/")[1]
    if here not in SEES:
        report(path, number, f"lint does not know the folder src/{here}: add it to SEES")
    elif there != here and there not in SEES[here] and not is_test(path):  # a test may bring the peer it talks to
        report(path, number, f"{here} must not include from {there}")


def check_cycles(graph):
    """A header that reaches itself through its includes."""
    done, path = set(), []

    def visit(name):
        if name in path:
            report(name, 1, "includes itself by way of " + ", ".join(path[path.index(name) + 1:] or [name]))
            return
        if name in done:
            return
        path.append(name)
        for target in graph.get(name, ()):
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


def check_folder_cycles(graph):
    """Two folders under src/ (subfolders count as their own) that include from each other."""
    between = {}
    for name, targets in graph.items():
        for target in targets:
            pair = (os.path.dirname(name), os.path.dirname(target))
            if name.startswith("src/") and target.startswith("src/") and pair[0] != pair[1] and not is_test(name):
                between.setdefault(pair, (name, target))
    for pair, (name, target) in sorted(between.items()):
        # A folder and its own subfolder are one module.
        nested = pair[0].startswith(pair[1] + "/") or pair[1].startswith(pair[0] + "/")
        if (pair[1], pair[0]) in between and pair[0] < pair[1] and not nested:
            report(name, 1, f"{pair[0]} and {pair[1]} include from each other ({target})")


def main(arguments):
    chosen = {os.path.relpath(os.path.abspath(name), ROOT) for name in arguments}
    for name in chosen:
        if not os.path.isfile(os.path.join(ROOT, name)):
            sys.exit(f"lint: {name} is no file of the tree")
    graph = {}
    for path in committed_files():
        text = read_text(path)
        if text is None:
            continue
        check_text(path, text)
        check_first_line(path, text)
        if path.endswith((".c", ".h")):
            code = without_comments_and_strings(text)
            check_length(path, text)
            check_calls(path, code)
            check_functions(path, text, code)
            check_state(path, code)
            graph[path] = check_includes(path, text)
    check_cycles(graph)
    check_folder_cycles(graph)
    shown = [finding for finding in findings if not chosen or finding[0] in chosen]
    for path, line, text in sorted(shown):
        print(f"{path}:{line}: {text}")
    print(f"{len(graph)} C files read, {len(shown)} findings")
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

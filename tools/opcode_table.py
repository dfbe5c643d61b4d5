#!/usr/bin/env python3
"""Writes the table of instructions in docs/fusabi/vm.md from src/script/fusabi/opcode.h, so that text and code cannot part.

Usage: tools/opcode_table.py [--check]   (--check: only say whether the page is up to date; status 1 when it is not)
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
HEADER = TOP / "src/script/fusabi/opcode.h"
PAGE = TOP / "docs/fusabi/vm.md"
BEGIN, END = "<!-- tools/opcode_table.py: begin -->", "<!-- end -->"
ROW = re.compile(r'X\((\w+), (\w+), (\w+), (\w+), (\w+), "((?:[^"\\]|\\.)*)"\)')
KINDS = {
    "W": "register, written", "W2": "two registers, written", "R": "register", "RW3": "three registers", "RW4": "four registers",
    "RUN": "first of a run", "RUN1": "register, then a run", "RUN3": "three registers", "CALL": "call window", "K": "constant",
    "KX": "constant", "UP": "captured value", "UPX": "captured value", "G": "global", "PROTO": "function", "SYM": "name", "SHAPE": "shape",
    "LIB": "library function", "IMM": "number", "IMMX": "number", "COUNT": "count", "OFF": "jump", "OFFX": "jump",
}


def operands(d, a, b, c):
    parts = [f"{letter}: {KINDS[kind]}" for letter, kind in (("A", a), ("B", b), ("C", c), ("D", d)) if kind != "NONE"]
    return ", ".join(parts)


def table():
    rows = ROW.findall(HEADER.read_text())
    lines = ["| instruction | operands | what it does |", "|---|---|---|"]
    for name, d, a, b, c, text in rows:
        text = text.replace('\\"', '"').replace("|", "\\|")
        lines.append(f"| `{name}` | {operands(d, a, b, c)} | {text} |")
    return "\n".join(lines)


def main():
    page = PAGE.read_text()
    start = page.index(BEGIN) + len(BEGIN)
    wanted = page[:start] + "\n" + table() + "\n" + page[page.index(END, start):]
    if wanted == page:
        return 0
    if "--check" in sys.argv[1:]:
        print("docs/fusabi/vm.md does not agree with opcode.h: run tools/opcode_table.py")
        return 1
    PAGE.write_text(wanted)
    return 0


sys.exit(main())

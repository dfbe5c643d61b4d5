#!/usr/bin/env python3
"""Compares the tables of docs/mapping.md with what `riffle list mappings` says, one by one; with --write, writes them.

usage: mapping_page.py RIFFLE [--write]
"""
import os
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "mapping.md")
HEADS = ("| function | gives |", "| method | gives |")


def tables(lines):
    """Each head's place: (first line, line behind the last)."""
    found = {}
    for at, line in enumerate(lines):
        if line in HEADS:
            end = at
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            found.setdefault(line, []).append((at, end))
    return found


def main():
    riffle, write = os.path.abspath(sys.argv[1]), "--write" in sys.argv[2:]
    said = subprocess.run([riffle, "list", "mappings"], check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()
    with open(PAGE, encoding="utf-8") as page:
        lines = page.read().splitlines()
    passed = failed = 0
    for head in HEADS:
        ours, theirs = tables(lines).get(head, []), tables(said).get(head, [])
        if len(ours) != 1 or len(theirs) != 1:
            failed += 1
            print(f"`{head}` stands {len(ours)} times in docs/mapping.md, and {len(theirs)} times in what is listed")
            continue
        (begin, end), wanted = ours[0], said[slice(*theirs[0])]
        for row in sorted(set(lines[begin:end]) ^ set(wanted)):
            failed += 1
            print(f"{'the page lacks' if row in wanted else 'only the page has'}: {row}")
        if lines[begin:end] == wanted:
            passed += len(wanted) - 2
        else:
            failed += 1
            print(f"the table under `{head}` is not what the program says: run {os.path.basename(sys.argv[0])} RIFFLE --write")
        lines[begin:end] = wanted
    if write:
        with open(PAGE, "w", encoding="utf-8") as page:
            page.write("\n".join(lines) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

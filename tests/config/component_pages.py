#!/usr/bin/env python3
"""Compares docs/components/*.md with what the tables of fields say now; with --write, writes them.

usage: component_pages.py RIFFLE [--write]
"""
import json
import os
import subprocess
import sys

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "components")


def listing(riffle, *arguments):
    return subprocess.run([riffle, "list", *arguments], check=True, capture_output=True, timeout=60).stdout


def main():
    riffle, write = os.path.abspath(sys.argv[1]), "--write" in sys.argv[2:]
    expected = {}
    for row in json.loads(listing(riffle, "--format", "json")):
        expected[f"{row['kind']}-{row['name']}.md"] = listing(riffle, "--format", "markdown", row["kind"] + "s", row["name"])
    if write:
        os.makedirs(PAGES, exist_ok=True)
        for name, text in expected.items():
            with open(os.path.join(PAGES, name), "wb") as page:
                page.write(text)
    failed = 0
    for name in sorted(set(expected) | {name for name in os.listdir(PAGES) if name.endswith(".md")}):
        path = os.path.join(PAGES, name)
        text = None
        if os.path.exists(path):
            with open(path, "rb") as page:
                text = page.read()
        if text is None or text != expected.get(name):
            failed += 1
            print(f"docs/components/{name} is not what the tables say: run {os.path.basename(sys.argv[0])} RIFFLE --write")
    print(f"{len(expected) - failed} passed, {failed} failed")
    return 1 if failed or not expected else 0


if __name__ == "__main__":
    sys.exit(main())

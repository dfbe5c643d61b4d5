#!/usr/bin/env python3
"""Every example and every whole config in the documents passes lint, and every link leads somewhere.

Usage: documents.py RIFFLE. The last line is `N passed, N failed`.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def lint(riffle, path, name):
    ended = subprocess.run([riffle, "lint", path], capture_output=True, text=True, check=False, cwd=TOP)
    if ended.returncode:
        print(f"{name} does not pass lint:\n{ended.stdout}{ended.stderr}")
    return ended.returncode == 0


def is_whole(block):
    return all(re.search(rf"^{section}:", block, re.MULTILINE) for section in ("input", "output"))


def configs(folder):
    """(path, name) of each config to check; those in documents are written into `folder`."""
    for path in sorted([*(TOP / "examples").glob("*.yaml"), *(TOP / "examples" / "uns").glob("*.yaml")]):
        yield path, path.relative_to(TOP)
    for document in documents():
        for number, block in enumerate(filter(is_whole, BLOCK.findall(document.read_text()))):
            path = folder / f"{document.stem}-{number}.yaml"
            path.write_text(block)
            yield path, f"{document.relative_to(TOP)}, config {number + 1}"


def documents():
    return [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]


def links_hold(document):
    broken = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    for link in broken:
        print(f"{document.relative_to(TOP)}: {link} does not exist")
    return not broken


def main(riffle):
    with tempfile.TemporaryDirectory() as folder:
        results = [lint(riffle, path, name) for path, name in configs(pathlib.Path(folder))]
    results += [links_hold(document) for document in documents()]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))

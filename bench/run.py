#!/usr/bin/env python3
"""./dev bench NAME [OPTION...]: measures riffle beside its peers; `./dev bench NAME --help` says more."""
import importlib
import sys

BENCHMARKS = {"all": "all_tasks", "stream": "stream", "connect": "connect_tasks", "fusabi": "fusabi_tasks", "plugin": "plugin_tasks", "observe": "observe_tasks", "term": "term_tasks"}


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHMARKS:
        print(__doc__ + "\nNAME is one of: " + ", ".join(BENCHMARKS), file=sys.stderr)
        sys.exit(0 if name in ("--help", "-h", "help") else 2)
    importlib.import_module(BENCHMARKS[name]).main(sys.argv[2:])


main()

#!/usr/bin/env python3
"""Writes a text file as a C file that holds it.

Usage: tools/embed.py IN OUT. The C file defines rf_fus_lib_prelude() (src/script/fusabi/library.h).
Lines that hold only a comment are left out, their line breaks are kept: places in messages stay right.
"""

import sys


def quoted(line):
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    lines = ["" if line.lstrip().startswith("//") else line for line in lines]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("/* prelude.c: library/prelude.fsx as written by tools/embed.py. */\n")
        out.write('#include "script/fusabi/library.h"\n\n')
        out.write("static const char text[] =\n    " + "\n    ".join(quoted(line) for line in lines) + ";\n\n")
        out.write("rf_slice rf_fus_lib_prelude(void) { return (rf_slice){ text, sizeof text - 1 }; }\n")


main()

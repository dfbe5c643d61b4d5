#!/usr/bin/env python3
"""Writes src/script/fusabi/library/case_table.c: upper and lower case of all characters, from Python's Unicode data.

Usage: tools/unicode_case.py OUT
"""

import sys
import unicodedata

LAST = 0x10FFFF


def simple(kind):
    """(character, character of the other case), for those that are mapped to one character."""
    for code in range(LAST + 1):
        if 0xD800 <= code <= 0xDFFF:
            continue
        mapped = getattr(chr(code), kind)()
        if len(mapped) == 1 and mapped != chr(code):
            yield code, ord(mapped)


def special(kind):
    for code in range(LAST + 1):
        if 0xD800 <= code <= 0xDFFF:
            continue
        mapped = getattr(chr(code), kind)()
        if len(mapped) > 1:
            yield code, [ord(c) for c in mapped]


def runs(pairs):
    """[first, last, step, difference]: neighbours (or every second) with one difference between the cases."""
    found = []
    for code, mapped in pairs:
        difference = mapped - code
        if found:
            run = found[-1]
            gap = code - run[1]
            if run[3] == difference and gap in (1, 2) and (run[0] == run[1] or run[2] == gap):
                run[1], run[2] = code, gap
                continue
        found.append([code, code, 1, difference])
    return found


def ranges(codes):
    found = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def scalars():
    return (code for code in range(LAST + 1) if not 0xD800 <= code <= 0xDFFF)


def is_cased(code):
    # Python ends a word with the final sigma exactly where a cased character comes before it.
    return (chr(code) + "\u03a3").lower().endswith("\u03c2")


def is_ignorable(code):
    # One that is passed over: "A?" is still a cased beginning, and "?A" a cased end.
    c = chr(code)
    return ("A" + c + "\u03a3").lower().endswith("\u03c2") and ("A\u03a3" + c + "A").lower()[1] == "\u03c3" and not is_cased(code)


def emit(out, items, each, per_line):
    for i in range(0, len(items), per_line):
        out.write("    " + " ".join(each(item) for item in items[i:i + per_line]) + "\n")
    out.write("};\n\n")


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(f"/* case_table.c: cases of Unicode {unicodedata.unidata_version}, written by tools/unicode_case.py. */\n")
        out.write('#include "script/fusabi/library/case.h"\n\n')
        for kind in ("upper", "lower"):
            found = runs(simple(kind))
            out.write(f"const rf_fus_case_run rf_fus_{kind}_runs[] = {{\n")
            emit(out, found, lambda r: f"{{ 0x{r[0]:X}, 0x{r[1]:X}, {r[2]}, {r[3]} }},", 5)
            out.write(f"const size_t rf_fus_{kind}_run_count = {len(found)};\n\n")
            found = list(special(kind))
            out.write(f"const rf_fus_case_special rf_fus_{kind}_specials[] = {{\n")
            emit(out, found, lambda s: f"{{ 0x{s[0]:X}, {{ {', '.join(f'0x{c:X}' for c in s[1])} }} }},", 4)
            out.write(f"const size_t rf_fus_{kind}_special_count = {len(found)};\n\n")
        for name, test in (("cased", is_cased), ("ignorable", is_ignorable)):
            found = ranges(code for code in scalars() if test(code))
            out.write(f"const rf_fus_case_range rf_fus_{name}_ranges[] = {{\n")
            emit(out, found, lambda r: f"{{ 0x{r[0]:X}, 0x{r[1]:X} }},", 6)
            out.write(f"const size_t rf_fus_{name}_range_count = {len(found)};\n\n".rstrip("\n") + ("\n" if name == "ignorable" else "\n\n"))


main()

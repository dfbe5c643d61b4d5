#!/bin/sh
# run.sh EMBED: what the example prints for the lines of lines.txt is what it should be.
set -eu
cd "$(dirname "$0")"
got=$(mktemp)
trap 'rm -f "$got"' EXIT
"$1" hooks.fsx < lines.txt > "$got" 2> "$got.err"
trap 'rm -f "$got" "$got.err"' EXIT
diff expected.txt "$got"
grep -q '^hooks.fsx:9: an empty line$' "$got.err"

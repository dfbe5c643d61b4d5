#!/bin/sh
# record.sh RECORD: the example passes its lines on, and its table counts them.
set -eu
cd "$(dirname "$0")"
got=$(mktemp)
trap 'rm -f "$got" "$got.err"' EXIT
"$1" < lines.txt > "$got" 2> "$got.err"
tr '[:lower:]' '[:upper:]' < lines.txt | diff - "$got"
lines=$(wc -l < lines.txt)
grep -q "^upper   load  *1 " "$got.err"
grep -q "^upper   output  *$((lines)) " "$got.err"

#!/bin/sh
# torture.sh BUILD: every unit test and every recorded case again and again, with each single allocation failing, alone
# and with all later ones. The long form of what `./dev test` does with some allocations left out and 15 s a test.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
passed=0
failed=0

# try PROGRAM ARGUMENTS...
try() {
	printf '%s ' "$(basename "$1")"
	if said=$("$@" --torture-all 2>&1 </dev/null); then
		passed=$((passed + 1))
		echo ok
	else
		failed=$((failed + 1))
		printf 'FAILED\n%s\n' "$said"
	fi
}

for program in "$1"/tests/base_* "$1"/tests/message_* "$1"/tests/observe_* "$1"/tests/script_* "$1"/tests/stream_* "$1"/tests/components_*; do
	[ ! -f "$program" ] || [ ! -x "$program" ] || try "$program"
done
try "$1/tests/golden/stream_golden" "$here/golden/stream"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

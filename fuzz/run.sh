#!/bin/sh
# run.sh [TARGET] [--seconds N]: feeds made-up input to the targets that `./dev fuzz` built, from their corpus on. What it
# finds stays in .cache/fuzz/TARGET; a crash is worth a file in fuzz/corpus/TARGET, which the tests replay.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(dirname "$here")
targets=$(ls "$here/corpus")
seconds=60

while [ $# -gt 0 ]; do
	case $1 in
	--seconds)
		[ $# -ge 2 ] || { echo "fuzz: --seconds wants a number" >&2 && exit 2; }
		seconds=$2
		shift
		;;
	*)
		[ -d "$here/corpus/$1" ] || {
			echo "fuzz: no target $1; there are:" $targets >&2
			exit 2
		}
		targets=$1
		;;
	esac
	shift
done

export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for target in $targets; do
	found=$top/.cache/fuzz/$target
	mkdir -p "$found"
	for program in "${target}_fuzz" "${target}_fuzz_failing"; do # the twin: the same while memory runs out
		echo "fuzz: $program for $seconds s"
		"$top/build-fuzz/fuzz/$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
			-artifact_prefix="$found/crash-" "$found" "$here/corpus/$target" 2>&1 | tail -n 25
	done
	[ -z "$(find "$found" -name 'crash-*')" ] || {
		echo "fuzz: $target fell over: see $found" >&2
		exit 1
	}
done

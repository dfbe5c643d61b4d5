#!/bin/sh
# all.sh [--quick]: every suite, a line each; the last line is the sum. Built by `./dev test`, which calls this.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(dirname "$here")
logs=$top/.cache/tests
quick=${1:-}
passed=0
failed=0
rm -rf "$logs"
mkdir -p "$logs"
cd "$top" || exit 1

# suite NAME COMMAND...: counts by its last line `N passed, N failed`. A bad end is a failure whatever was counted, and so
# is a suite that passed nothing.
suite() {
	name=$1
	log=$logs/$1.log
	shift
	start=$(date +%s)
	"$@" >"$log" 2>&1 </dev/null
	status=$?
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	good=${counts%% passed*}
	bad=${counts##*passed, }
	bad=${bad%% failed}
	if [ -z "$counts" ]; then
		good=$((status == 0)) bad=$((status != 0))
	elif [ "$good" = 0 ] || [ "$status" != 0 ]; then
		[ "$bad" != 0 ] || bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '%-16s %6s passed %4s failed %5s s\n' "$name" "$good" "$bad" "$(($(date +%s) - start))"
	[ "$bad" = 0 ] || { grep '^FAIL' "$log" | cut -c 1-3000 | head -n 20; tail -n 60 "$log"; } | sed 's/^/    /'
}

# Old thread sanitizers do not know the address layout of new kernels, so the layout is made the plain one where that is
# allowed.
plain_layout() {
	if setarch -R true 2>/dev/null; then
		setarch -R "$@"
	else
		"$@"
	fi
}

# Scripts whose servers are too large for --quick and for bare machines; and those that take a minute for what they do with
# processes and brokers, while a sanitizer sees their code in others.
heavy=' bad_network buffer faults kafka kafka_group nothing_lost uns '
slow=' bad_network buffer kafka_group nothing_lost uns uns_demo '
sanitized=' faults ' # once is enough, and there more is seen

end_to_end() { # NAME PROGRAM: against servers and clients of other makes
	for script in tests/e2e/*.py; do
		case $heavy in
		*" $(basename "$script" .py) "*) [ "$quick" != --quick ] && [ -z "${RIFFLE_BARE:-}" ] || continue ;;
		esac
		case "$1 $slow" in
		asan*" $(basename "$script" .py) "*) continue ;;
		esac
		case "$1 $sanitized" in
		e2e*" $(basename "$script" .py) "*) continue ;;
		esac
		suite "$1-$(basename "$script" .py)" python3 "$script" "$2"
	done
}

bare() { # `./dev bare` runs the tests in both
	codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-unknown}")
	if [ "$(id -u)" = 0 ]; then
		tests/bare/run.sh --tested "$codename"
	elif sudo -n true 2>/dev/null; then
		sudo tests/bare/run.sh --tested "$codename"
	else
		echo "fresh Debian machines can only be made by root, and sudo asks for a password: run \`sudo ./dev bare\`"
		return 1
	fi
}

# Each allocation failing in turn takes minutes: all of them once, in the first build; a sample where it takes longer or was done elsewhere.
[ -z "${RIFFLE_BARE:-}" ] || export RIFFLE_TORTURE_RUNS=10
suite release tests/suite_meson.py build
suite house python3 tools/lint.py
end_to_end e2e "$top/build/riffle"
suite install tests/install.sh
[ -n "${RIFFLE_BARE:-}" ] || suite gate python3 bench/gate.py "$top/build/riffle" # alone: nothing else runs meanwhile; in a bare machine it would measure the other one
if [ "$quick" != --quick ]; then
	export RIFFLE_TORTURE_RUNS=20
	export RIFFLE_GO=1 # ./dev installed it
	export ASAN_OPTIONS=abort_on_error=0:detect_leaks=1:detect_stack_use_after_return=1
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export TSAN_OPTIONS="halt_on_error=0:second_deadlock_stack=1:suppressions='$top/tests/tsan.supp'"
	suite asan tests/suite_meson.py build-asan -- --timeout-multiplier 10
	end_to_end asan-e2e "$top/build-asan/src/cli/riffle"
	suite tsan plain_layout tests/suite_meson.py build-tsan -- --timeout-multiplier 10 --suite unit --suite native
	for script in term term_plugins; do # a thread a session
		suite "tsan-e2e-$script" plain_layout python3 "tests/e2e/$script.py" "$top/build-tsan/src/cli/riffle"
	done
	suite valgrind tests/suite_meson.py build --name valgrind -- --timeout-multiplier 20 --suite vm --suite valgrind \
		--wrapper 'valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'
	[ -n "${RIFFLE_BARE:-}" ] || suite bare bare
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

#!/bin/sh
# harness.sh: the test harness finds what is wrong in tests/harness_faulty.c.
# Usage: tests/harness.sh PROGRAM (harness_faulty, built)
set -u
program=$1
failed=0

# expect STATUS TEXT ARGUMENTS…: the program ends with this status and says this.
expect() {
    status=$1
    text=$2
    shift 2
    # ASan's own leak report would come on top of the harness's.
    said=$(ASAN_OPTIONS=detect_leaks=0 "$program" "$@" 2>&1 </dev/null)
    got=$?
    if [ "$status" = crash ]; then
        [ "$got" -gt 1 ] && got=crash
    fi
    case $said in
    *"$text"*) [ "$got" = "$status" ] && return ;;
    esac
    printf 'with `%s`: status %s and `%s` expected, got %s and:\n%s\n' "$*" "$status" "$text" "$got" "$said"
    failed=1
}

expect 0 '1 passed, 0 failed' sound
expect 0 '1 passed, 0 failed' sound --torture
expect 1 'false_claim: not so: 1 + 1 == 3' false_claim
expect 1 'expected: [that]' false_text
expect 1 '1 blocks leaked' leak_always
expect 0 '1 passed, 0 failed' leak_on_failure
expect 1 'leak_on_failure: 1 blocks leaked, allocation 2 of 2 failing' leak_on_failure --torture
expect 0 '1 passed, 0 failed' crash_on_failure
expect crash 'crashed in: crash_on_failure, failing allocation 1' crash_on_failure --torture
expect 1 '1 files left open' file_left_open
expect 1 'no test has `nothing_like_it` in its name' nothing_like_it
expect 1 '3 passed, 4 failed'
[ $failed -eq 0 ] && echo 'the harness finds all of it'
exit $failed

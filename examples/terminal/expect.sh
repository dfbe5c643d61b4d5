#!/bin/sh
# expect.sh: the same with commands only: starts a shell in a session, types, waits, reads, and ends with the exit code of what ran there.
set -eu

name=expect-$$
riffle term new --detached --session "$name" -- sh >/dev/null
trap 'riffle term kill "$name"' EXIT

riffle term wait "$name" --text '[$#] $' --timeout 10s >/dev/null
riffle term send "$name" 'read -p "Who? " who; echo "Hello, $who."; exit 3' --enter
riffle term wait "$name" --text '^Who\? $' --timeout 10s >/dev/null
riffle term wait "$name" --exit --exit-code >/dev/null &
waiting=$!
riffle term send "$name" 'you there' --enter
status=0
wait "$waiting" || status=$?
trap - EXIT
echo "it ended with $status"

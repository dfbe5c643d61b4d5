#!/bin/sh
# install.sh: `./dev install` into an empty folder, used from there as a user and a C programmer would. `N passed, N failed` at the end.
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
passed=0
failed=0

# check WHAT COMMAND...: one test.
check() {
	what=$1
	shift
	if "$@" >"$to/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok   $what"
	else
		failed=$((failed + 1))
		echo "FAIL $what"
		tail -n 20 "$to/said"
	fi
}

says() { # TEXT COMMAND...
	wanted=$1
	shift
	"$@" | grep -qF -- "$wanted"
}

build_embedder() {
	PKG_CONFIG_PATH=$to/lib/pkgconfig
	export PKG_CONFIG_PATH
	# shellcheck disable=SC2046
	cc -o "$to/embed" "$top/examples/embed/embed.c" $(pkg-config --cflags --libs riffle-fusabi)
}

check "it installs" "$top/dev" install --prefix "$to"
check "scripts run" says "[2; 3]" "$to/bin/riffle" exec -e 'List.map (fun x -> x + 1) [1; 2]'
check "other commands are found" says "tag_processor" "$to/bin/riffle" list
check "so they are through a link from elsewhere" sh -c "ln -s '$to/bin/riffle' '$to/link' && '$to/link' list | grep -q opcua"
check "its plugins are found" says "redact" "$to/bin/riffle" plugin info redact
check "there is a manual page" grep -q 'riffle' "$to/share/man/man1/riffle.1"
check "there is a unit for systemd, which runs what is installed" grep -qx "ExecStart=$to/bin/riffle run /etc/riffle/%i.yaml" "$to/lib/systemd/system/riffle@.service"
check "a C program builds against it" build_embedder
check "and runs scripts" sh -c "'$to/embed' '$top/examples/embed/hooks.fsx' <'$top/examples/embed/lines.txt' 2>&1 | grep -q HELLO"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

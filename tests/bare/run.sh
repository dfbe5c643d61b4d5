#!/bin/sh
# run.sh [--tested SUITE] [SUITE...]: proves the two commands on machines that have nothing: fresh minimal Debian 12 and 13.
# --tested: the release of this machine, on which every test has just been run: there the demo alone is tried (`./dev test`
# must end within the hour).
#
# Each gets a clean clone of the last commit, in a folder with a blank in its name. Debian 12 is used as root; Debian 13
# as a user with sudo. Needs root (chroot, private mounts). Packages are kept in .cache/bare for the next run; apt checks
# their signatures all the same. The last line is `N passed, N failed`.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
top=$(dirname "$(dirname "$here")")
keep=$top/.cache/bare
certificates=/etc/ssl/certs/ca-certificates.crt
trusted=/etc/ssl/trusted-outside.pem # in the root; a place that no package writes
[ -f $certificates ] || trusted=$certificates
passed=0
failed=0
work=
tested=
if [ "${1:-}" = --tested ]; then
	tested=$2
	shift 2
fi

clean_up() { [ -z "$work" ] || rm -rf --one-file-system "$work"; }
trap clean_up EXIT
trap 'exit 130' INT TERM

# check WHAT COMMAND...: one test.
check() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok   $suite: $what"
	else
		failed=$((failed + 1))
		echo "FAIL $suite: $what"
	fi
}

give_up() {
	echo "bare: $*"
	echo "$passed passed, $((failed + 1)) failed"
	exit 1
}

[ "$(id -u)" = 0 ] || give_up "fresh machines can only be made by root"
for tool in debootstrap git unshare python3; do
	command -v $tool >/dev/null || give_up "$tool is missing; \`./dev bare\` installs it"
done

make_root() {
	root=$work/root
	mkdir -p "$keep/debs-$suite" "$keep/apt-$suite"
	debootstrap --variant=minbase --include="$extra" --cache-dir="$keep/debs-$suite" "$suite" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 || {
		tail -n 20 "$work/debootstrap.log"
		give_up "debootstrap could not make a $suite root"
	}
	apt-config dump | grep -i '^Acquire::[a-z]*::Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || : # this machine's way out, if it needs one
	# … and whom it trusts there: the end-to-end tests take their servers from a package registry.
	[ ! -f "$certificates" ] || install -D -m 644 "$certificates" "$root$trusted"
	[ ! -f /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
	find "$keep/apt-$suite" -name '*.deb' -exec cp -t "$root/var/cache/apt/archives" {} +
	useradd -R "$root" -m "$user" 2>/dev/null || [ "$user" = root ] || give_up "no user could be made in the $suite root"
	[ "$user" = root ] || echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
	home=$(awk -F: -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")
	tree="$home/the tree/riffle"
	git clone -q "$top" "$root$tree"
	chroot "$root" chown -R "$user:" "$home"
}

# Runs a command as the user, somewhere else than in the tree. The namespaces end with it, and so do its mounts and children.
inside() {
	timed=$(python3 "$here/timed.py" "$work/out" "$work/err" unshare --mount --pid --fork --kill-child sh -c '
		root=$1 user=$2 home=$3 trusted=$4
		shift 4
		mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/dev/shm" && mount -t tmpfs tmpfs "$root/tmp" && chmod 1777 "$root/tmp" &&
			mkdir -p "$root/dev/pts" && mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" &&
			exec chroot --userspec="$user:" "$root" env -i HOME="$home" USER="$user" LANG=C.UTF-8 RIFFLE_BARE=1 PIP_CERT="$trusted" \
				PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c "cd / && exec \"\$@\"" sh "$@"
	' sh "$root" "$user" "$home" "$trusted" "$@")
	echo "     $* ($timed)"
	status=${timed#status=}
	status=${status%% *}
	first=${timed#*first=}
	first=${first%% *}
}

show_when_bad() {
	[ "$status" = 0 ] || tail -n 40 "$work/out" "$work/err"
	[ "$status" = 0 ]
}
under_a_second() { awk -v first="$first" 'BEGIN { exit !(first >= 0 && first < 1) }'; }
prints_topics() { [ "$(grep -c 'umh\.v1\.' "$work/out")" -ge 42 ]; }
prints_summary() { cat "$work/out" "$work/err" | grep -q 'pool' && cat "$work/out" "$work/err" | grep -q 'p99'; }
says_no_setup() { ! grep -E '^(dev: (installing|building)|deps:)' "$work/err"; }
counts_only_passes() { tail -n 1 "$work/out" | grep -Eq '^[1-9][0-9]* passed, 0 failed$' || { grep FAIL "$work/out"; tail -n 20 "$work/out"; false; }; }

try_suite() {
	suite=$1
	work=$(mktemp -d)
	case $suite in
	bookworm) user=root extra=apt ;;
	*) user=engineer extra=sudo ;;
	esac
	make_root
	inside "$tree/dev" demo --seconds 10
	check "the first ./dev demo ends well" show_when_bad
	check "it prints topics" prints_topics
	check "it prints a summary" prints_summary
	inside "$tree/dev" demo --seconds 2
	check "the second ./dev demo ends well" show_when_bad
	check "it starts in under a second ($first s)" under_a_second
	check "it does no set-up work" says_no_setup
	if [ "$suite" != "$tested" ]; then
		inside "$tree/dev" test --quick
		check "./dev test ends well" show_when_bad
		check "every test passes" counts_only_passes
	fi
	inside "$tree/dev" build
	check "a further build has nothing to do" says_no_setup
	find "$root/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec cp -n -t "$keep/apt-$suite" {} +
	clean_up
}

mirror=$("$top/tools/deps-mirror.sh") || give_up "no mirror to make machines from"
[ $# -gt 0 ] || set -- bookworm trixie
for name; do
	try_suite "$name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

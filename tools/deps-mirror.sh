#!/bin/sh
# deps-mirror.sh: prints the mirror that this machine takes Debian's main archive from, as apt knows it.
set -eu

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")

mirror_in_lists() {
	apt-get indextargets "$@" --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' -v codename="$codename" '$1 == "Debian" && $2 == "main" && $3 == codename { print $4; exit }'
}

mirror=$(mirror_in_lists)
if [ -z "$mirror" ]; then # the lists were thrown away, as in slim images: read them again, into a place of our own
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	set -- -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)"
	apt-get -qq update "$@" -o Acquire::Retries=3 >&2 || exit 1
	mirror=$(mirror_in_lists "$@")
fi
[ -n "$mirror" ] || {
	echo "apt has no source of Debian $codename, main: add one to /etc/apt/sources.list" >&2
	exit 1
}
echo "$mirror"

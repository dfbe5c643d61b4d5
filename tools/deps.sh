#!/bin/sh
# deps.sh PREFIX: static QuickJS, open62541, yyjson and libmicrohttpd under PREFIX, with .pc files and their licences.
#
# Debian 12 has none of the first three, and Debian's libmicrohttpd brings nine libraries for TLS along, which we do not
# use and every start would load. So every Debian takes the four from the same place: the upstream tars in the source
# archive of one release, from the mirror that this machine's own apt uses. apt checks the archive's signature, the
# signature covers the index, the index covers each tar. Nothing is done when PREFIX is up to date; the stamp in it names
# this file's content, so a change here builds anew.
#
# Needs: apt, a C compiler, make, cmake, ninja, python3, libssl-dev, xz-utils. No root.
set -eu

suite=trixie
names='quickjs open62541 yyjson libmicrohttpd'

die() {
	echo "deps: $*" >&2
	exit 1
}

[ $# -eq 1 ] || die "usage: $0 PREFIX"
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
tools=$(cd "$(dirname "$0")" && pwd)
# Two files of ours become part of QuickJS.
stamp="$codename $suite $(cat "$0" "$tools/quickjs_where.c" "$tools/../src/script/javascript/quickjs_where.h" | cksum) $prefix"
[ "$(cat "$prefix/stamp" 2>/dev/null)" != "$stamp" ] || exit 0

echo "deps: building $names into $prefix (a minute, once)" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# apt with lists, cache and sources of its own.
private_apt() {
	"$@" -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
		-o Dir::Etc::SourceParts="$work/sources" -o Dir::Etc::SourceList=/dev/null \
		-o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any -o Acquire::Retries=3
}

# The upstream tar of $1 into $work/$1; sets `version`. Debian's own changes to these are packaging only.
unpack() {
	private_apt apt-get -qq source --print-uris --tar-only "$1" |
		tr -d "'" | awk '$2 ~ /\.orig\.tar\.[a-z0-9]+$/' >"$work/$1.uri"
	read -r uri file _ hash <"$work/$1.uri" || die "the source archive of $suite has no tar of $1"
	private_apt /usr/lib/apt/apt-helper -qq download-file "$uri" "$work/$file" "$hash" >/dev/null
	mkdir "$work/$1"
	tar -xf "$work/$file" -C "$work/$1" --strip-components=1
	version=${file#*_}
	version=${version%.orig.tar.*}
	rm "$work/$file"
}

# write_pc NAME INCLUDE LIBS [REQUIRES]. What flags name is found from where the file lies, because pkgconf then takes care
# of blanks in the path; what is read as a variable is plain, because meson then takes the path as it stands.
write_pc() {
	cat >"$prefix/lib/pkgconfig/$1.pc" <<-END
		prefix=\${pcfiledir}/../..
		includedir=$prefix/$2
		Name: $1
		Description: $1 from the sources of Debian $suite
		Version: $version
		Cflags: -I\${prefix}/$2
		Libs: -L\${prefix}/lib $3
		Requires: ${4:-}
	END
}

keep_licence() {
	mkdir -p "$prefix/licences"
	[ ! -f "$work/$1/LICENSE" ] || cp "$work/$1/LICENSE" "$prefix/licences/$1"
	[ ! -f "$work/$1/COPYING" ] || cp "$work/$1/COPYING" "$prefix/licences/$1"
	[ -f "$prefix/licences/$1" ] || die "$1 came without its licence"
}

# Each function and object in a section of its own: the program's link drops what it does not use.
flags='-O2 -g0 -fPIC -fno-omit-frame-pointer -ffunction-sections -fdata-sections -DNDEBUG -w'

build_yyjson() {
	cd "$work/yyjson"
	${CC:-cc} $flags -c src/yyjson.c
	ar rcs "$prefix/lib/libyyjson.a" yyjson.o
	cp src/yyjson.h "$prefix/include/"
	write_pc yyjson include -lyyjson
}

# All of its code in one section with a name: the linker then says where it begins and ends, and a signal that comes when time
# is up can tell whether it interrupted the engine (src/script/javascript/overtime.c).
build_quickjs() {
	cd "$work/quickjs"
	# Each instruction notes where it is, one store: else the place of a running loop is known to nobody, and errors name the
	# last call's.
	sed -i 's/goto \*dispatch_table\[opcode = \*pc++\];/goto *dispatch_table[sf->cur_pc = ++pc, opcode = pc[-1]];/' quickjs.c
	grep -q 'sf->cur_pc = ++pc, opcode' quickjs.c || die "quickjs: the dispatch of instructions is written in another way"
	for source in quickjs libregexp libunicode cutils dtoa; do
		text=$source.c
		[ $source != quickjs ] || text=$tools/quickjs_where.c # which includes quickjs.c
		[ ! -f $source.c ] || # dtoa came with a later version
			${CC:-cc} $flags -fno-function-sections -fno-reorder-functions -fno-reorder-blocks-and-partition -fwrapv -fno-math-errno -D_GNU_SOURCE -DCONFIG_VERSION="\"$(cat VERSION)\"" -I. -I"$tools/../src/script/javascript" -c "$text" -o $source.o
	done
	for object in ./*.o; do
		objcopy --rename-section .text=quickjs_text "$object"
	done
	ar rcs "$prefix/lib/libquickjs.a" ./*.o
	mkdir -p "$prefix/include/quickjs"
	cp quickjs.h "$prefix/include/quickjs/"
	write_pc quickjs include/quickjs '-lquickjs -lm -lpthread'
}

# No link-time optimisation, which the library turns on by itself: its objects would then fit one compiler only.
# Client and server with encryption, subscriptions and text forms; no PubSub, history, discovery server or JSON.
build_open62541() {
	cd "$work/open62541"
	cmake -G Ninja -S . -B out -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="$flags" -DCMAKE_C_FLAGS_RELEASE= \
		-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF \
		-DCMAKE_INSTALL_PREFIX="$work/installed" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF \
		-DOPEN62541_VERSION="v$version" -DUA_ENABLE_ENCRYPTION=OPENSSL -DUA_MULTITHREADING=100 \
		-DUA_NAMESPACE_ZERO=REDUCED -DUA_LOGLEVEL=300 -DUA_ENABLE_PUBSUB=OFF -DUA_ENABLE_PUBSUB_INFORMATIONMODEL=OFF \
		-DUA_ENABLE_HISTORIZING=OFF -DUA_ENABLE_DISCOVERY=OFF -DUA_ENABLE_JSON_ENCODING=OFF -DUA_ENABLE_DIAGNOSTICS=OFF \
		-DUA_ENABLE_NODESET_COMPILER_DESCRIPTIONS=OFF >configure.log 2>&1 || { cat configure.log >&2; die "open62541: cmake failed"; }
	ninja -C out install >build.log 2>&1 || { tail -n 30 build.log >&2; die "open62541: the build failed"; }
	cp "$work/installed/lib/libopen62541.a" "$prefix/lib/"
	cp -R "$work/installed/include/open62541" "$prefix/include/"
	write_pc open62541 include '-lopen62541 -lpthread' openssl
}

# The plain server only: no TLS, passwords, forms, cookies.
build_libmicrohttpd() {
	cd "$work/libmicrohttpd"
	CFLAGS=$flags ./configure --quiet --disable-shared --enable-static --with-pic --disable-https --disable-doc --disable-examples \
		--disable-tools --disable-curl --disable-bauth --disable-dauth --disable-postprocessor --disable-httpupgrade \
		>configure.log 2>&1 || { tail -n 30 configure.log >&2; die "libmicrohttpd: configure failed"; }
	make -s -j "$(nproc)" -C src/microhttpd libmicrohttpd.la >build.log 2>&1 ||
		{ tail -n 30 build.log >&2; die "libmicrohttpd: the build failed"; }
	cp src/microhttpd/.libs/libmicrohttpd.a "$prefix/lib/"
	cp src/include/microhttpd.h "$prefix/include/"
	write_pc libmicrohttpd include '-lmicrohttpd -lpthread'
}

mirror=$("$(dirname "$0")/deps-mirror.sh")
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$prefix/lib/pkgconfig" "$prefix/include"
{
	printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "$mirror" "$suite"
	[ ! -f "$keyring" ] || echo "Signed-By: $keyring"
} >"$work/sources/next.sources"
private_apt apt-get -qq update || die "apt cannot read the source archive of $suite from $mirror"
rm -f "$prefix/stamp"
for name in $names; do
	unpack "$name"
	"build_$name"
	keep_licence "$name"
done
echo "$stamp" >"$prefix/stamp"

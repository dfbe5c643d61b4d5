#!/bin/sh
# headers.sh: every header compiles alone; the public ones also as C11 and as C++17.
# Usage: tests/headers.sh [C compiler] [C++ compiler]
# The libraries' flags come from pkg-config (PKG_CONFIG_PATH is heard), or from CPPFLAGS when it is set.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cc=${1:-cc}
cxx=${2:-c++}
# A header alone leaves its inline functions unused; clang says so of the main file.
warnings="-Wall -Wextra -Wshadow -Wno-unused-function -Werror"
libraries='quickjs open62541 yyjson libfyaml libmicrohttpd openssl'
# shellcheck disable=SC2086 # names are words
flags=${CPPFLAGS-$(pkg-config --cflags $libraries)} || exit 1
# Their headers are not ours to warn about.
flags=$(printf '%s\n' "$flags" | sed 's/-I */-isystem /g')
# pkg-config escapes blanks in paths as a shell reads them.
eval "set -- $flags"
failed=0
count=0

# try NAME COMMAND...: one header in one language; what the compiler says is shown when it fails.
try() {
    name=$1
    shift
    count=$((count + 1))
    if ! said=$("$@" 2>&1); then
        printf '%s does not compile alone (%s)\n%s\n' "$name" "$1" "$said"
        failed=$((failed + 1))
    fi
}

cd "$root" || exit 1
for header in $(find include src tests bench -name '*.h' | sort); do
    # shellcheck disable=SC2086 # warnings are words
    try "$header" "$cc" -std=gnu17 -D_GNU_SOURCE $warnings -Wstrict-prototypes "$@" \
        -Iinclude -Isrc -Itests -Ibench -fsyntax-only -x c "$header"
    case $header in
    include/*)
        # shellcheck disable=SC2086
        try "$header" "$cc" -std=c11 -pedantic $warnings -Wstrict-prototypes "$@" -Iinclude -fsyntax-only -x c "$header"
        # shellcheck disable=SC2086
        try "$header" "$cxx" -std=c++17 -pedantic $warnings "$@" -Iinclude -fsyntax-only -x c++ "$header"
        ;;
    esac
done
echo "$((count - failed)) passed, $failed failed"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]

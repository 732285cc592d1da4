#!/usr/bin/env bash
# Install the build to a new folder, move that folder, and use it from there: by find_package, shared
# and static, and by pkg-config. Usage: run.sh CMAKE BUILD_FOLDER CC
set -euo pipefail

cmake=$1 build=$2 cc=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$cmake" --install "$build" --prefix "$scratch/first" >"$scratch/log"
mv "$scratch/first" "$scratch/prefix"
prefix=$scratch/prefix

"$prefix/bin/hahn" --version
"$prefix/bin/hahn-bench" --version
"$cmake" -S "$here" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_BUILD_TYPE=Release >"$scratch/log" || { cat "$scratch/log"; exit 1; }
"$cmake" --build "$scratch/build" >"$scratch/log" || { cat "$scratch/log"; exit 1; }
"$scratch/build/consumer_shared"
"$scratch/build/consumer_static"
if command -v man >/dev/null && [ -d "$prefix/share/man" ]; then
    man --warnings -l "$prefix"/share/man/man1/*.1 >/dev/null
fi

command -v pkg-config >/dev/null || { echo "pkg-config is not installed: not tried"; exit 0; }
pc=$(find "$prefix" -name hahn.pc)
export PKG_CONFIG_PATH=${pc%/*}
libraries=$(pkg-config --variable=libdir hahn)
# The flags are lists of words, so unquoted.
# shellcheck disable=SC2046
"$cc" "$here/main.c" -o "$scratch/by_pkg_config" $(pkg-config --cflags --libs hahn) -lm
LD_LIBRARY_PATH=$libraries "$scratch/by_pkg_config"

#!/usr/bin/env bash
# Each public header must compile on its own as C11 and as C++17 without a warning.
# Usage: SOURCE_DIR=... check_headers.sh CC CXX
set -euo pipefail

cc=$1 cxx=$2
include=${SOURCE_DIR:?must name the source folder}/include
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count=0
for header in "$include"/hahn/*.h; do
    line="#include <hahn/$(basename "$header")>"
    # Twice: the include guard is checked too.
    printf '%s\n%s\nextern int hahn_used;\n' "$line" "$line" >"$scratch/alone.c"
    cp "$scratch/alone.c" "$scratch/alone.cpp"
    # shellcheck disable=SC2086
    "$cc" -std=c11 -Wstrict-prototypes $warnings -I"$include" -fsyntax-only "$scratch/alone.c"
    # shellcheck disable=SC2086
    "$cxx" -std=c++17 $warnings -I"$include" -fsyntax-only "$scratch/alone.cpp"
    count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo "no header in $include/hahn" >&2; exit 1; }
echo "$count headers compile alone as C11 and as C++17"

#!/usr/bin/env bash
# What the libraries show to the linker: the shared one exactly the functions that the public headers
# declare, the static one only names with the prefix; that no object keeps mutable data; and that
# nothing needs a CUDA library to start, for where there is none the loader would fail before main.
# Usage: SOURCE_DIR=... HAHN=... check_symbols.sh libhahn.so libhahn.a
set -euo pipefail

shared=$1 static=$2
include=${SOURCE_DIR:?must name the source folder}/include
if ! command -v nm >/dev/null || ! command -v objdump >/dev/null; then
    echo "skipped: nm and objdump (binutils) are not installed"
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# Print FILE, if it is not empty, as what is wrong.
wrong() {
    [ -s "$2" ] || return 0
    printf '%s:\n' "$1" >&2
    sed 's/^/    /' "$2" >&2
    failed=1
}

# Declarations may go over several lines; the name stands before the first parenthesis.
cat "$include"/hahn/*.h | tr '\n' ' ' | sed 's/HAHN_API/\n&/g' |
    sed -n 's/^HAHN_API [^(;]*\b\(hahn_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$scratch/declared"
nm -D --defined-only "$shared" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u \
    >"$scratch/exported"

comm -13 "$scratch/declared" "$scratch/exported" >"$scratch/extra"
wrong "exported by $shared, but declared in no public header" "$scratch/extra"
comm -23 "$scratch/declared" "$scratch/exported" >"$scratch/absent"
wrong "declared in a public header, but not exported by $shared" "$scratch/absent"

nm -g --defined-only "$static" 2>/dev/null | awk 'NF == 3 && $3 !~ /^hahn_/ { print $3 }' |
    sort -u >"$scratch/unprefixed"
wrong "global in $static without the prefix hahn_" "$scratch/unprefixed"

# .data and .bss of the C objects (nvcc registers its kernels by globals of its own).
objdump -t "$static" | awk '
    /file format/ { object = $1; sub(/:$/, "", object) }
    object !~ /\.cu\.o$/ && / O (\.data|\.bss|\.tdata|\.tbss)(\.[^r ][^ ]*)?\t/ { print object, $NF }
    / \*COM\*\t/ { print object, $NF }' >"$scratch/mutable"
wrong "mutable globals in $static" "$scratch/mutable"

for binary in "$shared" "${HAHN:?must name the hahn command}"; do
    objdump -p "$binary" | awk '$1 == "NEEDED" && /cuda|cublas|curand|nvidia/' >"$scratch/needed"
    wrong "CUDA libraries that $binary needs to start" "$scratch/needed"
done

[ "$failed" -eq 0 ] || exit 1
echo "$(wc -l <"$scratch/exported") exported functions, each declared; no mutable globals"

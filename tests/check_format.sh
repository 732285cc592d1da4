#!/usr/bin/env bash
# Every C and CUDA source of the project must be as clang-format 14 leaves it; other versions of it
# would not agree. Usage: SOURCE_DIR=... check_format.sh
set -euo pipefail

cd "${SOURCE_DIR:?must name the source folder}"
for tool in clang-format-14 clang-format ''; do
    [ -n "$tool" ] || { echo "skipped: clang-format 14 is not installed"; exit 77; }
    "$tool" --version 2>/dev/null | grep -q 'version 14\.' && break
done
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || {
    echo "skipped: not a git checkout, so there is no list of sources"
    exit 77
}

mapfile -t files < <(git ls-files -- '*.c' '*.h' '*.cu' '*.cuh' ':!third_party')
[ "${#files[@]}" -gt 0 ] || { echo "git knows no sources here" >&2; exit 1; }
"$tool" --dry-run -Werror "${files[@]}" || {
    echo "run: $tool -i on the files above" >&2
    exit 1
}
echo "${#files[@]} files are formatted"

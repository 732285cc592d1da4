#!/usr/bin/env bash
# Run the commands that docs/performance.md and docs/modes.md name, put their output there and their
# JSON into bench/results. Usage: bench/record.sh BUILD_FOLDER [PYTHON [NAME...]]
#   PYTHON  has what bench/peers/requirements.txt pins; without it ('' or -) the comparison is left
#   NAME    of the tables to refresh; all without
set -euo pipefail

build=$(cd "${1:?names no build folder}" && pwd)
python=${2:--}
names=("${@:3}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# wanted NAME: was it asked for?
wanted() {
    [ "${#names[@]}" -eq 0 ] || [[ " ${names[*]} " == *" $1 "* ]]
}

# put NAME: replace what stands between the marks of NAME by the output, as it is.
put() {
    awk -v name="$1" -v file="$output" '
        /^<!-- end -->$/ && inside { inside = 0 }
        !inside { print }
        $1 == "<!--" && $2 == "begin" && $3 == name ":" {
            inside = 1
            command = $0
            sub(/^<!-- begin [a-z]+: /, "", command)
            sub(/ -->$/, "", command)
            print "```\n$ " command
            while ((getline line < file) > 0) print line
            print "```"
        }' "$page" >"$page.new"
    mv "$page.new" "$page"
}

while read -r -u 3 page name command; do
    wanted "$name" || continue
    read -ra words <<<"$command"
    case ${words[0]} in
    hahn-bench) words[0]=$build/hahn-bench ;;
    measure.py)
        case $python in '' | -) echo "left as it is: $name"; continue ;; esac
        words=("$python" bench/peers/measure.py --library "$build/libhahn.so" "${words[@]:1}")
        ;;
    esac
    echo "running: $command"
    "${words[@]}" --json "bench/results/$name.json" >"$output"
    put "$name"
done 3< <(for page in docs/performance.md docs/modes.md; do
    sed -n "s|^<!-- begin \\([a-z]*\\): \\(.*\\) -->\$|$page \\1 \\2|p" "$page"
done)
rm -f docs/modes-*.png # the page shows the SVG

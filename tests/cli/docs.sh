# What the documents quote is what the program prints and what is compiled, and their links lead
# somewhere.
. "$(dirname "$0")/common.bash"
cd "$SOURCE_DIR" || exit 1

expect 0 info --list-gates
sed -n '/^<!-- begin hahn info --list-gates -->$/,/^<!-- end -->$/p' docs/gates.md |
    sed '1,2d; $d' | sed '$d' >"$SCRATCH/page"
check "docs/gates.md is out of date: put the output of hahn info --list-gates there" \
    diff "$SCRATCH/out" "$SCRATCH/page"

# The README's C, line by line without indentation, is a run of lines of the example.
sed -n '/^```c$/,/^```$/p' README.md | sed '1d; $d; s/^ *//' >"$SCRATCH/quoted"
check "the README quotes some C" test -s "$SCRATCH/quoted"
first=$(sed 's/^ *//' examples/first.c | grep -nxF -- "$(head -1 "$SCRATCH/quoted")" | cut -d: -f1)
sed 's/^ *//' examples/first.c | tail -n "+${first:-1}" |
    head -n "$(wc -l <"$SCRATCH/quoted")" >"$SCRATCH/compiled"
check "the README's C is not that of examples/first.c" diff "$SCRATCH/quoted" "$SCRATCH/compiled"

for page in README.md CHANGELOG.md CONTRIBUTING.md docs/*.md bench/peers/*.md; do
    for link in $(grep -o ']([^)#:]*[)#]' "$page" | sed 's/^](//; s/.$//'); do
        check "$page: the link $link leads nowhere" test -e "$(dirname "$page")/$link"
    done
done

finish

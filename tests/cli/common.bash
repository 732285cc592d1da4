# Sourced by the scripts here. HAHN is the command, SOURCE_DIR the source's root.
: "${HAHN:?is not set: give the path of the hahn command}"
SOURCE_DIR=${SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
DATA=$SOURCE_DIR/tests/data/reference
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
FAILURES=0
CHECKS=0

complain() {
    echo "FAILED: $*" >&2
    sed 's/^/    stderr: /' "$SCRATCH/err" | head -5 >&2
    FAILURES=$((FAILURES + 1))
}

# expect CODE ARGS...: hahn ARGS must exit with CODE. Its outputs stand in $SCRATCH/out and err.
expect() {
    local wanted=$1 got=0
    shift
    CHECKS=$((CHECKS + 1))
    LAST="$(basename "$HAHN") $*"
    "$HAHN" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null || got=$?
    [ "$got" -eq "$wanted" ] || complain "$LAST: exit code $got, not $wanted"
}

# says TEXT: the last command's standard error must hold TEXT.
says() {
    CHECKS=$((CHECKS + 1))
    grep -qF -- "$1" "$SCRATCH/err" || complain "$LAST: does not say \"$1\""
}

# prints TEXT: the last command's standard output must hold TEXT.
prints() {
    CHECKS=$((CHECKS + 1))
    grep -qF -- "$1" "$SCRATCH/out" || complain "$LAST: does not print \"$1\""
}

# silent out|err: the last command must have written nothing there.
silent() {
    CHECKS=$((CHECKS + 1))
    [ ! -s "$SCRATCH/$1" ] || complain "$LAST: wrote on std$1: $(head -c 200 "$SCRATCH/$1")"
}

# check DESCRIPTION COMMAND...: the command must succeed.
check() {
    local what=$1
    shift
    CHECKS=$((CHECKS + 1))
    "$@" >/dev/null || complain "$what"
}

# near TOLERANCE FILE FILE: as many numbers, none further apart than TOLERANCE.
near() {
    awk -v tolerance="$1" '
        function distance(a, b) { return a > b ? a - b : b - a }
        NR == FNR { for (i = 1; i <= NF; i++) first[++n] = $i; next }
        { for (i = 1; i <= NF; i++)
              if (++m > n || !(distance(first[m], $i) <= tolerance)) bad = 1 }
        END { exit bad || m != n || n == 0 }' "$2" "$3"
}

# result NUMBER TOLERANCE: what the last command printed must be one number, this near to NUMBER.
result() {
    echo "$1" >"$SCRATCH/wanted"
    check "$LAST: printed \"$(head -c 80 "$SCRATCH/out")\", not $1 within $2" \
        near "$2" "$SCRATCH/wanted" "$SCRATCH/out"
}

# field NAME: the number or string under NAME in the JSON object printed last.
field() {
    sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p" "$SCRATCH/out"
}

finish() {
    echo "$CHECKS checks, $FAILURES failed"
    [ "$CHECKS" -gt 0 ] && [ "$FAILURES" -eq 0 ]
    exit
}

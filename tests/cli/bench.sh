# hahn-bench: each command runs, its table and its JSON hold what they should, bad input is refused.
HAHN=$(dirname "${HAHN:?is not set}")/hahn-bench
. "$(dirname "$0")/common.bash"

# The JSON in lines: a key and its value in each that holds a number.
lines() {
    tr ',{}' '\n\n\n' <"$SCRATCH/json"
}

# number KEY: the numbers under this key, one a line.
number() {
    lines | sed -n "s/^ *\"$1\": \([-0-9.e+]*\)$/\1/p"
}

# all KEY CONDITION: KEY stands in the JSON, and each of its numbers x fulfils an awk condition.
all() {
    number "$1" >"$SCRATCH/numbers"
    check "$LAST: $1 is there" test -s "$SCRATCH/numbers"
    check "$LAST: $1: not all of $(tr '\n' ' ' <"$SCRATCH/numbers") fulfil $2" \
        awk "{ x = \$1 } !($2) { bad = 1 } END { exit bad }" "$SCRATCH/numbers"
}

# ordered: in each summary min <= lower quartile <= median <= upper quartile.
ordered() {
    for key in min lower_quartile median upper_quartile; do
        number $key >"$SCRATCH/$key"
    done
    check "$LAST: quartiles are in order" awk '$1 > $2 || $2 > $3 || $3 > $4 || NF != 4 { bad = 1 }
        END { exit bad || NR == 0 }' <(paste "$SCRATCH"/{min,lower_quartile,median,upper_quartile})
}

# bench COMMAND ARGS...: a quick run, whose JSON is there and tells what ran.
bench() {
    expect 0 "$@" --quick --threads 2 --json "$SCRATCH/json"
    silent err
    prints "hahn-bench $1"
    check "$LAST: JSON of one line" test "$(wc -l <"$SCRATCH/json")" -eq 1
    for key in version compiler cpu backend isa precision date rates_isa fingerprint; do
        check "$LAST: $key" grep -q "\"$key\": \"[^\"]" "$SCRATCH/json"
    done
    check "$LAST: quick" grep -q '"quick": true' "$SCRATCH/json"
    check "$LAST: tile" grep -q '"tile": 1[0-6],' "$SCRATCH/json"
    all fma_per_s 'x > 1e6 && x < 1e13'
    all gates 'x > 0'
    all peak_bytes 'x > 256'
    all median 'x >= 0 && x < 60'
    all repeats 'x == 3'
    ordered
}

bench forward
check "nine cases" test "$(number repeats | wc -l)" -eq 9
check "four series each" test "$(number median | wc -l)" -eq $((9 * 5))
all gates_per_s 'x > 0'
all update_bytes_per_s 'x > 1e6 && x < 1e13'
# Counted for the five variational cases alone.
all times_limit 'x > 0'
check "five limits" test "$(number times_limit | wc -l)" -eq 5
check "four without" test "$(grep -o '"times_limit": null' "$SCRATCH/json" | wc -l)" -eq 4
# Nothing can be faster than the machine; what disturbs the measurement of a short rate is far less
# than a factor of two.
all fma_fraction 'x < 2'

bench gradient
check "six series each" test "$(number median | wc -l)" -eq $((9 * 6))
for name in n4d1000 n24d4 n20hardware n20qaoa n20trotter n20mixed; do
    check "$name" grep -q "\"case\": \"$name\"" "$SCRATCH/json"
    prints "$name "
done

bench batch --batch 4
all batch 'x == 4'
all gain 'x > 0'
all gradients_per_s 'x > 0'
check "one and two threads" test "$(number threads | sort | uniq -c | awk '{ printf "%s ", $2 }')" = "1 2 "

bench compile
all s_per_gate 'x > 0'
all bytes_per_gate 'x > 0'
all bind_median_s 'x > 0'

bench observable
all s_per_term 'x > 0'
all observable_groups 'x > 0'

bench products
check "four cases, four rows each" test "$(number repeats | wc -l)" -eq 16
all times_gradient 'x > 0'
check "gradients once themselves" test "$(number times_gradient | grep -cx 1)" -ge 4
for name in gradient jvp fisher hvp; do
    check "$name" test "$(grep -o "\"method\": \"$name\"" "$SCRATCH/json" | wc -l)" -eq 4
done

# Cases by name, and from the options of hahn.
bench gradient --case n20mixed,n10d100
check "two cases" test "$(number repeats | wc -l)" -eq 2
number energy >"$SCRATCH/mixed"
bench gradient --ansatz trotter --layers 2 --hamiltonian xxz:delta=2 --qubits 5 --precision f32
check "its name" grep -q '"case": "given"' "$SCRATCH/json"
check "its gates" test "$(number gates)" -eq $((2 + 2 * 15))
check "f32" grep -q '"precision": "f32"' "$SCRATCH/json"
expect 0 forward --case n4d1000 --quick --repeat 7 --json "$SCRATCH/json" --backend reference
all repeats 'x == 7'
# What is timed is what is computed: the same energies by the reference backend.
expect 0 forward --case n20mixed,n10d100 --quick --json "$SCRATCH/json" --backend reference
number energy >"$SCRATCH/reference"
check "the reference backend's energies" near 1e-12 "$SCRATCH/mixed" "$SCRATCH/reference"

expect 0 forward --list-cases
for name in n4d1000 n12pauli3000; do
    prints "$name "
done

expect 2 gradient --case n10d102
says 'unknown case "n10d102"; did you mean n10d10'
expect 2 gradient --case xyzzy
says '--case: unknown case "xyzzy"; --list-cases tells which there are'
expect 2 gradient --case n4d1000 --qubits 4
says 'not both'
expect 2 gradient --repeat 0
says '--repeat'
expect 2 batch --batch 0 --quick
says '--batch'
expect 2 forward --ansatz qaoa --qubits 4 --layers 1
says 'qaoa needs a Hamiltonian of Z and I alone'
expect 2 frobnicate
says "hahn-bench: unknown command"
# Nothing is measured before the file is known to be writable, and none is left behind by a failure.
expect 2 forward --case n4d1000 --json "$SCRATCH/absent/file"
says "absent"
silent out
rm -f "$SCRATCH/json"
expect 2 forward --ansatz qaoa --qubits 4 --layers 1 --json "$SCRATCH/json"
check "no file" test -z "$(find "$SCRATCH" -name 'json*')"

finish

# hahn grad: against reference data, one method against the other, and every kind of output.
. "$(dirname "$0")/common.bash"

for case in n4_d3_random01:4:3 n6_d5_uniform2pi:6:5; do
    IFS=: read -r name qubits layers <<<"$case"
    problem=(--qubits "$qubits" --layers "$layers" --params "$DATA/$name.params.txt")
    for method in adjoint shift forward; do
        for backend in reference cpu; do
            expect 0 grad "${problem[@]}" --method $method --backend $backend
            check "$LAST: gradient" near 1e-12 "$DATA/$name.grad.txt" "$SCRATCH/out"
            sed -n 's/^energy *//p' "$SCRATCH/err" >"$SCRATCH/energy"
            check "$LAST: energy" near 1e-12 "$DATA/$name.energy.txt" "$SCRATCH/energy"
        done
    done
done

small=(--qubits 4 --layers 3)
expect 0 grad "${small[@]}"
cp "$SCRATCH/out" "$SCRATCH/gradient"
check "a number for each parameter" test "$(wc -l <"$SCRATCH/out")" -eq 40
says "gradient norm"
says "echo error"
says "start energy"
norm=$(sed -n 's/^gradient norm *//p' "$SCRATCH/err")
awk '{ s += $1 * $1 } END { printf "%.17g\n", sqrt(s) }' "$SCRATCH/gradient" >"$SCRATCH/norm"
check "the norm is the norm" near 1e-13 "$SCRATCH/norm" <(echo "$norm")

expect 0 grad "${small[@]}" --quiet
silent err
check "--quiet keeps the result" cmp "$SCRATCH/out" "$SCRATCH/gradient"

for threads in 1 2 3 7; do
    expect 0 grad "${small[@]}" --threads $threads
    check "$LAST: differs" cmp "$SCRATCH/out" "$SCRATCH/gradient"
done

# Files: text as on standard output; .npy holds the same bits, read back as parameters.
expect 0 grad "${small[@]}" --output "$SCRATCH/gradient.txt"
silent out
check "text file" cmp "$SCRATCH/gradient.txt" "$SCRATCH/gradient"
expect 0 grad "${small[@]}" -o "$SCRATCH/gradient.npy"
silent out
check "npy size" test "$(wc -c <"$SCRATCH/gradient.npy")" -eq $((128 + 40 * 8))
check "npy type" grep -qa "'descr': '<f8', 'fortran_order': False, 'shape': (40,)" "$SCRATCH/gradient.npy"
expect 0 energy "${small[@]}" --params "$SCRATCH/gradient.txt"
cp "$SCRATCH/out" "$SCRATCH/from_text"
expect 0 energy "${small[@]}" --params "$SCRATCH/gradient.npy"
check "both files are the same vector" cmp "$SCRATCH/out" "$SCRATCH/from_text"
check "nothing else is left behind" test "$(ls "$SCRATCH" | grep -c tmp-)" -eq 0

# JSON, with the gradient inside or in a file.
expect 0 grad "${small[@]}" --json
prints '"method": "adjoint"'
prints '"echo_error": '
sed 's/.*"gradient": \[\([^]]*\)\].*/\1/; s/, /\n/g' "$SCRATCH/out" >"$SCRATCH/in_json"
check "gradient in JSON" cmp "$SCRATCH/in_json" "$SCRATCH/gradient"
check "norm in JSON" test "$(field grad_norm)" = "$norm"
expect 0 grad "${small[@]}" --json --output "$SCRATCH/again.txt"
check "no gradient in JSON" test "$(grep -c '"gradient"' "$SCRATCH/out")" -eq 0
check "but in the file" cmp "$SCRATCH/again.txt" "$SCRATCH/gradient"

# An echo tolerance: without it the echo error is above a sixtieth of its bound, with it below; what
# is refused tells the least one, which is taken.
deep=(--qubits 4 --layers 3000 --precision f32 --json)
expect 0 grad "${deep[@]}"
echo=$(field echo_error)
check "one segment" test "$(field segments)" -eq 1
tolerance=$(awk -v b="$(field echo_bound)" 'BEGIN { print b / 60 }')
check "the echo error is above $tolerance" awk "BEGIN { exit !($echo > $tolerance) }"
expect 0 grad "${deep[@]}" --echo-tolerance "$tolerance"
check "and now below" awk "BEGIN { exit !($(field echo_error) <= $tolerance) }"
check "its bound too" awk "BEGIN { exit !($(field echo_bound) <= $tolerance) }"
check "in 60 * 60 segments or more" test "$(field segments)" -ge 3600
expect 0 grad "${small[@]}" --echo-tolerance 1e-9
check "a wide tolerance changes nothing" cmp "$SCRATCH/out" "$SCRATCH/gradient"
expect 2 grad "${small[@]}" --echo-tolerance 1e-15
says "--echo-tolerance: an echo tolerance of 1e-15 cannot be promised"
least=$(sed -n 's/.*; use \([^ ]*\) or more.*/\1/p' "$SCRATCH/err")
expect 0 grad "${small[@]}" --echo-tolerance "$least"
says "segments"
expect 2 grad "${small[@]}" --echo-tolerance 0
says "--echo-tolerance: 0 is out of range"
expect 2 grad "${small[@]}" --echo-tolerance 1e-9 --method shift
says "shift goes nowhere backwards"

# Every method: those that are exact to rounding, those that differ by their step, and an estimate
# that has one magnitude for all components.
for method in shift tape checkpoint; do
    expect 0 grad "${small[@]}" --method $method
    check "$method" near 1e-12 "$SCRATCH/out" "$SCRATCH/gradient"
done
says "states kept"
expect 0 grad "${small[@]}" --method finite-difference
check "finite-difference" near 1e-7 "$SCRATCH/out" "$SCRATCH/gradient"
expect 0 grad "${small[@]}" --method finite-difference --step 0.01
check "a wide step is off by its square" near 1e-3 "$SCRATCH/out" "$SCRATCH/gradient"
check "but not by nothing" test "$(near 1e-7 "$SCRATCH/out" "$SCRATCH/gradient"; echo $?)" -eq 1
expect 0 grad "${small[@]}" --method spsa
check "one magnitude" test "$(tr -d - <"$SCRATCH/out" | sort -u | wc -l)" -eq 1
expect 0 grad "${small[@]}" --method spsa --repetitions 16 --json
check "several magnitudes" test "$(sed 's/.*"gradient": \[\([^]]*\)\].*/\1/; s/[-]//g; s/, /\n/g' "$SCRATCH/out" | sort -u | wc -l)" -gt 1
check "no certificate" test "$(grep -c echo_error "$SCRATCH/out")" -eq 0

# Memory: told before, and refused with what would do.
dry=(grad --qubits 9 --layers 400 --dry-run --json --method)
bytes_of() { expect 0 "${dry[@]}" "$@"; field workspace_bytes; }
adjoint=$(bytes_of adjoint) some=$(bytes_of checkpoint --states 7) all=$(bytes_of tape)
state=$(field state_bytes)
check "seven states" test $((some - adjoint)) -ge $((7 * state))
check "all states" test $((all - adjoint)) -ge $((400 * state))
check "seven are less than all" test "$some" -lt "$all"
expect 0 "${dry[@]}" checkpoint --states 7
check "more passes than one" awk "BEGIN { exit !($(field forward_passes) > 2) }"
total=$(field total_bytes)
expect 1 "${dry[@]}" tape --memory-limit "$total"
says "are missing"
expect 1 grad --qubits 9 --layers 400 --method tape --memory-limit "$total"
says "method checkpoint does with fewer, adjoint with none"
expect 0 grad --qubits 9 --layers 400 --method checkpoint --states 7 --memory-limit "$total"

expect 2 grad "${small[@]}" --states 5
says "--states: adjoint keeps none; leave it out, or use --method checkpoint"
expect 2 grad "${small[@]}" --states 5 --method tape
says "tape keeps all of them"
expect 2 grad "${small[@]}" --step 0.1 --method shift
says "--step: shift moves no parameters"
expect 2 grad "${small[@]}" --repetitions 3 --method finite-difference
says "--repetitions: finite-difference has none"
expect 2 grad "${small[@]}" --method tape --echo-tolerance 1e-9
says "tape uncomputes no state"
expect 2 grad "${small[@]}" --method checkpoint --states 0
says "--states: 0 is out of range"
expect 2 grad "${small[@]}" --method spsa --step 0
says "--step"

# Shots: each component within five of its standard errors.
expect 0 grad "${small[@]}" --method shift --shots 1000 --errors "$SCRATCH/errors"
says "root mean square"
says "shots"
paste "$SCRATCH/out" "$SCRATCH/gradient" "$SCRATCH/errors" >"$SCRATCH/three"
check "within the errors" awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 5 * $3 || $3 <= 0) bad = 1 }
    END { exit bad || NR != 40 }' "$SCRATCH/three"
expect 0 grad "${small[@]}" --method shift --shots 1000 --json
prints '"errors": ['
check "81 energies" test "$(field shots)" -eq 81000
expect 0 grad "${small[@]}" --method shift --shots 6
says "with 6 shots some setting is measured fewer than 10 times"
expect 2 grad "${small[@]}" --method shift --shots 1000000000000000
says "--shots: 1000000000000000 shots for each energy are out of range"
expect 2 grad "${small[@]}" --shots 1000
says "--shots: adjoint is not measured; leave it out, or use --method shift"
expect 2 grad "${small[@]}" --method shift --shots 5
says "5 shots are too few"
expect 2 grad "${small[@]}" --errors "$SCRATCH/errors"
says "--errors: without --shots there are none"

# Parameters that several gates share, and none at all.
expect 0 grad --ansatz trotter:order=2 --layers 3 --qubits 4 --seed 3
cp "$SCRATCH/out" "$SCRATCH/adjoint"
expect 0 grad --ansatz trotter:order=2 --layers 3 --qubits 4 --seed 3 --method shift
check "shared parameters" near 1e-11 "$SCRATCH/adjoint" "$SCRATCH/out"
expect 0 grad --ansatz trotter:params=fixed --layers 3 --qubits 4
silent out

finish

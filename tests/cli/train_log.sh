# hahn train: the log's records, the result, and what a run of this size would take.
. "$(dirname "$0")/common.bash"

small=(--qubits 4 --layers 20)
log=$SCRATCH/log.jsonl

# value STEP NAME: a number in the record of a step.
value() {
    sed -n "s/^{\"type\": \"step\", \"step\": $1, .*\"$2\": \([^,}]*\).*/\1/p" "$log"
}

expect 0 train "${small[@]}" --steps 7 --log "$log" --save-params "$SCRATCH/last.txt" \
    --save-best "$SCRATCH/best.npy" --quiet
silent err
check "a header, records 0 to 7, a summary" test "$(wc -l <"$log")" -eq 10
check "the first line is the header" sh -c "head -1 '$log' | grep -q '^{\"type\": \"header\"'"
check "the last line is the summary" sh -c "tail -1 '$log' | grep -q '^{\"type\": \"summary\"'"
for key in version ansatz layers hamiltonian qubits parameters init seed optimizer lr batch steps \
    precision backend isa threads tile; do
    check "the header has $key" sh -c "head -1 '$log' | grep -q '\"$key\": [^n]'"
done
for step in 0 1 2 3 4 5 6 7; do
    for key in energy grad_norm lr echo_error forward_ms backward_ms total_ms; do
        check "step $step has $key" sh -c "[ -n '$(value $step $key)' ]"
    done
done

# Step 0 is the start; step k is the energy at the parameters after k updates.
value 0 energy >"$SCRATCH/step"
expect 0 energy "${small[@]}"
check "step 0 is the start" cmp "$SCRATCH/step" "$SCRATCH/out"
value 7 energy >"$SCRATCH/step"
expect 0 energy "${small[@]}" --params "$SCRATCH/last.txt"
check "step 7 is after the last update" cmp "$SCRATCH/step" "$SCRATCH/out"
check "the summary repeats it" grep -q "\"final_energy\": $(cat "$SCRATCH/step")," "$log"
expect 0 energy "${small[@]}" --params "$SCRATCH/best.npy"
check "the best parameters have the best energy" grep -q "\"best_energy\": $(cat "$SCRATCH/out")," \
    "$log"

# One step of gradient descent, done by hand with the gradient of another command.
expect 0 train "${small[@]}" --steps 0 --save-params "$SCRATCH/start.txt" --quiet
expect 0 grad "${small[@]}" --output "$SCRATCH/gradient.txt"
expect 0 train "${small[@]}" --steps 1 --lr 0.25 --save-params "$SCRATCH/one.txt" --quiet
paste "$SCRATCH/start.txt" "$SCRATCH/gradient.txt" |
    awk '{ printf "%.17g\n", $1 - 0.25 * $2 }' >"$SCRATCH/hand.txt"
# Each number is below 4 in magnitude, and is rounded twice.
check "one step of gradient descent" near 8.9e-16 "$SCRATCH/hand.txt" "$SCRATCH/one.txt"
awk '{ sum += $1 * $1 } END { printf "%.17g\n", sqrt(sum) }' "$SCRATCH/gradient.txt" \
    >"$SCRATCH/norm"
value 0 grad_norm >"$SCRATCH/step"
check "grad_norm is the gradient's norm" near 1e-12 "$SCRATCH/norm" "$SCRATCH/step"

# Parameters from a file, in both formats, give the same run.
expect 0 train "${small[@]}" --steps 3 --params "$SCRATCH/start.txt" --quiet --json
field final_energy >"$SCRATCH/from_text"
expect 0 train "${small[@]}" --steps 3 --quiet --json
check "--params goes on from a file" sh -c "[ '$(field final_energy)' = '$(cat "$SCRATCH/from_text")' ]"

# Results on standard output, all else on standard error.
expect 0 train "${small[@]}" --steps 3
says "step 0/3: energy"
says "step 3/3: energy"
prints "energy "
expect 0 train "${small[@]}" --steps 3 --json --quiet
silent err
check "--json prints one object" test "$(grep -c '^{.*}$' "$SCRATCH/out")" -eq 1
check "--json prints nothing else" test "$(wc -l <"$SCRATCH/out")" -eq 1
expect 1 train "${small[@]}" --steps 3 --save-params /dev/full
CHECKS=$((CHECKS + 1))
"$HAHN" train "${small[@]}" --steps 3 --quiet >/dev/full 2>"$SCRATCH/err" &&
    complain "a full disk under standard output is not noticed"

# Gradients are checked before training.
expect 0 train "${small[@]}" --steps 1 --check-grad 5
check "--check-grad compares 5 components" \
    test "$(grep -Ec '^ +[0-9]+( +[-0-9.e]+){4}$' "$SCRATCH/err")" -eq 5

# The same angle thousands of times, in single precision: rounding repeats, and the echo error
# grows. Beyond the bound it is told; the summary says the same.
echo_of() {
    expect 0 train --steps 0 --json "$@"
    CHECKS=$((CHECKS + 1))
    awk -v e="$(field echo_error)" -v b="$(field echo_bound)" -v w="$(field echo_within_bound)" \
        'BEGIN { exit (e <= b ? "true" : "false") != w || b <= 0 }' || complain "$LAST: echo_within_bound"
    if [ "$(field echo_within_bound)" = true ]; then
        check "$LAST: no warning" sh -c "! grep -q warning '$SCRATCH/err'"
    else
        says "warning: the echo error at step 0 is"
    fi
}
echo_of "${small[@]}"
check "f64 is within the bound" test "$(field echo_within_bound)" = true
echo_of --qubits 6 --layers 3000 --ansatz trotter:params=layer --init uniform:0.3,0.3 --precision f32

# An echo tolerance stands in the header, and its states in the plan.
header() {
    sed -n "1s/.*\"$1\": \([^,}]*\).*/\1/p" "$log"
}
check "no echo tolerance" test "$(header echo_tolerance)" = null
check "no segments" test "$(header segments)" -eq 1
expect 0 train "${small[@]}" --steps 3 --log "$log" --echo-tolerance 1e-14 --quiet
check "the echo tolerance is told" test "$(header echo_tolerance)" = 1e-14
segments=$(header segments)
check "there are segments" test "$segments" -gt 1
plan() {
    expect 0 train --dry-run --json "${small[@]}" --batch 1 "$@"
    field workspace_bytes
}
check "each boundary takes a state and its place" test \
    "$(plan --echo-tolerance 1e-14)" -eq $(($(plan) + (segments - 1) * ((16 << 4) + 8)))
expect 0 train --dry-run "${small[@]}" --echo-tolerance 1e-14
prints "segments       $segments (states kept: $((segments - 1)) a lane)"

# A dry run runs nothing.
expect 0 train --dry-run --log "$SCRATCH/none.jsonl" --checkpoint "$SCRATCH/none.ck"
prints "300010"
silent err
check "a dry run writes no files" sh -c "[ ! -e '$SCRATCH/none.jsonl' ] && [ ! -e '$SCRATCH/none.ck' ]"
expect 0 train --dry-run --json "${small[@]}" --optimizer adam
check "the parameters are counted" test "$(field parameters)" -eq 244
check "Adam keeps two numbers a parameter" test "$(field optimizer_bytes)" -eq $((2 * 8 * 244))
check "the checkpoint's size is told" test "$(field checkpoint_bytes)" -gt $((4 * 8 * 244))
planned=$(field checkpoint_bytes)
expect 0 train "${small[@]}" --optimizer adam --checkpoint "$SCRATCH/size.ck" --quiet
check "the checkpoint is $planned bytes and no log's name more" \
    test "$(stat -c %s "$SCRATCH/size.ck")" -eq "$planned"
expect 1 train --dry-run --qubits 40 --layers 1
prints "TiB"
says "missing"

finish

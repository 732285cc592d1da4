# hahn train: tolerances and their exit codes; runs that go wrong.
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
run=(--qubits 4 --layers 4 --json --quiet)

# Met: exit code 0, at the first step that meets it.
expect 0 train "${run[@]}" --lr 0.01 --steps 5000 --tol-energy 1e-4 --log log
check "says so" test "$(field end)" = "energy converged"
sed -n 's/^{"type": "step", .*"energy": \([^,]*\),.*/\1/p' log >energies
check "it is the first step that changes the energy by 1e-4 or less" awk '
    function distance(a, b) { return a > b ? a - b : b - a }
    NR > 1 { last = distance($1, before) <= 1e-4; if (last) met++ }
    { before = $1 }
    END { exit !(last && met == 1 && NR > 2) }' energies
expect 0 train "${run[@]}" --lr 0.01 --steps 5000 --tol-grad 1 --log log
check "says so" test "$(field end)" = "gradient converged"
sed -n 's/^{"type": "step", .*"grad_norm": \([^,]*\),.*/\1/p' log >norms
check "it is the first step whose gradient is 1 or less" awk '
    { last = $1 <= 1; if (last) met++ }
    END { exit !(last && met == 1 && NR > 2) }' norms

# Not met: exit code 3.
expect 3 train "${run[@]}" --steps 5 --tol-energy 1e-9
check "says so" test "$(field end)" = "all steps done"
expect 3 train "${run[@]}" --steps 5 --tol-grad 1e-9
check "not converged" test "$(field converged)" = false
expect 0 train "${run[@]}" --steps 5
if "$HAHN" train "${run[@]}" --optimizer lbfgs --steps 1 >/dev/null 2>&1; then
    expect 0 train "${run[@]}" --optimizer lbfgs --tol-energy 1e-6
    expect 0 train "${run[@]}" --optimizer lbfgs --tol-grad 1e-3
    expect 3 train "${run[@]}" --optimizer lbfgs --steps 3 --tol-grad 1e-3
    expect 0 train "${run[@]}" --optimizer neldermead --steps 100000 --tol-energy 1e-2
fi

# A converged run that is resumed has converged still.
expect 0 train "${run[@]}" --lr 0.01 --steps 5000 --tol-grad 1 --checkpoint state \
    --checkpoint-every 100
steps=$(field steps)
expect 0 train --resume state --quiet --json
check "at the same step" test "$(field steps)" = "$steps"
expect 0 train --resume state --tol-grad 0.5 --quiet --json
check "and goes on to another tolerance" test "$(field steps)" -gt "$steps"

# Parameters that overflow end the run; the checkpoint before that stays.
expect 1 train --qubits 4 --layers 4 --lr 1.7e308 --steps 50 --checkpoint good --checkpoint-every 1
says "no longer finite: take smaller steps"
says "the checkpoint good still holds step"
silent out
cp good before
expect 1 train --resume good
check "the checkpoint is not overwritten" cmp good before

finish

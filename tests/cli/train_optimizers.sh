# hahn train: every optimiser lowers the energy and tells the truth about it; batches.
. "$(dirname "$0")/common.bash"

small=(--qubits 4 --layers 4 --quiet --json)
expect 0 energy --qubits 4 --layers 4
start=$(cat "$SCRATCH/out")

below() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'
}

# trains OPTIMIZER DROP [OPTIONS]: by at least DROP, and the saved parameters have that energy.
trains() {
    local optimizer=$1 drop=$2 energy
    shift 2
    expect 0 train "${small[@]}" --optimizer "$optimizer" "$@" --save-params "$SCRATCH/p.npy" \
        --log "$SCRATCH/log"
    silent err
    energy=$(field final_energy)
    check "$optimizer lowers the energy from $start by $drop (to $energy)" \
        below "$energy" "$(awk -v s="$start" -v d="$drop" 'BEGIN { print s - d }')"
    # The best energy is the lowest of the records.
    sed -n 's/^{"type": "step", .*"energy": \([^,]*\),.*/\1/p' "$SCRATCH/log" | sort -g | head -1 \
        >"$SCRATCH/lowest"
    check "$optimizer: best_energy is the lowest" test "$(field best_energy)" = \
        "$(cat "$SCRATCH/lowest")"
    expect 0 energy --qubits 4 --layers 4 --params "$SCRATCH/p.npy"
    check "$optimizer: the saved parameters have the final energy" test "$(cat "$SCRATCH/out")" = \
        "$energy"
}

trains gd 1
trains momentum 2
trains momentum:beta=0.5 1
trains adam 1 --lr 0.01
trains adam:beta1=0.8,beta2=0.99,epsilon=1e-6 1 --lr 0.01
trains qng 4
trains qng:damping=0.1,iterations=5,tolerance=0.1 3 --lr 0.1 --steps 20 --batch 2

# What the searches took: a record for each update, their sum and largest in the summary; fewer
# where the tolerance is wide, with a residual within it, and as many as are allowed where none is.
natural() {
    expect 0 train --qubits 4 --layers 4 --steps 3 --optimizer "$@" --log "$SCRATCH/log" --json
    grep '"type": "step"' "$SCRATCH/log" >"$SCRATCH/steps"
    sed 's/.*"cg_iterations": \([^,]*\), "cg_residual": \([^,]*\).*/\1 \2/' "$SCRATCH/steps" >"$SCRATCH/cg"
    check "$*: none before the first update" test "$(head -1 "$SCRATCH/cg")" = "null null"
    check "$*: the sum and the largest" awk -v n="$(field cg_iterations)" -v r="$(field cg_residual)" '
        NR > 1 { sum += $1; if ($2 > largest) largest = $2 }
        END { exit !(NR == 4 && sum == n && largest == r && n > 0) }' "$SCRATCH/cg"
}
natural qng:tolerance=0.5
loose=$(field cg_iterations)
check "the residual is within the tolerance" awk "BEGIN { exit !($(field cg_residual) <= 0.5) }"
natural qng:tolerance=1e-3,iterations=200
check "a narrow tolerance takes more" test "$(field cg_iterations)" -gt "$loose"
check "and keeps it" awk "BEGIN { exit !($(field cg_residual) <= 1e-3) }"
natural qng:tolerance=0,iterations=2 --batch 3
check "two for each start and update" test "$(field cg_iterations)" -eq $((2 * 3 * 3))
expect 0 train --qubits 4 --layers 4 --steps 3 --optimizer qng
prints "cg iterations  "
expect 0 train --qubits 4 --layers 4 --steps 3 --optimizer adam --json
check "others have none" test "$(grep -c cg_ "$SCRATCH/out")" -eq 0

# A damping that is all of the matrix: theta -= lr g / damping, but for 1e-9 of it.
expect 0 train "${small[@]}" --optimizer qng:damping=1e9,tolerance=1e-12 --lr 1e8 --steps 5 \
    --save-params "$SCRATCH/damped.txt"
expect 0 train "${small[@]}" --optimizer gd --lr 0.1 --steps 5 --save-params "$SCRATCH/plain.txt"
check "qng with much damping is gd" near 1e-7 "$SCRATCH/plain.txt" "$SCRATCH/damped.txt"

# The first step of Adam: the bias of both means cancels, and lr g / (|g| + epsilon) is left. Two
# means, their quotients, a root, a product, a quotient and a difference round: 8 u of 4 at most.
expect 0 train --qubits 4 --layers 4 --steps 0 --save-params "$SCRATCH/start.txt" --quiet
expect 0 grad --qubits 4 --layers 4 --output "$SCRATCH/gradient.txt"
expect 0 train --qubits 4 --layers 4 --steps 1 --optimizer adam --lr 0.25 \
    --save-params "$SCRATCH/one.txt" --quiet
paste "$SCRATCH/start.txt" "$SCRATCH/gradient.txt" | awk '
    { size = $2 < 0 ? -$2 : $2; printf "%.17g\n", $1 - 0.25 * $2 / (size + 1e-8) }' >"$SCRATCH/hand.txt"
check "one step of Adam" near 3.6e-15 "$SCRATCH/hand.txt" "$SCRATCH/one.txt"

"$HAHN" train "${small[@]}" --optimizer lbfgs --steps 1 >"$SCRATCH/out" 2>"$SCRATCH/err"
if grep -q "built without NLopt" "$SCRATCH/err"; then
    echo "NLopt's optimisers not tested: this hahn was built without"
else
    for optimizer in lbfgs lbfgs:memory=3 var2 tnewton ccsaq slsqp; do
        trains $optimizer 5
    done
    for optimizer in neldermead sbplx cobyla newuoa bobyqa praxis; do
        trains $optimizer 0.3 --steps 200
    done
    trains praxis:initial-step=0.3 0.3 --steps 200

    # The seed decides the random numbers of praxis too, not only the start.
    expect 0 train --qubits 4 --layers 4 --steps 0 --save-params "$SCRATCH/start.txt" --quiet
    for run in 1a 1b 2a; do
        expect 0 train "${small[@]}" --params "$SCRATCH/start.txt" --optimizer praxis \
            --steps 5000 --seed ${run%?} --save-params "$SCRATCH/seed$run"
    done
    check "the same seed, the same run of praxis" cmp "$SCRATCH/seed1a" "$SCRATCH/seed1b"
    check "another seed, another run of praxis" sh -c "! cmp '$SCRATCH/seed1a' '$SCRATCH/seed2a'"

    # They see at most steps + 1 evaluations, and a seed fixes those that draw random numbers.
    for optimizer in lbfgs praxis cobyla; do
        expect 0 train "${small[@]}" --optimizer $optimizer --steps 9 --log "$SCRATCH/a"
        check "$optimizer makes 10 evaluations" test "$(grep -c '"type": "step"' "$SCRATCH/a")" -eq 10
        expect 0 train "${small[@]}" --optimizer $optimizer --steps 40 --log "$SCRATCH/b"
        for log in a b; do
            sed -n 's/, "forward_ms.*//; 2,11p' "$SCRATCH/$log" >"$SCRATCH/$log.records"
        done
        check "$optimizer: --steps changes nothing before the end" \
            cmp "$SCRATCH/a.records" "$SCRATCH/b.records"
    done
fi

# Start b of a batch is trained as it would be alone: start 0 is the run without a batch.
expect 0 train "${small[@]}" --optimizer adam --batch 3 --seed 2 --steps 5 --log "$SCRATCH/batch"
best=$(field final_index)
sed -n 's/^{"type": "step", .*"energies": \[\([^]]*\)\].*/\1/p' "$SCRATCH/batch" | tr -d , \
    >"$SCRATCH/energies"
check "6 records of 3 energies" test "$(wc -lw <"$SCRATCH/energies" | tr -s ' ')" = " 6 18"
expect 0 train "${small[@]}" --optimizer adam --seed 2 --steps 5 --log "$SCRATCH/alone"
sed -n 's/^{"type": "step", .*"energy": \([^,]*\),.*/\1/p' "$SCRATCH/alone" >"$SCRATCH/first"
cut -d' ' -f1 "$SCRATCH/energies" >"$SCRATCH/column"
check "start 0 is the run alone" cmp "$SCRATCH/first" "$SCRATCH/column"
check "the best one is not the first one" test "$best" -gt 0
check "the best one is reported" awk -v best="$best" \
    'END { for (i = 1; i <= NF; i++) if ($i < $(best + 1)) exit 1 }' "$SCRATCH/energies"
check "the starts differ" awk '{ exit $1 == $2 || $2 == $3 }' "$SCRATCH/energies"

finish

# Training on a device that is lost in between: the last checkpoint stays, and the run can go on from
# it to the same bits. On the emulated device.
. "$(dirname "$0")/common.bash"

HAHN=$(dirname "$HAHN")/tests/hahn-emulated
run=(train --backend cuda --qubits 4 --layers 2 --steps 12 --quiet --optimizer adam --lr 0.05)
files=(--checkpoint "$SCRATCH/lost.ck" --checkpoint-every 2 --log "$SCRATCH/lost.jsonl")

# records FILE: the steps of a log, without their times.
records() {
    grep '"type": "step"' "$1" | sed 's/, "forward_ms.*//'
}

expect 0 "${run[@]}" --log "$SCRATCH/whole.jsonl" --save-params "$SCRATCH/whole.txt"
records "$SCRATCH/whole.jsonl" >"$SCRATCH/whole.steps"
[ "$(wc -l <"$SCRATCH/whole.steps")" -eq 13 ] || complain "a record for each step"

# Opening takes some thirty calls, the first steps too, and later ones a dozen each.
last=0
for at in 60 75 90 105 120; do
    rm -f "$SCRATCH"/lost.*
    export CUDAEMU_LOST=$at
    expect 1 "${run[@]}" "${files[@]}"
    unset CUDAEMU_LOST
    says "CUDA failed"
    says "the checkpoint $SCRATCH/lost.ck still holds step"
    step=$(sed -n 's/.*still holds step \([0-9]*\).*/\1/p' "$SCRATCH/err")
    check "a device lost later leaves no earlier checkpoint" test "$step" -ge "$last"
    last=$step
    expect 0 train --resume "$SCRATCH/lost.ck" --quiet --save-params "$SCRATCH/lost.txt"
    check "resumed from step $step, the parameters are the same" \
        cmp "$SCRATCH/lost.txt" "$SCRATCH/whole.txt"
    records "$SCRATCH/lost.jsonl" >"$SCRATCH/lost.steps"
    check "and so is the log" cmp "$SCRATCH/lost.steps" "$SCRATCH/whole.steps"
done
check "the last one was in mid-training, at step $last" test "$last" -ge 4 -a "$last" -lt 12

# The same parameters as on the CPU but for rounding: of 12 steps of 0.05 times a bounded direction.
expect 0 "${run[@]}" --backend cpu --save-params "$SCRATCH/cpu.txt"
check "the device trains as the CPU does" near 1e-9 "$SCRATCH/cpu.txt" "$SCRATCH/whole.txt"

finish

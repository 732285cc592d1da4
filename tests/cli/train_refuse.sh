# hahn train: checkpoints that must not be resumed from, and options that make no sense.
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
refuses() {
    local text=$1
    shift
    expect 2 train "$@" --quiet
    silent out
    says "$text"
}

run=(--qubits 3 --layers 4 --steps 12 --quiet)
expect 0 train "${run[@]}" --log log --checkpoint good
size=$(stat -c %s good)

# Cut short, at every length near the header and at some beyond.
for length in 0 1 7 8 11 23 24 28 100 $((size / 2)) $((size - 1)); do
    head -c "$length" good >cut
    expect 2 train --resume cut
    check "$length bytes: says what is wrong" grep -Eq "cut short|is not a checkpoint" err
done
refuses "is cut short: it has $((size - 1)) of $size bytes" --resume cut
{ cat good && printf x; } >long
refuses "is corrupted" --resume long

# flip OFFSET: the good file with one byte changed.
flip() {
    local byte
    cp good flipped
    byte=$(od -An -tu1 -j"$1" -N1 good)
    printf "\\x$(printf %x $((byte ^ 16)))" | dd of=flipped bs=1 seek="$1" conv=notrunc 2>/dev/null
}
for offset in 24 100 200 $((size / 2)) $((size - 5)) $((size - 1)); do
    flip "$offset"
    refuses "CRC-32C" --resume flipped
done
flip 0
refuses "is not a checkpoint" --resume flipped
flip 8
refuses "is a checkpoint of version 17, this program reads version 1" --resume flipped
flip 16
refuses "bytes" --resume flipped
refuses "cannot read none: No such file" --resume none
refuses "is not a regular file" --resume .
refuses "is not a regular file" --resume /dev/zero
refuses "is not a checkpoint" --resume log

# Another run than the checkpoint's.
refuses "--qubits 4 contradicts the checkpoint, which was trained with --qubits 3" \
    --resume good --qubits 4
refuses "--layers 5 contradicts" --resume good --layers 5
refuses "contradicts the checkpoint" --resume good --ansatz hardware-efficient
refuses "contradicts the checkpoint" --resume good --hamiltonian heisenberg:j=2
refuses "--lr 0.002 contradicts" --resume good --lr 0.002
refuses "--seed 2 contradicts" --resume good --seed 2
refuses "--optimizer momentum:beta=0.9 contradicts" --resume good --optimizer momentum
refuses "--precision f32 contradicts" --resume good --precision f32
refuses "--batch 2 contradicts" --resume good --batch 2
"$HAHN" info --json --qubits 3 --layers 1 >out
tile=$(grep -o '"tile": [0-9]*' out)
other=$((${tile#*: } == 11 ? 12 : 11))
refuses "--tile $other contradicts the checkpoint, which was trained with --tile ${tile#*: }" \
    --resume good --tile $other
refuses "--init" --resume good --init zeros
refuses "--params" --resume good --params none
refuses "--echo-tolerance 1e-09 contradicts the checkpoint, which has no --echo-tolerance" \
    --resume good --echo-tolerance 1e-9
refuses "--steps 5 is less than the 12" --resume good --steps 5
expect 0 train --resume good --qubits 3 --lr 1e-3 --optimizer gd --hamiltonian heisenberg --quiet

# The echo tolerance decides the bits of a gradient: it stays.
expect 0 train "${run[@]}" --echo-tolerance 1e-14 --checkpoint kept
refuses "--echo-tolerance 2e-14 contradicts the checkpoint, which was trained with --echo-tolerance 1e-14" \
    --resume kept --echo-tolerance 2e-14
expect 0 train --resume kept --echo-tolerance 1e-14 --quiet
expect 0 train --resume kept --quiet

# Another Hamiltonian in the same file.
echo "1 Z0 Z1" >terms
expect 0 train --hamiltonian-file terms --layers 2 --steps 3 --checkpoint terms.state --quiet
expect 0 train --resume terms.state --steps 4 --quiet
echo "1 Z0 X1" >terms
refuses "is for another Hamiltonian" --resume terms.state

# Another log.
cp log whole
head -c 300 whole >log
refuses "the log log has 300 bytes" --resume good
sed 's/0/1/' whole >log
refuses "is not the one that the checkpoint was written with" --resume good
rm log
refuses "cannot open the log log" --resume good
cp whole log
expect 0 train --resume good --quiet

# A checkpoint that cannot be written.
refuses "--checkpoint: cannot write none/state" "${run[@]}" --checkpoint none/state
refuses "directory" "${run[@]}" --checkpoint .

# Options that make no sense.
refuses 'unknown optimizer "adm"; did you mean adam?' --optimizer adm
refuses 'adam has no key "beta"; did you mean' --optimizer adam:beta=1
refuses "beta1: 1 is out of range" --optimizer adam:beta1=1
refuses "memory: 0 is out of range" --optimizer lbfgs:memory=0
refuses "--lr: 0 is out of range" --lr 0
refuses "--lr: -1 is out of range" --lr -1
refuses '--lr: "nan" is not a number' --lr nan
refuses "--steps: -1 is out of range" --steps -1
refuses "--batch: 0 is out of range" --batch 0
refuses "--checkpoint-every: 0 is out of range" --checkpoint-every 0
refuses "--tol-energy: -1 is out of range" --tol-energy -1
refuses "does not end in .svg or .png" --plot picture.jpg
refuses "all starts would be the same" "${run[@]}" --batch 2 --params whole
refuses "trains one start at a time" "${run[@]}" --batch 2 --optimizer lbfgs
refuses "has no learning rate" "${run[@]}" --lr 1 --optimizer lbfgs
refuses "uses no gradients" "${run[@]}" --tol-grad 1 --optimizer neldermead
refuses "uses no gradients" "${run[@]}" --echo-tolerance 1e-9 --optimizer neldermead
refuses "--echo-tolerance: an echo tolerance of 1e-15 cannot be promised" "${run[@]}" \
    --echo-tolerance 1e-15
refuses "--echo-tolerance: 3 is out of range" "${run[@]}" --echo-tolerance 3
refuses "cannot open the log none/log" "${run[@]}" --log none/log
refuses "--save-params: cannot write none/p" "${run[@]}" --save-params none/p
expect 1 train --batch 1000000000
says "--memory-limit"
expect 1 train --qubits 40 --layers 1
says "missing"
if "$HAHN" train "${run[@]}" --optimizer lbfgs >/dev/null 2>&1; then
    refuses "bobyqa takes 5." --optimizer bobyqa
fi

# No temporary file is left behind by any of this.
check "no temporary files are left" sh -c '! ls | grep -q tmp-'

finish

# hahn train: killed (-9) at random moments and resumed, a run gives the bytes of one that was not:
# parameters, and log but for the times.
. "$(dirname "$0")/common.bash"

RANDOM=${HAHN_TEST_SEED:-$$}
echo "moments drawn from HAHN_TEST_SEED=${HAHN_TEST_SEED:-$$}"

without_times() {
    sed -E 's/"(forward|backward|total)_ms": [^,}]*/"\1_ms": 0/g' "$1"
}

# survive NAME KILLS ARGS...: run ARGS in one go, and once more with KILLS kills.
survive() {
    local name=$1 wanted=$2 kills=0 tries=0 pid code=1 begin span
    shift 2
    local files=(--log log --save-params last.npy --save-best best.npy)
    mkdir "$SCRATCH/$name" "$SCRATCH/$name/whole" "$SCRATCH/$name/killed"
    cd "$SCRATCH/$name/whole" || exit 1
    begin=${EPOCHREALTIME/./}
    expect 0 train "$@" "${files[@]}" --quiet
    span=$((${EPOCHREALTIME/./} - begin)) # microseconds
    cd ../killed || exit 1
    while [ $code -ne 0 ] && [ $tries -lt 2000 ]; do
        if [ -e state ]; then
            "$HAHN" train --resume state --quiet >/dev/null 2>"$SCRATCH/err" &
        else
            "$HAHN" train "$@" "${files[@]}" --checkpoint state --checkpoint-every 3 --quiet \
                >/dev/null 2>"$SCRATCH/err" &
        fi
        pid=$!
        # A moment while the run is under way, however fast this machine is. Once there have been
        # enough kills, the run is left alone to end.
        if [ $kills -lt "$wanted" ]; then
            sleep "$(printf '0.%06d' $((span * (RANDOM % 100) / 100 % 1000000)))"
            kill -9 $pid 2>/dev/null
        fi
        wait $pid 2>/dev/null
        code=$?
        tries=$((tries + 1))
        [ $code -ne 137 ] || kills=$((kills + 1))
        [ $code -eq 0 ] || [ $code -eq 137 ] || {
            complain "$name: a resumed run ends with exit code $code"
            break
        }
        # One that came through unharmed has shown nothing: begin again.
        [ $code -ne 0 ] || [ $kills -gt 0 ] || { rm -f ./*; code=1; }
    done
    echo "$name: killed $kills times"
    check "$name ends" test $code -eq 0
    check "$name was killed on its way" test $kills -gt 0
    check "$name: the parameters are the same" cmp last.npy ../whole/last.npy
    check "$name: the best parameters are the same" cmp best.npy ../whole/best.npy
    without_times log >log.plain
    without_times ../whole/log >whole.plain
    check "$name: the log is the same" cmp log.plain whole.plain
    cd "$SCRATCH" || exit 1
}

survive descent 6 --qubits 6 --layers 60 --steps 150
survive natural 4 --qubits 5 --layers 20 --steps 60 --optimizer qng --lr 0.05
survive momentum 4 --qubits 5 --layers 60 --steps 150 --optimizer momentum --precision f32
survive batch 6 --qubits 4 --layers 40 --steps 150 --optimizer adam --lr 0.01 --batch 3 --threads 1
survive kept 4 --qubits 5 --layers 60 --steps 150 --precision f32 --echo-tolerance 3e-6
if "$HAHN" train --qubits 2 --layers 1 --optimizer lbfgs --steps 0 --quiet >/dev/null 2>&1; then
    survive lbfgs 4 --qubits 6 --layers 60 --steps 150 --optimizer lbfgs
    survive simplex 4 --qubits 5 --layers 20 --steps 300 --optimizer neldermead
    survive random 4 --qubits 5 --layers 20 --steps 300 --optimizer praxis --seed 7
else
    echo "NLopt's optimisers not tested: this hahn was built without"
fi

# The tile is the run's own, though a machine with another cache would choose another.
cd "$SCRATCH" || exit 1
run=(--qubits 12 --layers 2 --tile 10 --optimizer adam --quiet)
expect 0 train "${run[@]}" --steps 3 --checkpoint tiles --save-params tiles.npy
HAHN_TILE=12 expect 0 train --resume tiles --steps 8 --quiet
expect 0 train "${run[@]}" --steps 8 --save-params unbroken.npy
check "the tile is kept" cmp tiles.npy unbroken.npy
expect 0 train "${run[@]}" --tile 12 --steps 8 --save-params other.npy
check "another tile would have been noticed" sh -c '! cmp -s tiles.npy other.npy'
# And so it is where the library chose one larger than caches want: the whole state.
run=(--qubits 14 --layers 2 --quiet)
expect 0 train "${run[@]}" --steps 2 --checkpoint whole --save-params whole.npy
expect 0 train --resume whole --steps 4 --quiet
expect 0 train "${run[@]}" --steps 4 --save-params unbroken.npy
check "a whole state is kept" cmp whole.npy unbroken.npy

# A finished run can be made longer: it is then the longer run, header line aside.
cd "$SCRATCH" || exit 1
run=(--qubits 4 --layers 10 --optimizer adam --quiet)
expect 0 train "${run[@]}" --steps 25 --log short.log --save-params short.npy --checkpoint short
expect 0 train --resume short --steps 40 --quiet
expect 0 train "${run[@]}" --steps 40 --log long.log --save-params long.npy
check "a longer run: the parameters" cmp short.npy long.npy
without_times short.log | sed 1d >short.plain
without_times long.log | sed 1d >long.plain
check "a longer run: the log" cmp short.plain long.plain

# The best parameters are kept from before the checkpoint: this run is too fast, and best at first.
wild=(--qubits 4 --layers 4 --lr 0.5 --quiet --json)
expect 0 train "${wild[@]}" --steps 30 --save-best whole.best
check "the best step comes early" test "$(field best_step)" -lt 20
expect 0 train "${wild[@]}" --steps 20 --save-best parts.best --checkpoint wild
expect 0 train --resume wild --steps 30 --quiet
check "the best parameters of long ago" cmp whole.best parts.best

# Resuming what is finished changes nothing.
cp short.npy before.npy
cp short.plain before.plain
expect 0 train --resume short --quiet
without_times short.log | sed 1d >short.plain
check "a finished run: the parameters" cmp short.npy before.npy
check "a finished run: the log" cmp short.plain before.plain

# The start's file is not needed any more; the log may be moved, or a new one begun.
expect 0 train "${run[@]}" --steps 5 --params short.npy --checkpoint from-file --log one.log
rm short.npy
mv one.log moved.log
expect 0 train --resume from-file --steps 9 --log moved.log --quiet
check "a moved log goes on" test "$(grep -c '"type": "step"' moved.log)" -eq 10
expect 0 train --resume from-file --steps 12 --log new.log --quiet
check "a new log begins where the run goes on" \
    sh -c "sed -n 2p new.log | grep -q '\"step\": 9,'"

finish

# hahn train: SIGINT and SIGTERM end a run after the step, with a checkpoint and how to resume.
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
run=(--qubits 4 --layers 30)

# interrupted SIGNAL ARGS...: start, wait for the first record, send the signal.
interrupted() {
    local signal=$1 code=0
    shift
    LAST="hahn train $* (SIG$signal)"
    rm -f signal.log
    "$HAHN" train "${run[@]}" --steps 100000000 --log signal.log "$@" >out 2>err &
    pid=$!
    until [ -e signal.log ] && grep -q '"step": 1,' signal.log; do
        kill -0 $pid || return
        sleep 0.01
    done
    kill "-$signal" $pid
    # A run that does not hear it must not keep the test.
    for ((i = 0; i < 6000; i++)); do
        kill -0 $pid 2>/dev/null || break
        sleep 0.01
    done
    kill -9 $pid 2>/dev/null
    wait $pid || code=$?
    CHECKS=$((CHECKS + 1))
    [ $code -eq 130 ] || complain "$LAST: exit code $code, not 130"
    silent out
}

interrupted INT --checkpoint named
says "resume with: hahn train --resume 'named'"
check "the log has no summary yet" sh -c '! grep -q summary signal.log'
steps=$(sed -n "s/.*interrupted at step \([0-9]*\);.*/\1/p" err)
check "the checkpoint is at the step that is told, after its records" \
    test "$(grep -c '"type": "step"' signal.log)" -eq "$steps"

# What it says works, and the run is as if nothing had been.
goal=$((steps + 5))
expect 0 train --resume named --steps $goal --save-params resumed.txt --quiet
expect 0 train "${run[@]}" --steps $goal --save-params whole.txt --quiet
check "an interrupted run goes on bitwise" cmp resumed.txt whole.txt

# A checkpoint that nobody named does not overwrite another one.
interrupted TERM
says "resume with: hahn train --resume 'hahn-train.checkpoint'"
cp hahn-train.checkpoint copy
interrupted INT --optimizer adam
says "resume with: hahn train --resume 'hahn-train-2.checkpoint'"
check "the first one is still there" cmp hahn-train.checkpoint copy
expect 2 train --resume hahn-train-2.checkpoint --steps 1 --quiet

# Names with spaces and quotes are told as a shell reads them.
interrupted INT --checkpoint "it's a name"
says "--resume 'it'\\''s a name'"
check "and written" test -s "it's a name"

finish

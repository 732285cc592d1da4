# hahn selftest: passes here, and says what it ran.
. "$(dirname "$0")/common.bash"

expect 0 selftest --quick
for word in reference cpu f64 f32; do
    prints "$word"
done
expect 0 selftest --quick --backend reference --precision f64
check "f32 was not asked for" test "$(grep -c f32 "$SCRATCH/out")" -eq 0
check "cpu was not asked for" test "$(grep -cw cpu "$SCRATCH/out")" -eq 0
expect 2 selftest --backend gpu
says '--backend: "gpu" is not one of auto, reference, cpu or cuda'

finish

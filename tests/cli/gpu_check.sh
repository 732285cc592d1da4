# scripts/gpu_check without a GPU: its order of events, its judgement and its records, with stand-ins
# for the toolkit and programs on the emulated device.
. "$(dirname "$0")/common.bash"

emulated=$(dirname "$HAHN")/tests
STAND_INS=$SCRATCH/bin
OUT=$SCRATCH/results
mkdir "$STAND_INS"
export EMULATED=$emulated CALLS=$SCRATCH/calls HAHN

# stand_in NAME: a program by this name, its text from standard input.
stand_in() {
    { printf '#!/usr/bin/env bash\necho "%s $*" >>"$CALLS"\n' "$1"; cat; } >"$STAND_INS/$1"
    chmod +x "$STAND_INS/$1"
}

stand_in nvidia-smi <<<'echo "NVIDIA H200, 570.86.15, 9.0, ${FREE_MIB:-143000}"'
stand_in nvcc <<<'echo "Cuda compilation tools, release 12.8, V12.8.93"'
# "Builds" where -B says: the programs of the emulated device, but what runs on the CPU. One of their
# runs may be spoilt: BREAK is a pattern of its arguments, BREAK_BY what is done first. CANNED: the
# battery, which takes seconds, is told to have passed.
stand_in cmake <<'CMAKE'
case $1 in
-S) exit 0 ;;
--build) [ "${FAIL_BUILD:-}" ] && { echo "no such header"; exit 2; } ;;
esac
for name in hahn hahn-bench; do
    cat >"$2/$name" <<PROGRAM
#!/usr/bin/env bash
case "\$*" in \${BREAK:-no such run}) eval "\$BREAK_BY" ;; esac
case "\$*" in selftest*) [ -z "\${CANNED:-}" ] || { echo "12 checks, 0 failed"; exit; } ;; esac
exec "$EMULATED/$name-emulated" "\$@"
PROGRAM
    chmod +x "$2/$name"
done
CMAKE
# Runs what it is given, as the sanitizer does.
stand_in compute-sanitizer <<'SANITIZER'
while [ "${1#-}" != "$1" ]; do shift 2; done
CANNED=yes "$@" >/dev/null || exit
echo "========= ${TOOL_SAYS:-ERROR SUMMARY: 0 errors}"
SANITIZER

# gpu_check CODE [VARIABLE=VALUE...] [-- OPTION...]
gpu_check() {
    local wanted=$1 got=0 settings=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    CHECKS=$((CHECKS + 1))
    LAST="gpu_check ${settings[*]} $*"
    rm -rf "$OUT" "$CALLS"
    env PATH="$STAND_INS:$PATH" "${settings[@]}" "$SOURCE_DIR/scripts/gpu_check" --quick \
        --build "$SCRATCH/build" "${@:2}" "$OUT" >"$SCRATCH/out" 2>"$SCRATCH/err" || got=$?
    [ "$got" -eq "$wanted" ] || complain "$LAST: exit code $got, not $wanted"
}

# step NAME RESULT [REASON]: so the JSON tells, and so does the table.
step() {
    check "$LAST: the JSON has $1 $2 ${3:-}" grep -q \
        "\"name\": \"$1\", \"result\": \"$2\", \"seconds\": [0-9]*\.[0-9]*, \"reason\": \"${3:-}" \
        "$OUT/gpu_check.json"
    check "$LAST: the table has $1 $2" grep -q "^$1  *$2 " "$OUT/gpu_check.txt"
}

# valid: the JSON is JSON.
valid() {
    if command -v python3 >/dev/null 2>&1; then
        check "$LAST: the JSON can be read" python3 -m json.tool "$OUT/gpu_check.json"
    fi
}

all_steps="configure build selftest_f64 selftest_f32 memcheck racecheck_f64_n10 racecheck_f64_n13
    racecheck_f32_n10 racecheck_f32_n13 demo_cpu demo_cuda demo_compare demo_train
    bench_forward_n10_d2_f64 bench_gradient_n10_d2_f64 bench_batch_n10_d2_f64 bench_gradient_n14_d1_f64"

# predicted NAME FORWARD BACKWARD BOTH
predicted() {
    check "$LAST: $1 is predicted to take $2, $3, $4 ms" grep -q "\"$1\", .*\"predicted_ms\": \
{\"forward\": $2, \"backward\": $3, \"both\": $4}, \"measured_ms\": {\"forward\": [0-9]" \
        "$OUT/gpu_check.json"
    check "$LAST: a row of $1" grep -Eq "^$1 +${2/null/-} +${3/null/-} +${4/null/-} +[0-9.]+ " \
        "$OUT/gpu_check.txt"
}

# All is well.
gpu_check 0
silent err
valid
for name in $all_steps; do step "$name" ok; done
for text in "device   NVIDIA H200, compute capability 9.0" "driver   570.86.15" "nvcc     12.8.93" \
    "date     20" "commit   " "17 passed, 0 failed, 0 skipped"; do
    prints "$text"
done
check "what is printed is kept" cmp "$SCRATCH/out" "$OUT/gpu_check.txt"
check "built for the device" grep -q -- '-DHAHN_CUDA=ON .*-DCMAKE_CUDA_ARCHITECTURES=90$' "$CALLS"
check "memcheck and racecheck" test "$(grep -c -e '--tool memcheck' -e '--tool racecheck' "$CALLS")" -eq 5
# By hand: 2 layers of 2900 and 6300 clocks at 1.98 GHz; 5 lanes fit one wave of four blocks on each
# of 4 multiprocessors; two sweeps of 256 KiB, once in and once out, at 4.3 TB/s.
predicted bench_forward_n10_d2_f64 0.002929 null 0.002929
predicted bench_gradient_n10_d2_f64 0.002929 0.006364 0.009293
predicted bench_batch_n10_d2_f64 null null 0.01414
predicted bench_gradient_n14_d1_f64 0.0002439 0.0004877 0.0007316

# Each kind of failure: it is told, and all else is run.
export CANNED=yes
others() {
    local name
    for name in $all_steps; do [ "$name" = "$1" ] || step "$name" ok; done
    prints "16 passed, 1 failed, 0 skipped"
}
gpu_check 1 BREAK='selftest*f32*' BREAK_BY='echo "FAILED \"norm\""; exit 1'
step selftest_f32 failed 'exit code 1: FAILED \\"norm\\"'
valid
others selftest_f32
gpu_check 1 BREAK='selftest*f64*' BREAK_BY='echo "0 checks, 0 failed"; exit 0'
step selftest_f64 failed 'its output does not hold'
others selftest_f64
# The device's demo has other angles: a gradient is there, but not the same.
gpu_check 1 BREAK='grad --backend cuda --json*' BREAK_BY='set -- "$@" --init uniform:0,1.000000001'
step demo_compare failed 'exit code 1: energy '
others demo_compare
gpu_check 1 BREAK='grad --backend cuda --json*' BREAK_BY='set -- "$@" --backend cpu'
step demo_cuda failed 'its output does not hold'
others demo_cuda
gpu_check 1 BREAK='train *' BREAK_BY='set -- "$@" --tol-energy 1e9'
step demo_train failed 'its output does not hold'
others demo_train
gpu_check 1 BREAK='batch *' BREAK_BY='exit 3'
step bench_batch_n10_d2_f64 failed 'exit code 3'
check "$LAST: three regimes" test "$(grep -c '"measured_ms"' "$OUT/gpu_check.json")" -eq 3
others bench_batch_n10_d2_f64
gpu_check 1 TOOL_SAYS='RACECHECK SUMMARY: 1 hazard displayed'
step memcheck failed
step racecheck_f32_n13 failed
prints "12 passed, 5 failed, 0 skipped"

# A step that hangs is stopped, and what there is no time for has failed.
gpu_check 1 BREAK='selftest*f64*' BREAK_BY='exec sleep 100' -- --limit 2
step selftest_f64 failed 'stopped after [12] s'
step bench_gradient_n14_d1_f64 failed 'no time is left of 2 s'
valid

# What was built before is not run when the build fails.
gpu_check 1 FAIL_BUILD=yes -- --architectures 80
step build failed 'exit code 2: no such header'
step bench_forward_n10_d2_f64 skipped 'nothing was built'
check "the architectures asked for" grep -q -- '-DCMAKE_CUDA_ARCHITECTURES=80$' "$CALLS"
check "no program was run" test ! -e "$SCRATCH/build/hahn"
valid

# What cannot be done here is skipped, with the reason.
gpu_check 0 FREE_MIB='[N/A]'
gpu_check 0 FREE_MIB=1
step bench_gradient_n10_d2_f64 ok
step bench_gradient_n14_d1_f64 skipped 'hahn: the gradient: [0-9]* bytes .* are missing'
prints "16 passed, 0 failed, 1 skipped"
rm "$STAND_INS/compute-sanitizer"
if ! command -v compute-sanitizer >/dev/null 2>&1; then
    gpu_check 0
    step memcheck skipped 'compute-sanitizer is not installed'
    prints "12 passed, 0 failed, 5 skipped"
fi
stand_in nvidia-smi <<<'exit 9'
gpu_check 1
says "no device: nvidia-smi fails here"
gpu_check 1 -- --limit 1m
says "--limit: 1m is not a number of seconds"
gpu_check 1 -- --fast
says "unknown option --fast"

finish

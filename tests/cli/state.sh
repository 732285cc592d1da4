# hahn state: against reference data, and the files it writes.
. "$(dirname "$0")/common.bash"

for case in n4_d3_random01:4:3 n6_d5_uniform2pi:6:5; do
    IFS=: read -r name qubits layers <<<"$case"
    problem=(--qubits "$qubits" --layers "$layers" --params "$DATA/$name.params.txt")
    expect 0 state "${problem[@]}"
    check "$LAST" near 1e-12 "$DATA/$name.state.txt" "$SCRATCH/out"
    cp "$SCRATCH/out" "$SCRATCH/state"
    expect 0 state "${problem[@]}" --output "$SCRATCH/state.txt"
    silent out
    check "text file" cmp "$SCRATCH/state.txt" "$SCRATCH/state"
    expect 0 state "${problem[@]}" --output "$SCRATCH/state.npy"
    silent out
    check "npy size" test "$(wc -c <"$SCRATCH/state.npy")" -eq $((128 + (16 << qubits)))
    check "npy type" grep -qa "'descr': '<c16', 'fortran_order': False, 'shape': ($((1 << qubits)),)" \
        "$SCRATCH/state.npy"
    tail -c +129 "$SCRATCH/state.npy" | od -An -v -w16 -t f8 | awk '{ print $1, $2 }' >"$SCRATCH/dump"
    check "npy data" near 1e-15 "$SCRATCH/dump" "$SCRATCH/state"
done

# The Neel state has X on each odd qubit: amplitude 2 + 8 of 16.
expect 0 state --ansatz trotter:params=fixed,dt=0 --layers 1 --qubits 4
check "qubit 0 is the least significant bit" test \
    "$(awk '$1 * $1 + $2 * $2 > 0.5 { print NR - 1 }' "$SCRATCH/out")" = 10

expect 0 state --qubits 3 --layers 1 --output "$SCRATCH/state.npy" --json
check "amplitudes in JSON" test "$(field amplitudes)" -eq 8
expect 2 state --qubits 3 --layers 1 --json
says "--json needs --output FILE"

finish

# hahn info: counts of the seed demo, lists, memory.
. "$(dirname "$0")/common.bash"

expect 0 info
silent err
for line in 'parameters +300010' 'gates +400010' 'RX +100010' 'RZ +200000' 'CX +100000' \
    'ansatz +variational' 'layers +10000' 'qubits +10' 'terms +30'; do
    check "the demo has $line" grep -Eq "^ +$line$" "$SCRATCH/out"
done
check "the reference backend is there" grep -Eq '^ +reference +yes' "$SCRATCH/out"
check "cuda is there or says why not" grep -Eq '^ +cuda +(yes|no: .{10})' "$SCRATCH/out"

# As docs/architecture.md counts them, for 2^10 amplitudes of 16 bytes.
check "operations of an energy" grep -Eq "^ +operations +$((1024 * 280060)) " "$SCRATCH/out"
check "operations of a gradient" \
    grep -Eq "^ +operations +$((1024 * (280060 + 760092))) " "$SCRATCH/out"
check "bytes of an energy" grep -Eq "^ +bytes moved +$((4 * 16384)) " "$SCRATCH/out"
check "bytes of a gradient" grep -Eq "^ +bytes moved +$((11 * 16384)) " "$SCRATCH/out"

expect 0 info --json --qubits 5 --layers 2
check "parameters" test "$(field parameters)" -eq 35
check "gates" test "$(field gates)" -eq 45
check "the memory of one state" test "$(field state_bytes)" -eq $((16 << 5))
expect 0 info --json --qubits 5 --layers 2 --precision f32
check "half of it in f32" test "$(field state_bytes)" -eq $((8 << 5))
check "as many bytes are moved as passes take" \
    test "$(field energy_traffic) $(field gradient_traffic)" = "$((4 * 8 << 5)) $((11 * 8 << 5))"
check "operations in JSON" test "$(field energy_operations)" -gt 0

expect 0 info --qubits 5 --layers 2 --tile 15
check "the tile that was asked for" grep -Eq '^ +tile qubits +15$' "$SCRATCH/out"
expect 0 info --json --qubits 5 --layers 2 --tile 10
check "the tile in JSON" test "$(field tile)" -eq 10

# Nothing is run or allocated: forty qubits can be described.
expect 0 info --qubits 40 --layers 1 --json
check "16 TiB" test "$(field state_bytes)" -eq $((16 << 40))

expect 0 info --list-gates
for gate in RX CX U RZZ CSWAP fSim; do
    check "$gate is listed" grep -Eiq "^$gate +" "$SCRATCH/out"
done
expect 0 info --list-ansatze
for name in variational hardware-efficient qaoa trotter; do
    check "$name is listed" grep -qx "$name" "$SCRATCH/out"
done
expect 0 info --list-hamiltonians
for name in heisenberg xxz ising maxcut; do
    check "$name is listed" grep -qx "$name" "$SCRATCH/out"
done

# Every name that is listed can be used with nothing further but what it needs.
for name in variational hardware-efficient trotter; do
    expect 0 info --ansatz $name --layers 2 --qubits 4
done
expect 0 info --ansatz qaoa --layers 2 --qubits 4 --hamiltonian maxcut:regular=3

finish

# hahn exact: ground energies that are known.
. "$(dirname "$0")/common.bash"

if ! "$HAHN" exact --qubits 2 --quiet >"$SCRATCH/out" 2>"$SCRATCH/err"; then
    if grep -q "this build cannot diagonalise" "$SCRATCH/err"; then
        echo "skipped: built without ARPACK"
        exit 77
    fi
fi

# Periodic Heisenberg chains (Luo et al., arXiv:1912.10877; Bethe's ansatz), dense and by Lanczos.
expect 0 exact --qubits 4
result -8 1e-13
expect 0 exact --qubits 8
result -14.604373635749 1e-11
expect 0 exact --quiet
result -18.061785417968 1e-11
silent err
check "all digits" grep -Eqx -- '-18\.0617854179[0-9]{5,7}' "$SCRATCH/out"
expect 0 exact --qubits 7
says "residual"

# Transverse-field Ising chain, periodic, by Jordan and Wigner: minus the sum of the quasiparticle
# energies sqrt(j^2 + h^2 - 2 j h cos k) over k = (2m + 1) pi / n.
for n in 5 6 7 9; do
    for h in 0.3 1 2; do
        expect 0 exact --qubits $n --hamiltonian ising:h=$h
        result "$(awk -v n=$n -v h=$h 'BEGIN {
            for (m = 0; m < n; m++)
                e -= sqrt(1 + h * h - 2 * h * cos((2 * m + 1) * atan2(0, -1) / n))
            printf "%.15g", e }')" 1e-11
    done
done

# Operators with few eigenvalues, complex entries, or nothing at all.
one() {
    echo "$1" >"$SCRATCH/terms"
    expect 0 exact --qubits "$2" --hamiltonian-file "$SCRATCH/terms"
    result "$3" 1e-11
}
for n in 2 6 7 10; do
    one "2 X0" $n -2
    one "-3 Y1" $n -3
    one "1 Z0 Z1" $n -1
    one "0.5" $n 0.5
    one "0 X0" $n 0
done
printf '1 X0\n1 Y0\n1 Z0\n' >"$SCRATCH/terms"
for n in 1 5 8; do
    expect 0 exact --qubits $n --hamiltonian-file "$SCRATCH/terms"
    result -1.7320508075688772 1e-12
done

# The largest cut of a complete graph on 8 vertices is 16 edges; on 5 vertices 6.
expect 0 exact --qubits 8 --hamiltonian maxcut:regular=7
result -16 0
expect 0 exact --qubits 5 --hamiltonian maxcut:regular=4
result -6 0

# The answer does not depend on the run.
expect 0 exact --qubits 9 --threads 1
cp "$SCRATCH/out" "$SCRATCH/first"
expect 0 exact --qubits 9 --threads 2
check "repeats bitwise" cmp "$SCRATCH/out" "$SCRATCH/first"

expect 0 exact --qubits 4 --json
check "JSON" test "$(field qubits)" -eq 4
expect 2 exact --qubits 30
says "30 qubits are out of range: 1 to 24"
expect 1 exact --qubits 16 --memory-limit 1MiB
says "diagonalising: "
says "are missing"

finish

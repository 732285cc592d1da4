# hahn energy: against reference data, and against what is known by hand.
. "$(dirname "$0")/common.bash"

for case in n4_d3_random01:4:3 n6_d5_uniform2pi:6:5; do
    IFS=: read -r name qubits layers <<<"$case"
    problem=(--qubits "$qubits" --layers "$layers")
    for backend in reference cpu; do
        expect 0 energy "${problem[@]}" --params "$DATA/$name.params.txt" --backend $backend
        result "$(cat "$DATA/$name.energy.txt")" 1e-12
        silent err
    done
    expect 0 energy "${problem[@]}" --params "$DATA/$name.params.txt" --precision f32
    result "$(cat "$DATA/$name.energy.txt")" 1e-4
done

# The output is one number, with all its digits.
expect 0 energy --qubits 4 --layers 3
check "one line" test "$(wc -l <"$SCRATCH/out")" -eq 1
check "17 digits" grep -Eqx -- '-?[0-9]\.[0-9]{14,17}' "$SCRATCH/out"
cp "$SCRATCH/out" "$SCRATCH/start"

# What is left out is the default; what does not matter does not.
same() {
    expect 0 energy --qubits 4 --layers 3 "$@"
    check "$LAST: differs from the default" cmp "$SCRATCH/out" "$SCRATCH/start"
}
same --ansatz variational --hamiltonian heisenberg --init uniform --seed 1
same --init uniform:0,1 --hamiltonian heisenberg:boundary=periodic,j=1,width=4,height=1
same --hamiltonian heisenberg:width=2,height=2 --hamiltonian heisenberg
for threads in 1 2 3 7; do
    same --threads $threads
done
expect 0 energy --qubits 4 --layers 3 --seed 2
check "another seed, another energy" test "$(cat "$SCRATCH/out")" != "$(cat "$SCRATCH/start")"

# All angles zero leave |0...0>: each bond adds 1.
expect 0 energy --qubits 4 --layers 3 --init zeros
result 4 1e-12
expect 0 energy --qubits 4 --layers 3 --init zeros --hamiltonian heisenberg:boundary=open,j=0.5
result 1.5 1e-12
# Rotations by fixed angles round: 2 N 8 u sqrt(2 L), N up to 44 the sum of coefficients, L up to 150.
expect 0 energy --layers 2 --init zeros --hamiltonian ising:width=3,height=2,boundary=open,j=2,h=5
result -14 1e-12
expect 0 energy --qubits 5 --layers 2 --init zeros --hamiltonian xxz:delta=0.25
result 1.25 1e-12

# |+...+> cuts half of every edge; the Neel state is antiparallel on every bond of an open chain.
printf '# a triangle and a heavy edge\n0 1\n1 2 1\n0 2\n2 3 4 # heavy\n' >"$SCRATCH/edges"
expect 0 energy --ansatz qaoa --layers 2 --init zeros --hamiltonian "maxcut:file=$SCRATCH/edges"
result -3.5 1e-14
expect 0 energy --ansatz qaoa --layers 1 --init zeros --qubits 10 --hamiltonian maxcut:regular=3,seed=4
result -7.5 1e-14
expect 0 energy --ansatz trotter:params=fixed,dt=0 --layers 1 --qubits 4 \
    --hamiltonian heisenberg:boundary=open
result -3 1e-13 # 16 u sqrt(gates) times the sum of the coefficients
expect 0 energy --ansatz hardware-efficient:entangler=full,gate=cz --layers 2 --qubits 3 --init zeros
result 3 0

# Trotter steps of either order keep the energy to the order of the step.
for order in 1 2; do
    expect 0 energy --ansatz trotter:params=fixed,dt=0.001,order=$order --layers 100 --qubits 4
    result -4 1e-2
done

# A file of terms, in both spellings, is the named one.
cat >"$SCRATCH/terms" <<'END'
# Heisenberg, four sites in a ring
1 X0 X1
1 Y0 Y1
1 Z0 Z1
1 IXXI
1 IYYI
1 IZZI
1 X2 X3
1 Y2 Y3
1 Z2 Z3
1 X3 X0
1 Y3 Y0
1 Z3 Z0
END
expect 0 energy --layers 3 --hamiltonian-file "$SCRATCH/terms"
check "terms from a file" near 1e-14 "$SCRATCH/start" "$SCRATCH/out"

printf '2 X0 X1\n2 Y0 Y1\n0.5 Z0 Z1\n' >"$SCRATCH/terms"
expect 0 energy --layers 3 --hamiltonian-file "$SCRATCH/terms"
cp "$SCRATCH/out" "$SCRATCH/from_file"
expect 0 energy --layers 3 --qubits 2 --hamiltonian xxz:j=2,delta=0.25,boundary=open
check "xxz" near 1e-14 "$SCRATCH/from_file" "$SCRATCH/out"

# JSON: what it says repeats the run.
expect 0 energy --qubits 4 --layers 3 --json
check "energy in JSON" test "$(field energy)" = "$(cat "$SCRATCH/start")"
check "parameters in JSON" test "$(field parameters)" -eq 40
check "seed in JSON" test "$(field seed)" -eq 1
prints '"hamiltonian": "heisenberg:j=1,boundary=periodic,width=4,height=1"'
prints '"init": "uniform:0,1"'

# Asked for by name, auto says what it became; otherwise nothing is said.
expect 0 energy --qubits 4 --layers 3 --backend auto
says "hahn: backend "
expect 0 energy --qubits 4 --layers 3 --backend auto --quiet
silent err

# Shots: an estimate within five standard errors, the same for the same seed, with the error told.
shots=(energy --qubits 4 --layers 3 --hamiltonian ising:h=0.7)
expect 0 "${shots[@]}"
exact=$(cat "$SCRATCH/out")
for n in 100 10000; do
    expect 0 "${shots[@]}" --shots $n
    error=$(sed -n 's/^standard error //p' "$SCRATCH/err")
    check "$LAST: $(cat "$SCRATCH/out") +- $error, not $exact" \
        awk "BEGIN { d = $(cat "$SCRATCH/out") - ($exact); exit !(d != 0 && d < 5 * $error && -d < 5 * $error) }"
    echo "$error" >>"$SCRATCH/errors"
done
check "a tenth of the error" awk 'NR == 1 { a = $1 } NR == 2 { exit !(a / $1 > 7 && a / $1 < 14) }' "$SCRATCH/errors"
cp "$SCRATCH/out" "$SCRATCH/estimate"
expect 0 "${shots[@]}" --shots 10000 --threads 2 --quiet
silent err
check "the same shots" cmp "$SCRATCH/out" "$SCRATCH/estimate"
expect 0 "${shots[@]}" --shots 10000 --json
check "in JSON" test "$(field shots)" -eq 10000
prints '"energy_error": '
expect 2 "${shots[@]}" --shots 3
says "--shots: 3 shots are too few: the observable is measured in 2 settings, at least twice in each; use 4 or more"
# Two of each setting: a warning, and none from what it asks for on.
expect 0 "${shots[@]}" --shots 4
says "hahn: warning: with 4 shots some setting is measured fewer than 10 times"
enough=$(sed -n 's/.*use --shots \([0-9]*\) or more/\1/p' "$SCRATCH/err")
expect 0 "${shots[@]}" --shots "$((enough - 1))"
says "warning"
expect 0 "${shots[@]}" --shots "$enough"
check "no warning" test "$(grep -c warning "$SCRATCH/err")" -eq 0
expect 0 "${shots[@]}" --shots 4 --quiet
silent err
expect 2 "${shots[@]}" --shots 2000000000000
says "--shots: 2000000000000 shots for each energy are out of range: use at most 1099511627776"
expect 2 "${shots[@]}" --shots 0
says "--shots: 0 is out of range"

finish

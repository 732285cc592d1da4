# Bad input: exit code 2 (1 where the machine is too small), a message that tells the value, the
# range and the remedy, nothing on standard output, and never a crash.
. "$(dirname "$0")/common.bash"

refuses() {
    local text=$1
    shift
    expect 2 "$@"
    silent out
    says "$text"
}

# Sizes.
refuses "--qubits: 0 is out of range: 1 to 60" energy --qubits 0
refuses "--qubits: -3 is out of range: 1 to 60" energy --qubits -3
refuses "--qubits: 61 is out of range: 1 to 60" energy --qubits=61
refuses '--qubits: "ten" is not a whole number; give one from 1 to 60' energy --qubits ten
refuses "--layers: -1 is out of range" energy --layers -1
refuses "--layers: 1000000000000000000 is out of range" energy --layers 1000000000000000000
refuses "--layers: 99999999999999999999 is out of range" energy --layers 99999999999999999999
for layers in 1000000000 1000000000000; do
    for qubits in 10 60; do
        expect 1 energy --layers $layers --qubits $qubits
        silent out
        says "$qubits qubits and $layers layers make "
        says "are missing"
    done
done
refuses "--threads: 0 is out of range: 1 to 1024" energy --threads 0
refuses "--tile: 9 is out of range: 10 to 21" energy --tile 9
refuses "--tile: 22 is out of range: 10 to 21" energy --tile 22
export HAHN_TILE=99
refuses "HAHN_TILE: 99 is out of range: 10 to 21" energy --qubits 2 --layers 1
expect 0 energy --qubits 2 --layers 1 --tile 10
unset HAHN_TILE
refuses '--memory-limit: "lots" is not a size' energy --memory-limit lots
refuses "--seed" energy --seed -1
refuses "sites is out of range" energy --qubits 1
echo "1 Z0" >"$SCRATCH/one"
refuses "--ansatz: variational" energy --hamiltonian-file "$SCRATCH/one"
refuses "--ansatz: variational" energy --layers 0

# Too large for the machine: told in bytes, before it is tried.
for command in energy grad state sample; do
    expect 1 $command --qubits 40 --layers 1
    silent out
    check "$LAST: tells the bytes" grep -Eq '[0-9.]+ (TiB|bytes)' "$SCRATCH/err"
    says "missing"
done
expect 1 energy --qubits 60 --layers 1
expect 1 energy --qubits 16 --layers 1 --memory-limit 64KiB
check "$LAST: tells the bytes" grep -Eq '[0-9.]+ (KiB|MiB|bytes)' "$SCRATCH/err"

# Names and keys.
refuses 'unknown ansatz "variationl"; did you mean variational?' energy --ansatz variationl
refuses 'unknown ansatz "xyzzy"; there are variational, ' energy --ansatz xyzzy
refuses "takes none" energy --ansatz variational:layers=3
refuses "did you mean order?" energy --ansatz trotter:ordr=2
refuses "order: 3 is out of range: 1 to 2" energy --ansatz trotter:order=3
refuses '"star" is not one of linear, ring or full' energy --ansatz hardware-efficient:entangler=star
refuses "needs a Hamiltonian of Z and I alone" energy --ansatz qaoa --layers 1
refuses 'unknown Hamiltonian "isng"; did you mean ising?' energy --hamiltonian isng
refuses "heisenberg has no key \"h\"; it has j, boundary, width, height" energy --hamiltonian heisenberg:h=1
refuses "h: \"nan\" is not a number" energy --hamiltonian ising:h=nan
refuses "a lattice of 3 x 3 has 9 sites, but --qubits is 10" \
    energy --qubits 10 --hamiltonian ising:width=3,height=3
refuses "a lattice of 3 x 3 has 9 sites, but --qubits is 10" energy --qubits 10 --hamiltonian ising:width=3
refuses "a lattice of 9 x 9 has 81 sites; at most 60" energy --hamiltonian ising:width=9,height=9
refuses "maxcut needs a graph" exact --hamiltonian maxcut
refuses "even number of vertices, not 5" exact --qubits 5 --hamiltonian maxcut:regular=3
refuses '"cuda2" is not one of auto, reference, cpu or cuda' energy --backend cuda2
refuses '"f16" is not one of f64 or f32' energy --precision f16
refuses '"magic" is not one of adjoint, shift, tape, checkpoint' grad --method magic
refuses "--init" energy --init normal:-1
refuses "--init" energy --init uniform:1,0
refuses "not both" energy --init zeros --params "$SCRATCH/any"
refuses "not both" energy --hamiltonian ising --hamiltonian-file "$SCRATCH/any"

# Parameter files.
small=(energy --qubits 4 --layers 3)
numbers() { seq "$1" | sed 's/^/0./'; }
refuses "--params: cannot read $SCRATCH/none: No such file or directory" "${small[@]}" --params "$SCRATCH/none"
refuses "is a directory" "${small[@]}" --params "$SCRATCH"
: >"$SCRATCH/empty"
refuses "holds 0 numbers, but the circuit has 40 parameters" "${small[@]}" --params "$SCRATCH/empty"
numbers 39 >"$SCRATCH/short"
refuses "holds 39 numbers, but the circuit has 40 parameters" "${small[@]}" --params "$SCRATCH/short"
numbers 41 >"$SCRATCH/long"
refuses "holds 41 numbers, but the circuit has 40 parameters" "${small[@]}" --params "$SCRATCH/long"
{ numbers 20; echo nan; numbers 19; } >"$SCRATCH/nan"
refuses "$SCRATCH/nan:21: \"nan\" is not a finite number" "${small[@]}" --params "$SCRATCH/nan"
{ numbers 20; echo "1.5 # fine"; echo "one"; } >"$SCRATCH/word"
refuses "$SCRATCH/word:22: \"one\" is not a finite number" "${small[@]}" --params "$SCRATCH/word"
head -c 1000 "$HAHN" >"$SCRATCH/noise"
refuses "$SCRATCH/noise:" "${small[@]}" --params "$SCRATCH/noise"
truncate -s 1T "$SCRATCH/huge"
refuses "is too large: 1.0 TiB" "${small[@]}" --params "$SCRATCH/huge"
refuses "is too large: more than" "${small[@]}" --params /dev/zero
"$HAHN" grad --qubits 4 --layers 3 --quiet --output "$SCRATCH/good.npy"
head -c 300 "$SCRATCH/good.npy" >"$SCRATCH/cut.npy"
refuses "is damaged" "${small[@]}" --params "$SCRATCH/cut.npy"
if [ "$(id -u)" -ne 0 ]; then
    numbers 40 >"$SCRATCH/locked"
    chmod 000 "$SCRATCH/locked"
    refuses "Permission denied" "${small[@]}" --params "$SCRATCH/locked"
fi

# Hamiltonian files: the message has line and column.
terms() {
    printf '%b' "$1" >"$SCRATCH/terms"
    shift
    refuses "$1" "${small[@]}" --hamiltonian-file "$SCRATCH/terms"
}
terms '1 X0\n1 X0 Q1\n' "$SCRATCH/terms:2:"
terms '1 X0\n0.5 X7\n' "$SCRATCH/terms:2:"
terms '1 X0 X0\n' "$SCRATCH/terms:1:"
terms 'nan X0\n' "$SCRATCH/terms:1:"
refuses "is a directory" "${small[@]}" --hamiltonian-file "$SCRATCH"
refuses "No such file" "${small[@]}" --hamiltonian-file "$SCRATCH/none"
refuses "is too large" "${small[@]}" --hamiltonian-file "$SCRATCH/huge"

# Edge lists.
edges() {
    printf '%b' "$1" >"$SCRATCH/edges"
    shift
    refuses "$1" exact --hamiltonian "maxcut:file=$SCRATCH/edges"
}
edges '' "is empty"
edges '0 1\n1 1\n' "$SCRATCH/edges:2: vertex 1 is joined to itself"
edges '0 1\n0 -1\n' "$SCRATCH/edges:2: vertex -1 is out of range"
edges '0 99999999999999999999\n' "$SCRATCH/edges:1: vertex"
edges '0\n' "$SCRATCH/edges:1: \"0\" is not an edge"
edges '0 1 nan\n' "$SCRATCH/edges:1:"
edges '0 1 1 1\n' "$SCRATCH/edges:1:"
edges '0 1\n0 \0 2\n' "zero byte"
refuses "edges:1: vertex 1 is out of range: the graph has 1, 0 to 0" \
    exact --qubits 1 --hamiltonian "maxcut:file=$(printf '0 1\n' >"$SCRATCH/edges"; echo "$SCRATCH/edges")"

# Output that cannot be written.
expect 2 grad --qubits 4 --layers 3 --output "$SCRATCH/none/gradient.npy"
says "No such file"
expect 2 state --qubits 4 --layers 3 --output "$SCRATCH"
says "is a directory"
expect 1 grad --qubits 4 --layers 3 --output /dev/full
says "No space left on device"
commands=("energy" "energy --json" "grad --quiet" "state" "sample" "info" "--help" "--version"
    "energy --help" "info --list-gates")
"$HAHN" exact --qubits 2 >/dev/null 2>&1 && commands+=("exact")
for command in "${commands[@]}"; do
    options=
    case $command in *help | --version | info\ * | exact) ;; *) options="--qubits 4 --layers 3" ;; esac
    code=0
    # shellcheck disable=SC2086
    "$HAHN" $command $options >/dev/full 2>"$SCRATCH/err" || code=$?
    check "$command > /dev/full gives 1, not $code" test $code -eq 1
    LAST="$command > /dev/full"
    says "cannot write to standard output"
    code=0
    # shellcheck disable=SC2086
    "$HAHN" $command $options >&- 2>"$SCRATCH/err" || code=$?
    check "$command >&- gives 1, not $code" test $code -eq 1
done
# With standard output closed, a file opened later must not take its place.
"$HAHN" train --qubits 4 --layers 3 --steps 2 --quiet --log "$SCRATCH/log" >&- 2>/dev/null
check "nothing else in the log" test "$(grep -vc '"type"' "$SCRATCH/log")" -eq 0

# A backend that is not there is refused with the reason; ISA too.
if "$HAHN" info | grep -Eq '^ +cuda +no'; then
    expect 1 energy --backend cuda
    silent out
    check "$LAST: says why" test "$(wc -c <"$SCRATCH/err")" -gt 30
fi

finish

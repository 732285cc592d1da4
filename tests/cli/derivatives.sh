# hahn grad beyond gradients: products, matrices and other gradients, each against another way to
# the same numbers.
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
u=2.2204460492503131e-16

# A circuit of 8 parameters, none of which stands in more than one gate, with generators of norm 1/2:
# with S the sum of |v|, a k-th derivative along v of the state is at most (S/2)^k, of the energy S^k
# times the sum W of |coefficients|. Rounding of L gates is some 8 u sqrt(L) of it.
small=(--qubits 2 --layers 1 --hamiltonian ising:h=0.7)
expect 0 train "${small[@]}" --steps 0 --save-params theta --quiet
parameters=$(wc -l <theta)
check "eight parameters" test "$parameters" -eq 8
awk '{ printf "%.17g\n", (NR * 37 % 11 - 5) / 10 }' theta >v
awk '{ printf "%.17g\n", (NR * 23 % 7 - 3) / 8 }' theta >w
awk '{ printf "%.17g %.17g\n", (NR * 5 % 9 - 4) / 4, (NR * 7 % 5 - 2) / 3 }' <(seq 4) >c

# dot FILE FILE: of all numbers in them, in order.
dot() {
    awk 'NR == FNR { for (i = 1; i <= NF; i++) a[++n] = $i; next }
        { for (i = 1; i <= NF; i++) s += a[++m] * $i } END { printf "%.17g\n", s }' "$1" "$2"
}

# times MATRIX VECTOR: a row a line.
times() {
    awk 'NR == FNR { v[NR] = $1; next }
        { s = 0; for (i = 1; i <= NF; i++) s += $i * v[i]; printf "%.17g\n", s }' "$2" "$1"
}

# difference COMMAND...: its numbers' central difference along v, with a step of 2^-17: off by at
# most step^2 / 6 < 1e-11 times a third derivative, and by rounding over the step.
difference() {
    for sign in 1 -1; do
        paste theta v | awk -v s=$sign '{ printf "%.17g\n", $1 + s * $2 / 131072 }' >moved
        expect 0 "$@" "${small[@]}" --params moved
        cp out side$sign
    done
    paste -d' ' side1 side-1 |
        awk '{ for (i = 1; i <= NF / 2; i++)
                   printf "%.17g%s", 65536 * ($i - $(i + NF / 2)), i < NF / 2 ? " " : "\n" }'
}
sum=$(awk '{ s += $1 < 0 ? -$1 : $1 } END { print s }' v)
weights=$(awk 'BEGIN { print 2 * 1 + 2 * 0.7 }')
gates=30 # and their changes of basis
off() { awk "BEGIN { print $weights * $sum ^ $1 * 1e-11 + 131072 * 8 * $u * sqrt($gates) * $weights }"; }
# rounded SIZE: how far two ways to numbers that are at most SIZE may be apart, each there and back.
rounded() { awk "BEGIN { print 4 * 8 * $u * sqrt($gates) * ($1) }"; }

expect 0 grad "${small[@]}"
cp out gradient

# -- products -----------------------------------------------------------------------------------

difference state >moved_state
expect 0 grad "${small[@]}" --method jvp --vector v
says "tangent norm"
cp out jvp
check "jvp" near "$(off 3)" moved_state jvp
sed -n 's/^derivative *//p' err >derivative
dot v gradient >wanted
check "jvp: the energy's derivative" near "$(rounded "$sum * $weights")" wanted derivative

# <c|jvp v> = (vjp c).v, whatever c and v are; w is shorter than v.
length=$(dot c c | awk '{ print sqrt($1) }')
expect 0 grad "${small[@]}" --method vjp --vector c
says "echo error"
cp out vjp
for along in v w; do
    expect 0 grad "${small[@]}" --method jvp --vector $along
    dot c out >wanted
    dot vjp $along >product
    check "vjp is adjoint to jvp along $along" near "$(rounded "$sum * $length")" wanted product
done
expect 0 state "${small[@]}" --seed 5 --output c.npy
expect 0 state "${small[@]}" --seed 5 --output c.txt
expect 0 grad "${small[@]}" --method vjp --vector c.npy
cp out from_npy
expect 0 grad "${small[@]}" --method vjp --vector c.txt
check "both files are the same vector" cmp out from_npy

difference grad >moved_gradient
expect 0 grad "${small[@]}" --method hvp --vector v
says "product norm"
says "start energy"
cp out hvp
check "hvp" near "$(off 4)" moved_gradient hvp

# F_jk = 4 Re (<d_j|d_k> - <d_j|psi><psi|d_k>) from the tangents along each parameter.
expect 0 state "${small[@]}"
cp out tangents
for k in $(seq "$parameters"); do
    awk -v k="$k" '{ print NR == k ? 1 : 0 }' theta >unit
    expect 0 grad "${small[@]}" --method jvp --vector unit
    cat out >>tangents
done
awk -v size=4 '{ j = int((NR - 1) / size); a = (NR - 1) % size; re[j, a] = $1; im[j, a] = $2 }
    function real(j, k,  a, s) { for (a = 0; a < size; a++) s += re[j, a] * re[k, a] + im[j, a] * im[k, a]; return s }
    function imag(j, k,  a, s) { for (a = 0; a < size; a++) s += re[j, a] * im[k, a] - im[j, a] * re[k, a]; return s }
    END { n = NR / size - 1
        for (j = 1; j <= n; j++)
            for (k = 1; k <= n; k++)
                printf "%.17g%s", 4 * (real(j, k) - real(j, 0) * real(0, k) + imag(j, 0) * imag(0, k)),
                    k < n ? " " : "\n" }' tangents >dense_fisher
expect 0 grad "${small[@]}" --method fisher
says "matrix norm"
says "echo error"
cp out fisher
check "fisher" near "$(rounded 1)" dense_fisher fisher
expect 0 grad "${small[@]}" --method fisher-vector --vector v
says "echo error"
check "no energy" test "$(grep -c energy err)" -eq 0
times fisher v >wanted
check "fisher-vector" near "$(rounded "$sum")" wanted out

# -- matrices -----------------------------------------------------------------------------------

expect 0 grad "${small[@]}" --method hessian
cp out hessian
check "a row for each parameter" test "$(wc -l <hessian)" -eq "$parameters"
times hessian v >wanted
check "hessian" near "$(rounded "$sum * $weights")" wanted hvp
awk '{ for (i = 1; i <= NF; i++) a[NR, i] = $i }
    END { for (i = 1; i <= NR; i++) for (j = 1; j <= NR; j++) print a[j, i] }' hessian >transposed
check "it is symmetric" near "$(rounded "$weights")" transposed hessian
expect 0 grad "${small[@]}" --method hessian -o hessian.npy
silent out
check "two dimensions" grep -qa "'descr': '<f8', 'fortran_order': False, 'shape': (8, 8)" hessian.npy
check "of so many bytes" test "$(wc -c <hessian.npy)" -eq $((128 + 64 * 8))
expect 0 grad "${small[@]}" --method hessian --json
prints '"matrix": [['
sed 's/.*"matrix": \[\[//; s/\]\].*//; s/\], \[/\n/g; s/, / /g' out >in_json
check "the matrix in JSON" cmp in_json hessian

printf '0.5 X0 X1\n-1 Z1\n' >first.txt
printf '2 Y0\n' >second.txt
expect 0 grad "${small[@]}" --method jacobian first.txt second.txt
cp out jacobian
sed -n 's/^value *\([^ ]*\) .*/\1/p' err >values
for file in first.txt second.txt; do
    expect 0 energy --qubits 2 --layers 1 --hamiltonian-file $file
    cat out >>energies
    expect 0 grad --qubits 2 --layers 1 --hamiltonian-file $file
    cat out >>gradients
done
check "jacobian: values" near "$(rounded 2)" energies values
check "jacobian: rows" near "$(rounded 2)" gradients jacobian
check "two rows" test "$(wc -l <jacobian)" -eq 2
expect 0 grad "${small[@]}" --method jacobian first.txt second.txt --json --output jacobian.npy
prints '"values": ['
prints '"echo_error": '
check "two by eight" grep -qa "'shape': (2, 8)" jacobian.npy

# -- other gradients ----------------------------------------------------------------------------

# The energy is linear in its coefficients: each derivative is the energy of one term.
expect 0 grad "${small[@]}" --method coefficients
cp out coefficients
while read -r _ _ term; do
    echo "1 $term" >one.txt
    expect 0 energy --qubits 2 --layers 1 --hamiltonian-file one.txt
    cat out >>each
done <coefficients
check "four terms" test "$(wc -l <each)" -eq 4
check "coefficients" near "$(rounded 1)" each <(cut -d' ' -f1 coefficients)
expect 0 grad "${small[@]}" --method coefficients --json
prints '"terms": ["Z0 Z1", "X0", "Z0 Z1", "X1"]'
expect 0 grad "${small[@]}" --method coefficients --output coefficients.txt
check "the file has the numbers alone" near 0 <(cut -d' ' -f1 coefficients) coefficients.txt

# g = 2 U^dagger O U |0>: its first number is twice the energy, and |g|^2 / 4 the energy of O^2, here
# (0.5 XX - Z1)^2 = 1.25, as XX and Z1 anticommute.
first=(--qubits 2 --layers 1 --hamiltonian-file first.txt)
expect 0 grad "${first[@]}" --method start
cp out start
sed -n 's/^energy *//p' err | awk '{ printf "%.17g 0\n", 2 * $1 }' >wanted
check "start: twice the energy" near "$(rounded "2 * 1.5")" wanted <(head -1 start)
dot start start | awk '{ printf "%.17g\n", $1 / 4 }' >square
check "start: the square" near "$(rounded "1.5 * 1.5")" <(echo 1.25) square
says "start energy"
expect 0 grad "${first[@]}" --method start --output start.npy
check "complex numbers" grep -qa "'descr': '<c16', 'fortran_order': False, 'shape': (4,)" start.npy

# -- in every way -------------------------------------------------------------------------------

# The standard vector is of 39 normal numbers, whose sum of magnitudes is 31 or so, of 16 amplitudes'
# for vjp; the Heisenberg ring of three has weights of 9.
rows=(--qubits 3 --layers 4)
gates=100
for method in jvp vjp hvp fisher-vector hessian fisher coefficients start; do
    expect 0 grad "${rows[@]}" --method $method --backend reference
    sed 's/ #.*//' out >plain
    expect 0 grad "${rows[@]}" --method $method --threads 3
    sed 's/ #.*//' out >fast
    check "$method by the reference" near "$(rounded "9 * 50")" plain fast
    expect 0 grad "${rows[@]}" --method $method --threads 1
    check "$method by one thread" cmp fast <(sed 's/ #.*//' out)
    expect 0 grad "${rows[@]}" --method $method --dry-run
    prints "method         $method"
done
expect 0 grad "${rows[@]}" --method hvp
cp out standard
expect 0 grad "${rows[@]}" --method hvp --vector seed:1
check "the standard vector" cmp out standard
expect 0 grad "${rows[@]}" --method hvp --vector seed:2
check "another one" test "$(cmp -s out standard; echo $?)" -eq 1
expect 0 grad "${rows[@]}" --method fisher-vector --echo-tolerance 1e-9 --json
prints '"echo_error": '
prints '"norm": '
check "no energy" test "$(grep -c '"energy"' out)" -eq 0

# -- what is refused ----------------------------------------------------------------------------

# The demo's Hessian: 300010^2 numbers.
expect 1 grad --method hessian
says "the whole matrix (--method hvp or fisher-vector: one product with it): 720048000800 bytes"
expect 1 grad --method fisher --dry-run
prints "numbers        670.6 GiB"
expect 2 grad "${rows[@]}" --method hvp --shots 100
says "--shots: hvp is not measured; leave it out"
check "and no gradient is advertised" test "$(grep -c shift err)" -eq 0
expect 2 grad "${rows[@]}" --method fisher --vector v
says "--vector: fisher takes none; leave it out"
expect 2 grad "${rows[@]}" --vector v
says "or use --method jvp, vjp, hvp or fisher-vector"
expect 2 grad "${rows[@]}" --method hvp --vector seed:x
says "--vector: \"x\""
expect 2 grad "${rows[@]}" --method hvp --vector c
says "--vector: c:1: \""
expect 2 grad "${rows[@]}" --method hvp --vector v
says "--vector: v holds 8 numbers, but the circuit has"
expect 2 grad "${rows[@]}" --method vjp --vector v
says "is not two finite numbers"
expect 2 grad "${rows[@]}" --method vjp --vector c.npy
says "--vector: c.npy holds 4 amplitudes, but the state has 8 of them"
expect 2 grad "${rows[@]}" --method jvp --echo-tolerance 1e-9
says "--echo-tolerance: jvp goes nowhere backwards; leave it out"
expect 2 grad "${rows[@]}" --method jacobian
says "give a file for each observable"
expect 2 grad "${rows[@]}" first.txt
says "FILE: adjoint takes no observables of its own; leave it out, or use --method jacobian"
expect 2 grad "${rows[@]}" --method jacobian first.txt absent.txt
says "absent.txt"
printf 'Z5\n' >wide.txt
expect 2 grad "${rows[@]}" --method jacobian wide.txt
says "wide.txt:1"
expect 2 grad "${rows[@]}" --method start --json
says "--json needs --output FILE"

finish

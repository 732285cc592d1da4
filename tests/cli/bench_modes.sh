# hahn-bench modes, compare and report: what they measure, what they find, what they refuse.
HAHN=$(dirname "${HAHN:?is not set}")/hahn-bench
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
methods="adjoint shift tape checkpoint finite-difference spsa forward shots"

# column NAME: the numbers under NAME in the CSV file, with case, method and precision before.
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { print $1, $2, $3, $at }' modes.csv
}

# value METHOD PRECISION NAME: one of them, of the first case.
value() {
    column "$3" | awk -v m="$1" -v p="$2" '$2 == m && $3 == p { print $4; exit }'
}

expect 0 modes --quick --threads 1 --case n10d100 --json modes.json --csv modes.csv
silent err
for method in $methods; do
    prints " $method "
    check "$method in the CSV" grep -q "^n10d100,$method,f64," modes.csv
    check "$method in the JSON" grep -q "\"method\": \"$method\"" modes.json
done
check "in single precision what walks back" \
    test "$(grep -c ',f32,' modes.csv)" -eq 3
check "as many columns in each row" \
    test "$(awk -F, '{ print NF }' modes.csv | sort -u | wc -l)" -eq 1
for method in $methods; do
    check "$method takes time" awk "BEGIN { exit !($(value $method f64 seconds) > 0) }"
    check "$method takes memory" \
        awk "BEGIN { exit !($(value $method f64 peak_rss_bytes) > $(value $method f64 workspace_bytes)) }"
done
# Errors are what the methods' mathematics says: rounding, the step's square, chance.
for method in shift tape checkpoint forward; do
    check "$method is exact" awk "BEGIN { exit !($(value $method f64 gradient_error) < 1e-13) }"
done
check "differences are near" \
    awk "BEGIN { e = $(value finite-difference f64 gradient_error); exit !(e > 1e-13 && e < 1e-7) }"
# The same circuit by hahn grad, whose gradients err as the harness says that they do.
problem() {
    sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$(head -c 2000 modes.json | tr -d '\n' |
        sed 's/.*"cases": \[\({"case"[^{]*\).*/\1/')"
}
circuit=(--ansatz "$(problem ansatz)" --layers "$(problem layers)" --qubits "$(problem qubits)"
    --init "uniform:0,6.283185307179586" --seed "$(problem seed)" --threads 1 --quiet)
# derive ARGS...: the gradient of that circuit.
derive() {
    "$(dirname "$HAHN")/hahn" grad "${circuit[@]}" "$@"
}
check "the circuit is that of the rows" test "$(problem init)" = "uniform:0"
derive >exact
# error_of FILE: how far its first components are from the exact ones, over their norm.
error_of() {
    paste "$1" exact | awk -v n="$2" 'NR <= n { d += ($1 - $2) ^ 2; s += $2 * $2 }
        END { printf "%.9g\n", sqrt(d / s) }'
}
# agree A B: but for rounding of the printed digits, and of gradients far larger than the errors.
agree() { awk "BEGIN { r = $1 / $2; exit !(r > 1 - 1e-6 && r < 1 + 1e-6) }"; }
derive --method spsa >estimate
check "spsa is as far off as hahn grad" agree "$(value spsa f64 gradient_error)" \
    "$(error_of estimate "$(value spsa f64 components)")"
# One perturbation D gives D (D.g), off by sqrt((P - 2) z^2 + 1) of |g|, z = D.g / |g|.
z=$(paste estimate exact | awk '{ d = $1 < 0 ? -1 : 1; s += $1 * d; n += $2 * $2 }
    END { s /= NR; printf "%.9g\n", s / sqrt(n) }')
check "and as chance takes it: z = $z" awk "BEGIN {
    e = sqrt(($(value spsa f64 parameters) - 2) * $z * $z + 1) / $(value spsa f64 gradient_error)
    exit !(e > 1 - 1e-4 && e < 1 + 1e-4) }"
check "single precision shows" \
    awk "BEGIN { e = $(value tape f32 gradient_error); exit !(e > 1e-8 && e < 1e-5) }"

# shots COUNT: the rows' error from so many is that of hahn grad, and within chance of what its
# standard errors sum up to: of P squares over their means the mean is 1, to sqrt(2 / P), five of
# which pass one seed in a million; a hundred times as many shots are a tenth as far off.
shots() {
    expect 0 modes --quick --threads 1 --case n10d100 --methods shots --shots "$1" --budget 1000 \
        --csv modes.csv
    derive --method shift --shots "$1" --errors errors >estimate
    components=$(value shots f64 components)
    check "$1 shots are as far off as hahn grad" agree "$(value shots f64 gradient_error)" \
        "$(error_of estimate "$components")"
    check "$1 shots are off by their standard errors" awk -v n="$components" '
        NR <= n { sum += ($1 - $2) ^ 2 / $3 ^ 2; m++ }
        END { r = sum / m; exit !(r > 1 - 5 * sqrt(2 / m) && r < 1 + 5 * sqrt(2 / m)) }' \
        <(paste estimate exact errors)
    awk -v n="$components" 'NR <= n { s += $1 * $1 } END { printf "%.9g\n", sqrt(s) }' errors \
        >"errors$1"
}
shots 1000
shots 16000
few=$(cat errors1000) many=$(cat errors16000)
# Sixteen times as many shots are a fourth as far off. The errors themselves are known to 1 / sqrt(2 N)
# of N outcomes in each of some 300 settings: far less than a hundredth in sum.
check "errors shrink with the root of the shots: $few, $many" \
    awk "BEGIN { r = $few / $many; exit !(r > 3.9 && r < 4.1) }"

# A tape's measured memory grows with the states that it keeps, as told; the adjoint's does not.
# (2^15 amplitudes: half a MiB, far above what the system's pages and a process's own come to.)
big() {
    expect 0 modes --threads 1 --qubits 15 --layers "$1" --methods "$2" --repeat 1 --budget 0.01 \
        --csv modes.csv
    value "$2" f64 over_baseline_bytes >"$2.$1"
    value "$2" f64 workspace_bytes >"$2.$1.told"
    value "$2" f64 kept_states >"$2.$1.kept"
}
for layers in 4 24; do
    big $layers tape
    big $layers adjoint
done
state=$((1 << 19))
more=$(($(cat tape.24) - $(cat tape.4)))
kept=$(($(cat tape.24.kept) - $(cat tape.4.kept)))
check "20 layers keep at least 20 states more" test "$kept" -ge 20
check "$more bytes for $kept states" awk "BEGIN { r = $more / ($kept * $state); exit !(r > 0.98 && r < 1.05) }"
check "measured is told" awk "BEGIN { r = $(cat tape.24) / $(cat tape.24.told); exit !(r > 0.9 && r < 1.05) }"
# Tables grow as told. Half a state is more than a sanitizer's own memory and the pages of files come to,
# which the system maps 16 at a time; 20 layers whose states were kept would be 20 states and more.
told=$(($(cat adjoint.24.told) - $(cat adjoint.4.told)))
check "the adjoint is flat but for its tables" \
    test $(($(cat adjoint.24) - $(cat adjoint.4) - told)) -lt $((state / 2))

# parts LAYERS: what the memory is made of, as files; together they are the whole.
parts() {
    expect 0 memory --threads 1 --qubits 15 --layers "$1" --repeat 1 --json memory.json
    prints "given       adjoint"
    cp memory.json out
    for part in process circuit compiled vector table run program; do
        field ${part}_bytes >"$part.$1"
    done
    field over_baseline_bytes >"over.$1"
    field gates >"gates.$1"
    check "$1 layers: the parts are the whole" awk "BEGIN {
        exit $(cat "process.$1") + $(cat "compiled.$1") + $(cat "vector.$1") + $(cat "over.$1") != $(cat "run.$1") }"
}
parts 4
parts 400
# The circuit is gone: what stays of compiling is what the program is told to be, and less than half
# of the circuit more. (Sanitizers keep what was freed.)
if ! grep -qa __asan_init "$HAHN"; then
    check "a program in the circuit's place" awk "BEGIN {
        exit !($(cat compiled.400) < $(cat program.400) + $(cat circuit.400) / 2) }"
fi
# Two states and two spares, whatever the depth, but for odd pages, and an eighth for a sanitizer's
# shadow.
for layers in 4 400; do
    check "$layers layers: four states" awk "BEGIN {
        states = ($(cat over.$layers) - $(cat table.$layers)) / $state; exit !(states > 3.9 && states < 5) }"
done
expect 2 memory --methods magic --quick
says 'unknown method "magic"'

# What would take hours is run in part and says so.
expect 0 modes --threads 1 --qubits 10 --layers 100 --methods shift --repeat 3 --budget 0.05 \
    --csv modes.csv --json modes.json
part=$(value shift f64 components) whole=$(value shift f64 parameters)
check "a part" test "$part" -lt "$whole"
check "and says so" test "$(value shift f64 extrapolated)" -eq 1
check "in the table" grep -q '[0-9]~' out
# What was timed, by the clock that showed less, and so much more for each component that was not.
timed=$(grep -o '"\(wall\|cpu\)_s": {"median": [^,]*' modes.json | sed 's/.* //' | sort -g | head -1)
each=$(grep -o '"component_s": [^,]*' modes.json | sed 's/.* //')
check "the time for all is that of the part and of the others" awk "BEGIN {
    all = $timed + $each * ($whole - $part); r = $(value shift f64 seconds) / all
    exit !(r > 0.999999 && r < 1.000001 && $each >= 0 && $each * ($part - 1) < $timed) }"

# And that is about what all of them take: here in one go, and from a sixteenth of them. A machine
# that does other things may double a time; what forgets a factor is off by 16.
whole() {
    expect 0 modes --threads 1 --qubits 8 --layers 40 --methods shift --repeat 3 --budget "$1" \
        --csv modes.csv
}
whole 8
all=$(value shift f64 seconds)
check "all components" test "$(value shift f64 extrapolated)" -eq 0
whole "$(awk "BEGIN { print 0.3 * $all }")"
check "a part of them" awk "BEGIN { exit !($(value shift f64 components) < $(value shift f64 parameters) / 4) }"
check "$all seconds, $(value shift f64 seconds) extrapolated" \
    awk "BEGIN { r = $(value shift f64 seconds) / $all; exit !(r > 0.4 && r < 2.5) }"

# A point too large for the memory is a row, not the end.
expect 0 modes --quick --threads 1 --case n10d100 --methods tape --memory-limit 40kB --json modes.json
says "fewer qubits"
prints "not enough memory"

expect 0 modes --point checkpoint --states 3 --qubits 5 --layers 9 --threads 1 --repeat 2
check "one object" test "$(wc -l <out)" -eq 1
check "three states" test "$(field kept_states)" -eq 3
check "two repetitions" test "$(field repeats)" -eq 2

expect 2 modes --methods adjoint,magic --quick
says 'unknown method "magic"; there are adjoint, shift, tape'
expect 2 modes --point magic --quick --case n10d1
says '--point: unknown method "magic"'
expect 2 modes --point tape --quick
says "give one by --case"
expect 2 modes --shots 3 --point shots --case n10d1 --quick
says "too few"
expect 2 modes --budget 0 --quick
says "--budget"

# -- compare ------------------------------------------------------------------------------------

# series MEDIAN LEAST SPREAD: what a clock saw.
series() {
    awk -v m="$1" -v l="$2" -v s="$3" 'BEGIN {
        printf "{\"median\": %.9g, \"min\": %.9g, \"lower_quartile\": %.9g, \"upper_quartile\": %.9g}",
            m, l, m - s / 2, m + s / 2 }'
}

# row NAME MEDIAN SPREAD BYTES [LEAST [THREADS [WALL]]]: a case, whose CPU time this is.
row() {
    printf '{"case": "%s", "fingerprint": "f", "precision": "f64", "threads": %s, "batch": 1,
        "peak_bytes": %s, "repeats": 100, "wall_s": %s, "cpu_s": %s}' "$1" "${6:-1}" "$4" \
        "$(series "${7:-$2}" "${5:-$2}" "$3")" "$(series "$2" "${5:-$2}" "$3")"
}

# table ROW...: a file of results.
table() {
    printf '{"command": "gradient", "cpu": "x", "fma_per_s": 1e9, "cases": [%s' "$1"
    shift
    printf ', %s' "$@" | sed 's/^, $//'
    echo ']}'
}

# results MEDIAN SPREAD BYTES: one case.
results() {
    table "$(row a "$@")"
}
results 1 0.02 1000 >old.json
expect 0 compare old.json old.json
prints "1 compared: 0 slower, 0 faster, 0 larger; 0 in one alone"
results 1.2 0.02 1000 >new.json
expect 3 compare old.json new.json
prints "SLOWER"
prints "1 slower"
expect 0 compare new.json old.json
prints "faster"
expect 0 compare old.json new.json --tolerance 30
prints "fewer than 5 rows: the machine cannot be told from the program"
# The same change within the noise: notches of 1.57 * 2 / 10 each.
results 1.2 2 1000 >noisy.json
expect 0 compare old.json noisy.json
prints "same"
expect 0 compare old.json noisy.json --quiet
check "nothing differs" test "$(grep -c '^a ' out)" -eq 0
results 1 0.02 1020 >large.json
expect 3 compare old.json large.json
prints "LARGER"
# A slow median of which the least time knows nothing is a disturbance.
table "$(row a 1.3 0.02 1000 1.01)" >disturbed.json
expect 0 compare old.json disturbed.json
prints "same"
# One thread is judged by its CPU time, several by wall time; or as --clock says.
table "$(row a 1 0.02 1000 1 1 1.5)" >waited.json
table "$(row a 1 0.02 1000 1 2)" >two.json
table "$(row a 1 0.02 1000 1.5 2 1.5)" >two_slower.json
expect 0 compare old.json waited.json
expect 3 compare two.json two_slower.json
expect 0 compare two.json two_slower.json --clock cpu --tolerance 60
expect 0 compare old.json waited.json --clock cpu

# Between two runs the machine changes too. Eight rows, each longer by a tenth and by its own few
# parts in a hundred: a drift, and nothing else.
many() {
    local rows=() scale=$1 name
    shift
    for name in a b c d e f g h; do
        rows+=("$(row $name "$(awk "BEGIN { print $scale * $1 }")" 0.01 1000)")
        shift
    done
    table "${rows[@]}"
}
many 1 1 1 1 1 1 1 1 1 >old_many.json
drift="1.00 1.01 0.98 1.02 1.00 0.99 1.01 1.00"
many 1.1 $drift >drift.json
expect 0 compare old_many.json drift.json
prints "all rows: time x1.100, taken out of each"
prints "8 compared: 0 slower, 0 faster"
prints "a multiply-add of the machine x1.000"
# A fifth more in one of them is found, and it alone; a fifth less too.
many 1.1 ${drift/0.98/1.18} >regression.json
expect 3 compare old_many.json regression.json --quiet
prints "8 compared: 1 slower, 0 faster"
check "which one" grep -q '^c .*SLOWER' out
many 1.1 ${drift/0.98/0.8} >progress.json
expect 0 compare old_many.json progress.json
prints "8 compared: 0 slower, 1 faster"
# Where all are to count, the tenth is what got slower: all but the third, whose share is within noise.
expect 3 compare old_many.json drift.json --absolute
prints "slower, 0 faster"
check "most rows" test "$(grep -c SLOWER out)" -ge 6
# The same fifth where rows scatter by as much: no telling.
many 1.1 1.20 0.85 1.18 1.10 0.90 1.15 0.82 1.00 >wild.json
expect 0 compare old_many.json wild.json
prints "8 compared: 0 slower, 0 faster"
sed 's/"f": *"f"//; s/"fingerprint": "f"/"fingerprint": "g"/' old.json >other.json
expect 2 compare old.json other.json
prints "of another circuit"
says "no case is in both"
sed 's/"cpu": "x"/"cpu": "y"/' old.json >elsewhere.json
expect 0 compare old.json elsewhere.json
prints "cpu differs: x, then y"
expect 0 gradient --case n10d100 --quick --threads 1 --json run.json
expect 0 compare run.json run.json
prints "--quick was given"

expect 2 compare old.json
says "give hahn-bench compare OLD.json NEW.json"
expect 2 compare old.json new.json large.json
says "give at most 2"
expect 2 compare old.json absent.json
says "absent.json"
echo '{"cases": []}' >empty.json
expect 2 compare old.json empty.json
says "empty.json has no cases"
head -c 100 old.json >half.json
expect 2 compare old.json half.json
says "half.json is not JSON"

# -- report -------------------------------------------------------------------------------------

expect 0 modes --quick --threads 1 --case n10d100,n10d1 --json modes.json
sed 's/"case": "n10d1"/"case": "<\&>"/' modes.json >odd.json
expect 0 report odd.json run.json --no-plots --output page.html
silent out
check "it is HTML" sh -c "head -1 page.html | grep -q '^<!DOCTYPE html>'"
check "for telephones" grep -q 'name="viewport" content="width=device-width' page.html
check "nothing from elsewhere" test "$(grep -cE '(src|href)="[^d]|https?://' page.html)" -eq 0
check "two sections" test "$(grep -c '<section>' page.html)" -eq 2
check "each is closed" test "$(grep -c '</section>' page.html)" -eq 2
check "a row for each case" test "$(grep -c '^<tr>' page.html)" -eq \
    $(($(grep -o '"case": ' odd.json | wc -l) + 1))
check "escaped" grep -q '&lt;&amp;&gt;' page.html
check "no pictures" test "$(grep -c '<img' page.html)" -eq 0
expect 0 report run.json
check "the page on standard output" grep -q '</html>' out
expect 2 report
says "give hahn-bench report RESULTS.json..."
expect 2 report half.json --output new.html
says "half.json is not JSON"
check "no half page" test ! -e new.html

# Nothing is measured where the table or the pictures could not be written.
for output in csv plots; do
    expect 2 modes --quick --case n10d1 --$output absent/file
    says "--$output"
    says absent
    silent out
done

if ! command -v gnuplot >/dev/null; then
    expect 1 report modes.json --output new.html
    says "install it"
    check "no half page" test ! -e new.html
    echo "skipped: there is no gnuplot"
    [ $FAILURES -eq 0 ] && exit 77
    finish
fi
expect 0 report modes.json --output page.html
silent err
check "three pictures" test "$(grep -c '<img alt="[^"]*" src="data:image/svg+xml;base64,' page.html)" -eq 3
grep -o 'base64,[^"]*' page.html | head -1 | cut -d, -f2 | base64 -d >picture.svg
check "the first one is whole" grep -q '</svg>' picture.svg
check "and shows a method" grep -q '>finite-difference<' picture.svg
expect 0 modes --quick --threads 1 --case n10d100,n10d1 --plots pictures-
silent err
for name in time memory error; do
    check "$name.svg" grep -q '</svg>' pictures-$name.svg
    check "$name.png" sh -c "head -c 4 pictures-$name.png | grep -q PNG"
done
# One depth, and so an axis with no extent, which gnuplot would complain of.
expect 0 modes --quick --threads 1 --case n10d1 --methods adjoint --plots one-
silent err
check "one-memory.svg" grep -q '</svg>' one-memory.svg
check "no temporary files are left" sh -c '! ls | grep -q tmp-'

finish

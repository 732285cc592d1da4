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
# One perturbation D gives D (D.g), off by sqrt((P - 2) z^2 + 1) of |g|, z = D.g / |g| being of size 1.
check "an estimate is as far as chance takes it" awk "BEGIN {
    e = $(value spsa f64 gradient_error); z2 = (e * e - 1) / ($(value spsa f64 parameters) - 2)
    exit !(z2 > 1e-4 && z2 < 16) }"
check "single precision shows" \
    awk "BEGIN { e = $(value tape f32 gradient_error); exit !(e > 1e-8 && e < 1e-5) }"

# A hundred times as many shots are a tenth as far off: the ratio of two norms of 80 components each
# is near that, and of a gradient that is not there 1.
few=$(value shots f64 gradient_error)
expect 0 modes --quick --threads 1 --case n10d100 --methods shots --shots 100000 --csv modes.csv
check "errors shrink with the root of the shots" \
    awk "BEGIN { r = $(value shots f64 gradient_error) / $few; exit !(r > 0.05 && r < 0.2) }"

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
# Tables grow as told. A quarter of a state is more than pages and a sanitizer's own memory come to; 20
# layers whose states were kept would be 20 states and more.
told=$(($(cat adjoint.24.told) - $(cat adjoint.4.told)))
check "the adjoint is flat but for its tables" \
    test $(($(cat adjoint.24) - $(cat adjoint.4) - told)) -lt $((state / 4))

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

# results MEDIAN SPREAD BYTES: a file of results of one case.
results() {
    cat <<END
{"command": "gradient", "cpu": "x", "cases": [{"case": "a", "fingerprint": "f", "precision": "f64",
"threads": 1, "batch": 1, "peak_bytes": $3, "repeats": 100, "wall_s": {"median": $1, "min": $1,
"lower_quartile": $(awk "BEGIN { print $1 - $2 / 2 }"),
"upper_quartile": $(awk "BEGIN { print $1 + $2 / 2 }")},
"cpu_s": {"median": 1, "lower_quartile": 1, "upper_quartile": 1}}]}
END
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
expect 0 compare old.json new.json --clock cpu
# The same change within the noise: notches of 1.57 * 2 / 10 each.
results 1.2 2 1000 >noisy.json
expect 0 compare old.json noisy.json
prints "same"
expect 0 compare old.json noisy.json --quiet
check "nothing differs" test "$(grep -c '^a ' out)" -eq 0
results 1 0.02 1020 >large.json
expect 3 compare old.json large.json
prints "LARGER"
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

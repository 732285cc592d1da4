# hahn train --plot: a picture of the run, through gnuplot.
. "$(dirname "$0")/common.bash"

cd "$SCRATCH" || exit 1
run=(--qubits 4 --layers 4 --quiet)

# Without gnuplot the training is not lost.
mkdir empty
CHECKS=$((CHECKS + 1))
code=0
PATH=$PWD/empty "$HAHN" train "${run[@]}" --plot lost.svg --save-params kept.txt >out 2>err || code=$?
LAST="hahn train without gnuplot"
[ $code -eq 1 ] || complain "$LAST: exit code $code, not 1"
says "install it"
prints "energy"
check "the parameters are saved" test "$(wc -l <kept.txt)" -eq 52
check "no half picture" test ! -e lost.svg

if ! command -v gnuplot >/dev/null; then
    echo "skipped: there is no gnuplot"
    [ $FAILURES -eq 0 ] && exit 77
    finish
fi
for steps in 0 1 30 200; do
    expect 0 train "${run[@]}" --plot "run $steps.svg" --steps $steps
    silent err
    check "an SVG file" grep -q "</svg>" "run $steps.svg"
    check "with its axes named" sh -c "grep -q '>step<' 'run $steps.svg'"
done
if "$HAHN" exact --qubits 4 >/dev/null 2>&1; then
    check "with the ground energy" grep -q "ground energy -8<" "run 30.svg"
fi
expect 0 train "${run[@]}" --plot "it's a \"picture\".png"
silent err
check "a PNG file" sh -c 'head -c 4 "it'\''s a \"picture\".png" | grep -q PNG'
check "no temporary files are left" sh -c '! ls | grep -q tmp-'

finish

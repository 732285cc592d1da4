# hahn sample: counts, raw outcomes, which end is qubit 0, and frequencies.
. "$(dirname "$0")/common.bash"

# X on qubits 1 and 3, no more: the index is 10, and the rightmost bit is qubit 0.
neel=(--ansatz "trotter:params=fixed,dt=0" --layers 1 --qubits 4)
expect 0 sample "${neel[@]}"
check "one outcome, 1024 times" test "$(cat "$SCRATCH/out")" = "1010 1024"
expect 0 sample "${neel[@]}" --shots 3 --raw
check "raw" test "$(tr '\n' ' ' <"$SCRATCH/out")" = "10 10 10 "
expect 0 sample "${neel[@]}" --shots 5 --json
prints '"counts": {"1010": 5}'

# All shots are counted, most frequent first, and none is invented.
plus=(--ansatz "trotter:params=fixed,dt=0,start=plus" --layers 1 --qubits 3 --hamiltonian ising)
expect 0 sample "${plus[@]}" --shots 80000
cp "$SCRATCH/out" "$SCRATCH/counts"
check "8 outcomes" test "$(wc -l <"$SCRATCH/out")" -eq 8
check "80000 shots" test "$(awk '{ s += $2 } END { print s }' "$SCRATCH/out")" -eq 80000
check "sorted by count" sort -c -k2,2nr "$SCRATCH/out"
# chi squared with 7 degrees of freedom is above 24.3 once in a thousand seeds; this one is fixed.
check "uniform" awk '{ d = $2 - 10000; s += d * d / 10000 } END { exit !(s < 24.3) }' "$SCRATCH/out"

# The same seed, the same shots, one by one; fewer shots are the first of more; another seed, others.
expect 0 sample "${plus[@]}" --shots 80000 --threads 3
check "repeats" cmp "$SCRATCH/out" "$SCRATCH/counts"
expect 0 sample "${plus[@]}" --shots 200 --raw
cp "$SCRATCH/out" "$SCRATCH/raw"
expect 0 sample "${plus[@]}" --shots 50 --raw
check "a prefix" cmp "$SCRATCH/out" <(head -50 "$SCRATCH/raw")
expect 0 sample "${plus[@]}" --shots 200 --raw --seed 2
check "another seed" test "$(cmp -s "$SCRATCH/out" "$SCRATCH/raw" && echo same)" = ""

# Files.
expect 0 sample "${plus[@]}" --shots 200 --raw --output "$SCRATCH/raw.txt"
silent out
check "raw text" cmp "$SCRATCH/raw.txt" "$SCRATCH/raw"
expect 0 sample "${plus[@]}" --shots 200 --raw --output "$SCRATCH/raw.npy"
check "raw npy" cmp <(tail -c +129 "$SCRATCH/raw.npy" | od -An -v -w8 -t u8 | tr -d ' ') "$SCRATCH/raw"
check "npy type" grep -qa "'descr': '<u8'.*(200,)" "$SCRATCH/raw.npy"
expect 0 sample "${plus[@]}" --shots 80000 --output "$SCRATCH/counts.txt"
check "counts file" cmp "$SCRATCH/counts.txt" "$SCRATCH/counts"

expect 2 sample "${neel[@]}" --output "$SCRATCH/counts.npy"
says "counts are written as text"
expect 2 sample "${neel[@]}" --raw --json
says "leave --raw out"
expect 2 sample "${neel[@]}" --shots 0
says "--shots: 0 is out of range: 1 to 1000000000000000"
expect 1 sample "${neel[@]}" --shots 1000000000000000
says "the list of shots: 8000000000000000 bytes (7.1 PiB) are needed"
says "are missing"

finish

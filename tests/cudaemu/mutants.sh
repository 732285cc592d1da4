#!/usr/bin/env bash
# Does the battery see faults in the kernels? Each mutant is one change of a CUDA source, in a copy;
# the copy is run on the emulated device, and must fail. Builds with g++ alone, beside a finished
# build folder of the project, whose other objects it links.
# Usage: tests/cudaemu/mutants.sh BUILD_FOLDER [NUMBER...]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${1:?name a build folder}" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What stands in for cuBLAS.
export LD_LIBRARY_PATH=$build/tests/cublas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

# FILE | what is wrong | sed expression
mutants=(
    "pass.cuh|no barrier between loading and permuted stores, forward|/before others store where this/d"
    "pass.cuh|no barrier between loading and permuted stores, backward|/before this thread stores where/d"
    "pass.cuh|no barrier before looks are left|s/if (pass->parts & HAHN_PASS_LOOKS)\$/if (false)/"
    "walk.cuh|no barrier after a pass|s/^    __syncthreads();\$//"
    "walk.cuh|what was sent for is not waited for|s/__pipeline_wait_prior(0);//"
    "walk.cuh|the wrong half of the slots|s/const unsigned at = number % 2/const unsigned at = (number + 1) % 2/"
    "walk.cuh|derivatives of tiles are not added up|s/k->more ? \*out + look : look/look/"
    "pass.cuh|rotations are undone with the wrong sign|s/cs.x, -cs.y, lambda/cs.x, cs.y, lambda/"
    "walk.cuh|derivatives are not freed of the scale|s| / (scale \* scale)||"
    "sweep.cu|the state is not freed of the scale|s|(real)(1 / k->scale)|1|"
    "sweep.cu|packs side by side overlap|s/<< PACK_QUBITS;/<< (PACK_QUBITS + 1);/"
    "sweep.cu|padding is not zero|s/const pack zero = {}/const pack zero = {{{NAN, 0}}}/"
    "sweep.cu|tiles overlap by one|s/\*end = \*first + tiles/*end = *first + tiles + 1/"
    "tile.cuh|places that are not distinct|s/j >> HAHN_HELD_QUBITS & (HAHN_HELD - 1)/j \& (HAHN_HELD - 1)/"
    "tile.cuh|an index off by one bit|s/(thread \& ~low) << 1/(thread \& ~low) << 2/"
    "permutation.cuh|the order of flips|s/back ? k : count - 1 - k/back ? count - 1 - k : k/"
    "permutation.cuh|outside controls are passed over|s/pass->parts \& HAHN_PASS_SHIFTS/false/"
    "diagonal.cuh|outside bits are passed over|s/ + __popcll(t->outside \& base)//"
    "diagonal.cuh|phases where not all bits are set|s/(r \& c) == c/(r \& c) != 0/"
    "diagonal.cuh|conjugate on the wrong side|s/phase\[r | half\] = times(x, conjugate(y))/phase[r | half] = times(conjugate(x), y)/"
    "rotation.cuh|controls are passed over|s/const bool on = .*/const bool on = true;/"
    "rotation.cuh|the slot of another rotation|s/(1u << k) - 1/(2u << k) - 1/"
    "look.cuh|a lane short of the transform|s/step < 32; step \*= 2) {/step < 16; step *= 2) {/"
    "look.cuh|the wrong lanes are subtracted|s/lane \& (unsigned)step ?/lane \& 1 ?/"
    "look.cuh|signs of warps|s/__popc(warp \& bits \/ 32) \& 1 ? -own : own/own/"
    "look.cuh|corners count once|s/return -2 \* sum/return -1 * sum/"
    "dense.cuh|the matrix is transposed|s/dagger ? c \* size + row : row \* size + c/dagger ? row * size + c : c * size + row/"
    "dense.cuh|no barrier before the product is stored|/^    __syncthreads();\$/d"
    "gpu.cuh|a lane short of a warp's sum|s/step < 32; step \*= 2)/step < 16; step *= 2)/"
    "gpu.cuh|no barrier before a block's sum is read|s/^    __syncthreads();\$//"
    "observe.cuh|moved bits inside of a unit|s/source, j ^ inside)/source, j)/"
    "observe.cuh|i in place of -i|s/-factor \* from.y, factor \* from.x/factor * from.y, -factor * from.x/"
    "resident.cu|no barrier before the observable|/before others read it/d"
    "resident.cu|the state is not freed of the scale|s|(real)(1 / k->scale)|1|"
    "resident.cu|padding is not zero|s/return is_padding(&e->walk, j) ?/return false ?/"
    "resident.cu|lanes share the adjoint state|s/(uint64_t)blockIdx.x << e->walk.qubits/0 * blockIdx.x/"
    "resident.cu|the echo of one component|s/re \* re + im \* im/re * re/"
    "pass_tangent.cuh|generators of odd strings|s/? -s->rates\[k\] : s->rates/? s->rates[k] : s->rates/"
    "pass_tangent.cuh|generators of phases|s/g\[r\] -= (r/g[r] += (r/"
    "pass_tangent.cuh|controls are passed over|s/const real own = .*/const real own = rate;/"
    "pass_tangent.cuh|tangents are not taken out|s/inject_phases(g, -1, h->lambda, h->mu)/(void)0/"
    "pass_tangent.cuh|rotations are taken out before they are undone|s/const real rate = -s->rates/const real rate = s->rates/"
    "pass_tangent.cuh|half of a look|s/inner_im(h.mu\[r\], h.psi\[r\]) +/0 +/"
    "pass_tangent.cuh|no barrier between loading and permuted stores, forward|/before others store where this/d"
    "pass_tangent.cuh|no barrier between loading and permuted stores, backward|/before this thread stores where/d"
    "rate.cu|half rates of phases|s/HAHN_PHASE ? sum : 0.5/HAHN_PHASE ? 0.5 * sum : 0.5/"
    "rate.cu|lanes share directions|s/c->directions\[lane \*/c->directions[0 * lane */"
    "vectors.cu|the wrong sign of a product|s/a\[j\].y \* b\[j\].x;/-a[j].y * b[j].x;/"
    "vectors.cu|i and -i of a string|s/quarter == 1 || quarter == 2/quarter == 2 || quarter == 3/"
    "vectors.cu|lanes share factors|s/im\[k >> qubits\]/im[0]/"
    "state.cu|a start state for the first lane alone|s/(hahn_bit(qubits) - 1)/~UINT64_C(0)/"
    "observe.cuh|lanes share an observable|s/sums\[turn_of(turns, lane)\]/sums[0 * turn_of(turns, lane)]/"
    "gpu.cuh|lanes share a start state|s/lane \* turns->step/0 * lane/"
    "sums.cu|a row is left out of a fold|s/r < f.row_count/r + 1 < f.row_count/"
    "sums.cu|the last of several echoes|s/f.largest \&\&/false \&\&/"
    "sums.cu|energies keep what was there|s/!(f.largest \&\& (/!((/"
    "sums.cu|results of rows stand too close|s/blockIdx.x \* f.stride/blockIdx.x/"
    "step.cu|the last parameters are left out of the norm|s/end = first + size < s.parameters ?/end = size ?/"
    "step.cu|rows share a norm|s/s.gradient + row \* s.parameters/s.gradient/"
    "step.cu|parameters may be anything|s/finite = finite .*/finite = true;/"
    "step.cu|steps of one grid alone|s/k < u.count; k += step/k < u.count \&\& k < 32; k += step/"
    "record.cu|what is recorded is not kept|s/? own : NULL/? NULL : own/"
    "sums.cu|lanes share derivatives|s/moments\[lane \* slots +/moments[0 * lane * slots +/"
    "bind.cu|half angles of phases|s/term->kind == HAHN_PHASE ? 1 : 0.5/0.5/"
    "bind.cu|shifts are passed over|s/if (slot == b->shifted)/if (false)/"
    "sample.cu|shots begin at 0 each time|s/s.first + shot/shot/"
    "sample.cu|a piece before is left out|s/k < threadIdx.x; k++/k + 1 < threadIdx.x; k++/"
)

# What takes a file in.
users_of() {
    case $1 in
    gpu.cuh) echo observe resident state sweep vectors ;;
    observe.cuh) echo observe resident ;;
    pass_tangent.cuh) echo sweep ;;
    *.cuh) echo resident sweep ;;
    *) echo "${1%.cu}" ;;
    esac
}

flags=(-std=c++17 -O1 -w -ffp-contract=off -I"$work" -I"$root/tests/cudaemu" -I"$root"
    -I"$root/include" -x c++)
objects=$build/tests/CMakeFiles
libraries=("$build/tests/libhahn_emulated_support.a" "$build/tests/libhahn_emulated.a" -lcmocka -lm
    -lgomp -lnlopt -larpack -llapack)

# Compile what takes FILE in, in double precision, and put it before the library's own.
link_mutant() {
    local name own=() scene
    for name in $(users_of "$1"); do
        "${CXX:-g++}" "${flags[@]}" -DHAHN_KERNEL_F32=0 -c "$work/cuda/$name.cu" \
            -o "$work/$name.o" || return 1
        own+=("$work/$name.o")
    done
    for name in cuda cuda_faults; do
        scene=$objects/emulated_$name.dir/cudaemu
        "${CXX:-g++}" "$scene/test_$name.c.o" "$scene/scene.c.o" "${own[@]}" "${libraries[@]}" \
            -o "$work/test_$name" || return 1
    done
    "${CXX:-g++}" "$objects"/emulated_tangent.dir/test_tangent.c.o "${own[@]}" "${libraries[@]}" \
            -o "$work/tangent" &&
        "${CXX:-g++}" "$objects"/emulated_descent.dir/test_descent.c.o "${own[@]}" \
            "${libraries[@]}" -o "$work/descent" &&
        "${CXX:-g++}" "$objects"/hahn-emulated.dir/__/vqe/main.c.o \
            "$build"/CMakeFiles/hahn_commands.dir/vqe/commands.c.o "${own[@]}" "${libraries[@]}" \
            -o "$work/hahn"
}

# Does some test see it? A crash, a deadlock and a wrong number are all the same.
is_seen() {
    local seed
    for seed in 1 2 3; do
        CUDAEMU_SEED=$seed timeout 120 "$work/hahn" selftest --quick --backend cuda \
            --precision f64 --seed "$seed" >/dev/null 2>&1 || return 0
        CUDAEMU_SEED=$seed timeout 120 "$work/test_cuda" >/dev/null 2>&1 || return 0
        CUDAEMU_SEED=$seed HAHN_TEST_BACKEND=cuda HAHN_TEST_TILE=4 \
            timeout 120 "$work/tangent" >/dev/null 2>&1 || return 0
        CUDAEMU_SEED=$seed HAHN_TEST_BACKEND=cuda timeout 120 "$work/descent" >/dev/null 2>&1 ||
            return 0
        CUDAEMU_SEED=$seed timeout 120 "$work/test_cuda_faults" >/dev/null 2>&1 || return 0
    done
    return 1
}

# Tests that fail by themselves would see everything.
cp -r "$root/cuda" "$work/cuda"
if ! link_mutant gpu.cuh || is_seen; then
    echo "the kernels as they are fail: nothing can be told of mutants" >&2
    exit 1
fi

seen=0 missed=0
for number in "${@:-${!mutants[@]}}"; do
    for k in $number; do
        IFS='|' read -r file what expression <<<"${mutants[k]}"
        expression=${mutants[k]#*|*|}
        rm -rf "$work/cuda"
        cp -r "$root/cuda" "$work/cuda"
        sed -i "$expression" "$work/cuda/$file"
        if cmp -s "$work/cuda/$file" "$root/cuda/$file"; then
            echo "STALE  $k $file: $what"
            missed=$((missed + 1))
        elif ! link_mutant "$file"; then
            echo "BROKEN $k $file: $what"
            missed=$((missed + 1))
        elif is_seen; then
            echo "seen   $k $file: $what"
            seen=$((seen + 1))
        else
            echo "MISSED $k $file: $what"
            missed=$((missed + 1))
        fi
    done
done
echo "$seen seen, $missed missed"
[ "$missed" -eq 0 ]

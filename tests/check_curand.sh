#!/usr/bin/env bash
# The library's uniforms against cuRAND's own header, compiled for the host by nvcc: no device is
# needed. Usage: check_curand.sh NVCC LIBRARY.a
set -euo pipefail

nvcc=$1 library=$2
if ! command -v "$nvcc" >/dev/null 2>&1; then
    echo "skipped: nvcc is not installed"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/uniforms.cu" <<'END'
#define QUALIFIERS static inline __host__ __device__
#include <cstdio>
#include <curand_kernel.h>
#include <hahn/random.h>

/* Half (number mod 2) of the block, as include/hahn/random.h promises it. */
static double uniform(uint64_t seed, uint64_t stream, uint64_t number)
{
    curandStatePhilox4_32_10_t state;
    curand_init(seed, stream, 4 * (number / 2), &state);
    const uint4 bits = curand4(&state);
    const uint64_t low = number % 2 ? bits.z : bits.x, high = number % 2 ? bits.w : bits.y;
    return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

int main()
{
    const uint64_t seeds[] = {0, 1, 0x299f31d0a4093822, UINT64_MAX};
    const uint64_t streams[] = {0, HAHN_STREAM_SHOTS, 0x0370734413198a2e, UINT64_MAX};
    const uint64_t firsts[] = {0, 7, (uint64_t)1 << 33, ((uint64_t)1 << 63) - 8};
    int compared = 0, differ = 0;
    for (uint64_t seed : seeds)
        for (uint64_t stream : streams)
            for (uint64_t first : firsts) {
                double own[5];
                hahn_random_uniform(seed, stream, first, 5, own);
                for (int k = 0; k < 5; k++, compared++)
                    differ += own[k] != uniform(seed, stream, first + (uint64_t)k);
            }
    std::printf("%d of %d uniforms differ\n", differ, compared);
    return differ || !compared;
}
END
"$nvcc" -std=c++17 -I"$SOURCE_DIR/include" -o "$work/uniforms" "$work/uniforms.cu" "$library" \
    -lgomp -lm >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
"$work/uniforms"

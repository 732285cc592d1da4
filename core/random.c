#include <hahn/random.h>

#include "core/draw.h"

#include <Random123/philox.h>

/* The two uniforms of block `block`. */
static void draw(uint64_t seed, uint64_t stream, uint64_t block, double pair[2])
{
    const philox4x32_ctr_t counter = {
        {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)}};
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t bits = philox4x32(counter, key);
    pair[0] = hahn_to_unit(bits.v[0], bits.v[1]);
    pair[1] = hahn_to_unit(bits.v[2], bits.v[3]);
}

static void fill(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double *out,
                 void (*transform)(double pair[2]))
{
    double pair[2] = {0, 0};
    uint64_t have = UINT64_MAX;
    for (int64_t k = 0; k < count; k++) {
        const uint64_t number = first + (uint64_t)k;
        if (number / 2 != have) {
            have = number / 2;
            draw(seed, stream, have, pair);
            if (transform)
                transform(pair);
        }
        out[k] = pair[number % 2];
    }
}

void hahn_random_uniform(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double *out)
{
    fill(seed, stream, first, count, out, NULL);
}

void hahn_random_normal(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double *out)
{
    fill(seed, stream, first, count, out, hahn_to_normal);
}

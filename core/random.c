#include <hahn/random.h>

#include <Random123/philox.h>
#include <math.h>

/* 53 random bits as a multiple of 2^-53: every value is exact, 1 is never reached. */
static double to_unit(uint32_t low, uint32_t high)
{
    const uint64_t bits = (uint64_t)high << 32 | low;
    return (double)(bits >> 11) * 0x1p-53;
}

/* The two uniforms of block `block`. */
static void draw(uint64_t seed, uint64_t stream, uint64_t block, double pair[2])
{
    const philox4x32_ctr_t counter = {
        {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)}};
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t bits = philox4x32(counter, key);
    pair[0] = to_unit(bits.v[0], bits.v[1]);
    pair[1] = to_unit(bits.v[2], bits.v[3]);
}

/* log needs a number above 0: 1 - u is in (0, 1]. */
static void to_normal(double pair[2])
{
    const double radius = sqrt(-2 * log(1 - pair[0])), angle = 2 * M_PI * pair[1];
    pair[0] = radius * cos(angle);
    pair[1] = radius * sin(angle);
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
    fill(seed, stream, first, count, out, to_normal);
}

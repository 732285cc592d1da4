/* Random numbers: known answers, range, independence of the slice, of the stream and of the seed,
   and moments with bounds that follow from the number of draws. */
#include "support.h"

/* Philox4x32-10 from the paper (Salmon et al., SC'11, section 3.3), not from a library. */
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4], k[2] = {key[0], key[1]};
    memcpy(c, counter, sizeof c);
    for (int round = 0; round < 10; round++) {
        uint64_t even = UINT64_C(0xD2511F53) * c[0], odd = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = {(uint32_t)(odd >> 32) ^ c[1] ^ k[0], (uint32_t)odd,
                            (uint32_t)(even >> 32) ^ c[3] ^ k[1], (uint32_t)even};
        memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

/* The three vectors published with Random123 (kat_vectors, philox4x32 10). */
static void published_vectors(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < ARRAY_SIZE(vectors); k++) {
        uint32_t out[4];
        philox(vectors[k].counter, vectors[k].key, out);
        assert_memory_equal(out, vectors[k].out, sizeof out);
    }
}

/* Number k: two words of block k / 2, the second one the upper; its top 53 bits. */
static double expected_uniform(uint64_t seed, uint64_t stream, uint64_t number)
{
    uint64_t block = number / 2;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream,
                                 (uint32_t)(stream >> 32)};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t words[4];
    philox(counter, key, words);
    const uint32_t *half = words + 2 * (number % 2);
    return (double)(((uint64_t)half[1] << 32 | half[0]) >> 11) * 0x1p-53;
}

static void uniforms_are_philox(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 1, UINT64_C(0x299f31d0a4093822), UINT64_MAX};
    static const uint64_t streams[] = {0, 1, HAHN_STREAM_SHOTS, UINT64_C(0x0370734413198a2e),
                                       UINT64_MAX};
    static const uint64_t firsts[] = {0, 1, 7, UINT64_C(1) << 33, UINT64_MAX - 8};
    double out[5];
    for (size_t s = 0; s < ARRAY_SIZE(seeds); s++)
        for (size_t t = 0; t < ARRAY_SIZE(streams); t++)
            for (size_t f = 0; f < ARRAY_SIZE(firsts); f++) {
                hahn_random_uniform(seeds[s], streams[t], firsts[f], 5, out);
                for (uint64_t k = 0; k < 5; k++)
                    assert_true(out[k] == expected_uniform(seeds[s], streams[t], firsts[f] + k));
            }
}

/* Box and Muller on uniforms 2m and 2m + 1, to the rounding of log, sqrt and the cosine's argument:
   |x| < 9, since 1 - u is at least 2^-53. */
static void normals_are_box_muller(void **state)
{
    (void)state;
    double out[64];
    hahn_random_normal(11, 3, 0, 64, out);
    for (uint64_t m = 0; m < 32; m++) {
        double u = expected_uniform(11, 3, 2 * m), v = expected_uniform(11, 3, 2 * m + 1);
        long double radius = sqrtl(-2 * logl(1 - (long double)u)), turn = 2 * acosl(-1) * v;
        assert_within(out[2 * m], (double)(radius * cosl(turn)), 9 * 8 * 0x1p-53);
        assert_within(out[2 * m + 1], (double)(radius * sinl(turn)), 9 * 8 * 0x1p-53);
    }
}

static void slices_equal_the_whole(void **state)
{
    (void)state;
    enum { COUNT = 101 };
    static void (*const draw[])(uint64_t, uint64_t, uint64_t, int64_t,
                                double *) = {hahn_random_uniform, hahn_random_normal};
    for (int d = 0; d < 2; d++) {
        double whole[COUNT], slice[COUNT];
        draw[d](5, 9, 1000, COUNT, whole);
        for (int first = 0; first < COUNT; first++) {
            int64_t count = COUNT - first < 4 ? COUNT - first : 1 + first % 4;
            memset(slice, 0, sizeof slice);
            draw[d](5, 9, 1000 + (uint64_t)first, count, slice);
            assert_memory_equal(slice, whole + first, (size_t)count * sizeof *slice);
            assert_true(slice[count] == 0);
        }
    }
}

/* Mean and variance of N independent draws lie within 6 standard deviations of theirs, whose
   formulas these are (fourth moments: 1/80 uniform, 3 normal). */
static void moments(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    double *x = support_allocate(COUNT * sizeof *x), mean = 0, square = 0;
    hahn_random_uniform(support_seed(), 0, 0, COUNT, x);
    for (int k = 0; k < COUNT; k++) {
        assert_true(x[k] >= 0 && x[k] < 1);
        mean += x[k] / COUNT;
        square += (x[k] - 0.5) * (x[k] - 0.5) / COUNT;
    }
    assert_within(mean, 0.5, 6 * sqrt(1. / 12 / COUNT));
    assert_within(square, 1. / 12, 6 * sqrt((1. / 80 - 1. / 144) / COUNT));
    hahn_random_normal(support_seed(), 1, 0, COUNT, x);
    mean = square = 0;
    for (int k = 0; k < COUNT; k++) {
        assert_true(isfinite(x[k]));
        mean += x[k] / COUNT;
        square += x[k] * x[k] / COUNT;
    }
    assert_within(mean, 0, 6 * sqrt(1. / COUNT));
    assert_within(square, 1, 6 * sqrt(2. / COUNT));
    free(x);
}

/* Products of draws of two streams, two seeds, or two places average to 0: as 6 standard
 * deviations. */
static void streams_are_independent(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static const uint64_t other[][3] = {{1, 0, 0}, {0, 1, 0}, {0, HAHN_STREAM_SHOTS, 0}, {0, 0, 1}};
    uint64_t seed = support_seed();
    double *x = support_allocate(2 * COUNT * sizeof *x), *y = x + COUNT;
    hahn_random_uniform(seed, 0, 0, COUNT, x);
    for (size_t k = 0; k < ARRAY_SIZE(other); k++) {
        double correlation = 0;
        hahn_random_uniform(seed + other[k][0], other[k][1], other[k][2], COUNT, y);
        for (int j = 0; j < COUNT; j++)
            correlation += (x[j] - 0.5) * (y[j] - 0.5) / COUNT;
        assert_within(correlation, 0, 6. / 12 / sqrt(COUNT));
    }
    free(x);
}

static void nothing_asked_nothing_written(void **state)
{
    (void)state;
    double untouched = 42;
    hahn_random_uniform(1, 2, 3, 0, &untouched);
    hahn_random_normal(1, 2, 3, 0, &untouched);
    assert_true(untouched == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(uniforms_are_philox),
        cmocka_unit_test(normals_are_box_muller),
        cmocka_unit_test(slices_equal_the_whole),
        cmocka_unit_test(moments),
        cmocka_unit_test(streams_are_independent),
        cmocka_unit_test(nothing_asked_nothing_written),
    };
    return support_result(cmocka_run_group_tests_name("random numbers", tests, NULL, NULL));
}

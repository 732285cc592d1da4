#include "core/replay.h"

/* A D stage and the R stage after it are one visit of the state. */
static bool is_couple(const hahn_program *program, uint64_t k)
{
    return k + 1 < program->stages.count && hahn_program_stage(program, k)->kind == HAHN_STAGE_D &&
           hahn_program_stage(program, k + 1)->kind == HAHN_STAGE_R;
}

uint64_t hahn_cut_units(const hahn_program *program, uint64_t *ends)
{
    uint64_t units = 0;
    bool trainable = false; /* something in this unit */
    for (uint64_t k = 0; k < program->stages.count; k++) {
        trainable = trainable || hahn_program_stage(program, k)->trainable;
        if (k + 1 < program->stages.count && (!trainable || is_couple(program, k)))
            continue;
        if (ends)
            ends[units] = k + 1;
        units++;
        trainable = false;
    }
    return units;
}

/* C(s + k, k) from C(s + k - 1, k - 1), exact; saturates. */
static uint64_t next_binomial(uint64_t binomial, uint64_t s, uint64_t k)
{
    const uint64_t product = hahn_saturating_multiply(binomial, s + k);
    return product == UINT64_MAX ? product : product / k;
}

/* C(s + r, s): the longest chain of steps that s checkpoints reverse with each step run forward at
   most r times. 0 for r below 0. */
static uint64_t reach(uint64_t s, int64_t r)
{
    uint64_t binomial = r < 0 ? 0 : 1;
    for (int64_t k = 1; k <= r; k++)
        binomial = next_binomial(binomial, s, (uint64_t)k);
    return binomial;
}

/* The least r with reach(s, r) >= length: some sqrt(2 length) for s = 2, and fewer for more. */
static int64_t repetitions(uint64_t s, uint64_t length)
{
    int64_t r = 0;
    for (uint64_t binomial = 1; binomial < length; r++)
        binomial = next_binomial(binomial, s, (uint64_t)r + 1);
    return r;
}

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t maximum(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t hahn_replay_steps(uint64_t n, uint64_t kept)
{
    if (n == 0)
        return 0;
    if (kept == 0)
        return n % 2 ? hahn_saturating_multiply(n, (n + 1) / 2)
                     : hahn_saturating_multiply(n / 2, n + 1);
    const int64_t r = repetitions(kept + 1, n + 1);
    /* Equation (3) there: r l - beta(s + 1, r - 1) for l steps and s checkpoints. */
    return hahn_saturating_multiply((uint64_t)r, n + 1) - reach(kept + 2, r - 1);
}

/* t(l, s) has slope r in l between reach(s, r - 1) and reach(s, r), and m + t(l - m, s - 1) + t(m,
   s) is least where the slope left of m is one less than that right of it. All m between two bounds
   are as good; halfway between them fewer copies are made than at either. */
uint64_t hahn_replay_split(uint64_t n, uint64_t kept)
{
    if (kept == 0 || n < 2)
        return n;
    const uint64_t s = kept + 1, length = n + 1;
    const int64_t r = repetitions(s, length);
    const uint64_t most = minimum(reach(s, r - 1), length - reach(s - 1, r - 1));
    const uint64_t least = maximum(reach(s, r - 2), length - minimum(length, reach(s - 1, r)));
    return maximum(1, minimum(n - 1, least + (most - least) / 2));
}

/* Pseudo-random numbers for checks: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). They decide
   what is checked, so they do not come from the library that is being checked. */
#ifndef HAHN_VQE_BATTERY_RANDOM_HEADER
#define HAHN_VQE_BATTERY_RANDOM_HEADER

#include <stdint.h>

/** A generator; any seed will do. */
struct battery_random {
    uint64_t state;
};

/** The next 64 bits. */
static inline uint64_t battery_bits(struct battery_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/** A number of [low, high). */
static inline double battery_uniform(struct battery_random *random, double low, double high)
{
    return low + (high - low) * ((double)(battery_bits(random) >> 11) * 0x1p-53);
}

/** A number of 0 to bound - 1; bound is small, so the modulo's bias does not matter. */
static inline int battery_below(struct battery_random *random, int bound)
{
    return (int)(battery_bits(random) % (uint64_t)bound);
}

#endif

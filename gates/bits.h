/* Helpers on the bits of an index, for host and device alike. */
#ifndef HAHN_GATES_BITS_H
#define HAHN_GATES_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Callable on the host, and in CUDA sources on the device too. */
#ifdef __CUDACC__
#define HAHN_BOTH __host__ __device__
#else
#define HAHN_BOTH
#endif

HAHN_BOTH static inline uint64_t hahn_bit(int qubit)
{
    return (uint64_t)1 << qubit;
}

HAHN_BOTH static inline int hahn_parity(uint64_t bits)
{
#ifdef __CUDACC__
    return __builtin_popcountll(bits) & 1; /* the device has no instruction for parities */
#else
    return __builtin_parityll(bits);
#endif
}

/* Bits of `index` where `tile` has bits, moved together: the index within a tile. */
HAHN_BOTH static inline uint64_t hahn_compress(uint64_t index, uint64_t tile)
{
    uint64_t within = 0;
    for (uint64_t rest = index & tile; rest; rest &= rest - 1)
        within |= hahn_bit(__builtin_popcountll(tile & ((rest & -rest) - 1)));
    return within;
}

/* The other way: bits of `within` moved to where `tile` has bits. */
HAHN_BOTH static inline uint64_t hahn_deposit(uint64_t within, uint64_t tile)
{
    uint64_t index = 0;
    for (; within && tile; tile &= tile - 1, within >>= 1)
        index |= within & 1 ? tile & -tile : 0;
    return index;
}

#endif

/* Counter-based random numbers: Philox4x32-10 (Salmon et al., SC'11), one stream for each use, the
   same on every machine, backend and number of threads. Number k of a stream needs no other. */
#ifndef HAHN_RANDOM_HEADER
#define HAHN_RANDOM_HEADER

#include <hahn/status.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Streams below 2^32 are the caller's (hahn train: start b of a batch is stream b); the library's
    own uses have the ones above. */
#define HAHN_STREAM_SHOTS     ((uint64_t)1 << 32)
#define HAHN_STREAM_ESTIMATES ((uint64_t)1 << 63) /* and all after it: hahn_sampler */
#define HAHN_STREAM_SPSA      ((uint64_t)2 << 32) /* and the 2^32 - 1 after it */
#define HAHN_STREAM_STARTS    ((uint64_t)3 << 32) /* and after it: hahn_workspace_random_starts */

/** count numbers, uniform in [0, 1), 53 bits each, from number `first` of the stream on. Number k
   is half (k mod 2) of Philox block k / 2 with the seed as key and the stream in the upper half of
   the counter: what cuRAND's Philox4_32_10 gives for (seed, subsequence = stream, offset = 4
   (k/2)). */
HAHN_API void hahn_random_uniform(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                                  double *out);

/** count standard normal numbers by Box and Muller: 2m and 2m + 1 from uniforms 2m and 2m + 1. On a
    device they differ by 16 u |x| at most, u = 2^-53: its log, cosine and sine round in other ways.
 */
HAHN_API void hahn_random_normal(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                                 double *out);

#ifdef __cplusplus
}
#endif
#endif

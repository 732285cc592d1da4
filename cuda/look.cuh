/* Derivatives by the angles of a pass's terms, from w_j = Im(conj(lambda_j) psi_j).

   For a Z string it is the sum of w_j (-1)^parity(j & mask), an entry of the Walsh-Hadamard
   transform of w. Three of its steps are done among the amplitudes that a thread holds, five
   between the lanes of a warp; warps leave what they have in shared memory, and one thread for each
   slot adds it up with its signs, in the order of warps. */
#ifndef HAHN_CUDA_LOOK_CUH
#define HAHN_CUDA_LOOK_CUH

#include "cuda/rotation.cuh"

/* Of a block: for each warp a transform, and sums for rotations. */
typedef struct look_memory {
    double *transform; /* [warp][r][lane] */
    double *rotation;  /* [warp][held bit], HAHN_HELD of them */
} look_memory;

__device__ static __forceinline__ void transform_held(double w[HAHN_HELD])
{
    HAHN_UNROLL
    for (int half = 1; half < HAHN_HELD; half *= 2)
        HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        if (!(r & half)) {
            const double x = w[r], y = w[r | half];
            w[r] = x + y;
            w[r | half] = x - y;
        }
}

/* Whole transforms of a warp's w, left in shared memory. */
__device__ static __forceinline__ void leave_transform(const look_memory *l, double w[HAHN_HELD])
{
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    transform_held(w);
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        HAHN_UNROLL
        for (int step = 1; step < 32; step *= 2) {
            const double other = __shfl_xor_sync(EACH_LANE, w[r], step);
            w[r] = lane & (unsigned)step ? other - w[r] : other + w[r];
        }
        l->transform[(warp * HAHN_HELD + (unsigned)r) * 32 + lane] = w[r];
    }
}

/* The sum of w over the block, each with the sign (-1)^parity(j & mask). */
__device__ static double transform_at(const hahn_pass *pass, const look_memory *l, unsigned mask)
{
    const unsigned r = number_bits(pass, mask), bits = thread_bits(pass, mask);
    double sum = 0;
    for (unsigned warp = 0; warp < blockDim.x / 32; warp++) {
        const double own = l->transform[(warp * HAHN_HELD + r) * 32 + bits % 32];
        sum += __popc(warp & bits / 32) & 1 ? -own : own;
    }
    return sum;
}

/* -2 times the sum of w over the j that hold all bits of the mask: the indicator of them is the
   product of (1 - (-1)^bit) / 2, a sum over the mask's parts. */
__device__ static double corner_look(const hahn_pass *pass, const look_memory *l, unsigned mask)
{
    double sum = 0;
    for (unsigned part = mask;; part = (part - 1) & mask) {
        const double own = transform_at(pass, l, part);
        sum += __popc(part) & 1 ? -own : own;
        if (!part)
            break;
    }
    return -2 * sum / (double)(1u << __popc(mask));
}

/* The derivative of slot k of the pass, on this tile. */
__device__ static double look_of(const hahn_pass *pass, const slots *s, const look_memory *l,
                                 uint64_t base, unsigned k)
{
    const hahn_turn *t = &s->turns[k];
    const unsigned strings = pass->end[HAHN_HELD - 1], diagonal = pass->end[HAHN_CLASSES - 1];
    if (k < strings) {
        const double sum = transform_at(pass, l, t->mask);
        return __popcll(t->outside & base) & 1 ? -sum : sum;
    }
    if (k < diagonal)
        return (t->outside & base) == t->outside ? corner_look(pass, l, t->mask) : 0;
    double sum = 0;
    unsigned held = 0;
    while (!(pass->rotated >> held & 1) || rotation_slot(pass, (int)held) != k)
        held++;
    for (unsigned warp = 0; warp < blockDim.x / 32; warp++)
        sum += l->rotation[warp * HAHN_HELD + held];
    return sum;
}

#endif

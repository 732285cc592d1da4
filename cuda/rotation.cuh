/* R stages: rotations along the held bits. */
#ifndef HAHN_CUDA_ROTATION_CUH
#define HAHN_CUDA_ROTATION_CUH

#include "cuda/diagonal.cuh"

/* Rotate along held bit k by (c, s), where the controls hold. */
__device__ static __forceinline__ void rotate_held(const hahn_pass *pass, const hahn_turn *t,
                                                   uint64_t base, unsigned first, int k, real c,
                                                   real s, amplitude a[HAHN_HELD])
{
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        if (r >> k & 1)
            continue;
        const bool on = has_all(t, base, first | held_bits(pass, r));
        const amplitude x = a[r], y = a[r | 1 << k];
        const real own_c = on ? c : 1, own_s = on ? s : 0;
        a[r] = make_amplitude(own_c * x.x - own_s * y.x, own_c * x.y - own_s * y.y);
        a[r | 1 << k] = make_amplitude(own_s * x.x + own_c * y.x, own_s * x.y + own_c * y.y);
    }
}

/* Re(conj(lambda_1) psi_0) - Re(conj(lambda_0) psi_1) over the held pairs. */
__device__ static __forceinline__ real look_held(const hahn_pass *pass, const hahn_turn *t,
                                                 uint64_t base, unsigned first, int k,
                                                 const amplitude psi[HAHN_HELD],
                                                 const amplitude lambda[HAHN_HELD])
{
    real sum = 0;
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++) {
        if (r >> k & 1)
            continue;
        const bool on = has_all(t, base, first | held_bits(pass, r));
        const int other = r | 1 << k;
        sum += on ? inner_re(lambda[other], psi[r]) - inner_re(lambda[r], psi[other]) : 0;
    }
    return sum;
}

/* Slot of the rotation along held bit k, among those of the pass. */
__device__ static __forceinline__ unsigned rotation_slot(const hahn_pass *pass, int k)
{
    return pass->end[HAHN_CLASSES - 1] + __popc(pass->rotated & ((1u << k) - 1));
}

#endif

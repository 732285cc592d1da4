/* What each source of an observable adds to an amplitude; how that is planned stands in
   core/observable_plan.h. */
#ifndef HAHN_CUDA_OBSERVE_CUH
#define HAHN_CUDA_OBSERVE_CUH

#include "cuda/gpu.cuh"

/* What a lane is measured with. */
__device__ static __forceinline__ hahn_sum sum_of(const hahn_cycle *turns, const hahn_sum *own,
                                                  uint64_t lane)
{
    const hahn_sum *sums = (const hahn_sum *)turns->items;
    return sums ? sums[turn_of(turns, lane)] : *own;
}

/* The sum of the signs' values at amplitude i. */
__device__ static double by_signs(const hahn_factor_sign *sign, uint64_t count, uint64_t i)
{
    double sum = 0;
    for (uint64_t k = 0; k < count; k++)
        sum += __popcll(i & sign[k].z) & 1 ? -sign[k].value : sign[k].value;
    return sum;
}

/* The factor of a source at amplitude i of the block that it is added to. */
__device__ static double factor_at(const hahn_sum *sum, const hahn_source *source, uint64_t i)
{
    const hahn_factor_sign *signs = sum->signs + source->first_sign;
    const uint64_t inside = i & (hahn_bit(HAHN_OBSERVE_QUBITS) - 1), base = i ^ inside;
    const real *numbers = (const real *)sum->numbers + source->first;
    const uint64_t repeated = inside & (hahn_bit(source->qubits) - 1);
    if (source->way == HAHN_BY_PATTERN)
        return by_signs(signs, source->signs, base) * numbers[repeated];
    if (source->way == HAHN_BY_SIGNS)
        return by_signs(signs, source->signs, i);
    const uint64_t parities = hahn_source_parities(source, base);
    const double factor = numbers[parities << source->qubits | repeated];
    return __popcll(base & source->outside) & 1 ? -factor : factor;
}

/* What a source adds to amplitude j, made of amplitude j ^ source->x. The bits of x inside of a
   unit move amplitudes after the factor is taken, the others before. */
__device__ static amplitude inflow(const hahn_sum *sum, const hahn_source *source, amplitude from,
                                   uint64_t j)
{
    const uint64_t inside = source->x & (hahn_bit(HAHN_UNIT_QUBITS) - 1);
    const real factor = (real)factor_at(sum, source, j ^ inside);
    return source->imaginary ? make_amplitude(-factor * from.y, factor * from.x)
                             : make_amplitude(factor * from.x, factor * from.y);
}

__device__ static __forceinline__ amplitude plus(amplitude a, amplitude b)
{
    return make_amplitude(a.x + b.x, a.y + b.y);
}

#endif

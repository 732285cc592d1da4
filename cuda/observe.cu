/* O psi and <psi|O|psi>; how it is planned stands in core/observable_plan.h. */
#include "cuda/gpu.cuh"

#define THREADS 256

/* The sum of the signs' values at amplitude i. */
__device__ static double by_signs(const hahn_factor_sign *sign, uint64_t count, uint64_t i)
{
    double sum = 0;
    for (uint64_t k = 0; k < count; k++)
        sum += __popcll(i & sign[k].z) & 1 ? -sign[k].value : sign[k].value;
    return sum;
}

/* The factor of a source at amplitude i of the block that it is added to. */
__device__ static double factor_at(const hahn_image *image, const hahn_source *source, uint64_t i)
{
    const hahn_factor_sign *signs = image->signs + source->first_sign;
    const uint64_t inside = i & (hahn_bit(HAHN_OBSERVE_QUBITS) - 1), base = i ^ inside;
    const real *numbers = (const real *)image->numbers + source->first;
    const uint64_t repeated = inside & (hahn_bit(source->qubits) - 1);
    if (source->way == HAHN_BY_PATTERN)
        return by_signs(signs, source->signs, base) * numbers[repeated];
    if (source->way == HAHN_BY_SIGNS)
        return by_signs(signs, source->signs, i);
    const uint64_t parities = hahn_source_parities(source, base);
    const double factor = numbers[parities << source->qubits | repeated];
    return __popcll(base & source->outside) & 1 ? -factor : factor;
}

/* What a source adds to amplitude j. Its bits inside of a unit move amplitudes after the factor is
   taken, the others before. */
__device__ static amplitude inflow(const hahn_image *image, const hahn_source *source,
                                   const amplitude *psi, uint64_t j)
{
    const uint64_t inside = source->x & (hahn_bit(HAHN_UNIT_QUBITS) - 1), i = j ^ inside;
    const amplitude from = psi[j ^ source->x];
    const real factor = (real)factor_at(image, source, i);
    return source->imaginary ? make_amplitude(-factor * from.y, factor * from.x)
                             : make_amplitude(factor * from.x, factor * from.y);
}

/* A block for each part of each lane. */
__global__ static void __launch_bounds__(THREADS)
    observe_part(const __grid_constant__ hahn_observation o)
{
    const uint64_t size = hahn_bit(o.qubits) / o.count;
    const uint64_t lane = blockIdx.x / o.count, first = blockIdx.x % o.count * size;
    const amplitude *psi = (const amplitude *)o.psi + (lane << o.qubits);
    amplitude *lambda = (amplitude *)o.lambda;
    double energy = 0;
    for (uint64_t j = first + threadIdx.x; j < first + size; j += THREADS) {
        amplitude sum = make_amplitude(0, 0);
        for (uint64_t s = 0; s < o.sources; s++) {
            const amplitude more = inflow(&o.image, &o.image.sources[s], psi, j);
            sum = make_amplitude(sum.x + more.x, sum.y + more.y);
        }
        energy += (double)sum.x * psi[j].x + (double)sum.y * psi[j].y;
        if (lambda)
            lambda[(lane << o.qubits) + j] = sum;
    }
    energy = block_sum(energy);
    if (threadIdx.x == 0)
        o.parts[blockIdx.x] = energy;
}

extern "C" int HAHN_ENTRY(observe)(const hahn_observation *o)
{
    HAHN_LAUNCH(observe_part, dim3((unsigned)(o->count * (uint64_t)o->lanes)), dim3(THREADS), 0,
                *o);
    return cudaGetLastError();
}

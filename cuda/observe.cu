/* O psi and <psi|O|psi> of states in device memory. */
#include "cuda/observe.cuh"

#define THREADS 256

/* A block for each part of each lane. */
__global__ static void __launch_bounds__(THREADS)
    observe_part(const __grid_constant__ hahn_observation o)
{
    const uint64_t size = hahn_bit(o.qubits) / o.count;
    const uint64_t lane = blockIdx.x / o.count, first = blockIdx.x % o.count * size;
    const amplitude *psi = (const amplitude *)o.psi + (lane << o.qubits);
    const hahn_sum observable = sum_of(&o.sums, &o.own, lane);
    amplitude *lambda = (amplitude *)o.lambda;
    double energy = 0;
    for (uint64_t j = first + threadIdx.x; j < first + size; j += THREADS) {
        amplitude sum = make_amplitude(0, 0);
        for (uint64_t s = 0; s < observable.count; s++) {
            const hahn_source *source = &observable.sources[s];
            sum = plus(sum, inflow(&observable, source, psi[j ^ source->x], j));
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

/* How fast the angles of slots change along directions of parameters: what tangents begin with. */
#include "cuda/gpu.cuh"

#define THREADS 128

/* How fast the angle of a slot changes along the direction of a lane. */
__device__ static double rate_of(const hahn_cuda_course *c, uint64_t lane, uint64_t slot)
{
    const hahn_term *term = &c->image.terms[slot];
    double sum = 0;
    for (uint64_t k = 0; k < term->members; k++) {
        const hahn_member *member = &c->image.members[term->first_member + k];
        if (c->directions)
            sum += member->scale *
                   c->directions[lane * (uint64_t)c->parameters + (uint64_t)member->index];
        else
            sum += (uint64_t)member->index == c->first + lane ? member->scale : 0;
    }
    return term->kind == HAHN_PHASE ? sum : 0.5 * sum;
}

__global__ static void __launch_bounds__(THREADS)
    rate_slots(const __grid_constant__ hahn_cuda_course c, uint64_t total)
{
    const uint64_t number = thread_number();
    if (number < total)
        ((real *)c.rates)[number] = (real)rate_of(&c, number / c.slots, number % c.slots);
}

extern "C" int HAHN_ENTRY(rate)(const hahn_cuda_course *c)
{
    const uint64_t total = c->slots * (uint64_t)c->lanes;
    if (!total)
        return 0;
    HAHN_LAUNCH(rate_slots, dim3((unsigned)((total + THREADS - 1) / THREADS)), dim3(THREADS), 0, *c,
                total);
    return cudaGetLastError();
}

/* Binding: from parameters, which stay on the device, to the coefficients of all slots. */
#include "core/cpu/rounding.h"
#include "core/cpu/sincos.h"
#include "cuda/gpu.cuh"

#define THREADS 32

/* Slots that a thread does, one after another. It has accounts of its own of what their roundings
   owe: with fewer slots they would never be settled, and circuits of one fixed angle would drift.
 */
#define CHAIN_SLOTS 32

/* Threads of a lane; as many for every batch, so that results do not depend on it. */
#define MOST_CHAINS UINT64_C(8192)

static uint64_t chains_of(uint64_t slots)
{
    const uint64_t chains = (slots / CHAIN_SLOTS + THREADS - 1) / THREADS * THREADS;
    if (chains < THREADS)
        return THREADS;
    return chains < MOST_CHAINS ? chains : MOST_CHAINS;
}

/* The angle of a slot, as a sum of two numbers. */
__device__ static dd angle_of(const hahn_cuda_binding *b, uint64_t slot, const double *theta)
{
    const hahn_term *term = &b->image.terms[slot];
    hahn_angle angle = {term->offset, term->offset_rest};
    for (uint64_t k = 0; k < term->members; k++) {
        const hahn_member *member = &b->image.members[term->first_member + k];
        angle = hahn_angle_add(angle, member->scale, theta[member->index]);
    }
    if (slot == b->shifted)
        angle = hahn_angle_add(angle, 1, b->delta);
    return two_sum(angle.value, angle.rest);
}

/* What is too large for the polynomials is known to fewer digits than the library's errors. The
   rest of a large number may be of any size, too. */
__device__ static void far_sine_cosine(dd angle, dd *sine, dd *cosine)
{
    double s, c, x, y;
    sincos(angle.hi, &s, &c);
    sincos(angle.lo, &x, &y);
    *sine = two_sum(s * y, c * x);
    *cosine = two_sum(c * y, -s * x);
}

/* A thread takes every `chains`th slot: neighbours stand side by side. */
__global__ static void __launch_bounds__(THREADS)
    bind_slots(const __grid_constant__ hahn_cuda_binding b, uint64_t chains)
{
    const uint64_t lane = thread_number() / chains, chain = thread_number() % chains;
    const double *theta = b.thetas + lane * (uint64_t)b.parameters;
    amplitude *out = (amplitude *)b.coefficients + lane * b.slots;
    /* Chains end with something owed, and if they began alike with the same sign. So many of them
       begin anywhere within a step of roundings. */
    const double owed = chains > THREADS ? SPACING * (2 * toss_of((uint32_t)chain) - 1) : 0;
    double whole = owed, part = owed;
    for (uint64_t slot = chain; slot < b.slots; slot += chains) {
        const hahn_term *term = &b.image.terms[slot];
        const bool turns_part = term->kind == HAHN_PHASE || term->control;
        const dd full = angle_of(&b, slot, theta);
        const dd angle = dd_scale(term->kind == HAHN_PHASE ? 1 : 0.5, full);
        dd sine, cosine;
        if (!isfinite(full.hi))
            atomicOr(b.faulty, 1);
        if (fabs(angle.hi) < HAHN_FAR_ANGLE)
            sine_cosine(angle, &sine, &cosine);
        else
            far_sine_cosine(angle, &sine, &cosine);
        const rotor r =
            round_pair(cosine, sine, toss_of((uint32_t)slot), turns_part ? part : whole);
        part += turns_part ? r.excess : 0;
        whole += turns_part ? 0 : r.excess;
        out[slot] = make_amplitude((real)r.c, (real)r.s);
    }
}

extern "C" int HAHN_ENTRY(bind)(const hahn_cuda_binding *b)
{
    const uint64_t chains = chains_of(b->slots);
    if (!b->slots)
        return 0;
    HAHN_LAUNCH(bind_slots, dim3((unsigned)(chains / THREADS * (uint64_t)b->lanes)), dim3(THREADS),
                0, *b, chains);
    return cudaGetLastError();
}

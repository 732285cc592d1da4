/* P stages: a gather where the state fits a tile, flip by flip where it does not. */
#ifndef HAHN_CORE_CPU_PERMUTATION_H
#define HAHN_CORE_CPU_PERMUTATION_H

#include "core/cpu/vector.h"

/* Gather the whole state, which fits a tile, into the scratch array; the two change places. */
static void gather(const hahn_program *program, hahn_lane *lane, hahn_split *state,
                   const uint16_t *source)
{
    const real *re = state->re, *im = state->im;
    real *to_re = lane->scratch.re, *to_im = lane->scratch.im;
    for (uint64_t j = 0; j < hahn_bit(program->qubits); j++) {
        to_re[j] = re[source[j]];
        to_im[j] = im[source[j]];
    }
    const hahn_split old = *state;
    *state = lane->scratch;
    lane->scratch = old;
}

/* One flip on the chunk's share of pairs (j, j ^ mask), j without the mask's highest bit. */
static void flip(const hahn_program *program, const hahn_flip *f, hahn_split state, uint64_t chunk)
{
    real *re = state.re, *im = state.im;
    const int top = 63 - __builtin_clzll(f->mask);
    const uint64_t share = chunk_size(program) / 2;
    for (uint64_t k = chunk * share; k < (chunk + 1) * share; k++) {
        const uint64_t j0 = lower_of(k, top), j1 = j0 ^ f->mask;
        if ((j0 & f->control) != f->control)
            continue;
        const real x = re[j0], y = im[j0];
        re[j0] = re[j1];
        im[j0] = im[j1];
        re[j1] = x;
        im[j1] = y;
    }
}

static void permute(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                    hahn_split *state, bool backward, uint64_t pass, uint64_t chunk)
{
    if (stage->table == HAHN_NO_TABLE)
        flip(program, (const hahn_flip *)program->flips.data + stage->first + pass, *state, chunk);
    else
        gather(program, lane, state,
               (const uint16_t *)program->tables.data + stage->table +
                   (backward ? hahn_bit(program->qubits) : 0));
}

#endif

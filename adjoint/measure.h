/* Measuring a Pauli sum: which terms go together, and what so many shots of a state say. */
#ifndef HAHN_ADJOINT_MEASURE_H
#define HAHN_ADJOINT_MEASURE_H

#include "core/program.h"
#include <hahn/random.h>

typedef struct hahn_measured_term {
    double coefficient;
    uint64_t x, z; /* letters, as in hahn_pauli_term */
    uint64_t group;
} hahn_measured_term;

/* Terms with no two different letters on one qubit. */
typedef struct hahn_measured_group {
    uint64_t x, z; /* letters of all of them */
    uint64_t first, count;
    double weight; /* sum of |coefficient| */
} hahn_measured_group;

typedef struct hahn_measurement {
    hahn_array terms;  /* hahn_measured_term, group by group */
    hahn_array groups; /* hahn_measured_group */
    double constant;   /* coefficient of the identity */
    double weight;
} hahn_measurement;

/* Group the terms of a sum. *out must be all zero; on failure it is again. */
hahn_status hahn_measurement_build(hahn_engine *engine, const hahn_pauli_sum *sum,
                                   hahn_measurement *out);
void hahn_measurement_release(hahn_engine *engine, hahn_measurement *measurement);

/* Shots of group `index` where there are `shots` in all, at least two for each group. */
int64_t hahn_measurement_share(const hahn_measurement *measurement, uint64_t index, int64_t shots);

/* See hahn_sampler_info.sound_shots. */
int64_t hahn_measurement_sound_shots(const hahn_measurement *measurement);

/* Mean of a group's value over so many shots, and the variance of that mean, from uniforms of the
   stream. psi holds 2^qubits complex numbers, interleaved; so does `work`, which is used up. */
void hahn_measure_group(const hahn_measurement *measurement, uint64_t index, int qubits,
                        const double *psi, double *work, uint64_t seed, uint64_t stream,
                        int64_t shots, double *mean, double *variance);

#endif

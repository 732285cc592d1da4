/* Energies and gradients as an experiment would find them: from a finite number of measurements,
   with standard errors. */
#ifndef HAHN_SAMPLER_HEADER
#define HAHN_SAMPLER_HEADER

#include <hahn/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the observable of a workspace's program is measured: its terms in groups that commute qubit
    by qubit, each measured in one setting of the qubits' axes. Groups are made by sorted insertion:
    terms from the largest coefficient down, each into the first group that it fits (Crawford et
   al., Quantum 5 (2021) 385, arXiv:1908.06942). */
typedef struct hahn_sampler hahn_sampler;

/** Create for a workspace, which must outlive it and may be used for other runs in between. Needs
    two states of double precision. HAHN_ERR_ARGUMENT without an observable. */
HAHN_API hahn_status hahn_sampler_create(hahn_workspace *workspace, hahn_sampler **out);
/** Destroy a sampler. NULL is fine. */
HAHN_API void hahn_sampler_destroy(hahn_sampler *sampler);

typedef struct hahn_sampler_info {
    int64_t groups;      /* settings to measure in; the identity needs none */
    int64_t least_shots; /* two for each, so that there is a standard error */
    /* From here on each setting of a sixteenth of the heaviest's weight or more is measured 10
       times, so that the standard error is itself known to a fourth, 1 / sqrt(2 (10 - 1)). From
       fewer it means little: two equal outcomes make it 0. */
    int64_t sound_shots;
    /* Sum over the groups of their sum of |coefficient|, W: shots are shared out in proportion,
       which makes the bound on the standard error least, W / sqrt(shots). */
    double weight;
    uint64_t bytes; /* that hahn_sampler_create allocates */
} hahn_sampler_info;

HAHN_API hahn_status hahn_sampler_describe(const hahn_sampler *sampler, hahn_sampler_info *info);

typedef struct hahn_estimate {
    double value, error; /* and its standard error, from the scatter of the shots */
    int64_t shots;       /* measurements made; saturates at INT64_MAX */
} hahn_estimate;

/** Hours of one energy, for an error of a millionth of the weight. */
#define HAHN_MOST_SHOTS (INT64_C(1) << 40)

/** How much is measured. */
typedef struct hahn_shots {
    int64_t shots; /* measurements for each energy, info.least_shots to HAHN_MOST_SHOTS */
    uint64_t seed; /* decides their outcomes, with the state and the number of shots */
    /* Components of the gradient to estimate; the others get 0. A count of 0: all from `first` on.
     */
    int64_t first, count;
} hahn_shots;

/** Estimate the energy. HAHN_ERR_ARGUMENT if the shots are too few or too many. */
HAHN_API hahn_status hahn_sampled_energy(hahn_sampler *sampler, const hahn_shots *shots,
                                         const double *theta, hahn_estimate *energy);

/** Estimate the gradient by parameter shift, each shifted energy from shots of its own: gradient
   and errors (may be NULL) get `parameters` numbers. *energy (may be NULL) gets an estimate from as
   many more, and the shots of all. */
HAHN_API hahn_status hahn_sampled_gradient(hahn_sampler *sampler, const hahn_shots *shots,
                                           const double *theta, hahn_estimate *energy,
                                           double *gradient, double *errors);

#ifdef __cplusplus
}
#endif
#endif

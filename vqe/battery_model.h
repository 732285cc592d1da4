/* Models: short circuits and Pauli sums that both sides understand. The library gets them through
   its public functions, the dense reference through its definitions. */
#ifndef HAHN_VQE_BATTERY_MODEL_HEADER
#define HAHN_VQE_BATTERY_MODEL_HEADER

#include "vqe/battery_random.h"
#include "vqe/dense.h"
#include <hahn/hahn.h>

enum {
    MODEL_MAX_QUBITS = 14,
    MODEL_MAX_GATES = 64,
    MODEL_MAX_TERMS = 24,
    MODEL_MAX_PARAMETERS = 16,
    MODEL_MAX_CONTROLS = 4 /* further ones, beside the gate's own */
};

/** One gate of a circuit. */
struct model_gate {
    hahn_gate gate;
    int targets;                  /* also where the row leaves it open */
    int qubits[MODEL_MAX_QUBITS]; /* the gate's own controls, then its targets */
    hahn_param params[3];
    int controls;
    int control[MODEL_MAX_CONTROLS];
    int value[MODEL_MAX_CONTROLS];
    char paulis[DENSE_MAX_TARGETS + 1]; /* of a Pauli rotation */
    uint64_t unitary_seed;              /* of a dense unitary */
};

/** A circuit. Zero is the empty one on no qubits. */
struct model {
    int qubits;
    int gates;
    struct model_gate gate[MODEL_MAX_GATES];
};

/** A Pauli sum. */
struct model_sum {
    int terms;
    struct dense_term term[MODEL_MAX_TERMS];
};

/** What the library makes of a model and a sum. */
struct model_objects {
    hahn_circuit *circuit;
    hahn_observable *observable; /* NULL without a sum */
    hahn_program *program;
    hahn_workspace *workspace;
};

/** Append the gate to a circuit of the library. */
hahn_status model_append(const struct model_gate *gate, hahn_circuit *circuit);

/** Make the library's circuit of a model. */
hahn_status model_circuit(const struct model *model, hahn_engine *engine, hahn_circuit **out);

/** Make the library's observable of a sum. */
hahn_status model_observable(const struct model_sum *sum, int qubits, hahn_engine *engine,
                             hahn_observable **out);

/** Make everything needed to run a model; `sum` and `start` (2^qubits interleaved amplitudes) may
   be NULL. To be released only if HAHN_OK. */
hahn_status model_compile(const struct model *model, const struct model_sum *sum,
                          const double *start, hahn_engine *engine, int64_t lanes,
                          hahn_purpose purpose, struct model_objects *out);

/** Destroy them. */
void model_release(struct model_objects *objects);

/** Apply one gate to a dense state of `qubits` qubits; theta is the parameter vector. */
void model_apply(const struct model_gate *gate, const long double *theta, int qubits,
                 dense_complex *state);

/** Apply all gates of a model. */
void model_run(const struct model *model, const long double *theta, dense_complex *state);

/** A gate of the given row on random distinct qubits, with random fixed angles and exactly
    `controls` further controls. Returns 0 if the row needs more qubits than there are. */
int model_random_gate(struct battery_random *random, hahn_gate gate, int qubits, int controls,
                      struct model_gate *out);

/** `gates` random gates with 0 to 2 further controls on 1 to MODEL_MAX_QUBITS qubits. Of the angles
    every second one or so is an affine expression in one of `parameters` parameters. */
void model_random(struct battery_random *random, int qubits, int gates, int parameters,
                  struct model *out);

/** `terms` random Pauli strings with coefficients in [-1, 1); the first is the identity. */
void model_random_sum(struct battery_random *random, int qubits, int terms, struct model_sum *out);

/** A random state of norm 1 on both sides, no two amplitudes alike: 2^qubits numbers each. */
void model_random_state(struct battery_random *random, int qubits, dense_complex *state,
                        double *amplitudes);

/** Sum of the coefficients' magnitudes: a bound on the operator's norm. */
double model_sum_norm(const struct model_sum *sum);

/** Largest sum, over one parameter's uses, of |scale|: what its derivative may grow by. */
double model_largest_scale(const struct model *model, int parameters);

/** dE/dtheta of the dense reference by differences of eight points, to some 1e-15 times the sum of
    |coefficients| as long as a parameter's scales sum to no more than 10: `start` and `parameters`
    angles in, `parameters` derivatives out. */
void model_gradient(const struct model *model, const struct model_sum *sum,
                    const dense_complex *start, int parameters, const double *theta,
                    double *gradient);

#endif

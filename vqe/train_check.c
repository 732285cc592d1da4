/* --check-grad: some components of the adjoint gradient against parameter shift. */
#include "train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A stream of random numbers that no start of a batch draws from. */
#define CHECK_STREAM UINT32_MAX

/* Sum of |scale| over the uses of parameter `index` in the circuit. */
static double total_scale(const hahn_circuit *circuit, int64_t index)
{
    double sum = 0;
    for (int64_t g = 0; g < hahn_circuit_gates(circuit); g++) {
        hahn_placed_gate gate = {0};
        hahn_circuit_gate(circuit, g, &gate);
        for (int p = 0; p < gate.param_count; p++)
            if (gate.params[p].index == index)
                sum += fabs(gate.params[p].scale);
    }
    return sum;
}

/* Sum of the coefficients' magnitudes: a bound on the observable's norm. */
static double norm_bound(const hahn_observable *observable)
{
    double sum = 0, coefficient;
    uint64_t x, z;
    for (int64_t i = 0; i < hahn_observable_terms(observable); i++)
        if (hahn_observable_term(observable, i, &coefficient, &x, &z) == HAHN_OK)
            sum += fabs(coefficient);
    return sum;
}

/* What rounding explains. The derivative is 2 scale Im <lambda|G|psi> with |G| <= 1, and after
   forward and backward pass psi is off by the state error 8 u sqrt(2 G + 1), lambda by N times
   that: together 4 N scale times it. Two energies of half a turn's distance are off by no more. */
static double tolerance(const struct trainer *t, int64_t index)
{
    double u = t->problem.options.precision == HAHN_F32 ? 0x1p-24 : 0x1p-53;
    double state = 8 * u * sqrt(2 * (double)t->program.primitives + 1);
    return 2 * 4 * norm_bound(t->problem.observable) * total_scale(t->problem.circuit, index) *
           state;
}

static bool compare(struct trainer *t, int64_t index, bool *agree, struct failure *f)
{
    double shift, most = tolerance(t, index), difference;
    hahn_status status = hahn_gradient_component(t->workspace, t->state.theta, index, &shift);

    if (status != HAHN_OK)
        return fail_engine(f, status, t->problem.engine, "--check-grad");
    difference = fabs(t->gradient[index] - shift);
    *agree = difference <= most;
    if (!t->problem.options.quiet || !*agree)
        fprintf(stderr, "%12" PRId64 "  %22.15g  %22.15g  %10.2g  %10.2g%s\n", index,
                t->gradient[index], shift, difference, most, *agree ? "" : "  DIFFERS");
    return true;
}

/* Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): each set of `count` indices is equally
   likely, and they come in order. */
static bool compare_some(struct trainer *t, int64_t count, int64_t *differing, struct failure *f)
{
    int64_t parameters = t->problem.parameters;
    for (int64_t index = 0; index < parameters && count > 0; index++) {
        double u;
        bool agree = true;
        hahn_random_uniform(t->problem.options.seed, CHECK_STREAM, (uint64_t)index, 1, &u);
        if (!((double)(parameters - index) * u < (double)count))
            continue;
        if (!compare(t, index, &agree, f))
            return false;
        *differing += !agree;
        count--;
    }
    return true;
}

bool train_check_gradient(struct trainer *t, struct failure *f)
{
    int64_t differing = 0, count = t->options.check_gradient;
    struct evaluation e;

    if (count > t->problem.parameters)
        count = t->problem.parameters;
    if (!train_evaluate(t, t->state.theta, t->gradient, &e, f))
        return false;
    if (!t->problem.options.quiet)
        fprintf(stderr, "%12s  %22s  %22s  %10s  %10s\n", "parameter", "adjoint", "shift",
                "difference", "tolerance");
    if (!compare_some(t, count, &differing, f))
        return false;
    return differing == 0 ||
           fail(f, CLI_FAILED,
                "--check-grad: %" PRId64 " of %" PRId64
                " gradient components differ from parameter "
                "shift by more than rounding explains: 'hahn selftest' may tell more",
                differing, count);
}

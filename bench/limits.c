#include "limits.h"

#include <math.h>

/* A dozen qubits and both states are 128 KiB, which any L2 holds. */
#define SWEEP_QUBITS 12

/* Multiply-adds for each amplitude and rotor layer of the variational circuit on n qubits, as
   docs/performance.md derives them.

   Forward: a rotation of one qubit by tan(angle/2) takes one for the real part and one for the
   imaginary, 2 n; each of the two diagonal stages of a layer takes two complex products, one to
   make the factor and one to apply it, 2 (4 + 4). Backward: both states are rotated, and each qubit
   takes 2 more for the look at them, 6 n; each diagonal stage makes its factor, applies it to both
   states, looks, and folds what it saw into a sum for each qubit, 2 (4 + 8 + 2 + 6). */
static double forward_operations(double n)
{
    return 2 * n + 16;
}

static double gradient_operations(double n)
{
    return 8 * n + 56;
}

/* Least bytes of a forward pass: nothing where the state is one sweep's, for it stays in the cache.
 */
static double least_forward_bytes(const struct bench_case *given, const hahn_program_info *info,
                                  uint64_t state_bytes)
{
    const int sweeps = (info->qubits + SWEEP_QUBITS - 1) / SWEEP_QUBITS;
    if (sweeps <= 1)
        return 0;
    return 2.0 * (double)state_bytes * sweeps * (double)case_rotor_layers(given);
}

/* The traffic of a state that one sweep keeps in the cache tells nothing. */
static double forward_bytes(const hahn_program_info *info, uint64_t state_bytes)
{
    if (info->sweeps <= 1)
        return NAN;
    return 2.0 * (double)state_bytes * (double)info->sweeps;
}

/* A backward pass goes over two states, so that a gradient is three forward passes' traffic. */
#define GRADIENT_PASSES 3

static struct work count_work(const struct bench_case *given, const hahn_program_info *info,
                              uint64_t state_bytes, double operations, int passes, int states)
{
    const double layers = (double)case_rotor_layers(given);
    struct work work = {.gates = (double)info->gates,
                        .fma = NAN,
                        .least_bytes = NAN,
                        .bytes = passes * forward_bytes(info, state_bytes),
                        .resident = (uint64_t)states * state_bytes};
    if (layers > 0) {
        work.fma = operations * layers * ldexp(1, info->qubits);
        work.least_bytes = passes * least_forward_bytes(given, info, state_bytes);
    }
    return work;
}

struct work work_forward(const struct bench_case *given, const hahn_program_info *info,
                         uint64_t state_bytes)
{
    return count_work(given, info, state_bytes, forward_operations(info->qubits), 1, 1);
}

struct work work_gradient(const struct bench_case *given, const hahn_program_info *info,
                          uint64_t state_bytes)
{
    return count_work(given, info, state_bytes, gradient_operations(info->qubits), GRADIENT_PASSES,
                      2);
}

bool reach(const struct work *work, double seconds, struct rates *rates, struct reached *out,
           struct failure *f)
{
    double update_rate;
    if (!rates_update(rates, work->resident, &update_rate, f))
        return false;
    /* isnan first: fmax would pass over a limit that was not counted. */
    const double limit =
        isnan(work->fma) ? NAN : fmax(work->fma / rates->fma, work->least_bytes / update_rate);
    *out = (struct reached){.gate_rate = work->gates / seconds,
                            .fma_rate = work->fma / seconds,
                            .fma_fraction = work->fma / seconds / rates->fma,
                            .byte_rate = work->bytes / seconds,
                            .byte_fraction = work->bytes / seconds / update_rate,
                            .update_rate = update_rate,
                            .limit = limit,
                            .times_limit = seconds / limit};
    return true;
}

void reached_write(const struct reached *reached, struct json *j)
{
    json_number(j, "gates_per_s", reached->gate_rate);
    json_number(j, "fma_per_s", reached->fma_rate);
    json_number(j, "fma_fraction", reached->fma_fraction);
    json_number(j, "bytes_per_s", reached->byte_rate);
    json_number(j, "bytes_fraction", reached->byte_fraction);
    json_number(j, "update_bytes_per_s", reached->update_rate);
    json_number(j, "limit_s", reached->limit);
    json_number(j, "times_limit", reached->times_limit);
}

/* How much work a case is, counted and not measured, and what that says about a time. */
#ifndef HAHN_BENCH_LIMITS_HEADER
#define HAHN_BENCH_LIMITS_HEADER

#include "cases.h"
#include "rates.h"

/** Work of one run. NAN where nothing was counted. */
struct work {
    double gates;       /* of the circuit, once */
    double fma;         /* multiply-adds */
    double least_bytes; /* read and written, if each sweep over the state holds a dozen qubits */
    double bytes;       /* read and written by the sweeps that the program has */
    uint64_t resident;  /* bytes that are gone over again and again */
};

/** Energies: forward only. `state_bytes` is what one state takes. */
struct work work_forward(const struct bench_case *given, const hahn_program_info *info,
                         uint64_t state_bytes);
/** Energy and gradient. */
struct work work_gradient(const struct bench_case *given, const hahn_program_info *info,
                          uint64_t state_bytes);

/** What was reached in `seconds`; fractions are of the rates measured in the same run. */
struct reached {
    double gate_rate;
    double fma_rate, fma_fraction;
    double byte_rate, byte_fraction;
    double update_rate; /* bytes a second at the resident size, as measured */
    double limit;       /* seconds: the longer one of least_bytes and fma at the measured rates */
    double times_limit;
};

bool reach(const struct work *work, double seconds, struct rates *rates, struct reached *out,
           struct failure *f);

/** Write all of it. */
void reached_write(const struct reached *reached, struct json *j);

#endif

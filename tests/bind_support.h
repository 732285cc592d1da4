/* What the tests of binding share: the variants that run here, programs with what was bound, and
   coefficients against long double. */
#ifndef HAHN_TESTS_BIND_SUPPORT_HEADER
#define HAHN_TESTS_BIND_SUPPORT_HEADER

#include "support.h"

#include "core/cpu/bind.h"

typedef struct variant {
    const char *isa;
    hahn_precision precision;
    hahn_cpu_bind bind;
} variant;

/** Run a check for each variant that runs here; the baseline always does, so none is idle. */
void variant_for_all(void (*check)(const variant *));

/** Unit roundoff. */
double variant_unit(const variant *v);

/** Distance of the neighbours of x. */
double variant_spacing(const variant *v, long double x);

/** Least product of a stage's cosines. */
double variant_least_scale(const variant *v);

/** A compiled circuit, and what was bound last. */
typedef struct bound {
    hahn_engine *engine;
    hahn_circuit *circuit;
    hahn_program *program;
    void *coefficients;
    double *scales;
} bound;

/** An empty circuit; gates go in before bound_compile. */
bound bound_open(int qubits);
void bound_compile(bound *b);
void bound_close(bound *b);

bool bound_bind(const bound *b, const variant *v, const double *theta, hahn_shift shift);
double bound_coefficient(const bound *b, const variant *v, uint64_t index);

const hahn_term *bound_term(const bound *b, uint64_t k);
bool bound_is_tangent(const hahn_term *term);

/** Number of the stage that holds a term. */
uint64_t bound_stage_of(const bound *b, uint64_t term);

/** c^2 + s^2 - 1, to the last bit of a double. */
double bound_excess(double c, double s);

/** What the range reduction, where there is one, and a large angle in two doubles leave unknown. */
#define ABSOLUTE 0x1p-98L

/** What an account owes at most, in u: half of what moving a number by a spacing u changes in its
    square, 2 u, and half as much again for its counting spacings by an estimate. */
#define MOST_OWED 1.5

/** A term's coefficients must be those of an angle. Tangents must be alone in their stage. */
void bound_check_term(const bound *b, const variant *v, uint64_t k, long double angle);

/** A tangent's, the one of half the angle. */
void bound_check_tangent(const variant *v, double left, double right, long double half);

/** A pair that took a tangent's place. */
void bound_check_pair_of_tangent(const variant *v, double c, double s, long double half);

#endif

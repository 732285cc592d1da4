#include "exact.h"

#include <hahn/random.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if HAHN_HAVE_ARPACK
#include <arpack/arpack.h>
#endif

/* An operator on `size` complex numbers: twice as many real ones, on which it is symmetric. */
struct operator
{
    hahn_engine *engine;
    const hahn_observable *observable;
    int qubits;
    int64_t size;
};

static bool apply(const struct operator* o, const double *in, double *out, struct failure *f)
{
    hahn_status status = hahn_observable_apply(o->observable, in, out);
    return status == HAHN_OK || fail_engine(f, status, o->engine, NULL);
}

/* Doubles, against the engine's memory limit. */
static double *allocate(const struct operator* o, int64_t count, struct failure *f)
{
    uint64_t limit = hahn_engine_memory_limit(o->engine), used = hahn_engine_memory_used(o->engine);
    uint64_t left = limit > used ? limit - used : 0, bytes = (uint64_t)count * sizeof(double);
    double *memory = bytes <= left ? malloc((size_t)bytes) : NULL;
    if (!memory)
        fail_memory(f, "diagonalising", bytes, left);
    return memory;
}

/* -- diagonal operators: the smallest entry --------------------------------------------------- */

static bool scan_diagonal(const struct operator* o, double *energy, struct failure *f)
{
    double *ones = allocate(o, 4 * o->size, f), *diagonal = ones ? ones + 2 * o->size : NULL;
    bool done;
    if (!ones)
        return false;
    for (int64_t k = 0; k < o->size; k++) {
        ones[2 * k] = 1.0;
        ones[2 * k + 1] = 0.0;
    }
    done = apply(o, ones, diagonal, f);
    *energy = INFINITY;
    for (int64_t k = 0; done && k < o->size; k++)
        *energy = fmin(*energy, diagonal[2 * k]);
    free(ones);
    return done;
}

#if HAHN_HAVE_ARPACK

/* || O v - e v || / || v || */
static bool measure(const struct operator* o, const double *v, double *work, double energy,
                    double *residual, struct failure *f)
{
    double sum = 0.0, norm = 0.0;
    if (!apply(o, v, work, f))
        return false;
    for (int64_t k = 0; k < 2 * o->size; k++) {
        double difference = work[k] - energy * v[k];
        sum += difference * difference;
        norm += v[k] * v[k];
    }
    *residual = sqrt(sum / norm);
    return true;
}

/* -- small operators: all eigenvalues --------------------------------------------------------- */

#define DENSE_QUBITS 6
#define DENSE_SIZE   (1 << DENSE_QUBITS)

void zheev_(const char *job, const char *triangle, const int *n, double *a, const int *lda,
            double *w, double *work, const int *lwork, double *rwork, int *info, size_t job_length,
            size_t triangle_length);

/* Column k is O e_k, which is what Fortran expects at a + k * size. */
static bool fill_matrix(const struct operator* o, double *a, double *unit, struct failure *f)
{
    for (int64_t k = 0; k < o->size; k++) {
        memset(unit, 0, (size_t)o->size * 2 * sizeof *unit);
        unit[2 * k] = 1.0;
        if (!apply(o, unit, a + 2 * k * o->size, f))
            return false;
    }
    return true;
}

static bool solve_dense(const struct operator* o, double *energy, double *residual,
                        struct failure *f)
{
    const int n = (int)o->size, lwork = 4 * DENSE_SIZE;
    double values[DENSE_SIZE], rwork[3 * DENSE_SIZE], work[8 * DENSE_SIZE];
    double *a = allocate(o, 2 * o->size * o->size, f);
    int info = 0;
    bool done = a && fill_matrix(o, a, work, f);
    if (done) {
        zheev_("V", "L", &n, a, &n, values, work, &lwork, rwork, &info, 1, 1);
        if (info == 0)
            done = measure(o, a, work, values[0], residual, f);
        else
            done = fail(f, CLI_FAILED, "LAPACK's zheev did not converge (info %d)", info);
        *energy = values[0];
    }
    free(a);
    return done;
}

/* -- large operators: Lanczos ----------------------------------------------------------------- */

#define BASIS          24   /* Lanczos vectors between restarts */
#define MOST_RESTARTS  3000 /* each takes about BASIS applications */
/* Of the residual, relative to the energy. The energy's error is its square over the gap, and never
   more than the residual itself. */
#define TOLERANCE      1e-12
#define STREAM_LANCZOS (HAHN_STREAM_SHOTS - 2)

/* What dsaupd says if the operator takes the start vector to zero. It is random: the operator is
   zero. */
#define STARTED_AT_ZERO (-9)

/* ARPACK's arrays; all in one block. n counts real numbers. */
struct lanczos {
    int n;
    double *block, *start, *basis, *vector, *workd, *workl;
    int iparam[11], ipntr[11], info;
};

#define WORKL (BASIS * (BASIS + 8))

static bool lanczos_allocate(const struct operator* o, struct lanczos *l, struct failure *f)
{
    int64_t n = 2 * o->size;
    memset(l, 0, sizeof *l);
    l->n = (int)n;
    l->block = allocate(o, n * (BASIS + 5) + WORKL, f);
    if (!l->block)
        return false;
    l->start = l->block;
    l->workd = l->start + n;
    l->vector = l->workd + 3 * n;
    l->basis = l->vector + n;
    l->workl = l->basis + BASIS * n;
    l->iparam[0] = 1; /* exact shifts */
    l->iparam[2] = MOST_RESTARTS;
    l->iparam[6] = 1; /* standard problem */
    l->info = 1;      /* the start vector is ours */
    hahn_random_normal(1, STREAM_LANCZOS, 0, n, l->start);
    return true;
}

static bool lanczos_iterate(const struct operator* o, struct lanczos *l, struct failure *f)
{
    int ido = 0;
    for (;;) {
        dsaupd_c(&ido, "I", l->n, "SA", 1, TOLERANCE, l->start, BASIS, l->basis, l->n, l->iparam,
                 l->ipntr, l->workd, l->workl, WORKL, &l->info);
        if (ido != 1 && ido != -1)
            break;
        if (!apply(o, l->workd + l->ipntr[0] - 1, l->workd + l->ipntr[1] - 1, f))
            return false;
    }
    if (l->info == STARTED_AT_ZERO)
        return true;
    if (l->info == 1)
        return fail(f, CLI_FAILED, "ARPACK did not converge in %d restarts", MOST_RESTARTS);
    return l->info == 0 || fail(f, CLI_FAILED, "ARPACK's dsaupd gave up (info %d)", l->info);
}

static bool solve_lanczos(const struct operator* o, double *energy, double *residual,
                          struct failure *f)
{
    struct lanczos l;
    int select[BASIS];
    bool done = lanczos_allocate(o, &l, f) && lanczos_iterate(o, &l, f);
    if (done && l.info == STARTED_AT_ZERO) {
        *energy = 0.0;
        *residual = 0.0;
    } else if (done) {
        dseupd_c(1, "A", select, energy, l.vector, l.n, 0.0, "I", l.n, "SA", 1, TOLERANCE, l.start,
                 BASIS, l.basis, l.n, l.iparam, l.ipntr, l.workd, l.workl, WORKL, &l.info);
        done = l.info == 0 || fail(f, CLI_FAILED, "ARPACK's dseupd gave up (info %d)", l.info);
    }
    if (done && l.info == 0)
        done = measure(o, l.vector, l.workd, *energy, residual, f);
    free(l.block);
    return done;
}

static bool solve(const struct operator* o, double *energy, double *residual, struct failure *f)
{
    return o->qubits <= DENSE_QUBITS ? solve_dense(o, energy, residual, f)
                                     : solve_lanczos(o, energy, residual, f);
}

#else

static bool solve(const struct operator* o, double *energy, double *residual, struct failure *f)
{
    (void)o, (void)energy, (void)residual;
    return fail(f, CLI_FAILED,
                "this build cannot diagonalise: install ARPACK and LAPACK (libarpack2-dev, "
                "liblapack-dev) and build again");
}

#endif

bool exact_available(void)
{
    return HAHN_HAVE_ARPACK != 0;
}

bool exact_ground_energy(hahn_engine *engine, const hahn_observable *observable, double *energy,
                         double *residual, struct failure *f)
{
    struct operator o = {engine, observable, hahn_observable_qubits(observable), 0};
    double value = 0.0, error = 0.0;
    if (o.qubits > EXACT_MAX_QUBITS)
        return fail(f, CLI_USAGE, "%d qubits are out of range: 1 to %d can be diagonalised",
                    o.qubits, EXACT_MAX_QUBITS);
    o.size = (int64_t)1 << o.qubits;
    if (!(hahn_observable_is_diagonal(observable) ? scan_diagonal(&o, &value, f)
                                                  : solve(&o, &value, &error, f)))
        return false;
    *energy = value;
    if (residual)
        *residual = error;
    return true;
}

#include "rates.h"

#include "measure.h"
#include "peak.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_BYTES (UINT64_C(16) << 10)
#define MOST_BYTES  (UINT64_C(256) << 20)
/* The best of so many tries: what else runs on the machine makes it slower, never faster. */
#define TRIES       5
/* x <- x * FACTOR + TERM stays near TERM / (1 - FACTOR) = 1, far from overflow and from subnormal
   numbers, which are slow. */
#define FACTOR      0.75
#define TERM        0.25

static const struct peak_kernels *const kernels[] = {
#if HAHN_HAVE_X86
    &bench_peak_avx512_f64,   &bench_peak_avx512_f32,  &bench_peak_avx2_f64, &bench_peak_avx2_f32,
#endif
    &bench_peak_baseline_f64, &bench_peak_baseline_f32};

static const struct peak_kernels *kernels_of(const char *isa, hahn_precision precision)
{
    const size_t count = sizeof kernels / sizeof kernels[0];
    for (size_t k = 0; k < count; k++)
        if (kernels[k]->precision == precision && strcmp(kernels[k]->isa, isa) == 0)
            return kernels[k];
    return precision == HAHN_F64 ? &bench_peak_baseline_f64 : &bench_peak_baseline_f32;
}

/* -- multiply-adds ------------------------------------------------------------------------------
 */

/* Seconds that `rounds` rounds take on each thread. Nobody reads the sums; calls through a pointer
   are made all the same. */
static double time_chains(const struct peak_kernels *k, int threads, uint64_t rounds)
{
    const double begin = seconds_now();
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int t = 0; t < threads; t++)
        k->fma(rounds, FACTOR, TERM);
    return seconds_now() - begin;
}

static double measure_chains(const struct peak_kernels *k, int threads, double seconds)
{
    uint64_t rounds = 1000;
    double best = 0;
    while (time_chains(k, threads, rounds) < 0.5 * seconds / TRIES)
        rounds *= 2;
    for (int try = 0; try < TRIES; try++) {
        const double work = (double)rounds * k->fma_round * threads;
        best = fmax(best, work / time_chains(k, threads, rounds));
    }
    return best;
}

void rates_begin(struct rates *rates, const hahn_engine *engine, double seconds)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    const struct peak_kernels *k = kernels_of(hahn_engine_isa(engine), precision);
    *rates = (struct rates){.isa = k->isa,
                            .precision = precision,
                            .threads = hahn_engine_threads(engine),
                            .seconds = seconds};
    rates->fma = measure_chains(k, rates->threads, seconds);
}

/* -- memory -------------------------------------------------------------------------------------
 */

/* An array in slices, one for each thread, whole cache lines each. */
struct slices {
    char *array;
    size_t slice;
    int threads;
};

/* By the thread that will work on it, so that the memory is near. */
static void clear_slices(const struct slices *s)
{
#pragma omp parallel for schedule(static, 1) num_threads(s->threads)
    for (int t = 0; t < s->threads; t++)
        memset(s->array + (size_t)t * s->slice, 0, s->slice);
}

static double time_updates(const struct peak_kernels *k, const struct slices *s, uint64_t passes)
{
    const double begin = seconds_now();
#pragma omp parallel for schedule(static, 1) num_threads(s->threads)
    for (int t = 0; t < s->threads; t++)
        k->update(s->array + (size_t)t * s->slice, s->slice, passes, FACTOR, TERM);
    return seconds_now() - begin;
}

static double measure_updates(const struct peak_kernels *k, const struct slices *s, double seconds)
{
    const double pass_bytes = 2.0 * (double)s->slice * s->threads;
    uint64_t passes = 1;
    double best = 0;
    clear_slices(s);
    while (time_updates(k, s, passes) < 0.5 * seconds / TRIES)
        passes *= 2;
    for (int try = 0; try < TRIES; try++)
        best = fmax(best, pass_bytes * (double)passes / time_updates(k, s, passes));
    return best;
}

static uint64_t rounded_size(uint64_t bytes)
{
    uint64_t size = LEAST_BYTES;
    while (size < MOST_BYTES && (double)bytes > M_SQRT2 * (double)size)
        size *= 2;
    return size;
}

static bool measure_size(const struct rates *r, uint64_t size, double *rate, struct failure *f)
{
    struct slices s = {NULL, size / (uint64_t)r->threads & ~(size_t)63, r->threads};
    if (s.slice == 0)
        s.slice = 64;
    s.array = aligned_alloc(64, s.slice * (size_t)s.threads);
    if (!s.array)
        return fail_memory(f, "the array whose updates are timed", size, UINT64_MAX);
    *rate = measure_updates(kernels_of(r->isa, r->precision), &s, r->seconds);
    free(s.array);
    return true;
}

bool rates_update(struct rates *rates, uint64_t bytes, double *rate, struct failure *f)
{
    const int most = (int)(sizeof rates->updates / sizeof rates->updates[0]);
    const uint64_t size = rounded_size(bytes);
    for (int k = 0; k < rates->update_count; k++)
        if (rates->updates[k].bytes == size) {
            *rate = rates->updates[k].rate;
            return true;
        }
    if (!measure_size(rates, size, rate, f))
        return false;
    if (rates->update_count < most) {
        rates->updates[rates->update_count].bytes = size;
        rates->updates[rates->update_count++].rate = *rate;
    }
    return true;
}

/* -- the processor ------------------------------------------------------------------------------
 */

const char *processor_name(char *buffer, size_t size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    snprintf(buffer, size, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon) {
            snprintf(buffer, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
            buffer[strcspn(buffer, "\n")] = '\0';
            break;
        }
    }
    if (file)
        fclose(file);
    return buffer;
}

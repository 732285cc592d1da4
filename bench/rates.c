#include "rates.h"

#include "measure.h"
#include "peak.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_BYTES (UINT64_C(16) << 10)
#define MOST_BYTES  (UINT64_C(256) << 20)
/* The best of so many tries: what disturbs a try makes it slower, never faster. */
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

/* -- timing ------------------------------------------------------------------------------------ */

#define MOST_THREADS 1024 /* of an engine */

/* One of the two loops on each thread: multiply-adds where `array` is NULL, else updates of the
   thread's slice of it. */
struct loop {
    const struct peak_kernels *kernels;
    int threads;
    double amount; /* of work, that one count is on one thread */
    char *array;
    size_t slice; /* bytes, whole cache lines */
};

static void run_loop(const struct loop *l, int thread, uint64_t count)
{
    if (l->array)
        l->kernels->update(l->array + (size_t)thread * l->slice, l->slice, count, FACTOR, TERM);
    else
        l->kernels->fma(count, FACTOR, TERM); /* nobody reads the sum, but the call is made */
}

static double thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Work a second: of each thread by its own CPU time, added up. By the wall clock, whatever else
   runs on the machine would make the rate lower, and what is compared with it look better. *longest
   gets the seconds of the slowest thread. */
static double run_threads(const struct loop *l, uint64_t count, double *longest)
{
    double seconds[MOST_THREADS], rate = 0;
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(l->threads)
#endif
    for (int t = 0; t < l->threads; t++) {
        const double begin = thread_seconds();
        run_loop(l, t, count);
        seconds[t] = thread_seconds() - begin;
    }
    *longest = 0;
    for (int t = 0; t < l->threads; t++) {
        rate += l->amount * (double)count / seconds[t];
        *longest = fmax(*longest, seconds[t]);
    }
    return rate;
}

static double measure_loop(const struct loop *l, double seconds)
{
    double best = 0, longest;
    uint64_t count = 1;
    while (run_threads(l, count, &longest), longest < 0.5 * seconds / TRIES)
        count *= 2;
    for (int try = 0; try < TRIES; try++)
        best = fmax(best, run_threads(l, count, &longest));
    return best;
}

/* -- multiply-adds and memory ------------------------------------------------------------------ */

void rates_begin(struct rates *rates, const hahn_engine *engine, double seconds)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    const struct peak_kernels *k = kernels_of(hahn_engine_isa(engine), precision);
    const int threads = hahn_engine_threads(engine);
    const struct loop loop = {k, threads, k->fma_round, NULL, 0};
    *rates = (struct rates){
        .isa = k->isa, .precision = precision, .threads = threads, .seconds = seconds};
    rates->fma = measure_loop(&loop, seconds);
}

/* By the thread that will work on it, so that the memory is near. */
static void clear_slices(const struct loop *l)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(l->threads)
#endif
    for (int t = 0; t < l->threads; t++)
        memset(l->array + (size_t)t * l->slice, 0, l->slice);
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
    struct loop loop = {.kernels = kernels_of(r->isa, r->precision), .threads = r->threads};
    loop.slice = size / (uint64_t)r->threads & ~(size_t)63;
    if (loop.slice == 0)
        loop.slice = 64;
    loop.amount = 2.0 * (double)loop.slice;
    loop.array = aligned_alloc(64, loop.slice * (size_t)r->threads);
    if (!loop.array)
        return fail_memory(f, "the array whose updates are timed", size, UINT64_MAX);
    clear_slices(&loop);
    *rate = measure_loop(&loop, r->seconds);
    free(loop.array);
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

/* -- the processor ----------------------------------------------------------------------------- */

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

#define _POSIX_C_SOURCE 200809L

#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_REPEATS 3
#define MOST_REPEATS  1000

static double read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double seconds_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, int count, double fraction)
{
    const double place = fraction * (count - 1);
    const int below = (int)place, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

struct summary summarise(double *numbers, int count)
{
    qsort(numbers, (size_t)count, sizeof *numbers, compare_numbers);
    return (struct summary){quantile(numbers, count, 0.5), numbers[0],
                            quantile(numbers, count, 0.25), quantile(numbers, count, 0.75)};
}

/* Numbers of every repetition, series by series. */
struct samples {
    double values[SERIES_COUNT][MOST_REPEATS];
    int count;
};

static bool take_sample(struct samples *samples, measured_call *call, void *context,
                        struct failure *f)
{
    double parts[SERIES_COUNT] = {0};
    const double cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_now();
    if (!call(context, parts, f))
        return false;
    parts[SERIES_WALL] = seconds_now() - wall;
    parts[SERIES_CPU] = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    for (int s = 0; s < SERIES_COUNT; s++)
        samples->values[s][samples->count] = parts[s];
    samples->count++;
    return true;
}

static bool warm_up(const struct measure_plan *plan, measured_call *call, void *context,
                    struct failure *f)
{
    const double end = seconds_now() + 0.1 * plan->seconds;
    do {
        double parts[SERIES_COUNT] = {0};
        if (!call(context, parts, f))
            return false;
    } while (seconds_now() < end);
    return true;
}

static bool enough(const struct measure_plan *plan, int count, double end)
{
    if (plan->repeats > 0)
        return count >= plan->repeats;
    return count >= LEAST_REPEATS && seconds_now() >= end;
}

static bool take_samples(const struct measure_plan *plan, measured_call *call, void *context,
                         struct samples *samples, struct failure *f)
{
    const double end = seconds_now() + plan->seconds;
    samples->count = 0;
    while (samples->count < MOST_REPEATS && !enough(plan, samples->count, end))
        if (!take_sample(samples, call, context, f))
            return false;
    return true;
}

bool measure(const struct measure_plan *plan, measured_call *call, void *context,
             struct measurement *out, struct failure *f)
{
    struct samples *samples = malloc(sizeof *samples);
    if (!samples)
        return fail(f, CLI_FAILED, "out of memory for the times measured");
    bool done = warm_up(plan, call, context, f) && take_samples(plan, call, context, samples, f);
    if (done) {
        out->repeats = samples->count;
        for (int s = 0; s < SERIES_COUNT; s++)
            out->series[s] = summarise(samples->values[s], samples->count);
    }
    free(samples);
    return done;
}

void measurement_write(const struct measurement *m, int count, struct json *j)
{
    static const char *const keys[SERIES_COUNT] = {"wall_s",    "cpu_s",        "bind_s",
                                                   "forward_s", "observable_s", "backward_s"};
    json_integer(j, "repeats", m->repeats);
    for (int s = 0; s < count; s++) {
        json_object_begin(j, keys[s]);
        json_number(j, "median", m->series[s].median);
        json_number(j, "min", m->series[s].least);
        json_number(j, "lower_quartile", m->series[s].lower);
        json_number(j, "upper_quartile", m->series[s].upper);
        json_object_end(j);
    }
}

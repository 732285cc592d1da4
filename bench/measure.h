/* Repeating a call and saying how long it takes. */
#ifndef HAHN_BENCH_MEASURE_HEADER
#define HAHN_BENCH_MEASURE_HEADER

#include "vqe/failure.h"
#include "vqe/json.h"

/** What is taken of each repetition, in seconds. CPU is the time of all threads of the process:
    above wall times threads, something else ran; below wall, this process waited. */
enum series {
    SERIES_WALL,
    SERIES_CPU,
    SERIES_BIND,
    SERIES_FORWARD,
    SERIES_OBSERVABLE,
    SERIES_BACKWARD,
    SERIES_COUNT
};

struct summary {
    double median, least, lower, upper; /* lower and upper quartile */
};

struct measurement {
    int repeats;
    struct summary series[SERIES_COUNT];
};

struct measure_plan {
    int repeats;    /* 0: as many as fit into `seconds`, 3 to 1000 */
    double seconds; /* for measuring; a tenth of it for warming up */
};

/** The call that is timed. It may put times of its own, seconds, into parts[SERIES_BIND] and what
    follows, which are 0 before. */
typedef bool measured_call(void *context, double *parts, struct failure *f);

/** Call once or more to warm up, then time. */
bool measure(const struct measure_plan *plan, measured_call *call, void *context,
             struct measurement *out, struct failure *f);

/** Median and quartiles (interpolated linearly) of count >= 1 numbers, which are sorted. */
struct summary summarise(double *numbers, int count);

/** Write repeats, and an object {median, min, lower_quartile, upper_quartile} for each of the first
    `count` series: wall_s, cpu_s, bind_s, ... */
void measurement_write(const struct measurement *m, int count, struct json *j);

/** Wall clock, seconds. */
double seconds_now(void);

#endif

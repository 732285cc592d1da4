/* What a run says while it runs, on standard error: a bar on a terminal, now and then a line
   elsewhere, nothing if it is to be quiet. */
#ifndef HAHN_VQE_PROGRESS_HEADER
#define HAHN_VQE_PROGRESS_HEADER

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool quiet, terminal;
    bool open; /* a bar stands on the terminal's line */
    int64_t steps;
    int64_t first; /* step at which this process began */
    double began;  /* seconds, monotonic */
    double told;   /* when something was last said */
    int64_t told_step;
};

/** Seconds on a clock that is never set back. */
double progress_now(void);

/** Begin at step `first` of `steps`. */
void progress_begin(struct progress *progress, bool quiet, int64_t first, int64_t steps);

/** Step `step` has been done and its energy is `energy`. */
void progress_step(struct progress *progress, int64_t step, double energy);

/** Finish: the next output begins on a line of its own. */
void progress_end(struct progress *progress);

/** Write seconds as a person would: "4.2 s", "3 min 20 s", "2 h 5 min". */
void progress_duration(double seconds, char *text, size_t size);

#endif

/* The energy against the step, drawn by gnuplot. */
#ifndef HAHN_VQE_PLOT_HEADER
#define HAHN_VQE_PLOT_HEADER

#include "failure.h"

#include <stdint.h>

/** What to draw. */
struct plot {
    const char *title;
    const double *energies; /* of steps 0 to count - 1 */
    int64_t count;
    bool has_ground; /* draw the ground energy too */
    double ground;
};

/** Does the path end in ".svg" or ".png"? CLI_USAGE if not. */
bool plot_check_path(const char *path, struct failure *f);

/** Draw into `path`, atomically. CLI_FAILED, with a remedy, if gnuplot is missing or fails. */
bool plot_write(const char *path, const struct plot *plot, struct failure *f);

#endif

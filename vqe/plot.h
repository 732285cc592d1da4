/* Pictures drawn by gnuplot: the energy against the step, or whatever a script draws. */
#ifndef HAHN_VQE_PLOT_HEADER
#define HAHN_VQE_PLOT_HEADER

#include "failure.h"

#include <stdint.h>
#include <stdio.h>

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

/** Write a script for gnuplot: data and plot commands. The terminal, the file, and a plain style
   are set before it. */
typedef void plot_script(FILE *script, const void *context);

/** Draw what a script says into `path`, atomically. CLI_FAILED, with a remedy, if gnuplot is
   missing or fails. */
bool plot_draw(const char *path, plot_script *write, const void *context, struct failure *f);
/** Write a text as gnuplot quotes it. */
void plot_put_quoted(FILE *script, const char *text);

/** Draw the energies, as plot_draw does. */
bool plot_write(const char *path, const struct plot *plot, struct failure *f);

#endif

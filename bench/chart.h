/* Lines on two logarithmic axes, drawn by gnuplot. */
#ifndef HAHN_BENCH_CHART_HEADER
#define HAHN_BENCH_CHART_HEADER

#include "vqe/failure.h"

#define CHART_MOST_SERIES 16
#define CHART_MOST_POINTS 64

struct chart_point {
    double x, y;    /* above 0 */
    bool estimated; /* drawn hollow */
};

struct chart_series {
    char name[48];
    int count;
    struct chart_point points[CHART_MOST_POINTS];
};

struct chart {
    char title[96];
    const char *x_label, *y_label;
    int count;
    struct chart_series series[CHART_MOST_SERIES];
};

/** Add a point to the series of that name, which begins with it if there is none. What has no
    logarithm is left out, and so is what there is no room for. */
void chart_add(struct chart *chart, const char *name, double x, double y, bool estimated);
/** Draw into a file whose name ends in .svg or .png, atomically; points from left to right. */
bool chart_draw(const char *path, const struct chart *chart, struct failure *f);

#endif

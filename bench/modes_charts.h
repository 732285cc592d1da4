/* The pictures of hahn-bench modes. */
#ifndef HAHN_BENCH_MODES_CHARTS_HEADER
#define HAHN_BENCH_MODES_CHARTS_HEADER

#include "chart.h"
#include "tree.h"

enum modes_picture { MODES_TIME, MODES_MEMORY, MODES_ERROR, MODES_PICTURES };

/** "time", "memory", "error": a part of a file's name. */
extern const char *const modes_picture_names[MODES_PICTURES];

/** Make a chart of the array of cases that `modes` writes: time against parameters and errors
    against depth for the number of qubits with the most cases, memory against depth for the largest
    one that has several depths. False if there is nothing to draw. */
bool modes_chart(const struct tree *cases, enum modes_picture picture, struct chart *out);

#endif

/* Graphs for maxcut: edge lists from files, random regular graphs. */
#ifndef HAHN_VQE_GRAPH_HEADER
#define HAHN_VQE_GRAPH_HEADER

#include "failure.h"

#include <stdint.h>

struct graph {
    int vertices;
    int64_t edges;
    int *ends;       /* two vertices an edge */
    double *weights; /* one an edge, or NULL: all 1 */
};

/** Read `a b` or `a b weight` a line, vertices counted from 0, `#` comments. vertices 0: one more
    than the largest that is named. */
bool graph_read(const char *path, int64_t vertices, struct graph *out, struct failure *f);

/** Draw a graph on 1 to 60 vertices in which each has `degree` neighbours. The same seed gives the
    same graph on every machine. Pairs are drawn at random and those that would be loops or double
    edges drawn again (Steger and Wormald, Comb. Probab. Comput. 8 (1999) 377). */
bool graph_regular(int64_t vertices, int degree, uint64_t seed, struct graph *out,
                   struct failure *f);

/** Free what a graph holds. An all-zero struct is fine. */
void graph_free(struct graph *graph);

#endif

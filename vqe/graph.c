#define _POSIX_C_SOURCE 200809L

#include "graph.h"

#include "fileio.h"

#include <hahn/circuit.h>
#include <hahn/random.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void graph_free(struct graph *graph)
{
    free(graph->ends);
    free(graph->weights);
    memset(graph, 0, sizeof *graph);
}

/* -- files ------------------------------------------------------------------------------------ */

static bool grow(struct graph *graph, int64_t *capacity)
{
    int64_t larger = *capacity ? *capacity * 2 : 64;
    int *ends = realloc(graph->ends, (size_t)larger * 2 * sizeof *ends);
    double *weights;
    if (!ends)
        return false;
    graph->ends = ends;
    weights = realloc(graph->weights, (size_t)larger * sizeof *weights);
    if (!weights)
        return false;
    graph->weights = weights;
    *capacity = larger;
    return true;
}

struct edge {
    long a, b;
    double weight;
};

/* Read "a b" or "a b weight" from a line without its comment. */
static bool read_edge(char *line, struct edge *edge)
{
    char *end;
    edge->weight = 1.0;
    edge->a = strtol(line, &end, 10);
    if (end == line || (*end != ' ' && *end != '\t'))
        return false;
    line = end;
    edge->b = strtol(line, &end, 10);
    if (end == line)
        return false;
    line = end + strspn(end, " \t\r");
    if (*line == '\0')
        return true;
    edge->weight = line == end ? NAN : strtod(line, &end);
    return isfinite(edge->weight) && end[strspn(end, " \t\r")] == '\0';
}

static bool check_edge(const char *path, long long line, const struct edge *edge, int64_t vertices,
                       struct failure *f)
{
    int64_t most = vertices > 0 ? vertices : HAHN_MAX_QUBITS;
    long wrong = edge->a < 0 || edge->a >= most ? edge->a : edge->b;
    if (wrong < 0 || wrong >= most)
        return fail(f, CLI_USAGE,
                    "%s:%lld: vertex %ld is out of range: the graph has %lld, 0 to %lld", path,
                    line, wrong, (long long)most, (long long)most - 1);
    if (edge->a == edge->b)
        return fail(f, CLI_USAGE, "%s:%lld: vertex %ld is joined to itself; an edge needs two",
                    path, line, edge->a);
    return true;
}

static bool add_edge(struct graph *graph, int64_t *capacity, const struct edge *edge)
{
    long larger = edge->a > edge->b ? edge->a : edge->b;
    if (graph->edges == *capacity && !grow(graph, capacity))
        return false;
    graph->ends[2 * graph->edges] = (int)edge->a;
    graph->ends[2 * graph->edges + 1] = (int)edge->b;
    graph->weights[graph->edges++] = edge->weight;
    if (larger >= graph->vertices)
        graph->vertices = (int)larger + 1;
    return true;
}

static bool read_edges(const char *path, char *text, int64_t vertices, struct graph *graph,
                       struct failure *f)
{
    int64_t capacity = 0;
    long long number = 1;
    for (char *line = text, *next; *line; line = next, number++) {
        struct edge edge;
        size_t length = strcspn(line, "\n");
        next = line + length + (line[length] == '\n');
        line[length] = '\0';
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if (!read_edge(line, &edge))
            return fail(f, CLI_USAGE,
                        "%s:%lld: \"%.60s\" is not an edge; write \"a b\" or \"a b "
                        "weight\", vertices counted from 0",
                        path, number, line);
        if (!check_edge(path, number, &edge, vertices, f))
            return false;
        if (!add_edge(graph, &capacity, &edge))
            return fail(f, CLI_FAILED, "out of memory reading %s", path);
    }
    if (graph->edges == 0)
        return fail(f, CLI_USAGE, "%s is empty: it holds no edge", path);
    return true;
}

bool graph_read(const char *path, int64_t vertices, struct graph *out, struct failure *f)
{
    char *text;
    size_t length;
    bool done;

    memset(out, 0, sizeof *out);
    if (!file_read(path, (size_t)64 << 20, &text, &length, f))
        return false;
    if (strlen(text) != length)
        done = fail(f, CLI_USAGE, "%s is not a text file: it has a zero byte at offset %zu", path,
                    strlen(text));
    else
        done = read_edges(path, text, vertices, out, f);
    free(text);
    if (done && vertices > 0)
        out->vertices = (int)vertices;
    if (!done)
        graph_free(out);
    return done;
}

/* -- random regular graphs -------------------------------------------------------------------- */

/* The stream of graphs: far from the starts of a batch, which are streams 0, 1, 2, ... */
#define STREAM_GRAPH (HAHN_STREAM_SHOTS - 1)

struct drawing {
    uint64_t neighbours[HAHN_MAX_QUBITS];          /* bit b of entry a: a and b are joined */
    int points[HAHN_MAX_QUBITS * HAHN_MAX_QUBITS]; /* each vertex once for each missing edge */
    int left;
    uint64_t seed, position;
};

static int draw_below(struct drawing *d, int bound)
{
    double u;
    hahn_random_uniform(d->seed, STREAM_GRAPH, d->position++, 1, &u);
    return (int)(u * bound);
}

static void shuffle(struct drawing *d)
{
    for (int i = d->left - 1; i > 0; i--) {
        int other = draw_below(d, i + 1), point = d->points[i];
        d->points[i] = d->points[other];
        d->points[other] = point;
    }
}

static bool may_join(const struct drawing *d, int a, int b)
{
    return a != b && !(d->neighbours[a] >> b & 1);
}

/* Join the points pair by pair where that is allowed; the others stay. */
static void join_pairs(struct drawing *d)
{
    int kept = 0;
    for (int i = 0; i < d->left; i += 2) {
        int a = d->points[i], b = d->points[i + 1];
        if (may_join(d, a, b)) {
            d->neighbours[a] |= (uint64_t)1 << b;
            d->neighbours[b] |= (uint64_t)1 << a;
        } else {
            d->points[kept++] = a;
            d->points[kept++] = b;
        }
    }
    d->left = kept;
}

static bool can_go_on(const struct drawing *d)
{
    for (int i = 0; i < d->left; i++)
        for (int k = 0; k < i; k++)
            if (may_join(d, d->points[i], d->points[k]))
                return true;
    return false;
}

/* One attempt: true if every vertex got its edges. */
static bool draw_once(struct drawing *d, int vertices, int degree)
{
    memset(d->neighbours, 0, sizeof d->neighbours);
    d->left = vertices * degree;
    for (int i = 0; i < d->left; i++)
        d->points[i] = i % vertices;
    while (can_go_on(d)) {
        shuffle(d);
        join_pairs(d);
    }
    return d->left == 0;
}

static bool list_edges(const struct drawing *d, bool complement, struct graph *out,
                       struct failure *f)
{
    int64_t most = (int64_t)out->vertices * (out->vertices - 1) / 2;
    out->ends = malloc((size_t)(most + 1) * 2 * sizeof *out->ends);
    if (!out->ends)
        return fail(f, CLI_FAILED, "out of memory for a graph of %d vertices", out->vertices);
    for (int a = 0; a < out->vertices; a++)
        for (int b = a + 1; b < out->vertices; b++)
            if (may_join(d, a, b) == complement) {
                out->ends[2 * out->edges] = a;
                out->ends[2 * out->edges + 1] = b;
                out->edges++;
            }
    return true;
}

bool graph_regular(int64_t vertices, int degree, uint64_t seed, struct graph *out,
                   struct failure *f)
{
    struct drawing d = {.seed = seed};
    bool complement = 2 * (int64_t)degree > vertices - 1;

    memset(out, 0, sizeof *out);
    if (degree < 1 || degree >= vertices || vertices > HAHN_MAX_QUBITS)
        return fail(f, CLI_USAGE,
                    "regular=%d is out of range: each of %lld vertices has 1 to %lld "
                    "neighbours",
                    degree, (long long)vertices, (long long)vertices - 1);
    if (vertices * degree % 2 != 0)
        return fail(f, CLI_USAGE,
                    "regular=%d needs an even number of vertices, not %lld: every edge "
                    "has two ends",
                    degree, (long long)vertices);
    out->vertices = (int)vertices;
    /* An attempt at a graph that is at most half full succeeds more often than not, so this ends:
       fuller graphs are the complements of sparse ones. */
    while (!draw_once(&d, (int)vertices, complement ? (int)vertices - 1 - degree : degree))
        ;
    return list_edges(&d, complement, out, f);
}

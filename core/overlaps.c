/* Overlaps of the final states of a batch. What does not fit the lanes goes block by block: one
   block's states wait as lambda while those of each later one are made. */
#include "core/backend.h"

#include <inttypes.h>

typedef struct gram {
    hahn_workspace *ws;
    int64_t batch, blocks;
    const double *thetas;
    double *matrix;
    bool swapped; /* psi and lambda have each other's names */
} gram;

static hahn_status swap(gram *g)
{
    g->swapped = !g->swapped;
    return g->ws->ops->swap(g->ws, HAHN_PSI, HAHN_LAMBDA);
}

static int64_t first_of(const gram *g, int64_t block)
{
    return block * g->ws->lanes;
}

/* psi <- the final states of a block. */
static hahn_status make_block(const gram *g, int64_t block)
{
    const int64_t first = first_of(g, block);
    const int64_t lanes = hahn_take_entries(g->ws, first, g->batch);
    return hahn_run_circuit(g->ws, lanes, hahn_row(g->thetas, first, g->ws->program->parameters),
                            HAHN_NO_SHIFT);
}

static hahn_status overlap_blocks(const gram *g, hahn_which_state left, int64_t row,
                                  hahn_which_state right, int64_t column)
{
    const int64_t first = first_of(g, row), other = first_of(g, column);
    return g->ws->ops->overlaps(g->ws, left, hahn_lanes_for(g->ws, g->batch - first), right,
                                hahn_lanes_for(g->ws, g->batch - other),
                                g->matrix + 2 * (first * g->batch + other), g->batch);
}

/* Overlaps of the block that is psi, and with all later ones; of these the next one comes last, and
   stays. */
static hahn_status row_of_blocks(gram *g, int64_t row)
{
    hahn_status status = swap(g);
    if (status == HAHN_OK)
        status = overlap_blocks(g, HAHN_LAMBDA, row, HAHN_LAMBDA, row);
    for (int64_t k = g->blocks - 1; k > row && status == HAHN_OK; k--) {
        status = make_block(g, k);
        if (status == HAHN_OK)
            status = overlap_blocks(g, HAHN_LAMBDA, row, HAHN_PSI, k);
    }
    return status;
}

static hahn_status fill_upper(gram *g)
{
    hahn_status status = make_block(g, 0);
    if (status == HAHN_OK && g->blocks == 1)
        return overlap_blocks(g, HAHN_PSI, 0, HAHN_PSI, 0);
    for (int64_t row = 0; row < g->blocks && status == HAHN_OK; row++)
        status = row_of_blocks(g, row);
    return status;
}

/* The rest follows; a norm is real, whatever rounding makes of it. */
static void fill_lower(const gram *g)
{
    for (int64_t a = 0; a < g->batch; a++) {
        g->matrix[2 * (a * g->batch + a) + 1] = 0;
        for (int64_t b = a + 1; b < g->batch; b++) {
            const double *upper = g->matrix + 2 * (a * g->batch + b);
            double *lower = g->matrix + 2 * (b * g->batch + a);
            lower[0] = upper[0];
            lower[1] = -upper[1];
        }
    }
}

static hahn_status check_room(hahn_workspace *ws, int64_t batch)
{
    if (batch > INT32_MAX)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "overlaps of a batch of %" PRId64 " are out of range: use 1 to %" PRId32,
                         batch, INT32_MAX);
    if (batch <= ws->lanes || ws->purpose >= HAHN_FOR_GRADIENT)
        return HAHN_OK;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "overlaps of a batch of %" PRId64
                     " need all states at once, and the workspace "
                     "holds one each in %" PRId64 " lanes: create it with as many lanes, or for "
                     "gradients",
                     batch, ws->lanes);
}

hahn_status hahn_overlaps(hahn_workspace *workspace, int64_t batch, const double *thetas,
                          double *matrix)
{
    if (!workspace || !matrix)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = check_room(workspace, batch);
    if (status == HAHN_OK)
        status = hahn_check_run(workspace, batch, thetas);
    if (status != HAHN_OK)
        return status;
    gram g = {.ws = workspace,
              .batch = batch,
              .blocks = (batch - 1) / workspace->lanes + 1,
              .thetas = thetas,
              .matrix = matrix};
    const double begin = hahn_seconds();
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    status = fill_upper(&g);
    if (g.swapped)
        (void)swap(&g); /* changes names alone */
    if (status == HAHN_OK)
        fill_lower(&g);
    workspace->times.total = hahn_seconds() - begin;
    return status;
}

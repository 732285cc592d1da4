/* Overlaps of states on a device, by cuBLAS. */
#include "cuda/overlaps.h"

/* States whose overlaps go through the staged numbers at once: a square of complex numbers. */
#define BLOCK 128

/* Dimensions are int in cuBLAS. */
#define MOST_QUBITS 30

/* A part of the matrix: rows and columns count from `a` and `b`. */
typedef struct part {
    const char *left, *right; /* first states; the same for a part on the diagonal */
    int rows, columns;
    double *out;
    int64_t stride;
} part;

static const char *state_at(const hahn_workspace *ws, hahn_which_state which, int64_t lane)
{
    return (const char *)hahn_cuda_state(ws, which) + (uint64_t)lane * hahn_cuda_of(ws)->plan.state;
}

static double number_at(const hahn_workspace *ws, uint64_t k)
{
    const void *staged = hahn_cuda_of(ws)->staged;
    return ws->precision == HAHN_F64 ? ((const double *)staged)[k] : ((const float *)staged)[k];
}

/* Columns come back; rows are asked for. */
static void scatter(const hahn_workspace *ws, const part *p)
{
    for (int a = 0; a < p->rows; a++)
        for (int b = p->left == p->right ? a : 0; b < p->columns; b++)
            for (int k = 0; k < 2; k++)
                p->out[2 * (a * p->stride + b) + k] =
                    number_at(ws, 2 * ((uint64_t)b * BLOCK + (uint64_t)a) + (uint64_t)k);
}

static hahn_status overlap_part(const hahn_workspace *ws, const part *p)
{
    const hahn_cuda *c = hahn_cuda_of(ws);
    const int size = 1 << ws->program->qubits;
    const uint64_t number = ws->precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    void *staged = hahn_cuda_part(ws, c->plan.staged);
    hahn_status status = p->left == p->right
                             ? hahn_blas_gram(ws->engine, &c->blas, ws->precision, p->left, p->rows,
                                              size, staged, BLOCK)
                             : hahn_blas_inner(ws->engine, &c->blas, ws->precision, p->left,
                                               p->rows, p->right, p->columns, size, staged, BLOCK);
    if (status == HAHN_OK)
        status = hahn_cuda_status(
            ws->engine,
            hahn_cuda_download(c->staged, staged, 2 * number * BLOCK * (uint64_t)p->columns),
            "to read overlaps");
    if (status == HAHN_OK)
        scatter(ws, p);
    return status;
}

static hahn_status prepare(hahn_workspace *ws)
{
    if (ws->program->qubits > MOST_QUBITS)
        return hahn_fail(ws->engine, HAHN_ERR_BACKEND,
                         "overlaps of %d qubits are out of range: the cuda backend has them up to "
                         "%d; use --backend cpu",
                         ws->program->qubits, MOST_QUBITS);
    const hahn_status status = hahn_cuda_enter(ws);
    return status == HAHN_OK ? hahn_blas_open(ws->engine, NULL, &hahn_cuda_of(ws)->blas) : status;
}

static int least(int64_t count, int64_t bound)
{
    return (int)(count < bound ? count : bound);
}

hahn_status hahn_cuda_overlaps(hahn_workspace *ws, hahn_which_state left, int64_t rows,
                               hahn_which_state right, int64_t columns, double *matrix,
                               int64_t stride)
{
    hahn_status status = prepare(ws);
    for (int64_t a = 0; a < rows && status == HAHN_OK; a += BLOCK)
        for (int64_t b = left == right ? a : 0; b < columns && status == HAHN_OK; b += BLOCK) {
            const part p = {.left = state_at(ws, left, a),
                            .right = state_at(ws, right, b),
                            .rows = least(rows - a, BLOCK),
                            .columns = least(columns - b, BLOCK),
                            .out = matrix + 2 * (a * stride + b),
                            .stride = stride};
            status = overlap_part(ws, &p);
        }
    return status;
}

hahn_status hahn_cuda_swap(hahn_workspace *ws, hahn_which_state left, hahn_which_state right)
{
    uint64_t *states = hahn_cuda_of(ws)->plan.states;
    const uint64_t old = states[left];
    states[left] = states[right];
    states[right] = old;
    return HAHN_OK;
}

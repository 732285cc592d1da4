/* Dense matrices: each thread makes the amplitudes that it holds, row by row. */
#ifndef HAHN_CUDA_DENSE_CUH
#define HAHN_CUDA_DENSE_CUH

#include "cuda/tile.cuh"

/* Row of the matrix that makes amplitude j; and the amplitude that column c takes. */
__device__ static unsigned dense_row(const hahn_cuda_dense *m, unsigned j)
{
    unsigned row = 0;
    for (unsigned k = 0; k < m->targets; k++)
        row |= (j >> m->target[k] & 1) << k;
    return row;
}

__device__ static unsigned dense_column(const hahn_cuda_dense *m, unsigned j, unsigned c)
{
    for (unsigned k = 0; k < m->targets; k++)
        j = (j & ~(1u << m->target[k])) | (c >> k & 1) << m->target[k];
    return j;
}

/* Amplitude j of the matrix times the tile, or of its conjugate transpose. In double, whatever the
   precision: sums are long. */
__device__ static amplitude dense_product(const hahn_cuda_dense *m, const double *entries,
                                          bool dagger, uint64_t base, unsigned j,
                                          const amplitude *tile)
{
    const unsigned row = dense_row(m, j), size = 1u << m->targets;
    double re = 0, im = 0;
    if ((base & m->outside) != m->outside || (j & m->control) != m->control)
        return tile[place(j)];
    for (unsigned c = 0; c < size; c++) {
        const double *u = entries + 2 * (dagger ? c * size + row : row * size + c);
        const double x = u[0], y = dagger ? -u[1] : u[1];
        const amplitude a = tile[place(dense_column(m, j, c))];
        re += x * a.x - y * a.y;
        im += x * a.y + y * a.x;
    }
    return make_amplitude((real)re, (real)im);
}

/* Every thread of the block must call it. */
__device__ static void run_dense(const hahn_image *image, const hahn_pass *pass, bool dagger,
                                 uint64_t base, unsigned first, amplitude *tile)
{
    const hahn_cuda_dense *m = &image->dense[pass->first_flip];
    const double *entries = image->entries + 2 * m->first_entry;
    const places own = own_places(pass, first);
    amplitude held[HAHN_HELD];
    HAHN_UNROLL
    for (int r = 0; r < HAHN_HELD; r++)
        held[r] = dense_product(m, entries, dagger, base, first | held_bits(pass, r), tile);
    __syncthreads();
    store_held(tile, &own, held);
}

#endif

/* Partial sums folded in order: none of it depends on which block was first. */
#include "cuda/gpu.cuh"

#define THREADS 128

/* -- a number for each lane ------------------------------------------------------------------- */

/* A warp for each sum. */
__global__ static void __launch_bounds__(32) fold_parts(const hahn_cuda_folding f)
{
    double sum = 0;
    for (uint64_t k = threadIdx.x; k < f.count; k += 32)
        sum += f.parts[blockIdx.x * f.count + k];
    sum = warp_sum(sum);
    double *const out = f.sums + blockIdx.x * f.stride;
    if (threadIdx.x == 0 && !(f.largest && (*out >= sum || isnan(*out))))
        *out = sum;
}

extern "C" int hahn_cuda_fold(const hahn_cuda_folding *f)
{
    HAHN_LAUNCH(fold_parts, dim3((unsigned)f->sum_count), dim3(32), 0, *f);
    return cudaGetLastError();
}

/* -- a sweep's derivatives -------------------------------------------------------------------- */

/* The numbers of a fold that a grid of warps does, one each. */
typedef struct row_fold {
    const double *rows;
    uint64_t row_count, stride, count;
    double *moments;
    uint64_t slots, first, total;
} row_fold;

/* A warp for each number: rows are many and slots few. */
__global__ static void __launch_bounds__(THREADS) fold_slot_rows(const row_fold f)
{
    const uint64_t number = thread_number() / 32;
    if (number >= f.total)
        return;
    const uint64_t lane = number / f.count, k = number % f.count;
    const double *row = f.rows + lane * f.row_count * f.stride + k;
    double sum = 0;
    for (uint64_t r = threadIdx.x % 32; r < f.row_count; r += 32)
        sum += row[r * f.stride];
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0)
        f.moments[lane * f.slots + f.first + k] = sum;
}

extern "C" int hahn_cuda_fold_rows(const double *rows, uint64_t row_count, uint64_t stride,
                                   uint64_t count, double *moments, uint64_t slots, uint64_t first,
                                   int64_t lanes)
{
    const row_fold f = {rows,    row_count, stride, count,
                        moments, slots,     first,  count * (uint64_t)lanes};
    const uint64_t blocks = (f.total + THREADS / 32 - 1) / (THREADS / 32);
    HAHN_LAUNCH(fold_slot_rows, dim3((unsigned)blocks), dim3(THREADS), 0, f);
    return cudaGetLastError();
}

/* -- from slots to parameters ----------------------------------------------------------------- */

__global__ static void __launch_bounds__(THREADS)
    gather_uses(const hahn_image image, const double *moments, uint64_t slots, double *gradients,
                uint64_t parameters, uint64_t total)
{
    const uint64_t number = thread_number();
    if (number >= total)
        return;
    const uint64_t lane = number / parameters, p = number % parameters;
    double sum = 0;
    for (uint64_t k = image.first_use[p]; k < image.first_use[p + 1]; k++)
        sum += image.uses[k].scale * moments[lane * slots + (uint64_t)image.uses[k].index];
    gradients[number] = sum;
}

extern "C" int hahn_cuda_gather(const hahn_image *image, const double *moments, uint64_t slots,
                                double *gradients, int64_t parameters, int64_t lanes)
{
    const uint64_t total = (uint64_t)(parameters * lanes);
    HAHN_LAUNCH(gather_uses, dim3((unsigned)((total + THREADS - 1) / THREADS)), dim3(THREADS), 0,
                *image, moments, slots, gradients, (uint64_t)parameters, total);
    return cudaGetLastError();
}

/* States as vectors: inner products, sums of two, and what one Pauli string is worth. */
#include "cuda/gpu.cuh"

#define THREADS 256

/* A block's part of its lane's state: amplitudes [first, end). */
typedef struct part {
    uint64_t lane, first, end;
} part;

__device__ static part part_of(int qubits, uint64_t count)
{
    const uint64_t size = hahn_bit(qubits) / count;
    part p;
    p.lane = blockIdx.x / count;
    p.first = blockIdx.x % count * size;
    p.end = p.first + size;
    return p;
}

/* -- inner products --------------------------------------------------------------------------- */

/* Im <a|b>; the real part is overlap of state.cu. */
__global__ static void __launch_bounds__(THREADS) inner_imaginary(const hahn_comparison c)
{
    const part p = part_of(c.qubits, c.count);
    const amplitude *a = (const amplitude *)c.a + (p.lane << c.qubits);
    const amplitude *b = state_of(&c.b, p.lane, c.qubits);
    double sum = 0;
    for (uint64_t j = p.first + threadIdx.x; j < p.end; j += THREADS)
        sum += (double)a[j].x * b[j].y - (double)a[j].y * b[j].x;
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        c.parts[blockIdx.x] = sum;
}

extern "C" int HAHN_ENTRY(overlap_im)(const hahn_comparison *c)
{
    HAHN_LAUNCH(inner_imaginary, dim3((unsigned)(c->count * (uint64_t)c->lanes)), dim3(THREADS), 0,
                *c);
    return cudaGetLastError();
}

/* <psi|P|psi> = sum over j of conj(psi_(j ^ x)) i^|x & z| (-1)^parity(j & z) psi_j, which is real.
 */
__global__ static void __launch_bounds__(THREADS) expect_string(const hahn_expectation e)
{
    const part p = part_of(e.qubits, e.count);
    const amplitude *psi = (const amplitude *)e.psi + (p.lane << e.qubits);
    const int quarter = __popcll(e.x & e.z) % 4;
    double sum = 0;
    for (uint64_t j = p.first + threadIdx.x; j < p.end; j += THREADS) {
        const amplitude a = psi[j ^ e.x], b = psi[j];
        const double own = quarter % 2 ? (double)a.x * b.y - (double)a.y * b.x
                                       : (double)a.x * b.x + (double)a.y * b.y;
        const bool odd = __popcll(j & e.z) & 1;
        sum += (quarter == 1 || quarter == 2) != odd ? -own : own;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        e.parts[blockIdx.x] = sum;
}

extern "C" int HAHN_ENTRY(expect)(const hahn_expectation *e)
{
    HAHN_LAUNCH(expect_string, dim3((unsigned)(e->count * (uint64_t)e->lanes)), dim3(THREADS), 0,
                *e);
    return cudaGetLastError();
}

/* -- sums ------------------------------------------------------------------------------------- */

__global__ static void __launch_bounds__(THREADS)
    combine_states(amplitude *to, const amplitude *from, const double *re, const double *im,
                   int qubits, uint64_t count)
{
    const uint64_t step = (uint64_t)gridDim.x * THREADS;
    for (uint64_t k = thread_number(); k < count; k += step) {
        const real x = (real)re[k >> qubits], y = (real)im[k >> qubits];
        const amplitude a = to[k], b = from[k];
        to[k] = make_amplitude(a.x + (x * b.x - y * b.y), a.y + (x * b.y + y * b.x));
    }
}

/* Enough for any device; each thread takes several amplitudes of a large state. */
#define MOST_BLOCKS UINT64_C(8192)

extern "C" int HAHN_ENTRY(combine)(void *to, const void *from, const double *re, const double *im,
                                   int qubits, int64_t lanes)
{
    const uint64_t count = (uint64_t)lanes << qubits;
    const uint64_t blocks = (count + THREADS - 1) / THREADS;
    HAHN_LAUNCH(combine_states, dim3((unsigned)(blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS)),
                dim3(THREADS), 0, (amplitude *)to, (const amplitude *)from, re, im, qubits, count);
    return cudaGetLastError();
}

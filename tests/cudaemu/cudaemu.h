/* CUDA on the host, for tests: one fiber for each CUDA thread, so that the .cu files that nvcc
   compiles are also run by a machine without a GPU, and under the address, undefined-behaviour and
   thread sanitizers. Fibers change only at barriers and warp operations, in an order drawn from a
   seed. It proves logic, bounds and synchronisation; not speed, nor the device's rounding.

   Found by it: divergent barriers and barriers after a return, shuffles from lanes outside their
   mask, memory read before it is written (it is filled with NaN), accesses out of bounds and host
   code that touches device memory (address sanitizer), missing barriers and races between blocks
   (thread sanitizer), what a failing call or launch leaves behind, and what must not be done while
   a stream is captured.

   There is one stream, the calling thread's, and what is put into it is done at once, or while it
   is captured when the graph is launched. */
#ifndef HAHN_TESTS_CUDAEMU_HEADER
#define HAHN_TESTS_CUDAEMU_HEADER

#include "cudaemu_control.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <tuple>
#include <type_traits>

/* -- language -------------------------------------------------------------------------------- */

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c)
    {
    }
};
struct alignas(16) double2 {
    double x, y;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

namespace cudaemu
{
struct Fiber;
/* What kernels read of their place. */
struct Place {
    dim3 thread, block, block_size, grid_size;
};
const Place &place();

enum Operation : uint8_t { RUNS, AT_BARRIER, SHUFFLES, AT_WARP_BARRIER, DONE };
void wait(Operation operation, unsigned mask, const char *where, int line);
/* The first 16 bytes of lane `source`'s data. */
void shuffle(unsigned mask, const void *in, void *out, size_t size, int source, int line);
unsigned lane_number();
/* A block's array of this call site, and its dynamic one: fresh for each block, filled with NaN. */
void *shared(const void *site, size_t bytes);
void *dynamic_shared();
void copy_later(void *to, const void *from, size_t bytes);
void copy_now();
void launch(dim3 grid, dim3 block, size_t bytes, std::function<void()> thread);

/* A launch keeps copies of the arguments as they are now, for it may run later. */
template <class... P, class... A>
void launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, size_t bytes, A... arguments)
{
    const std::tuple<std::decay_t<P>...> kept(arguments...);
    launch(grid, block, bytes, [kernel, kept] { std::apply(kernel, kept); });
}

template <class T> T shuffled(unsigned mask, T value, int source, int line)
{
    static_assert(sizeof(T) <= 16, "as the device's shuffles, in words");
    T out;
    shuffle(mask, &value, &out, sizeof out, source, line);
    return out;
}
} // namespace cudaemu

#define threadIdx (cudaemu::place().thread)
#define blockIdx  (cudaemu::place().block)
#define blockDim  (cudaemu::place().block_size)
#define gridDim   (cudaemu::place().grid_size)

static inline void __syncthreads(int line = __builtin_LINE())
{
    cudaemu::wait(cudaemu::AT_BARRIER, 0, "__syncthreads", line);
}
static inline void __syncwarp(unsigned mask = ~0u, int line = __builtin_LINE())
{
    cudaemu::wait(cudaemu::AT_WARP_BARRIER, mask, "__syncwarp", line);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int other, int width = 32, int line = __builtin_LINE())
{
    const int lane = (int)cudaemu::lane_number(), source = lane ^ other;
    return cudaemu::shuffled(mask, value, source / width == lane / width ? source : lane, line);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, int line = __builtin_LINE())
{
    const int lane = (int)cudaemu::lane_number(), source = lane + (int)by;
    return cudaemu::shuffled(mask, value, source / width == lane / width ? source : lane, line);
}
static inline int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}
static inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}
/* Copies wait until they are waited for: what is read too early is old. */
static inline void __pipeline_memcpy_async(void *to, const void *from, size_t bytes)
{
    cudaemu::copy_later(to, from, bytes);
}
static inline void __pipeline_commit()
{
}
static inline void __pipeline_wait_prior(unsigned)
{
    cudaemu::copy_now();
}
/* Relaxed: orders nothing, as on the device. */
static inline int atomicOr(int *p, int bits)
{
    return __atomic_fetch_or(p, bits, __ATOMIC_RELAXED);
}

/* Nanoseconds pass for clocks. */
static inline long long clock64()
{
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

/* As cuda/gpu.cuh has them for the device. */
#define HAHN_LAUNCH(kernel, grid, block, bytes, ...)                                               \
    cudaemu::launch_kernel(kernel, grid, block, bytes, __VA_ARGS__)
#define HAHN_SHARED(type, name, count)                                                             \
    static char name##_site;                                                                       \
    type *const name = static_cast<type *>(cudaemu::shared(&name##_site, sizeof(type) * (count)))
#define HAHN_DYNAMIC_SHARED(type, name)                                                            \
    type *const name = static_cast<type *>(cudaemu::dynamic_shared())

/* -- runtime --------------------------------------------------------------------------------- */

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorIllegalState = 401,
    cudaErrorLaunchFailure = 719,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901
} cudaError_t;

enum cudaMemcpyKind {
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3
};

typedef struct CUstream_st *cudaStream_t;
#define cudaStreamPerThread (reinterpret_cast<cudaStream_t>(2))
enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2
};
namespace cudaemu
{
struct Graph;
struct GraphExec;
} // namespace cudaemu
typedef cudaemu::Graph *cudaGraph_t;
typedef cudaemu::GraphExec *cudaGraphExec_t;

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlockOptin;
    int major, minor, multiProcessorCount;
};

const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total);
cudaError_t cudaemu_allocate(void **out, size_t bytes);
template <class T> cudaError_t cudaMalloc(T **out, size_t bytes)
{
    void *memory = nullptr;
    const cudaError_t error = cudaemu_allocate(&memory, bytes);
    *out = static_cast<T *>(memory);
    return error;
}
cudaError_t cudaFree(void *memory);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph,
                                          unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);
cudaError_t cudaemu_set_shared(size_t bytes);
template <class F> cudaError_t cudaFuncSetAttribute(F *, cudaFuncAttribute, int bytes)
{
    return cudaemu_set_shared((size_t)bytes);
}

#endif

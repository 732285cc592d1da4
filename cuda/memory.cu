/* Device memory: plain calls of the runtime, whose errors are not left behind for the next one. */
#include "cuda/gpu.cuh"

static int code_of(cudaError_t error)
{
    if (error != cudaSuccess)
        (void)cudaGetLastError();
    return (int)error;
}

extern "C" int hahn_cuda_choose(int device)
{
    return code_of(cudaSetDevice(device));
}

extern "C" int hahn_cuda_wait(void)
{
    return code_of(cudaStreamSynchronize(cudaStreamPerThread));
}

extern "C" int hahn_cuda_allocate(void **out, uint64_t bytes)
{
    *out = NULL;
    return code_of(cudaMalloc(out, bytes));
}

extern "C" int hahn_cuda_release(void *memory)
{
    return code_of(cudaFree(memory));
}

extern "C" int hahn_cuda_free_bytes(uint64_t *bytes)
{
    size_t unused = 0, total = 0;
    const cudaError_t error = cudaMemGetInfo(&unused, &total);
    *bytes = unused;
    return code_of(error);
}

extern "C" int hahn_cuda_clear(void *to, uint64_t bytes)
{
    return code_of(cudaMemsetAsync(to, 0, bytes, cudaStreamPerThread));
}

static int copy(void *to, const void *from, uint64_t bytes, cudaMemcpyKind kind)
{
    return code_of(cudaMemcpyAsync(to, from, bytes, kind, cudaStreamPerThread));
}

extern "C" int hahn_cuda_upload(void *to, const void *from, uint64_t bytes)
{
    const int code = copy(to, from, bytes, cudaMemcpyHostToDevice);
    return code ? code : hahn_cuda_wait();
}

extern "C" int hahn_cuda_download(void *to, const void *from, uint64_t bytes)
{
    const int code = copy(to, from, bytes, cudaMemcpyDeviceToHost);
    return code ? code : hahn_cuda_wait();
}

extern "C" int hahn_cuda_copy(void *to, const void *from, uint64_t bytes)
{
    return copy(to, from, bytes, cudaMemcpyDeviceToDevice);
}

extern "C" const char *hahn_cuda_error_text(int code)
{
    return cudaGetErrorString((cudaError_t)code);
}

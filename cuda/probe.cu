#include "cuda/probe.h"

#include "cuda/gpu.cuh"

#include <stdio.h>

int hahn_cuda_probe(char *reason, size_t size)
{
    int count = 0; /* without a driver the runtime leaves it as it was: the code decides */
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error == cudaSuccess && count == 0)
        error = cudaErrorNoDevice;
    if (error != cudaSuccess) {
        (void)cudaGetLastError(); /* or the next launch would report it again */
        snprintf(reason, size, "no CUDA device: %s", cudaGetErrorString(error));
        return 0;
    }
    snprintf(reason, size, "%s", "");
    return count;
}

int hahn_cuda_device(int index, hahn_cuda_device_info *info)
{
    cudaDeviceProp properties;
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) {
        (void)cudaGetLastError();
        return 0;
    }
    snprintf(info->name, sizeof info->name, "%s", properties.name);
    info->memory_bytes = properties.totalGlobalMem;
    info->major = properties.major;
    info->minor = properties.minor;
    info->multiprocessors = properties.multiProcessorCount;
    info->shared_bytes = properties.sharedMemPerBlockOptin;
    return 1;
}

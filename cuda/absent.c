/* What stands in for the CUDA backend where it is not built. */
#include "cuda/backend.h"
#include "cuda/probe.h"

#include <stdio.h>

int hahn_cuda_probe(char *reason, size_t size)
{
    snprintf(reason, size, "not built: configure with -DHAHN_CUDA=ON and a CUDA toolkit");
    return 0;
}

int hahn_cuda_device(int index, hahn_cuda_device_info *info)
{
    (void)index, (void)info;
    return 0;
}

const hahn_backend_ops *hahn_cuda_backend(void)
{
    return NULL;
}

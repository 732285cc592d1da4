/* What CUDA devices there are. Callable where the machine has neither a device nor a driver: the
   CUDA runtime is linked statically and opens the driver by itself, at the first call here. */
#ifndef HAHN_CUDA_PROBE_H
#define HAHN_CUDA_PROBE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Count the CUDA devices that can be used. Where there are none, returns 0 and writes one sentence
    why into `reason` (at most `size` bytes with its end); otherwise `reason` becomes "". Never
    fails, creates no context. */
int hahn_cuda_probe(char *reason, size_t size);

typedef struct hahn_cuda_device_info {
    char name[256];
    uint64_t memory_bytes; /* in all, not what is free */
    int major, minor;      /* compute capability */
    int multiprocessors;
    uint64_t shared_bytes; /* most that a block of threads may have */
} hahn_cuda_device_info;

/** Describe device `index` (0 to hahn_cuda_probe - 1). Returns 1, or 0 and leaves *info as it was
    where there is no such device. */
int hahn_cuda_device(int index, hahn_cuda_device_info *info);

#ifdef __cplusplus
}
#endif
#endif

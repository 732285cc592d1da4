/* What tests may ask of the emulated CUDA device. */
#ifndef HAHN_TESTS_CUDAEMU_CONTROL_HEADER
#define HAHN_TESTS_CUDAEMU_CONTROL_HEADER

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Threads and blocks run in an order drawn from this. At first: CUDAEMU_SEED, or 1. */
void cudaemu_seed(uint64_t seed);
/** Calls of the runtime and launches since the last cudaemu_arm. */
int64_t cudaemu_calls(void);
/** Launches alone, those of graphs too; and launches of graphs. */
int64_t cudaemu_launches(void);
int64_t cudaemu_graph_launches(void);
/** Calls of cudaFree alone. */
int64_t cudaemu_releases(void);
/** Graphs, and what was instantiated from them, that have not been destroyed. */
int64_t cudaemu_graphs(void);
/** Count calls from 0 again; call `fail_at` fails (-1: none), and with `fail_on` all later ones. At
    first: with CUDAEMU_LOST=K call K and all later ones. */
void cudaemu_arm(int64_t fail_at, int fail_on);
/** The same for cudaMalloc alone. */
int64_t cudaemu_allocations(void);
void cudaemu_arm_allocations(int64_t fail_at);
/** Bytes that cudaMalloc gives in all; at first 2^30. */
void cudaemu_set_memory(size_t bytes);
/** Bytes allocated now. */
size_t cudaemu_memory_used(void);
/** Shared memory that a block may have; at first 227 KiB. */
void cudaemu_set_most_shared(size_t bytes);
/** Devices there are; at first CUDAEMU_DEVICES, or 1. */
void cudaemu_set_devices(int count);

#ifdef __cplusplus
}
#endif
#endif

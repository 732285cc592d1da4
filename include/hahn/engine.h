/* The engine: which backend runs, in which precision, on how many threads, in how much memory.
   It also keeps the message of the last error of every object made from it. */
#ifndef HAHN_ENGINE_HEADER
#define HAHN_ENGINE_HEADER

#include <hahn/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hahn_engine hahn_engine;

typedef enum hahn_backend {
    HAHN_BACKEND_AUTO = 0,  /* the fastest one that is available */
    HAHN_BACKEND_REFERENCE, /* plain loops, the specification of the others */
    HAHN_BACKEND_CPU,       /* SIMD and threads */
    HAHN_BACKEND_CUDA       /* one NVIDIA GPU */
} hahn_backend;

typedef enum hahn_precision {
    HAHN_F64 = 0, /* states of double; unit roundoff 2^-53 */
    HAHN_F32      /* states of float; parameters, energies and gradients stay double */
} hahn_precision;

/** Memory hooks. `allocate` returns 64-byte aligned memory or NULL; `release` takes what it gave,
    with the same size. Both may be called from any thread that uses the engine. */
typedef struct hahn_allocator {
    void *(*allocate)(void *context, size_t bytes);
    void (*release)(void *context, void *memory, size_t bytes);
    void *context;
} hahn_allocator;

/** Create an engine: backend auto, f64, all cores, the memory that is free. A NULL allocator means
    the C library's. The environment variable HAHN_ISA (baseline, avx2, avx512) bounds the vector
    instructions used, HAHN_TILE (10 to 21) sets the tile. Returns HAHN_ERR_MEMORY if not even the
    engine can be allocated. */
HAHN_API hahn_status hahn_engine_create(const hahn_allocator *allocator, hahn_engine **out);

/** Destroy an engine, after everything made from it. NULL is fine. */
HAHN_API void hahn_engine_destroy(hahn_engine *engine);

/** The last error's message: value, allowed range, remedy. "" if there was none. Valid until the
    next failing call on this engine. */
HAHN_API const char *hahn_engine_message(const hahn_engine *engine);

/** Choose the backend of programs and workspaces made from now on. HAHN_ERR_BACKEND, with the
    reason as the message, where it is not available. */
HAHN_API hahn_status hahn_engine_set_backend(hahn_engine *engine, hahn_backend backend);

/** Choose the precision of states made from now on. */
HAHN_API hahn_status hahn_engine_set_precision(hahn_engine *engine, hahn_precision precision);

/** Number of threads, 1 to 1024; 0 means one for each core. Results do not depend on it. */
HAHN_API hahn_status hahn_engine_set_threads(hahn_engine *engine, int threads);

/** Upper bound, in bytes, of everything allocated through this engine; 0 means what the machine
    has free when a workspace is created. */
HAHN_API hahn_status hahn_engine_set_memory_limit(hahn_engine *engine, uint64_t bytes);

/** Choose the vector instructions of the CPU backend: "auto", "baseline", "avx2" or "avx512".
    HAHN_ERR_BACKEND where this build or this processor has them not. */
HAHN_API hahn_status hahn_engine_set_isa(hahn_engine *engine, const char *isa);

/** Choose how many qubits a tile has in programs compiled from now on: 10 to 21, or 0, the default.
    A state is worked on tile by tile, each 2^qubits amplitudes in a thread's own memory; a smaller
    tile takes more sweeps over the state. 0: a state of at most 16 MiB is one tile, and stays where
    it is, from 17 qubits on if that suits the circuit; else it is the largest tile that, 4 times
    2^qubits amplitudes of the engine's precision, takes no more than half of the level-2 cache (1
    MiB where its size is not known). Results depend on it in their last digits. */
HAHN_API hahn_status hahn_engine_set_tile(hahn_engine *engine, int qubits);

/** Number of CUDA devices there are; 0 where there are none or this build has no CUDA. */
HAHN_API int hahn_engine_devices(hahn_engine *engine);

/** What one of them is. */
typedef struct hahn_device_info {
    char name[256];
    uint64_t memory_bytes; /* in all, not what is free */
    int major, minor;      /* compute capability */
    int multiprocessors;
} hahn_device_info;

/** Fill *info for device 0 to hahn_engine_devices - 1; HAHN_ERR_BACKEND for any other. */
HAHN_API hahn_status hahn_engine_device_info(hahn_engine *engine, int device,
                                             hahn_device_info *info);

/** Choose the CUDA device of workspaces made from now on; at first it is 0. HAHN_ERR_BACKEND where
    there is no such device. */
HAHN_API hahn_status hahn_engine_set_device(hahn_engine *engine, int device);
HAHN_API int hahn_engine_device(const hahn_engine *engine);

/** The backend that runs: never HAHN_BACKEND_AUTO. */
HAHN_API hahn_backend hahn_engine_backend(const hahn_engine *engine);
HAHN_API hahn_precision hahn_engine_precision(const hahn_engine *engine);
HAHN_API int hahn_engine_threads(const hahn_engine *engine);
/** Qubits of a tile in programs for large states compiled now; never 0, but for a NULL engine. */
HAHN_API int hahn_engine_tile(const hahn_engine *engine);
/** Bytes the engine may hold: the limit set, or what is held and free now. */
HAHN_API uint64_t hahn_engine_memory_limit(const hahn_engine *engine);
/** Bytes allocated through this engine now, and the most there ever were. */
HAHN_API uint64_t hahn_engine_memory_used(const hahn_engine *engine);
HAHN_API uint64_t hahn_engine_memory_peak(const hahn_engine *engine);
/** Name of the vector instructions the CPU backend uses, e.g. "avx512". Static storage. */
HAHN_API const char *hahn_engine_isa(const hahn_engine *engine);

/** Is this backend usable here? Returns HAHN_OK or HAHN_ERR_BACKEND; *why (may be NULL) gets a
    sentence in either case, valid until the engine is destroyed. For HAHN_BACKEND_AUTO: which one
    it is, and why not a faster one. The engine is not changed. */
HAHN_API hahn_status hahn_engine_backend_status(hahn_engine *engine, hahn_backend backend,
                                                const char **why);

/** "auto", "reference", "cpu", "cuda". NULL for anything else. */
HAHN_API const char *hahn_backend_name(hahn_backend backend);
/** "f64", "f32". NULL for anything else. */
HAHN_API const char *hahn_precision_name(hahn_precision precision);

/** Version of the library, "MAJOR.MINOR.PATCH". */
HAHN_API const char *hahn_version(void);

#ifdef __cplusplus
}
#endif
#endif

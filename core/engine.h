/* Inside of the engine: memory with a bound, messages, and what the other modules share. */
#ifndef HAHN_CORE_ENGINE_H
#define HAHN_CORE_ENGINE_H

#include <hahn/engine.h>
#include <stdbool.h>

struct hahn_engine {
    hahn_allocator allocator;
    hahn_backend backend; /* as asked for; may be AUTO */
    hahn_precision precision;
    int threads;
    int tile_qubits; /* 0: as the cache and the precision want it */
    int isa;         /* index into the ISA table of core/cpu/isa.h */
    uint64_t limit;  /* 0: what is free */
    uint64_t used, peak;
    int device;               /* of the cuda backend */
    bool cuda_probed;         /* at the first request */
    char cuda_reason[256];    /* why the device cannot be used; "" where it can */
    int cuda_devices;         /* how many there are */
    int cuda_multiprocessors; /* of the device chosen */
    char auto_reason[320];
    char message[512];
};

/* A broken invariant is a bug of ours and stops the program; a user's mistake never gets here.
   HAHN_VERIFY keeps the costly ones in. */
void hahn_broken(const char *condition, const char *file, int line);
#define HAHN_ASSERT(c) ((c) ? (void)0 : hahn_broken(#c, __FILE__, __LINE__))
#if defined(HAHN_VERIFY) && HAHN_VERIFY
#define HAHN_VERIFY_ASSERT(c) HAHN_ASSERT(c)
#else
#define HAHN_VERIFY_ASSERT(c) ((void)0)
#endif

/* Keep the message in the engine and return the status. */
hahn_status hahn_fail(hahn_engine *engine, hahn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Allocate count * size bytes, 64-byte aligned, not cleared; *out is NULL on failure. A count of 0
   gives a valid pointer to nothing. `what` stands in the message: "the terms of the program". */
hahn_status hahn_allocate(hahn_engine *engine, uint64_t count, uint64_t size, const char *what,
                          void **out);
/* Give back what hahn_allocate gave for the same count and size. NULL is fine. */
void hahn_release(hahn_engine *engine, void *memory, uint64_t count, uint64_t size);

/* HAHN_ERR_MEMORY, with bytes needed, allowed and missing, if `bytes` more would pass the limit. */
hahn_status hahn_check_memory(hahn_engine *engine, uint64_t bytes, const char *what);

/* Count memory of a device as the engine's, held below the limit where one was set; what the device
   has free is for its own allocator to say. And count it no longer. */
hahn_status hahn_count_memory(hahn_engine *engine, uint64_t bytes, const char *what);
void hahn_uncount_memory(hahn_engine *engine, uint64_t bytes);

/* a * b and a + b, or UINT64_MAX where that is more than 64 bits hold. */
uint64_t hahn_saturating_multiply(uint64_t a, uint64_t b);
uint64_t hahn_saturating_add(uint64_t a, uint64_t b);

/* A growing array of elements of one size. All zero is an empty one. */
typedef struct hahn_array {
    void *data;
    uint64_t count, capacity;
} hahn_array;

/* Make room for `more` elements without changing the count. */
hahn_status hahn_array_reserve(hahn_engine *engine, hahn_array *array, uint64_t more, uint64_t size,
                               const char *what);
void hahn_array_release(hahn_engine *engine, hahn_array *array, uint64_t size);

#endif

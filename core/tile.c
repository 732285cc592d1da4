/* How large tiles are: as told, or a state that is not too large, or what fits the level-2 cache.
 */
#include "core/tile.h"

#include "core/program.h"
#include "cuda/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A thread's tiles take at most this part of the cache. The rest is for coefficients, tables of
   permutations, the next tile on its way from memory, and what else runs on the core. */
#define CACHE_SHARE 2

/* States whose four take no more are one tile, walked over from end to end: a level-3 cache holds
   the two that a pass reads and writes, or most of them, and memory that follows itself comes many
   times as fast as the short rows of a tile do. */
#define WHOLE_BYTES (UINT64_C(64) << 20)

/* psi and lambda of a tile, each with a spare that permutations gather to. */
#define TILE_STATES 4

/* Qubits of states that are one tile whatever the circuit. */
#define LEAST_OPEN_QUBITS 16

#define UNKNOWN_CACHE (UINT64_C(1) << 20)

/* What Linux says of the first processor's; 0 where it says nothing. */
static uint64_t cache_by_sysfs(void)
{
    unsigned long long kibibytes = 0;
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index2/size", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%lluK", &kibibytes) != 1)
        kibibytes = 0;
    fclose(file);
    return (uint64_t)kibibytes << 10;
}

/* Some C libraries know the name but not the size: then they say 0 or -1. */
uint64_t hahn_level2_cache(void)
{
    uint64_t bytes = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    const long known = sysconf(_SC_LEVEL2_CACHE_SIZE);
    bytes = known > 0 ? (uint64_t)known : 0;
#endif
    if (!bytes)
        bytes = cache_by_sysfs();
    return bytes ? bytes : UNKNOWN_CACHE;
}

static uint64_t tile_bytes(uint64_t amplitudes, hahn_precision precision)
{
    const uint64_t number = precision == HAHN_F64 ? sizeof(double) : sizeof(float);
    return amplitudes * TILE_STATES * 2 * number;
}

int hahn_tile_for_cache(uint64_t cache, hahn_precision precision)
{
    const uint64_t amplitudes = cache / CACHE_SHARE / tile_bytes(1, precision);
    int qubits = HAHN_LEAST_TILE_QUBITS;
    while (qubits < HAHN_MOST_TILE_QUBITS && hahn_bit(qubits + 1) <= amplitudes)
        qubits++;
    return qubits;
}

/* A device takes smaller ones too: no one would want them, but tests. */
static int least_tile(const hahn_engine *engine)
{
    return hahn_engine_backend(engine) == HAHN_BACKEND_CUDA ? HAHN_LINE_QUBITS
                                                            : HAHN_LEAST_TILE_QUBITS;
}

int hahn_tile_by_environment(void)
{
    const char *text = getenv("HAHN_TILE");
    char *end;
    const long qubits = text ? strtol(text, &end, 10) : 0;
    return text && *end == '\0' && qubits >= HAHN_LEAST_TILE_QUBITS &&
                   qubits <= HAHN_MOST_TILE_QUBITS
               ? (int)qubits
               : 0;
}

hahn_status hahn_engine_set_tile(hahn_engine *engine, int qubits)
{
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    if (qubits && (qubits < least_tile(engine) || qubits > HAHN_MOST_TILE_QUBITS))
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "a tile of %d qubits is out of range: use %d to %d, or 0 to leave it "
                         "to the library",
                         qubits, least_tile(engine), HAHN_MOST_TILE_QUBITS);
    engine->tile_qubits = qubits;
    return HAHN_OK;
}

int hahn_engine_tile(const hahn_engine *engine)
{
    if (!engine)
        return 0;
    if (hahn_engine_backend(engine) == HAHN_BACKEND_CUDA) {
        const int most = hahn_cuda_most_tile(engine->precision);
        return engine->tile_qubits ? hahn_min(engine->tile_qubits, most) : most;
    }
    if (!engine->tile_qubits)
        return hahn_tile_for_cache(hahn_level2_cache(), engine->precision);
    return engine->tile_qubits > HAHN_LEAST_TILE_QUBITS ? engine->tile_qubits
                                                        : HAHN_LEAST_TILE_QUBITS;
}

int hahn_tile_for(const hahn_engine *engine, int qubits)
{
    const bool small = hahn_engine_backend(engine) != HAHN_BACKEND_CUDA &&
                       qubits <= HAHN_MOST_TILE_QUBITS &&
                       tile_bytes(hahn_bit(qubits), engine->precision) <= WHOLE_BYTES;
    return engine->tile_qubits == 0 && small ? qubits : hahn_min(qubits, hahn_engine_tile(engine));
}

int hahn_line_for(const hahn_engine *engine)
{
    return hahn_engine_backend(engine) == HAHN_BACKEND_CUDA ? hahn_cuda_line(engine->precision)
                                                            : HAHN_LINE_QUBITS;
}

bool hahn_tile_is_open(const hahn_engine *engine, int qubits)
{
    return engine->tile_qubits == 0 && hahn_engine_backend(engine) != HAHN_BACKEND_CUDA &&
           qubits > LEAST_OPEN_QUBITS && qubits == hahn_tile_for(engine, qubits) &&
           qubits > hahn_engine_tile(engine);
}

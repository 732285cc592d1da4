#include "core/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t hahn_saturating_multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t hahn_saturating_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Value in bytes of the line `key: N kB` of /proc/meminfo, or 0. */
static uint64_t meminfo(const char *key)
{
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    uint64_t kib = 0;
    while (file && !kib && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtoull(line + strlen(key), NULL, 10);
    if (file)
        fclose(file);
    return kib * 1024;
}

/* The number a file holds, or UINT64_MAX where there is no such file or it says "max". */
static uint64_t number_in(const char *path)
{
    FILE *file = fopen(path, "r");
    uint64_t number;
    if (!file || fscanf(file, "%" SCNu64, &number) != 1)
        number = UINT64_MAX;
    if (file)
        fclose(file);
    return number;
}

/* Bytes that can be had without swapping: what the kernel says, or all physical pages where it says
   nothing, and no more than a container (control groups, version 2 or 1) has left. */
static uint64_t free_memory(void)
{
    static const char *const containers[][2] = {
        {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes",
         "/sys/fs/cgroup/memory/memory.usage_in_bytes"}};
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t bytes = meminfo("MemAvailable:");
    if (bytes == 0 && pages > 0 && page > 0)
        bytes = hahn_saturating_multiply((uint64_t)pages, (uint64_t)page);
    for (int k = 0; k < 2; k++) {
        const uint64_t bound = number_in(containers[k][0]), used = number_in(containers[k][1]);
        const uint64_t left = used < bound ? bound - used : 0;
        if (used != UINT64_MAX && left < bytes)
            bytes = left;
    }
    return bytes;
}

uint64_t hahn_engine_memory_limit(const hahn_engine *engine)
{
    if (!engine)
        return 0;
    return engine->limit ? engine->limit : hahn_saturating_add(engine->used, free_memory());
}

uint64_t hahn_engine_memory_used(const hahn_engine *engine)
{
    return engine ? engine->used : 0;
}

uint64_t hahn_engine_memory_peak(const hahn_engine *engine)
{
    return engine ? engine->peak : 0;
}

/* "1.5 GiB" into text. */
static const char *human(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 1024 && unit < 6; unit++)
        value /= 1024;
    snprintf(text, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

hahn_status hahn_check_memory(hahn_engine *engine, uint64_t bytes, const char *what)
{
    const uint64_t total = hahn_saturating_add(engine->used, bytes);
    /* Asking the kernel costs microseconds: small allocations are left to the allocator itself. */
    if (!engine->limit && bytes < (1 << 20))
        return HAHN_OK;
    const uint64_t limit = hahn_engine_memory_limit(engine);
    char need[32], may[32], miss[32];
    /* No allocator gives more than half the address space, whatever the limit. */
    if (total <= limit && bytes <= PTRDIFF_MAX)
        return HAHN_OK;
    uint64_t left = limit > engine->used ? limit - engine->used : 0;
    if (left > PTRDIFF_MAX)
        left = PTRDIFF_MAX;
    return hahn_fail(
        engine, HAHN_ERR_MEMORY,
        "%s: needs %s%" PRIu64 " bytes (%s), but %" PRIu64 " bytes (%s) are %s: %" PRIu64
        " bytes (%s) are missing; use fewer qubits, gates or batch entries, f32, or %s",
        what, bytes == UINT64_MAX ? "more than " : "", bytes, human(bytes, need, sizeof need), left,
        human(left, may, sizeof may), engine->limit ? "left under the memory limit" : "free",
        bytes - left, human(bytes - left, miss, sizeof miss),
        engine->limit ? "a higher limit" : "a larger machine");
}

hahn_status hahn_allocate(hahn_engine *engine, uint64_t count, uint64_t size, const char *what,
                          void **out)
{
    const uint64_t bytes = hahn_saturating_multiply(count, size);
    *out = NULL;
    hahn_status status = hahn_check_memory(engine, bytes, what);
    if (status != HAHN_OK)
        return status;
    void *memory = engine->allocator.allocate(engine->allocator.context, bytes ? bytes : 1);
    if (!memory)
        return hahn_fail(engine, HAHN_ERR_MEMORY,
                         "%s: the allocator refused %" PRIu64 " bytes; %" PRIu64 " are in use",
                         what, bytes, engine->used);
    engine->used += bytes;
    if (engine->used > engine->peak)
        engine->peak = engine->used;
    *out = memory;
    return HAHN_OK;
}

hahn_status hahn_count_memory(hahn_engine *engine, uint64_t bytes, const char *what)
{
    const hahn_status status = engine->limit ? hahn_check_memory(engine, bytes, what) : HAHN_OK;
    if (status != HAHN_OK)
        return status;
    engine->used = hahn_saturating_add(engine->used, bytes);
    if (engine->used > engine->peak)
        engine->peak = engine->used;
    return HAHN_OK;
}

void hahn_uncount_memory(hahn_engine *engine, uint64_t bytes)
{
    HAHN_ASSERT(engine->used >= bytes);
    engine->used -= bytes;
}

void hahn_release(hahn_engine *engine, void *memory, uint64_t count, uint64_t size)
{
    const uint64_t bytes = count * size;
    if (!memory)
        return;
    HAHN_ASSERT(engine->used >= bytes);
    engine->used -= bytes;
    engine->allocator.release(engine->allocator.context, memory, bytes ? bytes : 1);
}

hahn_status hahn_array_reserve(hahn_engine *engine, hahn_array *array, uint64_t more, uint64_t size,
                               const char *what)
{
    const uint64_t need = hahn_saturating_add(array->count, more);
    if (need <= array->capacity)
        return HAHN_OK;
    uint64_t capacity = array->capacity ? 2 * array->capacity : 8;
    if (capacity < need)
        capacity = need;
    void *data;
    hahn_status status = hahn_allocate(engine, capacity, size, what, &data);
    if (status != HAHN_OK)
        return status;
    if (array->data)
        memcpy(data, array->data, array->count * size);
    hahn_release(engine, array->data, array->capacity, size);
    array->data = data;
    array->capacity = capacity;
    return HAHN_OK;
}

void hahn_array_release(hahn_engine *engine, hahn_array *array, uint64_t size)
{
    hahn_release(engine, array->data, array->capacity, size);
    *array = (hahn_array){0};
}

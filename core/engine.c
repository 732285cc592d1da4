#define _GNU_SOURCE
#include "core/engine.h"

#include "core/cpu/isa.h"
#include "core/tile.h"
#include "cuda/backend.h"
#include "cuda/probe.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef HAHN_VERSION
#define HAHN_VERSION "0.1.0"
#endif

/* States of this size and more stand on huge pages, where the system has them to give: a tile's
   rows lie far apart, and with small pages nearly each would be a miss of the address cache. */
#define HUGE_PAGE ((size_t)2 << 20)

static void *default_allocate(void *context, size_t bytes)
{
    const size_t alignment = bytes < 2 * HUGE_PAGE ? 64 : HUGE_PAGE;
    void *memory = aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    (void)context;
#ifdef MADV_HUGEPAGE
    /* Advice: where it is not taken, all is well too. */
    if (memory && alignment == HUGE_PAGE)
        (void)madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

static void default_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

/* Index of the named ISA, -1 if there is none of that name, -2 if it does not run here. */
static int find_isa(const char *name)
{
    int count;
    const hahn_isa *table = hahn_isa_table(&count);
    for (int k = 0; k < count; k++)
        if (strcmp(name, "auto") == 0 ? table[k].runs_here() : strcmp(name, table[k].name) == 0)
            return table[k].runs_here() ? k : -2;
    return -1;
}

/* Cores this process may run on. */
static int core_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef CPU_COUNT
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cores = CPU_COUNT(&set);
#endif
    return cores < 1 ? 1 : cores > 1024 ? 1024 : (int)cores;
}

hahn_status hahn_engine_create(const hahn_allocator *allocator, hahn_engine **out)
{
    const hahn_allocator standard = {default_allocate, default_release, NULL};
    const hahn_allocator use = allocator ? *allocator : standard;
    if (!out || !use.allocate || !use.release)
        return HAHN_ERR_ARGUMENT;
    hahn_engine *engine = use.allocate(use.context, sizeof *engine);
    if (!engine)
        return HAHN_ERR_MEMORY;
    *engine = (hahn_engine){
        .allocator = use, .threads = core_count(), .tile_qubits = hahn_tile_by_environment()};
    const char *wanted = getenv("HAHN_ISA");
    const int isa = wanted ? find_isa(wanted) : -1;
    engine->isa = isa >= 0 ? isa : find_isa("auto");
    *out = engine;
    return HAHN_OK;
}

void hahn_engine_destroy(hahn_engine *engine)
{
    if (!engine)
        return;
    HAHN_VERIFY_ASSERT(engine->used == 0);
    const hahn_allocator allocator = engine->allocator;
    allocator.release(allocator.context, engine, sizeof *engine);
}

hahn_status hahn_fail(hahn_engine *engine, hahn_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(engine->message, sizeof engine->message, format, arguments);
    va_end(arguments);
    return status;
}

void hahn_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "hahn: broken invariant at %s:%d: %s; please report this\n", file, line,
            condition);
    abort();
}

const char *hahn_engine_message(const hahn_engine *engine)
{
    return engine ? engine->message : "no engine: hahn_engine_create was given or gave none";
}

/* What there is, at the first request: asking takes a while. Whether the device that was chosen can
   be used stands in the reason. */
static void probe(hahn_engine *engine)
{
    hahn_cuda_device_info info;
    if (engine->cuda_probed)
        return;
    engine->cuda_probed = true;
    engine->cuda_devices = hahn_cuda_probe(engine->cuda_reason, sizeof engine->cuda_reason);
    if (engine->cuda_devices == 0)
        return;
    if (!hahn_cuda_device(engine->device, &info))
        snprintf(engine->cuda_reason, sizeof engine->cuda_reason, "CUDA device %d does not answer",
                 engine->device);
    else if (info.major < HAHN_CUDA_LEAST_MAJOR)
        snprintf(engine->cuda_reason, sizeof engine->cuda_reason,
                 "CUDA device %d (%.80s) has compute capability %d.%d, and %d.0 is needed",
                 engine->device, info.name, info.major, info.minor, HAHN_CUDA_LEAST_MAJOR);
    engine->cuda_multiprocessors = info.multiprocessors;
}

static bool cuda_usable(hahn_engine *engine)
{
    probe(engine);
    return !engine->cuda_reason[0];
}

int hahn_engine_devices(hahn_engine *engine)
{
    if (!engine)
        return 0;
    probe(engine);
    return engine->cuda_devices;
}

hahn_status hahn_engine_device_info(hahn_engine *engine, int device, hahn_device_info *info)
{
    hahn_cuda_device_info own;
    if (!engine || !info)
        return HAHN_ERR_ARGUMENT;
    probe(engine);
    if (device < 0 || device >= engine->cuda_devices || !hahn_cuda_device(device, &own))
        return hahn_fail(engine, HAHN_ERR_BACKEND, "CUDA device %d is not there: %d were found%s%s",
                         device, engine->cuda_devices, engine->cuda_devices ? "" : ", ",
                         engine->cuda_devices ? "" : engine->cuda_reason);
    *info = (hahn_device_info){.memory_bytes = own.memory_bytes,
                               .major = own.major,
                               .minor = own.minor,
                               .multiprocessors = own.multiprocessors};
    snprintf(info->name, sizeof info->name, "%s", own.name);
    return HAHN_OK;
}

hahn_status hahn_engine_set_device(hahn_engine *engine, int device)
{
    hahn_device_info info;
    const hahn_status status = hahn_engine_device_info(engine, device, &info);
    if (status != HAHN_OK)
        return status;
    engine->device = device;
    engine->cuda_probed = false;
    return HAHN_OK;
}

int hahn_engine_device(const hahn_engine *engine)
{
    return engine ? engine->device : 0;
}

hahn_status hahn_engine_backend_status(hahn_engine *engine, hahn_backend backend, const char **why)
{
    const char *reason = "always available";
    hahn_status status = HAHN_OK;
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    if (!hahn_backend_name(backend)) {
        reason = "there is no such backend";
        status = HAHN_ERR_BACKEND;
    }
    if (backend == HAHN_BACKEND_CUDA) {
        status = cuda_usable(engine) ? HAHN_OK : HAHN_ERR_BACKEND;
        reason = status == HAHN_OK ? "a device was found" : engine->cuda_reason;
    }
    if (backend == HAHN_BACKEND_AUTO) {
        if (cuda_usable(engine))
            snprintf(engine->auto_reason, sizeof engine->auto_reason, "device %d", engine->device);
        else
            snprintf(engine->auto_reason, sizeof engine->auto_reason, "cpu (cuda: %s)",
                     engine->cuda_reason);
        reason = engine->auto_reason;
    }
    if (why)
        *why = reason;
    return status;
}

hahn_status hahn_engine_set_backend(hahn_engine *engine, hahn_backend backend)
{
    const char *why;
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    if (!hahn_backend_name(backend))
        return hahn_fail(
            engine, HAHN_ERR_BACKEND,
            "backend %d does not exist: use auto (0), reference (1), cpu (2), cuda (3)",
            (int)backend);
    if (hahn_engine_backend_status(engine, backend, &why) != HAHN_OK)
        return hahn_fail(engine, HAHN_ERR_BACKEND,
                         "backend %s is not available: %s; use auto, cpu or reference",
                         hahn_backend_name(backend), why);
    engine->backend = backend;
    return HAHN_OK;
}

hahn_status hahn_engine_set_precision(hahn_engine *engine, hahn_precision precision)
{
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    if (!hahn_precision_name(precision))
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "precision %d does not exist: use f64 (0) or f32 (1)", (int)precision);
    engine->precision = precision;
    return HAHN_OK;
}

hahn_status hahn_engine_set_threads(hahn_engine *engine, int threads)
{
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    if (threads < 0 || threads > 1024)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "%d threads are out of range: use 1 to 1024, or 0 for one a core",
                         threads);
    engine->threads = threads ? threads : core_count();
    return HAHN_OK;
}

hahn_status hahn_engine_set_memory_limit(hahn_engine *engine, uint64_t bytes)
{
    if (!engine)
        return HAHN_ERR_ARGUMENT;
    engine->limit = bytes;
    return HAHN_OK;
}

hahn_status hahn_engine_set_isa(hahn_engine *engine, const char *isa)
{
    if (!engine || !isa)
        return HAHN_ERR_ARGUMENT;
    const int found = find_isa(isa);
    if (found < 0)
        return hahn_fail(engine, HAHN_ERR_BACKEND, "ISA '%s' is not %s: use auto%s", isa,
                         found == -2 ? "supported by this processor" : "part of this build",
                         find_isa("avx512") >= 0 ? ", avx512, avx2 or baseline"
                         : find_isa("avx2") >= 0 ? ", avx2 or baseline"
                                                 : " or baseline");
    engine->isa = found;
    return HAHN_OK;
}

/* Probing is a memory of the engine, no change of it. */
hahn_backend hahn_engine_backend(const hahn_engine *engine)
{
    if (!engine)
        return HAHN_BACKEND_CPU;
    if (engine->backend != HAHN_BACKEND_AUTO)
        return engine->backend;
    return cuda_usable((hahn_engine *)engine) ? HAHN_BACKEND_CUDA : HAHN_BACKEND_CPU;
}

hahn_precision hahn_engine_precision(const hahn_engine *engine)
{
    return engine ? engine->precision : HAHN_F64;
}

int hahn_engine_threads(const hahn_engine *engine)
{
    return engine ? engine->threads : 0;
}

const char *hahn_engine_isa(const hahn_engine *engine)
{
    int count;
    const hahn_isa *table = hahn_isa_table(&count);
    return table[engine ? engine->isa : count - 1].name;
}

const char *hahn_backend_name(hahn_backend backend)
{
    static const char *const names[] = {"auto", "reference", "cpu", "cuda"};
    return (unsigned)backend < 4 ? names[backend] : NULL;
}

const char *hahn_precision_name(hahn_precision precision)
{
    static const char *const names[] = {"f64", "f32"};
    return (unsigned)precision < 2 ? names[precision] : NULL;
}

const char *hahn_version(void)
{
    return HAHN_VERSION;
}

const char *hahn_status_name(hahn_status status)
{
    static const char *const names[] = {
        "done",
        "argument missing or out of range",
        "qubit out of range or repeated",
        "parameter not finite or of the wrong number",
        "no such gate, or not unitary",
        "text cannot be read",
        "not enough memory",
        "not available here",
    };
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown status";
}

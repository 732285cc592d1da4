#include "support.h"

/* Any number will do; this one is the default so that a failure repeats without being told. */
static const uint64_t default_seed = 20260101;

uint64_t support_seed(void)
{
    const char *text = getenv("HAHN_TEST_SEED");
    return text && *text ? strtoull(text, NULL, 10) : default_seed;
}

/* FNV-1a of the name keeps the tests' sequences apart. */
struct battery_random support_random(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ support_seed();
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (struct battery_random){hash};
}

int support_result(int failures)
{
    if (failures)
        fprintf(stderr, "failed with seed %llu: repeat with HAHN_TEST_SEED=%llu\n",
                (unsigned long long)support_seed(), (unsigned long long)support_seed());
    return failures != 0;
}

hahn_backend support_backend(void)
{
    const char *text = getenv("HAHN_TEST_BACKEND");
    for (int b = HAHN_BACKEND_AUTO; text && hahn_backend_name((hahn_backend)b); b++)
        if (!strcmp(text, hahn_backend_name((hahn_backend)b)))
            return (hahn_backend)b;
    return HAHN_BACKEND_AUTO;
}

int support_configs(struct battery_config out[BATTERY_MAX_CONFIGS])
{
    struct battery_options all = {.backend = support_backend(),
                                  .precision = BATTERY_ALL_PRECISIONS};
    int count = battery_configs(&all, out, NULL), reference = 0, cpu = 0;
    if (all.backend != HAHN_BACKEND_AUTO) {
        assert_int_equal(count, 2);
        return count;
    }
    for (int k = 0; k < count; k++) {
        reference += out[k].backend == HAHN_BACKEND_REFERENCE;
        cpu += out[k].backend == HAHN_BACKEND_CPU;
    }
    assert_int_equal(reference, 2);
    assert_true(cpu >= 2);
    return count;
}

hahn_engine *support_engine(const struct battery_config *config)
{
    hahn_engine *engine = NULL;
    if (battery_engine(config, NULL, &engine) != HAHN_OK)
        fail_msg("%s cannot be run", support_config_name(config));
    const char *tile = getenv("HAHN_TEST_TILE");
    if (tile || !getenv("HAHN_TILE"))
        assert_ok(engine, hahn_engine_set_tile(engine, tile ? atoi(tile) : SUPPORT_TILE_QUBITS));
    return engine;
}

hahn_engine *support_reference_engine(void)
{
    return support_engine(&(struct battery_config){HAHN_BACKEND_REFERENCE, "", HAHN_F64});
}

const char *support_config_name(const struct battery_config *config)
{
    static char name[64];
    snprintf(name, sizeof name, "%s%s%s %s", hahn_backend_name(config->backend),
             config->isa[0] ? " " : "", config->isa, hahn_precision_name(config->precision));
    return name;
}

void *support_allocate(size_t bytes)
{
    void *memory = malloc(bytes ? bytes : 1);
    assert_non_null(memory);
    return memory;
}

double *support_angles(struct battery_random *random, int64_t count)
{
    double *angles = support_allocate((size_t)count * sizeof *angles);
    for (int64_t k = 0; k < count; k++)
        angles[k] = battery_uniform(random, -7, 7);
    return angles;
}

double support_least_tolerance(hahn_engine *engine, const hahn_program *program)
{
    const hahn_workspace_options options = {.echo_tolerance = 1e-300};
    hahn_workspace_info info;
    assert_int_equal(hahn_workspace_describe(engine, program, &options, &info), HAHN_ERR_ARGUMENT);
    const char *use = strstr(hahn_engine_message(engine), "; use ");
    assert_non_null(use);
    return strtod(use + 6, NULL);
}

void support_assert_ok(const hahn_engine *engine, hahn_status status, const char *call,
                       const char *file, int line)
{
    if (status == HAHN_OK)
        return;
    print_error("%s: %s: %s\n", call, hahn_status_name(status),
                engine ? hahn_engine_message(engine) : "");
    _fail(file, line);
}

void support_assert_refused(const hahn_engine *engine, hahn_status expected, hahn_status status,
                            const char *call, const char *file, int line, ...)
{
    va_list needles;
    int missing = 0;
    va_start(needles, line);
    for (const char *needle; (needle = va_arg(needles, const char *));) {
        if (strstr(hahn_engine_message(engine), needle))
            continue;
        print_error("%s: the message \"%s\" does not say \"%s\"\n", call,
                    hahn_engine_message(engine), needle);
        missing = 1;
    }
    va_end(needles);
    if (status != expected)
        print_error("%s: \"%s\" instead of \"%s\"\n", call, hahn_status_name(status),
                    hahn_status_name(expected));
    if (missing || status != expected)
        _fail(file, line);
}

void support_assert_within(double actual, double expected, double tolerance, const char *text,
                           const char *file, int line)
{
    if (fabs(actual - expected) <= tolerance)
        return;
    print_error("%s is %.17g, not %.17g: off by %.3g of %.3g allowed\n", text, actual, expected,
                actual - expected, tolerance);
    _fail(file, line);
}

/* Before each block stands its size; 64 bytes keep the alignment that the hooks promise. */
enum { BLOCK_ALIGNMENT = 64 };

static int refuses(struct support_memory *memory)
{
    long long call = atomic_fetch_add(&memory->calls, 1);
    if (memory->fail_at < 0)
        return 0;
    return call == memory->fail_at || (memory->fail_on && call > memory->fail_at);
}

static void *counted_allocate(void *context, size_t bytes)
{
    struct support_memory *memory = context;
    void *block = NULL;
    if (refuses(memory)) {
        atomic_fetch_add(&memory->refused, 1);
        return NULL;
    }
    if (posix_memalign(&block, BLOCK_ALIGNMENT, bytes + BLOCK_ALIGNMENT))
        return NULL;
    memset(block, 0xA5, bytes + BLOCK_ALIGNMENT);
    memcpy(block, &bytes, sizeof bytes);
    long long live = atomic_fetch_add(&memory->live, (long long)bytes) + (long long)bytes;
    if (live > atomic_load(&memory->peak))
        atomic_store(&memory->peak, live);
    return (char *)block + BLOCK_ALIGNMENT;
}

static void counted_release(void *context, void *block, size_t bytes)
{
    struct support_memory *memory = context;
    char *start = (char *)block - BLOCK_ALIGNMENT;
    size_t asked;
    memcpy(&asked, start, sizeof asked);
    if (asked != bytes)
        atomic_fetch_add(&memory->wrong, 1);
    atomic_fetch_sub(&memory->live, (long long)asked);
    free(start);
}

void support_memory_arm(struct support_memory *memory, long long fail_at, int fail_on)
{
    atomic_store(&memory->calls, 0);
    atomic_store(&memory->refused, 0);
    memory->fail_at = fail_at;
    memory->fail_on = fail_on;
}

hahn_allocator support_allocator(struct support_memory *memory)
{
    return (hahn_allocator){counted_allocate, counted_release, memory};
}

/* What the tests share: seeds, engines, assertions that say values, an allocator that counts and
   fails on demand. Includes cmocka in the order it needs. */
#ifndef HAHN_TESTS_SUPPORT_HEADER
#define HAHN_TESTS_SUPPORT_HEADER

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vqe/battery.h"
#include "vqe/battery_model.h"
#include <hahn/hahn.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof *(array))

/* Options, by what a test wants of them; the rest is the default. */
#define WORKSPACE(count, what) (&(hahn_workspace_options){.lanes = (count), .purpose = (what)})
#define METHOD(which)          (&(hahn_gradient_options){.method = (which)})

/** The seed of this run: HAHN_TEST_SEED, or a fixed one. */
uint64_t support_seed(void);

/** A generator for one test: the same for one seed and name, other ones for other names. */
struct battery_random support_random(const char *name);

/** What main returns for cmocka's count of failures; tells the seed if there were any. */
int support_result(int failures);

/** The one backend that this run is about, by HAHN_TEST_BACKEND; HAHN_BACKEND_AUTO: all. */
hahn_backend support_backend(void);

/** Every way of running that exists here, at least the reference backend in both precisions;
    or those of support_backend. */
int support_configs(struct battery_config out[BATTERY_MAX_CONFIGS]);

/** Qubits of a tile: the same on every machine, for tests aim at the borders of tiles. HAHN_TILE in
    the environment is for trying others, HAHN_TEST_TILE for those of devices. */
#define SUPPORT_TILE_QUBITS 12

/** An engine that runs in this way, on tiles of that size. */
hahn_engine *support_engine(const struct battery_config *config);

/** An engine of the reference backend in f64. */
hahn_engine *support_reference_engine(void);

/** A name for messages, "cpu avx2 f64"; valid until the next call. */
const char *support_config_name(const struct battery_config *config);

/** malloc that fails the test instead of returning NULL. */
void *support_allocate(size_t bytes);

/** count angles of [-7, 7), to be freed. */
double *support_angles(struct battery_random *random, int64_t count);

/** The least echo tolerance that a workspace of the program takes, as the refusal of a smaller one
    tells it. */
double support_least_tolerance(hahn_engine *engine, const hahn_program *program);

/** The status must be HAHN_OK; else the message is shown. */
#define assert_ok(engine, call) support_assert_ok(engine, call, #call, __FILE__, __LINE__)
void support_assert_ok(const hahn_engine *engine, hahn_status status, const char *call,
                       const char *file, int line);

/** The call must give this status, and a message that contains all of the further strings. */
#define assert_refused(engine, expected, call, ...)                                                \
    support_assert_refused(engine, expected, call, #call, __FILE__, __LINE__, __VA_ARGS__, NULL)
void support_assert_refused(const hahn_engine *engine, hahn_status expected, hahn_status status,
                            const char *call, const char *file, int line, ...);

/** |actual - expected| <= tolerance; NaN fails. */
#define assert_within(actual, expected, tolerance)                                                 \
    support_assert_within(actual, expected, tolerance, #actual, __FILE__, __LINE__)
void support_assert_within(double actual, double expected, double tolerance, const char *text,
                           const char *file, int line);

/** An allocator that counts, fills new memory with rubbish, checks the sizes given back, and fails
    on demand. Zero is one that never fails, but fail_at must then be set to -1. */
struct support_memory {
    atomic_llong live, peak; /* bytes */
    atomic_llong calls;      /* of allocate, since the last support_memory_arm */
    atomic_llong wrong;      /* releases with another size than was asked for */
    atomic_llong refused;    /* since the last support_memory_arm */
    long long fail_at;       /* which call fails, from 0; -1: none */
    int fail_on;             /* nonzero: all later ones fail too */
};

/** Count calls from 0 again, and fail as told. */
void support_memory_arm(struct support_memory *memory, long long fail_at, int fail_on);

/** The hooks for hahn_engine_create. */
hahn_allocator support_allocator(struct support_memory *memory);

#endif

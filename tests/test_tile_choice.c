/* How large tiles are: by the cache, as set, by the environment. */
#include "support.h"

#include "core/program.h"
#include "core/tile.h"

/* 4 states of 2^tile amplitudes in half of the cache: 2^tile is the cache over 128 bytes in double
   precision, over 64 in single. */
static void tiles_fit_the_cache(void **state)
{
    static const struct {
        uint64_t kibibytes;
        int f64, f32;
    } caches[] = {
        {0, 10, 10},    {1, 10, 10},    {127, 10, 10},     {256, 11, 12},  {511, 11, 12},
        {512, 12, 13},  {1024, 13, 14}, {1280, 13, 14},    {2047, 13, 14}, {2048, 14, 15},
        {4096, 15, 16}, {8192, 16, 17}, {1 << 20, 21, 21},
    };
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(caches); k++) {
        assert_int_equal(hahn_tile_for_cache(caches[k].kibibytes << 10, HAHN_F64), caches[k].f64);
        assert_int_equal(hahn_tile_for_cache(caches[k].kibibytes << 10, HAHN_F32), caches[k].f32);
    }
    assert_int_equal(hahn_tile_for_cache(UINT64_MAX, HAHN_F64), 21);
}

static int program_tile(hahn_engine *engine, int qubits)
{
    hahn_circuit *circuit;
    hahn_program *program;
    assert_ok(engine, hahn_circuit_create(engine, qubits, &circuit));
    assert_ok(engine, hahn_program_create(engine, circuit, NULL, &program));
    const int tile = program->tile_qubits;
    hahn_program_destroy(program);
    hahn_circuit_destroy(circuit);
    return tile;
}

/* As told, as the cache and the precision at the time want it, and never more than the qubits there
   are. */
static void programs_have_the_tile_that_was_set(void **state)
{
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (int tile = 10; tile <= 21; tile++) {
        assert_ok(engine, hahn_engine_set_tile(engine, tile));
        assert_int_equal(hahn_engine_tile(engine), tile);
        assert_int_equal(program_tile(engine, 22), tile);
        assert_int_equal(program_tile(engine, 10), 10);
        assert_int_equal(program_tile(engine, 3), 3);
    }
    assert_ok(engine, hahn_engine_set_tile(engine, 0));
    for (hahn_precision precision = HAHN_F64; precision <= HAHN_F32; precision++) {
        assert_ok(engine, hahn_engine_set_precision(engine, precision));
        assert_int_equal(hahn_engine_tile(engine),
                         hahn_tile_for_cache(hahn_level2_cache(), precision));
        assert_int_equal(program_tile(engine, 25), hahn_engine_tile(engine));
        /* 4 states of 64 MiB are one tile each. */
        const int whole = precision == HAHN_F64 ? 20 : 21;
        for (int qubits = 1; qubits <= whole; qubits++)
            assert_int_equal(program_tile(engine, qubits), qubits);
        assert_int_equal(program_tile(engine, whole + 1), hahn_engine_tile(engine));
    }
    assert_int_equal(hahn_engine_tile(NULL), 0);
    assert_int_equal(hahn_engine_set_tile(NULL, 12), HAHN_ERR_ARGUMENT);
    hahn_engine_destroy(engine);
}

/* HAHN_TILE is what an engine begins with; what is no tile is passed over. */
static void the_environment_sets_the_tile(void **state)
{
    static const struct {
        const char *text;
        int tile;
    } values[] = {{"10", 10}, {"21", 21}, {"9", 0}, {"22", 0}, {"", 0}, {"11x", 0}, {"x", 0}};
    const char *old = getenv("HAHN_TILE");
    char *kept = old ? strdup(old) : NULL;
    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
        hahn_engine *engine;
        assert_int_equal(setenv("HAHN_TILE", values[k].text, 1), 0);
        assert_int_equal(hahn_engine_create(NULL, &engine), HAHN_OK);
        assert_int_equal(hahn_engine_tile(engine),
                         values[k].tile ? values[k].tile
                                        : hahn_tile_for_cache(hahn_level2_cache(), HAHN_F64));
        hahn_engine_destroy(engine);
    }
    if (kept)
        setenv("HAHN_TILE", kept, 1);
    else
        unsetenv("HAHN_TILE");
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_fit_the_cache),
        cmocka_unit_test(programs_have_the_tile_that_was_set),
        cmocka_unit_test(the_environment_sets_the_tile),
    };
    return support_result(cmocka_run_group_tests_name("tile choice", tests, NULL, NULL));
}

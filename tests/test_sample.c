/* Measurement: shots follow the state's probabilities, never an impossible outcome, and each
   depends on the state, the seed and its own number alone. */
#include "support.h"

enum { SHOTS = 4096 };

/* A compiled circuit without an observable. */
struct sampler {
    hahn_engine *engine;
    struct model_objects objects;
};

static void open_sampler(struct sampler *s, const struct battery_config *config,
                         const struct model *model)
{
    s->engine = support_engine(config);
    assert_ok(s->engine,
              model_compile(model, NULL, NULL, s->engine, 1, HAHN_FOR_STATE, &s->objects));
}

static void close_sampler(struct sampler *s)
{
    model_release(&s->objects);
    hahn_engine_destroy(s->engine);
}

static void shoot(const struct sampler *s, uint64_t seed, int64_t shots, uint64_t *outcomes)
{
    const double no_angles[1] = {0};
    assert_ok(s->engine, hahn_sample(s->objects.workspace, no_angles, seed, shots, outcomes));
}

static void for_each_way(void (*check)(const struct battery_config *))
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    for (int k = 0; k < count; k++)
        check(&configs[k]);
}

/* X on some qubits: one outcome, of probability 1. */
static void check_basis_state(const struct battery_config *config)
{
    static const int sizes[] = {1, 5, 13};
    for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
        struct model model = {.qubits = sizes[n]};
        uint64_t expected = 0, outcomes[16];
        struct sampler s;
        for (int q = 0; q < sizes[n]; q += 2) {
            model.gate[model.gates++] =
                (struct model_gate){.gate = HAHN_GATE_X, .targets = 1, .qubits = {q}};
            expected |= UINT64_C(1) << q;
        }
        open_sampler(&s, config, &model);
        shoot(&s, 3, 16, outcomes);
        for (int k = 0; k < 16; k++)
            assert_true(outcomes[k] == expected);
        close_sampler(&s);
    }
}

static void basis_states(void **state)
{
    (void)state;
    for_each_way(check_basis_state);
}

/* The state (|0...0> + |1...1>) / sqrt(2) has two outcomes; their counts are binomial, and within 6
   standard deviations of the mean. */
static void check_cat_state(const struct battery_config *config)
{
    static const int sizes[] = {2, 6, 13};
    uint64_t outcomes[SHOTS];
    for (size_t n = 0; n < ARRAY_SIZE(sizes); n++) {
        struct model model = {.qubits = sizes[n]};
        struct sampler s;
        int ones = 0;
        model.gate[model.gates++] = (struct model_gate){.gate = HAHN_GATE_H, .targets = 1};
        for (int q = 1; q < sizes[n]; q++)
            model.gate[model.gates++] =
                (struct model_gate){.gate = HAHN_GATE_CX, .targets = 1, .qubits = {q - 1, q}};
        open_sampler(&s, config, &model);
        shoot(&s, support_seed(), SHOTS, outcomes);
        for (int k = 0; k < SHOTS; k++) {
            assert_true(outcomes[k] == 0 || outcomes[k] == (UINT64_C(1) << sizes[n]) - 1);
            ones += outcomes[k] != 0;
        }
        assert_within(ones, SHOTS / 2., 6 * sqrt(SHOTS / 4.));
        close_sampler(&s);
    }
}

static void cat_states(void **state)
{
    (void)state;
    for_each_way(check_cat_state);
}

/* Fewer shots are the first of more; the same seed gives the same shots, another one others. */
static void check_repeats(const struct battery_config *config)
{
    struct battery_random random = support_random("repeats");
    struct model model;
    struct sampler s;
    uint64_t many[SHOTS], few[100], others[SHOTS];
    model_random(&random, 6, 30, 0, &model);
    open_sampler(&s, config, &model);
    shoot(&s, 5, SHOTS, many);
    shoot(&s, 5, ARRAY_SIZE(few), few);
    shoot(&s, 6, SHOTS, others);
    assert_memory_equal(many, few, sizeof few);
    assert_memory_not_equal(many, others, sizeof many);
    close_sampler(&s);
}

static void shots_depend_on_seed_and_number(void **state)
{
    (void)state;
    for_each_way(check_repeats);
}

/* Where backends agree about the state to rounding they agree about almost every shot: a shot
   differs only if its uniform number falls within rounding of a border. */
static void backends_draw_the_same(void **state)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    int count = support_configs(configs);
    uint64_t first[SHOTS], other[SHOTS];
    (void)state;
    for (int k = 0; k < count; k++) {
        struct battery_random random = support_random(__func__);
        struct model model;
        struct sampler s;
        int differing = 0;
        model_random(&random, 6, 30, 0, &model);
        open_sampler(&s, &configs[k], &model);
        shoot(&s, 5, SHOTS, k ? other : first);
        for (int shot = 0; k && shot < SHOTS; shot++)
            differing += first[shot] != other[shot];
        assert_true(differing <= (configs[k].precision == HAHN_F64 ? 0 : 3));
        close_sampler(&s);
    }
}

static void bad_arguments(void **state)
{
    struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct model model = {.qubits = 2};
    struct sampler s;
    uint64_t outcome = 42;
    const double no_angles[1] = {0};
    (void)state;
    open_sampler(&s, &config, &model);
    assert_refused(s.engine, HAHN_ERR_ARGUMENT,
                   hahn_sample(s.objects.workspace, no_angles, 1, -1, &outcome), "-1");
    assert_int_equal(hahn_sample(s.objects.workspace, no_angles, 1, 1, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_sample(NULL, no_angles, 1, 1, &outcome), HAHN_ERR_ARGUMENT);
    assert_true(outcome == 42);
    close_sampler(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basis_states),
        cmocka_unit_test(cat_states),
        cmocka_unit_test(shots_depend_on_seed_and_number),
        cmocka_unit_test(backends_draw_the_same),
        cmocka_unit_test(bad_arguments),
    };
    return support_result(cmocka_run_group_tests_name("samples", tests, NULL, NULL));
}

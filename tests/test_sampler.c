/* Energies and gradients from shots: the groups of terms, the shares of shots, and estimates
   against the exact values and variances of the dense reference. */
#include "support.h"

#include "adjoint/measure.h"
#include "core/program.h"

enum { QUBITS = 4, STATE = 1 << QUBITS, GATES = 14, PARAMETERS = 4, TERMS = 14 };

#define SHOTS_OF(count, which) (&(hahn_shots){.shots = (count), .seed = (which)})

/* A circuit and a sum, compiled, and what they come to. */
struct scene {
    hahn_engine *engine;
    struct model model;
    struct model_sum sum;
    struct model_objects objects;
    hahn_sampler *sampler;
    double theta[PARAMETERS], gradient[PARAMETERS], energy;
    dense_complex state[STATE];
};

static int uses_all(const struct model *model)
{
    unsigned used = 0;
    for (int g = 0; g < model->gates; g++)
        for (int p = 0; p < 3; p++)
            if (model->gate[g].params[p].index >= 0)
                used |= 1u << model->gate[g].params[p].index;
    return used == (1u << PARAMETERS) - 1;
}

static void open_scene(struct scene *s, const struct battery_config *config,
                       struct battery_random *random)
{
    s->engine = support_engine(config);
    do /* until all parameters are used */
        model_random(random, QUBITS, GATES, PARAMETERS, &s->model);
    while (!uses_all(&s->model));
    model_random_sum(random, QUBITS, TERMS, &s->sum);
    for (int k = 0; k < PARAMETERS; k++)
        s->theta[k] = battery_uniform(random, -3, 3);
    assert_ok(s->engine, model_compile(&s->model, &s->sum, NULL, s->engine, 1, HAHN_FOR_GRADIENT,
                                       &s->objects));
    assert_int_equal(hahn_circuit_parameters(s->objects.circuit), PARAMETERS);
    assert_ok(s->engine, hahn_gradient(s->objects.workspace, NULL, 1, s->theta, &s->energy,
                                       s->gradient, NULL));
    long double theta[PARAMETERS];
    for (int k = 0; k < PARAMETERS; k++)
        theta[k] = s->theta[k];
    memset(s->state, 0, sizeof s->state);
    s->state[0] = 1;
    model_run(&s->model, theta, s->state);
    assert_ok(s->engine, hahn_sampler_create(s->objects.workspace, &s->sampler));
}

static void close_scene(struct scene *s)
{
    hahn_sampler_destroy(s->sampler);
    model_release(&s->objects);
    hahn_engine_destroy(s->engine);
}

static hahn_measurement measurement_of(const struct scene *s)
{
    hahn_measurement m = {0};
    assert_ok(s->engine, hahn_measurement_build(s->engine, &s->objects.program->sum, &m));
    return m;
}

/* -- groups and shares ------------------------------------------------------------------------- */

static char letter(uint64_t x, uint64_t z, int qubit)
{
    return "IXZY"[(x >> qubit & 1) | (z >> qubit & 1) << 1];
}

/* Every string of the sum is in one group, and no qubit has two letters in a group. */
static void check_groups(const hahn_measurement *m, const hahn_pauli_sum *sum)
{
    const hahn_measured_group *groups = m->groups.data;
    const hahn_measured_term *terms = m->terms.data;
    uint64_t seen = 0, identities = sum->signs.count - m->terms.count;
    double weight = 0;
    assert_true(identities <= 1);
    for (uint64_t g = 0; g < m->groups.count; g++) {
        double own = 0;
        assert_true(groups[g].first == seen && groups[g].count > 0);
        for (uint64_t k = seen; k < seen + groups[g].count; k++) {
            own += fabs(terms[k].coefficient);
            for (int q = 0; q < QUBITS; q++) {
                const char mine = letter(terms[k].x, terms[k].z, q);
                assert_true(mine == 'I' || mine == letter(groups[g].x, groups[g].z, q));
            }
        }
        assert_within(groups[g].weight, own, 1e-12);
        weight += own;
        seen += groups[g].count;
    }
    assert_true(seen == m->terms.count);
    assert_within(m->weight, weight, 1e-12);
}

static void groups_commute_qubit_by_qubit(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct scene s;
        open_scene(&s, &config, &random);
        hahn_measurement m = measurement_of(&s);
        check_groups(&m, &s.objects.program->sum);
        for (int64_t shots = 2 * (int64_t)m.groups.count; shots < 5000; shots = 3 * shots + 1) {
            int64_t all = 0;
            for (uint64_t g = 0; g < m.groups.count; g++) {
                const int64_t share = hahn_measurement_share(&m, g, shots);
                const double weight = ((const hahn_measured_group *)m.groups.data)[g].weight;
                const double rest = (double)(shots - 2 * (int64_t)m.groups.count);
                assert_true(share >= 2);
                assert_within((double)share, 2 + rest * weight / m.weight, 1);
                all += share;
            }
            assert_true(all == shots);
        }
        hahn_measurement_release(s.engine, &m);
        close_scene(&s);
    }
}

/* From so many shots on each setting that is heavy enough is measured ten times; and not from a
   fourth of what is beyond two for each. */
static void sound_shots_are_ten_of_each(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct scene s;
        open_scene(&s, &config, &random);
        hahn_measurement m = measurement_of(&s);
        const hahn_measured_group *groups = m.groups.data;
        const int64_t least = 2 * (int64_t)m.groups.count, sound = hahn_measurement_sound_shots(&m);
        double heaviest = 0;
        bool some = false;
        for (uint64_t g = 0; g < m.groups.count; g++)
            heaviest = fmax(heaviest, groups[g].weight);
        for (uint64_t g = 0; g < m.groups.count; g++) {
            if (groups[g].weight < heaviest / 16)
                continue;
            for (int64_t shots = sound; shots < 100 * sound; shots = 2 * shots + 1)
                assert_true(hahn_measurement_share(&m, g, shots) >= 10);
            some = some || hahn_measurement_share(&m, g, least + (sound - least) / 4) < 10;
        }
        assert_true(some);
        hahn_measurement_release(s.engine, &m);
        close_scene(&s);
    }
}

/* XX, YY and ZZ of all bonds: three settings; a field along X goes with one of them. */
static void named_models_need_few_settings(void **state)
{
    hahn_engine *engine = support_reference_engine();
    const hahn_lattice ring = {6, 1, 1};
    hahn_observable *observables[3];
    static const int64_t groups[] = {3, 2, 1};
    static const int ends[] = {0, 1, 1, 2, 2, 3};
    (void)state;
    assert_ok(engine, hahn_observable_heisenberg(engine, ring, 1, &observables[0]));
    assert_ok(engine, hahn_observable_ising(engine, ring, 1, 0.5, &observables[1]));
    assert_ok(engine, hahn_observable_maxcut(engine, 6, 3, ends, NULL, &observables[2]));
    for (int k = 0; k < 3; k++) {
        hahn_circuit *circuit;
        hahn_program *program;
        hahn_workspace *workspace;
        hahn_sampler *sampler;
        hahn_sampler_info info;
        assert_ok(engine, hahn_ansatz_variational(engine, 6, 2, &circuit));
        assert_ok(engine, hahn_program_create(engine, circuit, observables[k], &program));
        assert_ok(engine,
                  hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
        const uint64_t before = hahn_engine_memory_used(engine);
        assert_ok(engine, hahn_sampler_create(workspace, &sampler));
        assert_ok(engine, hahn_sampler_describe(sampler, &info));
        assert_int_equal(info.groups, groups[k]);
        assert_int_equal(info.least_shots, 2 * groups[k]);
        assert_true(info.sound_shots >= 10 * groups[k]);
        assert_true(hahn_engine_memory_used(engine) - before == info.bytes);
        hahn_sampler_destroy(sampler);
        assert_true(hahn_engine_memory_used(engine) == before);
        hahn_workspace_destroy(workspace);
        hahn_program_destroy(program);
        hahn_observable_destroy(observables[k]);
        hahn_circuit_destroy(circuit);
    }
    hahn_engine_destroy(engine);
}

/* -- estimates --------------------------------------------------------------------------------- */

/* Variance of one shot of a group, <V^2> - <V>^2, by the dense reference: V as a sum of its terms,
   V^2 as the norm of V psi. */
static double exact_variance(const struct scene *s, const hahn_measurement *m, uint64_t index)
{
    const hahn_measured_group *group = (const hahn_measured_group *)m->groups.data + index;
    const hahn_measured_term *terms = (const hahn_measured_term *)m->terms.data + group->first;
    struct dense_term sum[TERMS];
    dense_complex applied[STATE];
    long double square = 0;
    for (uint64_t k = 0; k < group->count; k++)
        sum[k] = (struct dense_term){terms[k].coefficient, terms[k].x, terms[k].z};
    const long double mean = dense_expectation(QUBITS, (int)group->count, sum, s->state);
    dense_observable(QUBITS, (int)group->count, sum, s->state, applied);
    for (int j = 0; j < STATE; j++)
        square += creall(applied[j] * conjl(applied[j]));
    return (double)(square - mean * mean);
}

static double exact_error(const struct scene *s, int64_t shots)
{
    hahn_measurement m = measurement_of(s);
    double variance = 0;
    for (uint64_t g = 0; g < m.groups.count; g++)
        variance += exact_variance(s, &m, g) / (double)hahn_measurement_share(&m, g, shots);
    hahn_measurement_release(s->engine, &m);
    return sqrt(variance);
}

/* Of R independent estimates of standard error e, the mean is within 5 e / sqrt(R) of the truth,
   and the scatter squared within 5 sqrt(2 / R) of e squared, but for one run in a million. What is
   told is the scatter within each: as near as its own number of shots lets it be. */
static void energies_scatter_as_told(void **state)
{
    enum { REPETITIONS = 400, SHOTS = 2000 };
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    (void)state;
    for (int c = 0; c < count; c++) {
        struct battery_random random = support_random(__func__);
        struct scene s;
        double mean = 0, square = 0, told = 0;
        open_scene(&s, &configs[c], &random);
        const double error = exact_error(&s, SHOTS);
        for (int r = 0; r < REPETITIONS; r++) {
            hahn_estimate e;
            assert_ok(s.engine,
                      hahn_sampled_energy(s.sampler, SHOTS_OF(SHOTS, support_seed() + (uint64_t)r),
                                          s.theta, &e));
            assert_true(e.shots == SHOTS);
            mean += (e.value - s.energy) / REPETITIONS;
            square += (e.value - s.energy) * (e.value - s.energy) / REPETITIONS;
            told += e.error * e.error / REPETITIONS;
        }
        assert_true(error > 0.001);
        assert_within(mean, 0, 5 * error / sqrt(REPETITIONS));
        assert_within(square / (error * error), 1, 5 * sqrt(2.0 / REPETITIONS));
        assert_within(told / (error * error), 1, 0.05);
        hahn_sampler_info info;
        assert_ok(s.engine, hahn_sampler_describe(s.sampler, &info));
        assert_true(error <= 1.01 * info.weight / sqrt(SHOTS));
        close_scene(&s);
    }
}

/* Gradients likewise, with shared and scaled parameters. */
static void gradients_scatter_as_told(void **state)
{
    enum { REPETITIONS = 500, SHOTS = 400 };
    const struct battery_config config = {HAHN_BACKEND_CPU, "", HAHN_F64};
    struct battery_random random = support_random(__func__);
    struct scene s;
    double mean[PARAMETERS] = {0}, square[PARAMETERS] = {0}, told[PARAMETERS] = {0};
    (void)state;
    open_scene(&s, &config, &random);
    for (int r = 0; r < REPETITIONS; r++) {
        double gradient[PARAMETERS], errors[PARAMETERS];
        hahn_estimate energy;
        assert_ok(s.engine,
                  hahn_sampled_gradient(s.sampler, SHOTS_OF(SHOTS, support_seed() + (uint64_t)r),
                                        s.theta, &energy, gradient, errors));
        assert_true(energy.shots > 2 * PARAMETERS * SHOTS && energy.shots % SHOTS == 0);
        for (int k = 0; k < PARAMETERS; k++) {
            const double off = gradient[k] - s.gradient[k];
            mean[k] += off / REPETITIONS;
            square[k] += off * off / REPETITIONS;
            told[k] += errors[k] * errors[k] / REPETITIONS;
        }
    }
    for (int k = 0; k < PARAMETERS; k++) {
        assert_true(told[k] > 0);
        assert_within(mean[k], 0, 5 * sqrt(told[k] / REPETITIONS));
        assert_within(square[k] / told[k], 1, 5 * sqrt(2.0 / REPETITIONS) + 0.05);
    }
    close_scene(&s);
}

/* The same components one at a time, from shots of the same seed: others, for an energy's number is
   that among those measured; but as good. */
static void ranges_of_components(void **state)
{
    const struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct battery_random random = support_random(__func__);
    struct scene s;
    (void)state;
    open_scene(&s, &config, &random);
    for (int k = 0; k < PARAMETERS; k++) {
        const hahn_shots shots = {.shots = 400, .seed = 3, .first = k, .count = 1};
        double gradient[PARAMETERS], errors[PARAMETERS];
        assert_ok(s.engine,
                  hahn_sampled_gradient(s.sampler, &shots, s.theta, NULL, gradient, errors));
        assert_within(gradient[k], s.gradient[k], 6 * errors[k]);
        for (int other = 0; other < PARAMETERS; other++)
            assert_true(other == k ? errors[k] > 0 : gradient[other] == 0 && errors[other] == 0);
    }
    const hahn_shots beyond = {.shots = 400, .first = PARAMETERS, .count = 1};
    double none[PARAMETERS];
    assert_refused(s.engine, HAHN_ERR_ARGUMENT,
                   hahn_sampled_gradient(s.sampler, &beyond, s.theta, NULL, none, NULL),
                   "1 components from 4 on");
    close_scene(&s);
}

/* One parameter twice in one rotation: its error doubles, and does not add up like two. */
static void parameters_twice_in_a_term(void **state)
{
    hahn_engine *engine = support_reference_engine();
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    hahn_sampler *sampler;
    const double theta[] = {0.3, 0.8};
    double gradient[2], errors[2];
    (void)state;
    assert_ok(engine, hahn_circuit_create(engine, 1, &circuit));
    assert_ok(engine, hahn_circuit_ry(circuit, 0, hahn_theta(0)));
    assert_ok(engine, hahn_circuit_ry(circuit, 0, hahn_theta(1)));
    assert_ok(engine, hahn_circuit_ry(circuit, 0, hahn_theta(0)));
    assert_ok(engine, hahn_observable_create(engine, 1, &observable));
    assert_ok(engine, hahn_observable_add(observable, 1, "Z", (const int[]){0}));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_int_equal(program->terms.count, 1);
    assert_ok(engine,
              hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
    assert_ok(engine, hahn_sampler_create(workspace, &sampler));
    assert_ok(engine,
              hahn_sampled_gradient(sampler, SHOTS_OF(100, 1), theta, NULL, gradient, errors));
    assert_true(errors[1] > 0);
    assert_within(gradient[0], 2 * gradient[1], 1e-12);
    assert_within(errors[0], 2 * errors[1], 1e-12);
    /* Shifted up and down from 0 the outcomes are as likely: with the same uniforms they would be
       the same, and their difference 0 whatever the seed. */
    int different = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const double zero[] = {0, 0};
        assert_ok(engine, hahn_sampled_gradient(sampler, SHOTS_OF(100, seed), zero, NULL, gradient,
                                                errors));
        different += gradient[1] != 0;
    }
    assert_true(different > 10);
    hahn_sampler_destroy(sampler);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
    hahn_circuit_destroy(circuit);
    hahn_engine_destroy(engine);
}

/* The same seed, the same shots; another one, others; another number of them, others; and what runs
   in between does not matter. */
static void seeds_decide(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct battery_config config = {HAHN_BACKEND_CPU, "", HAHN_F64};
    struct scene s;
    hahn_estimate a, b;
    double first[PARAMETERS], again[PARAMETERS], errors[PARAMETERS];
    (void)state;
    open_scene(&s, &config, &random);
    assert_ok(s.engine, hahn_sampled_energy(s.sampler, SHOTS_OF(500, 7), s.theta, &a));
    assert_ok(s.engine,
              hahn_sampled_gradient(s.sampler, SHOTS_OF(500, 7), s.theta, &b, first, errors));
    assert_true(a.value == b.value && a.error == b.error);
    assert_ok(s.engine,
              hahn_sampled_gradient(s.sampler, SHOTS_OF(500, 7), s.theta, NULL, again, NULL));
    assert_memory_equal(first, again, sizeof first);
    assert_ok(s.engine, hahn_sampled_energy(s.sampler, SHOTS_OF(500, 8), s.theta, &b));
    assert_true(a.value != b.value);
    close_scene(&s);
}

/* Eigenstates have no scatter: the energy is exact after two shots, in every axis. */
static void eigenstates_are_certain(void **state)
{
    static const char *const strings[] = {"ZI", "IZ", "ZZ"};
    hahn_engine *engine = support_reference_engine();
    (void)state;
    for (int axis = 0; axis < 3; axis++) {
        hahn_circuit *circuit;
        hahn_observable *observable;
        hahn_program *program;
        hahn_workspace *workspace;
        hahn_sampler *sampler;
        hahn_estimate e;
        double energy;
        assert_ok(engine, hahn_circuit_create(engine, 2, &circuit));
        assert_ok(engine, hahn_circuit_x(circuit, 1));
        for (int q = 0; q < 2 && axis > 0; q++) {
            assert_ok(engine, hahn_circuit_h(circuit, q));
            if (axis == 2)
                assert_ok(engine, hahn_circuit_s(circuit, q));
        }
        assert_ok(engine, hahn_observable_create(engine, 2, &observable));
        assert_ok(engine, hahn_observable_add(observable, 5, "", NULL));
        for (int k = 0; k < 3; k++) {
            char paulis[3] = {0};
            for (int q = 0; q < 2; q++)
                paulis[q] = strings[k][q] == 'I' ? 'I' : "ZXY"[axis];
            assert_ok(engine, hahn_observable_add(observable, 1 << k, paulis, (const int[]){0, 1}));
        }
        assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
        assert_ok(engine,
                  hahn_workspace_create(engine, program, WORKSPACE(1, HAHN_FOR_STATE), &workspace));
        assert_ok(engine, hahn_sampler_create(workspace, &sampler));
        assert_ok(engine, hahn_energy(workspace, 1, NULL, &energy));
        assert_ok(engine, hahn_sampled_energy(sampler, SHOTS_OF(2, 3), NULL, &e));
        assert_within(energy, 5 + 1 - 2 - 4, 1e-14);
        assert_true(e.value == 5 + 1 - 2 - 4 && e.error == 0);
        assert_refused(engine, HAHN_ERR_ARGUMENT,
                       hahn_sampled_energy(sampler, SHOTS_OF(1, 3), NULL, &e),
                       "1 shots are too few", "use 2 or more");
        hahn_sampler_destroy(sampler);
        hahn_workspace_destroy(workspace);
        hahn_program_destroy(program);
        hahn_observable_destroy(observable);
        hahn_circuit_destroy(circuit);
    }
    hahn_engine_destroy(engine);
}

static void refusals(void **state)
{
    struct battery_random random = support_random(__func__);
    const struct battery_config config = {HAHN_BACKEND_REFERENCE, "", HAHN_F64};
    struct scene s;
    hahn_estimate e = {1, 2, 3};
    double bad[PARAMETERS] = {NAN}, gradient[PARAMETERS];
    struct model_objects states;
    hahn_sampler *none = NULL;
    (void)state;
    open_scene(&s, &config, &random);
    assert_refused(s.engine, HAHN_ERR_ARGUMENT,
                   hahn_sampled_gradient(s.sampler, SHOTS_OF(3, 1), s.theta, NULL, gradient, NULL),
                   "3 shots are too few", "settings");
    assert_refused(s.engine, HAHN_ERR_ARGUMENT,
                   hahn_sampled_energy(s.sampler, SHOTS_OF(HAHN_MOST_SHOTS + 1, 1), s.theta, &e),
                   "1099511627777 shots", "at most 1099511627776");
    assert_refused(
        s.engine, HAHN_ERR_ARGUMENT,
        hahn_sampled_gradient(s.sampler, SHOTS_OF(INT64_MAX, 1), s.theta, NULL, gradient, NULL),
        "out of range");
    assert_refused(s.engine, HAHN_ERR_PARAMETER,
                   hahn_sampled_energy(s.sampler, SHOTS_OF(1000, 1), bad, &e), "theta[0]");
    assert_true(e.value == 1 && e.error == 2 && e.shots == 3);
    assert_int_equal(hahn_sampled_energy(NULL, SHOTS_OF(1000, 1), s.theta, &e), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_sampler_create(NULL, &none), HAHN_ERR_ARGUMENT);
    assert_ok(s.engine, model_compile(&s.model, NULL, NULL, s.engine, 1, HAHN_FOR_STATE, &states));
    assert_refused(s.engine, HAHN_ERR_ARGUMENT, hahn_sampler_create(states.workspace, &none),
                   "no observable");
    assert_null(none);
    model_release(&states);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_commute_qubit_by_qubit),
        cmocka_unit_test(sound_shots_are_ten_of_each),
        cmocka_unit_test(named_models_need_few_settings),
        cmocka_unit_test(energies_scatter_as_told),
        cmocka_unit_test(gradients_scatter_as_told),
        cmocka_unit_test(ranges_of_components),
        cmocka_unit_test(parameters_twice_in_a_term),
        cmocka_unit_test(seeds_decide),
        cmocka_unit_test(eigenstates_are_certain),
        cmocka_unit_test(refusals),
    };
    return support_result(cmocka_run_group_tests_name("sampler", tests, NULL, NULL));
}

/* Neighbouring Pauli rotations that share a change of basis, against the same rotations kept apart:
   an identity gate between two of them ends a run. */
#include "support.h"

enum { QUBITS = 12, TILE = 10, PARAMETERS = 6, STATE = 1 << QUBITS };

/* A circuit built twice: as it is, and with an identity gate after each gate. */
struct twins {
    hahn_engine *engine;
    hahn_circuit *close, *apart;
    int gates;
};

static void open_twins(struct twins *t, hahn_engine *engine)
{
    *t = (struct twins){.engine = engine};
    assert_ok(engine, hahn_engine_set_tile(engine, TILE));
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &t->close));
    assert_ok(engine, hahn_circuit_create(engine, QUBITS, &t->apart));
}

static void close_twins(struct twins *t)
{
    hahn_circuit_destroy(t->apart);
    hahn_circuit_destroy(t->close);
}

static void add_string(struct twins *t, uint64_t x, uint64_t z, hahn_param angle)
{
    char letters[QUBITS + 1] = "";
    int qubits[QUBITS], count = 0;
    for (int q = QUBITS - 1; q >= 0; q--) {
        const int moves = x >> q & 1, turns = z >> q & 1;
        if (!moves && !turns)
            continue;
        letters[count] = moves && turns ? 'Y' : moves ? 'X' : 'Z';
        qubits[count++] = q;
    }
    if (!count)
        return;
    assert_ok(t->engine, hahn_circuit_pauli_rotation(t->close, letters, qubits, angle));
    assert_ok(t->engine, hahn_circuit_pauli_rotation(t->apart, letters, qubits, angle));
    assert_ok(t->engine, hahn_circuit_i(t->apart, 0));
    t->gates++;
}

/* A rotation of every qubit, so that no state is special. */
static void add_layer(struct twins *t, struct battery_random *random)
{
    for (int q = 0; q < QUBITS; q++) {
        const hahn_param angle = hahn_fixed(battery_uniform(random, 0.3, 2.8));
        assert_ok(t->engine, hahn_circuit_ry(t->close, q, angle));
        assert_ok(t->engine, hahn_circuit_ry(t->apart, q, angle));
        t->gates++;
    }
}

static hahn_param some_angle(struct battery_random *random)
{
    return hahn_affine(battery_uniform(random, -2, 2), battery_below(random, PARAMETERS),
                       battery_uniform(random, -1, 1));
}

static uint64_t some_mask(struct battery_random *random)
{
    return (uint64_t)battery_below(random, STATE);
}

/* z made even or odd on x. */
static uint64_t with_parity(uint64_t z, uint64_t x, int odd)
{
    return __builtin_parityll(x & z) == odd ? z : z ^ (x & -x);
}

/* Strings that commute and move amplitudes alike or not at all, in any order. */
static void add_run(struct twins *t, struct battery_random *random)
{
    uint64_t x = 0;
    const int odd = battery_below(random, 2), count = 2 + battery_below(random, 6);
    while (__builtin_popcountll(x) < 2)
        x = some_mask(random);
    for (int k = 0; k < count; k++) {
        const int still = battery_below(random, 3) == 0;
        add_string(t, still ? 0 : x, with_parity(some_mask(random), x, !still && odd),
                   some_angle(random));
    }
}

/* A run, and in its midst a string that anticommutes with some, or moves amplitudes otherwise. */
static void add_broken_run(struct twins *t, struct battery_random *random)
{
    add_run(t, random);
    add_string(t, some_mask(random), some_mask(random), some_angle(random));
    add_run(t, random);
}

static void add_bond(struct twins *t, struct battery_random *random)
{
    const uint64_t a = UINT64_C(1) << battery_below(random, QUBITS);
    const uint64_t b = a == 1 << (QUBITS - 1) ? 1 : a << 1;
    add_string(t, a | b, 0, some_angle(random));
    add_string(t, a | b, a | b, some_angle(random));
    add_string(t, 0, a | b, some_angle(random));
}

static int64_t terms_of(hahn_engine *engine, const hahn_program *program)
{
    hahn_program_info info;
    assert_ok(engine, hahn_program_describe(program, &info));
    return info.terms;
}

struct outcome {
    double energy, gradient[PARAMETERS], state[2 * STATE];
    int64_t terms;
};

static void run(hahn_engine *engine, const hahn_circuit *circuit, const double *theta,
                struct outcome *out)
{
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
    memset(out, 0, sizeof *out); /* a circuit may do without the last parameters */
    assert_ok(engine,
              hahn_observable_heisenberg(engine, (hahn_lattice){QUBITS, 1, 1}, 1, &observable));
    assert_ok(engine, hahn_program_create(engine, circuit, observable, &program));
    assert_ok(engine, hahn_workspace_create(engine, program, NULL, &workspace));
    assert_ok(engine, hahn_gradient(workspace, NULL, 1, theta, &out->energy, out->gradient, NULL));
    assert_ok(engine, hahn_final_state(workspace, 1, theta, out->state));
    out->terms = terms_of(engine, program);
    hahn_workspace_destroy(workspace);
    hahn_program_destroy(program);
    hahn_observable_destroy(observable);
}

static double distance(const double *left, const double *right)
{
    double sum = 0;
    for (int k = 0; k < 2 * STATE; k++)
        sum += (left[k] - right[k]) * (left[k] - right[k]);
    return sqrt(sum);
}

/* Both circuits do the same, each within the library's bounds. Every angle's scale is at most 2. */
static void check_twins(const struct twins *t, struct battery_random *random, int64_t terms[2])
{
    const hahn_precision precision = hahn_engine_precision(t->engine);
    const double norm = 3 * QUBITS;
    double *theta = support_angles(random, PARAMETERS);
    struct outcome *close = support_allocate(sizeof *close),
                   *apart = support_allocate(sizeof *apart);
    run(t->engine, t->close, theta, close);
    run(t->engine, t->apart, theta, apart);
    assert_within(distance(close->state, apart->state), 0,
                  2 * battery_state_tolerance(precision, t->gates));
    assert_within(close->energy, apart->energy,
                  2 * battery_energy_tolerance(precision, t->gates, norm));
    for (int k = 0; k < PARAMETERS; k++)
        assert_within(close->gradient[k], apart->gradient[k],
                      2 * battery_gradient_tolerance(precision, t->gates, norm, 2.0 * t->gates));
    terms[0] = close->terms;
    terms[1] = apart->terms;
    free(apart);
    free(close);
    free(theta);
}

struct kind {
    const char *name;
    void (*add)(struct twins *t, struct battery_random *random);
};

/* In every way of running, with the same circuits in each. */
static void test_runs(void **state)
{
    const struct kind *kind = *state;
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int count = support_configs(configs);
    for (int k = 0; k < count; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct battery_random random = support_random(kind->name);
        for (int round = 0; round < 4; round++) {
            struct twins t;
            int64_t terms[2];
            open_twins(&t, engine);
            add_layer(&t, &random);
            for (int times = 0; times < 3; times++)
                kind->add(&t, &random);
            check_twins(&t, &random, terms);
            close_twins(&t);
        }
        hahn_engine_destroy(engine);
    }
}

/* XX, YY and ZZ of a bond: three rotations about Z strings, and one rotation of a qubit to enter
   their basis and one to leave it. Apart: one for each qubit of XX and of YY, there and back. */
static void test_what_a_bond_takes(void **state)
{
    hahn_engine *engine = support_reference_engine();
    struct battery_random random = support_random("a bond");
    struct twins t;
    int64_t terms[2];
    (void)state;
    open_twins(&t, engine);
    for (uint64_t x = 3, k = 0; k < 3; k++)
        add_string(&t, k < 2 ? x : 0, k > 0 ? x : 0, hahn_theta((int64_t)k));
    check_twins(&t, &random, terms);
    assert_int_equal(terms[0], 3 + 2);
    /* The phases that make a Y an X: one each, there and back. */
    assert_int_equal(terms[1], 3 + 8 + 4);
    close_twins(&t);
    hahn_engine_destroy(engine);
}

int main(void)
{
    static const struct kind kinds[] = {
        {"runs", add_run}, {"broken runs", add_broken_run}, {"bonds", add_bond}};
    const struct CMUnitTest tests[] = {
        {"runs", test_runs, NULL, NULL, (void *)&kinds[0]},
        {"broken runs", test_runs, NULL, NULL, (void *)&kinds[1]},
        {"bonds", test_runs, NULL, NULL, (void *)&kinds[2]},
        cmocka_unit_test(test_what_a_bond_takes),
    };
    return support_result(cmocka_run_group_tests_name("pauli_runs", tests, NULL, NULL));
}

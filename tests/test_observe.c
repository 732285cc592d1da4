/* O psi and <psi|O|psi> of every way of running, against the dense reference: observables of many
   shapes, on states below, at and above the sizes of the pieces in which backends work. */
#include "support.h"

#include "core/program.h"

enum { MOST_QUBITS = 14 };

struct terms {
    int qubits, count;
    struct dense_term *term;
};

/* Fills in term k of an observable; `mask` has all qubits set. */
typedef void (*shape)(struct battery_random *random, uint64_t mask, int k, struct dense_term *term);

static struct terms make_terms(struct battery_random *random, shape fill, int qubits, int count)
{
    struct terms t = {qubits, count, support_allocate((size_t)count * sizeof(struct dense_term))};
    for (int k = 0; k < count; k++) {
        t.term[k] = (struct dense_term){battery_uniform(random, -1, 1), 0, 0};
        fill(random, ((uint64_t)1 << qubits) - 1, k, &t.term[k]);
    }
    return t;
}

static void any(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    (void)k;
    term->x = battery_bits(random) & mask;
    term->z = battery_bits(random) & mask;
}

static void identity(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    (void)random, (void)mask, (void)k, (void)term;
}

/* X, Y or Z on all qubits. */
static void all_qubits(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    (void)random;
    term->x = k % 3 < 2 ? mask : 0;
    term->z = k % 3 > 0 ? mask : 0;
}

static void diagonal(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    (void)k;
    term->z = battery_bits(random) & mask;
}

static void low_bits(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    any(random, mask & 31, k, term);
}

static void high_bits(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    any(random, mask ^ mask >> 3, k, term);
}

/* XX, YY and ZZ of the bonds of a ring: exact zeros in many places. */
static void ring(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    const int qubits = __builtin_popcountll(mask), first = k / 3 % qubits;
    const uint64_t bond = 1ull << first | 1ull << (first + 1) % qubits;
    (void)random;
    *term = (struct dense_term){0.5, k % 3 < 2 ? bond : 0, k % 3 > 0 ? bond : 0};
}

/* Few x, each with many z. */
static void few_moves(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    any(random, mask, k, term);
    term->x = ((uint64_t)(k % 3) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & mask;
}

/* Eight z for each of many x, more than a plan has tables for; for every fourth x they are alike in
   the low bits. */
static void many_tables(struct battery_random *random, uint64_t mask, int k,
                        struct dense_term *term)
{
    any(random, mask >> 1, k, term);
    term->x = (uint64_t)(k / 8) & mask;
    if (k / 8 % 4 == 0)
        term->z = (term->z & ~UINT64_C(255)) | (term->x & 255);
}

/* a*_p a*_q a_r a_s + h.c. of Jordan and Wigner on four of the qubits, the upper two outside of a
   block where there are so many. */
static void excitation(struct battery_random *random, uint64_t mask, int k, struct dense_term *term)
{
    static const int places[] = {0, 3, 5, 6, 9, 10, 12, 15}; /* an even number of Y */
    static const double sign[] = {1, -1, 1, 1, 1, 1, -1, 1};
    const uint64_t top = mask ^ mask >> 1, qubit[] = {1, 2, top >> 1, top};
    (void)random;
    *term = (struct dense_term){0.3 * sign[k % 8], 0, 0};
    for (int q = 0; q < 4; q++) {
        term->x |= qubit[q] & mask;
        term->z |= places[k % 8] >> q & 1 ? qubit[q] & mask : 0;
    }
}

/* Errors relative to N, the sum of the coefficients' magnitudes, which bounds the sum over all
   factors and amplitudes of their products, too. An amplitude is a sum of at most `terms` products;
   a factor is one of at most `terms` values, and of at most 13 levels of a transform; four
   roundings more for the start, a value, a factor and a product. The energy adds up a block's
   products in the state's precision. */
static double tolerance(hahn_precision precision, const struct terms *t, int energy)
{
    double norm = 0;
    for (int k = 0; k < t->count; k++)
        norm += fabs(t->term[k].coefficient);
    return (2 * t->count + 17 + (energy ? 1 << HAHN_OBSERVE_QUBITS : 0)) * norm *
           battery_roundoff(precision);
}

struct run {
    hahn_circuit *circuit;
    hahn_observable *observable;
    hahn_program *program;
    hahn_workspace *workspace;
};

/* A circuit without gates: its adjoint state is O psi. */
static struct run open_run(hahn_engine *engine, const struct terms *t, const double *start)
{
    struct run r;
    assert_ok(engine, hahn_circuit_create(engine, t->qubits, &r.circuit));
    assert_ok(engine, hahn_observable_create(engine, t->qubits, &r.observable));
    for (int k = 0; k < t->count; k++)
        assert_ok(engine, hahn_observable_add_masks(r.observable, t->term[k].coefficient,
                                                    t->term[k].x, t->term[k].z));
    assert_ok(engine, hahn_program_create(engine, r.circuit, r.observable, &r.program));
    assert_ok(engine, hahn_workspace_create(engine, r.program, WORKSPACE(1, HAHN_FOR_GRADIENT),
                                            &r.workspace));
    assert_ok(engine, hahn_workspace_set_start(r.workspace, start));
    return r;
}

static void close_run(struct run *r)
{
    hahn_workspace_destroy(r->workspace);
    hahn_program_destroy(r->program);
    hahn_observable_destroy(r->observable);
    hahn_circuit_destroy(r->circuit);
}

/* O psi, interleaved; the energy of the run that keeps it and of the one that does not. */
static double observe(hahn_engine *engine, const struct run *r, double *image)
{
    double kept, energy;
    assert_ok(engine, hahn_gradient(r->workspace, NULL, 1, NULL, &kept, NULL, NULL));
    assert_ok(engine, hahn_adjoint_state(r->workspace, 0, image));
    assert_ok(engine, hahn_energy(r->workspace, 1, NULL, &energy));
    assert_true(kept == energy);
    return energy;
}

struct expected {
    dense_complex *state, *image;
    double *start, energy;
};

static struct expected expect(struct battery_random *random, const struct terms *t)
{
    const size_t size = (size_t)1 << t->qubits;
    struct expected e = {support_allocate(size * sizeof *e.state),
                         support_allocate(size * sizeof *e.image),
                         support_allocate(2 * size * sizeof *e.start), 0};
    model_random_state(random, t->qubits, e.state, e.start);
    dense_observable(t->qubits, t->count, t->term, e.state, e.image);
    e.energy = (double)creall(dense_inner(t->qubits, e.state, e.image));
    return e;
}

static void release(struct expected *e)
{
    free(e->state);
    free(e->image);
    free(e->start);
}

static void compare(hahn_engine *engine, const struct terms *t, const struct expected *e)
{
    const hahn_precision precision = hahn_engine_precision(engine);
    double *image = support_allocate(sizeof *image << (t->qubits + 1));
    struct run r = open_run(engine, t, e->start);
    assert_within(observe(engine, &r, image), e->energy, tolerance(precision, t, 1));
    assert_within(dense_distance(t->qubits, e->image, image), 0, tolerance(precision, t, 0));
    close_run(&r);
    free(image);
}

static void in_every_way(struct battery_random *random, shape fill, int qubits, int count)
{
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int ways = support_configs(configs);
    struct terms t = make_terms(random, fill, qubits, count);
    struct expected e = expect(random, &t);
    for (int k = 0; k < ways; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        compare(engine, &t, &e);
        hahn_engine_destroy(engine);
    }
    release(&e);
    free(t.term);
}

static void every_shape_on_every_size(void **state)
{
    static const struct {
        shape fill;
        int count;
    } shapes[] = {
        {any, 1},        {any, 5},        {any, 60},      {identity, 1},   {all_qubits, 3},
        {diagonal, 2},   {diagonal, 60},  {low_bits, 30}, {high_bits, 30}, {ring, 42},
        {few_moves, 60}, {excitation, 8}, {any, 0},
    };
    struct battery_random random = support_random(__func__);
    (void)state;
    for (int qubits = 1; qubits <= MOST_QUBITS; qubits++)
        for (size_t k = 0; k < ARRAY_SIZE(shapes); k++)
            in_every_way(&random, shapes[k].fill, qubits, shapes[k].count);
}

static void thousands_of_terms(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    in_every_way(&random, any, 5, 2000);
    in_every_way(&random, any, 12, 3000);
    in_every_way(&random, few_moves, 12, 2000);
    in_every_way(&random, diagonal, 13, 1000);
}

/* Compile an observable and look at its plan. */
static hahn_program *plan(hahn_engine *engine, const struct terms *t)
{
    struct run r = open_run(engine, t, NULL);
    hahn_workspace_destroy(r.workspace);
    hahn_observable_destroy(r.observable);
    hahn_circuit_destroy(r.circuit);
    return r.program;
}

static int sources_with_table(const hahn_program *program)
{
    const hahn_source *sources = program->plan.sources.data;
    int count = 0;
    for (uint64_t s = 0; s < program->plan.sources.count; s++)
        count += sources[s].way == HAHN_BY_TABLE;
    return count;
}

/* That the shapes above take both ways, with a table and without. */
static void tables_are_bounded(void **state)
{
    struct battery_random random = support_random(__func__);
    (void)state;
    hahn_engine *engine = support_reference_engine();
    struct terms t = make_terms(&random, many_tables, MOST_QUBITS, 8 * 400);
    hahn_program *program = plan(engine, &t);
    const int tables = sources_with_table(program);
    assert_true(tables > 0 && (uint64_t)tables < program->plan.sources.count);
    assert_true(program->bytes < UINT64_C(32) << 20);
    hahn_program_destroy(program);
    hahn_engine_destroy(engine);
    in_every_way(&random, many_tables, t.qubits, t.count);
    free(t.term);

    engine = support_reference_engine();
    t = make_terms(&random, diagonal, MOST_QUBITS, 60);
    program = plan(engine, &t);
    assert_int_equal(program->plan.sources.count, 1);
    assert_int_equal(sources_with_table(program), 0);
    hahn_program_destroy(program);
    hahn_engine_destroy(engine);
    free(t.term);
}

/* An excitation acts where its upper two qubits are alike: half of the blocks. */
static void idle_blocks_are_known(void **state)
{
    struct battery_random random = support_random(__func__);
    hahn_engine *engine = support_reference_engine();
    struct terms t = make_terms(&random, excitation, HAHN_OBSERVE_QUBITS + 2, 8);
    hahn_program *program = plan(engine, &t);
    const hahn_source *source = program->plan.sources.data;
    (void)state;
    assert_int_equal(program->plan.sources.count, 1);
    assert_int_equal(source->rank, 2);
    assert_int_equal(__builtin_popcount(source->live), 2);
    hahn_program_destroy(program);
    hahn_engine_destroy(engine);
    free(t.term);
}

static void same_bits_on_any_number_of_threads(void **state)
{
    static const int threads[] = {1, 2, 3, 7};
    struct battery_random random = support_random(__func__);
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int ways = support_configs(configs);
    struct terms t = make_terms(&random, any, MOST_QUBITS, 60);
    struct expected e = expect(&random, &t);
    const size_t bytes = sizeof(double) << (t.qubits + 1);
    double *first = support_allocate(bytes), *other = support_allocate(bytes), energy = 0;
    (void)state;
    for (int k = 0; k < ways; k++)
        for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
            hahn_engine *engine = support_engine(&configs[k]);
            assert_ok(engine, hahn_engine_set_threads(engine, threads[i]));
            struct run r = open_run(engine, &t, e.start);
            const double here = observe(engine, &r, i ? other : first);
            assert_true(i == 0 || here == energy);
            assert_true(i == 0 || memcmp(first, other, bytes) == 0);
            energy = here;
            close_run(&r);
            hahn_engine_destroy(engine);
        }
    free(first);
    free(other);
    release(&e);
    free(t.term);
}

/* A program serves workspaces of either precision, whichever it was compiled in. */
static void one_program_in_both_precisions(void **state)
{
    struct battery_random random = support_random(__func__);
    struct battery_config configs[BATTERY_MAX_CONFIGS];
    const int ways = support_configs(configs);
    struct terms t = make_terms(&random, any, 10, 40);
    struct expected e = expect(&random, &t);
    double energy;
    (void)state;
    for (int k = 0; k < ways; k++) {
        hahn_engine *engine = support_engine(&configs[k]);
        struct run r = open_run(engine, &t, e.start);
        const hahn_precision other = configs[k].precision == HAHN_F64 ? HAHN_F32 : HAHN_F64;
        hahn_workspace_destroy(r.workspace);
        assert_ok(engine, hahn_engine_set_precision(engine, other));
        assert_ok(engine, hahn_workspace_create(engine, r.program, WORKSPACE(1, HAHN_FOR_STATE),
                                                &r.workspace));
        assert_ok(engine, hahn_workspace_set_start(r.workspace, e.start));
        assert_ok(engine, hahn_energy(r.workspace, 1, NULL, &energy));
        assert_within(energy, e.energy, tolerance(other, &t, 1));
        close_run(&r);
        hahn_engine_destroy(engine);
    }
    release(&e);
    free(t.term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_on_every_size),
        cmocka_unit_test(thousands_of_terms),
        cmocka_unit_test(tables_are_bounded),
        cmocka_unit_test(idle_blocks_are_known),
        cmocka_unit_test(same_bits_on_any_number_of_threads),
        cmocka_unit_test(one_program_in_both_precisions),
    };
    return support_result(cmocka_run_group_tests_name("observe", tests, NULL, NULL));
}

/* Every row of the gate table by itself: its shape, names, matrix, inverse and generators. */
#include "support.h"

#include "gates/table.h"
#include "vqe/battery_gates.h"

enum { ANGLE_SETS = 20 };

static const double u64 = 0x1p-53;

/* A matrix of a row at random angles; `dimension` is 0 for rows without one. */
struct row_case {
    const hahn_gate_row *row;
    const struct textbook_gate *textbook;
    int dimension;
    double angle[3];
    double _Complex matrix[256];
};

static struct row_case row_case(hahn_gate gate, struct battery_random *random)
{
    struct row_case c = {.row = hahn_gate_row_of(gate), .textbook = textbook_gate(gate)};
    assert_non_null(c.row);
    c.dimension = c.row->matrix ? 1 << c.row->info.targets : 0;
    for (int p = 0; p < 3; p++)
        c.angle[p] = battery_uniform(random, -7, 7);
    if (c.dimension)
        c.row->matrix(c.angle, c.matrix);
    return c;
}

/* Entries of a product of two matrices with rows of norm 1 err by about this much. */
static double product_tolerance(int dimension)
{
    return 4 * dimension * u64;
}

static double product_error(const struct row_case *left, const struct row_case *right,
                            int conjugate_right)
{
    int n = left->dimension;
    double worst = 0;
    for (int r = 0; r < n; r++) {
        for (int c = 0; c < n; c++) {
            double _Complex sum = 0;
            for (int k = 0; k < n; k++)
                sum += left->matrix[r * n + k] * (conjugate_right ? conj(right->matrix[c * n + k])
                                                                  : right->matrix[k * n + c]);
            worst = fmax(worst, cabs(sum - (r == c)));
        }
    }
    return worst;
}

static void shapes_are_the_textbook_s(void **state)
{
    (void)state;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        const struct textbook_gate *textbook = textbook_gate((hahn_gate)gate);
        hahn_gate_info info;
        assert_int_equal(hahn_gate_describe((hahn_gate)gate, &info), HAHN_OK);
        assert_int_equal(textbook->gate, gate);
        assert_int_equal(info.controls, textbook->controls);
        assert_int_equal(info.targets, textbook->targets);
        assert_int_equal(info.params, textbook->params);
        assert_true(info.summary && strlen(info.summary) > 3);
    }
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        hahn_gate_info info;
        hahn_gate found;
        assert_int_equal(hahn_gate_describe((hahn_gate)gate, &info), HAHN_OK);
        assert_int_equal(hahn_gate_find(info.name, &found), HAHN_OK);
        assert_int_equal(found, gate);
        if (info.qasm) {
            assert_int_equal(hahn_gate_find(info.qasm, &found), HAHN_OK);
            assert_int_equal(found, gate);
        }
    }
}

static void names_are_found_in_any_case(void **state)
{
    (void)state;
    hahn_gate found;
    assert_int_equal(hahn_gate_find("rzz", &found), HAHN_OK);
    assert_int_equal(found, HAHN_GATE_RZZ);
    assert_int_equal(hahn_gate_find("ISWAP", &found), HAHN_OK);
    assert_int_equal(found, HAHN_GATE_ISWAP);
}

static void unknown_gates_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"", "RXY", "R", "RXX ", "cnott"};
    hahn_gate gate = HAHN_GATE_T;
    hahn_gate_info info;
    double matrix[2 * DENSE_MAX_MATRIX];
    for (size_t k = 0; k < ARRAY_SIZE(names); k++)
        assert_int_equal(hahn_gate_find(names[k], &gate), HAHN_ERR_GATE);
    assert_int_equal(gate, HAHN_GATE_T);
    assert_int_equal(hahn_gate_describe(HAHN_GATE_COUNT, &info), HAHN_ERR_GATE);
    assert_int_equal(hahn_gate_describe((hahn_gate)-1, &info), HAHN_ERR_GATE);
    assert_int_equal(hahn_gate_matrix(HAHN_GATE_COUNT, NULL, matrix), HAHN_ERR_GATE);
    assert_int_equal(hahn_gate_matrix(HAHN_GATE_PAULI_ROTATION, NULL, matrix), HAHN_ERR_GATE);
    assert_int_equal(hahn_gate_matrix(HAHN_GATE_UNITARY, NULL, matrix), HAHN_ERR_GATE);
    assert_int_equal(hahn_gate_matrix(HAHN_GATE_RX, NULL, matrix), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_gate_matrix(HAHN_GATE_X, NULL, NULL), HAHN_ERR_ARGUMENT);
}

static void matrices_are_unitary(void **state)
{
    (void)state;
    struct battery_random random = support_random(__func__);
    for (int k = 0; k < ANGLE_SETS * HAHN_GATE_COUNT; k++) {
        struct row_case c = row_case((hahn_gate)(k % HAHN_GATE_COUNT), &random);
        assert_within(product_error(&c, &c, 1), 0, product_tolerance(c.dimension));
    }
}

static void matrices_are_the_textbook_s(void **state)
{
    (void)state;
    struct battery_random random = support_random(__func__);
    for (int k = 0; k < ANGLE_SETS * HAHN_GATE_COUNT; k++) {
        hahn_gate gate = (hahn_gate)(k % HAHN_GATE_COUNT);
        struct row_case c = row_case(gate, &random);
        if (!c.dimension)
            continue;
        dense_complex exact[256];
        double matrix[512];
        long double angle[3] = {c.angle[0], c.angle[1], c.angle[2]};
        c.textbook->matrix(angle, exact);
        assert_int_equal(hahn_gate_matrix(gate, c.angle, matrix), HAHN_OK);
        for (int e = 0; e < c.dimension * c.dimension; e++) {
            /* An angle phi + lambda of at most 14 rounds by 8 u; sine and cosine by u more. */
            dense_complex entry = matrix[2 * e] + (long double)matrix[2 * e + 1] * I;
            assert_within((double)cabsl(entry - exact[e]), 0, 12 * u64);
        }
    }
}

/* The row's own idea of its inverse: a partner's matrix, negated angles, or the adjoint matrix. */
static void inverses_undo_their_gates(void **state)
{
    (void)state;
    struct battery_random random = support_random(__func__);
    int tried[3] = {0};
    for (int k = 0; k < ANGLE_SETS * HAHN_GATE_COUNT; k++) {
        struct row_case c = row_case((hahn_gate)(k % HAHN_GATE_COUNT), &random), undo = c;
        tried[c.row->inverse]++;
        if (!c.dimension || c.row->inverse == HAHN_INVERSE_FLAG)
            continue;
        if (c.row->inverse == HAHN_INVERSE_ROW)
            undo.row = hahn_gate_row_of(c.row->partner);
        for (int p = 0; p < 3; p++)
            undo.angle[p] = -c.angle[p];
        assert_int_equal(undo.row->info.controls, c.row->info.controls);
        assert_int_equal(undo.row->info.targets, c.row->info.targets);
        undo.row->matrix(undo.angle, undo.matrix);
        assert_within(product_error(&undo, &c, 0), 0, product_tolerance(c.dimension));
    }
    assert_true(tried[HAHN_INVERSE_ROW] && tried[HAHN_INVERSE_NEGATE] && tried[HAHN_INVERSE_FLAG]);
}

/* dU/da from the textbook by the five-point formula, error some 1e-15. */
static void textbook_derivative(const struct row_case *c, int p, dense_complex *derivative)
{
    static const int steps[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    const long double h = 0x1p-14L;
    dense_complex moved[256];
    memset(derivative, 0, 256 * sizeof *derivative);
    for (int s = 0; s < 4; s++) {
        long double angle[3] = {c->angle[0], c->angle[1], c->angle[2]};
        angle[p] += steps[s] * h;
        c->textbook->matrix(angle, moved);
        for (int e = 0; e < c->dimension * c->dimension; e++)
            derivative[e] += weights[s] * moved[e] / (12 * h);
    }
}

static void check_generator(const struct row_case *c, int p)
{
    int n = c->dimension;
    double _Complex g[256];
    dense_complex derivative[256];
    c->row->generator(c->angle, p, g);
    textbook_derivative(c, p, derivative);
    for (int r = 0; r < n; r++) {
        for (int column = 0; column < n; column++) {
            dense_complex product = 0;
            for (int k = 0; k < n; k++)
                product += -I * (dense_complex)g[r * n + k] * c->matrix[k * n + column];
            assert_within((double)cabsl(product - derivative[r * n + column]), 0,
                          12 * product_tolerance(n));
            assert_within(cabs(g[r * n + column] - conj(g[column * n + r])), 0, 4 * u64);
        }
    }
}

/* dU/da_k = -i G_k U with a Hermitian G_k. */
static void generators_are_the_derivatives(void **state)
{
    (void)state;
    struct battery_random random = support_random(__func__);
    int checked = 0;
    for (int k = 0; k < ANGLE_SETS * HAHN_GATE_COUNT; k++) {
        struct row_case c = row_case((hahn_gate)(k % HAHN_GATE_COUNT), &random);
        if (!c.dimension)
            continue;
        assert_int_equal(c.row->generator != NULL, c.row->info.params > 0);
        for (int p = 0; p < c.row->info.params; p++, checked++)
            check_generator(&c, p);
    }
    assert_int_equal(checked, ANGLE_SETS * 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_the_textbook_s),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(names_are_found_in_any_case),
        cmocka_unit_test(unknown_gates_are_refused),
        cmocka_unit_test(matrices_are_unitary),
        cmocka_unit_test(matrices_are_the_textbook_s),
        cmocka_unit_test(inverses_undo_their_gates),
        cmocka_unit_test(generators_are_the_derivatives),
    };
    return support_result(cmocka_run_group_tests_name("gate rows", tests, NULL, NULL));
}

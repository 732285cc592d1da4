/* Observables: the text format with its error places, the builders, and the operator itself. */
#include "support.h"

static int open_engine(void **state)
{
    *state = support_reference_engine();
    return 0;
}

static int close_engine(void **state)
{
    hahn_engine_destroy(*state);
    return 0;
}

static hahn_status parse(hahn_engine *engine, const char *text, int qubits, hahn_observable **out)
{
    return hahn_observable_parse(engine, text, strlen(text), qubits, "h.txt", out);
}

static void assert_terms(const hahn_observable *observable, int qubits, int count,
                         const struct dense_term *expected)
{
    assert_int_equal(hahn_observable_qubits(observable), qubits);
    assert_int_equal(hahn_observable_terms(observable), count);
    for (int k = 0; k < count; k++) {
        struct dense_term term;
        assert_int_equal(hahn_observable_term(observable, k, &term.coefficient, &term.x, &term.z),
                         HAHN_OK);
        assert_true(term.coefficient == expected[k].coefficient);
        assert_true(term.x == expected[k].x);
        assert_true(term.z == expected[k].z);
    }
}

static void good_texts(void **state)
{
    static const struct {
        const char *text;
        int given, qubits, count;
        struct dense_term term[3];
    } cases[] = {
        {"0.5 X0 X1", 0, 2, 1, {{0.5, 3, 0}}},
        {"-1 Z3\n", 0, 4, 1, {{-1, 0, 8}}},
        {"2", 0, 1, 1, {{2, 0, 0}}},
        {"2", 5, 5, 1, {{2, 0, 0}}},
        {"0.5 XXII", 0, 4, 1, {{0.5, 3, 0}}},
        {"order right-to-left\n0.5 XXII", 0, 4, 1, {{0.5, 12, 0}}},
        {"order left-to-right\n0.5 XYZI", 0, 4, 1, {{0.5, 3, 6}}},
        {"# all comment\n\n  1e-3 Y2 Z0 # tail\r\n", 0, 3, 1, {{1e-3, 4, 5}}},
        {"1 X0\n+.5 Y0\n-2 Z0", 3, 3, 3, {{1, 1, 0}, {0.5, 1, 1}, {-2, 0, 1}}},
        {"1 I0 X5", 0, 6, 1, {{1, 32, 0}}},
        {"1 X0\n1 X0", 0, 1, 2, {{1, 1, 0}, {1, 1, 0}}},
        {"\t1\tZ0\tZ59", 0, 60, 1, {{1, 0, 1 | UINT64_C(1) << 59}}},
    };
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        hahn_observable *observable;
        assert_ok(*state, parse(*state, cases[k].text, cases[k].given, &observable));
        assert_terms(observable, cases[k].qubits, cases[k].count, cases[k].term);
        hahn_observable_destroy(observable);
    }
}

/* The place is where a person would put the finger. */
static void bad_texts(void **state)
{
    static const struct {
        const char *text;
        int qubits;
        const char *place, *word;
    } cases[] = {
        {"0.5 X0 X1\nhalf X0", 0, "h.txt:2:1:", "coefficient"},
        {"0.5 X0 W1", 0, "h.txt:1:8:", "X, Y or Z"},
        {"0.5 X0 X0", 0, "h.txt:1:8:", "qubit 0"},
        {"0.5 X7", 5, "h.txt:1:5:", "0 to 4"},
        {"1 X60", 0, "h.txt:1:3:", "0 to 59"},
        {"1 X99999999999999999999999", 0, "h.txt:1:3:", "range"},
        {"nan X0", 0, "h.txt:1:1:", "finite"},
        {"inf X0", 0, "h.txt:1:1:", "finite"},
        {"1e999 X0", 0, "h.txt:1:1:", "finite"},
        {"0.5X0", 0, "h.txt:1:4:", "blank"},
        {"(1+2j) X0", 0, "h.txt:1:1:", "coefficient"},
        {"1 XX\n1 XXX", 0, "h.txt:2:3:", "3 letters"},
        {"1 XXX", 4, "h.txt:1:3:", "4 qubits"},
        {"1 XX X0", 0, "h.txt:1:6:", "dense"},
        {"1 XX XX", 0, "h.txt:1:6:", "second"},
        {"1 x0", 0, "h.txt:1:3:", "X, Y or Z"},
        {"order upside-down\n1 XX", 0, "h.txt:1:7:", "right-to-left"},
        {"1 X0Y1", 0, "h.txt:1:5:", "blank"},
        {"1 X-1", 0, "h.txt:1:4:", "blank"},
        {"", 0, "h.txt", "no term"},
        {"# nothing\n\n", 0, "h.txt", "no term"},
        {"1 Z5\n1 ZZ", 0, "h.txt", "qubit 5"},
    };
    for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
        hahn_observable *observable = NULL;
        assert_refused(*state, HAHN_ERR_PARSE,
                       parse(*state, cases[k].text, cases[k].qubits, &observable), cases[k].place,
                       cases[k].word);
        assert_null(observable);
    }
}

static void binary_and_endless_lines_are_refused(void **state)
{
    hahn_observable *observable = NULL;
    static const char binary[] = "1 X0\n1 \0X0\n";
    assert_refused(*state, HAHN_ERR_PARSE,
                   hahn_observable_parse(*state, binary, sizeof binary - 1, 0, "b", &observable),
                   "b:2:3:", "NUL");
    size_t length = 1 << 20;
    char *endless = support_allocate(length);
    memset(endless, 'X', length);
    assert_refused(*state, HAHN_ERR_PARSE,
                   hahn_observable_parse(*state, endless, length, 0, "e", &observable),
                   "e:1:", "1000");
    free(endless);
    assert_null(observable);
}

static void bad_arguments(void **state)
{
    hahn_observable *observable = NULL;
    double coefficient;
    uint64_t x, z;
    assert_refused(*state, HAHN_ERR_ARGUMENT, parse(*state, "1", -1, &observable), "-1", "60");
    assert_refused(*state, HAHN_ERR_ARGUMENT, parse(*state, "1", 61, &observable), "61", "60");
    assert_refused(*state, HAHN_ERR_ARGUMENT, hahn_observable_create(*state, 0, &observable), "0",
                   "1 to 60");
    assert_null(observable);
    assert_ok(*state, hahn_observable_create(*state, 3, &observable));
    assert_refused(*state, HAHN_ERR_QUBIT,
                   hahn_observable_add(observable, 1, "XZ", (const int[]){0, 3}), "qubit 3",
                   "0 to 2");
    assert_refused(*state, HAHN_ERR_QUBIT,
                   hahn_observable_add(observable, 1, "XZ", (const int[]){1, 1}), "qubit 1");
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_observable_add(observable, 1, "XQ", (const int[]){0, 1}), "'Q'");
    assert_refused(*state, HAHN_ERR_PARAMETER,
                   hahn_observable_add(observable, NAN, "X", (const int[]){0}), "nan");
    assert_refused(*state, HAHN_ERR_QUBIT, hahn_observable_add_masks(observable, 1, 8, 0),
                   "qubit 3", "0 to 2");
    assert_int_equal(hahn_observable_add(observable, 1, NULL, NULL), HAHN_ERR_ARGUMENT);
    assert_int_equal(hahn_observable_terms(observable), 0);
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_observable_term(observable, 0, &coefficient, &x, &z), "0 terms");
    hahn_observable_destroy(observable);
    hahn_observable_destroy(NULL);
}

static void letters_and_masks_agree(void **state)
{
    hahn_observable *letters, *masks;
    assert_ok(*state, hahn_observable_create(*state, 5, &letters));
    assert_ok(*state, hahn_observable_create(*state, 5, &masks));
    assert_ok(*state, hahn_observable_add(letters, 0.25, "XYZI", (const int[]){4, 2, 1, 0}));
    assert_ok(*state, hahn_observable_add(letters, -1, "", NULL));
    assert_ok(*state, hahn_observable_add_masks(masks, 0.25, 20, 6));
    assert_ok(*state, hahn_observable_add_masks(masks, -1, 0, 0));
    assert_terms(letters, 5, 2, (const struct dense_term[]){{0.25, 20, 6}, {-1, 0, 0}});
    assert_true(hahn_observable_fingerprint(letters) == hahn_observable_fingerprint(masks));
    assert_ok(*state, hahn_observable_add_masks(masks, 1, 0, 1));
    assert_true(hahn_observable_fingerprint(letters) != hahn_observable_fingerprint(masks));
    hahn_observable_destroy(masks);
    hahn_observable_destroy(letters);
}

static void diagonal_is_told(void **state)
{
    hahn_observable *observable;
    assert_ok(*state, hahn_observable_create(*state, 3, &observable));
    assert_int_equal(hahn_observable_is_diagonal(observable), 1);
    assert_ok(*state, hahn_observable_add_masks(observable, 1, 0, 7));
    assert_int_equal(hahn_observable_is_diagonal(observable), 1);
    assert_ok(*state, hahn_observable_add_masks(observable, 1, 1, 1));
    assert_int_equal(hahn_observable_is_diagonal(observable), 0);
    hahn_observable_destroy(observable);
}

/* Sums with repeated strings and shared masks, against the dense reference. The error of an
   amplitude is a sum of `terms` roundings, each below 2 u |c| |input|. */
static void apply_is_the_operator(void **state)
{
    enum { QUBITS = 6, STATE = 1 << QUBITS };
    struct battery_random random = support_random(__func__);
    for (int round = 0; round < 20; round++) {
        int qubits = 1 + round % QUBITS;
        struct model_sum sum;
        hahn_observable *observable;
        dense_complex input[STATE], exact[STATE];
        double in[2 * STATE], out[2 * STATE];
        model_random_sum(&random, qubits, 12, &sum);
        sum.term[11] = sum.term[3];
        sum.term[10].x = sum.term[9].x;
        model_random_state(&random, qubits, input, in);
        assert_ok(*state, model_observable(&sum, qubits, *state, &observable));
        assert_ok(*state, hahn_observable_apply(observable, in, out));
        dense_observable(qubits, sum.terms, sum.term, input, exact);
        assert_within(dense_distance(qubits, exact, out), 0,
                      2 * sum.terms * 0x1p-53 * model_sum_norm(&sum));
        hahn_observable_destroy(observable);
    }
}

static void lattices(void **state)
{
    hahn_observable *observable;
    assert_ok(*state, hahn_observable_heisenberg(*state, (hahn_lattice){3, 1, 0}, 2, &observable));
    assert_terms(observable, 3, 6,
                 (const struct dense_term[]){
                     {2, 3, 0}, {2, 3, 3}, {2, 0, 3}, {2, 6, 0}, {2, 6, 6}, {2, 0, 6}});
    hahn_observable_destroy(observable);

    assert_ok(*state, hahn_observable_xxz(*state, (hahn_lattice){2, 1, 1}, 2, 0.5, &observable));
    assert_terms(observable, 2, 6,
                 (const struct dense_term[]){
                     {2, 3, 0}, {2, 3, 3}, {1, 0, 3}, {2, 3, 0}, {2, 3, 3}, {1, 0, 3}});
    hahn_observable_destroy(observable);

    assert_ok(*state, hahn_observable_ising(*state, (hahn_lattice){2, 2, 0}, 1, 3, &observable));
    assert_int_equal(hahn_observable_qubits(observable), 4);
    assert_int_equal(hahn_observable_terms(observable), 4 + 4);
    hahn_observable_destroy(observable);

    assert_ok(*state, hahn_observable_ising(*state, (hahn_lattice){3, 4, 1}, 1, 3, &observable));
    assert_int_equal(hahn_observable_qubits(observable), 12);
    assert_int_equal(hahn_observable_terms(observable), 2 * 12 + 12);
    hahn_observable_destroy(observable);

    observable = NULL;
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_observable_heisenberg(*state, (hahn_lattice){10, 7, 0}, 1, &observable),
                   "10 x 7", "60");
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_observable_heisenberg(*state, (hahn_lattice){0, 1, 0}, 1, &observable),
                   "0 x 1");
    assert_int_not_equal(
        hahn_observable_heisenberg(*state, (hahn_lattice){4, 1, 0}, INFINITY, &observable),
        HAHN_OK);
    assert_null(observable);
}

/* Lowest energy by power iteration on c - H, which the gap makes converge geometrically; the
   Rayleigh quotient errs by the square of the state's error. */
static double ground_energy(hahn_engine *engine, const hahn_observable *observable, double bound)
{
    int size = 1 << hahn_observable_qubits(observable);
    struct battery_random random = support_random("ground energy");
    double *state = support_angles(&random, 2 * size);
    double *image = support_allocate(2 * (size_t)size * sizeof *image), energy = 0;
    for (int step = 0; step < 600; step++) {
        double norm = 0, overlap = 0;
        assert_ok(engine, hahn_observable_apply(observable, state, image));
        for (int k = 0; k < 2 * size; k++) {
            norm += state[k] * state[k];
            overlap += state[k] * image[k];
        }
        energy = overlap / norm;
        for (int k = 0; k < 2 * size; k++)
            state[k] = (bound * state[k] - image[k]) / (2 * bound * sqrt(norm));
    }
    free(image);
    free(state);
    return energy;
}

static void ground_energies(void **state)
{
    static const struct {
        int qubits;
        double energy;
    } rings[] = {{4, -8}, {8, -14.604373635749}};
    for (size_t k = 0; k < ARRAY_SIZE(rings); k++) {
        hahn_observable *observable;
        hahn_lattice ring = {rings[k].qubits, 1, 1};
        assert_ok(*state, hahn_observable_heisenberg(*state, ring, 1, &observable));
        /* Half a unit of the last digit known, and the Rayleigh quotient's rounding: H's
           eigenvalues are at most 2n, and 2^n terms are summed. */
        assert_within(ground_energy(*state, observable, rings[k].qubits), rings[k].energy,
                      0.5e-12 + 2 * rings[k].qubits * (1 << rings[k].qubits) * 0x1p-53);
        hahn_observable_destroy(observable);
    }
}

/* On every basis state, maxcut is minus the weight of the edges that the bits cut. */
static void maxcut_counts_cut_edges(void **state)
{
    enum { VERTICES = 5, EDGES = 6, STATE = 1 << VERTICES };
    static const int ends[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 0, 1, 3};
    static const double weights[EDGES] = {1, 2, 0.5, -1, 3, 0.25};
    hahn_observable *observable;
    double in[2 * STATE], out[2 * STATE];
    assert_ok(*state, hahn_observable_maxcut(*state, VERTICES, EDGES, ends, weights, &observable));
    assert_int_equal(hahn_observable_is_diagonal(observable), 1);
    for (int k = 0; k < 2 * STATE; k++)
        in[k] = k % 2 == 0;
    assert_ok(*state, hahn_observable_apply(observable, in, out));
    for (int bits = 0; bits < STATE; bits++) {
        double cut = 0;
        for (int e = 0; e < EDGES; e++)
            if ((bits >> ends[2 * e] & 1) != (bits >> ends[2 * e + 1] & 1))
                cut += weights[e];
        assert_within(out[2 * bits], -cut, 2 * EDGES * 0x1p-53 * 8);
        assert_within(out[2 * bits + 1], 0, 0);
    }
    hahn_observable_destroy(observable);

    observable = NULL;
    assert_refused(*state, HAHN_ERR_ARGUMENT,
                   hahn_observable_maxcut(*state, 3, -1, ends, NULL, &observable), "-1");
    assert_refused(*state, HAHN_ERR_QUBIT,
                   hahn_observable_maxcut(*state, 3, 1, (const int[]){0, 3}, NULL, &observable),
                   "(0, 3)", "0 to 2");
    assert_refused(*state, HAHN_ERR_QUBIT,
                   hahn_observable_maxcut(*state, 3, 1, (const int[]){1, 1}, NULL, &observable),
                   "(1, 1)");
    assert_int_not_equal(hahn_observable_maxcut(*state, 3, 1, (const int[]){0, 1},
                                                (const double[]){NAN}, &observable),
                         HAHN_OK);
    assert_null(observable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts),
        cmocka_unit_test(bad_texts),
        cmocka_unit_test(binary_and_endless_lines_are_refused),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(letters_and_masks_agree),
        cmocka_unit_test(diagonal_is_told),
        cmocka_unit_test(apply_is_the_operator),
        cmocka_unit_test(lattices),
        cmocka_unit_test(ground_energies),
        cmocka_unit_test(maxcut_counts_cut_edges),
    };
    return support_result(
        cmocka_run_group_tests_name("observables", tests, open_engine, close_engine));
}

#include "core/observable.h"

#include "core/circuit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "the terms of an observable";

hahn_status hahn_observable_create(hahn_engine *engine, int qubits, hahn_observable **out)
{
    void *memory;
    if (!engine || !out)
        return HAHN_ERR_ARGUMENT;
    if (qubits < 1 || qubits > HAHN_MAX_QUBITS)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "an observable on %d qubits is out of range: use 1 to %d", qubits,
                         HAHN_MAX_QUBITS);
    hahn_status status =
        hahn_allocate(engine, 1, sizeof(hahn_observable), "an observable", &memory);
    if (status != HAHN_OK)
        return status;
    *out = memory;
    **out = (hahn_observable){.engine = engine, .qubits = qubits};
    return HAHN_OK;
}

void hahn_observable_destroy(hahn_observable *observable)
{
    if (!observable)
        return;
    hahn_array_release(observable->engine, &observable->terms, sizeof(hahn_pauli_term));
    hahn_release(observable->engine, observable, 1, sizeof *observable);
}

hahn_status hahn_observable_add_masks(hahn_observable *observable, double coefficient, uint64_t x,
                                      uint64_t z)
{
    if (!observable)
        return HAHN_ERR_ARGUMENT;
    hahn_engine *engine = observable->engine;
    if (!isfinite(coefficient))
        return hahn_fail(engine, HAHN_ERR_PARAMETER,
                         "coefficient %g is not finite: use a finite number", coefficient);
    if ((x | z) >> observable->qubits)
        return hahn_fail(engine, HAHN_ERR_QUBIT,
                         "qubit %d is out of range: the observable has %d qubits, 0 to %d",
                         63 - __builtin_clzll(x | z), observable->qubits, observable->qubits - 1);
    hahn_status status =
        hahn_array_reserve(engine, &observable->terms, 1, sizeof(hahn_pauli_term), what);
    if (status == HAHN_OK)
        ((hahn_pauli_term *)observable->terms.data)[observable->terms.count++] =
            (hahn_pauli_term){coefficient, x, z};
    return status;
}

hahn_status hahn_observable_add(hahn_observable *observable, double coefficient, const char *paulis,
                                const int *qubits)
{
    hahn_pauli_term term = {0};
    uint64_t seen = 0;
    if (!observable || !paulis || (*paulis && !qubits))
        return HAHN_ERR_ARGUMENT;
    for (int k = 0; paulis[k]; k++) {
        const int qubit = qubits[k];
        if (qubit < 0 || qubit >= observable->qubits)
            return hahn_fail(observable->engine, HAHN_ERR_QUBIT,
                             "qubit %d is out of range: the observable has %d qubits, 0 to %d",
                             qubit, observable->qubits, observable->qubits - 1);
        if (seen & hahn_bit(qubit))
            return hahn_fail(observable->engine, HAHN_ERR_QUBIT,
                             "qubit %d is named twice in one Pauli string: its qubits must differ",
                             qubit);
        if (!strchr("IXYZ", paulis[k]))
            return hahn_fail(observable->engine, HAHN_ERR_ARGUMENT,
                             "letter '%c' of the Pauli string \"%s\": use I, X, Y and Z", paulis[k],
                             paulis);
        seen |= hahn_bit(qubit);
        hahn_pauli_letter(&term, paulis[k], qubit);
    }
    return hahn_observable_add_masks(observable, coefficient, term.x, term.z);
}

int hahn_observable_qubits(const hahn_observable *observable)
{
    return observable ? observable->qubits : 0;
}

int64_t hahn_observable_terms(const hahn_observable *observable)
{
    return observable ? (int64_t)observable->terms.count : 0;
}

hahn_status hahn_observable_term(const hahn_observable *observable, int64_t index,
                                 double *coefficient, uint64_t *x, uint64_t *z)
{
    if (!observable || !coefficient || !x || !z)
        return HAHN_ERR_ARGUMENT;
    if (index < 0 || index >= hahn_observable_terms(observable))
        return hahn_fail(observable->engine, HAHN_ERR_ARGUMENT,
                         "term %" PRId64 " is out of range: the observable has %" PRId64 " terms",
                         index, hahn_observable_terms(observable));
    const hahn_pauli_term *term = (const hahn_pauli_term *)observable->terms.data + index;
    *coefficient = term->coefficient;
    *x = term->x;
    *z = term->z;
    return HAHN_OK;
}

int hahn_observable_is_diagonal(const hahn_observable *observable)
{
    const hahn_pauli_term *terms = observable ? observable->terms.data : NULL;
    for (int64_t k = 0; k < hahn_observable_terms(observable); k++)
        if (terms[k].x)
            return 0;
    return 1;
}

uint64_t hahn_observable_fingerprint(const hahn_observable *observable)
{
    uint64_t f = HAHN_FINGERPRINT_START;
    const hahn_pauli_term *terms = observable ? observable->terms.data : NULL;
    f = hahn_mix(f, (uint64_t)hahn_observable_qubits(observable));
    for (int64_t k = 0; k < hahn_observable_terms(observable); k++) {
        f = hahn_mix(f, hahn_double_bits(terms[k].coefficient));
        f = hahn_mix(hahn_mix(f, terms[k].x), terms[k].z);
    }
    return f;
}

static int by_masks(const void *left, const void *right)
{
    const hahn_pauli_term *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->z == b->z ? 0 : a->z < b->z ? -1 : 1;
}

/* The coefficient as a last key: qsort may exchange equals, and the sum of three or more numbers
   depends on their order. */
static int by_masks_and_coefficient(const void *left, const void *right)
{
    const hahn_pauli_term *a = left, *b = right;
    const int order = by_masks(a, b);
    return order ? order : (a->coefficient > b->coefficient) - (a->coefficient < b->coefficient);
}

/* Sort the terms and join equal strings; returns how many are left. */
static uint64_t join_terms(hahn_pauli_term *terms, uint64_t count)
{
    uint64_t kept = 0;
    qsort(terms, count, sizeof *terms, by_masks_and_coefficient);
    for (uint64_t k = 0; k < count;) {
        hahn_pauli_term sum = terms[k++];
        while (k < count && by_masks(&terms[k], &sum) == 0)
            sum.coefficient += terms[k++].coefficient;
        if (sum.coefficient != 0)
            terms[kept++] = sum;
    }
    return kept;
}

/* coefficient * i^|x & z| */
static hahn_pauli_sign sign_of(const hahn_pauli_term *term)
{
    static const double re[] = {1, 0, -1, 0}, im[] = {0, 1, 0, -1};
    const int quarter = __builtin_popcountll(term->x & term->z) % 4;
    return (hahn_pauli_sign){term->z, term->coefficient * re[quarter],
                             term->coefficient * im[quarter]};
}

static void fill_sum(const hahn_pauli_term *terms, uint64_t count, hahn_pauli_sum *sum)
{
    hahn_pauli_group *groups = sum->groups.data;
    hahn_pauli_sign *signs = sum->signs.data;
    for (uint64_t k = 0; k < count; k++) {
        if (k == 0 || terms[k].x != terms[k - 1].x)
            groups[sum->groups.count++] = (hahn_pauli_group){.x = terms[k].x, .first = k};
        groups[sum->groups.count - 1].count++;
        signs[sum->signs.count++] = sign_of(&terms[k]);
    }
}

static int by_string(const void *left, const void *right)
{
    const hahn_added_string *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->z != b->z)
        return a->z < b->z ? -1 : 1;
    return (a->same > b->same) - (a->same < b->same);
}

/* The strings as they were added; `sorted` is memory for as many. */
static void list_strings(const hahn_observable *observable, hahn_added_string *sorted,
                         hahn_added_string *strings)
{
    const hahn_pauli_term *terms = observable->terms.data;
    const uint64_t count = observable->terms.count;
    for (uint64_t k = 0; k < count; k++)
        sorted[k] = strings[k] = (hahn_added_string){terms[k].x, terms[k].z, k};
    qsort(sorted, count, sizeof *sorted, by_string);
    for (uint64_t k = 0, first = 0; k < count; k++) {
        if (sorted[k].x != sorted[first].x || sorted[k].z != sorted[first].z)
            first = k;
        strings[sorted[k].same].same = sorted[first].same;
    }
}

static hahn_status keep_strings(const hahn_observable *observable, hahn_engine *engine,
                                hahn_pauli_sum *sum)
{
    const uint64_t count = observable->terms.count, size = sizeof(hahn_added_string);
    hahn_array sorted = {0};
    hahn_status status = hahn_array_reserve(engine, &sum->strings, count, size, what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(engine, &sorted, count, size, what);
    if (status == HAHN_OK && count) {
        list_strings(observable, sorted.data, sum->strings.data);
        sum->strings.count = count;
    }
    hahn_array_release(engine, &sorted, size);
    return status;
}

hahn_status hahn_pauli_sum_build(const hahn_observable *observable, hahn_engine *engine,
                                 hahn_pauli_sum *sum)
{
    const uint64_t count = observable->terms.count;
    hahn_array terms = {0};
    hahn_status status = hahn_array_reserve(engine, &terms, count, sizeof(hahn_pauli_term), what);
    if (status != HAHN_OK)
        return status;
    if (count)
        memcpy(terms.data, observable->terms.data, count * sizeof(hahn_pauli_term));
    const uint64_t kept = count ? join_terms(terms.data, count) : 0;
    status = hahn_array_reserve(engine, &sum->groups, kept, sizeof(hahn_pauli_group), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(engine, &sum->signs, kept, sizeof(hahn_pauli_sign), what);
    if (status == HAHN_OK)
        status = keep_strings(observable, engine, sum);
    for (uint64_t k = 0; k < kept && status == HAHN_OK; k++)
        if (!isfinite(((hahn_pauli_term *)terms.data)[k].coefficient))
            status = hahn_fail(engine, HAHN_ERR_PARAMETER,
                               "the coefficients of equal Pauli strings add up to %g: use smaller "
                               "ones",
                               ((hahn_pauli_term *)terms.data)[k].coefficient);
    if (status == HAHN_OK)
        fill_sum(terms.data, kept, sum);
    else
        hahn_pauli_sum_release(engine, sum);
    hahn_array_release(engine, &terms, sizeof(hahn_pauli_term));
    return status;
}

void hahn_pauli_sum_release(hahn_engine *engine, hahn_pauli_sum *sum)
{
    hahn_array_release(engine, &sum->groups, sizeof(hahn_pauli_group));
    hahn_array_release(engine, &sum->signs, sizeof(hahn_pauli_sign));
    hahn_array_release(engine, &sum->strings, sizeof(hahn_added_string));
}

static void apply_group(const hahn_pauli_group *group, const hahn_pauli_sign *signs,
                        uint64_t dimension, const double *input, double *output)
{
    for (uint64_t j = 0; j < dimension; j++) {
        const uint64_t k = j ^ group->x;
        const double _Complex factor = hahn_pauli_factor(signs, group->count, k);
        output[2 * j] += creal(factor) * input[2 * k] - cimag(factor) * input[2 * k + 1];
        output[2 * j + 1] += creal(factor) * input[2 * k + 1] + cimag(factor) * input[2 * k];
    }
}

hahn_status hahn_observable_apply(const hahn_observable *observable, const double *input,
                                  double *output)
{
    hahn_pauli_sum sum = {0};
    if (!observable || !input || !output)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = hahn_pauli_sum_build(observable, observable->engine, &sum);
    if (status != HAHN_OK)
        return status;
    const uint64_t dimension = hahn_bit(observable->qubits);
    const hahn_pauli_group *groups = sum.groups.data;
    memset(output, 0, 2 * dimension * sizeof *output);
    for (uint64_t g = 0; g < sum.groups.count; g++)
        apply_group(&groups[g], (const hahn_pauli_sign *)sum.signs.data + groups[g].first,
                    dimension, input, output);
    hahn_pauli_sum_release(observable->engine, &sum);
    return HAHN_OK;
}

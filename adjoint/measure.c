#include "adjoint/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "the groups of the sampler";

/* -- groups ------------------------------------------------------------------------------------ */

/* A sum holds coefficients times i^(number of Ys), which is real or imaginary. */
static double coefficient_of(const hahn_pauli_sign *sign, uint64_t x)
{
    const double parts[] = {sign->re, sign->im, -sign->re, -sign->im};
    return parts[__builtin_popcountll(x & sign->z) % 4];
}

/* Larger ones first; equal ones by their letters, so that the order is the same everywhere. */
static int compare_terms(const void *a, const void *b)
{
    const hahn_measured_term *s = a, *t = b;
    const double left = fabs(s->coefficient), right = fabs(t->coefficient);
    if (left != right)
        return left < right ? 1 : -1;
    if (s->x != t->x)
        return s->x < t->x ? -1 : 1;
    return (s->z > t->z) - (s->z < t->z);
}

/* Stable, as all others of a group are compared by what they were sorted by before. */
static int compare_groups(const void *a, const void *b)
{
    const hahn_measured_term *s = a, *t = b;
    if (s->group != t->group)
        return s->group < t->group ? -1 : 1;
    return compare_terms(a, b);
}

static bool fits(const hahn_measured_group *group, const hahn_measured_term *term)
{
    const uint64_t both = (group->x | group->z) & (term->x | term->z);
    return (((group->x ^ term->x) | (group->z ^ term->z)) & both) == 0;
}

static void insert(hahn_measurement *m, hahn_measured_term *term)
{
    hahn_measured_group *groups = m->groups.data;
    uint64_t g = 0;
    while (g < m->groups.count && !fits(&groups[g], term))
        g++;
    if (g == m->groups.count)
        groups[m->groups.count++] = (hahn_measured_group){.count = 0};
    groups[g].x |= term->x;
    groups[g].z |= term->z;
    groups[g].count++;
    groups[g].weight += fabs(term->coefficient);
    m->weight += fabs(term->coefficient);
    term->group = g;
}

/* All strings but the identity, whose value needs no measurement. */
static void take_terms(const hahn_pauli_sum *sum, hahn_measurement *m)
{
    const hahn_pauli_group *groups = sum->groups.data;
    hahn_measured_term *terms = m->terms.data;
    for (uint64_t g = 0; g < sum->groups.count; g++)
        for (uint64_t k = 0; k < groups[g].count; k++) {
            const hahn_pauli_sign *sign =
                (const hahn_pauli_sign *)sum->signs.data + groups[g].first + k;
            const double coefficient = coefficient_of(sign, groups[g].x);
            if (groups[g].x | sign->z)
                terms[m->terms.count++] =
                    (hahn_measured_term){coefficient, groups[g].x, sign->z, 0};
            else
                m->constant = coefficient;
        }
}

hahn_status hahn_measurement_build(hahn_engine *engine, const hahn_pauli_sum *sum,
                                   hahn_measurement *out)
{
    const uint64_t most = sum->signs.count;
    hahn_status status =
        hahn_array_reserve(engine, &out->terms, most, sizeof(hahn_measured_term), what);
    if (status == HAHN_OK)
        status = hahn_array_reserve(engine, &out->groups, most, sizeof(hahn_measured_group), what);
    if (status != HAHN_OK) {
        hahn_measurement_release(engine, out);
        return status;
    }
    take_terms(sum, out);
    hahn_measured_term *terms = out->terms.data;
    hahn_measured_group *groups = out->groups.data;
    if (out->terms.count)
        qsort(terms, out->terms.count, sizeof *terms, compare_terms);
    for (uint64_t k = 0; k < out->terms.count; k++)
        insert(out, &terms[k]);
    if (out->terms.count)
        qsort(terms, out->terms.count, sizeof *terms, compare_groups);
    for (uint64_t g = 1; g < out->groups.count; g++)
        groups[g].first = groups[g - 1].first + groups[g - 1].count;
    return HAHN_OK;
}

void hahn_measurement_release(hahn_engine *engine, hahn_measurement *measurement)
{
    hahn_array_release(engine, &measurement->terms, sizeof(hahn_measured_term));
    hahn_array_release(engine, &measurement->groups, sizeof(hahn_measured_group));
    *measurement = (hahn_measurement){0};
}

/* Beyond two for each, in proportion to the weights: rounded cumulative shares add up to all. With
   a group's variance bounded by its weight squared, sum W_g^2 / n_g is least where n_g goes as W_g.
 */
int64_t hahn_measurement_share(const hahn_measurement *measurement, uint64_t index, int64_t shots)
{
    const hahn_measured_group *groups = measurement->groups.data;
    const int64_t rest = shots - 2 * (int64_t)measurement->groups.count;
    double before = 0;
    for (uint64_t g = 0; g < index; g++)
        before += groups[g].weight;
    const bool last = index + 1 == measurement->groups.count;
    const double after = before + groups[index].weight, share = (double)rest / measurement->weight;
    const int64_t end = last ? rest : (int64_t)fmin(after * share, (double)rest);
    return 2 + end - (int64_t)fmin(before * share, (double)rest);
}

#define SOUND_SHOTS 10
#define HEAVY       0.0625 /* of the heaviest group's weight: lighter ones hardly show in the sum */

/* A share is two and at least the whole part of what is due to the weight. */
int64_t hahn_measurement_sound_shots(const hahn_measurement *measurement)
{
    const hahn_measured_group *groups = measurement->groups.data;
    const uint64_t count = measurement->groups.count;
    double heaviest = 0, lightest = INFINITY;
    for (uint64_t g = 0; g < count; g++)
        heaviest = fmax(heaviest, groups[g].weight);
    for (uint64_t g = 0; g < count; g++)
        if (groups[g].weight >= HEAVY * heaviest)
            lightest = fmin(lightest, groups[g].weight);
    const double rest = heaviest > 0 ? (SOUND_SHOTS - 2) * measurement->weight / lightest : 0;
    /* One more: the share of the weight is rounded once or twice. */
    return 2 * (int64_t)count + (int64_t)ceil(rest) + (rest > 0);
}

/* -- shots ------------------------------------------------------------------------------------- */

/* Turn the eigenvectors of X (of Y) on a qubit into 0 and 1: H (H S^dagger). */
static void turn_axis(double *work, uint64_t size, uint64_t qubit, bool is_y)
{
    for (uint64_t base = 0; base < size; base += 2 * qubit)
        for (uint64_t j = base; j < base + qubit; j++) {
            double *zero = work + 2 * j, *one = work + 2 * (j + qubit);
            const double a = zero[0], b = zero[1];
            const double c = is_y ? one[1] : one[0], d = is_y ? -one[0] : one[1];
            zero[0] = M_SQRT1_2 * (a + c);
            zero[1] = M_SQRT1_2 * (b + d);
            one[0] = M_SQRT1_2 * (a - c);
            one[1] = M_SQRT1_2 * (b - d);
        }
}

/* work[j] <- probability of outcomes up to j. */
static void accumulate(double *work, uint64_t size)
{
    double sum = 0;
    for (uint64_t j = 0; j < size; j++) {
        sum += work[2 * j] * work[2 * j] + work[2 * j + 1] * work[2 * j + 1];
        work[j] = sum;
    }
}

/* The first outcome whose sum is above the target; where rounding leaves that past the end, the
   first one that reaches the end, so that it never is one of probability 0. */
static uint64_t find_outcome(const double *sums, uint64_t size, double target)
{
    uint64_t low = 0, high = size - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (sums[middle] > target || sums[middle] >= sums[size - 1])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double value_of(const hahn_measured_term *terms, uint64_t count, uint64_t outcome)
{
    double value = 0;
    for (uint64_t k = 0; k < count; k++) {
        const bool odd = __builtin_parityll(outcome & (terms[k].x | terms[k].z));
        value += odd ? -terms[k].coefficient : terms[k].coefficient;
    }
    return value;
}

#define DRAWN 256

void hahn_measure_group(const hahn_measurement *measurement, uint64_t index, int qubits,
                        const double *psi, double *work, uint64_t seed, uint64_t stream,
                        int64_t shots, double *mean, double *variance)
{
    const hahn_measured_group *group =
        (const hahn_measured_group *)measurement->groups.data + index;
    const hahn_measured_term *terms =
        (const hahn_measured_term *)measurement->terms.data + group->first;
    const uint64_t size = hahn_bit(qubits);
    double average = 0, squares = 0, uniform[DRAWN];
    memcpy(work, psi, 2 * size * sizeof *work);
    for (int q = 0; q < qubits; q++)
        if (group->x & hahn_bit(q))
            turn_axis(work, size, hahn_bit(q), (group->z & hahn_bit(q)) != 0);
    accumulate(work, size);
    for (int64_t shot = 0; shot < shots; shot++) {
        if (shot % DRAWN == 0)
            hahn_random_uniform(seed, stream, (uint64_t)shot, DRAWN, uniform);
        const uint64_t outcome = find_outcome(work, size, uniform[shot % DRAWN] * work[size - 1]);
        /* Welford, Technometrics 4 (1962) 419 */
        const double value = value_of(terms, group->count, outcome), off = value - average;
        average += off / (double)(shot + 1);
        squares += off * (value - average);
    }
    *mean = average;
    *variance = squares / (double)(shots - 1) / (double)shots;
}

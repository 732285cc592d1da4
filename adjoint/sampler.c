/* Energies and gradients from shots. */
#include "adjoint/measure.h"
#include "adjoint/methods.h"
#include <hahn/sampler.h>

#include <inttypes.h>
#include <string.h>

struct hahn_sampler {
    hahn_workspace *workspace;
    hahn_measurement measurement;
    double *psi; /* 2^n complex numbers, and as many to work on */
};

static uint64_t state_bytes(const hahn_sampler *s)
{
    return hahn_saturating_multiply(hahn_bit(s->workspace->program->qubits), 2 * sizeof(double));
}

hahn_status hahn_sampler_create(hahn_workspace *workspace, hahn_sampler **out)
{
    void *memory, *states;
    if (!workspace || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_engine *engine = workspace->engine;
    if (!workspace->program->has_observable)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "the program has no observable, so there is nothing to measure: compile "
                         "it with one");
    hahn_status status = hahn_allocate(engine, 1, sizeof(hahn_sampler), "a sampler", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_sampler *s = memory;
    *s = (hahn_sampler){.workspace = workspace};
    status = hahn_measurement_build(engine, &workspace->program->sum, &s->measurement);
    if (status == HAHN_OK)
        status = hahn_allocate(engine, state_bytes(s), 2, "the states of the sampler", &states);
    if (status != HAHN_OK) {
        hahn_sampler_destroy(s);
        return status;
    }
    s->psi = states;
    *out = s;
    return HAHN_OK;
}

void hahn_sampler_destroy(hahn_sampler *sampler)
{
    if (!sampler)
        return;
    hahn_engine *engine = sampler->workspace->engine;
    hahn_measurement_release(engine, &sampler->measurement);
    hahn_release(engine, sampler->psi, state_bytes(sampler), 2);
    hahn_release(engine, sampler, 1, sizeof *sampler);
}

static int64_t least_shots(const hahn_sampler *s)
{
    return 2 * (int64_t)s->measurement.groups.count;
}

hahn_status hahn_sampler_describe(const hahn_sampler *sampler, hahn_sampler_info *info)
{
    if (!sampler || !info)
        return HAHN_ERR_ARGUMENT;
    const hahn_measurement *m = &sampler->measurement;
    const uint64_t lists = m->terms.capacity * sizeof(hahn_measured_term) +
                           m->groups.capacity * sizeof(hahn_measured_group);
    *info = (hahn_sampler_info){
        .groups = (int64_t)m->groups.count,
        .least_shots = least_shots(sampler),
        .sound_shots = hahn_measurement_sound_shots(m),
        .weight = m->weight,
        .bytes = hahn_saturating_add(sizeof *sampler + lists,
                                     hahn_saturating_multiply(2, state_bytes(sampler)))};
    return HAHN_OK;
}

/* Energy number `number` of a call, and its variance. Each group of each energy has a stream of its
   own. */
static hahn_status measure_energy(hahn_sampler *s, const double *theta, hahn_shift shift,
                                  uint64_t seed, uint64_t number, int64_t shots, double *value,
                                  double *variance)
{
    hahn_workspace *ws = s->workspace;
    const uint64_t groups = s->measurement.groups.count;
    double *work = (double *)(void *)((char *)s->psi + state_bytes(s));
    hahn_status status = hahn_run_circuit(ws, 1, theta, shift);
    if (status == HAHN_OK)
        status = ws->ops->read(ws, HAHN_PSI, 0, s->psi);
    *value = s->measurement.constant;
    *variance = 0;
    for (uint64_t g = 0; g < groups && status == HAHN_OK; g++) {
        double mean, own;
        hahn_measure_group(&s->measurement, g, ws->program->qubits, s->psi, work, seed,
                           HAHN_STREAM_ESTIMATES + number * groups + g,
                           hahn_measurement_share(&s->measurement, g, shots), &mean, &own);
        *value += mean;
        *variance += own;
    }
    return status;
}

static hahn_status check_shots(const hahn_sampler *s, const hahn_shots *options,
                               const double *theta)
{
    const int64_t shots = options->shots;
    hahn_workspace *ws = s->workspace;
    const hahn_status status = hahn_check_run(ws, 1, theta);
    if (status == HAHN_OK && shots > HAHN_MOST_SHOTS)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " shots for each energy are out of range: use at most %" PRId64
                         ", as the time goes with their number and the error with its root",
                         shots, HAHN_MOST_SHOTS);
    if (status != HAHN_OK || shots >= (least_shots(s) ? least_shots(s) : 1))
        return status;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "%" PRId64 " shots are too few: the observable is measured in %" PRId64
                     " settings, at least twice in each; use %" PRId64 " or more",
                     shots, (int64_t)s->measurement.groups.count,
                     least_shots(s) ? least_shots(s) : 1);
}

hahn_status hahn_sampled_energy(hahn_sampler *sampler, const hahn_shots *shots, const double *theta,
                                hahn_estimate *energy)
{
    double value, variance;
    if (!sampler || !shots || !energy)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = check_shots(sampler, shots, theta);
    if (status != HAHN_OK)
        return status;
    sampler->workspace->finished = 0;
    sampler->workspace->times = (hahn_times){0};
    status = measure_energy(sampler, theta, HAHN_NO_SHIFT, shots->seed, 0, shots->shots, &value,
                            &variance);
    if (status == HAHN_OK)
        *energy = (hahn_estimate){value, sqrt(variance), shots->shots};
    return status;
}

/* A gradient on its way. */
typedef struct sampling {
    hahn_sampler *sampler;
    const double *theta;
    hahn_shots shots;             /* with a range of components that is filled in */
    uint64_t number;              /* of the next energy */
    double *gradient, *variances; /* the latter may be NULL */
} sampling;

/* By the angle of one term: the rule's energies are measured independently of each other. */
static hahn_status measure_term(sampling *s, uint64_t index, double *derivative, double *variance)
{
    hahn_shift_pair pairs[HAHN_MOST_PAIRS];
    const int count =
        hahn_shift_rule(hahn_program_term(s->sampler->workspace->program, index), pairs);
    hahn_status status = HAHN_OK;
    *derivative = *variance = 0;
    for (int k = 0; k < 2 * count && status == HAHN_OK; k++) {
        const hahn_shift_pair *pair = &pairs[k / 2];
        const int sign = k % 2 ? -1 : 1;
        double value, own;
        status = measure_energy(s->sampler, s->theta, (hahn_shift){index, sign * pair->delta},
                                s->shots.seed, s->number++, s->shots.shots, &value, &own);
        *derivative += sign * pair->weight * value;
        *variance += pair->weight * pair->weight * own;
    }
    return status;
}

static bool is_wanted(const sampling *s, const hahn_member *member)
{
    return member->index >= s->shots.first && member->index < s->shots.first + s->shots.count;
}

static bool has_wanted(const sampling *s, const hahn_term *term)
{
    const hahn_member *members =
        (const hahn_member *)s->sampler->workspace->program->members.data + term->first_member;
    for (uint32_t m = 0; m < term->members; m++)
        if (is_wanted(s, &members[m]))
            return true;
    return false;
}

/* A parameter that a term has several times enters with the sum of its scales. */
static void share_out(const sampling *s, const hahn_term *term, double derivative, double variance)
{
    const hahn_member *members =
        (const hahn_member *)s->sampler->workspace->program->members.data + term->first_member;
    for (uint32_t m = 0; m < term->members; m++) {
        double scale = 0;
        bool earlier = false;
        for (uint32_t other = 0; other < term->members; other++) {
            const bool same = members[other].index == members[m].index;
            scale += same ? members[other].scale : 0;
            earlier = earlier || (same && other < m);
        }
        if (earlier || !is_wanted(s, &members[m]))
            continue;
        s->gradient[members[m].index] += scale * derivative;
        if (s->variances)
            s->variances[members[m].index] += scale * scale * variance;
    }
}

static hahn_status measure_terms(sampling *s)
{
    const hahn_program *program = s->sampler->workspace->program;
    hahn_status status = HAHN_OK;
    for (uint64_t k = 0; k < program->terms.count && status == HAHN_OK; k++) {
        const hahn_term *term = hahn_program_term(program, k);
        double derivative, variance;
        if (!has_wanted(s, term))
            continue;
        status = measure_term(s, k, &derivative, &variance);
        if (status == HAHN_OK)
            share_out(s, term, derivative, variance);
    }
    return status;
}

hahn_status hahn_sampled_gradient(hahn_sampler *sampler, const hahn_shots *shots,
                                  const double *theta, hahn_estimate *energy, double *gradient,
                                  double *errors)
{
    if (!sampler || !shots || (!gradient && sampler->workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    const int64_t parameters = sampler->workspace->program->parameters;
    sampling s = {.sampler = sampler,
                  .theta = theta,
                  .shots = *shots,
                  .number = 1,
                  .gradient = gradient,
                  .variances = errors};
    hahn_status status = check_shots(sampler, shots, theta);
    if (status == HAHN_OK)
        status = hahn_check_range(sampler->workspace, shots->first, &s.shots.count);
    if (status != HAHN_OK)
        return status;
    for (int64_t k = 0; k < parameters; k++) {
        gradient[k] = 0;
        if (errors)
            errors[k] = 0;
    }
    if (energy)
        status = hahn_sampled_energy(sampler, shots, theta, energy);
    if (status == HAHN_OK)
        status = measure_terms(&s);
    for (int64_t k = 0; errors && k < parameters && status == HAHN_OK; k++)
        errors[k] = sqrt(errors[k]);
    if (energy && status == HAHN_OK) {
        const uint64_t all = hahn_saturating_multiply(s.number, (uint64_t)shots->shots);
        energy->shots = all < INT64_MAX ? (int64_t)all : INT64_MAX;
    }
    return status;
}

#include "adjoint/methods.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_STATES 10

/* Kept states that a method needs; KEEPS_SOME as many as the caller gives it. */
enum keeps { KEEPS_NONE, KEEPS_SOME, KEEPS_ALL };

static const struct method {
    const char *name;
    hahn_purpose least; /* what the workspace must be for */
    enum keeps keeps;
    bool probes;       /* moves parameters */
    bool by_parameter; /* goes through them one by one */
    hahn_gradient_function *run;
} methods[] = {
    [HAHN_METHOD_ADJOINT] = {"adjoint", HAHN_FOR_GRADIENT, KEEPS_NONE, false, false,
                             hahn_adjoint_gradient},
    [HAHN_METHOD_SHIFT] = {"shift", HAHN_FOR_STATE, KEEPS_NONE, false, true, hahn_shift_gradient},
    [HAHN_METHOD_TAPE] = {"tape", HAHN_FOR_GRADIENT, KEEPS_ALL, false, false, hahn_replay_gradient},
    [HAHN_METHOD_CHECKPOINT] = {"checkpoint", HAHN_FOR_GRADIENT, KEEPS_SOME, false, false,
                                hahn_replay_gradient},
    [HAHN_METHOD_FINITE_DIFFERENCE] = {"finite-difference", HAHN_FOR_STATE, KEEPS_NONE, true, true,
                                       hahn_difference_gradient},
    [HAHN_METHOD_SPSA] = {"spsa", HAHN_FOR_STATE, KEEPS_NONE, true, false, hahn_spsa_gradient},
    [HAHN_METHOD_FORWARD] = {"forward", HAHN_FOR_TANGENT, KEEPS_NONE, false, true,
                             hahn_forward_gradient},
};
#define METHODS (sizeof methods / sizeof *methods)

const char *hahn_method_name(hahn_method method)
{
    return (unsigned)method < METHODS ? methods[method].name : NULL;
}

int hahn_method_by_parameter(hahn_method method)
{
    return (unsigned)method < METHODS && methods[method].by_parameter;
}

void hahn_method_options(hahn_method method, int64_t states, hahn_workspace_options *options)
{
    if ((unsigned)method >= METHODS || !options)
        return;
    const enum keeps keeps = methods[method].keeps;
    options->purpose = methods[method].least;
    options->probes = methods[method].probes;
    options->kept_states = keeps == KEEPS_ALL    ? HAHN_EVERY_STATE
                           : keeps == KEEPS_SOME ? (states ? states : DEFAULT_STATES)
                                                 : 0;
}

/* "adjoint (0), shift (1), ...", cut to the buffer. */
static void list_methods(char *text, size_t size)
{
    size_t used = 0;
    for (size_t m = 0; m < METHODS && used < size; m++)
        used += (size_t)snprintf(text + used, size - used, "%s%s (%zu)",
                                 m == 0             ? ""
                                 : m + 1 == METHODS ? " or "
                                                    : ", ",
                                 methods[m].name, m);
}

/* Does the workspace have what the method needs? */
static hahn_status check_workspace(hahn_workspace *ws, hahn_method which)
{
    const struct method *m = &methods[which];
    if (ws->purpose < m->least)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "the workspace is for %s, and method %s needs more: create it for %s",
                         ws->purpose == HAHN_FOR_STATE ? "states" : "gradients", m->name,
                         m->least == HAHN_FOR_TANGENT ? "tangents" : "gradients");
    if (m->keeps != KEEPS_NONE && ws->units == 0 && ws->program->stages.count > 0)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "method %s goes back to kept states, and the workspace has none: create "
                         "it with kept_states, see hahn_method_options",
                         m->name);
    if (m->keeps == KEEPS_ALL && ws->kept + 1 < ws->units)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "method %s keeps %" PRIu64
                         " states, and the workspace has room for %" PRIu64
                         ": create it with kept_states HAHN_EVERY_STATE, or use checkpoint",
                         m->name, ws->units - 1, ws->kept);
    if (m->probes && !ws->probes)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "method %s moves parameters, and the workspace has no copies of them: "
                         "create it with probes 1, see hahn_method_options",
                         m->name);
    return HAHN_OK;
}

hahn_status hahn_check_range(hahn_workspace *ws, int64_t first, int64_t *count)
{
    const int64_t parameters = ws->program->parameters;
    if (first < 0 || first > parameters || *count < 0 || *count > parameters - first)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " components from %" PRId64
                         " on are out of range: the program has %" PRId64 " parameters, from 0",
                         *count, first, parameters);
    if (*count == 0)
        *count = parameters - first;
    return HAHN_OK;
}

static hahn_status check_components(hahn_workspace *ws, hahn_gradient_options *o)
{
    const hahn_status status = hahn_check_range(ws, o->first, &o->count);
    if (status != HAHN_OK || methods[o->method].by_parameter || o->count == ws->program->parameters)
        return status;
    return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                     "method %s computes all components at once: leave first and count 0",
                     methods[o->method].name);
}

#define MOST_REPETITIONS (INT64_C(1) << 32)

static hahn_status check_numbers(hahn_workspace *ws, hahn_gradient_options *o)
{
    if (!(o->step >= 0 && isfinite(o->step)))
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "a step of %g is out of range: use a number above 0, or 0 for one that "
                         "suits the precision",
                         o->step);
    if (o->repetitions < 0 || o->repetitions > MOST_REPETITIONS)
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT,
                         "%" PRId64 " repetitions are out of range: use 1 to %" PRId64
                         ", or 0 for one",
                         o->repetitions, MOST_REPETITIONS);
    if (o->repetitions == 0)
        o->repetitions = 1;
    return HAHN_OK;
}

/* Fill in the defaults. */
static hahn_status check_options(hahn_workspace *ws, hahn_gradient_options *o)
{
    char list[256];
    if (!hahn_method_name(o->method)) {
        list_methods(list, sizeof list);
        return hahn_fail(ws->engine, HAHN_ERR_ARGUMENT, "gradient method %d does not exist: use %s",
                         (int)o->method, list);
    }
    hahn_status status = hahn_check_observable(ws);
    if (status == HAHN_OK)
        status = check_workspace(ws, o->method);
    if (status == HAHN_OK)
        status = check_components(ws, o);
    return status == HAHN_OK ? check_numbers(ws, o) : status;
}

hahn_status hahn_gradient(hahn_workspace *workspace, const hahn_gradient_options *options,
                          int64_t batch, const double *thetas, double *energies, double *gradients,
                          hahn_certificate *certificates)
{
    hahn_gradient_options own = options ? *options : (hahn_gradient_options){0};
    if (!workspace || (!gradients && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    hahn_status status = check_options(workspace, &own);
    if (status == HAHN_OK)
        status = hahn_check_run(workspace, batch, thetas);
    if (status != HAHN_OK)
        return status;
    const double begin = hahn_seconds();
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    if (gradients)
        memset(gradients, 0,
               (size_t)batch * (size_t)workspace->program->parameters * sizeof *gradients);
    status =
        methods[own.method].run(workspace, &own, batch, thetas, energies, gradients, certificates);
    workspace->times.total = hahn_seconds() - begin;
    return status;
}

hahn_status hahn_adjoint_state(const hahn_workspace *workspace, int64_t lane, double *amplitudes)
{
    if (!workspace || !amplitudes)
        return HAHN_ERR_ARGUMENT;
    if (lane < 0 || lane >= workspace->finished)
        return hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                         "lane %" PRId64 " holds no adjoint state: run an adjoint gradient of a "
                         "batch no larger than the %" PRId64 " lanes, then ask for 0 to batch - 1",
                         lane, workspace->lanes);
    return workspace->ops->read(workspace, HAHN_LAMBDA, lane, amplitudes);
}

#include "adjoint/methods.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *name;
    hahn_purpose least; /* what the workspace must be for */
    hahn_gradient_function run;
} methods[] = {
    [HAHN_METHOD_ADJOINT] = {"adjoint", HAHN_FOR_GRADIENT, hahn_adjoint_gradient},
    [HAHN_METHOD_SHIFT] = {"shift", HAHN_FOR_STATE, hahn_shift_gradient},
    [HAHN_METHOD_FORWARD] = {"forward", HAHN_FOR_TANGENT, hahn_forward_gradient},
};
#define METHODS (sizeof methods / sizeof *methods)

const char *hahn_method_name(hahn_method method)
{
    return (unsigned)method < METHODS ? methods[method].name : NULL;
}

hahn_status hahn_gradient(hahn_workspace *workspace, const hahn_gradient_options *options,
                          int64_t batch, const double *thetas, double *energies, double *gradients,
                          hahn_certificate *certificates)
{
    const hahn_method method = options ? options->method : HAHN_METHOD_ADJOINT;
    if (!workspace || (!gradients && workspace->program->parameters > 0))
        return HAHN_ERR_ARGUMENT;
    if (!hahn_method_name(method))
        return hahn_fail(
            workspace->engine, HAHN_ERR_ARGUMENT,
            "gradient method %d does not exist: use adjoint (0), shift (1) or forward (2)",
            (int)method);
    if (!workspace->program->has_observable)
        return hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                         "the program has no observable, so there is no gradient");
    if (workspace->purpose < methods[method].least)
        return hahn_fail(workspace->engine, HAHN_ERR_ARGUMENT,
                         "the workspace is for %s, and method %s needs more: create it for %s",
                         workspace->purpose == HAHN_FOR_STATE ? "states" : "gradients",
                         methods[method].name,
                         methods[method].least == HAHN_FOR_TANGENT ? "tangents" : "gradients");
    hahn_status status = hahn_check_run(workspace, batch, thetas);
    if (status != HAHN_OK)
        return status;
    const double begin = hahn_seconds();
    workspace->times = (hahn_times){0};
    workspace->finished = 0;
    if (gradients)
        memset(gradients, 0,
               (size_t)batch * (size_t)workspace->program->parameters * sizeof *gradients);
    status = methods[method].run(workspace, batch, thetas, energies, gradients, certificates);
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

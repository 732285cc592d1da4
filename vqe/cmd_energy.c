/* hahn energy: the energy at the parameters given. */
#include "commands.h"
#include "problem_command.h"

#include <stdlib.h>

static bool print_energy(const struct problem *p, const hahn_workspace *workspace, double energy,
                         struct failure *f)
{
    struct json j = {0};
    if (!p->options.json) {
        printf("%.17g\n", energy);
        return cli_finish_output(f);
    }
    json_object_begin(&j, NULL);
    json_number(&j, "energy", energy);
    json_number(&j, "total_ms", 1e3 * hahn_workspace_times(workspace).total);
    problem_describe(p, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    hahn_workspace *workspace = NULL;
    double *theta = NULL, energy;
    hahn_status status;
    bool done = problem_workspace(p, &problem_one_state, &workspace, f) &&
                (theta = problem_vector(p, 1, f)) != NULL;
    (void)own;
    if (done) {
        problem_theta(p, 0, theta);
        status = hahn_energy(workspace, 1, theta, &energy);
        done = status == HAHN_OK ? print_energy(p, workspace, energy, f)
                                 : fail_engine(f, status, p->engine, NULL);
    }
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    return problem_command(command, argc, argv, NULL, PROBLEM_PARAMETERS, compute);
}

static const struct option_group *const groups[] = {
    &problem_circuit_options, &problem_observable_options, &problem_parameter_options,
    &problem_engine_options,  &problem_output_options,     NULL};

static const char *const examples[] = {
    "Energy of the seed demo's start", "hahn energy", "Energy of a trained circuit",
    "hahn energy --qubits 6 --layers 20 --params trained.npy", NULL};

const struct command command_energy = {"energy",
                                       "print the energy at given parameters",
                                       "Print <psi|H|psi> on standard output with 17 significant "
                                       "digits, psi being the circuit's final "
                                       "state.",
                                       examples,
                                       groups,
                                       run};

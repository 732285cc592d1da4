/* hahn energy: the energy at the parameters given. */
#include "commands.h"
#include "problem_command.h"

#include <stdlib.h>

struct energy_options {
    int64_t shots; /* 0: exact */
};

static bool print_energy(const struct problem *p, const hahn_workspace *workspace,
                         const hahn_estimate *energy, struct failure *f)
{
    struct json j = {0};
    const bool sampled = energy->shots > 0;
    if (!p->options.json) {
        printf("%.17g\n", energy->value);
        if (sampled && !p->options.quiet)
            fprintf(stderr, "standard error %.3g\n", energy->error);
        return cli_finish_output(f);
    }
    json_object_begin(&j, NULL);
    json_number(&j, "energy", energy->value);
    if (sampled) {
        json_number(&j, "energy_error", energy->error);
        json_integer(&j, "shots", energy->shots);
    }
    json_number(&j, "total_ms", 1e3 * hahn_workspace_times(workspace).total);
    problem_describe(p, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool estimate(const struct problem *p, hahn_workspace *workspace, const double *theta,
                     int64_t shots, hahn_estimate *energy, struct failure *f)
{
    const hahn_shots options = {.shots = shots, .seed = p->options.seed};
    hahn_sampler *sampler = NULL;
    hahn_status status = hahn_sampler_create(workspace, &sampler);
    if (status == HAHN_OK)
        status = hahn_sampled_energy(sampler, &options, theta, energy);
    if (status == HAHN_OK)
        problem_tell_shots(p, sampler, shots);
    hahn_sampler_destroy(sampler);
    return status == HAHN_OK || fail_engine(f, status, p->engine, "--shots");
}

static bool find_energy(const struct problem *p, hahn_workspace *workspace, const double *theta,
                        hahn_estimate *energy, struct failure *f)
{
    const hahn_status status = hahn_energy(workspace, 1, theta, &energy->value);
    return status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const struct energy_options *o = own;
    hahn_workspace *workspace = NULL;
    hahn_estimate energy = {0};
    double *theta = NULL;
    bool done = problem_workspace(p, &problem_one_state, &workspace, f) &&
                (theta = problem_vector(p, 1, f)) != NULL;
    if (done)
        problem_theta(p, 0, theta);
    done = done &&
           (o->shots ? estimate(p, workspace, theta, o->shots, &energy, f)
                     : find_energy(p, workspace, theta, &energy, f)) &&
           print_energy(p, workspace, &energy, f);
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct energy_options own = {.shots = 0};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

static const struct option_row rows[] = {
    {"shots", 0, "N",
     "Estimate the energy from N measurements, drawn by --seed: terms that commute qubit by qubit "
     "are measured together, and shots shared out by their coefficients.",
     "the exact energy", option_int64, offsetof(struct energy_options, shots), .low = 1,
     .high = 0x1p62},
    OPTION_END};

static const struct option_group own_options = {"Energy", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_parameter_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {"Energy of the seed demo's start",
                                       "hahn energy",
                                       "Energy of a trained circuit",
                                       "hahn energy --qubits 6 --layers 20 --params trained.npy",
                                       "As an experiment would find it",
                                       "hahn energy --qubits 6 --layers 20 --shots 10000",
                                       NULL};

const struct command command_energy = {"energy",
                                       "print the energy at given parameters",
                                       "Print <psi|H|psi> on standard output with 17 significant "
                                       "digits, psi being the circuit's final "
                                       "state. With --shots it is an estimate, and its standard "
                                       "error goes to standard error.",
                                       examples,
                                       groups,
                                       run};

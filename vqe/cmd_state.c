/* hahn state: the final state at the parameters given. */
#include "commands.h"
#include "fileio.h"
#include "problem_command.h"

#include <stdlib.h>

struct state_options {
    const char *output;
};

static bool deliver(const struct problem *p, const char *output, const double *amplitudes,
                    struct failure *f)
{
    int64_t count = (int64_t)1 << p->qubits;
    struct json j = {0};
    if (output && !complex_write(output, amplitudes, count, f))
        return fail_prefix(f, "--output");
    if (!output)
        vector_print(stdout, amplitudes, count, 2);
    if (!output || !p->options.json)
        return cli_finish_output(f);
    json_object_begin(&j, NULL);
    json_string(&j, "output", output);
    json_integer(&j, "amplitudes", count);
    problem_describe(p, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const char *output = ((const struct state_options *)own)->output;
    hahn_workspace *workspace = NULL;
    double *theta = NULL, *amplitudes = NULL;
    hahn_status status;
    bool done;

    if (p->options.json && !output)
        return fail(f, CLI_USAGE, "--json needs --output FILE: states are not written as JSON");
    done = problem_workspace(p, &problem_one_state, &workspace, f) &&
           (theta = problem_vector(p, 1, f)) != NULL &&
           (amplitudes = problem_allocate(p, "the state", (uint64_t)1 << p->qubits,
                                          2 * sizeof(double), f)) != NULL;
    if (done) {
        problem_theta(p, 0, theta);
        status = hahn_final_state(workspace, 1, theta, amplitudes);
        done = status == HAHN_OK ? deliver(p, output, amplitudes, f)
                                 : fail_engine(f, status, p->engine, NULL);
    }
    free(amplitudes);
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct state_options own = {NULL};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

static const struct option_row rows[] = {
    {"output", 'o', "FILE",
     "Write the state there: NumPy (complex128) if the name ends in .npy, else text.",
     "standard output, as text", option_text, offsetof(struct state_options, output), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"State", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_parameter_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {"Write the final state for NumPy",
                                       "hahn state --qubits 6 --layers 20 --output state.npy",
                                       NULL};

const struct command command_state = {"state",
                                      "write the final state at given parameters",
                                      "Write the final state, amplitude 0 first: \"re im\" a line "
                                      "as text, complex128 as .npy. Qubit 0 "
                                      "is the least significant bit of an amplitude's index.",
                                      examples,
                                      groups,
                                      run};

/* What is told about a problem. */
#include "problem.h"

#include <inttypes.h>

static void describe_parameters(const struct problem *p, struct json *j)
{
    json_integer(j, "parameters", p->parameters);
    if (p->options.params)
        json_string(j, "params", p->options.params);
    else if (p->init_text)
        json_string(j, "init", p->init_text);
    if (p->init_text)
        json_unsigned(j, "seed", p->options.seed);
}

void problem_describe(const struct problem *problem, struct json *j)
{
    const struct problem *p = problem;
    json_string(j, "version", hahn_version());
    if (p->ansatz) {
        json_string(j, "ansatz", p->ansatz);
        json_integer(j, "layers", p->options.layers);
    }
    if (p->hamiltonian)
        json_string(j, "hamiltonian", p->hamiltonian);
    else
        json_string(j, "hamiltonian_file", p->options.hamiltonian_file);
    json_integer(j, "qubits", p->qubits);
    if (p->ansatz)
        describe_parameters(p, j);
    json_string(j, "backend", hahn_backend_name(hahn_engine_backend(p->engine)));
    json_string(j, "precision", hahn_precision_name(hahn_engine_precision(p->engine)));
    json_integer(j, "threads", hahn_engine_threads(p->engine));
    json_string(j, "isa", hahn_engine_isa(p->engine));
    json_integer(j, "tile", problem_tile(p));
}

bool json_print(struct json *j, struct failure *f)
{
    const char *text = json_text(j);
    bool done = text ? true : fail(f, CLI_FAILED, "out of memory for the JSON output");
    if (done)
        printf("%s\n", text);
    json_free(j);
    return done && cli_finish_output(f);
}

void problem_tell_shots(const struct problem *problem, const hahn_sampler *sampler, int64_t shots)
{
    hahn_sampler_info info;
    if (problem->options.quiet || hahn_sampler_describe(sampler, &info) != HAHN_OK ||
        shots >= info.sound_shots)
        return;
    fprintf(stderr,
            "hahn: warning: with %" PRId64
            " shots some setting is measured fewer than 10 times: standard errors from so few mean "
            "little, and may be 0; use --shots %" PRId64 " or more\n",
            shots, info.sound_shots);
}

void problem_tell_backend(const struct problem *problem)
{
    const char *why = NULL;
    if (problem->options.backend != HAHN_BACKEND_AUTO || problem->options.quiet)
        return;
    hahn_engine_backend_status(problem->engine, HAHN_BACKEND_AUTO, &why);
    fprintf(stderr, "hahn: backend %s%s%s\n",
            hahn_backend_name(hahn_engine_backend(problem->engine)), why && why[0] ? ": " : "",
            why ? why : "");
}

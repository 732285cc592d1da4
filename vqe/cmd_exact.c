/* hahn exact: the ground energy of the Hamiltonian. */
#include "commands.h"
#include "exact.h"
#include "problem_command.h"

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    double energy, residual;
    struct json j = {0};
    (void)own;
    if (!exact_ground_energy(p->engine, p->observable, &energy, &residual, f))
        return false;
    if (!p->options.json) {
        if (!p->options.quiet)
            fprintf(stderr, "residual %.3g\n", residual);
        printf("%.17g\n", energy);
        return cli_finish_output(f);
    }
    json_object_begin(&j, NULL);
    json_number(&j, "energy", energy);
    json_number(&j, "residual", residual);
    json_string(&j, "version", hahn_version());
    if (p->hamiltonian)
        json_string(&j, "hamiltonian", p->hamiltonian);
    else
        json_string(&j, "hamiltonian_file", p->options.hamiltonian_file);
    json_integer(&j, "qubits", p->qubits);
    json_object_end(&j);
    return json_print(&j, f);
}

static int run(const struct command *command, int argc, char **argv)
{
    return problem_command(command, argc, argv, NULL, PROBLEM_OBSERVABLE, compute);
}

static const struct option_group *const groups[] = {
    &problem_observable_options, &problem_engine_options, &problem_output_options, NULL};

static const char *const examples[] = {
    "Where the seed demo's training ends at best", "hahn exact", "A square lattice",
    "hahn exact --hamiltonian heisenberg:width=4,height=3", NULL};

const struct command command_exact = {
    "exact",
    "print the ground energy of the Hamiltonian",
    "Diagonalise the Hamiltonian and print its smallest eigenvalue on standard output; the "
    "residual "
    "|| H v - E v || goes to standard error. Up to 6 qubits the whole spectrum is computed with "
    "LAPACK, above that the ground state with ARPACK's Lanczos method, which takes about 25 state "
    "vectors of memory and is practical up to 20 qubits or so.",
    examples,
    groups,
    run};

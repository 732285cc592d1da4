/* hahn grad: derivatives at the parameters given. */
#include "commands.h"
#include "grad.h"
#include "problem_command.h"

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const struct grad_options *o = own;
    struct grad_result result = {0};
    if (!grad_check(p, o, f) || !grad_plan(p, o, &result.workspace, f))
        return false;
    if (o->dry_run)
        return grad_tell_plan(p, o, &result.workspace, f);
    const bool done = grad_run(p, o, &result, f) && grad_deliver(p, o, &result, f);
    grad_release(&result);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct grad_options own = {.method = HAHN_METHOD_ADJOINT};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

static const struct option_row rows[] = {
    {"", 0, "[FILE...]", "Observables of --method jacobian, as --hamiltonian-file takes them.",
     NULL, option_words, offsetof(struct grad_options, observables), .low = 0,
     .high = MOST_OPERANDS},
    {"method", 0, "NAME",
     "Which derivative, and how: see above. To the gradient: adjoint, shift, tape, checkpoint, "
     "finite-difference, spsa or forward. Others: jvp, vjp, hvp, fisher-vector, hessian, fisher, "
     "jacobian, coefficients or start.",
     "adjoint", option_choice, offsetof(struct grad_options, method), .choices = derivative_names},
    {"vector", 0, "FILE|seed:S",
     "The vector of jvp, hvp and fisher-vector, a number for each parameter in a file as --params "
     "takes it; of vjp, 2^qubits complex numbers in a file as hahn state writes it; or normal "
     "random numbers, not normalised.",
     "seed:1", option_text, offsetof(struct grad_options, vector), NO_LIMITS},
    PROBLEM_ECHO_OPTION(offsetof(struct grad_options, echo_tolerance)),
    {"states", 0, "N", "States that checkpoint keeps, beside the two that every gradient has.",
     "10", option_int64, offsetof(struct grad_options, states), .low = 1, .high = 0x1p53},
    {"step", 0, "H", "How far finite-difference and spsa move each parameter.",
     "by the precision, the depth and the scales", option_real, offsetof(struct grad_options, step),
     .low = 1e-15, .high = 10},
    {"repetitions", 0, "R",
     "Perturbations that spsa averages; its error falls with the root of R. They are drawn by "
     "--seed.",
     "1", option_int64, offsetof(struct grad_options, repetitions), .low = 1, .high = 0x1p32},
    {"shots", 0, "N",
     "Estimate each energy that shift needs from N measurements, drawn by --seed, and tell "
     "standard "
     "errors.",
     "exact energies", option_int64, offsetof(struct grad_options, shots), .low = 1,
     .high = 0x1p62},
    {"errors", 0, "FILE", "Write the standard errors of --shots there, as --output does.", NULL,
     option_text, offsetof(struct grad_options, errors), NO_LIMITS},
    {"dry-run", 0, NULL, "Tell what memory it would take, and compute nothing.", NULL, option_flag,
     offsetof(struct grad_options, dry_run), NO_LIMITS},
    {"output", 'o', "FILE",
     "Write the numbers there: NumPy if the name ends in .npy (of two dimensions where there are "
     "rows, complex for a state), else text.",
     "standard output, as text", option_text, offsetof(struct grad_options, output), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"Derivative", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_parameter_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {
    "Gradient of the seed demo's start",
    "hahn grad --output gradient.npy",
    "The same by another method, on a smaller circuit",
    "hahn grad --qubits 4 --layers 3 --method shift",
    "As an experiment would find it",
    "hahn grad --qubits 4 --layers 3 --method shift --shots 1000",
    "The Hessian of the demo times a random direction",
    "hahn grad --method hvp --vector seed:7",
    "All of it, of a circuit of 40 parameters",
    "hahn grad --qubits 4 --layers 3 --method hessian --output hessian.npy",
    "Expectations of two observables, and their gradients",
    "hahn grad --layers 100 --method jacobian first.txt second.txt",
    "With 50 states kept and none uncomputed",
    "hahn grad --method checkpoint --states 50",
    "What a tape would take",
    "hahn grad --method tape --dry-run",
    NULL};

const struct command command_grad = {
    "grad",
    "print derivatives of the energy at given parameters",
    "Compute the energy E and its gradient dE/dtheta, or another derivative, at the parameters "
    "theta. The numbers go to standard output, one a line in parameter order, or into a file; "
    "energy, norm and certificate go to standard error, or all of it as JSON to standard output. "
    "With psi the final state, H the Hamiltonian and v the --vector, --method is\n\n"
    "for the gradient: adjoint (one pass forward and one back, two states); tape (the same, with a "
    "state kept for each stage); checkpoint (the same, with --states kept and the others "
    "recomputed); shift (two energies for each rotation, exact); finite-difference (two energies "
    "for each parameter); spsa (two energies for each of --repetitions, an estimate); forward (a "
    "tangent state for each parameter);\n\n"
    "for a product: jvp, the state's derivative along v, sum_k v_k dpsi/dtheta_k, \"re im\" a "
    "line, and beside it the energy's, v.dE/dtheta; vjp, Re <v|dpsi/dtheta_k> for each k, v a "
    "vector of amplitudes; hvp, the second derivatives of E times v; fisher-vector, the quantum "
    "Fisher information of psi times v;\n\n"
    "for a matrix, a row a line: hessian and fisher, what hvp and fisher-vector are products with, "
    "of which they take one for each parameter; jacobian, the gradient of <psi|O|psi> for the "
    "observable O in each FILE, whose values go to standard error;\n\n"
    "for another gradient: coefficients, dE by the coefficient of each term of H, which is "
    "<psi|P|psi> of its string P, beside which the string stands; start, dE by real and imaginary "
    "part of each amplitude of the start state, 2 U^dagger H U|0>, \"re im\" a line.\n\n"
    "The certificate of what goes back through the circuit is the echo error, the distance between "
    "the start state and what the backward pass made of the final state (of a matrix the largest "
    "of its rows), and for gradients and hvp the energy computed once more at the start of the "
    "circuit. With --echo-tolerance the backward pass runs in segments, each from a state "
    "kept on the way forward, and the echo error is the largest distance from one of those; with "
    "tape and checkpoint it is that of the stages at whose beginning a state was kept.",
    examples,
    groups,
    run};

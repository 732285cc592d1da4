/* `hahn`: what it is called and which subcommands it has. */
#include "commands.h"

static const struct command *const commands[] = {&command_train, &command_energy,   &command_grad,
                                                 &command_state, &command_sample,   &command_exact,
                                                 &command_info,  &command_selftest, NULL};

const struct program cli_program = {
    "hahn", "train variational quantum circuits by reversible-adjoint gradients",
    "Results go to standard output, everything else to standard error. Without options, the "
    "problem of every command is the seed demo: the circuit variational with 10 qubits and 10,000 "
    "layers, and the periodic Heisenberg chain.",
    "0 done; 1 failure; 2 usage or bad input; 3 stopped before the tolerance asked for; 130 "
    "interrupted.",
    commands};

/* `hahn-bench`: what it is called and which subcommands it has. */
#include "commands.h"

static const struct command *const commands[] = {&command_forward,
                                                 &command_gradient,
                                                 &command_batch,
                                                 &command_compile,
                                                 &command_observable,
                                                 &command_modes,
                                                 &command_memory,
                                                 &command_products,
                                                 &command_compare,
                                                 &command_report,
                                                 NULL};

const struct program cli_program = {
    "hahn-bench", "time the Hahn library",
    "Every command runs its cases one after another and prints one row for each: medians over "
    "repetitions, and what is reached of the rates that the same run measured on this machine. "
    "Without options the cases are the command's own (--list-cases). docs/performance.md and "
    "docs/modes.md tell how the numbers are made.\n\n"
    "Those that measure write their results with --json; compare and report read them.",
    "0 done; 1 failure; 2 usage or bad input; 3 something got slower or larger (compare).",
    commands};

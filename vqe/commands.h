/* The subcommands. */
#ifndef HAHN_VQE_COMMANDS_HEADER
#define HAHN_VQE_COMMANDS_HEADER

#include "cli.h"

extern const struct command command_train;
extern const struct command command_energy;
extern const struct command command_grad;
extern const struct command command_state;
extern const struct command command_sample;
extern const struct command command_exact;
extern const struct command command_info;
extern const struct command command_selftest;

#endif

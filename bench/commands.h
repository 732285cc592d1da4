/* The subcommands of `hahn-bench`. */
#ifndef HAHN_BENCH_COMMANDS_HEADER
#define HAHN_BENCH_COMMANDS_HEADER

#include "vqe/cli.h"

extern const struct command command_forward;
extern const struct command command_gradient;
extern const struct command command_batch;
extern const struct command command_compile;
extern const struct command command_observable;
extern const struct command command_modes;
extern const struct command command_products;
extern const struct command command_compare;
extern const struct command command_memory;
extern const struct command command_report;

#endif

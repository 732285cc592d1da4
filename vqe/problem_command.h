/* The frame of every command that computes something about one problem. */
#ifndef HAHN_VQE_PROBLEM_COMMAND_HEADER
#define HAHN_VQE_PROBLEM_COMMAND_HEADER

#include "problem.h"

/** What a command does with its problem and its own options. */
typedef bool problem_compute(struct problem *problem, const void *own, struct failure *f);

/** Read the command line, create the problem, compute, destroy, and report what went wrong. Group 0
    of the command fills `own`, the other ones the common options; where own is NULL all of them
    fill the common ones. Returns the exit code. */
int problem_command(const struct command *command, int argc, char **argv, void *own,
                    enum problem_parts parts, problem_compute *compute);

#endif

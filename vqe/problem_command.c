#include "problem_command.h"

#define MOST_GROUPS 8

static int parse(const struct command *command, int argc, char **argv, void *own,
                 struct problem_options *options)
{
    void *targets[MOST_GROUPS];
    for (int g = 0; g < MOST_GROUPS; g++)
        targets[g] = g == 0 && own ? own : options;
    return cli_parse(command, argc, argv, targets);
}

int problem_command(const struct command *command, int argc, char **argv, void *own,
                    enum problem_parts parts, problem_compute *compute)
{
    struct problem_options options = problem_defaults;
    struct problem problem;
    struct failure f;
    bool done;
    int code = parse(command, argc, argv, own, &options);

    if (code != CLI_RUN)
        return code;
    if (!problem_create(&options, parts, &problem, &f))
        return failure_report(&f);
    problem_tell_backend(&problem);
    done = compute(&problem, own, &f);
    problem_destroy(&problem);
    return done ? CLI_DONE : failure_report(&f);
}

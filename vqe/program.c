/* What stands above the subcommands of a program. */
#define _POSIX_C_SOURCE 200809L

#include "cli.h"

#include <ctype.h>
#include <fcntl.h>
#include <hahn/engine.h>
#include <string.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

static void print_usage(FILE *out)
{
    const struct program *p = &cli_program;
    fprintf(out, "Usage: %s COMMAND [OPTIONS]\n\n%c%s.\n\nCommands:\n", p->name,
            toupper((unsigned char)p->summary[0]), p->summary + 1);
    for (const struct command *const *c = p->commands; *c; c++)
        fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'%s COMMAND --help' tells its options.\n\n", p->name);
    cli_print_paragraphs(out, p->description);
    fprintf(out, "Options:\n"
                 "  -h, --help     Print this.\n"
                 "  --version      Print the version.\n\n"
                 "Exit codes:\n");
    cli_print_paragraphs(out, p->exit_codes);
}

/* A file opened while descriptor 0, 1 or 2 is free would take its place and get what is meant for
   standard output. What is put there instead refuses what the descriptor is for. */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

static int unknown_command(const char *name)
{
    const char *names[16], *near;
    size_t count = 0;
    struct failure f;
    for (const struct command *const *c = cli_program.commands; *c && count < 16; c++)
        names[count++] = (*c)->name;
    near = nearest_word(name, names, count, sizeof names[0]);
    if (near)
        fail(&f, CLI_USAGE, "unknown command \"%s\"; did you mean %s?", name, near);
    else
        fail(&f, CLI_USAGE, "unknown command \"%s\"; '%s --help' lists the commands", name,
             cli_program.name);
    return failure_report(&f);
}

static int print_result(void (*print)(FILE *))
{
    struct failure f;
    print(stdout);
    return cli_finish_output(&f) ? CLI_DONE : failure_report(&f);
}

static void print_version(FILE *out)
{
    fprintf(out, "%s %s\n", cli_program.name, hahn_version());
}

int cli_main(int argc, char **argv)
{
    occupy_standard_descriptors();
    if (argc < 2) {
        print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_result(print_usage);
    if (strcmp(argv[1], "--version") == 0)
        return print_result(print_version);
    for (const struct command *const *c = cli_program.commands; *c; c++)
        if (strcmp((*c)->name, argv[1]) == 0)
            return (*c)->run(*c, argc - 1, argv + 1);
    return unknown_command(argv[1]);
}

void cli_give_back_memory(void)
{
#if defined(__GLIBC__)
    /* Where it is set it no longer grows. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

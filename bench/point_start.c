/* Starting this program again for one point. */
#define _POSIX_C_SOURCE 200809L

#include "point.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The command line as it was, so that the engine is the same; what is said later counts. */
static char **child_arguments(const struct bench *b, const struct bench_case *given,
                              const char *method, const char *precision, struct failure *f)
{
    const char *more[] = {"--point", method, "--precision", precision, "--case", given->name};
    const int words = strcmp(given->name, "given") == 0 ? 4 : 6;
    char **arguments = calloc((size_t)b->argc + 8, sizeof *arguments);
    if (!arguments) {
        fail(f, CLI_FAILED, "out of memory starting a process");
        return NULL;
    }
    arguments[0] = (char *)cli_program.name;
    for (int k = 0; k < b->argc; k++)
        arguments[1 + k] = b->argv[k];
    for (int k = 0; k < words; k++)
        arguments[1 + b->argc + k] = (char *)more[k];
    return arguments;
}

static bool spawn(char **arguments, int output[2], pid_t *child, struct failure *f)
{
    posix_spawn_file_actions_t actions;
    if (pipe(output) != 0 || posix_spawn_file_actions_init(&actions) != 0)
        return fail(f, CLI_FAILED, "cannot start a process: %s", strerror(errno));
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, output[0]);
    posix_spawn_file_actions_addclose(&actions, output[1]);
    const int error = posix_spawn(child, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    if (error == 0)
        return true;
    close(output[0]);
    return fail(f, CLI_FAILED, "cannot start a process: %s", strerror(error));
}

/* All that comes, zero-terminated; NULL where memory runs out. */
static char *read_all(int descriptor)
{
    size_t used = 0, capacity = 4096;
    char *text = malloc(capacity);
    while (text) {
        const ssize_t got = read(descriptor, text + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
        if (used + 1 < capacity)
            continue;
        char *larger = realloc(text, capacity *= 2);
        if (!larger)
            free(text);
        text = larger;
    }
    if (text)
        text[used] = '\0';
    return text;
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return CLI_USAGE;
    /* The system ends a process for taking too much memory, too. */
    return WIFEXITED(status)                                    ? WEXITSTATUS(status)
           : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? CLI_FAILED
                                                                : CLI_USAGE;
}

/* Measure in a child process. *out gets the text of the object, to be freed, or NULL where the
   child found the memory too small; what it says about that goes to standard error. */
static bool point_start(const struct bench *bench, const struct bench_case *given,
                        const char *method, const char *precision, char **out, struct failure *f)
{
    char **arguments = child_arguments(bench, given, method, precision, f);
    int output[2];
    pid_t child;
    *out = NULL;
    if (!arguments)
        return false;
    const bool started = spawn(arguments, output, &child, f);
    free(arguments);
    if (!started)
        return false;
    char *text = read_all(output[0]);
    close(output[0]);
    const int code = wait_for(child);
    if (code == CLI_DONE && text) {
        *out = text;
        return true;
    }
    free(text);
    return code == CLI_FAILED ||
           fail(f, CLI_FAILED,
                "%s, %s: the process that measures it failed with code %d; its "
                "message stands above",
                given->name, method, code);
}

bool point_run(struct bench *bench, const struct bench_case *given, const char *method,
               hahn_precision precision, struct tree **out, struct failure *f)
{
    const char *name = hahn_precision_name(precision);
    char *text;
    *out = NULL;
    if (!point_start(bench, given, method, name, &text, f))
        return false;
    if (!text) {
        printf("%-11s %-17s %s: not enough memory\n", given->name, method, name);
        return true;
    }
    text[strcspn(text, "\n")] = '\0';
    const bool done = tree_parse(text, "the result of a point", out, f);
    if (done)
        json_raw(&bench->json, NULL, text);
    free(text);
    return done;
}

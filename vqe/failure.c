#include "failure.h"

#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(struct failure *failure, exit_code code, const char *format, ...)
{
    va_list arguments;
    failure->code = code;
    va_start(arguments, format);
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
    return false;
}

static exit_code code_of(hahn_status status)
{
    return status == HAHN_ERR_MEMORY || status == HAHN_ERR_BACKEND ? CLI_FAILED : CLI_USAGE;
}

bool fail_engine(struct failure *failure, hahn_status status, const hahn_engine *engine,
                 const char *what)
{
    const char *message = engine ? hahn_engine_message(engine) : "";
    if (message[0] == '\0')
        message = hahn_status_name(status);
    return what ? fail(failure, code_of(status), "%s: %s", what, message)
                : fail(failure, code_of(status), "%s", message);
}

bool fail_memory(struct failure *failure, const char *what, uint64_t bytes, uint64_t left)
{
    char need[32], have[32], missing[32];
    uint64_t more = bytes > left ? bytes - left : 0;
    if (more == 0)
        return fail(failure, CLI_FAILED, "%s: the system refuses %llu bytes (%s)", what,
                    (unsigned long long)bytes, format_bytes(bytes, need, sizeof need));
    return fail(
        failure, CLI_FAILED,
        "%s: %llu bytes (%s) are needed, but %llu bytes (%s) may be used: %llu bytes (%s) are "
        "missing; ask for less, or raise --memory-limit where it was given",
        what, (unsigned long long)bytes, format_bytes(bytes, need, sizeof need),
        (unsigned long long)left, format_bytes(left, have, sizeof have), (unsigned long long)more,
        format_bytes(more, missing, sizeof missing));
}

bool fail_prefix(struct failure *failure, const char *format, ...)
{
    struct failure old = *failure;
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    vsnprintf(failure->text, sizeof failure->text, format, arguments);
    va_end(arguments);
    length = strlen(failure->text);
    snprintf(failure->text + length, sizeof failure->text - length, ": %s", old.text);
    return false;
}

int failure_report(const struct failure *failure)
{
    fprintf(stderr, "%s: %s\n", cli_program.name, failure->text);
    return (int)failure->code;
}

/* Parsing of options by table. */
#define _POSIX_C_SOURCE 200809L

#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int64_t as_int64(double value)
{
    if (value >= 0x1p63)
        return INT64_MAX;
    return value <= -0x1p63 ? INT64_MIN : (int64_t)value;
}

bool option_flag(const struct option_row *row, const char *value, void *field,
                 struct failure *failure)
{
    (void)row, (void)value, (void)failure;
    *(bool *)field = true;
    return true;
}

bool option_int64(const struct option_row *row, const char *value, void *field,
                  struct failure *failure)
{
    bool any = row->low == 0.0 && row->high == 0.0;
    return parse_int64(value, any ? INT64_MIN : as_int64(row->low),
                       any ? INT64_MAX : as_int64(row->high), field, failure);
}

bool option_int(const struct option_row *row, const char *value, void *field,
                struct failure *failure)
{
    bool any = row->low == 0.0 && row->high == 0.0;
    int64_t wide, low = any ? INT_MIN : as_int64(row->low),
                  high = any ? INT_MAX : as_int64(row->high);
    if (!parse_int64(value, low < INT_MIN ? INT_MIN : low, high > INT_MAX ? INT_MAX : high, &wide,
                     failure))
        return false;
    *(int *)field = (int)wide;
    return true;
}

bool option_uint64(const struct option_row *row, const char *value, void *field,
                   struct failure *failure)
{
    (void)row;
    return parse_uint64(value, field, failure);
}

bool option_real(const struct option_row *row, const char *value, void *field,
                 struct failure *failure)
{
    return parse_real(value, row->low, row->high, field, failure);
}

bool option_bytes(const struct option_row *row, const char *value, void *field,
                  struct failure *failure)
{
    (void)row;
    return parse_bytes(value, field, failure);
}

bool option_text(const struct option_row *row, const char *value, void *field,
                 struct failure *failure)
{
    if (value[0] == '\0')
        return fail(failure, CLI_USAGE, "the value is empty; give %s", row->argument);
    *(const char **)field = value;
    return true;
}

bool option_words(const struct option_row *row, const char *value, void *field,
                  struct failure *failure)
{
    struct operands *list = field;
    if (list->count == (int)row->high)
        return fail(failure, CLI_USAGE, "unexpected argument \"%s\"; give at most %d: %s", value,
                    (int)row->high, row->argument);
    list->words[list->count++] = value;
    return true;
}

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

/* "a, b or c", cut to the buffer. */
static void list_words(const char *const *words, char *buffer, size_t size)
{
    size_t count = count_words(words), used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++) {
        const char *divider = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", divider, words[i]);
    }
}

bool option_choice(const struct option_row *row, const char *value, void *field,
                   struct failure *failure)
{
    char list[256];
    for (size_t i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], value) == 0) {
            *(int *)field = (int)i;
            return true;
        }
    list_words(row->choices, list, sizeof list);
    return fail(failure, CLI_USAGE, "\"%s\" is not one of %s", value, list);
}

/* -- the command line ------------------------------------------------------------------------- */

struct match {
    const struct option_row *row;
    void *target;
};

/* The row with this name (letter 0) or this letter (name NULL); row is NULL if there is none. */
static struct match find_option(const struct command *command, const char *name, size_t length,
                                char letter, void *const *targets)
{
    struct match match = {NULL, NULL};
    for (size_t g = 0; command->groups[g]; g++)
        for (const struct option_row *row = command->groups[g]->rows; row->name; row++)
            if (name ? strlen(row->name) == length && strncmp(row->name, name, length) == 0
                     : row->letter != 0 && row->letter == letter) {
                match.row = row;
                match.target = (char *)targets[g] + row->offset;
                return match;
            }
    return match;
}

static const char *nearest_option(const struct command *command, const char *name)
{
    const char *words[160] = {"help"};
    size_t count = 1;
    for (size_t g = 0; command->groups[g]; g++)
        for (const struct option_row *row = command->groups[g]->rows; row->name; row++)
            if (row->name[0] && count < sizeof words / sizeof words[0])
                words[count++] = row->name;
    return nearest_word(name, words, count, sizeof words[0]);
}

static bool unknown_option(const struct command *command, const char *argument, size_t length,
                           struct failure *f)
{
    char name[64];
    const char *near;
    snprintf(name, sizeof name, "%.*s", (int)(length < 60 ? length : 60), argument);
    near = strncmp(name, "--", 2) == 0 ? nearest_option(command, name + 2) : NULL;
    if (near)
        return fail(f, CLI_USAGE, "unknown option %s; did you mean --%s?", name, near);
    return fail(f, CLI_USAGE, "unknown option %s; '%s %s --help' lists the options", name,
                cli_program.name, command->name);
}

/* Where the words of one command line stand. */
struct reader {
    const struct command *command;
    int argc, next;
    char **argv;
    void *const *targets;
};

/* The value of an option: what stands after '=', or the next word. NULL for a flag. */
static bool take_value(struct reader *r, const struct option_row *row, const char *equals,
                       const char **value, struct failure *f)
{
    *value = NULL;
    if (!row->argument)
        return equals
                   ? fail(f, CLI_USAGE, "--%s takes no value; leave \"%s\" out", row->name, equals)
                   : true;
    if (equals) {
        *value = equals + 1;
        return true;
    }
    if (r->next >= r->argc || strncmp(r->argv[r->next], "--", 2) == 0)
        return fail(f, CLI_USAGE, "--%s needs a value: --%s %s", row->name, row->name,
                    row->argument);
    *value = r->argv[r->next++];
    return true;
}

static bool read_option(struct reader *r, const char *argument, struct failure *f)
{
    bool is_long = argument[1] == '-';
    const char *equals = is_long ? strchr(argument, '=') : NULL, *value;
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    struct match match = {NULL, NULL};

    if (is_long && length > 2)
        match = find_option(r->command, argument + 2, length - 2, 0, r->targets);
    else if (length == 2)
        match = find_option(r->command, NULL, 0, argument[1], r->targets);
    if (!match.row)
        return unknown_option(r->command, argument, length, f);
    if (!take_value(r, match.row, equals, &value, f))
        return false;
    return match.row->read(match.row, value, match.target, f) ||
           fail_prefix(f, "--%s", match.row->name);
}

const struct option_row *cli_operands(const struct command *command)
{
    for (size_t g = 0; command->groups[g]; g++)
        for (const struct option_row *row = command->groups[g]->rows; row->name; row++)
            if (!row->name[0])
                return row;
    return NULL;
}

static bool take_operand(const struct reader *r, const char *word, struct failure *f)
{
    const struct match match = find_option(r->command, "", 0, 0, r->targets);
    if (!match.row)
        return fail(f, CLI_USAGE, "unexpected argument \"%s\"; options begin with --", word);
    return match.row->read(match.row, word, match.target, f);
}

static bool enough_operands(const struct reader *r, struct failure *f)
{
    const struct match match = find_option(r->command, "", 0, 0, r->targets);
    const struct operands *list = match.target;
    if (!match.row || list->count >= (int)match.row->low)
        return true;
    return fail(f, CLI_USAGE, "too few arguments; give %s %s %s", cli_program.name,
                r->command->name, match.row->argument);
}

int cli_parse(const struct command *command, int argc, char **argv, void *const *targets)
{
    struct reader reader = {command, argc, 1, argv, targets};
    struct failure f;
    while (reader.next < argc) {
        const char *argument = argv[reader.next++];
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            cli_help(command, stdout);
            return cli_finish_output(&f) ? CLI_DONE : failure_report(&f);
        }
        bool is_option = argument[0] == '-' && argument[1] && strcmp(argument, "--") != 0;
        if (!(is_option ? read_option(&reader, argument, &f) : take_operand(&reader, argument, &f)))
            return failure_report(&f);
    }
    return enough_operands(&reader, &f) ? CLI_RUN : failure_report(&f);
}

bool cli_finish_output(struct failure *failure)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return fail(failure, CLI_FAILED, "cannot write to standard output: %s",
                errno ? strerror(errno) : "an earlier write failed");
}

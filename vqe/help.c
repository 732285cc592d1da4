/* What --help prints. */
#include "cli.h"

#include <string.h>

#define WIDTH  80
#define COLUMN 26

/* Print words from `column` on, broken so that lines end before WIDTH and begin at `indent`. */
static void wrap(FILE *out, const char *text, int column, int indent)
{
    bool fresh = true; /* nothing stands on the line yet after its indentation */
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (!fresh && column + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            fresh = true;
        }
        fprintf(out, "%s%.*s", fresh ? "" : " ", length, text);
        column += length + (fresh ? 0 : 1);
        fresh = false;
        text += length;
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

void cli_print_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        char paragraph[1024];
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        wrap(out, paragraph, 0, 0);
        fputc('\n', out);
        text += length;
        text += strspn(text, "\n");
    }
}

void cli_print_entry(FILE *out, const char *head, const char *text, const char *standard)
{
    char whole[1024];
    int length = fprintf(out, "  %s", head);
    if (standard)
        snprintf(whole, sizeof whole, "%s Default: %s.", text, standard);
    else
        snprintf(whole, sizeof whole, "%s", text);
    if (length > COLUMN - 2) {
        fputc('\n', out);
        length = 0;
    }
    fprintf(out, "%*s", COLUMN - length, "");
    wrap(out, whole, COLUMN, COLUMN);
}

static void print_option(FILE *out, const struct option_row *row)
{
    char head[120], letter[8] = "";
    if (!row->name[0]) {
        cli_print_entry(out, row->argument, row->help, row->standard);
        return;
    }
    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(head, sizeof head, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    cli_print_entry(out, head, row->help, row->standard);
}

void cli_help(const struct command *command, FILE *out)
{
    static const struct option_row help = {.name = "help", .letter = 'h', .help = "Print this."};

    const struct option_row *operands = cli_operands(command);

    fprintf(out, "Usage: %s %s [OPTIONS]%s%s\n\n", cli_program.name, command->name,
            operands ? " " : "", operands ? operands->argument : "");
    cli_print_paragraphs(out, command->description);
    for (size_t g = 0; command->groups[g]; g++) {
        fprintf(out, "%s:\n", command->groups[g]->title);
        for (const struct option_row *row = command->groups[g]->rows; row->name; row++)
            print_option(out, row);
        fputc('\n', out);
    }
    fprintf(out, "Help:\n");
    print_option(out, &help);
    if (command->examples)
        fprintf(out, "\nExamples:\n");
    for (const char *const *e = command->examples; e && e[0]; e += 2)
        fprintf(out, "  # %s\n  %s\n", e[0], e[1]);
}

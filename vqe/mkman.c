/* Write the manual pages PROGRAM.1 and PROGRAM-COMMAND.1 into a folder, from the tables of options.
 */
#define _POSIX_C_SOURCE 200809L

#include "ansatz.h"
#include "cli.h"
#include "hamiltonian.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* roff text: backslashes, hyphens that are typed, and dots and quotes that begin a line. */
static void put_text(FILE *out, const char *text)
{
    bool fresh = true;
    for (; *text; text++) {
        if (fresh && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\'')
            fputs("\\(aq", out);
        else
            fputc(*text, out);
        fresh = *text == '\n';
    }
}

static void put_upper(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc(toupper((unsigned char)*text), out);
}

static void put_heading(FILE *out, const char *title)
{
    fputs(".SH ", out);
    put_upper(out, title);
    fputc('\n', out);
}

static void put_title(FILE *out, const char *name, const char *summary)
{
    fputs(".TH ", out);
    put_upper(out, name);
    fprintf(out, " 1 \"\" \"hahn %s\" \"User Commands\"\n", hahn_version());
    put_heading(out, "Name");
    put_text(out, name);
    fputs(" \\- ", out);
    put_text(out, summary);
    fputc('\n', out);
}

static void put_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        char paragraph[1024];
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        put_text(out, paragraph);
        text += length;
        text += strspn(text, "\n");
        fputs(*text ? "\n.PP\n" : "\n", out);
    }
}

static void put_option(FILE *out, const struct option_row *row)
{
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    if (row->name[0]) {
        fputs("\\fB\\-\\-", out);
        put_text(out, row->name);
        fputs("\\fR", out);
    }
    if (row->argument) {
        fputs(row->name[0] ? " \\fI" : "\\fI", out);
        put_text(out, row->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put_text(out, row->help);
    if (row->standard) {
        fputs(" Default: ", out);
        put_text(out, row->standard);
        fputc('.', out);
    }
    fputc('\n', out);
}

static void put_examples(FILE *out, const char *const *examples)
{
    if (!examples)
        return;
    put_heading(out, "Examples");
    for (; examples[0]; examples += 2) {
        fputs(".TP\n", out);
        put_text(out, examples[0]);
        fputs("\n.nf\n", out);
        put_text(out, examples[1]);
        fputs("\n.fi\n", out);
    }
}

static void put_exit_codes(FILE *out)
{
    put_heading(out, "Exit status");
    put_paragraphs(out, cli_program.exit_codes);
}

static void put_command(FILE *out, const struct command *command)
{
    static const struct option_row help = {
        .name = "help", .letter = 'h', .help = "Print the help."};
    char name[64];
    snprintf(name, sizeof name, "%s-%s", cli_program.name, command->name);
    put_title(out, name, command->summary);
    put_heading(out, "Synopsis");
    fprintf(out, "\\fB");
    put_text(out, cli_program.name);
    fprintf(out, " %s\\fR [\\fIOPTIONS\\fR]", command->name);
    if (cli_operands(command)) {
        fputs(" \\fI", out);
        put_text(out, cli_operands(command)->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put_heading(out, "Description");
    put_paragraphs(out, command->description);
    put_heading(out, "Options");
    for (size_t g = 0; command->groups[g]; g++) {
        fprintf(out, ".SS %s\n", command->groups[g]->title);
        for (const struct option_row *row = command->groups[g]->rows; row->name; row++)
            put_option(out, row);
    }
    fputs(".SS Help\n", out);
    put_option(out, &help);
    put_examples(out, command->examples);
    put_exit_codes(out);
    put_heading(out, "See also");
    fputs("\\fB", out);
    put_text(out, cli_program.name);
    fputs("\\fR(1)\n", out);
}

/* A list that is printed as it stands. */
static void put_list(FILE *out, const char *title, void (*list)(FILE *))
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return;
    list(stream);
    if (fclose(stream) == 0) {
        put_heading(out, title);
        fputs(".nf\n", out);
        put_text(out, text);
        fputs(".fi\n", out);
    }
    free(text);
}

static void put_main(FILE *out)
{
    const struct program *p = &cli_program;
    put_title(out, p->name, p->summary);
    put_heading(out, "Synopsis");
    fputs("\\fB", out);
    put_text(out, p->name);
    fputs("\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n", out);
    put_heading(out, "Description");
    put_paragraphs(out, p->description);
    put_heading(out, "Commands");
    for (const struct command *const *c = p->commands; *c; c++) {
        fputs(".TP\n\\fB", out);
        put_text(out, p->name);
        fprintf(out, "\\-%s\\fR(1)\n", (*c)->name);
        put_text(out, (*c)->summary);
        fputc('\n', out);
    }
    put_list(out, "Circuits", ansatz_list);
    put_list(out, "Hamiltonians", hamiltonian_list);
    put_heading(out, "Environment");
    fputs(".TP\nHAHN_ISA\nUpper bound of the vector instructions used: baseline, avx2 or avx512.\n"
          ".TP\nHAHN_TILE\nQubits of a tile where there is no \\fB\\-\\-tile\\fR: 10 to 21.\n"
          ".TP\nOMP_NUM_THREADS\nNot read: \\fB\\-\\-threads\\fR decides.\n",
          out);
    put_exit_codes(out);
}

static bool write_page(const char *folder, const struct command *command)
{
    char path[4096];
    FILE *out;
    bool done;
    snprintf(path, sizeof path, "%s/%s%s%s.1", folder, cli_program.name, command ? "-" : "",
             command ? command->name : "");
    out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "%s: cannot write %s: %s\n", cli_program.name, path, strerror(errno));
        return false;
    }
    if (command)
        put_command(out, command);
    else
        put_main(out);
    done = !ferror(out);
    return fclose(out) == 0 && done;
}

int main(int argc, char **argv)
{
    bool done;
    if (argc != 2) {
        fprintf(stderr, "Usage: hahn-mkman FOLDER\n");
        return CLI_USAGE;
    }
    done = write_page(argv[1], NULL);
    for (const struct command *const *c = cli_program.commands; *c; c++)
        done = write_page(argv[1], *c) && done;
    return done ? CLI_DONE : CLI_FAILED;
}

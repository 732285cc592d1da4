/* The command line: tables of options and commands. One table serves the parser, `--help` and the
   manual pages. */
#ifndef HAHN_VQE_CLI_HEADER
#define HAHN_VQE_CLI_HEADER

#include "failure.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option_row;

/** Reads an option's value into the field of its row; for a flag, value is NULL. On failure the
    message names the value, the range and the remedy; the parser adds the option's name. */
typedef bool option_reader(const struct option_row *row, const char *value, void *field,
                           struct failure *failure);

/** One option, `--name VALUE` or `--name=VALUE`. Tables end with a row whose name is NULL. The row
    whose name is "" is for the words that are no options, `low` to `high` of them. */
struct option_row {
    const char *name;     /* without the dashes */
    char letter;          /* `-h`; 0 where there is none */
    const char *argument; /* how help names the value; NULL for a flag */
    const char *help;     /* a sentence or two, without the default */
    const char *standard; /* the default, in words; NULL where there is none */
    option_reader *read;
    size_t offset;              /* of the field in the struct that the group fills */
    double low, high;           /* range of a number, both ends allowed; both 0: any finite one */
    const char *const *choices; /* for option_choice: the words in the order of the enum, to NULL */
};

/* Rows are written in order up to the offset, then what they have of the rest by name: NO_LIMITS
   where they have none of it. */
#define NO_LIMITS .low = 0, .high = 0
#define OPTION_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/** A heading in the help, and its options. */
struct option_group {
    const char *title;
    const struct option_row *rows;
};

/** A subcommand. */
struct command {
    const char *name;
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs, divided by an empty line; for --help and the manual */
    const char *const *examples; /* pairs: what for, command line; to NULL. May be NULL */
    const struct option_group *const *groups; /* to NULL */
    /* argv[0] is the command's name. Returns the exit code. */
    int (*run)(const struct command *command, int argc, char **argv);
};

/** A program of subcommands. */
struct program {
    const char *name;
    const char *summary;                   /* one line, no capital, no full stop */
    const char *description;               /* paragraphs, divided by an empty line */
    const char *exit_codes;                /* a sentence */
    const struct command *const *commands; /* in the order of the help, to NULL */
};

/** The program that this is. Each defines its own; messages, help and the manual read it. */
extern const struct program cli_program;

/** What cli_parse answers when the command is to run; anything else is the exit code to return. */
#define CLI_RUN (-1)

/** Read argv[1] to argv[argc - 1]. targets[g] is the struct, already filled with the defaults, that
    group g writes into. Prints the help and returns CLI_DONE for --help; prints what is wrong and
    returns CLI_USAGE for bad usage. */
int cli_parse(const struct command *command, int argc, char **argv, void *const *targets);

/* Readers. The field's type stands behind each. */
option_reader option_flag;   /* bool, set to true */
option_reader option_int;    /* int */
option_reader option_int64;  /* int64_t */
option_reader option_uint64; /* uint64_t */
option_reader option_real;   /* double */
option_reader option_bytes;  /* uint64_t; "2GiB" */
option_reader option_text;   /* const char *, pointing into argv; may not be empty */
option_reader option_choice; /* int, index into row->choices */
option_reader option_words;  /* struct operands, of a row without a name */

#define MOST_OPERANDS 16

/** The words of a command line that are no options, in order; they point into argv. */
struct operands {
    const char *words[MOST_OPERANDS];
    int count;
};

/** The row of a command's operands, or NULL. */
const struct option_row *cli_operands(const struct command *command);

/* The numbers themselves. The whole text must be the number. */
bool parse_int64(const char *text, int64_t low, int64_t high, int64_t *out, struct failure *f);
bool parse_uint64(const char *text, uint64_t *out, struct failure *f);
/** Finite numbers only. */
bool parse_real(const char *text, double low, double high, double *out, struct failure *f);
/** A number with an optional unit: B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (1024),
    K, M, G, T (1024). */
bool parse_bytes(const char *text, uint64_t *out, struct failure *f);

/** Write a size as a person would: "160 B", "1.5 GiB". Returns buffer. */
const char *format_bytes(uint64_t bytes, char *buffer, size_t size);

/** The word nearest to `word` among `count` of them, or NULL if none is near. words are read
    `stride` bytes apart, each a const char *. */
const char *nearest_word(const char *word, const void *words, size_t count, size_t stride);

/** Print one entry of a help: "  head   text", the text in a column of its own, with the default
    (may be NULL) behind it. */
void cli_print_entry(FILE *out, const char *head, const char *text, const char *standard);

/** Print the help of a command. */
void cli_help(const struct command *command, FILE *out);

/** Flush standard output: true if all that was written to it arrived. To be called last by every
    command that prints results. */
bool cli_finish_output(struct failure *failure);

/** Print paragraphs, divided by an empty line, each wrapped and followed by an empty line. */
void cli_print_paragraphs(FILE *out, const char *text);

/** Let large pieces of memory go back to the system when they are freed: the C library keeps tens
   of MiB of what compiling a circuit takes, in case that more follows, and here none does. */
void cli_give_back_memory(void);

/** The whole program: argv as main gets it. Returns the exit code. */
int cli_main(int argc, char **argv);

#endif

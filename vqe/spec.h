/* NAME:key=value,key=value: how an ansatz or a Hamiltonian is given in one word. The keys of each
   name are a table of options, read and printed by the same functions as the command line's. */
#ifndef HAHN_VQE_SPEC_HEADER
#define HAHN_VQE_SPEC_HEADER

#include "cli.h"

/** What begins every row of a table of names. */
struct spec_row {
    const char *name;
    const char *summary;
    const struct option_row *keys; /* to a row whose name is NULL */
};

/** Read `text` against `rows` (count of them, `stride` bytes apart, each beginning with a struct
    spec_row). *settings, filled with the defaults by the caller, gets the values; *index the row.
    `kind` names the table in messages: "ansatz". Text values are copied into `storage`, which must
    be as large as the text and live as long as the settings; they run to the end of the text, for
    they are paths, which may hold commas. */
bool spec_parse(const char *kind, const char *text, const void *rows, size_t count, size_t stride,
                void *settings, char *storage, size_t *index, struct failure *f);

/** Write the text that gives these settings again, every key written out. To be freed; NULL if out
    of memory. Text values that are NULL are left out. */
char *spec_describe(const struct spec_row *row, const void *settings);

/** Print the names of a table with their keys, for --list-... and the manual. */
void spec_list(FILE *out, const void *rows, size_t count, size_t stride);

/** The shortest "%.{15,16,17}g" that reads back as the same number. Returns buffer. */
const char *format_real(double value, char *buffer, size_t size);

#endif

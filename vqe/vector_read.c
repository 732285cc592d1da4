/* Reading vectors, of parameters or of amplitudes, from text and from NumPy's .npy. */
#define _POSIX_C_SOURCE 200809L

#include "cli.h"
#include "fileio.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a vector is made of. */
struct form {
    int parts;                 /* numbers that make one entry */
    const char *wide, *narrow; /* types of .npy, of 8 and of 4 bytes a number */
    const char *line;          /* what a line of text is not */
    const char *entries, *owner;
};

static const struct form reals = {.parts = 1,
                                  .wide = "<f8",
                                  .narrow = "<f4",
                                  .line = "a finite number; write one a line",
                                  .entries = "numbers, but the circuit has",
                                  .owner = "parameters"};

static const struct form complexes = {.parts = 2,
                                      .wide = "<c16",
                                      .narrow = "<c8",
                                      .line = "two finite numbers; write \"re im\" a line",
                                      .entries = "amplitudes, but the state has",
                                      .owner = "of them"};

/* Where the numbers go: at most `capacity` are kept, all are counted. */
struct sink {
    double *values;
    int64_t capacity, count;
};

static bool sink_put(struct sink *sink, double value, bool fixed)
{
    if (sink->count >= sink->capacity && !fixed) {
        int64_t capacity = sink->capacity * 2;
        double *values = realloc(sink->values, (size_t)capacity * sizeof *values);
        if (!values)
            return false;
        sink->values = values;
        sink->capacity = capacity;
    }
    if (sink->count < sink->capacity)
        sink->values[sink->count] = value;
    sink->count++;
    return true;
}

static bool fail_count(struct failure *f, const char *path, const struct form *form, int64_t got,
                       int64_t expected)
{
    return fail(f, CLI_USAGE, "%s holds %lld %s %lld %s", path, (long long)(got / form->parts),
                form->entries, (long long)(expected / form->parts), form->owner);
}

/* -- text ------------------------------------------------------------------------------------- */

/* Read `parts` numbers from the line [line, end). *found tells whether there was any at all. */
static bool read_line(const char *line, const char *end, int parts, double *values, bool *found,
                      char *token, size_t size)
{
    const char *hash = memchr(line, '#', (size_t)(end - line));
    char *stop;
    size_t length;

    end = hash ? hash : end;
    while (line < end && isspace((unsigned char)*line))
        line++;
    while (line < end && isspace((unsigned char)end[-1]))
        end--;
    *found = line < end;
    length = (size_t)(end - line);
    snprintf(token, size, "%.*s", (int)(length < size ? length : size - 1), line);
    if (!*found)
        return true;
    /* strtod cannot run past `end` from before it: a line feed, a '#' or the final 0 stands there,
       and a space inside the token stops it early. */
    for (int k = 0; k < parts; k++, line = stop) {
        if (line == end)
            return false;
        values[k] = strtod(line, &stop);
        if (stop == line || !isfinite(values[k]))
            return false;
    }
    return line == end;
}

static bool read_text(const char *path, const char *text, size_t length, const struct form *form,
                      bool fixed, struct sink *sink, struct failure *f)
{
    const char *end = text + length, *line = text;
    long long number = 1;

    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    for (; line < end; number++) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        const char *stop = feed ? feed : end;
        char token[40];
        double values[2] = {0, 0};
        bool found;
        if (!read_line(line, stop, form->parts, values, &found, token, sizeof token))
            return fail(f, CLI_USAGE, "%s:%lld: \"%s\" is not %s", path, number, token, form->line);
        for (int k = 0; found && k < form->parts; k++)
            if (!sink_put(sink, values[k], fixed))
                return fail(f, CLI_FAILED, "out of memory reading %s", path);
        line = stop + 1;
    }
    return true;
}

/* -- NumPy ------------------------------------------------------------------------------------ */

/* https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: magic, version, length
   of the header (2 bytes in version 1, 4 in version 2), and a Python dictionary. */
struct npy {
    char header[1024];
    const unsigned char *data;
    size_t bytes;  /* of the data */
    size_t width;  /* bytes of one number */
    int64_t count; /* of numbers */
};

static uint64_t little_endian(const unsigned char *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t k = 0; k < count; k++)
        value |= (uint64_t)bytes[k] << (8 * k);
    return value;
}

static bool npy_header(const char *path, const unsigned char *data, size_t length, struct npy *npy,
                       struct failure *f)
{
    size_t field = data[6] == 1 ? 2 : 4, start = 8 + field, size;
    if (data[6] < 1 || data[6] > 2)
        return fail(f, CLI_USAGE, "%s has version %d of NumPy's format; versions 1 and 2 are read",
                    path, data[6]);
    size = length >= start ? (size_t)little_endian(data + 8, field) : 0;
    if (size == 0 || size > length - start)
        return fail(f, CLI_USAGE, "%s is cut short in its NumPy header", path);
    if (size >= sizeof npy->header)
        return fail(f, CLI_USAGE, "%s has a NumPy header of %zu bytes; at most %zu are read", path,
                    size, sizeof npy->header - 1);
    memcpy(npy->header, data + start, size);
    npy->header[size] = '\0';
    npy->data = data + start + size;
    npy->bytes = length - start - size;
    return true;
}

/* What stands after 'key': in the header, or NULL. */
static const char *npy_field(const struct npy *npy, const char *key)
{
    char quoted[32];
    const char *at;
    snprintf(quoted, sizeof quoted, "'%s'", key);
    at = strstr(npy->header, quoted);
    at = at ? strchr(at, ':') : NULL;
    return at ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* Is it 'name', in quotes? */
static bool is_type(const char *type, const char *name)
{
    const size_t length = strlen(name);
    return type && *type == '\'' && strncmp(type + 1, name, length) == 0 &&
           type[1 + length] == '\'';
}

static bool npy_type(const char *path, const struct form *form, struct npy *npy, struct failure *f)
{
    const char *type = npy_field(npy, "descr");
    npy->width = is_type(type, form->wide) ? 8 : is_type(type, form->narrow) ? 4 : 0;
    return npy->width ||
           fail(f, CLI_USAGE,
                "%s holds numbers of type %.*s; '%s' and '%s' are read: convert it with "
                "array.astype('%s')",
                path, type ? (int)strcspn(type, ",}") : 7, type ? type : "unknown", form->wide,
                form->narrow, form->wide);
}

static bool npy_shape(const char *path, const struct form *form, struct npy *npy, struct failure *f)
{
    const size_t entry = (size_t)form->parts * npy->width;
    const char *shape = npy_field(npy, "shape");
    char *end = NULL;
    long long count = shape && *shape == '(' ? strtoll(shape + 1, &end, 10) : -1;
    if (!end || end == shape + 1 || strncmp(end, ",)", 2) != 0 || count < 0)
        return fail(f, CLI_USAGE, "%s has shape %.*s; one dimension is needed, as (60,)", path,
                    shape ? (int)(strcspn(shape, ")") + 1) : 4, shape ? shape : "none");
    if ((uint64_t)count > npy->bytes / entry || npy->bytes != (size_t)count * entry)
        return fail(f, CLI_USAGE,
                    "%s is damaged: %zu bytes of data do not make %lld numbers of %zu", path,
                    npy->bytes, count, entry);
    npy->count = count * form->parts;
    return true;
}

static double npy_number(const struct npy *npy, int64_t index)
{
    uint64_t bits = little_endian(npy->data + (size_t)index * npy->width, npy->width);
    uint32_t bits32 = (uint32_t)bits;
    double wide;
    float narrow;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &bits32, sizeof narrow);
    return npy->width == 8 ? wide : (double)narrow;
}

static bool read_npy(const char *path, const char *data, size_t length, const struct form *form,
                     bool fixed, struct sink *sink, struct failure *f)
{
    struct npy npy;
    if (!npy_header(path, (const unsigned char *)data, length, &npy, f) ||
        !npy_type(path, form, &npy, f) || !npy_shape(path, form, &npy, f))
        return false;
    for (int64_t k = 0; k < npy.count; k++) {
        double value = npy_number(&npy, k);
        if (!isfinite(value))
            return fail(f, CLI_USAGE,
                        "%s: number %lld (counted from 0) is %g; finite ones are needed", path,
                        (long long)(k / form->parts), value);
        if (!sink_put(sink, value, fixed))
            return fail(f, CLI_FAILED, "out of memory reading %s", path);
    }
    return true;
}

/* -- either ----------------------------------------------------------------------------------- */

/* Enough for any honest file of `expected` numbers, so that a wrong one is refused before it fills
   the memory; and for those so much larger that the count of numbers makes the better message. */
static size_t size_limit(int64_t expected)
{
    const size_t least = (size_t)64 << 20, most = (size_t)64 << 30;
    if (expected < 0 || (uint64_t)expected > most / 128)
        return most;
    return least + (size_t)expected * 128;
}

static bool is_npy(const char *data, size_t length)
{
    return length >= 8 && memcmp(data, "\x93NUMPY", 6) == 0;
}

/* `expected` and *count are of numbers, whatever an entry is. */
static bool read_entries(const char *path, const struct form *form, int64_t expected, double **out,
                         int64_t *count, struct failure *f)
{
    struct sink sink = {NULL, expected > 0 ? expected : 64, 0};
    bool fixed = expected >= 0, done;
    char *data = NULL;
    size_t length = 0;

    if (!file_read(path, size_limit(expected), &data, &length, f))
        return false;
    sink.values = malloc((size_t)sink.capacity * sizeof *sink.values);
    if (!sink.values)
        done = fail(f, CLI_FAILED, "out of memory reading %s", path);
    else if (is_npy(data, length))
        done = read_npy(path, data, length, form, fixed, &sink, f);
    else
        done = read_text(path, data, length, form, fixed, &sink, f);
    if (done && fixed && sink.count != expected)
        done = fail_count(f, path, form, sink.count, expected);
    if (done && !fixed && sink.count == 0)
        done = fail(f, CLI_USAGE, "%s is empty: it holds no number", path);
    free(data);
    if (!done) {
        free(sink.values);
        return false;
    }
    *out = sink.values;
    *count = sink.count;
    return true;
}

bool vector_read(const char *path, int64_t expected, double **out, int64_t *count,
                 struct failure *f)
{
    return read_entries(path, &reals, expected, out, count, f);
}

bool complex_read(const char *path, int64_t expected, double **out, struct failure *f)
{
    int64_t count;
    return read_entries(path, &complexes, 2 * expected, out, &count, f);
}

/* Reading parameter vectors, from text and from NumPy's .npy. */
#define _POSIX_C_SOURCE 200809L

#include "cli.h"
#include "fileio.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static bool fail_count(struct failure *f, const char *path, int64_t got, int64_t expected)
{
    return fail(f, CLI_USAGE, "%s holds %lld numbers, but the circuit has %lld parameters", path,
                (long long)got, (long long)expected);
}

/* -- text ------------------------------------------------------------------------------------- */

/* Read the line [line, end) into *value. *found tells whether there was a number at all. */
static bool read_line(const char *line, const char *end, double *value, bool *found, char *token,
                      size_t size)
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
    /* strtod cannot run past `end`: a line feed, a '#' or the final 0 stands there, and a space
       inside the token stops it early. */
    *value = strtod(line, &stop);
    return stop == end && isfinite(*value);
}

static bool read_text(const char *path, const char *text, size_t length, bool fixed,
                      struct sink *sink, struct failure *f)
{
    const char *end = text + length, *line = text;
    long long number = 1;

    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        line += 3;
    for (; line < end; number++) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        const char *stop = feed ? feed : end;
        char token[40];
        double value = 0.0;
        bool found;
        if (!read_line(line, stop, &value, &found, token, sizeof token))
            return fail(f, CLI_USAGE, "%s:%lld: \"%s\" is not a finite number; write one a line",
                        path, number, token);
        if (found && !sink_put(sink, value, fixed))
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
    size_t bytes; /* of the data */
    size_t width; /* bytes of one number */
    int64_t count;
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

static bool npy_type(const char *path, struct npy *npy, struct failure *f)
{
    const char *type = npy_field(npy, "descr");
    if (type && strncmp(type, "'<f8'", 5) == 0)
        npy->width = 8;
    else if (type && strncmp(type, "'<f4'", 5) == 0)
        npy->width = 4;
    else
        return fail(f, CLI_USAGE,
                    "%s holds numbers of type %.*s; '<f8' and '<f4' are read: convert it with "
                    "array.astype('<f8')",
                    path, type ? (int)strcspn(type, ",}") : 7, type ? type : "unknown");
    return true;
}

static bool npy_shape(const char *path, struct npy *npy, struct failure *f)
{
    const char *shape = npy_field(npy, "shape");
    char *end = NULL;
    long long count = shape && *shape == '(' ? strtoll(shape + 1, &end, 10) : -1;
    if (!end || end == shape + 1 || strncmp(end, ",)", 2) != 0 || count < 0)
        return fail(f, CLI_USAGE, "%s has shape %.*s; one dimension is needed, as (60,)", path,
                    shape ? (int)(strcspn(shape, ")") + 1) : 4, shape ? shape : "none");
    npy->count = count;
    if ((uint64_t)count > npy->bytes / npy->width || npy->bytes != (size_t)count * npy->width)
        return fail(f, CLI_USAGE,
                    "%s is damaged: %zu bytes of data do not make %lld numbers of %zu", path,
                    npy->bytes, count, npy->width);
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

static bool read_npy(const char *path, const char *data, size_t length, bool fixed,
                     struct sink *sink, struct failure *f)
{
    struct npy npy;
    if (!npy_header(path, (const unsigned char *)data, length, &npy, f) ||
        !npy_type(path, &npy, f) || !npy_shape(path, &npy, f))
        return false;
    for (int64_t k = 0; k < npy.count; k++) {
        double value = npy_number(&npy, k);
        if (!isfinite(value))
            return fail(f, CLI_USAGE,
                        "%s: number %lld (counted from 0) is %g; finite ones are needed", path,
                        (long long)k, value);
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

bool vector_read(const char *path, int64_t expected, double **out, int64_t *count,
                 struct failure *f)
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
        done = read_npy(path, data, length, fixed, &sink, f);
    else
        done = read_text(path, data, length, fixed, &sink, f);
    if (done && fixed && sink.count != expected)
        done = fail_count(f, path, sink.count, expected);
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

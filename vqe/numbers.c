/* Numbers and words as a person types them. */
#define _POSIX_C_SOURCE 200809L

#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* strtol and strtod skip white space and read "inf" and "nan": not wanted here. */
static bool starts_as_number(const char *text)
{
    if (*text == '+' || *text == '-')
        text++;
    return isdigit((unsigned char)*text) || (*text == '.' && isdigit((unsigned char)text[1]));
}

static bool is_whole_number(const char *text)
{
    const char *digits = text + (*text == '+' || *text == '-');
    return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

/* The double next below 2^63: the largest that converts to int64_t. */
#define INT64_AS_DOUBLE 9223372036854774784.0

static void describe_range(double low, double high, char *buffer, size_t size)
{
    if (low == 0.0 && high == 0.0)
        snprintf(buffer, size, "any finite number");
    else if (high >= INT64_AS_DOUBLE)
        snprintf(buffer, size, low == DBL_MIN ? "above 0" : "at least %.15g", low);
    else if (low == DBL_MIN)
        snprintf(buffer, size, "above 0, at most %.15g", high);
    else
        snprintf(buffer, size, "%.15g to %.15g", low, high);
}

bool parse_int64(const char *text, int64_t low, int64_t high, int64_t *out, struct failure *f)
{
    long long value;
    if (!is_whole_number(text))
        return fail(f, CLI_USAGE, "\"%s\" is not a whole number; give one from %lld to %lld", text,
                    (long long)low, (long long)high);
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno == ERANGE || value < low || value > high)
        return fail(f, CLI_USAGE, "%s is out of range: %lld to %lld", text, (long long)low,
                    (long long)high);
    *out = value;
    return true;
}

bool parse_uint64(const char *text, uint64_t *out, struct failure *f)
{
    unsigned long long value;
    if (!is_whole_number(text) || *text == '-')
        return fail(f, CLI_USAGE, "\"%s\" is not a whole number from 0 to %llu", text,
                    (unsigned long long)UINT64_MAX);
    errno = 0;
    value = strtoull(text, NULL, 10);
    if (errno == ERANGE)
        return fail(f, CLI_USAGE, "%s is out of range: 0 to %llu", text,
                    (unsigned long long)UINT64_MAX);
    *out = value;
    return true;
}

bool parse_real(const char *text, double low, double high, double *out, struct failure *f)
{
    char *end = NULL, range[80];
    bool any = low == 0.0 && high == 0.0;
    double value = starts_as_number(text) ? strtod(text, &end) : NAN;

    describe_range(low, high, range, sizeof range);
    if (!end || *end != '\0')
        return fail(f, CLI_USAGE, "\"%s\" is not a number; give %s", text, range);
    if (!isfinite(value) || (!any && (value < low || value > high)))
        return fail(f, CLI_USAGE, "%s is out of range: %s", text, range);
    *out = value;
    return true;
}

struct unit {
    const char *name;
    double bytes;
};

static const struct unit units[] = {
    {"", 1},         {"B", 1},        {"kB", 1e3},     {"MB", 1e6},     {"GB", 1e9},
    {"TB", 1e12},    {"K", 0x1p10},   {"M", 0x1p20},   {"G", 0x1p30},   {"T", 0x1p40},
    {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40},
};

static const struct unit *find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].name, name) == 0)
            return &units[i];
    return NULL;
}

bool parse_bytes(const char *text, uint64_t *out, struct failure *f)
{
    char *end = NULL;
    double number = starts_as_number(text) ? strtod(text, &end) : NAN;
    const struct unit *unit = end ? find_unit(end) : NULL;

    if (!unit)
        return fail(f, CLI_USAGE,
                    "\"%s\" is not a size; write a number with B, kB, MB, GB, TB, KiB, MiB, GiB "
                    "or TiB, as 2GiB",
                    text);
    number *= unit->bytes;
    if (!(number >= 0.0 && number < 0x1p63))
        return fail(f, CLI_USAGE, "%s is out of range: 0 to 8388607TiB", text);
    *out = (uint64_t)number;
    return true;
}

const char *format_bytes(uint64_t bytes, char *buffer, size_t size)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t k = 0;
    while (value >= 1024.0 && k + 1 < sizeof names / sizeof names[0]) {
        value /= 1024.0;
        k++;
    }
    snprintf(buffer, size, k == 0 ? "%.0f %s" : "%.1f %s", value, names[k]);
    return buffer;
}

#define WORD_LENGTH 48

/* Levenshtein's distance; words longer than WORD_LENGTH are far from everything. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_LENGTH + 1], m = strlen(a), n = strlen(b);
    if (m > WORD_LENGTH || n > WORD_LENGTH)
        return WORD_LENGTH;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t drop = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < drop ? change : drop;
        }
    }
    return row[n];
}

const char *nearest_word(const char *word, const void *words, size_t count, size_t stride)
{
    size_t length = strlen(word), nearest = length < 3 ? 0 : 1 + length / 3;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *candidate;
        size_t distance;
        memcpy(&candidate, (const char *)words + i * stride, sizeof candidate);
        distance = length >= 2 && strncmp(word, candidate, length) == 0
                       ? 0
                       : edit_distance(word, candidate);
        if (distance < nearest || (distance == nearest && !found)) {
            nearest = distance;
            found = candidate;
        }
    }
    return found;
}

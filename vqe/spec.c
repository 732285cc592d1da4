#define _POSIX_C_SOURCE 200809L

#include "spec.h"

#include <stdlib.h>
#include <string.h>

static const struct spec_row *row_at(const void *rows, size_t index, size_t stride)
{
    return (const void *)((const char *)rows + index * stride);
}

static bool unknown_name(const char *kind, const char *name, const void *rows, size_t count,
                         size_t stride, struct failure *f)
{
    const char *near = nearest_word(name, rows, count, stride);
    char list[512] = "";
    size_t used = 0;
    if (near)
        return fail(f, CLI_USAGE, "unknown %s \"%s\"; did you mean %s?", kind, name, near);
    for (size_t i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
                                 row_at(rows, i, stride)->name);
    return fail(f, CLI_USAGE, "unknown %s \"%s\"; there are %s", kind, name, list);
}

static bool find_name(const char *kind, const char *name, const void *rows, size_t count,
                      size_t stride, size_t *index, struct failure *f)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(row_at(rows, i, stride)->name, name) == 0) {
            *index = i;
            return true;
        }
    return unknown_name(kind, name, rows, count, stride, f);
}

static bool unknown_key(const struct spec_row *row, const char *key, struct failure *f)
{
    char list[256] = "";
    size_t used = 0, count = 0;
    const char *near;
    for (; row->keys[count].name; count++)
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "",
                                     row->keys[count].name);
    near = nearest_word(key, &row->keys[0].name, count, sizeof row->keys[0]);
    if (near)
        return fail(f, CLI_USAGE, "%s has no key \"%s\"; did you mean %s?", row->name, key, near);
    if (count == 0)
        return fail(f, CLI_USAGE, "%s has no key \"%s\": it takes none", row->name, key);
    return fail(f, CLI_USAGE, "%s has no key \"%s\"; it has %s", row->name, key, list);
}

/* Read one key=value and return what follows it, or NULL on failure. */
static char *read_pair(const struct spec_row *row, char *pair, void *settings, struct failure *f)
{
    char *value = pair + strcspn(pair, "=,"), *end;
    const struct option_row *key;

    if (*value != '=') {
        fail(f, CLI_USAGE, "\"%s\" is not of the form key=value", pair);
        return NULL;
    }
    *value++ = '\0';
    for (key = row->keys; key->name && strcmp(key->name, pair) != 0; key++)
        ;
    if (!key->name) {
        unknown_key(row, pair, f);
        return NULL;
    }
    end = value + (key->read == option_text ? strlen(value) : strcspn(value, ","));
    if (*end == ',')
        *end++ = '\0';
    if (!key->read(key, value, (char *)settings + key->offset, f)) {
        fail_prefix(f, "%s: %s", row->name, key->name);
        return NULL;
    }
    return end;
}

bool spec_parse(const char *kind, const char *text, const void *rows, size_t count, size_t stride,
                void *settings, char *storage, size_t *index, struct failure *f)
{
    char *next;
    memcpy(storage, text, strlen(text) + 1);
    next = storage + strcspn(storage, ":");
    if (*next == ':')
        *next++ = '\0';
    if (!find_name(kind, storage, rows, count, stride, index, f))
        return false;
    while (*next) {
        next = read_pair(row_at(rows, *index, stride), next, settings, f);
        if (!next)
            return false;
    }
    return true;
}

const char *format_real(double value, char *buffer, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

/* The value of a field as its reader reads it; NULL for text that is not set. */
static const char *format_field(const struct option_row *key, const void *settings, char *buffer,
                                size_t size)
{
    const void *field = (const char *)settings + key->offset;
    if (key->read == option_text)
        return *(const char *const *)field;
    if (key->read == option_choice)
        return key->choices[*(const int *)field];
    if (key->read == option_real)
        return format_real(*(const double *)field, buffer, size);
    if (key->read == option_uint64)
        snprintf(buffer, size, "%llu", (unsigned long long)*(const uint64_t *)field);
    else
        snprintf(buffer, size, "%d", *(const int *)field);
    return buffer;
}

static void append_fields(FILE *stream, const struct spec_row *row, const void *settings)
{
    char divider = ':', buffer[64];
    fputs(row->name, stream);
    for (const struct option_row *key = row->keys; key->name; key++) {
        const char *value = format_field(key, settings, buffer, sizeof buffer);
        if (!value)
            continue;
        fprintf(stream, "%c%s=%s", divider, key->name, value);
        divider = ',';
    }
}

char *spec_describe(const struct spec_row *row, const void *settings)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    bool failed;
    if (!stream)
        return NULL;
    append_fields(stream, row, settings);
    failed = ferror(stream) != 0;
    if (fclose(stream) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

void spec_list(FILE *out, const void *rows, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        const struct spec_row *row = row_at(rows, i, stride);
        fprintf(out, "%s%s\n", i ? "\n" : "", row->name);
        cli_print_entry(out, "", row->summary, NULL);
        for (const struct option_row *key = row->keys; key->name; key++)
            cli_print_entry(out, key->argument, key->help, key->standard);
    }
}

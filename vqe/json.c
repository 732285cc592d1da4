#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct json *j, size_t more)
{
    size_t capacity = j->capacity ? j->capacity : 256;
    char *text;
    if (j->failed || more > SIZE_MAX / 2 - j->length) {
        j->failed = true;
        return false;
    }
    while (capacity < j->length + more + 1)
        capacity *= 2;
    if (capacity == j->capacity)
        return true;
    text = realloc(j->text, capacity);
    if (!text) {
        j->failed = true;
        return false;
    }
    j->text = text;
    j->capacity = capacity;
    return true;
}

static void put(struct json *j, const char *bytes, size_t count)
{
    if (!reserve(j, count))
        return;
    memcpy(j->text + j->length, bytes, count);
    j->length += count;
    j->text[j->length] = '\0';
}

static void put_text(struct json *j, const char *text)
{
    put(j, text, strlen(text));
}

/* Length of the UTF-8 sequence at s (zero-terminated), or 0 if there is none: overlong forms,
   surrogates and what lies beyond U+10FFFF are none. */
static size_t utf8_length(const unsigned char *s)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] > 0xF4)
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0;
    if (s[0] == 0xED)
        high = 0x9F;
    if (s[0] == 0xF0)
        low = 0x90;
    if (s[0] == 0xF4)
        high = 0x8F;
    for (size_t k = 1; k < length; k++) {
        if (s[k] < low || s[k] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

static const char *short_escape(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static void put_quoted(struct json *j, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    put_text(j, "\"");
    while (*s) {
        const char *escape = short_escape(*s);
        size_t length = utf8_length(s);
        char code[8];
        if (escape) {
            put_text(j, escape);
        } else if (length == 0) {
            put_text(j, "\\ufffd");
        } else if (*s < 0x20 || *s == 0x7F) {
            snprintf(code, sizeof code, "\\u%04x", *s);
            put_text(j, code);
        } else {
            put(j, (const char *)s, length);
        }
        s += length ? length : 1;
    }
    put_text(j, "\"");
}

/* What stands before every value: the comma after the last one, and the key. */
static void put_key(struct json *j, const char *key)
{
    if (j->comma)
        put_text(j, ", ");
    j->comma = true;
    if (key) {
        put_quoted(j, key);
        put_text(j, ": ");
    }
}

static void put_begin(struct json *j, const char *key, const char *bracket)
{
    put_key(j, key);
    put_text(j, bracket);
    j->comma = false;
}

static void put_end(struct json *j, const char *bracket)
{
    put_text(j, bracket);
    j->comma = true;
}

void json_object_begin(struct json *j, const char *key)
{
    put_begin(j, key, "{");
}

void json_object_end(struct json *j)
{
    put_end(j, "}");
}

void json_array_begin(struct json *j, const char *key)
{
    put_begin(j, key, "[");
}

void json_array_end(struct json *j)
{
    put_end(j, "]");
}

void json_string(struct json *j, const char *key, const char *value)
{
    put_key(j, key);
    if (value)
        put_quoted(j, value);
    else
        put_text(j, "null");
}

void json_number(struct json *j, const char *key, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    put_key(j, key);
    put_text(j, isfinite(value) ? text : "null");
}

void json_integer(struct json *j, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    put_key(j, key);
    put_text(j, text);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_key(j, key);
    put_text(j, text);
}

void json_bool(struct json *j, const char *key, bool value)
{
    put_key(j, key);
    put_text(j, value ? "true" : "false");
}

void json_raw(struct json *j, const char *key, const char *value)
{
    put_key(j, key);
    put_text(j, value);
}

const char *json_text(struct json *j)
{
    return j->failed ? NULL : j->text ? j->text : "";
}

void json_reset(struct json *j)
{
    j->length = 0;
    j->comma = false;
    j->failed = false;
    if (j->text)
        j->text[0] = '\0';
}

void json_free(struct json *j)
{
    free(j->text);
    memset(j, 0, sizeof *j);
}

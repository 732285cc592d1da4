/* A small JSON writer into a growing buffer. */
#ifndef HAHN_VQE_JSON_HEADER
#define HAHN_VQE_JSON_HEADER

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Start with `struct json j = {0}`; end with json_free. Errors (memory) are kept until json_text
    is asked. */
struct json {
    char *text;
    size_t length, capacity;
    bool comma; /* a value stands before at this level */
    bool failed;
};

/* Every call takes the key of the value, or NULL inside an array and at the top. */
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array_begin(struct json *j, const char *key);
void json_array_end(struct json *j);
/** Escaped; NULL becomes null, bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *j, const char *key, const char *value);
/** "%.17g"; NaN and infinities become null. */
void json_number(struct json *j, const char *key, double value);
void json_integer(struct json *j, const char *key, int64_t value);
void json_unsigned(struct json *j, const char *key, uint64_t value);
/** A value that is JSON already. */
void json_raw(struct json *j, const char *key, const char *value);
void json_bool(struct json *j, const char *key, bool value);

/** The text so far, zero-terminated, without newline; NULL if memory ran out. The writer's own. */
const char *json_text(struct json *j);
/** Begin anew, keeping the memory. */
void json_reset(struct json *j);
void json_free(struct json *j);

#endif

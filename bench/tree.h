/* Reading JSON: what the commands here write, as a tree. */
#ifndef HAHN_BENCH_TREE_HEADER
#define HAHN_BENCH_TREE_HEADER

#include "vqe/failure.h"

#include <stddef.h>

enum tree_kind { TREE_NULL, TREE_BOOL, TREE_NUMBER, TREE_STRING, TREE_ARRAY, TREE_OBJECT };

/** A value. Those of an array or object follow one another by `next`. */
struct tree {
    enum tree_kind kind;
    char *key;     /* in an object, else NULL */
    double number; /* of a number; 1 or 0 of a bool */
    char *text;    /* of a string */
    struct tree *first, *next;
};

/** Read one JSON value that is the whole text; `name` stands before the place of an error. To be
    freed by tree_free. */
bool tree_parse(const char *text, const char *name, struct tree **out, struct failure *f);
/** Read a file of at most 64 MiB. */
bool tree_read(const char *path, struct tree **out, struct failure *f);
void tree_free(struct tree *tree);

/** The member called so, or NULL where there is none; tree may be NULL. */
const struct tree *tree_member(const struct tree *tree, const char *key);
/** Its number, NAN where it has none. */
double tree_number(const struct tree *tree, const char *key);
/** Its text, or `otherwise`. */
const char *tree_text(const struct tree *tree, const char *key, const char *otherwise);

#endif

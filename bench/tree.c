#define _POSIX_C_SOURCE 200809L

#include "tree.h"

#include "vqe/fileio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)64 << 20)
#define MOST_DEPTH 64

struct parser {
    const char *name, *text, *at;
    struct failure *failure;
};

static bool wrong(const struct parser *p, const char *what)
{
    return fail(p->failure, CLI_USAGE, "%s is not JSON: %s at byte %zu", p->name, what,
                (size_t)(p->at - p->text));
}

static void skip_space(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static bool parse_value(struct parser *p, int depth, struct tree **out);

static unsigned read_hex(const char *digits)
{
    char four[5] = {0};
    strncpy(four, digits, 4);
    return strspn(four, "0123456789abcdefABCDEF") == 4 ? (unsigned)strtoul(four, NULL, 16) : 0;
}

/* The character after a backslash; of \u, what is beyond ASCII becomes '?': names here have none.
 */
static bool unescape(struct parser *p, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = *p->at ? strchr(from, *p->at) : NULL;
    if (found) {
        *out = to[found - from];
        p->at++;
        return true;
    }
    if (*p->at != 'u' || strlen(p->at) < 5)
        return wrong(p, "an unknown escape");
    const unsigned code = read_hex(p->at + 1);
    *out = code > 0 && code < 128 ? (char)code : '?';
    p->at += 5;
    return true;
}

static bool parse_text(struct parser *p, char **out)
{
    const size_t most = strcspn(p->at, "\n");
    char *text = malloc(most + 1);
    size_t length = 0;
    if (!text)
        return fail(p->failure, CLI_FAILED, "out of memory reading %s", p->name);
    p->at++;
    while (*p->at && *p->at != '"' && length < most) {
        text[length] = *p->at++;
        if (text[length] == '\\' && !unescape(p, &text[length])) {
            free(text);
            return false;
        }
        length++;
    }
    text[length] = '\0';
    *out = text;
    return *p->at++ == '"' || (p->at--, wrong(p, "a string without its end"));
}

static bool parse_member(struct parser *p, bool object, int depth, struct tree **out)
{
    char *key = NULL;
    skip_space(p);
    if (object) {
        if (*p->at != '"')
            return wrong(p, "no key");
        if (!parse_text(p, &key)) {
            free(key);
            return false;
        }
        skip_space(p);
        if (*p->at != ':') {
            free(key);
            return wrong(p, "no colon");
        }
        p->at++;
    }
    const bool done = parse_value(p, depth + 1, out);
    if (*out)
        (*out)->key = key;
    else
        free(key);
    return done;
}

static bool parse_members(struct parser *p, char end, int depth, struct tree *parent)
{
    struct tree **place = &parent->first;
    p->at++;
    skip_space(p);
    if (*p->at == end) {
        p->at++;
        return true;
    }
    for (;;) {
        if (!parse_member(p, end == '}', depth, place))
            return false;
        place = &(*place)->next;
        skip_space(p);
        if (*p->at == end) {
            p->at++;
            return true;
        }
        if (*p->at++ != ',') {
            p->at--;
            return wrong(p, "no comma");
        }
    }
}

static bool parse_word(struct parser *p, struct tree *t)
{
    static const struct {
        const char *word;
        enum tree_kind kind;
        double number;
    } words[] = {{"null", TREE_NULL, 0}, {"true", TREE_BOOL, 1}, {"false", TREE_BOOL, 0}};
    char *end;
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (strncmp(p->at, words[k].word, strlen(words[k].word)) == 0) {
            t->kind = words[k].kind;
            t->number = words[k].number;
            p->at += strlen(words[k].word);
            return true;
        }
    if (!strchr("-0123456789", *p->at) || !*p->at)
        return wrong(p, "no value");
    t->kind = TREE_NUMBER;
    t->number = strtod(p->at, &end);
    if (end == p->at)
        return wrong(p, "no number");
    p->at = end;
    return true;
}

/* On failure *out holds what there is of it, to be freed with the whole. */
static bool parse_value(struct parser *p, int depth, struct tree **out)
{
    struct tree *t = calloc(1, sizeof *t);
    *out = t;
    if (!t)
        return fail(p->failure, CLI_FAILED, "out of memory reading %s", p->name);
    if (depth > MOST_DEPTH)
        return wrong(p, "too many brackets");
    skip_space(p);
    if (*p->at == '{' || *p->at == '[') {
        t->kind = *p->at == '{' ? TREE_OBJECT : TREE_ARRAY;
        return parse_members(p, *p->at == '{' ? '}' : ']', depth, t);
    }
    if (*p->at != '"')
        return parse_word(p, t);
    t->kind = TREE_STRING;
    return parse_text(p, &t->text);
}

bool tree_parse(const char *text, const char *name, struct tree **out, struct failure *f)
{
    struct parser p = {name, text, text, f};
    bool done = parse_value(&p, 0, out);
    skip_space(&p);
    if (done && *p.at)
        done = wrong(&p, "something after its end");
    if (done)
        return true;
    tree_free(*out);
    *out = NULL;
    return false;
}

bool tree_read(const char *path, struct tree **out, struct failure *f)
{
    char *text;
    size_t length;
    if (!file_read(path, MOST_BYTES, &text, &length, f))
        return false;
    const bool done = tree_parse(text, path, out, f);
    free(text);
    return done;
}

void tree_free(struct tree *tree)
{
    while (tree) {
        struct tree *next = tree->next;
        tree_free(tree->first);
        free(tree->key);
        free(tree->text);
        free(tree);
        tree = next;
    }
}

const struct tree *tree_member(const struct tree *tree, const char *key)
{
    if (!tree || tree->kind != TREE_OBJECT)
        return NULL;
    for (const struct tree *t = tree->first; t; t = t->next)
        if (strcmp(t->key, key) == 0)
            return t;
    return NULL;
}

double tree_number(const struct tree *tree, const char *key)
{
    const struct tree *t = tree_member(tree, key);
    return t && (t->kind == TREE_NUMBER || t->kind == TREE_BOOL) ? t->number : NAN;
}

const char *tree_text(const struct tree *tree, const char *key, const char *otherwise)
{
    const struct tree *t = tree_member(tree, key);
    return t && t->kind == TREE_STRING ? t->text : otherwise;
}

/* Reading an observable from text. The grammar stands in docs/observables.md. */
#define _GNU_SOURCE
#include "core/observable.h"

#include "core/circuit.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_LINE 1000

typedef struct reader {
    hahn_engine *engine;
    const char *name;
    hahn_array terms; /* hahn_pauli_term */
    int qubits;       /* given, or told by a dense string; 0: not known yet */
    int largest;      /* largest qubit named in a sparse term, -1 if none */
    bool given;
    bool reversed; /* order right-to-left */
    locale_t c;    /* the C locale: a decimal point, whatever the host program has set */
    int line;
    char text[LONGEST_LINE + 1]; /* the line, without its comment */
} reader;

static hahn_status wrong(reader *r, const char *at, const char *message)
{
    return hahn_fail(r->engine, HAHN_ERR_PARSE, "%s:%d:%d: %s", r->name, r->line,
                     (int)(at - r->text) + 1, message);
}

static const char *skip_blanks(const char *p)
{
    while (*p && isspace((unsigned char)*p))
        p++;
    return p;
}

/* A factor like Z12 at *at; moves past it. */
static hahn_status read_factor(reader *r, const char **at, hahn_pauli_term *term, uint64_t *seen)
{
    const char *p = *at;
    char message[120];
    char *end;
    const unsigned long qubit = strtoul(p + 1, &end, 10);
    const int bound = r->given ? r->qubits : HAHN_MAX_QUBITS;
    if (qubit >= (unsigned long)bound) {
        snprintf(message, sizeof message, "qubit %lu is out of range: use 0 to %d", qubit,
                 bound - 1);
        return wrong(r, p, message);
    }
    if (*seen & hahn_bit((int)qubit)) {
        snprintf(message, sizeof message, "qubit %lu stands twice in one term", qubit);
        return wrong(r, p, message);
    }
    *seen |= hahn_bit((int)qubit);
    r->largest = (int)qubit > r->largest ? (int)qubit : r->largest;
    hahn_pauli_letter(term, *p, (int)qubit);
    *at = end;
    return HAHN_OK;
}

/* A dense string like XXII at *at; moves past it. */
static hahn_status read_dense(reader *r, const char **at, hahn_pauli_term *term)
{
    const int length = (int)strspn(*at, "IXYZ");
    char message[120];
    if (length > HAHN_MAX_QUBITS || (r->qubits && length != r->qubits)) {
        snprintf(message, sizeof message, "a dense string of %d letters: there are %d qubits",
                 length, r->qubits ? r->qubits : HAHN_MAX_QUBITS);
        return wrong(r, *at, message);
    }
    r->qubits = length;
    for (int k = 0; k < length; k++)
        hahn_pauli_letter(term, (*at)[k], r->reversed ? length - 1 - k : k);
    *at += length;
    return HAHN_OK;
}

static hahn_status read_factors(reader *r, const char *p, hahn_pauli_term *term)
{
    uint64_t seen = 0;
    bool dense = false, sparse = false;
    for (p = skip_blanks(p); *p; p = skip_blanks(p)) {
        hahn_status status;
        if (!strchr("IXYZ", *p))
            return wrong(r, p, "expected I, X, Y or Z, with a qubit (X0) or as a dense string");
        const char *start = p;
        if (isdigit((unsigned char)p[1])) {
            sparse = true;
            status = read_factor(r, &p, term, &seen);
        } else {
            if (dense)
                return wrong(r, p, "a second dense string in one term");
            dense = true;
            status = read_dense(r, &p, term);
        }
        if (status != HAHN_OK)
            return status;
        if (dense && sparse)
            return wrong(r, start, "a term is either dense (XXII) or names its qubits (X0 X1)");
        if (*p && !isspace((unsigned char)*p))
            return wrong(r, p, "expected a blank between factors");
    }
    return HAHN_OK;
}

static hahn_status read_order(reader *r, const char *p)
{
    const char *word = skip_blanks(p);
    const size_t length = strcspn(word, " \t\r\v\f");
    const bool reversed = length == 13 && strncmp(word, "right-to-left", 13) == 0;
    if ((!reversed && !(length == 13 && strncmp(word, "left-to-right", 13) == 0)) ||
        *skip_blanks(word + length))
        return wrong(r, word, "expected `order left-to-right` or `order right-to-left`");
    r->reversed = reversed;
    return HAHN_OK;
}

static hahn_status read_line(reader *r)
{
    hahn_pauli_term term = {0};
    char *end;
    const char *p = skip_blanks(r->text);
    if (!*p)
        return HAHN_OK;
    if (strncmp(p, "order", 5) == 0 && isspace((unsigned char)p[5]))
        return read_order(r, p + 5);
    term.coefficient = strtod_l(p, &end, r->c);
    if (end == p)
        return wrong(r, p, "expected a coefficient, as in `0.5 X0 X1`");
    if (!isfinite(term.coefficient))
        return wrong(r, p, "the coefficient is not a finite number");
    if (*end && !isspace((unsigned char)*end))
        return wrong(r, end, "expected a blank after the coefficient, which is a real number");
    hahn_status status = read_factors(r, end, &term);
    if (status == HAHN_OK)
        status =
            hahn_array_reserve(r->engine, &r->terms, 1, sizeof term, "the terms of an observable");
    if (status == HAHN_OK)
        ((hahn_pauli_term *)r->terms.data)[r->terms.count++] = term;
    return status;
}

/* Copy the line that begins at `text` without its comment; returns its length with the newline. */
static hahn_status take_line(reader *r, const char *text, size_t left, size_t *taken)
{
    const char *newline = memchr(text, '\n', left);
    size_t length = newline ? (size_t)(newline - text) : left;
    *taken = length + (newline != NULL);
    const char *comment = memchr(text, '#', length);
    if (comment)
        length = (size_t)(comment - text);
    r->line++;
    r->text[0] = '\0';
    if (length > LONGEST_LINE)
        return wrong(r, r->text, "the line is longer than 1000 characters: is this a text file?");
    memcpy(r->text, text, length);
    r->text[length] = '\0';
    if (memchr(r->text, '\0', length))
        return wrong(r, r->text + strlen(r->text), "a NUL byte: is this a text file?");
    return HAHN_OK;
}

static hahn_status finish(reader *r, hahn_observable **out)
{
    hahn_observable *made;
    if (!r->terms.count)
        return hahn_fail(r->engine, HAHN_ERR_PARSE,
                         "%s: no term found: write one a line, as in `0.5 X0 X1`", r->name);
    if (!r->qubits)
        r->qubits = r->largest + 1;
    if (r->qubits < 1)
        r->qubits = 1;
    if (r->largest >= r->qubits)
        return hahn_fail(r->engine, HAHN_ERR_PARSE,
                         "%s: a term names qubit %d, but the dense strings have %d letters",
                         r->name, r->largest, r->qubits);
    hahn_status status = hahn_observable_create(r->engine, r->qubits, &made);
    if (status != HAHN_OK)
        return status;
    made->terms = r->terms;
    r->terms = (hahn_array){0};
    *out = made;
    return HAHN_OK;
}

hahn_status hahn_observable_parse(hahn_engine *engine, const char *text, size_t length, int qubits,
                                  const char *name, hahn_observable **out)
{
    if (!engine || !text || !out)
        return HAHN_ERR_ARGUMENT;
    if (qubits < 0 || qubits > HAHN_MAX_QUBITS)
        return hahn_fail(
            engine, HAHN_ERR_ARGUMENT,
            "an observable on %d qubits is out of range: use 1 to %d, or 0 for as many "
            "as the text needs",
            qubits, HAHN_MAX_QUBITS);
    reader r = {.engine = engine,
                .name = name ? name : "text",
                .qubits = qubits,
                .given = qubits > 0,
                .largest = -1,
                .c = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    hahn_status status = HAHN_OK;
    if (!r.c)
        return hahn_fail(engine, HAHN_ERR_MEMORY, "no memory for the locale of numbers");
    for (size_t at = 0, taken; at < length && status == HAHN_OK; at += taken) {
        status = take_line(&r, text + at, length - at, &taken);
        if (status == HAHN_OK)
            status = read_line(&r);
    }
    if (status == HAHN_OK)
        status = finish(&r, out);
    hahn_array_release(engine, &r.terms, sizeof(hahn_pauli_term));
    freelocale(r.c);
    return status;
}

/* The frame of an HTML page that needs nothing beside it. */
#ifndef HAHN_BENCH_HTML_HEADER
#define HAHN_BENCH_HTML_HEADER

#include "tree.h"

#include <stdio.h>

void html_begin(FILE *out);
void html_end(FILE *out);
/** Begin a section: what ran, where and when. To be ended by the caller. */
void html_section(FILE *out, const struct tree *results);
/** A text with what HTML reads as its own escaped. */
void html_text(FILE *out, const char *text);
void html_base64(FILE *out, const char *bytes, size_t length);

#endif

#include "html.h"

#include <hahn/engine.h>
#include <stdint.h>
#include <string.h>

/* Wide tables and pictures, whose words would be too small on a telephone, scroll by themselves, so
   that the page does not. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>hahn-bench</title>\n<style>\n"
    "body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: "
    "1rem; "
    "color: #1a1a1a; background: #fff; }\n"
    "h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }\n"
    "p.note { color: #555; }\n"
    "figure { margin: 1rem 0; overflow-x: auto; }\n"
    "img { width: 100%; min-width: 40rem; height: auto; }\n"
    ".scroll { overflow-x: auto; }\n"
    "table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; "
    "border-bottom: 1px solid #ddd; }\n"
    "th { border-bottom: 2px solid #888; } td.text { text-align: left; }\n"
    "</style>\n</head>\n<body>\n";

void html_text(FILE *out, const char *text)
{
    static const char special[] = "&<>\"";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    for (; *text; text++) {
        const char *found = strchr(special, *text);
        if (found)
            fputs(escaped[found - special], out);
        else
            fputc(*text, out);
    }
}

void html_base64(FILE *out, const char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = (const unsigned char *)bytes;
    for (size_t k = 0; k < length; k += 3) {
        const size_t left = length - k;
        const uint32_t group = (uint32_t)b[k] << 16 | (left > 1 ? (uint32_t)b[k + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)b[k + 2] : 0);
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[group & 63] : '=', out);
    }
}

void html_begin(FILE *out)
{
    fprintf(out, "%s<h1>hahn-bench %s</h1>\n", head, hahn_version());
}

void html_end(FILE *out)
{
    fputs("</body>\n</html>\n", out);
}

void html_section(FILE *out, const struct tree *results)
{
    static const char *const keys[] = {"cpu", "isa", "backend", "precision", "compiler", "date"};
    fputs("<section>\n<h2>", out);
    html_text(out, tree_text(results, "command", "results"));
    fputs("</h2>\n<p class=\"note\">", out);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        fputs(k ? ", " : "", out);
        html_text(out, tree_text(results, keys[k], "?"));
    }
    fprintf(out, ", threads: %.0f", tree_number(results, "threads"));
    fputs(tree_number(results, "quick") > 0 ? ". --quick: the times mean nothing.</p>\n"
                                            : ".</p>\n",
          out);
}

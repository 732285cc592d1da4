#include "modes_charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const modes_picture_names[MODES_PICTURES] = {"time", "memory", "error"};

static int count_depths(const struct tree *cases, double qubits)
{
    int count = 0;
    for (const struct tree *c = cases->first; c; c = c->next) {
        bool seen = tree_number(c, "qubits") != qubits;
        for (const struct tree *d = cases->first; d != c && !seen; d = d->next)
            seen = tree_number(d, "qubits") == qubits &&
                   tree_number(d, "layers") == tree_number(c, "layers");
        count += !seen;
    }
    return count;
}

static double pick_qubits(const struct tree *cases, enum modes_picture picture)
{
    double best = NAN;
    for (const struct tree *c = cases->first; c; c = c->next) {
        const double qubits = tree_number(c, "qubits");
        const int depths = count_depths(cases, qubits);
        const bool better = picture == MODES_MEMORY ? depths > 1 && qubits > best
                                                    : depths > count_depths(cases, best);
        if (isnan(best) || better)
            best = qubits;
    }
    return best;
}

/* The circuit of the deepest case with so many qubits: others differ in more than their depth. */
static const char *deepest_ansatz(const struct tree *cases, double qubits)
{
    const char *ansatz = "";
    double most = -1;
    for (const struct tree *c = cases->first; c; c = c->next)
        if (tree_number(c, "qubits") == qubits && tree_number(c, "layers") > most) {
            most = tree_number(c, "layers");
            ansatz = tree_text(c, "ansatz", "");
        }
    return ansatz;
}

static bool is_single(const struct tree *c)
{
    return strcmp(tree_text(c, "precision", ""), "f32") == 0;
}

static void add_time(struct chart *chart, const struct tree *c)
{
    if (!is_single(c))
        chart_add(chart, tree_text(c, "method", ""), tree_number(c, "parameters"),
                  tree_number(c, "seconds"), tree_number(c, "extrapolated") > 0);
}

static void add_memory(struct chart *chart, const struct tree *c)
{
    if (!is_single(c))
        chart_add(chart, tree_text(c, "method", ""), tree_number(c, "layers"),
                  tree_number(c, "over_baseline_bytes") / 1048576, false);
}

static void add_error(struct chart *chart, const struct tree *c)
{
    char name[48];
    const char *method = tree_text(c, "method", ""), *precision = tree_text(c, "precision", "");
    if (isnan(tree_number(c, "echo_error")))
        return;
    snprintf(name, sizeof name, "%s, %s: echo", method, precision);
    chart_add(chart, name, tree_number(c, "layers"), tree_number(c, "echo_error"), false);
    snprintf(name, sizeof name, "%s, %s: gradient", method, precision);
    if (is_single(c))
        chart_add(chart, name, tree_number(c, "layers"), tree_number(c, "gradient_error"), true);
}

bool modes_chart(const struct tree *cases, enum modes_picture picture, struct chart *out)
{
    static const struct {
        const char *title, *note, *x_label, *y_label;
        void (*add)(struct chart *chart, const struct tree *c);
    } rows[MODES_PICTURES] = {
        {"Time of a gradient", "rings: extrapolated", "parameters", "seconds", add_time},
        {"Memory of a gradient", "over that of circuit and vectors", "layers", "MiB", add_memory},
        {"Errors", "rings: of the gradient, against f64", "layers", "relative error", add_error},
    };
    const double qubits = cases ? pick_qubits(cases, picture) : NAN;
    *out = (struct chart){.x_label = rows[picture].x_label, .y_label = rows[picture].y_label};
    snprintf(out->title, sizeof out->title, "%s, %.0f qubits (%s)", rows[picture].title, qubits,
             rows[picture].note);
    const char *ansatz = cases ? deepest_ansatz(cases, qubits) : "";
    for (const struct tree *c = cases ? cases->first : NULL; c; c = c->next)
        if (tree_number(c, "qubits") == qubits &&
            (picture == MODES_TIME || strcmp(tree_text(c, "ansatz", ""), ansatz) == 0))
            rows[picture].add(out, c);
    return out->count > 0;
}

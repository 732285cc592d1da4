#include "chart.h"

#include "vqe/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct chart_series *series_of(struct chart *chart, const char *name)
{
    for (int k = 0; k < chart->count; k++)
        if (strcmp(chart->series[k].name, name) == 0)
            return &chart->series[k];
    if (chart->count == CHART_MOST_SERIES)
        return NULL;
    struct chart_series *s = &chart->series[chart->count++];
    *s = (struct chart_series){.count = 0};
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

void chart_add(struct chart *chart, const char *name, double x, double y, bool estimated)
{
    if (!(x > 0 && y > 0 && isfinite(x) && isfinite(y)))
        return;
    struct chart_series *s = series_of(chart, name);
    if (!s || s->count == CHART_MOST_POINTS)
        return;
    int place = s->count++;
    for (; place > 0 && s->points[place - 1].x > x; place--)
        s->points[place] = s->points[place - 1];
    s->points[place] = (struct chart_point){x, y, estimated};
}

/* Okabe and Ito's colours, which people who see no red or no green can tell apart. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000", "#8c564b"};
#define COLOURS (int)(sizeof colours / sizeof colours[0])

static void put_data(FILE *script, const struct chart *c)
{
    for (int k = 0; k < c->count; k++) {
        fprintf(script, "$s%d << END\n", k);
        for (int i = 0; i < c->series[k].count; i++) {
            const struct chart_point *p = &c->series[k].points[i];
            fprintf(script, "%.9g %.9g %d\n", p->x, p->y, p->estimated ? 6 : 7);
        }
        fputs("END\n", script);
    }
}

/* gnuplot complains of a range that is empty: one depth alone, or one time. */
static void put_range(FILE *script, const struct chart *c, bool vertical)
{
    double low = INFINITY, high = 0;
    for (int k = 0; k < c->count; k++)
        for (int i = 0; i < c->series[k].count; i++) {
            const struct chart_point *p = &c->series[k].points[i];
            low = fmin(low, vertical ? p->y : p->x);
            high = fmax(high, vertical ? p->y : p->x);
        }
    if (low == high)
        fprintf(script, "set %crange [%.9g:%.9g]\n", "xy"[vertical], low / 2, 2 * high);
}

/* Point types of gnuplot: 7 is a disc, 6 a ring. */
static void put_chart(FILE *script, const void *context)
{
    const struct chart *c = context;
    put_data(script, c);
    fputs("set logscale xy\nset format '10^{%T}'\nset key outside bottom center horizontal\nset "
          "title ",
          script);
    plot_put_quoted(script, c->title);
    fputs(" noenhanced\nset xlabel ", script);
    plot_put_quoted(script, c->x_label);
    fputs("\nset ylabel ", script);
    plot_put_quoted(script, c->y_label);
    fputs("\nset offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05\n", script);
    put_range(script, c, false);
    put_range(script, c, true);
    fputs("plot ", script);
    for (int k = 0; k < c->count; k++) {
        const char *colour = colours[k % COLOURS];
        fprintf(script, "%s$s%d using 1:2 with lines linewidth 2 dashtype %d linecolor '%s' title ",
                k ? ", " : "", k, 1 + k / COLOURS, colour);
        plot_put_quoted(script, c->series[k].name);
        fprintf(script,
                " noenhanced, $s%d using 1:2:3 with points pointtype variable linecolor '%s' "
                "notitle",
                k, colour);
    }
    fputs("\n", script);
}

bool chart_draw(const char *path, const struct chart *chart, struct failure *f)
{
    if (chart->count == 0)
        return fail(f, CLI_USAGE, "plot %s: there is nothing to draw", path);
    return plot_draw(path, put_chart, chart, f);
}

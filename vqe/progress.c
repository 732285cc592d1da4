#define _POSIX_C_SOURCE 200809L

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH  24
/* Seconds between two updates of a bar, and between two lines. */
#define BAR_PAUSE  0.1
#define LINE_PAUSE 1.0

double progress_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_duration(double seconds, char *text, size_t size)
{
    if (seconds < 0.1)
        snprintf(text, size, "%.2g ms", 1e3 * seconds);
    else if (seconds < 59.5)
        snprintf(text, size, "%.2g s", seconds);
    else if (seconds < 3600)
        snprintf(text, size, "%d min %d s", (int)(seconds / 60), (int)seconds % 60);
    else
        snprintf(text, size, "%.0f h %d min", (seconds - (double)((int64_t)seconds % 3600)) / 3600,
                 (int)((int64_t)seconds % 3600 / 60));
}

void progress_begin(struct progress *progress, bool quiet, int64_t first, int64_t steps)
{
    memset(progress, 0, sizeof *progress);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO);
    progress->first = progress->told_step = first;
    progress->steps = steps;
    progress->began = progress_now();
}

/* "0.13 s a step, 8 s left"; nothing to say after the first step, which has no step before it. */
static void describe_pace(const struct progress *p, int64_t step, double now, char *text,
                          size_t size)
{
    char each[40], left[40];
    double pace;

    text[0] = '\0';
    if (step <= p->first)
        return;
    pace = (now - p->began) / (double)(step - p->first);
    progress_duration(pace, each, sizeof each);
    progress_duration(pace * (double)(p->steps - step), left, sizeof left);
    if (step < p->steps)
        snprintf(text, size, ", %s a step, %s left", each, left);
    else
        snprintf(text, size, ", %s a step", each);
}

static void draw_bar(struct progress *p, int64_t step, double energy, const char *pace)
{
    char bar[BAR_WIDTH + 1];
    int filled =
        p->steps > 0 ? (int)((double)BAR_WIDTH * (double)step / (double)p->steps) : BAR_WIDTH;

    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    /* Back to the first column, and erase to the end of the line what stood there. */
    fprintf(stderr, "\r%s %" PRId64 "/%" PRId64 "  energy %.10g%s\033[K", bar, step, p->steps,
            energy, pace);
    fflush(stderr);
    p->open = true;
}

void progress_step(struct progress *p, int64_t step, double energy)
{
    double now = progress_now();
    bool end = step == p->steps || step == p->first;
    bool due = p->terminal ? now - p->told >= BAR_PAUSE
                           : now - p->told >= LINE_PAUSE && step - p->told_step >= p->steps / 10;
    char pace[100];

    if (p->quiet || !(end || due))
        return;
    describe_pace(p, step, now, pace, sizeof pace);
    if (p->terminal)
        draw_bar(p, step, energy, pace);
    else
        fprintf(stderr, "step %" PRId64 "/%" PRId64 ": energy %.10g%s\n", step, p->steps, energy,
                pace);
    p->told = now;
    p->told_step = step;
}

void progress_end(struct progress *p)
{
    if (p->open)
        fputc('\n', stderr);
    p->open = false;
}

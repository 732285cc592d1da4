#define _POSIX_C_SOURCE 200809L

#include "plot.h"

#include "fileio.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

bool plot_check_path(const char *path, struct failure *f)
{
    if (ends_in(path, ".svg") || ends_in(path, ".png"))
        return true;
    return fail(f, CLI_USAGE, "\"%s\" does not end in .svg or .png, which tells how to draw", path);
}

/* gnuplot's single-quoted strings know one escape: '' for '. */
void plot_put_quoted(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc(*text, script);
    }
    fputc('\'', script);
}

static void put_style(FILE *script, const char *path, const char *output)
{
    if (ends_in(path, ".svg"))
        fputs("set terminal svg size 960,600 font 'Helvetica,15' background 'white'\n", script);
    else
        fputs("set terminal pngcairo size 1440,900 font 'Sans,20' linewidth 1.5\n", script);
    fputs("set output ", script);
    plot_put_quoted(script, output);
    fputs("\nset border 3 linecolor '#555555'\n"
          "set tics nomirror out\n"
          "set grid linecolor '#dddddd' linetype 1\n"
          "set key top right\n",
          script);
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 128)
        text++;
    return *text == 0;
}

/* gnuplot complains of a range that is empty: one energy alone, or none that differs. */
static void put_range(FILE *script, const struct plot *p)
{
    double first = p->energies[0];
    if (p->has_ground)
        return;
    for (int64_t k = 1; k < p->count; k++)
        if (p->energies[k] != first)
            return;
    fprintf(script, "set yrange [%.17g:%.17g]\n", first - 1, first + 1);
}

/* The data stand in the script, so that nothing else has to be found or cleaned up. */
static void put_energies(FILE *script, const void *context)
{
    const struct plot *p = context;
    fputs("$energy << END\n", script);
    for (int64_t k = 0; k < p->count; k++)
        fprintf(script, "%" PRId64 " %.17g\n", k, p->energies[k]);
    fputs("END\nset xlabel 'step'\nset ylabel 'energy'\nset format y '%g'\n"
          "set offsets graph 0, 0, graph 0.05, graph 0.05\n",
          script);
    put_range(script, p);
    /* Not without need: in a locale that has no degree sign gnuplot 6 complains of it. */
    fputs(is_ascii(p->title) ? "set title " : "set encoding utf8\nset title ", script);
    plot_put_quoted(script, p->title);
    /* noenhanced: in names, _ and ^ are themselves. */
    fprintf(script, " noenhanced\nplot [0:%" PRId64 "] ", p->count > 1 ? p->count - 1 : 1);
    if (p->has_ground)
        fprintf(script,
                "%.17g with lines linewidth 2 dashtype 2 linecolor '#d95f02' "
                "title 'ground energy %.10g', ",
                p->ground, p->ground);
    fprintf(script, "$energy using 1:2 with %s linewidth 2 linecolor '#1f77b4' title 'energy'\n",
            p->count > 60 ? "lines" : "linespoints pointtype 7 pointsize 0.5");
}

/* Run gnuplot on the script and wait for it. Its own words stay on standard error. */
static bool run_gnuplot(FILE *script, struct failure *f)
{
    char *arguments[] = {"gnuplot", "-", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0, error;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return fail(f, CLI_FAILED, "out of memory starting gnuplot");
    posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    error = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return fail(f, CLI_FAILED, "cannot start gnuplot: %s; install it (apt install gnuplot-nox)",
                    strerror(error));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return fail(f, CLI_FAILED, "cannot wait for gnuplot: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return fail(f, CLI_FAILED, "cannot start gnuplot; install it (apt install gnuplot-nox)");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(f, CLI_FAILED, "gnuplot failed (wait status %d); its message stands above",
                    status);
    return true;
}

static bool draw(const char *path, const char *output, plot_script *write, const void *context,
                 struct failure *f)
{
    FILE *script = tmpfile();
    bool done;

    if (!script)
        return fail(f, CLI_FAILED, "cannot make a temporary file for gnuplot: %s", strerror(errno));
    put_style(script, path, output);
    write(script, context);
    if (fflush(script) != 0 || fseek(script, 0, SEEK_SET) != 0)
        done =
            fail(f, CLI_FAILED, "cannot write a temporary file for gnuplot: %s", strerror(errno));
    else
        done = run_gnuplot(script, f);
    fclose(script);
    return done;
}

bool plot_draw(const char *path, plot_script *write, const void *context, struct failure *f)
{
    struct atomic_file file;

    if (!atomic_open(&file, path, f))
        return fail_prefix(f, "plot");
    /* gnuplot writes into the temporary file, which is then put in its place. */
    if (!draw(path, file.temporary ? file.temporary : path, write, context, f)) {
        atomic_abandon(&file);
        return fail_prefix(f, "plot %s", path);
    }
    return atomic_commit(&file, f);
}

bool plot_write(const char *path, const struct plot *plot, struct failure *f)
{
    return plot_draw(path, put_energies, plot, f);
}

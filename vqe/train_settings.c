/* The settings of a run, spelt out as options: for the checkpoint, which repeats them, and for the
   check that a resumed run is the same run. */
#include "train.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Those that decide the numbers: a resumed run may not change them. */
static const char *const fixed[] = {
    "ansatz",    "qubits",    "layers", "hamiltonian", "params",         "init", "seed",
    "precision", "optimizer", "lr",     "batch",       "echo-tolerance", "tile"};

/* Settings are added in a row; the first failure is kept and the rest skipped. */
struct list {
    struct train_settings *settings;
    struct failure *failure;
    bool failed;
};

static void add_text(struct list *list, const char *name, const char *value)
{
    if (value && !list->failed)
        list->failed = !train_settings_add(list->settings, name, value, list->failure);
}

static void add_integer(struct list *list, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    add_text(list, name, text);
}

static void add_real(struct list *list, const char *name, double value)
{
    char text[40];
    add_text(list, name, format_real(value, text, sizeof text));
}

static void add_seed(struct list *list, uint64_t seed)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    add_text(list, "seed", text);
}

static void add_optimizer(struct list *list, const struct optimizer *optimizer)
{
    char *text = optimizer_describe(optimizer);
    if (!text)
        list->failed = !fail(list->failure, CLI_FAILED, "out of memory");
    add_text(list, "optimizer", text);
    free(text);
}

/* As it is and not as it was asked for: a run that goes on where the cache is another one still
   gives the same bits. */
static void add_tile(struct list *list, const struct problem_options *common,
                     const struct problem *problem)
{
    const int tile = problem ? problem_tile(problem) : common->tile;
    if (tile)
        add_integer(list, "tile", tile);
}

static void add_problem(struct list *list, const struct problem_options *common,
                        const struct problem *problem)
{
    if (problem) {
        add_text(list, "ansatz", problem->ansatz);
        add_text(list, "hamiltonian", problem->hamiltonian);
        add_text(list, "params", common->params);
        add_text(list, "init", common->params ? NULL : problem->init_text);
    }
    add_text(list, "hamiltonian-file", common->hamiltonian_file);
    add_integer(list, "qubits", problem ? problem->qubits : common->qubits);
    add_integer(list, "layers", common->layers);
    add_seed(list, common->seed);
    add_text(list, "precision", hahn_precision_name((hahn_precision)common->precision));
    if (common->backend > HAHN_BACKEND_AUTO)
        add_text(list, "backend", hahn_backend_name((hahn_backend)common->backend));
    add_text(list, "isa", common->isa);
    add_tile(list, common, problem);
}

static void add_training(struct list *list, const struct train_options *o,
                         const struct optimizer *optimizer)
{
    add_optimizer(list, optimizer);
    if (!optimizer->row->nlopt)
        add_real(list, "lr", o->rate);
    add_integer(list, "batch", o->batch);
    if (o->echo_tolerance > 0)
        add_real(list, "echo-tolerance", o->echo_tolerance);
    add_integer(list, "steps", o->steps);
    if (o->tol_energy >= 0)
        add_real(list, "tol-energy", o->tol_energy);
    if (o->tol_gradient >= 0)
        add_real(list, "tol-grad", o->tol_gradient);
    add_integer(list, "checkpoint-every", o->checkpoint_every);
    add_text(list, "log", o->log);
    add_text(list, "save-params", o->save_params);
    add_text(list, "save-best", o->save_best);
    add_text(list, "plot", o->plot);
}

bool train_spell_out(const struct problem_options *common, const struct problem *problem,
                     const struct train_options *options, const struct optimizer *optimizer,
                     struct train_settings *out, struct failure *f)
{
    struct list list = {out, f, false};
    add_problem(&list, common, problem);
    add_training(&list, options, optimizer);
    return !list.failed;
}

/* "--name=value" for one setting, in memory of its own: a value may begin with dashes. */
static char *as_argument(const struct train_setting *setting)
{
    size_t size = strlen(setting->name) + strlen(setting->value) + 4;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "--%s=%s", setting->name, setting->value);
    return text;
}

bool train_arguments(const struct train_settings *settings, int argc, char **argv,
                     struct train_arguments *out, struct failure *f)
{
    int stored = (int)settings->count;
    memset(out, 0, sizeof *out);
    out->argv = calloc((size_t)(stored + argc + 1), sizeof *out->argv);
    if (!out->argv)
        return fail(f, CLI_FAILED, "out of memory");
    out->argv[out->argc++] = argv[0];
    for (int i = 0; i < stored; i++) {
        char *text = as_argument(&settings->row[i]);
        if (!text)
            return fail(f, CLI_FAILED, "out of memory");
        out->argv[out->argc++] = text;
        out->owned++;
    }
    for (int i = 1; i < argc; i++)
        out->argv[out->argc++] = argv[i];
    return true;
}

void train_arguments_free(struct train_arguments *arguments)
{
    for (int i = 1; i <= arguments->owned; i++)
        free(arguments->argv[i]);
    free(arguments->argv);
    memset(arguments, 0, sizeof *arguments);
}

static bool is_fixed(const char *name)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i], name) == 0)
            return true;
    return false;
}

bool train_check_settings(const struct train_settings *loaded, const struct train_settings *now,
                          struct failure *f)
{
    for (uint32_t i = 0; i < now->count; i++) {
        const char *name = now->row[i].name, *value = now->row[i].value;
        const char *before = train_settings_get(loaded, name);
        if (!is_fixed(name) || (before && strcmp(before, value) == 0))
            continue;
        if (!before)
            return fail(f, CLI_USAGE,
                        "--%s %s contradicts the checkpoint, which has no --%s: leave it out", name,
                        value, name);
        return fail(f, CLI_USAGE,
                    "--%s %s contradicts the checkpoint, which was trained with --%s %s: leave it "
                    "out",
                    name, value, name, before);
    }
    return true;
}

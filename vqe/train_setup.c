#define _POSIX_C_SOURCE 200809L

#include "train.h"

#include "fileio.h"
#include "json.h"
#include "nlopt_run.h"
#include "plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct train_options train_defaults = {.optimizer = "gd",
                                             .steps = 100,
                                             .tol_energy = -1,
                                             .tol_gradient = -1,
                                             .batch = 1,
                                             .checkpoint_every = 10};

/* -- options that do not go together ---------------------------------------------------------- */

static bool check_own(const struct train_options *o, const struct optimizer *optimizer,
                      struct failure *f)
{
    const char *name = optimizer->row->spec.name;
    if (o->rate != 0 && optimizer->row->nlopt)
        return fail(f, CLI_USAGE, "--lr: %s has no learning rate; leave it out", name);
    if (o->batch > 1 && optimizer->row->nlopt)
        return fail(f, CLI_USAGE,
                    "--batch %" PRId64 ": %s trains one start at a time; use gd, momentum, adam or "
                    "qng",
                    o->batch, name);
    if (o->tol_gradient >= 0 && !optimizer->row->uses_gradient)
        return fail(f, CLI_USAGE, "--tol-grad: %s uses no gradients; use --tol-energy", name);
    if (o->echo_tolerance > 0 && !optimizer->row->uses_gradient)
        return fail(f, CLI_USAGE, "--echo-tolerance: %s uses no gradients; leave it out", name);
    return true;
}

static bool check_options(const struct problem_options *common, const struct train_options *o,
                          const struct optimizer *optimizer, struct failure *f)
{
    if (o->batch > 1 && common->params)
        return fail(f, CLI_USAGE,
                    "--batch %" PRId64 " with --params: all starts would be the same; use --init",
                    o->batch);
    if (o->resume && common->params && common->init != problem_defaults.init)
        return fail(f, CLI_USAGE,
                    "--params, --init: the checkpoint has the parameters already; leave it out");
    if (o->plot && !plot_check_path(o->plot, f))
        return fail_prefix(f, "--plot");
    return check_own(o, optimizer, f);
}

/* -- the state of a new run ----------------------------------------------------- */

const char *trainer_isa(const struct trainer *t)
{
    const hahn_engine *engine = t->problem.engine;
    return hahn_engine_backend(engine) == HAHN_BACKEND_CPU ? hahn_engine_isa(engine) : "";
}

static bool describe_machine(struct trainer *t, struct failure *f)
{
    struct train_state *s = &t->state;
    free(s->backend);
    free(s->isa);
    s->backend = strdup(hahn_backend_name(hahn_engine_backend(t->problem.engine)));
    s->isa = strdup(trainer_isa(t));
    return (s->backend && s->isa) || fail(f, CLI_FAILED, "out of memory");
}

/* All but the vectors, so that the plan of a run too large for this machine can be told. */
static void begin_state(struct trainer *t)
{
    const struct problem *p = &t->problem;
    struct train_state *s = &t->state;

    s->circuit = hahn_circuit_fingerprint(p->circuit);
    s->observable = hahn_observable_fingerprint(p->observable);
    s->parameters = p->parameters;
    s->batch = t->options.batch;
    s->best_energy = INFINITY;
    s->best_gradient_norm = NAN;
    s->state_count = t->optimizer.row->state_vectors * s->batch * s->parameters;
}

static bool begin_vectors(struct trainer *t, struct failure *f)
{
    const struct problem *p = &t->problem;
    struct train_state *s = &t->state;

    s->theta = problem_vector(p, s->batch, f);
    s->best_theta = s->theta ? problem_vector(p, 1, f) : NULL;
    s->state =
        s->best_theta ? problem_vector(p, t->optimizer.row->state_vectors * s->batch, f) : NULL;
    if (!s->state)
        return false;
    memset(s->best_theta, 0, (size_t)s->parameters * sizeof *s->best_theta);
    memset(s->state, 0, (size_t)s->state_count * sizeof *s->state);
    for (int64_t b = 0; b < s->batch; b++)
        problem_theta(p, b, s->theta + b * s->parameters);
    return true;
}

/* -- creating --------------------------------------------------------------------------------- */

static bool create_problem(struct trainer *t, const struct problem_options *common,
                           const struct train_state *loaded, struct failure *f)
{
    struct problem_options options = *common;

    if (loaded && !train_check_early(t, common, loaded, f))
        return false;
    if (loaded)
        options.params = NULL; /* the checkpoint has the parameters: the file is not needed */
    if (!problem_create(&options, PROBLEM_PARAMETERS, &t->problem, f))
        return false;
    t->problem.options.params = common->params;
    t->problem.keep_circuit = t->options.check_gradient > 0;
    return true;
}

static bool describe(struct trainer *t, struct failure *f)
{
    hahn_engine *engine = t->problem.engine;
    const hahn_program *program = t->problem.program;
    bool gradients = t->optimizer.row->uses_gradient || t->options.check_gradient > 0;
    bool natural = t->optimizer.row->natural;
    hahn_status status = hahn_program_describe(program, &t->program);

    t->workspace_options = (hahn_workspace_options){
        .lanes = t->options.batch < hahn_engine_threads(engine) ? t->options.batch : 0,
        .purpose = natural     ? HAHN_FOR_TANGENT
                   : gradients ? HAHN_FOR_GRADIENT
                               : HAHN_FOR_STATE,
        .echo_tolerance = t->options.echo_tolerance};
    if (status == HAHN_OK)
        status =
            hahn_workspace_describe(engine, program, &t->workspace_options, &t->workspace_info);
    return status == HAHN_OK ||
           fail_engine(f, status, engine,
                       t->options.echo_tolerance > 0 ? "--echo-tolerance" : NULL);
}

static bool compile(struct trainer *t, struct failure *f)
{
    int64_t most = INT64_MAX / 64 / (t->problem.parameters + 1); /* bytes are counted in int64_t */

    if (t->options.batch > most)
        return fail(f, CLI_USAGE,
                    "--batch %" PRId64 " is out of range: 1 to %" PRId64 " with %" PRId64
                    " parameters",
                    t->options.batch, most, t->problem.parameters);
    if (!problem_compile(&t->problem, f))
        return false;
    if (!describe(t, f))
        return false;
    return trainer_is_own(t) || nlopt_check(&t->optimizer, t->problem.parameters,
                                            hahn_engine_memory_limit(t->problem.engine), f);
}

static bool create(struct trainer *t, const struct problem_options *common,
                   struct train_state *loaded, struct failure *f)
{
    if (!optimizer_parse(t->options.optimizer, &t->optimizer, f))
        return fail_prefix(f, "--optimizer");
    if (!check_options(common, &t->options, &t->optimizer, f))
        return false;
    if (t->options.rate == 0)
        t->options.rate = t->optimizer.row->rate > 0 ? t->optimizer.row->rate : TRAIN_RATE;
    if (!create_problem(t, common, loaded, f) || !compile(t, f))
        return false;
    /* Not before compiling, which may choose the tile. */
    if (!train_spell_out(common, &t->problem, &t->options, &t->optimizer, &t->state.settings, f))
        return false;
    if (!loaded)
        begin_state(t);
    return (!loaded || train_take_over(t, loaded, f)) && describe_machine(t, f);
}

bool trainer_create(const struct problem_options *problem, const struct train_options *options,
                    struct train_state *loaded, struct trainer *out, struct failure *f)
{
    memset(out, 0, sizeof *out);
    out->options = *options;
    out->saved = -1;
    if (create(out, problem, loaded, f))
        return true;
    trainer_destroy(out);
    return false;
}

/* -- preparing -------------------------------------------------------------------------------- */

static bool allocate_vectors(struct trainer *t, struct failure *f)
{
    const struct problem *p = &t->problem;
    const bool natural = t->optimizer.row->natural;

    if (trainer_sees_gradients(t) && !(t->gradient = problem_vector(p, t->options.batch, f)))
        return false;
    if (natural)
        t->work = problem_vector(p, OPTIMIZER_NATURAL_WORK, f);
    return t->work || !natural;
}

static bool create_descent(struct trainer *t, struct failure *f)
{
    const hahn_descent_options options = optimizer_descent(&t->optimizer, t->options.batch);
    const hahn_status status = hahn_descent_create(t->workspace, &options, &t->descent);

    return status == HAHN_OK ? train_load(t, f) : fail_engine(f, status, t->problem.engine, NULL);
}

static bool allocate(struct trainer *t, struct failure *f)
{
    struct problem *p = &t->problem;
    uint64_t batch = (uint64_t)t->options.batch;

    t->json = calloc(1, sizeof *t->json);
    if (!t->json)
        return fail(f, CLI_FAILED, "out of memory");
    t->batch_energies = problem_allocate(p, "the batch", batch, sizeof *t->batch_energies, f);
    t->certificates = t->batch_energies
                          ? problem_allocate(p, "the batch", batch, sizeof *t->certificates, f)
                          : NULL;
    t->norms =
        t->certificates ? problem_allocate(p, "the batch", batch, sizeof *t->norms, f) : NULL;
    return t->norms && allocate_vectors(t, f) &&
           problem_workspace(p, &t->workspace_options, &t->workspace, f) &&
           (!trainer_is_own(t) || create_descent(t, f));
}

/* A folder that cannot be written to is better found out before hours of training. */
static bool check_writable(const char *option, const char *path, struct failure *f)
{
    struct atomic_file file;
    if (!path)
        return true;
    if (!atomic_open(&file, path, f))
        return fail_prefix(f, "%s", option);
    atomic_abandon(&file);
    return true;
}

static bool check_outputs(const struct train_options *o, struct failure *f)
{
    return check_writable("--checkpoint", o->checkpoint, f) &&
           check_writable("--save-params", o->save_params, f) &&
           check_writable("--save-best", o->save_best, f) && check_writable("--plot", o->plot, f);
}

static bool open_log(struct trainer *t, struct failure *f)
{
    const char *path = t->options.log;
    const char *before = t->before ? train_settings_get(t->before, "log") : NULL;

    if (!path)
        return true;
    /* A resumed run goes on with its log. Another name may be that log, moved, or a new one. */
    if (before && (strcmp(path, before) == 0 || access(path, F_OK) == 0))
        return log_continue(&t->log, path, t->state.log_bytes, t->state.log_crc, f);
    if (!log_create(&t->log, path, f) || !train_log_header(t, f))
        return false;
    t->state.log_bytes = t->log.bytes;
    t->state.log_crc = t->log.crc;
    return true;
}

bool trainer_prepare(struct trainer *t, struct failure *f)
{
    const struct train_options *o = &t->options;

    if ((!t->before && !begin_vectors(t, f)) || !allocate(t, f) || !check_outputs(o, f) ||
        !open_log(t, f))
        return false;
    if (o->resume && o->checkpoint && strcmp(o->resume, o->checkpoint) == 0)
        t->saved = t->state.step; /* as it stands there already */
    return !o->checkpoint || train_checkpoint(t, f);
}

void trainer_destroy(struct trainer *t)
{
    hahn_descent_destroy(t->descent);
    hahn_workspace_destroy(t->workspace);
    problem_destroy(&t->problem);
    train_state_free(&t->state);
    log_close(&t->log);
    if (t->json)
        json_free(t->json);
    free(t->json);
    free(t->gradient);
    free(t->work);
    free(t->batch_energies);
    free(t->norms);
    free(t->certificates);
    memset(t, 0, sizeof *t);
}

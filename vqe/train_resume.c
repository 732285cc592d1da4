/* Going on with a run: is it the same run, and what of it does the checkpoint bring? */
#include "train.h"

#include <inttypes.h>
#include <string.h>

bool train_check_early(const struct trainer *t, const struct problem_options *common,
                       const struct train_state *loaded, struct failure *f)
{
    struct train_settings plain = {0};
    bool done = train_spell_out(common, NULL, &t->options, &t->optimizer, &plain, f) &&
                train_check_settings(&loaded->settings, &plain, f);
    train_settings_free(&plain);
    return done;
}

/* The fingerprints see what the settings cannot: another Hamiltonian in the same file, or another
   circuit of the same name in another version. */
static bool check_fingerprints(const struct problem *p, const struct train_state *loaded,
                               struct failure *f)
{
    if (loaded->parameters != p->parameters)
        return fail(f, CLI_USAGE,
                    "the checkpoint has %" PRId64 " parameters, but the circuit has %" PRId64,
                    loaded->parameters, p->parameters);
    if (loaded->circuit != hahn_circuit_fingerprint(p->circuit))
        return fail(f, CLI_USAGE,
                    "the checkpoint is for another circuit: its fingerprint is %016" PRIx64
                    ", this one's %016" PRIx64 "; resume with the program of then",
                    loaded->circuit, hahn_circuit_fingerprint(p->circuit));
    if (loaded->observable != hahn_observable_fingerprint(p->observable))
        return fail(f, CLI_USAGE,
                    "the checkpoint is for another Hamiltonian: its fingerprint is %016" PRIx64
                    ", this one's %016" PRIx64 "; give the one of then",
                    loaded->observable, hahn_observable_fingerprint(p->observable));
    return true;
}

static bool check_shape(const struct trainer *t, const struct train_state *loaded,
                        struct failure *f)
{
    int64_t state = t->optimizer.row->state_vectors * loaded->batch * loaded->parameters;
    int64_t records = trainer_is_own(t) ? loaded->step : loaded->step - 1;

    if (loaded->batch != t->options.batch || loaded->state_count != state ||
        loaded->marks != (trainer_is_own(t) ? 0 : loaded->step) || loaded->tape > loaded->marks)
        return fail(f, CLI_USAGE,
                    "the checkpoint %s does not fit its own settings; resume from "
                    "another one",
                    t->options.resume);
    if (records > t->options.steps)
        return fail(f, CLI_USAGE,
                    "--steps %" PRId64 " is less than the %" PRId64
                    " that the checkpoint has behind it; give at least that",
                    t->options.steps, records);
    return true;
}

static void tell_machine(const struct trainer *t, const struct train_state *loaded)
{
    const char *backend = hahn_backend_name(hahn_engine_backend(t->problem.engine));
    const char *isa = trainer_isa(t);
    if (t->problem.options.quiet ||
        (strcmp(loaded->backend, backend) == 0 && strcmp(loaded->isa, isa) == 0))
        return;
    fprintf(stderr,
            "hahn: note: the checkpoint was computed with %s %s, this run goes on with %s %s: its "
            "numbers may differ in the last digits from those of an unbroken run\n",
            loaded->backend, loaded->isa, backend, isa);
}

bool train_take_over(struct trainer *t, struct train_state *loaded, struct failure *f)
{
    struct train_settings now = t->state.settings;

    if (!train_check_settings(&loaded->settings, &now, f) ||
        !check_fingerprints(&t->problem, loaded, f) || !check_shape(t, loaded, f))
        return false;
    tell_machine(t, loaded);
    t->state = *loaded;
    t->state.settings = now;
    *loaded = (struct train_state){.settings = loaded->settings};
    t->before = &loaded->settings;
    t->energy_room = t->records = t->state.step;
    t->mark_room = t->state.marks;
    t->tape_room = t->state.tape;
    return true;
}

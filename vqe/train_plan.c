/* --dry-run: what a run would take. */
#include "train.h"

#include "json.h"
#include "nlopt_run.h"

#include <inttypes.h>
#include <stdio.h>

struct plan {
    uint64_t workspace, vectors, optimizer, descent, checkpoint, total, allowed;
};

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Of the workspace's backend: on a device all of it but a few bytes. */
static uint64_t descent_bytes(const struct trainer *t)
{
    const hahn_descent_options options = optimizer_descent(&t->optimizer, t->options.batch);
    return trainer_is_own(t) ? hahn_descent_bytes(t->problem.engine, t->problem.program, &options)
                             : 0;
}

static struct plan plan_of(const struct trainer *t)
{
    const struct train_state *s = &t->state;
    struct train_state last = *s;
    struct plan plan;
    /* Parameters, and gradients where the host sees them; the best parameters; what is worked with.
     */
    uint64_t rows = (trainer_sees_gradients(t) ? 2 : 1) * (uint64_t)s->batch + 1 +
                    (t->optimizer.row->natural ? OPTIMIZER_NATURAL_WORK : 0);

    last.step = t->options.steps;
    if (!trainer_is_own(t))
        nlopt_plan(t, &last);
    plan.workspace = t->workspace_info.bytes;
    plan.vectors = times(8 * rows, (uint64_t)s->parameters);
    plan.optimizer =
        times(8, optimizer_numbers(&t->optimizer, (uint64_t)(s->batch * s->parameters)));
    plan.descent = descent_bytes(t);
    plan.checkpoint = checkpoint_bytes(&last);
    plan.total = add(
        add(add(plan.workspace, t->program.program_bytes), plan.descent),
        add(add(plan.vectors, plan.optimizer), 8 * (uint64_t)last.tape * (uint64_t)s->parameters));
    plan.allowed = hahn_engine_memory_limit(t->problem.engine);
    return plan;
}

static void print_plan_json(const struct trainer *t, const struct plan *plan, struct json *j)
{
    json_object_begin(j, NULL);
    problem_describe(&t->problem, j);
    json_integer(j, "gates", t->program.gates);
    json_integer(j, "primitives", t->program.primitives);
    json_integer(j, "stages", t->program.stages);
    json_integer(j, "sweeps", t->program.sweeps);
    json_integer(j, "segments", t->workspace_info.segments);
    json_integer(j, "steps", t->options.steps);
    json_integer(j, "batch", t->options.batch);
    json_string(j, "optimizer", train_settings_get(&t->state.settings, "optimizer"));
    json_unsigned(j, "program_bytes", t->program.program_bytes);
    json_unsigned(j, "workspace_bytes", plan->workspace);
    json_unsigned(j, "vector_bytes", plan->vectors);
    json_unsigned(j, "optimizer_bytes", plan->optimizer);
    json_unsigned(j, "descent_bytes", plan->descent);
    json_unsigned(j, "total_bytes", plan->total);
    json_unsigned(j, "allowed_bytes", plan->allowed);
    json_unsigned(j, "checkpoint_bytes", plan->checkpoint);
    json_object_end(j);
}

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    printf("%-14s %s\n", name, format_bytes(bytes, text, sizeof text));
}

static void print_plan_text(const struct trainer *t, const struct plan *plan)
{
    const struct problem *p = &t->problem;
    printf("ansatz         %s, %" PRId64 " layers\n", p->ansatz, p->options.layers);
    printf("hamiltonian    %s\n", p->hamiltonian ? p->hamiltonian : p->options.hamiltonian_file);
    printf("qubits         %d\n", p->qubits);
    printf("parameters     %" PRId64 "\n", p->parameters);
    printf("gates          %" PRId64 " (%" PRId64 " primitives, %" PRId64 " stages, %" PRId64
           " sweeps)\n",
           t->program.gates, t->program.primitives, t->program.stages, t->program.sweeps);
    if (t->workspace_info.segments > 1)
        printf("segments       %" PRId64 " (states kept: %" PRId64 " a lane)\n",
               t->workspace_info.segments, t->workspace_info.segments - 1);
    printf("optimizer      %s, %" PRId64 " steps, batch %" PRId64 "\n",
           train_settings_get(&t->state.settings, "optimizer"), t->options.steps, t->options.batch);
    printf("backend        %s %s, %s, %d threads, tiles of %d qubits\n", t->state.backend,
           t->state.isa, hahn_precision_name(hahn_engine_precision(p->engine)),
           hahn_engine_threads(p->engine), problem_tile(p));
    print_bytes("program", t->program.program_bytes);
    print_bytes("workspace", plan->workspace);
    print_bytes("vectors", plan->vectors);
    print_bytes("optimizer", plan->optimizer);
    if (plan->descent > 0)
        print_bytes("descent", plan->descent);
    print_bytes("memory in all", plan->total);
    print_bytes("allowed", plan->allowed);
    print_bytes("checkpoint", plan->checkpoint);
}

bool train_print_plan(struct trainer *t, struct failure *f)
{
    struct plan plan = plan_of(t);
    struct json j = {0};
    char need[32], have[32], missing[32];

    if (t->problem.options.json) {
        print_plan_json(t, &plan, &j);
        if (!json_print(&j, f))
            return false;
    } else {
        print_plan_text(t, &plan);
        if (!cli_finish_output(f))
            return false;
    }
    if (plan.total <= plan.allowed)
        return true;
    return fail(f, CLI_FAILED,
                "the run needs %s, but %s may be used: %s are missing; raise "
                "--memory-limit or make it smaller",
                format_bytes(plan.total, need, sizeof need),
                format_bytes(plan.allowed, have, sizeof have),
                format_bytes(plan.total - plan.allowed, missing, sizeof missing));
}

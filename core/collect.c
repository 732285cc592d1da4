/* What the primitives of a circuit do to qubits: what the scheduler needs to know of them. */
#include "core/program.h"

#include "core/lowering.h"

static const char what[] = "the stages of a program";

static hahn_stage_kind kind_of(const hahn_primitive *p)
{
    static const hahn_stage_kind kinds[] = {[HAHN_ZROT] = HAHN_STAGE_D,
                                            [HAHN_PHASE] = HAHN_STAGE_D,
                                            [HAHN_RY] = HAHN_STAGE_R,
                                            [HAHN_FLIP] = HAHN_STAGE_P,
                                            [HAHN_MATRIX] = HAHN_STAGE_M};
    return kinds[p->kind];
}

/* What does nothing touches nothing. */
static hahn_touch idle_touch(hahn_stage_kind kind)
{
    return (hahn_touch){.kind = kind, .idle = true};
}

/* A rotation by a constant 0 does nothing. */
static hahn_touch touch_of(const hahn_primitive *p)
{
    const hahn_stage_kind kind = kind_of(p);
    const bool diagonal = kind == HAHN_STAGE_D;
    return (hahn_touch){.moved = diagonal ? 0 : p->mask,
                        .read = diagonal ? p->mask : p->control,
                        .kind = kind,
                        .idle = kind <= HAHN_STAGE_R && p->angle.index < 0 && p->angle.offset == 0};
}

/* Gates come with their changes of basis, and neighbours often undo each other's: RY(-pi/2) at the
   end of one, RY(pi/2) at the start of the next. What is known of the last primitive on a qubit; of
   one that can be undone, its kind, angle and predecessor. */
typedef struct last_act {
    uint64_t primitive; /* NOTHING: there is none, or it cannot be undone */
    uint64_t before;    /* index in the list of acts */
    hahn_primitive_kind kind;
    double offset, rest;
} last_act;

#define NOTHING UINT64_MAX

typedef struct collecting {
    hahn_program *program;
    hahn_array touches;            /* hahn_touch */
    hahn_array acts;               /* last_act, those that can be undone */
    uint64_t top[HAHN_MAX_QUBITS]; /* the last on each qubit, or NOTHING */
} collecting;

/* A rotation of one qubit by a fixed angle. */
static bool can_be_undone(const hahn_primitive *p)
{
    return (p->kind == HAHN_ZROT || p->kind == HAHN_RY) && p->angle.index < 0 && p->control == 0 &&
           p->mask && !(p->mask & (p->mask - 1));
}

static bool undoes(const hahn_primitive *p, const last_act *act)
{
    return p->kind == act->kind && p->angle.offset == -act->offset && p->rest == -act->rest;
}

/* Put a primitive at the end: it may cancel the last one on its qubit. */
static hahn_status collect(collecting *c, const hahn_primitive *p)
{
    hahn_touch touch = touch_of(p);
    last_act *acts = c->acts.data;
    const uint64_t number = c->touches.count;
    hahn_status status = HAHN_OK;
    if (touch.idle || !can_be_undone(p)) {
        for (uint64_t rest = touch.moved | touch.read; rest; rest &= rest - 1)
            c->top[__builtin_ctzll(rest)] = NOTHING;
        ((hahn_touch *)c->touches.data)[c->touches.count++] = touch;
        return status;
    }
    uint64_t *top = &c->top[__builtin_ctzll(p->mask)];
    if (*top != NOTHING && undoes(p, &acts[*top])) {
        touch = idle_touch(touch.kind);
        ((hahn_touch *)c->touches.data)[acts[*top].primitive] = touch;
        *top = acts[*top].before;
    } else {
        status = hahn_array_reserve(c->program->engine, &c->acts, 1, sizeof(last_act), what);
        if (status != HAHN_OK)
            return status;
        ((last_act *)c->acts.data)[c->acts.count] =
            (last_act){number, *top, p->kind, p->angle.offset, p->rest};
        *top = c->acts.count++;
    }
    ((hahn_touch *)c->touches.data)[c->touches.count++] = touch;
    return status;
}

/* First walk over the circuit: what its primitives touch. */
static hahn_status collect_all(collecting *c, const hahn_circuit *circuit)
{
    hahn_lowerer lowerer = {.circuit = circuit};
    hahn_lowering lowered;
    for (int q = 0; q < HAHN_MAX_QUBITS; q++)
        c->top[q] = NOTHING;
    while (hahn_lower_next(&lowerer, &lowered)) {
        hahn_status status = hahn_array_reserve(c->program->engine, &c->touches,
                                                (uint64_t)lowered.count, sizeof(hahn_touch), what);
        for (int k = 0; k < lowered.count && status == HAHN_OK; k++)
            status = collect(c, &lowered.list[k]);
        if (status != HAHN_OK)
            return status;
    }
    c->program->primitives = (int64_t)c->touches.count;
    return HAHN_OK;
}

hahn_status hahn_collect_touches(hahn_program *program, const hahn_circuit *circuit,
                                 hahn_array *touches)
{
    collecting c = {.program = program};
    const hahn_status status = collect_all(&c, circuit);
    hahn_array_release(program->engine, &c.acts, sizeof(last_act));
    *touches = c.touches;
    return status;
}

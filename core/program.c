#include "core/program.h"

#include "core/circuit.h"

/* Bound on the partial sums of one stage, numbers: 32 MiB. */
#define MOST_PARTIAL_SUMS (UINT64_C(1) << 22)

/* The state is cut into chunks, one or more whole tiles each, whose partial sums are folded in
   order: how many there are depends on the program alone, so results do not depend on threads. */
static uint64_t chunk_count(const hahn_program *program)
{
    uint64_t chunks = hahn_bit(program->qubits - hahn_min(program->qubits, HAHN_TILE_QUBITS));
    while (chunks > 1 && chunks * (program->largest_stage + 1) > MOST_PARTIAL_SUMS)
        chunks /= 2;
    return chunks;
}

static void release_arrays(hahn_engine *engine, hahn_program *p)
{
    hahn_array_release(engine, &p->stages, sizeof(hahn_stage));
    hahn_array_release(engine, &p->terms, sizeof(hahn_term));
    hahn_array_release(engine, &p->members, sizeof(hahn_member));
    hahn_array_release(engine, &p->flips, sizeof(hahn_flip));
    hahn_array_release(engine, &p->dense, sizeof(hahn_dense));
    hahn_array_release(engine, &p->entries, sizeof(double _Complex));
    hahn_array_release(engine, &p->tables, sizeof(uint16_t));
    hahn_pauli_sum_release(engine, &p->sum);
    hahn_observable_plan_release(engine, &p->plan);
}

static hahn_status compile(hahn_program *program, const hahn_circuit *circuit,
                           const hahn_observable *observable)
{
    hahn_status status = hahn_schedule(program, circuit);
    if (status == HAHN_OK)
        status = hahn_build_tables(program);
    if (status == HAHN_OK && observable)
        status = hahn_pauli_sum_build(observable, program->engine, &program->sum);
    if (status == HAHN_OK)
        status = hahn_observable_plan_build(program->engine, &program->sum, &program->plan);
    program->chunks = chunk_count(program);
    /* A state within one tile is swept once, by the whole circuit; of a larger one each stage is a
       walk over the state. */
    program->sweeps = program->qubits <= HAHN_TILE_QUBITS ? (program->stages.count > 0)
                                                          : (int64_t)program->stages.count;
    return status;
}

hahn_status hahn_program_create(hahn_engine *engine, const hahn_circuit *circuit,
                                const hahn_observable *observable, hahn_program **out)
{
    void *memory;
    if (!engine || !circuit || !out)
        return HAHN_ERR_ARGUMENT;
    if (observable && observable->qubits != circuit->qubits)
        return hahn_fail(engine, HAHN_ERR_QUBIT,
                         "the observable has %d qubits and the circuit %d: they must agree",
                         observable->qubits, circuit->qubits);
    const uint64_t before = engine->used;
    hahn_status status = hahn_allocate(engine, 1, sizeof(hahn_program), "a program", &memory);
    if (status != HAHN_OK)
        return status;
    hahn_program *program = memory;
    *program = (hahn_program){.engine = engine,
                              .qubits = circuit->qubits,
                              .parameters = circuit->parameters,
                              .gates = hahn_circuit_gates(circuit),
                              .has_observable = observable != NULL};
    status = compile(program, circuit, observable);
    program->bytes = engine->used - before;
    if (status == HAHN_OK)
        *out = program;
    else
        hahn_program_destroy(program);
    return status;
}

void hahn_program_destroy(hahn_program *program)
{
    if (!program)
        return;
    hahn_engine *engine = program->engine;
    release_arrays(engine, program);
    hahn_release(engine, program, 1, sizeof *program);
}

hahn_status hahn_program_describe(const hahn_program *program, hahn_program_info *info)
{
    if (!program || !info)
        return HAHN_ERR_ARGUMENT;
    *info = (hahn_program_info){
        .qubits = program->qubits,
        .parameters = program->parameters,
        .gates = program->gates,
        .primitives = program->primitives,
        .terms = (int64_t)program->terms.count,
        .stages = (int64_t)program->stages.count,
        .diagonal_stages = program->stages_of[HAHN_STAGE_D],
        .rotation_stages = program->stages_of[HAHN_STAGE_R],
        .permutation_stages = program->stages_of[HAHN_STAGE_P],
        .matrix_stages = program->stages_of[HAHN_STAGE_M],
        .sweeps = program->sweeps,
        .observable_terms = (int64_t)program->sum.signs.count,
        .observable_groups = (int64_t)program->sum.groups.count,
        .program_bytes = program->bytes,
    };
    return HAHN_OK;
}

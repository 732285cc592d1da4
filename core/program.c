#include "core/program.h"

#include "core/tile.h"

#include "core/circuit.h"
#include "core/cost.h"

/* Bound on the partial sums of one sweep, numbers: 32 MiB. */
#define MOST_PARTIAL_SUMS (UINT64_C(1) << 22)

/* Enough for any number of threads to share evenly. */
#define MOST_CHUNKS UINT64_C(256)

/* Least qubits of a chunk. */
#define CHUNK_QUBITS 12

/* The state is cut into chunks, whose partial sums are folded in
   order: how many there are depends on the program alone, so results do not depend on threads. */
static uint64_t chunk_count(const hahn_program *program)
{
    uint64_t chunks = hahn_bit(program->qubits - hahn_min(program->qubits, CHUNK_QUBITS));
    if (chunks > MOST_CHUNKS)
        chunks = MOST_CHUNKS;
    while (chunks > 1 && chunks * (program->largest_sweep + 1) > MOST_PARTIAL_SUMS)
        chunks /= 2;
    return chunks;
}

static void release_arrays(hahn_engine *engine, hahn_program *p)
{
    hahn_array_release(engine, &p->stages, sizeof(hahn_stage));
    hahn_array_release(engine, &p->sweeps, sizeof(hahn_sweep));
    hahn_array_release(engine, &p->terms, sizeof(hahn_term));
    hahn_array_release(engine, &p->members, sizeof(hahn_member));
    hahn_array_release(engine, &p->flips, sizeof(hahn_flip));
    hahn_array_release(engine, &p->local_terms, sizeof(hahn_local));
    hahn_array_release(engine, &p->local_flips, sizeof(hahn_local));
    hahn_array_release(engine, &p->dense, sizeof(hahn_dense));
    hahn_array_release(engine, &p->entries, sizeof(double _Complex));
    hahn_array_release(engine, &p->tables, sizeof(uint32_t));
    hahn_pauli_sum_release(engine, &p->sum);
    hahn_observable_plan_release(engine, &p->plan);
}

static hahn_status compile_circuit(hahn_program *program, const hahn_circuit *circuit)
{
    const hahn_status status = hahn_lay_out(program, circuit);
    return status == HAHN_OK ? hahn_build_tables(program) : status;
}

/* A sweep in tiles costs about as much as so many walks over a whole state from end to end, whose
   memory follows itself. Measured on 20 qubits; the answer is clear for most circuits. */
#define WALKS_A_SWEEP 3

/* Medium states can be one tile, or walked over in tiles: the better choice depends on the circuit.
   `program` is compiled for the first; compile for the other, and keep one of them. */
static hahn_status choose_tiles(hahn_program *program, hahn_program tiled,
                                const hahn_circuit *circuit)
{
    hahn_engine *engine = program->engine;
    if (!hahn_tile_is_open(engine, circuit->qubits))
        return HAHN_OK;
    tiled.tile_qubits = hahn_engine_tile(engine);
    const hahn_status status = compile_circuit(&tiled, circuit);
    if (status == HAHN_OK && hahn_count_walks(program) > WALKS_A_SWEEP * tiled.sweeps.count) {
        const hahn_program whole = *program;
        *program = tiled;
        tiled = whole;
    }
    release_arrays(engine, &tiled);
    return status;
}

static hahn_status compile(hahn_program *program, const hahn_circuit *circuit,
                           const hahn_observable *observable)
{
    const hahn_program blank = *program;
    hahn_status status = compile_circuit(program, circuit);
    if (status == HAHN_OK)
        status = choose_tiles(program, blank, circuit);
    if (status == HAHN_OK && observable)
        status = hahn_pauli_sum_build(observable, program->engine, &program->sum);
    if (status == HAHN_OK)
        status = hahn_observable_plan_build(program->engine, &program->sum, &program->plan);
    program->chunks = chunk_count(program);
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
                              .tile_qubits = hahn_tile_for(engine, circuit->qubits),
                              .line_qubits = hahn_line_for(engine),
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
        .sweeps = (int64_t)program->sweeps.count,
        .tile_qubits = program->tile_qubits,
        .observable_terms = (int64_t)program->sum.signs.count,
        .observable_groups = (int64_t)program->sum.groups.count,
        .program_bytes = program->bytes,
    };
    hahn_count_cost(program, info);
    return HAHN_OK;
}

/* hahn info: what a run would be and what there is, with nothing run. */
#include "ansatz.h"
#include "commands.h"
#include "hamiltonian.h"
#include "problem_command.h"

#include <inttypes.h>

struct info_options {
    bool gates, ansatze, hamiltonians;
};

/* -- lists ------------------------------------------------------------------------------------ */

/* A count of the gate table: -1 is "given with each instance". */
static const char *format_count(int count, char *buffer, size_t size)
{
    if (count < 0)
        return "any";
    snprintf(buffer, size, "%d", count);
    return buffer;
}

static void list_gates(FILE *out)
{
    hahn_gate_info info;
    char c[16], t[16], p[16];
    fprintf(out, "%-20s %-8s %8s %7s %6s  %s\n", "name", "OpenQASM", "controls", "targets",
            "angles", "what it is");
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++)
        if (hahn_gate_describe((hahn_gate)gate, &info) == HAHN_OK)
            fprintf(out, "%-20s %-8s %8s %7s %6s  %s\n", info.name, info.qasm ? info.qasm : "-",
                    format_count(info.controls, c, sizeof c),
                    format_count(info.targets, t, sizeof t), format_count(info.params, p, sizeof p),
                    info.summary);
}

static int print_lists(const struct info_options *o)
{
    struct failure f;
    if (o->gates)
        list_gates(stdout);
    if (o->ansatze)
        ansatz_list(stdout);
    if (o->hamiltonians)
        hamiltonian_list(stdout);
    return cli_finish_output(&f) ? CLI_DONE : failure_report(&f);
}

/* -- a problem -------------------------------------------------------------------------------- */

/* What is told: text and JSON are printed from it. */
struct facts {
    hahn_program_info program;
    hahn_workspace_info energy, gradient; /* the workspaces */
    uint64_t limit;
};

static bool gather(struct problem *p, struct facts *facts, struct failure *f)
{
    hahn_status status;
    if (!problem_compile(p, f))
        return false;
    status = hahn_program_describe(p->program, &facts->program);
    if (status == HAHN_OK)
        status = hahn_workspace_describe(p->engine, p->program, &problem_one_state, &facts->energy);
    if (status == HAHN_OK)
        status = hahn_workspace_describe(p->engine, p->program,
                                         &(hahn_workspace_options){.lanes = 1}, &facts->gradient);
    if (status != HAHN_OK)
        return fail_engine(f, status, p->engine, NULL);
    facts->limit = hahn_engine_memory_limit(p->engine);
    return true;
}

static void print_number(const char *name, int64_t value)
{
    printf("  %-18s %" PRId64 "\n", name, value);
}

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    printf("  %-18s %" PRIu64 " (%s)\n", name, bytes, format_bytes(bytes, text, sizeof text));
}

static void print_circuit(const struct problem *p)
{
    hahn_gate_info info;
    printf("circuit\n  %-18s %s\n", "ansatz", p->ansatz);
    print_number("qubits", p->qubits);
    print_number("layers", p->options.layers);
    print_number("parameters", p->parameters);
    print_number("depth", hahn_circuit_depth(p->circuit));
    print_number("gates", hahn_circuit_gates(p->circuit));
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        int64_t count = hahn_circuit_count(p->circuit, (hahn_gate)gate);
        if (count > 0 && hahn_gate_describe((hahn_gate)gate, &info) == HAHN_OK)
            printf("    %-16s %" PRId64 "\n", info.name, count);
    }
}

static void print_program(const struct problem *p, const hahn_program_info *info)
{
    printf("Hamiltonian\n  %-18s %s\n", "name",
           p->hamiltonian ? p->hamiltonian : p->options.hamiltonian_file);
    print_number("terms", info->observable_terms);
    print_number("groups", info->observable_groups);
    printf("program\n");
    print_number("primitives", info->primitives);
    print_number("rotations", info->terms);
    print_number("stages", info->stages);
    print_number("  diagonal", info->diagonal_stages);
    print_number("  rotation", info->rotation_stages);
    print_number("  permutation", info->permutation_stages);
    print_number("  matrix", info->matrix_stages);
    print_number("sweeps", info->sweeps);
}

static void print_memory(const struct facts *facts)
{
    printf("memory, bytes\n");
    print_bytes("program", facts->program.program_bytes);
    print_bytes("one state", facts->energy.state_bytes);
    print_bytes("for energies", facts->energy.bytes);
    print_bytes("for gradients", facts->gradient.bytes);
    print_bytes("allowed", facts->limit);
}

static uint64_t traffic(const struct facts *facts, int64_t passes)
{
    const uint64_t bytes = facts->energy.state_bytes, times = (uint64_t)passes;
    return times && bytes > UINT64_MAX / times ? UINT64_MAX : times * bytes;
}

static void print_operations(const char *name, double count)
{
    printf("  %-18s %.0f (%.3g)\n", name, count, count);
}

static void print_work(const struct facts *facts)
{
    const hahn_program_info *info = &facts->program;
    printf("work of an energy, cpu backend\n");
    print_operations("operations", info->energy_operations);
    print_bytes("bytes moved", traffic(facts, info->energy_passes));
    printf("work of a gradient, cpu backend\n");
    print_operations("operations", info->gradient_operations);
    print_bytes("bytes moved", traffic(facts, info->gradient_passes));
}

static void print_devices(hahn_engine *engine)
{
    hahn_device_info info;
    char text[32];
    const int count = hahn_engine_devices(engine);
    printf("devices\n");
    for (int k = 0; k < count; k++)
        if (hahn_engine_device_info(engine, k, &info) == HAHN_OK)
            printf("  %-18d %s, %s, compute capability %d.%d, %d multiprocessors\n", k, info.name,
                   format_bytes(info.memory_bytes, text, sizeof text), info.major, info.minor,
                   info.multiprocessors);
    if (count == 0)
        printf("  none\n");
}

static void print_engine(hahn_engine *engine)
{
    printf("engine\n  %-18s %s\n", "backend", hahn_backend_name(hahn_engine_backend(engine)));
    printf("  %-18s %s\n", "precision", hahn_precision_name(hahn_engine_precision(engine)));
    print_number("threads", hahn_engine_threads(engine));
    printf("  %-18s %s\n", "ISA", hahn_engine_isa(engine));
    print_number("tile qubits", hahn_engine_tile(engine));
    printf("backends\n");
    for (int b = HAHN_BACKEND_REFERENCE; b <= HAHN_BACKEND_CUDA; b++) {
        const char *why = "";
        hahn_status status = hahn_engine_backend_status(engine, (hahn_backend)b, &why);
        printf("  %-18s %s%s%s\n", hahn_backend_name((hahn_backend)b),
               status == HAHN_OK ? "yes" : "no", why && why[0] ? ": " : "", why ? why : "");
    }
}

/* -- JSON ------------------------------------------------------------------------------------- */

static void write_gates(const hahn_circuit *circuit, struct json *j)
{
    hahn_gate_info info;
    json_object_begin(j, "gates_by_type");
    for (int gate = 0; gate < HAHN_GATE_COUNT; gate++) {
        int64_t count = hahn_circuit_count(circuit, (hahn_gate)gate);
        if (count > 0 && hahn_gate_describe((hahn_gate)gate, &info) == HAHN_OK)
            json_integer(j, info.name, count);
    }
    json_object_end(j);
}

static void write_program(const struct facts *facts, struct json *j)
{
    const hahn_program_info *info = &facts->program;
    json_integer(j, "primitives", info->primitives);
    json_integer(j, "rotations", info->terms);
    json_integer(j, "stages", info->stages);
    json_integer(j, "diagonal_stages", info->diagonal_stages);
    json_integer(j, "rotation_stages", info->rotation_stages);
    json_integer(j, "permutation_stages", info->permutation_stages);
    json_integer(j, "matrix_stages", info->matrix_stages);
    json_integer(j, "sweeps", info->sweeps);
    json_integer(j, "observable_terms", info->observable_terms);
    json_integer(j, "observable_groups", info->observable_groups);
    json_unsigned(j, "program_bytes", info->program_bytes);
    json_unsigned(j, "state_bytes", facts->energy.state_bytes);
    json_unsigned(j, "energy_bytes", facts->energy.bytes);
    json_unsigned(j, "gradient_bytes", facts->gradient.bytes);
    json_unsigned(j, "memory_limit", facts->limit);
    json_number(j, "energy_operations", info->energy_operations);
    json_number(j, "gradient_operations", info->gradient_operations);
    json_unsigned(j, "energy_traffic", traffic(facts, info->energy_passes));
    json_unsigned(j, "gradient_traffic", traffic(facts, info->gradient_passes));
}

static void write_backends(hahn_engine *engine, struct json *j)
{
    json_object_begin(j, "backends");
    for (int b = HAHN_BACKEND_REFERENCE; b <= HAHN_BACKEND_CUDA; b++) {
        const char *why = NULL;
        hahn_status status = hahn_engine_backend_status(engine, (hahn_backend)b, &why);
        json_object_begin(j, hahn_backend_name((hahn_backend)b));
        json_bool(j, "available", status == HAHN_OK);
        json_string(j, "why", why);
        json_object_end(j);
    }
    json_object_end(j);
}

static void write_devices(hahn_engine *engine, struct json *j)
{
    hahn_device_info info;
    char key[16];
    json_object_begin(j, "devices");
    for (int k = 0; k < hahn_engine_devices(engine); k++) {
        if (hahn_engine_device_info(engine, k, &info) != HAHN_OK)
            continue;
        snprintf(key, sizeof key, "%d", k);
        json_object_begin(j, key);
        json_string(j, "name", info.name);
        json_unsigned(j, "memory_bytes", info.memory_bytes);
        json_integer(j, "major", info.major);
        json_integer(j, "minor", info.minor);
        json_integer(j, "multiprocessors", info.multiprocessors);
        json_object_end(j);
    }
    json_object_end(j);
}

static bool print_json(const struct problem *p, const struct facts *facts, struct failure *f)
{
    struct json j = {0};
    json_object_begin(&j, NULL);
    problem_describe(p, &j);
    json_integer(&j, "gates", hahn_circuit_gates(p->circuit));
    json_integer(&j, "depth", hahn_circuit_depth(p->circuit));
    write_gates(p->circuit, &j);
    write_program(facts, &j);
    write_backends(p->engine, &j);
    write_devices(p->engine, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    struct facts facts;
    (void)own;
    if (!gather(p, &facts, f))
        return false;
    if (p->options.json)
        return print_json(p, &facts, f);
    printf("hahn %s\n", hahn_version());
    print_circuit(p);
    print_program(p, &facts.program);
    print_memory(&facts);
    print_work(&facts);
    print_engine(p->engine);
    print_devices(p->engine);
    return cli_finish_output(f);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct info_options own = {false, false, false};
    struct problem_options options = problem_defaults;
    void *const targets[] = {&own, &options, &options, &options, &options};
    int code = cli_parse(command, argc, argv, targets);
    if (code != CLI_RUN)
        return code;
    if (own.gates || own.ansatze || own.hamiltonians)
        return print_lists(&own);
    return problem_command(command, argc, argv, &own, PROBLEM_CIRCUIT, compute);
}

#define FIELD(name) offsetof(struct info_options, name)

static const struct option_row rows[] = {
    {"list-gates", 0, NULL, "Print the table of gates.", NULL, option_flag, FIELD(gates),
     NO_LIMITS},
    {"list-ansatze", 0, NULL, "Print the named circuits and their keys.", NULL, option_flag,
     FIELD(ansatze), NO_LIMITS},
    {"list-hamiltonians", 0, NULL, "Print the named Hamiltonians and their keys.", NULL,
     option_flag, FIELD(hamiltonians), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"Lists", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {"What the seed demo is", "hahn info", "The gates there are",
                                       "hahn info --list-gates", NULL};

const struct command command_info = {
    "info",
    "describe circuit, program, memory and backends",
    "Compile the circuit and print its gates by type, depth, parameters, stages and sweeps, the "
    "memory and the work that energies and gradients take, and which backends there are, or why "
    "not. Nothing is "
    "run.",
    examples,
    groups,
    run};

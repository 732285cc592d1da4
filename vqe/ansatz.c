#include "ansatz.h"

#include "spec.h"

#include <stdlib.h>
#include <string.h>

/* The keys of all of them; each row names those it has. */
struct settings {
    int entangler; /* hahn_entangler */
    int gate;      /* index into gates */
    int order;
    int params; /* hahn_trotter_parameters */
    double dt;
    int start; /* hahn_start */
};

static const struct settings defaults = {.entangler = HAHN_ENTANGLE_LINEAR,
                                         .gate = 0,
                                         .order = 1,
                                         .params = HAHN_TROTTER_PER_LAYER,
                                         .dt = 0.1,
                                         .start = HAHN_START_NEEL};

/* In the order of the enums that they stand for. */
static const char *const entanglers[] = {"linear", "ring", "full", NULL};
static const char *const gates[] = {"cx", "cz", NULL};
static const char *const trotter_parameters[] = {"fixed", "layer", "term", NULL};
static const char *const starts[] = {"zero", "plus", "neel", NULL};

#define FIELD(name) offsetof(struct settings, name)

static const struct option_row no_keys[] = {OPTION_END};

static const struct option_row hardware_keys[] = {
    {"entangler", 0, "entangler=linear|ring|full", "Which pairs of qubits are entangled.", "linear",
     option_choice, FIELD(entangler), .choices = entanglers},
    {"gate", 0, "gate=cx|cz", "The entangling gate.", "cx", option_choice, FIELD(gate),
     .choices = gates},
    OPTION_END};

static const struct option_row trotter_keys[] = {
    {"order", 0, "order=1|2", "Order of the product formula.", "1", option_int, FIELD(order),
     .low = 1, .high = 2},
    {"params", 0, "params=layer|term|fixed",
     "One time step for each layer, one for each term in each layer, or none: dt.", "layer",
     option_choice, FIELD(params), .choices = trotter_parameters},
    {"dt", 0, "dt=NUMBER", "Time step of each layer, for params=fixed.", "0.1", option_real,
     FIELD(dt), NO_LIMITS},
    {"start", 0, "start=zero|plus|neel", "Start state: |0...0>, all |+>, or X on each odd qubit.",
     "neel", option_choice, FIELD(start), .choices = starts},
    OPTION_END};

/* What a circuit is made from. */
struct request {
    hahn_engine *engine;
    const hahn_observable *observable;
    int qubits;
    int64_t layers;
    const struct settings *settings;
};

/* How many gates and parameters it will have: in double, so that nothing overflows. */
struct count {
    double gates, parameters;
};

static struct count variational_count(const struct request *r)
{
    double n = r->qubits, layers = (double)r->layers;
    struct count count = {n * (4.0 * layers + 1.0), n * (3.0 * layers + 1.0)};
    return count;
}

static hahn_status variational_build(const struct request *r, hahn_circuit **out)
{
    return hahn_ansatz_variational(r->engine, r->qubits, r->layers, out);
}

static struct count hardware_count(const struct request *r)
{
    double n = r->qubits, layers = (double)r->layers, rotations = 2.0 * n * (layers + 1.0);
    double pairs = r->settings->entangler == HAHN_ENTANGLE_FULL ? n * (n - 1.0) / 2.0 : n - 1.0;
    struct count count = {rotations + layers * pairs, rotations};
    return count;
}

static hahn_status hardware_build(const struct request *r, hahn_circuit **out)
{
    const hahn_gate gate = r->settings->gate == 0 ? HAHN_GATE_CX : HAHN_GATE_CZ;
    return hahn_ansatz_hardware_efficient(r->engine, r->qubits, r->layers,
                                          (hahn_entangler)r->settings->entangler, gate, out);
}

static struct count qaoa_count(const struct request *r)
{
    double n = r->qubits, layers = (double)r->layers;
    double terms = (double)hahn_observable_terms(r->observable);
    struct count count = {n + layers * (terms + n), 2.0 * layers};
    return count;
}

static hahn_status qaoa_build(const struct request *r, hahn_circuit **out)
{
    return hahn_ansatz_qaoa(r->observable, r->layers, out);
}

static struct count trotter_count(const struct request *r)
{
    double layers = (double)r->layers, terms = (double)hahn_observable_terms(r->observable);
    const double parameters[] = {[HAHN_TROTTER_FIXED] = 0.0,
                                 [HAHN_TROTTER_PER_LAYER] = layers,
                                 [HAHN_TROTTER_PER_TERM] = layers * terms};
    struct count count = {layers * terms * r->settings->order, parameters[r->settings->params]};
    return count;
}

static hahn_status trotter_build(const struct request *r, hahn_circuit **out)
{
    const struct settings *s = r->settings;
    return hahn_ansatz_trotter(r->observable, r->layers, s->order,
                               (hahn_trotter_parameters)s->params, s->dt, (hahn_start)s->start,
                               out);
}

/* -- the table -------------------------------------------------------------------------------- */

struct ansatz_row {
    struct spec_row spec;
    struct count (*count)(const struct request *r);
    hahn_status (*build)(const struct request *r, hahn_circuit **out);
    bool diagonal; /* wants a diagonal observable */
};

static const struct ansatz_row table[] = {
    {{"variational", "RZ RX RZ on each qubit and a CNOT ring, each layer (arXiv:1912.10877)",
      no_keys},
     variational_count,
     variational_build,
     false},
    {{"hardware-efficient", "RY RZ on each qubit and entangling gates (arXiv:1704.05018)",
      hardware_keys},
     hardware_count,
     hardware_build,
     false},
    {{"qaoa", "Alternating operators of a diagonal Hamiltonian (arXiv:1411.4028)", no_keys},
     qaoa_count,
     qaoa_build,
     true},
    {{"trotter", "Trotter steps of the Hamiltonian (arXiv:1507.08969)", trotter_keys},
     trotter_count,
     trotter_build,
     false},
};

#define ROWS (sizeof table / sizeof table[0])

/* Bytes that circuit and program together keep for each gate, at the very least. */
#define BYTES_PER_GATE 48.0

/* Refuse what cannot fit before any of it is allocated. */
static bool check_size(const struct request *r, struct count count, struct failure *f)
{
    double bytes = count.gates * BYTES_PER_GATE + count.parameters * sizeof(double);
    uint64_t limit = hahn_engine_memory_limit(r->engine);
    char what[160];

    if (bytes <= (double)limit)
        return true;
    snprintf(what, sizeof what, "%d qubits and %lld layers make %.6g gates with %.6g parameters",
             r->qubits, (long long)r->layers, count.gates, count.parameters);
    return fail_memory(f, what, bytes < 0x1p64 ? (uint64_t)bytes : UINT64_MAX, limit);
}

static bool build(const struct ansatz_row *row, const struct request *r, hahn_circuit **out,
                  struct failure *f)
{
    hahn_status status;
    if (row->diagonal && !hahn_observable_is_diagonal(r->observable))
        return fail(f, CLI_USAGE,
                    "%s needs a Hamiltonian of Z and I alone; give one, as --hamiltonian "
                    "maxcut:regular=3",
                    row->spec.name);
    if (!check_size(r, row->count(r), f))
        return false;
    status = row->build(r, out);
    return status == HAHN_OK || fail_engine(f, status, r->engine, row->spec.name);
}

bool ansatz_create(hahn_engine *engine, const char *text, int64_t layers,
                   const hahn_observable *observable, hahn_circuit **out, char **description,
                   struct failure *f)
{
    struct settings settings = defaults;
    struct request request = {engine, observable, hahn_observable_qubits(observable), layers,
                              &settings};
    char *storage = malloc(strlen(text) + 1);
    size_t index;
    bool done;

    if (!storage)
        return fail(f, CLI_FAILED, "out of memory");
    done =
        spec_parse("ansatz", text, table, ROWS, sizeof table[0], &settings, storage, &index, f) &&
        build(&table[index], &request, out, f);
    if (done) {
        *description = spec_describe(&table[index].spec, &settings);
        done = *description || fail(f, CLI_FAILED, "out of memory");
    } else {
        fail_prefix(f, "--ansatz");
    }
    free(storage);
    return done;
}

void ansatz_list(FILE *out)
{
    spec_list(out, table, ROWS, sizeof table[0]);
}

/* Named circuits, built from the circuit's own functions. */
#include <hahn/ansatz.h>

#include "core/circuit.h"
#include "core/observable.h"

#include <inttypes.h>
#include <math.h>

/* Bound on the number of gates of a named circuit: far above what memory holds, and low enough that
   no count overflows. */
#define MOST_LAYERS (INT64_C(1) << 40)

static bool layers_fit(int64_t layers, int64_t least)
{
    return layers >= least && layers <= MOST_LAYERS;
}

static hahn_status bad_layers(hahn_engine *engine, int64_t layers, int64_t least)
{
    return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                     "%" PRId64 " layers are out of range: use %" PRId64 " to %" PRId64, layers,
                     least, MOST_LAYERS);
}

/* What a gate of one or two qubits and one angle takes. */
#define GATE_BYTES (sizeof(hahn_op) + 2 * sizeof(int) + sizeof(hahn_param))

/* Refuse at once what would only fail after minutes of filling memory. */
static hahn_status check_size(hahn_engine *engine, uint64_t gates)
{
    return hahn_check_memory(engine, hahn_saturating_multiply(gates, GATE_BYTES),
                             "the gates of the ansatz");
}

/* Give the circuit to the caller, or take it back if building it failed. */
static hahn_status hand_over(hahn_status status, hahn_circuit *made, hahn_circuit **out)
{
    if (status == HAHN_OK)
        *out = made;
    else
        hahn_circuit_destroy(made);
    return status;
}

static hahn_status add_angle(hahn_circuit *c, hahn_gate gate, int qubit, int64_t *next)
{
    const hahn_param angle = hahn_theta((*next)++);
    return hahn_circuit_append(c, gate, &qubit, &angle);
}

/* The given rotations on each qubit, those of one qubit together. */
static hahn_status add_rotor(hahn_circuit *c, const hahn_gate *gates, int count, int64_t *next)
{
    hahn_status status = HAHN_OK;
    for (int q = 0; q < c->qubits; q++)
        for (int g = 0; g < count && status == HAHN_OK; g++)
            status = add_angle(c, gates[g], q, next);
    return status;
}

static hahn_status add_entangler(hahn_circuit *c, hahn_entangler pattern, hahn_gate gate)
{
    const int n = c->qubits;
    hahn_status status = HAHN_OK;
    for (int a = 0; a < n && status == HAHN_OK; a++) {
        const int last = pattern == HAHN_ENTANGLE_FULL ? n - 1 : a + 1;
        for (int b = a + 1; b <= last && b < n && status == HAHN_OK; b++)
            status = hahn_circuit_append(c, gate, (const int[]){a, b}, NULL);
    }
    if (status == HAHN_OK && pattern == HAHN_ENTANGLE_RING && n > 2)
        status = hahn_circuit_append(c, gate, (const int[]){n - 1, 0}, NULL);
    return status;
}

/* Yao's ring: 1 -> 2, ..., n -> 1, for two qubits both ways. */
static hahn_status add_cnot_ring(hahn_circuit *c)
{
    hahn_status status = HAHN_OK;
    for (int q = 0; q < c->qubits && status == HAHN_OK; q++)
        status = hahn_circuit_cx(c, q, (q + 1) % c->qubits);
    return status;
}

hahn_status hahn_ansatz_variational(hahn_engine *engine, int qubits, int64_t layers,
                                    hahn_circuit **out)
{
    static const hahn_gate rotor[] = {HAHN_GATE_RZ, HAHN_GATE_RX, HAHN_GATE_RZ};
    hahn_circuit *made;
    int64_t next = 0;
    if (!engine || !out)
        return HAHN_ERR_ARGUMENT;
    if (qubits < 2 || qubits > HAHN_MAX_QUBITS)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "the variational ansatz on %d qubits is out of range: use 2 to %d", qubits,
                         HAHN_MAX_QUBITS);
    if (!layers_fit(layers, 1))
        return bad_layers(engine, layers, 1);
    hahn_status status = check_size(engine, (uint64_t)layers * (uint64_t)qubits * 4);
    if (status == HAHN_OK)
        status = hahn_circuit_create(engine, qubits, &made);
    if (status != HAHN_OK)
        return status;
    status = add_rotor(made, rotor + 1, 2, &next);
    for (int64_t l = 1; l <= layers && status == HAHN_OK; l++) {
        status = add_cnot_ring(made);
        if (status == HAHN_OK)
            status = add_rotor(made, rotor, l < layers ? 3 : 2, &next);
    }
    return hand_over(status, made, out);
}

int64_t hahn_ansatz_variational_parameters(int qubits, int64_t layers)
{
    if (qubits < 2 || qubits > HAHN_MAX_QUBITS || !layers_fit(layers, 1))
        return -1;
    return qubits * (3 * layers + 1);
}

hahn_status hahn_ansatz_hardware_efficient(hahn_engine *engine, int qubits, int64_t layers,
                                           hahn_entangler pattern, hahn_gate gate,
                                           hahn_circuit **out)
{
    static const hahn_gate rotor[] = {HAHN_GATE_RY, HAHN_GATE_RZ};
    hahn_circuit *made;
    int64_t next = 0;
    if (!engine || !out)
        return HAHN_ERR_ARGUMENT;
    if (gate != HAHN_GATE_CX && gate != HAHN_GATE_CZ)
        return hahn_fail(engine, HAHN_ERR_GATE, "gate %d does not entangle here: use CX or CZ",
                         (int)gate);
    if ((unsigned)pattern > HAHN_ENTANGLE_FULL)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "entangler %d does not exist: use linear (0), ring (1) or full (2)",
                         (int)pattern);
    if (!layers_fit(layers, 0))
        return bad_layers(engine, layers, 0);
    hahn_status status = hahn_circuit_create(engine, qubits, &made);
    if (status != HAHN_OK)
        return status;
    const uint64_t n = (uint64_t)qubits;
    const uint64_t entanglers = pattern == HAHN_ENTANGLE_FULL ? n * (n - 1) / 2 : n;
    status = check_size(engine, (uint64_t)layers * (entanglers + 2 * n));
    if (status == HAHN_OK)
        status = add_rotor(made, rotor, 2, &next);
    for (int64_t l = 1; l <= layers && status == HAHN_OK; l++) {
        status = add_entangler(made, pattern, gate);
        if (status == HAHN_OK)
            status = add_rotor(made, rotor, 2, &next);
    }
    return hand_over(status, made, out);
}

int64_t hahn_ansatz_hardware_efficient_parameters(int qubits, int64_t layers)
{
    if (qubits < 1 || qubits > HAHN_MAX_QUBITS || !layers_fit(layers, 0))
        return -1;
    return 2 * qubits * (layers + 1);
}

/* exp(-i angle/2 P) for the term's string without its coefficient; nothing for the identity. */
static hahn_status add_evolution(hahn_circuit *c, const hahn_pauli_term *term, hahn_param angle)
{
    char letters[HAHN_MAX_QUBITS + 1];
    int qubits[HAHN_MAX_QUBITS], count = 0;
    for (uint64_t rest = term->x | term->z; rest; rest &= rest - 1) {
        const uint64_t bit = rest & -rest;
        letters[count] = !(term->z & bit) ? 'X' : term->x & bit ? 'Y' : 'Z';
        qubits[count++] = __builtin_ctzll(bit);
    }
    letters[count] = '\0';
    return count ? hahn_circuit_pauli_rotation(c, letters, qubits, angle) : HAHN_OK;
}

static hahn_status add_on_all(hahn_circuit *c, hahn_gate gate, int first, int step)
{
    hahn_status status = HAHN_OK;
    for (int q = first; q < c->qubits && status == HAHN_OK; q += step)
        status = hahn_circuit_append(c, gate, &q, NULL);
    return status;
}

static hahn_status add_qaoa_layer(hahn_circuit *c, const hahn_observable *cost, int64_t layer)
{
    const hahn_pauli_term *terms = cost->terms.data;
    hahn_status status = HAHN_OK;
    for (uint64_t k = 0; k < cost->terms.count && status == HAHN_OK; k++)
        status = add_evolution(c, &terms[k], hahn_affine(2 * terms[k].coefficient, 2 * layer, 0));
    for (int q = 0; q < c->qubits && status == HAHN_OK; q++)
        status = hahn_circuit_rx(c, q, hahn_affine(2, 2 * layer + 1, 0));
    return status;
}

hahn_status hahn_ansatz_qaoa(const hahn_observable *cost, int64_t layers, hahn_circuit **out)
{
    hahn_circuit *made;
    if (!cost || !out)
        return HAHN_ERR_ARGUMENT;
    if (!hahn_observable_is_diagonal(cost))
        return hahn_fail(cost->engine, HAHN_ERR_ARGUMENT,
                         "QAOA needs a diagonal observable: this one has terms with X or Y");
    if (!layers_fit(layers, 0))
        return bad_layers(cost->engine, layers, 0);
    hahn_status status = check_size(
        cost->engine,
        hahn_saturating_multiply((uint64_t)layers, cost->terms.count + (uint64_t)cost->qubits));
    if (status == HAHN_OK)
        status = hahn_circuit_create(cost->engine, cost->qubits, &made);
    if (status != HAHN_OK)
        return status;
    status = add_on_all(made, HAHN_GATE_H, 0, 1);
    for (int64_t l = 0; l < layers && status == HAHN_OK; l++)
        status = add_qaoa_layer(made, cost, l);
    return hand_over(status, made, out);
}

int64_t hahn_ansatz_qaoa_parameters(int64_t layers)
{
    return layers_fit(layers, 0) ? 2 * layers : -1;
}

/* What the Trotter circuits need to know in each layer. */
typedef struct trotter {
    const hahn_observable *hamiltonian;
    hahn_trotter_parameters parameters;
    int order;
    double time_step;
} trotter;

/* exp(-i t c P): the rotation angle is 2 c t, t being fixed, the layer's or the term's own. */
static hahn_param trotter_angle(const trotter *t, int64_t layer, uint64_t term, double part)
{
    const hahn_pauli_term *terms = t->hamiltonian->terms.data;
    const double scale = 2 * part * terms[term].coefficient;
    const int64_t count = (int64_t)t->hamiltonian->terms.count;
    if (t->parameters == HAHN_TROTTER_FIXED)
        return hahn_fixed(scale * t->time_step);
    return hahn_affine(
        scale, t->parameters == HAHN_TROTTER_PER_LAYER ? layer : layer * count + (int64_t)term, 0);
}

static hahn_status add_trotter_layer(hahn_circuit *c, const trotter *t, int64_t layer)
{
    const hahn_pauli_term *terms = t->hamiltonian->terms.data;
    const uint64_t count = t->hamiltonian->terms.count;
    const double part = t->order == 2 ? 0.5 : 1;
    hahn_status status = HAHN_OK;
    for (uint64_t k = 0; k < count && status == HAHN_OK; k++)
        status = add_evolution(c, &terms[k], trotter_angle(t, layer, k, part));
    for (uint64_t k = count; k-- > 0 && t->order == 2 && status == HAHN_OK;)
        status = add_evolution(c, &terms[k], trotter_angle(t, layer, k, part));
    return status;
}

static hahn_status check_trotter(const trotter *t, int64_t layers, hahn_start start)
{
    hahn_engine *engine = t->hamiltonian->engine;
    if (t->order != 1 && t->order != 2)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT, "Trotter order %d: use 1 or 2", t->order);
    if ((unsigned)t->parameters > HAHN_TROTTER_PER_TERM)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "Trotter parameters %d do not exist: use fixed (0), per layer (1) or per "
                         "term (2)",
                         (int)t->parameters);
    if ((unsigned)start > HAHN_START_NEEL)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "Trotter start %d does not exist: use zero (0), plus (1) or neel (2)",
                         (int)start);
    if (!isfinite(t->time_step))
        return hahn_fail(engine, HAHN_ERR_PARAMETER,
                         "time step %g is not finite: use a finite number", t->time_step);
    if (!layers_fit(layers, 0))
        return bad_layers(engine, layers, 0);
    /* One more a layer, so that layers without terms are bounded too. */
    return check_size(engine, hahn_saturating_multiply((uint64_t)layers * (uint64_t)t->order,
                                                       t->hamiltonian->terms.count + 1));
}

hahn_status hahn_ansatz_trotter(const hahn_observable *hamiltonian, int64_t layers, int order,
                                hahn_trotter_parameters parameters, double time_step,
                                hahn_start start, hahn_circuit **out)
{
    const trotter t = {hamiltonian, parameters, order, time_step};
    hahn_circuit *made;
    if (!hamiltonian || !out)
        return HAHN_ERR_ARGUMENT;
    hahn_status status = check_trotter(&t, layers, start);
    if (status == HAHN_OK)
        status = hahn_circuit_create(hamiltonian->engine, hamiltonian->qubits, &made);
    if (status != HAHN_OK)
        return status;
    if (start == HAHN_START_PLUS)
        status = add_on_all(made, HAHN_GATE_H, 0, 1);
    if (start == HAHN_START_NEEL)
        status = add_on_all(made, HAHN_GATE_X, 1, 2);
    for (int64_t l = 0; l < layers && status == HAHN_OK; l++)
        status = add_trotter_layer(made, &t, l);
    /* Identity terms are skipped, but their parameters are counted. */
    made->parameters = hahn_ansatz_trotter_parameters(hamiltonian, layers, parameters);
    return hand_over(status, made, out);
}

int64_t hahn_ansatz_trotter_parameters(const hahn_observable *hamiltonian, int64_t layers,
                                       hahn_trotter_parameters parameters)
{
    if (!hamiltonian || !layers_fit(layers, 0))
        return -1;
    if (parameters == HAHN_TROTTER_PER_TERM)
        return layers * hahn_observable_terms(hamiltonian);
    return parameters == HAHN_TROTTER_PER_LAYER ? layers : 0;
}

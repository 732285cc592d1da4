#include "vqe/battery_model.h"
#include "vqe/battery_gates.h"

#include <math.h>
#include <string.h>

enum { MODEL_STATE = 1 << MODEL_MAX_QUBITS };

static void random_unitary(const struct model_gate *gate, double *interleaved)
{
    dense_complex m[DENSE_MAX_MATRIX];
    textbook_random_unitary(gate->targets, gate->unitary_seed, m);
    for (int k = 0; k < 1 << 2 * gate->targets; k++) {
        interleaved[2 * k] = (double)creall(m[k]);
        interleaved[2 * k + 1] = (double)cimagl(m[k]);
    }
}

hahn_status model_append(const struct model_gate *gate, hahn_circuit *circuit)
{
    if (gate->gate == HAHN_GATE_PAULI_ROTATION)
        return hahn_circuit_pauli_rotation_controlled(circuit, gate->paulis, gate->qubits,
                                                      gate->params[0], gate->controls,
                                                      gate->control, gate->value);
    if (gate->gate == HAHN_GATE_UNITARY) {
        double matrix[2 * DENSE_MAX_MATRIX];
        random_unitary(gate, matrix);
        return hahn_circuit_unitary_controlled(circuit, gate->targets, gate->qubits, matrix,
                                               gate->controls, gate->control, gate->value);
    }
    return hahn_circuit_append_controlled(circuit, gate->gate, gate->qubits, gate->params,
                                          gate->controls, gate->control, gate->value);
}

hahn_status model_circuit(const struct model *model, hahn_engine *engine, hahn_circuit **out)
{
    hahn_circuit *circuit = NULL;
    hahn_status status = hahn_circuit_create(engine, model->qubits, &circuit);
    for (int g = 0; g < model->gates && status == HAHN_OK; g++)
        status = model_append(&model->gate[g], circuit);
    if (status == HAHN_OK)
        *out = circuit;
    else
        hahn_circuit_destroy(circuit);
    return status;
}

hahn_status model_observable(const struct model_sum *sum, int qubits, hahn_engine *engine,
                             hahn_observable **out)
{
    hahn_observable *observable = NULL;
    hahn_status status = hahn_observable_create(engine, qubits, &observable);
    for (int k = 0; k < sum->terms && status == HAHN_OK; k++)
        status = hahn_observable_add_masks(observable, sum->term[k].coefficient, sum->term[k].x,
                                           sum->term[k].z);
    if (status == HAHN_OK)
        *out = observable;
    else
        hahn_observable_destroy(observable);
    return status;
}

hahn_status model_compile(const struct model *model, const struct model_sum *sum,
                          const double *start, hahn_engine *engine, int64_t lanes,
                          hahn_purpose purpose, struct model_objects *out)
{
    const hahn_workspace_options options = {.lanes = lanes, .purpose = purpose};
    *out = (struct model_objects){0};
    hahn_status status = model_circuit(model, engine, &out->circuit);
    if (status == HAHN_OK && sum)
        status = model_observable(sum, model->qubits, engine, &out->observable);
    if (status == HAHN_OK)
        status = hahn_program_create(engine, out->circuit, out->observable, &out->program);
    if (status == HAHN_OK)
        status = hahn_workspace_create(engine, out->program, &options, &out->workspace);
    if (status == HAHN_OK && start)
        status = hahn_workspace_set_start(out->workspace, start);
    if (status != HAHN_OK)
        model_release(out);
    return status;
}

void model_release(struct model_objects *objects)
{
    hahn_workspace_destroy(objects->workspace);
    hahn_program_destroy(objects->program);
    hahn_observable_destroy(objects->observable);
    hahn_circuit_destroy(objects->circuit);
}

static void model_matrix(const struct model_gate *gate, const long double *theta, dense_complex *m)
{
    long double angle[3] = {0};
    for (int p = 0; p < textbook_gate(gate->gate)->params; p++) {
        hahn_param param = gate->params[p];
        angle[p] = param.offset + (param.index < 0 ? 0 : param.scale * theta[param.index]);
    }
    if (gate->gate == HAHN_GATE_PAULI_ROTATION)
        textbook_pauli_rotation(gate->paulis, angle[0], m);
    else if (gate->gate == HAHN_GATE_UNITARY)
        textbook_random_unitary(gate->targets, gate->unitary_seed, m);
    else
        textbook_gate(gate->gate)->matrix(angle, m);
}

void model_apply(const struct model_gate *gate, const long double *theta, int qubits,
                 dense_complex *state)
{
    int own = textbook_gate(gate->gate)->controls;
    int control[2 + MODEL_MAX_CONTROLS], value[2 + MODEL_MAX_CONTROLS];
    for (int c = 0; c < own; c++)
        control[c] = gate->qubits[c], value[c] = 1;
    memcpy(control + own, gate->control, (size_t)gate->controls * sizeof *control);
    memcpy(value + own, gate->value, (size_t)gate->controls * sizeof *value);

    dense_complex matrix[DENSE_MAX_MATRIX];
    model_matrix(gate, theta, matrix);
    dense_apply(qubits, state,
                &(struct dense_gate){.targets = gate->targets,
                                     .target = gate->qubits + own,
                                     .matrix = matrix,
                                     .controls = own + gate->controls,
                                     .control = control,
                                     .value = value});
}

void model_run(const struct model *model, const long double *theta, dense_complex *state)
{
    for (int g = 0; g < model->gates; g++)
        model_apply(&model->gate[g], theta, model->qubits, state);
}

/* The first `count` places of a random permutation of the qubits. */
static void random_qubits(struct battery_random *random, int qubits, int *out)
{
    for (int q = 0; q < qubits; q++)
        out[q] = q;
    for (int q = qubits - 1; q > 0; q--) {
        int other = battery_below(random, q + 1), held = out[q];
        out[q] = out[other];
        out[other] = held;
    }
}

static int random_targets(struct battery_random *random, int room)
{
    int most = room < DENSE_MAX_TARGETS ? room : DENSE_MAX_TARGETS;
    return most > 0 ? 1 + battery_below(random, most) : 1;
}

int model_random_gate(struct battery_random *random, hahn_gate gate, int qubits, int controls,
                      struct model_gate *out)
{
    const struct textbook_gate *row = textbook_gate(gate);
    int targets = row->targets > 0 ? row->targets : random_targets(random, qubits - controls);
    int own = row->controls + targets, order[MODEL_MAX_QUBITS];
    if (own + controls > qubits)
        return 0;
    *out = (struct model_gate){.gate = gate, .targets = targets, .controls = controls};
    random_qubits(random, qubits, order);
    memcpy(out->qubits, order, (size_t)own * sizeof *order);
    memcpy(out->control, order + own, (size_t)controls * sizeof *order);
    for (int c = 0; c < controls; c++)
        out->value[c] = battery_below(random, 2);
    for (int p = 0; p < 3; p++)
        out->params[p] = hahn_fixed(battery_uniform(random, -7, 7));
    for (int k = 0; k < targets; k++)
        out->paulis[k] = "IXYZ"[battery_below(random, 4)];
    out->unitary_seed = battery_bits(random);
    return 1;
}

/* The numbers are drawn by statements of their own, here and below: compilers differ in the order
   of arguments, and a seed means the same cases everywhere. */
static hahn_param random_expression(struct battery_random *random, int parameters)
{
    double scale = battery_uniform(random, -2, 2);
    int index = battery_below(random, parameters);
    double offset = battery_uniform(random, -3, 3);
    return hahn_affine(scale, index, offset);
}

void model_random(struct battery_random *random, int qubits, int gates, int parameters,
                  struct model *out)
{
    out->qubits = qubits;
    out->gates = 0;
    while (out->gates < gates) {
        struct model_gate *gate = &out->gate[out->gates];
        hahn_gate row = (hahn_gate)battery_below(random, HAHN_GATE_COUNT);
        if (!model_random_gate(random, row, qubits, battery_below(random, 3), gate))
            continue;
        for (int p = 0; p < textbook_gate(row)->params && parameters > 0; p++)
            if (battery_below(random, 2))
                gate->params[p] = random_expression(random, parameters);
        out->gates++;
    }
}

void model_random_sum(struct battery_random *random, int qubits, int terms, struct model_sum *out)
{
    uint64_t mask = ((uint64_t)1 << qubits) - 1;
    out->terms = terms;
    for (int k = 0; k < terms; k++) {
        double coefficient = battery_uniform(random, -1, 1);
        uint64_t x = k ? battery_bits(random) & mask : 0;
        uint64_t z = k ? battery_bits(random) & mask : 0;
        out->term[k] = (struct dense_term){coefficient, x, z};
    }
}

void model_random_state(struct battery_random *random, int qubits, dense_complex *state,
                        double *amplitudes)
{
    int size = 1 << qubits;
    double norm = 0;
    for (int k = 0; k < 2 * size; k++) {
        amplitudes[k] = battery_uniform(random, -1, 1);
        norm += amplitudes[k] * amplitudes[k];
    }
    for (int k = 0; k < 2 * size; k++)
        amplitudes[k] /= sqrt(norm);
    for (int j = 0; j < size; j++)
        state[j] = amplitudes[2 * j] + (long double)amplitudes[2 * j + 1] * I;
}

double model_sum_norm(const struct model_sum *sum)
{
    double norm = 0;
    for (int k = 0; k < sum->terms; k++)
        norm += fabs(sum->term[k].coefficient);
    return norm;
}

double model_largest_scale(const struct model *model, int parameters)
{
    double largest = 0;
    for (int index = 0; index < parameters; index++) {
        double scale = 0;
        for (int g = 0; g < model->gates; g++)
            for (int p = 0; p < 3; p++)
                if (model->gate[g].params[p].index == index)
                    scale += fabs(model->gate[g].params[p].scale);
        largest = fmax(largest, scale);
    }
    return largest;
}

static long double model_energy(const struct model *model, const struct model_sum *sum,
                                const dense_complex *start, const long double *theta)
{
    dense_complex state[MODEL_STATE];
    memcpy(state, start, sizeof *state << model->qubits);
    model_run(model, theta, state);
    return dense_expectation(model->qubits, sum->terms, sum->term, state);
}

void model_gradient(const struct model *model, const struct model_sum *sum,
                    const dense_complex *start, int parameters, const double *theta,
                    double *gradient)
{
    /* Eight points: the error is h^8 / 630 times the ninth derivative, and that of rounding some
       1e-18 / h. */
    static const struct {
        int steps, weight; /* weights over 840 */
    } stencil[] = {{-4, 3},  {-3, -32}, {-2, 168}, {-1, -672},
                   {1, 672}, {2, -168}, {3, 32},   {4, -3}};
    const int points = sizeof stencil / sizeof stencil[0];
    const long double h = 0x1p-9L;
    long double moved[MODEL_MAX_PARAMETERS];
    for (int k = 0; k < parameters; k++)
        moved[k] = theta[k];
    for (int k = 0; k < parameters; k++) {
        long double sum_of_points = 0;
        for (int s = 0; s < points; s++) {
            moved[k] = theta[k] + h * stencil[s].steps;
            sum_of_points += stencil[s].weight * model_energy(model, sum, start, moved);
        }
        moved[k] = theta[k];
        gradient[k] = (double)(sum_of_points / (840 * h));
    }
}

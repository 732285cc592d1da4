#include "vqe/dense.h"

#include <math.h>

void dense_zero_state(int qubits, dense_complex *state)
{
    for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++)
        state[j] = j == 0;
}

static int bit_of(uint64_t index, int qubit)
{
    return (int)(index >> qubit & 1);
}

static int controls_hold(const struct dense_gate *gate, uint64_t index)
{
    for (int c = 0; c < gate->controls; c++)
        if (bit_of(index, gate->control[c]) != (gate->value ? gate->value[c] : 1))
            return 0;
    return 1;
}

/* The amplitude index that has the bits of `local` on the targets and those of `base` elsewhere. */
static uint64_t scatter_bits(const struct dense_gate *gate, uint64_t base, uint64_t local)
{
    for (int k = 0; k < gate->targets; k++) {
        uint64_t target_bit = (uint64_t)1 << gate->target[k];
        base = bit_of(local, k) ? base | target_bit : base & ~target_bit;
    }
    return base;
}

static void apply_block(dense_complex *state, const struct dense_gate *gate, uint64_t base)
{
    uint64_t size = (uint64_t)1 << gate->targets;
    dense_complex in[1 << DENSE_MAX_TARGETS];
    for (uint64_t column = 0; column < size; column++)
        in[column] = state[scatter_bits(gate, base, column)];
    for (uint64_t row = 0; row < size; row++) {
        dense_complex sum = 0;
        for (uint64_t column = 0; column < size; column++)
            sum += gate->matrix[row * size + column] * in[column];
        state[scatter_bits(gate, base, row)] = sum;
    }
}

void dense_apply(int qubits, dense_complex *state, const struct dense_gate *gate)
{
    for (uint64_t base = 0; base < (uint64_t)1 << qubits; base++)
        if (scatter_bits(gate, base, 0) == base && controls_hold(gate, base))
            apply_block(state, gate, base);
}

/* The number f in P|j> = f |j ^ x>, letter by letter: Z|b> = (-1)^b |b>, Y|b> = i (-1)^b |1-b>. */
static dense_complex pauli_factor(int qubits, const struct dense_term *term, uint64_t j)
{
    dense_complex factor = 1;
    for (int q = 0; q < qubits; q++) {
        int x = bit_of(term->x, q), z = bit_of(term->z, q);
        if (z && bit_of(j, q))
            factor = -factor;
        if (x && z)
            factor *= I;
    }
    return factor;
}

void dense_observable(int qubits, int terms, const struct dense_term *term,
                      const dense_complex *input, dense_complex *output)
{
    for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++)
        output[j] = 0;
    for (int k = 0; k < terms; k++)
        for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++)
            output[j ^ term[k].x] +=
                term[k].coefficient * pauli_factor(qubits, &term[k], j) * input[j];
}

long double dense_expectation(int qubits, int terms, const struct dense_term *term,
                              const dense_complex *state)
{
    long double sum = 0;
    for (int k = 0; k < terms; k++)
        for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++)
            sum += term[k].coefficient * creall(conjl(state[j ^ term[k].x]) *
                                                pauli_factor(qubits, &term[k], j) * state[j]);
    return sum;
}

dense_complex dense_inner(int qubits, const dense_complex *left, const dense_complex *right)
{
    dense_complex sum = 0;
    for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++)
        sum += conjl(left[j]) * right[j];
    return sum;
}

double dense_distance(int qubits, const dense_complex *state, const double *amplitudes)
{
    long double sum = 0;
    for (uint64_t j = 0; j < (uint64_t)1 << qubits; j++) {
        long double re = creall(state[j]) - amplitudes[2 * j];
        long double im = cimagl(state[j]) - amplitudes[2 * j + 1];
        sum += re * re + im * im;
    }
    return (double)sqrtl(sum);
}

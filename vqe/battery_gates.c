#include "vqe/battery_gates.h"
#include "vqe/battery_random.h"

#include <math.h>
#include <string.h>

static dense_complex unit(long double angle)
{
    return cosl(angle) + sinl(angle) * I;
}

static void set2(dense_complex *m, dense_complex a, dense_complex b, dense_complex c,
                 dense_complex d)
{
    m[0] = a, m[1] = b, m[2] = c, m[3] = d;
}

static void set4(dense_complex *m, const dense_complex rows[16])
{
    memcpy(m, rows, 16 * sizeof *m);
}

#define UNUSED_ANGLE (void)a

static void m_i(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 1, 0, 0, 1);
}

static void m_x(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 0, 1, 1, 0);
}

static void m_y(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 0, -I, I, 0);
}

static void m_z(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 1, 0, 0, -1);
}

static void m_h(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    long double r = sqrtl(0.5L);
    set2(m, r, r, r, -r);
}

static void m_s(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 1, 0, 0, I);
}

static void m_sdg(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 1, 0, 0, -I);
}

static void m_t(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    long double r = sqrtl(0.5L);
    set2(m, 1, 0, 0, r + r * I);
}

static void m_tdg(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    long double r = sqrtl(0.5L);
    set2(m, 1, 0, 0, r - r * I);
}

static void m_sx(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 0.5L + 0.5L * I, 0.5L - 0.5L * I, 0.5L - 0.5L * I, 0.5L + 0.5L * I);
}

static void m_sxdg(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set2(m, 0.5L - 0.5L * I, 0.5L + 0.5L * I, 0.5L + 0.5L * I, 0.5L - 0.5L * I);
}

static void m_rx(const long double *a, dense_complex *m)
{
    long double c = cosl(a[0] / 2), s = sinl(a[0] / 2);
    set2(m, c, -I * s, -I * s, c);
}

static void m_ry(const long double *a, dense_complex *m)
{
    long double c = cosl(a[0] / 2), s = sinl(a[0] / 2);
    set2(m, c, -s, s, c);
}

static void m_rz(const long double *a, dense_complex *m)
{
    set2(m, unit(-a[0] / 2), 0, 0, unit(a[0] / 2));
}

static void m_p(const long double *a, dense_complex *m)
{
    set2(m, 1, 0, 0, unit(a[0]));
}

/* U(theta, phi, lambda) of OpenQASM and Qiskit. */
static void m_u(const long double *a, dense_complex *m)
{
    long double c = cosl(a[0] / 2), s = sinl(a[0] / 2);
    set2(m, c, -unit(a[2]) * s, unit(a[1]) * s, unit(a[1] + a[2]) * c);
}

static void m_rxx(const long double *a, dense_complex *m)
{
    dense_complex c = cosl(a[0] / 2), s = -I * sinl(a[0] / 2);
    set4(m, (dense_complex[]){c, 0, 0, s, 0, c, s, 0, 0, s, c, 0, s, 0, 0, c});
}

static void m_ryy(const long double *a, dense_complex *m)
{
    dense_complex c = cosl(a[0] / 2), s = -I * sinl(a[0] / 2);
    set4(m, (dense_complex[]){c, 0, 0, -s, 0, c, s, 0, 0, s, c, 0, -s, 0, 0, c});
}

static void m_rzz(const long double *a, dense_complex *m)
{
    dense_complex even = unit(-a[0] / 2), odd = unit(a[0] / 2);
    set4(m, (dense_complex[]){even, 0, 0, 0, 0, odd, 0, 0, 0, 0, odd, 0, 0, 0, 0, even});
}

static void m_swap(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set4(m, (dense_complex[]){1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1});
}

static void m_iswap(const long double *a, dense_complex *m)
{
    UNUSED_ANGLE;
    set4(m, (dense_complex[]){1, 0, 0, 0, 0, 0, I, 0, 0, I, 0, 0, 0, 0, 0, 1});
}

/* Index 1 is |from=1, to=0>, index 2 is |from=0, to=1>. */
static void m_single_excitation(const long double *a, dense_complex *m)
{
    long double c = cosl(a[0] / 2), s = sinl(a[0] / 2);
    set4(m, (dense_complex[]){1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1});
}

/* Index 3 is |from0=from1=1>, index 12 is |to0=to1=1>. */
static void m_double_excitation(const long double *a, dense_complex *m)
{
    long double c = cosl(a[0] / 2), s = sinl(a[0] / 2);
    for (int k = 0; k < 256; k++)
        m[k] = k % 17 == 0;
    m[3 * 16 + 3] = c;
    m[3 * 16 + 12] = -s;
    m[12 * 16 + 3] = s;
    m[12 * 16 + 12] = c;
}

static void m_fsim(const long double *a, dense_complex *m)
{
    dense_complex c = cosl(a[0]), s = -I * sinl(a[0]);
    set4(m, (dense_complex[]){1, 0, 0, 0, 0, c, s, 0, 0, s, c, 0, 0, 0, 0, unit(-a[1])});
}

static const struct textbook_gate textbook[HAHN_GATE_COUNT] = {
    {HAHN_GATE_I, 0, 1, 0, m_i},
    {HAHN_GATE_X, 0, 1, 0, m_x},
    {HAHN_GATE_Y, 0, 1, 0, m_y},
    {HAHN_GATE_Z, 0, 1, 0, m_z},
    {HAHN_GATE_H, 0, 1, 0, m_h},
    {HAHN_GATE_S, 0, 1, 0, m_s},
    {HAHN_GATE_SDG, 0, 1, 0, m_sdg},
    {HAHN_GATE_T, 0, 1, 0, m_t},
    {HAHN_GATE_TDG, 0, 1, 0, m_tdg},
    {HAHN_GATE_SX, 0, 1, 0, m_sx},
    {HAHN_GATE_SXDG, 0, 1, 0, m_sxdg},
    {HAHN_GATE_RX, 0, 1, 1, m_rx},
    {HAHN_GATE_RY, 0, 1, 1, m_ry},
    {HAHN_GATE_RZ, 0, 1, 1, m_rz},
    {HAHN_GATE_P, 0, 1, 1, m_p},
    {HAHN_GATE_U, 0, 1, 3, m_u},
    {HAHN_GATE_RXX, 0, 2, 1, m_rxx},
    {HAHN_GATE_RYY, 0, 2, 1, m_ryy},
    {HAHN_GATE_RZZ, 0, 2, 1, m_rzz},
    {HAHN_GATE_SWAP, 0, 2, 0, m_swap},
    {HAHN_GATE_ISWAP, 0, 2, 0, m_iswap},
    {HAHN_GATE_CX, 1, 1, 0, m_x},
    {HAHN_GATE_CY, 1, 1, 0, m_y},
    {HAHN_GATE_CZ, 1, 1, 0, m_z},
    {HAHN_GATE_CH, 1, 1, 0, m_h},
    {HAHN_GATE_CSWAP, 1, 2, 0, m_swap},
    {HAHN_GATE_CCX, 2, 1, 0, m_x},
    {HAHN_GATE_CCZ, 2, 1, 0, m_z},
    {HAHN_GATE_CRX, 1, 1, 1, m_rx},
    {HAHN_GATE_CRY, 1, 1, 1, m_ry},
    {HAHN_GATE_CRZ, 1, 1, 1, m_rz},
    {HAHN_GATE_CP, 1, 1, 1, m_p},
    {HAHN_GATE_CU, 1, 1, 3, m_u},
    {HAHN_GATE_SINGLE_EXCITATION, 0, 2, 1, m_single_excitation},
    {HAHN_GATE_DOUBLE_EXCITATION, 0, 4, 1, m_double_excitation},
    {HAHN_GATE_FSIM, 0, 2, 2, m_fsim},
    {HAHN_GATE_PAULI_ROTATION, 0, -1, 1, NULL},
    {HAHN_GATE_UNITARY, 0, -1, 0, NULL},
};

const struct textbook_gate *textbook_gate(hahn_gate gate)
{
    return &textbook[gate];
}

/* Entry (row, column) of a Pauli string is the product of its letters' entries. */
static dense_complex pauli_entry(const char *paulis, int row, int column)
{
    dense_complex entry = 1;
    for (int k = 0; paulis[k]; k++) {
        dense_complex letter[4];
        (paulis[k] == 'X'   ? m_x
         : paulis[k] == 'Y' ? m_y
         : paulis[k] == 'Z' ? m_z
                            : m_i)(NULL, letter);
        entry *= letter[2 * (row >> k & 1) + (column >> k & 1)];
    }
    return entry;
}

void textbook_pauli_rotation(const char *paulis, long double angle, dense_complex *m)
{
    int size = 1 << strlen(paulis);
    dense_complex c = cosl(angle / 2), s = -I * sinl(angle / 2);
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++)
            m[row * size + column] = c * (row == column) + s * pauli_entry(paulis, row, column);
}

static dense_complex random_complex(struct battery_random *random)
{
    long double re = battery_uniform(random, -1, 1);
    return re + battery_uniform(random, -1, 1) * I;
}

/* m <- (1 - 2 |v><v|) m for a random unit vector v. */
static void reflect(struct battery_random *random, int size, dense_complex *m)
{
    dense_complex v[1 << DENSE_MAX_TARGETS];
    long double norm = 0;
    for (int k = 0; k < size; k++) {
        v[k] = random_complex(random);
        norm += creall(v[k] * conjl(v[k]));
    }
    for (int column = 0; column < size; column++) {
        dense_complex overlap = 0;
        for (int k = 0; k < size; k++)
            overlap += conjl(v[k]) * m[k * size + column];
        for (int k = 0; k < size; k++)
            m[k * size + column] -= 2 * v[k] * overlap / norm;
    }
}

void textbook_random_unitary(int targets, uint64_t seed, dense_complex *m)
{
    struct battery_random random = {seed};
    int size = 1 << targets;
    for (int k = 0; k < size * size; k++)
        m[k] = k % (size + 1) == 0;
    for (int turn = 0; turn < 3; turn++) {
        reflect(&random, size, m);
        for (int row = 0; row < size; row++) {
            dense_complex phase = unit(battery_uniform(&random, -4, 4));
            for (int column = 0; column < size; column++)
                m[row * size + column] *= phase;
        }
    }
}

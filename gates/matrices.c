#include "gates/matrices.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef double _Complex c64;

/* Set the 2 x 2 matrix [[a, b], [c, d]]. */
static void set2(c64 *m, c64 a, c64 b, c64 c, c64 d)
{
    m[0] = a;
    m[1] = b;
    m[2] = c;
    m[3] = d;
}

static void set_zero(c64 *m, int dimension)
{
    memset(m, 0, sizeof *m * (size_t)dimension * (size_t)dimension);
}

static void set_identity(c64 *m, int dimension)
{
    set_zero(m, dimension);
    for (int r = 0; r < dimension; r++)
        m[r * dimension + r] = 1.0;
}

/* exp(i angle) */
static c64 phase(double angle)
{
    return cos(angle) + I * sin(angle);
}

/* Put [[a, b], [c, d]] on the basis states x and y of a larger matrix. */
static void set_block(c64 *m, int dimension, int x, int y, c64 a, c64 b, c64 c, c64 d)
{
    m[x * dimension + x] = a;
    m[x * dimension + y] = b;
    m[y * dimension + x] = c;
    m[y * dimension + y] = d;
}

HAHN_MATRIX_FUNCTION(i)
{
    (void)p;
    set_identity(m, 2);
}

HAHN_MATRIX_FUNCTION(x)
{
    (void)p;
    set2(m, 0, 1, 1, 0);
}

HAHN_MATRIX_FUNCTION(y)
{
    (void)p;
    set2(m, 0, -I, I, 0);
}

HAHN_MATRIX_FUNCTION(z)
{
    (void)p;
    set2(m, 1, 0, 0, -1);
}

HAHN_MATRIX_FUNCTION(h)
{
    const double r = sqrt(0.5);
    (void)p;
    set2(m, r, r, r, -r);
}

HAHN_MATRIX_FUNCTION(s)
{
    (void)p;
    set2(m, 1, 0, 0, I);
}

HAHN_MATRIX_FUNCTION(sdg)
{
    (void)p;
    set2(m, 1, 0, 0, -I);
}

HAHN_MATRIX_FUNCTION(t)
{
    (void)p;
    set2(m, 1, 0, 0, phase(M_PI / 4));
}

HAHN_MATRIX_FUNCTION(tdg)
{
    (void)p;
    set2(m, 1, 0, 0, phase(-M_PI / 4));
}

HAHN_MATRIX_FUNCTION(sx)
{
    (void)p;
    set2(m, 0.5 + 0.5 * I, 0.5 - 0.5 * I, 0.5 - 0.5 * I, 0.5 + 0.5 * I);
}

HAHN_MATRIX_FUNCTION(sxdg)
{
    (void)p;
    set2(m, 0.5 - 0.5 * I, 0.5 + 0.5 * I, 0.5 + 0.5 * I, 0.5 - 0.5 * I);
}

HAHN_MATRIX_FUNCTION(rx)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set2(m, c, -I * s, -I * s, c);
}

HAHN_MATRIX_FUNCTION(ry)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set2(m, c, -s, s, c);
}

HAHN_MATRIX_FUNCTION(rz)
{
    set2(m, phase(-p[0] / 2), 0, 0, phase(p[0] / 2));
}

HAHN_MATRIX_FUNCTION(p)
{
    set2(m, 1, 0, 0, phase(p[0]));
}

HAHN_MATRIX_FUNCTION(u)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set2(m, c, -phase(p[2]) * s, phase(p[1]) * s, phase(p[1] + p[2]) * c);
}

HAHN_MATRIX_FUNCTION(rxx)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set_zero(m, 4);
    set_block(m, 4, 0, 3, c, -I * s, -I * s, c);
    set_block(m, 4, 1, 2, c, -I * s, -I * s, c);
}

HAHN_MATRIX_FUNCTION(ryy)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set_zero(m, 4);
    set_block(m, 4, 0, 3, c, I * s, I * s, c);
    set_block(m, 4, 1, 2, c, -I * s, -I * s, c);
}

HAHN_MATRIX_FUNCTION(rzz)
{
    const c64 even = phase(-p[0] / 2), odd = phase(p[0] / 2);
    set_zero(m, 4);
    set_block(m, 4, 0, 3, even, 0, 0, even);
    set_block(m, 4, 1, 2, odd, 0, 0, odd);
}

HAHN_MATRIX_FUNCTION(swap)
{
    (void)p;
    set_identity(m, 4);
    set_block(m, 4, 1, 2, 0, 1, 1, 0);
}

HAHN_MATRIX_FUNCTION(iswap)
{
    (void)p;
    set_identity(m, 4);
    set_block(m, 4, 1, 2, 0, I, I, 0);
}

/* Index 1 is |from=1, to=0>, index 2 is |from=0, to=1>. */
HAHN_MATRIX_FUNCTION(single)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set_identity(m, 4);
    set_block(m, 4, 1, 2, c, -s, s, c);
}

/* Index 3 has both `from` qubits set, index 12 both `to` qubits. */
HAHN_MATRIX_FUNCTION(double)
{
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    set_identity(m, 16);
    set_block(m, 16, 3, 12, c, -s, s, c);
}

HAHN_MATRIX_FUNCTION(fsim)
{
    const double c = cos(p[0]), s = sin(p[0]);
    set_identity(m, 4);
    set_block(m, 4, 1, 2, c, -I * s, -I * s, c);
    m[15] = phase(-p[1]);
}

HAHN_GENERATOR_FUNCTION(rx)
{
    (void)p, (void)k;
    set2(g, 0, 0.5, 0.5, 0);
}

HAHN_GENERATOR_FUNCTION(ry)
{
    (void)p, (void)k;
    set2(g, 0, -0.5 * I, 0.5 * I, 0);
}

HAHN_GENERATOR_FUNCTION(rz)
{
    (void)p, (void)k;
    set2(g, 0.5, 0, 0, -0.5);
}

HAHN_GENERATOR_FUNCTION(p)
{
    (void)p, (void)k;
    set2(g, 0, 0, 0, -1);
}

/* U = P(phi) RY(theta) P(lambda): the generators of theta and lambda are carried through what comes
   after them, that of lambda onto the second column of U. */
HAHN_GENERATOR_FUNCTION(u)
{
    c64 m[4];
    hahn_matrix_u(p, m);
    if (k == 0)
        set2(g, 0, -0.5 * I * phase(-p[1]), 0.5 * I * phase(p[1]), 0);
    else if (k == 1)
        set2(g, 0, 0, 0, -1);
    else
        set2(g, -m[1] * conj(m[1]), -m[1] * conj(m[3]), -m[3] * conj(m[1]), -m[3] * conj(m[3]));
}

HAHN_GENERATOR_FUNCTION(rxx)
{
    (void)p, (void)k;
    set_zero(g, 4);
    set_block(g, 4, 0, 3, 0, 0.5, 0.5, 0);
    set_block(g, 4, 1, 2, 0, 0.5, 0.5, 0);
}

HAHN_GENERATOR_FUNCTION(ryy)
{
    (void)p, (void)k;
    set_zero(g, 4);
    set_block(g, 4, 0, 3, 0, -0.5, -0.5, 0);
    set_block(g, 4, 1, 2, 0, 0.5, 0.5, 0);
}

HAHN_GENERATOR_FUNCTION(rzz)
{
    (void)p, (void)k;
    set_zero(g, 4);
    set_block(g, 4, 0, 3, 0.5, 0, 0, 0.5);
    set_block(g, 4, 1, 2, -0.5, 0, 0, -0.5);
}

HAHN_GENERATOR_FUNCTION(single)
{
    (void)p, (void)k;
    set_zero(g, 4);
    set_block(g, 4, 1, 2, 0, -0.5 * I, 0.5 * I, 0);
}

HAHN_GENERATOR_FUNCTION(double)
{
    (void)p, (void)k;
    set_zero(g, 16);
    set_block(g, 16, 3, 12, 0, -0.5 * I, 0.5 * I, 0);
}

HAHN_GENERATOR_FUNCTION(fsim)
{
    (void)p;
    set_zero(g, 4);
    if (k == 0)
        set_block(g, 4, 1, 2, 0, 1, 1, 0);
    else
        g[15] = 1;
}

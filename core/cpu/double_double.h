/* Numbers as unevaluated sums of two doubles, |lo| at most a few units in the last place of hi, by
   the error-free transformations of Knuth and Dekker. Loops over these functions vectorise, so all
   are branch-free. They must not be contracted: a * b + c in one rounding is asked for by name. */
#ifndef HAHN_CORE_CPU_DOUBLE_DOUBLE_H
#define HAHN_CORE_CPU_DOUBLE_DOUBLE_H

#include "gates/bits.h"

typedef struct dd {
    double hi, lo;
} dd;

#if defined __FMA__ || defined __FP_FAST_FMA || defined __CUDACC__
#define HAHN_FUSED 1
#else
#define HAHN_FUSED 0
#endif

/* a * b + c, in one rounding where that is cheap: for where the second rounding does not matter. */
HAHN_BOTH static inline double multiply_add(double a, double b, double c)
{
#if HAHN_FUSED
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* Nearest integer, for |x| < 2^51: of the doubles near 1.5 * 2^52 all are integers. Not rint(),
   which is a call where SSE4.1 is missing. */
HAHN_BOTH static inline double nearest_integer(double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

/* a + b exactly, for any a and b (Knuth). */
HAHN_BOTH static inline dd two_sum(double a, double b)
{
    const double sum = a + b, part = sum - a;
    return (dd){sum, (a - (sum - part)) + (b - part)};
}

/* a + b exactly, for |a| >= |b| or a = 0 (Dekker). */
HAHN_BOTH static inline dd fast_two_sum(double a, double b)
{
    const double sum = a + b;
    return (dd){sum, b - (sum - a)};
}

#if !HAHN_FUSED
/* The upper 26 bits, and what is left (Veltkamp). Overflows beyond 2^996. */
HAHN_BOTH static inline dd split(double a)
{
    const double c = 0x8000001p0 * a, hi = c - (c - a);
    return (dd){hi, a - hi};
}
#endif

/* a * b exactly, but where the error lies below the least double. Without fused multiply-add NaN
   beyond 2^996 (Dekker). */
HAHN_BOTH static inline dd two_product(double a, double b)
{
    const double product = a * b;
#if HAHN_FUSED
    return (dd){product, __builtin_fma(a, b, -product)};
#else
    const dd x = split(a), y = split(b);
    return (dd){product, x.lo * y.lo - (((product - x.hi * y.hi) - x.lo * y.hi) - x.hi * y.lo)};
#endif
}

/* a * b, to about 2^-103; hi is the rounded product of the hi's, and lo is left as it comes. */
HAHN_BOTH static inline dd dd_multiply(dd a, dd b)
{
    const dd p = two_product(a.hi, b.hi);
    return (dd){p.hi, multiply_add(a.lo, b.hi, multiply_add(a.hi, b.lo, p.lo))};
}

/* a + b for |a| >= |b.hi| or a = 0. */
HAHN_BOTH static inline dd dd_above(double a, dd b)
{
    const dd sum = fast_two_sum(a, b.hi);
    return (dd){sum.hi, sum.lo + b.lo};
}

HAHN_BOTH static inline dd dd_scale(double sign, dd a)
{
    return (dd){sign * a.hi, sign * a.lo};
}

/* a / b, to about 2^-100. */
HAHN_BOTH static inline dd dd_divide(dd a, dd b)
{
    const double inverse = 1 / b.hi, first = a.hi * inverse;
    const dd back = two_product(first, b.hi);
    const double rest = ((a.hi - back.hi) - back.lo) + multiply_add(-first, b.lo, a.lo);
    return fast_two_sum(first, rest * inverse);
}

/* 1 / sqrt(a), to about 2^-100, for a between 2^-900 and 2^900: one step of Newton's from the
   rounded root. */
HAHN_BOTH static inline dd dd_inverse_root(dd a)
{
    const double root = 1 / __builtin_sqrt(a.hi);
    const dd square = two_product(root, root), one = two_product(square.hi, a.hi);
    const double rest = (1 - one.hi) - one.lo - multiply_add(square.hi, a.lo, square.lo * a.hi);
    return fast_two_sum(root, 0.5 * root * rest);
}

#endif

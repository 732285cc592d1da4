/* The rules of descent, for one parameter: host and device share them. Whoever compiles them must
   not contract a * b + c, so that both go the same way to the last bit. */
#ifndef HAHN_CORE_UPDATE_H
#define HAHN_CORE_UPDATE_H

#include "gates/bits.h"
#include <hahn/descent.h>
#include <math.h>

/* One update of `count` parameters. What does not depend on the parameter is computed beforehand.
 */
typedef struct hahn_update {
    hahn_descent_rule rule;
    double rate, beta1, beta2, epsilon; /* beta1 is momentum's beta */
    double left1, left2;                /* 1 - beta^k */
    uint64_t count;
    double *theta;
    const double *gradient;
    double *first, *second; /* the state's vectors, as many as the rule has */
} hahn_update;

/* Vectors of state. */
static inline int hahn_update_vectors(hahn_descent_rule rule)
{
    return rule == HAHN_DESCENT_ADAM ? 2 : rule == HAHN_DESCENT_MOMENTUM;
}

HAHN_BOTH static inline void hahn_update_momentum(const hahn_update *u, uint64_t k)
{
    u->first[k] = u->beta1 * u->first[k] + u->gradient[k];
    u->theta[k] -= u->rate * u->first[k];
}

HAHN_BOTH static inline void hahn_update_adam(const hahn_update *u, uint64_t k)
{
    const double g = u->gradient[k];
    u->first[k] = u->beta1 * u->first[k] + (1 - u->beta1) * g;
    u->second[k] = u->beta2 * u->second[k] + (1 - u->beta2) * g * g;
    u->theta[k] -=
        u->rate * (u->first[k] / u->left1) / (sqrt(u->second[k] / u->left2) + u->epsilon);
}

HAHN_BOTH static inline void hahn_update_number(const hahn_update *u, uint64_t k)
{
    if (u->rule == HAHN_DESCENT_ADAM)
        hahn_update_adam(u, k);
    else if (u->rule == HAHN_DESCENT_MOMENTUM)
        hahn_update_momentum(u, k);
    else
        u->theta[k] -= u->rate * u->gradient[k];
}

#endif

/* The backend battery: every backend, in every precision and with every set of vector instructions
   that is there, against the dense reference and against itself. It needs no test library, so that
   users can run it on their own machines (`hahn selftest`). */
#ifndef HAHN_VQE_BATTERY_HEADER
#define HAHN_VQE_BATTERY_HEADER

#include <hahn/hahn.h>
#include <stdio.h>

/** Both precisions. */
#define BATTERY_ALL_PRECISIONS (-1)

struct battery_options {
    hahn_backend backend; /* HAHN_BACKEND_AUTO: every one that is available */
    int precision;        /* a hahn_precision, or BATTERY_ALL_PRECISIONS */
    int quick;            /* nonzero: fewer and smaller cases */
    uint64_t seed;        /* decides the random cases */
};

/** One way of running. */
struct battery_config {
    hahn_backend backend; /* never HAHN_BACKEND_AUTO */
    const char *isa;      /* of the CPU backend; "" for others */
    hahn_precision precision;
};

enum { BATTERY_MAX_CONFIGS = 10 };

/** List the ways of running that the options ask for and that exist here. Returns their number, at
    most BATTERY_MAX_CONFIGS. With `report`, a line goes there for each one that does not exist. */
int battery_configs(const struct battery_options *options, struct battery_config *out,
                    FILE *report);

/** Create an engine that runs in this way, and make sure that it does: HAHN_ERR_BACKEND if it says
    that it would run in another way. The caller destroys it. */
hahn_status battery_engine(const struct battery_config *config, const hahn_allocator *allocator,
                           hahn_engine **out);

/** Run all checks and write a line for each. Returns the number of failures; asking for a backend
    that is not there is one. */
int battery_run(const struct battery_options *options, FILE *report);

/* Error bounds. u is the unit roundoff, L the number of gates, N the sum of the coefficients'
   magnitudes, which bounds the observable's norm. */

/** u: 2^-53 or 2^-24. */
double battery_roundoff(hahn_precision precision);
/** 8 u sqrt(L + 1): the library's promise for the distance between states. The 1 stands for
   rounding the start state. */
double battery_state_tolerance(hahn_precision precision, double gates);
/** 2 N times the state's: |<a|O|a> - <b|O|b>| <= 2 |O| |a - b|. */
double battery_energy_tolerance(hahn_precision precision, double gates, double norm);
/** For 2 scale Im <lambda|G|psi> with |G| <= 1: both states err by the bound after the forward and
    the backward pass, lambda by N times as much. `scale` sums |scale| over a parameter's uses. */
double battery_gradient_tolerance(hahn_precision precision, double gates, double norm,
                                  double scale);

#endif

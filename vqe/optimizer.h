/* Optimisers: one table for all of them. Hahn's own descend by a rule of the library, on any number
   of parameter vectors at once; the others are NLopt's and are run by nlopt_run.c. */
#ifndef HAHN_VQE_OPTIMIZER_HEADER
#define HAHN_VQE_OPTIMIZER_HEADER

#include "spec.h"

#include <hahn/hahn.h>

/** What optimisers can be told, as in "adam:beta1=0.9". Each reads the keys of its row only. */
struct optimizer_settings {
    double beta;                  /* momentum */
    double beta1, beta2, epsilon; /* adam */
    int memory;                   /* limited-memory methods: pairs of vectors */
    double initial_step;          /* methods without gradients: first change of a parameter */
    double damping, tolerance;    /* qng: what is added to the metric; of the residual */
    int iterations;               /* qng: most of a step */
};

/** One optimiser. */
struct optimizer_row {
    struct spec_row spec;   /* name; formula or method and its source; keys */
    const char *nlopt;      /* NLopt's identifier, e.g. "LD_LBFGS"; NULL: own */
    hahn_descent_rule rule; /* own: what a step does */
    bool uses_gradient;     /* false: energies only */
    int state_vectors;      /* own: numbers of state for each parameter */
    /* Steps along the natural gradient, which is the state, and where the next one's search begins;
       that takes work vectors beside, and a workspace for tangents. */
    bool natural;
    double rate; /* own: learning rate where none is given; 0: TRAIN_RATE */
    /* NLopt's: its work space for P parameters holds at most square P (P + 8) + linear P numbers,
       and where it has the key "memory" two rows more for each pair of vectors. */
    int square, linear;
};

/** An optimiser with its settings chosen. */
struct optimizer {
    const struct optimizer_row *row;
    struct optimizer_settings settings;
};

/** Number of optimisers. */
size_t optimizer_count(void);
/** All rows. */
const struct optimizer_row *optimizer_rows(void);

/** How an optimiser of Hahn's own descends. */
hahn_descent_options optimizer_descent(const struct optimizer *optimizer, int64_t batch);

/** Read "NAME" or "NAME:key=value,...". CLI_USAGE, with what there is to choose from, for unknown
    names and keys and for values out of range; *out is then unchanged. */
bool optimizer_parse(const char *text, struct optimizer *out, struct failure *f);

/** The text that optimizer_parse reads as the same optimiser, all settings spelt out. To be freed;
    NULL if out of memory. */
char *optimizer_describe(const struct optimizer *optimizer);

/** Vectors of work that the search for a natural gradient takes. */
#define OPTIMIZER_NATURAL_WORK 3

/** Numbers (of 8 bytes) kept for `count` parameters: the state, as a checkpoint has it, or NLopt's
    work space. Saturates at UINT64_MAX. */
uint64_t optimizer_numbers(const struct optimizer *optimizer, uint64_t count);

#endif

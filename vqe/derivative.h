/* What hahn grad computes: a row for each word of --method. */
#ifndef HAHN_VQE_DERIVATIVE_HEADER
#define HAHN_VQE_DERIVATIVE_HEADER

#include "problem.h"

/** What the numbers are that come out. */
enum derivative_shape {
    SHAPE_PARAMETERS, /* one for each parameter */
    SHAPE_TERMS,      /* one for each term of the Hamiltonian */
    SHAPE_STATE,      /* an amplitude for each of the state */
    SHAPE_MATRIX,     /* a row of parameters for each parameter */
    SHAPE_JACOBIAN    /* a row of parameters for each observable */
};

/** The vector that goes in, or room for a gradient that nobody asked for. */
enum derivative_vector { VECTOR_NONE, VECTOR_ROOM, VECTOR_PARAMETERS, VECTOR_STATE };

/** What a run has at hand. */
struct derivative_job {
    hahn_workspace *workspace;
    const hahn_gradient_options *options; /* of the ways to a gradient */
    const hahn_observable *const *observables;
    int observable_count; /* of a Jacobian */
    int qubits;
    const double *theta;
    double *vector;
};

/** What comes out of it; arrays of the sizes that derivative_size tells. */
struct derivative_result {
    double *numbers;
    hahn_certificate *certificates;
    double *values;            /* of the observables */
    double energy, derivative; /* of the energy along the vector */
};

struct derivative {
    const char *kind; /* of the numbers; what JSON calls them */
    enum derivative_shape shape;
    enum derivative_vector vector;
    hahn_purpose purpose; /* of the workspace */
    bool energy;          /* tells the energy */
    bool back;            /* goes back through the circuit, so that there is an echo */
    bool side_by_side;    /* several lanes are of use */
    hahn_status (*run)(const struct derivative_job *job, struct derivative_result *result);
};

/** The words of --method, to NULL: first those of hahn_method, in its order. */
extern const char *const derivative_names[];
/** What word `index` stands for. */
const struct derivative *derivative_at(int index);
/** Is it a hahn_method? */
bool derivative_is_gradient(int index);

struct derivative_size {
    uint64_t rows, columns; /* of numbers */
    uint64_t vector;        /* numbers that go in */
    uint64_t certificates;
};

struct derivative_size derivative_size(const struct derivative *d, const struct problem *p,
                                       int observables);

#endif

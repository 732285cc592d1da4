/* The seam between the library and a backend. The reference backend fills in every entry; others
   take over what they do not do faster. A workspace runs up to `lanes` instances side by side, each
   with its own parameters; every operation is on the first `lanes` of them. */
#ifndef HAHN_CORE_BACKEND_H
#define HAHN_CORE_BACKEND_H

#include "core/program.h"
#include "core/update.h"

/* One angle moved by `delta`: what the parameter-shift rule needs. */
typedef struct hahn_shift {
    uint64_t term; /* of the program; UINT64_MAX: none */
    double delta;
} hahn_shift;

#define HAHN_NO_SHIFT ((hahn_shift){UINT64_MAX, 0})

/* States of a lane: psi; lambda, its cotangent; and for derivatives along a direction the tangents
   of both. Workspaces for states have the first, those for gradients the first two. */
typedef enum hahn_which_state { HAHN_PSI = 0, HAHN_LAMBDA, HAHN_CHI, HAHN_MU } hahn_which_state;
#define HAHN_MOST_STATES 4

/* Where lanes stand, and which way their tangents go. */
typedef struct hahn_course {
    const double *thetas;
    int64_t stride;           /* from one lane's row of thetas to the next; 0: one row for all */
    const double *directions; /* a row for each lane; NULL: lane k goes along parameter first + k */
    int64_t first;
} hahn_course;

/* What derivatives along directions need beyond the entries of hahn_backend_ops. Every operation is
   on the first `lanes` lanes of a workspace for tangents. */
typedef struct hahn_tangent_ops {
    /* Coefficients of all terms, and how fast their angles change on the way. */
    hahn_status (*bind)(hahn_workspace *ws, int64_t lanes, const hahn_course *course);
    /* Stages [first, end): psi <- U psi, chi <- U (chi - i G psi), G the sum of the stage's
       generators, each times its angle's rate. */
    hahn_status (*forward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end);
    /* Back through stages [first, end) on all four states: add the derivative along the direction
       of what `backward` adds, and undo each stage; chi and mu lose what psi and lambda brought. */
    hahn_status (*backward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                            double *products);
    /* to <- O from, O the observable of `observed`, whose qubits are the workspace's program's, or,
       where that is NULL, of each lane's entry; energies[lane] = <from|O|from>. */
    hahn_status (*observe)(hahn_workspace *ws, int64_t lanes, const hahn_program *observed,
                           hahn_which_state from, hahn_which_state to, double *energies);
    /* A lane's state <- 2^n complex numbers (double, interleaved); NULL: 0. */
    hahn_status (*assign)(hahn_workspace *ws, int64_t lane, hahn_which_state which,
                          const double *amplitudes);
    /* re[lane] + i im[lane] = <left|right>. */
    hahn_status (*inner)(hahn_workspace *ws, int64_t lanes, hahn_which_state left,
                         hahn_which_state right, double *re, double *im);
    /* to <- to + (re[lane] + i im[lane]) from. */
    hahn_status (*combine)(hahn_workspace *ws, int64_t lanes, hahn_which_state to,
                           hahn_which_state from, const double *re, const double *im);
    /* values[lane] = <psi|P|psi> of the Pauli string with the masks x and z. */
    hahn_status (*expect)(hahn_workspace *ws, int64_t lanes, uint64_t x, uint64_t z,
                          double *values);
} hahn_tangent_ops;

/* What training takes where a backend keeps its states: a block of numbers, of which host code sees
   nothing but addresses. Every operation has taken place when it returns. */
typedef struct hahn_descent_ops {
    /* Bytes that open() would allocate for `count` numbers and `batch` rows. Saturates. */
    uint64_t (*bytes)(uint64_t count, int64_t batch);
    /* descent->numbers <- descent->count zeros, or nothing on failure; and give them back. */
    hahn_status (*open)(hahn_descent *descent);
    void (*close)(hahn_descent *descent);
    /* To the block, from it, and within it; at least one number. */
    hahn_status (*load)(hahn_descent *descent, double *to, const double *from, uint64_t count);
    hahn_status (*save)(const hahn_descent *descent, double *to, const double *from,
                        uint64_t count);
    hahn_status (*copy)(hahn_descent *descent, double *to, const double *from, uint64_t count);
    /* As hahn_descent_evaluate; fills the workspace's times and `finished`. */
    hahn_status (*evaluate)(hahn_descent *descent, double *energies, double *norms,
                            hahn_certificate *certificates);
    hahn_status (*step)(hahn_descent *descent, const hahn_update *update);
} hahn_descent_ops;

struct hahn_descent {
    hahn_workspace *workspace;
    const hahn_descent_ops *ops;
    hahn_descent_options options; /* with the defaults filled in */
    bool evaluated;               /* the gradient may be stepped along */
    uint64_t count;
    double *numbers; /* the block, in which these stand: */
    double *theta, *gradient, *state, *best;
    void *storage; /* the backend's own, if it needs more */
};

typedef struct hahn_backend_ops {
    const char *name;
    /* Bytes that open() would allocate, with `kept` states kept in each lane. Saturates. */
    uint64_t (*bytes)(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                      hahn_purpose purpose, uint64_t kept);
    /* Allocate ws->storage, or nothing on failure; and give it back. */
    hahn_status (*open)(hahn_workspace *ws);
    void (*close)(hahn_workspace *ws);
    /* Keep `count` start states (double, interleaved), in place of those of before, which stay
       where there is no room; none, and NULL: |0...0>. Sets ws->start_count. */
    hahn_status (*set_starts)(hahn_workspace *ws, int64_t count, const double *amplitudes);
    /* The same with random ones: amplitude j of state k from normals 2j and 2j + 1 of the stream
       HAHN_STREAM_STARTS + k, all over their norm. */
    hahn_status (*random_starts)(hahn_workspace *ws, int64_t count, uint64_t seed);
    /* Observe by `count` programs from now on, ws->observed in what follows; 0: by the workspace's
       own. NULL where they are used as they are. */
    hahn_status (*set_observed)(hahn_workspace *ws, int64_t count, const hahn_program *observed);
    /* Coefficients of all terms from `lanes` rows of parameters. */
    hahn_status (*bind)(hahn_workspace *ws, int64_t lanes, const double *thetas, hahn_shift shift);
    /* psi <- start state of each lane's entry. */
    hahn_status (*start)(hahn_workspace *ws, int64_t lanes);
    /* psi <- stages [first, end) psi. */
    hahn_status (*forward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end);
    /* energies[lane] = <psi|O|psi>, O the observable of the lane's entry; with keep, lambda <- O
     * psi.
     */
    hahn_status (*observe)(hahn_workspace *ws, int64_t lanes, bool keep, double *energies);
    /* Back through stages [first, end): add each term's derivative to its parameters in `lanes`
       rows of gradients, and undo the stage on psi and lambda. */
    hahn_status (*backward)(hahn_workspace *ws, int64_t lanes, uint64_t first, uint64_t end,
                            double *gradients);
    /* Kept state `slot` of each lane <- psi. */
    hahn_status (*keep)(hahn_workspace *ws, int64_t lanes, uint64_t slot);
    /* distances[lane] = || psi - kept state || unless `distances` is NULL; psi <- kept state
     * `slot`. */
    hahn_status (*recall)(hahn_workspace *ws, int64_t lanes, uint64_t slot, double *distances);
    /* || psi - start || and Re <lambda|psi>. */
    hahn_status (*certify)(hahn_workspace *ws, int64_t lanes, hahn_certificate *certificates);
    /* From bound parameters to energies, and unless certificates is NULL to gradients (added) and
       certificates, as start, forward, observe, backward and certify would, in one go; adds to
       ws->times. For workspaces of which open() said at_once. */
    hahn_status (*evaluate)(hahn_workspace *ws, int64_t lanes, double *energies, double *gradients,
                            hahn_certificate *certificates);
    /* Two states of all lanes change names. */
    hahn_status (*swap)(hahn_workspace *ws, hahn_which_state left, hahn_which_state right);
    /* <left_a|right_b> of the first `rows` and `columns` lanes: two numbers at 2 * (a * stride +
       b). Where left is right, those of b < a are left out. */
    hahn_status (*overlaps)(hahn_workspace *ws, hahn_which_state left, int64_t rows,
                            hahn_which_state right, int64_t columns, double *matrix,
                            int64_t stride);
    /* A lane's state as double, interleaved. */
    hahn_status (*read)(const hahn_workspace *ws, hahn_which_state which, int64_t lane,
                        double *amplitudes);
    /* Outcomes of `shots` measurements of lane 0's psi, which is used up, by uniforms of the stream
       HAHN_STREAM_SHOTS. */
    hahn_status (*sample)(hahn_workspace *ws, uint64_t seed, int64_t shots, uint64_t *outcomes);
    const hahn_tangent_ops *tangent;
    const hahn_descent_ops *descent; /* NULL: parameters are trained in the host's memory */
} hahn_backend_ops;

struct hahn_workspace {
    hahn_engine *engine;
    const hahn_program *program;
    const hahn_backend_ops *ops;
    hahn_purpose purpose;
    hahn_precision precision;
    int threads;
    int64_t lanes;
    uint64_t segments; /* at least 1 */
    uint64_t kept;     /* states in each lane, for segments (one less than there are) or replay */
    uint64_t units;    /* of replay, see core/replay.h; 0: none */
    int64_t finished;  /* lanes whose adjoint state may be read */
    /* Of the batch that runs: lane k has entry first_entry + k * entry_step. */
    int64_t first_entry, entry_step;
    int64_t start_count; /* start states, which entries take in turn; 0: all begin with |0...0> */
    /* Observables, which entries take in turn, as programs that are like the workspace's but for
       theirs; 0: all have the program's. */
    int64_t observed_count;
    hahn_program *observed;
    void *storage; /* the backend's own */
    bool at_once;  /* the backend may be asked to evaluate */
    /* One for each lane: results of callers who do not ask for them, and echo errors of segments.
     */
    uint64_t result_bytes;
    hahn_certificate *certificates;
    double *energies, *echoes, *distances;
    uint64_t *ends;      /* of each segment: one past its last stage */
    uint64_t *unit_ends; /* of each unit, likewise */
    uint64_t *marks;     /* units before each kept state, ascending; the first `marked` are held */
    uint64_t marked;
    double *probes; /* a row of parameters for each lane, or NULL */
    hahn_times times;
};

const hahn_backend_ops *hahn_reference_backend(void);
const hahn_backend_ops *hahn_cpu_backend(void);
/* NULL where it was not built. */
const hahn_backend_ops *hahn_cuda_backend(void);
/* The table of the backend that the engine runs. */
const hahn_backend_ops *hahn_backend_of(const hahn_engine *engine);

/* Check `batch` rows of parameters: pointers, counts, finite numbers. All lanes have entry 0 then.
 */
hahn_status hahn_check_run(hahn_workspace *ws, int64_t batch, const double *thetas);

/* Lanes for the rest of a batch. */
static inline int64_t hahn_lanes_for(const hahn_workspace *ws, int64_t rest)
{
    return rest < ws->lanes ? rest : ws->lanes;
}

/* Give the lanes the entries of a batch from `first` on, one each; returns how many. */
static inline int64_t hahn_take_entries(hahn_workspace *ws, int64_t first, int64_t batch)
{
    ws->first_entry = first;
    ws->entry_step = 1;
    return hahn_lanes_for(ws, batch - first);
}

/* Give all lanes one entry, of which they run variants. */
static inline void hahn_take_entry(hahn_workspace *ws, int64_t entry)
{
    ws->first_entry = entry;
    ws->entry_step = 0;
}

/* Which of `count` things that entries take in turn is that of a lane. */
static inline int64_t hahn_turn_of(const hahn_workspace *ws, int64_t lane, int64_t count)
{
    return (ws->first_entry + lane * ws->entry_step) % count;
}

/* The program whose observable a lane's entry is measured with. */
static inline const hahn_program *hahn_observed_of(const hahn_workspace *ws, int64_t lane)
{
    return ws->observed_count ? &ws->observed[hahn_turn_of(ws, lane, ws->observed_count)]
                              : ws->program;
}

static inline bool hahn_has_observable(const hahn_workspace *ws)
{
    return ws->observed_count || ws->program->has_observable;
}

/* HAHN_OK where energies can be had. */
hahn_status hahn_check_observable(hahn_workspace *ws);
/* HAHN_OK where the workspace is for `least` or more. */
hahn_status hahn_check_purpose(hahn_workspace *ws, hahn_purpose least);
/* Check `count` observables: pointers, and qubits. */
hahn_status hahn_check_observables(hahn_workspace *ws, int64_t count,
                                   const hahn_observable *const *observables);
/* The workspace's program but for its observable; and release what is its own. */
hahn_status hahn_observed_build(hahn_workspace *ws, const hahn_observable *observable,
                                hahn_program *out);
void hahn_observed_release(hahn_engine *engine, hahn_program *observed);
/* Release those of a workspace that is destroyed. */
void hahn_observed_close(hahn_workspace *ws);

/* Run the circuit on `lanes` rows of parameters: psi is the final state. Adds to ws->times. */
hahn_status hahn_run_circuit(hahn_workspace *ws, int64_t lanes, const double *thetas,
                             hahn_shift shift);
/* And observe it. */
hahn_status hahn_run_energies(hahn_workspace *ws, int64_t lanes, const double *thetas,
                              hahn_shift shift, double *energies);

/* Row `row` of a matrix of numbers; a matrix without columns may be NULL. */
static inline const double *hahn_row(const double *rows, int64_t row, int64_t columns)
{
    return columns ? rows + row * columns : rows;
}

/* The status and message of an angle that is not finite. */
hahn_status hahn_fail_angle(hahn_engine *engine);

/* Seconds of a monotonic clock. */
double hahn_seconds(void);

#endif

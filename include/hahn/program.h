/* Programs: a circuit and an observable, compiled once; and workspaces, in which they run. */
#ifndef HAHN_PROGRAM_HEADER
#define HAHN_PROGRAM_HEADER

#include <hahn/observable.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Compiled, immutable. May be run from several threads at once, each with an engine and a
    workspace of its own. */
typedef struct hahn_program hahn_program;
/** The states and coefficient tables of a run. Running allocates nothing. */
typedef struct hahn_workspace hahn_workspace;

/** Compile. `observable` may be NULL for programs that only make states; it must have as many
    qubits as the circuit. Neither is needed afterwards. */
HAHN_API hahn_status hahn_program_create(hahn_engine *engine, const hahn_circuit *circuit,
                                         const hahn_observable *observable, hahn_program **out);
/** Destroy a program, after its workspaces. NULL is fine. */
HAHN_API void hahn_program_destroy(hahn_program *program);

typedef struct hahn_program_info {
    int qubits;
    int64_t parameters;
    int64_t gates;              /* of the circuit */
    int64_t primitives;         /* after lowering */
    int64_t terms;              /* rotations left after those of one mask were joined */
    int64_t stages;             /* all of them, and by kind: */
    int64_t diagonal_stages;    /* D */
    int64_t rotation_stages;    /* R */
    int64_t permutation_stages; /* P */
    int64_t matrix_stages;      /* M */
    int64_t sweeps;             /* walks over a state too large for a tile, in one forward pass */
    int tile_qubits;            /* of a tile; all of the qubits where the state is one */
    int64_t observable_terms;   /* after equal strings were joined */
    int64_t observable_groups;  /* distinct X masks, each one pass */
    uint64_t program_bytes;
    /* What one parameter vector takes on the cpu backend, counted and not measured: operations on
       real numbers (multiplications, additions, and multiply-adds, each one), and times that a
       state is read or written, hahn_workspace_info.state_bytes each. For a gradient, its energy
       and certificate are in it. Without an observable energies are final states, and gradients 0.
       What is counted: docs/architecture.md, "What a run takes". */
    double energy_operations, gradient_operations;
    int64_t energy_passes, gradient_passes;
} hahn_program_info;

/** Fill *info. */
HAHN_API hahn_status hahn_program_describe(const hahn_program *program, hahn_program_info *info);

/** What a workspace is for. */
typedef enum hahn_purpose {
    HAHN_FOR_ALL = 0,  /* as for gradients if the program has an observable, else for states */
    HAHN_FOR_STATE,    /* final states, energies, samples, shift gradients: one state */
    HAHN_FOR_GRADIENT, /* adjoint gradients too: two states */
    HAHN_FOR_TANGENT   /* and derivatives along directions, hahn/derivative.h: four states. Asks for
                          no   observable, but what is about energies does */
} hahn_purpose;

/** How a workspace is made. All zero, or NULL in place of it, is the default. */
typedef struct hahn_workspace_options {
    /* How many instances run side by side, up to 2^40; 0: as many as the engine has threads on a
       CPU, and one where states are so large that threads share them. Batches of any size run in
       any workspace, `lanes` at a time; results do not depend on it. */
    int64_t lanes;
    hahn_purpose purpose;
    /* 0: none, else bounds the echo error of adjoint gradients. Where
       hahn_workspace_info.echo_bound would pass it, the circuit is cut into segments, at whose
       boundaries the state is kept: the backward pass of each goes back to a kept state. Costs one
       state for each lane and boundary. HAHN_ERR_ARGUMENT, with the least that can be had, if one
       stage alone may pass it. */
    double echo_tolerance;
    /* States that each lane keeps for the methods tape (HAHN_EVERY_STATE) and checkpoint; 0: none.
       More than tape needs are not made. hahn_method_options fills it in. */
    int64_t kept_states;
    /* 1: a copy of the parameters for each lane, which finite-difference and spsa move. */
    int probes;
} hahn_workspace_options;

/** All that method tape may use. */
#define HAHN_EVERY_STATE INT64_C(-1)

/** What a workspace would be, known before anything is allocated. */
typedef struct hahn_workspace_info {
    int64_t lanes;
    int64_t segments; /* of the backward pass; 1 unless echo_tolerance asks for more */
    /* What echo errors should stay within: 8 u sqrt(2 L), u the unit roundoff, L the number of
       rotations and matrices in the circuit, or in the largest segment; docs/theory.md, section 8.
     */
    double echo_bound;
    int64_t kept_states; /* that each lane keeps for tape and checkpoint, and for its segments */
    /* Ranges of stages that those methods take back at a time, at most two with parameters in each;
       and how many of them run forward for one gradient by checkpoint with so many states: `units`
       are the circuit once, the rest is recomputation, the least there can be. 0 without
       kept_states. */
    int64_t units, replayed_units;
    uint64_t state_bytes; /* one state in the engine's precision */
    uint64_t bytes;       /* all that hahn_workspace_create allocates; saturates at UINT64_MAX */
} hahn_workspace_info;

/** Fill *info for the workspace that hahn_workspace_create would make with these options (NULL: the
    defaults); fails where that would for another reason than memory. */
HAHN_API hahn_status hahn_workspace_describe(hahn_engine *engine, const hahn_program *program,
                                             const hahn_workspace_options *options,
                                             hahn_workspace_info *info);
/** The `bytes` of hahn_workspace_describe alone, or 0 where that fails. */
HAHN_API uint64_t hahn_workspace_bytes(hahn_engine *engine, const hahn_program *program,
                                       const hahn_workspace_options *options);

/** Create a workspace; `options` may be NULL. It keeps the precision, threads and backend that the
    engine has now. HAHN_ERR_MEMORY tells the bytes needed, allowed and missing. */
HAHN_API hahn_status hahn_workspace_create(hahn_engine *engine, const hahn_program *program,
                                           const hahn_workspace_options *options,
                                           hahn_workspace **out);
/** Destroy a workspace. NULL is fine. */
HAHN_API void hahn_workspace_destroy(hahn_workspace *workspace);

/** Start from these states in place of |0...0>: count rows of 2^n complex numbers, interleaved,
    copied, each of norm 1 to 1e-10 (f32: 1e-5). Entries of a batch take them in turn, whatever the
    lanes: entry k starts from row k mod count, and so do all runs that its derivatives take. Calls
    for one parameter vector start from row 0. NULL goes back to |0...0>. Needs as many more states
    of memory; on HAHN_ERR_MEMORY the workspace starts as before. */
HAHN_API hahn_status hahn_workspace_set_starts(hahn_workspace *workspace, int64_t count,
                                               const double *amplitudes);
/** The same with one state, from which all entries start. */
HAHN_API hahn_status hahn_workspace_set_start(hahn_workspace *workspace, const double *amplitudes);

/** Start from `count` random states, which entries take in turn as above: complex normal numbers
    over their norm, so that no direction is preferred (Haar measure). State k depends on the seed
    and k alone; backends and precisions differ by rounding. Needs as many more states of memory. */
HAHN_API hahn_status hahn_workspace_random_starts(hahn_workspace *workspace, int64_t count,
                                                  uint64_t seed);

/** Measure with these observables in place of the program's: count of them, on as many qubits as
    the program has, compiled now and not needed afterwards. Entries of a batch take them in turn as
    they do start states: energies and their derivatives of entry k are of observable k mod count,
    those of calls for one parameter vector of observable 0; so M start states and count observables
    without a common divisor meet in all pairs in a batch of M * count. NULL goes back to the
    program's. What reads the program's terms does not change: hahn_coefficient_gradient and
    hahn_sampler. HAHN_ERR_QUBIT, or HAHN_ERR_MEMORY; the workspace measures as before then. */
HAHN_API hahn_status hahn_workspace_set_observables(hahn_workspace *workspace, int64_t count,
                                                    const hahn_observable *const *observables);

/** Energies <psi|O|psi> of `batch` parameter vectors: thetas holds batch rows of `parameters`
    numbers, energies gets batch numbers. HAHN_ERR_PARAMETER if one is not finite. */
HAHN_API hahn_status hahn_energy(hahn_workspace *workspace, int64_t batch, const double *thetas,
                                 double *energies);

/** Final states: batch rows of 2^n complex numbers, interleaved, amplitude 0 first. */
HAHN_API hahn_status hahn_final_state(hahn_workspace *workspace, int64_t batch,
                                      const double *thetas, double *amplitudes);

/** Overlaps of final states: matrix[a][b] = <psi_a|psi_b> of entries a and b of the batch, batch
   rows of batch complex numbers, interleaved; Hermitian bit by bit, with a real diagonal. Their
   squared magnitudes are the matrix of a quantum kernel. A batch that the lanes hold makes each
   state once. A larger one needs a workspace for gradients (HAHN_ERR_ARGUMENT otherwise), and makes
   each state some batch / (2 lanes) times. The cuda backend takes cuBLAS, which is looked for at
   the first call, HAHN_ERR_BACKEND if it cannot be loaded, and takes memory of its own; its
   rounding may depend on the lanes. */
HAHN_API hahn_status hahn_overlaps(hahn_workspace *workspace, int64_t batch, const double *thetas,
                                   double *matrix);

/** Measure all qubits `shots` times in the computational basis: shots indices of amplitudes.
    Shot k depends on the state, the seed and k alone. */
HAHN_API hahn_status hahn_sample(hahn_workspace *workspace, const double *theta, uint64_t seed,
                                 int64_t shots, uint64_t *outcomes);

/** Seconds (wall) the last energy or gradient call spent, over the whole batch. */
typedef struct hahn_times {
    double bind, forward, observable, backward, total;
} hahn_times;

HAHN_API hahn_times hahn_workspace_times(const hahn_workspace *workspace);

#ifdef __cplusplus
}
#endif
#endif

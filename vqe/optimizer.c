#include "optimizer.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(field) offsetof(struct optimizer_settings, field)
/* Decays stay below 1: at 1 nothing would ever change. */
#define DECAY_MAX    0.999999999

static const struct optimizer_settings defaults = {.beta = 0.9,
                                                   .beta1 = 0.9,
                                                   .beta2 = 0.999,
                                                   .epsilon = 1e-8,
                                                   .memory = 10,
                                                   .initial_step = 0.1,
                                                   .damping = 1e-3,
                                                   .tolerance = 1e-2,
                                                   .iterations = 20};

static const struct option_row no_keys[] = {{0}};
static const struct option_row momentum_keys[] = {
    {.name = "beta",
     .argument = "beta=B",
     .help = "Share of the last velocity that is kept.",
     .standard = "0.9",
     .read = option_real,
     .offset = FIELD(beta),
     .high = DECAY_MAX},
    {0},
};
static const struct option_row adam_keys[] = {
    {.name = "beta1",
     .argument = "beta1=B",
     .help = "Decay of the mean gradient.",
     .standard = "0.9",
     .read = option_real,
     .offset = FIELD(beta1),
     .high = DECAY_MAX},
    {.name = "beta2",
     .argument = "beta2=B",
     .help = "Decay of the mean square gradient.",
     .standard = "0.999",
     .read = option_real,
     .offset = FIELD(beta2),
     .high = DECAY_MAX},
    {.name = "epsilon",
     .argument = "epsilon=E",
     .help = "Added to the root mean square.",
     .standard = "1e-8",
     .read = option_real,
     .offset = FIELD(epsilon),
     .high = 1},
    {0},
};
static const struct option_row natural_keys[] = {
    {.name = "damping",
     .argument = "damping=D",
     .help = "Added to the diagonal of the metric.",
     .standard = "1e-3",
     .read = option_real,
     .offset = FIELD(damping),
     .high = 1e300},
    {.name = "iterations",
     .argument = "iterations=N",
     .help = "Most conjugate-gradient iterations of a step.",
     .standard = "20",
     .read = option_int,
     .offset = FIELD(iterations),
     .low = 1,
     .high = 1e9},
    {.name = "tolerance",
     .argument = "tolerance=T",
     .help = "Iterations end where the residual is T times the gradient.",
     .standard = "0.01",
     .read = option_real,
     .offset = FIELD(tolerance),
     .high = 1},
    {0},
};
static const struct option_row memory_keys[] = {
    {.name = "memory",
     .argument = "memory=M",
     .help = "Pairs of vectors kept.",
     .standard = "10",
     .read = option_int,
     .offset = FIELD(memory),
     .low = 1,
     .high = 1000},
    {0},
};
static const struct option_row step_keys[] = {
    {.name = "initial-step",
     .argument = "initial-step=S",
     .help = "First change of each parameter.",
     .standard = "0.1",
     .read = option_real,
     .offset = FIELD(initial_step),
     .low = 1e-9,
     .high = 1e9},
    {0},
};

/* NLopt's work space is read off its sources (2.7), lower terms rounded up. */
static const struct optimizer_row rows[] = {
    {.spec = {"gd", "gradient descent: theta -= lr g", no_keys},
     .rule = HAHN_DESCENT_PLAIN,
     .uses_gradient = true},
    {.spec = {"momentum",
              "heavy ball: v = beta v + g, theta -= lr v (Polyak, USSR Comput. Math. Math. Phys. 4 "
              "(1964) 1)",
              momentum_keys},
     .rule = HAHN_DESCENT_MOMENTUM,
     .uses_gradient = true,
     .state_vectors = 1},
    {.spec = {"adam",
              "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, theta -= lr (m / (1 - "
              "beta1^k)) / (sqrt(v / (1 - beta2^k)) + epsilon) (Kingma and Ba, arXiv:1412.6980)",
              adam_keys},
     .rule = HAHN_DESCENT_ADAM,
     .uses_gradient = true,
     .state_vectors = 2},
    {.spec =
         {"qng",
          "natural gradient: theta -= lr x, (F/4 + damping) x = g, F/4 the Fubini-Study metric, by "
          "conjugate gradients (Stokes et al., arXiv:1909.02108)",
          natural_keys},
     .rule = HAHN_DESCENT_PLAIN,
     .uses_gradient = true,
     .state_vectors = 1,
     .natural = true,
     .rate = 0.03},
    {.spec = {"lbfgs", "limited-memory BFGS (Liu and Nocedal, Math. Program. 45 (1989) 503); NLopt",
              memory_keys},
     .nlopt = "LD_LBFGS",
     .uses_gradient = true,
     .linear = 16},
    {.spec = {"var2",
              "limited-memory variable metric of rank 2 (Vlcek and Luksan, J. Comput. Appl. Math. "
              "186 (2006) 365); NLopt",
              memory_keys},
     .nlopt = "LD_VAR2",
     .uses_gradient = true,
     .linear = 16},
    {.spec = {"tnewton",
              "truncated Newton, preconditioned, with restarts (Dembo and Steihaug, Math. Program. "
              "26 (1983) 190); NLopt",
              memory_keys},
     .nlopt = "LD_TNEWTON_PRECOND_RESTART",
     .uses_gradient = true,
     .linear = 16},
    {.spec = {"ccsaq",
              "conservative convex separable approximation (Svanberg, SIAM J. Optim. 12 (2002) "
              "555); NLopt",
              no_keys},
     .nlopt = "LD_CCSAQ",
     .uses_gradient = true,
     .linear = 16},
    {.spec =
         {"slsqp",
          "sequential quadratic programming (Kraft, ACM Trans. Math. Softw. 20 (1994) 262); NLopt",
          no_keys},
     .nlopt = "LD_SLSQP",
     .uses_gradient = true,
     .square = 9,
     .linear = 32},
    {.spec = {"neldermead",
              "simplex, no gradients (Nelder and Mead, Comput. J. 7 (1965) 308); NLopt", step_keys},
     .nlopt = "LN_NELDERMEAD",
     .square = 1,
     .linear = 16},
    {.spec =
         {"sbplx",
          "simplex on subspaces, no gradients (Rowan, thesis, University of Texas, 1990); NLopt",
          step_keys},
     .nlopt = "LN_SBPLX",
     .linear = 32},
    {.spec = {"cobyla",
              "linear approximation, no gradients (Powell, in Advances in Optimization and "
              "Numerical Analysis, Kluwer, 1994, 51); NLopt",
              step_keys},
     .nlopt = "LN_COBYLA",
     .square = 3,
     .linear = 32},
    {.spec = {"bobyqa",
              "quadratic approximation, no gradients (Powell, report DAMTP 2009/NA06); NLopt",
              step_keys},
     .nlopt = "LN_BOBYQA",
     .square = 8,
     .linear = 32},
    {.spec = {"newuoa",
              "quadratic approximation, no gradients (Powell, report DAMTP 2004/NA05); NLopt",
              step_keys},
     .nlopt = "LN_NEWUOA",
     .square = 8,
     .linear = 32},
    {.spec = {"praxis",
              "principal axes, no gradients (Brent, Algorithms for Minimization without "
              "Derivatives, Prentice-Hall, 1973); NLopt",
              step_keys},
     .nlopt = "LN_PRAXIS",
     .square = 2,
     .linear = 16},
};

size_t optimizer_count(void)
{
    return sizeof rows / sizeof *rows;
}

const struct optimizer_row *optimizer_rows(void)
{
    return rows;
}

hahn_descent_options optimizer_descent(const struct optimizer *optimizer, int64_t batch)
{
    const struct optimizer_settings *s = &optimizer->settings;
    return (hahn_descent_options){.rule = optimizer->row->rule,
                                  .batch = batch,
                                  .beta = s->beta,
                                  .beta1 = s->beta1,
                                  .beta2 = s->beta2,
                                  .epsilon = s->epsilon};
}

bool optimizer_parse(const char *text, struct optimizer *out, struct failure *f)
{
    struct optimizer_settings settings = defaults;
    char *storage = malloc(strlen(text) + 1);
    size_t index;
    bool done;

    if (!storage)
        return fail(f, CLI_FAILED, "out of memory reading \"%s\"", text);
    done = spec_parse("optimizer", text, rows, optimizer_count(), sizeof *rows, &settings, storage,
                      &index, f);
    free(storage); /* no optimiser has a key whose value is text */
    if (done)
        *out = (struct optimizer){&rows[index], settings};
    return done;
}

char *optimizer_describe(const struct optimizer *optimizer)
{
    return spec_describe(&optimizer->row->spec, &optimizer->settings);
}

static uint64_t saturating_product(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

uint64_t optimizer_numbers(const struct optimizer *optimizer, uint64_t count)
{
    const struct optimizer_row *row = optimizer->row;
    uint64_t vectors = (uint64_t)(row->state_vectors + row->linear);

    if (row->spec.keys == memory_keys)
        vectors += 2 * (uint64_t)optimizer->settings.memory;
    if (row->square) {
        uint64_t square = saturating_product((uint64_t)row->square, count + 8);
        vectors = square > UINT64_MAX - vectors ? UINT64_MAX : vectors + square;
    }
    return saturating_product(vectors, count);
}

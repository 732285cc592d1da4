#include "hamiltonian.h"

#include "fileio.h"
#include "graph.h"
#include "spec.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_QUBITS 10

/* The keys of all of them; each row names those it has. */
struct settings {
    double j, delta, h;
    int periodic, width, height; /* 0: not given */
    int regular;                 /* 0: not given */
    uint64_t seed;
    const char *file;
};

static const struct settings defaults = {
    .j = 1.0, .delta = 1.0, .h = 1.0, .periodic = 1, .seed = 1};

static const char *const boundaries[] = {"open", "periodic", NULL};

#define FIELD(name) offsetof(struct settings, name)

static const char graph_help[] =
    "A file with \"a b\" or \"a b weight\" a line, vertices counted from 0. Must stand last.";

/* clang-format off */
/* The keys of every lattice, and the end of the row. */
#define LATTICE_KEYS \
    {"boundary", 0, "boundary=periodic|open", "Whether the last site is joined to the first.", \
     "periodic", option_choice, FIELD(periodic), .choices = boundaries}, \
    {"width", 0, "width=N", "Sites in a row; site (i, j) is qubit i + width*j.", \
     "the number of qubits", option_int, FIELD(width), .low = 1, .high = HAHN_MAX_QUBITS}, \
    {"height", 0, "height=N", "Rows of a square lattice; 1 is a chain.", "1", \
     option_int, FIELD(height), .low = 1, .high = HAHN_MAX_QUBITS}, \
    OPTION_END

#define REAL_KEY(key, help) \
    {#key, 0, #key "=NUMBER", help, "1", option_real, FIELD(key), NO_LIMITS}
/* clang-format on */

static const struct option_row heisenberg_keys[] = {REAL_KEY(j, "Coupling."), LATTICE_KEYS};

static const struct option_row xxz_keys[] = {
    REAL_KEY(j, "Coupling."), REAL_KEY(delta, "Anisotropy: weight of ZZ."), LATTICE_KEYS};

static const struct option_row ising_keys[] = {REAL_KEY(j, "Coupling of ZZ."),
                                               REAL_KEY(h, "Transverse field."), LATTICE_KEYS};

static const struct option_row maxcut_keys[] = {
    {"regular", 0, "regular=D", "A random graph whose vertices have D neighbours each.", NULL,
     option_int, FIELD(regular), .low = 1, .high = HAHN_MAX_QUBITS - 1},
    {"seed", 0, "seed=N", "Seed of the random graph.", "1", option_uint64, FIELD(seed), NO_LIMITS},
    {"file", 0, "file=EDGES", graph_help, NULL, option_text, FIELD(file), NO_LIMITS},
    OPTION_END};

/* -- lattices --------------------------------------------------------------------------------- */

/* What of width and height is not given follows from the number of qubits (0: not given either). */
static void complete_lattice(struct settings *s, int64_t qubits)
{
    if (s->width == 0 && s->height == 0) {
        s->width = qubits ? (int)qubits : DEFAULT_QUBITS;
        s->height = 1;
    } else if (s->height == 0) {
        s->height = qubits ? (int)qubits / s->width : 1;
    } else if (s->width == 0) {
        s->width = qubits ? (int)qubits / s->height : 1;
    }
}

static bool settle_lattice(struct settings *s, int64_t qubits, struct failure *f)
{
    int64_t sites;
    complete_lattice(s, qubits);
    sites = (int64_t)s->width * s->height;
    if (qubits && sites != qubits)
        return fail(
            f, CLI_USAGE,
            "a lattice of %d x %d has %lld sites, but --qubits is %lld; let width*height be "
            "the number of qubits",
            s->width, s->height, (long long)sites, (long long)qubits);
    if (sites > HAHN_MAX_QUBITS)
        return fail(f, CLI_USAGE, "a lattice of %d x %d has %lld sites; at most %d are possible",
                    s->width, s->height, (long long)sites, HAHN_MAX_QUBITS);
    return true;
}

static hahn_lattice lattice_of(const struct settings *s)
{
    hahn_lattice lattice = {s->width, s->height, s->periodic};
    return lattice;
}

static bool build_heisenberg(hahn_engine *engine, struct settings *s, int64_t qubits,
                             hahn_observable **out, struct failure *f)
{
    hahn_status status;
    if (!settle_lattice(s, qubits, f))
        return false;
    status = hahn_observable_heisenberg(engine, lattice_of(s), s->j, out);
    return status == HAHN_OK || fail_engine(f, status, engine, "heisenberg");
}

static bool build_xxz(hahn_engine *engine, struct settings *s, int64_t qubits,
                      hahn_observable **out, struct failure *f)
{
    hahn_status status;
    if (!settle_lattice(s, qubits, f))
        return false;
    status = hahn_observable_xxz(engine, lattice_of(s), s->j, s->delta, out);
    return status == HAHN_OK || fail_engine(f, status, engine, "xxz");
}

static bool build_ising(hahn_engine *engine, struct settings *s, int64_t qubits,
                        hahn_observable **out, struct failure *f)
{
    hahn_status status;
    if (!settle_lattice(s, qubits, f))
        return false;
    status = hahn_observable_ising(engine, lattice_of(s), s->j, s->h, out);
    return status == HAHN_OK || fail_engine(f, status, engine, "ising");
}

/* -- graphs ----------------------------------------------------------------------------------- */

static bool build_maxcut(hahn_engine *engine, struct settings *s, int64_t qubits,
                         hahn_observable **out, struct failure *f)
{
    struct graph graph;
    hahn_status status;
    bool done;

    if ((s->file != NULL) == (s->regular != 0))
        return fail(f, CLI_USAGE, "maxcut needs a graph, either file=EDGES or regular=D");
    done = s->file
               ? graph_read(s->file, qubits, &graph, f)
               : graph_regular(qubits ? qubits : DEFAULT_QUBITS, s->regular, s->seed, &graph, f);
    if (!done)
        return false;
    status =
        hahn_observable_maxcut(engine, graph.vertices, graph.edges, graph.ends, graph.weights, out);
    graph_free(&graph);
    return status == HAHN_OK || fail_engine(f, status, engine, "maxcut");
}

/* -- the table -------------------------------------------------------------------------------- */

struct hamiltonian_row {
    struct spec_row spec;
    bool (*build)(hahn_engine *engine, struct settings *s, int64_t qubits, hahn_observable **out,
                  struct failure *f);
};

static const struct hamiltonian_row table[] = {
    {{"heisenberg", "j (XX + YY + ZZ) on each bond", heisenberg_keys}, build_heisenberg},
    {{"xxz", "j (XX + YY + delta ZZ) on each bond", xxz_keys}, build_xxz},
    {{"ising", "-j ZZ on each bond, -h X on each site", ising_keys}, build_ising},
    {{"maxcut", "weight (ZZ - 1)/2 on each edge: minus the weight of the cut", maxcut_keys},
     build_maxcut},
};

#define ROWS (sizeof table / sizeof table[0])

bool hamiltonian_create(hahn_engine *engine, const char *text, int64_t qubits,
                        hahn_observable **out, char **description, struct failure *f)
{
    struct settings settings = defaults;
    char *storage = malloc(strlen(text) + 1);
    size_t index;
    bool done;

    if (!storage)
        return fail(f, CLI_FAILED, "out of memory");
    done = spec_parse("Hamiltonian", text, table, ROWS, sizeof table[0], &settings, storage, &index,
                      f) &&
           table[index].build(engine, &settings, qubits, out, f);
    if (done) {
        *description = spec_describe(&table[index].spec, &settings);
        done = *description || fail(f, CLI_FAILED, "out of memory");
    } else {
        fail_prefix(f, "--hamiltonian");
    }
    free(storage);
    return done;
}

bool hamiltonian_read(hahn_engine *engine, const char *path, int64_t qubits, hahn_observable **out,
                      struct failure *f)
{
    char *text;
    size_t length;
    hahn_status status;

    if (!file_read(path, (size_t)1 << 30, &text, &length, f))
        return false;
    status = hahn_observable_parse(engine, text, length, (int)qubits, path, out);
    free(text);
    return status == HAHN_OK || fail_engine(f, status, engine, NULL);
}

void hamiltonian_list(FILE *out)
{
    spec_list(out, table, ROWS, sizeof table[0]);
}

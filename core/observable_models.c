/* Hamiltonians of the field: lattices of spins, and cuts of graphs. */
#include "core/circuit.h"
#include "core/observable.h"

#include <inttypes.h>

/* What a model puts on a bond (a, b), and on a site: at most three coefficients each. */
typedef struct model {
    double xx, yy, zz; /* on bonds */
    double x;          /* on sites */
} model;

static hahn_status add_bond(hahn_observable *o, const model *m, int a, int b)
{
    const uint64_t bond = hahn_bit(a) | hahn_bit(b);
    hahn_status status = HAHN_OK;
    if (m->xx != 0)
        status = hahn_observable_add_masks(o, m->xx, bond, 0);
    if (status == HAHN_OK && m->yy != 0)
        status = hahn_observable_add_masks(o, m->yy, bond, bond);
    if (status == HAHN_OK && m->zz != 0)
        status = hahn_observable_add_masks(o, m->zz, 0, bond);
    return status;
}

/* The bonds of one site to its right and upper neighbours, and its field. */
static hahn_status add_site(hahn_observable *o, const model *m, hahn_lattice l, int i, int j)
{
    const int site = i + l.width * j;
    hahn_status status = HAHN_OK;
    if (l.width > 1 && (i + 1 < l.width || l.periodic))
        status = add_bond(o, m, site, (i + 1) % l.width + l.width * j);
    if (status == HAHN_OK && l.height > 1 && (j + 1 < l.height || l.periodic))
        status = add_bond(o, m, site, i + l.width * ((j + 1) % l.height));
    if (status == HAHN_OK && m->x != 0)
        status = hahn_observable_add_masks(o, m->x, hahn_bit(site), 0);
    return status;
}

static hahn_status build(hahn_engine *engine, hahn_lattice l, const model *m, hahn_observable **out)
{
    hahn_observable *made;
    if (!engine || !out)
        return HAHN_ERR_ARGUMENT;
    if (l.width < 1 || l.height < 1 || l.width > HAHN_MAX_QUBITS || l.height > HAHN_MAX_QUBITS ||
        l.width * l.height < 2 || l.width * l.height > HAHN_MAX_QUBITS)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT,
                         "a lattice of %d x %d sites is out of range: use 2 to %d sites", l.width,
                         l.height, HAHN_MAX_QUBITS);
    hahn_status status = hahn_observable_create(engine, l.width * l.height, &made);
    if (status != HAHN_OK)
        return status;
    for (int site = 0; site < l.width * l.height && status == HAHN_OK; site++)
        status = add_site(made, m, l, site % l.width, site / l.width);
    if (status == HAHN_OK)
        *out = made;
    else
        hahn_observable_destroy(made);
    return status;
}

hahn_status hahn_observable_heisenberg(hahn_engine *engine, hahn_lattice lattice, double j,
                                       hahn_observable **out)
{
    return build(engine, lattice, &(model){.xx = j, .yy = j, .zz = j}, out);
}

hahn_status hahn_observable_xxz(hahn_engine *engine, hahn_lattice lattice, double j, double delta,
                                hahn_observable **out)
{
    return build(engine, lattice, &(model){.xx = j, .yy = j, .zz = j * delta}, out);
}

hahn_status hahn_observable_ising(hahn_engine *engine, hahn_lattice lattice, double j, double h,
                                  hahn_observable **out)
{
    return build(engine, lattice, &(model){.zz = -j, .x = -h}, out);
}

static hahn_status add_edge(hahn_observable *o, int64_t edge, int a, int b, double weight)
{
    const int n = o->qubits;
    if (a < 0 || a >= n || b < 0 || b >= n || a == b)
        return hahn_fail(o->engine, HAHN_ERR_QUBIT,
                         "edge %" PRId64 " (%d, %d): use two different vertices, 0 to %d", edge, a,
                         b, n - 1);
    hahn_status status = hahn_observable_add_masks(o, weight / 2, 0, hahn_bit(a) | hahn_bit(b));
    return status == HAHN_OK ? hahn_observable_add_masks(o, -weight / 2, 0, 0) : status;
}

hahn_status hahn_observable_maxcut(hahn_engine *engine, int vertices, int64_t edges,
                                   const int *ends, const double *weights, hahn_observable **out)
{
    hahn_observable *made;
    if (!engine || !out || (edges > 0 && !ends))
        return HAHN_ERR_ARGUMENT;
    if (edges < 0)
        return hahn_fail(engine, HAHN_ERR_ARGUMENT, "%" PRId64 " edges: use 0 or more", edges);
    hahn_status status = hahn_observable_create(engine, vertices, &made);
    if (status != HAHN_OK)
        return status;
    for (int64_t k = 0; k < edges && status == HAHN_OK; k++)
        status = add_edge(made, k, ends[2 * k], ends[2 * k + 1], weights ? weights[k] : 1);
    if (status == HAHN_OK)
        *out = made;
    else
        hahn_observable_destroy(made);
    return status;
}

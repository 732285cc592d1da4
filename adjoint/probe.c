/* Energies near a parameter vector: what finite differences and simultaneous perturbation take. */
#include "adjoint/methods.h"

#include <string.h>

static hahn_status probe_lanes(hahn_workspace *ws, const double *theta, int64_t first,
                               int64_t lanes, const hahn_probing *probing)
{
    const uint64_t parameters = (uint64_t)ws->program->parameters;
    for (int64_t k = 0; k < lanes; k++) {
        double *row = ws->probes + (uint64_t)k * parameters;
        if (parameters)
            memcpy(row, theta, parameters * sizeof *row);
        probing->move(probing->context, first + k, row);
    }
    const hahn_status status =
        hahn_run_energies(ws, lanes, ws->probes, HAHN_NO_SHIFT, ws->energies);
    for (int64_t k = 0; k < lanes && status == HAHN_OK; k++)
        probing->take(probing->context, first + k, ws->energies[k]);
    return status;
}

hahn_status hahn_probe(hahn_workspace *ws, const double *theta, int64_t count,
                       const hahn_probing *probing)
{
    hahn_status status = HAHN_OK;
    for (int64_t first = 0, lanes; first < count && status == HAHN_OK; first += lanes) {
        lanes = hahn_lanes_for(ws, count - first);
        status = probe_lanes(ws, theta, first, lanes, probing);
    }
    return status;
}

void hahn_report_energy(int64_t row, double energy, double *energies,
                        hahn_certificate *certificates)
{
    if (energies)
        energies[row] = energy;
    if (certificates)
        certificates[row] = (hahn_certificate){NAN, energy};
}

void hahn_parameter_scales(const hahn_program *program, double *scales)
{
    const hahn_member *members = program->members.data;
    for (int64_t k = 0; k < program->parameters; k++)
        scales[k] = 0;
    for (uint64_t m = 0; m < program->members.count; m++)
        scales[members[m].index] += fabs(members[m].scale);
}

/* A central difference of step h errs by h^2/6 s^3 N, N bounding the energy and s its frequencies,
   and by e/h, e = u sqrt(L + 1) N being the energies' error: together least at s h = (3 e/N)^(1/3).
   N drops out. */
double hahn_natural_step(const hahn_workspace *ws)
{
    const double u = ws->precision == HAHN_F64 ? 0x1p-53 : 0x1p-24;
    const double operations = (double)(ws->program->terms.count + ws->program->dense.count);
    return cbrt(3 * u * sqrt(operations + 1));
}

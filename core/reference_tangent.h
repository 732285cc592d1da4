/* Tangents by plain loops: included after core/reference_loops.h, by core/reference.c, once for
   each precision. */

/* chi <- chi - i rate G psi, by the generator of a term: G has the eigenvalues 1 and -1 for zrot,
   -1 for a phase where it acts, and is Y for ry, the halves being in the rate. */
static void NAME(inject_diagonal)(const hahn_term *t, uint64_t dimension, double rate,
                                  NAME(amplitudes) psi, NAME(amplitudes) chi)
{
    for (uint64_t j = 0; j < dimension; j++) {
        double g = 0;
        if (t->kind == HAHN_ZROT)
            g = __builtin_parityll(j & t->mask) ? -rate : rate;
        else if ((j & t->mask) == t->mask)
            g = -rate;
        chi.re[j] += (REAL)(g * psi.im[j]);
        chi.im[j] -= (REAL)(g * psi.re[j]);
    }
}

static void NAME(inject_rotation)(const hahn_term *t, uint64_t dimension, double rate,
                                  NAME(amplitudes) psi, NAME(amplitudes) chi)
{
    for (uint64_t j0 = 0; j0 < dimension; j0++) {
        const uint64_t j1 = j0 | t->mask;
        if ((j0 & t->mask) || (j0 & t->control) != t->control)
            continue;
        chi.re[j0] -= (REAL)(rate * psi.re[j1]);
        chi.im[j0] -= (REAL)(rate * psi.im[j1]);
        chi.re[j1] += (REAL)(rate * psi.re[j0]);
        chi.im[j1] += (REAL)(rate * psi.im[j0]);
    }
}

/* Term k of a D or R stage, sign 1; or taken back, -1. */
static void NAME(inject)(const hahn_program *program, const hahn_lane *lane, uint64_t k,
                         double sign, hahn_split psi, hahn_split chi)
{
    const hahn_term *t = hahn_program_term(program, k);
    (t->kind == HAHN_RY ? NAME(inject_rotation) : NAME(inject_diagonal))(
        t, hahn_bit(program->qubits), sign * lane->rates[k], NAME(of)(psi), NAME(of)(chi));
}

static void NAME(forward_tangent)(const hahn_program *program, hahn_lane *lane,
                                  const hahn_span *span, void *scratch)
{
    (void)scratch;
    for (uint64_t s = span->first; s < span->end; s++) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        for (uint64_t k = stage->first; k < stage->first + stage->count; k++) {
            if (stage->kind <= HAHN_STAGE_R)
                NAME(inject)(program, lane, k, 1, lane->psi, lane->chi);
            NAME(apply)(program, lane, stage, k, 1, NAME(of)(lane->psi));
            NAME(apply)(program, lane, stage, k, 1, NAME(of)(lane->chi));
        }
    }
}

/* One primitive of a stage, on all four states. */
static void NAME(undo_tangent)(const hahn_program *program, hahn_lane *lane,
                               const hahn_stage *stage, uint64_t k)
{
    const hahn_split states[] = {lane->psi, lane->lambda, lane->chi, lane->mu};
    for (int s = 0; s < HAHN_MOST_STATES; s++)
        NAME(apply)(program, lane, stage, k, -1, NAME(of)(states[s]));
    if (stage->kind > HAHN_STAGE_R)
        return;
    NAME(inject)(program, lane, k, -1, lane->psi, lane->chi);
    NAME(inject)(program, lane, k, -1, lane->lambda, lane->mu);
}

static void NAME(backward_tangent)(const hahn_program *program, hahn_lane *lane,
                                   const hahn_span *span, void *scratch, double *moments)
{
    (void)scratch;
    for (uint64_t s = span->end; s-- > span->first;) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        for (uint64_t k = stage->first + stage->count; k-- > stage->first;) {
            if (stage->kind <= HAHN_STAGE_R)
                moments[k - span->sweep->first_term] +=
                    NAME(look)(program, k, lane->psi, lane->mu) +
                    NAME(look)(program, k, lane->chi, lane->lambda);
            NAME(undo_tangent)(program, lane, stage, k);
        }
    }
}

static double NAME(overlap_im)(const hahn_program *program, hahn_split left, hahn_split right,
                               uint64_t chunk)
{
    const NAME(amplitudes) a = NAME(of)(left), b = NAME(of)(right);
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++)
        sum += (double)a.re[j] * b.im[j] - (double)a.im[j] * b.re[j];
    return sum;
}

static void NAME(combine)(const hahn_program *program, hahn_split to, hahn_split from, double re,
                          double im, uint64_t chunk)
{
    const NAME(amplitudes) a = NAME(of)(to), b = NAME(of)(from);
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
        a.re[j] += (REAL)(re * b.re[j] - im * b.im[j]);
        a.im[j] += (REAL)(re * b.im[j] + im * b.re[j]);
    }
}

/* <psi|P|psi> = sum over j of conj(psi_(j ^ x)) i^|x & z| (-1)^parity(j & z) psi_j, which is real.
 */
static double NAME(expect)(const hahn_program *program, hahn_split psi, uint64_t x, uint64_t z,
                           uint64_t chunk)
{
    const NAME(amplitudes) a = NAME(of)(psi);
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    const int quarter = __builtin_popcountll(x & z) % 4;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
        const uint64_t k = j ^ x;
        const double re = (double)a.re[k] * a.re[j] + (double)a.im[k] * a.im[j];
        const double im = (double)a.re[k] * a.im[j] - (double)a.im[k] * a.re[j];
        const double part = quarter % 2 ? im : re;
        sum += (quarter == 1 || quarter == 2) != (bool)__builtin_parityll(j & z) ? -part : part;
    }
    return sum;
}

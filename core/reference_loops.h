/* The plain loops of one precision: included twice by core/reference.c, with REAL and NAME(x) set.
   This is the specification; nothing here is meant to be fast. Formulas: docs/theory.md. */

typedef struct NAME(amplitudes) {
    REAL *re, *im;
} NAME(amplitudes);

static NAME(amplitudes) NAME(of)(hahn_split s)
{
    return (NAME(amplitudes)){s.re, s.im};
}

/* amplitude j times (re + i im) */
static void NAME(multiply)(NAME(amplitudes) a, uint64_t j, REAL re, REAL im)
{
    const REAL x = a.re[j], y = a.im[j];
    a.re[j] = re * x - im * y;
    a.im[j] = re * y + im * x;
}

/* cos and sin of a term. */
static const REAL *NAME(coefficients)(const hahn_lane *lane, uint64_t term)
{
    return (const REAL *)lane->coefficients + 2 * term;
}

/* zrot and phase, or with sign -1 their inverses. */
static void NAME(turn)(const hahn_program *program, const hahn_lane *lane, uint64_t term, REAL sign,
                       NAME(amplitudes) a)
{
    const hahn_term *t = hahn_program_term(program, term);
    const REAL *cs = NAME(coefficients)(lane, term);
    const uint64_t dimension = hahn_bit(program->qubits);
    for (uint64_t j = 0; j < dimension; j++) {
        const bool odd = t->kind == HAHN_ZROT ? __builtin_parityll(j & t->mask) : true;
        const bool acts = t->kind == HAHN_ZROT || (j & t->mask) == t->mask;
        if (!acts)
            continue;
        NAME(multiply)(a, j, cs[0], odd ? sign * cs[1] : -sign * cs[1]);
    }
}

/* ry, or with sign -1 its inverse. */
static void NAME(rotate)(const hahn_program *program, const hahn_lane *lane, uint64_t term,
                         REAL sign, NAME(amplitudes) a)
{
    const hahn_term *t = hahn_program_term(program, term);
    const REAL *cs = NAME(coefficients)(lane, term);
    const uint64_t dimension = hahn_bit(program->qubits);
    const REAL c = cs[0], s = sign * cs[1];
    for (uint64_t j0 = 0; j0 < dimension; j0++) {
        const uint64_t j1 = j0 | t->mask;
        if ((j0 & t->mask) || (j0 & t->control) != t->control)
            continue;
        const REAL re0 = a.re[j0], im0 = a.im[j0], re1 = a.re[j1], im1 = a.im[j1];
        a.re[j0] = c * re0 - s * re1;
        a.im[j0] = c * im0 - s * im1;
        a.re[j1] = s * re0 + c * re1;
        a.im[j1] = s * im0 + c * im1;
    }
}

static void NAME(flip)(const hahn_flip *f, uint64_t dimension, NAME(amplitudes) a)
{
    for (uint64_t j = 0; j < dimension; j++) {
        const uint64_t k = j ^ f->mask;
        if ((j & f->control) != f->control || k < j)
            continue;
        const REAL re = a.re[j], im = a.im[j];
        a.re[j] = a.re[k];
        a.im[j] = a.im[k];
        a.re[k] = re;
        a.im[k] = im;
    }
}

/* Index with zeros inserted at the matrix's targets, in ascending order of qubits. */
static uint64_t NAME(spread)(uint64_t group, const hahn_dense *m)
{
    int sorted[HAHN_MAX_DENSE];
    for (int k = 0; k < m->targets; k++) {
        int at = k;
        for (; at > 0 && sorted[at - 1] > m->target[k]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = m->target[k];
    }
    for (int k = 0; k < m->targets; k++) {
        const uint64_t low = hahn_bit(sorted[k]) - 1;
        group = (group & low) | (group & ~low) << 1;
    }
    return group;
}

/* One group of 2^targets amplitudes times the matrix or its conjugate transpose. */
static void NAME(transform)(const hahn_dense *m, const double _Complex *u, bool dagger,
                            uint64_t base, NAME(amplitudes) a)
{
    const int dimension = 1 << m->targets;
    uint64_t at[1 << HAHN_MAX_DENSE];
    double _Complex old[1 << HAHN_MAX_DENSE];
    for (int r = 0; r < dimension; r++) {
        at[r] = base;
        for (int k = 0; k < m->targets; k++)
            at[r] |= (uint64_t)(r >> k & 1) << m->target[k];
        old[r] = CMPLX(a.re[at[r]], a.im[at[r]]);
    }
    for (int r = 0; r < dimension; r++) {
        double re = 0, im = 0;
        for (int c = 0; c < dimension; c++) {
            const double _Complex e = dagger ? conj(u[c * dimension + r]) : u[r * dimension + c];
            re += creal(e) * creal(old[c]) - cimag(e) * cimag(old[c]);
            im += creal(e) * cimag(old[c]) + cimag(e) * creal(old[c]);
        }
        a.re[at[r]] = (REAL)re;
        a.im[at[r]] = (REAL)im;
    }
}

static void NAME(matrix)(const hahn_program *program, const hahn_stage *stage, bool dagger,
                         NAME(amplitudes) a)
{
    const hahn_dense *m = (const hahn_dense *)program->dense.data + stage->first;
    const double _Complex *u = (const double _Complex *)program->entries.data + m->first_entry;
    const uint64_t groups = hahn_bit(program->qubits - m->targets);
    for (uint64_t g = 0; g < groups; g++) {
        const uint64_t base = NAME(spread)(g, m);
        if ((base & m->control) == m->control)
            NAME(transform)(m, u, dagger, base, a);
    }
}

/* Primitive k of a D, R or P stage on a state: as it is (sign 1) or undone (sign -1). */
static void NAME(apply)(const hahn_program *program, const hahn_lane *lane, const hahn_stage *stage,
                        uint64_t k, REAL sign, NAME(amplitudes) a)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        NAME(turn)(program, lane, k, sign, a);
        break;
    case HAHN_STAGE_R:
        NAME(rotate)(program, lane, k, sign, a);
        break;
    case HAHN_STAGE_P:
        NAME(flip)((const hahn_flip *)program->flips.data + k, hahn_bit(program->qubits), a);
        break;
    case HAHN_STAGE_M:
        NAME(matrix)(program, stage, sign < 0, a);
    }
}

static void NAME(forward)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                          void *scratch)
{
    (void)scratch;
    for (uint64_t s = span->first; s < span->end; s++) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        for (uint64_t k = stage->first; k < stage->first + stage->count; k++)
            NAME(apply)(program, lane, stage, k, 1, NAME(of)(lane->psi));
    }
}

/* dE/dangle of a diagonal term: w_j = Im(conj(lambda_j) psi_j) with the generator's eigenvalues. */
static double NAME(look_diagonal)(const hahn_term *t, uint64_t dimension, NAME(amplitudes) psi,
                                  NAME(amplitudes) lambda)
{
    double sum = 0;
    for (uint64_t j = 0; j < dimension; j++) {
        const double w = (double)lambda.re[j] * psi.im[j] - (double)lambda.im[j] * psi.re[j];
        if (t->kind == HAHN_ZROT)
            sum += __builtin_parityll(j & t->mask) ? -w : w;
        else if ((j & t->mask) == t->mask)
            sum -= 2 * w;
    }
    return sum;
}

/* dE/dangle of ry: Re(conj(lambda_1) psi_0) - Re(conj(lambda_0) psi_1) over the pairs. */
static double NAME(look_rotation)(const hahn_term *t, uint64_t dimension, NAME(amplitudes) psi,
                                  NAME(amplitudes) lambda)
{
    double sum = 0;
    for (uint64_t j0 = 0; j0 < dimension; j0++) {
        const uint64_t j1 = j0 | t->mask;
        if ((j0 & t->mask) || (j0 & t->control) != t->control)
            continue;
        sum += (double)lambda.re[j1] * psi.re[j0] + (double)lambda.im[j1] * psi.im[j0];
        sum -= (double)lambda.re[j0] * psi.re[j1] + (double)lambda.im[j0] * psi.im[j1];
    }
    return sum;
}

static double NAME(look)(const hahn_program *program, uint64_t k, hahn_split psi, hahn_split lambda)
{
    const hahn_term *t = hahn_program_term(program, k);
    if (!t->members)
        return 0;
    return (t->kind == HAHN_RY ? NAME(look_rotation) : NAME(look_diagonal))(
        t, hahn_bit(program->qubits), NAME(of)(psi), NAME(of)(lambda));
}

static void NAME(backward)(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                           void *scratch, double *moments)
{
    (void)scratch;
    for (uint64_t s = span->end; s-- > span->first;) {
        const hahn_stage *stage = hahn_program_stage(program, s);
        for (uint64_t k = stage->first + stage->count; k-- > stage->first;) {
            if (stage->kind <= HAHN_STAGE_R)
                moments[k - span->sweep->first_term] +=
                    NAME(look)(program, k, lane->psi, lane->lambda);
            NAME(apply)(program, lane, stage, k, -1, NAME(of)(lane->psi));
            NAME(apply)(program, lane, stage, k, -1, NAME(of)(lane->lambda));
        }
    }
}

static double NAME(distance)(const hahn_program *program, hahn_split left, hahn_split right,
                             uint64_t chunk)
{
    const NAME(amplitudes) a = NAME(of)(left), b = NAME(of)(right);
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    double square = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
        const double re = (double)a.re[j] - (b.re ? b.re[j] : j == 0);
        const double im = (double)a.im[j] - (b.im ? b.im[j] : 0);
        square += re * re + im * im;
    }
    return square;
}

static double NAME(overlap)(const hahn_program *program, hahn_split left, hahn_split right,
                            uint64_t chunk)
{
    const NAME(amplitudes) a = NAME(of)(left), b = NAME(of)(right);
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    double sum = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++)
        sum += (double)a.re[j] * b.re[j] + (double)a.im[j] * b.im[j];
    return sum;
}

/* (O psi)_j = sum over groups of factor(j ^ x) psi_(j ^ x) */
static double NAME(observe)(const hahn_program *program, hahn_lane *lane, uint64_t chunk, bool keep)
{
    const hahn_pauli_group *groups = program->sum.groups.data;
    const hahn_pauli_sign *signs = program->sum.signs.data;
    const uint64_t size = hahn_bit(program->qubits) / program->chunks;
    const NAME(amplitudes) psi = NAME(of)(lane->psi), lambda = NAME(of)(lane->lambda);
    double energy = 0;
    for (uint64_t j = chunk * size; j < (chunk + 1) * size; j++) {
        double re = 0, im = 0;
        for (uint64_t g = 0; g < program->sum.groups.count; g++) {
            const uint64_t k = j ^ groups[g].x;
            const double _Complex f =
                hahn_pauli_factor(signs + groups[g].first, groups[g].count, k);
            re += creal(f) * psi.re[k] - cimag(f) * psi.im[k];
            im += creal(f) * psi.im[k] + cimag(f) * psi.re[k];
        }
        energy += re * psi.re[j] + im * psi.im[j];
        if (keep) {
            lambda.re[j] = (REAL)re;
            lambda.im[j] = (REAL)im;
        }
    }
    return energy;
}

/* The reference backend: plain loops, shipped and selectable, the specification of all others. */
#include "core/reference.h"

#define REAL    double
#define NAME(x) x##_f64
#include "core/reference_loops.h"
#undef REAL
#undef NAME
#define REAL    float
#define NAME(x) x##_f32
#include "core/reference_loops.h"

/* The whole state in one go. */
static uint64_t one(const hahn_program *program, const hahn_stage *stage)
{
    (void)program, (void)stage;
    return 1;
}

const hahn_host_kernels *hahn_reference_kernels(hahn_precision precision)
{
    static const hahn_host_kernels tables[] = {
        {"reference", one, one, forward_f64, backward_f64, observe_f64},
        {"reference", one, one, forward_f32, backward_f32, observe_f32}};
    return &tables[precision];
}

void hahn_reference_matrix(hahn_precision precision, const hahn_program *program, hahn_lane *lane,
                           const hahn_stage *stage, bool backward, uint64_t chunk, uint64_t chunks)
{
    (precision == HAHN_F64 ? matrix_part_f64 : matrix_part_f32)(program, lane, stage, backward,
                                                                chunk, chunks);
}

static const hahn_host_kernels *pick(const hahn_engine *engine, int qubits,
                                     hahn_precision precision)
{
    (void)engine, (void)qubits;
    return hahn_reference_kernels(precision);
}

static hahn_status open_reference(hahn_workspace *ws)
{
    /* One thread, so that the specification has no schedule to think of. */
    ws->threads = 1;
    return hahn_host_open(ws, pick);
}

const hahn_backend_ops *hahn_reference_backend(void)
{
    static const hahn_backend_ops ops = {
        .name = "reference",
        .open = open_reference,
        HAHN_HOST_OPS,
    };
    return &ops;
}

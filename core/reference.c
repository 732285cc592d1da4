/* The reference backend: plain loops, shipped and selectable, the specification of all others. */
#include "core/host.h"

#define REAL    double
#define NAME(x) x##_f64
#include "core/reference_loops.h"
#include "core/reference_tangent.h"
#undef REAL
#undef NAME
#define REAL    float
#define NAME(x) x##_f32
#include "core/reference_loops.h"
#include "core/reference_tangent.h"

static uint64_t no_bytes(const hahn_program *program)
{
    (void)program;
    return 0;
}

const hahn_host_kernels *hahn_reference_kernels(hahn_precision precision)
{
    static const hahn_host_kernels tables[] = {{.name = "reference",
                                                .scratch_bytes = no_bytes,
                                                .forward = forward_f64,
                                                .backward = backward_f64,
                                                .forward_tangent = forward_tangent_f64,
                                                .backward_tangent = backward_tangent_f64,
                                                .distance = distance_f64,
                                                .overlap = overlap_f64,
                                                .overlap_im = overlap_im_f64,
                                                .combine = combine_f64,
                                                .expect = expect_f64,
                                                .observe = observe_f64},
                                               {.name = "reference",
                                                .scratch_bytes = no_bytes,
                                                .forward = forward_f32,
                                                .backward = backward_f32,
                                                .forward_tangent = forward_tangent_f32,
                                                .backward_tangent = backward_tangent_f32,
                                                .distance = distance_f32,
                                                .overlap = overlap_f32,
                                                .overlap_im = overlap_im_f32,
                                                .combine = combine_f32,
                                                .expect = expect_f32,
                                                .observe = observe_f32}};
    return &tables[precision];
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

static uint64_t bytes_reference(const hahn_engine *engine, const hahn_program *program,
                                int64_t lanes, hahn_purpose purpose, uint64_t kept)
{
    return hahn_host_bytes(engine, program, lanes, purpose, kept, pick);
}

const hahn_backend_ops *hahn_reference_backend(void)
{
    static const hahn_backend_ops ops = {
        .name = "reference",
        .bytes = bytes_reference,
        .open = open_reference,
        HAHN_HOST_OPS,
    };
    return &ops;
}

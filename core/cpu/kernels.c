/* Vector kernels of the CPU backend: one source, compiled for each instruction set and precision.

   HAHN_ISA_NAME    baseline, avx2 or avx512: in the names; the flags say how wide a vector is
   HAHN_KERNEL_F32  0 or 1 */
#include "core/cpu/kernels.h"

#include "core/cpu/compare.h"
#include "core/cpu/observe.h"
#include "core/cpu/tangent.h"

static void forward(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                    void *scratch)
{
    tile t = open_tile(program, lane, span, scratch);
    visit v;
    for (uint64_t k = span->first_tile; k < span->end_tile; k++) {
        t.base = base_of(program, t.mask, k);
        look_ahead(&t, k, span->first_tile, span->end_tile, 1);
        forward_stages(&t, span, &v);
    }
}

static void backward(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                     void *scratch, double *moments)
{
    tile t = open_tile(program, lane, span, scratch);
    visit v;
    t.moments = moments;
    t.first_term = span->sweep->first_term;
    for (uint64_t k = span->first_tile; k < span->end_tile; k++) {
        t.base = base_of(program, t.mask, k);
        look_ahead(&t, k, span->first_tile, span->end_tile, 2);
        backward_stages(&t, span, &v);
    }
}

static void forward_tangent(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                            void *scratch)
{
    twins w;
    open_twins(&w, program, lane, span, scratch);
    w.backward = false;
    for (uint64_t k = span->first_tile; k < span->end_tile; k++) {
        w.a.base = w.b.base = base_of(program, w.a.mask, k);
        look_ahead(&w.a, k, span->first_tile, span->end_tile, 1);
        look_ahead(&w.b, k, span->first_tile, span->end_tile, 1);
        forward_twin_stages(&w, span);
    }
}

static void backward_tangent(const hahn_program *program, hahn_lane *lane, const hahn_span *span,
                             void *scratch, double *moments)
{
    twins w;
    open_twins(&w, program, lane, span, scratch);
    w.backward = true;
    w.a.moments = w.b.moments = moments;
    w.a.first_term = w.b.first_term = span->sweep->first_term;
    for (uint64_t k = span->first_tile; k < span->end_tile; k++) {
        w.a.base = w.b.base = base_of(program, w.a.mask, k);
        look_ahead(&w.a, k, span->first_tile, span->end_tile, 2);
        look_ahead(&w.b, k, span->first_tile, span->end_tile, 2);
        backward_twin_stages(&w, span);
    }
}

#define JOIN3(a, b, c) a##_##b##_##c
#define NAME3(a, b, c) JOIN3(a, b, c)
#define TEXT1(a)       #a
#define TEXT(a)        TEXT1(a)

const hahn_host_kernels *NAME3(hahn_cpu_kernels, HAHN_ISA_NAME, SUFFIX)(void)
{
    static const hahn_host_kernels kernels = {
        .name = TEXT(HAHN_ISA_NAME),
        .tiled = true,
        .bind = NAME3(hahn_cpu_bind, HAHN_ISA_NAME, SUFFIX),
        .scratch_bytes = scratch_bytes,
        .forward = forward,
        .backward = backward,
        .forward_tangent = forward_tangent,
        .backward_tangent = backward_tangent,
        .distance = distance,
        .overlap = overlap,
        .overlap_im = overlap_im,
        .combine = combine,
        .expect = expect,
        .observe = observe,
    };
    return &kernels;
}

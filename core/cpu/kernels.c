/* Vector kernels of the CPU backend: one source, compiled for each instruction set and precision.

   HAHN_ISA_NAME    baseline, avx2 or avx512: in the names; the flags say how wide a vector is
   HAHN_KERNEL_F32  0 or 1 */
#include "core/cpu/kernels.h"

#include "core/cpu/compare.h"
#include "core/cpu/observe.h"
#include "core/cpu/walk.h"

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
        .distance = distance,
        .overlap = overlap,
        .observe = observe,
    };
    return &kernels;
}

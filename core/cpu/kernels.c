/* Vector kernels of the CPU backend: one source, compiled for each instruction set and precision.

   HAHN_ISA_NAME    baseline, avx2 or avx512: in the names; the flags say how wide a vector is
   HAHN_KERNEL_F32  0 or 1 */
#include "core/cpu/kernels.h"

#include "core/cpu/look.h"
#include "core/cpu/observe.h"
#include "core/cpu/permutation.h"
#include "core/cpu/rotation.h"
#include "core/reference.h"

/* R: the tile's own rotations, then each other one by itself. P: one gather, or flip by flip. */
static uint64_t passes(const hahn_program *program, const hahn_stage *stage)
{
    if (stage->kind == HAHN_STAGE_R)
        return 1 + stage->count - low_terms(program, stage);
    return stage->kind == HAHN_STAGE_P && stage->table == HAHN_NO_TABLE ? stage->count : 1;
}

static uint64_t chunks(const hahn_program *program, const hahn_stage *stage)
{
    return stage->kind == HAHN_STAGE_P && stage->table != HAHN_NO_TABLE ? 1 : program->chunks;
}

static void forward(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                    uint64_t pass, uint64_t chunk)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        forward_diagonal(program, lane, stage, chunk);
        break;
    case HAHN_STAGE_R:
        forward_rotations(program, lane, stage, pass, chunk);
        break;
    case HAHN_STAGE_P:
        permute(program, lane, stage, &lane->psi, false, pass, chunk);
        break;
    case HAHN_STAGE_M:
        hahn_reference_matrix(PRECISION, program, lane, stage, false, chunk, program->chunks);
    }
}

static void backward(const hahn_program *program, hahn_lane *lane, const hahn_stage *stage,
                     uint64_t pass, uint64_t chunk)
{
    switch ((hahn_stage_kind)stage->kind) {
    case HAHN_STAGE_D:
        backward_diagonal(program, lane, stage, chunk);
        break;
    case HAHN_STAGE_R:
        backward_rotations(program, lane, stage, pass, chunk);
        break;
    case HAHN_STAGE_P:
        permute(program, lane, stage, &lane->psi, true, pass, chunk);
        permute(program, lane, stage, &lane->lambda, true, pass, chunk);
        break;
    case HAHN_STAGE_M:
        hahn_reference_matrix(PRECISION, program, lane, stage, true, chunk, program->chunks);
    }
}

#define JOIN3(a, b, c) a##_##b##_##c
#define NAME3(a, b, c) JOIN3(a, b, c)
#define TEXT1(a)       #a
#define TEXT(a)        TEXT1(a)

const hahn_host_kernels *NAME3(hahn_cpu_kernels, HAHN_ISA_NAME, SUFFIX)(void)
{
    static const hahn_host_kernels kernels = {
        TEXT(HAHN_ISA_NAME), passes, chunks, forward, backward, observe,
    };
    return &kernels;
}

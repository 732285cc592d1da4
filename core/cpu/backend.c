/* The CPU backend: the reference's table with vector kernels, chosen by what the processor has. */
#include "core/cpu/isa.h"
#include "core/cpu/kernels.h"

static bool always(void)
{
    return true;
}

#if HAHN_HAVE_X86
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
#endif

const hahn_isa *hahn_isa_table(int *count)
{
    static const hahn_isa table[] = {
#if HAHN_HAVE_X86
        {"avx512", has_avx512, {hahn_cpu_kernels_avx512_f64, hahn_cpu_kernels_avx512_f32}},
        {"avx2", has_avx2, {hahn_cpu_kernels_avx2_f64, hahn_cpu_kernels_avx2_f32}},
#endif
        {"baseline", always, {hahn_cpu_kernels_baseline_f64, hahn_cpu_kernels_baseline_f32}},
    };
    *count = (int)(sizeof table / sizeof *table);
    return table;
}

static const hahn_host_kernels *pick(const hahn_engine *engine, int qubits,
                                     hahn_precision precision)
{
    int count;
    (void)qubits;
    return hahn_isa_table(&count)[engine->isa].kernels[precision]();
}

static uint64_t bytes_cpu(const hahn_engine *engine, const hahn_program *program, int64_t lanes,
                          hahn_purpose purpose, uint64_t kept)
{
    return hahn_host_bytes(engine, program, lanes, purpose, kept, pick);
}

static hahn_status open_cpu(hahn_workspace *ws)
{
    return hahn_host_open(ws, pick);
}

const hahn_backend_ops *hahn_cpu_backend(void)
{
    static const hahn_backend_ops ops = {
        .name = "cpu",
        .bytes = bytes_cpu,
        .open = open_cpu,
        HAHN_HOST_OPS,
    };
    return &ops;
}

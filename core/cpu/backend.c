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

/* States smaller than a vector go to the general row, the reference's loops. */
static const hahn_host_kernels *pick(const hahn_engine *engine, int qubits,
                                     hahn_precision precision)
{
    int count;
    const hahn_isa *table = hahn_isa_table(&count);
    return qubits < HAHN_CPU_LEAST_QUBITS ? hahn_reference_kernels(precision)
                                          : table[engine->isa].kernels[precision]();
}

static hahn_status open_cpu(hahn_workspace *ws)
{
    return hahn_host_open(ws, pick);
}

const hahn_backend_ops *hahn_cpu_backend(void)
{
    static const hahn_backend_ops ops = {
        .name = "cpu",
        .open = open_cpu,
        HAHN_HOST_OPS,
    };
    return &ops;
}

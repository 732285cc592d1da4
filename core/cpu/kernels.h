/* What core/cpu/kernels.c is compiled to: a table of kernels for each ISA and precision. */
#ifndef HAHN_CORE_CPU_KERNELS_H
#define HAHN_CORE_CPU_KERNELS_H

#include "core/host.h"

const hahn_host_kernels *hahn_cpu_kernels_baseline_f64(void);
const hahn_host_kernels *hahn_cpu_kernels_baseline_f32(void);
#if HAHN_HAVE_X86
const hahn_host_kernels *hahn_cpu_kernels_avx2_f64(void);
const hahn_host_kernels *hahn_cpu_kernels_avx2_f32(void);
const hahn_host_kernels *hahn_cpu_kernels_avx512_f64(void);
const hahn_host_kernels *hahn_cpu_kernels_avx512_f32(void);
#endif

#endif

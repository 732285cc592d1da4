/* The vector instruction sets the CPU kernels are built for, fastest first. */
#ifndef HAHN_CORE_CPU_ISA_H
#define HAHN_CORE_CPU_ISA_H

#include "core/host.h"

typedef struct hahn_isa {
    const char *name;
    bool (*runs_here)(void);
    /* The kernels by precision; functions, so that no table of another ISA's code is touched. */
    const hahn_host_kernels *(*kernels[2])(void);
} hahn_isa;

/* The rows, ending with the baseline that runs everywhere; *count gets their number. */
const hahn_isa *hahn_isa_table(int *count);

#endif

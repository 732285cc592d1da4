/* Loops over threads, where the build has them. */
#ifndef HAHN_CORE_PARALLEL_H
#define HAHN_CORE_PARALLEL_H

/* The `for` that follows is shared out to so many threads. Without OpenMP it is a plain loop, and
   the number is used all the same: compilers warn of what is not. The schedule is static, or
   dynamic where iterations take different times. */
#ifdef _OPENMP
#include <omp.h>
#define HAHN_PRAGMA(text) _Pragma(#text)
#define HAHN_PARALLEL(kind, how_many)                                                              \
    HAHN_PRAGMA(omp parallel for schedule(kind) num_threads(how_many))
#else
#define HAHN_PARALLEL(kind, how_many) (void)(how_many);
#endif

/* The calling thread's number among those that run at once. */
static inline int hahn_worker_number(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

#endif

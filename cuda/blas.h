/* cuBLAS, looked for when it is first needed: nothing of it is linked, and none of its types
   appear. Matrices stand column by column; a state is a column. */
#ifndef HAHN_CUDA_BLAS_H
#define HAHN_CUDA_BLAS_H

#include "core/engine.h"

typedef struct hahn_blas {
    void *loaded, *handle; /* NULL: not loaded */
    int (*create)(void **handle);
    int (*destroy)(void *handle);
    int (*set_stream)(void *handle, void *stream);
    /* of double complex numbers, and of float ones */
    int (*gemm[2])(void *handle, int left, int right, int m, int n, int k, const void *alpha,
                   const void *a, int lda, const void *b, int ldb, const void *beta, void *c,
                   int ldc);
    int (*herk[2])(void *handle, int part, int left, int n, int k, const void *alpha, const void *a,
                   int lda, const void *beta, void *c, int ldc);
} hahn_blas;

/* Load the first library of a list that NULL ends, or NULL: of the names that cuBLAS has had. Does
   nothing where one is loaded. The device must have been chosen. */
hahn_status hahn_blas_open(hahn_engine *engine, const char *const *names, hahn_blas *blas);
void hahn_blas_close(hahn_blas *blas);

/* c[i + j * ldc] = <a_i|b_j> of m and n states of `size` numbers, side by side; and of one set of
   states with itself, where those of i > j are left out. */
hahn_status hahn_blas_inner(hahn_engine *engine, const hahn_blas *blas, hahn_precision precision,
                            const void *a, int m, const void *b, int n, int size, void *c, int ldc);
hahn_status hahn_blas_gram(hahn_engine *engine, const hahn_blas *blas, hahn_precision precision,
                           const void *a, int n, int size, void *c, int ldc);

#endif

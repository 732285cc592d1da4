/* RTLD_NODELETE is no part of C or POSIX. */
#define _GNU_SOURCE
#include "cuda/blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Of cublas_api.h. */
enum { NOT_TRANSPOSED = 0, CONJUGATE_TRANSPOSED = 2, UPPER = 1 };

/* cudaStreamPerThread of driver_types.h: where everything else runs. */
#define THREAD_STREAM ((void *)2)

static const char *const usual_names[] = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11",
                                          "libcublas.so", NULL};

/* Data and functions have pointers of one kind in POSIX, but not in C. */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bool find_all(hahn_blas *blas)
{
    void *const library = blas->loaded;
    return find(library, "cublasCreate_v2", &blas->create) &&
           find(library, "cublasDestroy_v2", &blas->destroy) &&
           find(library, "cublasSetStream_v2", &blas->set_stream) &&
           find(library, "cublasZgemm_v2", &blas->gemm[HAHN_F64]) &&
           find(library, "cublasCgemm_v2", &blas->gemm[HAHN_F32]) &&
           find(library, "cublasZherk_v2", &blas->herk[HAHN_F64]) &&
           find(library, "cublasCherk_v2", &blas->herk[HAHN_F32]);
}

/* "libcublas.so.13, libcublas.so.12", cut to the buffer. */
static void list_names(const char *const *names, char *text, size_t size)
{
    size_t used = 0;
    for (int k = 0; names[k] && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "", names[k]);
}

static hahn_status fail_missing(hahn_engine *engine, const char *const *names)
{
    char list[128] = "";
    list_names(names, list, sizeof list);
    return hahn_fail(engine, HAHN_ERR_BACKEND,
                     "overlaps on a device take cuBLAS, and none of %s can be loaded: install the "
                     "CUDA toolkit's libcublas, name its folder in LD_LIBRARY_PATH, or use "
                     "--backend cpu",
                     list);
}

static hahn_status fail_call(hahn_engine *engine, const char *what, int code)
{
    return hahn_fail(engine, HAHN_ERR_BACKEND,
                     "cuBLAS failed %s (status %d): the results of this call are void; start "
                     "again, or use --backend cpu",
                     what, code);
}

hahn_status hahn_blas_open(hahn_engine *engine, const char *const *names, hahn_blas *blas)
{
    const char *const *list = names ? names : usual_names;
    if (blas->handle)
        return HAHN_OK;
    *blas = (hahn_blas){0};
    for (int k = 0; list[k] && !blas->loaded; k++)
        blas->loaded = dlopen(list[k], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!blas->loaded)
        return fail_missing(engine, list);
    const bool complete = find_all(blas);
    int code = complete ? blas->create(&blas->handle) : 0;
    if (complete && code == 0)
        code = blas->set_stream(blas->handle, THREAD_STREAM);
    if (complete && code == 0)
        return HAHN_OK;
    hahn_blas_close(blas);
    return complete ? fail_call(engine, "to start", code) : fail_missing(engine, list);
}

void hahn_blas_close(hahn_blas *blas)
{
    if (blas->handle)
        (void)blas->destroy(blas->handle);
    if (blas->loaded)
        (void)dlclose(blas->loaded);
    *blas = (hahn_blas){0};
}

/* 1 and 0 as numbers of either precision, of which herk takes the real part alone. */
typedef struct factors {
    double wide[2][2];
    float narrow[2][2];
} factors;

static const factors constants = {{{1, 0}, {0, 0}}, {{1, 0}, {0, 0}}};

static const void *factor(hahn_precision precision, int which)
{
    return precision == HAHN_F64 ? (const void *)constants.wide[which]
                                 : (const void *)constants.narrow[which];
}

hahn_status hahn_blas_inner(hahn_engine *engine, const hahn_blas *blas, hahn_precision precision,
                            const void *a, int m, const void *b, int n, int size, void *c, int ldc)
{
    const int code =
        blas->gemm[precision](blas->handle, CONJUGATE_TRANSPOSED, NOT_TRANSPOSED, m, n, size,
                              factor(precision, 0), a, size, b, size, factor(precision, 1), c, ldc);
    return code ? fail_call(engine, "to multiply", code) : HAHN_OK;
}

hahn_status hahn_blas_gram(hahn_engine *engine, const hahn_blas *blas, hahn_precision precision,
                           const void *a, int n, int size, void *c, int ldc)
{
    const int code =
        blas->herk[precision](blas->handle, UPPER, CONJUGATE_TRANSPOSED, n, size,
                              factor(precision, 0), a, size, factor(precision, 1), c, ldc);
    return code ? fail_call(engine, "to multiply", code) : HAHN_OK;
}

/* A library under cuBLAS's name, for the emulated device, whose memory is the host's: what the CUDA
   backend calls of it, by CBLAS. It is loaded as the real one is. */
#include <cblas.h>
#include <stddef.h>

#define EXPORTED __attribute__((visibility("default")))

/* As cublas_api.h numbers them. */
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7 };

static char handle_token;

EXPORTED int cublasCreate_v2(void **handle);
EXPORTED int cublasDestroy_v2(void *handle);
EXPORTED int cublasSetStream_v2(void *handle, void *stream);

int cublasCreate_v2(void **handle)
{
    *handle = &handle_token;
    return SUCCESS;
}

/* The stream of each thread is the one that there is. */
int cublasSetStream_v2(void *handle, void *stream)
{
    return handle == &handle_token && stream == (void *)2 ? SUCCESS : NOT_INITIALIZED;
}

int cublasDestroy_v2(void *handle)
{
    return handle == &handle_token ? SUCCESS : NOT_INITIALIZED;
}

static CBLAS_TRANSPOSE operation(int which)
{
    return which == 2 ? CblasConjTrans : which == 1 ? CblasTrans : CblasNoTrans;
}

#define GEMM(name, own)                                                                            \
    EXPORTED int name(void *handle, int left, int right, int m, int n, int k, const void *alpha,   \
                      const void *a, int lda, const void *b, int ldb, const void *beta, void *c,   \
                      int ldc);                                                                    \
    int name(void *handle, int left, int right, int m, int n, int k, const void *alpha,            \
             const void *a, int lda, const void *b, int ldb, const void *beta, void *c, int ldc)   \
    {                                                                                              \
        if (handle != &handle_token)                                                               \
            return NOT_INITIALIZED;                                                                \
        own(CblasColMajor, operation(left), operation(right), m, n, k, alpha, a, lda, b, ldb,      \
            beta, c, ldc);                                                                         \
        return SUCCESS;                                                                            \
    }
GEMM(cublasZgemm_v2, cblas_zgemm)
GEMM(cublasCgemm_v2, cblas_cgemm)
#undef GEMM

/* The factors are real here. */
#define HERK(name, own, type)                                                                      \
    EXPORTED int name(void *handle, int part, int left, int n, int k, const type *alpha,           \
                      const void *a, int lda, const type *beta, void *c, int ldc);                 \
    int name(void *handle, int part, int left, int n, int k, const type *alpha, const void *a,     \
             int lda, const type *beta, void *c, int ldc)                                          \
    {                                                                                              \
        if (handle != &handle_token)                                                               \
            return NOT_INITIALIZED;                                                                \
        if (part != 0 && part != 1)                                                                \
            return INVALID_VALUE;                                                                  \
        own(CblasColMajor, part ? CblasUpper : CblasLower, operation(left), n, k, *alpha, a, lda,  \
            *beta, c, ldc);                                                                        \
        return SUCCESS;                                                                            \
    }
HERK(cublasZherk_v2, cblas_zherk, double)
HERK(cublasCherk_v2, cblas_cherk, float)
#undef HERK

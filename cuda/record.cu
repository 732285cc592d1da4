/* Work that repeats: recorded once, and then put in line by one call, as a graph. */
#include "cuda/gpu.cuh"

/* Of this thread alone: others, with engines of their own, may allocate meanwhile. */
extern "C" int hahn_cuda_begin_recording(void)
{
    const cudaError_t error =
        cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal);
    (void)cudaGetLastError();
    return error;
}

extern "C" int hahn_cuda_end_recording(void **recording)
{
    cudaGraph_t graph = NULL;
    cudaGraphExec_t own = NULL;
    cudaError_t error = cudaStreamEndCapture(cudaStreamPerThread, &graph);
    if (error == cudaSuccess)
        error = cudaGraphInstantiateWithFlags(&own, graph, 0);
    if (graph)
        (void)cudaGraphDestroy(graph);
    (void)cudaGetLastError();
    *recording = error == cudaSuccess ? own : NULL;
    return error;
}

extern "C" int hahn_cuda_replay(void *recording)
{
    const cudaError_t error = cudaGraphLaunch((cudaGraphExec_t)recording, cudaStreamPerThread);
    (void)cudaGetLastError();
    return error;
}

extern "C" int hahn_cuda_erase(void *recording)
{
    const cudaError_t error = cudaGraphExecDestroy((cudaGraphExec_t)recording);
    (void)cudaGetLastError();
    return error;
}

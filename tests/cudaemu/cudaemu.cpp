/* The emulated device: fibers, their scheduler, memory, and the runtime's calls. One host thread.
 */
#include "cudaemu.h"

#include <cstdio>
#include <map>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMU_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define EMU_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define EMU_ASAN 1
#endif
#ifdef EMU_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef EMU_TSAN
extern "C" {
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned);
void __tsan_destroy_fiber(void *);
void __tsan_switch_to_fiber(void *, unsigned);
void __tsan_acquire(void *);
void __tsan_release(void *);
}
#define UNWATCHED __attribute__((no_sanitize("thread"), noinline))
#else
#define UNWATCHED
#endif

#if defined __x86_64__
/* Save the registers that a call preserves and the stack pointer in *from; go on at `to`. */
extern "C" void cudaemu_switch(void **from, void *to);
__asm__(".text\n"
        ".globl cudaemu_switch\n"
        ".type cudaemu_switch,@function\n"
        "cudaemu_switch:\n"
        "pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
        "movq %rsp, (%rdi)\n"
        "movq %rsi, %rsp\n"
        "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n"
        "ret\n"
        ".size cudaemu_switch,.-cudaemu_switch\n");
#else
#include <ucontext.h>
#endif

namespace cudaemu
{
constexpr size_t STACK = 64 * 1024;
constexpr unsigned MOST_THREADS = 1024, MOST_ARRAYS = 16, MOST_USED_UP = 4096;
constexpr size_t MOST_SHARED = 227 * 1024, PLAIN_SHARED = 48 * 1024;

/* Memory of a fiber's stack, and what orders its users: another thread of each block. */
struct Stack {
    char *memory;
    char token;
};

struct Fiber {
#if defined __x86_64__
    void *context;
#else
    ucontext_t context;
#endif
    Stack *stack;
    void *tsan, *fake;
    dim3 index;
    unsigned number, mask;
    int source, line;
    Operation operation;
    const char *where;
    alignas(16) unsigned char in[16], out[16];
    struct {
        void *to;
        const void *from;
        size_t bytes;
    } copies[8];
    int copy_count;
};

/* What was captured, in order. */
struct Graph {
    std::vector<std::function<void()>> nodes;
};
struct GraphExec {
    std::vector<std::function<void()>> nodes;
};

struct Array {
    const void *site;
    unsigned char *memory;
};

static struct {
    Fiber fibers[MOST_THREADS];
    Fiber main;
    Stack stacks[MOST_THREADS];
    Fiber *current;
    Place place;
    const void *main_stack;
    size_t main_size;
    const std::function<void()> *thread;
    /* Plain arrays: what templates do the thread sanitizer would see as the threads' own. */
    Array arrays[MOST_ARRAYS]; /* of this block */
    unsigned array_count;
    unsigned char *dynamic;
    unsigned char *used_up[MOST_USED_UP]; /* arrays of finished blocks */
    unsigned used_up_count;
    std::map<char *, size_t> *memory; /* device allocations */
    size_t used, total = (size_t)1 << 30, shared_limit = PLAIN_SHARED, most_shared = MOST_SHARED;
    uint64_t random;
    int64_t calls, launches, releases, graph_launches, allocations;
    int64_t fail_at = -1, fail_allocation = -1;
    int fail_on, devices = -1;
    Graph *captured; /* NULL: the stream is not captured */
    bool spoilt;     /* the capture */
    int64_t graphs;
    cudaError_t last;
    char start_token, end_token, barrier_token, warp_token[MOST_THREADS / 32];
} S;

static void acquire(void *token)
{
#ifdef EMU_TSAN
    __tsan_acquire(token);
#endif
    (void)token;
}

static void release(void *token)
{
#ifdef EMU_TSAN
    __tsan_release(token);
#endif
    (void)token;
}

[[noreturn]] static void die(const char *text)
{
    const Fiber *f = S.current;
    fprintf(stderr, "cudaemu: %s (block %u, thread %u%s%s", text, S.place.block.x,
            f ? f->number : 0u, f && f->where ? ", in " : "", f && f->where ? f->where : "");
    fprintf(stderr, ", line %d)\n", f ? f->line : 0);
    abort();
}

static unsigned draw(unsigned below)
{
    S.random = S.random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((S.random >> 33) % below);
}

/* -- fibers ---------------------------------------------------------------------------------- */

UNWATCHED static void switch_context(Fiber *from, Fiber *to)
{
#if defined __x86_64__
    cudaemu_switch(&from->context, to->context);
#else
    swapcontext(&from->context, &to->context);
#endif
}

UNWATCHED static void enter(Fiber *f)
{
    S.current = f;
    S.place.thread = f->index;
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(&S.main.fake, f->stack->memory, STACK);
#endif
#ifdef EMU_TSAN
    __tsan_switch_to_fiber(f->tsan, 1); /* 1: the change itself orders nothing */
#endif
    switch_context(&S.main, f);
#ifdef EMU_ASAN
    __sanitizer_finish_switch_fiber(S.main.fake, nullptr, nullptr);
#endif
}

UNWATCHED static void leave(bool last)
{
    Fiber *f = S.current;
#ifdef EMU_ASAN
    __sanitizer_start_switch_fiber(last ? nullptr : &f->fake, S.main_stack, S.main_size);
#endif
    (void)last;
#ifdef EMU_TSAN
    __tsan_switch_to_fiber(S.main.tsan, 1);
#endif
    switch_context(f, &S.main);
#ifdef EMU_ASAN
    __sanitizer_finish_switch_fiber(f->fake, nullptr, nullptr);
#endif
}

UNWATCHED static void entry()
{
#ifdef EMU_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &S.main_stack, &S.main_size);
#endif
    acquire(&S.current->stack->token);
    acquire(&S.start_token);
    (*S.thread)();
    release(&S.end_token);
    release(&S.current->stack->token);
    S.current->operation = DONE;
    leave(true);
}

UNWATCHED static void prepare(Fiber *f)
{
#if defined __x86_64__
    /* As if entry had been called from nowhere: six registers, its address, and a return address
       that leaves the stack aligned as a call does. */
    void **top = reinterpret_cast<void **>(f->stack->memory + STACK);
    for (int k = 0; k < 8; k++)
        *--top = nullptr;
    top[6] = reinterpret_cast<void *>(entry);
    f->context = top;
#else
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = f->stack->memory;
    f->context.uc_stack.ss_size = STACK;
    f->context.uc_link = nullptr;
    makecontext(&f->context, entry, 0);
#endif
}

const Place &place()
{
    return S.place;
}

unsigned lane_number()
{
    return S.current->number % 32;
}

UNWATCHED void wait(Operation operation, unsigned mask, const char *where, int line)
{
    Fiber *f = S.current;
    void *token = operation == AT_BARRIER ? &S.barrier_token : &S.warp_token[f->number / 32];
    f->operation = operation;
    f->mask = mask;
    f->where = where;
    f->line = line;
    if (operation != AT_BARRIER && !(mask >> f->number % 32 & 1))
        die("the caller is not in its own mask");
    release(token);
    leave(false);
    acquire(token);
}

UNWATCHED void shuffle(unsigned mask, const void *in, void *out, size_t size, int source, int line)
{
    Fiber *f = S.current;
    memcpy(f->in, in, size);
    f->source = source;
    wait(SHUFFLES, mask, "a shuffle", line);
    memcpy(out, f->out, size);
}

/* What a copy reads and writes is seen as the thread's own doing. */
void copy_later(void *to, const void *from, size_t bytes)
{
    Fiber *f = S.current;
    if (f->copy_count == 8)
        die("too many copies on their way");
    f->copies[f->copy_count++] = {to, from, bytes};
}

void copy_now()
{
    Fiber *f = S.current;
    for (int k = 0; k < f->copy_count; k++)
        memcpy(f->copies[k].to, f->copies[k].from, f->copies[k].bytes);
    f->copy_count = 0;
}

/* -- a block --------------------------------------------------------------------------------- */

UNWATCHED static unsigned char *fresh(size_t bytes)
{
    unsigned char *memory = static_cast<unsigned char *>(aligned_alloc(64, (bytes + 63) / 64 * 64));
    for (size_t k = 0; k < bytes; k++) /* no memset, which the thread sanitizer would see */
        static_cast<volatile unsigned char *>(memory)[k] = 0xFF;
#ifdef EMU_ASAN
    if (bytes % 64)
        __asan_poison_memory_region(memory + bytes, 64 - bytes % 64);
#endif
    S.used_up[S.used_up_count++] = memory;
    return memory;
}

UNWATCHED void *shared(const void *site, size_t bytes)
{
    unsigned k = 0;
    while (k < S.array_count && S.arrays[k].site != site)
        k++;
    if (k == S.array_count) {
        if (k == MOST_ARRAYS)
            die("too many shared arrays");
#ifdef EMU_TSAN
        __tsan_switch_to_fiber(S.main.tsan, 1); /* the launcher owns it, not this thread */
#endif
        S.arrays[S.array_count++] = Array{site, fresh(bytes)};
        release(S.arrays[k].memory);
#ifdef EMU_TSAN
        __tsan_switch_to_fiber(S.current->tsan, 1);
#endif
    }
    acquire(S.arrays[k].memory);
    return S.arrays[k].memory;
}

void *dynamic_shared()
{
    return S.dynamic;
}

/* Let those lanes go on whose whole mask waits for the same. */
UNWATCHED static bool release_warp(unsigned count, unsigned warp)
{
    bool any = false;
    const unsigned first = warp * 32, end = first + 32 < count ? first + 32 : count;
    for (unsigned i = first; i < end; i++) {
        Fiber &f = S.fibers[i];
        bool ready = f.operation == SHUFFLES || f.operation == AT_WARP_BARRIER;
        const unsigned mask = f.mask;
        for (unsigned lane = 0; lane < 32 && ready; lane++) {
            if (!(mask >> lane & 1) || first + lane >= count)
                continue;
            const Fiber &g = S.fibers[first + lane];
            if (g.operation == DONE) {
                S.current = &f;
                die("the mask names a lane that has returned");
            }
            ready = g.operation == f.operation && g.mask == mask && g.line == f.line;
        }
        if (!ready)
            continue;
        for (unsigned lane = 0; lane < 32; lane++)
            if ((mask >> lane & 1) && first + lane < count) {
                Fiber &g = S.fibers[first + lane];
                if (g.operation == SHUFFLES) {
                    if (!(mask >> g.source & 1) || first + (unsigned)g.source >= count) {
                        S.current = &g;
                        die("a shuffle from a lane outside the mask");
                    }
                    memcpy(g.out, S.fibers[first + (unsigned)g.source].in, sizeof g.out);
                }
            }
        for (unsigned lane = 0; lane < 32; lane++)
            if ((mask >> lane & 1) && first + lane < count)
                S.fibers[first + lane].operation = RUNS;
        any = true;
    }
    return any;
}

/* All threads of the block that have not returned wait at one barrier: on with them. */
UNWATCHED static bool release_block(unsigned count, unsigned returned, unsigned waiting)
{
    if (!waiting || waiting + returned != count)
        return false;
    const Fiber *one = nullptr;
    for (unsigned i = 0; i < count; i++) {
        Fiber &f = S.fibers[i];
        if (f.operation != AT_BARRIER)
            continue;
        S.current = &f;
        if (returned)
            die("a barrier after some threads have returned");
        if (one && one->line != f.line)
            die("divergent barriers");
        one = &f;
    }
    for (unsigned i = 0; i < count; i++)
        S.fibers[i].operation = RUNS;
    return true;
}

UNWATCHED static void run_block(unsigned count)
{
    static unsigned order[MOST_THREADS], behind;
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    for (;;) {
        bool ran = false, released = false;
        unsigned returned = 0, waiting = 0;
        for (unsigned i = count; i > 1; i--) {
            const unsigned j = draw(i), t = order[i - 1];
            order[i - 1] = order[j];
            order[j] = t;
        }
        /* One warp stays behind for a while, as long as there are others. */
        if (draw(16) == 0)
            behind = draw(2 * (count / 32 + 1));
        for (unsigned k = 0; k < count; k++)
            if (S.fibers[order[k]].operation == RUNS && order[k] / 32 != behind) {
                enter(&S.fibers[order[k]]);
                ran = true;
            }
        for (unsigned i = 0; i < count; i++) {
            returned += S.fibers[i].operation == DONE;
            waiting += S.fibers[i].operation == AT_BARRIER;
        }
        if (returned == count)
            return;
        for (unsigned w = 0; w * 32 < count; w++)
            released |= release_warp(count, w);
        if (released || ran || release_block(count, returned, waiting))
            continue;
        if (behind == count)
            die("threads wait for each other");
        behind = count; /* no warp */
    }
}

UNWATCHED static void poison(bool on)
{
#ifdef EMU_ASAN
    for (auto &m : *S.memory) {
        if (on)
            __asan_poison_memory_region(m.first, m.second);
        else
            __asan_unpoison_memory_region(m.first, m.second);
    }
#endif
    (void)on;
}

UNWATCHED static void run_in_grid(unsigned block, dim3 block_size, unsigned threads, size_t bytes)
{
    const unsigned turn = draw(threads);
    S.place.block = dim3(block);
    S.array_count = 0;
    S.dynamic = bytes ? fresh(bytes) : nullptr;
    for (unsigned i = 0; i < threads; i++) {
        Fiber *f = &S.fibers[i];
        f->operation = RUNS;
        f->fake = nullptr;
        f->copy_count = 0;
        f->where = nullptr;
        f->number = i;
        f->index = dim3(i % block_size.x, i / block_size.x);
        f->stack = &S.stacks[(i + turn) % threads];
        if (!f->stack->memory)
            f->stack->memory = static_cast<char *>(aligned_alloc(64, STACK));
        prepare(f);
#ifdef EMU_TSAN
        f->tsan = __tsan_create_fiber(0);
#endif
    }
    run_block(threads);
#ifdef EMU_TSAN
    for (unsigned i = 0; i < threads; i++)
        __tsan_destroy_fiber(S.fibers[i].tsan);
#endif
}

UNWATCHED static void clean_up()
{
    while (S.used_up_count) {
        unsigned char *memory = S.used_up[--S.used_up_count];
#ifdef EMU_ASAN
        __asan_unpoison_memory_region(memory, 1);
#endif
        free(memory);
    }
}

static void initialise()
{
    if (S.memory)
        return;
    static std::map<char *, size_t> memory;
    S.memory = &memory;
    const char *seed = getenv("CUDAEMU_SEED"), *devices = getenv("CUDAEMU_DEVICES");
    const char *lost = getenv("CUDAEMU_LOST");
    S.random = 2 * (seed ? strtoull(seed, nullptr, 10) : 1) + 1;
    if (lost) {
        S.fail_at = strtoll(lost, nullptr, 10);
        S.fail_on = 1;
    }
    if (S.devices < 0)
        S.devices = devices ? atoi(devices) : 1;
}

/* Count a call; true if it is to fail. */
static bool fails()
{
    initialise();
    const int64_t call = S.calls++;
    return S.fail_at >= 0 && (call == S.fail_at || (S.fail_on && call > S.fail_at));
}

/* What goes into the stream: done now, or kept by the capture. */
static void submit(std::function<void()> work)
{
    if (S.captured)
        S.captured->nodes.push_back(std::move(work));
    else
        work();
}

/* A call that failed, or that a captured stream does not allow: the capture comes to nothing. */
static cudaError_t spoil(cudaError_t error)
{
    S.spoilt = S.spoilt || S.captured;
    return error;
}

/* What must not be called while the thread's stream is captured. */
static bool captures()
{
    if (S.captured)
        S.spoilt = true;
    return S.captured != nullptr;
}

UNWATCHED static void run_grid(dim3 grid, dim3 block, size_t bytes,
                               const std::function<void()> &thread)
{
    const unsigned threads = block.x * block.y;
    S.launches++;
    S.thread = &thread;
    S.place.grid_size = grid;
    S.place.block_size = block;
#ifdef EMU_TSAN
    S.main.tsan = __tsan_get_current_fiber();
#endif
    poison(false);
    release(&S.start_token);
    /* Any block may be the first one. */
    const unsigned first = draw(grid.x);
    for (unsigned k = 0; k < grid.x; k++) {
        run_in_grid((first + k) % grid.x, block, threads, bytes);
        if (S.used_up_count + MOST_ARRAYS > MOST_USED_UP) {
            acquire(&S.end_token);
            clean_up();
        }
    }
    S.current = nullptr;
    acquire(&S.end_token);
    clean_up();
    poison(true);
}

void launch(dim3 grid, dim3 block, size_t bytes, std::function<void()> thread)
{
    const unsigned threads = block.x * block.y;
    if (fails())
        S.last = spoil(cudaErrorLaunchFailure);
    else if (!threads || threads > MOST_THREADS || block.z != 1 || !grid.x || grid.y != 1 ||
             grid.z != 1 || bytes > S.shared_limit)
        S.last = spoil(cudaErrorInvalidConfiguration);
    else
        submit([=] { run_grid(grid, block, bytes, thread); });
}

static char *owner_of(const void *p, size_t bytes)
{
    char *at = static_cast<char *>(const_cast<void *>(p));
    auto next = S.memory->upper_bound(at);
    if (next == S.memory->begin())
        return nullptr;
    --next;
    return at + bytes <= next->first + next->second ? next->first : nullptr;
}
} // namespace cudaemu

using cudaemu::S;

/* -- runtime --------------------------------------------------------------------------------- */

const char *cudaGetErrorString(cudaError_t error)
{
    switch (error) {
    case cudaSuccess:
        return "no error";
    case cudaErrorMemoryAllocation:
        return "out of memory";
    case cudaErrorNoDevice:
        return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
        return "invalid device ordinal";
    case cudaErrorInvalidConfiguration:
        return "invalid configuration argument";
    case cudaErrorLaunchFailure:
        return "unspecified launch failure";
    case cudaErrorIllegalState:
        return "the operation cannot be performed in the present state";
    case cudaErrorStreamCaptureUnsupported:
        return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
        return "operation failed due to a previous error during capture";
    default:
        return "invalid argument";
    }
}

cudaError_t cudaGetLastError()
{
    const cudaError_t error = S.last;
    S.last = cudaSuccess;
    return error;
}

cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    if (cudaemu::fails())
        return cudaemu::spoil(cudaErrorLaunchFailure);
    return cudaemu::captures() ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    if (cudaemu::fails() || S.devices == 0)
        return cudaErrorNoDevice;
    *count = S.devices;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
    if (cudaemu::fails() || device < 0 || device >= S.devices)
        return cudaErrorInvalidDevice;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device)
{
    if (cudaemu::fails() || device < 0 || device >= S.devices)
        return cudaErrorInvalidDevice;
    *properties = cudaDeviceProp{};
    snprintf(properties->name, sizeof properties->name, "emulated device %d", device);
    properties->totalGlobalMem = S.total;
    properties->sharedMemPerBlockOptin = S.most_shared;
    properties->major = 9;
    properties->multiProcessorCount = 4;
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
    if (cudaemu::fails())
        return cudaErrorLaunchFailure;
    *free_bytes = S.total - S.used;
    *total = S.total;
    return cudaSuccess;
}

cudaError_t cudaemu_allocate(void **out, size_t bytes)
{
    const bool broken = cudaemu::fails();
    const int64_t number = S.allocations++;
    *out = nullptr;
    if (cudaemu::captures())
        return cudaErrorStreamCaptureUnsupported;
    if (broken || number == S.fail_allocation || !bytes || bytes > S.total - S.used)
        return cudaErrorMemoryAllocation;
    char *memory = static_cast<char *>(aligned_alloc(256, (bytes + 255) / 256 * 256));
    memset(memory, 0xFF, bytes); /* a double that was never written is NaN */
    (*S.memory)[memory] = bytes;
    S.used += bytes;
    cudaemu::poison(true);
    *out = memory;
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    S.releases++;
    const bool broken = cudaemu::fails(); /* a device that is lost has no memory to give back */
    if (!memory)
        return cudaSuccess;
    if (cudaemu::captures())
        return cudaErrorStreamCaptureUnsupported;
    auto found = S.memory->find(static_cast<char *>(memory));
    if (found == S.memory->end())
        cudaemu::die("cudaFree of what cudaMalloc never gave");
    cudaemu::poison(false);
    S.used -= found->second;
    S.memory->erase(found);
    free(memory);
    cudaemu::poison(true);
    return broken ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t)
{
    if (cudaemu::fails())
        return cudaemu::spoil(cudaErrorLaunchFailure);
    if ((kind != cudaMemcpyDeviceToHost) != (cudaemu::owner_of(to, bytes) != nullptr) ||
        (kind != cudaMemcpyHostToDevice) != (cudaemu::owner_of(from, bytes) != nullptr))
        return cudaemu::spoil(cudaErrorInvalidValue);
    cudaemu::submit([=] {
        cudaemu::poison(false);
        memmove(to, from, bytes);
        cudaemu::poison(true);
    });
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t)
{
    if (cudaemu::fails())
        return cudaemu::spoil(cudaErrorLaunchFailure);
    if (!cudaemu::owner_of(to, bytes))
        return cudaemu::spoil(cudaErrorInvalidValue);
    cudaemu::submit([=] {
        cudaemu::poison(false);
        memset(to, value, bytes);
        cudaemu::poison(true);
    });
    return cudaSuccess;
}

/* -- graphs ---------------------------------------------------------------------------------- */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    if (cudaemu::fails())
        return cudaErrorLaunchFailure;
    if (stream != cudaStreamPerThread) /* the default stream cannot be captured */
        return cudaErrorStreamCaptureUnsupported;
    if (S.captured)
        return cudaErrorIllegalState;
    S.captured = new cudaemu::Graph;
    S.spoilt = false;
    S.graphs++;
    return cudaSuccess;
}

/* Ends the capture whatever comes of it. */
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t *graph)
{
    const bool broken = cudaemu::fails();
    cudaemu::Graph *captured = S.captured;
    *graph = nullptr;
    S.captured = nullptr;
    if (!captured)
        return cudaErrorIllegalState;
    if (!broken && !S.spoilt) {
        *graph = captured;
        return cudaSuccess;
    }
    delete captured;
    S.graphs--;
    return broken ? cudaErrorLaunchFailure : cudaErrorStreamCaptureInvalidated;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph,
                                          unsigned long long)
{
    *exec = nullptr;
    if (cudaemu::fails())
        return cudaErrorMemoryAllocation;
    *exec = new cudaemu::GraphExec{graph->nodes};
    S.graphs++;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t)
{
    if (cudaemu::fails())
        return cudaErrorLaunchFailure;
    S.graph_launches++;
    for (const auto &node : exec->nodes)
        node();
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    const bool broken = cudaemu::fails();
    delete graph;
    S.graphs--;
    return broken ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    const bool broken = cudaemu::fails();
    delete exec;
    S.graphs--;
    return broken ? cudaErrorLaunchFailure : cudaSuccess;
}

cudaError_t cudaemu_set_shared(size_t bytes)
{
    if (cudaemu::fails() || bytes > S.most_shared)
        return cudaErrorInvalidValue;
    S.shared_limit = bytes > cudaemu::PLAIN_SHARED ? bytes : cudaemu::PLAIN_SHARED;
    return cudaSuccess;
}

/* -- control --------------------------------------------------------------------------------- */

void cudaemu_seed(uint64_t seed)
{
    cudaemu::initialise();
    S.random = 2 * seed + 1;
}

int64_t cudaemu_calls(void)
{
    return S.calls;
}

int64_t cudaemu_launches(void)
{
    return S.launches;
}

int64_t cudaemu_releases(void)
{
    return S.releases;
}

int64_t cudaemu_graph_launches(void)
{
    return S.graph_launches;
}

int64_t cudaemu_graphs(void)
{
    return S.graphs;
}

void cudaemu_arm(int64_t fail_at, int fail_on)
{
    S.calls = S.launches = S.graph_launches = S.releases = 0;
    S.fail_at = fail_at;
    S.fail_on = fail_on;
}

int64_t cudaemu_allocations(void)
{
    return S.allocations;
}

void cudaemu_arm_allocations(int64_t fail_at)
{
    S.allocations = 0;
    S.fail_allocation = fail_at;
}

void cudaemu_set_memory(size_t bytes)
{
    S.total = bytes;
}

void cudaemu_set_most_shared(size_t bytes)
{
    S.most_shared = bytes;
}

size_t cudaemu_memory_used(void)
{
    return S.used;
}

void cudaemu_set_devices(int count)
{
    cudaemu::initialise();
    S.devices = count;
}

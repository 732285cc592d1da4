/* One gradient method on one case, in a process of its own: only there is the peak of the memory
   that of the method. */
#ifndef HAHN_BENCH_POINT_HEADER
#define HAHN_BENCH_POINT_HEADER

#include "harness.h"
#include "tree.h"

/** Measure options.point on the case in this process and print the result, a JSON object. */
bool point_measure(struct bench *bench, const struct bench_case *given, struct failure *f);

/** The same in a child process, added to the bench's cases. *out gets it as a tree, to be freed, or
    NULL, after a row that says so, where the memory was too small. */
bool point_run(struct bench *bench, const struct bench_case *given, const char *method,
               hahn_precision precision, struct tree **out, struct failure *f);

/** Is `method` among `names`, with commas between, or are those NULL? */
bool method_is_wanted(const char *names, const char *method);
/** Refuse names of methods that there are not. */
bool method_check_names(const char *names, struct failure *f);

/** A way to a gradient: the library's methods, and parameter shift by shots. */
struct bench_method {
    const char *name;
    hahn_method method;
    bool sampled;
};

/** Number `index` of them; false past the end. */
bool method_at(int index, struct bench_method *out);
/** The one called by the first `length` bytes of `name`. */
bool method_find(const char *name, size_t length, struct bench_method *out, struct failure *f);

#endif

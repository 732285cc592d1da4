/* One gradient method on one case, in a process of its own: only there is the peak of the memory
   that of the method. */
#ifndef HAHN_BENCH_POINT_HEADER
#define HAHN_BENCH_POINT_HEADER

#include "harness.h"
#include "tree.h"

/** Measure options.point on the case in this process and print the result, a JSON object. */
bool point_measure(struct bench *bench, const struct bench_case *given, struct failure *f);

/** The same in a child process. *out gets the text of the object, to be freed, or NULL where the
    child found the memory too small; what it says about that goes to standard error. */
bool point_start(const struct bench *bench, const struct bench_case *given, const char *method,
                 const char *precision, char **out, struct failure *f);

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

/* What went wrong, on its way from where it happened to the one line that the user reads. */
#ifndef HAHN_VQE_FAILURE_HEADER
#define HAHN_VQE_FAILURE_HEADER

#include <hahn/engine.h>
#include <stdbool.h>
#include <stdint.h>

/** Exit codes of every command. */
typedef enum exit_code {
    CLI_DONE = 0,
    CLI_FAILED = 1,       /* the machine said no: memory, disk, a backend that broke */
    CLI_USAGE = 2,        /* wrong usage or bad input */
    CLI_STOPPED = 3,      /* stopped before the tolerance asked for was reached */
    CLI_INTERRUPTED = 130 /* by SIGINT; a checkpoint was written if one was asked for */
} exit_code;

/** A message (value, allowed range, remedy; no full stop, no newline) and the exit code for it.
    Functions that can fail return false and fill one. */
struct failure {
    exit_code code;
    char text[1024];
};

/** Fill *failure and return false, so that `return fail(...)` reads well. Text that is too long is
    cut. */
bool fail(struct failure *failure, exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same with what the engine says about its last error. Statuses that a user's input causes
    become CLI_USAGE; memory and the backend CLI_FAILED. `what` (may be NULL) goes before it. */
bool fail_engine(struct failure *failure, hahn_status status, const hahn_engine *engine,
                 const char *what);

/** CLI_FAILED: `what` needs this many bytes and `left` may be used; tells how many are missing. */
bool fail_memory(struct failure *failure, const char *what, uint64_t bytes, uint64_t left);

/** Put "prefix: " (printf style) before the message and return false. */
bool fail_prefix(struct failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Print "PROGRAM: MESSAGE" on standard error and return the code. */
int failure_report(const struct failure *failure);

#endif

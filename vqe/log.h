/* The log of a run: one JSON object a line, and a checkpoint knows how far it had come. */
#ifndef HAHN_VQE_LOG_HEADER
#define HAHN_VQE_LOG_HEADER

#include "failure.h"

#include <stdint.h>

/** A log that is written to. All zero: no log, and every call does nothing. */
struct train_log {
    char *path;
    int file; /* descriptor */
    uint64_t bytes;
    uint32_t crc; /* CRC-32C of those bytes */
};

/** Begin a log, in place of what stands at `path`. */
bool log_create(struct train_log *log, const char *path, struct failure *f);

/** Go on with a log after its first `bytes` bytes; what follows them is cut off. CLI_USAGE if there
    are fewer, or if their CRC-32C is not `crc`: then it is the log of another run. */
bool log_continue(struct train_log *log, const char *path, uint64_t bytes, uint32_t crc,
                  struct failure *f);

/** Append a line; `text` has no newline. It is handed to the system before this returns, so that a
    killed process loses nothing of it. */
bool log_line(struct train_log *log, const char *text, struct failure *f);

/** Wait until the log is on disk. */
bool log_sync(struct train_log *log, struct failure *f);

/** Close, if it is open. */
void log_close(struct train_log *log);

#endif

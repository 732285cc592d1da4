#define _XOPEN_SOURCE 700

#include "log.h"

#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fail_log(const char *verb, const char *path, exit_code code, struct failure *f)
{
    return fail(f, code, "cannot %s the log %s: %s", verb, path, strerror(errno));
}

static bool open_log(struct train_log *log, const char *path, int flags, struct failure *f)
{
    int file = open(path, flags | O_CLOEXEC, 0666);
    memset(log, 0, sizeof *log);
    if (file < 0)
        return fail_log("open", path, CLI_USAGE, f);
    log->path = strdup(path);
    if (!log->path) {
        close(file);
        return fail(f, CLI_FAILED, "out of memory opening the log %s", path);
    }
    log->file = file;
    return true;
}

bool log_create(struct train_log *log, const char *path, struct failure *f)
{
    return open_log(log, path, O_WRONLY | O_CREAT | O_TRUNC, f);
}

/* Read the first `bytes` bytes and bring log->bytes and log->crc up to them. */
static bool read_prefix(struct train_log *log, uint64_t bytes, struct failure *f)
{
    unsigned char chunk[1 << 14];
    while (log->bytes < bytes) {
        uint64_t left = bytes - log->bytes;
        ssize_t got = read(log->file, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_log("read", log->path, CLI_USAGE, f);
        if (got == 0)
            return fail(f, CLI_USAGE,
                        "the log %s has %" PRIu64 " bytes, but the checkpoint was written when it "
                        "had %" PRIu64 ": put it back, or name a new file with --log",
                        log->path, log->bytes, bytes);
        log->crc = crc32c(log->crc, chunk, (size_t)got);
        log->bytes += (uint64_t)got;
    }
    return true;
}

bool log_continue(struct train_log *log, const char *path, uint64_t bytes, uint32_t crc,
                  struct failure *f)
{
    if (!open_log(log, path, O_RDWR, f))
        return false;
    if (!read_prefix(log, bytes, f))
        goto failed;
    if (log->crc != crc) {
        fail(f, CLI_USAGE,
             "the log %s is not the one that the checkpoint was written with: put that back, or "
             "name a new file with --log",
             path);
        goto failed;
    }
    if (ftruncate(log->file, (off_t)bytes) != 0) {
        fail_log("cut", path, CLI_FAILED, f);
        goto failed;
    }
    return true;
failed:
    log_close(log);
    return false;
}

static bool write_all(struct train_log *log, const char *text, size_t length, struct failure *f)
{
    while (length > 0) {
        ssize_t written = write(log->file, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail_log("write", log->path, CLI_FAILED, f);
        log->crc = crc32c(log->crc, text, (size_t)written);
        log->bytes += (uint64_t)written;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

bool log_line(struct train_log *log, const char *text, struct failure *f)
{
    char *line;
    size_t length;
    bool done;

    if (!log->path)
        return true;
    if (!text || !(line = malloc(strlen(text) + 2)))
        return fail(f, CLI_FAILED, "out of memory writing the log %s", log->path);
    /* One write for the line and its end: a reader never sees half a line. */
    length = strlen(text);
    memcpy(line, text, length);
    line[length++] = '\n';
    done = write_all(log, line, length, f);
    free(line);
    return done;
}

bool log_sync(struct train_log *log, struct failure *f)
{
    /* EINVAL: a pipe or a terminal, which has nothing to sync. */
    if (log->path && fsync(log->file) != 0 && errno != EINVAL)
        return fail_log("sync", log->path, CLI_FAILED, f);
    return true;
}

void log_close(struct train_log *log)
{
    if (log->path)
        close(log->file);
    free(log->path);
    memset(log, 0, sizeof *log);
}

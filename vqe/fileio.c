/* Whole files: reading them with a bound, writing them atomically. */
#define _XOPEN_SOURCE 700

#include "fileio.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_path(struct failure *f, const char *verb, const char *path)
{
    return fail(f, errno == ENOSPC || errno == EIO || errno == ENOMEM ? CLI_FAILED : CLI_USAGE,
                "cannot %s %s: %s", verb, path, strerror(errno));
}

static bool too_large(struct failure *f, const char *path, uint64_t bytes, size_t limit)
{
    char got[32], most[32];
    return fail(f, CLI_USAGE, "%s is too large: %s%s, but at most %s are read here", path,
                bytes > limit ? "" : "more than ", format_bytes(bytes, got, sizeof got),
                format_bytes(limit, most, sizeof most));
}

static bool check_readable(const char *path, FILE *stream, size_t limit, struct failure *f)
{
    struct stat info;
    if (fstat(fileno(stream), &info) != 0)
        return fail_path(f, "read", path);
    if (S_ISDIR(info.st_mode))
        return fail(f, CLI_USAGE, "%s is a directory; give a file", path);
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > limit)
        return too_large(f, path, (uint64_t)info.st_size, limit);
    return true;
}

/* Read to the end: the size of a pipe is not known beforehand. */
static bool read_stream(FILE *stream, const char *path, size_t limit, char **data, size_t *length,
                        struct failure *f)
{
    size_t capacity = 1 << 16, used = 0;
    char *buffer = malloc(capacity);
    while (buffer) {
        char *larger;
        used += fread(buffer + used, 1, capacity - used - 1, stream);
        if (used + 1 < capacity || used > limit)
            break;
        larger = realloc(buffer, capacity *= 2);
        if (!larger)
            free(buffer);
        buffer = larger;
    }
    if (!buffer)
        return fail(f, CLI_FAILED, "out of memory reading %s", path);
    buffer[used] = '\0';
    *data = buffer;
    *length = used;
    if (!ferror(stream) && used <= limit)
        return true;
    free(buffer);
    *data = NULL;
    return used > limit ? too_large(f, path, limit, limit) : fail_path(f, "read", path);
}

bool file_read(const char *path, size_t limit, char **data, size_t *length, struct failure *f)
{
    FILE *stream = fopen(path, "rbe");
    bool done;
    if (!stream)
        return fail_path(f, "read", path);
    done =
        check_readable(path, stream, limit, f) && read_stream(stream, path, limit, data, length, f);
    fclose(stream);
    return done;
}

/* -- atomic writing --------------------------------------------------------------------------- */

static void forget(struct atomic_file *file)
{
    free(file->path);
    free(file->temporary);
    memset(file, 0, sizeof *file);
}

/* Devices and pipes cannot be replaced by a new file: they are written straight away. */
static bool open_direct(struct atomic_file *file, const char *path, struct failure *f)
{
    file->path = strdup(path);
    file->stream = fopen(path, "wbe");
    if (file->path && file->stream)
        return true;
    fail_path(f, "write", path);
    if (file->stream)
        fclose(file->stream);
    forget(file);
    return false;
}

/* Create the temporary file beside file->path, with the rights that the file has or would get. */
static int create_temporary(struct atomic_file *file, const struct stat *old)
{
    size_t size = strlen(file->path) + 40;
    int fd = -1;
    file->temporary = malloc(size);
    if (!file->temporary) {
        errno = ENOMEM;
        return -1;
    }
    for (int attempt = 0; attempt < 100 && fd < 0; attempt++) {
        snprintf(file->temporary, size, "%s.tmp-%ld-%d", file->path, (long)getpid(), attempt);
        fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0 && old && fchmod(fd, old->st_mode & 0777) != 0) {
        /* The rights of a file that someone else owns cannot be copied; the content matters more.
         */
        errno = 0;
    }
    return fd;
}

bool atomic_open(struct atomic_file *file, const char *path, struct failure *f)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;
    int fd;

    memset(file, 0, sizeof *file);
    if (exists && S_ISDIR(info.st_mode))
        return fail(f, CLI_USAGE, "cannot write %s: it is a directory; give a file", path);
    if (exists && !S_ISREG(info.st_mode))
        return open_direct(file, path, f);
    /* A link is followed, so that it still points to what is written. */
    file->path = exists ? realpath(path, NULL) : strdup(path);
    fd = file->path ? create_temporary(file, exists ? &info : NULL) : -1;
    if (fd >= 0)
        file->stream = fdopen(fd, "wb");
    if (file->stream)
        return true;
    fail_path(f, "write", path);
    if (fd >= 0) {
        close(fd);
        unlink(file->temporary);
    }
    forget(file);
    return false;
}

/* A rename is lasting once the folder is on disk. File systems that cannot sync one say EINVAL. */
static bool sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    errno = reason;
    return done;
}

bool atomic_commit(struct atomic_file *file, struct failure *f)
{
    bool direct = file->temporary == NULL;
    bool written = fflush(file->stream) == 0 && !ferror(file->stream) &&
                   (direct || fsync(fileno(file->stream)) == 0);
    int reason = errno;

    if (fclose(file->stream) != 0 && written) {
        reason = errno;
        written = false;
    }
    errno = reason;
    if (!direct && written)
        written = rename(file->temporary, file->path) == 0 && sync_folder(file->path);
    if (!written) {
        fail_path(f, "write", file->path);
        f->code = CLI_FAILED;
        if (!direct)
            unlink(file->temporary);
    }
    forget(file);
    return written;
}

void atomic_abandon(struct atomic_file *file)
{
    if (!file->stream)
        return;
    fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    forget(file);
}

uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
    /* Remainders of the 16 values of four bits, polynomial 0x82F63B78 (reflected). */
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                       0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                       0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    const unsigned char *bytes = data;
    crc = ~crc;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

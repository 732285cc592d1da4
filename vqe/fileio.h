/* Vectors in files: text (one number a line, `#` comments) and NumPy .npy; and files that are
   written whole or not at all. */
#ifndef HAHN_VQE_FILEIO_HEADER
#define HAHN_VQE_FILEIO_HEADER

#include "failure.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Read a whole file of at most `limit` bytes. *data gets length + 1 bytes, the last one 0, to be
    freed by the caller. Directories, unreadable and larger files are refused by name. */
bool file_read(const char *path, size_t limit, char **data, size_t *length, struct failure *f);

/** Read a vector of exactly `expected` numbers (or, if expected < 0, of any number but none). A
   file that starts as NumPy's does is read as .npy (versions 1 and 2, '<f8' or '<f4', one
   dimension), any other as text. Numbers that are not finite are refused. *out is to be freed. */
bool vector_read(const char *path, int64_t expected, double **out, int64_t *count,
                 struct failure *f);

/** Read exactly `expected` complex numbers, which *out gets interleaved: text, "re im" a line, or
    .npy ('<c16' or '<c8'). Otherwise the same. */
bool complex_read(const char *path, int64_t expected, double **out, struct failure *f);

/** Write a vector: NumPy .npy if the path ends so, else text, one "%.17g" a line. Atomic. */
bool vector_write(const char *path, const double *values, int64_t count, struct failure *f);

/** Write `count` complex numbers, interleaved, as .npy ('<c16') or, where the path ends otherwise,
    as text, "re im" a line. Atomic. */
bool complex_write(const char *path, const double *values, int64_t count, struct failure *f);

/** Write a matrix, row by row: .npy of two dimensions, or text, a row a line. Atomic. */
bool matrix_write(const char *path, const double *values, int64_t rows, int64_t columns,
                  struct failure *f);

/** Write `count` indices: .npy ('<u8') or text, as above. Atomic. */
bool index_write(const char *path, const uint64_t *values, int64_t count, struct failure *f);

/** Whether the writers take this path for a NumPy file: whether it ends in ".npy". */
bool vector_is_npy(const char *path);

/** Print rows of `columns` numbers, "%.17g" with a space between. */
void vector_print(FILE *stream, const double *values, int64_t rows, int64_t columns);

/** A file on its way: written as a temporary file in the folder of `path`. */
struct atomic_file {
    FILE *stream;
    char *path;
    char *temporary;
};

/** Open. Nothing is seen at `path` before atomic_commit. */
bool atomic_open(struct atomic_file *file, const char *path, struct failure *f);
/** Flush, fsync, rename, fsync of the folder. On failure what stood at `path` still does and the
    temporary file is gone. Either way the struct is done with. */
bool atomic_commit(struct atomic_file *file, struct failure *f);
/** Give up: remove the temporary file. */
void atomic_abandon(struct atomic_file *file);

/** CRC-32C (Castagnoli) of `length` bytes, going on from `crc`; start with 0. */
uint32_t crc32c(uint32_t crc, const void *data, size_t length);

#endif

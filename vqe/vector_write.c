/* Writing vectors and matrices, as text and as NumPy's .npy. */
#include "fileio.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

bool vector_is_npy(const char *path)
{
    return ends_with(path, ".npy");
}

/* Version 1 of the format; the data begins at a multiple of 64 bytes. `columns` 0: a vector. */
static void write_npy_header(FILE *stream, const char *type, int64_t rows, int64_t columns)
{
    char header[118], second[24] = "";
    if (columns)
        snprintf(second, sizeof second, " %lld", (long long)columns);
    int length = snprintf(header, sizeof header,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%lld,%s), }", type,
                          (long long)rows, second);
    memset(header + length, ' ', sizeof header - (size_t)length);
    header[sizeof header - 1] = '\n';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, stream);
    fwrite(header, 1, sizeof header, stream);
}

static void write_word(FILE *stream, uint64_t bits)
{
    unsigned char bytes[8];
    for (int k = 0; k < 8; k++)
        bytes[k] = (unsigned char)(bits >> (8 * k));
    fwrite(bytes, 1, sizeof bytes, stream);
}

static void write_reals(FILE *stream, const double *values, int64_t count)
{
    for (int64_t k = 0; k < count; k++) {
        uint64_t bits;
        memcpy(&bits, &values[k], sizeof bits);
        write_word(stream, bits);
    }
}

/* Rows of `width` real numbers, which NumPy sees as `shape` columns of `type`, 0: as a vector. */
static bool write_rows(const char *path, const char *type, const double *values, int64_t rows,
                       int64_t width, int64_t shape, struct failure *f)
{
    struct atomic_file file;
    if (!atomic_open(&file, path, f))
        return false;
    if (vector_is_npy(path)) {
        write_npy_header(file.stream, type, rows, shape);
        write_reals(file.stream, values, rows * width);
    } else {
        vector_print(file.stream, values, rows, width);
    }
    return atomic_commit(&file, f);
}

bool vector_write(const char *path, const double *values, int64_t count, struct failure *f)
{
    return write_rows(path, "<f8", values, count, 1, 0, f);
}

bool complex_write(const char *path, const double *values, int64_t count, struct failure *f)
{
    return write_rows(path, "<c16", values, count, 2, 0, f);
}

bool matrix_write(const char *path, const double *values, int64_t rows, int64_t columns,
                  struct failure *f)
{
    return write_rows(path, "<f8", values, rows, columns, columns, f);
}

bool index_write(const char *path, const uint64_t *values, int64_t count, struct failure *f)
{
    struct atomic_file file;
    if (!atomic_open(&file, path, f))
        return false;
    if (vector_is_npy(path))
        write_npy_header(file.stream, "<u8", count, 0);
    for (int64_t k = 0; k < count; k++) {
        if (vector_is_npy(path))
            write_word(file.stream, values[k]);
        else
            fprintf(file.stream, "%llu\n", (unsigned long long)values[k]);
    }
    return atomic_commit(&file, f);
}

void vector_print(FILE *stream, const double *values, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            fprintf(stream, "%.17g%c", values[r * columns + c], c + 1 < columns ? ' ' : '\n');
}

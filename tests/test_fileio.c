/* Files: vectors as text and .npy, atomic writing, CRC, JSON. */
#define _XOPEN_SOURCE 700

/* Before cmocka, which makes `fail` a macro. */
#include "vqe/fileio.h"
#include "vqe/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for each test. */
struct folder {
    char path[64], file[96];
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return 1;
    strcpy(folder->path, "/tmp/hahn-fileio-XXXXXX");
    if (!mkdtemp(folder->path))
        return 1;
    snprintf(folder->file, sizeof folder->file, "%s/data", folder->path);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    char command[128];
    int failed;
    snprintf(command, sizeof command, "rm -r '%s'", folder->path);
    failed = system(command);
    free(folder);
    return failed;
}

static const char *file_of(void **state)
{
    return ((struct folder *)*state)->file;
}

static void put(const char *path, const void *data, size_t length)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

static void put_string(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

/* -- text ------------------------------------------------------------------------------------- */

static void reads_text(void **state)
{
    const char *path = file_of(state);
    struct failure f;
    double *v;
    int64_t count;
    put_string(path, "\xEF\xBB\xBF# a comment\n 1.5 \r\n\n-2e-3# another\n0x1p-3\n  .5");
    assert_true(vector_read(path, -1, &v, &count, &f));
    assert_int_equal(count, 4);
    assert_true(v[0] == 1.5 && v[1] == -2e-3 && v[2] == 0.125 && v[3] == 0.5);
    free(v);
    assert_true(vector_read(path, 4, &v, &count, &f));
    free(v);
}

/* The file must be refused with this in the message and exit code 2. */
static void refuses(const char *path, const char *text, size_t length, int64_t expected,
                    const char *message)
{
    struct failure f = {CLI_DONE, ""};
    double *v;
    int64_t count;
    put(path, text, length);
    assert_false(vector_read(path, expected, &v, &count, &f));
    assert_int_equal(f.code, CLI_USAGE);
    if (!strstr(f.text, message))
        fail_msg("\"%s\" does not say \"%s\"", f.text, message);
}

static void refuses_text(const char *path, const char *text, int64_t expected, const char *message)
{
    refuses(path, text, strlen(text), expected, message);
}

static void refuses_bad_text(void **state)
{
    const char *path = file_of(state);
    refuses_text(path, "1\n2\nnan\n", -1, "data:3: \"nan\" is not a finite number");
    refuses_text(path, "1\ninf\n", -1, "data:2: \"inf\"");
    refuses_text(path, "1e999\n", -1, "data:1: \"1e999\"");
    refuses_text(path, "1 2\n", -1, "data:1: \"1 2\"");
    refuses_text(path, "1\n2x # y\n", -1, "data:2: \"2x\"");
    refuses_text(path, "", -1, "is empty");
    refuses_text(path, "# nothing\n\n", -1, "is empty");
    refuses_text(path, "", 3, "holds 0 numbers, but the circuit has 3 parameters");
    refuses_text(path, "1\n2\n", 3, "holds 2 numbers, but the circuit has 3 parameters");
    refuses_text(path, "1\n2\n3\n4\n5\n", 3, "holds 5 numbers, but the circuit has 3 parameters");
    refuses(path, "1\n2\0\n", 5, -1, "data:2");
}

static void refuses_bad_paths(void **state)
{
    const struct folder *folder = *state;
    struct failure f;
    double *v;
    int64_t count;
    char *data;
    size_t length;
    assert_false(vector_read(folder->path, -1, &v, &count, &f));
    assert_non_null(strstr(f.text, "is a directory"));
    assert_false(vector_read("/nonexistent/file", -1, &v, &count, &f));
    assert_non_null(strstr(f.text, "No such file"));
    put_string(folder->file, "12345");
    assert_false(file_read(folder->file, 4, &data, &length, &f));
    assert_non_null(strstr(f.text, "is too large: 5 B, but at most 4 B"));
    assert_true(file_read(folder->file, 5, &data, &length, &f));
    assert_int_equal(length, 5);
    assert_string_equal(data, "12345");
    free(data);
    /* A device has no size to ask for beforehand. */
    assert_false(file_read("/dev/zero", 100000, &data, &length, &f));
    assert_non_null(strstr(f.text, "is too large: more than"));
}

/* -- round trips ------------------------------------------------------------------------------ */

static const double awkward[] = {0.0,     -0.0,    1.0 / 3.0, DBL_MIN, DBL_TRUE_MIN, -DBL_TRUE_MIN,
                                 DBL_MAX, -1e-300, 0.1,       M_PI,    1e22};
#define AWKWARD ((int64_t)(sizeof awkward / sizeof awkward[0]))

static void returns(const char *path)
{
    struct failure f;
    double *v;
    int64_t count;
    assert_true(vector_write(path, awkward, AWKWARD, &f));
    assert_true(vector_read(path, AWKWARD, &v, &count, &f));
    assert_int_equal(count, AWKWARD);
    assert_memory_equal(v, awkward, sizeof awkward);
    free(v);
}

static void numbers_return_bitwise(void **state)
{
    char path[128];
    returns(file_of(state));
    snprintf(path, sizeof path, "%s.npy", file_of(state));
    returns(path);
}

/* -- NumPy ------------------------------------------------------------------------------------ */

/* Build a file by hand, as the format's description has it. */
static size_t build_npy(unsigned char *out, int version, const char *dictionary, const void *data,
                        size_t bytes)
{
    size_t field = version == 1 ? 2 : 4, length = strlen(dictionary), start = 8 + field;
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (unsigned char)version;
    out[7] = 0;
    for (size_t k = 0; k < field; k++)
        out[8 + k] = (unsigned char)(length >> (8 * k));
    memcpy(out + start, dictionary, length);
    memcpy(out + start + length, data, bytes);
    return start + length + bytes;
}

static void reads_npy(const char *path, int version, const char *dictionary, const void *data,
                      size_t bytes)
{
    unsigned char file[512];
    struct failure f;
    double *v;
    int64_t count;
    put(path, file, build_npy(file, version, dictionary, data, bytes));
    if (!vector_read(path, 2, &v, &count, &f))
        fail_msg("%s", f.text);
    assert_int_equal(count, 2);
    assert_true(v[0] == 1.0 && v[1] == -2.5);
    free(v);
}

static void reads_both_versions_and_types(void **state)
{
    /* 1.0 and -2.5, little-endian. */
    static const unsigned char f8[] = {0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0x04, 0xC0};
    static const unsigned char f4[] = {0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0};
    const char *path = file_of(state);
    reads_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", f8, 16);
    reads_npy(path, 2, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", f8, 16);
    reads_npy(path, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", f4, 8);
    reads_npy(path, 1, "{'shape': (2,), 'fortran_order': True, 'descr': '<f8'}", f8, 16);
}

static void refuses_npy(const char *path, int version, const char *dictionary, size_t bytes,
                        const char *message)
{
    static const unsigned char zeros[256];
    unsigned char file[512];
    size_t length = build_npy(file, version, dictionary, zeros, bytes);
    refuses(path, (const char *)file, length, -1, message);
}

static void refuses_bad_npy(void **state)
{
    const char *path = file_of(state);
    refuses_npy(path, 1, "{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", 16, "'>f8'");
    refuses_npy(path, 1, "{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }", 32,
                "'<c16'");
    refuses_npy(path, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", 16, "'<i8'");
    refuses_npy(path, 1, "{'fortran_order': False, 'shape': (2,), }", 16, "type unknown");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48,
                "shape (2, 3)");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 8, "shape ()");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", 8,
                "shape (-1,)");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", 16,
                "damaged");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 16,
                "damaged");
    refuses_npy(path, 1,
                "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693953,), }", 8,
                "damaged");
    refuses_npy(path, 1, "{'descr': '<f8'}", 8, "shape none");
    refuses_npy(path, 3, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 8,
                "version 3");
    refuses_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", 0,
                "is empty");
}

static void refuses_nan_in_npy(void **state)
{
    const char *path = file_of(state);
    const double values[] = {1.0, NAN};
    unsigned char file[512];
    size_t length =
        build_npy(file, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", values, 16);
    refuses(path, (const char *)file, length, 2, "number 1 (counted from 0) is");
}

static void refuses_every_cut_npy(void **state)
{
    char path[128];
    struct failure f;
    char *data;
    size_t length;
    double *v;
    int64_t count;
    snprintf(path, sizeof path, "%s.npy", file_of(state));
    assert_true(vector_write(path, awkward, AWKWARD, &f));
    assert_true(file_read(path, 1 << 20, &data, &length, &f));
    assert_int_equal(length, 128 + sizeof awkward);
    for (size_t cut = 0; cut < length; cut++) {
        put(path, data, cut);
        assert_false(vector_read(path, AWKWARD, &v, &count, &f));
    }
    free(data);
}

static void writes_complex_header(void **state)
{
    const double values[] = {1.0, 2.0, 3.0, 4.0};
    char path[128], *data;
    size_t length;
    struct failure f;
    snprintf(path, sizeof path, "%s.npy", file_of(state));
    assert_true(complex_write(path, values, 2, &f));
    assert_true(file_read(path, 1000, &data, &length, &f));
    assert_int_equal(length, 128 + sizeof values);
    assert_memory_equal(data, "\x93NUMPY\x01\x00\x76\x00{'descr': '<c16', ", 28);
    assert_non_null(strstr(data + 10, "'shape': (2,)"));
    assert_int_equal(data[127], '\n');
    assert_memory_equal(data + 128, values, sizeof values);
    free(data);
}

static void complex_file_is_refused(const char *path, const char *text, int64_t expected,
                                    const char *message)
{
    struct failure f = {CLI_DONE, ""};
    double *v;
    put_string(path, text);
    assert_false(complex_read(path, expected, &v, &f));
    assert_int_equal(f.code, CLI_USAGE);
    if (!strstr(f.text, message))
        fail_msg("\"%s\" does not say \"%s\"", f.text, message);
}

static void reads_complex_numbers(void **state)
{
    const double values[] = {1.0, -0x1p-1074, 3.0, 0.1};
    char path[128];
    struct failure f;
    double *v;
    for (int npy = 0; npy < 2; npy++) {
        snprintf(path, sizeof path, "%s%s", file_of(state), npy ? ".npy" : "");
        assert_true(complex_write(path, values, 2, &f));
        assert_true(complex_read(path, 2, &v, &f));
        assert_memory_equal(v, values, sizeof values);
        free(v);
        assert_false(complex_read(path, 3, &v, &f));
        assert_non_null(strstr(f.text, "holds 2 amplitudes, but the state has 3 of them"));
    }
    assert_true(vector_write(path, values, 4, &f));
    assert_false(complex_read(path, 2, &v, &f));
    assert_non_null(strstr(f.text, "'<f8'; '<c16' and '<c8' are read"));
    assert_true(complex_write(path, values, 2, &f));
    assert_false(vector_read(path, 4, &v, &(int64_t){0}, &f));
    assert_non_null(strstr(f.text, "'<c16'; '<f8' and '<f4' are read"));
}

static void refuses_bad_complex_text(void **state)
{
    const char *path = file_of(state);
    complex_file_is_refused(path, "1 2\n3\n", 2, "data:2: \"3\" is not two finite numbers");
    complex_file_is_refused(path, "1\n2 3\n", 2, "data:1: \"1\"");
    complex_file_is_refused(path, "1 2 3\n", 1, "data:1: \"1 2 3\"");
    complex_file_is_refused(path, "1 nan\n", 1, "data:1: \"1 nan\"");
    complex_file_is_refused(path, "1 # 2\n3 4\n", 1, "data:1: \"1\"");
    complex_file_is_refused(path, "1 2\n\n", 2, "holds 1 amplitudes");
}

static void writes_matrices(void **state)
{
    const double values[] = {1, 2, 3, 4, 5, 0.5};
    char path[128], *data;
    size_t length;
    struct failure f;
    assert_true(matrix_write(file_of(state), values, 2, 3, &f));
    assert_true(file_read(file_of(state), 1000, &data, &length, &f));
    assert_string_equal(data, "1 2 3\n4 5 0.5\n");
    free(data);
    snprintf(path, sizeof path, "%s.npy", file_of(state));
    assert_true(matrix_write(path, values, 2, 3, &f));
    assert_true(file_read(path, 1000, &data, &length, &f));
    assert_int_equal(length, 128 + sizeof values);
    assert_non_null(strstr(data + 10, "'shape': (2, 3), }"));
    assert_memory_equal(data + 128, values, sizeof values);
    free(data);
}

/* -- atomic files ----------------------------------------------------------------------------- */

static void assert_content(const char *path, const char *content)
{
    struct failure f;
    char *data;
    size_t length;
    assert_true(file_read(path, 1000, &data, &length, &f));
    assert_string_equal(data, content);
    free(data);
}

static int files_in(const char *folder)
{
    char command[128], line[32];
    FILE *pipe;
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    return atoi(line);
}

static void replaces_only_on_commit(void **state)
{
    const struct folder *folder = *state;
    struct atomic_file file;
    struct failure f;
    put_string(folder->file, "old");
    assert_true(atomic_open(&file, folder->file, &f));
    fputs("new", file.stream);
    fflush(file.stream);
    assert_content(folder->file, "old");
    atomic_abandon(&file);
    assert_content(folder->file, "old");
    assert_int_equal(files_in(folder->path), 1);
    assert_true(atomic_open(&file, folder->file, &f));
    fputs("new", file.stream);
    assert_true(atomic_commit(&file, &f));
    assert_content(folder->file, "new");
    assert_int_equal(files_in(folder->path), 1);
}

static void keeps_links_and_rights(void **state)
{
    const struct folder *folder = *state;
    char link[128];
    struct stat info;
    struct failure f;
    snprintf(link, sizeof link, "%s/link", folder->path);
    put_string(folder->file, "old");
    assert_int_equal(chmod(folder->file, 0640), 0);
    assert_int_equal(symlink(folder->file, link), 0);
    assert_true(vector_write(link, awkward, 1, &f));
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_content(folder->file, "0\n");
    assert_int_equal(stat(folder->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void tells_what_cannot_be_written(void **state)
{
    const struct folder *folder = *state;
    struct failure f;
    assert_false(vector_write(folder->path, awkward, 1, &f));
    assert_non_null(strstr(f.text, "is a directory"));
    assert_int_equal(f.code, CLI_USAGE);
    assert_false(vector_write("/nonexistent/file", awkward, 1, &f));
    assert_non_null(strstr(f.text, "No such file"));
    /* A device is written straight away, and this one is always full. */
    assert_false(vector_write("/dev/full", awkward, 1, &f));
    assert_non_null(strstr(f.text, "No space left"));
    assert_int_equal(f.code, CLI_FAILED);
}

/* -- CRC and JSON ----------------------------------------------------------------------------- */

static void crc_has_its_check_value(void **state)
{
    (void)state;
    /* The check value of CRC-32C in the catalogue of parametrised CRC algorithms (reveng). */
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283u);
    assert_int_equal(crc32c(0, "", 0), 0);
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
}

static void json_escapes(void **state)
{
    struct json j = {0};
    (void)state;
    json_object_begin(&j, NULL);
    json_string(&j, "a\"b", "tab\t \\ line\n \x01 \xC3\xA9 \xFF \xC0\x80 \xED\xA0\x80");
    json_string(&j, "none", NULL);
    json_array_begin(&j, "list");
    json_number(&j, NULL, 0.1);
    json_number(&j, NULL, NAN);
    json_number(&j, NULL, INFINITY);
    json_integer(&j, NULL, INT64_MIN);
    json_unsigned(&j, NULL, UINT64_MAX);
    json_array_end(&j);
    json_object_begin(&j, "empty");
    json_object_end(&j);
    json_bool(&j, "yes", true);
    json_object_end(&j);
    assert_string_equal(json_text(&j),
                        "{\"a\\\"b\": \"tab\\t \\\\ line\\n \\u0001 \xC3\xA9 \\ufffd "
                        "\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\", \"none\": null, "
                        "\"list\": [0.10000000000000001, null, null, -9223372036854775808, "
                        "18446744073709551615], \"empty\": {}, \"yes\": true}");
    json_reset(&j);
    json_integer(&j, NULL, 7);
    assert_string_equal(json_text(&j), "7");
    json_free(&j);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_text),
        IN_FOLDER(refuses_bad_text),
        IN_FOLDER(refuses_bad_paths),
        IN_FOLDER(numbers_return_bitwise),
        IN_FOLDER(reads_both_versions_and_types),
        IN_FOLDER(refuses_bad_npy),
        IN_FOLDER(refuses_nan_in_npy),
        IN_FOLDER(refuses_every_cut_npy),
        IN_FOLDER(writes_complex_header),
        IN_FOLDER(reads_complex_numbers),
        IN_FOLDER(refuses_bad_complex_text),
        IN_FOLDER(writes_matrices),
        IN_FOLDER(replaces_only_on_commit),
        IN_FOLDER(keeps_links_and_rights),
        IN_FOLDER(tells_what_cannot_be_written),
        cmocka_unit_test(crc_has_its_check_value),
        cmocka_unit_test(json_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

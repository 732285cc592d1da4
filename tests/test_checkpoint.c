/* Checkpoints and logs: what is written is read back; what is not whole is refused; a write that
   fails leaves the old file. */
#define _XOPEN_SOURCE 700

/* Before cmocka, which makes `fail` a macro. */
#include "vqe/checkpoint.h"
#include "vqe/fileio.h"
#include "vqe/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A folder of its own for each test. */
struct folder {
    char path[64], file[96], other[96];
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return 1;
    strcpy(folder->path, "/tmp/hahn-checkpoint-XXXXXX");
    if (!mkdtemp(folder->path))
        return 1;
    snprintf(folder->file, sizeof folder->file, "%s/state", folder->path);
    snprintf(folder->other, sizeof folder->other, "%s/other", folder->path);
    *state = folder;
    return 0;
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    unlink(folder->other);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static int count_files(const struct folder *folder)
{
    DIR *directory = opendir(folder->path);
    int count = 0;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* -- a state with a different value in every field -------------------------------------------- */

static void *numbers(int64_t count, double first)
{
    double *vector = malloc((size_t)count * sizeof *vector + 1);
    assert_non_null(vector);
    for (int64_t i = 0; i < count; i++)
        vector[i] = first + 1.0 / (double)(i + 3);
    return vector;
}

static struct train_state example(double variant)
{
    struct failure f;
    struct train_state s = {.circuit = 0x0123456789abcdef,
                            .observable = 0xfedcba9876543210,
                            .parameters = 3,
                            .batch = 2,
                            .step = 5,
                            .state_count = 4,
                            .best_energy = -1.25 + variant,
                            .best_gradient_norm = 1e-300,
                            .best_step = 4,
                            .best_index = 1,
                            .marks = 5,
                            .tape = 2,
                            .search = {7, 0.25},
                            .searches = {1 << 20, 0.5},
                            .echo_error = 3e-16,
                            .seconds = 12.5,
                            .log_bytes = (uint64_t)1 << 40,
                            .log_crc = 0xdeadbeef};
    assert_true(train_settings_add(&s.settings, "ansatz", "variational", &f));
    assert_true(train_settings_add(&s.settings, "log", "a file\nwith \"oddities\"", &f));
    s.backend = strdup("cpu");
    s.isa = strdup("");
    s.theta = numbers(6, variant);
    s.state = numbers(4, 10);
    s.energies = numbers(5, -20);
    s.best_theta = numbers(3, 30);
    s.mark = numbers(5, 40);
    s.gradients = numbers(6, 50);
    return s;
}

static void assert_same_vectors(const struct train_state *a, const struct train_state *b)
{
    assert_memory_equal(a->theta, b->theta, 6 * 8);
    assert_memory_equal(a->state, b->state, 4 * 8);
    assert_memory_equal(a->energies, b->energies, 5 * 8);
    assert_memory_equal(a->best_theta, b->best_theta, 3 * 8);
    assert_memory_equal(a->mark, b->mark, 5 * 8);
    assert_memory_equal(a->gradients, b->gradients, 6 * 8);
}

static void assert_same(const struct train_state *a, const struct train_state *b)
{
    assert_int_equal(a->settings.count, b->settings.count);
    for (uint32_t i = 0; i < a->settings.count; i++) {
        assert_string_equal(a->settings.row[i].name, b->settings.row[i].name);
        assert_string_equal(a->settings.row[i].value, b->settings.row[i].value);
    }
    assert_true(a->circuit == b->circuit && a->observable == b->observable);
    assert_string_equal(a->backend, b->backend);
    assert_string_equal(a->isa, b->isa);
    assert_true(a->parameters == b->parameters && a->batch == b->batch && a->step == b->step);
    assert_true(a->state_count == b->state_count && a->marks == b->marks && a->tape == b->tape);
    assert_true(a->best_energy == b->best_energy && a->best_step == b->best_step);
    assert_true(a->best_gradient_norm == b->best_gradient_norm && a->best_index == b->best_index);
    assert_memory_equal(&a->search, &b->search, sizeof a->search);
    assert_memory_equal(&a->searches, &b->searches, sizeof a->searches);
    assert_true(a->echo_error == b->echo_error && a->seconds == b->seconds);
    assert_true(a->log_bytes == b->log_bytes && a->log_crc == b->log_crc);
    assert_same_vectors(a, b);
}

static void write_state(const char *path, const struct train_state *s)
{
    struct failure f;
    if (!checkpoint_write(path, s, &f))
        fail_msg("%s", f.text);
}

static void write_bytes(const char *path, const void *bytes, size_t count)
{
    FILE *stream;
    /* A new file each time: cutting an old one to nothing makes some file systems wait for the
       disk. */
    unlink(path);
    stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, count, stream), count);
    assert_int_equal(fclose(stream), 0);
}

/* The example as bytes, to be freed. */
static unsigned char *example_bytes(const char *path, size_t *length)
{
    struct train_state s = example(0);
    struct failure f;
    char *bytes;
    write_state(path, &s);
    assert_true(file_read(path, 1 << 20, &bytes, length, &f));
    assert_true(*length == checkpoint_bytes(&s));
    train_state_free(&s);
    return (unsigned char *)bytes;
}

static void assert_refused(const char *path, const char *text)
{
    struct train_state s;
    struct train_state nothing = {0};
    struct failure f = {.code = CLI_DONE};

    if (checkpoint_read(path, &s, &f))
        fail_msg("a bad file is read, though it should say \"%s\"", text);
    assert_int_equal(f.code, CLI_USAGE);
    assert_memory_equal(&s, &nothing, sizeof s);
    if (!strstr(f.text, text))
        fail_msg("\"%s\" lacks \"%s\"", f.text, text);
}

/* -- tests ------------------------------------------------------------------------------------ */

static void test_reads_back(void **state)
{
    const struct folder *folder = *state;
    struct train_state written = example(0), read;
    struct failure f;

    write_state(folder->file, &written);
    assert_true(checkpoint_read(folder->file, &read, &f));
    assert_same(&written, &read);
    assert_string_equal(train_settings_get(&read.settings, "ansatz"), "variational");
    assert_null(train_settings_get(&read.settings, "layers"));
    train_state_free(&read);
    train_state_free(&written);
}

/* Infinities, NaN and no vectors at all: the state of a run that has not made a step. */
static void test_reads_back_start(void **state)
{
    const struct folder *folder = *state;
    struct train_state written = {.batch = 1, .best_energy = INFINITY, .best_gradient_norm = NAN};
    struct train_state read;
    struct failure f;

    written.backend = strdup("reference");
    written.isa = strdup("baseline");
    write_state(folder->file, &written);
    assert_true(checkpoint_read(folder->file, &read, &f));
    assert_true(read.best_energy == INFINITY && isnan(read.best_gradient_norm));
    assert_true(read.step == 0 && read.parameters == 0);
    train_state_free(&read);
    train_state_free(&written);
}

/* Files must not change with the machine or with a new compiler. */
static void test_layout(void **state)
{
    const struct folder *folder = *state;
    static const unsigned char head[] = {'H', 'A', 'H', 'N', 'C', 'K', 'P', 'T',
                                         1,   0,   0,   0,   0,   0,   0,   0};
    static const unsigned char settings[] = {2,   0,   0,   0,   6,  0, 0, 0, 'a', 'n',
                                             's', 'a', 't', 'z', 11, 0, 0, 0, 'v'};
    static const unsigned char circuit[] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
    size_t length, at = 24 + 4 + 4 + 6 + 4 + 11 + 4 + 3 + 4 + 22;
    unsigned char *bytes = example_bytes(folder->file, &length);
    uint32_t crc = crc32c(0, bytes, length - 4);

    assert_memory_equal(bytes, head, sizeof head);
    assert_true(bytes[16] + 256 * bytes[17] == (int)length && bytes[18] == 0 && bytes[23] == 0);
    assert_memory_equal(bytes + 24, settings, sizeof settings);
    assert_memory_equal(bytes + at, circuit, sizeof circuit);
    for (int i = 0; i < 4; i++)
        assert_int_equal(bytes[length - 4 + (size_t)i], crc >> 8 * i & 255);
    free(bytes);
}

static void test_every_shorter_file(void **state)
{
    const struct folder *folder = *state;
    size_t length;
    unsigned char *bytes = example_bytes(folder->file, &length);

    for (size_t cut = 0; cut < length; cut++) {
        write_bytes(folder->other, bytes, cut);
        assert_refused(folder->other, cut < 8 ? "is not a checkpoint" : "is cut short");
    }
    bytes = realloc(bytes, length + 1);
    assert_non_null(bytes);
    bytes[length] = 0;
    write_bytes(folder->other, bytes, length + 1);
    assert_refused(folder->other, "is corrupted");
    free(bytes);
}

static void test_every_flipped_bit(void **state)
{
    const struct folder *folder = *state;
    size_t length;
    unsigned char *bytes = example_bytes(folder->file, &length);

    for (size_t bit = 0; bit < 8 * length; bit++) {
        const char *text = bit < 64       ? "is not a checkpoint"
                           : bit < 96     ? "is a checkpoint of version"
                           : bit < 128    ? "CRC-32C"
                           : bit < 24 * 8 ? "bytes"
                                          : "CRC-32C";
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_bytes(folder->other, bytes, length);
        assert_refused(folder->other, text);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(bytes);
}

/* Numbers that no run writes, under a CRC that is right: nothing is allocated for them. */
static void test_crafted_counts(void **state)
{
    const struct folder *folder = *state;
    /* Where the six sizes stand: after circuit, observable, "cpu" and "". */
    size_t length, sizes = 24 + 4 + 4 + 6 + 4 + 11 + 4 + 3 + 4 + 22 + 16 + 4 + 3 + 4;
    static const uint64_t values[] = {UINT64_MAX, (uint64_t)INT64_MAX, (uint64_t)1 << 61, 1u << 20};
    unsigned char *bytes = example_bytes(folder->file, &length);

    assert_int_equal(bytes[sizes], 3); /* parameters */
    for (size_t field = 0; field < 6; field++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            unsigned char kept[8], *at = bytes + sizes + 8 * field;
            uint32_t crc;
            memcpy(kept, at, 8);
            for (int i = 0; i < 8; i++)
                at[i] = (unsigned char)(values[v] >> 8 * i & 255);
            crc = crc32c(0, bytes, length - 4);
            for (int i = 0; i < 4; i++)
                bytes[length - 4 + (size_t)i] = (unsigned char)(crc >> 8 * i & 255);
            write_bytes(folder->other, bytes, length);
            assert_refused(folder->other, "is corrupted");
            memcpy(at, kept, 8);
        }
    free(bytes);
}

/* The k-th byte cannot be written, for every k: as on a disk that is full. */
static void test_write_faults(void **state)
{
    const struct folder *folder = *state;
    struct train_state old = example(0), new = example(1), read;
    struct rlimit before, limit;
    struct failure f;
    uint64_t length = checkpoint_bytes(&new);

    write_state(folder->file, &old);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (uint64_t k = 0; k <= length; k++) {
        bool written;
        limit = before;
        limit.rlim_cur = k;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        written = checkpoint_write(folder->file, &new, &f);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(written, k == length);
        assert_int_equal(count_files(folder), 1);
        if (!written)
            assert_int_equal(f.code, CLI_FAILED);
        assert_true(checkpoint_read(folder->file, &read, &f));
        assert_same(&read, written ? &new : &old);
        train_state_free(&read);
    }
    train_state_free(&old);
    train_state_free(&new);
}

static void assert_log(const char *path, const char *expected)
{
    struct failure f;
    char *text;
    size_t length;
    assert_true(file_read(path, 1 << 20, &text, &length, &f));
    assert_string_equal(text, expected);
    free(text);
}

static void test_log_goes_on(void **state)
{
    const struct folder *folder = *state;
    struct train_log log, again;
    struct failure f;
    uint64_t bytes;
    uint32_t crc;

    assert_true(log_create(&log, folder->file, &f));
    assert_true(log_line(&log, "one", &f) && log_line(&log, "two", &f) && log_sync(&log, &f));
    bytes = log.bytes;
    crc = log.crc;
    assert_true(bytes == 8 && crc == crc32c(0, "one\ntwo\n", 8));
    assert_true(log_line(&log, "lost", &f));
    log_close(&log);

    assert_true(log_continue(&again, folder->file, bytes, crc, &f));
    assert_log(folder->file, "one\ntwo\n");
    assert_true(log_line(&again, "three", &f));
    assert_true(again.bytes == 14 && again.crc == crc32c(0, "one\ntwo\nthree\n", 14));
    log_close(&again);
    assert_log(folder->file, "one\ntwo\nthree\n");
}

static void test_log_of_another_run(void **state)
{
    const struct folder *folder = *state;
    struct train_log log;
    struct failure f;

    write_bytes(folder->file, "one\nTwo\n", 8);
    assert_false(log_continue(&log, folder->file, 8, crc32c(0, "one\ntwo\n", 8), &f));
    assert_int_equal(f.code, CLI_USAGE);
    assert_non_null(strstr(f.text, "is not the one that the checkpoint was written with"));
    assert_false(log_continue(&log, folder->file, 9, 0, &f));
    assert_non_null(strstr(f.text, "has 8 bytes"));
    assert_log(folder->file, "one\nTwo\n");
    assert_false(log_continue(&log, folder->other, 0, 0, &f));
    assert_int_equal(count_files(folder), 1);
    log_close(&log);
}

static void test_no_log(void **state)
{
    struct train_log log = {0};
    struct failure f;
    (void)state;
    assert_true(log_line(&log, "nothing", &f) && log_sync(&log, &f));
    log_close(&log);
    assert_true(log.bytes == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_back),
        TEST(test_reads_back_start),
        TEST(test_layout),
        TEST(test_every_shorter_file),
        TEST(test_every_flipped_bit),
        TEST(test_crafted_counts),
        TEST(test_write_faults),
        TEST(test_log_goes_on),
        TEST(test_log_of_another_run),
        TEST(test_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

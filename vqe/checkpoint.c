#define _POSIX_C_SOURCE 200809L

#include "checkpoint.h"

#include "fileio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_BYTES  24
#define TRAILER_BYTES 4
static const char magic[8] = {'H', 'A', 'H', 'N', 'C', 'K', 'P', 'T'};

/* -- one description of the format, for measuring, writing and reading ------------------------ */

enum codec_mode { CODEC_MEASURE = 0, CODEC_WRITE, CODEC_READ };

struct codec {
    enum codec_mode mode;
    FILE *stream;
    uint64_t position; /* bytes so far */
    uint64_t end;      /* reading: where the trailer begins */
    uint32_t crc;
    bool failed, out_of_memory;
};

static void code_bytes(struct codec *c, void *bytes, size_t count)
{
    if (c->failed)
        return;
    c->position += count;
    if (c->mode == CODEC_MEASURE)
        return;
    if (c->mode == CODEC_WRITE)
        c->failed = fwrite(bytes, 1, count, c->stream) != count;
    else
        c->failed = c->position > c->end || fread(bytes, 1, count, c->stream) != count;
    c->crc = crc32c(c->crc, bytes, count);
}

static void store(unsigned char *bytes, uint64_t value, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (unsigned char)(value >> 8 * i & 255);
}

static uint64_t load(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static void code_u32(struct codec *c, uint32_t *value)
{
    unsigned char bytes[4];
    store(bytes, *value, 4);
    code_bytes(c, bytes, 4);
    if (c->mode == CODEC_READ && !c->failed)
        *value = (uint32_t)load(bytes, 4);
}

/* `count` numbers of 8 bytes: double, int64_t or uint64_t. */
static void code_numbers(struct codec *c, void *numbers, uint64_t count)
{
    unsigned char bytes[8 * 512], *next = numbers;
    if (c->mode == CODEC_MEASURE)
        c->position += 8 * count;
    while (count > 0 && !c->failed && c->mode != CODEC_MEASURE) {
        size_t some = count < 512 ? (size_t)count : 512;
        for (size_t i = 0; i < some && c->mode == CODEC_WRITE; i++) {
            uint64_t value;
            memcpy(&value, next + 8 * i, 8);
            store(bytes + 8 * i, value, 8);
        }
        code_bytes(c, bytes, 8 * some);
        for (size_t i = 0; i < some && c->mode == CODEC_READ && !c->failed; i++) {
            uint64_t value = load(bytes + 8 * i, 8);
            memcpy(next + 8 * i, &value, 8);
        }
        next += 8 * some;
        count -= some;
    }
}

static void code_u64(struct codec *c, uint64_t *value)
{
    code_numbers(c, value, 1);
}

static void code_i64(struct codec *c, int64_t *value)
{
    code_numbers(c, value, 1);
}

static void code_real(struct codec *c, double *value)
{
    code_numbers(c, value, 1);
}

/* Room for what is read next. A count that the file cannot hold allocates nothing. */
static void *make_room(struct codec *c, uint64_t count, uint64_t size)
{
    void *room = NULL;
    if (c->failed || c->position > c->end || count > (c->end - c->position) / size)
        c->failed = true;
    else if (!(room = malloc((size_t)(count * size + 1))))
        c->failed = c->out_of_memory = true;
    return room;
}

static void *code_vector(struct codec *c, void *numbers, int64_t count)
{
    if (c->mode == CODEC_READ)
        numbers = make_room(c, (uint64_t)count, 8);
    if (!c->failed)
        code_numbers(c, numbers, (uint64_t)count);
    return numbers;
}

static char *code_text(struct codec *c, char *text)
{
    uint32_t length = c->mode == CODEC_READ ? 0 : (uint32_t)strlen(text);
    code_u32(c, &length);
    if (c->mode == CODEC_READ) {
        text = make_room(c, length, 1);
        if (text)
            memset(text, 0, length + 1);
    }
    if (!c->failed)
        code_bytes(c, text, length);
    return text;
}

static void code_settings(struct codec *c, struct train_settings *s)
{
    uint32_t count = s->count;
    code_u32(c, &count);
    if (count > TRAIN_SETTINGS)
        c->failed = true;
    for (uint32_t i = 0; i < count && !c->failed; i++) {
        s->row[i].name = code_text(c, s->row[i].name);
        s->row[i].value = code_text(c, s->row[i].value);
        s->count = i + 1;
    }
}

/* Products of these are the lengths of vectors: no room must be asked for that wraps around. */
static bool sizes_possible(const struct train_state *s)
{
    const int64_t most = INT64_MAX / 16;
    if (s->parameters < 0 || s->parameters > most || s->batch < 1 || s->step < 0 ||
        s->state_count < 0 || s->marks < 0 || s->tape < 0)
        return false;
    return s->batch <= most / (s->parameters + 1) && s->tape <= most / (s->parameters + 1);
}

static void code_sizes(struct codec *c, struct train_state *s)
{
    code_i64(c, &s->parameters);
    code_i64(c, &s->batch);
    code_i64(c, &s->step);
    code_i64(c, &s->state_count);
    code_i64(c, &s->marks);
    code_i64(c, &s->tape);
    if (!sizes_possible(s))
        c->failed = true;
}

static void code_search(struct codec *c, struct train_search *search)
{
    code_i64(c, &search->iterations);
    code_real(c, &search->residual);
}

static void code_state(struct codec *c, struct train_state *s)
{
    code_settings(c, &s->settings);
    code_u64(c, &s->circuit);
    code_u64(c, &s->observable);
    s->backend = code_text(c, s->backend);
    s->isa = code_text(c, s->isa);
    code_sizes(c, s);
    code_real(c, &s->best_energy);
    code_real(c, &s->best_gradient_norm);
    code_i64(c, &s->best_step);
    code_i64(c, &s->best_index);
    code_search(c, &s->search);
    code_search(c, &s->searches);
    code_real(c, &s->echo_error);
    code_real(c, &s->seconds);
    code_u64(c, &s->log_bytes);
    code_u32(c, &s->log_crc);
    if (c->failed)
        return; /* the sizes may be such that their products are none */
    s->theta = code_vector(c, s->theta, s->batch * s->parameters);
    s->state = code_vector(c, s->state, s->state_count);
    s->energies = code_vector(c, s->energies, s->step);
    s->best_theta = code_vector(c, s->best_theta, s->parameters);
    s->mark = code_vector(c, s->mark, s->marks);
    s->gradients = code_vector(c, s->gradients, s->tape * s->parameters);
}

uint64_t checkpoint_bytes(const struct train_state *state)
{
    struct codec c = {.mode = CODEC_MEASURE};
    struct train_state copy = *state;
    code_state(&c, &copy);
    return HEADER_BYTES + c.position + TRAILER_BYTES;
}

/* -- writing ---------------------------------------------------------------------------------- */

static void write_all(struct codec *c, struct train_state *state, uint64_t length)
{
    char name[sizeof magic];
    uint32_t version = CHECKPOINT_VERSION, zero = 0, crc;

    memcpy(name, magic, sizeof magic);
    code_bytes(c, name, sizeof name);
    code_u32(c, &version);
    code_u32(c, &zero);
    code_u64(c, &length);
    code_state(c, state);
    crc = c->crc;
    code_u32(c, &crc);
}

bool checkpoint_write(const char *path, const struct train_state *state, struct failure *f)
{
    struct train_state copy = *state;
    struct codec c = {.mode = CODEC_WRITE};
    struct atomic_file file;

    if (!atomic_open(&file, path, f))
        return fail_prefix(f, "checkpoint");
    c.stream = file.stream;
    write_all(&c, &copy, checkpoint_bytes(state));
    /* A write that failed is found again, with its reason, when the file is flushed. */
    if (!atomic_commit(&file, f))
        return fail_prefix(f, "checkpoint");
    return true;
}

/* -- reading ---------------------------------------------------------------------------------- */

static bool check_length(const char *path, uint64_t size, uint64_t length, struct failure *f)
{
    if (size < length)
        return fail(f, CLI_USAGE,
                    "%s is cut short: it has %" PRIu64 " of %" PRIu64
                    " bytes; resume from another checkpoint",
                    path, size, length);
    if (size > length || length < HEADER_BYTES + TRAILER_BYTES)
        return fail(f, CLI_USAGE,
                    "%s is corrupted: it has %" PRIu64 " bytes and says that they are %" PRIu64
                    "; resume from another checkpoint",
                    path, size, length);
    return true;
}

/* The header's 24 bytes: is it a checkpoint, of this version, and all there? */
static bool check_header(const char *path, FILE *stream, uint64_t size, struct failure *f)
{
    unsigned char header[HEADER_BYTES] = {0};
    size_t got = fread(header, 1, sizeof header, stream);
    uint64_t version = load(header + 8, 4);

    if (got < sizeof magic || memcmp(header, magic, sizeof magic) != 0)
        return fail(f, CLI_USAGE, "%s is not a checkpoint: it does not begin with HAHNCKPT", path);
    if (got < sizeof header)
        return fail(f, CLI_USAGE, "%s is cut short: it has %zu bytes, not even a header", path,
                    got);
    if (version != CHECKPOINT_VERSION)
        return fail(f, CLI_USAGE,
                    "%s is a checkpoint of version %" PRIu64
                    ", this program reads version %d: resume with the program that wrote it",
                    path, version, CHECKPOINT_VERSION);
    return check_length(path, size, load(header + 16, 8), f);
}

/* The CRC over the whole file, before anything in it is believed. */
static bool check_sum(const char *path, FILE *stream, uint64_t size, struct failure *f)
{
    unsigned char bytes[1 << 16];
    uint64_t left = size - TRAILER_BYTES;
    uint32_t crc = 0;

    rewind(stream);
    while (left > 0) {
        size_t some = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (fread(bytes, 1, some, stream) != some)
            return fail(f, CLI_FAILED, "cannot read %s: %s", path, strerror(errno));
        crc = crc32c(crc, bytes, some);
        left -= some;
    }
    if (fread(bytes, 1, TRAILER_BYTES, stream) != TRAILER_BYTES || load(bytes, 4) != crc)
        return fail(f, CLI_USAGE,
                    "%s is corrupted: its CRC-32C is not that of its content; resume from another "
                    "checkpoint",
                    path);
    return true;
}

static bool read_state(const char *path, FILE *stream, uint64_t size, struct train_state *state,
                       struct failure *f)
{
    struct codec c = {.mode = CODEC_READ, .stream = stream, .end = size - TRAILER_BYTES};

    c.position = HEADER_BYTES;
    if (fseek(stream, HEADER_BYTES, SEEK_SET) != 0)
        return fail(f, CLI_FAILED, "cannot read %s: %s", path, strerror(errno));
    code_state(&c, state);
    if (c.out_of_memory)
        return fail(f, CLI_FAILED, "out of memory reading %s", path);
    if (c.failed || c.position != c.end)
        return fail(f, CLI_USAGE, "%s is corrupted: its fields contradict its length", path);
    return true;
}

bool checkpoint_read(const char *path, struct train_state *state, struct failure *f)
{
    FILE *stream = fopen(path, "rbe");
    struct stat info;
    bool done;

    memset(state, 0, sizeof *state);
    if (!stream)
        return fail(f, CLI_USAGE, "cannot read %s: %s", path, strerror(errno));
    if (fstat(fileno(stream), &info) != 0 || !S_ISREG(info.st_mode))
        done = fail(f, CLI_USAGE, "%s is not a regular file: give a checkpoint", path);
    else
        done = check_header(path, stream, (uint64_t)info.st_size, f) &&
               check_sum(path, stream, (uint64_t)info.st_size, f) &&
               read_state(path, stream, (uint64_t)info.st_size, state, f);
    fclose(stream);
    if (!done)
        train_state_free(state);
    return done;
}

/* -- the state -------------------------------------------------------------------------------- */

bool train_settings_add(struct train_settings *settings, const char *name, const char *value,
                        struct failure *f)
{
    struct train_setting row = {strdup(name), strdup(value)};
    if (row.name && row.value && settings->count < TRAIN_SETTINGS) {
        settings->row[settings->count++] = row;
        return true;
    }
    free(row.name);
    free(row.value);
    return fail(f, CLI_FAILED, "out of memory for the settings of the run");
}

const char *train_settings_get(const struct train_settings *settings, const char *name)
{
    for (uint32_t i = 0; i < settings->count; i++)
        if (strcmp(settings->row[i].name, name) == 0)
            return settings->row[i].value;
    return NULL;
}

void train_settings_free(struct train_settings *settings)
{
    for (uint32_t i = 0; i < settings->count; i++) {
        free(settings->row[i].name);
        free(settings->row[i].value);
    }
    memset(settings, 0, sizeof *settings);
}

void train_state_free(struct train_state *state)
{
    train_settings_free(&state->settings);
    free(state->backend);
    free(state->isa);
    free(state->theta);
    free(state->state);
    free(state->energies);
    free(state->best_theta);
    free(state->mark);
    free(state->gradients);
    memset(state, 0, sizeof *state);
}

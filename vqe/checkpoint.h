/* Checkpoints: all that a training run needs to go on as if it had never stopped.

   The file, every number little-endian:
       8 bytes   magic "HAHNCKPT"
       u32       version of this format
       u32       0
       u64       length of the whole file
       ...       the fields of struct train_state, in the order of checkpoint.c
       u32       CRC-32C of all bytes before
   Text is a u32 length and the bytes; vectors are their numbers, whose counts stand before. */
#ifndef HAHN_VQE_CHECKPOINT_HEADER
#define HAHN_VQE_CHECKPOINT_HEADER

#include "failure.h"

#include <stdint.h>

/** Version of the file format that is written, and the only one that is read. */
#define CHECKPOINT_VERSION 1

/** Most settings a run can have. */
#define TRAIN_SETTINGS 32

/** An option of the run, spelt out: what follows "--name" on the command line. */
struct train_setting {
    char *name;
    char *value;
};

struct train_settings {
    uint32_t count;
    struct train_setting row[TRAIN_SETTINGS];
};

/** What searches for natural gradients took: products with the Fisher information, and the largest
    residual that was left, over the gradient's norm. */
struct train_search {
    int64_t iterations;
    double residual;
};

/** Where a run stands, between two steps. */
struct train_state {
    struct train_settings settings;
    uint64_t circuit, observable; /* fingerprints */
    char *backend, *isa;          /* what computed it; isa is "" if not the CPU backend */

    int64_t parameters, batch;
    int64_t step;        /* records so far; own optimisers: updates so far */
    double *theta;       /* batch rows of parameters: at step `step`; NLopt: at step 0 */
    int64_t state_count; /* numbers of optimiser state */
    double *state;
    double *energies; /* energy of each record so far (of a batch: the lowest) */

    double best_energy; /* lowest so far; +infinity before the first record */
    double best_gradient_norm;
    int64_t best_step, best_index;
    double *best_theta; /* parameters, where the lowest energy was found */

    /* NLopt keeps its state to itself. It is brought back by running it again on the evaluations
       that it has seen: energies and tape. */
    int64_t marks;     /* 0, or `step` for NLopt */
    uint64_t *mark;    /* fingerprint of the parameters of each evaluation */
    int64_t tape;      /* gradients kept, of the first evaluations */
    double *gradients; /* tape rows of parameters */

    struct train_search search, searches; /* of the last update, all starts; and of all updates */

    double echo_error;  /* largest so far */
    double seconds;     /* spent in steps so far */
    uint64_t log_bytes; /* length of the log that goes with this state, and its CRC-32C */
    uint32_t log_crc;
};

/** Bytes of the checkpoint of a state; vectors are not read. */
uint64_t checkpoint_bytes(const struct train_state *state);

/** Write a checkpoint atomically and durably. CLI_FAILED if that cannot be done; what stood at
    `path` then still does. */
bool checkpoint_write(const char *path, const struct train_state *state, struct failure *f);

/** Read a checkpoint. CLI_USAGE, with what is wrong, if the file is cut short, corrupted, of
   another version or no checkpoint at all. On failure *state is all zero. */
bool checkpoint_read(const char *path, struct train_state *state, struct failure *f);

/** Add a setting; text is copied. */
bool train_settings_add(struct train_settings *settings, const char *name, const char *value,
                        struct failure *f);
/** Value of a setting, or NULL if it is not there. */
const char *train_settings_get(const struct train_settings *settings, const char *name);
/** Free the settings and make the list empty. */
void train_settings_free(struct train_settings *settings);

/** Free what the state holds and make it all zero. */
void train_state_free(struct train_state *state);

#endif

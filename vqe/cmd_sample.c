/* hahn sample: measurements of the final state. */
#include "commands.h"
#include "fileio.h"
#include "problem_command.h"

#include <stdlib.h>

struct sample_options {
    int64_t shots;
    bool raw;
    const char *output;
};

struct tally {
    uint64_t outcome;
    int64_t count;
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Most frequent first; those equally frequent by their index. */
static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return by_value(&x->outcome, &y->outcome);
}

/* Sort the shots and count equal ones into tallies (as many as shots at most). */
static int64_t tally_shots(uint64_t *outcomes, int64_t shots, struct tally *tallies)
{
    int64_t kinds = 0;
    qsort(outcomes, (size_t)shots, sizeof *outcomes, by_value);
    for (int64_t k = 0; k < shots; k++) {
        if (kinds == 0 || tallies[kinds - 1].outcome != outcomes[k]) {
            tallies[kinds].outcome = outcomes[k];
            tallies[kinds++].count = 0;
        }
        tallies[kinds - 1].count++;
    }
    qsort(tallies, (size_t)kinds, sizeof *tallies, by_count);
    return kinds;
}

/* The highest qubit first, so that the string reads as the index in binary: qubit 0 is the last. */
static const char *bit_string(uint64_t outcome, int qubits, char *text)
{
    for (int q = 0; q < qubits; q++)
        text[qubits - 1 - q] = outcome >> q & 1 ? '1' : '0';
    text[qubits] = '\0';
    return text;
}

static void print_tallies(FILE *out, const struct tally *tallies, int64_t kinds, int qubits)
{
    char text[HAHN_MAX_QUBITS + 1];
    for (int64_t k = 0; k < kinds; k++)
        fprintf(out, "%s %lld\n", bit_string(tallies[k].outcome, qubits, text),
                (long long)tallies[k].count);
}

static bool print_json(const struct problem *p, const struct sample_options *o,
                       const struct tally *tallies, int64_t kinds, struct failure *f)
{
    char text[HAHN_MAX_QUBITS + 1];
    struct json j = {0};
    json_object_begin(&j, NULL);
    json_integer(&j, "shots", o->shots);
    json_object_begin(&j, "counts");
    for (int64_t k = 0; k < kinds; k++)
        json_integer(&j, bit_string(tallies[k].outcome, p->qubits, text), tallies[k].count);
    json_object_end(&j);
    problem_describe(p, &j);
    json_object_end(&j);
    return json_print(&j, f);
}

static bool write_tallies(const char *path, const struct tally *tallies, int64_t kinds, int qubits,
                          struct failure *f)
{
    struct atomic_file file;
    if (!atomic_open(&file, path, f))
        return false;
    print_tallies(file.stream, tallies, kinds, qubits);
    return atomic_commit(&file, f);
}

static bool deliver_counts(const struct problem *p, const struct sample_options *o,
                           uint64_t *outcomes, struct failure *f)
{
    struct tally *tallies =
        problem_allocate(p, "counting the shots", (uint64_t)o->shots, sizeof *tallies, f);
    int64_t kinds = tallies ? tally_shots(outcomes, o->shots, tallies) : 0;
    bool done = tallies != NULL;
    if (done && o->output)
        done = write_tallies(o->output, tallies, kinds, p->qubits, f) || fail_prefix(f, "--output");
    if (done && p->options.json)
        done = print_json(p, o, tallies, kinds, f);
    else if (done && !o->output)
        print_tallies(stdout, tallies, kinds, p->qubits);
    free(tallies);
    return done && cli_finish_output(f);
}

static bool deliver_raw(const struct sample_options *o, const uint64_t *outcomes, struct failure *f)
{
    if (o->output)
        return index_write(o->output, outcomes, o->shots, f) || fail_prefix(f, "--output");
    for (int64_t k = 0; k < o->shots; k++)
        printf("%llu\n", (unsigned long long)outcomes[k]);
    return cli_finish_output(f);
}

static bool check(const struct problem *p, const struct sample_options *o, struct failure *f)
{
    if (o->raw && p->options.json)
        return fail(f, CLI_USAGE, "--json prints counts; leave --raw out");
    if (!o->raw && o->output && vector_is_npy(o->output))
        return fail(f, CLI_USAGE,
                    "counts are written as text, but %s is a NumPy file; give another name, or "
                    "--raw for the shots themselves",
                    o->output);
    return true;
}

static bool compute(struct problem *p, const void *own, struct failure *f)
{
    const struct sample_options *o = own;
    hahn_workspace *workspace = NULL;
    uint64_t *outcomes = NULL;
    double *theta = NULL;
    hahn_status status;
    bool done;

    if (!check(p, o, f))
        return false;
    done = problem_workspace(p, &problem_one_state, &workspace, f) &&
           (theta = problem_vector(p, 1, f)) != NULL &&
           (outcomes = problem_allocate(p, "the list of shots", (uint64_t)o->shots,
                                        sizeof *outcomes, f)) != NULL;
    if (done) {
        problem_theta(p, 0, theta);
        status = hahn_sample(workspace, theta, p->options.seed, o->shots, outcomes);
        done = status == HAHN_OK || fail_engine(f, status, p->engine, NULL);
    }
    if (done)
        done = o->raw ? deliver_raw(o, outcomes, f) : deliver_counts(p, o, outcomes, f);
    free(outcomes);
    free(theta);
    hahn_workspace_destroy(workspace);
    return done;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct sample_options own = {.shots = 1024};
    return problem_command(command, argc, argv, &own, PROBLEM_PARAMETERS, compute);
}

#define FIELD(name) offsetof(struct sample_options, name)

static const struct option_row rows[] = {
    {"shots", 0, "N", "Number of measurements.", "1024", option_int64, FIELD(shots), .low = 1,
     .high = 1e15},
    {"raw", 0, NULL, "Print the index of each outcome in the order of the shots, not counts.", NULL,
     option_flag, FIELD(raw), NO_LIMITS},
    {"output", 'o', "FILE",
     "Write there: text, or with --raw NumPy (uint64) if the name ends in .npy.", "standard output",
     option_text, FIELD(output), NO_LIMITS},
    OPTION_END};

static const struct option_group own_options = {"Sampling", rows};

static const struct option_group *const groups[] = {&own_options,
                                                    &problem_circuit_options,
                                                    &problem_observable_options,
                                                    &problem_parameter_options,
                                                    &problem_engine_options,
                                                    &problem_output_options,
                                                    NULL};

static const char *const examples[] = {"A thousand measurements of a small circuit",
                                       "hahn sample --qubits 4 --layers 3 --shots 1000", NULL};

const struct command command_sample = {
    "sample",
    "measure the final state at given parameters",
    "Measure all qubits in the computational basis and print how often each outcome came, most "
    "frequent first: \"0110 127\". The rightmost bit is qubit 0, so that the string is the "
    "amplitude's index in binary. Shot k depends on the state, the seed and k alone.",
    examples,
    groups,
    run};

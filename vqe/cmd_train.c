#include "train.h"

#include "commands.h"

#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct train_options, name)

static const struct option_row optimizer_options[] = {
    {"optimizer", 0, "NAME[:KEY=VALUE,...]",
     "gd, momentum, adam, qng (Hahn's own); lbfgs, var2, tnewton, ccsaq, slsqp (NLopt's, with "
     "gradients); "
     "neldermead, sbplx, cobyla, bobyqa, newuoa, praxis (NLopt's, without). Keys: beta (momentum), "
     "beta1, beta2, epsilon (adam), damping, iterations, tolerance (qng), memory (lbfgs, var2, "
     "tnewton), initial-step (without gradients).",
     "gd", option_text, FIELD(optimizer), NO_LIMITS},
    {"lr", 0, "RATE", "Learning rate of gd, momentum, adam and qng.", "0.001, of qng 0.03",
     option_real, FIELD(rate), .low = DBL_MIN, .high = DBL_MAX},
    {"steps", 0, "N",
     "Number of updates; step N, after the last one, is evaluated too. NLopt: evaluations after "
     "the "
     "first one.",
     "100", option_int64, FIELD(steps), .low = 0, .high = 1e15},
    {"batch", 0, "B",
     "Train B random starts together, start b from random stream b; the one with the lowest energy "
     "is the result.",
     "1", option_int64, FIELD(batch), .low = 1, .high = 1e9},
    {"tol-energy", 0, "TOL",
     "Stop when a step changes the energy by TOL or less; exit code 3 if no tolerance was met.",
     NULL, option_real, FIELD(tol_energy), .low = 0, .high = 1e300},
    {"tol-grad", 0, "TOL",
     "Stop when the gradient's Euclidean norm is TOL or less; exit code 3 if no tolerance was met.",
     NULL, option_real, FIELD(tol_gradient), .low = 0, .high = 1e300},
    {"check-grad", 0, "K",
     "Before training, compare K components of the gradient, drawn by the seed, with parameter "
     "shift; exit code 1 if one differs by more than rounding explains.",
     NULL, option_int64, FIELD(check_gradient), .low = 1, .high = 1e15},
    PROBLEM_ECHO_OPTION(FIELD(echo_tolerance)),
    {"dry-run", 0, NULL, "Print counts and memory; run nothing.", NULL, option_flag, FIELD(dry_run),
     NO_LIMITS},
    OPTION_END};

static const struct option_row file_options[] = {
    {"log", 0, "FILE", "Write the log, a JSON object a line.", NULL, option_text, FIELD(log),
     NO_LIMITS},
    {"save-params", 0, "FILE",
     "Write the parameters after the last update (NLopt: the best ones): NumPy if the name ends in "
     ".npy, else text, one number a line.",
     NULL, option_text, FIELD(save_params), NO_LIMITS},
    {"save-best", 0, "FILE", "Write the parameters with the lowest energy of the whole run.", NULL,
     option_text, FIELD(save_best), NO_LIMITS},
    {"plot", 0, "FILE",
     "Draw the energy against the step, with the exact ground energy of up to 14 qubits, by "
     "gnuplot; the name ends in .svg or .png.",
     NULL, option_text, FIELD(plot), NO_LIMITS},
    {"checkpoint", 0, "FILE", "Write checkpoints there: at the start, every K steps, at the end.",
     "that of --resume", option_text, FIELD(checkpoint), NO_LIMITS},
    {"checkpoint-every", 0, "K", "Steps from one checkpoint to the next.", "10", option_int64,
     FIELD(checkpoint_every), .low = 1, .high = 1e15},
    {"resume", 0, "FILE",
     "Go on from a checkpoint. It brings all options of its run but those of the engine; those "
     "that change the numbers cannot be changed.",
     NULL, option_text, FIELD(resume), NO_LIMITS},
    OPTION_END};

static const struct option_group optimizer_group = {"Training", optimizer_options};
static const struct option_group file_group = {"Files", file_options};
static const struct option_group *const groups[] = {
    &optimizer_group,           &file_group,
    &problem_circuit_options,   &problem_observable_options,
    &problem_parameter_options, &problem_engine_options,
    &problem_output_options,    NULL};

/* Both kinds of options, and what a checkpoint added to them. */
struct request {
    struct train_options train;
    struct problem_options problem;
    struct train_arguments arguments; /* text that the options may point to */
    struct train_state loaded;
    bool resumed;
};

static int parse(const struct command *command, int argc, char **argv, struct request *request)
{
    struct train_options *train = &request->train;
    struct problem_options *problem = &request->problem;
    void *targets[] = {train, train, problem, problem, problem, problem, problem};

    *train = train_defaults;
    *problem = problem_defaults;
    return cli_parse(command, argc, argv, targets);
}

/* Read the checkpoint, and the command line once more after the checkpoint's own options. */
static int parse_resumed(const struct command *command, int argc, char **argv,
                         struct request *request)
{
    struct failure f;
    int code;

    if (!checkpoint_read(request->train.resume, &request->loaded, &f) ||
        !train_arguments(&request->loaded.settings, argc, argv, &request->arguments, &f)) {
        fail_prefix(&f, "--resume");
        return failure_report(&f);
    }
    code = parse(command, request->arguments.argc, request->arguments.argv, request);
    if (!request->train.checkpoint)
        request->train.checkpoint = request->train.resume;
    request->resumed = true;
    return code;
}

static void print_shell_word(const char *word)
{
    fputc('\'', stderr);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\'", stderr);
        fputc(*word, stderr);
    }
    fputc('\'', stderr);
}

static void tell_how_to_resume(const struct trainer *t)
{
    fprintf(stderr, "hahn: interrupted at step %" PRId64 "; resume with: hahn train --resume ",
            t->state.step);
    print_shell_word(t->options.checkpoint);
    fputc('\n', stderr);
}

static bool train(struct trainer *t, struct failure *f)
{
    if (!trainer_prepare(t, f) || (t->options.check_gradient && !train_check_gradient(t, f)))
        return false;
    train_catch_signals();
    if (!train_run(t, f))
        return false;
    if (t->end == TRAIN_INTERRUPTED) {
        tell_how_to_resume(t);
        return true;
    }
    bool saved = train_save_results(t, f);
    return train_print_result(t, f) && saved;
}

static int execute(struct request *request)
{
    struct trainer trainer;
    struct failure f;
    int code = CLI_DONE;
    bool done;

    if (!trainer_create(&request->problem, &request->train,
                        request->resumed ? &request->loaded : NULL, &trainer, &f))
        return failure_report(&f);
    problem_tell_backend(&trainer.problem);
    done = request->train.dry_run ? train_print_plan(&trainer, &f) : train(&trainer, &f);
    if (!done)
        code = failure_report(&f);
    else if (!request->train.dry_run)
        code = (int)train_exit_code(&trainer);
    trainer_destroy(&trainer);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct request request = {0};
    int code = parse(command, argc, argv, &request);

    if (code == CLI_RUN && request.train.resume)
        code = parse_resumed(command, argc, argv, &request);
    if (code == CLI_RUN)
        code = execute(&request);
    train_arguments_free(&request.arguments);
    train_state_free(&request.loaded);
    return code;
}

static const char *const examples[] = {
    "The seed demo: 10 qubits, 10,000 layers, 100 steps",
    "hahn train",
    "The same with a log, a picture and checkpoints",
    "hahn train --log run.jsonl --plot run.svg --checkpoint run.checkpoint",
    "Go on after an interruption; then for 100 steps more",
    "hahn train --resume run.checkpoint --steps 200",
    "Eight random starts of a small circuit by Adam, until the gradient is small",
    "hahn train --qubits 6 --layers 40 --optimizer adam --lr 0.02 --steps 2000 --batch 8 "
    "--tol-grad 1e-4",
    NULL};

const struct command command_train = {
    "train",
    "minimise the energy over the parameters",
    "Train the circuit: lower the energy of the Hamiltonian by changing the parameters, starting "
    "from random ones or from a file. Energy and gradient come from one forward and one backward "
    "pass a step.\n\n"
    "Without options this is the seed demo: 10 qubits, 10,000 layers, 300,010 parameters uniform "
    "in [0, 1), the periodic Heisenberg chain, 100 steps of gradient descent.\n\n"
    "Step k is what holds after k updates, so that step 0 is the start and a run of N steps has N "
    "+ "
    "1 records. With NLopt's optimizers step k is evaluation k, and the result is the best one. "
    "The result goes to standard output, everything else to standard error.\n\n"
    "The log has a header object with all that repeats the run, an object a step (step, energy, "
    "grad_norm, lr, echo_error, forward_ms, backward_ms, total_ms; of a batch also best and "
    "energies) and a summary object (final_energy after the last update, best_energy, and why the "
    "run ended); their \"type\" is header, step or summary.\n\n"
    "A run that was killed at any moment and is resumed from its checkpoint gives bitwise the same "
    "parameters, and the same log but for the times, as one that was not. Ctrl-C (or SIGTERM) ends "
    "the run after the step, writes the checkpoint, to hahn-train.checkpoint where none was named, "
    "and tells how to resume. Checkpoints of NLopt's optimizers hold the evaluations so far, 8 "
    "bytes a parameter for each gradient up to 256 MiB in all: resuming repeats the run on them, "
    "and computes again what is beyond.\n\n"
    "Exit codes: 0 done; 1 failure; 2 usage or bad input; 3 a tolerance was asked for and not met; "
    "130 interrupted, with a checkpoint.",
    examples,
    groups,
    run};

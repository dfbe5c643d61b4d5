/* bench_options.c: the options of `riffle bench`. */
#include "cli/bench.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "cli/start.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define DIR_DOC "Where baselines and history are kept (" RF_CLI_BENCH_DIR ")."
#define FAIL_DOC "Ends with status 1 when this holds for a benchmark, as `ratio.low > 1.05`."
#define ACROSS_DOC "Compares and gates although the figures are of different machines."

const rf_cli_option rf_cli_bench_options[] = {
    { "list", 'l', NULL, "Lists the benchmarks, and runs none." },
    { "quick", 'q', NULL, "30 samples in half a second each instead of 100 in 5 s." },
    { "input", 'i', "FILE", "Recorded messages for a config, recorded events for a plugin." },
    { "cmd", 0, "COMMAND", "Measures a program, started again and again." },
    { "vs", 0, "COMMAND", "With --cmd: another program, started in turn with it, to compare with." },
    { "runs", 'n', "N", "How often each program is started (20)." },
    { "samples", 0, "N", "Samples of each benchmark (100)." },
    { "time", 't', "DURATION", "How long the samples take together (5s)." },
    { "warm-up", 0, "DURATION", "Longest warm-up; it ends when the drift is gone (3s)." },
    { "rate", 0, "N", "Also latencies at N iterations a second, counted from when each was due." },
    { "resamples", 0, "N", "Resamples of the bootstrap (100000)." },
    { "confidence", 0, "P", "Of the intervals of figures (0.95)." },
    { "matters", 0, "P", "A change of less is none (0.02)." },
    { "seed", 0, "N", "Of the resampling (42)." },
    { "pin", 0, "CPU", "Binds the process to one CPU." },
    { "save-baseline", 's', "NAME", "Keeps the results under that name." },
    { "baseline", 'b', "NAME", "Compares with the results of that name, or of a file." },
    { "fail-on", 'f', "CONDITION", FAIL_DOC },
    { "across-machines", 0, NULL, ACROSS_DOC },
    { "self-check", 0, "N", "Compares each benchmark with itself, N times, and says how often that looked like a change (with --fail-on: failed)." },
    { "dir", 0, "DIR", DIR_DOC },
    { "html", 0, "FILE", "Writes the report with pictures: one file that opens offline." },
    { "json", 0, "FILE", "Writes the results for programs; - is standard output." },
    { "csv", 0, "FILE", "Writes every sample." },
    { "markdown", 0, "FILE", "Writes tables." },
    { "no-color", 0, NULL, "No colours and no line of progress." },
    { 0 },
};

const rf_cli_option rf_cli_bench_diff_options[] = {
    { "fail-on", 'f', "CONDITION", FAIL_DOC },
    { "across-machines", 0, NULL, ACROSS_DOC },
    { "matters", 0, "P", "A change of less is none (0.02)." },
    { "dir", 0, "DIR", DIR_DOC },
    { "html", 0, "FILE", "Writes the report with pictures." },
    { "json", 0, "FILE", "Writes the comparison for programs; - is standard output." },
    { "csv", 0, "FILE", "Writes every sample of B." },
    { "markdown", 0, "FILE", "Writes tables." },
    { "no-color", 0, NULL, "No colours." },
    { 0 },
};

typedef enum value_kind { FLAG, TEXT, COUNT, SHARE, NUMBER, TIME, SEED } value_kind;
/* Where a value goes, and what it may be. */
typedef struct setter { const char *name; value_kind kind; size_t at; double least, most; } setter;

static const setter setters[] = {
    { "list", FLAG, offsetof(rf_cli_bench, list), 0, 0 },
    { "quick", FLAG, offsetof(rf_cli_bench, quick), 0, 0 },
    { "no-color", FLAG, offsetof(rf_cli_bench, plain), 0, 0 },
    { "across-machines", FLAG, offsetof(rf_cli_bench, across), 0, 0 },
    { "input", TEXT, offsetof(rf_cli_bench, input), 0, 0 },
    { "cmd", TEXT, offsetof(rf_cli_bench, cmd), 0, 0 },
    { "vs", TEXT, offsetof(rf_cli_bench, vs), 0, 0 },
    { "save-baseline", TEXT, offsetof(rf_cli_bench, save), 0, 0 },
    { "baseline", TEXT, offsetof(rf_cli_bench, baseline), 0, 0 },
    { "fail-on", TEXT, offsetof(rf_cli_bench, fail_on), 0, 0 },
    { "dir", TEXT, offsetof(rf_cli_bench, dir), 0, 0 },
    { "html", TEXT, offsetof(rf_cli_bench, html), 0, 0 },
    { "json", TEXT, offsetof(rf_cli_bench, json), 0, 0 },
    { "csv", TEXT, offsetof(rf_cli_bench, csv), 0, 0 },
    { "markdown", TEXT, offsetof(rf_cli_bench, markdown), 0, 0 },
    { "runs", COUNT, offsetof(rf_cli_bench, runs), 2, 100000 },
    { "samples", COUNT, offsetof(rf_cli_bench, sampler.samples), 10, 100000 },
    { "resamples", COUNT, offsetof(rf_cli_bench, estimate.resamples), 100, 10000000 },
    { "self-check", COUNT, offsetof(rf_cli_bench, self), 1, 100000 },
    { "pin", COUNT, offsetof(rf_cli_bench, pin), 0, 1023 },
    { "confidence", SHARE, offsetof(rf_cli_bench, estimate.confidence), 0.5, 0.9999 },
    { "matters", SHARE, offsetof(rf_cli_bench, compare.matters), 0, 0.99 },
    { "rate", NUMBER, offsetof(rf_cli_bench, rate), 0.1, 1e8 },
    { "time", TIME, offsetof(rf_cli_bench, sampler.measure_ns), 1e6, 3.6e12 },
    { "warm-up", TIME, offsetof(rf_cli_bench, sampler.warm_ns), 1e6, 3.6e12 },
    { "seed", SEED, offsetof(rf_cli_bench, estimate.seed), 0, 0 },
};

static bool set_time(const rf_command *command, const setter *row, const char *value, uint64_t *ret) {
    if (rf_clock_parse_duration(rf_slice_of(value), ret) && (double)*ret >= row->least && (double)*ret <= row->most)
        return true;
    (void)rf_cli_misuse(command, "--%s %s: a duration from 1ms to 1h, as 500ms or 5s", row->name, value);
    return false;
}

static bool set_number(const rf_command *command, const setter *row, const char *value, double *ret) {
    bool whole = row->kind == COUNT;
    if (rf_number_parse_json(rf_slice_of(value), ret) && *ret >= row->least && *ret <= row->most && (!whole || trunc(*ret) == *ret))
        return true;
    (void)rf_cli_misuse(command, "--%s %s: a %snumber from %g to %g", row->name, value, whole ? "whole " : "", row->least, row->most);
    return false;
}

static bool set_seed(const rf_command *command, const char *value, uint64_t *ret) {
    int64_t number;
    if (!rf_number_parse_i64(rf_slice_of(value), &number)) {
        (void)rf_cli_misuse(command, "--seed %s: a whole number", value);
        return false;
    }
    *ret = (uint64_t)number;
    return true;
}

static bool set(rf_cli_bench *bench, const rf_command *command, const setter *row, const char *value) {
    void *place = (char *)bench + row->at;
    double number = 0;
    switch (row->kind) {
    case FLAG: *(bool *)place = true; return true;
    case TEXT: *(const char **)place = value; return true;
    case TIME: return set_time(command, row, value, place);
    case SEED: return set_seed(command, value, place);
    case COUNT: case SHARE: case NUMBER: break;
    }
    if (!set_number(command, row, value, &number))
        return false;
    if (row->kind == COUNT)
        *(uint32_t *)place = (uint32_t)number;
    else
        *(double *)place = number;
    return true;
}

static const setter *setter_of(const char *name) {
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++)
        if (strcmp(setters[i].name, name) == 0)
            return &setters[i];
    assert(false && "an option that nobody takes");
    return NULL;
}

/* A word that names a file of one of these kinds is what is to be measured; others are patterns. */
static bool is_target(const char *word) {
    static const char *const endings[] = { ".yaml", ".yml", ".json", ".fsx", ".fzb", ".js" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (rf_slice_ends(rf_slice_of(word), rf_slice_of(endings[i])))
            return access(word, F_OK) == 0 || strchr(word, '/');
    return false;
}

static bool add_word(rf_cli_bench *bench, const rf_command *command, const char *word, bool targets) {
    if (targets && is_target(word)) {
        if (bench->file)
            (void)rf_cli_misuse(command, "one file at a time: %s and %s are given", bench->file, word);
        bool first = !bench->file;
        bench->file = word;
        return first;
    }
    if (bench->word_count == RF_CLI_BENCH_WORDS) {
        (void)rf_cli_misuse(command, "more than %d patterns", RF_CLI_BENCH_WORDS);
        return false;
    }
    bench->words[bench->word_count++] = word;
    return true;
}

/* --quick is only another default: what is said beside it counts. */
static void settle(rf_cli_bench *bench, bool samples, bool time, bool warm, bool resamples) {
    const rf_sampler_options quick = RF_SAMPLER_QUICK, full = RF_SAMPLER_DEFAULT;
    const rf_sampler_options *standard = bench->quick ? &quick : &full;
    bench->sampler.samples = samples ? bench->sampler.samples : standard->samples;
    bench->sampler.measure_ns = time ? bench->sampler.measure_ns : standard->measure_ns;
    bench->sampler.warm_ns = warm ? bench->sampler.warm_ns : standard->warm_ns;
    if (!resamples && bench->quick)
        bench->estimate.resamples = 10000;
    if (!bench->runs)
        bench->runs = bench->quick ? 10 : 20;
    bench->compare.estimate.resamples = bench->estimate.resamples;
    bench->compare.estimate.seed = bench->estimate.seed;
}

static bool is_sound(const rf_cli_bench *bench, const rf_command *command) {
    const char *wrong = NULL;
    if (bench->vs && !bench->cmd)
        wrong = "--vs goes with --cmd";
    else if (bench->cmd && (bench->file || bench->word_count))
        wrong = "--cmd measures programs: no file and no pattern beside it";
    else if (bench->input && !bench->file)
        wrong = "--input goes with a config or a plugin";
    else if (bench->self && (bench->cmd || bench->baseline))
        wrong = "--self-check compares benchmarks with themselves: no --cmd and no --baseline beside it";
    if (wrong)
        (void)rf_cli_misuse(command, "%s", wrong);
    return !wrong;
}

bool rf_cli_bench_parse(rf_cli_bench *bench, const rf_command *command, int argc, char **argv, int *ret_status) {
    *ret_status = RF_EXIT_USAGE;
    const rf_cli_option *option;
    const char *value;
    bool samples = false, time = false, warm = false, resamples = false;
    *bench = (rf_cli_bench){ .dir = RF_CLI_BENCH_DIR, .pin = -1, .sampler = RF_SAMPLER_DEFAULT, .estimate = RF_ESTIMATE_DEFAULT, .compare = RF_COMPARE_DEFAULT };
    rf_cli_args args = { .command = command, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG)
            return false;
        if (kind == RF_CLI_WORD) {
            if (!add_word(bench, command, value, command == &rf_command_bench))
                return false;
            continue;
        }
        if (strcmp(option->name, "help") == 0) {
            *ret_status = rf_cli_show_help(command);
            return false;
        }
        if (!set(bench, command, setter_of(option->name), value))
            return false;
        samples |= strcmp(option->name, "samples") == 0;
        time |= strcmp(option->name, "time") == 0;
        warm |= strcmp(option->name, "warm-up") == 0;
        resamples |= strcmp(option->name, "resamples") == 0;
    }
    settle(bench, samples, time, warm, resamples);
    return is_sound(bench, command);
}

/* bench: measures riffle's own parts, a user's config or plugin, or whole programs. */
#include "cli/bench.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "cli/script.h"
#include "cli/start.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static const rf_command *const parts[] = { &rf_bench_part_diff, NULL };

int rf_cli_bench_fail(const rf_error *error, const char *text) {
    rf_buffer out = { 0 };
    const rf_source source = { error->place.file, rf_slice_of(text ? text : "") };
    rf_source_show(&out, text && error->place.line ? &source : NULL, error, rf_cli_colours());
    (void)rf_cli_flush(&out, 2);
    bool wrong_use = error->code == RF_ECONFIG || error->code == RF_EPARSE || error->code == RF_ENOTFOUND || error->code == RF_ESCRIPT;
    return wrong_use ? RF_EXIT_USAGE : RF_EXIT_FAILED;
}

static rf_code pin(int32_t cpu, rf_error *reterr) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) == 0)
        return RF_OK;
    return rf_raise(reterr, RF_ECONFIG, "--pin %d: this process cannot be bound to that CPU: %s", cpu, strerror(errno));
}

/* The benchmarks that the command line asks for. */
static rf_code collect(const rf_cli_bench *bench, rf_groups *groups, rf_error *reterr) {
    if (!bench->file)
        return rf_groups_open(groups, reterr);
    rf_groups_open_empty(groups);
    bool is_plugin = !rf_slice_ends(rf_slice_of(bench->file), RF_SLICE(".yaml")) &&
                     !rf_slice_ends(rf_slice_of(bench->file), RF_SLICE(".yml")) &&
                     !rf_slice_ends(rf_slice_of(bench->file), RF_SLICE(".json"));
    return is_plugin ? rf_bench_plugin(groups, bench->file, bench->input, reterr)
                     : rf_bench_config(groups, bench->file, bench->input, reterr);
}

static size_t count_matches(const rf_benches *list, const rf_filter *filter) {
    size_t count = 0;
    char id[RF_BENCH_ID_MAX];
    for (size_t i = 0; i < list->count; i++) {
        rf_bench_id(&list->items[i], id);
        count += rf_filter_match(filter, id);
    }
    return count;
}

static int list_all(const rf_benches *list, const rf_filter *filter) {
    char id[RF_BENCH_ID_MAX];
    rf_buffer out = { 0 };
    for (size_t i = 0; i < list->count; i++) {
        rf_bench_id(&list->items[i], id);
        if (rf_filter_match(filter, id))
            rf_buffer_printf(&out, "%-56s %s\n", id, list->items[i].doc ? list->items[i].doc : "");
    }
    return rf_cli_flush(&out, 1) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

/* What nothing matches is a mistake as a rule: the names that come nearest are said. */
static int nothing_matches(const rf_cli_bench *bench, const rf_benches *list) {
    const char *names[64] = { NULL };
    size_t count = 0;
    for (size_t i = 0; i < list->count && count < sizeof names / sizeof *names - 1; i++)
        if (i == 0 || strcmp(list->items[i].group, list->items[i - 1].group) != 0)
            names[count++] = list->items[i].group;
    const char *near = bench->word_count ? rf_nearest(rf_slice_of(bench->words[0]), names) : NULL;
    if (near)
        return rf_cli_misuse(&rf_command_bench, "no benchmark matches %s: did you mean %s?", bench->words[0], near);
    return rf_cli_misuse(&rf_command_bench, "no benchmark matches %s (--list shows all)", bench->word_count ? bench->words[0] : "");
}

static int check_self(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter) {
    rf_error error = { 0 };
    size_t comparisons = 0, alarms = 0;
    if (rf_cli_bench_self(run, list, filter, &comparisons, &alarms, &error))
        return rf_cli_bench_fail(&error, NULL);
    (void)printf("%zu comparisons of a benchmark with itself, %zu taken for a change\n", comparisons, alarms);
    return alarms ? RF_EXIT_FAILED : RF_EXIT_DONE;
}

static int measure_list(rf_cli_bench_run *run, const rf_benches *list, const rf_filter *filter) {
    rf_error error = { 0 };
    const rf_cli_bench *bench = run->bench;
    if (count_matches(list, filter) == 0)
        return nothing_matches(bench, list);
    if (bench->list)
        return list_all(list, filter);
    if (bench->self)
        return check_self(run, list, filter);
    rf_code code = rf_cli_bench_measure(run, list, filter, &error);
    return code ? rf_cli_bench_fail(&error, NULL) : rf_cli_bench_finish(run, false);
}

static int measure_programs(rf_cli_bench_run *run) {
    rf_error error = { 0 };
    rf_code code = rf_cli_bench_programs(run, &error);
    return code ? rf_cli_bench_fail(&error, NULL) : rf_cli_bench_finish(run, true);
}

/* The pattern that an error is about: it is named in it. */
static const char *pattern_of(const rf_cli_bench *bench, const rf_error *error) {
    for (size_t i = 0; i < bench->word_count; i++)
        if (strstr(error->message, bench->words[i]))
            return bench->words[i];
    return NULL;
}

static int measure_groups(rf_cli_bench_run *run) {
    const rf_cli_bench *bench = run->bench;
    rf_groups groups = { 0 };
    rf_filter *filter = NULL;
    rf_error error = { 0 };
    rf_code code = rf_filter_new(bench->words, bench->word_count, &filter, &error);
    if (code)
        return rf_cli_bench_fail(&error, pattern_of(bench, &error));
    code = collect(bench, &groups, &error);
    int status = code ? rf_cli_bench_fail(&error, NULL) : measure_list(run, &groups.list, filter);
    if (code == RF_EIO && bench->file)
        status = RF_EXIT_USAGE; /* a file that the user named */
    rf_groups_close(&groups);
    rf_filter_free(filter);
    return status;
}

static int bench_run(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "diff") == 0)
        return rf_cli_start(&rf_bench_part_diff, argc - 1, argv + 1);
    rf_cli_bench bench;
    rf_cli_bench_run run = { 0 };
    rf_error error = { 0 };
    int status;
    if (!rf_cli_bench_parse(&bench, &rf_command_bench, argc, argv, &status))
        return status;
    if (bench.pin >= 0 && pin(bench.pin, &error))
        return rf_cli_bench_fail(&error, NULL);
    if (rf_cli_bench_open(&run, &bench, &error))
        status = rf_cli_bench_fail(&error, bench.fail_on);
    else
        status = bench.cmd ? measure_programs(&run) : measure_groups(&run);
    rf_cli_bench_close(&run);
    return status;
}

static const rf_cli_example examples[] = {
    { "riffle bench --quick plugin_chaining", "Chains of 1 to 20 plugins, in all languages, in some seconds." },
    { "riffle bench config.yaml --input recorded.jsonl", "Each script of a config, each processor, and the whole stream, on recorded messages." },
    { "riffle bench redact.fsx --input session.cast", "A plugin's hooks, on a recorded session." },
    { "riffle bench --cmd 'riffle exec a.fsx' --vs 'lua a.lua' --fail-on 'ratio.low > 1'", "Two programs in turn; fails when the first is proven to be slower." },
    { "riffle bench --save-baseline main", "Keeps the figures, to compare with later." },
    { "riffle bench --baseline main --fail-on 'ratio.low > 1.05' --html report.html", "Fails on what is proven to be 5 % slower; writes a report." },
    { 0 },
};

const rf_command rf_command_bench = {
    .name = "bench",
    .usage = "[OPTION...] [PATTERN... | CONFIG | PLUGIN]",
    .summary = "Measures the engine, a config, a plugin, or programs beside each other.",
    .detail = "Without a file the built-in groups run. A PATTERN is a part of a benchmark's name, a glob of all of it (plugin_*/noop*/5*), or a\n"
              "regular expression between slashes. docs/benchmarks.md tells how figures come about and what they are worth.",
    .options = rf_cli_bench_options,
    .examples = examples,
    .parts = parts,
    .passes_arguments = true, /* of `diff` */
    .run = bench_run,
};

/* top: what a running host does, live. */
#include "cli/top.h"

#include "base/clock.h"
#include "base/slice.h"
#include "cli/plugin.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const rf_cli_option top_options[] = {
    { "url", 0, "URL", "The running host: the address of its http service; " RF_CLI_PLUGIN_URL " when it is not given." RF_CLI_URL_MORE },
    { "interval", 0, "TIME", "How long to wait between two looks: 1s when it is not given." },
    { "once", 0, NULL, "Looks twice, one interval apart, prints everything once and ends." },
    { "json", 0, NULL, "Prints one line of JSON for each look, with --once one in all." },
    { 0 },
};

static bool take(rf_top *top, const rf_cli_option *option, const char *value) {
    if (strcmp(option->name, "url") == 0)
        top->url = value;
    top->once |= strcmp(option->name, "once") == 0;
    top->json |= strcmp(option->name, "json") == 0;
    if (strcmp(option->name, "interval") == 0
        && (!rf_clock_parse_duration(rf_slice_of(value), &top->interval_ns) || top->interval_ns < 10 * RF_NS_PER_MS
            || top->interval_ns > 3600 * RF_NS_PER_S)) {
        (void)rf_cli_misuse(&rf_command_top, "--interval %s is no time from 10ms to 1h, such as 1s or 500ms", value);
        return false;
    }
    return true;
}

static bool parse(rf_top *top, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_command_top, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            (void)rf_cli_misuse(&rf_command_top, "unexpected argument %s", value);
        if (kind != RF_CLI_OPTION || !take(top, option, value))
            return false;
    }
    return true;
}

/* ---- Without a terminal ---- */

typedef void (*put_view)(const rf_top *top, rf_top_page *page);

static void put_all(const rf_top *top, rf_top_page *page) {
    static const put_view parts[] = { rf_top_stages_head, rf_top_stages, rf_top_plugins_head, rf_top_plugins,
                                      rf_top_zones_head, rf_top_zones, rf_top_memory_head, rf_top_memory };
    rf_top_head(top, page);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (i % 2 == 0)
            rf_top_end_line(page);
        parts[i](top, page);
    }
}

static rf_code print(const rf_top *top, rf_error *reterr) {
    rf_buffer out = { 0 };
    rf_top_page page = { .out = &out, .plain = true, .room = SIZE_MAX };
    rf_code code = RF_OK;
    if (top->json)
        code = rf_top_json(top, &out, reterr);
    else
        put_all(top, &page);
    if (!code && !top->json && !top->once)
        rf_buffer_char(&out, '\n');
    if (!code && out.failed)
        code = rf_raise_nomem(reterr);
    if (code)
        rf_buffer_done(&out);
    else if (!rf_cli_flush(&out, STDOUT_FILENO))
        code = rf_raise(reterr, RF_ECLOSED, "standard output cannot be written");
    return code;
}

static rf_code look(rf_top *top, rf_error *reterr) {
    rf_top_sample *sample = NULL;
    rf_code code = rf_top_sample_take(top->url, RF_TOP_WITH_ZONES, &sample, reterr);
    if (!code)
        rf_top_take(top, sample);
    return code;
}

/* Rates need two looks, so nothing is printed for the first one. */
static int print_once(rf_top *top) {
    rf_error error = { 0 };
    rf_code code = look(top, &error);
    if (!code) {
        rf_clock_sleep_ns(top->interval_ns);
        code = look(top, &error);
    }
    if (!code)
        code = print(top, &error);
    return code ? rf_cli_plugin_fail(&error) : RF_EXIT_DONE;
}

/* A host that goes away is waited for; said once each time. */
static int print_on(rf_top *top) {
    rf_error error = { 0 };
    bool waits = false;
    for (;;) {
        rf_code code = look(top, &error);
        if (code == RF_ECONFIG || code == RF_EREFUSED) /* waiting is no use */
            return rf_cli_plugin_fail(&error);
        if (code && !waits)
            (void)fprintf(stderr, "riffle: waiting for %s: %s\n", top->url, error.message);
        waits = code != RF_OK;
        if (!code && top->before && print(top, &error))
            return rf_cli_plugin_fail(&error);
        rf_clock_sleep_ns(top->interval_ns);
    }
}

static int top_run(int argc, char **argv) {
    rf_top top = { .url = RF_CLI_PLUGIN_URL, .interval_ns = RF_NS_PER_S };
    if (!parse(&top, argc, argv))
        return RF_EXIT_USAGE;
    int status = top.once ? print_once(&top) : top.json || !isatty(STDOUT_FILENO) ? print_on(&top) : rf_top_screen(&top);
    rf_top_done(&top);
    return status;
}

static const rf_cli_example top_examples[] = {
    { "riffle top", "The host on this machine, until `q`." },
    { "riffle top --url http://127.0.0.1:4196 --interval 250ms", "Another one, four times a second." },
    { "riffle top --once --json | jq '.stages | max_by(.share)'", "The stage that takes the most time, for a script." },
    { 0 },
};

const rf_command rf_command_top = {
    .name = "top",
    .usage = "[OPTION...]",
    .summary = "Shows what a running host does: rates, stages, plugins, zones, memory.",
    .detail = "Keys: 1 to 4, Tab and the left and right arrows choose a view; up, down and page keys scroll; r sorts stages anew; p pauses; q ends.\n"
              "Calls, mean and share of stages are of the time since the look before, p50 and p99 since the host began. Zones are\n"
              "added up as long as somebody looks, and need `http.debug_endpoints: true` in the host's config.",
    .options = top_options,
    .examples = top_examples,
    .run = top_run,
};

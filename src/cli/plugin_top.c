/* plugin top: what the plugins of a running host cost, refreshed. */
#include "cli/plugin.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "terminal/connect.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct top_args {
    const char *url;
    uint64_t interval_ns;
    bool once, term;
} top_args;

static const rf_cli_option top_options[] = {
    { "url", 0, "URL", "The running host: the address of its http service; " RF_CLI_PLUGIN_URL " when it is not given." RF_CLI_URL_MORE },
    { "term", 0, NULL, "The daemon of `riffle term`, in place of a host with an address." },
    { "interval", 0, "TIME", "How long to wait between two looks: 1s when it is not given." },
    { "once", 0, NULL, "Looks once." },
    { 0 },
};

static bool parse(top_args *top, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_plugin_part_top, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            (void)rf_cli_misuse(&rf_plugin_part_top, "unexpected argument %s", value);
        if (kind != RF_CLI_OPTION)
            return false;
        if (strcmp(option->name, "url") == 0)
            top->url = value;
        top->once |= strcmp(option->name, "once") == 0;
        top->term |= strcmp(option->name, "term") == 0;
        if (strcmp(option->name, "interval") == 0
            && (!rf_clock_parse_duration(rf_slice_of(value), &top->interval_ns) || top->interval_ns < 10 * RF_NS_PER_MS)) {
            (void)rf_cli_misuse(&rf_plugin_part_top, "--interval %s is no time of 10ms or more, such as 1s or 500ms", value);
            return false;
        }
    }
    return true;
}

/* ---- The table ---- */

static double number_of(const rf_value *map, const char *name) {
    const rf_value *value = map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    return !value ? 0 : value->kind == RF_DOUBLE ? value->number : value->kind == RF_INT ? (double)value->integer : 0;
}

/* A text that cannot play tricks with the terminal: "" when it is none. */
static rf_slice text_of(rf_arena *arena, const rf_value *map, const char *name) {
    const rf_value *value = map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    if (!value || value->kind != RF_STRING)
        return RF_SLICE("");
    rf_slice copy = rf_slice_dup_in(arena, rf_value_text(value));
    char *bytes = (char *)copy.data;
    for (size_t i = 0; bytes && i < copy.len; i++)
        if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7F)
            bytes[i] = ' ';
    return copy;
}

/* 140 ns, 2.6 us, 11 ms: four places and a unit. */
static void write_time(rf_buffer *out, double ns) {
    static const char *const units[] = { "ns", "us", "ms", "s " };
    size_t unit = 0;
    for (; unit < 3 && ns >= 1000; unit++)
        ns /= 1000;
    rf_buffer_printf(out, " %5.*f %s", unit && ns < 100 ? 1 : 0, ns, units[unit]);
}

static void write_hook(rf_buffer *out, const char *name, size_t name_len, const rf_value *hook) {
    rf_buffer_printf(out, " %-18.*s %10.0f %7.0f", (int)name_len, name, number_of(hook, "calls"), number_of(hook, "errors"));
    write_time(out, number_of(hook, "mean_ns"));
    write_time(out, number_of(hook, "p50_ns"));
    write_time(out, number_of(hook, "p99_ns"));
    write_time(out, number_of(hook, "worst_ns"));
    rf_buffer_char(out, '\n');
}

static void write_plugin(rf_buffer *out, rf_arena *arena, const rf_value *plugin) {
    const rf_value *hooks = plugin->kind == RF_MAP ? rf_value_member(plugin, RF_SLICE("hooks")) : NULL;
    rf_slice error = text_of(arena, plugin, "last_error");
    rf_buffer_printf(out, "%-18.*s %-8.*s %-10.*s %-8.*s %4.0f %6.0f %8.0f KiB", RF_SLICE_ARG(text_of(arena, plugin, "name")),
                     RF_SLICE_ARG(text_of(arena, plugin, "version")), RF_SLICE_ARG(text_of(arena, plugin, "language")),
                     RF_SLICE_ARG(text_of(arena, plugin, "state")), number_of(plugin, "failures"), number_of(plugin, "reloads"),
                     number_of(plugin, "held_bytes") / 1024);
    uint32_t count = hooks && hooks->kind == RF_MAP ? hooks->size : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            rf_buffer_printf(out, "%72s", "");
        write_hook(out, hooks->members[i].key.data, hooks->members[i].key.len, &hooks->members[i].value);
    }
    if (!count)
        rf_buffer_char(out, '\n');
    if (error.len)
        rf_buffer_printf(out, "  last error: %.*s\n", RF_SLICE_ARG(error));
}

void rf_cli_plugin_table(rf_buffer *out, rf_arena *arena, const rf_value *list) {
    rf_buffer_printf(out, "%-18s %-8s %-10s %-8s %4s %6s %12s %-18s %10s %7s %8s %8s %8s %8s\n", "NAME", "VERSION", "LANGUAGE", "STATE",
                     "FAIL", "RELOAD", "MEMORY", "HOOK", "CALLS", "ERRORS", "MEAN", "MEDIAN", "P99", "WORST");
    for (uint32_t i = 0; i < list->size; i++)
        write_plugin(out, arena, &list->items[i]);
    if (list->size == 0)
        rf_buffer_text(out, "no plugins run there\n");
}

static rf_code ask_host(const top_args *top, rf_arena *arena, rf_value *ret_list, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer body = { 0 };
    rf_code code = rf_cli_plugin_http(top->url, "GET", "/plugins", &body, reterr);
    if (code)
        return code;
    rf_slice json = rf_slice_dup_in(arena, rf_buffer_view(&body)); /* the list's texts are views of it */
    return json.data ? rf_json_parse(arena, json, RF_JSON_DOUBLES, ret_list, reterr) : rf_raise_nomem(reterr);
}

static rf_code ask_daemon(rf_term_conn *conn, rf_arena *arena, rf_value *ret_list, rf_error *reterr) {
    const char *path;
    rf_value result;
    rf_code code = conn->fd >= 0 ? RF_OK : rf_term_socket_path(arena, &path, reterr);
    if (!code && conn->fd < 0)
        code = rf_term_connect(path, RF_TERM_AUTOSTART, conn, reterr);
    if (!code)
        code = rf_term_call(conn, "plugins", RF_SLICE("{}"), arena, &result, reterr);
    const rf_value *list = !code && result.kind == RF_MAP ? rf_value_member(&result, RF_SLICE("plugins")) : NULL;
    if (!code)
        *ret_list = list ? *list : rf_null();
    return code;
}

static rf_code look(const top_args *top, rf_term_conn *conn, bool screen, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 16384);
    rf_buffer out = { 0 };
    rf_value list;
    rf_code code = top->term ? ask_daemon(conn, &arena, &list, reterr) : ask_host(top, &arena, &list, reterr);
    if (!code && list.kind != RF_LIST)
        code = rf_raise(reterr, RF_EPARSE, "the host's answer is no list of plugins");
    if (code)
        return code;
    if (screen)
        rf_buffer_text(&out, "\033[H\033[J"); /* to the first column of the first row; nothing below it */
    rf_cli_plugin_table(&out, &arena, &list);
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_OK : rf_raise(reterr, RF_EIO, "standard output cannot be written");
}

static int top_run(int argc, char **argv) {
    top_args top = { .url = RF_CLI_PLUGIN_URL, .interval_ns = RF_NS_PER_S };
    RF_CLEANUP(rf_term_conn_done) rf_term_conn conn = { .fd = -1 };
    rf_error error = { 0 };
    if (!parse(&top, argc, argv))
        return RF_EXIT_USAGE;
    bool screen = !top.once && isatty(STDOUT_FILENO);
    for (;;) {
        if (look(&top, &conn, screen, &error))
            return rf_cli_plugin_fail(&error);
        if (top.once)
            return RF_EXIT_DONE;
        rf_clock_sleep_ns(top.interval_ns);
    }
}

static const rf_cli_example top_examples[] = {
    { "riffle plugin top", "Every second, until Ctrl-C." },
    { "riffle plugin top --term", "Those of `riffle term`." },
    { "riffle plugin top --url http://127.0.0.1:4196 --once", "Once, of a host with another address." },
    { 0 },
};

const rf_command rf_plugin_part_top = {
    .name = "plugin top",
    .usage = "[OPTION...]",
    .summary = "Shows what the plugins of a running host cost: calls, errors, times, memory.",
    .detail = "One row a hook. FAIL is how often in a row the plugin has failed now.",
    .options = top_options,
    .examples = top_examples,
    .run = top_run,
};

/* case_run.c: running the test cases of a plugin, and telling what came in place of what was expected. */
#include "plugin/case_internal.h"

#include "base/slice.h"
#include "message/json.h"
#include "plugin/store.h"
#include "plugin/toml.h"

#include <assert.h>
#include <string.h>

/* What one case runs in. */
typedef struct case_room {
    rf_case_host host;
    rf_arena arena;         /* messages of the running step */
    rf_store *store;
    rf_plugin *plugin;
    rf_chain *chain;
    rf_plugin_status status; /* read after each event */
} case_room;

/* What came of a step. */
typedef struct step_result {
    rf_verdict verdict;
    rf_slice text;
    rf_value messages;
    bool failed;     /* the plugin did */
    rf_error error;
} step_result;

static const char *verdict_name(rf_verdict verdict) {
    static const char *const names[] = { "continue", "modify", "stop", "drop" };
    return names[verdict];
}

/* ---- One event ---- */

static rf_verdict verdict_of(rf_verdict verdict, bool stopped) {
    return stopped && verdict != RF_VERDICT_DROP ? RF_VERDICT_STOP : verdict;
}

static void run_text(case_room *room, const rf_case_step *step, step_result *result) {
    rf_outcome_text came = rf_chain_text(room->chain, step->hook, step->text);
    result->verdict = verdict_of(came.verdict, came.stopped);
    result->text = came.bytes;
}

static void run_message(case_room *room, const rf_case_step *step, step_result *result) {
    rf_outcome_message came = { 0 };
    rf_error error = { 0 };
    result->failed = rf_chain_message(room->chain, &step->message, &room->arena, &came, &error) != RF_OK || came.failed;
    result->error = error;
    result->messages = came.list;
    rf_verdict verdict = came.list.size == 0 ? RF_VERDICT_DROP : came.changed ? RF_VERDICT_MODIFY : RF_VERDICT_CONTINUE;
    result->verdict = verdict_of(verdict, came.stopped);
}

static void run_event(case_room *room, const rf_case_step *step, step_result *result) {
    switch (rf_hooks[step->hook].answer) {
    case RF_ANSWER_TEXT:
    case RF_ANSWER_VERDICT: run_text(room, step, result); return;
    case RF_ANSWER_MESSAGE: run_message(room, step, result); return;
    case RF_ANSWER_NONE: break;
    }
    if (step->hook == RF_HOOK_REMOTE_COMMAND)
        rf_chain_command(room->chain, room->plugin->manifest.name, step->text);
    else
        rf_chain_notify(room->chain, step->hook, step->args, step->arg_count);
}

/* Reads the chain's counters; true when the hook failed since the last reading. */
static bool read_failure(case_room *room, rf_hook hook, rf_error *ret_error) {
    uint64_t before = room->status.hooks[hook].errors;
    if (!rf_chain_status(room->chain, 0, &room->status) || room->status.hooks[hook].errors == before)
        return false;
    *ret_error = room->status.last_error;
    return true;
}

/* ---- What was expected, and what came ---- */

static void write_value(rf_buffer *out, const rf_value *value) {
    if (rf_json_write(out, value, RF_JSON_SORT_KEYS | RF_JSON_RAW_SEPARATORS, NULL) != RF_OK)
        rf_buffer_text(out, "(no plain data)");
}

static void differ(rf_buffer *out, const char *what, rf_slice expected, rf_slice got) {
    rf_buffer_printf(out, "      %s: expected ", what);
    rf_toml_write_text(out, expected);
    rf_buffer_printf(out, "\n      %*s  got      ", (int)strlen(what), "");
    rf_toml_write_text(out, got);
    rf_buffer_char(out, '\n');
}

static bool contains(rf_slice text, rf_slice part) {
    return part.len == 0 || (text.len >= part.len && memmem(text.data, text.len, part.data, part.len));
}

/* A part of a text; "" expects that there is none at all. */
static void compare_part(rf_buffer *out, const char *what, rf_slice expected, rf_slice got) {
    if (expected.data && (expected.len ? !contains(got, expected) : got.len > 0))
        differ(out, what, expected, got);
}

static void compare_verdict(rf_buffer *out, const rf_case_step *step, const step_result *result) {
    if (step->has_verdict && step->verdict != result->verdict)
        rf_buffer_printf(out, "      verdict: expected %s, got %s\n", verdict_name(step->verdict), verdict_name(result->verdict));
    if (!step->want_text.data)
        return;
    if (result->verdict == RF_VERDICT_DROP) {
        rf_buffer_text(out, "      text: expected ");
        rf_toml_write_text(out, step->want_text);
        rf_buffer_text(out, ", got nothing: it was dropped\n");
    } else if (!rf_slice_eq(step->want_text, result->text))
        differ(out, "text", step->want_text, result->text);
}

/* An expected message says of payload and meta what it wants to say. */
static bool same_message(const rf_value *expected, const rf_value *got) {
    for (uint32_t i = 0; i < expected->size; i++) {
        const rf_member *member = &expected->members[i];
        const rf_value *other = got->kind == RF_MAP ? rf_value_member(got, member->key) : NULL;
        if (!other || !rf_value_eq(&member->value, other))
            return false;
    }
    return true;
}

static void compare_messages(rf_buffer *out, const rf_case_step *step, const step_result *result) {
    const rf_value *expected = &step->messages, *got = &result->messages;
    if (expected->kind != RF_LIST)
        return;
    bool same = expected->size == got->size;
    for (uint32_t i = 0; same && i < expected->size; i++)
        same = same_message(&expected->items[i], &got->items[i]);
    if (same)
        return;
    rf_buffer_text(out, "      messages: expected ");
    write_value(out, expected);
    rf_buffer_text(out, "\n                got      ");
    write_value(out, got);
    rf_buffer_char(out, '\n');
}

static void compare_status(rf_buffer *out, const rf_case_step *step, const rf_case_host *host) {
    for (uint32_t i = 0; step->status.kind == RF_MAP && i < step->status.size; i++) {
        const rf_member *member = &step->status.members[i];
        rf_slice expected = rf_value_text(&member->value), got = rf_case_host_status(host, member->key);
        if (rf_slice_eq(expected, got))
            continue;
        rf_buffer_printf(out, "      status %.*s: expected ", RF_SLICE_ARG(member->key));
        rf_toml_write_text(out, expected);
        rf_buffer_text(out, ", got ");
        rf_toml_write_text(out, got);
        rf_buffer_char(out, '\n');
    }
}

static void write_error(rf_buffer *out, const rf_error *error) {
    if (error->place.line)
        rf_buffer_printf(out, "%s:%u:%u: ", error->place.file, error->place.line, error->place.column);
    rf_buffer_text(out, error->message);
    if (error->hint[0])
        rf_buffer_printf(out, " (%s)", error->hint);
}

static void compare_error(rf_buffer *out, const rf_case_step *step, const step_result *result) {
    if (!result->failed && step->error.len) {
        rf_buffer_text(out, "      error: expected ");
        rf_toml_write_text(out, step->error);
        rf_buffer_text(out, ", got none\n");
    } else if (result->failed && !step->error.len) {
        rf_buffer_text(out, "      error: expected none\n             got      ");
        write_error(out, &result->error);
        rf_buffer_char(out, '\n');
    } else if (result->failed && !contains(rf_slice_of(result->error.message), step->error)) {
        differ(out, "error", step->error, rf_slice_of(result->error.message));
    }
}

static void compare(rf_buffer *out, const case_room *room, const rf_case_step *step, const step_result *result) {
    const rf_case_host *host = &room->host;
    if (!room->status.hooks[step->hook].exists)
        rf_buffer_printf(out, "      the plugin has no %s\n", rf_hooks[step->hook].name);
    compare_error(out, step, result);
    compare_verdict(out, step, result);
    compare_messages(out, step, result);
    compare_status(out, step, host);
    compare_part(out, "notified", step->notified, rf_buffer_view(&host->notified));
    compare_part(out, "log", step->log, rf_buffer_view(&host->log));
    if (step->sent.data && !rf_slice_eq(step->sent, rf_buffer_view(&host->sent)))
        differ(out, "sent", step->sent, rf_buffer_view(&host->sent));
}

/* ---- Steps and cases ---- */

static uint32_t line_of(const rf_case_file *file, size_t offset) {
    uint32_t line, column;
    rf_source_locate(&file->source, offset, &line, &column);
    return line;
}

/* Runs a step; what is wrong with it goes to `told`. Errors: RF_ENOMEM. */
static rf_code run_step(case_room *room, const rf_case_file *file, const rf_case_step *step, rf_buffer *told, rf_error *reterr) {
    step_result result = { 0 };
    rf_error error = { 0 };
    rf_case_host_clear(&room->host);
    rf_arena_clear(&room->arena);
    run_event(room, step, &result);
    if (read_failure(room, step->hook, &error) && !result.failed) {
        result.failed = true;
        result.error = error;
    }
    if (!rf_case_host_good(&room->host) || (result.failed && result.error.code == RF_ENOMEM))
        return rf_raise_nomem(reterr);
    size_t before = told->len;
    rf_buffer_printf(told, "    step %zu, %s (line %u)\n", (size_t)(step - room->host.test->steps) + 1, step->what,
                     line_of(file, step->offset));
    size_t start = told->len;
    compare(told, room, step, &result);
    if (told->len == start)
        told->len = before;
    return told->failed ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code open_room(case_room *room, const rf_case *test, const rf_plugin_file *file, const rf_plugin_shared *shared,
                         rf_error *reterr) {
    const rf_plugin_load_options load = {
        .shared = shared,
        .grant = test->grant,
        .config = test->config.kind == RF_MAP ? &test->config : NULL,
    };
    rf_arena_init(&room->arena, 8192);
    rf_case_host_init(&room->host, test);
    if (test->screen.kind != RF_LIST) {
        room->host.table.line = NULL;
        room->host.table.size = NULL;
        room->host.table.cursor = NULL;
    }
    rf_code code = rf_store_open(":memory:", &room->store, NULL, reterr);
    if (!code)
        code = rf_plugin_load(file, &load, &room->plugin, reterr);
    const rf_chain_options options = { .host = &room->host.table, .store = room->store, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    if (!code)
        code = rf_chain_new(&options, &room->chain, reterr);
    if (!code)
        code = rf_chain_add(room->chain, room->plugin, reterr);
    if (!code && !rf_chain_status(room->chain, 0, &room->status))
        code = rf_raise_nomem(reterr);
    return code;
}

static void close_room(case_room *room) {
    rf_chain_free(room->chain); /* on_unload still talks to the host */
    rf_plugin_unref(room->plugin);
    rf_store_close(room->store);
    rf_case_host_done(&room->host);
    rf_arena_done(&room->arena);
    rf_free(room);
}

/* What is wrong with a case goes to `told`; nothing: it passed. Errors: RF_ENOMEM. */
static rf_code run_case(const rf_case_file *file, const rf_case *test, const rf_plugin_file *plugin, const rf_plugin_shared *shared,
                        rf_buffer *told, rf_error *reterr) {
    rf_error error = { 0 };
    case_room *room = rf_alloc_zero(1, sizeof *room);
    if (!room)
        return rf_raise_nomem(reterr);
    rf_code code = open_room(room, test, plugin, shared, &error);
    if (code && code != RF_ENOMEM) {
        rf_buffer_text(told, "    the plugin does not load: ");
        write_error(told, &error);
        rf_buffer_char(told, '\n');
        code = RF_OK;
    } else {
        for (uint32_t i = 0; i < test->step_count && !code; i++)
            code = run_step(room, file, &test->steps[i], told, &error);
    }
    close_room(room);
    if (code)
        return rf_raise_nomem(reterr);
    return told->failed ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_case_run(const rf_case_file *file, const rf_plugin_file *plugin, const rf_plugin_shared *shared, rf_buffer *out,
                    rf_case_counts *counts, rf_error *reterr) {
    assert(file && plugin && shared && out && counts);
    RF_CLEANUP(rf_buffer_done) rf_buffer told = { 0 };
    for (uint32_t i = 0; i < file->count; i++) {
        const rf_case *test = &file->cases[i];
        rf_buffer_clear(&told);
        rf_code code = run_case(file, test, plugin, shared, &told, reterr);
        if (code)
            return code;
        counts->passed += told.len == 0;
        counts->failed += told.len != 0;
        rf_buffer_printf(out, "%s  %.*s: %.*s", told.len ? "FAIL" : "pass", RF_SLICE_ARG(plugin->stem), RF_SLICE_ARG(test->name));
        if (told.len)
            rf_buffer_printf(out, " (%s:%u)", file->source.name, line_of(file, test->offset));
        rf_buffer_char(out, '\n');
        rf_buffer_slice(out, rf_buffer_view(&told));
    }
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

/* session_request.c: what the control protocol asks of one session, done on its thread. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>

enum { KILL_AFTER_MS = 2000, CAPTURE_BYTES_MAX = 96 << 20 };

/* ---- Blocks ---- */

static void do_blocks(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    const rf_block *block;
    rf_buffer_text(&members, "\"blocks\":[");
    for (size_t i = 0; (block = rf_blocks_at(session->blocks, i)) != NULL; i++) {
        if (i)
            rf_buffer_char(&members, ',');
        rf_block_json(block, &members);
    }
    rf_buffer_char(&members, ']');
    rf_request_settle(request, RF_OK, NULL, &members);
}

/* Its output, as far as screen and scrollback have it. Returns lines that are gone. */
static uint64_t write_block_text(rf_session *session, const rf_block *block, rf_buffer *text) {
    int column, row;
    uint64_t scrolled = rf_screen_scrolled(session->screen), lost = 0;
    rf_screen_cursor(session->screen, &column, &row);
    uint64_t end = block->ended_ms ? block->end_line : scrolled + (uint64_t)row + 1;
    for (uint64_t line = block->first_line; line < end && text->len < CAPTURE_BYTES_MAX; line++) {
        size_t before = text->len;
        if (!rf_screen_text(session->screen, (int64_t)line - (int64_t)scrolled, text)) {
            text->len = before;
            lost++;
            continue;
        }
        rf_buffer_char(text, '\n');
    }
    return lost;
}

static void do_block(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_error error = { 0 };
    int64_t number = rf_request_int(request, "number", 0);
    const rf_block *block = number < 0 ? NULL : rf_blocks_get(session->blocks, (uint64_t)number);
    if (!block) {
        if (rf_blocks_at(session->blocks, 0))
            (void)rf_raise(&error, RF_ENOTFOUND, "the session %s has no command block %lld", session->name, (long long)number);
        else {
            (void)rf_raise(&error, RF_ENOTFOUND, "the session %s has no command blocks: its shell does not mark its commands",
                           session->name);
            rf_error_hint(&error, "`riffle term shell-integration --install` teaches bash, zsh and fish to");
        }
        rf_request_fail(request, &error);
        return;
    }
    uint64_t lost = write_block_text(session, block, &text);
    rf_buffer_text(&members, "\"block\":");
    rf_block_json(block, &members);
    rf_buffer_printf(&members, ",\"lost\":%llu,\"text\":", (unsigned long long)lost);
    rf_json_write_string(&members, rf_buffer_view(&text), 0);
    members.failed |= text.failed;
    rf_request_settle(request, RF_OK, NULL, &members);
}

/* ---- The screen ---- */

static void do_capture(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    int columns, rows, column, row;
    int64_t back = rf_request_int(request, "scrollback", 0), there = (int64_t)rf_screen_scrollback(session->screen);
    bool styled = rf_request_bool(request, "styled", false);
    rf_screen_size(session->screen, &columns, &rows);
    rf_screen_cursor(session->screen, &column, &row);
    rf_buffer_text(&members, "\"lines\":[");
    for (int64_t i = back < 0 || back > there ? -there : -back, first = i; i < rows && members.len < CAPTURE_BYTES_MAX; i++) {
        rf_buffer *text = &session->text;
        rf_buffer_clear(text);
        if (styled)
            (void)rf_screen_styled(session->screen, i, text); /* there is such a row */
        else
            (void)rf_screen_text(session->screen, i, text);
        if (i > first)
            rf_buffer_char(&members, ',');
        rf_json_write_string(&members, rf_buffer_view(text), 0);
        members.failed |= text->failed;
    }
    rf_buffer_printf(&members, "],\"columns\":%d,\"rows\":%d,\"cursor\":{\"column\":%d,\"row\":%d},\"alternate\":%s,\"title\":", columns,
                     rows, column, row, rf_screen_get_modes(session->screen).alternate ? "true" : "false");
    rf_json_write_string(&members, rf_screen_title(session->screen), 0);
    rf_request_settle(request, RF_OK, NULL, &members);
}

static void do_resize(rf_session *session, rf_request *request) {
    rf_error error = { 0 };
    int64_t columns = rf_request_int(request, "columns", 0), rows = rf_request_int(request, "rows", 0);
    if (columns < 1 || columns > RF_SCREEN_SIZE_MAX || rows < 1 || rows > RF_SCREEN_SIZE_MAX) {
        (void)rf_raise(&error, RF_ECONFIG, "%lld x %lld is no size of a terminal: columns and rows are 1 to %d", (long long)columns,
                       (long long)rows, RF_SCREEN_SIZE_MAX);
        rf_request_fail(request, &error);
        return;
    }
    session->own_columns = (int)columns;
    session->own_rows = (int)rows;
    rf_session_fit(session);
    rf_request_answer(request, RF_SLICE(""));
}

/* ---- Typing ---- */

static rf_code type_keys(rf_session *session, rf_input *input, const rf_value *keys, rf_error *reterr) {
    for (uint32_t i = 0; keys && i < keys->size; i++) {
        char bytes[16];
        size_t len;
        rf_slice name = rf_value_text(&keys->items[i]);
        if (!rf_input_key_bytes(name, bytes, &len)) {
            (void)rf_raise(reterr, RF_ECONFIG, "there is no key `%.*s`", (int)(name.len > 40 ? 40 : name.len), name.data);
            rf_error_hint(reterr, "keys are called enter, tab, escape, up, page-down, f5, ctrl-c, alt-x, shift-tab, or a single character");
            return RF_ECONFIG;
        }
        rf_session_type(session, input, (rf_slice){ bytes, len });
    }
    return RF_OK;
}

static rf_code type(rf_session *session, rf_request *request, rf_error *reterr) {
    RF_CLEANUP(rf_input_done) rf_input input = { 0 };
    rf_slice text = rf_request_text(request, "text"), base64 = rf_request_text(request, "base64");
    if (rf_session_is_full(session)) {
        (void)rf_raise(reterr, RF_ELIMIT, "the program of the session %s does not read: %zu bytes of input wait for it", session->name,
                       session->to_program.len - session->to_program_sent);
        rf_error_hint(reterr, "`riffle term kill %s` ends it", session->name);
        return RF_ELIMIT;
    }
    if (base64.data && !rf_base64_parse_in(&request->arena, base64, &text))
        return rf_raise(reterr, RF_ECONFIG, "`base64` of `send` is not base64");
    if (rf_request_bool(request, "paste", false))
        rf_session_paste(session, text);
    else if (text.len)
        rf_session_type(session, &input, text);
    return type_keys(session, &input, rf_request_param(request, "keys"), reterr);
}

static void do_send(rf_session *session, rf_request *request) {
    rf_error error = { 0 };
    char members[40];
    int len = snprintf(members, sizeof members, "\"block\":%llu", (unsigned long long)rf_blocks_next(session->blocks));
    if (type(session, request, &error))
        rf_request_fail(request, &error);
    else
        rf_request_answer(request, (rf_slice){ members, (size_t)len });
}

/* ---- The end, and names ---- */

static int signal_of(rf_slice name) {
    static const struct { const char *name; int number; } signals[] = {
        { "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },
        { "TERM", SIGTERM }, { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "WINCH", SIGWINCH },
    };
    if (rf_slice_starts(name, RF_SLICE("SIG")))
        name = (rf_slice){ name.data + 3, name.len - 3 };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (rf_slice_eq_nocase(name, rf_slice_of(signals[i].name)))
            return signals[i].number;
    return 0;
}

static void do_kill(rf_session *session, rf_request *request) {
    rf_error error = { 0 };
    rf_slice name = rf_request_text(request, "signal");
    int number = name.data ? signal_of(name) : SIGHUP;
    if (!number) {
        (void)rf_raise(&error, RF_ECONFIG, "there is no signal `%.*s`", (int)(name.len > 20 ? 20 : name.len), name.data);
        rf_error_hint(&error, "one of HUP INT QUIT KILL USR1 USR2 TERM CONT STOP TSTP WINCH");
        rf_request_fail(request, &error);
        return;
    }
    rf_pty_signal(&session->pty, number);
    if (!name.data)
        session->kill_ns = rf_clock_mono_ns() + KILL_AFTER_MS * RF_NS_PER_MS;
    rf_request_answer(request, RF_SLICE(""));
}

/* The daemon has made sure that the name is free. */
static void do_rename(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    char old[RF_SESSION_NAME_MAX + 1];
    rf_error error = { 0 };
    rf_slice to = rf_request_text(request, "to");
    rf_session_get_name(session, old);
    rf_code code = session->host->state ? rf_state_rename(session->host->state, rf_slice_of(old), to, &error) : RF_OK;
    rf_buffer_printf(&members, "\"to\":\"%.*s\"", RF_SLICE_ARG(to));
    if (!members.failed)
        rf_session_event(session, "rename", rf_buffer_view(&members));
    rf_session_set_name(session, to);
    session->status_changed = session->wants_state = true;
    if (code)
        rf_request_fail(request, &error);
    else
        rf_request_answer(request, RF_SLICE(""));
}

/* ---- Recordings and plugins ---- */

static void do_record(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_error error = { 0 };
    rf_slice path = rf_request_text(request, "path");
    int64_t version = rf_request_int(request, "version", session->host->settings->record_version);
    rf_code code;
    if (rf_request_bool(request, "stop", false))
        code = rf_session_record_end(session, &error);
    else if (version != 2 && version != 3)
        code = rf_raise(&error, RF_ECONFIG, "there is no asciicast version %lld to record in: it is 2 or 3", (long long)version);
    else
        code = rf_session_record(session, path.data ? rf_slice_dup_in(&request->arena, path).data : NULL, (int)version,
                                 rf_request_bool(request, "input", false), &error);
    rf_buffer_text(&members, "\"path\":");
    rf_json_write_string(&members, rf_slice_of(session->cast_path ? session->cast_path : ""), 0);
    rf_request_settle(request, code, &error, &members);
}

static void do_commands(rf_session *session, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_session_palette(session, &members);
    rf_request_settle(request, RF_OK, NULL, &members);
}

static void do_run(rf_session *session, rf_request *request) {
    rf_error error = { 0 };
    rf_slice plugin = rf_request_text(request, "plugin");
    rf_plugin_status status;
    bool found = false;
    for (size_t i = 0; !found && rf_chain_status(session->chain.chain, i, &status); i++)
        found = rf_slice_is(plugin, status.name);
    if (!found) {
        (void)rf_raise(&error, RF_ENOTFOUND, "no plugin `%.*s` runs", (int)(plugin.len > 64 ? 64 : plugin.len), plugin.data);
        rf_request_fail(request, &error);
        return;
    }
    rf_chain_command(session->chain.chain, plugin, rf_request_text(request, "id"));
    rf_request_answer(request, RF_SLICE(""));
}

/* ---- The table ---- */

static const struct { const char *name; void (*handle)(rf_session *session, rf_request *request); } handlers[] = {
    { "attach", rf_session_attach }, { "block", do_block }, { "blocks", do_blocks }, { "capture", do_capture }, { "commands", do_commands },
    { "kill", do_kill }, { "record", do_record }, { "rename", do_rename }, { "resize", do_resize }, { "run", do_run }, { "send", do_send },
    { "wait", rf_session_wait },
};

void rf_session_handle(rf_session *session, rf_request *request) {
    assert(session && request);
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        if (strcmp(handlers[i].name, request->method->name) == 0) {
            handlers[i].handle(session, request);
            return;
        }
    assert(false); /* a method that is no session's: the table and the daemon disagree */
    rf_request_free(request);
}

/* session_keep.c: what is known of a session outside its thread: published for others, and kept in the state file. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>

enum { KEEP_AFTER_MS = 1000, AGAIN_AFTER_MS = 10000, LINES_AT_ONCE = 2000 };

void rf_session_get_name(rf_session *session, char ret_name[RF_SESSION_NAME_MAX + 1]) {
    rf_mutex_lock(&session->lock);
    memcpy(ret_name, session->name, RF_SESSION_NAME_MAX + 1);
    rf_mutex_unlock(&session->lock);
}

void rf_session_set_name(rf_session *session, rf_slice name) {
    assert(name.len <= RF_SESSION_NAME_MAX);
    rf_mutex_lock(&session->lock);
    memcpy(session->name, name.data, name.len);
    session->name[name.len] = '\0';
    rf_mutex_unlock(&session->lock);
}

bool rf_session_has_ended(rf_session *session) {
    rf_mutex_lock(&session->lock);
    bool ended = session->ended;
    rf_mutex_unlock(&session->lock);
    return ended;
}

bool rf_session_is_kept(rf_session *session) {
    rf_mutex_lock(&session->lock);
    bool kept = session->stopping && session->keep;
    rf_mutex_unlock(&session->lock);
    return kept;
}

int rf_session_exit_code(const rf_session *session) { return session->exit_code; }

/* ---- Published ---- */

static char *running_block(const rf_session *session) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    const rf_block *block = rf_blocks_running(session->blocks);
    if (!block)
        return NULL;
    rf_block_json(block, &json);
    return json.failed ? NULL : rf_strndup(json.data, json.len);
}

/* What seldom changes, and is dear to copy. */
static void publish_facts(rf_session *session) {
    char *block = running_block(session);
    rf_mutex_lock(&session->lock);
    char *old = session->seen.block;
    session->seen.block = block;
    memcpy(session->seen.title, session->title, sizeof session->title);
    memcpy(session->seen.directory, session->directory, sizeof session->directory);
    session->seen.clients = session->clients.count;
    session->seen.recording = session->cast != NULL;
    rf_mutex_unlock(&session->lock);
    rf_free(old);
}

void rf_session_publish(rf_session *session) {
    if (session->changed)
        publish_facts(session);
    if (!session->changed && !session->counted)
        return;
    rf_mutex_lock(&session->lock);
    rf_screen_size(session->screen, &session->seen.columns, &session->seen.rows);
    session->seen.scrollback = rf_screen_scrollback(session->screen);
    session->seen.scrollback_bytes = rf_screen_scrollback_bytes(session->screen);
    rf_mutex_unlock(&session->lock);
    session->changed = session->counted = false;
}

static void write_text(rf_buffer *out, const char *name, const char *text) {
    rf_buffer_printf(out, ",\"%s\":", name);
    rf_json_write_string(out, rf_slice_of(text), 0);
}

void rf_session_json(rf_session *session, rf_buffer *out) {
    char program[256], directory[RF_TEXT_BYTES];
    rf_mutex_lock(&session->lock);
    bool known = rf_pty_program(&session->pty, program, sizeof program);
    bool placed = session->seen.directory[0] || rf_pty_directory(&session->pty, directory, sizeof directory);
    rf_buffer_printf(out,
                     "{\"name\":\"%s\",\"state\":\"running\",\"pid\":%d,\"columns\":%d,\"rows\":%d,\"clients\":%zu,\"scrollback\":%zu,"
                     "\"scrollback_bytes\":%zu,\"recording\":%s",
                     session->name, (int)session->pty.pid, session->seen.columns, session->seen.rows, session->seen.clients,
                     session->seen.scrollback, session->seen.scrollback_bytes, session->seen.recording ? "true" : "false");
    write_text(out, "program", known ? program : "");
    rf_buffer_printf(out, ",\"command\":%s", session->command_json[0] ? session->command_json : "[]");
    write_text(out, "directory", session->seen.directory[0] ? session->seen.directory : placed ? directory : "");
    write_text(out, "title", session->seen.title);
    rf_protocol_time(out, "created", session->created_ms);
    rf_protocol_time(out, "attached", session->seen.attached_ms);
    rf_buffer_printf(out, ",\"block\":%s}", session->seen.block ? session->seen.block : "null");
    rf_mutex_unlock(&session->lock);
}

/* ---- Kept ---- */

static void log_failure(rf_session *session, const rf_error *error) {
    rf_log_write(session->host->log, RF_LOG_WARN, NULL, "session %s is not kept: %s", session->name, error->message);
}

static void put(rf_session *session) {
    rf_error error = { 0 };
    char directory[RF_TEXT_BYTES];
    int columns, rows;
    rf_screen_size(session->screen, &columns, &rows);
    const rf_state_session kept = {
        .name = rf_slice_of(session->name), .command = rf_slice_of(session->command_json), .directory = rf_session_directory(session, directory),
        .title = rf_slice_of(session->title), .created_ms = session->created_ms, .attached_ms = session->seen.attached_ms, .columns = columns, .rows = rows,
    };
    session->wants_state = rf_state_put(session->host->state, &kept, &error) != RF_OK; /* a full disk may have room again */
    if (session->wants_state)
        log_failure(session, &error);
}

/* Lines from `first` on, styled, into the arena; fewer when memory is short. */
static size_t collect(rf_session *session, uint64_t first, uint64_t scrolled, rf_arena *arena, rf_slice *lines, size_t max) {
    size_t count = 0;
    for (uint64_t line = first; line < scrolled && count < max; line++) {
        rf_buffer_clear(&session->text);
        if (!rf_screen_styled(session->screen, (int64_t)line - (int64_t)scrolled, &session->text))
            continue;
        lines[count] = rf_slice_dup_in(arena, rf_buffer_view(&session->text));
        if (!lines[count].data || session->text.failed)
            break;
        count++;
    }
    return count;
}

/* What went to the scrollback since the last time; what has left it already is lost. */
static void keep_lines(rf_session *session) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 65536);
    rf_error error = { 0 };
    uint64_t scrolled = rf_screen_scrolled(session->screen), oldest = scrolled - rf_screen_scrollback(session->screen);
    rf_slice *lines = rf_arena_zero(&arena, LINES_AT_ONCE, sizeof *lines);
    for (uint64_t from = session->kept_line > oldest ? session->kept_line : oldest; lines && from < scrolled;) {
        size_t count = collect(session, from, scrolled, &arena, lines, LINES_AT_ONCE);
        if (count == 0 || rf_state_append_lines(session->host->state, rf_slice_of(session->name), lines, count,
                                                (size_t)session->host->settings->scrollback_lines, &error)) {
            if (error.code)
                log_failure(session, &error);
            return;
        }
        from += count;
        session->kept_line = from;
        rf_arena_clear(&arena);
        lines = rf_arena_zero(&arena, LINES_AT_ONCE, sizeof *lines);
    }
}

static bool is_behind(const rf_session *session) {
    return session->wants_state || (session->host->settings->keep_scrollback && rf_screen_scrolled(session->screen) > session->kept_line);
}

uint64_t rf_session_keep(rf_session *session, uint64_t now_ns) {
    rf_error error = { 0 };
    if (!session->host->state)
        return UINT64_MAX;
    if (now_ns == UINT64_MAX && !rf_session_is_kept(session)) { /* it has ended by itself */
        if (rf_state_remove(session->host->state, rf_slice_of(session->name), &error))
            log_failure(session, &error);
        return UINT64_MAX;
    }
    if (!is_behind(session))
        return UINT64_MAX;
    if (session->state_ns == 0)
        session->state_ns = now_ns + (session->kept_line || rf_screen_scrolled(session->screen) ? KEEP_AFTER_MS * RF_NS_PER_MS : 0);
    if (now_ns < session->state_ns)
        return session->state_ns;
    put(session);
    if (session->host->settings->keep_scrollback && !session->wants_state)
        keep_lines(session);
    session->state_ns = session->wants_state ? now_ns + AGAIN_AFTER_MS * RF_NS_PER_MS : 0;
    return session->state_ns ? session->state_ns : UINT64_MAX;
}

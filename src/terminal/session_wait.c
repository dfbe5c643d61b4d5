/* session_wait.c: requests that wait for something: a text, a command's end, the session's end, quiet. */
#include "terminal/session_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <assert.h>
#include <pcre2.h>
#include <stdio.h>

enum { WAITERS_MAX = 1000, MATCH_STEPS_MAX = 100000 };

static void drop(rf_session *session, size_t index) {
    pcre2_code_free(session->waiters.items[index].pattern); /* NULL is fine */
    session->waiters.items[index] = session->waiters.items[--session->waiters.count];
}

static void answer(rf_session *session, size_t index, const rf_buffer *members) {
    rf_request *request = session->waiters.items[index].request;
    drop(session, index);
    rf_request_settle(request, RF_OK, NULL, members);
}

/* ---- A text ---- */

/* A pattern that takes too long to match counts as one that is not there. */
static bool find(const rf_waiter *waiter, rf_slice line, size_t *ret_from, size_t *ret_to) {
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (context)
        (void)pcre2_set_match_limit(context, MATCH_STEPS_MAX);
    int got = data && context ? pcre2_match(waiter->pattern, (PCRE2_SPTR)(line.data ? line.data : ""), line.len, 0, 0, data, context) : -1;
    if (got >= 0) {
        *ret_from = pcre2_get_ovector_pointer(data)[0];
        *ret_to = pcre2_get_ovector_pointer(data)[1];
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return got >= 0;
}

/* A row's text; that of the cursor has the blanks before it, for prompts end in one. False: it is gone. */
static bool text_of(rf_session *session, int64_t row, rf_buffer *text) {
    int column, at;
    rf_buffer_clear(text);
    if (!rf_screen_text(session->screen, row, text))
        return false;
    rf_screen_cursor(session->screen, &column, &at);
    for (int blanks = column - (int)rf_utf8_length(rf_buffer_view(text)); row == at && blanks > 0; blanks--)
        rf_buffer_char(text, ' ');
    return !text->failed;
}

static void answer_text(rf_session *session, size_t index, rf_slice line, size_t from, size_t to, int64_t row) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_text(&members, "\"line\":");
    rf_json_write_string(&members, line, 0);
    rf_buffer_text(&members, ",\"match\":");
    rf_json_write_string(&members, (rf_slice){ line.data + from, to > from ? to - from : 0 }, 0);
    rf_buffer_printf(&members, ",\"row\":%lld", (long long)row);
    answer(session, index, &members);
}

/* Lines that were scrolled off since the last look, and the screen. True: it was there, and is answered. */
static bool look(rf_session *session, size_t index) {
    rf_waiter *waiter = &session->waiters.items[index];
    int columns, rows;
    uint64_t scrolled = rf_screen_scrolled(session->screen);
    rf_screen_size(session->screen, &columns, &rows);
    uint64_t oldest = scrolled - rf_screen_scrollback(session->screen);
    for (uint64_t line = waiter->line < oldest ? oldest : waiter->line; line < scrolled + (uint64_t)rows; line++) {
        size_t from, to;
        int64_t row = (int64_t)line - (int64_t)scrolled;
        if (!text_of(session, row, &session->text) || !find(waiter, rf_buffer_view(&session->text), &from, &to))
            continue;
        answer_text(session, index, rf_buffer_view(&session->text), from, to, row);
        return true;
    }
    waiter->line = scrolled;
    return false;
}

static rf_code compile(rf_waiter *waiter, rf_slice pattern, rf_error *reterr) {
    int number;
    size_t at;
    char why[200] = "";
    if (!pattern.data)
        return rf_raise(reterr, RF_ECONFIG, "`wait` for text needs the parameter `pattern`");
    waiter->pattern = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, PCRE2_UTF | PCRE2_NO_UTF_CHECK, &number, &at, NULL);
    if (waiter->pattern)
        return RF_OK;
    (void)pcre2_get_error_message(number, (PCRE2_UCHAR *)why, sizeof why);
    return rf_raise(reterr, RF_ECONFIG, "the pattern `%.*s` is no regular expression: %s, at character %zu",
                    (int)(pattern.len > 100 ? 100 : pattern.len), pattern.data, why, at + 1);
}

/* ---- Blocks, ends ---- */

static void answer_block(rf_session *session, size_t index, const rf_block *block) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_text(&members, "\"block\":");
    rf_block_json(block, &members);
    answer(session, index, &members);
}

void rf_session_check_waiters(rf_session *session, const rf_block *ended_block) {
    for (size_t i = session->waiters.count; i-- > 0;) {
        const rf_waiter *waiter = &session->waiters.items[i];
        if (waiter->what == RF_WAIT_TEXT)
            (void)look(session, i);
        else if (waiter->what == RF_WAIT_BLOCK && ended_block && (waiter->number == 0 || waiter->number == ended_block->number))
            answer_block(session, i, ended_block);
    }
}

void rf_session_end_waiters(rf_session *session) {
    for (size_t i = session->waiters.count; i-- > 0;) {
        rf_waiter *waiter = &session->waiters.items[i];
        rf_error error = { 0 };
        if (waiter->what == RF_WAIT_EXIT) {
            RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
            rf_buffer_printf(&members, "\"exit_code\":%d", session->exit_code);
            answer(session, i, &members);
            continue;
        }
        if (waiter->what == RF_WAIT_TEXT && look(session, i))
            continue;
        rf_request *request = waiter->request;
        drop(session, i);
        (void)rf_raise(&error, RF_ENOTFOUND, "the session %s has ended, with exit code %d", session->name, session->exit_code);
        rf_request_fail(request, &error);
    }
}

uint64_t rf_session_waiters_due(rf_session *session, uint64_t now_ns) {
    uint64_t next = UINT64_MAX;
    for (size_t i = session->waiters.count; i-- > 0;) {
        rf_waiter *waiter = &session->waiters.items[i];
        uint64_t quiet = waiter->what == RF_WAIT_QUIET ? session->written_ns + waiter->quiet_ns : UINT64_MAX;
        rf_error error = { 0 };
        if (quiet <= now_ns) {
            static const rf_buffer nothing = { 0 };
            answer(session, i, &nothing);
        } else if (waiter->deadline_ns <= now_ns) {
            rf_request *request = waiter->request;
            drop(session, i);
            (void)rf_raise(&error, RF_EAGAIN, "nothing of that happened in time");
            rf_request_fail(request, &error);
        } else {
            next = quiet < next ? quiet : next;
            next = waiter->deadline_ns < next ? waiter->deadline_ns : next;
        }
    }
    return next;
}

/* ---- The request ---- */

static rf_code read_what(rf_waiter *waiter, const rf_request *request, rf_error *reterr) {
    static const char *const names[] = { "text", "block", "exit", "quiet" };
    rf_slice word = rf_request_text(request, "for");
    for (unsigned i = 0; i < 4; i++)
        if (rf_slice_is(word, names[i])) {
            waiter->what = i;
            return i == RF_WAIT_TEXT ? compile(waiter, rf_request_text(request, "pattern"), reterr) : RF_OK;
        }
    return rf_raise(reterr, RF_ECONFIG, "nobody can wait for `%.*s`: it is one of text, block, exit, quiet",
                    (int)(word.len > 40 ? 40 : word.len), word.data);
}

static uint64_t ms_of(const rf_request *request, const char *name, int64_t standard) {
    int64_t ms = rf_request_int(request, name, standard);
    return (uint64_t)(ms < 0 ? 0 : ms > INT64_C(1) << 40 ? INT64_C(1) << 40 : ms) * RF_NS_PER_MS;
}

void rf_session_wait(rf_session *session, rf_request *request) {
    assert(session && request);
    rf_error error = { 0 };
    uint64_t now = rf_clock_mono_ns();
    rf_waiter waiter = { .request = request, .quiet_ns = ms_of(request, "quiet_ms", 500), .deadline_ns = now + ms_of(request, "timeout_ms", 30000),
                         .line = rf_screen_scrolled(session->screen), .number = (uint64_t)rf_request_int(request, "number", 0) };
    rf_code code = read_what(&waiter, request, &error);
    if (!code && session->waiters.count >= WAITERS_MAX)
        code = rf_raise(&error, RF_ELIMIT, "%d requests wait already", WAITERS_MAX);
    if (!code && !rf_vec_push(&session->waiters, waiter))
        code = rf_raise_nomem(&error);
    if (code) {
        pcre2_code_free(waiter.pattern);
        rf_request_fail(request, &error);
        return;
    }
    size_t index = session->waiters.count - 1;
    const rf_block *block = waiter.what == RF_WAIT_BLOCK && waiter.number ? rf_blocks_get(session->blocks, waiter.number) : NULL;
    if (waiter.what == RF_WAIT_TEXT)
        (void)look(session, index);
    else if (block && block->ended_ms)
        answer_block(session, index, block);
}

/* session_output.c: what a session's program writes: read, through the plugins, to screen and recording; and what it says with OSC. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"
#include "observe/zone.h"
#include "terminal/frame.h"
#include "terminal/percent.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * A program in full flow writes on while we are busy with what we took, as long as the system keeps the rest for us: some 12 KiB. So
 * we take what one call gives. A call that finds nothing waits in the kernel for a worker thread, and costs more than what is
 * done with the bytes: it is made only after a trickle, where it tells whether the program is done.
 */
enum { READ_BYTES = 16 << 10, FLOW_BYTES = 1 << 10, READS_MAX = 64, PASS_BYTES_MAX = 1 << 20 };

/* ---- Reading ---- */

/* Reads into the buffer. True: the program has nothing more for now. */
static bool fill(rf_session *session, rf_buffer *in) {
    while (in->len < FLOW_BYTES) {
        ssize_t got = read(session->pty.fd, in->data + in->len, READ_BYTES - in->len);
        if (got > 0) {
            in->len += (size_t)got;
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || errno != EAGAIN)
            session->program_gone = true; /* EIO: nobody has the other side open */
        return true;
    }
    return false;
}

bool rf_session_read_program(rf_session *session) {
    RF_ZONE(RF_ZONE_INPUT_READ, "program");
    rf_buffer *in = &session->incoming;
    rf_buffer_clear(in);
    if (!rf_buffer_reserve(in, READ_BYTES))
        return true; /* tried again with the next turn */
    for (unsigned i = 0; i < READS_MAX; i++) {
        in->len = 0;
        bool drained = fill(session, in);
        size_t len = in->len;
        if (len) {
            session->written_ns = rf_clock_mono_ns();
            session->burst_bytes += len;
            atomic_fetch_add_explicit(&session->host->counters->output_bytes, len, memory_order_relaxed);
            rf_output_feed(session->output, (rf_slice){ in->data, len }, !drained);
        } else if (drained)
            rf_output_idle(session->output);
        if (drained) {
            rf_session_check_waiters(session, NULL);
            return true;
        }
    }
    rf_output_flush(session->output);
    rf_session_check_waiters(session, NULL);
    return false;
}

/* ---- Where it goes ---- */

static void sink_write(void *user, rf_slice bytes) {
    rf_session *session = user;
    rf_screen_write(session->screen, bytes);
    if (session->cast)
        rf_cast_output(session->cast, rf_clock_mono_ns() - session->cast_started_ns, bytes);
    session->dirty = session->counted = true;
}

static void sink_where(void *user, int *ret_row, int *ret_column, uint64_t *ret_scrolled) {
    const rf_session *session = user;
    rf_screen_cursor(session->screen, ret_column, ret_row);
    *ret_scrolled = rf_screen_scrolled(session->screen);
}

void rf_session_mark(rf_session *session, const char *format, ...) {
    char label[128];
    va_list args;
    if (!session->cast)
        return;
    va_start(args, format);
    int len = vsnprintf(label, sizeof label, format, args);
    va_end(args);
    rf_cast_marker(session->cast, rf_clock_mono_ns() - session->cast_started_ns,
                   (rf_slice){ label, len < 0                      ? 0
                                      : (size_t)len < sizeof label ? (size_t)len
                                                                   : sizeof label - 1 });
}

/* ---- OSC: titles, directories, notifications, the clipboard ---- */

void rf_session_pass(rf_session *session, rf_slice bytes) {
    if (bytes.len > PASS_BYTES_MAX)
        return;
    rf_buffer_clear(&session->text);
    rf_frame_write(&session->text, RF_FRAME_PASS, bytes);
    for (size_t i = 0; i < session->clients.count && !session->text.failed; i++)
        if (!session->clients.items[i]->behind)
            rf_conn_send(session->clients.items[i]->conn, rf_buffer_view(&session->text));
}

static void event_of_text(rf_session *session, const char *kind, rf_slice text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_printf(&members, "\"%s\":", kind);
    rf_json_write_string(&members, text, 0);
    if (!members.failed)
        rf_session_event(session, kind, rf_buffer_view(&members));
}

static void check_title(rf_session *session) {
    rf_slice title = rf_screen_title(session->screen);
    if (rf_slice_is(title, session->title))
        return;
    (void)snprintf(session->title, sizeof session->title, "%.*s", RF_SLICE_ARG(title));
    session->changed = session->status_changed = session->wants_state = true;
    event_of_text(session, "title", title);
}

/* file://host/path, percent-encoded; what is none, or of another machine's form, is passed over. */
static void set_directory(rf_session *session, rf_slice url) {
    char path[RF_TEXT_BYTES];
    size_t len = 0;
    if (!rf_slice_starts(url, RF_SLICE("file://")))
        return;
    rf_slice left = { url.data + 7, url.len - 7 };
    size_t host = rf_slice_find(left, '/');
    left = (rf_slice){ left.data + host, left.len - host };
    while (left.len && len + 1 < sizeof path) {
        path[len++] = rf_percent_next(&left);
        if ((unsigned char)path[len - 1] < ' ')
            return;
    }
    path[len] = '\0';
    if (len == 0 || left.len || strcmp(path, session->directory) == 0)
        return;
    memcpy(session->directory, path, len + 1);
    session->changed = session->status_changed = session->wants_state = true;
    event_of_text(session, "directory", (rf_slice){ path, len });
}

static void notify(rf_session *session, rf_slice title, rf_slice body) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_protocol_notice(&members, RF_SLICE(""), title, body, RF_SLICE("info"));
    if (!members.failed)
        rf_session_event(session, "notify", rf_buffer_view(&members));
}

/* "notify;TITLE;BODY" */
static void notify_777(rf_session *session, rf_slice rest) {
    if (!rf_slice_starts(rest, RF_SLICE("notify;")))
        return;
    rf_slice words = { rest.data + 7, rest.len - 7 };
    size_t end = rf_slice_find(words, ';');
    notify(session, (rf_slice){ words.data, end },
           end < words.len ? (rf_slice){ words.data + end + 1, words.len - end - 1 } : RF_SLICE(""));
}

/* ---- OSC 133: commands ---- */

static void text_before_cursor(void *user, uint64_t line, int column, rf_buffer *out) {
    const rf_session *session = user;
    rf_screen_text_from(session->screen, line, column, out);
}

rf_slice rf_session_directory(const rf_session *session, char room[RF_TEXT_BYTES]) {
    if (session->directory[0])
        return rf_slice_of(session->directory);
    return rf_pty_directory(&session->pty, room, RF_TEXT_BYTES) ? rf_slice_of(room) : RF_SLICE("");
}

rf_block_place rf_session_place(rf_session *session, char room[RF_TEXT_BYTES]) {
    int column, row;
    rf_screen_cursor(session->screen, &column, &row);
    return (rf_block_place){ .line = rf_screen_scrolled(session->screen) + (uint64_t)row,
                             .column = column,
                             .directory = rf_session_directory(session, room),
                             .wall_ms = rf_clock_wall_ms(),
                             .mono_ns = rf_clock_mono_ns(),
                             .text = text_before_cursor,
                             .user = session };
}

static void block_event(rf_session *session, const char *kind, const rf_block *block) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_text(&members, "\"block\":");
    rf_block_json(block, &members);
    session->changed = true;
    if (!members.failed)
        rf_session_event(session, kind, rf_buffer_view(&members));
}

static void command_began(rf_session *session, const rf_block *block) {
    rf_session_mark(session, "block %llu", (unsigned long long)block->number);
    block_event(session, "block-start", block);
    if (rf_chain_wants(session->chain.chain, RF_HOOK_PRE_COMMAND))
        (void)rf_chain_text(session->chain.chain, RF_HOOK_PRE_COMMAND, rf_slice_of(block->command)); /* it runs already: the answer changes nothing */
}

static void command_ended(rf_session *session, const rf_block *block) {
    rf_session_mark(session, "block %llu end", (unsigned long long)block->number);
    const rf_pv args[] = { { .kind = RF_PV_TEXT, .text = rf_slice_of(block->command) }, { .kind = RF_PV_TEXT, .text = rf_slice_of(block->directory) },
                           { .kind = RF_PV_INT, .integer = block->exit_code },
                           { .kind = RF_PV_INT, .integer = (int64_t)((block->ended_ns - block->started_ns) / RF_NS_PER_MS) } };
    rf_chain_notify(session->chain.chain, RF_HOOK_POST_COMMAND, args, 4);
    block_event(session, "block-end", block);
    rf_session_check_waiters(session, block);
}

static void command_mark(rf_session *session, rf_slice text) {
    char room[RF_TEXT_BYTES];
    const rf_block *block = NULL;
    const rf_block_place place = rf_session_place(session, room);
    switch (rf_blocks_mark(session->blocks, text, &place, &block)) {
    case RF_BLOCK_STARTED: command_began(session, block); break;
    case RF_BLOCK_ENDED: command_ended(session, block); break;
    case RF_BLOCK_PROMPT: rf_session_mark(session, "prompt"); break;
    case RF_BLOCK_INPUT:
    case RF_BLOCK_NOTHING: break;
    }
}

/* The number before the first `;`, and what is behind it. */
static int split(rf_slice text, rf_slice *ret_rest) {
    size_t end = rf_slice_find(text, ';');
    int number = 0;
    if (end == 0 || end > 5)
        return -1;
    for (size_t i = 0; i < end; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_rest = end < text.len ? (rf_slice){ text.data + end + 1, text.len - end - 1 } : RF_SLICE("");
    return number;
}

static void sink_osc(void *user, const rf_escape_token *token) {
    rf_session *session = user;
    rf_slice rest = { "", 0 };
    switch (split(token->text, &rest)) {
    case 0:
    case 2: check_title(session); break;
    case 7: set_directory(session, rest); break;
    case 9:
        rf_session_pass(session, token->raw);
        if (!rf_slice_starts(rest, RF_SLICE("4;"))) /* a progress bar, and no words */
            notify(session, RF_SLICE(""), rest);
        break;
    case 52:
        if (session->host->settings->clipboard && !rf_slice_ends(rest, RF_SLICE("?"))) /* nobody's clipboard is read */
            rf_session_pass(session, token->raw);
        break;
    case 99: rf_session_pass(session, token->raw); break;
    case 133: command_mark(session, rest); break;
    case 777:
        rf_session_pass(session, token->raw);
        notify_777(session, rest);
        break;
    default: break;
    }
}

rf_output_sink rf_session_output_sink(rf_session *session) {
    return (rf_output_sink){ .user = session, .write = sink_write, .osc = sink_osc, .where = sink_where };
}

/* ---- Recording ---- */

/* DIR/NAME-20060102-150405.cast; the folder is made. */
static rf_code standard_path(rf_session *session, rf_buffer *path, rf_error *reterr) {
    time_t now = (time_t)(rf_clock_wall_ms() / 1000);
    struct tm parts;
    char stamp[32] = "";
    if (mkdir(session->host->record_dir, 0700) && errno != EEXIST)
        return rf_raise(reterr, RF_EIO, "the folder for recordings %s cannot be made: %s", session->host->record_dir, strerror(errno));
    if (localtime_r(&now, &parts))
        (void)strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
    rf_buffer_printf(path, "%s/%s-%s.cast", session->host->record_dir, session->name, stamp);
    for (unsigned i = 2; !path->failed && rf_buffer_cstr(path) && access(rf_buffer_cstr(path), F_OK) == 0 && i < 1000; i++) {
        rf_buffer_clear(path);
        rf_buffer_printf(path, "%s/%s-%s.%u.cast", session->host->record_dir, session->name, stamp, i);
    }
    return path->failed ? rf_raise_nomem(reterr) : RF_OK;
}

/* A recording that begins in the middle begins with what is on the screen. */
static void record_screen(rf_session *session, int rows) {
    int column, row;
    rf_buffer *out = &session->text;
    rf_buffer_clear(out);
    for (int i = 0; i < rows; i++) {
        rf_buffer_printf(out, "\033[%d;1H", i + 1);
        (void)rf_screen_styled(session->screen, i, out);
    }
    rf_screen_cursor(session->screen, &column, &row);
    rf_buffer_printf(out, "\033[%d;%dH", row + 1, column + 1);
    if (!out->failed)
        rf_cast_output(session->cast, 0, rf_buffer_view(out));
}

rf_code rf_session_record(rf_session *session, const char *path, int version, bool input, rf_error *reterr) {
    assert(session);
    RF_CLEANUP(rf_buffer_done) rf_buffer made = { 0 };
    int columns, rows;
    if (session->cast)
        return rf_raise(reterr, RF_EBUSY, "the session %s is being recorded to %s", session->name, session->cast_path);
    rf_code code = path ? RF_OK : standard_path(session, &made, reterr);
    if (code)
        return code;
    char *kept = rf_strdup(path ? path : rf_buffer_cstr(&made));
    if (!kept)
        return rf_raise_nomem(reterr);
    rf_screen_size(session->screen, &columns, &rows);
    const rf_cast_options options = { .version = version, .columns = columns, .rows = rows, .started_s = rf_clock_wall_ms() / 1000, .title = session->name,
                                      .term = session->host->settings->term.data, .max_bytes = (size_t)session->host->settings->record_mb << 20 };
    code = rf_cast_create(kept, &options, &session->cast, reterr);
    if (code) {
        rf_free(kept);
        return code;
    }
    rf_free(session->cast_path);
    session->cast_path = kept;
    session->cast_input = input;
    session->cast_started_ns = rf_clock_mono_ns();
    session->cast_flush_ns = session->cast_started_ns + RF_NS_PER_S;
    record_screen(session, rows);
    session->changed = session->status_changed = true;
    return RF_OK;
}

rf_code rf_session_record_end(rf_session *session, rf_error *reterr) {
    if (!session->cast)
        return rf_raise(reterr, RF_ENOTFOUND, "the session %s is not being recorded", session->name);
    rf_code code = rf_cast_close(session->cast, reterr);
    session->cast = NULL;
    session->changed = session->status_changed = true;
    return code;
}

/* input.c: what a client's terminal sends, cut into keys, pastes and bindings. */
#include "terminal/input.h"

#include "base/slice.h"

#include <assert.h>

static const char paste_begins[] = "\x1b[200~", paste_ends[] = "\x1b[201~";
enum { MARK_BYTES = sizeof paste_begins - 1, MARK_LEAST = 2 /* of which a lone ESC is a key */ };

void rf_input_done(rf_input *input) {
    assert(input);
    rf_buffer_done(&input->paste);
    rf_buffer_done(&input->joined);
    *input = (rf_input){ 0 };
}

static rf_slice behind(rf_slice bytes, size_t len) { return (rf_slice){ bytes.data + len, bytes.len - len }; }

/* ---- Keys ---- */

static void send(const rf_input_sink *sink, const char *data, size_t len) {
    if (len)
        sink->keys(sink->user, (rf_slice){ data, len });
}

static void give_keys(const rf_input_sink *sink, rf_slice bytes) {
    const char *begin = bytes.data; /* what is to be sent begins */
    char name[32];
    while (sink->key && bytes.len) {
        size_t len = rf_input_key(bytes, name);
        rf_slice key = { bytes.data, len };
        if (!rf_slice_is(key, name)) { /* in order, should the binding send something itself; text stays together */
            send(sink, begin, (size_t)(key.data - begin));
            begin = key.data;
        }
        if (name[0] && sink->key(sink->user, rf_slice_of(name), key)) {
            send(sink, begin, (size_t)(key.data - begin));
            begin = key.data + len;
        }
        bytes = behind(bytes, len);
    }
    send(sink, begin, (size_t)(bytes.data + bytes.len - begin));
}

/* Bytes at the end that may be the beginning of a mark. */
static size_t mark_at_end(rf_slice bytes) {
    for (size_t len = MARK_BYTES - 1; len >= MARK_LEAST; len--)
        if (bytes.len >= len && memcmp(bytes.data + bytes.len - len, paste_begins, len) == 0)
            return len;
    return 0;
}

/* Up to a paste; what is left. */
static rf_slice take_keys(rf_input *input, rf_slice bytes, const rf_input_sink *sink) {
    const char *mark = memmem(bytes.data, bytes.len, paste_begins, MARK_BYTES);
    size_t waits = mark ? 0 : mark_at_end(bytes);
    size_t len = mark ? (size_t)(mark - bytes.data) : bytes.len - waits;
    give_keys(sink, (rf_slice){ bytes.data, len });
    input->mark = (uint8_t)waits;
    input->pasting = mark != NULL;
    return behind(bytes, mark ? len + MARK_BYTES : bytes.len);
}

/* ---- Pastes ---- */

static void give_paste(rf_input *input, const rf_input_sink *sink) {
    sink->paste(sink->user, rf_buffer_view(&input->paste));
    rf_buffer_clear(&input->paste);
    if (input->paste.cap > 65536)
        rf_buffer_done(&input->paste);
}

static void add_paste(rf_input *input, rf_slice text, const rf_input_sink *sink) {
    while (text.len) {
        size_t room = RF_INPUT_PASTE_MAX - input->paste.len, len = text.len < room ? text.len : room;
        bool fits = rf_buffer_reserve(&input->paste, len);
        input->paste.failed = false;
        if (fits)
            rf_buffer_append(&input->paste, text.data, len);
        if (!fits || len == room)
            give_paste(input, sink);
        if (!fits)
            sink->paste(sink->user, (rf_slice){ text.data, len });
        text = behind(text, len);
    }
}

/* Up to the paste's end; what is left. The mark has one ESC, at its beginning: a byte that does not go on with it may only begin it anew. */
static rf_slice take_paste(rf_input *input, rf_slice bytes, const rf_input_sink *sink) {
    while (bytes.len) {
        if (bytes.data[0] == paste_ends[input->mark]) {
            bytes = behind(bytes, 1);
            if (++input->mark < MARK_BYTES)
                continue;
            input->mark = 0;
            input->pasting = false;
            give_paste(input, sink);
            return bytes;
        }
        add_paste(input, (rf_slice){ paste_ends, input->mark }, sink);
        input->mark = 0;
        const char *escape = memchr(bytes.data, 0x1B, bytes.len);
        size_t len = escape ? (size_t)(escape - bytes.data) : bytes.len;
        add_paste(input, (rf_slice){ bytes.data, len }, sink);
        bytes = behind(bytes, len);
    }
    return bytes;
}

/* Puts what waited in front again. */
static rf_slice join(rf_input *input, rf_slice bytes, const rf_input_sink *sink) {
    size_t mark = input->mark;
    input->mark = 0;
    rf_buffer_clear(&input->joined);
    rf_buffer_append(&input->joined, paste_begins, mark);
    rf_buffer_slice(&input->joined, bytes);
    if (!input->joined.failed)
        return rf_buffer_view(&input->joined);
    give_keys(sink, (rf_slice){ paste_begins, mark });
    return bytes;
}

void rf_input_feed(rf_input *input, rf_slice bytes, const rf_input_sink *sink) {
    assert(input && sink && sink->keys && sink->paste && (bytes.data || !bytes.len));
    if (!bytes.len)
        return;
    if (input->mark && !input->pasting)
        bytes = join(input, bytes, sink);
    while (bytes.len)
        bytes = input->pasting ? take_paste(input, bytes, sink) : take_keys(input, bytes, sink);
    if (input->joined.cap > 65536)
        rf_buffer_done(&input->joined);
}

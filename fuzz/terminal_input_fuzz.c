/* terminal_input_fuzz.c: any bytes as what a client's terminal sends: keys and pastes are the same however they are cut; keys have names. */
#include "fuzz.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "terminal/input.h"

typedef struct seen {
    rf_buffer all; /* what came, with marks again */
    size_t asked;
} seen;

static void take_keys(void *user, rf_slice bytes) {
    seen *s = user;
    fuzz_claim(bytes.len > 0);
    rf_buffer_slice(&s->all, bytes);
}

static void take_paste(void *user, rf_slice text) {
    seen *s = user;
    rf_buffer_text(&s->all, "\x1b[200~");
    rf_buffer_slice(&s->all, text);
    rf_buffer_text(&s->all, "\x1b[201~");
}

static bool take_key(void *user, rf_slice name, rf_slice bytes) {
    seen *s = user;
    fuzz_claim(name.len < 32 && bytes.len > 0);
    s->asked++;
    return false;
}

static void feed(rf_slice bytes, size_t piece, bool bindings, seen *s, rf_input *input) {
    const rf_input_sink sink = { .user = s, .keys = take_keys, .paste = take_paste, .key = bindings ? take_key : NULL };
    for (size_t at = 0; at < bytes.len; at += piece)
        rf_input_feed(input, (rf_slice){ bytes.data + at, bytes.len - at < piece ? bytes.len - at : piece }, &sink);
}

/* Outside of pastes nothing is lost and nothing changed; a second mark of the same kind is among what is left out. */
static void check_keys(rf_slice bytes, size_t piece, bool bindings) {
    seen s = { 0 };
    rf_input input = { 0 };
    feed(bytes, piece, bindings, &s, &input);
    if (!memmem(bytes.data, bytes.len, "\x1b[20", 4) && !s.all.failed && !input.joined.failed && !input.paste.failed) {
        fuzz_claim(s.all.len <= bytes.len && bytes.len - s.all.len < 6);
        fuzz_claim(s.all.len == 0 || memcmp(s.all.data, bytes.data, s.all.len) == 0);
    }
    rf_buffer_done(&s.all);
    rf_input_done(&input);
}

/* Cut in one way or another, the same comes of it, but for a lone ESC, which is a key when nothing follows at once. */
static void compare(rf_slice bytes) {
    seen one = { 0 }, two = { 0 };
    rf_input first = { 0 }, second = { 0 };
    feed(bytes, bytes.len + 1, false, &one, &first);
    feed(bytes, bytes.len / 2 + 1, false, &two, &second);
    bool good = !one.all.failed && !two.all.failed && !first.paste.failed && !second.paste.failed && !first.joined.failed && !second.joined.failed;
    if (good && !memchr(bytes.data, '\x1b', bytes.len))
        fuzz_claim(rf_slice_eq(rf_buffer_view(&one.all), rf_buffer_view(&two.all)));
    rf_buffer_done(&one.all);
    rf_buffer_done(&two.all);
    rf_input_done(&first);
    rf_input_done(&second);
}

static void name_keys(rf_slice bytes) {
    while (bytes.len) {
        char name[32] = "", sent[16];
        size_t sent_len = 0, len = rf_input_key(bytes, name);
        fuzz_claim(len > 0 && len <= bytes.len && memchr(name, '\0', sizeof name));
        if (rf_input_key_bytes(rf_slice_of(name), sent, &sent_len)) {
            char again[32];
            fuzz_claim(sent_len > 0 && sent_len <= sizeof sent);
            fuzz_claim(rf_input_key((rf_slice){ sent, sent_len }, again) == sent_len && strcmp(name, again) == 0);
        }
        bytes = (rf_slice){ bytes.data + len, bytes.len - len };
    }
    char name[32];
    fuzz_claim(rf_input_key(bytes, name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice bytes = { size ? (const char *)data : "", size };
    char sent[16];
    size_t len = 0;
    for (size_t piece = 1; piece < 9; piece += 3) {
        check_keys(bytes, piece, false);
        check_keys(bytes, piece, true);
    }
    compare(bytes);
    name_keys(bytes);
    if (rf_input_key_bytes(bytes, sent, &len))
        fuzz_claim(len > 0 && len <= sizeof sent);
    return 0;
}

/* term send: types into a session. */
#include "cli/term.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"
#include "terminal/params.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define STDIN_MOST ((size_t)16 << 20)
enum { KEYS_MOST = 256, WAIT_MS = 7 * 24 * 3600 * 1000 };

static const rf_cli_option send_options[] = {
    { "enter", 'e', NULL, "Types Enter behind it." },
    { "keys", 'k', "KEYS", "Types these keys behind the text, by name, parted by commas: ctrl-c, up, f5, page-down, enter." },
    { "paste", 0, NULL, "The text is a paste: programs and plugins that tell the two apart get it as one." },
    { "stdin", 0, NULL, "Types what standard input holds." },
    { "wait", 'w', NULL, "Waits until the command that this began has ended, and ends with its exit code; the shell must mark its commands." },
    { 0 },
};

typedef struct send_given { bool enter, paste, input, wait; const char *keys; } given;

static bool take(rf_cli_term *term, void *options, const char *name, const char *value) {
    given *g = options;
    (void)term;
    g->enter |= strcmp(name, "enter") == 0;
    g->paste |= strcmp(name, "paste") == 0;
    g->input |= strcmp(name, "stdin") == 0;
    g->wait |= strcmp(name, "wait") == 0;
    if (strcmp(name, "keys") == 0)
        g->keys = value;
    return true;
}

static rf_code read_input(rf_cli_term *term, rf_buffer *text) {
    for (;;) {
        if (text->len > STDIN_MOST)
            return rf_raise(&term->error, RF_ELIMIT, "standard input holds more than %zu bytes", STDIN_MOST);
        if (!rf_buffer_reserve(text, 65536))
            return rf_raise_nomem(&term->error);
        ssize_t got = read(STDIN_FILENO, text->data + text->len, 65536);
        if (got == 0)
            return RF_OK;
        if (got < 0 && errno != EINTR)
            return rf_raise(&term->error, RF_EIO, "standard input cannot be read: %s", strerror(errno));
        text->len += got > 0 ? (size_t)got : 0;
    }
}

/* What is no UTF-8 goes as base64. */
static void put_text(rf_cli_term *term, rf_buffer *text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer base64 = { 0 };
    if (rf_utf8_valid(rf_buffer_view(text))) {
        rf_params_text(&term->params, "text", rf_buffer_view(text));
        return;
    }
    rf_base64_write(&base64, rf_buffer_view(text));
    rf_params_text(&term->params, "base64", rf_buffer_view(&base64));
    term->params.failed |= base64.failed;
}

/* The keys of "a,b" and Enter. False after complaining. */
static bool put_keys(rf_cli_term *term, const given *g) {
    const char *keys[KEYS_MOST];
    size_t count = 0;
    rf_slice left = rf_slice_of(g->keys);
    while (left.len && count < KEYS_MOST - 1) {
        size_t comma = rf_slice_find(left, ',');
        comma = comma == 0 ? 1 : comma; /* the key "," itself */
        keys[count] = rf_slice_dup_in(&term->arena, (rf_slice){ left.data, comma }).data;
        term->params.failed |= keys[count++] == NULL;
        left = comma < left.len ? (rf_slice){ left.data + comma + 1, left.len - comma - 1 } : RF_SLICE("");
    }
    if (left.len) {
        (void)rf_cli_misuse(term->part, "more than %d keys at once", KEYS_MOST - 1);
        return false;
    }
    if (g->enter)
        keys[count++] = "enter";
    if (count && !term->params.failed)
        rf_params_texts(&term->params, "keys", keys, count);
    return true;
}

/* For the command block that comes next when the answer to `send` was written: one that has ended meanwhile is found, too. */
static int wait_for_end(rf_cli_term *term, const char *session) {
    int64_t number = rf_answer_integer(&term->result, "block", 0);
    if (number == 0) {
        (void)rf_raise(&term->error, RF_ENOTFOUND, "the end of the command cannot be waited for: the shell of %s marks none, or is busy",
                       session);
        rf_error_hint(&term->error, "`riffle term shell-integration --install` teaches bash, zsh and fish to");
        return rf_cli_term_fail(term);
    }
    rf_params_text(&term->params, "session", rf_slice_of(session));
    rf_params_text(&term->params, "for", RF_SLICE("block"));
    rf_params_integer(&term->params, "number", number);
    rf_params_integer(&term->params, "timeout_ms", WAIT_MS);
    if (rf_cli_term_call(term, "wait"))
        return rf_cli_term_fail(term);
    int64_t code = rf_answer_integer(rf_answer_member(&term->result, "block"), "exit_code", -1);
    return code < 0 || code > 255 ? RF_EXIT_FAILED : (int)code;
}

static int send_run(int argc, char **argv) {
    RF_CLEANUP(rf_cli_term_done) rf_cli_term term;
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    given g = { 0 };
    if (!rf_cli_term_parse(&term, &rf_term_part_send, argc, argv, take, &g, 1, SIZE_MAX))
        return RF_EXIT_USAGE;
    if (term.word_count == 1 && !g.enter && !g.keys && !g.input)
        return rf_cli_misuse(&rf_term_part_send, "there is nothing to send: name a text, --keys, --enter or --stdin");
    rf_params_text(&term.params, "session", rf_slice_of(term.words[0]));
    for (size_t i = 1; i < term.word_count; i++) {
        rf_buffer_text(&text, i > 1 ? " " : "");
        rf_buffer_text(&text, term.words[i]);
    }
    if (g.input && read_input(&term, &text))
        return rf_cli_term_fail(&term);
    if (text.failed)
        return rf_cli_term_status(&term, rf_raise_nomem(&term.error));
    if (text.len)
        put_text(&term, &text);
    if (g.paste)
        rf_params_bool(&term.params, "paste", true);
    if (!put_keys(&term, &g))
        return RF_EXIT_USAGE;
    rf_code code = rf_cli_term_call(&term, "send");
    return code || !g.wait ? rf_cli_term_status(&term, code) : wait_for_end(&term, term.words[0]);
}

static const rf_cli_example send_examples[] = {
    { "riffle term send build 'make -j2' --enter", "Types a command line." },
    { "riffle term send build 'make -j2' --enter --wait", "Waits for its end, and ends with its exit code." },
    { "riffle term send build --keys ctrl-c", "Ends what runs." },
    { "riffle term send edit --keys escape -- :wq", "A text that begins with a dash or a colon stands behind --." },
    { "riffle term send main --paste --stdin < snippet.sh", "Pastes a file." },
    { 0 },
};

const rf_command rf_term_part_send = {
    .name = "term send",
    .usage = "[OPTION...] NAME [TEXT...]",
    .summary = "Types into a session, as somebody at an attached terminal would.",
    .detail = "The text first, then the keys, then Enter. Plugins see it as they see what is typed.",
    .options = send_options,
    .examples = send_examples,
    .run = send_run,
};

/* line_edit.c: reading lines: the terminal's modes, the line and changes to it. */
#include "cli/line_edit.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <termios.h>
#include <unistd.h>

void rf_line_words_add(rf_line_words *words, rf_slice word) {
    for (size_t i = 0; i < words->count; i++)
        if (rf_slice_is(word, words->items[i]))
            return;
    char *copy = rf_strndup(word.data, word.len);
    if (copy && !rf_vec_push(words, copy))
        rf_free(copy);
}

void rf_line_edit_init(rf_line_edit *edit, const char *history, rf_line_complete complete, void *user) {
    assert(edit);
    *edit = (rf_line_edit){ .complete = complete, .user = user, .history_fd = -1 };
    edit->terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
    if (edit->terminal && history)
        rf_line_history_load(edit, history);
}

void rf_line_edit_done(rf_line_edit *edit) {
    for (size_t i = 0; i < edit->history.count; i++)
        rf_free(edit->history.items[i]);
    rf_vec_done(&edit->history);
    rf_buffer_done(&edit->line);
    rf_buffer_done(&edit->cut);
    rf_buffer_done(&edit->new_line);
    if (edit->history_fd >= 0)
        (void)close(edit->history_fd);
}

/* ---- The line ---- */

void rf_line_insert(rf_line_edit *edit, rf_slice bytes) {
    rf_buffer *line = &edit->line;
    if (!bytes.len || !rf_buffer_reserve(line, bytes.len))
        return;
    memmove(line->data + edit->cursor + bytes.len, line->data + edit->cursor, line->len - edit->cursor);
    memcpy(line->data + edit->cursor, bytes.data, bytes.len);
    line->len += bytes.len;
    edit->cursor += bytes.len;
}

void rf_line_set(rf_line_edit *edit, rf_slice text) {
    rf_buffer_clear(&edit->line);
    rf_buffer_slice(&edit->line, text);
    edit->cursor = edit->line.len;
}

void rf_line_take_out(rf_line_edit *edit, size_t from, size_t to, bool keep) {
    rf_buffer *line = &edit->line;
    assert(from <= to && to <= line->len);
    if (from == to)
        return;
    if (keep) {
        rf_buffer_clear(&edit->cut);
        rf_buffer_append(&edit->cut, line->data + from, to - from);
    }
    memmove(line->data + from, line->data + to, line->len - to);
    line->len -= to - from;
    edit->cursor = edit->cursor >= to ? edit->cursor - (to - from) : edit->cursor > from ? from : edit->cursor;
}

/* ---- Reading ---- */

/* A byte at a time: what follows the line belongs to the script that it starts. */
bool rf_line_byte(unsigned char *ret_byte) {
    for (;;) {
        ssize_t got = read(STDIN_FILENO, ret_byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        return got == 1;
    }
}

static rf_line_result read_plain(rf_line_edit *edit) {
    unsigned char byte = 0;
    bool some = false;
    while (rf_line_byte(&byte)) {
        some = true;
        if (byte == '\n')
            break;
        rf_buffer_char(&edit->line, (char)byte);
    }
    if (edit->line.failed)
        return RF_LINE_FAILED;
    return some ? RF_LINE_READ : RF_LINE_END;
}

static rf_line_result read_keys(rf_line_edit *edit) {
    unsigned char key;
    rf_line_result result = RF_LINE_FAILED;
    while (rf_line_show(edit)) {
        if (!rf_line_byte(&key))
            return edit->line.len ? RF_LINE_READ : RF_LINE_END;
        if (!rf_line_key(edit, key, &result))
            return result;
        if (edit->line.failed)
            return RF_LINE_FAILED;
    }
    return result;
}

/* Keys come one by one, unseen; output is as ever. Pasted text is marked as such. */
static rf_line_result read_terminal(rf_line_edit *edit) {
    struct termios before, raw;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return RF_LINE_FAILED;
    raw = before;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
        return RF_LINE_FAILED;
    (void)rf_line_put(RF_SLICE("\033[?2004h"));
    rf_line_result result = read_keys(edit);
    edit->cursor = edit->line.len;
    (void)rf_line_show(edit);
    (void)rf_line_put(RF_SLICE("\033[?2004l\n"));
    return tcsetattr(STDIN_FILENO, TCSADRAIN, &before) == 0 ? result : RF_LINE_FAILED;
}

rf_line_result rf_line_edit_read(rf_line_edit *edit, const char *prompt, rf_slice *ret_line) {
    assert(edit && prompt && ret_line);
    rf_buffer_clear(&edit->line);
    rf_buffer_clear(&edit->new_line);
    edit->cursor = 0;
    edit->at_entry = edit->history.count;
    edit->prompt = prompt;
    rf_line_result result = edit->terminal ? read_terminal(edit) : read_plain(edit);
    *ret_line = rf_buffer_view(&edit->line);
    return result;
}

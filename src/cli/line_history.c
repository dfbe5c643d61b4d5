/* line_history.c: lines of earlier, and the file that keeps them. */
#include "cli/line_edit.h"

#include "base/slice.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { HISTORY_KEPT = 1000 };

static void add(rf_line_edit *edit, rf_slice line) {
    char *copy = rf_strndup(line.data, line.len);
    if (copy && !rf_vec_push(&edit->history, copy))
        rf_free(copy);
}

/* The oldest lines go, here and, when there are many, from the file. */
static void trim(rf_line_edit *edit, const char *path) {
    size_t over = edit->history.count > HISTORY_KEPT ? edit->history.count - HISTORY_KEPT : 0;
    for (size_t i = 0; i < over; i++)
        rf_free(edit->history.items[i]);
    edit->history.count -= over;
    memmove(edit->history.items, edit->history.items + over, edit->history.count * sizeof *edit->history.items);
    if (over < HISTORY_KEPT)
        return;
    FILE *file = fopen(path, "we");
    for (size_t i = 0; file && i < edit->history.count; i++)
        (void)fprintf(file, "%s\n", edit->history.items[i]);
    if (file)
        (void)fclose(file);
}

void rf_line_history_load(rf_line_edit *edit, const char *path) {
    FILE *file = fopen(path, "re");
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    for (int c; file && (c = fgetc(file)) != EOF;) {
        if (c != '\n') {
            rf_buffer_char(&line, (char)c);
            continue;
        }
        if (line.len && !line.failed)
            add(edit, rf_buffer_view(&line));
        rf_buffer_clear(&line);
    }
    if (file)
        (void)fclose(file);
    if (edit->history.count > HISTORY_KEPT)
        trim(edit, path);
    edit->history_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

void rf_line_edit_remember(rf_line_edit *edit, rf_slice line) {
    bool again = edit->history.count && rf_slice_is(line, edit->history.items[edit->history.count - 1]);
    if (!edit->terminal || !rf_slice_trim(line).len || again || memchr(line.data, '\n', line.len))
        return;
    add(edit, line);
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_slice(&text, line);
    rf_buffer_char(&text, '\n');
    /* In one piece, so that sessions side by side do not mix lines. A line that cannot be kept is no reason to stop. */
    if (edit->history_fd >= 0 && !text.failed && write(edit->history_fd, text.data, text.len) < 0) {
        (void)close(edit->history_fd);
        edit->history_fd = -1;
    }
}

bool rf_line_history_go(rf_line_edit *edit, int steps) {
    size_t count = edit->history.count;
    if ((steps < 0 && edit->at_entry == 0) || (steps > 0 && edit->at_entry == count))
        return false;
    if (edit->at_entry == count) {
        rf_buffer_clear(&edit->new_line);
        rf_buffer_slice(&edit->new_line, rf_buffer_view(&edit->line));
    }
    edit->at_entry += (size_t)(ptrdiff_t)steps;
    rf_line_set(edit, edit->at_entry == count ? rf_buffer_view(&edit->new_line) : rf_slice_of(edit->history.items[edit->at_entry]));
    return true;
}

size_t rf_line_history_find(const rf_line_edit *edit, size_t before, rf_slice text) {
    for (size_t i = before; i-- > 0;) {
        const char *entry = edit->history.items[i];
        if (text.len == 0 || memmem(entry, strlen(entry), text.data, text.len))
            return i;
    }
    return edit->history.count;
}

/* line_key.c: what each key does to the line. */
#include "cli/line_edit.h"

#include "base/slice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define CTRL(letter) ((unsigned char)((letter) & 0x1F))
enum { ESCAPE = 27, ERASE = 127 };

/* ---- Moving ---- */

static bool goes_on(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

static size_t left_of(const rf_line_edit *edit, size_t at) {
    while (at > 0 && goes_on(edit->line.data[--at]))
        continue;
    return at;
}

static size_t right_of(const rf_line_edit *edit, size_t at) {
    if (at < edit->line.len)
        at++;
    while (at < edit->line.len && goes_on(edit->line.data[at]))
        at++;
    return at;
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80; }

static size_t word_left(const rf_line_edit *edit) {
    size_t at = edit->cursor;
    while (at > 0 && !is_word(edit->line.data[at - 1]))
        at--;
    while (at > 0 && is_word(edit->line.data[at - 1]))
        at--;
    return at;
}

static size_t word_right(const rf_line_edit *edit) {
    size_t at = edit->cursor;
    while (at < edit->line.len && !is_word(edit->line.data[at]))
        at++;
    while (at < edit->line.len && is_word(edit->line.data[at]))
        at++;
    return at;
}

/* ---- Completion ---- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many bytes all words begin with. */
static size_t common(const rf_line_words *words) {
    size_t len = strlen(words->items[0]);
    for (size_t i = 1; i < words->count; i++) {
        size_t same = 0;
        while (same < len && words->items[i][same] == words->items[0][same])
            same++;
        len = same;
    }
    while (len > 0 && goes_on(words->items[0][len]))
        len--;
    return len;
}

/* A word, with dots in it: "List.ma". Commands of the session begin with a colon. */
static rf_slice word_at_cursor(const rf_line_edit *edit) {
    size_t at = edit->cursor;
    while (at > 0 && (is_word(edit->line.data[at - 1]) || edit->line.data[at - 1] == '.'))
        at--;
    if (at == 1 && edit->line.data[0] == ':')
        at = 0;
    return (rf_slice){ edit->line.data + at, edit->cursor - at };
}

static void complete(rf_line_edit *edit) {
    rf_line_words words = { 0 };
    rf_slice word = word_at_cursor(edit);
    if (edit->complete)
        edit->complete(edit->user, word, &words);
    size_t len = words.count ? common(&words) : 0;
    bool show = edit->listed && words.count > 1;
    edit->listed = len <= word.len;
    if (len > word.len)
        rf_line_insert(edit, (rf_slice){ words.items[0] + word.len, len - word.len });
    else if (show) {
        qsort(words.items, words.count, sizeof *words.items, by_text);
        (void)rf_line_show_words(&words); /* a terminal that is gone is found by the next draw */
    }
    for (size_t i = 0; i < words.count; i++)
        rf_free(words.items[i]);
    rf_vec_done(&words);
}

/* ---- Search ---- */

/* Ctrl-R: the newest line that holds what is typed now; Ctrl-R again: an older one. The key that ends the search is done too. */
static bool search(rf_line_edit *edit, rf_line_result *ret_result) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 }, shown = { 0 };
    const char *prompt = edit->prompt;
    size_t found = edit->history.count;
    unsigned char key = CTRL('R');
    for (;;) {
        bool older = key == CTRL('R') && found < edit->history.count;
        size_t match = rf_line_history_find(edit, older ? found : edit->history.count, rf_buffer_view(&text));
        if (match < edit->history.count && text.len) {
            found = match;
            edit->at_entry = match;
            rf_line_set(edit, rf_slice_of(edit->history.items[match]));
        }
        rf_buffer_clear(&shown);
        rf_buffer_printf(&shown, "search '%.*s': ", RF_SLICE_ARG(rf_buffer_view(&text)));
        edit->prompt = rf_buffer_cstr(&shown) ? shown.data : prompt;
        bool drawn = rf_line_show(edit) && rf_line_byte(&key);
        edit->prompt = prompt;
        if (!drawn)
            return false;
        if (key == ERASE && text.len)
            text.len--;
        else if (key >= 0x20 && key != ERASE)
            rf_buffer_char(&text, (char)key);
        else if (key != CTRL('R'))
            return key == CTRL('G') || rf_line_key(edit, key, ret_result);
    }
}

/* ---- Keys ---- */

static void go(rf_line_edit *edit, char final, int number, int modifier) {
    bool words = modifier == 5 || modifier == 3; /* with Ctrl or Alt */
    switch (final) {
    case 'A': (void)rf_line_history_go(edit, -1); break;
    case 'B': (void)rf_line_history_go(edit, 1); break;
    case 'C': edit->cursor = words ? word_right(edit) : right_of(edit, edit->cursor); break;
    case 'D': edit->cursor = words ? word_left(edit) : left_of(edit, edit->cursor); break;
    case 'H': edit->cursor = 0; break;
    case 'F': edit->cursor = edit->line.len; break;
    case '~':
        if (number == 3)
            rf_line_take_out(edit, edit->cursor, right_of(edit, edit->cursor), false);
        else if (number == 200 || number == 201)
            edit->pasting = number == 200;
        else if (number == 1 || number == 7)
            edit->cursor = 0;
        else if (number == 4 || number == 8)
            edit->cursor = edit->line.len;
        break;
    default: break;
    }
}

/* What follows an escape: "[3~", "[1;5C", "OH"; or a letter with Alt. */
static void escape(rf_line_edit *edit) {
    unsigned char byte;
    int numbers[2] = { 0, 0 }, at = 0;
    if (!rf_line_byte(&byte))
        return;
    if (byte == 'b' || byte == 'f') {
        edit->cursor = byte == 'b' ? word_left(edit) : word_right(edit);
        return;
    }
    if (byte == 'd' || byte == ERASE) {
        size_t to = byte == 'd' ? word_right(edit) : word_left(edit);
        rf_line_take_out(edit, byte == 'd' ? edit->cursor : to, byte == 'd' ? to : edit->cursor, true);
        return;
    }
    if (byte != '[' && byte != 'O')
        return;
    while (rf_line_byte(&byte) && (isdigit(byte) || byte == ';')) {
        if (byte == ';')
            at = 1;
        else if (numbers[at] < 1000)
            numbers[at] = numbers[at] * 10 + byte - '0';
    }
    go(edit, (char)byte, numbers[0], numbers[1]);
}

static void swap(rf_line_edit *edit) {
    size_t at = edit->cursor == edit->line.len ? left_of(edit, edit->cursor) : edit->cursor, before = left_of(edit, at);
    if (before == at)
        return;
    char held[4];
    size_t len = at - before < sizeof held ? at - before : sizeof held;
    memcpy(held, edit->line.data + before, len);
    edit->cursor = right_of(edit, at);
    rf_line_take_out(edit, before, before + len, false);
    rf_line_insert(edit, (rf_slice){ held, len });
}

/* Keys that change or leave nothing but the line. */
static void edit_key(rf_line_edit *edit, unsigned char key) {
    switch (key) {
    case CTRL('A'): edit->cursor = 0; break;
    case CTRL('E'): edit->cursor = edit->line.len; break;
    case CTRL('B'): edit->cursor = left_of(edit, edit->cursor); break;
    case CTRL('F'): edit->cursor = right_of(edit, edit->cursor); break;
    case CTRL('P'): (void)rf_line_history_go(edit, -1); break;
    case CTRL('N'): (void)rf_line_history_go(edit, 1); break;
    case CTRL('K'): rf_line_take_out(edit, edit->cursor, edit->line.len, true); break;
    case CTRL('U'): rf_line_take_out(edit, 0, edit->cursor, true); break;
    case CTRL('W'): rf_line_take_out(edit, word_left(edit), edit->cursor, true); break;
    case CTRL('Y'): rf_line_insert(edit, rf_buffer_view(&edit->cut)); break;
    case CTRL('T'): swap(edit); break;
    case CTRL('L'): (void)rf_line_put(RF_SLICE("\033[H\033[2J")); break;
    case CTRL('H'):
    case ERASE: rf_line_take_out(edit, left_of(edit, edit->cursor), edit->cursor, false); break;
    case ESCAPE: escape(edit); break;
    default:
        if (key >= 0x20)
            rf_line_insert(edit, (rf_slice){ (const char *)&key, 1 });
    }
}

static bool finish(rf_line_result result, rf_line_result *ret_result) {
    *ret_result = result;
    return false;
}

bool rf_line_key(rf_line_edit *edit, unsigned char key, rf_line_result *ret_result) {
    if (key != '\t')
        edit->listed = false;
    if (key == '\r' || key == '\n')
        return finish(RF_LINE_READ, ret_result);
    if (edit->pasting && key != ESCAPE) {
        rf_line_insert(edit, (rf_slice){ (const char *)&key, 1 });
        return true;
    }
    if (key == CTRL('C'))
        return finish(RF_LINE_CANCELLED, ret_result);
    if (key == CTRL('D') && edit->line.len == 0)
        return finish(RF_LINE_END, ret_result);
    if (key == CTRL('R'))
        return search(edit, ret_result);
    if (key == CTRL('D'))
        rf_line_take_out(edit, edit->cursor, right_of(edit, edit->cursor), false);
    else if (key == '\t')
        complete(edit);
    else
        edit_key(edit, key);
    return true;
}

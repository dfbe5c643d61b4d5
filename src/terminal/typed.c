/* typed.c: what a client's terminal sends, cut into keys and pieces of pastes. */
#include "terminal/typed.h"

#include "base/slice.h"
#include "terminal/input.h"

#include <assert.h>
#include <string.h>

#define PASTE_BEGINS RF_SLICE("\033[200~")
#define PASTE_ENDS RF_SLICE("\033[201~")

/* How many bytes of a sequence are there at all events; 0: its end has not come. Only of what begins with ESC. */
static size_t sequence_len(rf_slice bytes) {
    if (bytes.len < 2)
        return 0;
    if (bytes.data[1] == 'O') /* SS3 and one byte */
        return bytes.len > 2 ? 3 : 0;
    if (bytes.data[1] != '[')
        return bytes.data[1] == '\033' ? 1 : 2;
    for (size_t i = 2; i < bytes.len; i++)
        if (bytes.data[i] >= 0x40 && bytes.data[i] <= 0x7E)
            return i + 1;
    return 0;
}

static size_t character_len(unsigned char first) { return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1; }

static bool is_complete(rf_slice bytes, bool wait_escape) {
    if (bytes.data[0] != '\033')
        return bytes.len >= character_len((unsigned char)bytes.data[0]);
    return sequence_len(bytes) > 0 || (bytes.len == 1 && !wait_escape);
}

/* Up to and with the end of the paste, or all there is. */
static void take_paste(rf_typed *typed, rf_slice *left, rf_typed_token *ret) {
    size_t at = 0;
    for (; at < left->len && typed->mark_len < PASTE_ENDS.len; at++) {
        char c = left->data[at];
        if (c != PASTE_ENDS.data[typed->mark_len])
            typed->mark_len = 0;
        if (c == PASTE_ENDS.data[typed->mark_len])
            typed->mark_len++;
    }
    ret->paste = true;
    ret->bytes = (rf_slice){ left->data, at };
    *left = (rf_slice){ left->data + at, left->len - at };
    typed->pasting = typed->mark_len < PASTE_ENDS.len;
    if (!typed->pasting)
        typed->mark_len = 0;
}

static void take_key(rf_typed *typed, rf_slice bytes, rf_typed_token *ret) {
    size_t len = rf_input_key(bytes, ret->name);
    if (len == 0 || len > bytes.len)
        len = bytes.len;
    ret->bytes = (rf_slice){ bytes.data, len };
    if (rf_slice_eq(ret->bytes, PASTE_BEGINS)) {
        typed->pasting = ret->paste = true;
        ret->name[0] = '\0';
    }
}

/* One byte after the other joins what waits, until that is whole, or too much to be anything. False: it waits on. */
static bool join_pending(rf_typed *typed, rf_slice *left, bool wait_escape) {
    while (left->len) {
        typed->pending[typed->pending_len++] = left->data[0];
        *left = (rf_slice){ left->data + 1, left->len - 1 };
        if (typed->pending_len == RF_TYPED_PENDING_MAX || is_complete((rf_slice){ typed->pending, typed->pending_len }, wait_escape))
            return true;
    }
    return false;
}

bool rf_typed_next(rf_typed *typed, rf_slice *left, bool wait_escape, rf_typed_token *ret_token) {
    assert(typed && left && ret_token);
    *ret_token = (rf_typed_token){ 0 };
    if (left->len == 0)
        return false;
    if (typed->pasting) {
        take_paste(typed, left, ret_token);
        return true;
    }
    if (typed->pending_len)
        return join_pending(typed, left, wait_escape) && rf_typed_flush(typed, ret_token);
    if (!is_complete(*left, wait_escape) && left->len < RF_TYPED_PENDING_MAX) {
        memcpy(typed->pending, left->data, left->len);
        typed->pending_len = left->len;
        left->len = 0;
        return false;
    }
    take_key(typed, *left, ret_token);
    *left = (rf_slice){ left->data + ret_token->bytes.len, left->len - ret_token->bytes.len };
    return true;
}

bool rf_typed_flush(rf_typed *typed, rf_typed_token *ret_token) {
    assert(typed && ret_token);
    rf_slice bytes = { typed->pending, typed->pending_len };
    *ret_token = (rf_typed_token){ 0 };
    typed->pending_len = 0;
    if (bytes.len == 0)
        return false;
    take_key(typed, bytes, ret_token);
    if (ret_token->bytes.len < bytes.len) { /* it is no one key: all of it goes together */
        ret_token->name[0] = '\0';
        ret_token->bytes = bytes;
    }
    return true;
}

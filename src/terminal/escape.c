/* escape.c: a terminal's byte stream cut into texts, controls and escape sequences. */
#include "terminal/escape.h"

#include <assert.h>

/* After the parser that Paul Williams drew up for DEC's VT500, without the 8-bit controls, which UTF-8 has no room for. What only
 * tells apart how a sequence is used (entry, parameters, ignored) is left to the end, when all of it is there. */
enum { GROUND, ESC, ESC_MORE, CSI, OSC, STRING, OSC_ESC, STRING_ESC };
enum { BEL = 0x07, CAN = 0x18, SUB = 0x1A, ESCAPE = 0x1B, DEL = 0x7F };

/* What a byte means to the sequence that it stands in. */
typedef enum step {
    GO,       /* it is part of it */
    END,      /* its last byte */
    BREAK,    /* it breaks it off, and is the last byte of what is broken */
    CUT,      /* the sequence is broken off before it */
    CUT_BACK, /* the same, and before the ESC in front of it */
} step;

void rf_escape_done(rf_escape *escape) {
    assert(escape);
    rf_buffer_done(&escape->pending);
    *escape = (rf_escape){ 0 };
}

/* ---- Sequences ---- */

static step after_escape(rf_escape *escape, unsigned char byte) {
    if (byte < 0x20 || byte == DEL) { /* executed in between by a terminal */
        escape->broken = true;
        return GO;
    }
    if (byte >= 0x80)
        return CUT;
    if (byte < 0x30) {
        escape->state = ESC_MORE;
        return GO;
    }
    bool begins = escape->state == ESC;
    if (begins && byte == '[')
        escape->state = CSI;
    else if (begins && byte == ']')
        escape->state = OSC;
    else if (begins && (byte == 'P' || byte == '_' || byte == '^' || byte == 'X'))
        escape->state = STRING;
    else
        return END;
    return GO;
}

static step in_csi(rf_escape *escape, unsigned char byte) {
    if (byte >= 0x80)
        return CUT;
    if (byte >= 0x40 && byte != DEL)
        return END;
    escape->broken = escape->broken || byte < 0x20 || byte == DEL;
    return GO;
}

static step step_of(rf_escape *escape, unsigned char byte) {
    if (escape->state == OSC_ESC || escape->state == STRING_ESC)
        return byte == '\\' ? END : CUT_BACK;
    if (byte == CAN || byte == SUB)
        return BREAK;
    bool text = escape->state == OSC || escape->state == STRING;
    if (byte == ESCAPE && text)
        escape->state = escape->state == OSC ? OSC_ESC : STRING_ESC;
    else if (byte == ESCAPE)
        return CUT;
    else if (text)
        return byte == BEL && escape->state == OSC ? END : GO;
    else
        return escape->state == CSI ? in_csi(escape, byte) : after_escape(escape, byte);
    return GO;
}

/* From `from` on, to the sequence's end: its length in *ret_len; false: its end is not among the bytes. */
static bool scan(rf_escape *escape, const char *bytes, size_t from, size_t len, size_t *ret_len) {
    for (size_t at = from; at < len; at++) {
        if (escape->state == OSC || escape->state == STRING) {
            at += rf_escape_text_bytes(bytes + at, len - at);
            if (at == len)
                return false;
        }
        step what = step_of(escape, (unsigned char)bytes[at]);
        if (what == GO)
            continue;
        escape->broken = escape->broken || what != END;
        if (what == CUT_BACK && at == 0) { /* its ESC was given out for want of memory */
            escape->state = ESC;
            at--;
            continue;
        }
        *ret_len = what == END || what == BREAK ? at + 1 : what == CUT ? at : at - 1;
        escape->state = GROUND;
        return true;
    }
    return false;
}

/* Takes the digits at the front. */
static uint32_t read_number(rf_slice *left) {
    uint64_t number = 0;
    for (; left->len && left->data[0] >= '0' && left->data[0] <= '9'; left->data++, left->len--)
        number = number > UINT32_MAX / 10 - 1 ? number : number * 10 + (uint64_t)(left->data[0] - '0');
    return (uint32_t)number;
}

/* What stands between ESC [ and the final byte. False: terminals ignore such a one. */
static bool read_csi(rf_slice inner, rf_escape_token *token) {
    if (inner.len && inner.data[0] >= '<' && inner.data[0] <= '?') {
        token->marker = inner.data[0];
        inner = (rf_slice){ inner.data + 1, inner.len - 1 };
    }
    bool any = inner.len && inner.data[0] >= '0';
    while (any) {
        uint32_t number = read_number(&inner);
        if (token->param_count < RF_ESCAPE_PARAMS_MAX)
            token->params[token->param_count++] = number;
        any = inner.len && (inner.data[0] == ';' || inner.data[0] == ':');
        inner = any ? (rf_slice){ inner.data + 1, inner.len - 1 } : inner;
    }
    if (inner.len)
        token->intermediate = inner.data[0];
    for (size_t i = 0; i < inner.len; i++)
        if (inner.data[i] >= '0')
            return false;
    return true;
}

/* A sequence that has its end. */
static rf_escape_token read_sequence(rf_slice raw) {
    rf_escape_token token = { .kind = RF_ESCAPE_SEQUENCE, .raw = raw, .final = raw.data[raw.len - 1] };
    char second = raw.data[1];
    if (second == '[') {
        token.kind = RF_ESCAPE_CSI;
        if (!read_csi((rf_slice){ raw.data + 2, raw.len - 3 }, &token))
            return (rf_escape_token){ .kind = RF_ESCAPE_BROKEN, .raw = raw };
    } else if (second == ']' || second == 'P' || second == '_' || second == '^' || second == 'X') {
        token.bell = token.final == BEL && second == ']';
        token.kind = second == ']' ? RF_ESCAPE_OSC : RF_ESCAPE_STRING;
        token.text = (rf_slice){ raw.data + 2, raw.len - (token.bell ? 3 : 4) };
        token.final = second;
    } else if (raw.len > 2) {
        token.intermediate = second;
    }
    return token;
}

static rf_escape_token sequence(rf_escape *escape, rf_slice raw) {
    bool broken = escape->broken;
    if (escape->state == GROUND)
        escape->broken = false;
    return broken ? (rf_escape_token){ .kind = RF_ESCAPE_BROKEN, .raw = raw } : read_sequence(raw);
}

/* ---- What waits for its end ---- */

static void drop_given(rf_escape *escape) {
    rf_buffer *pending = &escape->pending;
    if (!escape->given)
        return;
    pending->len -= escape->given;
    if (pending->len)
        memmove(pending->data, pending->data + escape->given, pending->len);
    escape->given = escape->scanned = 0;
    if (!pending->len && pending->cap > 65536)
        rf_buffer_done(pending);
}

/* The first `len` of what waits are given out. */
static rf_slice give(rf_escape *escape, size_t len) {
    escape->given = len;
    return (rf_slice){ escape->pending.data, len };
}

/* What is too long, or too much for the memory, goes out in pieces; an ESC that may begin its end stays. */
static rf_escape_token piece(rf_escape *escape) {
    size_t len = escape->pending.len;
    if ((escape->state == OSC_ESC || escape->state == STRING_ESC) && len > 1) {
        escape->state = escape->state == OSC_ESC ? OSC : STRING;
        len--;
    }
    escape->broken = true;
    return (rf_escape_token){ .kind = RF_ESCAPE_BROKEN, .raw = give(escape, len) };
}

/* Adds some of what is left to what waits; how much. */
static size_t wait_with(rf_escape *escape, rf_slice left, size_t most) {
    rf_buffer *pending = &escape->pending;
    size_t take = left.len < most ? left.len : most;
    if (take > RF_ESCAPE_MAX - pending->len)
        take = RF_ESCAPE_MAX - pending->len;
    if (!rf_buffer_reserve(pending, take)) {
        pending->failed = false; /* what it holds is good, and what room it has */
        take = pending->cap - pending->len < take ? pending->cap - pending->len : take;
    }
    rf_buffer_append(pending, left.data, take);
    return take;
}

static void move_on(rf_slice *left, size_t bytes) { *left = (rf_slice){ left->data + bytes, left->len - bytes }; }

/* A character that began before. */
static bool rest_of_character(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token) {
    rf_buffer *pending = &escape->pending;
    bool goes_on = true;
    while (goes_on && left->len && ((unsigned char)left->data[0] & 0xC0) == 0x80) {
        pending->data[pending->len++] = left->data[0]; /* the smallest buffer has room for a character */
        move_on(left, 1);
        goes_on = rf_escape_unfinished(rf_buffer_view(pending)) > 0;
    }
    if (goes_on && !left->len)
        return false;
    rf_slice raw = give(escape, pending->len);
    *ret_token = (rf_escape_token){ .kind = RF_ESCAPE_TEXT, .raw = raw, .text = raw };
    return true;
}

/* A sequence that began before. The steps grow, for most want only a few bytes. */
static bool rest_of_sequence(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token) {
    rf_buffer *pending = &escape->pending;
    if (escape->state == GROUND) { /* an ESC that broke off another one */
        escape->state = ESC;
        escape->scanned = 1;
    }
    for (size_t most = 64;; most *= 2) {
        size_t before = pending->len, taken = wait_with(escape, *left, most), len;
        if (scan(escape, pending->data, escape->scanned, pending->len, &len)) {
            size_t kept = len > before ? len : before;
            pending->len = kept; /* the others were only looked at */
            move_on(left, kept - before);
            *ret_token = sequence(escape, give(escape, len));
            return true;
        }
        escape->scanned = pending->len;
        move_on(left, taken);
        if (pending->len == RF_ESCAPE_MAX || (!taken && left->len)) {
            *ret_token = piece(escape);
            return true;
        }
        if (!left->len)
            return false;
    }
}

/* ---- In what has just come ---- */

static bool text(rf_escape *escape, rf_slice *left, size_t len, rf_escape_token *ret_token) {
    rf_slice raw = { left->data, len };
    size_t unfinished = len == left->len ? rf_escape_unfinished(raw) : 0;
    raw.len -= unfinished;
    if (!raw.len && wait_with(escape, *left, unfinished)) {
        move_on(left, unfinished);
        return false;
    }
    raw.len = raw.len ? raw.len : len;
    move_on(left, raw.len);
    *ret_token = (rf_escape_token){ .kind = RF_ESCAPE_TEXT, .raw = raw, .text = raw };
    return true;
}

static bool begin_sequence(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token) {
    size_t from = escape->state == GROUND, len;
    size_t most = left->len < RF_ESCAPE_MAX ? left->len : RF_ESCAPE_MAX;
    if (from)
        escape->state = ESC;
    if (scan(escape, left->data, from, most, &len)) {
        rf_slice raw = { left->data, len };
        move_on(left, len);
        *ret_token = sequence(escape, raw);
        return true;
    }
    size_t taken = wait_with(escape, *left, most);
    if (taken < most) { /* no memory */
        escape->pending.len = 0;
        escape->broken = true;
        *ret_token = (rf_escape_token){ .kind = RF_ESCAPE_BROKEN, .raw = { left->data, most } };
        move_on(left, most);
        return true;
    }
    move_on(left, taken);
    escape->scanned = taken;
    if (escape->pending.len < RF_ESCAPE_MAX)
        return false;
    *ret_token = piece(escape);
    return true;
}

static bool next(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token) {
    drop_given(escape);
    if (escape->pending.len && escape->state == GROUND && escape->pending.data[0] != ESCAPE)
        return rest_of_character(escape, left, ret_token);
    if (escape->pending.len)
        return rest_of_sequence(escape, left, ret_token);
    if (!left->len)
        return false;
    size_t len = escape->state == GROUND ? rf_escape_text_bytes(left->data, left->len) : 0;
    if (len)
        return text(escape, left, len, ret_token);
    if (escape->state != GROUND || left->data[0] == ESCAPE)
        return begin_sequence(escape, left, ret_token);
    *ret_token = (rf_escape_token){ .kind = RF_ESCAPE_CONTROL, .raw = { left->data, 1 }, .final = left->data[0] };
    move_on(left, 1);
    return true;
}

bool rf_escape_next(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token) {
    assert(escape && left && ret_token && (left->data || !left->len));
    bool got = next(escape, left, ret_token);
    while (got && !ret_token->raw.len) /* the rest of one that went out in pieces was nothing */
        got = next(escape, left, ret_token);
    return got;
}

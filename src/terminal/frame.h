/* frame.h: what goes over the socket of an attached client, both ways, after the answer to `attach`. */
#ifndef RF_TERMINAL_FRAME_H
#define RF_TERMINAL_FRAME_H

#include "base/buffer.h"

#include <stdbool.h>

/* A frame: one byte of kind, four bytes of length (little-endian), so many bytes. */
#define RF_FRAME_HEAD 5u
#define RF_FRAME_MAX ((size_t)16 << 20)

enum {
    /* From the client. */
    RF_FRAME_INPUT = 'i',  /* what its terminal sent */
    RF_FRAME_RESIZE = 'r', /* columns, rows: two little-endian 16-bit numbers; of the part of the terminal that the session gets */
    RF_FRAME_ORDER = 'c',  /* a JSON object: {"order": …}, see below */
    /* To the client. */
    RF_FRAME_DRAW = 'o',   /* bytes for the terminal: rows 1 … rows only, ends with the cursor in its place */
    RF_FRAME_PASS = 'p',   /* bytes for the terminal that draw nothing and change no mode: clipboard (OSC 52), notifications (OSC 9, 99, 777), bell */
    RF_FRAME_EVENT = 'e',  /* a JSON object: {"event": …}, see below */
};
/*
 * Orders: {"order":"detach"}; {"order":"redraw"} everything anew; {"order":"scroll","lines":N} positive: up, answered by an event "scroll";
 * {"order":"pick","plugin":"guard","id":"guard.yes"} an item of a palette, menu or list was chosen; {"order":"commands"} asks for the palette.
 * Events: {"event":"status","session":"main","title":"…","directory":"…","clients":2,"read_only":false,"recording":false,
 * "items":[{"plugin":"…","id":"…","text":"…","priority":10}, …]}; {"event":"notify","plugin":"…","title":"…","body":"…","level":"info"};
 * {"event":"modal","plugin":"…","title":"…","items":[{"id":"…","label":"…","description":"…"}]}; {"event":"menu","plugin":"…","items":[… with "items"]};
 * {"event":"commands","commands":[{"plugin":"…","id":"…","label":"…","description":"…"}]}; {"event":"scroll","lines":12,"of":10000};
 * {"event":"detached","why":"…"}; {"event":"exit","exit_code":0}: nothing follows these two.
 */

/* Appends one frame. */
static inline void rf_frame_write(rf_buffer *out, char kind, rf_slice bytes) {
    const char head[RF_FRAME_HEAD] = { kind, (char)(bytes.len & 0xFF), (char)(bytes.len >> 8 & 0xFF), (char)(bytes.len >> 16 & 0xFF), (char)(bytes.len >> 24 & 0xFF) };
    rf_buffer_append(out, head, sizeof head);
    rf_buffer_slice(out, bytes);
}

/* Takes a frame from the front of `left`, which moves on. 1: one, 0: not all of it is there, -1: it is too long to be one. */
static inline int rf_frame_read(rf_slice *left, char *ret_kind, rf_slice *ret_bytes) {
    if (left->len < RF_FRAME_HEAD)
        return 0;
    const unsigned char *head = (const unsigned char *)left->data;
    size_t len = (size_t)head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
    if (len > RF_FRAME_MAX)
        return -1;
    if (left->len - RF_FRAME_HEAD < len)
        return 0;
    *ret_kind = left->data[0];
    *ret_bytes = (rf_slice){ left->data + RF_FRAME_HEAD, len };
    *left = (rf_slice){ left->data + RF_FRAME_HEAD + len, left->len - RF_FRAME_HEAD - len };
    return 1;
}

#endif

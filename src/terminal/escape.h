/* escape.h: a terminal's byte stream cut into texts, controls and escape sequences (ECMA-48, xterm's control sequences). */
#ifndef RF_TERMINAL_ESCAPE_H
#define RF_TERMINAL_ESCAPE_H

#include "base/buffer.h"

#define RF_ESCAPE_MAX ((size_t)1 << 20) /* bytes of one sequence; a longer one is given out in pieces, as RF_ESCAPE_BROKEN */
#define RF_ESCAPE_PARAMS_MAX 16u

typedef enum rf_escape_kind {
    RF_ESCAPE_TEXT,     /* characters that are drawn; whole UTF-8 characters, and bytes that are none */
    RF_ESCAPE_CONTROL,  /* one C0 control, or DEL: `final` */
    RF_ESCAPE_SEQUENCE, /* ESC, intermediates, `final` */
    RF_ESCAPE_CSI,
    RF_ESCAPE_OSC,      /* `text` without its ends */
    RF_ESCAPE_STRING,   /* DCS, APC, PM, SOS: `final` is P, _, ^ or X; `text` without its ends */
    RF_ESCAPE_BROKEN,   /* broken off by CAN, SUB or ESC, or too long: bytes to be passed as they are */
} rf_escape_kind;

typedef struct rf_escape_token {
    rf_escape_kind kind;
    rf_slice raw;       /* all its bytes: views into the input, or into the scanner until the next call */
    rf_slice text;
    char final;
    char marker;        /* of a CSI: '?', '>', '<', '=', or 0 */
    char intermediate;  /* the first of a CSI or a sequence, or 0 */
    uint8_t param_count;
    uint32_t params[RF_ESCAPE_PARAMS_MAX]; /* of a CSI; one not given is 0; sub-parameters (':') count as parameters */
    bool bell;          /* an OSC that ended in BEL, not ST */
} rf_escape_token;

/* Zeroed is ready. One thread. */
typedef struct rf_escape {
    rf_buffer pending;  /* a sequence or a character of which the end has not come */
    size_t scanned;     /* of it */
    size_t given;       /* of it, given out: gone at the next call */
    uint8_t state;      /* where in a sequence: 0 outside of any */
    bool broken;        /* what is being scanned is given out as RF_ESCAPE_BROKEN */
} rf_escape;

void rf_escape_done(rf_escape *escape);
/* The next token; `left` moves on. False: all was taken, and what is not complete waits for more. Cost: texts are found 8 bytes at a time. */
bool rf_escape_next(rf_escape *escape, rf_slice *left, rf_escape_token *ret_token);
/* How many bytes at the beginning are text: no C0 control, no DEL. */
size_t rf_escape_text_bytes(const char *bytes, size_t len);
/* How many bytes at the end are the beginning of a character of which more must come. */
size_t rf_escape_unfinished(rf_slice text);
/* Bytes that wait. */
static inline size_t rf_escape_waiting(const rf_escape *escape) { return escape->pending.len - escape->given; }
/* The n-th parameter, or `standard` when it is not given or 0. */
static inline uint32_t rf_escape_param(const rf_escape_token *token, uint32_t n, uint32_t standard) {
    return n < token->param_count && token->params[n] ? token->params[n] : standard;
}

#endif

/* output_internal.h: the insides of an output, shared by output_*.c only. */
#ifndef RF_TERMINAL_OUTPUT_INTERNAL_H
#define RF_TERMINAL_OUTPUT_INTERNAL_H

#include "base/vec.h"
#include "terminal/output.h"

/* ---- What a token does (output_style.c) ---- */

/* Colours and hyperlink in effect, as the sequences that set them; of many the newest. */
typedef struct rf_style {
    uint16_t sgr_len, link_len;
    char sgr[256];
    char link[1024];
} rf_style;

typedef enum rf_output_role {
    RF_ROLE_TEXT,     /* characters, tabs */
    RF_ROLE_WITHIN,   /* stands in a line, and is no part of its text */
    RF_ROLE_STYLE,    /* the same, and changes colours or the hyperlink */
    RF_ROLE_BOUNDARY, /* ends a line */
} rf_output_role;
rf_output_role rf_output_role_of(const rf_escape_token *token);

/* Takes a token of RF_ROLE_STYLE. */
void rf_style_note(rf_style *style, const rf_escape_token *token);

/* ---- A line with its sequences (output_line.c) ---- */

/* A sequence in it. */
typedef struct rf_line_mark { uint32_t text_at, raw_at, raw_len; } rf_line_mark;

typedef struct rf_line {
    rf_buffer raw;  /* as it came */
    rf_buffer text; /* the same without sequences */
    RF_VEC(rf_line_mark) marks;
} rf_line;

void rf_line_done(rf_line *line);
void rf_line_clear(rf_line *line);
/* Both false: out of memory; the line is as it was. */
bool rf_line_add_text(rf_line *line, rf_slice text);
bool rf_line_add_sequence(rf_line *line, rf_slice raw);

/* What the plugins made of it, with its sequences. Raw bytes before `from` are left out, bells before `bells_from` too. */
void rf_line_make(const rf_line *line, const rf_outcome_text *made, size_t from, size_t bells_from, rf_buffer *out);

/* A text of a plugin's, of which line breaks begin new lines on the screen. */
void rf_line_put_made(rf_slice text, rf_buffer *out);

/* ---- The output ---- */

#define RF_OUTPUT_RUN 512u /* lines that go through the plugins together */

struct rf_output {
    rf_chain *chain;
    rf_output_sink sink;
    int columns;
    rf_escape escape;
    rf_buffer out;       /* what is to be written next */
    rf_buffer chunk;     /* what on_raw_output made of one */
    rf_line line;        /* of which the end has not come */
    bool cr;             /* a CR behind it, which may be half a line end */
    bool after_cr;       /* the line before ended in a CR alone: a LF here belongs to it */
    bool swallow;        /* and was dropped, as that LF is to be */
    bool origin;         /* DECOM: places on the screen cannot be told */
    rf_style style;      /* now */
    rf_style saved;      /* by ESC 7 */
    rf_style begin;      /* at the line's beginning, when `styled` */
    bool styled;         /* the line has changed the style */
    /* Of a beginning that is shown: */
    size_t shown_raw;    /* so much of the line's raw bytes is done with */
    bool changed;        /* it is shown as `shown`, else as it came */
    bool placed;         /* where it begins is known: */
    int row, column;
    uint64_t scrolled;
    rf_buffer shown;
    rf_buffer made;      /* the line as it is to be shown */
    rf_slice lines[RF_OUTPUT_RUN];
    rf_outcome_text outcomes[RF_OUTPUT_RUN];
};

/* output_plain.c */
/* Takes the plain lines at the front, a run of them at most, while no other line has begun: how many bytes. */
size_t rf_output_plain_lines(rf_output *output, rf_slice bytes);

/* output_show.c */
void rf_output_put(rf_output *output, rf_slice bytes);
/* Shows the line as the plugins made it: what is not shown yet, or all of it over what is shown and turned out otherwise. */
void rf_output_put_line(rf_output *output, const rf_outcome_text *made);
/* Shows its beginning, as the eager plugins make it. */
void rf_output_show(rf_output *output);
/* A new line begins. */
void rf_output_begin_line(rf_output *output);

#endif

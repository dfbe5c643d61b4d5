/* terminal_sink.h: where targets have the output filter write: onto a screen, and into a buffer beside it. */
#ifndef RF_FUZZ_TERMINAL_SINK_H
#define RF_FUZZ_TERMINAL_SINK_H

#include "fuzz.h"

#include "terminal/output.h"
#include "terminal/screen.h"

typedef struct fuzz_sink { rf_screen *screen; rf_buffer written; } fuzz_sink;

static inline void fuzz_sink_write(void *user, rf_slice bytes) {
    fuzz_sink *sink = user;
    rf_buffer_slice(&sink->written, bytes);
    rf_screen_write(sink->screen, bytes);
}

static inline void fuzz_sink_osc(void *user, const rf_escape_token *token) {
    (void)user;
    fuzz_claim(token->kind == RF_ESCAPE_OSC);
}

static inline void fuzz_sink_where(void *user, int *ret_row, int *ret_column, uint64_t *ret_scrolled) {
    const fuzz_sink *sink = user;
    rf_screen_cursor(sink->screen, ret_column, ret_row);
    *ret_scrolled = rf_screen_scrolled(sink->screen);
}

static inline rf_output_sink fuzz_sink_of(fuzz_sink *sink) {
    return (rf_output_sink){ .user = sink, .write = fuzz_sink_write, .osc = fuzz_sink_osc, .where = fuzz_sink_where };
}

static inline void fuzz_sink_done(fuzz_sink *sink) {
    rf_screen_free(sink->screen);
    rf_buffer_done(&sink->written);
}

#endif

/* format_write.h: tokens and comments, laid out anew. Private to format*.c. */
#ifndef RF_SCRIPT_FUSABI_FORMAT_WRITE_H
#define RF_SCRIPT_FUSABI_FORMAT_WRITE_H

#include "script/fusabi/token.h"

enum { RF_FUS_INDENT = 4 };

/* A text, what the lexer made of it, and what the parser noted at its tokens. */
typedef struct rf_fus_written {
    rf_slice text;
    const rf_fus_tokens *tokens; /* as the lexer made them */
    const rf_fus_token *placed;  /* the same after the parser, which splits some */
    const uint32_t *anchors;     /* by token: the index of its anchor, or UINT32_MAX */
} rf_fus_written;

/* Writes the text in its new layout. Out of memory: out->failed. */
void rf_fus_write(const rf_fus_written *written, rf_buffer *out);

/* format_space.c: whether a blank stands before token `i`, which opens no line. */
bool rf_fus_wants_space(const rf_fus_written *written, uint32_t i);

#endif

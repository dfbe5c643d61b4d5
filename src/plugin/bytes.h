/* bytes.h: bytes that need not be UTF-8 as text that is, and back without loss. */
#ifndef RF_PLUGIN_BYTES_H
#define RF_PLUGIN_BYTES_H

#include "base/buffer.h"

/*
 * Scripts see text. A byte that is no UTF-8 stands there as one character U+EF80 … U+EFFF (its value plus U+EF00), and the bytes of
 * such a character that came in as such do too: so every text is one byte string and back.
 * The view is `bytes` itself when nothing had to be changed (the usual case, one quick pass), else in `scratch`.
 * data NULL: out of memory.
 */
rf_slice rf_bytes_to_text(rf_slice bytes, rf_buffer *scratch);
rf_slice rf_text_to_bytes(rf_slice text, rf_buffer *scratch);

#endif

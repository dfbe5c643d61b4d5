/* utf8.h: UTF-8 as RFC 3629 has it (no surrogates, no overlong forms). */
#ifndef RF_BASE_UTF8_H
#define RF_BASE_UTF8_H

#include "base/arena.h"

#include <stdbool.h>

bool rf_utf8_valid(rf_slice text);
bool rf_utf8_is_ascii(rf_slice text);
/* Decodes one character; returns its bytes (1-4), or 0 for an invalid sequence or empty text. */
size_t rf_utf8_decode(rf_slice text, uint32_t *ret_char);
/* Writes 1-4 bytes; a surrogate or a value past U+10FFFF becomes U+FFFD. */
size_t rf_utf8_encode(uint32_t c, char out[4]);
/* `text` itself when valid; else a copy with U+FFFD for each invalid byte (as Go counts them: a
 * character that breaks off after two bytes gives two). `data` NULL: no memory. */
rf_slice rf_utf8_clean_in(rf_arena *arena, rf_slice text);
/* The beginning of the text, at most `most` bytes, cut between characters. */
rf_slice rf_utf8_clip(rf_slice text, size_t most);
/* Characters (not bytes) in the text; an invalid byte counts as one. */
size_t rf_utf8_length(rf_slice text);

#endif

/* words.h: looking at a script's text without parsing it: only to choose a faster form, never to decide what is right. */
#ifndef RF_SCRIPT_WORDS_H
#define RF_SCRIPT_WORDS_H

#include "riffle/base.h"

#include <stdbool.h>

/* Whether any of the words (NULL-terminated list) stands anywhere in the text, strings and comments included. */
bool rf_js_mentions(rf_slice text, const char *const *words);
/* The text without white space and comments at its start. */
rf_slice rf_js_skip_blanks(rf_slice text);
/* The first word (identifier characters) or single character of the text; empty when there is none. */
rf_slice rf_js_first_token(rf_slice text);
/* The text without white space and semicolons at its end. */
rf_slice rf_js_strip_end(rf_slice text);

#endif

/* fuzzy.h: how well a text fits what somebody types to find it. */
#ifndef RF_TERMINAL_FUZZY_H
#define RF_TERMINAL_FUZZY_H

#include "riffle/base.h"

#include <stdbool.h>

#define RF_FUZZY_NONE (-1)
#define RF_FUZZY_PATTERN_MAX 48u /* characters of a pattern that count */
#define RF_FUZZY_TEXT_MAX 160u   /* of a text */

/*
 * The letters of the pattern stand in the text in that order, without regard to case (ASCII) and to blanks in the pattern. A score: higher
 * the more of them stand together and at beginnings of words, and the earlier; 0 for an empty pattern. RF_FUZZY_NONE: they do not.
 * `ret_matched` (may be NULL) gets for each byte of the text, up to `matched_len`, whether it is one of them.
 */
int rf_fuzzy_score(rf_slice pattern, rf_slice text, bool *ret_matched, size_t matched_len);

#endif

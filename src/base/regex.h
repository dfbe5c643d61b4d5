/* regex.h: regular expressions with bounds on what they may take. */
#ifndef RF_BASE_REGEX_H
#define RF_BASE_REGEX_H

#include "riffle/error.h"

#include <stdbool.h>

/* Compiled; used by one thread at a time. */
typedef struct rf_regex rf_regex;

/* `$` is the end of the text (of a line with `(?m)`), classes such as `\w` are ASCII; the text may be any bytes.
 * Errors: RF_ECONFIG with what is wrong and where; RF_ENOMEM. */
RF_NODISCARD rf_code rf_regex_compile(rf_slice pattern, rf_regex **ret_regex, rf_error *reterr);
void rf_regex_free(rf_regex *regex);
/* The first match at or behind `from`. What would take too many steps does not match. */
bool rf_regex_find(rf_regex *regex, rf_slice text, size_t from, size_t *ret_begin, size_t *ret_end);
bool rf_regex_matches(rf_regex *regex, rf_slice text);

#endif

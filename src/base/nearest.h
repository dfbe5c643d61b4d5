/* nearest.h: "did you mean". */
#ifndef RF_BASE_NEAREST_H
#define RF_BASE_NEAREST_H

#include "riffle/base.h"

/* The candidate nearest to `word` (case and _/- folded; Damerau-Levenshtein distance at most a third of its
 * length, at least 1, or one a prefix of the other from 3 characters on), or NULL. `candidates` ends with NULL. */
const char *rf_nearest(rf_slice word, const char *const *candidates);

#endif
